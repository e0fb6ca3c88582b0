//! A role, a package or rights that a party has for another, with its source, and whether it can be
//! delegated or revoked.

use std::fmt;
use std::sync::Arc;

use super::grantable::{Grantable, named_role};
use super::state::RecordId;
use crate::altinn::answers::attributes;
use crate::altinn::catalogue::Catalogue;
use crate::altinn::clock::told;
use crate::altinn::delegation::Right;
use crate::altinn::fact::{Moment, Path, Window};
use crate::altinn::language::texts::{self, answers};
use crate::altinn::language::{InWords, Say, Words, spoken};
use crate::altinn::party::PartyKey;
use crate::altinn::resource::Resource;
use crate::altinn::transition::Transition;
use crate::attribute::Designator;
use crate::decision::Decision;
use crate::report::cut;
use crate::value::DateTime;

/// A role, a package or rights that a party has for another.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Holding {
    /// A role by its URN, a package by its code, or rights to a resource.
    pub what: Grantable,
    /// Of rights, the resource as the register describes it, with its titles and the codes of a service
    /// of Altinn II; `None` if it does not know it.
    pub described: Option<Arc<Resource>>,
    /// The origin: the person herself, a register, a role or a delegation.
    pub source: Source,
    /// The path from the holder; empty if it is held directly.
    pub path: Path,
    /// The window in which it holds.
    pub window: Window,
    /// The reason why not even an administrator who has it may delegate it; `None` if she may.
    pub not_delegable: Option<NotDelegable>,
    /// Whether it can be revoked by itself, as it was delegated to the holder directly. A holding
    /// through a role ends with the role, and a register's role ends when the register reports
    /// that.
    pub may_be_deleted: bool,
    /// The party that delegated it; `None` if it was not delegated.
    pub given_by: Option<PartyKey>,
    /// The instant at which it was delegated, if known.
    pub given_at: Option<DateTime>,
    /// If the decision about delegated rights is Permit, and not wherever the policy has them: as which
    /// rights alone, such as to some tasks of an app.
    pub only_as: Vec<Right>,
    /// The code of the access package out of which the rights were delegated on, one service by
    /// itself: they count only while the policy gives them to the holder of this package alone.
    pub out_of: Option<Arc<str>>,
    /// The decision about the rights, in lists of a PDP with the policy of the resource; `None` in
    /// lists of the register alone, which says what was given and not what policies make of it. It is
    /// Permit if any request that delegated rights cover is permitted: of an instance, also in a task
    /// that it is not in now.
    pub decision: Option<Decision>,
    /// If the decision is NotApplicable, in lists of a PDP: the attributes of a request on which the effect of
    /// delegated rights depends, and which a list does not say, such as of the environment.
    pub lacking: Vec<Designator>,
    /// The instant at which the decision changes, in lists of somebody's holdings at one party; `None` if
    /// nothing known changes it. It may be before the end of the window, as where the party's place on an access
    /// list ends.
    pub decision_until: Option<DateTime>,
    pub(in crate::altinn) named_by: NamedBy,
}

/// The catalogue that has the names of roles and packages that are held, and which is no part of what is
/// held.
#[derive(Clone)]
pub(in crate::altinn) struct NamedBy(pub(super) Catalogue);

