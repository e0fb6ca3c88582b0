//! vedtak: a document a policy.

use vedtak::{Context, Pdp, Request};

use crate::workload::many;
use crate::workload::question::Question;
use crate::{Answer, Engine, Policies};

pub(crate) struct Vedtak {
    pdp: Pdp,
    context: Context,
}

impl Engine for Vedtak {
    const NAME: &str = "vedtak";
    type Source = Vec<String>;
    type Request = Request;

    fn source(policies: &Policies) -> Option<Self::Source> {
        Some(match policies {
            Policies::Rules(policies) => policies.iter().map(|policy| policy.xml()).collect(),
            Policies::Conditions(policy) => vec![policy.clone()],
        })
    }

    fn load(source: &Self::Source) -> Self {
        let documents = source.iter();
        let builder = documents.fold(many(), |builder, text| builder.policy("peers", text));
        Self {
            pdp: builder.build().expect("compiles"),
            context: Context::new(),
        }
    }

    fn request(question: &Question) -> Request {
        question.request()
    }

    fn decide(&mut self, request: &Request) -> Answer {
        let outcome = self.pdp.decide_with(&mut self.context, request);
        Answer::Decision(outcome.decision())
    }
}
