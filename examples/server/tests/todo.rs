//! AuthZEN's public interoperability scenario, the todo list, over HTTP: the facts of its published
//! decisions (authzen-interop.net), by a policy of our own.

use crate::support::{Folder, Server};
use serde_json::{Value, json};

const POLICY: &str = include_str!("fixtures/todo/policy.xml");
const DECISIONS: &str = include_str!("fixtures/todo/decisions.json");

#[tokio::test]
async fn the_todo_list_is_decided_as_published() {
    let folder = Folder::new().with("todo.xml", POLICY);
    let server = Server::of(&folder).await;
    let published: Value = serde_json::from_str(DECISIONS).expect("it is JSON");
    let subject = |user: &Value| {
        let id = &published["users"][user.as_str().expect("a name")];
        json!({"type": "user", "id": id})
    };
    let resource = |kind: &Value, id: &Value, owner: &Value| match owner {
        Value::Null => json!({"type": kind, "id": id}),
        owner => json!({"type": kind, "id": id, "properties": {"ownerID": owner}}),
    };
    let cases = published["evaluation"].as_array().expect("a list");
    assert_eq!(cases.len(), 40);
    let mut together = Vec::new();
    for case in cases {
        let asked = json!({
            "subject": subject(&case[0]),
            "action": {"name": case[1]},
            "resource": resource(&case[2], &case[3], &case[4]),
            "context": {},
        });
        let answer = server
            .post("/access/v1/evaluation", &asked.to_string())
            .await;
        assert_eq!(
            (answer.status, &answer.json()),
            (200, &json!({"decision": case[5]})),
            "{case}"
        );
        together.push(asked);
    }
    let answer = server
        .post(
            "/access/v1/evaluations",
            &json!({"evaluations": together}).to_string(),
        )
        .await;
    let expected: Vec<Value> = cases
        .iter()
        .map(|case| json!({"decision": case[5]}))
        .collect();
    assert_eq!(answer.json()["evaluations"], Value::Array(expected));

    for boxcar in published["evaluations"].as_array().expect("a list") {
        let owners = boxcar[2].as_array().expect("a list");
        let id = json!("7240d0db-8ff0-41ec-98b2-34a096273b9f");
        let items = owners
            .iter()
            .map(|owner| json!({"resource": resource(&json!("todo"), &id, owner)}));
        let asked = json!({
            "subject": subject(&boxcar[0]),
            "action": {"name": boxcar[1]},
            "evaluations": items.collect::<Vec<_>>(),
        });
        let answer = server
            .post("/access/v1/evaluations", &asked.to_string())
            .await
            .json();
        let decisions = answer["evaluations"].as_array().expect("a list").iter();
        let decisions: Vec<&Value> = decisions.map(|one| &one["decision"]).collect();
        assert_eq!(
            decisions,
            boxcar[3]
                .as_array()
                .expect("a list")
                .iter()
                .collect::<Vec<_>>()
        );
    }
}
