//! A server as those who run it see it: its log, its readiness, and what it says when it does not start.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::support::{
    Ask, EVALUATION, FALSE, Folder, RECORDS, Server, TRUE, fixture, question, until,
};
use serde_json::Value;
use vedtak_server::options::Options;
use vedtak_server::service::Service;

const README: &str = include_str!("../README.md");

/// A server whose log is in a file.
struct Process(Child);

impl Process {
    fn start(log: &Folder, arguments: &[&str]) -> Self {
        let file = fs::File::create(log.0.join("log")).expect("there can be a log");
        let child = Command::new(env!("CARGO_BIN_EXE_vedtak-server"))
            .args(arguments)
            .args(["--listen", "127.0.0.1:0", "--follow-every", "0.05"])
            .env_remove("RUST_LOG")
            .stderr(file)
            .spawn();
        Self(child.expect("it starts"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The lines of a log with a message.
fn lines(log: &Folder, message: &str) -> Vec<Value> {
    let text = fs::read_to_string(log.0.join("log")).expect("there is a log");
    let lines = text
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok());
    let is_wanted = |line: &Value| line["fields"]["message"] == message;
    lines.filter(is_wanted).collect()
}

/// Runs the command to its end: its code, and what it prints and complains of.
fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let command = Command::new(env!("CARGO_BIN_EXE_vedtak-server"))
        .args(arguments)
        .stdin(Stdio::null())
        .output();
    let output = command.expect("it runs");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

/// The policy of the README, of which printing has an obligation.
pub fn notes() -> &'static str {
    let policy = README
        .split_once("```xml\n")
        .and_then(|(_, rest)| rest.split_once("```"));
    policy.expect("the README has a policy").0
}

pub fn seldom(folder: &Folder) -> Options {
    let mut options = Options::of(&folder.0);
    options.follow_every = Duration::from_secs(3_600);
    options.pages = true;
    options
}

/// The values of a register that are of persons.
fn private(register: &str) -> Vec<String> {
    let parts: Vec<&str> = register.split('"').collect();
    let value_of = |name: &str| {
        let values = parts.windows(3).filter(move |three| three[0] == name);
        values.map(|three| three[2].to_owned()).collect::<Vec<_>>()
    };
    [value_of("number"), value_of("name")].concat()
}

#[tokio::test]
async fn no_log_has_the_persons_of_a_register() {
    let scenario = fixture("altinn/scenarios/04-roles-and-packages");
    let register = fs::read_to_string(scenario.join("register.json")).expect("it is there");
    let private = private(&register);
    assert!(private.len() > 4, "{private:?}");
    let folder = Folder::new().with("register.json", &register);
    let file = folder.0.join("register.json").display().to_string();
    let policies = scenario.join("policies").display().to_string();
    let number = private
        .iter()
        .find(|value| value.len() == 11)
        .expect("there is one");
    // Cut off in a person, of another form, and with a value where another is expected.
    let broken = [
        register[..register.find(number.as_str()).expect("it is there") + 12].to_owned(),
        register.replacen(number.as_str(), &format!("{number}1"), 1),
        register.replacen("\"person\"", &format!("\"{number}\""), 1),
    ];
    let is_hidden = |told: &str| {
        for value in &private {
            assert!(!told.contains(value.as_str()), "{value}: {told}");
        }
    };
    let log = Folder::new();
    let _process = Process::start(&log, &[&policies, "--altinn", &file]);
    until("it listens", async || {
        !lines(&log, "policies changed").is_empty()
    })
    .await;
    for broken in &broken {
        fs::write(&file, broken).expect("it can be written");
        let before = lines(&log, "refused").len();
        until("it is refused", async || {
            lines(&log, "refused").len() > before + 1
        })
        .await;
        let (code, _, told) = run(&[&policies, "--altinn", &file, "--listen", "127.0.0.1:0"]);
        assert_eq!(code, Some(2), "{told}");
        assert!(told.contains("register.json:"), "{told}");
        assert!(!told.contains("the folder"), "{told}");
        is_hidden(&told);
    }
    is_hidden(&fs::read_to_string(log.0.join("log")).expect("there is a log"));
    let refused = lines(&log, "refused");
    assert_eq!(refused[0]["level"], "ERROR");
}

#[tokio::test]
async fn changes_and_refusals_are_lines_of_the_log() {
    let folder = Folder::new().with("records.xml", RECORDS);
    let log = Folder::new();
    let path = folder.0.display().to_string();
    let _process = Process::start(&log, &[&path]);
    let changes = async |count: usize| {
        let is_so = async || lines(&log, "policies changed").len() == count;
        until("it is logged", is_so).await;
        lines(&log, "policies changed")[count - 1]["fields"].clone()
    };
    assert_eq!(changes(1).await["put"], "records.xml");
    folder.write("records.xml", &RECORDS.replace(">read<", ">look<"));
    assert_eq!(changes(2).await["replaced"], "records.xml");
    folder.write("broken.xml", "<Policy");
    until("it is refused", async || !lines(&log, "refused").is_empty()).await;
    let refused = &lines(&log, "refused")[0];
    assert_eq!(refused["level"], "ERROR", "{refused}");
    let error = refused["fields"]["error"].as_str();
    assert!(
        error.is_some_and(|error| error.starts_with("broken.xml:1:")),
        "{refused}"
    );
    assert!(lines(&log, "policies refused").is_empty());
    folder.write("letters.ALFA", "namespace letters {}");
    let ignored = "a policy in ALFA is not read: `vedtak alfa` makes XML of it";
    until("it is named", async || !lines(&log, ignored).is_empty()).await;
    assert_eq!(lines(&log, ignored)[0]["level"], "WARN");
    fs::remove_file(folder.0.join("records.xml")).expect("it can be removed");
    assert_eq!(changes(3).await["removed"], "records.xml");
    // Of a file that cannot be read, the log has what the system says.
    let gone = folder.0.join("gone");
    std::os::unix::fs::symlink(gone, folder.0.join("records.xml")).expect("it can be made");
    let unread = "the file cannot be read";
    until("it is told", async || !lines(&log, unread).is_empty()).await;
    let fields = &lines(&log, unread)[0]["fields"];
    let error = fields["error"].as_str().unwrap_or_default();
    assert!(error.contains("No such file"), "{fields}");
    assert!(
        fields["file"]
            .as_str()
            .is_some_and(|file| file.ends_with("records.xml"))
    );
}

#[tokio::test]
async fn readiness_counts_what_decides_and_tells_of_a_folder_that_cannot_be_read() {
    let folder = Folder::new();
    let policies = folder.0.join("policies");
    fs::create_dir_all(policies.join("library")).expect("it can be made");
    folder.write("policies/library/records.xml", RECORDS);
    let mut options = seldom(&folder);
    options.folder = policies.clone();
    let server = Server::start(options).await;
    let ready = async || {
        let answer = server.get("/ready").await;
        let told = answer.json();
        (
            answer.status,
            told["policies"].clone(),
            told["followed"].clone(),
        )
    };
    assert_eq!(ready().await, (503, 0.into(), true.into()));
    folder.write(
        "policies/records.xml",
        &RECORDS.replace("PolicyId=\"", "PolicyId=\"own-"),
    );
    server.service.sync();
    assert_eq!(ready().await, (200, 1.into(), true.into()));
    let away = folder.0.join("away");
    fs::rename(&policies, &away).expect("it can be renamed");
    server.service.sync();
    assert_eq!(ready().await, (200, 1.into(), false.into()));
    let metrics = server.get("/metrics").await.body;
    assert!(metrics.contains("vedtak_folder_unread 1\n"), "{metrics}");
    assert!(metrics.contains("vedtak_policies 1\n"), "{metrics}");
    fs::rename(&away, &policies).expect("it can be renamed");
    server.service.sync();
    assert_eq!(ready().await, (200, 1.into(), true.into()));
}

#[tokio::test]
async fn a_copy_is_refused_and_leaves_what_it_was() {
    let other = RECORDS.replace("PolicyId=\"", "PolicyId=\"other-");
    let folder = Folder::new().with("b.xml", RECORDS).with("c.xml", &other);
    let server = Server::start(seldom(&folder)).await;
    let digest = server.get("/ready").await.json()["digest"].clone();
    let refused = async |count: u64| {
        server.service.sync();
        let now = server.get("/ready").await.json();
        assert_eq!((&now["refused"], &now["digest"]), (&count.into(), &digest));
        assert_eq!(
            server
                .post(EVALUATION, &question("alice", "read"))
                .await
                .body,
            TRUE
        );
    };
    folder.write("a.xml", RECORDS);
    refused(1).await;
    folder.write("c.xml", RECORDS);
    refused(2).await;
    let why = server.service.policies.current().refused.join("\n");
    assert!(why.contains("a.xml: `b.xml` has the same text"), "{why}");
    fs::remove_file(folder.0.join("c.xml")).expect("it can be removed");
    let started = Service::new(Options::of(&folder.0))
        .err()
        .expect("it is refused");
    assert!(
        started.to_string().contains("has the same text"),
        "{started}"
    );
}

/// Of two files of one resource, none decides by chance.
#[tokio::test]
async fn no_restart_chooses_between_two_files_of_one_resource() {
    let scenario = fixture("altinn/scenarios/04-roles-and-packages");
    let folder = Folder::new();
    let text = fs::read_to_string(scenario.join("policies/ttd-begge.xml")).expect("it is there");
    folder.write("ttd-begge.xml", &text);
    let mut options = seldom(&folder);
    options.deciding.altinn = Some(scenario.join("register.json"));
    options.deciding.start_with_refused = true;
    let server = Server::start(options.clone()).await;
    folder.write("ttd-begge.XML", &text);
    server.service.sync();
    let ready = server.get("/ready").await.json();
    assert_eq!(
        (&ready["refused"], &ready["policies"]),
        (&1.into(), &1.into())
    );
    let again = Server::start(options).await;
    let ready = again.get("/ready").await.json();
    assert_eq!(
        (&ready["refused"], &ready["policies"]),
        (&2.into(), &0.into())
    );
    fs::remove_file(folder.0.join("ttd-begge.xml")).expect("it can be removed");
    again.service.sync();
    let ready = again.get("/ready").await;
    assert_eq!((ready.status, &ready.json()["policies"]), (200, &1.into()));
    // Roles and packages have the names that the command gives them.
    let asked = serde_json::json!({
        "who": "urn:altinn:userid:231", "party": "urn:altinn:organization:identifier-no:310000401",
        "resource": "ttd-begge", "action": "read", "at": "2026-03-02T09:00:00+01:00"
    });
    let told = again.post("/altinn/explain", &asked.to_string()).await.body;
    assert!(
        told.contains("the role utfyller/innsender (utinn)"),
        "{told}"
    );
}

#[tokio::test]
async fn the_decision_log_has_what_the_caller_was_told() {
    let folder = Folder::new().with("notes.xml", notes());
    let log = folder.0.join("decisions.jsonl");
    let mut options = seldom(&folder);
    options.decision_log = Some(log.clone());
    let mut server = Server::start(options).await;
    let note = |action| question("alice", action).replace("record\"", "note\"");
    assert_eq!(server.post(EVALUATION, &note("read")).await.body, TRUE);
    let print = server.post(EVALUATION, &note("print")).await.json();
    assert_eq!(print["decision"], false);
    assert_eq!(server.post(EVALUATION, &note("burn")).await.body, FALSE);
    let xacml = r#"{"Request": {"Action": {"Attribute": [{"AttributeId": "name", "Value": "print"}]},
        "Resource": {"Attribute": [{"AttributeId": "type", "Value": "note"}]}}}"#;
    server.ask(Ask::post("/pdp", xacml)).await;
    server.ends().await;
    let text = fs::read_to_string(&log).expect("there is a log");
    let told = text.lines().map(|line| {
        let line: Value = serde_json::from_str(line).expect("it is JSON");
        let decision = line["decision"]["Decision"].as_str().map(str::to_owned);
        (decision.unwrap_or_default(), line["answered"].as_bool())
    });
    let told: Vec<_> = told.collect();
    let told: Vec<_> = told
        .iter()
        .map(|(decision, told)| (&**decision, *told))
        .collect();
    let expected = [
        ("Permit", Some(true)),
        ("Permit", Some(false)),
        ("Deny", Some(false)),
        ("Permit", None),
    ];
    assert_eq!(told, expected);
    let (folder, log) = (folder.0.display().to_string(), log.display().to_string());
    let (code, told, _) = run(&["replay", &log, &folder]);
    assert_eq!((code, &*told), (Some(0), "4 decisions, 0 differ\n"));
    // By the same rules, with another obligation.
    let other = notes().replace("urn:example:keep-a-record", "urn:example:tell-somebody");
    let other = Folder::new().with("notes.xml", &other);
    let (code, told, _) = run(&["replay", &log, &other.0.display().to_string()]);
    assert_eq!(code, Some(1), "{told}");
    let differs = "was `urn:example:keep-a-record`, is `urn:example:tell-somebody`";
    assert_eq!(told.matches(differs).count(), 2, "{told}");
    assert!(told.ends_with("4 decisions, 2 differ\n"), "{told}");
}

