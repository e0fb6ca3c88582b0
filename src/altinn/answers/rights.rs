//! A policy → its rights, each with the alternatives that give it.

use std::fmt;
use std::sync::Arc;

use super::PolicyAnswers;
use super::need::{Need, NeedKind, is_of_catalogue};
use super::seen::QuestionsSeen;
use crate::altinn::catalogue::RoleId;
use crate::altinn::clock::norwegian;
use crate::altinn::delegation::Right;
use crate::altinn::fact::Moment;
use crate::altinn::id::{self, AttributeKind, resource};
use crate::altinn::language::{Words, texts};
use crate::altinn::lint::count;
use crate::altinn::pdp::bags::values_of;
use crate::altinn::resource::ResourceId;
use crate::analysis::lint::ValueCount;
use crate::analysis::{Analysis, Change, Costs, Requirement, Unanswered};
use crate::attribute::{Designator, category, id::ACTION_ID};
use crate::report::Visible;
use crate::request::{AttributeBuilder, Request, RequestBuilder};
use crate::value::{DataType, DateTime, Value};

/// The rights that a policy gives. `Display` lists them with their alternatives.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct PolicyRights {
    /// The resource.
    pub resource: ResourceId,
    /// The rights, those to the whole resource first, in the order of parts and actions.
    pub rights: Vec<PolicyRight>,
    /// Whether there are no others. There may be, if there are too many, or if the policy has an
    /// expression that the analysis cannot see through.
    pub is_complete: bool,
}

/// A right to a resource or a part of it, with the alternatives that give it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct PolicyRight {
    /// The resource.
    pub resource: ResourceId,
    /// The attributes that the resource must have besides its names, such as the task: ids and
    /// values, in the order of the ids.
    pub part: Vec<(Arc<str>, Arc<str>)>,
    /// The action; none if every action is permitted, also one that the policy does not name.
    pub action: Option<Arc<str>>,
    /// The alternatives, the nearest first: single packages, roles that stay, roles that end, what
    /// others decide on; combinations last. None of an alternative can be left out.
    pub alternatives: Vec<Alternative>,
    /// Whether the policy lets it be delegated as a single right. The resource may still be one whose
    /// rights may not be.
    pub may_be_delegated: bool,
    /// Whether no other alternatives exist.
    pub is_complete: bool,
}

/// A combination of roles, packages and other values with which a policy gives a right.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Alternative {
    /// The values that are required, all of them; none if anyone has the right.
    pub needs: Vec<Need>,
    /// Requirements beside them that the analysis cannot see through; the alternative holds if they
    /// do.
    pub rests_on: Vec<Requirement>,
    /// Whether a subject with more than these may still be refused, by a rule that denies or by a
    /// value that must not be there.
    pub may_be_refused: bool,
}

/// The most alternatives in one answer.
const MOST: usize = 10_000;

impl PolicyAnswers {
    /// Returns all rights of the policy: every part and action that somebody is permitted, with all
    /// alternatives.
    ///
    /// # Errors
    ///
    /// The answer takes more steps than its budget, or decisions of the policy are Indeterminate on
    /// every trouble.
    pub fn rights(&self) -> Result<PolicyRights, Unanswered> {
        let request = self.request(None);
        let found = self.found(&request, PolicyForm::Written, &|_| true)?;
        let mut rights: Vec<PolicyRight> = Vec::new();
        for (action, part, alternative) in found.all {
            let known = |right: &PolicyRight| right.action == action && right.part == part;
            let place = rights.iter().position(known).unwrap_or_else(|| {
                rights.push(self.right(part, action, found.is_complete));
                rights.len() - 1
            });
            rights[place].alternatives.push(alternative);
        }
        for right in &mut rights {
            right.settle();
            right.may_be_delegated = self.may_be_delegated(right)?;
        }
        rights.sort_by(|one, other| {
            let key = |right: &PolicyRight| (right.part.clone(), right.action.clone());
            key(one).cmp(&key(other))
        });
        Ok(PolicyRights {
            resource: self.resource.clone(),
            rights,
            is_complete: found.is_complete,
        })
    }

