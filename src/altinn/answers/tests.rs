//! Rights of random policies against every request that their words can make.

use std::collections::BTreeSet;

use super::found::PolicyForm;
use super::steps::Steps;
use super::*;
use crate::altinn::delegation::Right;
use crate::altinn::policy::ResourcePolicy;
use crate::altinn::questions::delegable::OtherParts;
use crate::altinn::resource::InstanceId;
use crate::analysis::{Analysis, Unanswered};
use crate::decision::ExtendedDecision;
use crate::request::Request;

/// Random numbers, the same for the same seed.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}

const SUBJECT: &str = "urn:oasis:names:tc:xacml:1.0:subject-category:access-subject";
const RESOURCE: &str = "urn:oasis:names:tc:xacml:3.0:attribute-category:resource";
const ACTION: &str = "urn:oasis:names:tc:xacml:3.0:attribute-category:action";
const ACTION_ID: &str = "urn:oasis:names:tc:xacml:1.0:action:action-id";
const TASK: &str = "urn:altinn:task";

/// The facts a subject may have, each with the attributes and values that come with it.
const FACTS: &[(&str, &[(&str, &str)])] = &[
    ("jordbruk", &[("urn:altinn:accesspackage", "jordbruk")]),
    ("fiske", &[("urn:altinn:accesspackage", "fiske")]),
    (
        "medl",
        &[
            ("urn:altinn:rolecode", "medl"),
            ("urn:altinn:rolecode", "MEDL"),
            ("urn:altinn:external-role:ccr", "styremedlem"),
        ],
    ),
    (
        "utinn",
        &[
            ("urn:altinn:rolecode", "utinn"),
            ("urn:altinn:rolecode", "UTINN"),
        ],
    ),
    ("ttd", &[("urn:altinn:org", "ttd")]),
];

/// The number of the role of Altinn II among the facts.
const UTINN: usize = 3;

/// The number of the service owner among the facts.
const OWNER: usize = 4;

const WORDS: &[(&str, &str, &str)] = &[
    (SUBJECT, "urn:altinn:accesspackage", "jordbruk"),
    (SUBJECT, "urn:altinn:accesspackage", "fiske"),
    (SUBJECT, "urn:altinn:rolecode", "MEDL"),
    (SUBJECT, "urn:altinn:rolecode", "medl"),
    (SUBJECT, "urn:altinn:external-role:ccr", "styremedlem"),
    (SUBJECT, "urn:altinn:rolecode", "utinn"),
    (SUBJECT, "urn:altinn:org", "ttd"),
    (ACTION, ACTION_ID, "read"),
    (ACTION, ACTION_ID, "write"),
    (RESOURCE, TASK, "T1"),
    (RESOURCE, TASK, "T2"),
    (RESOURCE, "urn:altinn:resource", "ttd-brev"),
    (RESOURCE, "urn:altinn:resource", "another"),
];

fn policy(random: &mut Random) -> String {
    let algorithm = random.one(&[
        "deny-overrides",
        "permit-overrides",
        "deny-unless-permit",
        "permit-unless-deny",
    ]);
    let mut text = format!(
        "<Policy xmlns=\"urn:oasis:names:tc:xacml:3.0:core:schema:wd-17\" PolicyId=\"p\" Version=\"1\" \
         RuleCombiningAlgId=\"urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:{algorithm}\"><Target/>"
    );
    // Most policies compare an attribute in one way.
    let (folding, is_mixed) = (random.below(128), random.below(5) == 0);
    for rule in 0..1 + random.below(4) {
        let effect = random.one(&["Permit", "Permit", "Permit", "Deny"]);
        text += &format!("<Rule RuleId=\"r{rule}\" Effect=\"{effect}\"><Target>");
        for _ in 0..1 + random.below(3) {
            text += "<AnyOf>";
            for _ in 0..1 + random.below(3) {
                text += "<AllOf>";
                for _ in 0..1 + random.below(2) {
                    let (category, id, value) = random.one(WORDS);
                    let folds =
                        folding >> (id.len() % 7) & 1 == 1 || is_mixed && random.below(2) == 0;
                    let function = match folds {
                        true => "3.0:function:string-equal-ignore-case",
                        false => "1.0:function:string-equal",
                    };
                    text += &format!(
                        "<Match MatchId=\"urn:oasis:names:tc:xacml:{function}\"><AttributeValue \
                         DataType=\"http://www.w3.org/2001/XMLSchema#string\">{value}</AttributeValue>\
                         <AttributeDesignator Category=\"{category}\" AttributeId=\"{id}\" \
                         DataType=\"http://www.w3.org/2001/XMLSchema#string\" \
                         MustBePresent=\"false\"/></Match>"
                    );
                }
                text += "</AllOf>";
            }
            text += "</AnyOf>";
        }
        text += "</Target></Rule>";
    }
    text + "</Policy>"
}

