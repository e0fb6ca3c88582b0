//! What registers and hosts report: it is taken as it is, if it fits what is there.

use std::sync::Arc;

use super::change::{Change, not_empty};
use super::refusal::Refusal;
use super::state::{GroupMember, PartyNo};
use crate::altinn::catalogue::RoleId;
use crate::altinn::fact::{Moment, Window};
use crate::altinn::party::{Party, PartyKey};
use crate::altinn::resource::{Instance, InstanceId, Resource, ResourceId};
use crate::altinn::transition::Transition;
use crate::value::DateTime;

impl Change<'_, '_> {
    /// Adds a party, or replaces the one that has one of these keys. Its records stay with it.
    ///
    /// # Errors
    ///
    /// It has no key; its keys belong to two parties; its parent is not in the register; the
    /// catalogue does not know its legal form.
    pub fn party(&mut self, party: Party) -> Result<(), Refusal> {
        if party.keys().next().is_none() {
            return Err(Refusal::PartyWithoutKey { name: party.name });
        }
        if let Some(form) = &party.legal_form
            && let Err(similar) = self.state.catalogue.legal_form(form)
        {
            return Err(Refusal::UnknownLegalForm {
                name: form.clone(),
                similar: similar.map(Into::into),
            });
        }
        if let Some(parent) = &party.parent {
            let known = self.state.number(parent);
            if party.has_key(parent) || known.is_some() && known == self.state.find(&party) {
                return Err(Refusal::PartOfItself { name: party.name });
            }
            if known.is_none() {
                return Err(Refusal::UnknownParent(parent.clone()));
            }
        }
        let keys = Vec::from_iter(party.keys());
        let known = self.state.find(&party);
        let before = known.and_then(|known| self.state.party(known).cloned());
        let owner = known.and_then(|known| self.state.owner(known));
        let number = match self.state.put_party(party) {
            Ok(number) => number,
            Err([one, other]) => return Err(Refusal::TwoParties(one, other)),
        };
        self.follow_parent(number, &keys);
        if let Some(before) = before {
            self.follow_party(number, &before, owner);
        }
        Ok(())
    }

    /// What agents do for clients ends where it rests on what a party was before: a package that
    /// comes with a role in organisations of its legal form, or whose system it was.
    fn follow_party(&mut self, number: PartyNo, before: &Party, owner: Option<PartyNo>) {
        let mut lost = Vec::new();
        let is_as_before = |party: &Arc<Party>| party.legal_form == before.legal_form;
        if !self.state.party(number).is_some_and(is_as_before) {
            let providers = self.state.given.get(&number).into_iter();
            let providers = providers.flat_map(|to| to.iter());
            lost.extend(providers.map(|provider| (*provider, number)));
        }
        let left = owner.filter(|owner| !self.state.belongs_to(number, *owner));
        lost.extend(left.map(|owner| (number, owner)));
        self.state.settle(lost);
    }

    /// Parts name their parent by one of its keys; where it has lost that key, by another.
    fn follow_parent(&mut self, parent: PartyNo, keys: &[PartyKey]) {
        let parts = self.state.parts.get(&parent).cloned().unwrap_or_default();
        for part in parts.iter() {
            let Some(known) = self.state.party(*part) else {
                continue;
            };
            if known.parent.as_ref().is_some_and(|key| !keys.contains(key)) {
                let mut part_of = (**known).clone();
                part_of.parent = keys.first().cloned();
                self.state.parties.insert(*part, Arc::new(part_of));
            }
        }
    }

    /// A register says that `to` has a role for `from`: the register of legal entities, the
    /// guardianship register, or the one for estates (`urn:digitaltdodsbo:…`). A role that is
    /// there already gets the new window.
    ///
    /// # Errors
    ///
    /// Parties or role are not known; the role comes from no register, or is not one for `from`;
    /// the window is empty.
    pub fn register_role(
        &mut self,
        from: &PartyKey,
        to: &PartyKey,
        role: &str,
        window: Window,
    ) -> Result<(), Refusal> {
        let (from, to) = self.two(from, to)?;
        not_empty(window)?;
        if is_estate_role(role) {
            self.state.put_estate_role(to, from, role.into(), window);
            return Ok(());
        }
        let role = self.register_role_named(role)?;
        self.state.role_fits(role, from, to)?;
        self.state.put_role(to, from, role, window, None);
        Ok(())
    }

