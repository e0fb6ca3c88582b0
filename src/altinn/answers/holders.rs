//! A right, a party and a register → the persons and systems that may use it, and through what.

use std::fmt::{self, Display as _};
use std::sync::Arc;

use super::need::Need;
use super::rights::{Alternative, nobody, say_lacking};
use crate::altinn::clock::told;
use crate::altinn::delegation::Right;
use crate::altinn::explain::Through;
use crate::altinn::facts::Parties;
use crate::altinn::language::messages::Message;
use crate::altinn::language::texts::{answers, refusals};
use crate::altinn::language::{InWords, Language, Say, Words, spoken, texts};
use crate::altinn::party::{Party, PartyKey, PartyKind};
use crate::altinn::pdp::Failures;
use crate::altinn::pdp::rights::request;
use crate::altinn::register::{Refusal, Snapshot};
use crate::altinn::resource::ResourceId;
use crate::altinn::ruling::{Basis, Veto};
use crate::altinn::{Pdp, Ruling};
use crate::analysis::Unanswered;
use crate::attribute::Designator;
use crate::provider::ProviderError;
use crate::report::Visible;
use crate::request::Request;
use crate::response::Trouble;
use crate::value::DateTime;

/// The persons, systems and organisations that may use a right for a party.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RightHolders {
    /// Those with a role, a package, a delegation or a resource right for the party, by name.
    pub holders: Vec<Holder>,
    /// Alternatives of the policy that are open to others as well, where the resource serves the party:
    /// anyone, the members of an access list, a service owner.
    pub others: Vec<Alternative>,
    /// Alternatives of the policy that hold only where a request says something of its environment, which
    /// the question does not.
    pub conditional: Vec<Alternative>,
    /// If the policy gives the right to nobody: rights of it that somebody has, those with the same action
    /// on parts of the resource, or else all.
    pub other_rights: Vec<Right>,
    /// If there is nobody: the reason why the resource does not serve the party, whoever asks for it.
    pub veto: Option<Veto>,
    /// The attributes of a request that the policy also reads, and that were absent in each decision:
    /// with them, more may use the right, or fewer.
    pub lacking: Vec<Designator>,
    /// Whether there are no others. Those of the register were each decided; alternatives for others may
    /// be missing, if the analysis cannot see through the policy, or if attributes are
    /// [lacking](Self::lacking).
    pub is_complete: bool,
    /// The failures that decisions without a Permit met: somebody may be missing because of them.
    pub troubles: Vec<Trouble>,
    /// The party, if it exists no longer: then nobody has a right, but by a role in the estate of a
    /// deceased person.
    pub gone: Option<Arc<Party>>,
    /// Whether there are holders after these; [`HolderPage::after`] the last one begins the next page.
    pub has_more: bool,
}

/// The holders to list: all, or those of a page.
///
/// ```
/// use vedtak::altinn::answers::HolderPage;
/// let first = HolderPage::default().size(20);
/// # let _ = first;
/// ```
#[derive(Clone, Debug, Default)]
pub struct HolderPage {
    after: Option<PartyOrder>,
    size: Option<usize>,
}

/// The place of a party in a list: its name, and of those of one name its key.
type PartyOrder = (Arc<str>, Option<PartyKey>);

impl HolderPage {
    /// Begins after this party, the last one of the page before. The party need not exist any more.
    #[must_use]
    pub fn after(mut self, party: &Party) -> Self {
        self.after = Some(order(party));
        self
    }

    /// Sets the largest number of holders on the page; without it, all are on one.
    #[must_use]
    pub fn size(mut self, size: usize) -> Self {
        self.size = Some(size);
        self
    }
}

fn order(party: &Party) -> PartyOrder {
    (party.name.clone(), party.keys().next())
}

/// A person, system or organisation that may use a right.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Holder {
    /// The holder.
    pub party: Arc<Party>,
    /// The rules that permit, each with what the holder has and the path to it; empty if a delegation
    /// of the right permits, or if not all of the policy could be examined.
    pub through: Vec<Through>,
    /// The basis of the decision: the policy, or a delegation with its path.
    pub basis: Basis,
    /// The instant until which it holds at least; none if nothing known ends it. It is the instant of the
    /// question if it holds for no time that is known, as it rests on the clock, or on a source that failed.
    pub valid_until: Option<DateTime>,
    /// The instant of the question.
    pub(super) at: DateTime,
}

