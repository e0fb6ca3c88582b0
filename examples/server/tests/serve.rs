//! The routes, asked as clients ask them.

use std::cell::RefCell;
use std::sync::Once;
use std::{fs, io};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::BodyExt;
use tower::ServiceExt;
use vedtak::Store;
use vedtak_server::sync;

const POLICY: &str = include_str!("../../../fixtures/authzen/records.xml");
const README: &str = include_str!("../README.md");
const REQUEST: &str =
    r#"{"Request": {"Action": {"Attribute": {"AttributeId": "a", "Value": "b"}}}}"#;

thread_local! {
    /// What this thread has logged: a test runs in one thread.
    static LOGGED: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Writes the log of a thread to [`LOGGED`].
struct Log;

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOGGED.with_borrow_mut(|logged| logged.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Takes what this thread has logged since this was last asked.
fn logged() -> String {
    String::from_utf8(LOGGED.take()).expect("it is text")
}

/// The server of these tests.
///
/// One subscriber serves all threads, and is there before anything is logged: `tracing` remembers
/// for the whole process whether somebody listens to an event, and asks the thread that comes
/// first.
fn server() -> (Router, Store) {
    static LOGGING: Once = Once::new();
    LOGGING.call_once(|| {
        let log = tracing_subscriber::fmt().json();
        log.with_writer(|| Log).init();
    });
    vedtak_server::server("http://localhost:8181").expect("a store can be made")
}

async fn ask(router: &Router, request: Request<Body>) -> (StatusCode, String, String) {
    let response: Response<Body> = router.clone().oneshot(request).await.expect("it answers");
    let status = response.status();
    let kind = response
        .headers()
        .get("content-type")
        .and_then(|kind| kind.to_str().ok());
    let kind = kind.unwrap_or_default().to_owned();
    let body = response
        .into_body()
        .collect()
        .await
        .expect("it has a body")
        .to_bytes();
    (status, kind, String::from_utf8_lossy(&body).into_owned())
}

fn post(path: &str, kind: &str, accept: &str, body: &str) -> Request<Body> {
    let request = Request::post(path)
        .header("content-type", kind)
        .header("accept", accept);
    request
        .body(Body::from(body.to_owned()))
        .expect("it is a request")
}

fn get(path: &str) -> Request<Body> {
    Request::get(path)
        .body(Body::empty())
        .expect("it is a request")
}

#[tokio::test]
async fn a_folder_of_policies_answers_xacml_and_authzen() {
    let folder = std::env::temp_dir().join(format!("vedtak-server-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder can be made");
    let (router, store) = server();

    sync(&store, &folder).expect("the folder can be read");
    assert_eq!(
        ask(&router, get("/health")).await.0,
        StatusCode::SERVICE_UNAVAILABLE
    );

    fs::write(folder.join("records.xml"), POLICY).expect("it can be written");
    sync(&store, &folder).expect("the folder can be read");
    assert_eq!(ask(&router, get("/health")).await.0, StatusCode::OK);

    let question = r#"{"subject": {"type": "user", "id": "alice"}, "action": {"name": "read"},
                       "resource": {"type": "record", "id": "record-1"}}"#;
    let asked = post("/access/v1/evaluation", "application/json", "*/*", question);
    assert_eq!(ask(&router, asked).await.2, r#"{"decision":true}"#);
    let asked = post("/access/v1/evaluation", "application/json", "*/*", "{}");
    assert_eq!(ask(&router, asked).await.0, StatusCode::BAD_REQUEST);

    // A search: the ids that the policies name; and where they do not name all, no answer.
    let searched = |path, question| post(path, "application/json", "*/*", question);
    let actions = r#"{"subject": {"type": "user", "id": "alice"},
                      "resource": {"type": "record", "id": "record-1"}}"#;
    let found = ask(&router, searched("/access/v1/search/action", actions)).await;
    let expected = r#"{"results":[{"name":"read"},{"name":"write"}]}"#;
    assert_eq!((found.0, &*found.2), (StatusCode::OK, expected));
    let subjects = r#"{"subject": {"type": "user"}, "action": {"name": "write"},
                       "resource": {"type": "record", "id": "record-1"}}"#;
    let found = ask(&router, searched("/access/v1/search/subject", subjects)).await;
    assert_eq!(found.2, r#"{"results":[{"type":"user","id":"alice"}]}"#);
    let found = ask(&router, searched("/access/v1/search/subject", "{}")).await;
    assert_eq!(found.0, StatusCode::BAD_REQUEST);
    let resources = r#"{"subject": {"type": "user", "id": "alice"}, "action": {"name": "read"},
                        "resource": {"type": "record"}}"#;
    let found = ask(&router, searched("/access/v1/search/resource", resources)).await;
    assert_eq!(found.0, StatusCode::NOT_IMPLEMENTED, "she reads any record");

    let mut named = post("/access/v1/evaluation", "application/json", "*/*", question);
    named
        .headers_mut()
        .insert("x-request-id", HeaderValue::from_static("42"));
    let answer = router.clone().oneshot(named).await.expect("it answers");
    assert_eq!(answer.headers()["x-request-id"], "42");

    // A form of a web page is no question, nor is what does not say what it is.
    for kind in [
        "application/x-www-form-urlencoded",
        "text/plain",
        "application/xml",
        "",
    ] {
        for path in [
            "/access/v1/evaluation",
            "/access/v1/evaluations",
            "/access/v1/search/action",
        ] {
            let (status, _, told) = ask(&router, post(path, kind, "*/*", question)).await;
            assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{kind}");
            assert!(told.contains("application/json"), "{told}");
        }
    }

    let json = "application/xacml+json";
    let (status, kind, answer) = ask(&router, post("/pdp", json, "application/xml", REQUEST)).await;
    assert_eq!((status, &*kind), (StatusCode::OK, "application/xacml+xml"));
    assert!(
        answer.contains("<Decision>NotApplicable</Decision>"),
        "{answer}"
    );
    for (kind, accept, expected) in [
        ("text/plain", "*/*", StatusCode::UNSUPPORTED_MEDIA_TYPE),
        (json, "text/html", StatusCode::NOT_ACCEPTABLE),
    ] {
        let (status, _, told) = ask(&router, post("/pdp", kind, accept, REQUEST)).await;
        assert_eq!(status, expected);
        for media_type in ["application/xacml+xml", json] {
            assert!(told.contains(media_type), "{told}");
        }
    }
    let broken = ask(&router, post("/pdp", json, "*/*", "{")).await;
    assert_eq!(broken.0, StatusCode::BAD_REQUEST);

    // A broken file leaves what it was decide on; one that is gone decides no longer.
    fs::write(folder.join("records.xml"), "<Policy").expect("it can be written");
    sync(&store, &folder).expect("the folder can be read");
    let asked = post("/access/v1/evaluation", "application/json", "*/*", question);
    assert_eq!(ask(&router, asked).await.2, r#"{"decision":true}"#);
    // One that cannot be read at all does so, too, and keeps no other from being followed.
    fs::remove_file(folder.join("records.xml")).expect("it can be removed");
    fs::create_dir(folder.join("records.xml")).expect("it can be made");
    let other = POLICY.replace("PolicyId=\"", "PolicyId=\"other-");
    fs::write(folder.join("other.xml"), other).expect("it can be written");
    sync(&store, &folder).expect("the folder can be read");
    assert_eq!(store.len(), 2);
    fs::remove_file(folder.join("other.xml")).expect("it can be removed");
    fs::remove_dir(folder.join("records.xml")).expect("it can be removed");
    sync(&store, &folder).expect("the folder can be read");
    let asked = post("/access/v1/evaluation", "application/json", "*/*", question);
    assert_eq!(ask(&router, asked).await.2, r#"{"decision":false}"#);

    assert!(
        ask(&router, get("/"))
            .await
            .2
            .contains(r#"<link href="/pdp"/>"#)
    );
    let metadata = ask(&router, get("/.well-known/authzen-configuration"))
        .await
        .2;
    assert!(
        metadata.contains("http://localhost:8181/access/v1/evaluations"),
        "{metadata}"
    );
    let metrics = ask(&router, get("/metrics")).await.2;
    assert!(
        metrics.contains("vedtak_decisions_total{decision=\"Permit\"} 6"),
        "{metrics}"
    );
    assert!(
        metrics.contains("vedtak_policy_refusals_total 2"),
        "{metrics}"
    );
    fs::remove_dir_all(&folder).expect("it can be removed");
}

/// Whoever sends a body and never ends it is answered, and holds nothing for longer.
#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let (router, _) = server();
    for path in ["/pdp", "/access/v1/evaluation", "/access/v1/evaluations"] {
        let begun = tokio::time::Instant::now();
        let (sender, body) = http_body_util::channel::Channel::<Bytes, io::Error>::new(1);
        let asked = Request::post(path).header("content-type", "application/json");
        let asked = asked.body(Body::new(body)).expect("it is a request");
        let (status, _, _) = ask(&router, asked).await;
        assert_eq!(status, StatusCode::REQUEST_TIMEOUT);
        assert_eq!(begun.elapsed().as_secs(), 10);
        drop(sender);
    }
}

#[tokio::test]
async fn the_names_of_policies_may_be_in_upper_case_and_folders_are_told() {
    let folder = std::env::temp_dir().join(format!("vedtak-server-{}-names", std::process::id()));
    fs::create_dir_all(folder.join("inner")).expect("a folder can be made");
    fs::write(folder.join("RECORDS.XML"), POLICY).expect("it can be written");
    fs::write(folder.join("inner/other.xml"), POLICY).expect("it can be written");
    fs::write(folder.join("notes.txt"), "none").expect("it can be written");
    let (_, store) = server();
    sync(&store, &folder).expect("the folder can be read");
    assert_eq!(store.len(), 1);
    let logged = logged();
    assert!(
        logged.contains("inner\",\"") || logged.contains("inner\"}"),
        "{logged}"
    );
    assert!(logged.contains("is not followed"), "{logged}");
    assert!(!logged.contains("notes.txt"), "{logged}");
    fs::remove_dir_all(&folder).expect("it can be removed");
}

#[tokio::test]
async fn the_log_has_the_reason_of_false() {
    let (router, store) = server();
    let policy = README
        .split_once("```xml\n")
        .and_then(|(_, rest)| rest.split_once("```"));
    let policy = policy.expect("the README has a policy").0;
    store.put("notes.xml", policy).expect("it can be compiled");

    let question = |action, kind| {
        format!(
            r#"{{"subject": {{"type": "user", "id": "alice"}}, "action": {{"name": "{action}"}},
                "resource": {{"type": "{kind}", "id": "1"}}}}"#
        )
    };
    let under_obligations = "access is granted under obligations, which this answer cannot carry";
    for (action, kind, decision, reason) in [
        ("read", "note", true, None),
        ("print", "note", false, Some(under_obligations)),
        ("read", "letter", false, Some("no policy applies")),
    ] {
        let question = question(action, kind);
        let one = ("/access/v1/evaluation", question.clone());
        let batch = format!(r#"{{"evaluations": [{question}]}}"#);
        for (path, body) in [one, ("/access/v1/evaluations", batch)] {
            logged();
            let (_, _, answer) = ask(&router, post(path, "application/json", "*/*", &body)).await;
            assert!(
                answer.contains(&format!(r#"{{"decision":{decision}}}"#)),
                "{answer}"
            );
            let logged = logged();
            let expected = reason.map(|reason| format!(r#""reason":"{reason}""#));
            match expected {
                Some(reason) => assert!(logged.contains(&reason), "{logged}"),
                None => assert!(!logged.contains("reason"), "{logged}"),
            }
        }
    }

    // One that cannot be read is answered alone, and its error is logged.
    let batch = format!(r#"{{"evaluations": [{{}}, {}]}}"#, question("read", "note"));
    let asked = post("/access/v1/evaluations", "application/json", "*/*", &batch);
    let answer = ask(&router, asked).await.2;
    assert!(answer.contains(r#""status":400"#), "{answer}");
    assert!(logged().contains("must have the member"));

    // A policy that denies is its own reason: the event of the decision.
    let denied = question("delete", "note");
    let asked = post("/access/v1/evaluation", "application/json", "*/*", &denied);
    assert_eq!(ask(&router, asked).await.2, r#"{"decision":false}"#);
    assert!(logged().contains(r#""decision":"Deny""#));
}
