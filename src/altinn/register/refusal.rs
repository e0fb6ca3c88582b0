//! Why a change of the register is refused, each reason with what it takes to do better.

use std::sync::Arc;

use super::state::RecordId;
use super::what::What;
use crate::altinn::clock::norwegian;
use crate::altinn::delegation::Right;
use crate::altinn::fact::Window;
use crate::altinn::json::did_you_mean;
use crate::altinn::party::PartyKey;
use crate::altinn::resource::{InstanceId, ResourceId};
use crate::value::DateTime;

/// Why the register was not changed. Parties are named as the register names them, roles and
/// packages by their names in the catalogue.
///
/// ```
/// use vedtak::altinn::{PartyKey, Refusal, Register, Window};
///
/// let register = Register::new();
/// let (fjell, kari) = (PartyKey::organisation("910000001"), PartyKey::Id(50001));
/// let refused = register.update(|change| {
///     change.register_role(&fjell, &kari, "dagl", Window::ALWAYS)
/// });
/// assert_eq!(refused, Err(Refusal::UnknownParty(fjell)));
/// ```
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// A party that no request can name.
    #[error("the party {name} has no key: it needs a party id, a UUID, a number or a user id")]
    PartyWithoutKey {
        /// What it is called.
        name: Arc<str>,
    },
    /// Keys of two parties as if they were one.
    #[error("{0:?} and {1:?} are the keys of two different parties of the register")]
    TwoParties(PartyKey, PartyKey),
    /// A parent that is not there.
    #[error("the parent {0:?} is not in the register; add it first")]
    UnknownParent(PartyKey),
    /// A party that would be part of itself.
    #[error("{name} cannot be part of itself")]
    PartOfItself {
        /// What it is called.
        name: Arc<str>,
    },
    /// A party that is not there.
    #[error("{0:?} is not in the register")]
    UnknownParty(PartyKey),
    /// A party that no longer exists.
    #[error("{name} is deleted: it neither gives nor receives access")]
    DeletedParty {
        /// What it is called.
        name: Arc<str>,
    },
    /// A user of an organisation that no longer exists.
    #[error("{name} belongs to {owner}, which is deleted: it neither gives nor receives access")]
    UserOfDeletedParty {
        /// What it is called.
        name: Arc<str>,
        /// Whose user it is.
        owner: Arc<str>,
    },
    /// A legal form the catalogue does not have: nobody would know what roles give there.
    #[error("the catalogue has no legal form `{name}`{}", did_you_mean(.similar.as_ref()))]
    UnknownLegalForm {
        /// What was given.
        name: Arc<str>,
        /// What was probably meant.
        similar: Option<Arc<str>>,
    },
    /// A role the catalogue does not have.
    #[error("the catalogue has no role `{name}`{}", did_you_mean(.similar.as_ref()))]
    UnknownRole {
        /// What was asked for.
        name: Arc<str>,
        /// What was probably meant.
        similar: Option<Arc<str>>,
    },
    /// A package the catalogue does not have.
    #[error("the catalogue has no access package `{name}`{}", did_you_mean(.similar.as_ref()))]
    UnknownPackage {
        /// What was asked for.
        name: Arc<str>,
        /// What was probably meant.
        similar: Option<Arc<str>>,
    },
    /// A resource that is not there.
    #[error("the resource `{0}` is not in the register")]
    UnknownResource(ResourceId),
    /// An instance of another resource, or of another party.
    #[error("the instance `{instance}` is not one of `{resource}` for {party}")]
    ForeignInstance {
        /// Which.
        instance: InstanceId,
        /// Whose instance it was taken for.
        resource: ResourceId,
        /// And which party's.
        party: Arc<str>,
    },
    /// An access list that is not there.
    #[error("there is no access list `{0}`; create it first")]
    UnknownList(Arc<str>),

    /// Giver and receiver are one.
    #[error("{name} cannot give access to itself")]
    ToItself {
        /// What it is called.
        name: Arc<str>,
    },
    /// A window without an instant.
    #[error("{0} contains no instant: the end must come after the beginning")]
    EmptyWindow(Window),
    /// A window that is over.
    #[error(
        "the window is over: it ended {}, and this happens at {}",
        norwegian(*.ended),
        norwegian(*.at)
    )]
    PastWindow {
        /// When it ended.
        ended: DateTime,
        /// When it was to be used.
        at: DateTime,
    },

    /// No administrator.
    #[error(
        "{by} administers nothing for {of}: that takes main administrator (hovedadministrator) or \
         access administrator (tilgangsstyrer)"
    )]
    NotAdministrator {
        /// Who wanted to.
        by: Arc<str>,
        /// For whom.
        of: Arc<str>,
    },
    /// No client administrator.
    #[error(
        "{by} does not administer the clients of {of}: that takes client administrator \
         (klientadministrator) or main administrator"
    )]
    NotClientAdministrator {
        /// Who wanted to.
        by: Arc<str>,
        /// For whom.
        of: Arc<str>,
    },
    /// An access administrator gives what she does not have.
    #[error(
        "{by} has not got {what} for {of} to give on; an access administrator gives only what she \
         herself has and may give on, a main administrator need not have it"
    )]
    NotHeld {
        /// Who wanted to.
        by: Arc<str>,
        /// What.
        what: What,
        /// For whom.
        of: Arc<str>,
    },
    /// The package of main administrators, by one who has it by delegation.
    #[error(
        "{by} cannot make somebody main administrator of {of}: only who is so by a role from the \
         register of legal entities can"
    )]
    MainAdministratorByDelegation {
        /// Who wanted to.
        by: Arc<str>,
        /// For whom.
        of: Arc<str>,
    },

    /// A role that only a register gives and takes.
    #[error(
        "the role `{role}` comes from a register or from being who one is: it is neither delegated \
         nor deleted here"
    )]
    RoleFromRegister {
        /// The role.
        role: Arc<str>,
    },
    /// A role that no register of roles gives.
    #[error("the role `{role}` comes from no register; delegate it or import it")]
    RoleFromNoRegister {
        /// The role.
        role: Arc<str>,
    },
    /// A role of Altinn 3, that nobody delegates as such.
    #[error("the role `{role}` is not delegated; delegate access packages instead")]
    RoleNotDelegable {
        /// The role.
        role: Arc<str>,
    },
    /// Altinn II roles are no longer given.
    #[error(
        "roles of Altinn II are no longer delegated since {}; delegate access packages",
        norwegian(*.since)
    )]
    NoNewAltinn2Roles {
        /// From when on.
        since: DateTime,
    },
    /// A package that only comes with something else.
    #[error("the access package `{package}` cannot be given to somebody on its own")]
    PackageNotAssignable {
        /// The package.
        package: Arc<str>,
    },
    /// A package that ends where it was received.
    #[error("the access package `{package}` cannot be delegated on")]
    PackageNotDelegable {
        /// The package.
        package: Arc<str>,
    },
    /// A package for persons from an organisation, or the other way round.
    #[error("the access package `{package}` is not for a party like {party}")]
    PackageDoesNotFit {
        /// The package.
        package: Arc<str>,
        /// Whose affairs it was to cover.
        party: Arc<str>,
    },
    /// A role in organisations that is to be one for a person, or the other way round.
    #[error("the role `{role}` is not one for a party like {party}")]
    RoleDoesNotFit {
        /// The role.
        role: Arc<str>,
        /// For whom it was to be.
        party: Arc<str>,
    },
    /// A delegation without content.
    #[error("nothing is named that is to be delegated: no right, no package")]
    Nothing,
    /// A resource that is not delegated singly.
    #[error("the rights to `{0}` are not delegated singly")]
    ResourceNotDelegable(ResourceId),
    /// A right that no delegation can give: the policy does not have it, or only for somebody in
    /// particular, such as the service owner.
    #[error(
        "the policy of `{resource}` has no right `{right}` that can be delegated; {}",
        known_actions(.known)
    )]
    RightNotInPolicy {
        /// The resource.
        resource: ResourceId,
        /// What was to be delegated.
        right: Right,
        /// The actions that the policy knows, of which some right can be delegated.
        known: Vec<Arc<str>>,
    },
    /// The access lists do not open the resource.
    #[error(
        "`{resource}` is only for parties on its access lists, and no such list opens {action} for \
         {party}"
    )]
    NotOnAccessList {
        /// The resource.
        resource: ResourceId,
        /// What was to be done.
        action: Arc<str>,
        /// For whom.
        party: Arc<str>,
    },
    /// The party has no resource right.
    #[error("`{resource}` is only for parties with a resource right, and {party} has none now")]
    NoResourceRight {
        /// The resource.
        resource: ResourceId,
        /// Who has none.
        party: Arc<str>,
    },
    /// The same delegation again.
    #[error("record {0} has already given that")]
    AlreadyDelegated(RecordId),

    /// Delegated on from what was received by somebody who passes nothing on.
    #[error(
        "record {0} cannot be delegated on: only what an organisation has received can, and not \
         what it received for a client"
    )]
    NotDelegableOn(RecordId),
    /// Delegated on more than was received.
    #[error("record {record} does not give {what}, so that it cannot be delegated on from it")]
    RecordGivesLess {
        /// What was received.
        record: RecordId,
        /// What was to be delegated on.
        what: What,
    },
    /// Delegated on from what another party gave.
    #[error("record {record} was not given by {party}")]
    RecordFromAnother {
        /// What was received.
        record: RecordId,
        /// Who was said to have given it.
        party: Arc<str>,
    },
    /// Delegated on for a time in which nothing was received.
    #[error("record {record} holds {holds}, and never in the window that was asked for")]
    RecordHoldsOtherwise {
        /// What was received.
        record: RecordId,
        /// When it holds.
        holds: Window,
    },

    /// Delegated on from a record that holds at no time.
    #[error(
        "record {0} holds no longer, so that it cannot be delegated on: what it was delegated on \
         from is over, or whoever gave it on is deleted"
    )]
    RecordRestsOnNothing(RecordId),

    /// An agent from outside.
    #[error(
        "{agent} is no agent of {provider} now: that takes a role there, such as `agent`, which an \
         access package does not replace, or being a system or enterprise user of {provider}"
    )]
    NoAgent {
        /// Who was to act for the client.
        agent: Arc<str>,
        /// Who serves the client.
        provider: Arc<str>,
    },
    /// An agent who is one, but never when it matters.
    #[error(
        "{agent} is an agent of {provider} {holds}, and never in the window that was asked for"
    )]
    AgentOtherwise {
        /// Who was to act for the client.
        agent: Arc<str>,
        /// Who serves the client.
        provider: Arc<str>,
        /// When it is the provider's agent.
        holds: Window,
    },
    /// The provider cannot do that for the client itself.
    #[error("{provider} has not got {what} for {client} by one and the same relation")]
    NotServed {
        /// Who serves the client.
        provider: Arc<str>,
        /// What it has not got.
        what: What,
        /// Whom it serves.
        client: Arc<str>,
    },

    /// A record that is not there, or no longer.
    #[error("there is no record {0}; it may have been deleted")]
    NotFound(RecordId),
    /// Somebody else's.
    #[error("{by} may not take record {record} back: that is for its giver and its receiver")]
    NotInvolved {
        /// Who wanted to.
        by: Arc<str>,
        /// Which.
        record: RecordId,
    },
    /// Held through a role.
    #[error("{to} has {what} through the role `{role}`: remove the role instead")]
    ThroughRole {
        /// Who has it.
        to: Arc<str>,
        /// What.
        what: What,
        /// Through which role or roles.
        role: Arc<str>,
    },
    /// Nothing there to take back.
    #[error("{from} has given {to} nothing that is {what}")]
    NotGiven {
        /// From whom.
        from: Arc<str>,
        /// To whom.
        to: Arc<str>,
        /// What.
        what: What,
    },

    /// Resource rights are the service owner's.
    #[error("the resource rights of `{resource}` are administered by `{owner}`, not by `{by}`")]
    NotOwner {
        /// The resource.
        resource: ResourceId,
        /// Whose it is.
        owner: Arc<str>,
        /// Who wanted to.
        by: Arc<str>,
    },

    /// The same request, still open.
    #[error("request {0} asks for that already and is not answered yet")]
    AlreadyAsked(RecordId),
    /// A request that has got its answer.
    #[error("request {0} is closed")]
    Closed(RecordId),
    /// A request of somebody else.
    #[error("request {0} was made by somebody else")]
    NotTheAsker(RecordId),
}

/// Which actions there are instead.
pub(in crate::altinn) fn known_actions(known: &[Arc<str>]) -> String {
    if known.is_empty() {
        return "nor has it any other".to_owned();
    }
    format!("it knows `{}`", known.join("`, `"))
}

/// A list of rights as one thing.
pub(super) fn rights(
    resource: &ResourceId,
    instance: Option<&InstanceId>,
    rights: &[Right],
) -> What {
    What::Resource {
        resource: resource.clone(),
        instance: instance.cloned(),
        rights: rights.to_vec(),
    }
}