/// The reason why a question about a party has no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NoAnswer {
    /// The PDP has no register.
    #[error("{}", answers::NO_REGISTER.with(Words::DISPLAY, &[]))]
    NoRegister,
    /// The register does not have the party.
    #[error("{}", refusals::UNKNOWN_PARTY.with(Words::DISPLAY, &[&format!("{:?}", .0)]))]
    UnknownParty(PartyKey),
    /// The resource has no policy.
    #[error("{}", answers::NO_POLICY.with(Words::DISPLAY, &[.0]))]
    NoPolicy(ResourceId),
    /// The instant after a change is before the one before it.
    #[error(
        "{}",
        answers::NOT_LATER.with(
            Words::DISPLAY,
            &[&told(*.0, Words::DISPLAY), &told(*.1, Words::DISPLAY)]
        )
    )]
    NotLater(DateTime, DateTime),
    /// The register refuses to say.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A source has failed.
    #[error(transparent)]
    Source(#[from] ProviderError),
    /// The policy takes too long to read.
    #[error("{}", unanswered(.0, Words::DISPLAY))]
    Unanswered(#[from] Unanswered),
}

impl NoAnswer {
    /// Returns the reason for display in a language. `Display` is in English; what a source or the
    /// engine says is quoted in English where it has no words.
    pub fn in_language(&self, language: Language) -> impl fmt::Display + '_ {
        InWords(self, language.into())
    }
}

impl Say for NoAnswer {
    fn say(&self, f: &mut fmt::Formatter<'_>, words: Words) -> fmt::Result {
        match self {
            Self::NoRegister => f.write_str(words.say(answers::NO_REGISTER)),
            Self::UnknownParty(key) => {
                let key = format!("{key:?}");
                refusals::UNKNOWN_PARTY.with(words, &[&key]).fmt(f)
            }
            Self::NoPolicy(resource) => answers::NO_POLICY.with(words, &[resource]).fmt(f),
            Self::NotLater(after, before) => {
                let [after, before] = [after, before].map(|instant| told(*instant, words));
                answers::NOT_LATER.with(words, &[&after, &before]).fmt(f)
            }
            Self::Refused(refusal) => refusal.say(f, words),
            Self::Source(error) => Message(&error.to_string()).say(f, words),
            Self::Unanswered(why) => f.write_str(&unanswered(why, words)),
        }
    }
}

/// The reason why an analysis has no answer; one that is too large is none whose attributes are to choose
/// here.
fn unanswered(why: &Unanswered, words: Words) -> String {
    match why {
        Unanswered::TooLarge => words.say(answers::TOO_LARGE).to_owned(),
        _ => InWords(&Message(&why.to_string()), words).to_string(),
    }
}

