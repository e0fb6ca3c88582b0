//! Clients that are many, slow or silent, and decisions that take long: nobody holds anybody else.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use crate::support::{
    Ask, EVALUATION, Folder, JSON, RECORDS, Server, TRUE, exchange, question, read_answer, until,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};
use vedtak_server::options::Options;
use vedtak_server::service::DECISIONS;

pub fn folder() -> (Folder, Options) {
    let folder = Folder::new().with("records.xml", RECORDS);
    let options = Options::of(&folder.0);
    (folder, options)
}

pub fn asked() -> Ask {
    Ask::post(EVALUATION, &question("alice", "read"))
}

/// Work that lasts until it is let go.
#[derive(Default)]
struct Held {
    running: AtomicUsize,
    most: AtomicUsize,
    is_let_go: Mutex<bool>,
    lets_go: Condvar,
}

impl Held {
    fn work(&self) {
        let running = self.running.fetch_add(1, SeqCst) + 1;
        self.most.fetch_max(running, SeqCst);
        let held = self.is_let_go.lock().expect("nobody panics");
        let is_held = |is_let_go: &mut bool| !*is_let_go;
        drop(self.lets_go.wait_while(held, is_held));
        self.running.fetch_sub(1, SeqCst);
    }

    fn let_go(&self) {
        *self.is_let_go.lock().expect("nobody panics") = true;
        self.lets_go.notify_all();
    }
}

/// However long decisions take, the server speaks to its clients, on the only thread that this test has.
#[tokio::test]
async fn long_decisions_hold_no_others_and_no_more_are_made_than_is_said() {
    let (_folder, mut options) = folder();
    options.answer_within = Duration::from_secs(1);
    options.pages = true;
    let server = Server::start(options).await;
    let bound = DECISIONS * std::thread::available_parallelism().map_or(1, usize::from);
    let held = Arc::new(Held::default());
    let begin = |count: usize| {
        let begun = (0..count).map(|_| {
            let (service, held) = (server.service.clone(), held.clone());
            tokio::spawn(async move { service.deciding(move || held.work()).await.is_ok() })
        });
        begun.collect::<Vec<_>>()
    };
    let mut begun = begin(bound - 1);
    let running = async |count| {
        let is_so = async || held.running.load(SeqCst) == count;
        until("they run", is_so).await;
    };
    running(bound - 1).await;
    for _ in 0..50 {
        assert_eq!(server.ask(asked()).await.body, TRUE);
    }
    begun.extend(begin(100));
    running(bound).await;
    assert_eq!(server.get("/health").await.status, 200);
    assert_eq!(
        server
            .post("/explain", &question("alice", "read"))
            .await
            .status,
        200
    );
    let answer = server.ask(asked()).await;
    answer.problem(503);
    assert_eq!(answer.headers["retry-after"], "1");
    held.let_go();
    let mut made = 0;
    for one in begun {
        made += usize::from(one.await.expect("nothing panics"));
    }
    assert_eq!(
        (held.most.load(SeqCst), held.running.load(SeqCst)),
        (bound, 0)
    );
    assert_eq!(made, bound);
    assert_eq!(server.ask(asked()).await.body, TRUE);
}

/// Whoever waits no longer is told to the work that was begun for it.
#[tokio::test]
async fn work_knows_that_nobody_waits() {
    let (_folder, options) = folder();
    let server = Server::start(options).await;
    let (ends, ended) = std::sync::mpsc::channel::<()>();
    let work = move || {
        while !vedtak_server::gate::is_over() {
            std::thread::sleep(Duration::from_millis(1));
        }
        drop(ends);
    };
    let waits = tokio::time::timeout(Duration::from_millis(50), server.service.heavily(work));
    assert!(waits.await.is_err());
    let ended = tokio::task::spawn_blocking(move || ended.recv_timeout(Duration::from_secs(20)));
    let ended = ended.await.expect("it ends");
    assert_eq!(ended, Err(std::sync::mpsc::RecvTimeoutError::Disconnected));
}

