//! A refused person → what would be enough, and who can give it to her.

mod trial;

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use super::holders::{NoAnswer, asker_gone, party_of, say_gone};
use super::need::{Need, NeedKey, NeedKind};
use super::rights::{Alternative, PolicyRight, say_lacking};
use crate::altinn::Pdp;
use crate::altinn::catalogue::{Catalogue, PackageId, RoleId};
use crate::altinn::clock::told;
use crate::altinn::delegation::Right;
use crate::altinn::explain::Explanation;
use crate::altinn::facts::{AccessGroups, AccessLists, Asked, ResourceRights};
use crate::altinn::id::{self, AttributeKind};
use crate::altinn::language::{InWords, Say, Words, spoken, texts};
use crate::altinn::party::{Party, PartyKey, PartyKind};
use crate::altinn::pdp::rights::request;
use crate::altinn::pdp::{Failures, complete};
use crate::altinn::pdp::{NearReasons, Reasons};
use crate::altinn::register::{DelegationOrder, Grantable, Snapshot};
use crate::altinn::resource::{ResourceId, TitledId};
use crate::altinn::ruling::{Basis, Veto};
use crate::attribute::category;
use crate::decision::Decision;
use crate::response::Trouble;
use crate::value::DateTime;
use trial::{Trial, providers};

/// The things that somebody needs for a right at a party.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Needed {
    /// The one who asks.
    pub who: Arc<Party>,
    /// The party.
    pub party: Arc<Party>,
    /// The right, with all alternatives.
    pub right: PolicyRight,
    /// The decision as things are.
    pub decision: Decision,
    /// The veto of a Permit, if there is one: then no role or package helps.
    pub veto: Option<Veto>,
    /// The one who asks, the organisation whose user that is, or the party, if it exists no longer:
    /// then nothing is enough, but a role in the estate of a deceased person.
    pub gone: Option<Arc<Party>>,
    /// If the decision is not Permit: its explanation. It has the rule that denies, the actions that the
    /// policy knows, and delegations that are still to begin.
    pub explained: Option<Box<Explanation>>,
    /// If the decision is not Permit: what would be enough for the policy, the nearest first: what
    /// somebody can give, then what takes the fewest things.
    pub ways: Vec<WayIn>,
    /// Alternatives of the policy with something that could not be supposed to be there, such as a role
    /// that the catalogue does not have, or a fact of a source of the host's: they may be enough.
    pub untried: Vec<Alternative>,
    /// The failures that the decision met, or those with more given did, if they are not Permit:
    /// without them there may be more ways.
    pub troubles: Vec<Trouble>,
}

/// Something that would be enough for a right.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct WayIn {
    /// The alternative of the policy; none for the single right itself.
    pub alternative: Option<Alternative>,
    /// The needs of the alternative that are missing.
    pub missing: Vec<Need>,
    /// Those who can give all that is missing, by name, by the rules of the register: what one of them
    /// gives was found enough on a copy of it. If there are none, it was supposed to be there, and found
    /// enough.
    pub givers: Vec<Arc<Party>>,
    /// The organisation that serves the party, if the givers give what is missing by client delegation, to
    /// her as its agent; none if they give it for the party itself.
    pub provider: Option<Arc<Party>>,
}

