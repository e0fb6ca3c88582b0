//! The rights of a policy before and after → those that fewer have, with packages that may replace
//! what is lost.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use indexmap::IndexSet;

use super::BUDGET;
use super::covered::{GivenBy, GivenIndex};
use super::need::NeedKind;
use super::parts::RightsIndex;
use super::rights::{Alternative, PolicyRight, PolicyRights, say_lacking};
use super::steps::Steps;
use crate::altinn::catalogue::{Catalogue, PackageId, RoleId};
use crate::altinn::language::texts::answers as texts;
use crate::altinn::language::{InWords, Say, Text, Words, spoken};
use crate::altinn::resource::ResourceId;
use crate::attribute::Designator;
use crate::report::Visible;

/// The difference between the rights of a policy at two instants, or of two policies.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct PolicyChange {
    /// The resource.
    pub resource: ResourceId,
    /// The rights whose alternatives change, in the order of the rights before.
    pub rights: Vec<RightChange>,
    /// The attributes of a request that the policies before and after also read, each once.
    pub lacking: Vec<Designator>,
    /// Whether both sides were seen through: what they give is complete.
    pub is_complete: bool,
}

/// A right that other roles and packages give after than before.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RightChange {
    /// The right, with its alternatives before.
    pub right: PolicyRight,
    /// Alternatives that give it no longer.
    pub lost: Vec<Alternative>,
    /// Alternatives that give it before and after.
    pub kept: Vec<Alternative>,
    /// Alternatives that give it only after.
    pub gained: Vec<Alternative>,
    /// Those kept which give it to more after: a subject with more than these could be refused before,
    /// and cannot be after.
    pub widened: Vec<Alternative>,
    /// Whether whoever was given this single right keeps it. [`ChangeReport`](super::ChangeReport) asks
    /// the policy after; two lists of rights only say whether it may be given after, or could be
    /// before, and ends with roles.
    pub single_right_stays: bool,
    /// If only roles of registers, parties that the policy names or service owners are left, or nobody:
    /// packages whose roles overlap most with those that are lost, the nearest first.
    pub suggestions: Vec<Suggestion>,
}

/// The outcome of a change for a right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ChangeOutcome {
    /// Nobody loses it.
    NothingLost,
    /// Some alternatives are lost; an access package, or another thing that may be given, stays.
    SomeLost,
    /// Only roles of registers keep it, and perhaps service owners or parties that the policy names:
    /// nobody can be given it, except as a single right.
    OnlyRegisterRoles,
    /// Only parties that the policy names keep it, such as a user or an organisation, and perhaps service
    /// owners: no package opens it to others.
    OnlyNamedParties,
    /// Only service owners keep it: nobody who acts for a party does, except by a single right.
    OnlyServiceOwners,
    /// No alternative is left.
    Nobody,
}

impl ChangeOutcome {
    /// The outcome as one word, as reports have it: `only-register-roles`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NothingLost => "nothing-lost",
            Self::SomeLost => "some-lost",
            Self::OnlyRegisterRoles => "only-register-roles",
            Self::OnlyNamedParties => "only-named-parties",
            Self::OnlyServiceOwners => "only-service-owners",
            Self::Nobody => "nobody",
        }
    }
}

/// A package that would take the place of lost roles.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Suggestion {
    /// The package.
    pub package: PackageId,
    /// The short name of the package.
    pub code: Arc<str>,
    /// The name in bokmål.
    pub name: Arc<str>,
    /// The name in English.
    pub name_en: Arc<str>,
    /// The number of roles that have both the package and a lost role.
    pub in_common: usize,
    /// The number of roles that have a lost role.
    pub of_lost: usize,
    /// The number of roles that have the package.
    pub of_package: usize,
}

/// The most packages that are suggested for one right.
const MOST_SUGGESTIONS: usize = 3;

