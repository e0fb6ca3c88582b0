//! What makes an expression, a rule or a policy Indeterminate, and how it is told.

use crate::decision::StatusCode;
use crate::function::FunctionError;
use crate::program::{FunctionId, PolicyId, Program, SelectorId, SlotId};

/// Why an expression has no value.
#[derive(Clone, Debug)]
pub(super) enum Stop {
    /// It takes an attribute that is not fetched yet.
    Open,
    /// It is Indeterminate.
    Trouble(Trouble),
}

/// The reason of an Indeterminate. Made without allocating wherever the reason is known before:
/// most troubles on the way to a decision are outweighed and never told.
#[derive(Clone, Debug)]
pub(super) struct Trouble {
    pub(super) cause: Cause,
    /// The policy, and the rule by its place among the children.
    pub(super) place: Option<(PolicyId, Option<usize>)>,
}

#[derive(Clone, Debug)]
pub(super) enum Cause {
    /// An attribute is not there and must be present.
    Missing(SlotId),
    /// A selector selects nothing and must.
    NothingSelected(SelectorId),
    /// An attribute that has no slot is not there and must be present.
    Absent(Box<str>),
    /// A provider failed; the number says which failure.
    Provider(usize),
    /// A function has no result for its arguments.
    Function(FunctionId, FunctionError),
    /// A function that has a node of its own has no result.
    Plain(FunctionError),
    /// An expression has another type than the compiler proved: a fault of this library.
    IllTyped,
    /// only-one-applicable found a second child that applies.
    SeveralApplicable,
    /// on-permit-apply-second has another number of children than two or three.
    ChildCount(usize),
    /// A combining algorithm of the host says Indeterminate.
    Combining,
    /// More work than the limit allows.
    Exhausted,
    /// More calls of `access-permitted` than the limit allows.
    Inquiries(usize),
    /// The request asks for several decisions.
    MultipleDecisions,
    /// The evaluation was finished before it was decided.
    Unfinished,
}

impl Trouble {
    /// The same trouble, in this place if it has none yet.
    pub(super) fn at(mut self, policy: PolicyId, rule: Option<usize>) -> Self {
        self.place.get_or_insert((policy, rule));
        self
    }

    pub(super) fn code(&self) -> StatusCode {
        match &self.cause {
            Cause::Missing(_) | Cause::NothingSelected(_) | Cause::Absent(_) => {
                StatusCode::MissingAttribute
            }
            Cause::Function(_, error) | Cause::Plain(error) if error.syntax => {
                StatusCode::SyntaxError
            }
            _ => StatusCode::ProcessingError,
        }
    }

    /// The trouble in words, with its place.
    pub(super) fn message(&self, program: &Program, failures: &[String]) -> String {
        let mut message = match &self.cause {
            Cause::Missing(slot) => {
                let designator = &program.slots[slot.index()].designator;
                let issuer = match &designator.issuer {
                    Some(issuer) => format!(" from issuer `{issuer}`"),
                    None => String::new(),
                };
                format!(
                    "the request has no value of type {} for `{}` of category `{}`{issuer}, \
                     and the policy says it must be present",
                    designator.data_type.short_name(),
                    designator.id,
                    designator.category
                )
            }
            Cause::NothingSelected(selector) => {
                let selector = &program.selectors[selector.index()];
                format!(
                    "`{}` selects nothing in the Content of category `{}`, and the policy says it \
                     must be present",
                    selector.text, selector.category
                )
            }
            Cause::Absent(message) => message.to_string(),
            Cause::Provider(failure) => {
                let said = failures.get(*failure).map_or("", String::as_str);
                said.to_owned()
            }
            Cause::Function(function, error) => {
                let id = program.functions[function.index()].id();
                format!("function `{}`: {error}", short(id))
            }
            Cause::Plain(error) => error.to_string(),
            Cause::IllTyped => "an expression has not the type it was compiled with".to_owned(),
            Cause::SeveralApplicable => {
                "more than one policy applies, and only-one-applicable allows one".to_owned()
            }
            Cause::ChildCount(count) => {
                format!("on-permit-apply-second takes two or three children, not {count}")
            }
            Cause::Combining => "the combining algorithm says so".to_owned(),
            Cause::Exhausted => "the decision takes more work than the limit allows".to_owned(),
            Cause::Inquiries(most) => format!(
                "the policies ask for more decisions with access-permitted than {most}, which is \
                 the limit: do they ask themselves in a circle?"
            ),
            Cause::MultipleDecisions => "the request asks for several decisions at once \
                (repeated categories, MultiRequests, CombinedDecision or nodes of a Content), and only one \
                is made here"
                .to_owned(),
            Cause::Unfinished => "attributes the decision needs were not supplied".to_owned(),
        };
        if let Some((policy, rule)) = self.place {
            let policy = program.policy(policy);
            if let Some(crate::program::Child::Rule(rule)) =
                rule.and_then(|rule| policy.children.get(rule))
            {
                message += &format!("; in Rule `{}`", rule.id);
            }
            if !policy.id.is_empty() {
                let kind = if policy.is_set { "PolicySet" } else { "Policy" };
                let joint = if rule.is_some() { " of" } else { "; in" };
                message += &format!("{joint} {kind} `{}`", policy.id);
            }
        }
        message
    }
}

/// The last part of a standard id; the whole of any other.
fn short(id: &str) -> &str {
    match id.strip_prefix("urn:oasis:names:tc:xacml:") {
        Some(rest) => rest.rsplit(':').next().unwrap_or(rest),
        None => id,
    }
}

impl From<Cause> for Trouble {
    fn from(cause: Cause) -> Self {
        Self { cause, place: None }
    }
}

impl From<Cause> for Stop {
    fn from(cause: Cause) -> Self {
        Self::Trouble(cause.into())
    }
}
