//! A server with a register, asked in XACML, in AuthZEN and by the paths of its own.

use std::process::{Child, Command};
use std::sync::Arc;

use crate::support::{Ask, Folder, Server, exchange, fixture, until};
use tokio::net::TcpStream;
use vedtak::authzen::Evaluations;
use vedtak_server::engine::altinn_mapping;
use vedtak_server::gate::{ASKED, Asked};
use vedtak_server::options::Options;

const AT: &str = "2026-03-02T09:00:00+01:00";

async fn server() -> (Folder, Server) {
    let scenario = fixture("altinn/scenarios/04-roles-and-packages");
    let folder = Folder::new();
    for name in ["ttd-kun-rolle.xml", "ttd-begge.xml"] {
        std::fs::copy(scenario.join("policies").join(name), folder.0.join(name))
            .expect("it is copied");
    }
    std::fs::copy(
        scenario.join("register.json"),
        folder.0.join("register.json"),
    )
    .expect("it is copied");
    let mut options = Options::of(&folder.0);
    options.deciding.altinn = Some(folder.0.join("register.json"));
    options.pages = true;
    let server = Server::start(options).await;
    (folder, server)
}

#[tokio::test]
async fn a_register_decides_in_every_language() {
    let (folder, server) = server().await;
    let xacml = |user: &str| {
        format!(
            r#"{{"Request": {{"AccessSubject": {{"Attribute": {{"AttributeId": "urn:altinn:userid", "Value": "{user}"}}}},
            "Action": {{"Attribute": {{"AttributeId": "urn:oasis:names:tc:xacml:1.0:action:action-id", "Value": "read"}}}},
            "Resource": {{"Attribute": [{{"AttributeId": "urn:altinn:resource", "Value": "ttd-begge"}},
            {{"AttributeId": "urn:altinn:organization:identifier-no", "Value": "310000401"}}]}}}}}}"#
        )
    };
    let authzen = |user: &str| {
        format!(
            r#"{{"subject": {{"type": "urn:altinn:userid", "id": "{user}"}}, "action": {{"name": "read"}},
            "resource": {{"type": "urn:altinn:resource", "id": "ttd-begge",
            "properties": {{"urn:altinn:organization:identifier-no": "310000401"}}}}}}"#
        )
    };
    let decided = async |path, body: &str| server.post(path, body).await.body;
    assert!(
        decided("/pdp", &xacml("231"))
            .await
            .contains(r#""Decision":"Permit""#)
    );
    assert!(
        decided("/pdp", &xacml("234"))
            .await
            .contains(r#""Decision":"NotApplicable""#)
    );
    assert_eq!(
        decided("/access/v1/evaluation", &authzen("231")).await,
        r#"{"decision":true}"#
    );
    let refused = decided("/access/v1/evaluation", &authzen("234")).await;
    assert!(refused.contains(r#""decision":false"#), "{refused}");

    let ask = Ask::post("/explain", &xacml("231")).with("Accept", "text/plain");
    let ask = ask.with("Accept-Language", "nb-NO,nb;q=0.9");
    let told = server.ask(ask).await.body;
    assert!(told.contains("rollen"), "{told}");
    let lacking = server.post("/why-not", &authzen("234")).await.json();
    assert!(
        !lacking["enough"].as_array().expect("a list").is_empty(),
        "{lacking}"
    );
    // Who is unknown is told as such; and what is asked without the party.
    let unknown = server.post("/why-not", &authzen("999")).await.problem(400);
    assert!(unknown.contains("is not known"), "{unknown}");
    let pdp = decided("/pdp", &xacml("999")).await;
    assert!(pdp.contains(r#""Decision":"Indeterminate""#), "{pdp}");
    let (alone, batch) = ("/access/v1/evaluation", "/access/v1/evaluations");
    let answered = decided(alone, &authzen("999")).await;
    assert!(answered.starts_with(r#"{"decision":false"#), "{answered}");
    let nobody =
        authzen("231").replace("urn:altinn:organization:identifier-no", "urn:altinn:other");
    let nobody = nobody.replace(
        ",\n            \"properties\": {\"urn:altinn:other\": \"310000401\"}",
        "",
    );
    for (path, body) in [
        (alone, nobody.clone()),
        (batch, format!(r#"{{"evaluations": [{nobody}]}}"#)),
    ] {
        let told = decided(path, &body).await;
        assert!(told.contains("names the party"), "{told}");
    }
    let metrics = server.get("/metrics").await.body;
    assert!(
        metrics.contains(r#"vedtak_decisions_total{decision="Permit"}"#),
        "{metrics}"
    );
    assert!(
        !metrics.contains(r#"vedtak_decisions_total{decision="Permit"} 0"#),
        "{metrics}"
    );

    let metadata = server.get("/.well-known/authzen-configuration").await.body;
    assert!(
        metadata.contains("evaluations") && !metadata.contains("search"),
        "{metadata}"
    );

    // A damaged policy or register stays what it was.
    folder.write("ttd-begge.xml", "<Policy");
    folder.write("register.json", "{");
    server.service.sync();
    assert!(
        decided("/pdp", &xacml("231"))
            .await
            .contains(r#""Decision":"Permit""#)
    );
    let ready = server.get("/ready").await.json();
    assert_eq!(
        (&ready["refused"], &ready["policies"]),
        (&2.into(), &2.into())
    );
    std::fs::remove_file(folder.0.join("ttd-begge.xml")).expect("it can be removed");
    // A resource has one file, and keeps it.
    let (own, other) = ("ttd-kun-rolle.xml", "ttd-kun-rolle.XML");
    std::fs::copy(folder.0.join(own), folder.0.join(other)).expect("it is copied");
    server.service.sync();
    let ready = server.get("/ready").await.json();
    assert_eq!(
        (&ready["refused"], &ready["policies"]),
        (&2.into(), &1.into())
    );
    let listed = server.get("/policies").await.body;
    assert!(listed.contains(own) && !listed.contains(other), "{listed}");
    assert!(
        !decided("/pdp", &xacml("231"))
            .await
            .contains(r#""Decision":"Permit""#)
    );
}

#[tokio::test]
async fn questions_about_the_register_are_answered() {
    let (_folder, server) = server().await;
    let firm = "urn:altinn:organization:identifier-no:310000401";
    let ask = async |question: &str, body: serde_json::Value| {
        let ask = Ask::post(&format!("/altinn/{question}"), &body.to_string());
        server.ask(ask.with("Accept-Language", "nb")).await
    };
    let all = ask("register", serde_json::json!({})).await.json();
    let services = all["services"].as_array().expect("a list");
    assert_eq!(
        (services.len(), &services[0]["id"]),
        (2, &"ttd-begge".into())
    );
    assert!(
        all["subjects"].as_array().is_some_and(|all| all.len() > 2),
        "{all}"
    );
    assert!(
        !all.to_string().contains("person:identifier-no"),
        "no national identity numbers"
    );

    let question = |who: &str| {
        serde_json::json!({
            "who": who, "party": firm, "resource": "ttd-begge", "action": "read", "at": AT
        })
    };
    let explained = ask("explain", question("urn:altinn:userid:231"))
        .await
        .json();
    assert_eq!(explained["decision"], "Permit", "{explained}");
    assert!(
        explained["text"]
            .as_str()
            .is_some_and(|text| text.contains("rollen")),
        "{explained}"
    );
    assert!(explained["through"][0]["what"][0].is_string());
    let needed = ask("needed", question("urn:altinn:userid:234"))
        .await
        .json();
    assert!(needed["enough"][0]["text"].is_string(), "{needed}");
    let who =
        serde_json::json!({"party": firm, "resource": "ttd-begge", "action": "read", "at": AT});
    let who = ask("who", who).await.json();
    let holder = &who["holders"][0];
    assert!(holder["ways"][0].is_string(), "{who}");
    assert!(holder["through"][0]["rule"].is_string(), "{who}");
    let qualities =
        ["others", "other_rights", "lacking", "troubles"].map(|name| who[name].is_array());
    assert_eq!(qualities, [true; 4], "{who}");
    assert_eq!(
        (&who["is_complete"], &who["veto"]),
        (&true.into(), &().into())
    );
    let parties = serde_json::json!({"who": "urn:altinn:userid:231", "at": AT});
    let parties = ask("parties", parties).await.json();
    assert!(
        parties["parties"]
            .as_array()
            .is_some_and(|all| !all.is_empty()),
        "{parties}"
    );
    let rights = ask(
        "rights",
        serde_json::json!({"resource": "ttd-begge", "at": AT}),
    )
    .await
    .json();
    let right = &rights["rights"][0];
    assert!(right["any_of"][0]["needs"][0].is_string(), "{rights}");
    assert_eq!(right["may_be_delegated"], true, "{rights}");
    let ends = right["any_of"].as_array().expect("a list").iter();
    let ends = ends.filter(|one| one["ends"].is_string());
    assert_eq!(ends.count(), 1, "the role ends: {rights}");

    ask("nothing", serde_json::json!({})).await.problem(404);
    ask("needed", serde_json::json!({})).await.problem(400);
    ask("needed", serde_json::json!({"else": 1}))
        .await
        .problem(400);
    ask("needed", question("nobody")).await.problem(400);
    ask("needed", question("urn:altinn:userid:99999"))
        .await
        .problem(422);
    ask(
        "explain",
        serde_json::json!({"who": "urn:altinn:userid:231", "at": "now"}),
    )
    .await
    .problem(400);
}

/// A role that the catalogue does not have may be enough, too.
#[tokio::test]
async fn what_could_not_be_tried_is_told() {
    let (folder, server) = server().await;
    let name = "ttd-kun-rolle.xml";
    let policy = std::fs::read_to_string(folder.0.join(name)).expect("is text");
    folder.write(name, &policy.replace("UTINN", "NYROLLE"));
    server.service.sync();
    for (service, untried) in [("ttd-kun-rolle", 1), ("ttd-begge", 0)] {
        let asked = serde_json::json!({
            "who": "urn:altinn:userid:232", "party": "urn:altinn:organization:identifier-no:310000401",
            "resource": service, "action": "write", "at": AT
        });
        let needed = server
            .post("/altinn/needed", &asked.to_string())
            .await
            .json();
        assert_eq!(needed["is_complete"], untried == 0, "{needed}");
        let told = needed["untried"].as_array().expect("a list");
        assert_eq!(told.len(), untried, "{needed}");
        let mut told = told.iter().filter_map(|one| one.as_str());
        assert!(told.all(|one| one.contains("NYROLLE")), "{needed}");
    }
}

/// Who asks about many is told in the log and counted, and so is whoever gets no answer.
#[tokio::test]
async fn questions_leave_a_trace() {
    let (folder, mut server) = server().await;
    let mut options = server.service.options.clone();
    server.ends().await;
    let log = folder.0.join("decisions.jsonl");
    options.decision_log = Some(log.clone());
    let mut server = Server::start(options).await;
    let who = format!(
        r#"{{"party": "urn:altinn:organization:identifier-no:310000401", "resource": "ttd-begge",
        "action": "read", "at": "{AT}"}}"#
    );
    let parties = format!(r#"{{"who": "urn:altinn:userid:231", "at": "{AT}"}}"#);
    let search = r#"{"subject": {"type": "urn:altinn:userid"}, "action": {"name": "read"}}"#;
    let asked = [
        ("/altinn/who", "who", &*who, 200),
        ("/altinn/parties", "parties", &parties, 200),
        (
            "/access/v1/search/subject",
            "/access/v1/search/subject",
            search,
            501,
        ),
    ];
    for (path, _, body, status) in asked {
        assert_eq!(server.post(path, body).await.status, status, "{path}");
    }
    server.post("/altinn/whatever", "{}").await.problem(404);
    let metrics = server.get("/metrics").await.body;
    server.ends().await;
    let text = std::fs::read_to_string(&log).expect("there is a log");
    let lines = text.lines().map(serde_json::from_str);
    let lines: Result<Vec<serde_json::Value>, _> = lines.collect();
    let lines = lines.expect("it is JSON");
    let questions = lines.iter().filter(|line| line["kind"] == "question");
    let questions = questions.map(|line| &line["decision"]);
    let questions: Vec<&serde_json::Value> = questions.collect();
    assert_eq!(questions.len(), 3, "{text}");
    for ((_, name, body, _), told) in asked.into_iter().zip(questions) {
        assert_eq!(
            (&told["Question"], &told["Body"]),
            (&name.into(), &body.into())
        );
        let counted = format!("vedtak_questions_total{{question=\"{name}\"}} 1\n");
        assert!(metrics.contains(&counted), "{metrics}");
    }
}

/// A server as a process, which ends with the test.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Persons of the register are named by other keys than their numbers, or by the beginning of these.
#[tokio::test]
async fn no_answer_has_a_national_identity_number() {
    let scenario = fixture("altinn/scenarios/04-roles-and-packages");
    let register = std::fs::read_to_string(scenario.join("register.json")).expect("it is text");
    let mut register: serde_json::Value = serde_json::from_str(&register).expect("it is JSON");
    let mut numbers = Vec::new();
    for party in register["parties"].as_array_mut().expect("a list") {
        if party["kind"] != "person" {
            continue;
        }
        numbers.push(party["number"].as_str().expect("a number").to_owned());
        let party = party.as_object_mut().expect("an object");
        party.remove("id");
        if ["PETTER PAKKE", "BEATE BEGGE"].contains(&party["name"].as_str().expect("a name")) {
            party.remove("user");
        }
    }
    // She has a package, and no key but her number.
    let beate = format!("urn:altinn:person:identifier-no:{}", numbers[4]);
    let folder = Folder::new();
    std::fs::copy(
        scenario.join("policies/ttd-begge.xml"),
        folder.0.join("ttd-begge.xml"),
    )
    .expect("it is copied");
    folder.write("register.json", &register.to_string());
    let [log, errors] = ["decisions.jsonl", "errors.txt"].map(|name| folder.0.join(name));
    let server = Command::new(env!("CARGO_BIN_EXE_vedtak-server"))
        .arg(&folder.0)
        .arg("--altinn")
        .arg(folder.0.join("register.json"))
        .arg("--decision-log")
        .arg(&log)
        .args(["--pages", "--listen", "127.0.0.1:0"])
        .env("RUST_LOG", "warn,vedtak=info")
        .stderr(std::fs::File::create(&errors).expect("it can be made"))
        .spawn()
        .expect("it starts");
    let mut server = Process(server);
    let mut address = String::new();
    until("it listens", async || {
        let told = std::fs::read_to_string(&errors).expect("there is a log");
        let rest = told.split("listening on ").nth(1).unwrap_or_default();
        address = rest
            .split_once('"')
            .map_or("", |(address, _)| address)
            .into();
        !address.is_empty()
    })
    .await;
    let told_by = async |ask: Ask| {
        let stream = TcpStream::connect(&address).await.expect("it listens");
        exchange(stream, &ask).await.expect("it answers").body
    };

    let firm = "urn:altinn:organization:identifier-no:310000401";
    let mut answers = Vec::new();
    let mut bodies = Vec::new();
    for who in ["urn:altinn:userid:231", "urn:altinn:userid:234"] {
        let (id, value) = who.rsplit_once(':').expect("has a value");
        let question = serde_json::json!({
            "who": who, "party": firm, "resource": "ttd-begge", "action": "read", "at": AT
        });
        for (name, not_taken) in [
            (
                "register",
                &["who", "party", "resource", "action", "at"][..],
            ),
            ("explain", &[]),
            ("needed", &[]),
            ("parties", &["party"]),
            ("parties", &["party", "resource", "action"]),
            ("who", &["who"]),
            ("rights", &["who", "party", "action"]),
        ] {
            let mut body = question.clone();
            let members = body.as_object_mut().expect("an object");
            members.retain(|member, _| !not_taken.contains(&&**member));
            bodies.push((format!("/altinn/{name}"), body.to_string()));
        }
        let evaluation = serde_json::json!({
            "subject": {"type": id, "id": value}, "action": {"name": "read"},
            "resource": {"type": "urn:altinn:resource", "id": "ttd-begge",
                "properties": {"urn:altinn:organization:identifier-no": "310000401"}}
        });
        for path in ["/explain", "/why-not", "/access/v1/evaluation"] {
            bodies.push((path.into(), evaluation.to_string()));
        }
    }
    for (path, body) in &bodies {
        let ask = Ask::post(path, body).with("Accept-Language", "nb");
        answers.push((path.clone(), told_by(ask).await));
    }
    for path in ["/explain", "/why-not"] {
        let (_, body) = bodies
            .iter()
            .find(|(known, _)| known == path)
            .expect("is asked");
        let ask = Ask::post(path, body).with("Accept", "text/plain");
        answers.push((path.into(), told_by(ask).await));
    }
    for path in [
        "/policies",
        "/ready",
        "/tests",
        "/ui/altinn.html",
        "/metrics",
    ] {
        answers.push((path.into(), told_by(Ask::get(path)).await));
    }
    let told = |path: &str| {
        let all = answers.iter().filter(|(known, _)| known == path);
        all.map(|(_, body)| &**body).collect::<String>()
    };
    for (path, expected) in [
        ("/altinn/register", "urn:altinn:userid:231"),
        (
            "/altinn/register",
            "urn:altinn:person:identifier-no:229285*****",
        ),
        ("/altinn/who", "urn:altinn:person:identifier-no:229285*****"),
        ("/altinn/needed", "LIV LEDER"),
        ("/altinn/explain", "urn:altinn:userid:231"),
        ("/altinn/parties", "urn:altinn:userid:231"),
        ("/why-not", "LIV LEDER"),
    ] {
        let told = told(path);
        assert!(told.contains(expected), "{path}: {told}");
    }
    // Whoever is asked about by her number is not told it, either: known, unknown, or misspelt.
    let unknown = beate.replace(&numbers[4], "15834619694");
    let misspelt = format!("{beate}1");
    for who in [&beate, &unknown, &misspelt] {
        for name in ["explain", "needed", "parties"] {
            let mut question = serde_json::json!({
                "who": who, "resource": "ttd-begge", "action": "read", "at": AT
            });
            if name != "parties" {
                question["party"] = firm.into();
            }
            let ask = Ask::post(&format!("/altinn/{name}"), &question.to_string());
            answers.push((name.into(), told_by(ask).await));
        }
    }
    numbers.push("15834619694".into());
    for (path, told) in &answers {
        let leaked = numbers.iter().find(|number| told.contains(&***number));
        assert!(leaked.is_none(), "{path}: {told}");
    }
    let stopped = Command::new("kill").arg(server.0.id().to_string()).status();
    assert!(stopped.is_ok_and(|status| status.success()) && server.0.wait().is_ok());
    let told = std::fs::read_to_string(&errors).expect("there is a log");
    assert!(told.contains("ttd-begge"), "{told}");
    let leaked = numbers.iter().find(|number| told.contains(&***number));
    assert!(leaked.is_none(), "{told}");
    // The log has what was asked, as it was asked, and no number besides.
    let text = std::fs::read_to_string(&log).expect("there is a log");
    assert!(text.lines().count() > bodies.len() / 2, "{text}");
    for line in text
        .lines()
        .filter(|line| !line.contains("person:identifier-no"))
    {
        let leaked = numbers.iter().find(|number| line.contains(&***number));
        assert!(leaked.is_none(), "{line}");
    }
}

/// A right on a task of an app is asked about by the task.
#[tokio::test]
async fn a_task_is_asked_about() {
    let scenario = fixture("altinn/scenarios/45-a-task-and-the-whole-app");
    let folder = Folder::new();
    let policy = "app_ttd_melding.xml";
    std::fs::copy(
        scenario.join("policies").join(policy),
        folder.0.join(policy),
    )
    .expect("it is copied");
    let mut options = Options::of(&folder.0);
    options.deciding.altinn = Some(scenario.join("register.json"));
    options.pages = true;
    let server = Server::start(options).await;
    let ask = async |name: &str, task: Option<&str>| {
        let mut question = serde_json::json!({
            "resource": "app_ttd_melding", "action": "read", "at": AT
        });
        if name != "who" {
            question["who"] = "urn:altinn:userid:4502".into();
        }
        if name != "parties" {
            question["party"] = "urn:altinn:partyid:44501".into();
        }
        if let Some(task) = task {
            question["task"] = task.into();
        }
        let ask = Ask::post(&format!("/altinn/{name}"), &question.to_string());
        server.ask(ask).await.json()
    };
    for (task, is_permit) in [
        (None, false),
        (Some("Task_1"), true),
        (Some("Task_2"), false),
    ] {
        for name in ["explain", "needed"] {
            let told = ask(name, task).await;
            assert_eq!(
                told["decision"] == "Permit",
                is_permit,
                "{name} {task:?}: {told}"
            );
        }
        for (name, member) in [("who", "holders"), ("parties", "parties")] {
            let told = ask(name, task).await;
            let listed = told[member].as_array();
            let listed = listed.unwrap_or_else(|| panic!("{name}: {told}"));
            let mut is_there = listed.iter().map(|one| &one["name"]);
            let name_of = if name == "who" {
                "SUNE SENDER"
            } else {
                "FJELL AS"
            };
            assert_eq!(
                is_there.any(|known| known == name_of),
                is_permit,
                "{name}: {told}"
            );
        }
    }
    let alone = r#"{"who": "urn:altinn:userid:4502", "task": "Task_1"}"#;
    server.post("/altinn/parties", alone).await.problem(400);
}

const BATCH: &str = r#"{"subject": {"type": "urn:altinn:userid", "id": "231"}, "action": {"name": "read"},
    "resource": {"type": "urn:altinn:resource", "id": "ttd-begge",
    "properties": {"urn:altinn:organization:identifier-no": "310000401"}}, "evaluations": [{}, {}]}"#;

/// Nothing more is decided of a batch that nobody waits for.
#[tokio::test]
async fn a_batch_ends_with_the_wait_for_it() {
    let (_folder, server) = server().await;
    let evaluations = Evaluations::from_json(BATCH).expect("it is one");
    for is_over in [true, false] {
        let asked = Asked {
            is_over: is_over.into(),
            ..Asked::default()
        };
        let engine = server.service.version().engine.clone();
        let decide = || engine.evaluate_all(&evaluations, &altinn_mapping());
        let answers = ASKED.sync_scope(Arc::new(asked), decide);
        let answers = answers.expect("they have a place").answers;
        assert!(answers.len() == 2 && answers.iter().all(|one| one.decision != is_over));
        let metrics = server.get("/metrics").await.body;
        let permits = "vedtak_decisions_total{decision=\"Permit\"} ";
        let expected = format!("{permits}{}\n", if is_over { 0 } else { 2 });
        assert!(metrics.contains(&expected), "{metrics}");
    }
}

/// The basis of Altinn's decisions is compared, and that their rules are not is said.
#[tokio::test]
async fn a_log_of_a_register_is_decided_again() {
    let (folder, mut server) = server().await;
    let mut options = server.service.options.clone();
    server.ends().await;
    let log = folder.0.join("decisions.jsonl");
    options.decision_log = Some(log.clone());
    let mut server = Server::start(options).await;
    server.post("/access/v1/evaluations", BATCH).await;
    server.ends().await;
    let replay = || {
        let command = Command::new(env!("CARGO_BIN_EXE_vedtak-server"))
            .arg("replay")
            .args([&log, &folder.0])
            .arg("--altinn")
            .arg(folder.0.join("register.json"))
            .output();
        let output = command.expect("it runs");
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        (output.status.code(), told)
    };
    let compared = "compared: decision, basis, obligations and advice; not by which rules\n";
    let (code, told) = replay();
    assert_eq!(
        (code, told),
        (Some(0), format!("{compared}2 decisions, 0 differ\n"))
    );
    let text = std::fs::read_to_string(&log).expect("there is a log");
    let basis = r#""Basis":""#;
    assert_eq!(text.matches(basis).count(), 2, "{text}");
    let other = text.replacen(basis, &format!("{basis}not "), 1);
    std::fs::write(&log, other).expect("it can be written");
    let (code, told) = replay();
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("is Permit on another basis"), "{told}");
}
