//! The test files beside the policies, run by what decides.

use std::fs;
use std::time::Duration;

use crate::operator::{notes, seldom};
use crate::support::{Folder, RECORDS, Server, fixture};
use vedtak_server::options::Options;

/// The test files in the folder of policies run as they are at that moment, by the policies that decide.
#[tokio::test]
async fn tests_beside_the_policies_are_run_and_counted() {
    let folder = Folder::new();
    let mut options = Options::of(&folder.0);
    options.pages = true;
    let server = Server::start(options).await;
    server.get("/tests").await.problem(404);
    let letters = fixture("testing/letters");
    let read = |name| std::fs::read_to_string(letters.join(name)).expect("it is there");
    folder.write("letters.xml", &read("letters.xml"));
    folder.write("letters.test.yaml", &read("letters.test.yaml"));
    // Until the server has looked, none decides.
    let told = server.get("/tests").await.json();
    assert!(
        told["text"]
            .as_str()
            .is_some_and(|text| text.contains("no policy decides"))
    );
    server.service.sync();
    let told = server.get("/tests").await.json();
    assert_eq!(told["is_passed"], true, "{told}");
    let cover = &told["coverage"];
    assert_eq!(cover["covered"], cover["rules"], "{cover}");
    assert!(cover["rules"].as_u64() > Some(0), "{cover}");
    let annotated = cover["annotated"].as_str();
    assert!(annotated.is_some_and(|text| text.contains("<Rule ")));
    folder.write("letters.xml", "<Policy");
    server.service.sync();
    assert_eq!(server.get("/tests").await.json()["is_passed"], true);
    folder.write("letters.test.yaml", "cases: 1");
    let told = server.get("/tests").await.json();
    assert_eq!(
        (&told["is_passed"], &told["broken"]),
        (&false.into(), &1.into())
    );
    let text = told["text"].as_str().unwrap_or_default();
    assert!(text.contains("letters.test.yaml:1"), "{told}");
}

/// The tests beside the policies are of those that decide: of no file that is refused or not read.
#[tokio::test]
async fn what_is_tested_is_what_decides() {
    let cases = "cases:\n  - name: all read\n    action: {name: read}\n    resource: {type: note}\n    \
                 expect: Permit\n";
    let folder = Folder::new().with("notes.xml", notes());
    folder.write("notes.test.yaml", cases);
    folder.write(
        "named.test.yaml",
        &format!("policies: [notes.xml]\n{cases}"),
    );
    let server = Server::start(seldom(&folder)).await;
    let passed = async || {
        let told = server.get("/tests").await.json();
        (
            told["passed"].clone(),
            told["broken"].clone(),
            told["text"].to_string(),
        )
    };
    let expect = async |count: u64, broken: u64| {
        let (passed, is_broken, text) = passed().await;
        assert_eq!((passed, is_broken), (count.into(), broken.into()), "{text}");
    };
    expect(2, 0).await;
    folder.write("notes.xml", &notes().replace(">read<", ">look<")[..900]);
    folder.write("other.alfa", "namespace other {");
    fs::create_dir(folder.0.join("below")).expect("it can be made");
    folder.write("below/other.xml", RECORDS);
    server.service.sync();
    expect(2, 0).await;
    folder.write(
        "third.test.yaml",
        &format!("policies: [below/other.xml]\n{cases}"),
    );
    expect(2, 1).await;
    assert!(passed().await.2.contains("is not among those that decide"));
    // They are combined as they are, whatever the file says; and a register decides nothing here.
    let permits = format!("combining: permit-overrides\n{cases}");
    let denies = notes().replace("example:notes", "example:none");
    let denies = denies.replace("deny-unless-permit", "permit-unless-deny");
    let denies = denies.replace("Effect=\"Permit\"", "Effect=\"Deny\"");
    folder.write("denies.xml", &denies);
    folder.write(
        "third.test.yaml",
        &permits.replace("expect: Permit", "expect: Deny"),
    );
    fs::remove_file(folder.0.join("notes.test.yaml")).expect("it can be removed");
    server.service.sync();
    expect(2, 0).await;
    folder.write("register.json", "{}");
    folder.write(
        "third.test.yaml",
        &format!("register: register.json\n{cases}"),
    );
    expect(1, 1).await;
}

