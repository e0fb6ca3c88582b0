//! Revoking delegations, with everything that is based on them.

use super::change::Change;
use super::grantable::Grantable;
use super::record::Gave;
use super::refusal::{Refusal, rights as what_rights};
use super::state::{PartyNo, RecordId, RecordPlace};
use crate::altinn::catalogue::RoleId;
use crate::altinn::delegation::Right;
use crate::altinn::fact::Moment;
use crate::altinn::party::PartyKey;
use crate::altinn::resource::{InstanceId, ResourceId};
use crate::value::DateTime;

impl Change<'_, '_> {
    /// Revokes a delegation with all rights that it gives, everything that was delegated on from it, and
    /// the client delegations that are based on it. [`revoke_part`](Self::revoke_part) revokes a single
    /// right.
    ///
    /// `by` is the receiver, or an administrator of the receiver, of the party that gave it, of the
    /// organisation that gave it on, or of the provider or the client of a client delegation.
    ///
    /// # Errors
    ///
    /// There is no such record, or no longer, or `by` has no part in it: the refusal does not say
    /// which.
    pub fn revoke(&mut self, by: &PartyKey, record: RecordId, at: DateTime) -> Result<(), Refusal> {
        let who = self.state.living(by)?;
        self.may_revoke(who, record, at)?;
        self.state.take_record(record);
        Ok(())
    }

    /// Revokes a part of a delegation, such as a single right: the record keeps the rest, in its
    /// window, and what was delegated on from it keeps what the rest still covers. Without a rest, the
    /// record is revoked. No right of a resource means all. A right is named as the record has it, or
    /// with fewer parts of the resource.
    ///
    /// ```
    /// use vedtak::altinn::facts::Window;
    /// use vedtak::altinn::register::{DelegationOrder, Grantable};
    /// use vedtak::altinn::resource::{Resource, ResourceId};
    /// use vedtak::altinn::{Party, PartyKey, Register};
    ///
    /// let register = Register::new();
    /// let form = ResourceId::app("ttd", "skjema");
    /// let fjell = PartyKey::organisation("910000001");
    /// let [kari, ola] = ["01017012345", "01017012346"].map(PartyKey::person);
    /// let now = "2026-03-01T12:00:00+01:00".parse()?;
    /// register.update(|change| {
    ///     change.resource(Resource::new(form.clone(), "ttd"))?;
    ///     change.party(Party::new(fjell.clone(), "FJELL AS").legal_form("AS"))?;
    ///     change.party(Party::new(kari.clone(), "KARI"))?;
    ///     change.party(Party::new(ola.clone(), "OLA"))?;
    ///     change.register_role(&fjell, &kari, "dagl", Window::ALWAYS)?;
    ///     let to_ola = DelegationOrder::new(&kari, &fjell, &ola, now);
    ///     change.delegate(&to_ola, &Grantable::resource(form.clone(), ["read", "write"]))
    /// })?;
    ///
    /// let rights = register.snapshot().rights_of(&ola, &fjell, now)[0].each_right();
    /// let (record, write) = (rights[1].record().expect("was given"), &rights[1].what);
    /// register.update(|change| change.revoke_part(&kari, record, write, now))?;
    /// let left = register.snapshot().rights_of(&ola, &fjell, now);
    /// assert_eq!(left[0].what, Grantable::resource(form, ["read"]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`revoke`](Self::revoke); the record does not give a part that is named.
    pub fn revoke_part(
        &mut self,
        by: &PartyKey,
        record: RecordId,
        what: &Grantable,
        at: DateTime,
    ) -> Result<(), Refusal> {
        let who = self.state.living(by)?;
        self.may_revoke(who, record, at)?;
        let state = &*self.state;
        let Some(delegation) = state.record(record) else {
            return Err(state.not_involved(who, record));
        };
        let lacks = |what: &Grantable| Refusal::NotInRecord {
            record,
            what: what.clone(),
        };
        match (delegation.gave, what) {
            (Gave::Role(held), Grantable::Role(name)) if state.role_named(name)? == held.role => {
                self.state.take_record(record);
            }
            (Gave::Package(held), Grantable::Package(name))
                if state.package_named(name)? == held.package =>
            {
                self.state.take_record(record);
            }
            (
                Gave::Resource(held),
                Grantable::Resource {
                    resource,
                    instance,
                    rights,
                },
            ) if held.resource == *resource && held.instance == *instance => {
                let kept = without(&held.rights, rights)
                    .map_err(|right| lacks(&what_rights(resource, instance.as_ref(), &[right])))?;
                self.state.narrow_or_take(record, kept);
            }
            (Gave::Client(held), Grantable::Package(name)) => {
                let package = state.package_named(name)?;
                let mut packages = held.packages.clone();
                packages.retain(|held| *held != package);
                if packages.len() == held.packages.len() {
                    return Err(lacks(what));
                }
                let resources = held.resources.clone();
                self.state.narrow_client(record, packages, resources);
            }
            (
                Gave::Client(held),
                Grantable::Resource {
                    resource,
                    instance: None,
                    rights,
                },
            ) => {
                let (packages, mut resources) = (held.packages.clone(), held.resources.clone());
                let is_it = |(given, _): &&(ResourceId, Vec<Right>)| given == resource;
                let given = resources.iter().filter(is_it).flat_map(|(_, given)| given);
                let given = Vec::from_iter(given.cloned());
                if given.is_empty() {
                    return Err(lacks(what));
                }
                let kept = without(&given, rights)
                    .map_err(|right| lacks(&what_rights(resource, None, &[right])))?;
                resources.retain_mut(|(given, rights)| {
                    rights.retain(|right| given != resource || kept.contains(right));
                    !rights.is_empty()
                });
                self.state.narrow_client(record, packages, resources);
            }
            _ => return Err(lacks(what)),
        }
        Ok(())
    }

