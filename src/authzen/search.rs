//! Searches: which subjects, resources or actions an evaluation would be true for.

use std::sync::Arc;

use super::read;
use super::{Action, Entity, Evaluation, Property};
use crate::error::Error;
use crate::json::{Document, Item, JsonDialect, Kind, Writer};
use crate::read_options::ReadOptions;
use crate::request::json::value::JsonValues;

/// The kind of results of a [`Search`]: subjects, resources or actions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SearchKind {
    /// Subjects.
    Subjects,
    /// Resources.
    Resources,
    /// Actions.
    Actions,
}

/// A search request: for which subjects, resources or actions would an evaluation be true?
///
/// [`Call::search`](crate::Call::search) answers it for the candidates that the host has, and
/// [`Call::search_policies`](crate::Call::search_policies) for those that the policies name:
///
/// ```
/// use vedtak::{Pdp, ReadOptions};
/// use vedtak::authzen::{Mapping, Search, SearchKind};
///
/// let pdp = Pdp::from_xml(std::fs::read_to_string("fixtures/authzen/records.xml")?)?;
/// let body = r#"{"subject": {"type": "user"}, "action": {"name": "write"},
///                "resource": {"type": "record", "id": "record-1"}}"#;
/// let search = Search::read_json(SearchKind::Subjects, body, ReadOptions::new())?;
/// let answer = pdp.call().search(&search, &Mapping::default(), ["alice", "bob"])?;
/// assert_eq!(answer.to_json(), r#"{"results":[{"type":"user","id":"alice"}]}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A host that decides in its own way makes the evaluations with
/// [`candidate_with`](Self::candidate_with).
#[derive(Clone, Debug, PartialEq)]
pub struct Search {
    /// The kind of results, and the members that are given.
    pub question: SearchQuestion,
    /// `context`.
    pub context: Arc<[Property]>,
    /// `page`: which part of the results is wanted.
    pub page: Page,
}

/// The question of a search: the member sought is known by its type alone, and an `id` in it is
/// ignored.
///
/// Its properties narrow the candidates, which is for the host to do. No candidate is given them:
/// otherwise a search with `"role": "admin"` would find everybody.
#[derive(Clone, Debug, PartialEq)]
pub enum SearchQuestion {
    /// Which subjects of a type may do this action with this resource?
    Subjects {
        /// The `type` of the subjects.
        kind: Arc<str>,
        /// The `properties` of those that are meant.
        properties: Vec<Property>,
        /// The action that the subjects may do.
        action: Arc<Action>,
        /// The resource of the action.
        resource: Arc<Entity>,
    },
    /// With which resources of a type may this subject do this action?
    Resources {
        /// The `type` of the resources.
        kind: Arc<str>,
        /// The `properties` of those that are meant.
        properties: Vec<Property>,
        /// The subject of the action.
        subject: Arc<Entity>,
        /// The action.
        action: Arc<Action>,
    },
    /// Which actions may this subject do with this resource?
    Actions {
        /// The subject of the actions.
        subject: Arc<Entity>,
        /// The resource of the actions.
        resource: Arc<Entity>,
    },
}

/// The page of results that a [`Search`] wants.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Page {
    /// `token`: the `next_token` of the answer before, to an otherwise equal search.
    pub token: Option<String>,
    /// `limit`: the most results.
    pub limit: Option<u64>,
    /// `properties`: the server's own.
    pub properties: Vec<Property>,
}

impl Search {
    /// Reads a search for one kind of results with [options](ReadOptions).
    ///
    /// # Errors
    ///
    /// The text is no JSON; or every problem found in one pass.
    pub fn read_json(
        kind: SearchKind,
        bytes: impl AsRef<[u8]>,
        options: ReadOptions<'_>,
    ) -> Result<Self, Error> {
        read::document("search", bytes.as_ref(), options, |json, root, values| {
            search(json, root, kind, values)
        })
    }

    /// The evaluation of the subject or resource of this `id`, or of the action of this name,
    /// without properties: it is true if the search finds the candidate.
    pub fn candidate(&self, id: impl Into<Arc<str>>) -> Evaluation {
        self.candidate_with(id, Vec::new())
    }

