//! Policies of services in Altinn's shape, alone (W2) and many together (W3); and one rule (W1).

use vedtak::Decision;

use super::names::{ACTION_ID, PACKAGE, RESOURCE_URI, ROLE, SERVICE, SUBJECT_ID, Term};
use super::policy::{Policy, Rule};
use super::question::Question;
use super::random::Random;

/// Of the rules that do not decide.
const ROLES: [&str; 20] = [
    "DAGL", "HADM", "REGNA", "PRIV", "UTINN", "UTOMR", "APIADM", "KLADM", "LEDE", "BEST", "DTPR",
    "DTSO", "INNH", "KOMP", "MEDL", "NEST", "PASIG", "REVI", "REPR", "SAM",
];
const PACKAGES: [&str; 8] = [
    "urn:altinn:accesspackage:skattegrunnlag",
    "urn:altinn:accesspackage:merverdiavgift",
    "urn:altinn:accesspackage:lonn",
    "urn:altinn:accesspackage:regnskapsforer-lonn",
    "urn:altinn:accesspackage:ansettelsesforhold",
    "urn:altinn:accesspackage:post-til-virksomheten",
    "urn:altinn:accesspackage:klientadministrator",
    "urn:altinn:accesspackage:hovedadministrator",
];
const ACTIONS: [&str; 6] = ["read", "write", "delete", "confirm", "sign", "instantiate"];
/// Of the rule that decides.
const OPENING_ROLES: [&str; 2] = ["A0236", "A0237"];
const OPENING_PACKAGE: &str = "urn:altinn:accesspackage:revisor";
const OPENED: [&str; 3] = ["read", "write", "sign"];
/// What the askers have that opens nothing.
const OTHER_ROLES: [&str; 7] = [
    "UILUF", "SISKD", "A0238", "A0239", "A0240", "A0241", "UIHTL",
];
const OTHER_PACKAGES: [&str; 2] = [
    "urn:altinn:accesspackage:maskinporten-scopes",
    "urn:altinn:accesspackage:tilgangsstyrer",
];

/// W1: one rule, in the shape of the standard's first example (its §4.1.1).
pub(crate) fn single() -> (Policy, Vec<Question>) {
    const PATIENT: &str = "Julius Hibbert";
    const RECORD: &str = "http://medico.com/record/patient/BartSimpson";
    let policy = Policy {
        id: "urn:bench:single".to_owned(),
        algorithm: "deny-overrides",
        target: None,
        rules: vec![Rule {
            permits: true,
            subjects: all(SUBJECT_ID, &[PATIENT]),
            resource: (RESOURCE_URI, RECORD.to_owned()),
            actions: all(ACTION_ID, &["read", "write"]),
        }],
        ignores_case: false,
        obliges: false,
    };
    let question = |action| {
        Question::new(Decision::Permit)
            .with(SUBJECT_ID, &[PATIENT])
            .with(RESOURCE_URI, &[RECORD])
            .with(ACTION_ID, &[action])
    };
    (policy, vec![question("read"), question("write")])
}

/// W2's policy: rules for two roles and a package each, two to four actions, and one service; the
/// last one decides. Each Permit comes with an obligation.
pub(crate) fn policy(service: &str, rules: usize, seed: u64) -> Policy {
    let mut random = Random::new(seed);
    let resource = (SERVICE, service.to_owned());
    let mut rules: Vec<Rule> = (1..rules)
        .map(|_| {
            let mut subjects = all(ROLE, &random.sample(&ROLES, 2));
            subjects.push((PACKAGE, random.pick(&PACKAGES).to_owned()));
            let count = 2 + random.below(3);
            Rule {
                permits: true,
                subjects,
                resource: resource.clone(),
                actions: all(ACTION_ID, &random.sample(&ACTIONS, count)),
            }
        })
        .collect();
    let mut subjects = all(ROLE, &OPENING_ROLES);
    subjects.push((PACKAGE, OPENING_PACKAGE.to_owned()));
    rules.push(Rule {
        permits: true,
        subjects,
        resource,
        actions: all(ACTION_ID, &OPENED),
    });
    Policy {
        id: format!("urn:bench:service:{service}"),
        algorithm: "deny-overrides",
        target: None,
        rules,
        ignores_case: false,
        obliges: true,
    }
}

/// W2: ten rules; of 64 questions the last rule permits 56, and no rule applies to 8.
pub(crate) fn alone() -> (Policy, Vec<Question>) {
    const NAME: &str = "app_skd_taxreport";
    let mut random = Random::new(22);
    let questions = (0..64)
        .map(|i| match i % 8 {
            7 => ask(&mut random, NAME, 3, Opening::None),
            even if even % 2 == 0 => ask(&mut random, NAME, 3, Opening::Package),
            _ => ask(&mut random, NAME, 3, Opening::Role),
        })
        .collect();
    (policy(NAME, 10, 2), questions)
}

/// W3: one of many policies, with five rules and a target on its own service.
pub(crate) fn one_of_many(number: usize) -> Policy {
    let name = name(number);
    let mut policy = policy(&name, 5, 3 << 32 | number as u64);
    policy.target = Some((SERVICE, name));
    policy
}

/// W3: 256 questions about services at random among the first `count`, all permitted.
pub(crate) fn about_many(count: usize) -> Vec<Question> {
    let mut random = Random::new(33);
    (0..256)
        .map(|i| {
            let name = name(random.below(count));
            let opening = match i % 2 {
                0 => Opening::Package,
                _ => Opening::Role,
            };
            ask(&mut random, &name, 2, opening)
        })
        .collect()
}

fn name(number: usize) -> String {
    format!("org{}_service-{number:06}", number % 97)
}

/// What of the asker's opens the last rule.
enum Opening {
    None,
    Role,
    Package,
}

fn ask(random: &mut Random, service: &str, roles: usize, opening: Opening) -> Question {
    let mut roles = random.sample(&OTHER_ROLES, roles);
    let mut packages = OTHER_PACKAGES;
    let expected = match opening {
        Opening::None => Decision::NotApplicable,
        Opening::Role => {
            *roles.last_mut().expect("has one") = random.pick(&OPENING_ROLES);
            Decision::Permit
        }
        Opening::Package => {
            packages[1] = OPENING_PACKAGE;
            Decision::Permit
        }
    };
    let action = random.pick(&OPENED);
    Question::of_altinn(random, &roles, &packages, service, action, expected)
}

fn all(term: Term, values: &[&str]) -> Vec<(Term, String)> {
    let values = values.iter();
    values.map(|&value| (term, value.to_owned())).collect()
}
