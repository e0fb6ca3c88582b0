//! Test files for policies: those that pass, those that fail with their exact report, and wrong ones with
//! their exact problems.

use std::fs;
use std::path::{Path, PathBuf};

use vedtak::analysis::explain::Element;
use vedtak::store::SourceDocument;
use vedtak::testing::{Report, Runner};
use vedtak::{Pdp, Request};

use crate::bless::difference;

const FOLDER: &str = "fixtures/testing";

fn run(path: &str) -> Report {
    let runner = Runner::new().with_cover();
    runner.run([path]).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn all_that_a_test_file_may_say_passes() {
    for folder in ["letters", "more"] {
        let report = run(&format!("{FOLDER}/{folder}"));
        assert!(report.is_passed(), "{report}");
        assert_eq!(report.failed() + report.broken(), 0);
    }
    vedtak::testing::assert(format!("{FOLDER}/letters"));
}

#[test]
fn what_fails_is_told_in_every_form() {
    let report = run(&format!("{FOLDER}/failing"));
    assert!(!report.is_passed());
    let forms = [
        ("report.txt", report.to_string()),
        ("report.junit.xml", report.to_junit()),
        ("report.json", report.to_json() + "\n"),
    ];
    let differences: String = forms
        .iter()
        .map(|(file, found)| difference(format!("{FOLDER}/failing/{file}"), found))
        .collect();
    assert!(differences.is_empty(), "{differences}");
    let json: serde_json::Value = serde_json::from_str(&report.to_json()).expect("is JSON");
    assert_eq!(json["failed"], report.failed());
}

#[test]
fn every_problem_of_a_file_is_told() {
    let mut differences = String::new();
    for path in files(Path::new(FOLDER).join("wrong")) {
        if path.extension().is_some_and(|end| end == "txt") {
            continue;
        }
        let path = path.to_string_lossy().into_owned();
        let report = run(&path);
        assert_eq!((report.broken(), report.passed()), (1, 0), "{report}");
        differences += &difference(format!("{path}.txt"), &report.to_string());
    }
    assert!(differences.is_empty(), "{differences}");
}

#[test]
fn nothing_to_test_is_an_error() {
    let error =
        |paths: &[&str], runner: Runner| runner.run(paths).expect_err("is none").to_string();
    let found = error(&["fixtures/errors"], Runner::new());
    assert!(
        found.starts_with("there is no test file in `fixtures/errors`"),
        "{found}"
    );
    let found = error(&["fixtures/nowhere"], Runner::new());
    assert!(
        found.starts_with("`fixtures/nowhere` cannot be read"),
        "{found}"
    );
    assert!(error(&[], Runner::new()).contains("no file or folder"));
    let found = error(&["fixtures/testing/letters"], Runner::new().only("nobody"));
    assert_eq!(found, "no case, and no file, has a name with `nobody`");
    let report = Runner::new()
        .only("secret")
        .run(["fixtures/testing/letters"])
        .expect("is one");
    assert_eq!(report.files[0].cases.len(), 1);
}

#[test]
fn the_cover_of_several_files_is_that_of_all_their_cases() {
    let paths = ["letters/letters.test.yaml", "failing/letters.test.yaml"];
    let paths = paths.map(|path| format!("{FOLDER}/{path}"));
    let [one, other] = paths
        .clone()
        .map(|path| run(&path).cover.expect("is asked for"));
    let both = Runner::new().with_cover().run(&paths).expect("can be read");
    let both = both.cover.expect("is asked for");
    assert_eq!(both.decisions, one.decisions + other.decisions);
    for ((both, one), other) in both.elements.iter().zip(&one.elements).zip(&other.elements) {
        assert_eq!(both.place, one.place);
        assert_eq!(both.reached, one.reached + other.reached);
        assert_eq!(both.not_reached, one.not_reached + other.not_reached);
    }
}

/// A grid passes where the policies decide so, and fails in exactly the cells that say otherwise.
/// The role that would be enough is the only one: a policy that wants one has no second.
#[cfg(feature = "alfa")]
#[test]
fn enough_stands_in_place_of_what_the_request_has() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("enough");
    fs::create_dir_all(&folder).expect("can be made");
    let policy = |condition: &str| {
        format!(
            "attribute role {{ id = \"role\" type = string category = subjectCat }}\n\
             policy p {{ apply denyUnlessPermit rule r {{ permit condition {condition} }} }}"
        )
    };
    let one = policy("stringOneAndOnly(role) == \"clerk\"");
    let two = policy("stringIsIn(\"clerk\", role) && stringIsIn(\"porter\", role)");
    for (policy, enough, is_enough) in [
        (&one, "clerk", true),
        (&one, "[porter, clerk]", false),
        (&two, "[porter, clerk]", true),
        (&two, "clerk", false),
        (&two, "[porter, clerk, judge]", false),
    ] {
        fs::write(folder.join("p.alfa"), policy).expect("can be written");
        let path = folder.join("p.test.yaml");
        let text = format!(
            "cases:\n  - name: a porter\n    subject: {{role: porter}}\n    expect: Deny\n    \
             enough:\n      subject: {{role: {enough}}}\n"
        );
        fs::write(&path, &text).expect("can be written");
        let report = Runner::new().run([&path]).expect("can be read");
        assert_eq!(report.is_passed(), is_enough, "{text}{report}");
    }
}

