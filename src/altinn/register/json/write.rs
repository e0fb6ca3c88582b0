//! A register's state → JSON: one fact a line, in an order that is independent of the order of
//! changes, so that the diff of two files is readable.

use std::sync::Arc;

use super::names::PartyNames;
use super::party::first_key;
use super::time::{self, WindowEdge};
use crate::altinn::delegation::Right;
use crate::altinn::fact::{Moment, Window};
use crate::altinn::id::is_estate_role;
use crate::altinn::json::ObjectWriter;
use crate::altinn::party::PartyKey;
use crate::altinn::register::NO_NEW_ALTINN2_ROLES;
use crate::altinn::register::state::{AccessList, PartyNo, RecordOrigin, RegisterState};
use crate::altinn::resource::Resource;
use crate::altinn::transition::Transition;
use crate::json::write_string;

pub(super) fn write(state: &RegisterState) -> String {
    let file = File {
        state,
        names: PartyNames::of(state),
    };
    let mut out = String::new();
    file.head(&mut out);
    file.parties(&mut out);
    file.roles(&mut out);
    file.packages(&mut out);
    file.clients(&mut out);
    file.delegations(&mut out);
    file.resource_rights(&mut out);
    file.access_groups(&mut out);
    file.access_lists(&mut out);
    file.resources(&mut out);
    file.instances(&mut out);
    file.access_requests(&mut out);
    out.push_str("\n}\n");
    out
}

pub(super) struct File<'s> {
    pub(super) state: &'s RegisterState,
    names: PartyNames,
}

