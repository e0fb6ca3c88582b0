//! The items of a file, section by section → facts of the register.

use super::read::{Gives, Once, RegisterReader};
use crate::altinn::catalogue::{PackageId, RoleId};
use crate::altinn::delegation::Right;
use crate::altinn::fact::Window;
use crate::altinn::id::is_estate_role;
use crate::altinn::json::{self, Object, PlacedText};
use crate::altinn::register::Refusal;
use crate::altinn::register::state::{ClientDelegation, PartyNo, RecordPlace, ResourceDelegation};
use crate::altinn::register::valid;
use crate::altinn::resource::{InstanceId, ResourceId};
use crate::json::JsonValue;
use crate::report::{cut, did_you_mean};

type ReadItem = fn(&mut RegisterReader<'_>, &mut Object<'_>);

/// The sections of a file, except for parties: the name of its array, the name of one item, whether its
/// items have numbers, and the function that reads one. A new one needs a row here, and its lines in
/// `write`.
pub(super) const SECTIONS: [(&str, &str, bool, ReadItem); 10] = [
    ("roles", "role", true, |reader, item| reader.role(item)),
    ("packages", "package", true, |reader, item| {
        reader.package(item)
    }),
    (
        "client_delegations",
        "client delegation",
        true,
        |reader, item| reader.client(item),
    ),
    ("delegations", "delegation", true, |reader, item| {
        reader.delegation(item)
    }),
    ("resource_rights", "resource right", true, |reader, item| {
        reader.resource_right(item)
    }),
    ("access_groups", "access group", false, |reader, item| {
        reader.access_group(item)
    }),
    ("access_lists", "access list", false, |reader, item| {
        reader.access_list(item)
    }),
    ("resources", "resource", false, |reader, item| {
        reader.resource(item)
    }),
    ("instances", "instance", false, |reader, item| {
        reader.instance(item)
    }),
    ("access_requests", "access request", true, |reader, item| {
        reader.access_request(item)
    }),
];