impl Pdp {
    /// Returns the persons, systems and organisations of the register that may use a right for a
    /// party as of an instant, each with what it rests on. Each was decided, with delegations, access
    /// lists and all other vetoes. These decisions are not audited.
    ///
    /// # Errors
    ///
    /// There is no register, or it does not have the party; the resource has no policy, or one that
    /// cannot be read within the budget.
    ///
    /// ```
    /// use vedtak::altinn::{PartyKey, Pdp, Register};
    /// use vedtak::altinn::resource::ResourceId;
    /// # let policy = &std::fs::read_to_string("fixtures/altinn/scenarios/04-roles-and-packages/policies/ttd-begge.xml")?;
    /// # let register = &std::fs::read_to_string("fixtures/altinn/scenarios/04-roles-and-packages/register.json")?;
    ///
    /// let register = Register::from_json("register.json", register.as_bytes())?;
    /// let pdp = Pdp::builder().policy("ttd-begge", policy).register(&register).build()?;
    /// let firm = PartyKey::organisation("310000401");
    /// let now = "2026-03-02T09:00:00+01:00".parse()?;
    /// let held = pdp.holders(&ResourceId::new("ttd-begge"), &"read".into(), &firm, now)?;
    /// assert!(!held.holders.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn holders(
        &self,
        resource: &ResourceId,
        right: &Right,
        party: &PartyKey,
        at: DateTime,
    ) -> Result<RightHolders, NoAnswer> {
        self.holders_on(&HolderPage::default(), resource, right, party, at)
    }

    /// Returns the holders of [`holders`](Self::holders) that are on a page. No more candidates are
    /// decided than it takes to fill it.
    ///
    /// # Errors
    ///
    /// As of [`holders`](Self::holders).
    pub fn holders_on(
        &self,
        page: &HolderPage,
        resource: &ResourceId,
        right: &Right,
        party: &PartyKey,
        at: DateTime,
    ) -> Result<RightHolders, NoAnswer> {
        let snapshot = self.register().ok_or(NoAnswer::NoRegister)?.snapshot();
        let of = party_of(&snapshot, party)?;
        let answers = self.answers(resource, at)?;
        let answers = answers.ok_or_else(|| NoAnswer::NoPolicy(resource.clone()))?;
        let opened = answers.who_may(right)?;
        let mut candidates = snapshot.acting_for(party, resource, at);
        // Nobody asks who exists no longer.
        candidates.retain(|who| asker_gone(&snapshot, who).is_none());
        candidates.sort_by_cached_key(|who| order(who));
        if let Some(last) = &page.after {
            candidates.retain(|who| order(who) > *last);
        }
        let asked: Vec<(Arc<Party>, Request)> = candidates
            .into_iter()
            .filter_map(|who| {
                let request = request(&who, &of, resource, None, right)?;
                Some((who, request))
            })
            .collect();
        // Nobody asks for access here: no decision of these is anybody's to audit.
        let quiet = self.without_audit();
        let mut failures = Failures::default();
        let mut permitted: Vec<(&(Arc<Party>, Request), Ruling)> = Vec::new();
        // One more than the page holds says that there are more.
        let most = page.size.map_or(usize::MAX, |size| size.saturating_add(1));
        for some in asked.chunks(most.max(1)) {
            let rulings = quiet.decide_all_at(some.iter().map(|(_, request)| request), at);
            let some = some.iter().zip(rulings);
            permitted.extend(some.filter(|(_, ruling)| failures.permits(ruling)));
            if permitted.len() >= most {
                break;
            }
        }
        let alternatives = opened.alternatives.into_iter();
        let (mut conditional, mut others): (Vec<Alternative>, Vec<Alternative>) =
            alternatives.partition(Alternative::is_of_environment);
        others.retain(Alternative::is_for_others);
        let asked_for = (&of, resource, right);
        let vetoed = quiet.keep_served(&mut others, &snapshot, asked_for, at, &mut failures);
        quiet.keep_served(&mut conditional, &snapshot, asked_for, at, &mut failures);
        let is_nobody = permitted.is_empty() && others.is_empty() && page.after.is_none();
        let has_more = permitted.len() >= most;
        permitted.truncate(page.size.unwrap_or(usize::MAX));
        // A delegation is a basis of its own.
        let by_policy = permitted
            .iter()
            .filter(|(_, ruling)| ruling.basis == Basis::Policy);
        let by_policy = by_policy.map(|((_, request), _)| request);
        let mut through = quiet.through_each(by_policy, at).into_iter();
        let decided = permitted
            .iter()
            .map(|((_, request), ruling)| (request, ruling));
        let changes = quiet.changes_of(&decided.collect::<Vec<_>>(), at);
        let holders = permitted
            .into_iter()
            .zip(changes)
            .map(|(((who, _), ruling), changes)| Holder {
                party: who.clone(),
                through: match ruling.basis {
                    Basis::Policy => through.next().unwrap_or_default(),
                    _ => Vec::new(),
                },
                basis: ruling.basis,
                valid_until: until(changes, at),
                at,
            })
            .collect();
        Ok(RightHolders {
            holders,
            has_more,
            others,
            conditional,
            other_rights: opened.others,
            veto: vetoed.filter(|_| is_nobody),
            lacking: opened.lacking,
            is_complete: opened.is_complete && failures.0.is_empty(),
            troubles: failures.0,
            gone: Some(of).filter(|of| of.is_deleted),
        })
    }

    /// Keeps the alternatives that some other than those who have something for a party can use for it:
    /// whatever a policy says, the resource may not serve the party. Returns the veto that they meet.
    fn keep_served(
        &self,
        others: &mut Vec<Alternative>,
        snapshot: &Snapshot,
        (of, resource, right): (&Arc<Party>, &ResourceId, &Right),
        at: DateTime,
        failures: &mut Failures,
    ) -> Option<Veto> {
        let party = of.keys().next()?;
        let mut served = |who: Option<&PartyKey>| {
            let vetoed = self.vetoed_for(who, &party, (resource, right), at);
            vetoed.map_err(|ruling| {
                failures.permits(&ruling);
            })
        };
        let of_nobody = served(None);
        others.retain(|one| {
            let mut needs = one.needs.iter();
            let named = needs.find_map(Need::key);
            let known = named.and_then(|key| Some((snapshot.party(&key).ok()??, key)));
            let vetoed = match known {
                Some((who, _)) if asker_gone(snapshot, &who).is_some() => return false,
                // The party may have a resource right that only she may use.
                Some((_, key)) => served(Some(&key)),
                None => of_nobody.clone(),
            };
            matches!(vetoed, Ok(None))
        });
        of_nobody.ok().flatten()
    }
}

/// Returns the end of something that holds until a change: the instant itself if it holds for no time that
/// is known.
pub(super) fn until(changes: Option<DateTime>, at: DateTime) -> Option<DateTime> {
    match changes {
        Some(until) if until.to_unix() < at.to_unix() => Some(at),
        changes => changes,
    }
}

