//! Policies and a register, before and after → a report: what each service loses, who loses what,
//! and who keeps it through what.

mod blocks;
mod html;
mod json;
mod markdown;

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use indexmap::IndexSet;

use super::PolicyAnswers;
use super::change::{ChangeOutcome, PolicyChange, RightChange};
use super::holders::{Holder, NoAnswer, party_of};
use super::rights::{PolicyRight, PolicyRights};
use crate::altinn::Pdp;
use crate::altinn::delegation::Right;
use crate::altinn::facts::Parties;
use crate::altinn::language::{Language, Words, texts};
use crate::altinn::party::{Party, PartyKey};
use crate::altinn::pdp::Failures;
use crate::altinn::pdp::rights::request;
use crate::altinn::register::Snapshot;
use crate::altinn::resource::{Resource, ResourceId};
use crate::decision::{Decision, StatusCode};
use crate::request::Request;
use crate::response::{ResponseResult, Status, Trouble};
use crate::value::{DateTime, Zone};

/// The most parts of a service that only delegations name and that a report asks about for one party:
/// everybody is asked about each.
const MOST_DELEGATED_PARTS: usize = 100;

/// A report on what changes between two instants, two policies or two registers. `Display` writes it
/// as Markdown in English, with names in bokmål; [`in_language`](Self::in_language) has the texts in
/// another language.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ChangeReport {
    /// The instant before.
    pub before: DateTime,
    /// The instant after.
    pub after: DateTime,
    /// The services, in the order in which they were asked for.
    pub services: Vec<ServiceChange>,
}

/// The change of one service.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ServiceChange {
    /// The resource.
    pub resource: ResourceId,
    /// The resource as the resource registry describes it, with its titles; none if it does not know it.
    pub described: Option<Arc<Resource>>,
    /// The resources that a policy of it names, before or after, if it names others and not this one:
    /// then nothing of the service was looked at. Perhaps it is the policy of another service.
    pub of_others: Vec<ResourceId>,
    /// The change of its rights. Values of the environment that a policy asks for are among the needs of
    /// alternatives; people are compared by requests that do not say them.
    pub policy: PolicyChange,
    /// The persons, systems and organisations that lose or gain rights, or keep one of which an alternative
    /// is lost.
    pub people: Vec<PersonChange>,
    /// The failures that decisions without a Permit met, before or after: people may be missing because
    /// of them.
    pub troubles: Vec<Trouble>,
}

/// The change for one who acts for a party.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct PersonChange {
    /// The one who acts.
    pub who: Arc<Party>,
    /// The party acted for.
    pub party: Arc<Party>,
    /// The rights that are lost because a role, a policy or a fact of the register is no longer what it
    /// was.
    pub lost: Vec<Right>,
    /// The rights that end by themselves in the meantime, such as a delegation with an end: after the
    /// change, and with nothing but the earlier instant, they would still be there.
    pub expired: Vec<Right>,
    /// The rights that are there only after the change.
    pub gained: Vec<Right>,
    /// The rights that stay although an alternative for them is lost, each with how it is held after.
    pub kept: Vec<(Right, Holder)>,
}

