//! Searches of AuthZEN: candidates of the host, or the values that the policies name → results.

use super::fetch::now;
use super::{Call, Pdp};
use crate::analysis::{Answer as Named, Permitted, Residual, Unanswered};
use crate::attribute::Designator;
use crate::authzen::{
    Answer, Candidate, Evaluation, Evaluations, MappedAttribute, Mapping, MemberMapping, Search,
    SearchAnswer, SearchQuestion, UnmappedProperties,
};
use crate::decision::Decision;
use crate::error::{Error, cut};
use crate::request::{Request, attribute_count};
use crate::response::Response;
use crate::value::{DataType, DateTime};

/// The number of attributes of the requests of candidates that are decided together.
const ATTRIBUTES_AT_ONCE: usize = 50_000;

/// The candidates that are decided together, beside those that the page needs at least.
const LEAST_AT_ONCE: usize = 64;

/// The answer to a search for what the policies themselves name, by
/// [`Call::search_policies`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum SearchOutcome {
    /// The page of all results there are.
    Finite(SearchAnswer),
    /// The policies permit more than they name, or it depends on what only a host knows of each
    /// candidate: [`Call::search`] with candidates is what answers.
    NotFinite {
        /// The page of the results that the policies name and permit, whatever else.
        named: SearchAnswer,
        /// All ids by whether they are permitted: those of `sometimes` with the rest of the
        /// policies, which says what it depends on.
        permitted: Permitted,
    },
    /// The policies are not simple enough to say.
    Unanswered(Unanswered),
}

