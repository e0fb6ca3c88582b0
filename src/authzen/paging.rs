//! Candidates and pages of searches: the order of results, and the tokens that go on in it.

use std::sync::Arc;

use data_encoding::BASE64URL_NOPAD;

use super::{Evaluation, NextPage, Property, Search, SearchQuestion, SearchResult};
use crate::error::{Diagnostic, Error};

/// A subject, resource or action that a [`Search`] may find: its `id` or `name`, and the properties
/// that the host knows.
///
/// ```
/// use vedtak::authzen::{Candidate, Property};
/// let bob = Candidate::new("bob").with(Property::new("role", ["admin".into()]));
/// assert_eq!(&*bob.id, "bob");
/// assert_eq!(Candidate::from("alice"), Candidate::new("alice"));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Candidate {
    /// Its `id` among those of its type, or the `name` of an action.
    pub id: Arc<str>,
    /// Its `properties`.
    pub properties: Vec<Property>,
}

impl Candidate {
    /// Makes a candidate without properties.
    pub fn new(id: impl Into<Arc<str>>) -> Self {
        Self {
            id: id.into(),
            properties: Vec::new(),
        }
    }

    /// Adds a property.
    pub fn with(mut self, property: Property) -> Self {
        self.properties.push(property);
        self
    }
}

impl<T: Into<Arc<str>>> From<T> for Candidate {
    fn from(id: T) -> Self {
        Self::new(id)
    }
}

/// The beginning of a page, in the order of the ids.
enum PageStart {
    Beginning,
    /// After the candidate with this id, which need not be there any more.
    After(Arc<str>),
}

/// Of the digest that a token begins with.
const DIGEST: usize = 16;

impl Search {
    /// The candidates from where the page begins, in the order of their ids; of several with one
    /// id the first.
    pub(crate) fn remaining(
        &self,
        candidates: impl IntoIterator<Item = impl Into<Candidate>>,
    ) -> Result<Vec<Candidate>, Error> {
        let start = self.start()?;
        let candidates = candidates.into_iter().map(Into::into);
        let mut candidates: Vec<Candidate> = candidates
            .filter(|candidate| match &start {
                PageStart::Beginning => true,
                PageStart::After(id) => candidate.id > *id,
            })
            .collect();
        candidates.sort_by(|one, other| one.id.cmp(&other.id));
        candidates.dedup_by(|later, first| later.id == first.id);
        Ok(candidates)
    }

    /// The place of a page with these results, before which the page begins that the search asks
    /// for; none if it asks for all.
    pub(crate) fn next_page(&self, results: &[SearchResult], is_more: bool) -> Option<NextPage> {
        if self.page.token.is_none() && self.page.limit.is_none() {
            return None;
        }
        let count = results.len() as u64;
        let is_whole = !is_more && self.page.token.as_deref().unwrap_or_default().is_empty();
        let next_token = match (is_more, results.last()) {
            (false, _) => String::new(),
            (true, Some(last)) => self.token(&PageStart::After(last.id().clone())),
            // A page of no results ends where it begins.
            (true, None) => {
                let given = self.page.token.clone().filter(|token| !token.is_empty());
                given.unwrap_or_else(|| self.token(&PageStart::Beginning))
            }
        };
        Some(NextPage {
            next_token,
            count: Some(count),
            total: is_whole.then_some(count),
        })
    }

    /// The result that an evaluation is if it is true.
    pub(crate) fn result(&self, found: &Evaluation) -> SearchResult {
        match &self.question {
            SearchQuestion::Subjects { .. } => SearchResult::subject(found),
            SearchQuestion::Resources { .. } => SearchResult::resource(found),
            SearchQuestion::Actions { .. } => SearchResult::action(found),
        }
    }

    /// The type of the entity sought; none of an action.
    pub(crate) fn kind(&self) -> Option<&str> {
        match &self.question {
            SearchQuestion::Subjects { kind, .. } | SearchQuestion::Resources { kind, .. } => {
                Some(kind)
            }
            SearchQuestion::Actions { .. } => None,
        }
    }