/// A request: its action, its tasks, and facts of the subject by their numbers.
#[derive(Clone)]
struct Case {
    action: Option<&'static str>,
    task: Option<&'static str>,
    facts: BTreeSet<usize>,
}

impl Case {
    fn request(&self) -> Request {
        let mut request = Request::builder().resource("urn:altinn:resource", "ttd-brev");
        if let Some(action) = self.action {
            request = request.action(action);
        }
        if let Some(task) = self.task {
            request = request.resource(TASK, task);
        }
        for fact in &self.facts {
            for (id, value) in FACTS[*fact].1 {
                request = request.subject(*id, *value);
            }
        }
        request.build()
    }

    fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for action in [None, Some("read"), Some("write"), Some("other")] {
            for task in [None, Some("T1"), Some("T2"), Some("T3")] {
                for held in 0..1_usize << FACTS.len() {
                    let facts = (0..FACTS.len()).filter(|fact| held & (1 << fact) != 0);
                    let facts = facts.collect();
                    all.push(Self {
                        action,
                        task,
                        facts,
                    });
                }
            }
        }
        all
    }
}

/// The number of the fact that a need names.
fn fact(need: &Need) -> usize {
    let mut facts = FACTS.iter();
    let place = facts.position(|(_, values)| {
        values
            .iter()
            .any(|(id, value)| *id == &*need.id && value.eq_ignore_ascii_case(&need.value))
    });
    place.expect("is one of the facts")
}

fn leaked(text: &str) -> &'static str {
    Box::leak(text.to_owned().into_boxed_str())
}

/// Whether an alternative of a right is all in a request.
fn covers(right: &PolicyRight, alternative: &Alternative, case: &Case) -> bool {
    let is_action = right.action.as_deref().is_none_or(|action| {
        case.action
            .is_some_and(|asked| asked.eq_ignore_ascii_case(action))
    });
    let is_part = right.part.iter().all(|(_, value)| {
        case.task
            .is_some_and(|task| task.eq_ignore_ascii_case(value))
    });
    is_action
        && is_part
        && alternative
            .needs
            .iter()
            .all(|need| case.facts.contains(&fact(need)))
}

/// Whether a service owner has more than is needed, which is no party and has nothing else.
fn is_owner_with_more(case: &Case, needed: &BTreeSet<usize>) -> bool {
    needed.contains(&OWNER) && case.facts.len() > needed.len()
}

