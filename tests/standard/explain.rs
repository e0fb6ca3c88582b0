//! Explanations of decisions: cases in `fixtures/explain`, each with the text of its explanation, some in
//! every form; and what holds for the tree of any decision.
//!
//! `POLICY.policy.xml` is a policy, `POLICY.library.xml` what it refers to, `POLICY.CASE.request.json` a
//! request, and `POLICY.CASE.txt` its explanation. Where there is a `POLICY.CASE.md`, the other forms are
//! there as well. With `VEDTAK_BLESS=1` in the environment the texts are written, not compared.

use std::fs;
use std::path::{Path, PathBuf};

use vedtak::analysis::explain::{Element, Node, NodeRole, NodeValue};
use vedtak::attribute::{Designator, id};
use vedtak::provider::{
    AsyncAttributeProvider, AttributeProvider, BoxFuture, Fetched, ProviderError,
};
use vedtak::{Decision, Limits, Pdp, PdpBuilder, Request};

use crate::bless::difference;
use crate::explained::check;

/// A register of roles. It is down for the subject `outage`.
struct Roles;

impl AttributeProvider for Roles {
    fn name(&self) -> &str {
        "register of roles"
    }

    fn supplies(&self, wanted: &Designator) -> bool {
        ["role", "study"].contains(&&*wanted.id)
    }

