//! Questions about a register: what each takes, and what else it refuses; and what qualifies an answer.

use serde_json::{Value, json};

use crate::support::{Answer, Ask, Folder, Server, fixture};
use vedtak_server::options::Options;

const AT: &str = "2026-03-02T09:00:00+01:00";

/// A server for a scenario of the library.
async fn of(scenario: &str) -> Server {
    let scenario = fixture("altinn/scenarios").join(scenario);
    of_folder(&scenario.join("policies"), &scenario.join("register.json")).await
}

async fn of_folder(policies: &std::path::Path, register: &std::path::Path) -> Server {
    let mut options = Options::of(policies);
    options.deciding.altinn = Some(register.to_owned());
    options.pages = true;
    Server::start(options).await
}

async fn asked(server: &Server, path: &str, body: &Value) -> Answer {
    server.post(path, &body.to_string()).await
}

/// A question with other members.
fn with(question: &Value, others: Value) -> Value {
    let mut question = question.clone();
    for (name, value) in others.as_object().expect("an object") {
        question[name] = value.clone();
    }
    question
}

fn names(list: &Value) -> Vec<&str> {
    let each = list.as_array().expect("a list").iter();
    each.map(|one| one["name"].as_str().expect("a name"))
        .collect()
}

/// A request of XACML: the attributes of who asks, of the resource and of the environment.
fn xacml(
    who: &[(&str, &str)],
    action: &str,
    resource: &[(&str, &str)],
    environment: &[(&str, &str)],
) -> Value {
    let category = |all: &[(&str, &str)]| {
        let all = all.iter();
        let all = all.map(|(id, value)| json!({"AttributeId": id, "Value": value}));
        json!({"Attribute": all.collect::<Vec<_>>()})
    };
    json!({"Request": {
        "AccessSubject": category(who), "Resource": category(resource), "Environment": category(environment),
        "Action": category(&[("urn:oasis:names:tc:xacml:1.0:action:action-id", action)]),
    }})
}

/// A question refuses a member that it does not take, an array in place of an object, and a query.
#[tokio::test]
async fn what_is_not_taken_is_refused() {
    let server = of("04-roles-and-packages").await;
    let all = json!({
        "who": "urn:altinn:userid:231", "party": "urn:altinn:partyid:40401", "resource": "ttd-begge",
        "action": "read", "task": "Task_1", "part": [], "instance": "7c000051-51c7-4d0e-8a57-2f9b60c1d051",
        "environment": [], "at": AT, "size": 1, "after": "urn:altinn:partyid:40401",
    });
    let members = all.as_object().expect("an object");
    for (name, taken) in [
        ("register", &["size", "after"][..]),
        (
            "explain",
            &[
                "who",
                "party",
                "resource",
                "action",
                "task",
                "part",
                "instance",
                "environment",
                "at",
            ],
        ),
        (
            "needed",
            &["who", "party", "resource", "action", "task", "part", "at"],
        ),
        (
            "parties",
            &[
                "who", "resource", "action", "task", "part", "at", "size", "after",
            ],
        ),
        (
            "who",
            &[
                "party", "resource", "action", "task", "part", "at", "size", "after",
            ],
        ),
        ("rights", &["resource", "at"]),
    ] {
        let path = format!("/altinn/{name}");
        let mut body = all.clone();
        let own = body.as_object_mut().expect("an object");
        own.retain(|member, _| taken.contains(&&**member));
        let answer = asked(&server, &path, &body).await;
        assert_eq!(answer.status, 200, "{name}: {}", answer.body);
        for (member, value) in members {
            if !taken.contains(&&**member) {
                let more = with(&body, json!({member: value}));
                let told = asked(&server, &path, &more).await.problem(400);
                assert!(
                    told.contains(&format!("takes no `{member}`")),
                    "{name}: {told}"
                );
            }
        }
        asked(&server, &path, &with(&body, json!({"else": 1})))
            .await
            .problem(400);
        asked(&server, &format!("{path}?size=1"), &body)
            .await
            .problem(400);
        let values = body.as_object().expect("an object").values();
        let array = Value::Array(values.cloned().collect());
        let told = asked(&server, &path, &array).await.problem(400);
        assert!(told.contains("expected an object"), "{name}: {told}");
    }
    let question =
        json!({"resource": "ttd-begge", "party": "urn:altinn:partyid:40401", "action": "read"});
    for (part, told) in [
        (json!([["urn:altinn:task", "Task_1"]]), "expected an object"),
        (
            json!([{"id": "urn:altinn:partyid", "value": "1"}]),
            "names no party",
        ),
        (
            json!([{"id": "urn:altinn:instance-id", "value": "1/2"}]),
            "names no party",
        ),
    ] {
        let question = with(&question, json!({"part": part}));
        let problem = asked(&server, "/altinn/who", &question).await.problem(400);
        assert!(problem.contains(told), "{problem}");
    }
}