impl PartialEq for NamedBy {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl fmt::Debug for NamedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Say for Holding {
    fn say(&self, f: &mut fmt::Formatter<'_>, words: Words) -> fmt::Result {
        let NamedBy(catalogue) = &self.named_by;
        let package = |code: &Arc<str>| {
            let package = Grantable::Package(code.clone());
            package.titled_in(Some(catalogue), None, words)
        };
        let what = self
            .what
            .titled_in(Some(catalogue), self.described.as_deref(), words);
        f.write_str(&what)?;
        write!(f, " — {}", InWords(&self.path, words))?;
        match &self.source {
            Source::Oneself => f.write_str(words.say(answers::ONESELF))?,
            Source::Register => f.write_str(words.say(answers::FROM_REGISTER))?,
            Source::Role(name) => {
                let mut roles = catalogue.roles();
                let role = roles.find(|(_, role)| role.name == *name);
                let role = match role {
                    Some((_, role)) => named_role(role, &role.code, words),
                    None => answers::NAMED_ROLE.with(words, &[&cut(name)]).to_string(),
                };
                write!(f, "{}", answers::BY.with(words, &[&role]))?;
            }
            Source::Package(code) => {
                write!(f, "{}", answers::BY.with(words, &[&package(code)]))?;
            }
            Source::Direct(record) => {
                write!(f, "{}", answers::BY_RECORD.with(words, &[record]))?;
            }
        }
        if let Some(code) = &self.out_of {
            write!(f, "{}", answers::OUT_OF.with(words, &[&package(code)]))?;
        }
        if let Some(until) = self.until() {
            let until = told(until, words);
            write!(f, ", {}", texts::UNTIL.with(words, &[&until]))?;
        }
        let effect = match self.decision {
            None | Some(Decision::Permit) => None,
            // It may be another where a request says more, or a source answers.
            Some(Decision::Indeterminate) => Some(answers::UNKNOWN_EFFECT),
            Some(_) if !self.lacking.is_empty() => None,
            Some(_) => Some(answers::WITHOUT_EFFECT),
        };
        if let Some(lacking) = attributes(&self.lacking, words) {
            write!(f, "{}", answers::EFFECT_DEPENDS.with(words, &[&lacking]))?;
        }
        if let (Some(effect), Some(decision)) = (effect, self.decision) {
            write!(f, "{}", effect.with(words, &[&decision]))?;
        }
        if !self.only_as.is_empty() {
            let only: Vec<String> = self
                .only_as
                .iter()
                .map(|right| format!("`{right}`"))
                .collect();
            let only = only.join(words.say(texts::AND));
            write!(f, "{}", answers::ONLY_AS.with(words, &[&only]))?;
        }
        match &self.not_delegable {
            Some(why) => {
                let why = InWords(why, words);
                write!(f, "{}", answers::NOT_TO_BE_DELEGATED.with(words, &[&why]))
            }
            None => Ok(()),
        }
    }
}

spoken! {
    Holding: "the holding, its source and its path, and the reason if it may not be delegated";
    NotDelegable: "the reason";
}

impl Holding {
    /// Lets roles of Altinn II end with the transition, and leaves out those that have ended.
    pub(in crate::altinn) fn end_roles(
        roles: &mut Vec<Self>,
        catalogue: &Catalogue,
        transition: Transition,
        at: DateTime,
    ) {
        roles.retain_mut(|held| {
            let role = match &held.what {
                Grantable::Role(name) => catalogue.role(name),
                _ => None,
            };
            if !role.is_some_and(|role| catalogue.role_by_id(role).is_altinn2()) {
                return true;
            }
            held.window.until = held.window.until.min(transition.end);
            Moment::of(&at) < held.window.until
        });
    }

    /// The instant at which it ends or its rights have no effect any more, whichever is first; `None` if
    /// neither is known.
    pub fn until(&self) -> Option<DateTime> {
        let ends = [self.window.ends(), self.decision_until];
        ends.into_iter().flatten().min_by_key(DateTime::to_unix)
    }

    /// Whether an administrator who has it may delegate it.
    pub fn may_be_delegated(&self) -> bool {
        self.not_delegable.is_none()
    }

    /// The kind of its source: direct if it can be revoked by itself.
    pub fn right_source_type(&self) -> RightSourceType {
        match self.record() {
            Some(_) => RightSourceType::Direct,
            None => RightSourceType::Role,
        }
    }

    /// Returns rights one by one, each a holding of its own; a role or a package as it is. The rights of
    /// one record have one [`record`](Self::record): [`Change::revoke_part`] ends one of them alone.
    ///
    /// [`Change::revoke_part`]: super::Change::revoke_part
    pub fn each_right(&self) -> Vec<Self> {
        let mut single = self.what.each();
        let Some(last) = single.pop() else {
            return vec![self.clone()];
        };
        // Of one right, so that no copy has all of them.
        let one = Self {
            what: last,
            ..self.clone()
        };
        let others = single.into_iter().map(|what| Self {
            what,
            ..one.clone()
        });
        let mut each: Vec<Self> = others.collect();
        each.push(one);
        each
    }