    fn fetch(&self, _: &Designator, request: &Request) -> Result<Fetched, ProviderError> {
        let subject = vedtak::attribute::category::ACCESS_SUBJECT;
        let name = request.values(subject, id::SUBJECT_ID).next();
        match name.and_then(|name| name.as_str()) {
            Some("outage") => Err(ProviderError::new("connection refused")),
            _ => {
                let until = "2026-03-02T12:00:00Z".parse().expect("is an instant");
                Ok(Fetched::from(vec!["doctor".into()]).with_valid_until(Some(until)))
            }
        }
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/explain")
}

fn read(name: &str) -> Option<String> {
    fs::read_to_string(folder().join(name)).ok()
}

fn builder(policy: &str) -> PdpBuilder {
    let name = format!("{policy}.policy.xml");
    let noon = "2026-03-02T11:00:00Z".parse().expect("is an instant");
    let mut builder = Pdp::builder().clock(move || noon);
    builder = builder.policy(&name, read(&name).expect("is there"));
    let library = format!("{policy}.library.xml");
    if let Some(text) = read(&library) {
        builder = builder.library(&library, text);
    }
    if policy.starts_with("provided") {
        builder = builder.provider(Roles);
    }
    builder
}

/// The names of all cases, `POLICY.CASE`.
fn cases() -> Vec<String> {
    let files = fs::read_dir(folder()).expect("the folder is there");
    let names = files.map(|file| file.expect("can be read").file_name());
    let names = names.map(|name| name.into_string().expect("is ASCII"));
    let mut cases: Vec<String> = names
        .filter_map(|name| name.strip_suffix(".request.json").map(str::to_owned))
        .collect();
    cases.sort();
    assert!(cases.len() >= 15, "the cases were found");
    cases
}

fn request_of(case: &str) -> Request {
    let text = read(&format!("{case}.request.json")).expect("is there");
    Request::from_json(text).expect("is a request")
}

#[test]
fn every_explanation_reads_as_recorded() {
    let mut differences = Vec::new();
    for case in cases() {
        let (policy, _) = case.split_once('.').expect("has a policy");
        let pdp = builder(policy).build().expect("compiles");
        let request = request_of(&case);
        let explanations = pdp.explain(&request);
        let [explanation] = &explanations[..] else {
            panic!("{case} has {} explanations", explanations.len());
        };
        let is_consistent = check(explanation, pdp.decide(&request).decision());
        is_consistent.unwrap_or_else(|problem| panic!("{case}: {problem}"));
        let mut forms = vec![("txt", format!("{explanation}\n"))];
        if folder().join(format!("{case}.md")).exists() {
            forms.push(("md", explanation.to_markdown()));
            forms.push(("json", format!("{}\n", explanation.to_json())));
            forms.push(("mmd", explanation.to_mermaid()));
            forms.push(("svg", explanation.to_svg()));
        }
        for (form, found) in forms {
            differences.push(difference(folder().join(format!("{case}.{form}")), &found));
        }
    }
    differences.retain(|difference| !difference.is_empty());
    assert!(differences.is_empty(), "{}", differences.join("\n\n"));
}

/// A policy of one rule under an algorithm, with a condition.
fn policy(rules: &str) -> String {
    format!(
        "<Policy xmlns='urn:oasis:names:tc:xacml:3.0:core:schema:wd-17' PolicyId='p' Version='1.0' \
         RuleCombiningAlgId='urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:permit-overrides'>\
         <Target/>{rules}</Policy>"
    )
}

fn test_of_role(wanted: &str) -> String {
    format!(
        "<AnyOf><AllOf><Match MatchId='urn:oasis:names:tc:xacml:1.0:function:string-equal'>\
         <AttributeValue DataType='http://www.w3.org/2001/XMLSchema#string'>{wanted}</AttributeValue>\
         <AttributeDesignator MustBePresent='false' AttributeId='role' \
         Category='urn:oasis:names:tc:xacml:1.0:subject-category:access-subject' \
         DataType='http://www.w3.org/2001/XMLSchema#string'/></Match></AllOf></AnyOf>"
    )
}

fn rules(count: usize) -> String {
    let rule = |number: usize| {
        let test = test_of_role(&format!("role-{number}"));
        format!("<Rule RuleId='r{number}' Effect='Permit'><Target>{test}</Target></Rule>")
    };
    (0..count).map(rule).collect()
}

fn nodes(node: &Node) -> usize {
    1 + node.children.iter().map(nodes).sum::<usize>()
}

#[test]
fn of_very_many_rules_those_that_apply_are_shown() {
    let pdp = Pdp::from_xml(policy(&rules(6_000))).expect("compiles");
    let request = Request::builder().subject("role", "role-5999").build();
    let explanation = &pdp.explain(&request)[0];
    check(explanation, Decision::Permit).expect("is consistent");
    let tree = explanation.tree.as_ref().expect("is there");
    assert!(nodes(tree) < 500, "{}", nodes(tree));
    assert_eq!((tree.children.len(), tree.not_shown), (201, 5_799));
    assert!(
        explanation
            .why
            .starts_with("Permit: Rule `r5999` of Policy `p` ")
    );
    assert_eq!(explanation.remarks, [""; 0]);
}

#[test]
fn a_tree_is_cut_and_says_so() {
    let rule = |number: usize| format!("<Rule RuleId='r{number}' Effect='Permit'/>");
    let rules: String = (0..6_000).map(rule).collect();
    let text = policy(&rules).replace("permit-overrides", "permit-unless-deny");
    let pdp = Pdp::from_xml(text).expect("compiles");
    let explanation = &pdp.explain(&Request::builder().build())[0];
    check(explanation, Decision::Permit).expect("is consistent");
    let tree = explanation.tree.as_ref().expect("is there");
    assert!(nodes(tree) <= 5_000, "{}", nodes(tree));
    assert!(tree.not_shown > 1_000, "{}", tree.not_shown);
    let remark = "the tree is cut: an explanation has at most 5000 nodes";
    assert!(
        explanation.remarks[0].starts_with(remark),
        "{:?}",
        explanation.remarks
    );
}

#[test]
fn an_explanation_takes_no_more_work_than_a_decision_may() {
    let mut limits = Limits::default();
    limits.work = 2_000;
    let builder = Pdp::builder()
        .limits(limits)
        .policy("p.xml", policy(&rules(600)));
    let pdp = builder.build().expect("compiles");
    let request = Request::builder().subject("role", "role-1").build();
    assert_eq!(pdp.decide(&request).decision(), Decision::Permit);
    let explanation = &pdp.explain(&request)[0];
    assert_eq!(explanation.disagreement, None);
    assert_eq!(explanation.decision, Decision::Permit);
    let nobody = Request::builder().subject("role", "nobody").build();
    let explanation = &pdp.explain(&nobody)[0];
    assert_eq!(explanation.disagreement, None);
    assert!(!explanation.remarks.is_empty());
}

#[test]
fn what_nests_deep_is_explained_on_a_small_stack() {
    let mut condition = "<AttributeValue DataType='http://www.w3.org/2001/XMLSchema#boolean'>true\
        </AttributeValue>"
        .to_owned();
    for _ in 0..59 {
        condition = format!(
            "<Apply FunctionId='urn:oasis:names:tc:xacml:1.0:function:not'>{condition}</Apply>"
        );
    }
    let mut text = policy(&format!(
        "<Rule RuleId='r' Effect='Permit'><Condition>{condition}</Condition></Rule>"
    ));
    for number in 0..40 {
        text = format!(
            "<PolicySet xmlns='urn:oasis:names:tc:xacml:3.0:core:schema:wd-17' PolicySetId='s{number}' \
             Version='1.0' PolicyCombiningAlgId='urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:\
             deny-overrides'><Target/>{text}</PolicySet>"
        );
    }
    let mut limits = Limits::default();
    limits.depth = 200;
    let thread = std::thread::Builder::new().stack_size(2 << 20);
    let explained = thread.spawn(move || {
        let pdp = Pdp::builder().limits(limits).policy("p.xml", text).build();
        let pdp = pdp.expect("compiles");
        let explanation = pdp.explain(&Request::builder().build()).remove(0);
        check(&explanation, Decision::NotApplicable).expect("is consistent");
        [
            explanation.to_string(),
            explanation.to_markdown(),
            explanation.to_json(),
            explanation.to_mermaid(),
            explanation.to_svg(),
        ]
    });
    let forms = explained.expect("starts").join().expect("is explained");
    assert!(forms.iter().all(|form| form.contains("s39")));
}

#[test]
fn without_documents_the_compiled_policies_are_explained() {
    for case in cases() {
        let (policy, _) = case.split_once('.').expect("has a policy");
        let pdp = builder(policy).drop_documents().build().expect("compiles");
        let request = request_of(&case);
        let explanation = &pdp.explain(&request)[0];
        check(explanation, pdp.decide(&request).decision())
            .unwrap_or_else(|problem| panic!("{case}: {problem}"));
        assert!(explanation.remarks[0].starts_with("the documents are not kept"));
    }
    let pdp = builder("letters")
        .drop_documents()
        .build()
        .expect("compiles");
    let explanation = pdp.explain(&request_of("letters.spelling")).remove(0);
    let why = "NotApplicable: nothing applies; Rule `clerks-read` does not, as it wants \"clerk\" in \
               `role`, found no value; the request has `roles`";
    assert_eq!(explanation.why, why);
    // All values of an AnyOf are wanted.
    let clerk = Request::builder().subject("role", "clerk").action("shred");
    let why = pdp.explain(&clerk.build()).remove(0).why;
    let wants = "as it wants \"list\" or \"read\" in `action-id`, found \"shred\" (request)";
    assert!(why.ends_with(wants), "{why}");
    let cure = "`PdpBuilder::explainable`";
    assert!(explanation.remarks[0].contains(cure), "{explanation}");
    assert!(!explanation.to_string().ends_with('\n'));
}

#[test]
fn a_store_explains_the_policies_that_may_apply() {
    let algorithm = vedtak::combining::policy::DENY_OVERRIDES;
    let store = Pdp::builder()
        .root_combining(algorithm)
        .store()
        .expect("is empty");
    for number in 0..50 {
        let test = test_of_role(&format!("role-{number}"));
        let rule = "<Rule RuleId='r' Effect='Permit'/>";
        let text = policy(rule).replace("<Target/>", &format!("<Target>{test}</Target>"));
        let text = text.replace("'p'", &format!("'p{number}'"));
        store.put("p.xml", text).expect("compiles");
    }
    let request = Request::builder().subject("role", "role-7").build();
    let explanation = store.pdp().explain(&request).remove(0);
    check(&explanation, Decision::Permit).expect("is consistent");
    let tree = explanation.tree.expect("is there");
    assert_eq!((tree.element, tree.children.len()), (Element::Roots, 1));
    assert_eq!(tree.children[0].name, "p7");
    assert_eq!(explanation.why, "Permit: Rule `r` of Policy `p7` permits");
}

#[test]
fn a_store_that_keeps_its_documents_explains_as_a_pdp_of_them_does() {
    let algorithm = vedtak::combining::policy::DENY_OVERRIDES;
    for case in cases() {
        let (policy, _) = case.split_once('.').expect("has a policy");
        let request = request_of(&case);
        let pdp = builder(policy).root_combining(algorithm).build();
        let expected = pdp.expect("compiles").explain(&request);
        let store = builder(policy).root_combining(algorithm).explainable();
        let store = store.store().expect("compiles");
        // What was there before is not shown.
        let text = read(&format!("{policy}.policy.xml")).expect("is there");
        let other = text.replacen("PolicyId=\"", "PolicyId=\"other-", 1);
        let other = other.replacen("PolicySetId=\"", "PolicySetId=\"other-", 1);
        let changed = store.put("other.xml", other).expect("compiles");
        store.remove(&changed.ids[0]).expect("is there");
        for pdp in [store.pdp(), store.reader().pdp().clone()] {
            let found = pdp.explain(&request);
            let text = |all: &[vedtak::analysis::explain::Explanation]| {
                let all = all.iter().map(ToString::to_string);
                all.collect::<Vec<_>>().join("\n")
            };
            assert_eq!(text(&found), text(&expected), "{case}");
        }
    }
}

#[test]
fn each_decision_of_a_request_is_explained_and_one_that_cannot_be_made_says_why() {
    let pdp = builder("letters").build().expect("compiles");
    let text = read("letters.permit.request.json").expect("is there");
    let reads = r#"{"Attribute": [{"AttributeId": "urn:oasis:names:tc:xacml:1.0:action:action-id", "Value": "read"}]}"#;
    assert!(text.contains(reads));
    let shreds = reads.replace("read", "shred");
    let text = text.replace(reads, &format!("{reads}, {shreds}"));
    let request = Request::from_json(text).expect("is a request");
    let explanations = pdp.explain(&request);
    let decisions = pdp.decide(&request).results;
    assert_eq!((explanations.len(), decisions.len()), (2, 2));
    for (explanation, result) in explanations.iter().zip(&decisions) {
        check(explanation, result.decision).expect("is consistent");
    }
    let mut limits = Limits::default();
    limits.decisions = 1;
    let pdp = builder("letters").limits(limits).build().expect("compiles");
    let explanations = pdp.explain(&request);
    let [refused] = &explanations[..] else {
        panic!("{explanations:?}");
    };
    check(refused, Decision::Indeterminate).expect("is consistent");
    assert!(
        refused.tree.is_none() && refused.why.contains("`Limits::decisions`"),
        "{refused}"
    );
}

#[test]
fn no_provider_is_asked_twice() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    struct Counting(Arc<AtomicUsize>);

