//! A server from its start to its end: policies that change under it, clients that misbehave, a process
//! that is killed.

mod support;

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use support::{Answer, Ask, Folder, JSON, RECORDS, Server, exchange, question};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};
use vedtak_server::options::Options;
use vedtak_server::service::Service;

const EVALUATION: &str = "/access/v1/evaluation";
const TRUE: &str = r#"{"decision":true}"#;
const FALSE: &str = r#"{"decision":false}"#;

#[tokio::test]
async fn policies_follow_the_folder() {
    let folder = Folder::new();
    let mut options = Options::of(&folder.0);
    options.follow_every = Duration::from_millis(20);
    let server = Server::start(options).await;
    let ready = server.get("/ready").await;
    assert_eq!((ready.status, &ready.json()["ready"]), (503, &false.into()));
    assert_eq!(server.get("/health").await.status, 200);

    let asked = question("alice", "read");
    let becomes = async |expected: &str| {
        let begun = Instant::now();
        while server.post(EVALUATION, &asked).await.body != expected {
            assert!(
                begun.elapsed() < Duration::from_secs(20),
                "it never is {expected}"
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    // Written piece by piece, as a slow copy is: no half of it decides, and no half of it is lost.
    let (first, rest) = RECORDS.split_at(RECORDS.len() / 2);
    folder.write("records.xml", first);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(server.post(EVALUATION, &asked).await.body, FALSE);
    folder.write("records.xml", &format!("{first}{rest}"));
    becomes(TRUE).await;
    let version = server.get("/ready").await.json();
    assert_eq!(
        (&version["policies"], &version["version"]),
        (&1.into(), &1.into())
    );

    std::fs::remove_file(folder.0.join("records.xml")).expect("it can be removed");
    becomes(FALSE).await;
}

#[tokio::test]
async fn damaged_files_stay_what_they_were() {
    let folder = Folder::new().with("records.xml", RECORDS);
    let mut options = Options::of(&folder.0);
    options.follow_every = Duration::from_secs(3_600);
    let server = Server::start(options).await;
    let asked = question("alice", "read");
    let version = server.get("/ready").await.json();
    for damaged in ["", "<Policy", &RECORDS[..RECORDS.len() / 2]] {
        folder.write("records.xml", damaged);
        server.service.sync();
        assert_eq!(server.post(EVALUATION, &asked).await.body, TRUE);
    }
    let now = server.get("/ready").await.json();
    assert_eq!(
        (&now["refused"], &now["digest"]),
        (&1.into(), &version["digest"])
    );
    // One that cannot be read at all stays too, and keeps no other from being followed.
    std::fs::remove_file(folder.0.join("records.xml")).expect("it can be removed");
    std::fs::create_dir(folder.0.join("records.xml")).expect("it can be made");
    folder.write(
        "OTHER.XML",
        &RECORDS.replace("PolicyId=\"", "PolicyId=\"other-"),
    );
    server.service.sync();
    assert_eq!(server.get("/ready").await.json()["policies"], 2);
    std::fs::remove_dir(folder.0.join("records.xml")).expect("it can be removed");
    std::fs::remove_file(folder.0.join("OTHER.XML")).expect("it can be removed");
    server.service.sync();
    assert_eq!(server.post(EVALUATION, &asked).await.body, FALSE);

    let metrics = server.get("/metrics").await;
    assert!(metrics.kind().starts_with("application/openmetrics-text"));
    for expected in [
        r#"vedtak_decisions_total{decision="Permit"} "#,
        r#"vedtak_http_requests_total{path="/access/v1/evaluation",status="200"} "#,
        "vedtak_engine_seconds_bucket{le=\"0.0001\"} ",
        "vedtak_policy_refusals_total ",
        "vedtak_policy_version 3",
        "# EOF",
    ] {
        assert!(
            metrics.body.contains(expected),
            "{expected}: {}",
            metrics.body
        );
    }
}

/// A file that takes the id of a policy that decides is refused, whatever it is called. Where such files
/// are there at the start, none of them decides by chance.
#[tokio::test]
async fn what_is_refused_never_lets_another_decide_alone() {
    let folder = Folder::new().with("m.xml", RECORDS);
    let mut options = Options::of(&folder.0);
    options.follow_every = Duration::from_secs(3_600);
    let asked = question("alice", "read");
    let server = Server::start(options.clone()).await;
    let other = RECORDS.replace(">read<", ">look<");
    for name in ["a.xml", "z.xml"] {
        folder.write(name, &other);
        server.service.sync();
        assert_eq!(server.post(EVALUATION, &asked).await.body, TRUE, "{name}");
        let ready = server.get("/ready").await;
        assert_eq!((ready.status, &ready.json()["refused"]), (200, &1.into()));
        let metrics = server.get("/metrics").await.body;
        assert!(metrics.contains("vedtak_policies_refused 1\n"), "{metrics}");

        let refused = Service::new(options.clone()).err().expect("it is refused");
        let refused = refused.to_string();
        assert!(refused.contains("1 refused in"), "{refused}");
        options.deciding.start_with_refused = true;
        let careless = Server::start(options.clone()).await;
        let ready = careless.get("/ready").await;
        assert_eq!((ready.status, &ready.json()["refused"]), (503, &1.into()));
        std::fs::remove_file(folder.0.join(name)).expect("it can be removed");
        careless.service.sync();
        assert_eq!(careless.get("/ready").await.status, 200);
        options.deciding.start_with_refused = false;
    }
    folder.write("m.xml", "<Policy");
    assert!(Service::new(options).is_err());
}

/// Policies of the library decide only where others refer to them.
#[tokio::test]
async fn a_library_decides_only_where_it_is_referred_to() {
    let id = RECORDS.split("PolicyId=\"").nth(1).expect("it has an id");
    let id = id.split('"').next().expect("it ends");
    let set = format!(
        r#"<PolicySet xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" PolicySetId="set" Version="1.0"
            PolicyCombiningAlgId="urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:deny-overrides"><Target/>
            <PolicyIdReference>{id}</PolicyIdReference></PolicySet>"#
    );
    let folder = Folder::new();
    std::fs::create_dir(folder.0.join("library")).expect("it can be made");
    folder.write("library/records.xml", RECORDS);
    let server = Server::of(&folder).await;
    let asked = question("alice", "read");
    assert_eq!(server.post(EVALUATION, &asked).await.body, FALSE);
    folder.write("set.xml", &set);
    server.service.sync();
    assert_eq!(server.post(EVALUATION, &asked).await.body, TRUE);
    let digest = server.get("/ready").await.json()["digest"].clone();
    std::fs::rename(folder.0.join("library/records.xml"), folder.0.join("r.xml"))
        .expect("it is moved");
    server.service.sync();
    assert_ne!(server.get("/ready").await.json()["digest"], digest);
}

/// A release that is put in place by renaming a link is seen as a whole.
#[tokio::test]
async fn a_folder_may_be_a_link() {
    use std::os::unix::fs::symlink;
    let (first, second) = (Folder::new().with("records.xml", RECORDS), Folder::new());
    let place = Folder::new();
    let (link, next) = (place.0.join("policies"), place.0.join("next"));
    symlink(&first.0, &link).expect("a link can be made");
    let server = Server::start(Options::of(&link)).await;
    let body = question("alice", "read");
    assert_eq!(server.post(EVALUATION, &body).await.body, TRUE);
    symlink(&second.0, &next).expect("a link can be made");
    std::fs::rename(&next, &link).expect("it can be renamed");
    server.service.sync();
    assert_eq!(server.post(EVALUATION, &body).await.body, FALSE);
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
    let seeds = [
        ("/pdp", "application/xml", xml.to_owned()),
        (
            "/pdp",
            JSON,
            r#"{"Request": {"Action": {"Attribute": {"AttributeId": "a", "Value": 1}}}}"#
                .to_owned(),
        ),
        (EVALUATION, JSON, evaluation.clone()),
        (
            "/access/v1/evaluations",
            JSON,
            format!(r#"{{"evaluations": [{evaluation}]}}"#),
        ),
        ("/access/v1/search/subject", JSON, evaluation.clone()),
        ("/explain", JSON, evaluation.clone()),
        ("/why-not?open=action", JSON, evaluation.clone()),
        ("/try", JSON, trial.to_string()),
        (
            "/altinn/needed",
            JSON,
            r#"{"who": "urn:altinn:userid:1"}"#.to_owned(),
        ),
    ];
    // Numbers that are the same in every run.
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut below = |most: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as usize % most.max(1)
    };
    for (path, kind, seed) in &seeds {
        for _ in 0..60 {
            let mut text: Vec<char> = seed.chars().collect();
            for _ in 0..=below(3) {
                let place = below(text.len());
                match below(4) {
                    0 => text.truncate(place),
                    1 => drop(text.drain(place..(place + below(20)).min(text.len()))),
                    2 => text.insert(
                        place,
                        ['"', '{', '<', '\u{0}', '9', '\\', 'æ', '&'][below(8)],
                    ),
                    _ => {
                        let again = text[place..(place + below(40)).min(text.len())].to_vec();
                        text.splice(place..place, again);
                    }
                }
            }
            let body: String = text.into_iter().collect();
            let answer = server
                .ask(&Ask {
                    path,
                    kind,
                    body: &body,
                    ..Ask::default()
                })
                .await;
            assert!(
                matches!(answer.status, 200 | 400 | 404 | 422 | 501),
                "{answer:?} to {body}"
            );
        }
    }
}

#[tokio::test]
async fn the_decision_log_says_who_asked_in_which_trace_and_by_which_policies() {
    let folder = Folder::new().with("records.xml", RECORDS);
    let mut options = Options::of(&folder.0);
    options.decision_log = Some(folder.0.join("decisions.jsonl"));
    let mut server = Server::start(options).await;
    let trace = "0af7651916cd43dd8448eb211c80319c";
    let parent = format!("00-{trace}-b7ad6b7169203331-01");
    let headers = [("traceparent", &*parent), ("X-Request-ID", "my-request")];
    let body = question("alice", "read");
    let ask = Ask {
        path: EVALUATION,
        headers: &headers,
        body: &body,
        ..Ask::default()
    };
    let answer = server.ask(&ask).await;
    let odd = [("traceparent", "00-0af7-b7-01")];
    server
        .ask(&Ask {
            path: EVALUATION,
            headers: &odd,
            body: &body,
            ..Ask::default()
        })
        .await;
    server.stop();
    (&mut server.serving).await.expect("it ends well");
    let log = std::fs::read_to_string(folder.0.join("decisions.jsonl")).expect("there is a log");
    let lines = log
        .lines()
        .map(|line| serde_json::from_str(line).expect("it is JSON"));
    let lines: Vec<serde_json::Value> = lines.collect();
    let [first, second] = &lines[..] else {
        panic!("{log}")
    };
    assert_eq!(
        (&first["request_id"], &first["trace_id"]),
        (&"my-request".into(), &trace.into())
    );
    assert_eq!(
        (&first["path"], &first["decision"]["Decision"]),
        (&EVALUATION.into(), &"Permit".into())
    );
    let digest = first["policies"].as_str().expect("there is a digest");
    assert_eq!(digest[..16], answer.headers["vedtak-policies"]);
    assert_eq!(second["trace_id"], serde_json::Value::Null);
}

/// A log that is renamed is written on in a new file, for its owner alone; after half a line, a line
/// begins; and what cannot be written is counted.
#[tokio::test]
async fn a_decision_log_is_turned_over_and_counts_what_it_loses() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new().with("records.xml", RECORDS);
    let (log, old) = (folder.0.join("d.jsonl"), folder.0.join("d.jsonl.1"));
    folder.write("d.jsonl", "{\"half");
    let mut options = Options::of(&folder.0);
    options.decision_log = Some(log.clone());
    let mut server = Server::start(options.clone()).await;
    let body = question("alice", "read");
    server.post(EVALUATION, &body).await;
    let begun = Instant::now();
    while !std::fs::read_to_string(&log).is_ok_and(|text| text.ends_with("}\n")) {
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "it is never written"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    std::fs::rename(&log, &old).expect("it can be renamed");
    server.service.recorder.reopen();
    server.post(EVALUATION, &body).await;
    assert_eq!(server.get("/ready").await.json()["decision_log_lost"], 0);
    server.stop();
    (&mut server.serving).await.expect("it ends well");
    let old = std::fs::read_to_string(&old).expect("it is there");
    assert!(
        old.starts_with("{\"half\n{") && old.lines().count() == 2,
        "{old}"
    );
    let now = std::fs::read_to_string(&log).expect("it is there");
    assert_eq!(now.lines().count(), 1, "{now}");
    let mode = std::fs::metadata(&log).expect("it is there").permissions();
    assert_eq!(mode.mode() & 0o777, 0o600);

    options.decision_log = Some("/dev/full".into());
    let server = Server::start(options).await;
    server.post(EVALUATION, &body).await;
    let begun = Instant::now();
    while server.get("/ready").await.json()["decision_log_lost"] != 1 {
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "it is never counted"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let metrics = server.get("/metrics").await.body;
    assert!(
        metrics.contains("vedtak_decision_log_lost_total 1\n"),
        "{metrics}"
    );
}

/// However many decisions are being made, and however long they take, the server speaks to its clients;
/// and whoever asks and does not read is left.
#[tokio::test]
async fn work_and_silence_hold_nobody_else() {
    let folder = Folder::new().with("records.xml", RECORDS);
    let mut options = Options::of(&folder.0);
    options.answer_within = Duration::from_millis(400);
    options.max_connections = 1;
    let server = Server::start(options).await;
    // Hundreds of long ones: all turns are taken, on the only thread that this test has.
    for _ in 0..200 {
        let service = server.service.clone();
        tokio::spawn(async move {
            let long = || std::thread::sleep(Duration::from_secs(2));
            service.deciding(long).await
        });
    }
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(server.get("/health").await.status, 200);
    let answer = server.post(EVALUATION, &question("alice", "read")).await;
    answer.problem(503);
    assert_eq!(answer.headers["retry-after"], "1");

    // It asks for more than all buffers hold, and reads none of it.
    let mut silent = TcpStream::connect(server.address)
        .await
        .expect("it listens");
    let asks = "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(200);
    let asking = async { while silent.write_all(asks.as_bytes()).await.is_ok() {} };
    let asked = tokio::time::timeout(Duration::from_secs(60), asking).await;
    asked.expect("the server ends it");
    assert_eq!(server.get("/health").await.status, 200);
}

#[tokio::test]
async fn clients_that_are_slow_or_many_hold_nothing_for_long() {
    let folder = Folder::new().with("records.xml", RECORDS);
    let mut options = Options::of(&folder.0);
    options.headers_within = Duration::from_millis(300);
    options.answer_within = Duration::from_millis(300);
    options.max_connections = 2;
    let server = Server::start(options).await;
    // Headers that never end, or never begin: the connection does.
    for head in ["POST /pdp HTTP/1.1\r\nHost:", ""] {
        let mut stream = TcpStream::connect(server.address)
            .await
            .expect("it listens");
        stream.write_all(head.as_bytes()).await.expect("it is sent");
        let mut rest = Vec::new();
        let ended = tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut rest));
        ended.await.expect("it ends").expect("it is closed");
    }
    // A body that never ends is answered.
    let mut stream = TcpStream::connect(server.address)
        .await
        .expect("it listens");
    let head = "POST /pdp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{";
    stream.write_all(head.as_bytes()).await.expect("it is sent");
    support::read_answer(&mut stream)
        .await
        .expect("it answers")
        .problem(408);
    drop(stream);
    // Two that say nothing are all there may be; whoever comes after them waits until they are gone.
    let idle = [(); 2].map(|()| TcpStream::connect(server.address));
    for stream in idle {
        let stream = stream.await.expect("it listens");
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(5)).await;
            drop(stream);
        });
    }
    let answer = server.post(EVALUATION, &question("alice", "read")).await;
    assert_eq!(answer.body, TRUE);
    // What is no HTTP at all.
    for nonsense in ["\0\0\0\0", "GET / HTTP/9.9\r\n\r\n", "\r\n\r\n\r\n"] {
        let mut stream = TcpStream::connect(server.address)
            .await
            .expect("it listens");
        stream
            .write_all(nonsense.as_bytes())
            .await
            .expect("it is sent");
    }
    assert_eq!(server.get("/health").await.status, 200);
}