/// Requests that were tried before are counted while there is time.
#[tokio::test]
async fn a_trial_is_answered_in_time() {
    let (_folder, mut options) = folder();
    options.pages = true;
    options.max_body = 4 << 20;
    options.answer_within = Duration::from_secs(2);
    let server = Server::start(options).await;
    let one = r#"{"Attribute": {"AttributeId": "type", "Value": "record"}}"#;
    let many = format!(
        r#"{{"Request": {{"Resource": [{}]}}}}"#,
        vec![one; 300].join(",")
    );
    let trial =
        serde_json::json!({"request": question("alice", "read"), "earlier": vec![many; 100]});
    let told = server.post("/try", &trial.to_string()).await;
    assert_eq!(told.status, 200, "{told:?}");
    let counted = told.json()["coverage"]["requests"].as_u64();
    assert!(
        counted.is_some_and(|counted| (1..=101).contains(&counted)),
        "{counted:?}"
    );
    // All have the work of one question, and with so little the first has all of it.
    let (_folder, mut options) = folder();
    options.pages = true;
    options.deciding.work = 1;
    let server = Server::start(options).await;
    let asked = question("alice", "read");
    let trial =
        serde_json::json!({"request": asked, "earlier": vec![question("bob", "read"); 100]});
    let told = server.post("/try", &trial.to_string()).await.json();
    assert_eq!(told["coverage"]["requests"], 1, "{told}");
}

#[tokio::test]
async fn a_decision_has_so_much_work_and_no_more() {
    let (_folder, mut options) = folder();
    options.deciding.work = 1;
    options.pages = true;
    let server = Server::start(options).await;
    let asked =
        r#"{"Request": {"Resource": {"Attribute": {"AttributeId": "type", "Value": "record"}}}}"#;
    let answer = server.post("/pdp", asked).await.body;
    assert!(answer.contains("Indeterminate"), "{answer}");
    // Then no change of the request is said to be enough, or none to be needed.
    let why_not = server.post("/why-not", asked).await.problem(422);
    assert!(why_not.contains("the limit decided"), "{why_not}");
}

/// A client that asks for more than all buffers hold, and reads none of it, is left.
#[tokio::test]
async fn a_client_that_does_not_read_is_left() {
    let (_folder, mut options) = folder();
    options.answer_within = Duration::from_millis(400);
    options.max_connections = 1;
    let server = Server::start(options).await;
    let mut silent = server.connect().await;
    let asks = Ask::get("/metrics").text().repeat(200);
    let asking = async { while silent.write_all(asks.as_bytes()).await.is_ok() {} };
    let asked = tokio::time::timeout(Duration::from_secs(60), asking).await;
    asked.expect("the server ends it");
    // Its place is free, and it was the only one.
    assert_eq!(server.get("/health").await.status, 200);
}

/// Headers that never end, that never begin, or that come letter by letter.
#[tokio::test]
async fn clients_that_send_slowly_hold_their_place_for_a_time() {
    let (_folder, mut options) = folder();
    options.headers_within = Duration::from_secs(1);
    options.answer_within = Duration::from_secs(1);
    options.max_connections = 8;
    let server = Server::start(options).await;
    let mut slow = Vec::new();
    for head in ["POST /pdp HTTP/1.1\r\nHost:", "", "G"] {
        for _ in 0..2 {
            let mut stream = server.connect().await;
            let sent = stream.write_all(head.as_bytes()).await;
            sent.expect("it is sent");
            slow.push(tokio::spawn(async move {
                let mut letters = 0;
                let mut buffer = [0; 1024];
                loop {
                    let read = stream.read(&mut buffer);
                    match tokio::time::timeout(Duration::from_millis(20), read).await {
                        Err(_) if head == "G" => {
                            letters += 1;
                            let _ = stream.write_all(b"E").await;
                        }
                        Err(_) | Ok(Ok(1..)) => {}
                        Ok(_) => return letters,
                    }
                }
            }));
        }
    }
    let open = |server: &Server| server.service.recorder.connections.get();
    until("they are connected", async || open(&server) == 6).await;
    for _ in 0..20 {
        assert_eq!(server.ask(asked()).await.body, TRUE);
    }
    for slow in slow {
        let letters = slow.await.expect("it is ended");
        assert!(letters <= 100, "{letters}");
    }
    // A body that never ends is answered.
    let mut stream = server.connect().await;
    let head = Ask::post("/pdp", "{}").text();
    let head = head.as_bytes();
    let sent = stream.write_all(&head[..head.len() - 1]).await;
    sent.expect("it is sent");
    let answer = read_answer(&mut stream).await;
    answer.expect("it answers").problem(408);
    drop(stream);
    // What is no HTTP at all.
    for nonsense in ["\0\0\0\0", "GET / HTTP/9.9\r\n\r\n", "\r\n\r\n\r\n"] {
        let sent = server.connect().await.write_all(nonsense.as_bytes()).await;
        sent.expect("it is sent");
    }
    until("they are gone", async || open(&server) == 0).await;
    assert_eq!(server.get("/health").await.status, 200);
}

