//! A role, a package or rights that a party has for another, with its source, and whether it can be
//! delegated or revoked.

use std::fmt;
use std::sync::Arc;

use super::grantable::Grantable;
use super::state::RecordId;
use crate::altinn::catalogue::Catalogue;
use crate::altinn::clock::told;
use crate::altinn::fact::{Moment, Path, Window};
use crate::altinn::language::texts::{self, answers};
use crate::altinn::language::{InWords, Say, Words, spoken};
use crate::altinn::party::PartyKey;
use crate::altinn::resource::Resource;
use crate::altinn::transition::Transition;
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
    /// The code of the access package out of which the rights were delegated on, one service by
    /// itself: they count only while the policy gives them to the holder of this package alone.
    pub out_of: Option<Arc<str>>,
    /// The decision about the rights, in lists of a PDP with the policy of the resource; `None` in
    /// lists of the register alone, which says what was given and not what policies make of it.
    pub decision: Option<Decision>,
}

impl Say for Holding {
    fn say(&self, f: &mut fmt::Formatter<'_>, words: Words) -> fmt::Result {
        self.what.say_titled(f, self.described.as_deref(), words)?;
        write!(f, " — {}", InWords(&self.path, words))?;
        match &self.source {
            Source::Oneself => f.write_str(words.say(answers::ONESELF))?,
            Source::Register => f.write_str(words.say(answers::FROM_REGISTER))?,
            Source::Role(role) => {
                write!(f, "{}", answers::BY_ROLE.with(words, &[&cut(role)]))?;
            }
            Source::Package(package) => {
                write!(f, "{}", answers::BY_PACKAGE.with(words, &[&cut(package)]))?;
            }
            Source::Direct(record) => {
                write!(f, "{}", answers::BY_RECORD.with(words, &[record]))?;
            }
        }
        if let Some(package) = &self.out_of {
            write!(
                f,
                "{}",
                answers::OUT_OF_PACKAGE.with(words, &[&cut(package)])
            )?;
        }
        if let Some(until) = self.window.ends() {
            let until = told(until, words);
            write!(f, ", {}", texts::UNTIL.with(words, &[&until]))?;
        }
        if let Some(decision) = self.decision.filter(|of| *of != Decision::Permit) {
            write!(f, "{}", answers::WITHOUT_EFFECT.with(words, &[&decision]))?;
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
        let single = self.what.each().into_iter();
        let single = single.map(|what| Self {
            what,
            ..self.clone()
        });
        single.collect()
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
    /// The resource cannot be delegated.
    ResourceNotDelegable,
    /// The holder is a main administrator by delegation or import, and cannot make another.
    MainAdministratorByDelegation,
    /// No access list opens the resource to the party.
    NotOnAccessList,
    /// The party does not have a resource right that the resource requires.
    NoResourceRight,
    /// No delegation can give the right by the policy of the resource.
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
            Self::ResourceNotDelegable => answers::NOT_SINGLY,
            Self::MainAdministratorByDelegation => answers::MAIN_BY_DELEGATION,
            Self::NotOnAccessList => answers::ON_NO_LIST,
            Self::NoResourceRight => answers::WITHOUT_RIGHT,
            Self::NotInPolicy => answers::NOT_IN_POLICY,
        }))
    }
}

impl std::error::Error for NotDelegable {}