    /// The problems of an evaluation that are those of the search: none if all are of the candidate.
    pub(crate) fn own_problems(&self, error: Error) -> Option<Error> {
        let member = match &self.question {
            SearchQuestion::Subjects { .. } => "subject.",
            SearchQuestion::Resources { .. } => "resource.",
            SearchQuestion::Actions { .. } => "action.",
        };
        let problems = error.into_diagnostics().into_iter();
        let own = problems.filter(|problem| !problem.path().starts_with(member));
        let own: Vec<Diagnostic> = own.collect();
        (!own.is_empty()).then(|| Error::new(own))
    }

    fn start(&self) -> Result<PageStart, Error> {
        match &self.page.token {
            // That of an answer at the end is empty, and so may be one that stands for none.
            None => Ok(PageStart::Beginning),
            Some(token) if token.is_empty() => Ok(PageStart::Beginning),
            Some(token) => self.read_token(token).ok_or_else(|| {
                let message = "the token is not one that an answer to this search contains";
                Error::new(vec![Diagnostic::placeless("page.token", message)])
            }),
        }
    }

    /// The token of the page that begins here.
    ///
    /// It holds no more than the id of the last result, which the asker has, and a digest of that
    /// and of the search: so a token of another search is told from one of this. Nothing is secret
    /// in it, and nothing is gained by forging one: each result is decided whatever the token.
    fn token(&self, start: &PageStart) -> String {
        let place = match start {
            PageStart::Beginning => String::new(),
            // An id may be empty.
            PageStart::After(id) => format!(">{id}"),
        };
        let mut bytes = self.digest(&place).to_vec();
        bytes.extend(place.as_bytes());
        BASE64URL_NOPAD.encode(&bytes)
    }

    fn read_token(&self, token: &str) -> Option<PageStart> {
        let bytes = BASE64URL_NOPAD.decode(token.as_bytes()).ok()?;
        let (digest, place) = bytes.split_at_checked(DIGEST)?;
        let place = str::from_utf8(place).ok()?;
        if *digest != self.digest(place) {
            return None;
        }
        match place {
            "" => Some(PageStart::Beginning),
            place => Some(PageStart::After(place.strip_prefix('>')?.into())),
        }
    }

    /// A digest of a place and of all that makes this search: not of its limit, as the next page
    /// may be of another size.
    fn digest(&self, place: &str) -> [u8; DIGEST] {
        let mut text = SearchText(blake3::Hasher::new());
        text.add(place);
        match &self.question {
            SearchQuestion::Subjects {
                kind,
                properties,
                action,
                resource,
            } => {
                text.all(["subjects", kind], properties);
                text.all([&*action.name], &action.properties);
                text.all([&*resource.kind, &resource.id], &resource.properties);
            }
            SearchQuestion::Resources {
                kind,
                properties,
                subject,
                action,
            } => {
                text.all(["resources", kind], properties);
                text.all([&*subject.kind, &subject.id], &subject.properties);
                text.all([&*action.name], &action.properties);
            }
            SearchQuestion::Actions { subject, resource } => {
                text.add("actions");
                text.all([&*subject.kind, &subject.id], &subject.properties);
                text.all([&*resource.kind, &resource.id], &resource.properties);
            }
        }
        text.all([], &self.context);
        text.all([], &self.page.properties);
        let mut digest = [0; DIGEST];
        text.0.finalize_xof().fill(&mut digest);
        digest
    }
}

/// A text of parts with their lengths before them, so that no two searches have one text.
struct SearchText(blake3::Hasher);

impl SearchText {
    fn number(&mut self, number: usize) {
        self.0.update(&(number as u64).to_le_bytes());
    }

    fn add(&mut self, part: &str) {
        self.number(part.len());
        self.0.update(part.as_bytes());
    }

    /// Names, and properties in whichever order.
    fn all<const N: usize>(&mut self, names: [&str; N], properties: &[Property]) {
        names.into_iter().for_each(|name| self.add(name));
        let mut properties: Vec<&Property> = properties.iter().collect();
        properties.sort_by(|one, other| one.name.cmp(&other.name));
        self.number(properties.len());
        for property in properties {
            self.add(&property.name);
            self.add(property.unusable.as_deref().unwrap_or_default());
            self.number(property.values.len());
            for value in &property.values {
                self.add(&value.data_type().to_string());
                self.add(&value.lexical());
            }
        }
    }
}
