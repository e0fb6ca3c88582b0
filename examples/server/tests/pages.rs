//! The pages in a browser: clicked through, looked at, narrow and dark.

#[path = "support/browser.rs"]
mod browser;

use crate::support::{Folder, RECORDS, Server, fixture};
use browser::Browser;
use vedtak_server::access::{Right, new_token};
use vedtak_server::options::Options;

const README: &str = include_str!("../README.md");

/// Sets the value of a field as a person does.
fn fill(id: &str, text: &str) -> String {
    format!(
        "(() => {{ const field = document.getElementById('{id}'); field.value = {}; \
         field.dispatchEvent(new Event('change', {{bubbles: true}})); }})()",
        serde_json::to_string(text).expect("it is JSON")
    )
}

fn text_of(id: &str) -> String {
    format!("document.getElementById('{id}').innerText")
}

async fn text(browser: &mut Browser, id: &str) -> String {
    browser
        .eval(&text_of(id))
        .await
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

/// Presses the button by the keyboard, and waits for the answer.
async fn decide(browser: &mut Browser, begins: &str) {
    browser
        .eval("document.querySelector('#question button').focus()")
        .await;
    browser.press("Enter").await;
    let begins = format!("{}.startsWith('{begins}')", text_of("status"));
    browser.wait(&begins).await;
}

#[tokio::test]
async fn a_policy_is_tried_in_a_browser() {
    let policy = README
        .split_once("```xml\n")
        .and_then(|(_, rest)| rest.split_once("```"));
    let policy = policy.expect("the README has a policy").0;
    let folder = Folder::new().with("notes.xml", policy);
    let tests = "cases:\n  - name: all read\n    action: {name: read}\n    resource: {type: note}\n    \
                 expect: Permit\n";
    folder.write("notes.test.yaml", tests);
    let mut options = Options::of(&folder.0);
    options.pages = true;
    let server = Server::start(options).await;
    let home = format!("http://{}", server.address);
    let Some(mut page) = Browser::open(&home, "/ui/").await else {
        return;
    };
    page.wait(
        "document.readyState === 'complete' && document.getElementById('policy').value !== ''",
    )
    .await;
    page.is_accessible().await;

    // From the first key to the answer, by the keyboard alone.
    page.press("Tab").await;
    assert_eq!(page.eval("document.activeElement.className").await, "skip");
    for expected in ["source", "policy", "request"] {
        page.press("Tab").await;
        assert_eq!(page.eval("document.activeElement.id").await, expected);
    }
    for expected in ["subject", "resource", "action", "environment"] {
        page.press("Tab").await;
        assert_eq!(page.eval("document.activeElement.value").await, expected);
    }
    page.press("Tab").await;
    assert_eq!(page.eval("document.activeElement.tagName").await, "BUTTON");
    let ring = page
        .eval("getComputedStyle(document.activeElement).outlineStyle")
        .await;
    assert_eq!(ring, "solid", "the focus is to be seen");
    decide(&mut page, "Permit").await;
    let tree = text(&mut page, "tree").await;
    assert!(
        tree.contains("Rule all-read") && tree.contains("wanted “read”"),
        "{tree}"
    );
    let marked = page
        .eval("document.querySelectorAll('#marked .decides').length")
        .await;
    assert!(marked.as_u64().is_some_and(|marked| marked > 0), "{marked}");
    assert!(
        text(&mut page, "enough")
            .await
            .contains("Nothing is missing")
    );
    assert!(
        text(&mut page, "coverage")
            .await
            .contains("1 of 2 rules decided in 1 request")
    );
    // A line of the tree leads to the line of the policy.
    page.eval("document.querySelector('#tree .decides .decides a, #tree .decides a').click()")
        .await;
    assert_eq!(page.eval("document.activeElement.tagName").await, "LI");
    page.picture("policies-wide", 1280, "light").await;

    // The tests beside the policy, by the keyboard as well.
    let run = async |page: &mut Browser, begins: &str| {
        page.eval("document.getElementById('run-tests').focus()")
            .await;
        page.press("Enter").await;
        let begins = format!("{}.startsWith('{begins}')", text_of("tests-status"));
        page.wait(&begins).await;
        text(page, "tests-status").await
    };
    let told = run(&mut page, "Passed").await;
    assert!(told.contains("1 of 2 rules are covered"), "{told}");
    page.eval("document.querySelector('#tests-cover details').open = true")
        .await;
    let counted = text(&mut page, "tests-cover").await;
    assert!(counted.contains("<Rule RuleId=\"all-print\""), "{counted}");
    page.is_accessible().await;
    page.picture("policies-tested", 1280, "light").await;
    page.picture("policies-tested-narrow", 320, "dark").await;
    folder.write("notes.test.yaml", &tests.replace("Permit", "Deny"));
    let told = run(&mut page, "Failed").await;
    assert!(told.contains("0 passed, 1 failed"), "{told}");
    let why = text(&mut page, "tests-cover").await;
    assert!(why.contains("expected Deny, found Permit"), "{why}");
    page.picture("policies-failed", 320, "light").await;
    std::fs::remove_file(folder.0.join("notes.test.yaml")).expect("it can be removed");
    run(&mut page, "there is no test file").await;

    let request = |action: &str| {
        format!(
            r#"{{"subject": {{"type": "user", "id": "alice"}}, "action": {{"name": "{action}"}},
                "resource": {{"type": "note", "id": "1"}}}}"#
        )
    };
    page.eval(&fill("request", &request("print"))).await;
    decide(&mut page, "Permit").await;
    page.wait(&format!("{}.includes('2 of 2 rules')", text_of("coverage")))
        .await;
    assert!(
        text(&mut page, "tree")
            .await
            .contains("urn:example:keep-a-record")
    );
    let told = text(&mut page, "status").await;
    assert!(told.contains("the answer is false"), "{told}");
    page.eval(&fill("request", &request("delete"))).await;
    decide(&mut page, "Deny").await;
    assert!(text(&mut page, "enough").await.contains("No change"));
    page.eval("document.querySelector('#open input[value=action]').click()")
        .await;
    decide(&mut page, "Deny").await;
    page.wait(&format!(
        "{}.includes('replace delete by read in name')",
        text_of("enough")
    ))
    .await;
    page.eval("document.getElementById('picture-part').open = true")
        .await;
    assert_eq!(
        page.eval("document.querySelectorAll('#picture svg text').length > 0")
            .await,
        true
    );
    page.is_accessible().await;
    page.picture("policies-narrow", 320, "light").await;
    page.picture("policies-dark", 1280, "dark").await;

    // A policy of one's own, which has what would be markup in its ids.
    let own = policy
        .replace("all-print", "&lt;img src=x onerror=alert(1)&gt;")
        .replace(">print<", ">delete<");
    page.eval(&fill("policy", &own)).await;
    decide(&mut page, "Permit").await;
    assert!(text(&mut page, "tree").await.contains("<img src=x"));
    page.eval(&fill("policy", "<Policy")).await;
    decide(&mut page, "notes.xml").await;
    let told = text(&mut page, "status").await;
    assert!(
        told.contains("notes.xml:1") && !told.contains('`'),
        "{told}"
    );
    assert_eq!(
        page.eval("document.getElementById('details').hidden").await,
        true
    );
    page.picture("policies-refused", 1280, "light").await;
    page.eval(&fill("policy", " ")).await;
    decide(&mut page, "There is no policy").await;
    page.eval(&fill("source", "notes.xml")).await;
    page.wait("document.getElementById('policy').selectionStart === 0")
        .await;
    page.eval(&fill("request", "{}")).await;
    decide(&mut page, "3 problems").await;
    assert!(
        text(&mut page, "status")
            .await
            .contains("must have the member action")
    );
    // What the browser itself says of an answer that is an error is no complaint.
    page.complaints.retain(|complaint| {
        !["status of 400", "status of 422", "status of 404"]
            .iter()
            .any(|known| complaint.contains(known))
    });
    assert!(page.complaints.is_empty(), "{:?}", page.complaints);
}