impl Pdp {
    /// Returns what somebody needs for a right at a party, and who can give it: access administrators
    /// and main administrators of the party, and administrators of the clients of an organisation that
    /// serves it and whose agent she is, as the rules of the register let them.
    ///
    /// # Errors
    ///
    /// As of [`holders`](Self::holders), and if the one who asks is not in the register.
    ///
    /// ```
    /// use vedtak::Decision;
    /// use vedtak::altinn::{PartyKey, Pdp, Register};
    /// use vedtak::altinn::resource::ResourceId;
    /// # let policy = &std::fs::read_to_string("fixtures/altinn/scenarios/04-roles-and-packages/policies/ttd-begge.xml")?;
    /// # let register = &std::fs::read_to_string("fixtures/altinn/scenarios/04-roles-and-packages/register.json")?;
    ///
    /// let register = Register::from_json("register.json", register.as_bytes())?;
    /// let pdp = Pdp::builder().policy("ttd-begge", policy).register(&register).build()?;
    /// let (who, firm) = (PartyKey::User(234), PartyKey::organisation("310000401"));
    /// let now = "2026-03-02T09:00:00+01:00".parse()?;
    /// let needed = pdp.needed(&who, &ResourceId::new("ttd-begge"), &"read".into(), &firm, now)?;
    /// println!("{needed}");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn needed(
        &self,
        who: &PartyKey,
        resource: &ResourceId,
        right: &Right,
        party: &PartyKey,
        at: DateTime,
    ) -> Result<Needed, NoAnswer> {
        let register = self.register().ok_or(NoAnswer::NoRegister)?;
        let snapshot = register.snapshot();
        let (who, of) = (party_of(&snapshot, who)?, party_of(&snapshot, party)?);
        let answers = self.answers(resource, at)?;
        let answers = answers.ok_or_else(|| NoAnswer::NoPolicy(resource.clone()))?;
        let opened = answers.who_may(right)?;
        let ruling =
            request(&who, &of, resource, None, right).map(|request| self.decide_at(&request, at));
        let decision = ruling
            .as_ref()
            .map_or(Decision::NotApplicable, |ruling| ruling.decision());
        let mut failures = Failures::default();
        ruling.iter().for_each(|ruling| {
            failures.permits(ruling);
        });
        let explained = request(&who, &of, resource, None, right)
            .filter(|_| decision != Decision::Permit)
            .map(|request| Box::new(self.without_audit().explain_at(&request, at)));
        let mut needed = Needed {
            explained,
            veto: ruling.and_then(|ruling| match ruling.basis {
                Basis::Veto(veto) => Some(veto),
                _ => None,
            }),
            gone: asker_gone(&snapshot, &who)
                .or_else(|| Some(of.clone()).filter(|of| of.is_deleted)),
            who: who.clone(),
            party: of.clone(),
            right: opened,
            decision,
            ways: Vec::new(),
            untried: Vec::new(),
            troubles: failures.0,
        };
        let keys = (who.keys().next(), of.keys().next());
        let (Some(to), Some(from)) = keys else {
            return Ok(needed);
        };
        if decision == Decision::Permit || needed.veto.is_some() {
            return Ok(needed);
        }
        if needed.gone.as_ref().is_some_and(|gone| !gone.is(&of)) {
            // The decision says no more than that.
            needed.troubles.clear();
            return Ok(needed);
        }
        let held = HeldThings::of(&snapshot, self.catalogue(), resource, (&who, &of), at)?;
        let givers = snapshot.acting_for(party, resource, at);
        let Some(asked) = request(&who, &of, resource, None, right) else {
            return Ok(needed);
        };
        let trial = Trial {
            pdp: self,
            register,
            order: DelegationOrder::new(&from, &from, &to, at),
            providers: providers(&snapshot, &givers, [&who, &of], resource, at),
            givers,
            resource,
            asked,
        };
        for alternative in &needed.right.alternatives.clone() {
            let missing = alternative.needs.iter().filter(|need| !held.has(need));
            let missing: Vec<Need> = missing.cloned().collect();
            let missing = self.without_packages_of_roles(missing, &of);
            // Whoever has all of it is refused for another reason; and nobody has for a person what
            // is about organisations.
            if missing.is_empty() || !missing.iter().all(|need| self.may_be_for(need, &of)) {
                continue;
            }
            // Nobody becomes a service owner, another party or one of another kind.
            if missing.iter().any(|need| is_who_one_is(need.kind)) {
                continue;
            }
            let is_for_heirs = || missing.iter().any(|need| need.kind == NeedKind::EstateRole);
            if needed.gone.is_some() && !is_for_heirs() {
                continue;
            }
            let things: Option<Vec<Grantable>> = missing.iter().map(grantable).collect();
            let served = things.as_ref().map(|things| trial.serve(things));
            let served = served.unwrap_or_default();
            let (known, unknown): (Vec<&Need>, Vec<&Need>) =
                missing.iter().partition(|need| trial.is_of_register(need));
            let given = things.and_then(|things| trial.give(&things));
            let is_supposed = given.is_none();
            let tried = given.or_else(|| trial.suppose(&known));
            let Some(tried) = tried else {
                needed
                    .ways
                    .extend(by_clients(served, alternative, &missing));
                continue;
            };
            if !unknown.is_empty() && !tried.is_enough {
                needed.untried.push(alternative.clone());
            }
            let is_given = !tried.givers.is_empty() || served.is_empty();
            if tried.is_enough && is_given {
                needed.ways.push(WayIn {
                    givers: tried.givers,
                    alternative: Some(alternative.clone()),
                    // What was not supposed comes with the rest.
                    missing: match is_supposed {
                        true => known.into_iter().cloned().collect(),
                        false => missing.clone(),
                    },
                    provider: None,
                });
            }
            needed
                .ways
                .extend(by_clients(served, alternative, &missing));
            needed.veto = needed.veto.or(tried.veto);
            needed.meets(&tried.troubles);
        }
        let has_all = |alternative: &Alternative| {
            alternative.rests_on.is_empty() && alternative.needs.iter().all(|need| held.has(need))
        };
        // Where the policy denies, no delegation is looked at.
        let is_open = decision == Decision::NotApplicable && needed.gone.is_none();
        if is_open && answers.beside_delegation(right)?.iter().any(has_all) {
            let single = [single_right(resource, right)];
            let tried = trial.give(&single);
            let way = |givers, provider| WayIn {
                alternative: None,
                missing: Vec::new(),
                givers,
                provider,
            };
            // An agent is given rights to the whole resource only.
            let served = match right.instance() {
                Some(_) => Vec::new(),
                None => trial.serve(&single),
            };
            let served = served.into_iter();
            let served = served.map(|(provider, givers)| way(givers, Some(provider)));
            if let Some(tried) = tried {
                if tried.is_enough {
                    needed.ways.push(way(tried.givers, None));
                }
                needed.veto = needed.veto.or(tried.veto);
                needed.meets(&tried.troubles);
            }
            needed.ways.extend(served);
        }
        // Whatever she is given, the party is refused.
        if needed.veto.is_some() {
            needed.ways.clear();
            needed.untried.clear();
        }
        // Alternatives that differ in what is there already take the same.
        let mut known = HashSet::new();
        let taken = needed.ways.iter().map(WayIn::taken);
        let is_first = taken.map(|taken| taken.is_none_or(|taken| known.insert(taken)));
        let mut is_first = is_first.collect::<Vec<bool>>().into_iter();
        needed.ways.retain(|_| is_first.next().unwrap_or(true));
        // Sorting keeps the order of the alternatives. The single right is one thing, and comes before
        // roles that end.
        needed.ways.sort_by_key(|way| {
            let alternative = way.alternative.as_ref();
            let rests = alternative.map_or(0, |one| one.rests_on.len());
            let ends = alternative.is_some_and(|one| one.ends().is_some());
            (way.givers.is_empty(), rests, way.missing.len().max(1), ends)
        });
        Ok(needed)
    }
}