/// The instant until which an answer holds is that of the decision, and not the end of a fact that makes no
/// difference.
#[tokio::test]
async fn an_end_is_one_of_the_decision() {
    let server = of("04-roles-and-packages").await;
    let question = |user: u32| {
        json!({"who": format!("urn:altinn:userid:{user}"), "party": "urn:altinn:partyid:40401",
            "resource": "ttd-begge", "action": "read", "at": AT})
    };
    // UNNI has the role alone, which ends; BEATE has the package, too.
    let ends = asked(&server, "/altinn/explain", &question(231))
        .await
        .json();
    assert_eq!(ends["valid_until"], "2026-12-31T23:00:00Z", "{ends}");
    let stays = asked(&server, "/altinn/explain", &question(235))
        .await
        .json();
    assert_eq!(
        (&stays["decision"], &stays["valid_until"]),
        (&"Permit".into(), &Value::Null)
    );
}

/// Nobody and nothing is mistaken for an empty list.
#[tokio::test]
async fn parties_of_nobody_are_no_list() {
    let scenario = fixture("altinn/scenarios/04-roles-and-packages");
    let policy = std::fs::read_to_string(scenario.join("policies/ttd-begge.xml")).expect("is text");
    let folder = Folder::new().with("ttd-begge.xml", &policy);
    folder.write("ttd-annen.xml", &policy.replace("ttd-begge", "ttd-annen"));
    let server = of_folder(&folder.0, &scenario.join("register.json")).await;
    let question = json!({"who": "urn:altinn:userid:231", "resource": "ttd-begge", "action": "read", "at": AT});
    let told = asked(&server, "/altinn/parties", &question).await.json();
    assert_eq!(
        names(&told["parties"]),
        ["BJARKØY MASKIN AS", "UNNI UTFYLLER"]
    );
    assert_eq!(
        (&told["troubles"], &told["after"]),
        (&json!([]), &Value::Null)
    );
    let nobody = with(&question, json!({"who": "urn:altinn:userid:999"}));
    asked(&server, "/altinn/parties", &nobody)
        .await
        .problem(422);
    asked(
        &server,
        "/altinn/parties",
        &json!({"who": "urn:altinn:userid:999"}),
    )
    .await
    .problem(422);
    let nothing = with(&question, json!({"resource": "ttd-ingen"}));
    asked(&server, "/altinn/parties", &nothing)
        .await
        .problem(422);
    // The register does not know the service, so nothing about it is decided.
    let unknown = with(&question, json!({"resource": "ttd-annen"}));
    let told = asked(&server, "/altinn/parties", &unknown).await.json();
    assert_eq!(told["parties"], json!([]), "{told}");
    assert!(told["troubles"][0].is_string(), "{told}");
    let unknown = with(&unknown, json!({"party": "urn:altinn:partyid:40401"}));
    let told = asked(&server, "/altinn/explain", &unknown).await.json();
    assert_eq!(
        (&told["decision"], &told["is_complete"]),
        (&"Indeterminate".into(), &false.into())
    );
}