    /// The register no longer says so. What rests on the role ends with it: the delegations with
    /// which an accountant, an auditor or a business manager lets its agents act for the client.
    /// Tells whether the role was there.
    ///
    /// # Errors
    ///
    /// Parties or role are not known; the role comes from no register.
    pub fn end_register_role(
        &mut self,
        from: &PartyKey,
        to: &PartyKey,
        role: &str,
    ) -> Result<bool, Refusal> {
        let (from, to) = self.two(from, to)?;
        if is_estate_role(role) {
            return Ok(self.state.take_estate_role(to, from, role));
        }
        let role = self.register_role_named(role)?;
        Ok(self.end_role(from, to, role))
    }

    /// A host brings a role that no register gives and nobody delegates here: agents, roles of
    /// Altinn 3, delegations from elsewhere.
    ///
    /// # Errors
    ///
    /// Parties or role are not known; the role comes from a register, or from being a person; the
    /// window is empty.
    pub fn import_role(
        &mut self,
        from: &PartyKey,
        to: &PartyKey,
        role: &str,
        window: Window,
    ) -> Result<(), Refusal> {
        let (from, to) = self.two(from, to)?;
        let role = self.other_role_named(role)?;
        self.state
            .put_role(to, from, role, not_empty(window)?, None);
        Ok(())
    }

    /// An imported role ends. An agent who has no role at the provider any more no longer acts for
    /// its clients. Tells whether the role was there.
    ///
    /// # Errors
    ///
    /// Parties or role are not known; the role comes from a register.
    pub fn end_imported_role(
        &mut self,
        from: &PartyKey,
        to: &PartyKey,
        role: &str,
    ) -> Result<bool, Refusal> {
        let (from, to) = self.two(from, to)?;
        let role = self.other_role_named(role)?;
        Ok(self.end_role(from, to, role))
    }

    fn end_role(&mut self, from: PartyNo, to: PartyNo, role: RoleId) -> bool {
        let leaves = |held: &super::state::HeldRole| held.role == role && held.grant.is_none();
        let gone = self.state.take_roles(to, from, leaves);
        self.state.settle(vec![(to, from)]);
        !gone.is_empty()
    }

    fn two(&self, from: &PartyKey, to: &PartyKey) -> Result<(PartyNo, PartyNo), Refusal> {
        let (from, to) = (self.state.known(from)?, self.state.known(to)?);
        if from == to {
            let name = self.state.called(from);
            return Err(Refusal::ToItself { name });
        }
        Ok((from, to))
    }

    fn register_role_named(&self, name: &str) -> Result<RoleId, Refusal> {
        let role = self.state.role_named(name)?;
        if !self.state.catalogue.role_by_id(role).is_from_register() {
            let role = self.state.role_name(role);
            return Err(Refusal::RoleFromNoRegister { role });
        }
        Ok(role)
    }

    fn other_role_named(&self, name: &str) -> Result<RoleId, Refusal> {
        let role = self.state.role_named(name)?;
        let is_from_register = self.state.catalogue.role_by_id(role).is_from_register();
        if is_from_register || Some(role) == self.state.known.private_person {
            let role = self.state.role_name(role);
            return Err(Refusal::RoleFromRegister { role });
        }
        Ok(role)
    }

    /// Adds a resource, or replaces the one of this name.
    pub fn resource(&mut self, resource: Resource) {
        self.state.put_resource(resource);
    }

    /// Adds an instance, or replaces the one of this name.
    ///
    /// # Errors
    ///
    /// Its party or its resource is not known.
    pub fn instance(&mut self, id: InstanceId, instance: Instance) -> Result<(), Refusal> {
        self.state.known(&instance.party)?;
        self.state.resource_named(&instance.resource)?;
        self.state.put_instance(id, instance);
        Ok(())
    }

