//! The facts that a register takes: keys, words, rights and numbers, and who has which role or
//! package. Changes and the reader of files use the same, so that what a change took can be saved
//! and read.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use super::refusal::Refusal;
use super::state::{PartyNo, RecordId, RegisterState};
use crate::altinn::catalogue::{PackageId, RoleId};
use crate::altinn::delegation::Right;
use crate::altinn::json::is_blank;
use crate::altinn::party::{Party, PartyKey, PartyKind};
use crate::altinn::resource::{Instance, InstanceId, Resource};

/// The highest number of a record: the largest integer that every JSON reader keeps exactly.
pub(super) const MOST: u64 = (1 << 53) - 1;

/// Whether a key is one that requests and files can name: its text leads back to it.
pub(super) fn is_key(key: &PartyKey) -> bool {
    key.to_string().parse().as_ref() == Ok(key)
}

/// Returns the parties that are part of themselves, directly or through others: `wholes` has of a part
/// the whole.
pub(super) fn circles<P: Copy + Eq + Hash>(wholes: &HashMap<P, P>) -> HashSet<P> {
    let mut checked = HashSet::new();
    let mut circles = HashSet::new();
    for start in wholes.keys() {
        let mut way = Vec::new();
        let mut next = *start;
        while let Some(whole) = wholes.get(&next).filter(|_| checked.insert(next)) {
            way.push(next);
            next = *whole;
        }
        // It ends at a party of this way only if that way is a circle from there.
        if let Some(first) = way.iter().position(|party| *party == next) {
            circles.extend(way.drain(first..));
        }
    }
    circles
}

/// Refuses a text without a visible character.
pub(super) fn word(what: &'static str, text: &str) -> Result<(), Refusal> {
    match is_blank(text) {
        true => Err(Refusal::Blank { what }),
        false => Ok(()),
    }
}

/// Returns rights as the register keeps them, each attribute of a part with all its values; refuses
/// blank actions and parts.
pub(super) fn rights(
    instance: Option<&InstanceId>,
    rights: &[Right],
) -> Result<Vec<Right>, Refusal> {
    if let Some(instance) = instance {
        word("instance", instance.as_str())?;
    }
    let mut kept = rights.to_vec();
    for right in &mut kept {
        word("action", &right.action)?;
        for (id, value) in &right.part {
            word("attribute of a part of the resource", id)?;
            word("value of a part of the resource", value)?;
        }
        grouped(&mut right.part);
    }
    Ok(kept)
}

/// Moves equal ids together, in the order in which they first occur.
fn grouped<K: Clone + Ord, V>(part: &mut [(K, V)]) {
    if part.len() > 2 {
        let mut firsts = std::collections::BTreeMap::new();
        for (place, (id, _)) in part.iter().enumerate() {
            firsts.entry(id.clone()).or_insert(place);
        }
        part.sort_by_key(|(id, _)| firsts.get(id).copied());
    }
}

/// Refuses a resource with a blank id, owner, title or service code.
pub(super) fn resource(resource: &Resource) -> Result<(), Refusal> {
    word("resource", resource.id.as_str())?;
    word("owner", &resource.owner)?;
    word("title", &resource.title)?;
    let titles = resource.title_nn.iter().chain(&resource.title_en);
    titles
        .into_iter()
        .try_for_each(|title| word("title", title))?;
    match &resource.altinn2_service {
        Some(service) => word("service code", &service.code),
        None => Ok(()),
    }
}

/// Refuses an instance with a blank id or state.
pub(super) fn instance(id: &InstanceId, instance: &Instance) -> Result<(), Refusal> {
    word("instance", id.as_str())?;
    let mut state = instance.task.iter().chain(&instance.end_event);
    state.try_for_each(|state| word("state of the instance", state))
}

impl RegisterState {
    /// Refuses a party that no request can name, or whose legal form the catalogue lacks.
    pub(super) fn valid_party(&self, party: &Party) -> Result<(), Refusal> {
        let mut keys = party.keys().peekable();
        if keys.peek().is_none() {
            let name = party.name.clone();
            return Err(Refusal::PartyWithoutKey { name });
        }
        if let Some(key) = keys.find(|key| !is_key(key)) {
            return Err(Refusal::NoKey(key));
        }
        if let Some(number) = &party.number {
            word("number", number)?;
        }
        match &party.legal_form {
            Some(form) => self
                .catalogue
                .legal_form(form)
                .map(drop)
                .map_err(|similar| Refusal::UnknownLegalForm {
                    name: form.clone(),
                    similar: similar.map(Into::into),
                }),
            None => Ok(()),
        }
    }

