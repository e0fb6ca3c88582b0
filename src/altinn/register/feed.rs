//! Reports of registers, hosts and service owners → facts; a report is accepted if it fits the
//! existing facts.

mod delegation;

use std::sync::Arc;

use super::change::{Change, not_empty};
use super::refusal::Refusal;
use super::state::PartyNo;
use super::valid;
use crate::altinn::catalogue::RoleId;
use crate::altinn::fact::{Moment, Window};
use crate::altinn::id::is_estate_role;
use crate::altinn::json::is_blank;
use crate::altinn::party::{Party, PartyKey};
use crate::altinn::resource::{Instance, InstanceId, Resource, ResourceId};
use crate::altinn::transition::Transition;
use crate::value::DateTime;

impl Change<'_, '_> {
    /// Adds a party, or replaces the one that has one of these keys. Its records stay. A blank name
    /// is none.
    ///
    /// # Errors
    ///
    /// The party has no key, or one that requests cannot have; its keys belong to two parties; it is
    /// part of itself, directly or through others; its parent is not in the register; the catalogue does not have its legal
    /// form; it would become of a kind that its roles and packages are not for.
    pub fn party(&mut self, mut party: Party) -> Result<(), Refusal> {
        if is_blank(&party.name) {
            party.name = "".into();
        }
        self.state.valid_party(&party)?;
        if let Some(parent) = &party.parent {
            if party.has_key(parent) {
                return Err(Refusal::PartOfItself { name: party.name });
            }
            let Some(whole) = self.state.number(parent) else {
                return Err(Refusal::UnknownParent(parent.clone()));
            };
            let known = self.state.find(&party);
            if known.is_some_and(|known| self.state.is_within(whole, known)) {
                return Err(Refusal::PartOfItself { name: party.name });
            }
        }
        let keys = Vec::from_iter(party.keys());
        let known = self.state.find(&party);
        if let Some(known) = known {
            self.state.kind_fits(known, party.kind)?;
        }
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

    /// Ends client delegations that the party's former state allowed: packages of a role in
    /// organisations of its former legal form, or the party as a user of its former owner.
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

    /// Updates the key by which its parts name their parent, where the party no longer has it.
    fn follow_parent(&mut self, parent: PartyNo, keys: &[PartyKey]) {
        let parts = self.state.parts.get(&parent).cloned().unwrap_or_default();
        for part in parts.iter() {
            let Some(known) = self.state.party(*part) else {
                continue;
            };
            if known.parent.as_ref().is_some_and(|key| !keys.contains(key)) {
                let mut part_of = (**known).clone();
                part_of.parent = keys.first().cloned();
                self.state.set_party(*part, part_of);
            }
        }
    }

    /// Reports that `to` has a role for `from`, by the register of legal entities, the guardianship
    /// register, or the one for estates (`urn:digitaltdodsbo:…`). An existing role gets the new
    /// window.
    ///
    /// # Errors
    ///
    /// A party or the role is unknown; the role comes from no register, or does not fit `from`; the
    /// window is empty.
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

    /// Reports that a register no longer has a role. Delegations that depend on it end: those by
    /// which an accountant, an auditor or a business manager lets its agents act for the client.
    /// Returns whether the role existed.
    ///
    /// # Errors
    ///
    /// A party or the role is unknown; the role comes from no register.
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

    /// Adds a role that no register reports and no user delegates here: agents, roles of Altinn 3,
    /// delegations from elsewhere.
    ///
    /// A link between two users of one person is the role `selvregistrert`, from a self-identified
    /// user to her other user or to the person. The other then has this role for the linked user, as
    /// that has for herself, and nothing more: neither what the linked user has received from others,
    /// nor the power to give on what is hers. The linked user gets nothing by it.
    ///
    /// # Errors
    ///
    /// A party or the role is unknown; the role comes from a register, or from being who one is, or
    /// does not fit the parties; the window is empty.
    pub fn import_role(
        &mut self,
        from: &PartyKey,
        to: &PartyKey,
        role: &str,
        window: Window,
    ) -> Result<(), Refusal> {
        let (from, to) = self.two(from, to)?;
        let role = self.other_role_named(role)?;
        self.state.role_fits(role, from, to)?;
        self.state
            .put_role(to, from, role, not_empty(window)?, None);
        Ok(())
    }

    /// Ends an imported role. An agent without another role at the provider no longer acts for its
    /// clients. Returns whether the role existed.
    ///
    /// # Errors
    ///
    /// A party or the role is unknown; the role comes from a register.
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
        self.state.tidy(to, from);
        self.state.settle(vec![(to, from)]);
        !gone.is_empty()
    }