    fn may_revoke(&self, by: PartyNo, id: RecordId, at: DateTime) -> Result<(), Refusal> {
        let state = &*self.state;
        let at = Moment::of(&at);
        let Some(record) = state.record(id) else {
            return match state.places.get(&id) {
                Some(RecordPlace::Right { resource, party })
                    if state.administers(by, *party, at) =>
                {
                    Err(Refusal::NotOwner {
                        resource: resource.clone(),
                        owner: state.resources.get(resource).map_or_else(
                            || "the service owner".into(),
                            |known| known.owner.clone(),
                        ),
                        by: state.called(by),
                    })
                }
                _ => Err(state.not_involved(by, id)),
            };
        };
        let giver = match record.gave {
            Gave::Client(held) => Some(held.provider),
            _ => {
                let root = record.grant.on_from.and_then(|root| state.record(root));
                root.map(|root| root.to)
            }
        };
        let may = state.administers(by, record.from, at)
            || state.is_or_administers(by, record.to, at)
            || giver.is_some_and(|giver| match record.gave {
                Gave::Client(_) => {
                    state.administers_clients(by, giver, at) || state.administers(by, giver, at)
                }
                _ => state.administers(by, giver, at),
            });
        if !may {
            return Err(state.not_involved(by, id));
        }
        Ok(())
    }

    /// Revokes what `to` has for `from`, named by itself: every delegation of the role or the
    /// package, or these rights in every delegation of the resource (all rights if the list is
    /// empty). Everything else that the delegations give stays. Of several rights, all are revoked or
    /// none.
    ///
    /// # Errors
    ///
    /// `by` may not; a register assigns the role; `to` has it by a role, and loses it only with the
    /// role; `to` does not have it. Of several rights, the refusal names the first of which that is
    /// so.
    pub fn revoke_held(
        &mut self,
        by: &PartyKey,
        from: &PartyKey,
        to: &PartyKey,
        what: &Grantable,
        at: DateTime,
    ) -> Result<(), Refusal> {
        let who = self.state.living(by)?;
        let state = &*self.state;
        let (from, receiver) = (state.existing(from)?, state.number(to));
        let now = Moment::of(&at);
        let may = state.administers(who, from, now)
            || receiver.is_some_and(|to| state.is_or_administers(who, to, now));
        if let (None, true) = (receiver, may) {
            return Err(Refusal::UnknownParty(to.clone()));
        }
        // Only the receiver, administrators, and who gave all of it on learn what the receiver has.
        let refusal = state.not_administrator(who, from);
        let Some(to) = receiver else {
            return Err(refusal);
        };
        let (records, rights) = self.records_of(from, to, what)?;
        let mut each = records.iter();
        let gave = !records.is_empty() && each.all(|id| self.may_revoke(who, *id, at).is_ok());
        if !may && !gave {
            return Err(refusal);
        }
        if let Some(missing) = self.missing(&records, rights, what) {
            return Err(self.why_not_given(from, to, &missing, at));
        }
        for record in records {
            // The removal of an earlier record may have removed this one.
            let Some(delegation) = self.state.record(record) else {
                continue;
            };
            let kept = match delegation.gave {
                Gave::Resource(given) => {
                    let is_named = |right: &Right| {
                        rights.is_empty() || rights.iter().any(|named| named.covers(right))
                    };
                    given
                        .rights
                        .iter()
                        .filter(|right| !is_named(right))
                        .cloned()
                        .collect()
                }
                _ => Vec::new(),
            };
            self.state.narrow_or_take(record, kept);
        }
        Ok(())
    }