/// A right says which parties it is for, and those who may say why nobody else does.
#[tokio::test]
async fn what_qualifies_an_answer_is_told() {
    let server = of("10-access-lists").await;
    let rights = json!({"resource": "ttd-kontoopplysninger", "at": AT});
    let told = asked(&server, "/altinn/rights", &rights).await.json();
    let right = &told["rights"][0];
    assert_eq!(
        (
            &right["requires_access_list"],
            &right["requires_resource_right"]
        ),
        (&true.into(), &false.into())
    );
    assert_eq!(
        (&right["part"], &right["lacking"]),
        (&json!([]), &json!([]))
    );
    // FINTEK AS is on no list of the service.
    let who = with(
        &rights,
        json!({"party": "urn:altinn:partyid:40904", "action": "read"}),
    );
    let told = asked(&server, "/altinn/who", &who).await.json();
    assert_eq!(told["holders"], json!([]), "{told}");
    assert!(told["veto"].is_string(), "{told}");
    let needed = with(&who, json!({"who": "urn:altinn:userid:281"}));
    let told = asked(&server, "/altinn/needed", &needed).await.json();
    assert!(
        told["veto"].is_string() && told["enough"] == json!([]),
        "{told}"
    );

    let server = of("17-estates-and-conditions").await;
    let question = json!({"party": "urn:altinn:partyid:41401", "resource": "ttd-hendelser", "action": "subscribe", "at": AT});
    let told = asked(&server, "/altinn/who", &question).await.json();
    assert_eq!(told["lacking"][0]["attribute"], "urn:ttd:berorte", "{told}");
    assert_eq!(told["is_complete"], false, "{told}");
    let mut question = with(&question, json!({"who": "urn:altinn:userid:334"}));
    question.as_object_mut().expect("an object").remove("party");
    let told = asked(&server, "/altinn/parties", &question).await.json();
    let qualities = [&told["lacking"][0]["attribute"], &told["is_complete"]];
    assert_eq!(qualities, [&Value::from("urn:ttd:berorte"), &false.into()]);
}

/// A part of a service may name a person: by the beginning of a number.
#[tokio::test]
async fn a_part_has_no_national_identity_number() {
    let of = |category: &str, id: &str, value: &str| {
        format!(
            r#"<Match MatchId="urn:oasis:names:tc:xacml:1.0:function:string-equal">
            <AttributeValue DataType="http://www.w3.org/2001/XMLSchema#string">{value}</AttributeValue>
            <AttributeDesignator Category="urn:oasis:names:tc:xacml:{category}" AttributeId="{id}"
                DataType="http://www.w3.org/2001/XMLSchema#string" MustBePresent="false"/></Match>"#
        )
    };
    let subject = "1.0:subject-category:access-subject";
    let [resource, action] =
        ["resource", "action"].map(|of| format!("3.0:attribute-category:{of}"));
    let matches = [
        of(subject, "urn:altinn:accesspackage", "skatt-naering"),
        of(&resource, "urn:altinn:resource", "ttd-begge"),
        of(&resource, "urn:altinn:person:identifier-no", "22928518695"),
        of(
            &action,
            "urn:oasis:names:tc:xacml:1.0:action:action-id",
            "read",
        ),
    ];
    let policy = format!(
        r#"<Policy xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" PolicyId="p" Version="1.0"
        RuleCombiningAlgId="urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-overrides"><Target/>
        <Rule RuleId="r" Effect="Permit"><Target><AnyOf><AllOf>{}</AllOf></AnyOf></Target></Rule></Policy>"#,
        matches.concat()
    );
    let folder = Folder::new().with("ttd-begge.xml", &policy);
    let register = fixture("altinn/scenarios/04-roles-and-packages/register.json");
    let server = of_folder(&folder.0, &register).await;
    let rights = json!({"resource": "ttd-begge", "at": AT});
    let told = asked(&server, "/altinn/rights", &rights).await.json();
    let part = json!([{"id": "urn:altinn:person:identifier-no", "value": "229285*****"}]);
    assert_eq!(told["rights"][0]["part"], part, "{told}");
}

