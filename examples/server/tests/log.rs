//! A server as a process: its decision log, what kills it, and what it is told when it starts.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::support::{
    Ask, EVALUATION, Folder, RECORDS, Server, TRUE, exchange, fixture, question, until,
};
use tokio::net::TcpStream;
use vedtak_server::options::Options;

#[tokio::test]
async fn the_decision_log_says_who_asked_in_which_trace_and_by_which_policies() {
    let folder = Folder::new().with("records.xml", RECORDS);
    let mut options = Options::of(&folder.0);
    options.decision_log = Some(folder.0.join("decisions.jsonl"));
    let mut server = Server::start(options).await;
    let trace = "0af7651916cd43dd8448eb211c80319c";
    let parent = format!("00-{trace}-b7ad6b7169203331-01");
    let ask = || Ask::post(EVALUATION, &question("alice", "read"));
    let named = ask().with("traceparent", &parent);
    let answer = server.ask(named.with("X-Request-ID", "my-request")).await;
    server.ask(ask().with("traceparent", "00-0af7-b7-01")).await;
    server.ends().await;
    let log = std::fs::read_to_string(folder.0.join("decisions.jsonl")).expect("there is a log");
    let lines = log.lines().map(serde_json::from_str);
    let lines: Result<Vec<serde_json::Value>, _> = lines.collect();
    let lines = lines.expect("it is JSON");
    let [first, second] = &lines[..] else {
        panic!("{log}")
    };
    assert_eq!(first["request_id"], "my-request");
    assert_eq!(first["trace_id"], trace);
    assert_eq!(first["path"], EVALUATION);
    assert_eq!(first["decision"]["Decision"], "Permit");
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
    let is_written = || std::fs::read_to_string(&log).is_ok_and(|text| text.ends_with("}\n"));
    until("it is written", async || is_written()).await;
    std::fs::rename(&log, &old).expect("it can be renamed");
    let own = server.service.recorder.log.as_ref();
    own.expect("there is one").reopen();
    server.post(EVALUATION, &body).await;
    assert_eq!(server.get("/ready").await.json()["decision_log_lost"], 0);
    server.ends().await;
    let old = std::fs::read_to_string(&old).expect("it is there");
    assert!(old.starts_with("{\"half\n{"), "{old}");
    assert_eq!(old.lines().count(), 2, "{old}");
    let now = std::fs::read_to_string(&log).expect("it is there");
    assert_eq!(now.lines().count(), 1, "{now}");
    let mode = std::fs::metadata(&log).expect("it is there").permissions();
    assert_eq!(mode.mode() & 0o777, 0o600);

    options.decision_log = Some("/dev/full".into());
    let server = Server::start(options).await;
    server.post(EVALUATION, &body).await;
    until("it is counted", async || {
        server.get("/ready").await.json()["decision_log_lost"] == 1
    })
    .await;
    let metrics = server.get("/metrics").await.body;
    let lost = "vedtak_decision_log_lost_total 1\n";
    assert!(metrics.contains(lost), "{metrics}");
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
        let rest = line.split("listening on ").nth(1);
        let address = rest.and_then(|rest| rest.split('"').next());
        let address = address.expect("it says where").to_owned();
        // Whatever it logs is read, so that it never waits.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, address }
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

/// Asks until nobody listens any more: how many answers came, each of them whole and right, and how many
/// did not.
async fn load(address: String) -> (usize, usize) {
    let (mut answered, mut cut) = (0, 0);
    while let Ok(stream) = TcpStream::connect(&address).await {
        let ask = Ask::post(EVALUATION, &question("alice", "read"));
        match exchange(stream, &ask).await {
            Ok(answer) => {
                assert_eq!((answer.status, &*answer.body), (200, TRUE));
                answered += 1;
            }
            Err(_) => cut += 1,
        }
    }
    (answered, cut)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_in_mid_load_leaves_whole_answers_and_a_whole_log() {
    let folder = Folder::new().with("records.xml", RECORDS);
    let path = folder.0.display().to_string();
    let log = folder.0.join("decisions.jsonl");
    let log_path = log.display().to_string();
    for signal in ["-KILL", "-TERM"] {
        let _ = std::fs::remove_file(&log);
        let mut process = Process::start(&[&path, "--decision-log", &log_path]);
        let asking = [(); 4].map(|()| tokio::spawn(load(process.address.clone())));
        tokio::time::sleep(Duration::from_millis(400)).await;
        process.signal(signal);
        let (mut answered, mut cut) = (0, 0);
        for asking in asking {
            let told = asking.await.expect("all answers were right");
            (answered, cut) = (answered + told.0, cut + told.1);
        }
        // Its last lines are written when its last answers are read.
        process.child.wait().expect("it ends");
        assert!(answered > 20, "{answered}");
        assert!(cut == 0 || signal == "-KILL", "{cut} of {answered}");
        let text = std::fs::read_to_string(&log).expect("there is a log");
        let lines: Vec<&str> = text.lines().collect();
        if signal == "-TERM" {
            // Whatever was answered is logged.
            assert!(lines.len() >= answered, "{} of {answered}", lines.len());
            let path = r#""path":"/access/v1/evaluation""#;
            assert!(lines.iter().all(|line| line.contains(path)));
        }
        // The last line may be half a line, after a kill alone.
        let is_whole = |line: &&&str| serde_json::from_str::<serde_json::Value>(line).is_ok();
        let broken = lines.len() - lines.iter().filter(is_whole).count();
        assert!(broken <= usize::from(signal == "-KILL"), "{broken}");
    }
    // Decided again by the same policies, nothing differs; by others, what differs is told.
    let replay = |folder: &Folder| {
        let (code, told, log) = run(&["replay", &log_path, &folder.0.display().to_string()]);
        assert!(!log.contains("policies changed"), "{log}");
        (code, told)
    };
    let (code, told) = replay(&folder);
    assert_eq!(code, Some(0), "{told}");
    assert!(told.ends_with(" decisions, 0 differ\n"), "{told}");
    let others = Folder::new().with("records.xml", &RECORDS.replace(">read<", ">look<"));
    let (code, told) = replay(&others);
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("was Permit, is Deny"), "{told}");
    assert!(told.contains("has the digest"), "{told}");
    // The settings that change answers are in each line, and told where they differ.
    let path = folder.0.display().to_string();
    let other = [
        "replay",
        &log_path,
        &path,
        "--zone",
        "Europe/Oslo",
        "--work",
        "7",
    ];
    let (_, told, _) = run(&other);
    let settings = "other settings: --zone was UTC, is Europe/Oslo; --work was 2000000, is 7\n";
    assert_eq!(told.matches(settings).count(), 1, "{told}");
    // A log of the other mode is told as such, and nothing else of it.
    let scenario = fixture("altinn/scenarios/04-roles-and-packages");
    let of = |name: &str| scenario.join(name).display().to_string();
    let (register, policies) = (of("register.json"), of("policies"));
    let (code, told, why) = run(&["replay", &log_path, &policies, "--altinn", &register]);
    assert_eq!((code, &*told), (Some(2), ""), "{why}");
    assert!(why.contains("leave out --altinn"), "{why}");
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
        (
            line.replace("\"zone\"", "\"\\u001b[2J\"") + "\n",
            2,
            "unknown field",
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

/// Runs the command: its code, and what it prints and complains of.
fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
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
}

#[test]
fn a_token_is_made_and_what_contradicts_itself_is_told() {
    for rights in [&["decide", "explain"][..], &["decide,explain"]] {
        let (code, line, token) = run(&[&["token", "shop"], rights].concat());
        assert_eq!(code, Some(0));
        assert!(line.starts_with("shop decide,explain "), "{line}");
        assert!(token.starts_with("token: ") && line.lines().count() == 1);
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
    assert_eq!(code, Some(2), "{told}");
    assert!(told.contains("not a loopback address"), "{told}");
    let server = Command::new(env!("CARGO_BIN_EXE_vedtak-server"))
        .args(["/", "--listen", "0.0.0.0:0"])
        .env("VEDTAK_PAGES", "1")
        .output();
    let told = String::from_utf8_lossy(&server.expect("it runs").stderr).into_owned();
    assert!(told.contains("not a loopback address"), "{told}");
    let (code, _, told) = run(&["/nowhere", "--listen", "127.0.0.1:0"]);
    assert_eq!(code, Some(2), "{told}");
    assert!(told.contains("the folder `/nowhere`"), "{told}");
    let (code, told, _) = run(&["--help"]);
    assert_eq!(code, Some(0));
    // Each setting is an environment variable as well.
    let settings = told.lines().map(str::trim);
    let settings = settings.filter(|line| line.starts_with("--") || line.starts_with("[FOLDER]"));
    for setting in settings {
        let name = setting.trim_start_matches(['-', '[']);
        let name = name.split([' ', ']']).next().unwrap_or_default();
        let variable = format!("VEDTAK_{}", name.to_uppercase().replace('-', "_"));
        assert!(told.contains(&variable), "{variable}: {told}");
    }
    assert!(told.contains("VEDTAK_DECISION_LOG"), "{told}");
}

/// A small request may ask for many decisions about much: the log has the beginning of each, and `replay` says
/// that these are not made again.
#[tokio::test]
async fn a_short_request_writes_no_long_log() {
    let folder = Folder::new().with("records.xml", RECORDS);
    let log = folder.0.join("decisions.jsonl");
    let (long, count) = ("æ".repeat(450_000), 1_000);
    let evaluations = vec!["{}"; count].join(",");
    let batch = question(&long, "read");
    let batch = format!(
        r#"{},"evaluations":[{evaluations}]}}"#,
        batch.trim_end().trim_end_matches('}').to_owned() + "}"
    );
    let attribute = |id: &str, value: &str| {
        format!(r#"{{"Attribute": {{"AttributeId": "{id}", "Value": "{value}"}}}}"#)
    };
    let resources = vec![attribute("type", "record"); count].join(",");
    let subject = attribute("id", &long);
    let many =
        format!(r#"{{"Request": {{"AccessSubject": {subject}, "Resource": [{resources}]}}}}"#);
    for (path, body) in [("/access/v1/evaluations", batch), ("/pdp", many)] {
        let _ = std::fs::remove_file(&log);
        let mut options = Options::of(&folder.0);
        options.decision_log = Some(log.clone());
        options.answer_within = Duration::from_secs(120);
        let mut server = Server::start(options).await;
        let answer = server.post(path, &body).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let lost = server.get("/ready").await.json()["decision_log_lost"].clone();
        assert_eq!(lost, 0);
        server.ends().await;
        let text = std::fs::read_to_string(&log).expect("there is a log");
        assert!(text.len() < 24 << 20, "{path}: {}", text.len());
        assert_eq!(text.lines().count(), count, "{path}");
        let cut = text.lines().filter(|line| line.contains(r#""kind":"cut""#));
        let cut = cut.count();
        assert!((count - 30..count).contains(&cut), "{path}: {cut}");
        let last = text.lines().last().expect("there is a line");
        assert!(last.contains(r#""Bytes":900000,"Sha256":""#), "{last}");
        assert!(last.contains(r#""Value":"record""#), "{last}");
        let (log, policies) = (log.display().to_string(), folder.0.display().to_string());
        let (code, told, _) = run(&["replay", &log, &policies]);
        assert_eq!(code, Some(2), "{told}");
        let expected = format!("{cut} lines are cut: their decisions cannot be made again\n");
        assert!(told.contains(&expected), "{told}");
        assert!(
            told.ends_with(&format!("{} decisions, 0 differ\n", count - cut)),
            "{told}"
        );
    }
}