    impl AttributeProvider for Counting {
        fn name(&self) -> &str {
            Roles.name()
        }

        fn supplies(&self, wanted: &Designator) -> bool {
            Roles.supplies(wanted)
        }

        fn fetch(&self, wanted: &Designator, request: &Request) -> Result<Fetched, ProviderError> {
            self.0.fetch_add(1, Ordering::Relaxed);
            Roles.fetch(wanted, request)
        }
    }

    let asked = Arc::new(AtomicUsize::new(0));
    let provider = Counting(asked.clone());
    let pdp = builder("letters")
        .provider(provider)
        .build()
        .expect("compiles");
    let request = Request::builder()
        .subject(id::SUBJECT_ID, "kari")
        .action("read")
        .build();
    let explanation = pdp.explain(&request).remove(0);
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    let tree = explanation.tree.expect("is there");
    let rule = &tree.children[0];
    assert_eq!(
        (rule.role, &rule.children[0].value),
        (NodeRole::LeftOut, &NodeValue::Boolean(false))
    );
}

/// The chapter shows what the fixtures say, after a comment with the name of the file: all of it, or as
/// much of its beginning as there is in the chapter. Blessing writes short ones whole.
#[test]
fn the_chapter_shows_what_the_fixtures_say() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/manual/explaining.md");
    let chapter = fs::read_to_string(&file).expect("is there");
    let mut written = String::new();
    let mut parts = chapter.split("<!-- ");
    written += parts.next().expect("has a beginning");
    let mut count = 0;
    for part in parts {
        let (name, rest) = part
            .split_once(" -->\n\n```text\n")
            .expect("a name, then a block");
        let (_, rest) = rest.split_once("```\n").expect("the block ends");
        let text = read(name).unwrap_or_else(|| panic!("{name} is not there"));
        let lines: Vec<&str> = text.lines().take(16).map(str::trim_end).collect();
        written += &format!(
            "<!-- {name} -->\n\n```text\n{}\n```\n{rest}",
            lines.join("\n")
        );
        count += 1;
    }
    assert!(count >= 4, "the blocks were found");
    let found = difference(&file, &written);
    assert!(found.is_empty(), "{found}");
}