impl ChangeReport {
    /// Compares what PDPs answer at two instants about services and parties: the policies of the
    /// services, and for each party everybody who has something for it. Two PDPs with other policies
    /// or another register, at one instant, show what these change.
    ///
    /// # Errors
    ///
    /// The second instant is before the first; neither PDP has a policy for a service; a PDP has no register although parties are given; a
    /// party is unknown; a policy cannot be read within its budget; the source of policies fails. A
    /// failure of a decision is among the troubles of its service.
    ///
    /// ```
    /// use vedtak::altinn::{PartyKey, Pdp, Register};
    /// use vedtak::altinn::answers::ChangeReport;
    /// use vedtak::altinn::resource::ResourceId;
    /// # let policy = &std::fs::read_to_string("fixtures/altinn/scenarios/04-roles-and-packages/policies/ttd-kun-rolle.xml")?;
    /// # let register = &std::fs::read_to_string("fixtures/altinn/scenarios/04-roles-and-packages/register.json")?;
    ///
    /// let register = Register::from_json("register.json", register.as_bytes())?;
    /// let pdp = Pdp::builder().policy("ttd-kun-rolle", policy).register(&register).build()?;
    /// let before = "2026-03-02T09:00:00+01:00".parse()?;
    /// let after = "2027-01-01T00:00:00+01:00".parse()?;
    /// let firm = PartyKey::organisation("310000401");
    /// let report = ChangeReport::between(
    ///     (&pdp, before),
    ///     (&pdp, after),
    ///     &[ResourceId::new("ttd-kun-rolle")],
    ///     &[firm],
    /// )?;
    /// assert!(report.is_something_lost());
    /// assert!(report.to_markdown().contains("nobody is left"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn between(
        before: (&Pdp, DateTime),
        after: (&Pdp, DateTime),
        resources: &[ResourceId],
        parties: &[PartyKey],
    ) -> Result<Self, NoAnswer> {
        if after.1.compare(&before.1, Zone::UTC).is_lt() {
            return Err(NoAnswer::NotLater(after.1, before.1));
        }
        let mut services = Vec::with_capacity(resources.len());
        for resource in resources {
            let sides = [rights(before, resource)?, rights(after, resource)?];
            if sides.iter().all(Option::is_none) {
                return Err(NoAnswer::NoPolicy(resource.clone()));
            }
            // A service that comes or goes has no rights on the other side.
            let [rights, then] = sides.map(|rights| {
                rights.unwrap_or_else(|| PolicyRights {
                    resource: resource.clone(),
                    described: None,
                    rights: Vec::new(),
                    lacking: Vec::new(),
                    is_complete: true,
                })
            });
            let mut policy = PolicyChange::between(&rights, &then, after.0.catalogue());
            ask_single_rights(&mut policy, after)?;
            let mut people = Vec::new();
            let mut failures = Failures::default();
            let compared = Compared {
                sides: [before, after],
                resource,
                rights: asked_rights([&rights, &then]),
                policy: &policy,
            };
            for party in parties {
                people.extend(compared.people(party, &mut failures)?);
            }
            services.push(ServiceChange {
                resource: resource.clone(),
                described: then.described.or(rights.described),
                of_others: of_others([before.0, after.0], resource)?,
                policy,
                people,
                troubles: failures.0,
            });
        }
        Ok(Self {
            before: before.1,
            after: after.1,
            services,
        })
    }

    /// The outcome for the right that fares worst.
    pub fn outcome(&self) -> ChangeOutcome {
        let outcomes = self.services.iter().map(|service| service.policy.outcome());
        outcomes.max().unwrap_or(ChangeOutcome::NothingLost)
    }

    /// Whether all could be seen: each policy was one of its service and seen through, in any environment,
    /// and each decision made.
    pub fn is_complete(&self) -> bool {
        self.services.iter().all(|service| {
            service.of_others.is_empty()
                && service.policy.is_complete
                && service.troubles.is_empty()
        })
    }

    /// Whether a check should fail: a right is left to roles of registers, parties that the policy names,
    /// service owners or nobody, or somebody loses a right that does not end by itself.
    pub fn is_something_lost(&self) -> bool {
        let mut people = self.services.iter().flat_map(|service| &service.people);
        self.outcome() >= ChangeOutcome::OnlyRegisterRoles
            || people.any(|person| !person.lost.is_empty())
    }

    /// Writes the report as Markdown, as `Display` does. Names are escaped.
    pub fn to_markdown(&self) -> String {
        markdown::write(self, Words::DISPLAY)
    }

    /// Writes the report as one JSON object, with instants as such.
    pub fn to_json(&self) -> String {
        json::write(self, Words::DISPLAY)
    }

    /// Writes the report as an HTML page of its own, without scripts. Names are escaped.
    pub fn to_html(&self) -> String {
        html::write(self, Words::DISPLAY)
    }

    /// Returns the texts of the report in a language, with times in Norwegian local time and the
    /// catalogue's names in that language.
    ///
    /// ```
    /// use vedtak::altinn::{Pdp, Register};
    /// use vedtak::altinn::answers::ChangeReport;
    /// use vedtak::altinn::explain::Language;
    /// use vedtak::altinn::resource::ResourceId;
    /// # let policy = &std::fs::read_to_string("fixtures/altinn/scenarios/04-roles-and-packages/policies/ttd-kun-rolle.xml")?;
    ///
    /// let pdp = Pdp::builder().policy("ttd-kun-rolle", policy).build()?;
    /// let before = "2026-03-02T09:00:00+01:00".parse()?;
    /// let after = "2027-01-01T00:00:00+01:00".parse()?;
    /// let services = [ResourceId::new("ttd-kun-rolle")];
    /// let report = ChangeReport::between((&pdp, before), (&pdp, after), &services, &[])?;
    /// let told = report.in_language(Language::Bokmal);
    /// let title = "# Endringer fra 2. mars 2026 kl. 09.00 til 1. januar 2027 kl. 00.00";
    /// assert_eq!(told.to_markdown().lines().next(), Some(title));
    /// assert!(told.to_html().contains("<html lang=\"nb\">"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn in_language(&self, language: Language) -> ReportInLanguage<'_> {
        let words = language.into();
        ReportInLanguage {
            report: self,
            words,
        }
    }
}