/// Rules that no test reaches count, also those of policies that no test names.
#[tokio::test]
async fn policies_that_no_test_names_are_counted() {
    let case = "cases:\n  - name: all read\n    action: {name: read}\n    resource: {type: note}\n    \
                expect: Permit\n";
    let folder = Folder::new()
        .with("notes.xml", notes())
        .with("records.xml", RECORDS);
    folder.write("notes.test.yaml", &format!("policies: [notes.xml]\n{case}"));
    let server = Server::start(seldom(&folder)).await;
    let told = server.get("/tests").await.json();
    assert_eq!(told["is_passed"], true, "{told}");
    let cover = &told["coverage"];
    let rules = notes().matches("<Rule ").count() + RECORDS.matches("<Rule ").count();
    assert_eq!(
        (&cover["covered"], &cover["rules"]),
        (&1.into(), &rules.into()),
        "{cover}"
    );

    let scenario = fixture("altinn/scenarios/04-roles-and-packages");
    let read = |name: &str| fs::read_to_string(scenario.join(name)).expect("it is there");
    let policy = read("policies/ttd-begge.xml");
    let folder = Folder::new()
        .with("ttd-begge.xml", &policy)
        .with("other.xml", &policy.replace("ttd-begge", "other"))
        .with("register.json", &read("register.json"));
    let test = "register: register.json\npolicies: [ttd-begge.xml]\nat: 2026-03-02T09:00:00+01:00\ncases:\n  \
                - name: she reads\n    who: UNNI UTFYLLER\n    for: BJARKØY MASKIN AS\n    \
                service: ttd-begge\n    action: read\n    expect: Permit\n";
    folder.write("a.test.yaml", test);
    let mut options = seldom(&folder);
    options.deciding.altinn = Some(folder.0.join("register.json"));
    let server = Server::start(options).await;
    let told = server.get("/tests").await.json();
    assert_eq!(told["is_passed"], true, "{told}");
    let rules = 2 * policy.matches("Rule RuleId").count();
    let cover = &told["coverage"];
    assert!(
        cover["annotated"].to_string().contains("other.xml"),
        "{cover}"
    );
    assert_eq!(cover["rules"], rules, "{cover}");
}

/// The server bounds what one question costs, and says so.
#[tokio::test]
async fn no_more_tests_are_run_than_a_server_has_time_for() {
    let folder = Folder::new().with("notes.xml", notes());
    let few = "cases:\n  - name: all read\n    action: {name: read}\n    resource: {type: note}\n    \
               expect: Permit\n";
    let table = few.replace(
        "resource: {type: note}",
        "columns: [resource.type]\n    rows:",
    );
    let rows: String = (0..10_000)
        .map(|id| format!("      - [\"{id}\"]\n"))
        .collect();
    let table = table.replace("rows:\n", &format!("rows:\n{rows}"));
    let table = table.replace("expect: Permit", "expect: NotApplicable");
    folder.write("a.test.yaml", few);
    folder.write("b.test.yaml", &table);
    folder.write("c.test.yaml", few);
    let mut options = seldom(&folder);
    options.answer_within = Duration::from_secs(100);
    let server = Server::start(options).await;
    let told = server.get("/tests").await.json();
    let text = told["text"].as_str().unwrap_or_default();
    assert!(text.contains("a server runs 10000 cases"), "{text}");
    let sums = (&told["passed"], &told["broken"], &told["is_passed"]);
    assert_eq!(sums, (&1.into(), &1.into(), &false.into()), "{text}");
    assert!(!text.contains("c.test.yaml"), "{text}");
}

/// In Altinn mode, too, what is tested is what decides: the register, and the policies, as they were read.
#[tokio::test]
async fn the_register_that_is_tested_is_the_one_that_decides() {
    let scenario = fixture("altinn/scenarios/04-roles-and-packages");
    let read = |name: &str| fs::read_to_string(scenario.join(name)).expect("it is there");
    let folder = Folder::new()
        .with("ttd-begge.xml", &read("policies/ttd-begge.xml"))
        .with("register.json", &read("register.json"));
    let test = "register: register.json\nat: 2026-03-02T09:00:00+01:00\ncases:\n  - name: she reads\n    \
                who: UNNI UTFYLLER\n    for: BJARKØY MASKIN AS\n    service: ttd-begge\n    action: read\n    \
                expect: Permit\n";
    folder.write("a.test.yaml", test);
    let mut options = seldom(&folder);
    options.deciding.altinn = Some(folder.0.join("register.json"));
    let server = Server::start(options).await;
    let told = async || server.get("/tests").await.json();
    assert_eq!(told().await["is_passed"], true, "{}", told().await);
    folder.write("register.json", "{}");
    server.service.sync();
    assert_eq!(told().await["is_passed"], true, "{}", told().await);
    folder.write("other.json", &read("register.json"));
    for (other, why) in [
        (
            test.replace("register.json", "other.json"),
            "is not the register that decides",
        ),
        (
            "cases:\n  - name: a\n    expect: Permit\n".to_owned(),
            "what decides here has a `register`",
        ),
        (
            format!("reading: direct\n{test}"),
            "has no member `reading`",
        ),
    ] {
        folder.write("a.test.yaml", &other);
        let told = told().await;
        assert_eq!(told["broken"], 1, "{told}");
        assert!(told["text"].to_string().contains(why), "{told}");
    }
}