#[test]
fn rights_are_exactly_what_is_permitted() {
    let at: DateTime = "2026-03-02T09:00:00+01:00".parse().expect("is an instant");
    let later: DateTime = "2027-01-01T00:00:00+01:00".parse().expect("is an instant");
    let mut random = Random(0x1234_5678_9abc_def1);
    let cases = Case::all();
    let (mut complete, mut alternatives_seen) = (0, 0);
    for _ in 0..140 {
        let text = policy(&mut random);
        let policy = ResourcePolicy::compiler().compile("policy.xml", &text);
        let policy = Arc::new(policy.expect("compiles"));
        let answers = PolicyAnswers::of(policy.clone(), ResourceId::new("ttd-brev"), at);
        let rights = answers.rights().expect("is within the budget");
        let permits = |case: &Case| policy.permits(&case.request(), at);
        for right in &rights.rights {
            if right.alternatives.is_empty() {
                // A rule denies everybody this part, who may have the whole.
                let is_it = |case: &&Case| {
                    let task = right.part.first().map(|(_, task)| &**task);
                    case.action == right.action.as_deref() && case.task == task
                };
                assert!(!right.part.is_empty(), "{right}{text}");
                let mut own = cases.iter().filter(is_it);
                assert!(!right.is_complete || !own.any(permits), "{right}{text}");
            }
            for alternative in &right.alternatives {
                alternatives_seen += 1;
                // Another spelling than those that the policy names.
                if !alternative.rests_on.is_empty() {
                    continue;
                }
                let exact = |facts: BTreeSet<usize>| Case {
                    action: right.action.as_deref().map(leaked),
                    task: right.part.first().map(|(_, task)| leaked(task)),
                    facts,
                };
                let needed: BTreeSet<usize> = alternative.needs.iter().map(fact).collect();
                assert!(
                    permits(&exact(needed.clone())),
                    "{right}{alternative}\n{text}"
                );
                // One that was left out may hold less.
                let lesser = needed.iter().filter(|_| rights.is_complete);
                for left in lesser {
                    let mut fewer = needed.clone();
                    fewer.remove(left);
                    assert!(!permits(&exact(fewer)), "{right}{alternative}\n{text}");
                }
                if !alternative.may_be_refused {
                    // Other spellings of an action or a task need not do.
                    let of_right = exact(BTreeSet::new());
                    let is_spelt = |case: &&Case| {
                        let is_action = right.action.is_none() || case.action == of_right.action;
                        is_action && (right.part.is_empty() || case.task == of_right.task)
                    };
                    let covered = cases.iter().filter(is_spelt);
                    let covered = covered.filter(|case| !is_owner_with_more(case, &needed));
                    for case in covered.filter(|case| covers(right, alternative, case)) {
                        assert!(permits(case), "{right}{alternative}\n{text}");
                    }
                }
            }
        }
        complete += usize::from(rights.is_complete);
        if !rights.is_complete {
            continue;
        }
        for case in cases.iter().filter(|case| permits(case)) {
            let mut all = rights.rights.iter();
            let is_covered = all.any(|right| {
                let mut alternatives = right.alternatives.iter();
                alternatives.any(|alternative| covers(right, alternative, case))
            });
            assert!(
                is_covered,
                "{:?} {:?} {:?}\n{rights}\n{text}",
                case.action, case.task, case.facts
            );
        }
        let after = answers.clone().at(later).rights();
        let after = after.expect("is within the budget");
        let change = PolicyChange::between(&rights, &after, &Catalogue::standard());
        if change.is_complete {
            let ends = |one: &Alternative| one.needs.iter().any(|need| fact(need) == UTINN);
            for right in &change.rights {
                assert!(right.lost.iter().all(ends), "{change}\n{text}");
                assert!(!right.kept.iter().any(ends), "{change}\n{text}");
                assert_eq!(right.gained, [], "{change}\n{text}");
            }
            let lost: usize = change.rights.iter().map(|right| right.lost.len()).sum();
            let all = rights.rights.iter().flat_map(|right| &right.alternatives);
            let ending = all.filter(|one| ends(one)).count();
            assert_eq!(lost, ending, "{change}\n{text}");
        }
        for (action, task) in [("read", None), ("write", Some("T1")), ("other", Some("T2"))] {
            let asked = Right::from(action);
            let asked = match task {
                Some(task) => asked.on(TASK, task),
                None => asked,
            };
            let told = answers.who_may(&asked).expect("is within the budget");
            let own = cases
                .iter()
                .filter(|case| case.action == Some(action) && case.task == task);
            for case in own {
                let covered: Vec<_> = told
                    .alternatives
                    .iter()
                    .filter(|one| {
                        one.needs
                            .iter()
                            .all(|need| case.facts.contains(&fact(need)))
                    })
                    .collect();
                match permits(case) {
                    true => assert!(!covered.is_empty() || !told.is_complete, "{told}\n{text}"),
                    false => assert!(
                        covered.iter().all(|one| {
                            let needed = one.needs.iter().map(fact).collect();
                            one.may_be_refused || is_owner_with_more(case, &needed)
                        }),
                        "{told}\n{text}"
                    ),
                }
            }
        }
    }
    assert!(
        complete > 100 && alternatives_seen > 200,
        "{complete} {alternatives_seen}"
    );
}

