//! An explanation → its text in a language.

use std::fmt;

use super::requirement::{KnownActions, Requirement, quoted};
use super::{Explanation, Opening, Through, UnknownRight};
use crate::altinn::clock::told;
use crate::altinn::language::messages::Message;
use crate::altinn::language::{InWords, Say, Words, spoken, texts};
use crate::altinn::level::MinimumLevel;
use crate::altinn::pdp::ruling::Basis;
use crate::altinn::resource::TitledId;
use crate::decision::Decision;
use crate::report::{Visible, cut};

impl Explanation {
    /// Whether every rule that is listed is closed in the circumstances of the request, to whomever.
    fn is_closed_to_all(&self) -> bool {
        let is_closed = |all: &Vec<Requirement>| all.iter().any(Requirement::is_of_circumstances);
        let mut openings = self.openings.iter();
        !self.openings.is_empty()
            && openings.all(|one| !one.any_of.is_empty() && one.any_of.iter().all(is_closed))
    }

    /// Writes who may do what, or may not.
    fn say_decision(&self, f: &mut fmt::Formatter<'_>, words: Words) -> fmt::Result {
        let decision = self.ruling.decision();
        let asker = match (&self.subject, &self.service_owners[..]) {
            (Some(subject), _) => cut(subject.called(words)),
            (None, []) => words.say(texts::SOMEBODY).to_owned(),
            (None, owners) => {
                let owners: Vec<String> = owners.iter().map(|owner| cut(owner)).collect();
                let owners = owners.join(words.say(texts::AND));
                texts::SERVICE_OWNER.with(words, &[&owners]).to_string()
            }
        };
        let actions = self.actions.iter().filter(|action| !action.is_empty());
        let actions: Vec<String> = actions
            .map(|action| texts::ACTION.with(words, &[&cut(action)]).to_string())
            .collect();
        let actions = match actions.is_empty() {
            true => words.say(texts::UNNAMED_ACTION).to_owned(),
            false => actions.join(words.say(texts::AND)),
        };
        let may = match decision {
            Decision::Permit => texts::MAY,
            _ => texts::MAY_NOT,
        };
        write!(f, "{}", may.with(words, &[&decision, &asker, &actions]))?;
        if let Some(resource) = &self.resource {
            let described = self.described.as_deref();
            let named = match described {
                Some(_) => InWords(&TitledId(resource, described), words).to_string(),
                // Whoever asks may make up an id.
                None => format!("`{}`", cut(resource.as_str())),
            };
            write!(f, "{}", texts::ON_RESOURCE.with(words, &[&named]))?;
        }
        match &self.party {
            Some(party) => {
                let party = InWords(&**party, words);
                write!(f, "{}", texts::FOR_PARTY.with(words, &[&party]))
            }
            None => Ok(()),
        }
    }

    /// Writes the reason in the status of the result, if there is one.
    fn say_status(&self, f: &mut fmt::Formatter<'_>, words: Words) -> fmt::Result {
        let status = self.ruling.result.status.as_ref();
        let message = status.and_then(|status| status.message.as_ref());
        match (&self.ruling.basis, message) {
            // The message of a veto is the veto in English.
            (Basis::Veto(veto), Some(_)) => {
                let veto = InWords(veto, words).to_string();
                write!(f, "\n  {}", texts::BECAUSE.with(words, &[&Visible(veto)]))
            }
            (_, Some(message)) => {
                let message = InWords(&Message(message), words);
                write!(f, "\n  {}", texts::BECAUSE.with(words, &[&message]))
            }
            (_, None) => Ok(()),
        }
    }

    /// Writes the level of authentication, and the time for which the decision is valid.
    fn say_limits(&self, f: &mut fmt::Formatter<'_>, words: Words) -> fmt::Result {
        match self.level() {
            Some(MinimumLevel::UNREADABLE) => {
                write!(f, "\n  {}", texts::LEVEL_UNREADABLE.with(words, &[]))?;
            }
            Some(level) => write!(f, "\n  {}", texts::LEVEL.with(words, &[&level]))?,
            None => {}
        }
        // An answer that depends on a failed source is valid for no time.
        let until = self.valid_until.filter(|until| until.to_unix() != (0, 0));
        let Some(until) = until else {
            return Ok(());
        };
        let text = match (self.ruling.decision(), until.to_unix() > self.at.to_unix()) {
            (Decision::Permit, true) => texts::HOLDS_UNTIL,
            (_, true) => texts::MAY_CHANGE,
            (Decision::Permit, false) => return write!(f, "\n  {}", words.say(texts::HOLDS_NOW)),
            (_, false) => return write!(f, "\n  {}", words.say(texts::MAY_CHANGE_ANY_TIME)),
        };
        write!(f, "\n  {}", text.with(words, &[&told(until, words)]))
    }
}