impl PolicyChange {
    /// Compares the rights of a policy before and after. An alternative is lost if nothing after
    /// gives as much to whoever meets it.
    ///
    /// ```
    /// use vedtak::altinn::Pdp;
    /// use vedtak::altinn::answers::{ChangeOutcome, PolicyChange};
    /// use vedtak::altinn::catalogue::Catalogue;
    /// use vedtak::altinn::resource::ResourceId;
    /// # let policy = &std::fs::read_to_string("fixtures/altinn/scenarios/04-roles-and-packages/policies/ttd-kun-rolle.xml")?;
    ///
    /// let pdp = Pdp::builder().policy("ttd-kun-rolle", policy).build()?;
    /// let now = "2026-03-02T09:00:00+01:00".parse()?;
    /// let before = pdp.answers(&ResourceId::new("ttd-kun-rolle"), now)?.expect("has a policy");
    /// let after = before.clone().at("2027-01-01T00:00:00+01:00".parse()?);
    /// let change =
    ///     PolicyChange::between(&before.rights()?, &after.rights()?, &Catalogue::standard());
    /// assert_eq!(change.outcome(), ChangeOutcome::Nobody);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn between(before: &PolicyRights, after: &PolicyRights, catalogue: &Catalogue) -> Self {
        let (mut given_before, mut given_after) = (GivenRights::of(before), GivenRights::of(after));
        let (earlier, later) = (
            RightsIndex::of(&before.rights),
            RightsIndex::of(&after.rights),
        );
        let mut rights = Vec::new();
        for right in &before.rights {
            let (kept, lost): (Vec<&Alternative>, Vec<&Alternative>) = right
                .alternatives
                .iter()
                .partition(|alternative| given_after.give(right, alternative));
            let [kept, lost]: [Vec<Alternative>; 2] =
                [kept, lost].map(|all| all.into_iter().cloned().collect());
            let same = later.same(right);
            // Without the same right after, one that is wider gives this one, too.
            let wider = match same {
                Some(same) => vec![same],
                None => later.including(right),
            };
            let mut gained: Vec<Alternative> = Vec::new();
            for alternative in wider.into_iter().flat_map(|other| &other.alternatives) {
                if !given_before.give(right, alternative) {
                    gained.push(alternative.clone());
                }
            }
            let same = same.into_iter().flat_map(|other| &other.alternatives);
            let refused = kept.iter().filter(|known| known.may_be_refused);
            let refused: HashSet<_> = refused.map(Alternative::identity).collect();
            let is_wider = |one: &&Alternative| {
                !one.may_be_refused && !refused.is_empty() && refused.contains(&one.identity())
            };
            let widened: Vec<Alternative> = same.filter(is_wider).cloned().collect();
            if lost.is_empty() && gained.is_empty() && widened.is_empty() {
                continue;
            }
            let mut change = RightChange {
                right: right.clone(),
                lost,
                kept,
                gained,
                widened,
                single_right_stays: false,
                suggestions: Vec::new(),
            };
            let by_role = || change.lost.iter().any(|lost| lost.ends().is_some());
            change.single_right_stays = match later.same(right) {
                Some(same) => same.may_be_delegated,
                None => right.may_be_delegated && by_role(),
            };
            if change.outcome() >= ChangeOutcome::OnlyRegisterRoles {
                // What a part loses with the whole is replaced there.
                let wider = earlier.including(right).into_iter();
                let wider = wider.filter(|other| !std::ptr::eq(*other, right));
                let wider = wider.flat_map(|other| &other.alternatives);
                let wider: HashSet<_> = wider.map(Alternative::identity).collect();
                let is_of_whole = |one: &&Alternative| wider.contains(&one.identity());
                let (of_whole, own): (Vec<_>, Vec<_>) = change.lost.iter().partition(is_of_whole);
                let lost = if own.is_empty() { of_whole } else { own };
                change.suggestions = suggestions(&lost, catalogue);
            }
            rights.push(change);
        }
        // Rights that are new.
        for right in &after.rights {
            if earlier.same(right).is_some() {
                continue;
            }
            let alternatives = right.alternatives.iter();
            let gained: Vec<Alternative> = alternatives
                .filter(|alternative| !given_before.give(right, alternative))
                .cloned()
                .collect();
            if !gained.is_empty() {
                let mut right = right.clone();
                right.alternatives.clear();
                rights.push(RightChange {
                    right,
                    lost: Vec::new(),
                    kept: Vec::new(),
                    gained,
                    widened: Vec::new(),
                    single_right_stays: false,
                    suggestions: Vec::new(),
                });
            }
        }
        let lacking: IndexSet<Designator> = [before, after]
            .into_iter()
            .flat_map(|side| side.lacking.iter().cloned())
            .collect();
        Self {
            resource: before.resource.clone(),
            rights,
            lacking: lacking.into_iter().collect(),
            is_complete: before.is_complete
                && after.is_complete
                && given_before.is_complete
                && given_after.is_complete,
        }
    }

    /// The outcome for the right that fares worst.
    pub fn outcome(&self) -> ChangeOutcome {
        let outcomes = self.rights.iter().map(RightChange::outcome);
        outcomes.max().unwrap_or(ChangeOutcome::NothingLost)
    }
}

