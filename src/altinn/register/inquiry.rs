//! Lists for an asker, who sees them only as an administrator of the party or as the holder.

use std::fmt;
use std::sync::Arc;

use super::Snapshot;
use super::grantable::Grantable;
use super::holding::{Holding, NamedBy, NotDelegable, RightSourceType, Source};
use super::refusal::Refusal;
use super::state::{PartyNo, RecordId, RegisterState};
use crate::altinn::delegation::Right;
use crate::altinn::explain::Through;
use crate::altinn::fact::Moment;
use crate::altinn::language::texts::{self, refusals};
use crate::altinn::language::{Language, Say, Words, spoken};
use crate::altinn::party::{Party, PartyKey, PartyKind};
use crate::altinn::resource::ResourceId;
use crate::response::Trouble;
use crate::value::DateTime;

/// The roles, packages and rights that a party has for another, from [`Snapshot::holdings_for`].
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Holdings {
    /// The roles, with those they imply.
    pub roles: Vec<Holding>,
    /// The access packages of the roles, and delegated ones.
    pub packages: Vec<Holding>,
    /// The rights to resources and instances, each by itself.
    pub rights: Vec<Holding>,
    /// In lists of a PDP, the rights that policies of the resources asked for permit her by something else
    /// than one role, package or delegation that is listed: several of them together, an access group, a
    /// resource right, a role in an estate; and those to every action.
    pub otherwise: Vec<OtherRight>,
    /// Whether there are no other rights to the resources asked for, by policies and delegations. There
    /// may be if a policy cannot be seen through, or reads attributes that a request may have besides; or
    /// if there are [troubles](Self::troubles). The register alone knows no policies, so none is complete.
    pub is_complete: bool,
    /// The failures that decisions without a Permit met: a right may be missing because of them.
    pub troubles: Vec<Trouble>,
    /// The party, and the instant of the list.
    of: Option<(PartyKey, DateTime)>,
}

/// A right that a policy permits to somebody for a party.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct OtherRight {
    /// The resource.
    pub resource: ResourceId,
    /// The action; none if every action is permitted, also one that the policy does not name.
    pub action: Option<Arc<str>>,
    /// The attributes that the resource must have besides its names, such as the task.
    pub part: Vec<(Arc<str>, Arc<str>)>,
    /// The rules that permit it, each with what she has and the path to it; empty if not all of the policy
    /// could be examined, or if a delegation permits it.
    pub through: Vec<Through>,
    /// The instant until which it holds at least; none if nothing known ends it. It is that of the
    /// question if it holds for no time that is known.
    pub valid_until: Option<DateTime>,
}

impl OtherRight {
    pub(in crate::altinn) fn new(
        resource: ResourceId,
        action: Option<Arc<str>>,
        part: Vec<(Arc<str>, Arc<str>)>,
    ) -> Self {
        Self {
            resource,
            action,
            part,
            through: Vec::new(),
            valid_until: None,
        }
    }
}

impl Say for OtherRight {
    fn say(&self, f: &mut fmt::Formatter<'_>, words: Words) -> fmt::Result {
        let every = || texts::EVERY_ACTION.with(words, &[]).to_string().into();
        let right = Right {
            action: self.action.clone().unwrap_or_else(every),
            part: self.part.clone(),
        };
        Grantable::resource(self.resource.clone(), [right]).say(f, words)
    }
}

spoken! {
    OtherRight: "the right and its resource";
}

impl Holdings {
    /// Returns only what was delegated to the holder directly, and can be revoked by itself: the
    /// effect of `$filter=RightSourceType ne 'RoleTypeRights'`.
    #[must_use]
    pub fn only_direct(mut self) -> Self {
        for list in [&mut self.roles, &mut self.packages, &mut self.rights] {
            list.retain(|held| held.right_source_type() == RightSourceType::Direct);
        }
        self.otherwise.clear();
        self
    }
}

impl Snapshot {
    /// Returns those that have any access to a party, as [`rightholders`](Self::rightholders) does,
    /// for an asker. Persons' numbers are shown by [`Party::masked_number`].
    ///
    /// # Errors
    ///
    /// The asker administers no access of the party; one of them is unknown, or the asker deleted.
    pub fn rightholders_for(
        &self,
        by: &PartyKey,
        of: &PartyKey,
        at: DateTime,
    ) -> Result<Vec<Arc<Party>>, Refusal> {
        let state = &*self.0;
        let (who, party) = (state.living(by)?, state.existing(of)?);
        if !state.administers(who, party, Moment::of(&at)) {
            return Err(state.not_administrator(who, party));
        }
        Ok(self.rightholders(of, at))
    }