#[tokio::test]
async fn a_page_asks_for_a_token_where_one_is_needed() {
    let folder = Folder::new().with("records.xml", RECORDS);
    let (token, line) = new_token("support", &[Right::Explain]).expect("there are random bits");
    folder.write("tokens", &line);
    let mut options = Options::of(&folder.0);
    options.pages = true;
    options.tokens = Some(folder.0.join("tokens"));
    let server = Server::start(options).await;
    let home = format!("http://{}", server.address);
    let Some(mut page) = Browser::open(&home, "/ui/").await else {
        return;
    };
    page.wait(
        "document.readyState === 'complete' && !document.getElementById('token-part').hidden",
    )
    .await;
    assert!(text(&mut page, "status").await.contains("needs a token"));
    page.eval(&fill("token", &token)).await;
    page.wait("document.getElementById('policy').value !== ''")
        .await;
    decide(&mut page, "NotApplicable").await;
    // Without policies, and without a server.
    std::fs::remove_file(folder.0.join("records.xml")).expect("it can be removed");
    server.service.sync();
    page.eval("window.isOld = true; location.reload()").await;
    page.wait(
        "!window.isOld && document.readyState === 'complete' && document.getElementById('token') !== null",
    )
    .await;
    page.eval(&fill("token", &token)).await;
    page.wait(&format!(
        "{}.includes('No policy decides')",
        text_of("status")
    ))
    .await;
    page.eval("fetch = () => Promise.reject(new TypeError('Failed to fetch'))")
        .await;
    decide(&mut page, "The server does not answer").await;
}

