//! Norway's public-sector model on top of the engine: who may act for which party, through roles
//! from the registers, access packages, delegations, resource rights and access lists.
//!
//! A client of the crate's public interface: nothing below this module knows of it.

pub mod catalogue;
mod fact;
pub mod id;
mod party;

pub use fact::{Fact, Path, Window};
pub use party::{Party, PartyKey, PartyKind, UnknownKey};