    /// Returns the delegations that give this, and the rights to revoke in them (empty: all).
    fn records_of<'w>(
        &self,
        from: PartyNo,
        to: PartyNo,
        what: &'w Grantable,
    ) -> Result<(Vec<RecordId>, &'w [Right]), Refusal> {
        let connection = self.state.connections.get(&(to, from));
        Ok(match what {
            Grantable::Role(name) => {
                let role = self.state.role_named(name)?;
                let roles = connection
                    .into_iter()
                    .flat_map(|connection| connection.roles.iter());
                let roles = roles.filter(|given| given.role == role);
                let records = roles.filter_map(|given| Some(given.grant.as_ref()?.id));
                (records.collect(), &[])
            }
            Grantable::Package(name) => {
                let package = self.state.package_named(name)?;
                let packages = connection
                    .into_iter()
                    .flat_map(|connection| connection.packages.iter());
                let packages = packages.filter(|given| given.package == package);
                (packages.map(|given| given.grant.id).collect(), &[])
            }
            Grantable::Resource {
                resource,
                instance,
                rights,
            } => (
                self.delegations_of_rights(from, to, resource, instance.as_ref(), rights),
                rights,
            ),
        })
    }

    fn delegations_of_rights(
        &self,
        from: PartyNo,
        to: PartyNo,
        resource: &ResourceId,
        instance: Option<&InstanceId>,
        rights: &[Right],
    ) -> Vec<RecordId> {
        let delegations = self.state.delegated.get(&(from, resource.clone()));
        let delegations = delegations
            .into_iter()
            .flat_map(|delegations| delegations.iter());
        let named = delegations.filter(|delegation| {
            let mut of_it = delegation.rights.iter();
            delegation.to == to
                && delegation.instance.as_ref() == instance
                && (rights.is_empty()
                    || of_it.any(|right| rights.iter().any(|named| named.covers(right))))
        });
        named.map(|delegation| delegation.grant.id).collect()
    }

    /// Returns the part of `what` that none of these delegations gives.
    fn missing(
        &self,
        records: &[RecordId],
        rights: &[Right],
        what: &Grantable,
    ) -> Option<Grantable> {
        if records.is_empty() && rights.len() < 2 {
            return Some(what.clone());
        }
        let given = records.iter();
        let given = given.filter_map(|id| self.state.resource_delegation(*id));
        let given = Vec::from_iter(given.flat_map(|given| &given.rights));
        let (resource, instance, _) = what.as_rights()?;
        let mut named = rights.iter();
        let right = named.find(|named| !given.iter().any(|given| named.covers(given)))?;
        Some(what_rights(resource, instance, std::slice::from_ref(right)))
    }

    /// Returns the reason why there is no delegation to revoke.
    fn why_not_given(&self, from: PartyNo, to: PartyNo, what: &Grantable, at: DateTime) -> Refusal {
        let state = &*self.state;
        let held = state.held_by(to, from, Moment::of(&at));
        let through = match what {
            Grantable::Role(name) => match state.catalogue.role(name) {
                Some(role) if held.roles.contains(&role) => {
                    let role = state.role_name(role);
                    return Refusal::RoleFromRegister { role };
                }
                Some(role) => {
                    let mut roles = held.roles.iter();
                    let implies =
                        |other: &&RoleId| state.catalogue.implied_roles(**other).contains(&role);
                    roles.find(implies).map(|role| state.role_name(*role))
                }
                None => None,
            },
            Grantable::Package(name) => {
                let package = state.catalogue.package(name);
                let role = package.and_then(|package| state.role_giving(&held, package));
                role.map(|role| state.role_name(role))
            }
            Grantable::Resource {
                resource,
                instance,
                rights,
            } => {
                // The register does not know which role the policy requires; it is one of these.
                let mut rights = rights.iter();
                let has = |right: &Right| {
                    self.rules()
                        .has_right(to, from, resource, instance.as_ref(), right, at)
                };
                let has_it = self.knows_who_may() && rights.any(has) && !held.roles.is_empty();
                has_it.then(|| {
                    let names = held.roles.iter().map(|role| state.role_name(*role));
                    Vec::from_iter(names).join("` or `").into()
                })
            }
        };
        match through {
            Some(role) => Refusal::ThroughRole {
                to: state.called(to),
                what: what.clone(),
                role,
            },
            None => Refusal::NotGiven {
                from: state.called(from),
                to: state.called(to),
                what: what.clone(),
            },
        }
    }
}

/// Returns the rights that are left without those named, all if none is named.
///
/// # Errors
///
/// A right that is named and not among them.
fn without(held: &[Right], named: &[Right]) -> Result<Vec<Right>, Right> {
    let mut each = named.iter();
    if let Some(missing) = each.find(|named| !held.iter().any(|held| named.covers(held))) {
        return Err(missing.clone());
    }
    let is_named = |right: &&Right| named.is_empty() || named.iter().any(|one| one.covers(right));
    Ok(held
        .iter()
        .filter(|right| !is_named(right))
        .cloned()
        .collect())
}