#[test]
fn a_grid_fails_where_it_is_wrong_and_nowhere_else() {
    let policy = fs::read(format!("{FOLDER}/letters/letters.xml")).expect("can be read");
    let pdp = Pdp::builder().policy("letters.xml", policy);
    let pdp = pdp.build().expect("is a policy");
    let (roles, actions) = (
        ["clerk", "porter", "Clerk", "1"],
        ["read", "list", "write", "yes"],
    );
    let all = ["Permit", "Deny", "NotApplicable", "Indeterminate"];
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("grids");
    fs::create_dir_all(&folder).expect("can be made");
    let here = std::env::current_dir().expect("is there").join(FOLDER);
    // Any sequence that is not all the same will do.
    let mut seed = 7u32;
    let mut random = |most: u32| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 16) % most
    };
    for round in 0..40 {
        let (mut grid, mut wrong) = (String::new(), Vec::new());
        for role in roles {
            grid += &format!("      {role}: {{");
            for action in actions {
                let request = Request::builder()
                    .subject("role", role)
                    .action(action)
                    .build();
                let mut decision = pdp.decide(&request).decision().as_str();
                if random(4) == 0 {
                    let others: Vec<_> = all.iter().filter(|other| **other != decision).collect();
                    decision = others[random(3) as usize];
                    wrong.push(format!("grid [{role}, {action}]"));
                }
                grid += &format!("{action}: {decision}, ");
            }
            grid += "}\n";
        }
        let text = format!(
            "policies: {}/letters/letters.xml\ncases:\n  - name: grid\n    down: subject.role\n    \
             across: action\n    table:\n{grid}",
            here.display()
        );
        let path = folder.join(format!("{round}.test.yaml"));
        fs::write(&path, &text).expect("can be written");
        let report = Runner::new().run([&path]).expect("can be read");
        let failed = report.files[0].cases.iter();
        let failed = failed.filter(|case| case.failure.is_some());
        let failed: Vec<_> = failed.map(|case| case.name.clone()).collect();
        assert_eq!(failed, wrong, "{text}{report}");
    }
}

#[test]
fn covers_that_are_merged_are_the_cover_of_all_wherever_they_are_split() {
    let policy = fs::read("fixtures/cover/records.policy.xml").expect("can be read");
    let library = fs::read("fixtures/cover/records.library.xml").expect("can be read");
    let builder = Pdp::builder().policy("records.policy.xml", policy);
    let pdp = builder.library("records.library.xml", library).build();
    let pdp = pdp.expect("are policies");
    let text = fs::read("fixtures/cover/records.requests.json").expect("can be read");
    let texts: Vec<serde_json::Value> = serde_json::from_slice(&text).expect("is a list");
    let read =
        |text: &serde_json::Value| Request::from_json(text.to_string()).expect("is a request");
    let requests: Vec<Request> = texts.iter().map(read).collect();
    let whole = pdp.cover(&requests);
    for at in 0..=requests.len() {
        let mut cover = pdp.cover(&requests[..at]);
        cover.merge(pdp.cover(&requests[at..]));
        assert_eq!(cover.elements, whole.elements);
        assert_eq!((cover.decisions, cover.cut), (whole.decisions, whole.cut));
        assert_eq!(cover.annotated(), whole.annotated());
    }
}

#[test]
fn the_cover_is_a_page_that_asks_for_nothing() {
    let cover = run(&format!("{FOLDER}/letters"))
        .cover
        .expect("is asked for");
    let page = cover.to_html();
    let differs = difference(format!("{FOLDER}/letters.cover.html"), &page);
    assert!(differs.is_empty(), "{differs}");
    let policy = r#"<Policy xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17"
        PolicyId="&lt;script&gt;alert(1)&lt;/script&gt;&amp;&#34;'" Version="1.0"
        RuleCombiningAlgId="urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-overrides">
        <!-- <script src="https://example.com"></script> --><Target/></Policy>"#;
    let hostile = Pdp::builder().policy("<img src=x>.xml", policy).build();
    let hostile = hostile.expect("is a policy").cover([]).to_html();
    for page in [page, hostile] {
        for forbidden in ["<script", "<img", "<link", "@import", "url(", "<a "] {
            assert!(!page.contains(forbidden), "{forbidden} is in {page}");
        }
        // As XML, but for the elements that HTML does not end.
        let body = page.split_once("<body>").expect("has a body").1;
        let body = body.split_once("</body>").expect("ends").0;
        let mut reader = quick_xml::Reader::from_str(body);
        while reader.read_event().expect("is well-formed") != quick_xml::events::Event::Eof {}
    }
}