#[test]
fn a_right_can_be_delegated_if_some_request_for_it_is_permitted() {
    let at: DateTime = "2026-03-02T09:00:00+01:00".parse().expect("is an instant");
    let resource = ResourceId::new("ttd-brev");
    let instance = InstanceId::new("brev");
    let mut random = Random(0x0bad_5eed_1234_5678);
    let cases = Case::all();
    let mut counts = [0, 0];
    for _ in 0..60 {
        let text = policy(&mut random);
        let policy = ResourcePolicy::compiler().compile("policy.xml", &text);
        let policy = policy.expect("compiles");
        let request = |case: &Case, action| {
            let action = Some(action);
            let asked = Case {
                action,
                ..case.clone()
            };
            asked.request()
        };
        let is = |analysis: Analysis<'_>, expected| {
            let residual = analysis.at(at).without_providers().residual();
            residual.expect("is small").decision() == Some(expected)
        };
        let decides =
            |case: &Case, action, expected| is(policy.analysis(&request(case, action)), expected);
        let permits = |case: &Case, action| {
            let request = request(case, action);
            is(
                policy.delegable_analysis(&request),
                ExtendedDecision::Permit,
            )
        };
        // Facts of the subject, and the action, are the same for all: one case for each task.
        let all = |facts: &BTreeSet<usize>| facts.is_empty();
        let of_tasks = cases
            .iter()
            .filter(|case| case.action.is_none() && all(&case.facts));
        let of_tasks: Vec<&Case> = of_tasks.collect();
        for action in ["read", "READ", "other"] {
            for task in [None, Some("T1"), Some("T3")] {
                let part: Vec<_> = task
                    .map(|task| (TASK.into(), task.into()))
                    .into_iter()
                    .collect();
                let mut expected = [false, false];
                for case in of_tasks
                    .iter()
                    .filter(|case| task.is_none() || case.task == task)
                {
                    // Other facts that no delegation gives are those of a service owner: it is none.
                    expected[0] |= permits(case, action);
                    expected[1] |=
                        permits(case, action) || action == "READ" && permits(case, "read");
                }
                for (place, instance) in [None, Some(&instance)].into_iter().enumerate() {
                    let rights = policy.delegable_rights(instance);
                    let rights = rights.as_ref().expect("is small");
                    let may = rights.can_be_given(&resource, Some(action), &part, OtherParts::Any);
                    // The subjects that a Deny rule names are open. The policy is asked first.
                    let is_left = |case: &Case| {
                        decides(case, action, ExtendedDecision::NotApplicable)
                            && permits(case, action)
                    };
                    let of_task = |case: &&Case| {
                        case.action.is_none() && (task.is_none() || case.task == task)
                    };
                    let refuses = expected[place] && !may;
                    let mut open = cases.iter().filter(of_task);
                    assert!(!refuses || !open.any(is_left), "{action} {task:?}\n{text}");
                    let denies = text.contains("\"Deny\"") || text.contains("unless");
                    assert!(
                        !may || expected[place] || denies,
                        "{action} {task:?}\n{text}"
                    );
                    counts[usize::from(may)] += 1;
                }
            }
        }
    }
    assert!(counts.iter().all(|count| *count > 50), "{counts:?}");
}

