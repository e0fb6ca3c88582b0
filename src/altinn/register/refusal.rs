//! The reasons for which a change of the register is refused; each message says what would help.

mod told;

use std::sync::Arc;

use super::grantable::Grantable;
use super::state::RecordId;
use super::who_may::OwnUse;
use crate::altinn::delegation::Right;
use crate::altinn::fact::Window;
use crate::altinn::party::PartyKey;
use crate::altinn::resource::{InstanceId, ResourceId};
use crate::value::DateTime;

/// The reason why the register was not changed. Parties are named as in the register, roles and
/// packages by their names in the catalogue. `Display` says it in English,
/// [`in_language`](Self::in_language) in another language.
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
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Refusal {
    /// The party has no key, so no request can name it.
    PartyWithoutKey {
        /// The party.
        name: Arc<str>,
    },
    /// No request can have the key: a number of another length, an e-mail address without a host.
    NoKey(PartyKey),
    /// A word has no visible character.
    Blank {
        /// The word that it is.
        what: &'static str,
    },
    /// The register has assigned all numbers that a file can have.
    NoMoreNumbers,
    /// The keys of one reported party belong to two parties.
    TwoParties(PartyKey, PartyKey),
    /// The parent is not in the register.
    UnknownParent(PartyKey),
    /// The party is its own parent, or part of itself through others.
    PartOfItself {
        /// The party.
        name: Arc<str>,
    },
    /// The party is not in the register.
    UnknownParty(PartyKey),
    /// The party is deleted.
    DeletedParty {
        /// The party.
        name: Arc<str>,
    },
    /// The party is a user of a deleted organisation.
    UserOfDeletedParty {
        /// The user.
        name: Arc<str>,
        /// The organisation that it belongs to.
        owner: Arc<str>,
    },
    /// The catalogue does not have the legal form, which decides on the packages of roles.
    UnknownLegalForm {
        /// The name given.
        name: Arc<str>,
        /// The most similar name.
        similar: Option<Arc<str>>,
    },
    /// The catalogue does not have the role.
    UnknownRole {
        /// The name given.
        name: Arc<str>,
        /// The most similar name.
        similar: Option<Arc<str>>,
    },
    /// The catalogue does not have the package.
    UnknownPackage {
        /// The name given.
        name: Arc<str>,
        /// The most similar name.
        similar: Option<Arc<str>>,
    },
    /// The resource is not in the register.
    UnknownResource(ResourceId),
    /// The instance belongs to another resource, or to another party.
    ForeignInstance {
        /// The instance.
        instance: InstanceId,
        /// The resource given.
        resource: ResourceId,
        /// The party given.
        party: Arc<str>,
    },
    /// No resource in the register is the service owner's.
    UnknownOwner {
        /// The name given.
        name: Arc<str>,
        /// The most similar name.
        similar: Option<Arc<str>>,
    },
    /// The access list does not exist.
    UnknownList(Arc<str>),

    /// The giver and the receiver are one party.
    ToItself {
        /// The party.
        name: Arc<str>,
    },
    /// The window contains no instant.
    EmptyWindow(Window),
    /// The window is over.
    PastWindow {
        /// The first instant after the window.
        ended: DateTime,
        /// The instant of the act.
        at: DateTime,
    },

    /// The acting party is no administrator.
    NotAdministrator {
        /// The acting party.
        by: Arc<str>,
        /// The party that it does not administer.
        of: Arc<str>,
    },
    /// The acting party is no client administrator.
    NotClientAdministrator {
        /// The acting party.
        by: Arc<str>,
        /// The provider whose clients it does not administer.
        of: Arc<str>,
    },
    /// An access administrator may not give the role, the package or the right: she does not have
    /// it, or has a role or a package only as an agent.
    NotHeld {
        /// The acting party.
        by: Arc<str>,
        /// The role, the package or the right.
        what: Grantable,
        /// The party whose access was to be given.
        of: Arc<str>,
    },
    /// The acting party is a main administrator, and the package is not one that main administrators
    /// give without having it to give on.
    NotGivenByMain {
        /// The acting party.
        by: Arc<str>,
        /// The package.
        what: Grantable,
        /// The party whose access was to be given.
        of: Arc<str>,
    },
    /// An access administrator has the package for her own use, and may not give it on.
    NotToGiveOn {
        /// The acting party.
        by: Arc<str>,
        /// The package.
        what: Grantable,
        /// The party whose access was to be given.
        of: Arc<str>,
    },
    /// An access administrator has the right for her own use only, and may not give it on.
    RightNotToGiveOn {
        /// The acting party.
        by: Arc<str>,
        /// The right.
        what: Grantable,
        /// The party whose access was to be given.
        of: Arc<str>,
        /// The reason.
        why: OwnUse,
    },
    /// The acting party is a main administrator by delegation, and cannot make another.
    MainAdministratorByDelegation {
        /// The acting party.
        by: Arc<str>,
        /// The party to be administered.
        of: Arc<str>,
    },

    /// The role is assigned by a register or held by every private person.
    RoleFromRegister {
        /// The role.
        role: Arc<str>,
    },
    /// No register reports the role.
    RoleFromNoRegister {
        /// The role.
        role: Arc<str>,
    },
    /// The role is one of Altinn 3, which are not delegated.
    RoleNotDelegable {
        /// The role.
        role: Arc<str>,
    },
    /// Roles of Altinn II can no longer be delegated.
    NoNewAltinn2Roles {
        /// The role.
        role: Arc<str>,
        /// The first instant at which they cannot.
        since: DateTime,
    },
    /// The package cannot be given on its own.
    PackageNotAssignable {
        /// The package.
        package: Arc<str>,
    },
    /// The package cannot be delegated on by its receiver.
    PackageNotDelegable {
        /// The package.
        package: Arc<str>,
    },
    /// The package concerns another kind of party.
    PackageDoesNotFit {
        /// The package.
        package: Arc<str>,
        /// The party whose access was to be given.
        party: Arc<str>,
    },
    /// The role concerns another kind of party.
    RoleDoesNotFit {
        /// The role.
        role: Arc<str>,
        /// The party for which the role was to be held.
        party: Arc<str>,
    },
    /// Roles are not for system users.
    RoleOfSystemUser {
        /// The role.
        role: Arc<str>,
        /// The system user.
        user: Arc<str>,
    },
    /// No right to the resource is named.
    NoRight(ResourceId),
    /// The order contains neither a right nor a package.
    Nothing,
    /// The resource cannot be delegated.
    ResourceNotDelegable(ResourceId),
    /// The resource is an API behind scopes of Maskinporten.
    MaskinportenSchema(ResourceId),
    /// Whether an access administrator has the right cannot be said now, as a source does not answer.
    NotDecided {
        /// The acting party.
        by: Arc<str>,
        /// The right.
        what: Grantable,
        /// The party that it is for.
        of: Arc<str>,
        /// The failure.
        why: Arc<str>,
    },
    /// A delegation opens the right only to a receiver who has something else there: in the
    /// [check](super::Snapshot::delegation_check), which knows no receiver.
    NotAlone {
        /// The right.
        what: Grantable,
        /// The party that it is for.
        of: Arc<str>,
    },
    /// No delegation can give the right: the policy does not have it, permits it to particular
    /// subjects only, such as the service owner, or denies it to whoever lacks what it asks for: then no
    /// delegation is asked about.
    RightNotInPolicy {
        /// The resource.
        resource: ResourceId,
        /// The right to be delegated.
        right: Right,
        /// The actions of the policy for which a delegation can permit something.
        known: Vec<Arc<str>>,
    },
    /// A part of the right names another party than the one that it is for.
    RightForAnother {
        /// The right.
        what: Grantable,
        /// The party whose access was to be given.
        of: Arc<str>,
    },
    /// No access list opens the resource to the party.
    NotOnAccessList {
        /// The resource.
        resource: ResourceId,
        /// The action to be delegated.
        action: Arc<str>,
        /// The party that is on no such list.
        party: Arc<str>,
    },
    /// The party does not have a resource right.
    NoResourceRight {
        /// The resource.
        resource: ResourceId,
        /// The party.
        party: Arc<str>,
    },
    /// A delegation made elsewhere requires an authentication level.
    DelegationWithLevel(Arc<str>),
    /// A delegation made elsewhere is one service out of an access package.
    DelegationOutOfPackage(Arc<str>),
    /// No party has both the key and the name of the receiver.
    NoSuchReceiver,
    /// A record gives this already, for at least as long and from the same root. It may be one that
    /// the same [`update`](super::Register::update) would have made.
    AlreadyDelegated {
        /// The record.
        record: RecordId,
        /// The role, the package or the rights.
        what: Grantable,
    },

    /// An order for several names this twice, alone or with more.
    NamedTwice {
        /// The role, the package or the rights.
        what: Grantable,
    },

    /// The record was not received by an organisation, or is a client delegation.
    NotDelegableOn(RecordId),
    /// The record gives less than is to be delegated on from it.
    RecordGivesLess {
        /// The record to delegate on.
        record: RecordId,
        /// The part that the record lacks.
        what: Grantable,
    },
    /// The record to delegate on was given by another party.
    RecordFromAnother {
        /// The record.
        record: RecordId,
        /// The party named as its giver.
        party: Arc<str>,
    },
    /// The record to delegate on does not hold in the window.
    RecordHoldsOtherwise {
        /// The record.
        record: RecordId,
        /// The window in which it holds.
        holds: Window,
    },

    /// The record to delegate on never holds.
    RecordRestsOnNothing(RecordId),

    /// The party is not an agent of the provider now.
    NoAgent {
        /// The party that was to act for the client.
        agent: Arc<str>,
        /// The provider.
        provider: Arc<str>,
    },
    /// The agent is not one in the window.
    AgentOtherwise {
        /// The agent.
        agent: Arc<str>,
        /// The provider.
        provider: Arc<str>,
        /// The window around now in which it is the provider's agent.
        holds: Window,
    },
    /// The provider itself does not have the package or the right for the client, by a single role.
    NotServed {
        /// The provider.
        provider: Arc<str>,
        /// The package or the right that it lacks.
        what: Grantable,
        /// The client.
        client: Arc<str>,
    },
    /// The provider has the right for the client as one service out of an access package, and by the
    /// policies the package does not give it.
    PackageGivesNoLonger {
        /// The package.
        package: Arc<str>,
        /// The right.
        what: Grantable,
        /// The provider.
        provider: Arc<str>,
        /// The client.
        client: Arc<str>,
    },

    /// The service owner has no resource right of this number, or no longer.
    NotFound(RecordId),
    /// The acting party has no part in such a record or request, or there is none, or no longer: it
    /// does not learn which.
    NotInvolved {
        /// The acting party.
        by: Arc<str>,
        /// The record.
        record: RecordId,
    },
    /// The record does not give what is to be revoked of it.
    NotInRecord {
        /// The record.
        record: RecordId,
        /// The role, the package or the rights that it does not give.
        what: Grantable,
    },
    /// The holding comes with a role, and cannot be revoked by itself.
    ThroughRole {
        /// The holder.
        to: Arc<str>,
        /// The role, the package or the rights.
        what: Grantable,
        /// The name of the role, or of all roles that may give it.
        role: Arc<str>,
    },
    /// The giver has not given this to the receiver.
    NotGiven {
        /// The giver.
        from: Arc<str>,
        /// The receiver.
        to: Arc<str>,
        /// The role, the package or the rights.
        what: Grantable,
    },

    /// The resource belongs to another service owner.
    NotOwner {
        /// The resource.
        resource: ResourceId,
        /// Its service owner.
        owner: Arc<str>,
        /// The acting service owner or party.
        by: Arc<str>,
    },

    /// An equal request is open.
    AlreadyAsked(RecordId),
    /// The person has as many open requests to the party as one may have.
    TooManyRequests {
        /// The person.
        name: Arc<str>,
        /// The number of requests that may be open.
        of: usize,
    },
    /// The request is closed.
    Closed(RecordId),
    /// The request was made by another person.
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