impl Pdp {
    /// Leaves out the packages that come with roles among some needs, for a party of this legal form.
    fn without_packages_of_roles(&self, mut needs: Vec<Need>, of: &Party) -> Vec<Need> {
        let catalogue = self.catalogue();
        let mut with_roles: HashSet<PackageId> = HashSet::new();
        for need in &needs {
            let NeedKind::Role(role) = need.kind else {
                continue;
            };
            let implied = catalogue.implied_roles(role).iter().copied();
            for role in implied.chain([role]) {
                with_roles.extend(catalogue.packages_of(role, of.legal_form.as_deref()));
            }
        }
        needs.retain(|need| match need.kind {
            NeedKind::Package(package) => !with_roles.contains(&package),
            _ => true,
        });
        needs
    }

    /// Whether anybody can have what a need is for, for a party of this kind.
    fn may_be_for(&self, need: &Need, of: &Party) -> bool {
        let entity_type = match need.kind {
            NeedKind::Package(package) => self.catalogue().package_by_id(package).entity_type,
            NeedKind::Role(role) => {
                let role = self.catalogue().role_by_id(role);
                // A private person is one for herself alone.
                if *role.code == *"privatperson" {
                    return false;
                }
                // Other roles are given for parties of any kind.
                if !role.is_from_register() {
                    return true;
                }
                role.entity_type
            }
            _ => return true,
        };
        of.kind == PartyKind::of(entity_type)
    }
}

/// The things that a way takes, and the organisation that serves the party; no things for the single right.
type Taken<'w> = (Option<Vec<NeedKey<'w>>>, Option<PartyKey>);

impl WayIn {
    /// The things that it takes, equal for ways that are the same to whoever takes them; none if it rests on
    /// more.
    fn taken(&self) -> Option<Taken<'_>> {
        let provider = self.provider.as_ref().and_then(|party| party.keys().next());
        let missing = match &self.alternative {
            Some(alternative) if !alternative.rests_on.is_empty() => return None,
            Some(_) => Some(self.missing.iter().map(Need::identity).collect()),
            None => None,
        };
        Some((missing, provider))
    }
}

/// The ways by client delegation from each of the organisations that serve the party.
fn by_clients<'n>(
    served: Vec<(Arc<Party>, Vec<Arc<Party>>)>,
    alternative: &'n Alternative,
    missing: &'n [Need],
) -> impl Iterator<Item = WayIn> + 'n {
    served.into_iter().map(|(provider, givers)| WayIn {
        alternative: Some(alternative.clone()),
        missing: missing.to_vec(),
        givers,
        provider: Some(provider),
    })
}

