//! Taking back what was delegated, and all that rests on it.

use super::change::Change;
use super::record::Gave;
use super::refusal::Refusal;
use super::state::{PartyNo, Place, RecordId};
use super::what::What;
use crate::altinn::catalogue::RoleId;
use crate::altinn::delegation::Right;
use crate::altinn::fact::Moment;
use crate::altinn::party::PartyKey;
use crate::altinn::resource::{InstanceId, ResourceId};
use crate::value::DateTime;

impl Change<'_, '_> {
    /// Takes a delegation back, everything that was delegated on from it, and the client
    /// delegations that rest on it.
    ///
    /// Administrators of the party that gave it may, those of the organisation that gave it on,
    /// and those of the provider and the client of a client delegation; and the receiver, for one
    /// may always give up what one has.
    ///
    /// # Errors
    ///
    /// There is no such record, not any more for example; it is none of `by`'s business.
    pub fn revoke(&mut self, by: &PartyKey, record: RecordId, at: DateTime) -> Result<(), Refusal> {
        let who = self.state.living(by)?;
        self.may_revoke(who, record, at)?;
        self.state.take_record(record);
        Ok(())
    }

    fn may_revoke(&self, by: PartyNo, id: RecordId, at: DateTime) -> Result<(), Refusal> {
        let state = &*self.state;
        let at = Moment::of(&at);
        let Some(record) = state.record(id) else {
            return match state.places.get(&id) {
                Some(Place::Right { resource, .. }) => Err(Refusal::NotOwner {
                    resource: resource.clone(),
                    owner: state
                        .resources
                        .get(resource)
                        .map_or_else(|| "the service owner".into(), |known| known.owner.clone()),
                    by: state.called(by),
                }),
                _ => Err(Refusal::NotFound(id)),
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
            || self.is_or_administers(by, record.to, at)
            || giver.is_some_and(|giver| match record.gave {
                Gave::Client(_) => {
                    state.administers_clients(by, giver, at) || state.administers(by, giver, at)
                }
                _ => state.administers(by, giver, at),
            });
        if !may {
            let by = state.called(by);
            return Err(Refusal::NotInvolved { by, record: id });
        }
        Ok(())
    }

    /// Whether somebody is a party or administers it; systems and enterprise users are
    /// administered by whom they belong to.
    fn is_or_administers(&self, by: PartyNo, party: PartyNo, at: Moment) -> bool {
        let state = &*self.state;
        let owner = state.owner(party);
        by == party
            || state.administers(by, party, at)
            || owner.is_some_and(|owner| state.administers(by, owner, at))
    }

    /// Takes back what `to` has for `from`, named by what it is: every delegation of the role or
    /// package, or these rights from every delegation of the resource (all rights, if none is
    /// named). What the delegations give beyond that stays.
    ///
    /// # Errors
    ///
    /// `by` may not; a register gave the role; `to` has it through a role, and loses it only with
    /// the role; or has not got it at all.
    pub fn revoke_held(
        &mut self,
        by: &PartyKey,
        from: &PartyKey,
        to: &PartyKey,
        what: &What,
        at: DateTime,
    ) -> Result<(), Refusal> {
        let who = self.state.living(by)?;
        let (from, to) = (self.state.known(from)?, self.state.known(to)?);
        let (records, rights) = self.records_of(from, to, what)?;
        if records.is_empty() {
            // Who asks about others learns nothing about what they have.
            let at_moment = Moment::of(&at);
            let may = self.state.administers(who, from, at_moment)
                || self.is_or_administers(who, to, at_moment);
            return Err(match may {
                true => self.why_not_given(from, to, what, at),
                false => Refusal::NotAdministrator {
                    by: self.state.called(who),
                    of: self.state.called(from),
                },
            });
        }
        // All or none: what may not be taken is found out before anything is.
        for record in &records {
            self.may_revoke(who, *record, at)?;
        }
        for record in records {
            // An earlier one of them may have taken it along.
            let Some(known) = self.state.record(record) else {
                continue;
            };
            let kept = match known.gave {
                Gave::Resource(held) => {
                    let is_named = |right: &Right| {
                        rights.is_empty() || rights.iter().any(|named| named.covers(right))
                    };
                    held.rights
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

    /// The delegations that give this, and which rights of them are meant (none: all).
    fn records_of<'w>(
        &self,
        from: PartyNo,
        to: PartyNo,
        what: &'w What,
    ) -> Result<(Vec<RecordId>, &'w [Right]), Refusal> {
        let connection = self.state.connections.get(&(to, from));
        Ok(match what {
            What::Role(name) => {
                let role = self.state.role_named(name)?;
                let roles = connection.into_iter().flat_map(|known| known.roles.iter());
                let roles = roles.filter(|held| held.role == role);
                let records = roles.filter_map(|held| Some(held.grant.as_ref()?.id));
                (records.collect(), &[])
            }
            What::Package(name) => {
                let package = self.state.package_named(name)?;
                let packages = connection
                    .into_iter()
                    .flat_map(|known| known.packages.iter());
                let packages = packages.filter(|held| held.package == package);
                (packages.map(|held| held.grant.id).collect(), &[])
            }
            What::Resource {
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
        let known = self.state.delegated.get(&(from, resource.clone()));
        let known = known.into_iter().flat_map(|known| known.iter());
        let named = known.filter(|held| {
            let mut of_it = held.rights.iter();
            held.to == to
                && held.instance.as_ref() == instance
                && (rights.is_empty()
                    || of_it.any(|right| rights.iter().any(|named| named.covers(right))))
        });
        named.map(|held| held.grant.id).collect()
    }

    /// What to tell somebody who wants to take back what was not given.
    fn why_not_given(&self, from: PartyNo, to: PartyNo, what: &What, at: DateTime) -> Refusal {
        let state = &*self.state;
        let held = state.held_by(to, from, Moment::of(&at));
        let through = match what {
            What::Role(name) => match state.catalogue.role(name) {
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
            What::Package(name) => {
                let package = state.catalogue.package(name);
                let role = package.and_then(|package| state.role_giving(&held, package));
                role.map(|role| state.role_name(role))
            }
            What::Resource {
                resource,
                instance,
                rights,
            } => {
                // Which role a policy asks for is not known here; that it is one of these is.
                let mut rights = rights.iter();
                let has = |right: &Right| {
                    self.has_right(to, from, resource, instance.as_ref(), right, at)
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
