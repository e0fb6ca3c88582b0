//! Norway's public-sector model on top of the engine: who may act for which party, through roles
//! from the registers, access packages, delegations, resource rights and access lists.
//!
//! A client of the crate's public interface: nothing below this module knows of it.

pub mod catalogue;
mod delegation;
mod fact;
pub mod id;
mod json;
mod level;
mod party;
mod pdp;
mod reading;
mod register;
mod resource;
mod source;
mod transition;

pub use delegation::{Delegation, Right};
pub use fact::{Fact, Path, Window};
pub use level::{Enforcement, MinimumLevel, Refused};
pub use party::{Party, PartyKey, PartyKind, UnknownKey};
pub use pdp::{
    Audited, Basis, Pdp, PdpBuilder, PolicyCompiler, PolicySource, ResourcePolicy, Ruling, Veto,
};
pub use reading::Reading;
pub use register::{RecordId, Register, Snapshot};
pub use resource::{Instance, InstanceId, Resource, ResourceId};
pub use source::{
    AccessGroups, AccessListConnection, AccessLists, AccessPackages, Answer, Asked, Delegations,
    Instances, Parties, ResourceRight, ResourceRights, Resources, Roles,
};
pub use transition::Transition;