    /// Refuses a package that concerns the affairs of another kind of party.
    pub(super) fn package_fits(&self, package: PackageId, of: PartyNo) -> Result<(), Refusal> {
        self.package_fits_kind(package, self.kind(of), of)
    }

    fn package_fits_kind(
        &self,
        package: PackageId,
        kind: Option<PartyKind>,
        of: PartyNo,
    ) -> Result<(), Refusal> {
        let known = self.catalogue.package_by_id(package);
        if kind != Some(PartyKind::of(known.entity_type)) {
            return Err(Refusal::PackageDoesNotFit {
                package: known.name.clone(),
                party: self.called(of),
            });
        }
        Ok(())
    }

    /// Refuses a role for a system user, which has none, unless the role gives no access by itself.
    /// Refuses a register's role if only `to` is of the kind of party that the role concerns: `of`
    /// and `to` are probably swapped.
    pub(super) fn role_fits(&self, role: RoleId, of: PartyNo, to: PartyNo) -> Result<(), Refusal> {
        self.role_fits_kinds(role, (of, self.kind(of)), (to, self.kind(to)))
    }

    fn role_fits_kinds(
        &self,
        role: RoleId,
        (of, kind_of): (PartyNo, Option<PartyKind>),
        (to, kind_to): (PartyNo, Option<PartyKind>),
    ) -> Result<(), Refusal> {
        let known = self.catalogue.role_by_id(role);
        let kind = Some(PartyKind::of(known.entity_type));
        if kind_to == Some(PartyKind::SystemUser) && !self.known.bare.contains(&Some(role)) {
            return Err(Refusal::RoleOfSystemUser {
                role: known.name.clone(),
                user: self.called(to),
            });
        }
        // It links a self-identified user to another user of the same person.
        if Some(role) == self.known.self_registered {
            let may_be_linked =
                |kind| matches!(kind, Some(PartyKind::SelfIdentified | PartyKind::Person));
            let misfit = match (
                kind_of == Some(PartyKind::SelfIdentified),
                may_be_linked(kind_to),
            ) {
                (true, true) => return Ok(()),
                (true, false) => to,
                (false, _) => of,
            };
            return Err(Refusal::RoleDoesNotFit {
                role: known.name.clone(),
                party: self.called(misfit),
            });
        }
        if known.is_from_register() && kind_of != kind && kind_to == kind {
            return Err(Refusal::RoleDoesNotFit {
                role: known.name.clone(),
                party: self.called(of),
            });
        }
        Ok(())
    }

    /// Refuses a change of the kind of a party that its roles, or the roles and packages that it
    /// gave, do not fit.
    pub(super) fn kind_fits(&self, number: PartyNo, new: PartyKind) -> Result<(), Refusal> {
        if self.kind(number).is_none_or(|kind| kind == new) {
            return Ok(());
        }
        let kind = |party| match party == number {
            true => Some(new),
            false => self.kind(party),
        };
        let given = self.given.get(&number).into_iter();
        let given = given.flat_map(|to| to.iter()).map(|to| (*to, number));
        let received = self.received.get(&number).into_iter();
        let received = received.flat_map(|from| from.iter());
        for (to, from) in given.chain(received.map(|from| (number, *from))) {
            let Some(connection) = self.connections.get(&(to, from)) else {
                continue;
            };
            for held in &connection.packages {
                self.package_fits_kind(held.package, kind(from), from)?;
            }
            for held in &connection.roles {
                self.role_fits_kinds(held.role, (from, kind(from)), (to, kind(to)))?;
            }
        }
        Ok(())
    }

    fn kind(&self, party: PartyNo) -> Option<PartyKind> {
        self.party(party).map(|party| party.kind)
    }

    /// Returns the next number of a record; refuses one that a file could not have.
    pub(super) fn new_id(&mut self) -> Result<RecordId, Refusal> {
        let id = self.next_record;
        if id > MOST {
            return Err(Refusal::NoMoreNumbers);
        }
        self.next_record += 1;
        Ok(RecordId(id))
    }
}