impl RightChange {
    /// The alternatives and suggestions in words, each with the kind of line that it is.
    pub(super) fn lines(&self, words: Words) -> Vec<(&'static str, String)> {
        let line = |kind, text: Text, alternative: &Alternative| {
            let what = alternative.what(words);
            (kind, text.with(words, &[&what]).to_string())
        };
        let mut lines = Vec::new();
        for lost in &self.lost {
            // Without an end, the roles of Altinn II are not the reason.
            let text = match lost.ends() {
                Some(_) => texts::LOST,
                None => texts::LOST_BY_POLICY,
            };
            lines.push(line("lost", text, lost));
        }
        lines.extend(self.kept.iter().map(|kept| line("kept", texts::KEPT, kept)));
        let gained = self.gained.iter();
        lines.extend(gained.map(|gained| line("gained", texts::GAINED, gained)));
        let widened = self.widened.iter();
        lines.extend(widened.map(|widened| line("gained", texts::WIDENED, widened)));
        for suggestion in &self.suggestions {
            let suggestion = InWords(suggestion, words);
            let told = texts::PERHAPS.with(words, &[&suggestion]).to_string();
            lines.push(("perhaps", told));
        }
        if self.outcome() >= ChangeOutcome::OnlyRegisterRoles && self.suggestions.is_empty() {
            lines.push(("perhaps", words.say(texts::NO_SUGGESTION).to_owned()));
        }
        lines
    }

    /// The outcome in words.
    pub(super) fn outcome_in(&self, words: Words) -> String {
        let outcome = self.outcome();
        match outcome == ChangeOutcome::Nobody && self.single_right_stays {
            true => words.say(texts::ONLY_SINGLE_RIGHTS).to_owned(),
            false => InWords(&outcome, words).to_string(),
        }
    }

    /// Whether it is open to more after than before.
    pub(super) fn is_wider(&self) -> bool {
        !self.gained.is_empty() || !self.widened.is_empty()
    }

    /// The outcome for this right.
    pub fn outcome(&self) -> ChangeOutcome {
        let left = || self.kept.iter().chain(&self.gained);
        match () {
            () if self.lost.is_empty() => ChangeOutcome::NothingLost,
            () if left().next().is_none() => ChangeOutcome::Nobody,
            () if left().any(may_be_had) => ChangeOutcome::SomeLost,
            () if left().all(is_for_owner) => ChangeOutcome::OnlyServiceOwners,
            () if left().all(|one| is_for_owner(one) || one.names_party()) => {
                ChangeOutcome::OnlyNamedParties
            }
            () => ChangeOutcome::OnlyRegisterRoles,
        }
    }
}

/// Whether an alternative is for a service owner alone.
fn is_for_owner(alternative: &Alternative) -> bool {
    let mut needs = alternative.needs.iter();
    needs.any(|need| need.kind == NeedKind::ServiceOwner)
}

/// Whether an alternative is more than a register's role, a service owner or a particular party.
fn may_be_had(alternative: &Alternative) -> bool {
    alternative.needs.iter().all(|need| match need.kind {
        NeedKind::Role(_) => need.may_be_given,
        NeedKind::EstateRole | NeedKind::ServiceOwner | NeedKind::Party => false,
        _ => true,
    })
}

/// The rights of one side, found by what gives them.
struct GivenRights<'a> {
    index: GivenIndex<'a>,
    steps: Steps,
    /// Whether all could be looked up within the budget. What could not counts as not given.
    is_complete: bool,
}

impl<'a> GivenRights<'a> {
    fn of(rights: &'a PolicyRights) -> Self {
        let given = rights.rights.iter().flat_map(PolicyRight::given);
        Self {
            index: GivenIndex::new(&given.collect::<Vec<_>>()),
            steps: Steps::new(BUDGET),
            is_complete: true,
        }
    }

    /// Whether a right is given to whoever meets an alternative.
    fn give(&mut self, right: &'a PolicyRight, alternative: &'a Alternative) -> bool {
        let wanted = GivenBy {
            action: right.action.as_deref(),
            part: &right.part,
            alternative,
        };
        let given = self.index.is_given(&wanted, &mut self.steps);
        self.is_complete &= given.is_ok();
        given.unwrap_or(false)
    }
}