    /// Returns the alternatives that give one right: those for whom the policy permits a request
    /// with this action and part, and no other part.
    ///
    /// ```
    /// use vedtak::altinn::Pdp;
    /// use vedtak::altinn::resource::ResourceId;
    /// # let policy = include_str!("../../../fixtures/altinn/scenarios/04-roles-and-packages/policies/ttd-begge.xml");
    ///
    /// let pdp = Pdp::builder().policy("ttd-begge", policy).build()?;
    /// let now = "2026-03-02T09:00:00+01:00".parse()?;
    /// let answers = pdp.answers(&ResourceId::new("ttd-begge"), now)?.expect("has a policy");
    /// let right = answers.who_may(&"read".into())?;
    /// let told: Vec<String> = right.alternatives.iter().map(ToString::to_string).collect();
    /// assert_eq!(
    ///     told,
    ///     [
    ///         "the access package Skatt næring (skatt-naering)",
    ///         "the role utfyller/innsender (utinn), until 2027-01-01T00:00:00+01:00",
    ///     ]
    /// );
    /// let after = answers.at("2027-01-01T00:00:00+01:00".parse()?);
    /// assert_eq!(after.who_may(&"read".into())?.alternatives.len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As of [`rights`](Self::rights).
    pub fn who_may(&self, right: &Right) -> Result<PolicyRight, Unanswered> {
        let request = self.request(Some(right));
        let is_open = |of: &Designator| is_open_beside_right(right, of);
        let found = self.found(&request, PolicyForm::Written, &is_open)?;
        let mut part = right.part.clone();
        part.sort_unstable();
        let mut told = self.right(part, Some(right.action.clone()), found.is_complete);
        told.alternatives = found.all.into_iter().map(|(.., one)| one).collect();
        told.settle();
        told.may_be_delegated = self.may_be_delegated(&told)?;
        Ok(told)
    }

    fn right(
        &self,
        part: Vec<(Arc<str>, Arc<str>)>,
        action: Option<Arc<str>>,
        is_complete: bool,
    ) -> PolicyRight {
        PolicyRight {
            resource: self.resource.clone(),
            part,
            action,
            alternatives: Vec::new(),
            may_be_delegated: false,
            is_complete,
        }
    }

    /// Whether a delegation of the right, whoever receives it, may permit.
    fn may_be_delegated(&self, right: &PolicyRight) -> Result<bool, Unanswered> {
        let asked = right.action.as_ref().map(|action| {
            let mut asked = Right::from(action.clone());
            asked.part.clone_from(&right.part);
            asked
        });
        let request = self.request(asked.as_ref()).build();
        let analysis = self.policy.delegable_analysis(&request).at(self.at);
        let analysis = analysis.budget(self.budget).open(move |of| {
            !is_name(of)
                && match &asked {
                    Some(right) => is_open_beside_right(right, of),
                    None => true,
                }
        });
        let single = analysis.single_valued(is_single);
        let residual = single.residual()?;
        Ok(QuestionsSeen::of(&residual, self.policy.document()).may_permit())
    }

    /// Begins the request for the resource, with the action and part of a right.
    fn request(&self, right: Option<&Right>) -> RequestBuilder {
        let mut request = Request::builder();
        let mut name = |id: &str, value: &str| {
            let texts = [Value::from(value)].into_iter();
            // Policies may compare names as URIs, too.
            let uri = Value::parse(DataType::AnyUri, value).ok();
            for value in texts.chain(uri) {
                request = std::mem::take(&mut request).resource(id, value);
            }
        };
        name(resource::RESOURCE, self.resource.as_str());
        if let Some((org, app)) = self.resource.as_app() {
            name(resource::ORG, org);
            name(resource::APP, app);
        }
        for (id, value) in right.iter().flat_map(|right| &right.part) {
            name(id, value);
        }
        match right {
            Some(right) => request.action(&*right.action),
            None => request,
        }
    }

    /// Returns the alternatives by which a delegation of the whole resource gives a right to its receiver:
    /// what must hold besides the delegation, such as a resource right.
    pub(super) fn beside_delegation(&self, right: &Right) -> Result<Vec<Alternative>, Unanswered> {
        let request = self.request(Some(right));
        let is_open = |of: &Designator| is_open_beside_right(right, of);
        let found = self.found(&request, PolicyForm::Delegable, &is_open)?;
        Ok(found.all.into_iter().map(|(.., one)| one).collect())
    }