/// Whoever writes a policy or sends a request writes names and values, and no more than these.
#[test]
fn no_name_looks_like_a_line_of_an_explanation() {
    let name = "a&#10;Permit  Rule `b`&#x202e;&#x2028;&#x200b;&lt;/text&gt;&lt;script&gt;&quot;]--&gt;**[x](y)";
    let rules = format!(
        "<Rule RuleId='{name}' Effect='Permit'><Target>{}</Target></Rule>",
        test_of_role("x")
    );
    let pdp = Pdp::from_xml(policy(&rules).replace("'p'", &format!("'{name}'"))).expect("compiles");
    let role = "x\u{202e}\r\n\u{1b}[31mPermit\u{7}<b>";
    for role in [role, "x"] {
        let explanation = pdp
            .explain(&Request::builder().subject("role", role).build())
            .remove(0);
        let tree = explanation.tree.as_ref().expect("is there");
        let forms = [
            explanation.to_string(),
            explanation.to_markdown(),
            explanation.to_mermaid(),
            explanation.to_svg(),
        ];
        for form in &forms {
            let is_hidden =
                |c: char| (c.is_control() && c != '\n') || "\u{202e}\u{2028}\u{200b}".contains(c);
            assert!(!form.contains(is_hidden), "{form}");
            assert!(!form.contains("<script>") || form.contains("`"), "{form}");
        }
        let lines = forms[0].lines().count();
        assert_eq!(
            lines,
            if role == "x" { 2 + nodes(tree) } else { 4 },
            "{}",
            forms[0]
        );
        for form in &forms[2..] {
            assert!(
                !form.contains("<script>") && !form.contains("<b>"),
                "{form}"
            );
        }
        let ansi = explanation.to_ansi();
        assert!(!ansi.contains("\u{1b}[31mPermit"), "{ansi}");
        let json: serde_json::Value =
            serde_json::from_str(&explanation.to_json()).expect("is JSON");
        assert_eq!(json["Tree"]["Children"][0]["Element"], "Rule");
    }
}

