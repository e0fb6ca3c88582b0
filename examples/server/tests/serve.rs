//! The routes, asked as clients ask them.

use std::fs;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::BodyExt;
use tower::ServiceExt;
use vedtak_server::{server, sync};

const POLICY: &str = include_str!("../../../fixtures/authzen/records.xml");
const REQUEST: &str =
    r#"{"Request": {"Action": {"Attribute": {"AttributeId": "a", "Value": "b"}}}}"#;

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
    let (router, store) = server("http://localhost:8181").expect("a store can be made");

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

    let mut named = post("/access/v1/evaluation", "application/json", "*/*", question);
    named
        .headers_mut()
        .insert("x-request-id", HeaderValue::from_static("42"));
    let answer = router.clone().oneshot(named).await.expect("it answers");
    assert_eq!(answer.headers()["x-request-id"], "42");

    let json = "application/xacml+json";
    let (status, kind, answer) = ask(&router, post("/pdp", json, "application/xml", REQUEST)).await;
    assert_eq!((status, &*kind), (StatusCode::OK, "application/xacml+xml"));
    assert!(
        answer.contains("<Decision>NotApplicable</Decision>"),
        "{answer}"
    );
    let status = |request| async { ask(&router, request).await.0 };
    assert_eq!(
        status(post("/pdp", "text/plain", "*/*", REQUEST)).await,
        StatusCode::UNSUPPORTED_MEDIA_TYPE
    );
    assert_eq!(
        status(post("/pdp", json, "text/html", REQUEST)).await,
        StatusCode::NOT_ACCEPTABLE
    );
    assert_eq!(
        status(post("/pdp", json, "*/*", "{")).await,
        StatusCode::BAD_REQUEST
    );

    // A broken file leaves what it was decide on; one that is gone decides no longer.
    fs::write(folder.join("records.xml"), "<Policy").expect("it can be written");
    sync(&store, &folder).expect("the folder can be read");
    let asked = post("/access/v1/evaluation", "application/json", "*/*", question);
    assert_eq!(ask(&router, asked).await.2, r#"{"decision":true}"#);
    fs::remove_file(folder.join("records.xml")).expect("it can be removed");
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
        metrics.contains("vedtak_decisions_total{decision=\"Permit\"} 3"),
        "{metrics}"
    );
    assert!(
        metrics.contains("vedtak_policy_refusals_total 1"),
        "{metrics}"
    );
    fs::remove_dir_all(&folder).expect("it can be removed");
}