    fn found(
        &self,
        base: &RequestBuilder,
        form: PolicyForm,
        is_open: &dyn Fn(&Designator) -> bool,
    ) -> Result<Found, Unanswered> {
        let request = base.clone().build();
        let analysis: Analysis<'_> = match form {
            PolicyForm::Written => self.policy.analysis(&request),
            PolicyForm::Delegable => self.policy.delegable_analysis(&request),
        };
        let analysis = analysis
            .at(self.at)
            .budget(self.budget)
            .open(|of| !is_name(of) && is_open(of))
            .single_valued(is_single);
        let seen = QuestionsSeen::of(&analysis.residual()?, self.policy.document());
        let add = |of: &Designator, value: &Value| {
            if *of.category == *category::RESOURCE || is_action(of) {
                return Some(1);
            }
            let need = self.need(&seen, of, value);
            let is_fact = is_of_catalogue(&of.category, &of.id) && of.issuer.is_none()
                || need.kind == NeedKind::DelegatingApp;
            let ignores_case = seen.ignores_case(of);
            let is_possible = !is_fact || need.is_possible(&self.catalogue, &self.at, ignores_case);
            is_possible.then(|| need.cost())
        };
        let costs = Costs::new(&add, &|_, _| None);
        let enough = analysis.enough(costs, MOST)?;
        let mut found = Found {
            all: Vec::new(),
            is_complete: enough.is_complete,
        };
        for set in enough.sets {
            if form == PolicyForm::Written && !self.holds_with_all_names(base, &seen, &set.changes)
            {
                // Whoever has the role has its other names, too, with which a rule denies.
                found.is_complete = false;
                continue;
            }
            let facts = set.changes.iter().flat_map(|change| {
                let added = change.add.iter();
                added.map(|value| (&change.attribute, value))
            });
            let facts: Vec<(&Designator, &Value)> = facts.collect();
            let may_be_refused = seen.may_be_refused(&facts);
            let (mut action, mut part, mut needs) = (None, Vec::new(), Vec::new());
            for Change { attribute, add, .. } in &set.changes {
                for value in add {
                    // A right has one action.
                    if is_action(attribute) && action.is_none() {
                        action = Some(seen.spelt(attribute, value).into());
                    } else if *attribute.category == *category::RESOURCE {
                        let value = seen.spelt(attribute, value);
                        part.push((attribute.id.clone(), value.into()));
                    } else {
                        needs.push(self.need(&seen, attribute, value));
                    }
                }
            }
            part.sort_unstable();
            needs.sort_by_key(|need: &Need| (need.cost(), need.value.clone()));
            // Two names of one role are one need.
            let mut distinct: Vec<Need> = Vec::with_capacity(needs.len());
            for need in needs {
                if !distinct.iter().any(|known| known.is(&need)) {
                    distinct.push(need);
                }
            }
            let alternative = Alternative {
                needs: distinct,
                rests_on: set.rests_on,
                may_be_refused,
            };
            found.all.push((action, part, alternative));
        }
        // By another name of its role, one may hold all of another.
        let is_needed = |place: usize| {
            let of = |place: usize| {
                let (action, part, alternative): &FoundAlternative = &found.all[place];
                GivenBy {
                    action: action.as_deref(),
                    part,
                    alternative,
                }
            };
            !(0..found.all.len()).any(|other| {
                let is_covered = other != place && of(other).covers(&of(place));
                is_covered && (other < place || !of(place).covers(&of(other)))
            })
        };
        let needed: Vec<bool> = (0..found.all.len()).map(is_needed).collect();
        let mut needed = needed.into_iter();
        found.all.retain(|_| needed.next().unwrap_or(true));
        Ok(found)
    }

    /// Whether changes give Permit together with the other values that come with their roles: other
    /// names of the same role, and the names of roles that it implies.
    fn holds_with_all_names(
        &self,
        request: &RequestBuilder,
        seen: &QuestionsSeen,
        changes: &[Change],
    ) -> bool {
        let added = || {
            let all = changes.iter();
            all.flat_map(|change| change.add.iter().map(|value| (&change.attribute, value)))
        };
        let facts: Vec<_> = added().collect();
        if !seen.may_be_refused(&facts) {
            return true;
        }
        let needs = added().map(|(of, value)| self.need(seen, of, value));
        let roles: Vec<RoleId> = needs
            .filter_map(|need| match need.kind {
                NeedKind::Role(role) => Some(role),
                _ => None,
            })
            .collect();
        if roles.is_empty() {
            return true;
        }
        let mut with = request.clone();
        for (of, value) in added() {
            let mut attribute = AttributeBuilder::new(of.category.clone(), of.id.clone());
            if let Some(issuer) = &of.issuer {
                attribute = attribute.issuer(issuer.clone());
            }
            with = with.with(attribute.value(value.clone()));
        }
        let has_ended = |role: &RoleId| {
            self.catalogue.role_by_id(*role).is_altinn2()
                && Moment::of(&self.at) >= self.transition.end
        };
        for role in roles {
            let implied = self.catalogue.implied_roles(role).iter();
            let implied = implied.filter(|role| !has_ended(role));
            for role in std::iter::once(&role).chain(implied) {
                for (id, value) in values_of(self.catalogue.role_by_id(*role)) {
                    with = with.subject(id, value);
                }
            }
        }
        self.policy.permits(&with.build(), self.at)
    }

    fn need(&self, seen: &QuestionsSeen, of: &Designator, value: &Value) -> Need {
        let text = seen.spelt(of, value);
        let id = match of.issuer {
            None => [&*of.category, &*of.id, &text],
            // No fact of Altinn has an issuer.
            Some(_) => ["", &*of.id, &text],
        };
        let mut need = Need::new(&self.catalogue, self.transition, id);
        need.category = of.category.clone();
        need.issuer.clone_from(&of.issuer);
        need.is_example = seen.is_example(of, value);
        need
    }
}

