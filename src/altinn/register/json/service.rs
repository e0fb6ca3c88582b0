//! The items that service owners report → facts: resource rights, groups, access lists, resources
//! and instances.

use super::read::{Once, RegisterReader};
use crate::altinn::json::{self, Object};
use crate::altinn::register::state::{AccessList, HeldRight};
use crate::altinn::resource::{
    Instance, InstanceId, Resource, ResourceId, ResourceKind, ServiceEdition,
};
use crate::report::cut;

impl RegisterReader<'_> {
    pub(super) fn resource_right(&mut self, item: &mut Object<'_>) {
        let resource = self.resource_id(item, "resource");
        let party = self.named(item, "party");
        let performed_by = self.optional_named(item, "performed_by");
        let rights_type = item.text("type");
        let value = item.text("value");
        let window = self.window(item);
        let id = self.record(item, false);
        let (Some(resource), Some(party), Some(rights_type), Some(value)) =
            (resource, party, rights_type, value)
        else {
            return;
        };
        let right = HeldRight {
            id,
            performed_by,
            rights_type: self.word(rights_type.value),
            rights_value: self.word(value.value),
            window,
        };
        self.state.put_right(resource, party, right);
    }

    pub(super) fn access_group(&mut self, item: &mut Object<'_>) {
        let party = self.named(item, "party");
        let group = item.text("group");
        let subject = self.optional_named(item, "subject");
        let window = self.window(item);
        let (Some(party), Some(text)) = (party, group) else {
            return;
        };
        let group = self.word(text.value.clone());
        let thing = Once::Group(party, group.clone(), subject);
        if !self.once(thing, &text, item, "the place in the group") {
            return;
        }
        self.state.put_group_member(party, group, subject, window);
    }

    pub(super) fn access_list(&mut self, item: &mut Object<'_>) {
        let name = item.text("list");
        if let Some(name) = &name {
            item.path = format!("access list `{}`", cut(&name.value));
            self.once(Once::List(name.value.clone()), name, item, "the list");
        }
        let mut list = AccessList {
            name: name.map_or_else(|| "".into(), |name| name.value),
            ..AccessList::default()
        };
        for value in item.optional_items("members").unwrap_or_default() {
            let Some(mut member) = item.named_or_object(value, "party") else {
                continue;
            };
            let text = member.text("party");
            let party = text
                .as_ref()
                .and_then(|text| self.find_party(text, &item.path));
            let window = self.window(&mut member);
            member.end();
            let (Some(party), Some(text)) = (party, text) else {
                continue;
            };
            let thing = Once::ListMember(list.name.clone(), party);
            if self.once(thing, &text, item, "the member") {
                list.members.insert(party, window);
            }
        }
        for value in item.optional_items("resources").unwrap_or_default() {
            let Some(mut connection) = item.named_or_object(value, "resource") else {
                continue;
            };
            let text = connection.text("resource");
            let actions = connection.optional_items("actions");
            connection.end();
            let actions = actions.map(|actions| {
                let actions = actions.into_iter();
                let texts = actions
                    .filter_map(|action| json::text(action, "actions", &item.path, self.report));
                texts.map(|text| text.value).collect()
            });
            let Some(text) = text else {
                continue;
            };
            let resource = ResourceId::new(self.word(text.value.clone()));
            let thing = Once::ListResource(list.name.clone(), resource.clone());
            if self.once(thing, &text, item, "the resource") {
                list.connections.insert(resource, actions);
            }
        }
        self.state.put_list(list);
    }

    pub(super) fn resource(&mut self, item: &mut Object<'_>) {
        let id = item.text("id");
        if let Some(id) = &id {
            item.path = format!("resource `{}`", cut(&id.value));
            let thing = Once::Resource(ResourceId::new(self.word(id.value.clone())));
            self.once(thing, id, item, "the resource");
        }
        let owner = item.text("owner");
        let kind = item.optional_text("type");
        let title = item.optional_text("title");
        let title_nn = item.optional_text("title_nn");
        let title_en = item.optional_text("title_en");
        let service = self.altinn2_service(item);
        let access_list = item.optional_flag("access_list");
        let resource_rights = item.optional_flag("resource_rights");
        let is_delegable = item.optional_flag("delegable");
        let (Some(id), Some(owner)) = (id, owner) else {
            return;
        };
        let id = ResourceId::new(self.word(id.value));
        let mut resource = Resource::new(id, self.word(owner.value));
        if let Some(kind) = kind {
            match ResourceKind::named(&kind.value) {
                Some(kind) => resource.kind = kind,
                None => item.problem(kind.place, ResourceKind::unknown(&kind.value)),
            }
        }
        if let Some(title) = title {
            resource.title = title.value;
        }
        resource.title_nn = title_nn.map(|title| title.value);
        resource.title_en = title_en.map(|title| title.value);
        resource.altinn2_service = service.or(resource.altinn2_service);
        resource.requires_access_list = access_list.unwrap_or(false);
        resource.requires_resource_right = resource_rights.unwrap_or(false);
        resource.is_delegable = is_delegable.unwrap_or(true);
        self.state.put_resource(resource);
    }

    /// Reads the service of Altinn II that a resource is, where its id does not say so.
    fn altinn2_service(&mut self, item: &mut Object<'_>) -> Option<ServiceEdition> {
        let code = item.optional_text("service_code");
        let edition = item.optional_number("edition_code", 0..=u64::from(u32::MAX));
        match (code, edition) {
            (Some(code), Some((edition, _))) => {
                let edition = u32::try_from(edition).ok()?;
                Some(ServiceEdition::new(self.word(code.value), edition))
            }
            (Some(_), None) | (None, Some(_)) => {
                let message = "of `service_code` and `edition_code` there is one without the other";
                item.problem(item.place, message);
                None
            }
            (None, None) => None,
        }
    }

    pub(super) fn instance(&mut self, item: &mut Object<'_>) {
        let text = item.text("id");
        let id = text.as_ref().map(|text| InstanceId::new(&text.value));
        if let (Some(id), Some(text)) = (&id, &text) {
            item.path = format!("instance `{}`", cut(id.as_str()));
            self.once(Once::Instance(id.clone()), text, item, "the instance");
        }
        let resource = self.resource_id(item, "resource");
        let party = item.text("party");
        let number = party
            .as_ref()
            .and_then(|party| self.find_party(party, &item.path));
        let key = party.zip(number).and_then(|(party, number)| {
            let key = self.party_key(&party, number)?;
            Some((number, key))
        });
        let task = item.optional_text("task");
        let end_event = item.optional_text("end_event");
        let (Some(id), Some(resource), Some((number, key))) = (id, resource, key) else {
            return;
        };
        let mut instance = Instance::new(resource, key);
        instance.task = task.map(|task| self.word(task.value));
        instance.end_event = end_event.map(|event| self.word(event.value));
        self.state.put_instance(id, number, instance);
    }
}
