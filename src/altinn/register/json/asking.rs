//! Requests for access ↔ items of a file.

use super::read::RegisterReader;
use super::time::{self, WindowEdge};
use super::write::{File, right, section};
use crate::altinn::fact::Window;
use crate::altinn::json::{Object, ObjectWriter, Word};
use crate::altinn::register::RecordId;
use crate::altinn::register::grantable::Grantable;
use crate::altinn::register::state::{RequestAnswer, StoredRequest};
use crate::altinn::register::valid::MOST;
use crate::altinn::resource::InstanceId;

/// The answer to a closed request, as the file writes it.
#[derive(Clone, Copy, PartialEq)]
enum Closed {
    Approved,
    Declined,
    Withdrawn,
}

impl Word for Closed {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("approved", Self::Approved),
        ("declined", Self::Declined),
        ("withdrawn", Self::Withdrawn),
    ];
}

impl RegisterReader<'_> {
    pub(super) fn access_request(&mut self, item: &mut Object<'_>) {
        let id = self.record(item, false);
        let person = self.named(item, "person");
        let party = self.named(item, "party");
        let what = self.what(item);
        let at = item.optional_text("at");
        let at = at.map(|at| self.moment(&at, WindowEdge::From, &item.path));
        let answer = match item.has("answer") {
            true => self.closed(item),
            false => Some(RequestAnswer::Open),
        };
        let (Some(person), Some(party), Some(what), Some(answer)) = (person, party, what, answer)
        else {
            return;
        };
        self.state.put_request(StoredRequest {
            id,
            person,
            party,
            what,
            at: at.unwrap_or(Window::ALWAYS.from),
            answer,
        });
    }

    /// Reads exactly one of a role, a package and a resource.
    fn what(&mut self, item: &mut Object<'_>) -> Option<Grantable> {
        let kinds = ["role", "package", "resource"];
        let given = kinds.iter().filter(|kind| item.has(kind)).count();
        if given != 1 {
            let message = "it asks for one thing: a `role`, a `package` or a `resource`";
            item.problem(item.place, message);
        }
        let role = item.optional_text("role");
        let package = item.optional_text("package");
        if let Some(role) = role {
            self.find_role(&role, &item.path)?;
            return Some(Grantable::role(&*role.value));
        }
        if let Some(package) = package {
            self.find_package(&package, &item.path)?;
            return Some(Grantable::package(&*package.value));
        }
        if !item.has("resource") {
            return None;
        }
        let resource = self.resource_id(item, "resource");
        let instance = item.optional_text("instance");
        let rights = self.rights(item);
        Some(Grantable::Resource {
            resource: resource?,
            instance: instance.map(|instance| InstanceId::new(&instance.value)),
            rights,
        })
    }

    fn closed(&mut self, item: &mut Object<'_>) -> Option<RequestAnswer> {
        let closed = item.word::<Closed>("answer");
        let at = item.optional_text("answered_at");
        let at = at.map(|at| self.moment(&at, WindowEdge::From, &item.path));
        let at = at.unwrap_or(Window::ALWAYS.from);
        Some(match closed? {
            Closed::Withdrawn => RequestAnswer::Withdrawn { at },
            Closed::Declined => RequestAnswer::Declined {
                by: self.named(item, "answered_by")?,
                at,
            },
            Closed::Approved => {
                let by = self.named(item, "answered_by");
                // The delegation may have been revoked since.
                let record = item.number("record", 1..=MOST);
                RequestAnswer::Approved {
                    by: by?,
                    at,
                    record: RecordId(record?),
                }
            }
        })
    }
}

