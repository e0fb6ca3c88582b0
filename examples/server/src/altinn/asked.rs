//! The body of a question about a register → its members, of which each question takes some.

use axum::http::StatusCode;
use serde::Deserialize;
use vedtak::Request;
use vedtak::altinn::PartyKey;
use vedtak::altinn::delegation::Right;
use vedtak::altinn::id::{resource, subject};
use vedtak::altinn::resource::ResourceId;
use vedtak::clock;
use vedtak::value::{DateTime, Zone};

use crate::problem::Problem;
use crate::strict::{Object, object};

/// The questions that are answered, with the members that each takes.
const QUESTIONS: [(&str, &[&str]); 6] = [
    ("register", &["size", "after"]),
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
            "who", "resource", "action", "task", "part", "size", "after", "at",
        ],
    ),
    (
        "who",
        &[
            "party", "resource", "action", "task", "part", "size", "after", "at",
        ],
    ),
    ("rights", &["resource", "at"]),
];

/// A question; which members it has depends on the path.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Asked {
    who: Option<String>,
    party: Option<String>,
    pub resource: Option<String>,
    pub action: Option<String>,
    task: Option<String>,
    part: Option<Vec<Object<Named>>>,
    instance: Option<String>,
    environment: Option<Vec<Object<Named>>>,
    at: Option<String>,
    pub size: Option<usize>,
    pub after: Option<String>,
}

/// An attribute and its value.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    id: String,
    value: String,
}

impl Asked {
    /// Reads the body of a question. Errors: 404 for another question; 400 for what cannot be read, and for
    /// a member that the question does not take.
    pub fn read(question: &str, body: &[u8]) -> Result<Self, Problem> {
        let Some((_, taken)) = QUESTIONS.iter().find(|(known, _)| *known == question) else {
            let known = QUESTIONS.map(|(known, _)| known).join(", ");
            let detail = format!("{known} are answered here, and more by `vedtak altinn`");
            return Err(Problem::new(StatusCode::NOT_FOUND, detail));
        };
        let asked: Self = object(body)?;
        let given = [
            ("who", asked.who.is_some()),
            ("party", asked.party.is_some()),
            ("resource", asked.resource.is_some()),
            ("action", asked.action.is_some()),
            ("task", asked.task.is_some()),
            ("part", asked.part.is_some()),
            ("instance", asked.instance.is_some()),
            ("environment", asked.environment.is_some()),
            ("at", asked.at.is_some()),
            ("size", asked.size.is_some()),
            ("after", asked.after.is_some()),
        ];
        let mut given = given.into_iter().filter(|(_, is_given)| *is_given);
        match given.find(|(name, _)| !taken.contains(name)) {
            None => Ok(asked),
            Some((name, _)) => {
                let taken = taken.join(", ");
                let detail = format!("`{question}` takes no `{name}`, but {taken}");
                Err(Problem::bad(detail))
            }
        }
    }

    pub fn who(&self) -> Result<PartyKey, Problem> {
        let who = member(&self.who, "who")?;
        if service_owner(who).is_some() {
            let detail =
                "`who` is a service owner, which acts for no party: `explain` answers for one";
            return Err(Problem::bad(detail));
        }
        key(who, "who")
    }

    pub fn party(&self) -> Result<PartyKey, Problem> {
        key(member(&self.party, "party")?, "party")
    }

    pub fn resource(&self) -> Result<ResourceId, Problem> {
        Ok(ResourceId::new(member(&self.resource, "resource")?))
    }

    /// Whether a part of the service is named.
    pub fn names_part(&self) -> bool {
        self.task.is_some() || self.part.is_some()
    }

    /// The right to the action, on a part of the service if one is named.
    pub fn right(&self) -> Result<Right, Problem> {
        let task = self.task.iter().map(|task| (resource::TASK, &**task));
        let parts = self.part.iter().flatten();
        let parts = parts.map(|Object(part)| (&*part.id, &*part.value));
        let right = Right::from(member(&self.action, "action")?);
        let right = task
            .chain(parts)
            .fold(right, |right, (id, value)| right.on(id, value));
        match right.clone().of_party() == right {
            true => Ok(right),
            false => Err(Problem::bad("`part` names no party, and no instance")),
        }
    }

    /// The request that is to be explained: of a person or of a service owner, for a party or for none.
    pub fn request(&self) -> Result<Request, Problem> {
        let who = member(&self.who, "who")?;
        let (id, value) = match service_owner(who) {
            Some(owner) => (subject::SERVICE_OWNER.to_owned(), owner.to_owned()),
            None => as_attribute(&key(who, "who")?),
        };
        let mut request = Request::builder()
            .subject(id, value)
            .resource(resource::RESOURCE, member(&self.resource, "resource")?);
        if member(&self.party, "party")? != NOBODY {
            let (id, value) = as_attribute(&self.party()?);
            request = request.resource(id, value);
        }
        let right = self.right()?;
        for (id, value) in right.part {
            request = request.resource(id, &*value);
        }
        if let Some(instance) = &self.instance {
            request = request.resource(resource::RESOURCE_INSTANCE_ID, &**instance);
        }
        for Object(one) in self.environment.iter().flatten() {
            request = request.environment(&*one.id, &*one.value);
        }
        Ok(request.action(&*right.action).build())
    }

    pub fn at(&self) -> Result<DateTime, Problem> {
        let Some(at) = &self.at else { return now() };
        let at: Option<DateTime> = at.parse().ok();
        let at = at.filter(|at| at.zone().is_some());
        let none = || Problem::bad("`at` is no instant, such as 2026-03-02T09:00:00+01:00");
        at.ok_or_else(none)
    }
}

/// Nobody in particular, for whom a service owner asks.
const NOBODY: &str = "-";

/// The code of a service owner, if one is named.
fn service_owner(who: &str) -> Option<&str> {
    who.strip_prefix(subject::SERVICE_OWNER)?.strip_prefix(':')
}

fn member<'m>(value: &'m Option<String>, name: &str) -> Result<&'m str, Problem> {
    let missing = || Problem::bad(format!("`{name}` is missing"));
    value.as_deref().ok_or_else(missing)
}

fn key(value: &str, name: &str) -> Result<PartyKey, Problem> {
    let none = |_| Problem::bad(format!("`{name}` is no key, such as urn:altinn:userid:201"));
    value.parse().map_err(none)
}

/// A key as text is an attribute's id and its value.
fn as_attribute(key: &PartyKey) -> (String, String) {
    let text = key.to_string();
    let (id, value) = text.rsplit_once(':').unwrap_or((&text, ""));
    (id.to_owned(), value.to_owned())
}

pub fn now() -> Result<DateTime, Problem> {
    let none = || Problem::bad("there is no clock: give `at`");
    clock::system(Zone::UTC).ok_or_else(none)
}