    /// Puts somebody who acts for `party` into one of its access groups, or everybody who does
    /// (no `member`). Who is in it already gets the new window.
    ///
    /// # Errors
    ///
    /// A party is not known; the window is empty.
    pub fn access_group(
        &mut self,
        party: &PartyKey,
        group: &str,
        member: Option<&PartyKey>,
        window: Window,
    ) -> Result<(), Refusal> {
        let party = self.state.known(party)?;
        let subject = member.map(|member| self.state.known(member)).transpose()?;
        not_empty(window)?;
        let members = Arc::make_mut(self.state.groups.entry(party));
        members.retain(|known| *known.group != *group || known.subject != subject);
        members.push(GroupMember {
            group: group.into(),
            subject,
            window,
        });
        Ok(())
    }

    /// Takes somebody, or everybody (no `member`), out of an access group again. Tells whether
    /// they were in it.
    ///
    /// # Errors
    ///
    /// A party is not known.
    pub fn leave_access_group(
        &mut self,
        party: &PartyKey,
        group: &str,
        member: Option<&PartyKey>,
    ) -> Result<bool, Refusal> {
        let party = self.state.known(party)?;
        let subject = member.map(|member| self.state.known(member)).transpose()?;
        let is_it = |known: &GroupMember| *known.group == *group && known.subject == subject;
        let known = self.state.groups.get(&party);
        if !known.is_some_and(|members| members.iter().any(is_it)) {
            return Ok(false);
        }
        let members = Arc::make_mut(self.state.groups.entry(party));
        members.retain(|known| !is_it(known));
        if members.is_empty() {
            self.state.groups.remove(&party);
        }
        Ok(true)
    }

    /// Creates an access list, named `owner:list`; one that is there stays as it is.
    pub fn access_list(&mut self, list: &str) {
        let list: Arc<str> = list.into();
        let known = Arc::make_mut(self.state.lists.entry(list.clone()));
        known.name = list;
    }

    /// Opens a resource for the members of an access list: for all actions (`None`) or for some.
    /// Replaces what the list opened of the resource before.
    ///
    /// # Errors
    ///
    /// The list or the resource is not known.
    pub fn connect_access_list(
        &mut self,
        list: &str,
        resource: &ResourceId,
        actions: Option<&[&str]>,
    ) -> Result<(), Refusal> {
        let list = self.list_named(list)?;
        self.state.resource_named(resource)?;
        let actions =
            actions.map(|actions| actions.iter().map(|action| (*action).into()).collect());
        self.state
            .put_list_connection(&list, resource.clone(), actions);
        Ok(())
    }

    /// Puts a party on an access list, or gives it a new window there.
    ///
    /// # Errors
    ///
    /// The list or the party is not known; the window is empty.
    pub fn access_list_member(
        &mut self,
        list: &str,
        party: &PartyKey,
        window: Window,
    ) -> Result<(), Refusal> {
        let list = self.list_named(list)?;
        let party = self.state.known(party)?;
        self.state.put_list_member(&list, party, not_empty(window)?);
        Ok(())
    }

    /// Takes a party off an access list. Tells whether it was on it.
    ///
    /// # Errors
    ///
    /// The list or the party is not known.
    pub fn remove_access_list_member(
        &mut self,
        list: &str,
        party: &PartyKey,
    ) -> Result<bool, Refusal> {
        let list = self.list_named(list)?;
        let party = self.state.known(party)?;
        Ok(self.state.take_list_member(&list, party))
    }

    fn list_named(&self, list: &str) -> Result<Arc<str>, Refusal> {
        let known = self.state.lists.get(list).map(|list| list.name.clone());
        known.ok_or_else(|| Refusal::UnknownList(list.into()))
    }

    /// When roles of Altinn II end to make somebody an administrator: the same transition that a
    /// PDP is told. Default: with the year 2026.
    pub fn transition(&mut self, transition: Transition) {
        self.state.transition = transition;
    }

    /// From when on roles of Altinn II are no longer delegated. Default: 1 June 2026.
    pub fn no_new_altinn2_roles_from(&mut self, instant: DateTime) {
        self.state.no_new_altinn2_roles = Moment::of(&instant);
    }
}

fn is_estate_role(role: &str) -> bool {
    role.starts_with("urn:digitaltdodsbo:")
}