impl File<'_> {
    pub(super) fn access_requests(&self, out: &mut String) {
        let requests = self.state.requests.iter();
        let mut requests = Vec::from_iter(requests.map(|(_, request)| &**request));
        requests.sort_by_key(|request| request.id);
        section(out, "access_requests", requests, |line, request| {
            line.number("id", request.id.0);
            self.party(line, "person", request.person);
            self.party(line, "party", request.party);
            match &request.what {
                Grantable::Role(role) => line.text("role", role),
                Grantable::Package(package) => line.text("package", package),
                Grantable::Resource {
                    resource,
                    instance,
                    rights,
                } => {
                    line.text("resource", resource.as_str());
                    line.optional("instance", instance.as_ref().map(InstanceId::as_str));
                    line.array("rights", rights, right);
                }
            }
            line.optional("at", time::write(request.at, WindowEdge::From).as_deref());
            self.answer(line, &request.answer);
        });
    }

    fn answer(&self, line: &mut ObjectWriter<'_>, answer: &RequestAnswer) {
        let (closed, at) = match answer {
            RequestAnswer::Open => return,
            RequestAnswer::Approved { at, .. } => (Closed::Approved, at),
            RequestAnswer::Declined { at, .. } => (Closed::Declined, at),
            RequestAnswer::Withdrawn { at } => (Closed::Withdrawn, at),
        };
        line.text("answer", closed.word());
        if let RequestAnswer::Approved { by, .. } | RequestAnswer::Declined { by, .. } = answer {
            self.party(line, "answered_by", *by);
        }
        line.optional("answered_at", time::write(*at, WindowEdge::From).as_deref());
        if let RequestAnswer::Approved { record, .. } = answer {
            line.number("record", record.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::altinn::Register;
    use crate::altinn::register::Grantable;

    const REGISTER: &str = include_str!("../../../../fixtures/altinn/register.json");

    #[test]
    fn requests_come_back_with_what_became_of_them() {
        let register = Register::from_json("register.json", REGISTER.as_bytes()).expect("reads");
        let people: Vec<_> = {
            let snapshot = register.snapshot();
            let all = snapshot.0.parties();
            let people = all.filter(|(_, p)| p.kind == crate::altinn::PartyKind::Person);
            people
                .filter_map(|(_, party)| party.keys().next())
                .collect()
        };
        let at = "2026-03-01T12:00:00+01:00".parse().expect("is a dateTime");
        let (asker, party) = (&people[0], &people[1]);
        let what = Grantable::package("innbygger-samliv");
        let asked = register.update(|change| {
            let declined = change.ask_for(asker, party, &what, at)?;
            change.decline(party, declined, at)?;
            let withdrawn = change.ask_for(asker, party, &what, at)?;
            change.withdraw(asker, withdrawn, at)?;
            let approved = change.ask_for(asker, party, &what, at)?;
            change.approve(party, approved, crate::altinn::facts::Window::ALWAYS, at)?;
            change.ask_for(people.get(2).unwrap_or(party), party, &what, at)
        });
        let open = asked.expect("nothing is refused");
        let text = register.snapshot().to_json();
        for word in [
            "\"declined\"",
            "\"withdrawn\"",
            "\"approved\"",
            "\"access_requests\"",
        ] {
            assert!(text.contains(word), "{word} in {text}");
        }
        let again = Register::from_json("again", text.as_bytes()).expect("reads");
        assert_eq!(again.snapshot().to_json(), text);
        let (one, other) = (register.snapshot(), again.snapshot());
        assert_eq!(one.open_requests(party).len(), 1);
        assert_eq!(one.request(open), other.request(open));
    }

    #[test]
    fn a_request_asks_for_one_thing() {
        let text = r#"{"format": "vedtak-register", "version": 1,
            "parties": [{"kind": "person", "name": "A", "id": 1}, {"kind": "person", "name": "B", "id": 2}],
            "access_requests": [{"id": 1, "person": "A", "party": "B", "package": "fiske", "role": "dagl"},
                                {"id": 2, "person": "A", "party": "B"},
                                {"id": 3, "person": "A", "party": "B", "package": "fisk"}]}"#;
        let error = Register::from_json("r", text.as_bytes()).expect_err("does not fit");
        let text = error.to_string();
        assert_eq!(text.matches("asks for one thing").count(), 2, "{text}");
        assert!(text.contains("there is no package `fisk`"), "{text}");
    }
}