/// A policy with rules, each of groups of which one value must be there.
fn of_groups(rules: &[(&str, Vec<Vec<String>>)]) -> String {
    let text = rules.iter().map(|(effect, groups)| {
        let groups = groups.iter().map(|group| {
            let values = group.iter().map(|value| {
                format!(
                    "<AllOf><Match MatchId=\"urn:oasis:names:tc:xacml:1.0:function:string-equal\">\
                     <AttributeValue DataType=\"http://www.w3.org/2001/XMLSchema#string\">{value}\
                     </AttributeValue><AttributeDesignator Category=\"{SUBJECT}\" \
                     AttributeId=\"urn:altinn:accesspackage\" \
                     DataType=\"http://www.w3.org/2001/XMLSchema#string\" MustBePresent=\"false\"/>\
                     </Match></AllOf>"
                )
            });
            format!("<AnyOf>{}</AnyOf>", values.collect::<String>())
        });
        let target: String = groups.collect();
        format!("<Rule RuleId=\"r\" Effect=\"{effect}\"><Target>{target}</Target></Rule>")
    });
    format!(
        "<Policy xmlns=\"urn:oasis:names:tc:xacml:3.0:core:schema:wd-17\" PolicyId=\"p\" Version=\"1\" \
         RuleCombiningAlgId=\"urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-overrides\">\
         <Target/>{}</Policy>",
        text.collect::<String>()
    )
}

/// The alternatives of a policy, and the steps that are taken besides those of the analysis.
fn steps_of(policy: &str) -> (usize, usize) {
    let at: DateTime = "2026-03-02T09:00:00+01:00".parse().expect("is an instant");
    let policy = ResourcePolicy::compiler().compile("policy.xml", policy);
    let answers = PolicyAnswers::of(policy.expect("compiles"), ResourceId::new("ttd-brev"), at);
    let mut steps = Steps::new(BUDGET);
    let found = answers.found(None, PolicyForm::Written, &mut steps);
    let found = found.expect("is within the budget");
    assert!(found.is_complete);
    (found.all.len(), BUDGET - steps.left())
}

#[test]
fn alternatives_take_steps_in_proportion_to_their_number() {
    let value = |letter: char, place: usize| format!("{letter}{place}");
    // Each of two values of each group: every value is in half of the alternatives.
    let shared = [5, 6, 7].map(|groups| {
        let groups = (0..groups).map(|group| vec![value('a', group), value('b', group)]);
        steps_of(&of_groups(&[("Permit", groups.collect())]))
    });
    assert_eq!(shared.map(|(found, _)| found), [32, 64, 128]);
    // Each of many values, and one that must not be there.
    let refused = [64, 128, 256].map(|values| {
        let values = (0..values).map(|place| value('a', place)).collect();
        let denied = vec![vec!["b".to_owned()]];
        steps_of(&of_groups(&[("Permit", vec![values]), ("Deny", denied)]))
    });
    assert_eq!(refused.map(|(found, _)| found), [64, 128, 256]);
    for counted in [shared, refused] {
        for (found, steps) in counted {
            assert!(steps <= 8 * found + 64, "{counted:?}");
        }
    }
}