/// The next page is asked for by the last party of the one before.
#[tokio::test]
async fn lists_go_on_page_by_page() {
    for nameless in [false, true] {
        let scenario = fixture("altinn/scenarios/04-roles-and-packages");
        let register = std::fs::read_to_string(scenario.join("register.json")).expect("is text");
        let mut register: Value = serde_json::from_str(&register).expect("is JSON");
        if nameless {
            // A national identity number is their only key, which is not told.
            for party in register["parties"].as_array_mut().expect("a list") {
                if party["kind"] == "person" {
                    let party = party.as_object_mut().expect("an object");
                    party.retain(|name, _| name != "id" && name != "user");
                }
            }
        }
        let folder = Folder::new().with("register.json", &register.to_string());
        let server = of_folder(&scenario.join("policies"), &folder.0.join("register.json")).await;
        let question = json!({"party": "urn:altinn:partyid:40401", "resource": "ttd-begge", "action": "read", "at": AT});
        let told = asked(&server, "/altinn/who", &question).await.json();
        let all = names(&told["holders"]);
        assert!(all.len() > 2 && told["has_more"] == false, "{told}");
        let (mut found, mut page) = (Vec::new(), with(&question, json!({"size": 1})));
        loop {
            let told = asked(&server, "/altinn/who", &page).await.json();
            found.extend(names(&told["holders"]).into_iter().map(str::to_owned));
            assert_eq!(
                told["has_more"] == true,
                told["after"].is_string(),
                "{told}"
            );
            if told["has_more"] == false {
                break;
            }
            page["after"] = told["after"].clone();
        }
        assert_eq!(found, all);
        for (name, value) in [
            ("size", json!(0)),
            ("size", json!(201)),
            ("after", json!("0")),
            ("after", json!("x")),
        ] {
            let question = with(&question, json!({name: value}));
            asked(&server, "/altinn/who", &question).await.problem(400);
        }
    }
    let server = of("10-access-lists").await;
    let all = asked(&server, "/altinn/register", &json!({})).await.json();
    let (mut found, mut page) = (Vec::new(), json!({"size": 2}));
    while page["after"] != Value::Null || found.is_empty() {
        let told = asked(&server, "/altinn/register", &page).await.json();
        let more = names(&told["parties"]).into_iter().map(str::to_owned);
        found.extend(more);
        page["after"] = told["after"].clone();
    }
    assert_eq!(found, names(&all["parties"]));
    assert!(found.len() > 4 && all["has_more"] == false, "{all}");
    let question = json!({"who": "urn:altinn:userid:281", "at": AT});
    let told = asked(&server, "/altinn/parties", &question).await.json();
    let all = names(&told["parties"]);
    let first = with(&question, json!({"size": 2}));
    let first = asked(&server, "/altinn/parties", &first).await.json();
    let rest = with(&question, json!({"after": first["after"]}));
    let rest = asked(&server, "/altinn/parties", &rest).await.json();
    assert_eq!(
        [names(&first["parties"]), names(&rest["parties"])].concat(),
        all
    );
    assert!(all.len() > 2 && first["has_more"] == true, "{first}");
}

/// A service owner is asked about, for a party or for none.
#[tokio::test]
async fn a_service_owner_is_asked_about() {
    let server = of("11-service-owner-and-levels").await;
    let question = json!({"who": "urn:altinn:org:ttd", "party": "urn:altinn:partyid:41001",
        "resource": "ttd-innrapportering", "action": "archive", "at": AT});
    let resource = [
        ("urn:altinn:resource", "ttd-innrapportering"),
        ("urn:altinn:partyid", "41001"),
    ];
    let mut permits = 0;
    for action in ["read", "write", "archive"] {
        for (party, resource) in [
            ("urn:altinn:partyid:41001", &resource[..]),
            ("-", &resource[..1]),
        ] {
            let request = xacml(&[("urn:altinn:org", "ttd")], action, resource, &[]);
            let expected = asked(&server, "/explain", &request).await.json();
            let question = with(&question, json!({"action": action, "party": party}));
            let told = asked(&server, "/altinn/explain", &question).await.json();
            assert_eq!(told["decision"], expected["decision"], "{told}");
            assert_eq!(told["service_owners"], json!(["ttd"]), "{told}");
            permits += u32::from(told["decision"] == "Permit");
        }
    }
    assert!(permits > 0);
    let told = asked(&server, "/altinn/needed", &question)
        .await
        .problem(400);
    assert!(told.contains("a service owner"), "{told}");
    let nobody = with(
        &question,
        json!({"who": "urn:altinn:userid:291", "party": "-"}),
    );
    asked(&server, "/altinn/needed", &nobody).await.problem(400);
}