#[test]
fn what_is_wrong_at_the_start_is_told_with_its_file() {
    let folder = Folder::new().with("records.xml", RECORDS);
    let path = folder.0.display().to_string();
    let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("it is made");
    folder.write("cert.pem", &own.cert.pem());
    folder.write("key.pem", &own.signing_key.serialize_pem());
    let [cert, key] = ["cert.pem", "key.pem"].map(|name| format!("{path}/{name}"));
    for (arguments, expected) in [
        (
            &["--tls-cert", &*key, "--tls-key", &*cert][..],
            "there is no certificate in it, which --tls-cert",
        ),
        (
            &["--tls-cert", &*cert, "--tls-key", &*cert],
            "there is no private key in it, which --tls-key",
        ),
        (
            &["--decision-log", "/nowhere/x"],
            "the decision log `/nowhere/x`: ",
        ),
        (
            &["--altinn", "/nowhere/r.json"],
            "the register `/nowhere/r.json`: ",
        ),
    ] {
        let listen = ["--listen", "127.0.0.1:0"];
        let (code, _, told) = run(&[&[&*path], arguments, &listen].concat());
        assert_eq!(code, Some(2), "{told}");
        assert!(told.contains(expected), "{told}");
        assert!(
            !told.contains("listening") && !told.contains("the folder"),
            "{told}"
        );
    }
    let (code, out, told) = run(&["replay", &format!("{path}/records.xml"), &path]);
    assert_eq!((code, &*out), (Some(2), ""));
    assert!(told.contains("it is no decision log"), "{told}");
    assert!(!told.contains("expected value"), "{told}");
}

#[tokio::test]
async fn another_method_is_answered_as_such() {
    let folder = Folder::new().with("records.xml", RECORDS);
    let server = Server::start(seldom(&folder)).await;
    for path in [
        "/try",
        EVALUATION,
        "/access/v1/search/action",
        "/pdp",
        "/explain",
    ] {
        let answer = server.get(path).await;
        answer.problem(405);
        assert_eq!(answer.headers["allow"], "POST", "{path}");
    }
}