/// Returns the packages that service owners may use and whose roles overlap most with the roles that
/// have one of the lost ones; of those that overlap as much, the one whose name is most like a lost
/// role's. Packages that are as near as each other are suggested together or not at all: most roles
/// have dozens of packages, and a few of them by the alphabet would mislead.
fn suggestions(lost: &[&Alternative], catalogue: &Catalogue) -> Vec<Suggestion> {
    let lost: Vec<RoleId> = lost
        .iter()
        .filter_map(|alternative| match &alternative.needs[..] {
            [need] => match need.kind {
                NeedKind::Role(role) if need.ends.is_some() => Some(role),
                _ => None,
            },
            _ => None,
        })
        .collect();
    let has_lost = |role: RoleId| {
        let implied = catalogue.implied_roles(role);
        lost.iter().any(|lost| implied.contains(lost))
    };
    let holders: Vec<RoleId> = catalogue
        .roles()
        .map(|(role, _)| role)
        .filter(|role| has_lost(*role))
        .collect();
    if holders.is_empty() {
        return Vec::new();
    }
    let alike: Vec<(PackageId, u32)> = lost
        .iter()
        .flat_map(|role| catalogue.find_packages(&catalogue.role_by_id(*role).name))
        .map(|found| (found.package, found.score))
        .collect();
    let mut all: Vec<(u32, Suggestion)> = Vec::new();
    for (id, package) in catalogue.packages() {
        if !package.is_available_for_service_owners {
            continue;
        }
        let giving = catalogue.roles_giving(id);
        let mut roles: Vec<RoleId> = giving
            .filter(|(.., grant)| grant.has_access)
            .map(|(role, ..)| role)
            .collect();
        roles.sort_unstable();
        roles.dedup();
        let in_common = roles.iter().filter(|role| holders.contains(role)).count();
        if in_common > 0 {
            let score = alike.iter().filter(|(alike, _)| *alike == id);
            let score = score.map(|(_, score)| *score).max().unwrap_or(0);
            all.push((
                score,
                Suggestion {
                    package: id,
                    code: package.code.clone(),
                    name: package.name.clone(),
                    name_en: package.name_en.clone(),
                    in_common,
                    of_lost: holders.len(),
                    of_package: roles.len(),
                },
            ));
        }
    }
    // The share of the roles in common among all; compared as fractions.
    let all_roles = |one: &Suggestion| one.of_lost + one.of_package - one.in_common;
    all.sort_by(|(like, one), (other_like, other)| {
        let (share, other_share) = (
            one.in_common * all_roles(other),
            other.in_common * all_roles(one),
        );
        let by_share = other_share.cmp(&share);
        by_share
            .then(other_like.cmp(like))
            .then(one.code.cmp(&other.code))
    });
    let as_near = |(like, one): &(u32, Suggestion), (other_like, other): &(u32, Suggestion)| {
        like == other_like && one.in_common * all_roles(other) == other.in_common * all_roles(one)
    };
    let mut end = MOST_SUGGESTIONS.min(all.len());
    while end > 0
        && all
            .get(end)
            .is_some_and(|next| as_near(&all[end - 1], next))
    {
        end -= 1;
    }
    let nearest = all.into_iter().take(end);
    nearest.map(|(_, suggestion)| suggestion).collect()
}

impl Say for ChangeOutcome {
    fn say(&self, f: &mut fmt::Formatter<'_>, words: Words) -> fmt::Result {
        f.write_str(words.say(match self {
            Self::NothingLost => texts::NOTHING_LOST,
            Self::SomeLost => texts::SOME_LOST,
            Self::OnlyRegisterRoles => texts::ONLY_REGISTER_ROLES,
            Self::OnlyNamedParties => texts::ONLY_NAMED_PARTIES,
            Self::OnlyServiceOwners => texts::ONLY_SERVICE_OWNERS,
            Self::Nobody => texts::NOBODY_LEFT,
        }))
    }
}

impl Say for Suggestion {
    fn say(&self, f: &mut fmt::Formatter<'_>, words: Words) -> fmt::Result {
        let name = words.name(&self.name, &self.name_en);
        let arguments: [&dyn fmt::Display; 4] = [
            &Visible(name),
            &Visible(&self.code),
            &self.in_common,
            &self.of_lost,
        ];
        match self.of_lost {
            1 => write!(
                f,
                "{}",
                texts::SUGGESTION_OF_ONE.with(words, &arguments[..2])
            ),
            _ => write!(f, "{}", texts::SUGGESTION.with(words, &arguments)),
        }
    }
}

impl Say for RightChange {
    fn say(&self, f: &mut fmt::Formatter<'_>, words: Words) -> fmt::Result {
        let outcome = self.outcome_in(words);
        writeln!(f, "{}: {outcome}", self.right.title_in(words))?;
        for (_, line) in self.lines(words) {
            writeln!(f, "  {line}")?;
        }
        Ok(())
    }
}

impl Say for PolicyChange {
    fn say(&self, f: &mut fmt::Formatter<'_>, words: Words) -> fmt::Result {
        for right in &self.rights {
            right.say(f, words)?;
        }
        if self.rights.is_empty() {
            writeln!(f, "{}", words.say(texts::NOTHING_CHANGES))?;
        }
        match say_lacking(&self.lacking, words) {
            Some(lacking) => writeln!(f, "{lacking}"),
            None if self.is_complete => Ok(()),
            None => writeln!(f, "{}", words.say(texts::MAY_BE_MORE)),
        }
    }
}

spoken! {
    ChangeOutcome: "the outcome";
    Suggestion: "the suggestion";
    RightChange: "the change of the right";
    PolicyChange: "the changes of the rights";
}
