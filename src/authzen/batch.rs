//! Several evaluations in one request, and their answers.

use super::attributes::Mapper;
use super::read::{self, Members};
use super::{Answer, Evaluation, Mapping};
use crate::error::{Error, cut};
use crate::json::{Document, Item, JsonDialect, Kind, Writer};
use crate::limits::{Limits, exceeded};
use crate::read_options::ReadOptions;
use crate::request::Request;
use crate::response::Response;

/// An evaluations request: several evaluations, decided one after the other.
///
/// ```
/// use vedtak::Pdp;
/// use vedtak::authzen::{Evaluations, Mapping};
///
/// let pdp = Pdp::from_xml(std::fs::read_to_string("fixtures/authzen/records.xml")?)?;
/// let evaluations = Evaluations::from_json(
///     r#"{"subject": {"type": "user", "id": "bob"},
///         "resource": {"type": "record", "id": "record-1"},
///         "evaluations": [{"action": {"name": "read"}},
///                         {"action": {"name": "write"}},
///                         {"action": {}}]}"#,
/// )?;
/// let answers = evaluations.decide(&Mapping::default(), |request| pdp.decide(request))?;
/// let decisions: Vec<bool> = answers.answers.iter().map(|answer| answer.decision).collect();
/// assert_eq!(decisions, [true, false, false]);
/// assert!(answers.to_json().contains("`action` must have the member `name`"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluations {
    /// The evaluations in their order; in place of a bad one, its problems.
    pub items: Vec<Result<Evaluation, Error>>,
    /// `options.evaluations_semantic`.
    pub semantic: EvaluationsSemantic,
    /// Whether this is one evaluation, without a list or with an empty one, and is to be answered
    /// as one.
    pub is_single: bool,
}

/// The evaluations of a request that are decided: all, or those up to the first `false` or `true`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum EvaluationsSemantic {
    /// `execute_all`: to the end.
    #[default]
    ExecuteAll,
    /// `deny_on_first_deny`: up to the first `false`, of any reason.
    DenyOnFirstDeny,
    /// `permit_on_first_permit`: to the first `true`.
    PermitOnFirstPermit,
}

impl EvaluationsSemantic {
    const ALL: [Self; 3] = [
        Self::ExecuteAll,
        Self::DenyOnFirstDeny,
        Self::PermitOnFirstPermit,
    ];

    /// The word used in requests.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ExecuteAll => "execute_all",
            Self::DenyOnFirstDeny => "deny_on_first_deny",
            Self::PermitOnFirstPermit => "permit_on_first_permit",
        }
    }

    /// Whether no evaluation is decided after one with this decision.
    pub(crate) const fn stops_at(self, decision: bool) -> bool {
        match self {
            Self::ExecuteAll => false,
            Self::DenyOnFirstDeny => !decision,
            Self::PermitOnFirstPermit => decision,
        }
    }
}

impl Evaluations {
    /// Makes a request of several evaluations, all of which are decided.
    pub fn new(items: impl IntoIterator<Item = Evaluation>) -> Self {
        Self {
            items: items.into_iter().map(Ok).collect(),
            semantic: EvaluationsSemantic::default(),
            is_single: false,
        }
    }

    /// Reads an evaluations request with the default [options](ReadOptions).
    ///
    /// # Errors
    ///
    /// The text is no JSON; or every problem of the members common to all evaluations. The problems
    /// of a single evaluation are in its place.
    pub fn from_json(bytes: impl AsRef<[u8]>) -> Result<Self, Error> {
        Self::read_json(bytes, ReadOptions::new())
    }

    /// Reads an evaluations request with [options](ReadOptions). There may be as many evaluations as
    /// [`Limits::decisions`](crate::Limits::decisions).
    ///
    /// # Errors
    ///
    /// As [`from_json`](Self::from_json).
    pub fn read_json(bytes: impl AsRef<[u8]>, options: ReadOptions<'_>) -> Result<Self, Error> {
        let limits = options.limits;
        read::document(
            "evaluations",
            bytes.as_ref(),
            options,
            |json, root, values| {
                let what = "the document";
                let names = [
                    "subject",
                    "action",
                    "resource",
                    "context",
                    "evaluations",
                    "options",
                ];
                let [found @ .., evaluations, options] = json.members(root, what, names, &[])?;
                let semantic = semantic(json, options);
                let common = Members::read(json, found, values);
                let items = match evaluations {
                    None => Vec::new(),
                    Some(item) if json.kind(item) == Kind::Array => items(json, item, limits)?,
                    Some(item) => {
                        json.expected(item, "`evaluations`", "an array");
                        return None;
                    }
                };
                if items.is_empty() {
                    let only = common.evaluation(json, root, found, what, &Members::default())?;
                    return Some(Self {
                        items: vec![Ok(only)],
                        semantic,
                        is_single: true,
                    });
                }
                let what = "the evaluation";
                let mut read = Vec::with_capacity(items.len());
                for item in items {
                    let one = json.apart(|json| {
                        let names = ["subject", "action", "resource", "context"];
                        let found = json.members(item, what, names, &[])?;
                        let given = Members::read(json, found, values);
                        given.evaluation(json, item, found, what, &common)
                    });
                    let unread = || Error::plain("the evaluation cannot be read");
                    read.push(one.and_then(|one| one.ok_or_else(unread)));
                }
                // Said of the first that has one too many; but those after it lack theirs, too.
                if values.is_over_full() {
                    let most = limits.attribute_values;
                    let message = exceeded("too many values in all", most, "attribute_values");
                    json.problem(root, message);
                }
                Some(Self {
                    items: read,
                    semantic,
                    is_single: false,
                })
            },
        )
    }