impl Say for Explanation {
    fn say(&self, f: &mut fmt::Formatter<'_>, words: Words) -> fmt::Result {
        if self.resource.is_none() {
            let decision = self.ruling.decision();
            // Subject or resource is unknown, so "may" or "may not" would be wrong.
            write!(f, "{}", texts::CANNOT_BE_ANSWERED.with(words, &[&decision]))?;
            return self.say_status(f, words);
        }
        self.say_decision(f, words)?;
        self.say_status(f, words)?;
        if let Basis::Delegation { .. } = self.ruling.basis {
            let basis = InWords(&self.ruling.basis, words);
            write!(f, "\n  {}", texts::THROUGH.with(words, &[&basis]))?;
        }
        for through in &self.through {
            through.say(f, words)?;
            if through.what.is_empty() && self.is_complete {
                write!(f, "{}", texts::ASKS_NOTHING.with(words, &[]))?;
            }
        }
        self.say_reasons(f, words)?;
        self.say_limits(f, words)
    }
}

impl Explanation {
    /// Writes why it is not permitted: who has gone, the rules that would permit others, the actions
    /// that the policy knows, and delegations that do not fit.
    fn say_reasons(&self, f: &mut fmt::Formatter<'_>, words: Words) -> fmt::Result {
        let decision = self.ruling.decision();
        let gone = self.party.as_ref().filter(|party| party.is_deleted);
        let gone = gone.filter(|_| decision == Decision::NotApplicable);
        if let Some(party) = gone {
            let party = InWords(&**party, words);
            let why = texts::EXISTS_NO_LONGER.with(words, &[&party]).to_string();
            write!(f, "\n  {}", texts::BECAUSE.with(words, &[&why]))?;
        }
        if !self.is_complete {
            write!(f, "\n  {}", texts::NOT_ALL.with(words, &[]))?;
        } else if self.openings.is_empty() && gone.is_some() {
            write!(f, "\n  {}", texts::NOTHING_IS_ENOUGH.with(words, &[]))?;
        } else if self.openings.is_empty() && decision == Decision::NotApplicable {
            // Actions are alike in any letter case, as in most policies.
            let is_known = |action: &String| {
                let mut known = self.known_actions.iter();
                known.any(|known| known.to_lowercase() == action.to_lowercase())
            };
            let is_known = self.on_parts.is_empty() && self.actions.iter().any(is_known);
            let nobody = match is_known {
                true => texts::NOBODY_NOW,
                false => texts::NOBODY,
            };
            write!(f, "\n  {}", nobody.with(words, &[]))?;
            if !self.on_parts.is_empty() {
                let parts = quoted(&self.on_parts);
                write!(f, "\n  {}", texts::ON_PARTS.with(words, &[&parts]))?;
            } else if !self.known_actions.is_empty() {
                let known = quoted(&self.known_actions);
                write!(f, "\n  {}", texts::POLICY_KNOWS.with(words, &[&known]))?;
            }
        }
        if self.is_complete && self.is_closed_to_all() {
            write!(f, "\n  {}", texts::NOBODY_NOW.with(words, &[]))?;
        }
        for opening in &self.openings {
            let rule = rule_name(words, &opening.rule, opening.nth);
            if opening.any_of.is_empty() {
                let text = match self.is_complete {
                    true => texts::PERMITS_ANYONE,
                    false => texts::PERMITS_OTHERS,
                };
                write!(f, "\n  {}", text.with(words, &[&rule]))?;
                continue;
            }
            // Somebody has a role, and is a service owner.
            let named = opening.any_of.iter();
            let named = named.filter(|all| all.iter().any(Requirement::is_who_one_is));
            let text = match named.count() {
                0 => texts::PERMITS_WHOEVER,
                all if all == opening.any_of.len() => texts::PERMITS,
                _ => texts::PERMITS_WHOEVER_IS,
            };
            write!(f, "\n  {}", text.with(words, &[&rule]))?;
            opening.say(f, words)?;
        }
        let requirements = self
            .openings
            .iter()
            .flat_map(|one| one.any_of.iter().flatten());
        if self.party.is_none() && requirements.into_iter().any(Requirement::is_for_a_party) {
            write!(f, "\n  {}", texts::NAMES_NO_PARTY.with(words, &[]))?;
        }
        for unknown in &self.unknown_rights {
            write!(f, "\n  {}", InWords(unknown, words))?;
        }
        self.say_near(f, words)
    }