impl Call<'_> {
    /// Finds those of the host's candidates that a search asks for: each is decided, and is a
    /// result if its evaluation would be `true`.
    ///
    /// Results come in the order of their ids, byte by byte, and in pages as [`Search::page`] says: a
    /// page goes on after the last result of the one before, whatever candidates have come and gone
    /// since. Nothing is kept between pages. The host gives all candidates for each of them; to
    /// narrow them by the properties of the entity sought is the host's part. The decisions share
    /// the call's budget, unless each has [its own](Self::budget_each).
    ///
    /// ```
    /// use vedtak::authzen::{Candidate, Mapping, Property, Search, SearchKind};
    /// use vedtak::{Pdp, ReadOptions};
    ///
    /// let pdp = Pdp::from_xml(std::fs::read_to_string("fixtures/authzen/records.xml")?)?;
    /// let body = r#"{"subject": {"type": "user"}, "action": {"name": "write"},
    ///                "resource": {"type": "record", "id": "r", "properties": {"status": "archived"}}}"#;
    /// let search = Search::read_json(SearchKind::Subjects, body, ReadOptions::new())?;
    /// let admin = Property::new("role", ["admin".into()]);
    /// let users = [Candidate::new("alice"), Candidate::new("bob").with(admin)];
    /// let answer = pdp.call().budget_each().search(&search, &Mapping::default(), users)?;
    /// for reason in &answer.reasons {
    ///     eprintln!("{reason}");
    /// }
    /// assert_eq!(answer.to_json(), r#"{"results":[{"type":"user","id":"bob"}]}"#);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The mapping has no place for a member that the search gives, or the token is of another
    /// search: the server answers with status 400.
    pub fn search(
        &mut self,
        search: &Search,
        mapping: &Mapping,
        candidates: impl IntoIterator<Item = impl Into<Candidate>>,
    ) -> Result<SearchAnswer, Error> {
        let least = match self.asks_many() {
            true => LEAST_AT_ONCE,
            false => 1,
        };
        now(self.find(search, mapping, search.remaining(candidates)?, least))
    }

    /// Finds candidates as [`search`](Self::search) does, their attributes fetched from providers
    /// of either kind.
    ///
    /// # Errors
    ///
    /// As [`search`](Self::search).
    pub async fn search_async(
        &mut self,
        search: &Search,
        mapping: &Mapping,
        candidates: impl IntoIterator<Item = impl Into<Candidate>>,
    ) -> Result<SearchAnswer, Error> {
        self.waits = true;
        let candidates = search.remaining(candidates)?;
        self.find(search, mapping, candidates, LEAST_AT_ONCE).await
    }

    /// Finds what a search asks for without candidates: the ids that the policies themselves name.
    /// Where they permit others as well, or where it depends on properties of the one sought, the
    /// outcome says so.
    ///
    /// The entity sought has its type, its id and what providers supply. Which other attributes it
    /// may have follows from the mapping: any, if its other properties [get
    /// names](UnmappedProperties::Named), and else those of the properties that the mapping lists.
    /// A text that policies compare whatever the case of its letters is one result.
    ///
    /// ```
    /// use vedtak::authzen::{Mapping, Search, SearchKind, UnmappedProperties};
    /// use vedtak::{Pdp, ReadOptions, SearchOutcome};
    ///
    /// let pdp = Pdp::from_xml(std::fs::read_to_string("fixtures/authzen/records.xml")?)?;
    /// let body = r#"{"subject": {"type": "user", "id": "alice"},
    ///                "resource": {"type": "record", "id": "record-1"}}"#;
    /// let search = Search::read_json(SearchKind::Actions, body, ReadOptions::new())?;
    /// let mut mapping = Mapping::default();
    /// // The actions asked for are those without properties.
    /// mapping.action.others = UnmappedProperties::Ignored;
    /// let outcome = pdp.call().search_policies(&search, &mapping, 1_000_000)?;
    /// let SearchOutcome::Finite(answer) = outcome else { panic!("{outcome:?}") };
    /// assert_eq!(answer.to_json(), r#"{"results":[{"name":"read"},{"name":"write"}]}"#);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`search`](Self::search). An answer that takes more steps than `budget` is
    /// [`Unanswered`](SearchOutcome::Unanswered).
    pub fn search_policies(
        &mut self,
        search: &Search,
        mapping: &Mapping,
        budget: usize,
    ) -> Result<SearchOutcome, Error> {
        let pdp = self.pdp;
        let sought = Sought::new(pdp, search, mapping)?;
        let instant = *self.instant.get_or_insert_with(|| (pdp.inner.host.clock)());
        let permitted = match sought.permitted(instant, budget) {
            Ok(permitted) => permitted,
            Err(unanswered) => return Ok(SearchOutcome::Unanswered(unanswered)),
        };
        let (ids, are_all) = sought.named(&permitted);
        let answer = self.search(search, mapping, ids)?;
        Ok(match are_all {
            true => SearchOutcome::Finite(answer),
            false => SearchOutcome::NotFinite {
                named: answer,
                permitted,
            },
        })
    }

    /// Decides candidates in their order until the page is full, and until it is known whether
    /// there is another.
    async fn find(
        &mut self,
        search: &Search,
        mapping: &Mapping,
        candidates: Vec<Candidate>,
        least_at_once: usize,
    ) -> Result<SearchAnswer, Error> {
        let most = search.page.limit;
        let most = most.map_or(usize::MAX, |most| {
            usize::try_from(most).unwrap_or(usize::MAX)
        });
        let candidates = candidates.into_iter();
        let evaluations =
            candidates.map(|Candidate { id, properties }| search.candidate_with(id, properties));
        let evaluations = Evaluations::new(evaluations);
        let asked = |number: usize| {
            evaluations
                .items
                .get(number)
                .and_then(|one| one.as_ref().ok())
        };
        let mut requests = evaluations.requests(mapping).enumerate();
        let (mut results, mut reasons) = (Vec::new(), Reasons::default());
        let mut is_more = false;
        while !is_more {
            let wanted = (most - results.len()).saturating_add(1).max(least_at_once);
            let (mut together, mut attributes) = (Vec::new(), 0);
            while together.len() < wanted
                && attributes < ATTRIBUTES_AT_ONCE
                && let Some((number, request)) = requests.next()
            {
                match request {
                    Ok(request) => {
                        attributes += attribute_count(request.categories());
                        together.push((number, request));
                    }
                    Err(error) => {
                        // With all its problems, of which a batch lists no more than some.
                        let whole = asked(number).and_then(|one| one.to_request(mapping).err());
                        let whole = whole.unwrap_or(error);
                        reasons.add(asked(number), search, || whole.to_string());
                        if let Some(own) = search.own_problems(whole) {
                            return Err(own);
                        }
                    }
                }
            }
            if together.is_empty() {
                break;
            }
            let numbered = together.iter().map(|(number, request)| (*number, request));
            let responses = self.respond_to(numbered.collect()).await;
            for ((number, _), response) in together.iter().zip(&responses) {
                let answer = Answer::new(response, mapping);
                if let Some(reason) = &answer.reason
                    && is_told(response)
                {
                    reasons.add(asked(*number), search, || reason.clone());
                }
                if answer.decision {
                    is_more = results.len() == most;
                    if is_more {
                        break;
                    }
                    results.extend(asked(*number).map(|one| search.result(one)));
                }
            }
        }
        Ok(SearchAnswer {
            page: search.next_page(&results, is_more),
            results,
            reasons: reasons.told(),
        })
    }
}

/// The reasons why candidates could not be decided, of which the first are kept.
#[derive(Default)]
struct Reasons {
    first: Vec<String>,
    more: usize,
}

impl Reasons {
    const MOST: usize = 10;

    fn add(
        &mut self,
        asked: Option<&Evaluation>,
        search: &Search,
        reason: impl FnOnce() -> String,
    ) {
        if self.first.len() == Self::MOST {
            self.more += 1;
            return;
        }
        let id = asked.map(|asked| cut(search.result(asked).id()));
        let id = id.unwrap_or_default();
        self.first.push(format!("`{id}`: {}", reason()));
    }

    fn told(mut self) -> Vec<String> {
        if self.more > 0 {
            let more = format!(
                "{} more candidates have reasons, which are not listed",
                self.more
            );
            self.first.push(more);
        }
        self.first
    }
}

/// Whether the reason of an answer is news: that no policy applies to a candidate is none.
fn is_told(response: &Response) -> bool {
    response.decision() != Decision::NotApplicable || response.troubles().next().is_some()
}