#[tokio::test]
async fn a_server_that_stops_answers_what_has_begun() {
    let folder = Folder::new().with("records.xml", RECORDS);
    let mut options = Options::of(&folder.0);
    options.drain = Duration::from_millis(300);
    let mut server = Server::start(options).await;
    let mut begun = TcpStream::connect(server.address)
        .await
        .expect("it listens");
    let body = question("alice", "read");
    let head = format!(
        "POST {EVALUATION} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    begun.write_all(head.as_bytes()).await.expect("it is sent");
    server.stop();
    tokio::time::sleep(Duration::from_millis(50)).await;
    // It still answers, and says that it is not ready.
    assert_eq!(server.get("/ready").await.status, 503);
    tokio::time::sleep(Duration::from_millis(400)).await;
    begun.write_all(body.as_bytes()).await.expect("it is sent");
    let answer = support::read_answer(&mut begun).await.expect("it answers");
    assert_eq!(answer.body, TRUE);
    drop(begun);
    let ended = tokio::time::timeout(Duration::from_secs(5), &mut server.serving);
    ended.await.expect("it ends").expect("it ends well");
    assert!(TcpStream::connect(server.address).await.is_err());
}

#[tokio::test]
async fn a_panic_is_an_answer() {
    let folder = Folder::new().with("records.xml", RECORDS);
    let server = Server::of(&folder).await;
    let router = axum::Router::new();
    let router = router.route(
        "/panic",
        axum::routing::get(async || -> &str { panic!("a defect") }),
    );
    let router = vedtak_server::routes::with_layers(router, server.service.clone());
    let asked = axum::http::Request::get("/panic").body(axum::body::Body::empty());
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
    options.headers_within = Duration::from_millis(500);
    let server = Server::start(options).await;
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from(made.cert.der().to_vec()))
        .expect("it is a certificate");
    let client = ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("there are versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connector = TlsConnector::from(Arc::new(client));
    // Somebody who shakes no hand, and somebody who speaks in plain text, hold nobody up.
    let silent = TcpStream::connect(server.address)
        .await
        .expect("it listens");
    let mut plain = TcpStream::connect(server.address)
        .await
        .expect("it listens");
    plain
        .write_all(b"GET /health HTTP/1.1\r\n\r\n")
        .await
        .expect("it is sent");
    let stream = TcpStream::connect(server.address)
        .await
        .expect("it listens");
    let name = ServerName::try_from("localhost").expect("it is a name");
    let stream = connector
        .connect(name, stream)
        .await
        .expect("they shake hands");
    let body = question("alice", "read");
    let ask = Ask {
        path: EVALUATION,
        body: &body,
        ..Ask::default()
    };
    let answer = exchange(stream, &ask).await.expect("it answers");
    assert_eq!(answer.body, TRUE);
    drop(silent);
}

/// A server as a process of its own.
struct Process {
    child: Child,
    address: String,
}

impl Process {
    fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_vedtak-server"))
            .args(arguments)
            .args(["--listen", "127.0.0.1:0"])
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        let log = BufReader::new(child.stderr.take().expect("it has a log"));
        let mut lines = log.lines().map_while(Result::ok);
        let line = lines
            .by_ref()
            .find(|line| line.contains("listening on "))
            .expect("it listens");
        let address = line
            .split("listening on ")
            .nth(1)
            .and_then(|rest| rest.split('"').next());
        let address = address.expect("it says where").to_owned();
        // Whatever it logs is read, so that it never waits.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, address }
    }

    async fn ask(&self, body: &str) -> std::io::Result<Answer> {
        let stream = TcpStream::connect(&self.address).await?;
        exchange(
            stream,
            &Ask {
                path: EVALUATION,
                body,
                ..Ask::default()
            },
        )
        .await
    }

    fn signal(&self, name: &str) {
        let killed = Command::new("kill")
            .args([name, &self.child.id().to_string()])
            .status();
        assert!(killed.is_ok_and(|status| status.success()));
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Asks from several tasks until the server answers no more; each answer is whole and right.
async fn load(process: &Arc<Process>) -> Vec<tokio::task::JoinHandle<usize>> {
    let ask = |process: Arc<Process>| async move {
        let mut answered = 0;
        while let Ok(answer) = process.ask(&question("alice", "read")).await {
            assert_eq!((answer.status, &*answer.body), (200, TRUE));
            answered += 1;
        }
        answered
    };
    (0..4).map(|_| tokio::spawn(ask(process.clone()))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_in_mid_load_leaves_whole_answers_and_a_whole_log() {
    let folder = Folder::new().with("records.xml", RECORDS);
    let path = folder.0.display().to_string();
    let log = folder.0.join("decisions.jsonl");
    let log_path = log.display().to_string();
    for signal in ["-KILL", "-TERM"] {
        let _ = std::fs::remove_file(&log);
        let process = Arc::new(Process::start(&[&path, "--decision-log", &log_path]));
        let asking = load(&process).await;
        tokio::time::sleep(Duration::from_millis(400)).await;
        process.signal(signal);
        let mut answered = 0;
        for asking in asking {
            answered += asking.await.expect("all answers were right");
        }
        assert!(answered > 20, "{answered}");
        let text = std::fs::read_to_string(&log).expect("there is a log");
        let lines: Vec<&str> = text.lines().collect();
        if signal == "-TERM" {
            // Whatever was answered is logged.
            assert!(lines.len() >= answered, "{} of {answered}", lines.len());
            assert!(
                lines
                    .iter()
                    .all(|line| line.contains(r#""path":"/access/v1/evaluation""#))
            );
        }
        // The last line may be half a line, after a kill alone.
        let whole = lines
            .iter()
            .filter(|line| serde_json::from_str::<serde_json::Value>(line).is_ok());
        let broken = lines.len() - whole.count();
        assert!(broken <= usize::from(signal == "-KILL"), "{broken}");
    }
    // Decided again by the same policies, nothing differs; by others, what differs is told.
    let replay = |folder: &Folder| {
        let folder = folder.0.display().to_string();
        let server = Command::new(env!("CARGO_BIN_EXE_vedtak-server"))
            .args(["replay", &log_path, &folder])
            .output()
            .expect("it runs");
        (
            server.status.code(),
            String::from_utf8_lossy(&server.stdout).into_owned(),
        )
    };
    let (code, told) = replay(&folder);
    assert!(
        code == Some(0) && told.ends_with(" decisions, 0 differ\n"),
        "{code:?} {told}"
    );
    let others = Folder::new().with("records.xml", &RECORDS.replace(">read<", ">look<"));
    let (code, told) = replay(&others);
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("was Permit, is Deny"), "{told}");
    assert!(told.contains("has the digest"), "{told}");
    // Half a line at the end is told; whatever else cannot be read is, and is a failure.
    let line = std::fs::read_to_string(&log).expect("there is a log");
    let line = line.lines().next().expect("it has a line");
    for (text, expected, says) in [
        (format!("{line}\n{{\"kind"), 0, "half written"),
        (
            format!("{line}\n{{\"kind\n{line}\n"),
            2,
            "2 decisions, 0 differ",
        ),
        (
            line.replace("\"record\"", "\"\\u001b[2J\"") + "\n",
            2,
            "is no kind of line",
        ),
    ] {
        std::fs::write(&log, text).expect("it can be written");
        let (code, told) = replay(&folder);
        assert_eq!(code, Some(expected), "{told}");
        assert!(told.contains(says) && !told.contains('\u{1b}'), "{told}");
    }
    for nothing in ["", "{"] {
        std::fs::write(&log, nothing).expect("it can be written");
        assert_eq!(replay(&others).0, Some(2));
    }
}

#[test]
fn a_token_is_made_and_what_contradicts_itself_is_told() {
    let run = |arguments: &[&str]| {
        let server = Command::new(env!("CARGO_BIN_EXE_vedtak-server"))
            .args(arguments)
            .output();
        let output = server.expect("it runs");
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        (
            output.status.code(),
            text(output.stdout),
            text(output.stderr),
        )
    };
    for rights in [&["decide", "explain"][..], &["decide,explain"]] {
        let (code, told, _) = run(&[&["token", "shop"], rights].concat());
        assert_eq!(code, Some(0));
        assert!(told.contains("line:  shop decide,explain "), "{told}");
    }
    let folder = Folder::new();
    let path = folder.0.display().to_string();
    let (_, line) = vedtak_server::access::new_token("a", &[]).expect("it is made");
    let line = line.replace("a  ", "a decide ");
    for (tokens, why) in [
        ("# nobody\n".to_owned(), "there is no token"),
        (format!("{line}\n{line}\n"), "line 2"),
    ] {
        folder.write("tokens", &tokens);
        let file = folder.0.join("tokens").display().to_string();
        let (code, _, told) = run(&[&path, "--tokens", &file]);
        assert!(code == Some(2) && told.contains(why), "{told}");
    }
    for nonsense in [
        &["--max-connections", "0"][..],
        &["--follow-every", "0"],
        &["--answer-within", "0"],
        &["--work", "0"],
        &["--public-address", "pdp"],
        &["--zone", "Europe/Olso"],
        &["--zone", "Europe/Oslo", "--altinn", "register.json"],
    ] {
        let (code, _, told) = run(&[&[&*path], nonsense].concat());
        assert_eq!(code, Some(2), "{nonsense:?}: {told}");
    }
    let (code, _, told) = run(&["/", "--pages", "--listen", "0.0.0.0:0"]);
    assert!(
        code == Some(2) && told.contains("not a loopback address"),
        "{told}"
    );
    let (code, _, told) = run(&["/nowhere", "--listen", "127.0.0.1:0"]);
    assert!(
        code == Some(2) && told.contains("the folder `/nowhere`"),
        "{told}"
    );
    let (code, told, _) = run(&["--help"]);
    assert!(code == Some(0) && told.contains("--decision-log"), "{told}");
}