/// The texts of a [`ChangeReport`] in a language. `Display` writes it as Markdown.
#[derive(Clone, Copy, Debug)]
pub struct ReportInLanguage<'r> {
    report: &'r ChangeReport,
    words: Words,
}

impl ReportInLanguage<'_> {
    /// Writes the report as Markdown. Names are escaped.
    pub fn to_markdown(&self) -> String {
        markdown::write(self.report, self.words)
    }

    /// Writes the report as one JSON object, with instants and codes as such.
    pub fn to_json(&self) -> String {
        json::write(self.report, self.words)
    }

    /// Writes the report as an HTML page of its own, without scripts. Names are escaped.
    pub fn to_html(&self) -> String {
        html::write(self.report, self.words)
    }
}

impl fmt::Display for ReportInLanguage<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_markdown())
    }
}

impl fmt::Display for ChangeReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_markdown())
    }
}

/// Returns the resources that a policy names, on the first of two sides where it names others only.
fn of_others(sides: [&Pdp; 2], resource: &ResourceId) -> Result<Vec<ResourceId>, NoAnswer> {
    for pdp in sides {
        let policy = pdp.policy_of(resource)?;
        let others = policy.map(|policy| resource.others_of(policy.document()));
        if let Some(others) = others.filter(|others| !others.is_empty()) {
            return Ok(others);
        }
    }
    Ok(Vec::new())
}

/// Returns the rights of a policy in any environment, if there is one.
fn rights(
    (pdp, at): (&Pdp, DateTime),
    resource: &ResourceId,
) -> Result<Option<PolicyRights>, NoAnswer> {
    let Some(answers) = pdp.answers(resource, at)? else {
        return Ok(None);
    };
    let rights = answers.rights()?;
    if rights.lacking.is_empty() {
        return Ok(Some(rights));
    }
    // If this takes too much, those without the environment are not complete.
    Ok(Some(match answers.in_any_environment().rights() {
        Ok(in_any) => PolicyRights {
            lacking: rights.lacking,
            ..in_any
        },
        Err(_) => rights,
    }))
}

/// Asks the policy after a change which rights somebody keeps who was given them singly.
fn ask_single_rights(
    change: &mut PolicyChange,
    (pdp, at): (&Pdp, DateTime),
) -> Result<(), NoAnswer> {
    if change.rights.is_empty() {
        return Ok(());
    }
    let answers = pdp.answers(&change.resource, at)?;
    let answers = answers.map(PolicyAnswers::in_any_environment);
    let answers = answers.filter(PolicyAnswers::is_delegable);
    for one in &mut change.rights {
        one.single_right_stays = match (&answers, one.right.right()) {
            (Some(answers), Some(right)) => !answers.beside_delegation(&right)?.is_empty(),
            _ => false,
        };
    }
    Ok(())
}

/// Returns the rights of one side or both that a request for a party can ask for: those with an action.
fn asked_rights(sides: [&PolicyRights; 2]) -> IndexSet<Right> {
    let all = sides.into_iter().flat_map(|side| &side.rights);
    all.filter_map(PolicyRight::right_of_party).collect()
}