/// The right to give by itself: to one instance, if it names one.
fn single_right(resource: &ResourceId, right: &Right) -> Grantable {
    match right.instance() {
        Some(instance) => {
            let mut right = right.clone();
            right.part.retain(|(id, _)| {
                id::kind(category::RESOURCE, id) != Some(AttributeKind::Instance)
            });
            Grantable::instance(resource.clone(), instance, [right])
        }
        None => Grantable::resource(resource.clone(), [right.clone()]),
    }
}

/// The thing to give for a need; none if it cannot be given.
fn grantable(need: &Need) -> Option<Grantable> {
    match need.kind {
        NeedKind::Package(_) => Some(Grantable::package(need.urn())),
        NeedKind::Role(_) => Some(Grantable::role(need.urn())),
        _ => None,
    }
}

/// Whether a need is for being somebody.
fn is_who_one_is(kind: NeedKind) -> bool {
    matches!(
        kind,
        NeedKind::ServiceOwner | NeedKind::Party | NeedKind::PartyType | NeedKind::DelegatingApp
    )
}

/// The roles, packages and other things that somebody has for a party.
struct HeldThings {
    who: Arc<Party>,
    roles: Vec<RoleId>,
    packages: Vec<PackageId>,
    /// Kinds and values, in small letters.
    others: Vec<(NeedKind, String)>,
}

impl HeldThings {
    fn of(
        snapshot: &Snapshot,
        catalogue: &Catalogue,
        resource: &ResourceId,
        (who, of): (&Arc<Party>, &Arc<Party>),
        at: DateTime,
    ) -> Result<Self, NoAnswer> {
        let mut held = Self {
            who: who.clone(),
            roles: Vec::new(),
            packages: Vec::new(),
            others: Vec::new(),
        };
        if let (Some(to), Some(from)) = (who.keys().next(), of.keys().next()) {
            let roles = snapshot.roles_of(&to, &from, at).into_iter();
            for holding in roles.chain(snapshot.packages_of(&to, &from, at)) {
                match holding.what {
                    Grantable::Role(role) => held.roles.extend(catalogue.role(&role)),
                    Grantable::Package(package) => {
                        held.packages.extend(catalogue.package(&package))
                    }
                    Grantable::Resource { .. } => {}
                }
            }
        }
        let mut add = |kind, value: &str| held.others.push((kind, value.to_lowercase()));
        for group in snapshot.access_groups(&Asked::new(who, of, at))? {
            if group.window.contains(at) {
                add(NeedKind::AccessGroup, &group.value);
            }
        }
        for list in snapshot.access_lists(who, at)? {
            if list.window.contains(at) {
                add(NeedKind::AccessList, &list.value);
            }
        }
        for right in snapshot.resource_rights(resource, of, at)? {
            let is_hers = right
                .performed_by
                .as_ref()
                .is_none_or(|only| who.has_key(only));
            if right.window.contains(at) && is_hers {
                let urn = format!("{}:{}", right.rights_type, right.rights_value);
                add(NeedKind::ResourceRight, &urn);
            }
        }
        Ok(held)
    }

    fn has(&self, need: &Need) -> bool {
        let has = |value: &str| {
            let mut others = self.others.iter();
            others.any(|(kind, held)| *kind == need.kind && *held == value.to_lowercase())
        };
        match need.kind {
            NeedKind::Role(role) => self.roles.contains(&role),
            NeedKind::Package(package) => self.packages.contains(&package),
            NeedKind::ResourceRight => has(&need.urn()),
            NeedKind::Party => need.key().is_some_and(|key| self.who.has_key(&key)),
            NeedKind::PartyType => {
                let name = complete::party_type(&self.who);
                name.is_some_and(|name| name.eq_ignore_ascii_case(&need.value))
            }
            _ => has(&need.value),
        }
    }
}