impl File<'_> {
    fn head(&self, out: &mut String) {
        out.push_str("{\n  \"format\": \"vedtak-register\",\n  \"version\": 1");
        let (stop, end) = (self.state.no_new_altinn2_roles, self.state.transition.end);
        for (name, instant, usual) in [
            ("altinn2_roles_stop", stop, NO_NEW_ALTINN2_ROLES),
            ("altinn2_roles_end", end, Transition::default().end),
        ] {
            if instant != usual {
                // The earliest moment has no text; the next one has the same effect.
                let instant = time::write(instant.max(Moment(i64::MIN + 1)), WindowEdge::From);
                out.push_str(&format!(",\n  \"{name}\": "));
                write_string(out, instant.as_deref().unwrap_or("never"));
            }
        }
        // A number is not assigned again after the record with the highest one is removed.
        let places = self.state.places.iter().map(|(id, _)| id.0);
        let requests = self.state.requests.iter().map(|(id, _)| id.0);
        let highest = places.chain(requests).max();
        let next = self.state.next_record;
        if next > highest.unwrap_or(0) + 1 {
            out.push_str(",\n  \"next_id\": ");
            out.push_str(&next.to_string());
        }
    }

    fn parties(&self, out: &mut String) {
        let mut parties = Vec::from_iter(self.state.parties());
        parties.sort_by_key(|(number, _)| self.names.rank(*number));
        section(out, "parties", parties, |line, (_, party)| {
            line.text("kind", party.kind.as_str());
            // A name of blanks is written as no name.
            if !party.name.trim().is_empty() {
                line.text("name", &party.name);
            }
            line.optional("number", party.number.as_deref());
            line.optional_number("id", party.id.map(u64::from));
            line.optional_number("user", party.user_id.map(u64::from));
            let uuid = party.uuid.map(|uuid| uuid.to_string());
            line.optional("uuid", uuid.as_deref());
            line.optional("email", party.email.as_deref());
            line.optional("username", party.username.as_deref());
            line.optional("legal_form", party.legal_form.as_deref());
            if let Some(parent) = &party.parent {
                self.key(line, "part_of", parent);
            }
            if party.is_deleted {
                line.flag("deleted", true);
            }
        });
    }

    fn roles(&self, out: &mut String) {
        let mut roles = Vec::new();
        for ((to, from), connection) in self.state.connections.iter() {
            for held in &connection.roles {
                let role = self.state.catalogue.name_of_role(held.role);
                roles.push((*from, *to, role, held.stated, held.grant.as_deref()));
            }
        }
        for ((to, from), estate) in self.state.estates.iter() {
            for (role, window) in estate.iter() {
                debug_assert!(is_estate_role(role), "other roles are in the catalogue");
                roles.push((*from, *to, &**role, *window, None));
            }
        }
        roles.sort_by_key(|(from, to, role, _, grant)| {
            let id = grant.map(|grant| grant.id);
            (self.names.rank(*from), self.names.rank(*to), *role, id)
        });
        section(
            out,
            "roles",
            roles,
            |line, (from, to, role, window, grant)| {
                self.party(line, "to", to);
                self.party(line, "from", from);
                line.text("role", role);
                line.window(window);
                if let Some(grant) = grant {
                    self.grant(line, grant, from);
                }
            },
        );
    }

    fn packages(&self, out: &mut String) {
        let mut packages = Vec::new();
        for ((to, from), connection) in self.state.connections.iter() {
            for held in &connection.packages {
                let package = self.state.catalogue.name_of_package(held.package);
                packages.push((*from, *to, package, held));
            }
        }
        packages.sort_by_key(|(from, to, package, held)| {
            let parties = (self.names.rank(*from), self.names.rank(*to));
            (parties, *package, held.grant.id)
        });
        section(
            out,
            "packages",
            packages,
            |line, (from, to, package, held)| {
                self.party(line, "to", to);
                self.party(line, "from", from);
                line.text("package", package);
                line.window(held.stated);
                self.grant(line, &held.grant, from);
            },
        );
    }

    fn clients(&self, out: &mut String) {
        let mut clients = Vec::new();
        for ((agent, client), given) in self.state.clients.iter() {
            clients.extend(given.iter().map(|given| (*agent, *client, given)));
        }
        clients.sort_by_key(|(agent, client, given)| {
            let parties = [given.provider, *client, *agent];
            (parties.map(|party| self.names.rank(party)), given.grant.id)
        });
        let catalogue = &self.state.catalogue;
        section(
            out,
            "client_delegations",
            clients,
            |line, (agent, client, given)| {
                self.party(line, "agent", agent);
                self.party(line, "provider", given.provider);
                self.party(line, "client", client);
                line.text("role", catalogue.name_of_role(given.role));
                if !given.packages.is_empty() {
                    line.array("packages", &given.packages, |out, package| {
                        write_string(out, catalogue.name_of_package(*package));
                    });
                }
                if !given.resources.is_empty() {
                    line.array("resources", &given.resources, |out, (resource, rights)| {
                        let mut part = ObjectWriter::new(out);
                        part.text("resource", resource.as_str());
                        part.array("rights", rights, right);
                        part.end();
                    });
                }
                line.window(given.stated);
                self.grant(line, &given.grant, given.provider);
            },
        );
    }

    fn delegations(&self, out: &mut String) {
        let delegated = self.state.delegated.iter();
        let mut delegations = Vec::from_iter(delegated.flat_map(|(_, given)| given.iter()));
        delegations.sort_by(|one, other| {
            let key = |given: &super::super::state::ResourceDelegation| {
                (
                    self.names.rank(given.from),
                    self.names.rank(given.to),
                    given.grant.id,
                )
            };
            let resources = (&one.resource, &one.instance).cmp(&(&other.resource, &other.instance));
            resources.then_with(|| key(one).cmp(&key(other)))
        });
        section(out, "delegations", delegations, |line, given| {
            line.text("resource", given.resource.as_str());
            line.optional("instance", given.instance.as_ref().map(|id| id.as_str()));
            self.party(line, "from", given.from);
            self.party(line, "to", given.to);
            line.array("rights", &given.rights, right);
            line.window(given.stated);
            self.grant(line, &given.grant, given.from);
        });
    }

    fn resource_rights(&self, out: &mut String) {
        let mut rights = Vec::new();
        for ((resource, party), held) in self.state.rights.iter() {
            rights.extend(held.iter().map(|right| (resource, *party, right)));
        }
        rights
            .sort_by_key(|(resource, party, right)| (*resource, self.names.rank(*party), right.id));
        section(
            out,
            "resource_rights",
            rights,
            |line, (resource, party, right)| {
                line.text("resource", resource.as_str());
                self.party(line, "party", party);
                if let Some(person) = right.performed_by {
                    self.party(line, "performed_by", person);
                }
                line.text("type", &right.rights_type);
                line.text("value", &right.rights_value);
                line.window(right.window);
                line.number("id", right.id.0);
            },
        );
    }

    fn access_groups(&self, out: &mut String) {
        let mut groups = Vec::new();
        for (party, members) in self.state.groups.iter() {
            groups.extend(members.iter().map(|member| (*party, member)));
        }
        groups.sort_by_key(|(party, ((subject, group), _))| {
            let subject = subject.map(|subject| self.names.rank(subject));
            (self.names.rank(*party), group, subject)
        });
        section(out, "access_groups", groups, |line, (party, member)| {
            let ((subject, group), window) = member;
            self.party(line, "party", party);
            line.text("group", group);
            if let Some(subject) = subject {
                self.party(line, "subject", *subject);
            }
            line.window(*window);
        });
    }

    fn access_lists(&self, out: &mut String) {
        let mut lists = Vec::from_iter(self.state.lists.iter().map(|(_, list)| &**list));
        lists.sort_by_key(|list| &list.name);
        section(out, "access_lists", lists, |line, list| {
            self.access_list(line, list)
        });
    }

    /// Writes a list with a line for each member, as there may be many.
    fn access_list(&self, line: &mut ObjectWriter<'_>, list: &AccessList) {
        line.text("list", &list.name);
        let mut members = Vec::from_iter(&list.members);
        members.sort_by_key(|(party, _)| self.names.rank(**party));
        line.lines("members", members, |out, (party, window)| {
            if *window == Window::ALWAYS {
                out.push_str(self.names.json(*party));
                return;
            }
            let mut member = ObjectWriter::new(out);
            self.party(&mut member, "party", *party);
            member.window(*window);
            member.end();
        });
        let connections = Vec::from_iter(&list.connections);
        line.lines("resources", connections, |out, (resource, actions)| {
            let Some(actions) = actions else {
                return write_string(out, resource.as_str());
            };
            let mut connection = ObjectWriter::new(out);
            connection.text("resource", resource.as_str());
            connection.array("actions", actions, |out, action| write_string(out, action));
            connection.end();
        });
    }

    fn resources(&self, out: &mut String) {
        let mut resources = Vec::from_iter(self.state.resources.iter().map(|(_, known)| known));
        resources.sort_by_key(|resource| &resource.id);
        section(out, "resources", resources, |line, resource| {
            line.text("id", resource.id.as_str());
            line.text("owner", &resource.owner);
            if resource.kind != Resource::new(resource.id.clone(), "").kind {
                line.text("type", resource.kind.as_str());
            }
            if *resource.title != *resource.id.as_str() {
                line.text("title", &resource.title);
            }
            if let Some(title) = &resource.title_nn {
                line.text("title_nn", title);
            }
            if let Some(title) = &resource.title_en {
                line.text("title_en", title);
            }
            let said = resource.id.as_altinn2_service();
            if let Some(service) = resource
                .altinn2_service
                .iter()
                .find(|of| said.as_ref() != Some(of))
            {
                line.text("service_code", &service.code);
                line.number("edition_code", u64::from(service.edition));
            }
            if resource.requires_access_list {
                line.flag("access_list", true);
            }
            if resource.requires_resource_right {
                line.flag("resource_rights", true);
            }
            if !resource.is_delegable {
                line.flag("delegable", false);
            }
        });
    }

    fn instances(&self, out: &mut String) {
        let mut instances = Vec::from_iter(self.state.instances.iter());
        instances.sort_by_key(|(id, _)| *id);
        section(
            out,
            "instances",
            instances,
            |line, (id, (party, instance))| {
                line.text("id", id.as_str());
                line.text("resource", instance.resource.as_str());
                let key = self.state.key_of_instance(*party, &instance.party);
                self.key(line, "party", &key);
                line.optional("task", instance.task.as_deref());
                line.optional("end_event", instance.end_event.as_deref());
            },
        );
    }

    pub(super) fn party(&self, line: &mut ObjectWriter<'_>, name: &str, party: PartyNo) {
        line.json(name, self.names.json(party));
    }

    /// Writes the reference to a party by a given key: as its name only if that leads back to the
    /// key.
    fn key(&self, line: &mut ObjectWriter<'_>, name: &str, key: &PartyKey) {
        let number = self.state.number(key);
        let party = number.and_then(|number| self.state.party(number));
        match (number, party.and_then(|party| first_key(party))) {
            (Some(number), Some(first)) if first == *key => self.party(line, name, number),
            _ => line.text(name, &key.to_string()),
        }
    }

    fn grant(&self, line: &mut ObjectWriter<'_>, grant: &RecordOrigin, giver: PartyNo) {
        line.number("id", grant.id.0);
        if grant.by != giver {
            self.party(line, "by", grant.by);
        }
        line.optional("at", time::write(grant.at, WindowEdge::From).as_deref());
        line.optional_number("on_from", grant.on_from.map(|root| root.0));
    }
}

