//! The reasons for which a change of the register is refused; each message says what would help.

use std::sync::Arc;

use super::grantable::Grantable;
use super::state::RecordId;
use crate::altinn::clock::norwegian;
use crate::altinn::delegation::Right;
use crate::altinn::fact::Window;
use crate::altinn::language::{InWords, Words};
use crate::altinn::party::PartyKey;
use crate::altinn::pdp::KnownActions;
use crate::altinn::resource::{InstanceId, ResourceId};
use crate::report::{cut, did_you_mean};
use crate::value::DateTime;

/// The reason why the register was not changed. Parties are named as in the register, roles and
/// packages by their names in the catalogue.
///
/// ```
/// use vedtak::altinn::facts::Window;
/// use vedtak::altinn::register::Refusal;
/// use vedtak::altinn::{PartyKey, Register};
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
    /// The party has no key, so no request can name it.
    #[error(
        "the party {} has no key: it needs a party id, a UUID, a number or a user id",
        cut(.name)
    )]
    PartyWithoutKey {
        /// The party.
        name: Arc<str>,
    },
    /// No request can have the key: a number of another length, an e-mail address without a host.
    #[error(
        "{0:?} is no key: a person's number has eleven digits, an organisation's nine, other numbers \
         begin at 1, an address has an `@`, and a user name is one word"
    )]
    NoKey(PartyKey),
    /// A word has no visible character.
    #[error("the {what} is blank")]
    Blank {
        /// The word that it is.
        what: &'static str,
    },
    /// The register has assigned all numbers that a file can have.
    #[error("the register has no more numbers for records")]
    NoMoreNumbers,
    /// The keys of one reported party belong to two parties.
    #[error("{0:?} and {1:?} are the keys of two different parties of the register")]
    TwoParties(PartyKey, PartyKey),
    /// The parent is not in the register.
    #[error("the parent {0:?} is not in the register; add it first")]
    UnknownParent(PartyKey),
    /// The party is its own parent.
    #[error("{} cannot be part of itself", cut(.name))]
    PartOfItself {
        /// The party.
        name: Arc<str>,
    },
    /// The party is not in the register.
    #[error("{0:?} is not in the register")]
    UnknownParty(PartyKey),
    /// The party is deleted.
    #[error("{name} is deleted: it neither gives nor receives access")]
    DeletedParty {
        /// The party.
        name: Arc<str>,
    },
    /// The party is a user of a deleted organisation.
    #[error("{name} belongs to {owner}, which is deleted: it neither gives nor receives access")]
    UserOfDeletedParty {
        /// The user.
        name: Arc<str>,
        /// The organisation that it belongs to.
        owner: Arc<str>,
    },
    /// The catalogue does not have the legal form, which decides on the packages of roles.
    #[error("the catalogue has no legal form `{}`{}", cut(.name), did_you_mean(.similar.as_ref()))]
    UnknownLegalForm {
        /// The name given.
        name: Arc<str>,
        /// The most similar name.
        similar: Option<Arc<str>>,
    },
    /// The catalogue does not have the role.
    #[error("the catalogue has no role `{}`{}", cut(.name), did_you_mean(.similar.as_ref()))]
    UnknownRole {
        /// The name given.
        name: Arc<str>,
        /// The most similar name.
        similar: Option<Arc<str>>,
    },
    /// The catalogue does not have the package.
    #[error(
        "the catalogue has no access package `{}`{}",
        cut(.name),
        did_you_mean(.similar.as_ref())
    )]
    UnknownPackage {
        /// The name given.
        name: Arc<str>,
        /// The most similar name.
        similar: Option<Arc<str>>,
    },
    /// The resource is not in the register.
    #[error("the resource `{0}` is not in the register")]
    UnknownResource(ResourceId),
    /// The instance belongs to another resource, or to another party.
    #[error("the instance `{instance}` is not one of `{resource}` for {party}")]
    ForeignInstance {
        /// The instance.
        instance: InstanceId,
        /// The resource given.
        resource: ResourceId,
        /// The party given.
        party: Arc<str>,
    },
    /// The access list does not exist.
    #[error("there is no access list `{}`; create it first", cut(.0))]
    UnknownList(Arc<str>),

    /// The giver and the receiver are one party.
    #[error("{name} cannot give access to itself")]
    ToItself {
        /// The party.
        name: Arc<str>,
    },
    /// The window contains no instant.
    #[error("{0} contains no instant: the end must come after the beginning")]
    EmptyWindow(Window),
    /// The window is over.
    #[error(
        "the window is over: it ended {}, and this happens at {}",
        norwegian(*.ended),
        norwegian(*.at)
    )]
    PastWindow {
        /// The first instant after the window.
        ended: DateTime,
        /// The instant of the act.
        at: DateTime,
    },

    /// The acting party is no administrator.
    #[error(
        "{by} administers nothing for {of}: that takes main administrator (hovedadministrator) or \
         access administrator (tilgangsstyrer)"
    )]
    NotAdministrator {
        /// The acting party.
        by: Arc<str>,
        /// The party that it does not administer.
        of: Arc<str>,
    },
    /// The acting party is no client administrator.
    #[error(
        "{by} does not administer the clients of {of}: that takes client administrator \
         (klientadministrator) or main administrator"
    )]
    NotClientAdministrator {
        /// The acting party.
        by: Arc<str>,
        /// The provider whose clients it does not administer.
        of: Arc<str>,
    },
    /// An access administrator may not give the role, the package or the right: she does not have
    /// it, or may not give it on.
    #[error(
        "{by} has not got {what} for {of} to give on; an access administrator gives only what she \
         herself has and may give on, a main administrator need not have it"
    )]
    NotHeld {
        /// The acting party.
        by: Arc<str>,
        /// The role, the package or the right.
        what: Grantable,
        /// The party whose access was to be given.
        of: Arc<str>,
    },
    /// The acting party is a main administrator by delegation, and cannot make another.
    #[error(
        "{by} cannot make somebody main administrator of {of}: only who is so by a role from the \
         register of legal entities can"
    )]
    MainAdministratorByDelegation {
        /// The acting party.
        by: Arc<str>,
        /// The party to be administered.
        of: Arc<str>,
    },

    /// The role is assigned by a register or held by every private person.
    #[error(
        "the role `{role}` comes from a register or from being who one is: it is neither delegated \
         nor deleted here"
    )]
    RoleFromRegister {
        /// The role.
        role: Arc<str>,
    },
    /// No register reports the role.
    #[error("the role `{role}` comes from no register; delegate it or import it")]
    RoleFromNoRegister {
        /// The role.
        role: Arc<str>,
    },
    /// The role is one of Altinn 3, which are not delegated.
    #[error("the role `{role}` is not delegated; delegate access packages instead")]
    RoleNotDelegable {
        /// The role.
        role: Arc<str>,
    },
    /// Roles of Altinn II can no longer be delegated.
    #[error(
        "roles of Altinn II such as `{role}` are no longer delegated since {}; delegate access \
         packages",
        norwegian(*.since)
    )]
    NoNewAltinn2Roles {
        /// The role.
        role: Arc<str>,
        /// The first instant at which they cannot.
        since: DateTime,
    },
    /// The package cannot be given on its own.
    #[error("the access package `{package}` cannot be given to somebody on its own")]
    PackageNotAssignable {
        /// The package.
        package: Arc<str>,
    },
    /// The package cannot be delegated on by its receiver.
    #[error("the access package `{package}` cannot be delegated on")]
    PackageNotDelegable {
        /// The package.
        package: Arc<str>,
    },
    /// The package concerns another kind of party.
    #[error("the access package `{package}` is not for a party like {party}")]
    PackageDoesNotFit {
        /// The package.
        package: Arc<str>,
        /// The party whose access was to be given.
        party: Arc<str>,
    },
    /// The role concerns another kind of party.
    #[error("the role `{role}` is not one for a party like {party}")]
    RoleDoesNotFit {
        /// The role.
        role: Arc<str>,
        /// The party for which the role was to be held.
        party: Arc<str>,
    },
    /// Roles are not for system users.
    #[error("{user} is a system user, which has no role: it cannot get the role `{role}`")]
    RoleOfSystemUser {
        /// The role.
        role: Arc<str>,
        /// The system user.
        user: Arc<str>,
    },
    /// No right to the resource is named.
    #[error("no right to `{0}` is named")]
    NoRight(ResourceId),
    /// The order contains neither a right nor a package.
    #[error("nothing is named that is to be delegated: no right, no package")]
    Nothing,
    /// The resource cannot be delegated.
    #[error("the rights to `{0}` are not delegated singly")]
    ResourceNotDelegable(ResourceId),
    /// The resource is an API behind scopes of Maskinporten.
    #[error(
        "`{0}` is an API behind scopes of Maskinporten: its scopes are delegated to organisations, \
         no single right to it is"
    )]
    MaskinportenSchema(ResourceId),
    /// No delegation can give the right: the policy does not have it, or permits it to particular
    /// subjects only, such as the service owner.
    #[error(
        "the policy of `{resource}` has no right `{right}` that can be delegated; {}",
        InWords(&KnownActions(.known), Words::DISPLAY)
    )]
    RightNotInPolicy {
        /// The resource.
        resource: ResourceId,
        /// The right to be delegated.
        right: Right,
        /// The actions of the policy for which a delegation can permit something.
        known: Vec<Arc<str>>,
    },
    /// No access list opens the resource to the party.
    #[error(
        "`{resource}` is only for parties on its access lists, and no such list opens {} for {party}",
        cut(.action)
    )]
    NotOnAccessList {
        /// The resource.
        resource: ResourceId,
        /// The action to be delegated.
        action: Arc<str>,
        /// The party that is on no such list.
        party: Arc<str>,
    },
    /// The party does not have a resource right.
    #[error("`{resource}` is only for parties with a resource right, and {party} has none now")]
    NoResourceRight {
        /// The resource.
        resource: ResourceId,
        /// The party.
        party: Arc<str>,
    },
    /// A delegation made elsewhere requires an authentication level.
    #[error(
        "the delegation `{}` requires an authentication level of its own, which the register does \
         not keep",
        cut(.0)
    )]
    DelegationWithLevel(Arc<str>),
    /// A delegation made elsewhere is one service out of an access package.
    #[error(
        "the delegation `{}` is one service out of an access package, which the register knows of \
         its own delegations only",
        cut(.0)
    )]
    DelegationOutOfPackage(Arc<str>),
    /// No party has both the key and the name of the receiver.
    #[error("nobody has both the number and the name that were given for the receiver")]
    NoSuchReceiver,
    /// A record gives this already, for at least as long and from the same root.
    #[error("record {record} has already given {what}")]
    AlreadyDelegated {
        /// The record.
        record: RecordId,
        /// The role, the package or the rights.
        what: Grantable,
    },

    /// The record was not received by an organisation, or is a client delegation.
    #[error(
        "record {0} cannot be delegated on: only what an organisation has received can, and not \
         what it received for a client"
    )]
    NotDelegableOn(RecordId),
    /// The record gives less than is to be delegated on from it.
    #[error("record {record} does not give {what}, so that it cannot be delegated on from it")]
    RecordGivesLess {
        /// The record to delegate on.
        record: RecordId,
        /// The part that the record lacks.
        what: Grantable,
    },
    /// The record to delegate on was given by another party.
    #[error("record {record} was not given by {party}")]
    RecordFromAnother {
        /// The record.
        record: RecordId,
        /// The party named as its giver.
        party: Arc<str>,
    },
    /// The record to delegate on does not hold in the window.
    #[error("record {record} holds {holds}, and never in the window that was asked for")]
    RecordHoldsOtherwise {
        /// The record.
        record: RecordId,
        /// The window in which it holds.
        holds: Window,
    },

    /// The record to delegate on never holds.
    #[error(
        "record {0} holds no longer, so that it cannot be delegated on: what it was delegated on \
         from is over, or whoever gave it on is deleted"
    )]
    RecordRestsOnNothing(RecordId),

    /// The party is not an agent of the provider now.
    #[error(
        "{agent} is no agent of {provider} now: that takes a role there, such as `agent`, which an \
         access package does not replace, or being a system or enterprise user of {provider}"
    )]
    NoAgent {
        /// The party that was to act for the client.
        agent: Arc<str>,
        /// The provider.
        provider: Arc<str>,
    },
    /// The agent is not one in the window.
    #[error(
        "{agent} is an agent of {provider} {holds}, and never in the window that was asked for"
    )]
    AgentOtherwise {
        /// The agent.
        agent: Arc<str>,
        /// The provider.
        provider: Arc<str>,
        /// The window around now in which it is the provider's agent.
        holds: Window,
    },
    /// The provider itself does not have the package or the right for the client, by a single role.
    #[error("{provider} has not got {what} for {client} by one and the same relation")]
    NotServed {
        /// The provider.
        provider: Arc<str>,
        /// The package or the right that it lacks.
        what: Grantable,
        /// The client.
        client: Arc<str>,
    },

    /// The service owner has no resource right of this number, or no longer.
    #[error("there is no record {0}; it may have been deleted")]
    NotFound(RecordId),
    /// The acting party has no part in such a record or request, or there is none, or no longer: it
    /// does not learn which.
    #[error(
        "{by} has no part in a record {record}, as giver, receiver or administrator; it may have \
         been deleted"
    )]
    NotInvolved {
        /// The acting party.
        by: Arc<str>,
        /// The record.
        record: RecordId,
    },
    /// The holding comes with a role, and cannot be revoked by itself.
    #[error("{to} has {what} through the role `{role}`: remove the role instead")]
    ThroughRole {
        /// The holder.
        to: Arc<str>,
        /// The role, the package or the rights.
        what: Grantable,
        /// The name of the role, or of all roles that may give it.
        role: Arc<str>,
    },
    /// The giver has not given this to the receiver.
    #[error("{from} has given {to} nothing that is {what}")]
    NotGiven {
        /// The giver.
        from: Arc<str>,
        /// The receiver.
        to: Arc<str>,
        /// The role, the package or the rights.
        what: Grantable,
    },

    /// The resource belongs to another service owner.
    #[error(
        "the resource rights of `{resource}` are administered by `{}`, not by `{}`",
        cut(.owner),
        cut(.by)
    )]
    NotOwner {
        /// The resource.
        resource: ResourceId,
        /// Its service owner.
        owner: Arc<str>,
        /// The acting service owner or party.
        by: Arc<str>,
    },

    /// An equal request is open.
    #[error("request {0} asks for that already and is not answered yet")]
    AlreadyAsked(RecordId),
    /// The person has as many open requests to the party as one may have.
    #[error("{name} has {of} requests there that are not answered yet, and may have no more")]
    TooManyRequests {
        /// The person.
        name: Arc<str>,
        /// The number of requests that may be open.
        of: usize,
    },
    /// The request is closed.
    #[error("request {0} is closed")]
    Closed(RecordId),
    /// The request was made by another person.
    #[error("request {0} was made by somebody else")]
    NotTheAsker(RecordId),
}

/// Returns rights as a [`Grantable`], for a message.
pub(super) fn rights(
    resource: &ResourceId,
    instance: Option<&InstanceId>,
    rights: &[Right],
) -> Grantable {
    Grantable::Resource {
        resource: resource.clone(),
        instance: instance.cloned(),
        rights: rights.to_vec(),
    }
}