/// An instance, a part and the environment are asked about as a request says them.
#[tokio::test]
async fn an_instance_and_the_environment_are_asked_about() {
    let server = of("13-apps-and-instances").await;
    let question = json!({"who": "urn:altinn:userid:312", "party": "urn:altinn:partyid:41201",
        "resource": "app_ttd_skjema_v2", "action": "read", "at": AT});
    let told = asked(&server, "/altinn/explain", &question).await.json();
    assert_eq!(told["decision"], "NotApplicable", "{told}");
    let instance = with(
        &question,
        json!({"instance": "7c000052-51c7-4d0e-8a57-2f9b60c1d052"}),
    );
    let told = asked(&server, "/altinn/explain", &instance).await.json();
    assert_eq!(told["decision"], "Permit", "{told}");

    let (_folder, server) = by_channel().await;
    let question = json!({"who": "urn:altinn:userid:231", "party": "urn:altinn:partyid:40401",
        "resource": "ttd-begge", "action": "read", "at": AT});
    for (value, decision) in [("app", "Permit"), ("web", "NotApplicable")] {
        let environment = json!({"environment": [{"id": "urn:ttd:kanal", "value": value}]});
        let told = asked(&server, "/altinn/explain", &with(&question, environment))
            .await
            .json();
        assert_eq!(told["decision"], decision, "{told}");
    }

    let server = of("45-a-task-and-the-whole-app").await;
    let question = json!({"who": "urn:altinn:userid:4502", "party": "urn:altinn:partyid:44501",
        "resource": "app_ttd_melding", "action": "read", "at": AT});
    let part = json!({"part": [{"id": "urn:altinn:task", "value": "Task_1"}]});
    for name in ["explain", "needed"] {
        let by_part = asked(
            &server,
            &format!("/altinn/{name}"),
            &with(&question, part.clone()),
        )
        .await
        .json();
        let by_task = with(&question, json!({"task": "Task_1"}));
        let by_task = asked(&server, &format!("/altinn/{name}"), &by_task)
            .await
            .json();
        assert_eq!(
            (&by_part, &by_part["decision"]),
            (&by_task, &"Permit".into())
        );
    }
}

/// A server with a policy whose every rule is for requests that say `app` of the environment.
async fn by_channel() -> (Folder, Server) {
    let scenario = fixture("altinn/scenarios/04-roles-and-packages");
    let policy = std::fs::read_to_string(scenario.join("policies/ttd-begge.xml")).expect("is text");
    let condition = r#"<xacml:Condition><xacml:Apply FunctionId="urn:oasis:names:tc:xacml:1.0:function:string-is-in">
        <xacml:AttributeValue DataType="http://www.w3.org/2001/XMLSchema#string">app</xacml:AttributeValue>
        <xacml:AttributeDesignator Category="urn:oasis:names:tc:xacml:3.0:attribute-category:environment"
            AttributeId="urn:ttd:kanal" DataType="http://www.w3.org/2001/XMLSchema#string" MustBePresent="false"/>
        </xacml:Apply></xacml:Condition></xacml:Rule>"#;
    let policy = policy.replace("</xacml:Rule>", condition);
    let folder = Folder::new().with("ttd-begge.xml", &policy);
    let server = of_folder(&folder.0, &scenario.join("register.json")).await;
    (folder, server)
}

