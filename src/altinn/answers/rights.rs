//! A policy → its rights, each with the alternatives that give it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::PolicyAnswers;
use super::covered::GivenBy;
use super::found::PolicyForm;
use super::need::{Need, NeedKey, NeedKind};
use super::steps::Steps;
use crate::altinn::clock::told;
use crate::altinn::delegation::{Right, shown_part};
use crate::altinn::fact::Moment;
use crate::altinn::language::conditions::attributes_of;
use crate::altinn::language::texts::{self, answers};
use crate::altinn::language::{InWords, Language, Say, Words, spoken};
use crate::altinn::resource::{Resource, ResourceId};
use crate::analysis::{Requirement, Unanswered};
use crate::attribute::{Designator, category};
use crate::report::{Visible, cut, last_part};
use crate::value::DateTime;

/// The rights that a policy gives. `Display` lists them with their alternatives.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct PolicyRights {
    /// The resource.
    pub resource: ResourceId,
    /// The resource as the resource registry describes it, with its titles; none if it does not know it.
    pub described: Option<Arc<Resource>>,
    /// The rights, those to the whole resource first, in the order of parts and actions.
    pub rights: Vec<PolicyRight>,
    /// The attributes of a request that the policy also reads, taken to be absent: with them there may
    /// be others, or fewer.
    pub lacking: Vec<Designator>,
    /// Whether there are no others. There may be, if there are too many, if the policy has an
    /// expression that the analysis cannot see through, or if attributes are [lacking](Self::lacking).
    pub is_complete: bool,
}

/// A right to a resource or a part of it, with the alternatives that give it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct PolicyRight {
    /// The resource.
    pub resource: ResourceId,
    /// The resource as the resource registry describes it, with its titles; none if it does not know it.
    pub described: Option<Arc<Resource>>,
    /// The attributes that the resource must have besides its names, such as the task: ids and
    /// values, in the order of the ids.
    pub part: Vec<(Arc<str>, Arc<str>)>,
    /// The action; none if every action is permitted, also one that the policy does not name.
    pub action: Option<Arc<str>>,
    /// The alternatives, the nearest first: single packages, roles that stay, roles that end, what
    /// others decide on; combinations last. None of an alternative can be left out. Where there is none,
    /// the policy gives the right to nobody by itself; whoever was given the single right may have it.
    pub alternatives: Vec<Alternative>,
    /// Whether it may be delegated as a single right: the policy lets it be, and the resource, if the
    /// registry describes it, is one whose rights may be.
    pub may_be_delegated: bool,
    /// The attributes of a request that the policy also reads, besides those of a right. They are
    /// taken to be absent; with them the answer may be another.
    pub lacking: Vec<Designator>,
    /// Whether no other alternatives exist, whatever a request says besides.
    pub is_complete: bool,
    /// If nobody is found: rights of the policy that somebody has, those with the same action on parts
    /// of the resource, or else all.
    pub others: Vec<Right>,
    /// Whether only parties on an access list of the service owner are served, whoever asks for them.
    pub requires_access_list: bool,
    /// Whether only parties with a resource right are served.
    pub requires_resource_right: bool,
}

/// A combination of roles, packages and other values with which a policy gives a right. One with a value of
/// the environment holds only where a request says that.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Alternative {
    /// The values that are required, all of them; none if anyone has the right.
    pub needs: Vec<Need>,
    /// Requirements beside them that the analysis cannot see through; the alternative holds if they
    /// do.
    pub rests_on: Vec<Requirement>,
    /// Whether a subject with more than these may still be refused, by a rule that denies or by a
    /// value that must not be there. A service owner is taken to have nothing else, as it is no party.
    pub may_be_refused: bool,
}

