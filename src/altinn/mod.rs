//! Altinn's model of who may act for which party: roles of the registers, access packages,
//! delegations, resource rights and access lists.
//!
//! Begin with [`Pdp`], which decides requests about Norwegian public services and gives the reasons
//! ([`Ruling`], [`Explanation`]). Its facts come from a [`Register`] in memory, or from sources of the
//! host such as [`Roles`], [`AccessPackages`] and [`Delegations`]; [`Facts`] is one source of many
//! kinds. [`Lint`] checks policies. [The chapter on Altinn](crate::manual::altinn) goes from a policy
//! to a test.
//!
//! This layer uses the engine; no other module depends on it.

pub mod catalogue;
mod clock;
mod delegation;
#[cfg(feature = "json")]
mod dialect;
mod fact;
pub mod id;
mod json;
mod level;
mod lint;
mod party;
mod pdp;
mod placeholder;
mod reading;
mod register;
mod resource;
mod source;
mod transition;

pub use delegation::{Delegation, PolicyDetails, Right};
#[cfg(feature = "json")]
pub use dialect::DIALECT;
pub use fact::{Fact, Path, Window};
pub use level::{Enforcement, MinimumLevel, Refused};
pub use lint::{Lint, Warning, WarningKind};
pub use party::{Party, PartyKey, PartyKind, UnknownKey};
pub use pdp::{
    Audited, Basis, Explanation, Input, Opening, Pdp, PdpBuilder, PolicyCompiler, PolicySource,
    Record, ResourcePolicy, Ruling, Through, UnknownRight, Veto, WhoMayByPolicy,
};
pub use reading::{Difference, Reading, Witness, differences, read_as};
pub use register::{
    AccessRequest, Change, ClientDelegationOrder, DelegationOrder, Grantable, Holding, RecordId,
    Refusal, Register, RequestState, Snapshot, Source, WhoMay,
};
pub use resource::{Instance, InstanceId, Resource, ResourceId};
pub use source::{
    AccessGroups, AccessListConnection, AccessLists, AccessPackages, Answer, Asked,
    AsyncAccessGroups, AsyncAccessLists, AsyncAccessPackages, AsyncDelegations, AsyncFacts,
    AsyncInstances, AsyncParties, AsyncResourceRights, AsyncResources, AsyncRoles, Delegations,
    FactKind, FactQuery, FactReplies, FactReply, Facts, Instances, Pair, Parties, ResourceRight,
    ResourceRights, Resources, Roles,
};
pub use transition::Transition;