/// A request has the answer of its question, or none: nothing of it is left out.
#[tokio::test]
async fn what_would_be_enough_is_for_the_request() {
    let server = of("45-a-task-and-the-whole-app").await;
    let ask = async |server: &Server, request: &Value| {
        let ask = Ask::sent("/why-not", "application/xacml+json", &request.to_string());
        server.ask(ask).await
    };
    let who = [("urn:altinn:userid", "4502")];
    let resource = [
        ("urn:altinn:resource", "app_ttd_melding"),
        ("urn:altinn:partyid", "44501"),
        ("urn:altinn:task", "Task_1"),
    ];
    // PIA has no right to the task, SUNE has it by his role.
    let pia = [("urn:altinn:userid", "4501")];
    let mut texts = Vec::new();
    for (who, key) in [
        (&who, "urn:altinn:userid:4502"),
        (&pia, "urn:altinn:userid:4501"),
    ] {
        for (task, resource) in [(Some("Task_1"), &resource[..]), (None, &resource[..2])] {
            let told = ask(&server, &xacml(who, "read", resource, &[]))
                .await
                .json();
            let mut question = json!({"who": key, "party": "urn:altinn:partyid:44501",
                "resource": "app_ttd_melding", "action": "read"});
            if let Some(task) = task {
                question["task"] = task.into();
            }
            let expected = asked(&server, "/altinn/needed", &question).await.json();
            assert_eq!(told, expected);
            texts.push(told["text"].to_string());
        }
    }
    texts.dedup();
    assert_eq!(texts.len(), 4, "{texts:?}");
    // An app is named by its owner and its name as well; and an attribute that no policy reads decides nothing.
    let more = [
        &resource[..],
        &[("urn:altinn:org", "ttd"), ("urn:altinn:app", "melding")],
    ]
    .concat();
    let told = ask(
        &server,
        &xacml(&who, "read", &more, &[("urn:ttd:kanal", "app")]),
    )
    .await
    .json();
    assert_eq!(told["text"].to_string(), texts[0]);
    // An instance is no whole service.
    let instance = (
        "urn:altinn:instance-id",
        "44501/7c000051-51c7-4d0e-8a57-2f9b60c1d051",
    );
    let of_instance = [&resource[..2], &[instance]].concat();
    let told = ask(&server, &xacml(&pia, "sign", &of_instance, &[]))
        .await
        .problem(422);
    assert!(told.contains("`urn:altinn:instance-id`"), "{told}");
    // Nor is a part that has two values, of which a delegation may name one.
    let event = |value| ("urn:altinn:eventtype", value);
    let two = [&resource[..2], &[event("opprettet"), event("slettet")]].concat();
    let told = ask(&server, &xacml(&pia, "sign", &two, &[]))
        .await
        .problem(422);
    assert!(told.contains("`urn:altinn:eventtype`"), "{told}");
    // Changes are those of what somebody can be given.
    let request = xacml(&who, "read", &resource, &[]).to_string();
    for open in ["action", "subject", "else"] {
        let ask = Ask::sent(
            &format!("/why-not?open={open}"),
            "application/xacml+json",
            &request,
        );
        server.ask(ask).await.problem(400);
    }

    let (_folder, server) = by_channel().await;
    let resource = [
        ("urn:altinn:resource", "ttd-begge"),
        ("urn:altinn:partyid", "40401"),
    ];
    for (user, value, status) in [
        ("231", "app", 200),
        ("231", "web", 422),
        ("234", "app", 422),
    ] {
        let request = xacml(
            &[("urn:altinn:userid", user)],
            "read",
            &resource,
            &[("urn:ttd:kanal", value)],
        );
        let told = ask(&server, &request).await;
        assert_eq!(told.status, status, "{}", told.body);
        match status {
            200 => assert_eq!(told.json()["decision"], "Permit"),
            _ => assert!(told.problem(422).contains("`urn:ttd:kanal`")),
        }
    }
}

/// A service is called in the language that is asked for.
#[tokio::test]
async fn services_have_titles_in_a_language() {
    let scenario = fixture("altinn/scenarios/04-roles-and-packages");
    let register = std::fs::read_to_string(scenario.join("register.json")).expect("is text");
    let mut register: Value = serde_json::from_str(&register).expect("is JSON");
    let of_begge = register["resources"]
        .as_array_mut()
        .expect("a list")
        .iter_mut();
    for service in of_begge.filter(|service| service["id"] == "ttd-begge") {
        service["title"] = "Begge deler".into();
        service["title_en"] = "Both".into();
    }
    let folder = Folder::new().with("register.json", &register.to_string());
    let server = of_folder(&scenario.join("policies"), &folder.0.join("register.json")).await;
    for (language, title) in [("nb", "Begge deler"), ("en", "Both")] {
        let ask = Ask::post("/altinn/register", "{}").with("Accept-Language", language);
        let told = server.ask(ask).await.json();
        let mut services = told["services"].as_array().expect("a list").iter();
        assert!(services.any(|service| service["title"] == title), "{told}");
    }
}