    fn say_near(&self, f: &mut fmt::Formatter<'_>, words: Words) -> fmt::Result {
        for near in &self.near {
            write!(f, "\n  {}", InWords(near, words))?;
        }
        Ok(())
    }
}

/// The reasons why somebody is refused, each a line: the rules that deny, or those that would permit
/// others.
pub(in crate::altinn) struct Reasons<'e>(pub(in crate::altinn) &'e Explanation);

impl Say for Reasons<'_> {
    fn say(&self, f: &mut fmt::Formatter<'_>, words: Words) -> fmt::Result {
        if self.0.ruling.decision() == Decision::Deny {
            for through in &self.0.through {
                through.say(f, words)?;
            }
        }
        self.0.say_reasons(f, words)
    }
}

/// The delegations that would permit but for one thing, and the instant at which the decision changes, each a
/// line.
pub(in crate::altinn) struct NearReasons<'e>(pub(in crate::altinn) &'e Explanation);

impl Say for NearReasons<'_> {
    fn say(&self, f: &mut fmt::Formatter<'_>, words: Words) -> fmt::Result {
        self.0.say_near(f, words)?;
        self.0.say_limits(f, words)
    }
}

impl Say for Through {
    fn say(&self, f: &mut fmt::Formatter<'_>, words: Words) -> fmt::Result {
        let rule = rule_name(words, &self.rule, self.nth);
        write!(f, "\n  {}", texts::BY_RULE.with(words, &[&rule]))?;
        if self.what.is_empty() {
            return Ok(());
        }
        let what = Visible(words.all_of(&self.what));
        write!(f, ": {what} — {}", InWords(&self.path, words))
    }
}

impl Say for Opening {
    fn say(&self, f: &mut fmt::Formatter<'_>, words: Words) -> fmt::Result {
        for (i, all) in self.any_of.iter().enumerate() {
            let all = all.iter().cloned();
            let (further, needs): (Vec<Requirement>, Vec<Requirement>) =
                all.partition(Requirement::is_of_circumstances);
            let mut all = match needs.is_empty() {
                true => words.say(texts::NOTHING_IN_PARTICULAR).to_owned(),
                false => words.all_of(&needs),
            };
            if !further.is_empty() {
                let further: Vec<String> = further
                    .iter()
                    .map(|one| match one {
                        Requirement::Condition => words.say(texts::CONDITION_HOLDS).to_owned(),
                        other => InWords(other, words).to_string(),
                    })
                    .collect();
                let further = further.join(words.say(texts::AND));
                let parts: [&dyn fmt::Display; 2] = [&all, &further];
                all = texts::answers::ALTERNATIVE_IF
                    .with(words, &parts)
                    .to_string();
            }
            let all = Visible(all);
            match i {
                0 => write!(f, "\n    {all}")?,
                _ => write!(f, "\n    {}", texts::OR.with(words, &[&all]))?,
            }
        }
        Ok(())
    }
}

impl Say for UnknownRight {
    fn say(&self, f: &mut fmt::Formatter<'_>, words: Words) -> fmt::Result {
        let known = KnownActions(&self.known);
        let arguments: [&dyn fmt::Display; 3] =
            [&cut(&self.delegation), &self.right, &InWords(&known, words)];
        write!(f, "{}", texts::UNKNOWN_RIGHT.with(words, &arguments))
    }
}

spoken! {
    ///
    /// The failure of a source is quoted as the source says it.
    ///
    /// ```
    /// use vedtak::Request;
    /// use vedtak::altinn::Pdp;
    /// use vedtak::altinn::explain::Language;
    /// # let policy = &std::fs::read_to_string("fixtures/altinn/first-service/policy.xml")?;
    ///
    /// let pdp = Pdp::builder().policy("ttd-brev", policy).build()?;
    /// let request = Request::builder()
    ///     .subject("urn:altinn:userid", "1")
    ///     .resource("urn:altinn:resource", "ttd-brev")
    ///     .resource("urn:altinn:partyid", "50001")
    ///     .action("read")
    ///     .build();
    /// let why = pdp.explain_at(&request, "2026-03-02T09:00:00+01:00".parse()?);
    /// let told = why.in_language(Language::Bokmal).to_string();
    /// assert!(told.contains("eller rollen daglig leder (dagl)"), "{told}");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    Explanation: "the explanation";
}

/// The id of a rule: every one after the first of an id with its number.
fn rule_name(words: Words, id: &str, nth: u32) -> String {
    let id = cut(id);
    match nth {
        0 | 1 => texts::RULE.with(words, &[&id]).to_string(),
        nth => texts::RULE_NUMBERED.with(words, &[&id, &nth]).to_string(),
    }
}