    /// The record whose revocation, by [`Change::revoke`], ends this holding and everything else that
    /// the record gives; `None` if it cannot be revoked by itself. [`Change::revoke_part`] with
    /// [`what`](Self::what) ends this holding and leaves the rest of the record.
    ///
    /// ```
    /// use vedtak::altinn::{PartyKey, Register};
    /// # let file = &std::fs::read_to_string("fixtures/altinn/scenarios/01-letter-with-attachment/register.json")?;
    /// let register = Register::from_json("register.json", file.as_bytes())?;
    /// let (dag, vera) = (PartyKey::User(203), PartyKey::User(201));
    /// let firm = PartyKey::organisation("310000101");
    /// let now = "2026-03-02T09:00:00+01:00".parse()?;
    ///
    /// let packages = register.snapshot().packages_of(&vera, &firm, now);
    /// let record = packages[0].record().expect("was delegated to her");
    /// register.update(|change| change.revoke(&dag, record, now))?;
    /// assert!(register.snapshot().packages_of(&vera, &firm, now).is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// [`Change::revoke`]: super::Change::revoke
    /// [`Change::revoke_part`]: super::Change::revoke_part
    pub fn record(&self) -> Option<RecordId> {
        match self.source {
            Source::Direct(record) if self.may_be_deleted => Some(record),
            _ => None,
        }
    }
}

/// The two kinds of source of a right in Altinn's lists: a role or a delegation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RightSourceType {
    /// A role or a package that the holder has, or what an organisation in which it has a key role
    /// has received. It cannot be revoked by itself.
    Role,
    /// A delegation to the holder.
    Direct,
}

impl RightSourceType {
    /// The name in lists of rights.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Role => "RoleTypeRights",
            Self::Direct => "DirectlyDelegatedRights",
        }
    }
}

/// The origin of a [`Holding`]: a register, a role or a delegation.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Source {
    /// The holder is the person herself.
    Oneself,
    /// A register or the host reports it.
    Register,
    /// A role gives it; this is the role's name.
    Role(Arc<str>),
    /// A policy gives it to the holders of a package; this is the package's code.
    Package(Arc<str>),
    /// A delegation gives it; this is its record.
    Direct(RecordId),
}

/// The reason why a [`Holding`] is not delegated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NotDelegable {
    /// A register assigns the role, or everybody has it by being who one is.
    FromRegister,
    /// The role is one of Altinn 3, which are not delegated.
    Altinn3Role,
    /// Roles of Altinn II can no longer be delegated.
    NoNewAltinn2Roles,
    /// The package cannot be given to somebody on its own.
    PackageNotAssignable,
    /// The package cannot be delegated on by its receiver.
    PackageNotDelegable,
    /// The role gives the package to its holder's own use only.
    OwnUseOnly,
    /// The holder has it as the agent of an organisation.
    AsAgent,
    /// The holder is not known to have it in each part of the resource for which a delegation would give it.
    NotInEachPart,
    /// The resource cannot be delegated.
    ResourceNotDelegable,
    /// The holder is a main administrator by delegation or import, and cannot make another.
    MainAdministratorByDelegation,
    /// No access list opens the resource to the party.
    NotOnAccessList,
    /// The party does not have a resource right that the resource requires, or only such as one person
    /// may use.
    NoResourceRight,
    /// No delegation can give the right by the policy of the resource, or none alone: its receiver must
    /// have a role, a resource right or another fact besides.
    NotInPolicy,
}

impl Say for NotDelegable {
    fn say(&self, f: &mut fmt::Formatter<'_>, words: Words) -> fmt::Result {
        f.write_str(words.say(match self {
            Self::FromRegister => answers::COMES_FROM_REGISTER,
            Self::Altinn3Role => answers::NO_DELEGATED_ROLE,
            Self::NoNewAltinn2Roles => answers::OLD_ROLES_STOPPED,
            Self::PackageNotAssignable => answers::PACKAGE_NOT_ALONE,
            Self::PackageNotDelegable => answers::PACKAGE_NOT_ON,
            Self::OwnUseOnly => answers::OWN_USE_ONLY,
            Self::AsAgent => answers::AS_AGENT,
            Self::NotInEachPart => answers::NOT_IN_EACH_PART,
            Self::ResourceNotDelegable => answers::NOT_SINGLY,
            Self::MainAdministratorByDelegation => answers::MAIN_BY_DELEGATION,
            Self::NotOnAccessList => answers::ON_NO_LIST,
            Self::NoResourceRight => answers::WITHOUT_RIGHT,
            Self::NotInPolicy => answers::NOT_IN_POLICY,
        }))
    }
}

impl std::error::Error for NotDelegable {}