impl PolicyAnswers {
    /// Returns all rights of the policy: every part and action that somebody is permitted, with all
    /// alternatives, those of the whole with each part; and those parts for which a rule denies a right to
    /// some who have it to the whole. After the roles of Altinn II, a right that only
    /// these gave has no alternative, and is there if it may be given singly.
    ///
    /// # Errors
    ///
    /// The answer takes more steps than its budget, or decisions of the policy are Indeterminate on
    /// every trouble.
    pub fn rights(&self) -> Result<PolicyRights, Unanswered> {
        let (mut steps, mut of_environment) = (Steps::new(self.budget), Steps::new(self.budget));
        let found = self.found_in_each_environment(None, &mut steps, &mut of_environment)?;
        let mut by_right: BTreeMap<_, Vec<Alternative>> = BTreeMap::new();
        for (action, part, alternative) in found.all {
            by_right
                .entry((part, action))
                .or_default()
                .push(alternative);
        }
        let mut is_complete = found.is_complete;
        if Moment::of(&self.at) >= self.transition.end {
            // What only roles that have ended gave can still be given singly.
            let mut steps = Steps::new(self.budget);
            match self.found(None, PolicyForm::Delegable, &mut steps) {
                Ok(given) => given.all.into_iter().for_each(|(action, part, _)| {
                    if action.is_some() {
                        by_right.entry((part, action)).or_default();
                    }
                }),
                Err(_) => is_complete = false,
            }
        }
        let mut rights: Vec<PolicyRight> = Vec::with_capacity(by_right.len());
        for ((part, action), alternatives) in by_right {
            let mut right = self.right(part, action, is_complete);
            right.alternatives = alternatives;
            let permits =
                self.permits_delegation(right.action.as_deref(), &right.part, &mut steps)?;
            right.may_be_delegated = permits && self.is_delegable();
            if permits || right.is_somebodys() {
                rights.push(right);
            }
        }
        self.add_wider(&mut rights);
        match self.denied_parts(&rights) {
            Ok((denied, are_all)) => {
                is_complete &= are_all;
                rights.extend(denied);
                rights.sort_by(|one, other| {
                    (&one.part, &one.action).cmp(&(&other.part, &other.action))
                });
            }
            Err(_) => is_complete = false,
        }
        is_complete &= rights.iter().all(|right| right.is_complete);
        Ok(PolicyRights {
            resource: self.resource.clone(),
            described: self.described.clone(),
            rights,
            lacking: found.lacking,
            is_complete,
        })
    }

    /// Returns the alternatives that give one right: those for whom the policy permits a request
    /// with this action and part, and no other part; [`rights_to`](Self::rights_to) has all parts. Of an
    /// instance that the part names, answers of a [`Pdp`](crate::altinn::Pdp) know the task that it is in.
    ///
    /// ```
    /// use vedtak::altinn::Pdp;
    /// use vedtak::altinn::resource::ResourceId;
    /// # let policy = &std::fs::read_to_string("fixtures/altinn/scenarios/04-roles-and-packages/policies/ttd-begge.xml")?;
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
    ///         "the role utfyller/innsender (utinn), until 1 January 2027 at 00:00",
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
        let mut told = self.asked_for(right, &mut Steps::new(self.budget))?;
        if told.alternatives.is_empty() {
            told.others = self.others(right)?;
        }
        Ok(told)
    }

    /// Returns a right with its alternatives.
    pub(super) fn asked_for(
        &self,
        right: &Right,
        steps: &mut Steps,
    ) -> Result<PolicyRight, Unanswered> {
        let stated = self.in_state(right);
        let is_known = stated.is_ok();
        let right = &stated.unwrap_or_else(|_| right.clone());
        let mut of_environment = Steps::new(self.budget);
        let found = self.found_in_each_environment(Some(right), steps, &mut of_environment)?;
        let mut part = right.part.clone();
        part.sort_unstable();
        let is_complete = found.is_complete && is_known;
        let mut told = self.right(part, Some(right.action.clone()), is_complete);
        told.lacking = found.lacking;
        told.alternatives = found.all.into_iter().map(|(.., one)| one).collect();
        told.settle();
        told.may_be_delegated = self.is_delegable()
            && self.permits_delegation(told.action.as_deref(), &told.part, steps)?;
        Ok(told)
    }

    /// Returns the rights of the policy with the action of a right, or all if there are none.
    fn others(&self, right: &Right) -> Result<Vec<Right>, Unanswered> {
        let mut all = self.rights()?.rights;
        all.retain(PolicyRight::is_somebodys);
        let all: Vec<Right> = all.iter().filter_map(PolicyRight::right).collect();
        let is_other = |other: &&Right| other.action == right.action;
        let of_action: Vec<Right> = all.iter().filter(is_other).cloned().collect();
        Ok(match of_action.is_empty() {
            true => all,
            false => of_action,
        })
    }

    fn right(
        &self,
        part: Vec<(Arc<str>, Arc<str>)>,
        action: Option<Arc<str>>,
        is_complete: bool,
    ) -> PolicyRight {
        let described = self.described.as_ref();
        // Apps have no access lists.
        let is_app = self.resource.as_app().is_some();
        PolicyRight {
            resource: self.resource.clone(),
            described: described.cloned(),
            part,
            action,
            alternatives: Vec::new(),
            may_be_delegated: false,
            lacking: Vec::new(),
            is_complete,
            others: Vec::new(),
            requires_access_list: described
                .is_some_and(|known| known.requires_access_list && !is_app),
            requires_resource_right: described.is_some_and(|known| known.requires_resource_right),
        }
    }
}