#[tokio::test]
async fn a_register_is_asked_in_a_browser() {
    let scenario = fixture("altinn/scenarios/04-roles-and-packages");
    let folder = Folder::new();
    for name in ["ttd-kun-rolle.xml", "ttd-begge.xml"] {
        std::fs::copy(scenario.join("policies").join(name), folder.0.join(name))
            .expect("it is copied");
    }
    let mut options = Options::of(&folder.0);
    options.deciding.altinn = Some(scenario.join("register.json"));
    options.pages = true;
    let server = Server::start(options).await;
    let home = format!("http://{}", server.address);
    let Some(mut page) = Browser::open(&home, "/ui/").await else {
        return;
    };
    page.wait("document.readyState === 'complete' && document.querySelectorAll('#action option').length > 0").await;
    page.is_accessible().await;
    let choose = |id: &str, part: &str| {
        format!(
            "(() => {{ const field = document.getElementById('{id}'); \
             const option = [...field.options].find((one) => one.text.includes('{part}')); \
             field.value = option.value; field.dispatchEvent(new Event('change')); return option.text; }})()"
        )
    };
    page.eval(&choose("party", "310000401")).await;
    page.eval(&fill("at", "2026-03-02T09:00")).await;
    page.eval("document.getElementById('action').replaceChildren()")
        .await;
    page.eval(&choose("resource", "ttd-begge")).await;
    page.wait("document.querySelectorAll('#action option').length > 0")
        .await;
    let mut seen = Vec::new();
    let subjects = page
        .eval("document.getElementById('who').options.length")
        .await
        .as_u64();
    for number in 0..subjects.unwrap_or_default() {
        page.eval(&format!(
            "document.getElementById('who').selectedIndex = {number}"
        ))
        .await;
        page.eval("document.getElementById('status').replaceChildren()")
            .await;
        page.eval("document.querySelector('#question button').focus()")
            .await;
        page.press("Enter").await;
        page.wait(&format!("/^(Ja|Nei|Kan)/.test({})", text_of("status")))
            .await;
        page.wait("document.getElementById('parties').innerText !== ''")
            .await;
        let decision = text(&mut page, "status").await;
        let why = text(&mut page, "why").await;
        assert!(!why.is_empty());
        if decision.starts_with("Ja") && !seen.contains(&"ja") {
            assert!(
                why.contains("rollen") || why.contains("tilgangspakken"),
                "{why}"
            );
            page.picture("altinn-ja", 1280, "light").await;
            seen.push("ja");
        }
        if decision.starts_with("Nei") && !seen.contains(&"nei") {
            page.picture("altinn-nei", 1280, "dark").await;
            page.picture("altinn-narrow", 320, "light").await;
            seen.push("nei");
        }
    }
    assert_eq!(seen.len(), 2, "{seen:?}");
    page.is_accessible().await;
    assert!(page.complaints.is_empty(), "{:?}", page.complaints);
}

