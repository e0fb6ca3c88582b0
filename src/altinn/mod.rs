//! Norway's public-sector model on top of the engine: who may act for which party, through roles
//! from the registers, access packages, delegations, resource rights and access lists.
//!
//! A client of the crate's public interface: nothing below this module knows of it.

pub mod catalogue;
mod delegation;
mod fact;
pub mod id;
mod party;
mod resource;
mod source;

pub use delegation::{Delegation, Right};
pub use fact::{Fact, Path, Window};
pub use party::{Party, PartyKey, PartyKind, UnknownKey};
pub use resource::{Instance, InstanceId, Resource, ResourceId};
pub use source::{
    AccessGroups, AccessListConnection, AccessLists, AccessPackages, Answer, Asked, Delegations,
    Instances, Parties, ResourceRight, ResourceRights, Resources, Roles,
};