impl ObjectWriter<'_> {
    fn window(&mut self, window: Window) {
        let [from, until] = [
            (window.from, WindowEdge::From),
            (window.until, WindowEdge::Until),
        ]
        .map(|(moment, edge)| time::write(moment, edge));
        self.optional("valid_from", from.as_deref());
        self.optional("valid_until", until.as_deref());
    }
}

pub(super) fn right(out: &mut String, right: &Right) {
    if right.part.is_empty() {
        return write_string(out, &right.action);
    }
    let mut line = ObjectWriter::new(out);
    line.text("action", &right.action);
    line.object("on", |on| {
        for (i, (id, value)) in right.part.iter().enumerate() {
            let is_id = |part: &&(Arc<str>, Arc<str>)| part.0 == *id;
            let values = Vec::from_iter(right.part.iter().filter(is_id));
            if right.part[..i].iter().any(|part| part.0 == *id) {
                // It is written with the first value of the attribute.
            } else if values.len() == 1 {
                on.text(id, value);
            } else {
                on.array(id, values, |out, (_, value)| write_string(out, value));
            }
        }
    });
    line.end();
}

/// Writes an array of objects; nothing if there are none.
pub(super) fn section<T>(
    out: &mut String,
    name: &str,
    items: Vec<T>,
    write: impl Fn(&mut ObjectWriter<'_>, T),
) {
    if items.is_empty() {
        return;
    }
    out.push_str(",\n  \"");
    out.push_str(name);
    out.push_str("\": [");
    let mut separator = "\n    ";
    for item in items {
        out.push_str(separator);
        separator = ",\n    ";
        let mut line = ObjectWriter::new(out);
        write(&mut line, item);
        line.end();
    }
    out.push_str("\n  ]");
}