#[tokio::test]
async fn no_more_connections_are_open_than_is_said() {
    let (_folder, mut options) = folder();
    options.max_connections = 3;
    let server = Server::start(options).await;
    let open = |server: &Server| server.service.recorder.connections.get();
    let mut idle = Vec::new();
    for count in 1..=3 {
        idle.push(server.connect().await);
        until("it is accepted", async || open(&server) == count).await;
    }
    // Forty more wait, and are answered as soon as one of the three has left.
    let waiting = (0..40).map(|_| server.connect());
    let mut waiting = futures_util::future::join_all(waiting).await;
    for stream in &mut waiting {
        let sent = stream.write_all(asked().text().as_bytes()).await;
        sent.expect("it is sent");
    }
    assert_eq!(
        server.service.recorder.text().matches("evaluation").count(),
        0
    );
    assert_eq!(open(&server), 3);
    drop(idle.pop());
    for mut stream in waiting {
        let answer = read_answer(&mut stream).await.expect("it answers");
        assert_eq!(answer.body, TRUE);
        assert!(open(&server) <= 3);
    }
}

/// A client that sends too much is told so before it is read.
#[tokio::test]
async fn no_more_is_read_than_is_said() {
    let (_folder, mut options) = folder();
    options.max_body = 1_000;
    let server = Server::start(options).await;
    let padded = |length: usize| format!("{:<length$}", question("alice", "read"));
    assert_eq!(server.post(EVALUATION, &padded(1_000)).await.body, TRUE);
    server.post(EVALUATION, &padded(1_001)).await.problem(413);
    // It has sent its length, and no body yet.
    let head = format!("POST {EVALUATION} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {JSON}\r\n");
    let mut stream = server.connect().await;
    let announced = format!("{head}Content-Length: 1000000000\r\n\r\n");
    let sent = stream.write_all(announced.as_bytes()).await;
    sent.expect("it is sent");
    let answer = read_answer(&mut stream).await;
    answer.expect("it answers").problem(413);
    // Bodies without a length, and headers, that would never end.
    let chunk = format!("1000\r\n{}\r\n", " ".repeat(0x1000));
    let chunked = format!("{head}Transfer-Encoding: chunked\r\n\r\n");
    let letters = "x".repeat(0x1000);
    for (begin, again) in [(&chunked, &chunk), (&format!("{head}X: "), &letters)] {
        let (mut reading, mut writing) = server.connect().await.into_split();
        let sent = writing.write_all(begin.as_bytes()).await;
        sent.expect("it is sent");
        let again = again.clone();
        let writing = tokio::spawn(async move {
            let mut bytes = 0;
            while bytes < 1 << 30 && writing.write_all(again.as_bytes()).await.is_ok() {
                bytes += 0x1000;
            }
            bytes
        });
        let answer = read_answer(&mut reading).await.expect("it answers");
        assert!(matches!(answer.status, 413 | 431), "{answer:?}");
        drop(reading);
        // What is on its way in the buffers of the system is none of what is read.
        let bytes = writing.await.expect("it ends");
        assert!(bytes < 32 << 20, "{bytes}");
    }
}