    /// Returns everything that a holder has for a party at an instant, for an asker: an
    /// administrator of the party, the holder, or an administrator of the holder. The rights that
    /// policies give to roles and packages are added by
    /// [`rights_by_policies`](Self::rights_by_policies).
    ///
    /// ```
    /// use vedtak::altinn::register::{Refusal, RightSourceType};
    /// use vedtak::altinn::{PartyKey, Register};
    /// # let file = &std::fs::read_to_string("fixtures/altinn/scenarios/01-letter-with-attachment/register.json")?;
    /// let register = Register::from_json("register.json", file.as_bytes())?;
    /// let (dag, vera) = (PartyKey::User(203), PartyKey::User(201));
    /// let firm = PartyKey::organisation("310000101");
    /// let now = "2026-03-02T09:00:00+01:00".parse()?;
    ///
    /// let snapshot = register.snapshot();
    /// let of_vera = snapshot.holdings_for(&dag, &vera, &firm, now)?;
    /// let direct = of_vera.only_direct();
    /// assert_eq!(direct.packages[0].right_source_type(), RightSourceType::Direct);
    ///
    /// let refused = snapshot.holdings_for(&vera, &dag, &firm, now);
    /// assert!(matches!(refused, Err(Refusal::NotAdministrator { .. })));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The asker is none of these; one of them is unknown, or the asker deleted.
    pub fn holdings_for(
        &self,
        by: &PartyKey,
        holder: &PartyKey,
        of: &PartyKey,
        at: DateTime,
    ) -> Result<Holdings, Refusal> {
        let state = &*self.0;
        let (who, party) = (state.living(by)?, state.existing(of)?);
        let number = state.number(holder);
        let now = Moment::of(&at);
        let is_hers = |number| state.is_or_administers(who, number, now);
        if !state.administers(who, party, now) && !number.is_some_and(is_hers) {
            return Err(state.not_administrator(who, party));
        }
        state.existing(holder)?;
        let rights = self.each_record_of(holder, of, at);
        let mut rights = Vec::from_iter(rights.iter().flat_map(Holding::each_right));
        let each = rights.iter_mut();
        each.for_each(|right| state.close_unserved(right, party, at));
        Ok(Holdings {
            roles: self.roles_of(holder, of, at),
            packages: self.packages_of(holder, of, at),
            rights,
            otherwise: Vec::new(),
            is_complete: false,
            troubles: Vec::new(),
            of: Some((of.clone(), at)),
        })
    }

    /// Returns the rights that policies give to the roles and packages among holdings. `opens`
    /// returns the rights of a role, by its URN, or of a package, by its code.
    ///
    /// ```
    /// use vedtak::altinn::register::{Grantable, RightSourceType};
    /// use vedtak::altinn::resource::ResourceId;
    /// use vedtak::altinn::{PartyKey, Register};
    /// # let file = &std::fs::read_to_string("fixtures/altinn/scenarios/01-letter-with-attachment/register.json")?;
    /// let register = Register::from_json("register.json", file.as_bytes())?;
    /// let (dag, firm) = (PartyKey::User(203), PartyKey::organisation("310000101"));
    /// let now = "2026-03-02T09:00:00+01:00".parse()?;
    ///
    /// let snapshot = register.snapshot();
    /// let own = snapshot.holdings_for(&dag, &dag, &firm, now)?;
    /// let director = Grantable::role("urn:altinn:external-role:ccr:daglig-leder");
    /// let letters = ResourceId::new("ttd-straffesak-brev");
    /// let opens = |held: &Grantable| match *held == director {
    ///     true => vec![Grantable::resource(letters.clone(), ["read", "confirm"])],
    ///     false => Vec::new(),
    /// };
    /// let rights = snapshot.rights_by_policies(&own, opens);
    /// assert_eq!(rights.len(), 2);
    /// assert_eq!(rights[0].right_source_type(), RightSourceType::Role);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn rights_by_policies(
        &self,
        holdings: &Holdings,
        mut opens: impl FnMut(&Grantable) -> Vec<Grantable>,
    ) -> Vec<Holding> {
        let state = &*self.0;
        let of = holdings.of.as_ref();
        let of = of.and_then(|(of, at)| Some((state.number(of)?, *at)));
        let mut rights = Vec::new();
        for held in holdings.roles.iter().chain(&holdings.packages) {
            for what in opens(&held.what) {
                let through = state.through_policy(held, what);
                rights.extend(through.each_right().into_iter().map(|mut right| {
                    if let Some((of, at)) = of {
                        state.close_unserved(&mut right, of, at);
                    }
                    right
                }));
            }
        }
        rights
    }
}

impl RegisterState {
    /// Returns the refusal of somebody without power, who does not learn a person's name by it.
    pub(super) fn not_administrator(&self, by: PartyNo, of: PartyNo) -> Refusal {
        let english = Words::from(Language::English);
        Refusal::NotAdministrator {
            by: self.called(by),
            of: match self.party(of).map(|party| party.kind) {
                Some(PartyKind::Person) => english.say(refusals::THIS_PERSON).into(),
                Some(PartyKind::SelfIdentified) => english.say(refusals::THIS_USER).into(),
                _ => self.called(of),
            },
        }
    }

    /// Returns the refusal of somebody without a part in a record, which may not even exist.
    pub(super) fn not_involved(&self, by: PartyNo, record: RecordId) -> Refusal {
        Refusal::NotInvolved {
            by: self.called(by),
            record,
        }
    }

    /// Returns rights that a policy gives to a role or a package.
    fn through_policy(&self, held: &Holding, what: Grantable) -> Holding {
        let source = match &held.what {
            Grantable::Package(code) => Source::Package(code.clone()),
            Grantable::Role(urn) => {
                let role = self.catalogue.role(urn);
                Source::Role(role.map_or_else(|| urn.clone(), |role| self.role_name(role)))
            }
            Grantable::Resource { .. } => held.source.clone(),
        };
        let resource = match &what {
            Grantable::Resource { resource, .. } => self.resources.get(resource),
            _ => None,
        };
        let may = resource.is_none_or(|resource| resource.may_be_delegated());
        let as_agent = held
            .not_delegable
            .filter(|why| *why == NotDelegable::AsAgent);
        Holding {
            described: resource.cloned(),
            what,
            source,
            path: held.path.clone(),
            window: held.window,
            not_delegable: as_agent.or((!may).then_some(NotDelegable::ResourceNotDelegable)),
            may_be_deleted: false,
            given_by: None,
            given_at: None,
            only_as: Vec::new(),
            lacking: Vec::new(),
            decision_until: None,
            out_of: None,
            decision: None,
            named_by: NamedBy(self.catalogue.clone()),
        }
    }
}