/// A file cannot make many times more than it has: facts that cases copy are counted.
#[test]
fn facts_that_are_copied_are_counted() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("many");
    fs::create_dir_all(&folder).expect("can be made");
    fs::copy(
        format!("{FOLDER}/letters/letters.xml"),
        folder.join("letters.xml"),
    )
    .expect("is copied");
    let roles: Vec<String> = (0..2_000).map(|role| format!("r{role}")).collect();
    let mut text = format!(
        "facts:\n  many: {{subject: {{role: [{}]}}}}\ncases:\n",
        roles.join(", ")
    );
    for case in 0..1_000 {
        text += &format!("  - {{name: c{case}, use: many, expect: NotApplicable}}\n");
    }
    let path = folder.join("many.test.yaml");
    fs::write(&path, &text).expect("can be written");
    let report = Runner::new().run([&path]).expect("is one").to_string();
    assert!(
        report.contains("too many attribute values; the limit is 1000000"),
        "{report}"
    );
}

/// Whoever follows the chapter sees what it shows.
#[test]
fn the_chapter_is_as_it_says() {
    let chapter = fs::read_to_string("src/manual/testing.md").expect("is text");
    let blocks = |kind: &str| -> Vec<String> {
        let fence = format!("```{kind}\n");
        let parts = chapter.split(&fence).skip(1);
        parts
            .map(|part| part.split("```").next().expect("has a part").to_owned())
            .collect()
    };
    let (yaml, text) = (blocks("yaml"), blocks("text"));
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("chapter");
    fs::create_dir_all(&folder).expect("can be made");
    let policy_is = |path: &str| {
        fs::copy(path, folder.join("letters.xml")).expect("is copied");
    };
    // The README begins with this policy.
    policy_is("examples/letters.xml");
    let file = folder.join("letters.test.yaml");
    let run = |text: &str| {
        fs::write(&file, text).expect("can be written");
        Runner::new().run([&folder]).expect("can be read")
    };
    let report = run(&yaml[0]);
    assert!(report.is_passed() && report.passed() == 2, "{report}");
    let report = run(&yaml[0].replace("expect: Deny", "expect: Permit")).to_string();
    let report = report.replace(&format!("{}/", folder.display()), "");
    assert!(report.starts_with(&text[0]), "{report}");
    policy_is(&format!("{FOLDER}/letters/letters.xml"));
    let tables: Vec<&String> = yaml
        .iter()
        .filter(|block| block.starts_with("  - name"))
        .collect();
    assert_eq!(tables.len(), 2);
    for table in tables {
        let facts = "facts:\n  kari: {subject: {role: clerk}}\n  ola: {subject: {role: porter}}\n";
        let report = run(&format!("{facts}cases:\n{table}"));
        assert!(report.is_passed() && report.passed() > 2, "{report}");
    }
}

fn files(folder: PathBuf) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("can be listed");
    let mut files: Vec<_> = entries.map(|entry| entry.expect("is one").path()).collect();
    files.sort();
    files
}

/// The number of rules that count where a host decides by these policies.
fn rules_of(runner: Runner, policies: &[&str], tests: &[&str]) -> usize {
    let policies = policies.iter().map(|file| {
        let bytes = fs::read(file).expect("can be read");
        SourceDocument::policy(*file, bytes)
    });
    let runner = runner.with_cover().policies(policies);
    let report = runner.run(tests).expect("can be run");
    assert!(
        report.is_passed() && report.not_counted.is_empty(),
        "{report}"
    );
    let cover = report.cover.expect("is asked for");
    cover.share(&[Element::Rule]).all
}

#[test]
fn policies_of_a_host_count_where_no_test_file_names_them() {
    let rules_in = |file: &str| {
        let text = fs::read_to_string(file).expect("can be read");
        text.matches("Rule RuleId").count()
    };
    let (letters, other) = (
        "fixtures/testing/letters/letters.xml",
        "fixtures/authzen/records.xml",
    );
    let test = "policies: [fixtures/testing/letters/letters.xml]\n\
                cases: [{name: nobody, action: shred, expect: NotApplicable}]";
    let runner = Runner::new().text("typed in", test);
    let both = rules_in(letters) + rules_in(other);
    assert_eq!(rules_of(runner, &[letters, other], &[]), both);

    #[cfg(feature = "altinn")]
    {
        let scenarios = "fixtures/altinn/scenarios";
        let named = ["ttd-straffesak-brev", "ttd-straffesak-vedlegg"];
        let named =
            named.map(|id| format!("{scenarios}/01-letter-with-attachment/policies/{id}.xml"));
        let third = format!("{scenarios}/04-roles-and-packages/policies/ttd-begge.xml");
        let runner = || Runner::new().kind(vedtak::altinn::testing::Registers);
        let test = ["fixtures/testing/register/mail.test.yaml"];
        let two = rules_of(runner(), &[&named[0], &named[1]], &test);
        let three = rules_of(runner(), &[&named[0], &named[1], &third], &test);
        assert_eq!(three, two + rules_in(&third));
    }
}