/// A policy that opens a whole resource to some packages, and each of some parts to one more.
fn of_parts(packages: usize, parts: usize) -> String {
    let matches = |(category, id): (&str, &str), value: &str| {
        format!(
            "<Match MatchId=\"urn:oasis:names:tc:xacml:1.0:function:string-equal\"><AttributeValue \
             DataType=\"http://www.w3.org/2001/XMLSchema#string\">{value}</AttributeValue>\
             <AttributeDesignator Category=\"{category}\" AttributeId=\"{id}\" \
             DataType=\"http://www.w3.org/2001/XMLSchema#string\" MustBePresent=\"false\"/></Match>"
        )
    };
    let package = (SUBJECT, "urn:altinn:accesspackage");
    let all = (0..packages)
        .map(|place| format!("<AllOf>{}</AllOf>", matches(package, &format!("p{place}"))));
    let each = (0..parts).map(|place| {
        let (package, part) = (
            matches(package, "more"),
            matches((RESOURCE, TASK), &format!("T{place}")),
        );
        format!("<AllOf>{package}{part}</AllOf>")
    });
    let read = format!(
        "<AnyOf><AllOf>{}</AllOf></AnyOf>",
        matches((ACTION, ACTION_ID), "read")
    );
    let rule = |alternatives: String| {
        format!(
            "<Rule RuleId=\"r\" Effect=\"Permit\"><Target>{read}<AnyOf>{alternatives}</AnyOf></Target></Rule>"
        )
    };
    format!(
        "<Policy xmlns=\"urn:oasis:names:tc:xacml:3.0:core:schema:wd-17\" PolicyId=\"p\" Version=\"1\" \
         RuleCombiningAlgId=\"urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-overrides\">\
         <Target/>{}{}</Policy>",
        rule(all.collect()),
        rule(each.collect())
    )
}

#[test]
fn each_part_has_the_alternatives_of_the_whole_within_the_budget() {
    let at: DateTime = "2026-03-02T09:00:00+01:00".parse().expect("is an instant");
    let policy = ResourcePolicy::compiler().compile("policy.xml", of_parts(60, 60));
    let answers = PolicyAnswers::of(policy.expect("compiles"), ResourceId::new("ttd-brev"), at);
    let rights = answers.rights().expect("is within the budget");
    assert!(rights.is_complete);
    let mut rights = rights.rights;
    let numbers = |rights: &[PolicyRight]| -> Vec<usize> {
        let rights = rights.iter();
        rights.map(|right| right.alternatives.len()).collect()
    };
    assert_eq!(numbers(&rights), [&[60][..], &[61; 60]].concat());
    // Half of the copies, to parts without them.
    for right in &mut rights[1..] {
        right
            .alternatives
            .retain(|one| &*one.needs[0].value == "more");
    }
    answers.budget(30 * 61 * 100 + 3_000).add_wider(&mut rights);
    let half = [&[60][..], &[61; 30], &[1; 30]].concat();
    assert_eq!(numbers(&rights), half);
    let is_complete = rights.iter().map(|right| right.is_complete);
    assert_eq!(is_complete.filter(|is| *is).count(), 31);
}

#[test]
fn an_answer_beyond_its_budget_is_none() {
    let at: DateTime = "2026-03-02T09:00:00+01:00".parse().expect("is an instant");
    let text = policy(&mut Random(7));
    let policy = ResourcePolicy::compiler().compile("policy.xml", &text);
    let answers = PolicyAnswers::of(policy.expect("compiles"), ResourceId::new("ttd-brev"), at);
    let rights = answers.clone().budget(1).rights();
    assert_eq!(rights, Err(Unanswered::TooLarge));
    assert!(answers.rights().is_ok());
}

#[test]
fn keys_of_rights_are_distinct() {
    let key = |resource: &str, action: Option<&str>, part: &[(&str, &str)]| {
        let right = PolicyRight {
            resource: ResourceId::new(resource),
            described: None,
            part: part
                .iter()
                .map(|(id, value)| ((*id).into(), (*value).into()))
                .collect(),
            action: action.map(Into::into),
            alternatives: Vec::new(),
            may_be_delegated: false,
            lacking: Vec::new(),
            is_complete: true,
            others: Vec::new(),
            requires_access_list: false,
            requires_resource_right: false,
        };
        right.key()
    };
    let keys = [
        key("a", Some("read"), &[]),
        key("a", None, &[]),
        key("a", Some("*"), &[]),
        key("a;read", Some(""), &[]),
        key("a", Some("read"), &[("b", "c")]),
        key("a", Some("read"), &[("b=c", "")]),
        key("a", Some("read;b=c"), &[]),
        key("a", Some("read%3bb=c"), &[]),
    ];
    assert_eq!(keys[4], "a;read;b=c");
    assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), keys.len());
}
