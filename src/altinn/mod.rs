//! Altinn's model of who may act for which party: roles of the registers, access packages,
//! delegations, resource rights and access lists.
//!
//! Begin with [`Pdp`], which decides requests about Norwegian public services and gives the reasons
//! ([`Ruling`]). Its facts come from a [`Register`] in memory, or from sources of the host. [The
//! chapter on Altinn](crate::manual::altinn) goes from a policy to a test.
//!
//! | to | there is |
//! |---|---|
//! | say why somebody gets in or not | [`explain`] |
//! | act on a ruling, or keep what it rests on | [`ruling`] |
//! | read or change the facts of a register | [`register`] |
//! | supply facts from services of your own | [`facts`] |
//! | keep policies of many resources | [`policy`] |
//! | know what a policy opens, and to whom | [`answers`] |
//! | find mistakes in a policy | [`lint`], [`reading`] |
//! | exchange delegations with Altinn | [`delegation`] |
//! | test policies with a register | `testing` (feature of that name) |
//! | name roles, packages and attributes | [`catalogue`], [`id`] |
//!
//! This layer uses only what the crate publishes, as any host does; no other module depends on it.

pub mod answers;
pub mod catalogue;
mod clock;
pub mod delegation;
mod dialect;
mod fact;
pub mod facts;
pub mod id;
mod json;
mod language;
mod level;
pub mod lint;
mod party;
mod path;
mod pdp;
mod placeholder;
mod questions;
pub mod reading;
pub mod register;
pub mod resource;
#[cfg(feature = "testing")]
pub mod testing;
mod transition;

pub use dialect::DIALECT;
pub use party::{Party, PartyKey, PartyKind, UnknownKey};
pub use pdp::{Pdp, PdpBuilder, Ruling};
pub use register::Register;

/// The rules and facts that let somebody in, or would: [`Pdp::explain`], and everybody whom a policy
/// lets in.
pub mod explain {
    pub use super::language::Language;
    pub use super::pdp::{
        Explanation, NearDelegation, NearDifference, Opening, Requirement, Through, UnknownRight,
        WhoMayByPolicy,
    };
}

/// The policies of resources, compiled one by one, from wherever the host keeps them.
pub mod policy {
    pub use super::pdp::{PolicyCompiler, PolicySource, ResourcePolicy};
    pub use super::transition::Transition;
}

/// The basis of a [`Ruling`], the authentication levels that it requires, and what it has read.
pub mod ruling {
    pub use super::level::{Enforcement, MinimumLevel, Refused};
    pub use super::pdp::{Audited, Basis, Input, Record, Veto};
}