    /// The evaluation of a [`candidate`](Self::candidate) with these properties, which the host
    /// knows.
    ///
    /// ```
    /// use vedtak::{Pdp, ReadOptions};
    /// use vedtak::authzen::{Mapping, Property, Search, SearchKind};
    ///
    /// let pdp = Pdp::from_xml(std::fs::read_to_string("fixtures/authzen/records.xml")?)?;
    /// let body = r#"{"subject": {"type": "user", "properties": {"role": "admin"}},
    ///                "action": {"name": "write"},
    ///                "resource": {"type": "record", "id": "r", "properties": {"status": "archived"}}}"#;
    /// let search = Search::read_json(SearchKind::Subjects, body, ReadOptions::new())?;
    /// let admin = Property::new("role", ["admin".into()]);
    /// let carol = search.candidate_with("carol", vec![admin]);
    /// assert!(pdp.call().decide_evaluation(&carol, &Mapping::default())?.decision);
    /// let bob = search.candidate("bob");
    /// assert!(!pdp.call().decide_evaluation(&bob, &Mapping::default())?.decision);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn candidate_with(&self, id: impl Into<Arc<str>>, properties: Vec<Property>) -> Evaluation {
        let id = id.into();
        let entity = |kind: &Arc<str>, id, properties| {
            let kind = kind.clone();
            Arc::new(Entity {
                kind,
                id,
                properties,
            })
        };
        let (subject, action, resource) = match &self.question {
            SearchQuestion::Subjects {
                kind,
                action,
                resource,
                ..
            } => (
                entity(kind, id, properties),
                action.clone(),
                resource.clone(),
            ),
            SearchQuestion::Resources {
                kind,
                subject,
                action,
                ..
            } => (
                subject.clone(),
                action.clone(),
                entity(kind, id, properties),
            ),
            SearchQuestion::Actions { subject, resource } => {
                let name = id;
                let action = Action { name, properties };
                (subject.clone(), action.into(), resource.clone())
            }
        };
        Evaluation {
            subject,
            action,
            resource,
            context: self.context.clone(),
        }
    }
}

fn search(
    json: &mut Document<'_>,
    root: Item,
    sought: SearchKind,
    values: &mut JsonValues<'_>,
) -> Option<Search> {
    let what = "the document";
    let names = ["subject", "action", "resource", "context", "page"];
    let required: &[&str] = match sought {
        SearchKind::Subjects | SearchKind::Resources => &["subject", "action", "resource"],
        SearchKind::Actions => &["subject", "resource"],
    };
    let [subject, action, resource, context, page] = json.members(root, what, names, required)?;
    let subject = json.required(root, what, subject, "subject");
    let resource = json.required(root, what, resource, "resource");
    let question = match sought {
        SearchKind::Subjects => {
            let subject = subject.and_then(|item| kind(json, item, "`subject`", values));
            let action = required_action(json, root, action, values);
            let resource = entity(json, resource, "`resource`", values);
            subject.and_then(|(kind, properties)| {
                Some(SearchQuestion::Subjects {
                    kind,
                    properties,
                    action: action?,
                    resource: resource?,
                })
            })
        }
        SearchKind::Resources => {
            let subject = entity(json, subject, "`subject`", values);
            let action = required_action(json, root, action, values);
            let resource = resource.and_then(|item| kind(json, item, "`resource`", values));
            resource.and_then(|(kind, properties)| {
                Some(SearchQuestion::Resources {
                    kind,
                    properties,
                    subject: subject?,
                    action: action?,
                })
            })
        }
        // The API has no action here; one that is there is a member it does not know.
        SearchKind::Actions => {
            let subject = entity(json, subject, "`subject`", values);
            let resource = entity(json, resource, "`resource`", values);
            subject
                .zip(resource)
                .map(|(subject, resource)| SearchQuestion::Actions { subject, resource })
        }
    };
    let context = match context {
        Some(item) => read::properties(json, item, "`context`", values).map(Arc::from),
        None => Some(Arc::default()),
    };
    let page = match page {
        Some(item) => self::page(json, item, values),
        None => Some(Page::default()),
    };
    Some(Search {
        question: question?,
        context: context?,
        page: page?,
    })
}

fn entity(
    json: &mut Document<'_>,
    item: Option<Item>,
    what: &str,
    values: &mut JsonValues<'_>,
) -> Option<Arc<Entity>> {
    read::entity(json, item?, what, values).map(Arc::new)
}

