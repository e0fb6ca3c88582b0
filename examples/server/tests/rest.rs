//! The paths, asked as clients ask them.

mod support;

use support::{Ask, Folder, JSON, RECORDS, Server, question};
use vedtak_server::access::{Right, new_token};
use vedtak_server::options::Options;

const EVALUATION: &str = "/access/v1/evaluation";
const XACML: &str = r#"{"Request": {"Action": {"Attribute": {"AttributeId": "a", "Value": "b"}}}}"#;

fn folder() -> Folder {
    Folder::new().with("records.xml", RECORDS)
}

#[tokio::test]
async fn xacml_is_answered_as_the_client_accepts_it() {
    let folder = folder();
    let server = Server::of(&folder).await;
    let (xml, json) = ("application/xacml+xml", "application/xacml+json");
    for (kind, accept, expected) in [
        (json, "application/xml", xml),
        (json, "*/*", json),
        (json, "application/json;q=0.4, application/xml;q=0.5", xml),
        (JSON, "text/html, application/*;q=0.1", json),
    ] {
        let headers = [("Accept", accept)];
        let ask = Ask {
            path: "/pdp",
            kind,
            headers: &headers,
            body: XACML,
            ..Ask::default()
        };
        let answer = server.ask(&ask).await;
        assert_eq!((answer.status, answer.kind()), (200, expected), "{accept}");
        assert!(answer.body.contains("NotApplicable"), "{answer:?}");
    }
    for (kind, accept, status) in [
        ("text/plain", "*/*", 415),
        ("", "*/*", 415),
        (json, "text/html", 406),
    ] {
        let headers = [("Accept", accept)];
        let ask = Ask {
            path: "/pdp",
            kind,
            headers: &headers,
            body: XACML,
            ..Ask::default()
        };
        let told = server.ask(&ask).await.problem(status);
        assert!(told.contains(xml) && told.contains(json), "{told}");
    }
    let broken = Ask {
        path: "/pdp",
        kind: xml,
        body: "<Request",
        ..Ask::default()
    };
    let broken = server.ask(&broken).await;
    broken.problem(400);
    assert_eq!(broken.json()["problems"][0]["line"], 1, "{broken:?}");
    let home = server.get("/").await;
    assert!(home.body.contains(r#"<link href="/pdp"/>"#), "{home:?}");
}

#[tokio::test]
async fn authzen_is_answered_and_searched() {
    let folder = folder();
    let mut options = Options::of(&folder.0);
    options.public_address = Some("https://pdp.example".into());
    let server = Server::start(options).await;
    let answer = server.post(EVALUATION, &question("alice", "read")).await;
    assert_eq!(answer.body, r#"{"decision":true}"#);
    let batch = format!(
        r#"{{"evaluations": [{}, {{}}]}}"#,
        question("alice", "read")
    );
    let answer = server.post("/access/v1/evaluations", &batch).await.json();
    assert_eq!(answer["evaluations"][0]["decision"], true);
    assert_eq!(answer["evaluations"][1]["decision"], false);
    let bad = server.post(EVALUATION, "{}").await.problem(400);
    assert!(bad.contains("must have the member"), "{bad}");

    let about = r#""resource": {"type": "record", "id": "record-1"}"#;
    let actions = format!(r#"{{"subject": {{"type": "user", "id": "alice"}}, {about}}}"#);
    let found = server.post("/access/v1/search/action", &actions).await;
    assert_eq!(
        found.body,
        r#"{"results":[{"name":"read"},{"name":"write"}]}"#
    );
    let subjects =
        format!(r#"{{"subject": {{"type": "user"}}, "action": {{"name": "write"}}, {about}}}"#);
    let found = server.post("/access/v1/search/subject", &subjects).await;
    assert_eq!(found.body, r#"{"results":[{"type":"user","id":"alice"}]}"#);
    server
        .post("/access/v1/search/subject", "{}")
        .await
        .problem(400);
    let resources = r#"{"subject": {"type": "user", "id": "alice"}, "action": {"name": "read"},
                        "resource": {"type": "record"}}"#;
    // She reads any record.
    server
        .post("/access/v1/search/resource", resources)
        .await
        .problem(501);

    // A form of a web page is no question, nor is what does not say what it is.
    for kind in [
        "application/x-www-form-urlencoded",
        "text/plain",
        "application/xml",
        "",
    ] {
        for path in [
            EVALUATION,
            "/access/v1/evaluations",
            "/access/v1/search/action",
        ] {
            let ask = Ask {
                path,
                kind,
                body: "{}",
                ..Ask::default()
            };
            assert!(server.ask(&ask).await.problem(415).contains(JSON));
        }
    }
    let html = [("Accept", "text/html")];
    let ask = Ask {
        path: EVALUATION,
        headers: &html,
        body: "{}",
        ..Ask::default()
    };
    server.ask(&ask).await.problem(406);
    let metadata = server.get("/.well-known/authzen-configuration").await;
    let expected = "https://pdp.example/access/v1/evaluations";
    assert_eq!(metadata.json()["access_evaluations_endpoint"], expected);
}

#[tokio::test]
async fn every_answer_has_an_id_and_every_error_is_a_problem() {
    let folder = folder();
    let mut options = Options::of(&folder.0);
    options.max_body = 1_000;
    let server = Server::start(options).await;
    let named = [("X-Request-ID", "42")];
    let body = question("alice", "read");
    let ask = Ask {
        path: EVALUATION,
        headers: &named,
        body: &body,
        ..Ask::default()
    };
    let answer = server.ask(&ask).await;
    assert_eq!(answer.headers["x-request-id"], "42");
    assert_eq!(answer.headers["vedtak-policies"].len(), 16);
    let odd = [("X-Request-ID", "a b\tc")];
    let ask = Ask {
        path: EVALUATION,
        headers: &odd,
        body: &body,
        ..Ask::default()
    };
    assert_eq!(server.ask(&ask).await.headers["x-request-id"].len(), 24);

    server.get("/nothing").await.problem(404);
    let other = server.get("/pdp").await;
    other.problem(405);
    assert_eq!(other.headers["allow"], "POST");
    server
        .post(EVALUATION, &"x".repeat(1_001))
        .await
        .problem(413);
    for (path, body) in [
        ("/explain", XACML),
        ("/why-not", XACML),
        ("/altinn/needed", "{}"),
    ] {
        server.post(path, body).await.problem(403);
    }
    server.get("/ui/").await.problem(404);
}

#[tokio::test]
async fn tokens_open_what_they_are_for() {
    let must = RECORDS
        .replace("PolicyId=\"", "PolicyId=\"must-")
        .replace("\"false\"", "\"true\"");
    let folder = folder().with("must.xml", &must);
    let mut file = "# who may what\n\n".to_owned();
    let mut headers = Vec::new();
    for (name, rights) in [
        ("shop", &[Right::Decide][..]),
        ("support", &[Right::Decide, Right::Explain]),
        ("prometheus", &[Right::Operate]),
    ] {
        let (token, line) = new_token(name, rights).expect("there are random bits");
        file += &(line + "\n");
        headers.push(format!("Bearer {token}"));
    }
    folder.write("tokens", &file);
    let mut options = Options::of(&folder.0);
    options.tokens = Some(folder.0.join("tokens"));
    let server = Server::start(options).await;
    let [shop, support, prometheus] = &headers[..] else {
        panic!()
    };
    let body = question("bob", "write");
    let ask = async |method, path, token: &str| {
        let headers = [("Authorization", token)];
        let headers = if token.is_empty() { &[][..] } else { &headers };
        server
            .ask(&Ask {
                method,
                path,
                headers,
                body: &body,
                ..Ask::default()
            })
            .await
    };
    for (method, path, allowed) in [
        ("POST", EVALUATION, [true, true, false]),
        ("POST", "/explain", [false, true, false]),
        ("GET", "/metrics", [false, false, true]),
    ] {
        let nobody = ask(method, path, "").await;
        nobody.problem(401);
        assert_eq!(nobody.headers["www-authenticate"], "Bearer");
        for wrong in ["Bearer 00", "Bearer ", &shop[7..], &format!("{shop}0")] {
            ask(method, path, wrong).await.problem(401);
        }
        for (token, is_allowed) in [shop, support, prometheus].iter().zip(allowed) {
            let status = ask(method, path, token).await.status;
            assert_eq!(status, if is_allowed { 200 } else { 403 }, "{path}");
        }
    }
    for path in ["/", "/health", "/ready"] {
        assert_eq!(ask("GET", path, "").await.status, 200);
    }
    // Strangers see no reasons.
    assert_eq!(
        ask("POST", EVALUATION, shop).await.body,
        r#"{"decision":false}"#
    );
    for (token, tells) in [(shop, false), (support, true)] {
        let headers = [("Authorization", &**token)];
        let ask = Ask {
            path: "/pdp",
            headers: &headers,
            body: &XACML.replace("{\"Action", "{\"ReturnPolicyIdList\": true, \"Action"),
            ..Ask::default()
        };
        let answer = server.ask(&ask).await;
        assert!(answer.body.contains("Indeterminate"), "{answer:?}");
        for told in ["StatusMessage", "StatusDetail", "PolicyIdentifierList"] {
            assert_eq!(answer.body.contains(told), tells, "{told}: {answer:?}");
        }
    }
}

#[tokio::test]
async fn reasons_are_told_to_those_who_may() {
    let folder = folder();
    let mut options = Options::of(&folder.0);
    options.pages = true;
    let server = Server::start(options).await;
    let body = question("bob", "write");
    let explained = server.post("/explain", &body).await.json();
    let first = &explained["explanations"][0];
    assert_ne!(first["Decision"], "Permit");
    let policy = &first["Tree"]["Children"][0];
    assert_eq!(policy["Source"], "records.xml", "{first}");
    assert!(policy["Line"].is_number());
    for (accept, begins) in [
        ("text/plain", ""),
        ("text/markdown", ""),
        ("image/svg+xml", "<svg "),
    ] {
        let headers = [("Accept", accept)];
        let ask = Ask {
            path: "/explain",
            headers: &headers,
            body: &body,
            ..Ask::default()
        };
        let answer = server.ask(&ask).await;
        assert!(answer.kind().starts_with(accept), "{answer:?}");
        assert!(answer.body.starts_with(begins) && !answer.body.is_empty());
    }
    let ask = Ask {
        path: "/explain",
        headers: &[("Accept", "text/html")],
        body: &body,
        ..Ask::default()
    };
    server.ask(&ask).await.problem(406);

    let lacking = server.post("/why-not", &body).await.json();
    assert!(
        lacking["enough"][0]["changes"][0]["text"].is_string(),
        "{lacking}"
    );
    let text = [("Accept", "text/plain")];
    let ask = Ask {
        path: "/why-not",
        headers: &text,
        body: &body,
        ..Ask::default()
    };
    let lacking = server.ask(&ask).await.body;
    assert!(
        lacking.contains("one of these would be enough"),
        "{lacking}"
    );

    let other = server
        .post("/why-not?open=resource,action", &body)
        .await
        .json();
    assert!(
        other["enough"][0]["changes"][0]["text"].is_string(),
        "{other}"
    );
    for query in [
        "open=weather",
        "opn=action",
        "open=action&open=subject",
        "open",
    ] {
        let path = format!("/why-not?{query}");
        server.post(&path, &body).await.problem(400);
    }

    // The name of another site leads nobody here.
    let request = "POST /explain HTTP/1.1\r\nHost: evil.example\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
    let mut stream = tokio::net::TcpStream::connect(server.address)
        .await
        .expect("it listens");
    tokio::io::AsyncWriteExt::write_all(&mut stream, request.as_bytes())
        .await
        .expect("it is sent");
    let answer = support::read_answer(&mut stream).await.expect("it answers");
    answer.problem(403);
    // A reason is in the answer, for those who may.
    let letter = body.replace("record", "letter");
    let answer = server.post(EVALUATION, &letter).await;
    assert!(answer.body.contains("no policy applies"), "{answer:?}");
}
