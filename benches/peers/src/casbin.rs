//! Casbin: a line for each combination of subject, resource and action. It only says whether it
//! allows.

use std::fmt::Write;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use casbin::{CoreApi, DefaultModel, Enforcer, StringAdapter};
use vedtak::Decision;

use crate::equivalent::{Plain, rules, values};
use crate::workload::question::Question;
use crate::{Answer, Engine, Policies};

pub(crate) struct Casbin(Enforcer);

const MODEL: &str = "
[request_definition]
r = sub, obj, act

[policy_definition]
p = sub, obj, act, eft

[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))

[matchers]
m = r.obj == p.obj && r.act == p.act && p.sub in r.sub
";

impl Engine for Casbin {
    const NAME: &str = "casbin";
    type Source = String;
    type Request = (Vec<String>, String, String);

    fn source(policies: &Policies) -> Option<String> {
        let mut lines = String::new();
        for rule in rules(policies)? {
            let effect = if rule.permits { "allow" } else { "deny" };
            for subject in values(&rule.subjects) {
                for action in values(&rule.actions) {
                    let resource = &rule.resource.1;
                    let written = writeln!(lines, "p, {subject}, {resource}, {action}, {effect}");
                    written.expect("a String takes it");
                }
            }
        }
        Some(lines)
    }

    fn load(source: &String) -> Self {
        let enforcer = now(async {
            let model = DefaultModel::from_str(MODEL).await?;
            Enforcer::new(model, StringAdapter::new(source)).await
        });
        Self(enforcer.expect("is Casbin's"))
    }

    fn request(question: &Question) -> Self::Request {
        let plain = Plain::of(question);
        (
            plain
                .subjects
                .iter()
                .map(|&subject| subject.to_owned())
                .collect(),
            plain.resource.to_owned(),
            plain.action.to_owned(),
        )
    }

    fn decide(&mut self, (subjects, resource, action): &Self::Request) -> Answer {
        match self.0.enforce((subjects, resource, action)).expect("runs") {
            true => Answer::Decision(Decision::Permit),
            false => Answer::NotPermit,
        }
    }
}

/// What a future that never waits comes to.
fn now<T>(future: impl Future<Output = T>) -> T {
    let mut context = Context::from_waker(Waker::noop());
    match pin!(future).poll(&mut context) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("reading from memory waits for nothing"),
    }
}