/// The policy as it is written, or as it applies to a delegation.
#[derive(Clone, Copy, PartialEq, Eq)]
enum PolicyForm {
    Written,
    Delegable,
}

/// The alternatives of a policy.
struct Found {
    all: Vec<FoundAlternative>,
    is_complete: bool,
}

/// An action and a part of the resource, with an alternative that gives the right to them.
type FoundAlternative = (Option<Arc<str>>, Vec<(Arc<str>, Arc<str>)>, Alternative);

/// A right that an alternative gives.
pub(super) struct GivenBy<'a> {
    pub(super) action: Option<&'a str>,
    pub(super) part: &'a [(Arc<str>, Arc<str>)],
    pub(super) alternative: &'a Alternative,
}

impl GivenBy<'_> {
    /// Whether it gives at least the right of another, to whoever meets the alternative of that.
    pub(super) fn covers(&self, other: &Self) -> bool {
        let has = |need: &Need| other.alternative.needs.iter().any(|held| held.is(need));
        let rests = |on| other.alternative.rests_on.contains(on);
        (self.action.is_none() || self.action == other.action)
            && self.part.iter().all(|part| other.part.contains(part))
            && self.alternative.needs.iter().all(has)
            && self.alternative.rests_on.iter().all(rests)
    }
}

/// Whether an attribute names the resource, or is of the environment, which a question does not
/// leave open.
fn is_name(of: &Designator) -> bool {
    use AttributeKind::{App, AppOwner, Resource};
    *of.category == *category::ENVIRONMENT
        || *of.category == *category::RESOURCE
            && matches!(
                id::kind(&of.category, &of.id),
                Some(Resource | AppOwner | App)
            )
}

/// Whether a question about a right leaves an attribute open: the right gives the action and the
/// part of the resource.
fn is_open_beside_right(right: &Right, of: &Designator) -> bool {
    let is_of_right = || right.part.iter().any(|(id, _)| **id == *of.id);
    match &*of.category {
        category::RESOURCE => {
            let kind = id::kind(&of.category, &of.id);
            let is_other = matches!(
                kind,
                Some(AttributeKind::Party(..) | AttributeKind::Instance)
            );
            is_other && !is_of_right()
        }
        _ => !is_action(of),
    }
}