impl PolicyRight {
    /// Puts the alternatives in order.
    pub(super) fn settle(&mut self) {
        self.alternatives.sort_by_cached_key(|one| {
            let cost: u64 = one.needs.iter().map(Need::cost).sum();
            (one.rests_on.len(), cost, one.to_string())
        });
    }

    /// Whether the policy gives it to somebody by itself, and not only by single rights.
    pub fn is_somebodys(&self) -> bool {
        !self.alternatives.is_empty()
    }

    /// The right, as delegations name it; none if it is to every action.
    pub fn right(&self) -> Option<Right> {
        let mut right = Right::from(self.action.clone()?);
        right.part.clone_from(&self.part);
        Some(right)
    }

    /// The right, as a question about a party has it, which says itself for which party and instance it
    /// is; none if it is to every action.
    pub fn right_of_party(&self) -> Option<Right> {
        Some(self.right()?.of_party())
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
    pub(super) fn title_in(&self, words: Words) -> String {
        let every = || Right {
            part: self.part.clone(),
            ..Right::from(texts::EVERY_ACTION.with(words, &[]).to_string())
        };
        self.right().unwrap_or_else(every).to_string()
    }

    /// The key of the right, equal only for equal rights: the resource, the action and the part,
    /// each as readable text, but that persons born on the same day are not told apart, whose numbers
    /// are shown in part. Altinn's own keys are hashes of the same.
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
        for (id, value) in shown_part(&self.part) {
            key += &format!(";{}={}", escaped(id), escaped(&value));
        }
        key
    }
}

impl Say for PolicyRights {
    fn say(&self, f: &mut fmt::Formatter<'_>, words: Words) -> fmt::Result {
        for right in &self.rights {
            right.say_alternatives(f, words)?;
        }
        if let Some(lacking) = say_lacking(&self.lacking, words) {
            return writeln!(f, "{lacking}");
        }
        match self.is_complete {
            true => Ok(()),
            false => writeln!(f, "{}", words.say(answers::MAY_BE_MORE_RIGHTS)),
        }
    }
}

impl PolicyRight {
    /// Writes the right, and who has it.
    fn say_alternatives(&self, f: &mut fmt::Formatter<'_>, words: Words) -> fmt::Result {
        writeln!(f, "{}", self.title_in(words))?;
        if self.alternatives.is_empty() {
            let nobody = match self.may_be_delegated {
                true => words.say(answers::SINGLE_RIGHTS_ONLY).to_owned(),
                false => nobody(&self.others, words),
            };
            writeln!(f, "  {nobody}")?;
        }
        for (place, alternative) in self.alternatives.iter().enumerate() {
            let alternative = InWords(alternative, words);
            match place {
                0 => writeln!(f, "  {alternative}")?,
                _ => writeln!(f, "  {}", texts::OR.with(words, &[&alternative]))?,
            }
        }
        let is_of_named = |one: &Alternative| one.is_for_others() && one.names_party();
        let is_closed = self.is_somebodys() && self.alternatives.iter().all(is_of_named);
        for (is_required, only) in [
            (is_closed && self.is_complete, answers::NO_PACKAGE_OPENS),
            (self.requires_access_list, answers::ONLY_ON_LIST),
            (self.requires_resource_right, answers::ONLY_WITH_RIGHT),
        ] {
            if is_required {
                writeln!(f, "  {}", words.say(only))?;
            }
        }
        Ok(())
    }
}

/// Says that nobody has a right, and which others the policy has.
pub(super) fn nobody(others: &[Right], words: Words) -> String {
    if others.is_empty() {
        return words.say(answers::NOBODY).to_owned();
    }
    let others = others.iter().map(|other| format!("`{}`", Visible(other)));
    let others = others.collect::<Vec<_>>().join(", ");
    answers::NOBODY_BUT.with(words, &[&others]).to_string()
}

/// Says which attributes of a request the policy also reads; none if there are none.
pub(super) fn say_lacking(lacking: &[Designator], words: Words) -> Option<String> {
    let names = attributes(lacking, words)?;
    Some(answers::ALSO_READS.with(words, &[&names]).to_string())
}