/// The question of a search, of which the entity sought is open.
struct Sought<'s> {
    pdp: &'s Pdp,
    member: &'s MemberMapping,
    /// The attribute that the id becomes; none: no policy can know it.
    id: Option<Designator>,
    /// The request of all that is known: without the id.
    request: Request,
}

impl<'s> Sought<'s> {
    fn new(pdp: &'s Pdp, search: &Search, mapping: &'s Mapping) -> Result<Self, Error> {
        let any = search.candidate("");
        let mut known = mapping.clone();
        let (member, without) = match &search.question {
            SearchQuestion::Subjects { .. } => (&mapping.subject, &mut known.subject),
            SearchQuestion::Resources { .. } => (&mapping.resource, &mut known.resource),
            SearchQuestion::Actions { .. } => (&mapping.action, &mut known.action),
        };
        without.id = None;
        without.id_of_type.clear();
        let request = any.to_request(&known)?;
        // A member that has no place beside an id has none in any evaluation.
        if let Err(error) = any.to_request(mapping)
            && let Some(own) = search.own_problems(error)
        {
            return Err(own);
        }
        if request.is_multiple() {
            let message = "the search asks for several decisions at once, and each result is one";
            return Err(Error::plain(message));
        }
        let id = search.kind().and_then(|kind| member.id_of_type.get(kind));
        let id = id.or(member.id.as_ref());
        let id = id.map(|MappedAttribute { id, data_type }| {
            let data_type = data_type.unwrap_or(DataType::String);
            Designator::new(member.category.clone(), id.clone(), data_type)
        });
        Ok(Self {
            pdp,
            member,
            id,
            request,
        })
    }

    fn permitted(&self, instant: DateTime, budget: usize) -> Result<Permitted, Unanswered> {
        let analysis = self.pdp.analysis(&self.request).at(instant).budget(budget);
        let analysis = analysis.open(|attribute| self.is_open(attribute));
        let analysis = analysis.single_valued(|attribute| self.is_id(attribute));
        let nothing = || Designator::new(self.member.category.clone(), "", DataType::String);
        let id = self.id.clone().unwrap_or_else(nothing);
        analysis.residual()?.permitted(&id, budget)
    }

    fn is_id(&self, attribute: &Designator) -> bool {
        self.id.as_ref() == Some(attribute)
    }

    /// Whether an attribute is not known without the one sought. Providers are asked when an
    /// id is decided, so that what fails there has its reason.
    fn is_open(&self, attribute: &Designator) -> bool {
        self.is_id(attribute)
            || !self.is_given(attribute)
                && (self.may_be_property(attribute) || self.is_supplied(attribute))
    }

    fn is_given(&self, wanted: &Designator) -> bool {
        if wanted.issuer.is_some() {
            return false;
        }
        let mut values = self.request.values(&wanted.category, &wanted.id);
        let categories = self.request.categories().iter();
        let mut own = categories.filter(|category| category.category == wanted.category);
        values.any(|value| value.data_type() == wanted.data_type)
            || own.any(|own| {
                own.unusable()
                    .iter()
                    .any(|unusable| unusable.id == wanted.id)
            })
    }

    fn may_be_property(&self, attribute: &Designator) -> bool {
        let names = |mapped: &MappedAttribute| mapped.id == attribute.id;
        let is_named = match &self.member.others {
            UnmappedProperties::Named(prefix) => attribute.id.starts_with(prefix.as_str()),
            _ => false,
        };
        attribute.category == self.member.category
            && attribute.issuer.is_none()
            && self.id.as_ref().is_none_or(|id| id.id != attribute.id)
            && !self.member.kind.as_ref().is_some_and(names)
            && (is_named || self.member.properties.values().any(names))
    }

    fn is_supplied(&self, attribute: &Designator) -> bool {
        let slot = self.pdp.inner.program.slots.of(attribute);
        let providers = &self.pdp.inner.slot_providers.providers;
        slot.is_some_and(|slot| providers.get(slot.index()).is_some_and(Option::is_some))
    }

    /// The ids to decide, and whether no other is permitted.
    fn named(&self, permitted: &Permitted) -> (Vec<String>, bool) {
        let (mut ids, mut are_all) = (Vec::new(), true);
        let sometimes = permitted.sometimes.iter();
        let sometimes = sometimes.map(|(answer, rest)| (answer, Some(rest)));
        let always = permitted.always.iter().map(|answer| (answer, None));
        for (answer, rest) in always.chain(sometimes) {
            match answer {
                Named::Value(value) | Named::ValueIgnoringCase(value) if self.is_decided(rest) => {
                    ids.push(value.lexical());
                }
                _ => are_all = false,
            }
        }
        (ids, are_all)
    }

    /// Whether a decision about an id alone knows what the rest of the policies asks for.
    fn is_decided(&self, rest: Option<&Residual>) -> bool {
        let asked = rest.map(Residual::attributes).unwrap_or_default();
        let mut asked = asked.iter();
        asked.all(|attribute| self.is_supplied(attribute) || !self.may_be_property(attribute))
    }
}