    /// The requests one after the other, each made when it is asked for: members that evaluations
    /// share are made once, and shared by their requests.
    pub(crate) fn requests<'e>(
        &'e self,
        mapping: &'e Mapping,
    ) -> impl Iterator<Item = Result<Request, Error>> + 'e {
        let mut mapper = Mapper::new(mapping);
        self.items.iter().map(move |item| match item {
            Ok(evaluation) => mapper.request(evaluation).cloned(),
            Err(error) => Err(error.clone()),
        })
    }

    /// Calls `decide` for one evaluation after the other, as far as the [`semantic`](Self::semantic)
    /// goes. An evaluation that could not be read or mapped is `false`, with its problems in the answer.
    ///
    /// # Errors
    ///
    /// As [`Evaluation::decide`], if there is but one and it [`is_single`](Self::is_single).
    pub fn decide(
        &self,
        mapping: &Mapping,
        mut decide: impl FnMut(&Request) -> Response,
    ) -> Result<Answers, Error> {
        self.decide_numbered(mapping, |_, request| decide(request))
    }

    /// Decides as [`decide`](Self::decide), and passes the place of each evaluation to the
    /// callback.
    pub(crate) fn decide_numbered(
        &self,
        mapping: &Mapping,
        mut decide: impl FnMut(usize, &Request) -> Response,
    ) -> Result<Answers, Error> {
        let mut mapper = Mapper::new(mapping);
        let mut answers = Vec::new();
        for item in &self.items {
            let request = match item {
                Ok(evaluation) => mapper.request(evaluation),
                Err(error) => Err(error.clone()),
            };
            let answer = match request {
                Err(error) if self.is_single => return Err(error),
                Err(error) => Answer::bad_request(&error),
                Ok(request) => Answer::new(&decide(answers.len(), request), mapping),
            };
            let stops = self.semantic.stops_at(answer.decision);
            answers.push(answer);
            if stops {
                break;
            }
        }
        Ok(self.answers(answers))
    }

    pub(crate) fn answers(&self, answers: Vec<Answer>) -> Answers {
        Answers {
            answers,
            is_single: self.is_single,
        }
    }
}

fn semantic(json: &mut Document<'_>, options: Option<Item>) -> EvaluationsSemantic {
    let name = "evaluations_semantic";
    let found = options.and_then(|item| json.members(item, "`options`", [name], &[]));
    let Some([Some(item)]) = found else {
        return EvaluationsSemantic::default();
    };
    let Some(text) = json.string(item, "`evaluations_semantic`") else {
        return EvaluationsSemantic::default();
    };
    let mut all = EvaluationsSemantic::ALL.into_iter();
    all.find(|known| known.as_str() == text).unwrap_or_else(|| {
        let known = crate::error::list(
            EvaluationsSemantic::ALL
                .into_iter()
                .map(EvaluationsSemantic::as_str),
        );
        let message = format!("`{name}` is `{}`, expected {known}", cut(&text));
        json.problem(item, message);
        EvaluationsSemantic::default()
    })
}

fn items(json: &mut Document<'_>, item: Item, limits: &Limits) -> Option<Vec<Item>> {
    let mut all = Vec::new();
    let mut items = json.items(item);
    while let Some(next) = items.next(json) {
        if all.len() >= limits.decisions {
            let message = exceeded("too many evaluations", limits.decisions, "decisions");
            json.problem(item, message);
            return None;
        }
        all.push(next);
    }
    Some(all)
}

/// The answers to an evaluations request, in its order.
#[derive(Clone, Debug, PartialEq)]
pub struct Answers {
    /// The answer to each evaluation that was decided: all of them, or those up to the one that
    /// stopped.
    pub answers: Vec<Answer>,
    /// Whether there is one, to be answered as one.
    pub is_single: bool,
}

impl Answers {
    /// Prints the body of the answer.
    pub fn to_json(&self) -> String {
        if let ([only], true) = (self.answers.as_slice(), self.is_single) {
            return only.to_json();
        }
        let mut writer = Writer::new(&JsonDialect::PROFILE);
        writer.object(|writer| {
            writer.name("evaluations");
            writer.array(|writer| {
                for answer in &self.answers {
                    answer.write(writer);
                }
            });
        });
        writer.finish()
    }
}