/// The one who asks, or the organisation whose user that is, if it exists no longer.
pub(super) fn asker_gone(snapshot: &Snapshot, who: &Arc<Party>) -> Option<Arc<Party>> {
    if who.is_deleted {
        return Some(who.clone());
    }
    let is_user = matches!(who.kind, PartyKind::SystemUser | PartyKind::EnterpriseUser);
    let owner = who.parent.as_ref().filter(|_| is_user)?;
    let owner = snapshot.party(owner).ok().flatten();
    owner.filter(|owner| owner.is_deleted)
}

/// Returns the party of a key.
pub(super) fn party_of(snapshot: &Snapshot, key: &PartyKey) -> Result<Arc<Party>, NoAnswer> {
    let found = snapshot.party(key)?;
    found.ok_or_else(|| NoAnswer::UnknownParty(key.clone()))
}

/// Says that a party exists no longer.
pub(super) fn say_gone(f: &mut fmt::Formatter<'_>, words: Words, gone: &Party) -> fmt::Result {
    let gone = InWords(gone, words);
    let why = texts::EXISTS_NO_LONGER.with(words, &[&gone]).to_string();
    writeln!(f, "  {}", texts::BECAUSE.with(words, &[&why]))
}

/// Says the failures because of which an answer may lack something.
fn say_troubles(f: &mut fmt::Formatter<'_>, words: Words, troubles: &[Trouble]) -> fmt::Result {
    for trouble in troubles {
        let told = texts::answers::NOT_ALL_DECIDED;
        writeln!(f, "{}", told.with(words, &[&InWords(trouble, words)]))?;
    }
    Ok(())
}

impl Say for RightHolders {
    fn say(&self, f: &mut fmt::Formatter<'_>, words: Words) -> fmt::Result {
        for holder in &self.holders {
            writeln!(f, "{}", InWords(holder, words))?;
        }
        for other in &self.others {
            let other = InWords(other, words);
            writeln!(f, "{}", texts::answers::ALSO.with(words, &[&other]))?;
        }
        for one in &self.conditional {
            let one = InWords(one, words);
            writeln!(f, "{}", texts::answers::IF_SAID.with(words, &[&one]))?;
        }
        if self.holders.is_empty() && self.others.is_empty() && self.conditional.is_empty() {
            writeln!(f, "{}", nobody(&self.other_rights, words))?;
        }
        match (&self.gone, &self.veto) {
            (Some(gone), _) => say_gone(f, words, gone)?,
            (None, Some(veto)) => {
                let veto = InWords(veto, words);
                writeln!(f, "  {}", texts::BECAUSE.with(words, &[&veto]))?;
            }
            (None, None) => {}
        }
        match say_lacking(&self.lacking, words) {
            Some(lacking) => writeln!(f, "{lacking}")?,
            None if !self.is_complete && self.troubles.is_empty() => {
                writeln!(f, "{}", words.say(texts::answers::MAY_BE_MORE))?;
            }
            None => {}
        }
        say_troubles(f, words, &self.troubles)
    }
}

impl Say for Holder {
    fn say(&self, f: &mut fmt::Formatter<'_>, words: Words) -> fmt::Result {
        write!(f, "{}", InWords(&*self.party, words))?;
        for (place, way) in self.ways_in(words).iter().enumerate() {
            let colon = match place {
                0 => ": ",
                _ => words.say(texts::answers::OR_BY),
            };
            write!(f, "{colon}{}", Visible(way))?;
        }
        match self.valid_until {
            Some(until) if until.to_unix() <= self.at.to_unix() => {
                write!(f, ", {}", words.say(texts::HOLDS_NOW))
            }
            Some(until) => {
                let until = told(until, words);
                write!(f, ", {}", texts::UNTIL.with(words, &[&until]))
            }
            None => Ok(()),
        }
    }
}

spoken! {
    RightHolders: "the holders";
    Holder: "the holder and the ways";
}

impl Holder {
    /// The ways by which the right is held, in words: what the holder has, and the path to it.
    pub fn ways(&self) -> Vec<String> {
        self.ways_in(Words::DISPLAY)
    }

    /// Returns the ways of [`ways`](Self::ways) in a language.
    pub fn ways_in_language(&self, language: Language) -> Vec<String> {
        self.ways_in(language.into())
    }

    pub(super) fn ways_in(&self, words: Words) -> Vec<String> {
        let mut ways: Vec<String> = Vec::new();
        if let Basis::Delegation { .. } = self.basis {
            ways.push(InWords(&self.basis, words).to_string());
        }
        for through in &self.through {
            let way = match through.what.is_empty() {
                true => texts::AS_ANYONE.with(words, &[]).to_string(),
                false => format!(
                    "{} — {}",
                    words.all_of(&through.what),
                    InWords(&through.path, words)
                ),
            };
            if !ways.contains(&way) {
                ways.push(way);
            }
        }
        ways
    }
}