    fn two(&self, from: &PartyKey, to: &PartyKey) -> Result<(PartyNo, PartyNo), Refusal> {
        let (from, to) = (self.state.existing(from)?, self.state.existing(to)?);
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

    /// Adds a resource, or replaces the one of this id.
    ///
    /// # Errors
    ///
    /// Its id, its owner or its title is blank.
    pub fn resource(&mut self, resource: Resource) -> Result<(), Refusal> {
        valid::resource(&resource)?;
        self.state.put_resource(resource);
        Ok(())
    }

    /// Adds an instance, or replaces the one of this id.
    ///
    /// # Errors
    ///
    /// Its party or its resource is unknown; its id, its task or its end event is blank.
    pub fn instance(&mut self, id: InstanceId, instance: Instance) -> Result<(), Refusal> {
        let party = self.state.existing(&instance.party)?;
        self.state.resource_named(&instance.resource)?;
        valid::instance(&id, &instance)?;
        self.state.put_instance(id, party, instance);
        Ok(())
    }

    /// Adds a member to an access group of `party`; `None` is everyone who acts for `party`. An
    /// existing membership gets the new window.
    ///
    /// # Errors
    ///
    /// A party is unknown; the name of the group is blank; the window is empty.
    pub fn access_group(
        &mut self,
        party: &PartyKey,
        group: &str,
        member: Option<&PartyKey>,
        window: Window,
    ) -> Result<(), Refusal> {
        let party = self.state.existing(party)?;
        let subject = member
            .map(|member| self.state.existing(member))
            .transpose()?;
        not_empty(window)?;
        valid::word("access group", group)?;
        self.state
            .put_group_member(party, group.into(), subject, window);
        Ok(())
    }

    /// Removes a member from an access group; `None` is everyone who acts for `party`. Returns
    /// whether the membership existed.
    ///
    /// # Errors
    ///
    /// A party is unknown.
    pub fn leave_access_group(
        &mut self,
        party: &PartyKey,
        group: &str,
        member: Option<&PartyKey>,
    ) -> Result<bool, Refusal> {
        let party = self.state.existing(party)?;
        let subject = member
            .map(|member| self.state.existing(member))
            .transpose()?;
        Ok(self.state.take_group_member(party, group, subject))
    }

    /// Creates an access list, named `owner:list`; an existing one stays as it is.
    ///
    /// # Errors
    ///
    /// The name is blank.
    pub fn access_list(&mut self, list: &str) -> Result<(), Refusal> {
        valid::word("access list", list)?;
        let list: Arc<str> = list.into();
        let known = Arc::make_mut(self.state.lists.entry(list.clone()));
        known.name = list;
        Ok(())
    }

    /// Opens a resource to the members of an access list: for all actions (`None`) or for some.
    /// Replaces the actions for which the list opened the resource before.
    ///
    /// # Errors
    ///
    /// The list or the resource is unknown; an action is blank.
    pub fn connect_access_list(
        &mut self,
        list: &str,
        resource: &ResourceId,
        actions: Option<&[&str]>,
    ) -> Result<(), Refusal> {
        let list = self.list_named(list)?;
        self.state.resource_named(resource)?;
        let mut named = actions.iter().flat_map(|actions| actions.iter());
        named.try_for_each(|action| valid::word("action", action))?;
        let actions =
            actions.map(|actions| actions.iter().map(|action| (*action).into()).collect());
        self.state
            .put_list_connection(&list, resource.clone(), actions);
        Ok(())
    }

    /// Adds a party to an access list; an existing membership gets the new window.
    ///
    /// # Errors
    ///
    /// The list or the party is unknown; the window is empty.
    pub fn access_list_member(
        &mut self,
        list: &str,
        party: &PartyKey,
        window: Window,
    ) -> Result<(), Refusal> {
        let list = self.list_named(list)?;
        let party = self.state.existing(party)?;
        self.state.put_list_member(&list, party, not_empty(window)?);
        Ok(())
    }

    /// Removes a party from an access list. Returns whether it was a member.
    ///
    /// # Errors
    ///
    /// The list or the party is unknown.
    pub fn remove_access_list_member(
        &mut self,
        list: &str,
        party: &PartyKey,
    ) -> Result<bool, Refusal> {
        let list = self.list_named(list)?;
        let party = self.state.existing(party)?;
        Ok(self.state.take_list_member(&list, party))
    }

    fn list_named(&self, list: &str) -> Result<Arc<str>, Refusal> {
        let known = self.state.lists.get(list).map(|list| list.name.clone());
        known.ok_or_else(|| Refusal::UnknownList(list.into()))
    }

    /// Sets when roles of Altinn II cease to make administrators; a PDP takes the same transition.
    /// The default is the end of 2026.
    pub fn transition(&mut self, transition: Transition) {
        self.state.transition = transition;
    }

    /// Sets the first instant at which roles of Altinn II cannot be delegated. The default is 1
    /// June 2026.
    pub fn no_new_altinn2_roles_from(&mut self, instant: DateTime) {
        self.state.no_new_altinn2_roles = Moment::of(&instant);
    }
}