fn is_action(of: &Designator) -> bool {
    *of.category == *category::ACTION && *of.id == *ACTION_ID
}

/// Whether a right has one value of an attribute: an instance is in one task at a time.
fn is_single(of: &Designator) -> bool {
    count(&of.category, &of.id) != ValueCount::Any
}

impl PolicyRight {
    /// Puts the alternatives in order.
    fn settle(&mut self) {
        self.alternatives.sort_by_key(|one| {
            let cost: u64 = one.needs.iter().map(Need::cost).sum();
            (one.rests_on.len(), cost, one.to_string())
        });
    }

    /// The right, as delegations name it; none if it is to every action.
    pub fn right(&self) -> Option<Right> {
        let mut right = Right::from(self.action.clone()?);
        right.part.clone_from(&self.part);
        Some(right)
    }

    /// Each alternative with the right.
    pub(super) fn given(&self) -> impl Iterator<Item = GivenBy<'_>> {
        self.alternatives.iter().map(|alternative| GivenBy {
            action: self.action.as_deref(),
            part: &self.part,
            alternative,
        })
    }

    /// The right in words: `write (urn:altinn:task Task_1)`.
    pub(super) fn title(&self) -> String {
        self.title_in(Words::DISPLAY)
    }

    /// The title in a language.
    pub(super) fn title_in(&self, words: Words) -> String {
        let every = || Right {
            part: self.part.clone(),
            ..Right::from(texts::EVERY_ACTION.with(words, &[]).to_string())
        };
        self.right().unwrap_or_else(every).to_string()
    }

    /// The key of the right, equal only for equal rights: the resource, the action and the part,
    /// each as readable text. Altinn's own keys are hashes of the same.
    pub fn key(&self) -> String {
        let escaped = |text: &str| {
            let mut escaped = String::with_capacity(text.len());
            for c in text.chars() {
                match c {
                    ';' | '=' | '%' | '*' => escaped += &format!("%{:02x}", u32::from(c)),
                    c => escaped.push(c),
                }
            }
            escaped
        };
        let action = self.action.as_deref().map_or("*".to_owned(), escaped);
        let mut key = format!("{};{action}", escaped(self.resource.as_str()));
        for (id, value) in &self.part {
            key += &format!(";{}={}", escaped(id), escaped(value));
        }
        key
    }
}

impl fmt::Display for PolicyRights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for right in &self.rights {
            right.fmt(f)?;
        }
        if !self.is_complete {
            writeln!(
                f,
                "not all of the policy could be seen through: there may be more rights"
            )?;
        }
        Ok(())
    }
}

impl fmt::Display for PolicyRight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.title())?;
        if self.alternatives.is_empty() {
            writeln!(f, "  nobody")?;
        }
        for (place, alternative) in self.alternatives.iter().enumerate() {
            let or = if place > 0 { "or " } else { "" };
            writeln!(f, "  {or}{alternative}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Alternative {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what())?;
        match self.ends() {
            Some(end) => write!(f, ", until {}", norwegian(end)),
            None => Ok(()),
        }
    }
}

impl Alternative {
    /// The instant at which it ceases to hold, because a role of Altinn II is among its needs.
    pub fn ends(&self) -> Option<DateTime> {
        let ends = self.needs.iter().filter_map(|need| need.ends);
        ends.min_by_key(|end| end.to_unix())
    }

    /// Whether those who administer a party's accesses may give all of it to others.
    pub fn may_be_given(&self) -> bool {
        !self.needs.is_empty()
            && self.rests_on.is_empty()
            && self.needs.iter().all(|need| need.may_be_given)
    }

    /// What is required, in words, without the instant at which it ends.
    pub(super) fn what(&self) -> String {
        let needs: Vec<String> = self.needs.iter().map(ToString::to_string).collect();
        let mut what = match needs.is_empty() {
            true => "anyone".to_owned(),
            false => needs.join(" and "),
        };
        for (place, requirement) in self.rests_on.iter().enumerate() {
            what += if place > 0 { " and " } else { ", if " };
            what += &Visible(requirement).to_string();
        }
        what
    }
}
