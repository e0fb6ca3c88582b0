//! `access-permitted` (A.3.16), and the bound that ends loops.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use vedtak::Request;
use vedtak::request::AttributeBuilder;

use super::datum::{Datum, Operand};
use super::{Failure, Verdict, World, decide_isolated};

/// As many calls as the engine allows one initial decision by default.
const CALLS: usize = 50;

/// What a decision knows of the others it asked for.
#[derive(Default)]
pub(crate) struct Permitted {
    /// Calls in all decisions that belong together.
    calls: Rc<Cell<usize>>,
    /// A question that is asked again is no other.
    answers: RefCell<Vec<Answered>>,
}

/// Category, text and answer.
type Answered = (String, String, Result<bool, Failure>);

impl Permitted {
    /// Whether other decisions were asked for, and came to an end.
    pub(crate) fn was_asked(&self) -> bool {
        self.calls.get() > 0 && !self.exceeded()
    }

    pub(crate) fn exceeded(&self) -> bool {
        self.calls.get() > CALLS
    }
}

pub(crate) fn access_permitted(
    world: &World<'_>,
    arguments: &[Operand],
) -> Result<Operand, Failure> {
    let [
        Operand::One(Datum::AnyUri(category)),
        Operand::One(Datum::String(content)),
    ] = arguments
    else {
        panic!("it takes a category and a text");
    };
    let known = |(of, text, _): &&Answered| **of == **category && **text == **content;
    let found = world.permitted.answers.borrow().iter().find(known).cloned();
    let answer = match found {
        Some((_, _, answer)) => answer,
        None => {
            let answer = ask(world, category, content);
            let question = (category.to_string(), content.to_string(), answer);
            world.permitted.answers.borrow_mut().push(question);
            answer
        }
    };
    answer.map(Operand::boolean)
}

fn ask(world: &World<'_>, category: &str, content: &str) -> Result<bool, Failure> {
    let calls = &world.permitted.calls;
    calls.set(calls.get() + 1);
    if world.permitted.exceeded() {
        return Err(Failure::Processing);
    }
    let text = format!(
        "<Request xmlns=\"urn:oasis:names:tc:xacml:3.0:core:schema:wd-17\" \
         CombinedDecision=\"false\" ReturnPolicyIdList=\"false\">\
         <Attributes Category=\"{category}\">{content}</Attributes></Request>"
    );
    let replacing = Request::from_xml(text).map_err(|_| Failure::Syntax)?;
    let others = world.request.categories().iter();
    let others = others.filter(|attributes| *attributes.category != *category);
    let mut builder = Request::builder();
    for attributes in others.chain(replacing.categories()) {
        for attribute in &attributes.attributes {
            let mut copy = AttributeBuilder::new(attributes.category.clone(), attribute.id.clone());
            if let Some(issuer) = &attribute.issuer {
                copy = copy.issuer(issuer.clone());
            }
            builder = builder.with(copy.values(attribute.values.iter().cloned()));
        }
        for unusable in attributes.unusable() {
            let (category, id) = (attributes.category.clone(), unusable.id.clone());
            let mut copy = AttributeBuilder::new(category, id).unusable(unusable.reason.clone());
            if let Some(issuer) = &unusable.issuer {
                copy = copy.issuer(issuer.clone());
            }
            builder = builder.with(copy);
        }
    }
    let request = builder.build();
    let outcome = decide_isolated(&World {
        request: &request,
        permitted: Permitted {
            calls: calls.clone(),
            answers: RefCell::default(),
        },
        met: RefCell::default(),
        ..*world
    });
    match outcome.verdict {
        Verdict::Permit => Ok(true),
        Verdict::Deny | Verdict::NotApplicable => Ok(false),
        Verdict::Indeterminate(..) => Err(Failure::Processing),
    }
}