fn required_action(
    json: &mut Document<'_>,
    root: Item,
    item: Option<Item>,
    values: &mut JsonValues<'_>,
) -> Option<Arc<Action>> {
    let item = json.required(root, "the document", item, "action")?;
    read::action(json, item, values).map(Arc::new)
}

/// Reads the member sought: a type, and properties.
fn kind(
    json: &mut Document<'_>,
    item: Item,
    what: &str,
    values: &mut JsonValues<'_>,
) -> Option<(Arc<str>, Vec<Property>)> {
    let [kind, properties] = json.members(item, what, ["type", "properties"], &["type"])?;
    let kind = read::text(json, item, what, kind, "type");
    let properties = read::optional_properties(json, properties, values);
    Some((kind?, properties?))
}

fn page(json: &mut Document<'_>, item: Item, values: &mut JsonValues<'_>) -> Option<Page> {
    let names = ["token", "limit", "properties"];
    let [token, limit, properties] = json.members(item, "`page`", names, &[])?;
    let token = json.optional(token, "`token`");
    let properties = read::optional_properties(json, properties, values);
    let limit = match limit {
        None => None,
        Some(item) => {
            let number = Some(json.raw(item)).filter(|_| json.kind(item) == Kind::Number);
            let number = number.and_then(|text| text.parse().ok());
            if number.is_none() {
                json.problem(item, "`limit` must be an integer of 0 or more");
            }
            number
        }
    };
    Some(Page {
        token: token.map(|token| token.into_owned()),
        limit,
        properties: properties?,
    })
}

/// The answer to a [`Search`]: the results, and the place of their page.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct SearchAnswer {
    /// `results`: all of the kind sought.
    pub results: Vec<SearchResult>,
    /// `page`: the place of these among all results; none if these are all.
    pub page: Option<NextPage>,
    /// The reasons why candidates could not be decided, and the failures that decisions met: for
    /// the host's log. Ten at most, and how many more.
    pub reasons: Vec<String>,
}

/// A result of a [`Search`]: a subject or resource, or an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SearchResult {
    /// A subject or a resource.
    Entity {
        /// `type`.
        kind: Arc<str>,
        /// `id`.
        id: Arc<str>,
    },
    /// An action.
    Action {
        /// `name`.
        name: Arc<str>,
    },
}

impl SearchResult {
    /// The subject of an evaluation.
    pub fn subject(evaluation: &Evaluation) -> Self {
        Self::entity(&evaluation.subject)
    }

    /// The resource of an evaluation.
    pub fn resource(evaluation: &Evaluation) -> Self {
        Self::entity(&evaluation.resource)
    }

    /// The action of an evaluation.
    pub fn action(evaluation: &Evaluation) -> Self {
        Self::Action {
            name: evaluation.action.name.clone(),
        }
    }

    /// The id of a subject or resource, or the name of an action.
    pub fn id(&self) -> &Arc<str> {
        match self {
            Self::Entity { id, .. } => id,
            Self::Action { name } => name,
        }
    }

    fn entity(entity: &Entity) -> Self {
        Self::Entity {
            kind: entity.kind.clone(),
            id: entity.id.clone(),
        }
    }
}

/// The place of a page of results among all, in a [`SearchAnswer`].
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct NextPage {
    /// `next_token`: the `token` of the next search; empty at the end.
    pub next_token: String,
    /// `count`: the number of results here.
    pub count: Option<u64>,
    /// `total`: the number of results there are.
    pub total: Option<u64>,
}

impl SearchAnswer {
    /// Prints the body of the answer.
    pub fn to_json(&self) -> String {
        let mut writer = Writer::new(&JsonDialect::PROFILE);
        writer.object(|writer| {
            if let Some(page) = &self.page {
                writer.object_member("page", |writer| {
                    writer.string_member("next_token", &page.next_token);
                    for (name, number) in [("count", page.count), ("total", page.total)] {
                        if let Some(number) = number {
                            writer.name(name);
                            writer.literal(&number.to_string());
                        }
                    }
                });
            }
            writer.name("results");
            writer.array(|writer| {
                for found in &self.results {
                    writer.object(|writer| match found {
                        SearchResult::Entity { kind, id } => {
                            writer.string_member("type", kind);
                            writer.string_member("id", id);
                        }
                        SearchResult::Action { name } => writer.string_member("name", name),
                    });
                }
            });
        });
        writer.finish()
    }
}