/// A register of roles that answers later.
struct LaterRoles;

impl AsyncAttributeProvider for LaterRoles {
    fn name(&self) -> &str {
        Roles.name()
    }

    fn supplies(&self, wanted: &Designator) -> bool {
        Roles.supplies(wanted)
    }

    fn fetch<'a>(
        &'a self,
        wanted: &'a Designator,
        request: &'a Request,
    ) -> BoxFuture<'a, Result<Fetched, ProviderError>> {
        Box::pin(async move { Roles.fetch(wanted, request) })
    }
}

#[test]
fn answers_that_come_later_are_explained_and_what_was_not_needed_is_not_asked_for() {
    let wants = |role: &str| {
        format!(
            "<Apply FunctionId='urn:oasis:names:tc:xacml:1.0:function:string-is-in'>\
             <AttributeValue DataType='http://www.w3.org/2001/XMLSchema#string'>{role}</AttributeValue>\
             <AttributeDesignator MustBePresent='false' AttributeId='role' \
             Category='urn:oasis:names:tc:xacml:1.0:subject-category:access-subject' \
             DataType='http://www.w3.org/2001/XMLSchema#string'/></Apply>"
        )
    };
    let always = "<AttributeValue DataType='http://www.w3.org/2001/XMLSchema#boolean'>true\
        </AttributeValue>";
    let or = "<Apply FunctionId='urn:oasis:names:tc:xacml:1.0:function:or'>";
    let condition = |inside: &str| {
        policy(&format!(
            "<Rule RuleId='r' Effect='Permit'><Condition>{inside}</Condition></Rule>"
        ))
    };
    let explained = |text: String| {
        let builder = Pdp::builder()
            .policy("p.xml", text)
            .async_provider(LaterRoles);
        let pdp = builder.build().expect("compiles");
        let request = Request::builder().action("read").build();
        let explanation = pollster::block_on(pdp.explain_async(&request)).remove(0);
        check(&explanation, Decision::Permit).expect("is consistent");
        explanation.to_string()
    };
    let asked = explained(condition(&wants("doctor")));
    let source = "from provider `register of roles`, until 2026-03-02T12:00:00Z";
    assert!(asked.contains(source), "{asked}");
    let not_asked = explained(condition(&format!(
        "{or}{}{always}</Apply>",
        wants("nurse")
    )));
    let source = "not evaluated  attribute `role` (p.xml:1:457) — not asked for (provider `register of roles`)";
    assert!(not_asked.contains(source), "{not_asked}");
}