/// What has the value of its policy, and is outweighed with it, is not shown as what decides.
#[tokio::test]
async fn what_is_outweighed_is_not_marked_as_what_decides() {
    let deny = RECORDS.replace("PolicyId=\"", "PolicyId=\"deny-");
    let start = deny.find("<Target>").expect("it has a target");
    let deny = format!(
        "{}<Target/><Rule RuleId=\"no\" Effect=\"Deny\"/></Policy>",
        &deny[..start]
    );
    let folder = Folder::new()
        .with("records.xml", RECORDS)
        .with("z.xml", &deny);
    let mut options = Options::of(&folder.0);
    options.pages = true;
    let server = Server::start(options).await;
    let home = format!("http://{}", server.address);
    let Some(mut page) = Browser::open(&home, "/ui/").await else {
        return;
    };
    page.wait(
        "document.readyState === 'complete' && document.getElementById('policy').value !== ''",
    )
    .await;
    page.eval(&fill("request", &crate::support::question("alice", "read")))
        .await;
    decide(&mut page, "Deny").await;
    let values = |of: &str| {
        format!("[...document.querySelectorAll('{of}')].map((one) => one.innerText).join()")
    };
    let decided = page.eval(&values("#tree .decides > .value")).await;
    assert_eq!(decided, "Deny,Deny");
    let marked = page.eval(&values("#marked .decides .mark")).await;
    assert_eq!(marked, "");
    let tree = text(&mut page, "tree").await;
    assert!(
        tree.contains("outweighed") && tree.contains("decides in its policy"),
        "{tree}"
    );
}

/// An app has its rights in its tasks, so one of them is chosen with the action.
#[tokio::test]
async fn a_task_is_chosen_in_a_browser() {
    let scenario = fixture("altinn/scenarios/45-a-task-and-the-whole-app");
    let mut options = Options::of(scenario.join("policies"));
    options.deciding.altinn = Some(scenario.join("register.json"));
    options.pages = true;
    let server = Server::start(options).await;
    let home = format!("http://{}", server.address);
    let Some(mut page) = Browser::open(&home, "/ui/").await else {
        return;
    };
    page.wait("document.querySelectorAll('#action option').length > 0")
        .await;
    for (id, value) in [
        ("who", "urn:altinn:partyid:34502"),
        ("party", "urn:altinn:partyid:44501"),
        ("resource", "app_ttd_melding"),
    ] {
        page.eval(&fill(id, value)).await;
    }
    page.eval(&fill("at", "2026-03-02T09:00")).await;
    page.eval("document.getElementById('resource').dispatchEvent(new Event('change'))")
        .await;
    let chosen = "[...document.getElementById('action').options].find((one) => one.text === 'read (Task_1)')";
    page.wait(&format!("!!{chosen}")).await;
    page.eval(&format!(
        "document.getElementById('action').value = {chosen}.value"
    ))
    .await;
    page.eval("document.querySelector('#question button').click()")
        .await;
    page.wait(&format!("/^(Ja|Nei|Kan)/.test({})", text_of("status")))
        .await;
    let decision = text(&mut page, "status").await;
    assert!(decision.starts_with("Ja"), "{decision}");
    let holders = text(&mut page, "holders").await;
    assert!(holders.contains("SUNE SENDER"), "{holders}");
    assert!(page.complaints.is_empty(), "{:?}", page.complaints);
}