/// Whatever is sent, and to whichever path, is answered, and nothing panics.
#[tokio::test]
async fn nonsense_is_answered() {
    let folder = Folder::new().with("records.xml", RECORDS);
    let mut options = Options::of(&folder.0);
    options.pages = true;
    let server = Server::start(options).await;
    let evaluation = question("alice", "read");
    let trial =
        serde_json::json!({"request": evaluation, "policies": [{"source": "a", "text": RECORDS}]});
    let xml = r#"<Request xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" ReturnPolicyIdList="false"
        CombinedDecision="false"><Attributes Category="a"/></Request>"#;
    let json = r#"{"Request": {"Action": {"Attribute": {"AttributeId": "a", "Value": 1}}}}"#;
    let batch = format!(r#"{{"evaluations": [{evaluation}]}}"#);
    let trial = trial.to_string();
    let seeds = [
        ("/pdp", "application/xml", xml),
        ("/pdp", JSON, json),
        (EVALUATION, JSON, &evaluation),
        ("/access/v1/evaluations", JSON, &batch),
        ("/access/v1/search/subject", JSON, &evaluation),
        ("/explain", JSON, &evaluation),
        ("/why-not?open=action", JSON, &evaluation),
        ("/try", JSON, &trial),
        ("/altinn/needed", JSON, r#"{"who": "urn:altinn:userid:1"}"#),
    ];
    // Numbers that are the same in every run.
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut below = |most: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as usize % most.max(1)
    };
    for (path, kind, seed) in seeds {
        for _ in 0..60 {
            let mut text: Vec<char> = seed.chars().collect();
            for _ in 0..=below(3) {
                let place = below(text.len());
                match below(4) {
                    0 => text.truncate(place),
                    1 => drop(text.drain(place..(place + below(20)).min(text.len()))),
                    2 => {
                        let odd = ['"', '{', '<', '\u{0}', '9', '\\', 'æ', '&'];
                        text.insert(place, odd[below(8)]);
                    }
                    _ => {
                        let again = text[place..(place + below(40)).min(text.len())].to_vec();
                        text.splice(place..place, again);
                    }
                }
            }
            let body: String = text.into_iter().collect();
            let answer = server.ask(Ask::sent(path, kind, &body)).await;
            let is_answer = matches!(answer.status, 200 | 400 | 404 | 422 | 501);
            assert!(is_answer, "{answer:?} to {body}");
        }
    }
}

#[tokio::test]
async fn a_panic_is_an_answer() {
    let folder = Folder::new().with("records.xml", RECORDS);
    let server = Server::of(&folder).await;
    let panics = axum::routing::get(async || -> &str { panic!("a defect") });
    let router = axum::Router::new().route("/panic", panics);
    let router = vedtak_server::routes::with_layers(router, server.service.clone());
    let asked = axum::http::Request::get("/panic")
        .header("Host", "localhost")
        .body(axum::body::Body::empty());
    let answer = tower::ServiceExt::oneshot(router, asked.expect("it is a request")).await;
    let answer = answer.expect("it answers");
    assert_eq!(answer.status(), 500);
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    let heavy = server.service.heavily(|| panic!("a defect")).await;
    assert!(heavy.is_err());
    assert_eq!(server.get("/health").await.status, 200);
}

#[tokio::test]
async fn tls_is_spoken_with_a_certificate() {
    let folder = Folder::new().with("records.xml", RECORDS);
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("it is made");
    folder.write("cert.pem", &made.cert.pem());
    folder.write("key.pem", &made.signing_key.serialize_pem());
    let mut options = Options::of(&folder.0);
    options.tls_cert = Some(folder.0.join("cert.pem"));
    options.tls_key = Some(folder.0.join("key.pem"));
    options.stop_within = Duration::from_secs(60);
    let mut server = Server::start(options).await;
    let mut roots = RootCertStore::empty();
    let added = roots.add(made.cert.der().clone());
    added.expect("it is a certificate");
    let client = ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("there are versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connector = TlsConnector::from(Arc::new(client));
    // Somebody who shakes no hand, and somebody who speaks in plain text, hold nobody up.
    let silent = server.connect().await;
    let mut plain = server.connect().await;
    let sent = plain.write_all(b"GET /health HTTP/1.1\r\n\r\n").await;
    sent.expect("it is sent");
    let name = ServerName::try_from("localhost").expect("it is a name");
    let stream = connector.connect(name, server.connect().await).await;
    let ask = Ask::post(EVALUATION, &question("alice", "read"));
    let answer = exchange(stream.expect("they shake hands"), &ask).await;
    assert_eq!(answer.expect("it answers").body, TRUE);
    server.ends().await;
    drop(silent);
}