impl Say for Needed {
    fn say(&self, f: &mut fmt::Formatter<'_>, words: Words) -> fmt::Result {
        let named = TitledId(&self.right.resource, self.right.described.as_deref());
        let resource = InWords(&named, words);
        let title = match self.right.title_in(words) {
            title if title.is_empty() => words.say(texts::UNNAMED_RIGHT).to_owned(),
            title => texts::ACTION.with(words, &[&title]).to_string(),
        };
        let about: [&dyn fmt::Display; 4] = [&self.who, &title, &resource, &self.party];
        let beginning = match self.decision {
            Decision::Permit => texts::HAS_RIGHT,
            _ if self.veto.is_some() || self.ways.is_empty() => texts::HAS_NO_RIGHT,
            _ if self.ways.len() > 1 => texts::NEEDS_ONE_OF,
            _ => texts::NEEDS_FOR,
        };
        writeln!(f, "{}", beginning.with(words, &about))?;
        if self.decision == Decision::Permit {
            return Ok(());
        }
        if let Some(veto) = &self.veto {
            let veto = InWords(veto, words);
            return writeln!(f, "  {}", texts::BECAUSE.with(words, &[&veto]));
        }
        if let Some(gone) = &self.gone {
            say_gone(f, words, gone)?;
        }
        for way in &self.ways {
            writeln!(f, "  {}", InWords(way, words))?;
        }
        for one in &self.untried {
            let one = InWords(one, words);
            writeln!(f, "  {}", texts::NOT_TRIED.with(words, &[&one]))?;
        }
        for trouble in &self.troubles {
            writeln!(
                f,
                "  {}",
                texts::NOT_DECIDED.with(words, &[&InWords(trouble, words)])
            )?;
        }
        let lacking = say_lacking(&self.right.lacking, words);
        if let Some(lacking) = &lacking {
            writeln!(f, "  {lacking}")?;
        }
        let is_incomplete = !self.troubles.is_empty() || !self.untried.is_empty();
        let is_told = is_incomplete || lacking.is_some() || self.gone.is_some();
        let why = match (&self.explained, self.ways.is_empty()) {
            (None, _) => String::new(),
            (Some(explained), true) if !is_told => InWords(&Reasons(explained), words).to_string(),
            (Some(explained), _) => InWords(&NearReasons(explained), words).to_string(),
        };
        for line in why.lines().filter(|line| !line.is_empty()) {
            writeln!(f, "{line}")?;
        }
        if self.ways.is_empty() && !is_incomplete && lacking.is_none() && why.is_empty() {
            writeln!(f, "  {}", texts::NOTHING_IS_ENOUGH.with(words, &[]))?;
        }
        Ok(())
    }
}

impl Say for WayIn {
    fn say(&self, f: &mut fmt::Formatter<'_>, words: Words) -> fmt::Result {
        let mut what = match &self.alternative {
            None => texts::SINGLE_RIGHT.with(words, &[]).to_string(),
            Some(_) => {
                let missing = self.missing.iter().map(|need| {
                    let said = InWords(need, words);
                    match need.kind {
                        NeedKind::ResourceRight => {
                            texts::PARTY_LACKS.with(words, &[&said]).to_string()
                        }
                        _ => said.to_string(),
                    }
                });
                let missing: Vec<String> = missing.collect();
                missing.join(words.say(texts::AND))
            }
        };
        let ends = self.missing.iter().filter_map(|need| need.ends);
        if let Some(end) = ends.min_by_key(|end| end.to_unix()) {
            let end = told(end, words);
            what += &format!(", {}", texts::UNTIL.with(words, &[&end]));
        }
        if self.givers.is_empty() {
            let is_not_given =
                |need: &Need| matches!(need.kind, NeedKind::Package(_)) && !need.may_be_given;
            let nobody = match &self.missing[..] {
                [need] if is_not_given(need) => texts::GIVEN_BY_NOBODY,
                [need] if need.is_from_register => texts::GIVEN_BY_REGISTER,
                [need] if matches!(need.kind, NeedKind::Role(_)) => texts::NOT_GIVEN_NOW,
                several if several.iter().any(is_not_given) => texts::NOT_ALL_GIVEN,
                _ => return f.write_str(&what),
            };
            return write!(f, "{}", nobody.with(words, &[&what]));
        }
        let givers: Vec<String> = self.givers.iter().map(ToString::to_string).collect();
        let givers = givers.join(", ");
        match &self.provider {
            None => write!(f, "{}", texts::GIVEN_BY.with(words, &[&what, &givers])),
            Some(provider) => {
                let provider = InWords(&**provider, words);
                let given: [&dyn fmt::Display; 3] = [&what, &givers, &provider];
                write!(f, "{}", texts::GIVEN_BY_CLIENT.with(words, &given))
            }
        }
    }
}

impl Needed {
    fn meets(&mut self, troubles: &[Trouble]) {
        if !troubles.is_empty() {
            self.troubles = Trouble::joined(self.troubles.iter().chain(troubles));
        }
    }
}

spoken! {
    Needed: "the answer, what would be enough and who can give it,";
    WayIn: "the way, what is missing and who can give it,";
}