/// A service before and after, for one party at a time.
struct Compared<'c> {
    sides: [(&'c Pdp, DateTime); 2],
    resource: &'c ResourceId,
    rights: IndexSet<Right>,
    policy: &'c PolicyChange,
}

impl Compared<'_> {
    /// Returns the changes for those who act for a party, by name.
    fn people(
        &self,
        party: &PartyKey,
        failures: &mut Failures,
    ) -> Result<Vec<PersonChange>, NoAnswer> {
        let mut everybody: Vec<[Arc<Party>; 2]> = Vec::new();
        let mut known: HashSet<PartyKey> = HashSet::new();
        let registers = self.sides.map(|(pdp, _)| pdp.register());
        let [Some(earlier), Some(later)] = registers else {
            return Err(NoAnswer::NoRegister);
        };
        let snapshots = [earlier.snapshot(), later.snapshot()];
        let of = [
            party_of(&snapshots[0], party)?,
            party_of(&snapshots[1], party)?,
        ];
        let rights = self.rights_of(party, &snapshots, failures);
        for (side, (_, at)) in self.sides.into_iter().enumerate() {
            for who in snapshots[side].acting_for(party, self.resource, at) {
                if who.keys().any(|key| known.contains(&key)) {
                    continue;
                }
                // The other register may know her by fewer keys, or by others.
                let other = &snapshots[1 - side];
                let twin = who.keys().find_map(|key| other.party(&key).ok()?);
                let both = match side {
                    0 => [who.clone(), twin.unwrap_or(who)],
                    _ => [twin.unwrap_or_else(|| who.clone()), who],
                };
                known.extend(both.iter().flat_map(|one| one.keys()));
                everybody.push(both);
            }
        }
        let mut asked: Vec<(usize, &Right, [Request; 2])> = Vec::new();
        for (place, who) in everybody.iter().enumerate() {
            for right in &rights {
                let of_side =
                    |side: usize| request(&who[side], &of[side], self.resource, None, right);
                if let (Some(before), Some(after)) = (of_side(0), of_side(1)) {
                    asked.push((place, right, [before, after]));
                }
            }
        }
        let mut permitted = |side: usize| -> Vec<bool> {
            let (pdp, at) = self.sides[side];
            // Nobody asks who exists no longer.
            let is_there = |place: usize| !everybody[place][side].is_deleted;
            let requests = asked.iter().filter(|(place, ..)| is_there(*place));
            let rulings = pdp.decide_all_at(requests.map(|(.., both)| &both[side]), at);
            let mut rulings = rulings.iter();
            let mut permits = || {
                rulings
                    .next()
                    .is_some_and(|ruling| failures.permits(ruling))
            };
            let asked = asked.iter();
            asked
                .map(|(place, ..)| is_there(*place) && permits())
                .collect()
        };
        let [before, after] = [permitted(0), permitted(1)];
        let [(_, earlier), (pdp, later)] = self.sides;
        let as_changed = pdp.with_altinn2_as_of(later);
        let would_stay =
            |request| as_changed.decide_at(request, earlier).decision() == Decision::Permit;
        let mut people: Vec<PersonChange> = everybody
            .into_iter()
            .map(|[who, _]| PersonChange {
                who,
                party: of[0].clone(),
                lost: Vec::new(),
                expired: Vec::new(),
                gained: Vec::new(),
                kept: Vec::new(),
            })
            .collect();
        for ((place, right, [_, request]), (before, after)) in
            asked.iter().zip(before.into_iter().zip(after))
        {
            match (before, after) {
                (true, false) if earlier != later && would_stay(request) => {
                    people[*place].expired.push((*right).clone());
                }
                (true, false) => people[*place].lost.push((*right).clone()),
                (false, true) => people[*place].gained.push((*right).clone()),
                (true, true) if self.loses(right) => {
                    let (pdp, at) = self.sides[1];
                    let explained = pdp.explain_at(request, at);
                    let holder = Holder {
                        party: people[*place].who.clone(),
                        through: explained.through,
                        basis: explained.ruling.basis,
                        valid_until: explained.valid_until,
                        at,
                    };
                    people[*place].kept.push(((*right).clone(), holder));
                }
                _ => {}
            }
        }
        let of_policy = |right: &Right| self.rights.contains(right);
        for person in &mut people {
            for rights in [&mut person.lost, &mut person.expired, &mut person.gained] {
                let all = rights.clone();
                let is_with_wider = |right: &Right| {
                    let mut others = all.iter().filter(|other| *other != right);
                    others.any(|other| other.covers(right))
                };
                rights.retain(|right| of_policy(right) || !is_with_wider(right));
            }
        }
        people.retain(|person| {
            let lists = [&person.lost, &person.expired, &person.gained];
            lists.iter().any(|rights| !rights.is_empty()) || !person.kept.is_empty()
        });
        people.sort_by(|one, other| one.who.name.cmp(&other.who.name));
        Ok(people)
    }

    /// Returns the rights that are asked about for a party: those of the policy, and those to parts that
    /// only delegations of the party name.
    fn rights_of(
        &self,
        party: &PartyKey,
        snapshots: &[Snapshot; 2],
        failures: &mut Failures,
    ) -> IndexSet<Right> {
        let mut rights = self.rights.clone();
        let most = rights.len() + MOST_DELEGATED_PARTS;
        for (snapshot, (_, at)) in snapshots.iter().zip(self.sides) {
            rights.extend(snapshot.delegated_parts(self.resource, party, at));
        }
        if rights.len() > most {
            rights.truncate(most);
            let why = texts::answers::TOO_MANY_PARTS.with(Words::DISPLAY, &[&MOST_DELEGATED_PARTS]);
            let why = Status::new(StatusCode::ProcessingError, why.to_string());
            let troubles = ResponseResult::indeterminate(why).troubles;
            failures.0 = Trouble::joined(failures.0.iter().chain(&troubles));
        }
        rights
    }

    /// Whether an alternative for a right is lost.
    fn loses(&self, right: &Right) -> bool {
        let fits = |change: &&RightChange| change.right.right_of_party().as_ref() == Some(right);
        let mut changes = self.policy.rights.iter().filter(fits);
        changes.any(|change| !change.lost.is_empty())
    }
}
