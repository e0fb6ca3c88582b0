//! The paths, asked as clients ask them.

use crate::support::{Ask, EVALUATION, Folder, JSON, RECORDS, Server, TRUE, question, read_answer};
use tokio::io::AsyncWriteExt;
use vedtak_server::access::{Right, new_token};
use vedtak_server::options::Options;

const XACML: &str = r#"{"Request": {"Action": {"Attribute": {"AttributeId": "a", "Value": "b"}}}}"#;

fn folder() -> Folder {
    Folder::new().with("records.xml", RECORDS)
}

#[tokio::test]
async fn xacml_is_answered_as_the_client_accepts_it() {
    let folder = folder();
    let server = Server::of(&folder).await;
    let (xml, json) = ("application/xacml+xml", "application/xacml+json");
    let ask = async |kind, accept, body| {
        let ask = Ask::sent("/pdp", kind, body).with("Accept", accept);
        server.ask(ask).await
    };
    for (kind, accept, expected) in [
        (json, "application/xml", xml),
        (json, "*/*", json),
        (json, "application/json;q=0.4, application/xml;q=0.5", xml),
        (JSON, "text/html, application/*;q=0.1", json),
    ] {
        let answer = ask(kind, accept, XACML).await;
        assert_eq!((answer.status, answer.kind()), (200, expected), "{accept}");
        assert!(answer.body.contains("NotApplicable"), "{answer:?}");
    }
    for (kind, accept, status) in [
        ("text/plain", "*/*", 415),
        ("", "*/*", 415),
        (json, "text/html", 406),
    ] {
        let told = ask(kind, accept, XACML).await.problem(status);
        assert!(told.contains(xml) && told.contains(json), "{told}");
    }
    let broken = ask(xml, "*/*", "<Request").await;
    broken.problem(400);
    assert_eq!(broken.json()["problems"][0]["line"], 1, "{broken:?}");
    let home = server.get("/").await;
    assert!(home.body.contains(r#"<link href="/pdp"/>"#), "{home:?}");
}

#[tokio::test]
async fn authzen_is_answered_and_searched() {
    let folder = folder();
    let mut options = Options::of(&folder.0);
    options.public_address = Some("https://pdp.example/tenant/1".into());
    let server = Server::start(options).await;
    let asked = question("alice", "read");
    assert_eq!(server.post(EVALUATION, &asked).await.body, TRUE);
    let batch = format!(r#"{{"evaluations": [{asked}, {{}}]}}"#);
    let answer = server.post("/access/v1/evaluations", &batch).await.json();
    assert_eq!(answer["evaluations"][0]["decision"], true);
    assert_eq!(answer["evaluations"][1]["decision"], false);
    let bad = server.post(EVALUATION, "{}").await.problem(400);
    assert!(bad.contains("must have the member"), "{bad}");

    let search = async |kind: &str, body: &str| {
        let path = format!("/access/v1/search/{kind}");
        server.post(&path, body).await
    };
    let about = r#""resource": {"type": "record", "id": "record-1"}"#;
    let actions = format!(r#"{{"subject": {{"type": "user", "id": "alice"}}, {about}}}"#);
    let found = search("action", &actions).await.body;
    assert_eq!(found, r#"{"results":[{"name":"read"},{"name":"write"}]}"#);
    let subjects =
        format!(r#"{{"subject": {{"type": "user"}}, "action": {{"name": "write"}}, {about}}}"#);
    let found = search("subject", &subjects).await.body;
    assert_eq!(found, r#"{"results":[{"type":"user","id":"alice"}]}"#);
    search("subject", "{}").await.problem(400);
    let resources = r#"{"subject": {"type": "user", "id": "alice"}, "action": {"name": "read"},
                        "resource": {"type": "record"}}"#;
    // She reads any record.
    search("resource", resources).await.problem(501);

    // A form of a web page is no question, nor is what does not say what it is.
    let form = "application/x-www-form-urlencoded";
    for kind in [form, "text/plain", "application/xml", ""] {
        for path in ["evaluation", "evaluations", "search/action"] {
            let ask = Ask::sent(&format!("/access/v1/{path}"), kind, "{}");
            assert!(server.ask(ask).await.problem(400).contains(JSON));
        }
    }
    let html = Ask::post(EVALUATION, "{}").with("Accept", "text/html");
    server.ask(html).await.problem(406);
    for path in ["", "/tenant/1"] {
        let path = format!("/.well-known/authzen-configuration{path}");
        let metadata = server.get(&path).await;
        assert_eq!((metadata.status, metadata.kind()), (200, JSON));
        let expected = "https://pdp.example/tenant/1/access/v1/evaluations";
        assert_eq!(metadata.json()["access_evaluations_endpoint"], expected);
        server
            .post(&path, "{}")
            .await
            .problem(if path.ends_with('1') { 404 } else { 405 });
    }
}

#[tokio::test]
async fn every_answer_has_an_id_and_every_error_is_a_problem() {
    let folder = folder();
    let server = Server::of(&folder).await;
    let ask = || Ask::post(EVALUATION, &question("alice", "read"));
    let answer = server.ask(ask().with("X-Request-ID", "42")).await;
    assert_eq!(answer.headers["x-request-id"], "42");
    assert_eq!(answer.headers["vedtak-policies"].len(), 16);
    let most = "x".repeat(200);
    for own in ["a b", &most] {
        let answer = server.ask(ask().with("X-Request-ID", own)).await;
        assert_eq!(answer.headers["x-request-id"], own);
    }
    // An id that logs would not show as it is, is none.
    for odd in ["a b\tc", "søk", &format!("{most}x")] {
        let answer = server.ask(ask().with("X-Request-ID", odd)).await;
        assert_eq!(answer.headers["x-request-id"].len(), 24, "{odd}");
    }
    let packed = server.ask(ask().with("Content-Encoding", "gzip")).await;
    assert!(packed.problem(415).contains("identity"));
    let plain = server.ask(ask().with("Content-Encoding", "Identity")).await;
    assert_eq!(plain.status, 200);
    let twice = ask().with("Host", "localhost").with("Host", "127.0.0.1");
    server.ask(twice).await.problem(400);
    for (version, status) in [("1.1", 400), ("1.0", 200)] {
        let mut stream = server.connect().await;
        let text = format!("GET /health HTTP/{version}\r\n\r\n");
        stream.write_all(text.as_bytes()).await.expect("it listens");
        let answer = read_answer(&mut stream).await;
        assert_eq!(answer.expect("it answers").status, status, "{version}");
    }
    let none = server.ask(ask()).await;
    assert_eq!(none.headers["x-request-id"].len(), 24);

    server.get("/nothing").await.problem(404);
    let other = server.get("/pdp").await;
    other.problem(405);
    assert_eq!(other.headers["allow"], "POST");
    for path in ["/explain", "/why-not", "/altinn/needed", "/try"] {
        server.post(path, XACML).await.problem(403);
    }
    for path in ["/policies", "/policies/records.xml", "/tests"] {
        server.get(path).await.problem(403);
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
    let [shop, support, prometheus] = [
        ("shop", &[Right::Decide][..]),
        ("support", &[Right::Decide, Right::Explain]),
        ("prometheus", &[Right::Operate]),
    ]
    .map(|(name, rights)| {
        let (token, line) = new_token(name, rights).expect("there are random bits");
        file += &(line + "\n");
        format!("Bearer {token}")
    });
    folder.write("tokens", &file);
    let mut options = Options::of(&folder.0);
    options.tokens = Some(folder.0.join("tokens"));
    let server = Server::start(options).await;
    let ask = async |path, token: &str| {
        let ask = match path {
            "/metrics" => Ask::get(path),
            _ => Ask::post(path, &question("bob", "write")),
        };
        server.ask(ask.with("Authorization", token)).await
    };
    for (path, allowed) in [
        (EVALUATION, [true, true, false]),
        ("/explain", [false, true, false]),
        ("/metrics", [false, false, true]),
    ] {
        let wrong = ["", "Bearer 00", "Bearer ", &shop[7..], &format!("{shop}0")];
        for wrong in wrong {
            let nobody = ask(path, wrong).await;
            nobody.problem(401);
            assert_eq!(nobody.headers["www-authenticate"], "Bearer");
        }
        for (token, is_allowed) in [&shop, &support, &prometheus].iter().zip(allowed) {
            let status = ask(path, token).await.status;
            assert_eq!(status, if is_allowed { 200 } else { 403 }, "{path}");
        }
    }
    server.post(EVALUATION, "{}").await.problem(401);
    for path in ["/", "/health", "/ready"] {
        assert_eq!(server.get(path).await.status, 200);
    }
    // Strangers see no reasons.
    assert_eq!(ask(EVALUATION, &shop).await.body, r#"{"decision":false}"#);
    let listing = XACML.replace("{\"Action", "{\"ReturnPolicyIdList\": true, \"Action");
    for (token, tells) in [(&shop, false), (&support, true)] {
        let ask = Ask::post("/pdp", &listing).with("Authorization", token);
        let answer = server.ask(ask).await;
        assert!(answer.body.contains("Indeterminate"), "{answer:?}");
        for told in ["StatusMessage", "StatusDetail", "PolicyIdentifierList"] {
            assert_eq!(answer.body.contains(told), tells, "{told}: {answer:?}");
        }
    }
}

/// Without tokens, a browser on the machine of the server could ask for any page that it shows.
#[tokio::test]
async fn a_page_of_another_site_is_refused() {
    let folder = folder();
    let here = Options::of(&folder.0);
    let mut named = here.clone();
    named.public_address = Some("https://PDP.example:8443/".into());
    let mut open = here.clone();
    open.listen = ([0, 0, 0, 0], 8181).into();
    let (mut usual, mut plain) = (here.clone(), here.clone());
    usual.public_address = Some("https://pdp.example".into());
    plain.public_address = Some("http://pdp.example:80".into());
    let (mut pages, public) = (here.clone(), "https://pdp.example:8443");
    pages.pages = true;
    for (options, host, origin, is_answered) in [
        (&here, "localhost:8181", "", true),
        (&here, "127.0.0.1", "", true),
        (&here, "[::1]:8181", "", true),
        (&here, "LOCALHOST:8181", "http://localhost:8181", true),
        // Another site, and another port of this machine.
        (&here, "localhost:8181", "https://evil.example", false),
        (&here, "localhost:8181", "http://localhost:3000", false),
        (&here, "localhost:8181", "null", false),
        // A name of another site that leads here.
        (&here, "evil.example", "", false),
        (&here, "evil.example", "http://evil.example", false),
        (&here, "127.0.0.1.evil.example", "", false),
        (&here, "pdp.example:8443", public, false),
        // Behind a proxy, which may give the name of its own.
        (&named, "pdp.example:8443", public, true),
        (&named, "localhost:8181", public, true),
        (&named, "pdp.example", "", false),
        (&named, "localhost:8181", "https://evil.example", false),
        // A port that an address need not name.
        (&usual, "pdp.example:443", "https://pdp.example", true),
        (&usual, "pdp.example:443", "", true),
        (&usual, "pdp.example:80", "", false),
        (&plain, "pdp.example", "http://pdp.example", true),
        (&plain, "pdp.example:80", "", true),
        // Where others reach it, names are theirs to give.
        (&open, "pdp:8181", "", true),
        (&open, "pdp:8181", "http://pdp:8181", true),
        (&open, "pdp:8181", "https://evil.example", false),
        (&pages, "evil.example", "", false),
    ] {
        let server = Server::start(options.clone()).await;
        for path in [EVALUATION, "/pdp", "/explain"] {
            let ask = Ask::post(path, &question("alice", "read")).with("Host", host);
            let answer = match origin {
                "" => server.ask(ask).await,
                origin => server.ask(ask.with("Origin", origin)).await,
            };
            let is_refused = answer.status == 403 && answer.body.contains("--public-address");
            assert_eq!(is_refused, !is_answered, "{host} {origin}: {answer:?}");
            let cors = answer.headers.keys();
            let mut cors = cors.filter(|name| name.starts_with("access-control-"));
            assert_eq!(cors.next(), None);
        }
    }
}

/// An image of another site asks without `Origin`; a browser says where it stands.
#[tokio::test]
async fn what_another_site_embeds_is_refused() {
    let server = Server::start(Options::of(&folder().0)).await;
    for (site, dest, is_answered) in [
        ("same-origin", "empty", true),
        ("none", "document", true),
        ("cross-site", "document", true),
        ("cross-site", "image", false),
        ("same-site", "iframe", false),
    ] {
        let ask = Ask::post(EVALUATION, &question("alice", "read"));
        let ask = ask
            .with("Sec-Fetch-Site", site)
            .with("Sec-Fetch-Dest", dest);
        let answer = server.ask(ask).await;
        assert_eq!(
            answer.status != 403,
            is_answered,
            "{site} {dest}: {answer:?}"
        );
    }
}

/// What `/access/v1/evaluation` takes is explained, whatever else is in it; what it does not take is refused in its words.
#[tokio::test]
async fn every_evaluation_is_explained() {
    let folder = folder();
    let mut options = Options::of(&folder.0);
    options.pages = true;
    let server = Server::start(options).await;
    let asked = question("alice", "read");
    let rest = asked.strip_prefix('{').expect("it is an object");
    let more = format!(r#"{{"context": {{"far": 1e999}}, {rest}"#);
    let member = format!(r#"{{"Request": {{}}, {rest}"#);
    for body in [&asked, &format!("\u{feff}{asked}"), &more, &member] {
        assert_eq!(server.post(EVALUATION, body).await.status, 200, "{body}");
        let told = server.post("/explain", body).await;
        assert!(told.body.contains("alice"), "{body}: {told:?}");
        for path in ["/why-not", "/try"] {
            let body = match path {
                "/try" => serde_json::json!({"request": body}).to_string(),
                _ => body.clone(),
            };
            let told = server.post(path, &body).await;
            assert_eq!(told.status, 200, "{path} {body}: {told:?}");
        }
    }
    for (body, expected) in [
        (
            r#"{"subject": {"type": "user"}}"#,
            "`subject` must have the member `id`",
        ),
        (r#"{"Request": {"Action": 1}}"#, "`Action`"),
    ] {
        let told = server.post("/explain", body).await.problem(400);
        assert!(told.contains(expected), "{told}");
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
    let ask = async |path, accept| {
        let ask = Ask::post(path, &body).with("Accept", accept);
        server.ask(ask).await
    };
    for (accept, begins) in [
        ("text/plain", ""),
        ("text/markdown", ""),
        ("image/svg+xml", "<svg "),
    ] {
        let answer = ask("/explain", accept).await;
        assert!(answer.kind().starts_with(accept), "{answer:?}");
        assert!(answer.body.starts_with(begins) && !answer.body.is_empty());
    }
    ask("/explain", "text/html").await.problem(406);

    // Whatever writes queries may write a comma in hexadecimal.
    for query in ["", "?", "?open=resource,action", "?open=resource%2Caction"] {
        let told = server.post(&format!("/why-not{query}"), &body).await.json();
        let text = &told["enough"][0]["changes"][0]["text"];
        assert!(text.is_string(), "{told}");
    }
    let told = ask("/why-not", "text/plain").await.body;
    assert!(told.contains("one of these would be enough"), "{told}");
    for query in [
        "open=weather",
        "opn=action",
        "open=action&open=subject",
        "open=action&most=1",
        "open",
    ] {
        let path = format!("/why-not?{query}");
        server.post(&path, &body).await.problem(400);
    }
    // Who asks in AuthZEN, and for what, is one text: another may take its place, none is added.
    let told = server
        .post("/why-not", &question("carol", "read"))
        .await
        .json();
    let text = told["enough"][0]["changes"][0]["text"].to_string();
    assert!(text.contains("replace `carol` by `"), "{told}");
    // A Permit that AuthZEN cannot carry is no `true`.
    let obliged = RECORDS.replace(
        "</Policy>",
        r#"<ObligationExpressions><ObligationExpression ObligationId="o" FulfillOn="Permit"/>
        </ObligationExpressions></Policy>"#,
    );
    folder.write("records.xml", &obliged);
    server.service.sync();
    let body = question("alice", "read");
    assert!(
        server
            .post(EVALUATION, &body)
            .await
            .body
            .starts_with(r#"{"decision":false"#)
    );
    let note = "Permit, with obligations that AuthZEN cannot carry: the answer is false";
    let trial = serde_json::json!({"request": body}).to_string();
    for (path, body) in [("/explain", &body), ("/why-not", &body), ("/try", &trial)] {
        let told = server.post(path, body).await.json();
        assert_eq!(
            (&told["note"], &told["answer"]),
            (&note.into(), &false.into()),
            "{told}"
        );
    }
    for path in ["/explain", "/why-not"] {
        let ask = Ask::post(path, &body).with("Accept", "text/plain");
        let told = server.ask(ask).await.body;
        assert!(
            told.starts_with(note) && !told.contains("nothing is missing"),
            "{told}"
        );
    }
    folder.write("records.xml", RECORDS);
    server.service.sync();
    let body = question("bob", "write");
    // A reason is in the answer, for those who may.
    let letter = body.replace("record", "letter");
    let answer = server.post(EVALUATION, &letter).await;
    assert!(answer.body.contains("no policy applies"), "{answer:?}");
}

/// A path that takes no query, and one that takes an object, refuse what else they are sent.
#[tokio::test]
async fn what_is_not_taken_is_refused() {
    let folder = folder();
    let mut options = Options::of(&folder.0);
    options.pages = true;
    let server = Server::start(options).await;
    let evaluation = question("alice", "read");
    for path in [
        "/pdp",
        EVALUATION,
        "/access/v1/evaluations",
        "/access/v1/search/action",
        "/explain",
        "/try",
        "/altinn/who",
    ] {
        let path = format!("{path}?size=1");
        let told = server.post(&path, &evaluation).await.problem(400);
        assert!(told.contains("after `?`"), "{path}: {told}");
    }
    for path in [
        "/policies?size=1",
        "/policies/records.xml?a",
        "/tests?file=a",
    ] {
        server.get(path).await.problem(400);
    }
    for trial in [
        serde_json::json!([null, evaluation, [], []]),
        serde_json::json!({"request": evaluation, "policies": [["a.xml", "<Policy/>"]]}),
    ] {
        let told = server.post("/try", &trial.to_string()).await.problem(400);
        assert!(told.contains("expected an object"), "{told}");
    }
    // A query without anything in it says nothing.
    assert_eq!(server.post("/explain?", &evaluation).await.status, 200);
}