impl RegisterReader<'_> {
    fn role(&mut self, item: &mut Object<'_>) {
        let to = self.named(item, "to");
        let from = self.named(item, "from");
        self.not_to_itself(item, to, from);
        let role = item.text("role");
        let window = self.window(item);
        let estate = role.as_ref().filter(|role| is_estate_role(&role.value));
        if let Some(role) = estate {
            let (Some(to), Some(from)) = (to, from) else {
                return;
            };
            let name = self.word(role.value.clone());
            let thing = Once::EstateRole(to, from, name.clone());
            if !self.once(thing, role, item, "the role") {
                return;
            }
            let role = name;
            self.state.put_estate_role(to, from, role, window);
            return;
        }
        let is_delegated = ["id", "by", "at", "on_from"]
            .iter()
            .any(|name| item.has(name));
        let grant = is_delegated.then(|| self.grant(item, from));
        let id = role
            .as_ref()
            .and_then(|role| self.find_role(role, &item.path));
        let (Some(to), Some(from), Some(id)) = (to, from, id) else {
            return;
        };
        if let (Some(role), Err(refusal)) = (&role, self.state.role_fits(id, from, to)) {
            let hint = match refusal {
                Refusal::RoleDoesNotFit { .. } => ": are `from` and `to` swapped?",
                _ => "",
            };
            item.problem(role.place, format!("{refusal}{hint}"));
            return;
        }
        let thing = match &grant {
            Some(grant) => Once::record((to, from), Gives::Role(id), window, grant),
            None => Once::Role(to, from, id),
        };
        if role.is_some_and(|role| !self.once(thing, &role, item, "the role")) {
            return;
        }
        if let Some(grant) = &grant {
            let place = RecordPlace::Connection { to, from };
            self.state.places.insert(grant.id, place);
        }
        self.state.put_role(to, from, id, window, grant);
    }

    fn package(&mut self, item: &mut Object<'_>) {
        let to = self.named(item, "to");
        let from = self.named(item, "from");
        self.not_to_itself(item, to, from);
        let text = item.text("package");
        let package = text
            .as_ref()
            .and_then(|package| self.find_package(package, &item.path));
        let window = self.window(item);
        let grant = self.grant(item, from);
        let (Some(to), Some(from), Some(package)) = (to, from, package) else {
            return;
        };
        if let (Some(text), Err(refusal)) = (&text, self.state.package_fits(package, from)) {
            let swapped = self.state.package_fits(package, to).is_ok();
            let hint = if swapped {
                ": are `from` and `to` swapped?"
            } else {
                ""
            };
            item.problem(text.place, format!("{refusal}{hint}"));
            return;
        }
        let thing = Once::record((to, from), Gives::Package(package), window, &grant);
        if text.is_some_and(|text| !self.once(thing, &text, item, "the package")) {
            return;
        }
        let place = RecordPlace::Connection { to, from };
        self.state.places.insert(grant.id, place);
        self.state.put_package(to, from, package, window, grant);
    }

    fn client(&mut self, item: &mut Object<'_>) {
        let agent = self.named(item, "agent");
        let provider = self.named(item, "provider");
        let client = self.named(item, "client");
        let text = item.text("role");
        let role = text
            .as_ref()
            .and_then(|role| self.find_role(role, &item.path));
        let has_packages = item.has("packages");
        let packages = item.optional_texts("packages").into_iter();
        let packages: Vec<PackageId> = packages
            .filter_map(|package| self.find_package(&package, &item.path))
            .collect();
        let values = item.optional_items("resources");
        if !has_packages && values.as_ref().is_none_or(Vec::is_empty) {
            let message = "it gives nothing: neither `packages` nor `resources`";
            item.problem(item.place, message);
        }
        let values = values.unwrap_or_default().into_iter();
        let resources: Vec<(ResourceId, Vec<Right>)> = values
            .filter_map(|value| {
                let mut part = Object::read(value, item.path.clone(), self.report)?;
                let resource = self.resource_id(&mut part, "resource");
                let rights = self.rights(&mut part);
                part.end();
                Some((resource?, rights))
            })
            .collect();
        let window = self.window(item);
        let grant = self.grant(item, provider);
        let (Some(agent), Some(provider), Some(client), Some(role)) =
            (agent, provider, client, role)
        else {
            return;
        };
        // It gives nothing, which is reported.
        if packages.is_empty() && resources.is_empty() {
            return;
        }
        let gives = Gives::Client(provider, role, packages.clone(), resources.clone());
        let thing = Once::record((agent, client), gives, window, &grant);
        // A provider may give one again, and then both have a time.
        let may_repeat = grant.at != Window::ALWAYS.from;
        let what = "the client delegation of";
        if text.is_some_and(|text| !may_repeat && !self.once(thing, &text, item, what)) {
            return;
        }
        let place = RecordPlace::Client { agent, client };
        self.state.places.insert(grant.id, place);
        self.clients.push((grant.id, item.place, item.path.clone()));
        let given = ClientDelegation {
            provider,
            role,
            packages,
            resources,
            stated: window,
            grant,
        };
        self.state.put_client(agent, client, given);
    }

    fn delegation(&mut self, item: &mut Object<'_>) {
        let text = item.text("resource");
        let instance = item.optional_text("instance");
        let instance = instance.map(|instance| InstanceId::new(&instance.value));
        let from = self.named(item, "from");
        let to = self.named(item, "to");
        self.not_to_itself(item, to, from);
        let rights = self.rights(item);
        let window = self.window(item);
        let grant = self.grant(item, from);
        let (Some(text), Some(from), Some(to)) = (text, from, to) else {
            return;
        };
        // It gives nothing, which is reported.
        if rights.is_empty() {
            return;
        }
        let resource = ResourceId::new(self.word(text.value.clone()));
        let gives = Gives::Rights(resource.clone(), instance.clone(), rights.clone());
        let thing = Once::record((to, from), gives, window, &grant);
        if !self.once(thing, &text, item, "the delegation of") {
            return;
        }
        let place = RecordPlace::Delegation {
            from,
            resource: resource.clone(),
        };
        self.state.places.insert(grant.id, place);
        self.state.put_delegation(ResourceDelegation {
            resource,
            instance,
            from,
            to,
            rights,
            stated: window,
            grant,
            // The links between the records decide on it, once all are read.
            out_of: None,
        });
    }

    /// Reports a fact by which a party would give something to itself.
    fn not_to_itself(&self, item: &Object<'_>, to: Option<PartyNo>, from: Option<PartyNo>) {
        if let Some(party) = to.filter(|_| to == from) {
            let name = self.state.called(party);
            item.problem(item.place, Refusal::ToItself { name }.to_string());
        }
    }

    /// Reads the rights of an item: each an action, or an action on a part of the resource.
    pub(super) fn rights(&mut self, item: &mut Object<'_>) -> Vec<Right> {
        let Some(values) = item.items("rights") else {
            return Vec::new();
        };
        if values.is_empty() {
            let message = "it gives nothing: `rights` is empty";
            item.problem(item.place, message);
        }
        let values = values.into_iter();
        values.filter_map(|value| self.right(value, item)).collect()
    }

    fn right(&mut self, value: JsonValue<'_>, item: &Object<'_>) -> Option<Right> {
        let mut object = item.named_or_object(value, "action")?;
        let action = object.text("action");
        let part = object.optional_value("on");
        object.end();
        let mut right = Right::from(self.word(action?.value));
        let part = part.and_then(|part| Object::read(part, item.path.clone(), self.report));
        for (name, value) in part.into_iter().flat_map(Object::into_members) {
            if let Err(refusal) = valid::word("attribute of a part of the resource", &name) {
                item.problem(value.offset(), refusal.to_string());
            }
            let name = self.word(name.into());
            // The resource must have all values of an attribute.
            let values = match value.items() {
                Some(_) => json::texts(value, &name, &item.path, self.report),
                None => Vec::from_iter(json::text(value, &name, &item.path, self.report)),
            };
            for value in values {
                right = right.on(name.clone(), self.word(value.value));
            }
        }
        Some(right)
    }

    pub(super) fn resource_id(
        &mut self,
        item: &mut Object<'_>,
        name: &'static str,
    ) -> Option<ResourceId> {
        let text = item.text(name)?;
        Some(ResourceId::new(self.word(text.value)))
    }

    pub(super) fn find_role(&mut self, text: &PlacedText, path: &str) -> Option<RoleId> {
        let role = self.state.catalogue.role(&text.value);
        if role.is_none() {
            let names = self.state.catalogue.similar_role(&text.value);
            let message = format!(
                "there is no role `{}`{}",
                cut(&text.value),
                did_you_mean(names)
            );
            self.report.problem(text.place, path, message);
        }
        role
    }

    pub(super) fn find_package(&mut self, text: &PlacedText, path: &str) -> Option<PackageId> {
        let package = self.state.catalogue.package(&text.value);
        if package.is_none() {
            let names = self.state.catalogue.similar_package(&text.value);
            let message = format!(
                "there is no package `{}`{}",
                cut(&text.value),
                did_you_mean(names)
            );
            self.report.problem(text.place, path, message);
        }
        package
    }
}