/// Names attributes, each once; none if there are none.
pub(in crate::altinn) fn attributes(lacking: &[Designator], words: Words) -> Option<String> {
    let mut names: Vec<String> = Vec::new();
    for of in lacking {
        let parts: [&dyn fmt::Display; 2] = [&cut(&of.id), &cut(last_part(&of.category))];
        let name = answers::ATTRIBUTE_OF.with(words, &parts).to_string();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    (!names.is_empty()).then(|| names.join(words.say(texts::AND)))
}

impl Say for PolicyRight {
    fn say(&self, f: &mut fmt::Formatter<'_>, words: Words) -> fmt::Result {
        self.say_alternatives(f, words)?;
        if let Some(lacking) = say_lacking(&self.lacking, words) {
            return writeln!(f, "  {lacking}");
        }
        match self.is_complete {
            true => Ok(()),
            false => writeln!(f, "  {}", words.say(answers::MAY_BE_MORE)),
        }
    }
}

impl Say for Alternative {
    fn say(&self, f: &mut fmt::Formatter<'_>, words: Words) -> fmt::Result {
        let mut said = self.what(words);
        if let Some(end) = self.ends() {
            let end = told(end, words);
            said += &format!(", {}", texts::UNTIL.with(words, &[&end]));
        }
        match self.may_be_refused {
            true => write!(f, "{}", answers::UNLESS_DENIED.with(words, &[&said])),
            false => f.write_str(&said),
        }
    }
}

spoken! {
    PolicyRights: "the rights with their alternatives";
    PolicyRight: "the right with its alternatives";
    Alternative: "the alternative";
}

impl Alternative {
    /// The instant at which it ceases to hold, because a role of Altinn II is among its needs.
    pub fn ends(&self) -> Option<DateTime> {
        let ends = self.needs.iter().filter_map(|need| need.ends);
        ends.min_by_key(|end| end.to_unix())
    }

    /// The requirements that it [rests on](Self::rests_on), each in a language.
    pub fn rests_on_in_language(&self, language: Language) -> Vec<String> {
        let words = language.into();
        let rests = self.rests_on.iter();
        rests.map(|one| InWords(one, words).to_string()).collect()
    }

    /// Whether it holds only where a request says something of its environment.
    pub(super) fn is_of_environment(&self) -> bool {
        let is_it = |of: &Designator| *of.category == *category::ENVIRONMENT;
        let mut needs = self.needs.iter();
        needs.any(|need| *need.category == *category::ENVIRONMENT)
            || self
                .rests_on
                .iter()
                .any(|on| attributes_of(&on.question).iter().any(is_it))
    }

    /// Whether it is open to others than those who have something for the party, such as a service owner,
    /// a user that the policy names, or anyone.
    pub fn is_for_others(&self) -> bool {
        let is_of_party = |need: &Need| {
            matches!(
                need.kind,
                NeedKind::Package(_)
                    | NeedKind::Role(_)
                    | NeedKind::UnknownPackage
                    | NeedKind::UnknownRole
                    | NeedKind::EstateRole
                    | NeedKind::AccessGroup
                    | NeedKind::ResourceRight
            )
        };
        !self.needs.iter().any(is_of_party)
    }

    /// Whether it is for a particular party that the policy names, such as a user.
    pub(super) fn names_party(&self) -> bool {
        let mut needs = self.needs.iter();
        needs.any(|need| need.kind == NeedKind::Party)
    }

    /// The values that it asks for, and what it rests on: equal for alternatives that ask for the same.
    pub(super) fn identity(&self) -> (Vec<NeedKey<'_>>, String) {
        let mut needs: Vec<NeedKey<'_>> = self.needs.iter().map(Need::identity).collect();
        needs.sort_unstable();
        (needs, format!("{:?}", self.rests_on))
    }

    /// Whether those who administer a party's accesses may give all of it to others.
    pub fn may_be_given(&self) -> bool {
        !self.needs.is_empty()
            && self.rests_on.is_empty()
            && self.needs.iter().all(|need| need.may_be_given)
    }

    /// The needs in words, without the instant at which it ends.
    pub(super) fn what(&self, words: Words) -> String {
        let what = match self.needs.is_empty() {
            true => words.say(answers::ANYONE).to_owned(),
            false => words.all_of(&self.needs),
        };
        if self.rests_on.is_empty() {
            return what;
        }
        let rests = words.all_of(&self.rests_on);
        answers::ALTERNATIVE_IF
            .with(words, &[&what, &rests])
            .to_string()
    }
}
