//! regorus on its register machine: rules as data, keyed by resource by hand, which is the fastest
//! way to say it; W5's conditions as code.

use std::collections::BTreeMap;
use std::fmt::Write;

use regorus::languages::rego::compiler::Compiler;
use regorus::rvm::vm::RegoVM;
use regorus::{Engine as Regorus, Rc, Value};
use serde_json::json;
use vedtak::Decision;

use crate::equivalent::{Plain, rules, values};
use crate::workload::condition::{PACKAGES, REQUIRED, RULES, pattern};
use crate::workload::names::{INSTANCE, LEVEL, NOW, PACKAGE, ROLE, SINCE, TIME};
use crate::workload::question::Question;
use crate::{Answer, Engine, Policies};

pub(crate) struct Rego(RegoVM);

const ENTRY: &str = "data.bench.decision";

/// Reads `data.rules`: resource → rules.
const BY_RESOURCE: &str = r#"package bench

default decision := "NotApplicable"

effects contains rule.effect if {
    some rule in data.rules[input.resource]
    input.action in rule.actions
    some subject in input.subjects
    subject in rule.subjects
}

decision := "Deny" if "Deny" in effects

decision := "Permit" if {
    not "Deny" in effects
    "Permit" in effects
}
"#;

impl Engine for Rego {
    const NAME: &str = "regorus";
    /// Code, and data as JSON.
    type Source = (String, String);
    type Request = Value;

    fn source(policies: &Policies) -> Option<Self::Source> {
        let Some(rules) = rules(policies) else {
            return Some((conditions(), "{}".to_owned()));
        };
        let mut by_resource: BTreeMap<&str, Vec<serde_json::Value>> = BTreeMap::new();
        for rule in rules {
            by_resource
                .entry(&rule.resource.1)
                .or_default()
                .push(json!({
                    "effect": if rule.permits { "Permit" } else { "Deny" },
                    "subjects": values(&rule.subjects),
                    "actions": values(&rule.actions),
                }));
        }
        let data = json!({ "rules": by_resource }).to_string();
        Some((BY_RESOURCE.to_owned(), data))
    }

    fn load((code, data): &Self::Source) -> Self {
        let mut engine = Regorus::new();
        let added = engine.add_policy("bench.rego".to_owned(), code.clone());
        added.expect("is Rego");
        let entry: Rc<str> = ENTRY.into();
        let compiled = engine.compile_with_entrypoint(&entry).expect("compiles");
        let program = Compiler::compile_from_policy(&compiled, &[ENTRY]).expect("compiles");
        let mut machine = RegoVM::new();
        machine.load_program(program);
        machine.set_max_instructions(usize::MAX);
        let data = Value::from_json_str(data).expect("is JSON");
        machine.set_data(data).expect("does not hide the rules");
        Self(machine)
    }

    fn request(question: &Question) -> Value {
        let plain = Plain::of(question);
        let mut input = json!({
            "subjects": plain.subjects,
            "resource": plain.resource,
            "action": plain.action,
        });
        if let [level] = question.values(LEVEL) {
            input["level"] = json!(level.parse::<i64>().expect("is a number"));
            input["roles"] = json!(question.values(ROLE));
            input["packages"] = json!(question.values(PACKAGE));
            for (name, term) in [
                ("since", SINCE),
                ("time", TIME),
                ("now", NOW),
                ("instance", INSTANCE),
            ] {
                input[name] = json!(question.values(term)[0]);
            }
        }
        Value::from_json_str(&input.to_string()).expect("is JSON")
    }

    fn decide(&mut self, request: &Value) -> Answer {
        self.0.set_input(request.clone());
        let answer = self.0.execute().expect("runs");
        Answer::Decision(match &**answer.as_string().expect("is a string") {
            "Permit" => Decision::Permit,
            "Deny" => Decision::Deny,
            "NotApplicable" => Decision::NotApplicable,
            other => panic!("{other} is no decision"),
        })
    }
}

/// W5, term for term.
fn conditions() -> String {
    let mut code = "package bench\n\ndefault decision := \"NotApplicable\"\n".to_owned();
    for rule in 0..RULES {
        let written = write!(
            code,
            r#"
decision := "Permit" if {{
    input.action in {{"read", "write"}}
    "{REQUIRED}" in input.roles
    input.time >= "{:02}:00:00Z"
    input.time <= "20:30:00Z"
    input.level + 2 * {} > {}
    some package_ in input.packages
    package_ in {{"{}"}}
    time.parse_rfc3339_ns(input.since) < time.parse_rfc3339_ns(input.now)
    count(input.roles) != {}
    regex.match(`{}`, input.instance)
}}
"#,
            rule % 8,
            rule + 1,
            2 * rule + 3,
            PACKAGES.join("\", \""),
            40 + rule,
            pattern(rule)
        );
        written.expect("a String takes it");
    }
    code
}