#[test]
fn the_cells_of_a_matrix_are_explained() {
    let pdp = builder("letters").build().expect("compiles");
    let matrix = vedtak::request::Matrix::new(Request::builder().subject("role", "clerk").build())
        .actions(["read", "shred"]);
    let mut why = Vec::new();
    let mut call = pdp.call().observe(|event| why.push(event.explain().why));
    call.decide_matrix(&matrix);
    drop(call);
    assert!(why[0].starts_with("Permit: Rule `clerks-read` "), "{why:?}");
    let wants = "as it wants \"list\" or \"read\" in `action-id`, found \"shred\" (request)";
    assert!(why[1].ends_with(wants), "{why:?}");
}

/// A rule of which more holds is nearer, whether its tests stand in one `AllOf`, in several `AnyOf`s or are
/// joined by `and`, and whether the document is kept.
#[test]
fn the_nearest_rule_is_that_of_which_most_holds() {
    let policy = include_str!("../../fixtures/command/leave.xml");
    for (action, nearest) in [
        ("approve", "managers-approve"),
        ("withdraw", "owners-withdraw"),
    ] {
        let request = Request::builder()
            .subject("urn:example:role", "clerk")
            .action(action);
        let request = request.build();
        let builder = || Pdp::builder().policy("leave.xml", policy);
        for pdp in [builder().drop_documents(), builder()] {
            let pdp = pdp.build().expect("compiles");
            let explanations = pdp.explain(&request);
            let why = &explanations[0].why;
            assert!(why.contains(&format!("Rule `{nearest}`")), "{why}");
        }
    }
}
