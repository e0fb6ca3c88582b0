//! A subject → the parties for which it may act, and what gives it access to each.
//!
//! The search begins at the subject and follows the tables from there: connections, key roles,
//! sub-units, clients, delegations received, estates. What the others have is never visited, so the
//! cost grows with what the subject has, and not with the register. Details are computed for the
//! parties of one page only.

mod access;
pub(super) mod candidates;
mod query;

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;

pub use query::PartyQuery;

use uuid::Uuid;

use super::Snapshot;
use super::holding::Holding;
use super::refusal::Refusal;
use super::state::RegisterState;
use crate::altinn::catalogue::similar;
use crate::altinn::language::texts::answers as texts;
use crate::altinn::language::{InWords, Say, Words, spoken};
use crate::altinn::party::{Party, PartyKey};
use crate::altinn::resource::ResourceId;
use crate::decision::StatusCode;
use crate::report::cut;
use crate::response::{ResponseResult, Status, Trouble};
use crate::value::DateTime;
use access::Access;
use candidates::Candidates;

/// A page of the parties for which somebody may act, from [`Snapshot::authorized_parties`].
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct AuthorizedParties {
    /// The parties, ordered by name, those of one name by key.
    pub parties: Vec<AuthorizedParty>,
    /// Whether there are parties after these; [`PartyQuery::after`] the last one begins the next
    /// page.
    pub has_more: bool,
    /// The reasons why parties may be missing: the one who acts or a name in the query is unknown, or
    /// a decision met a failure ([`Pdp::authorized_parties`](crate::altinn::Pdp::authorized_parties)).
    pub troubles: Vec<Trouble>,
}

/// A party for which somebody may act, and what gives access.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct AuthorizedParty {
    /// The party.
    pub party: Arc<Party>,
    /// The main unit, if the party is a sub-unit of one.
    pub main_unit: Option<Arc<Party>>,
    /// Whether there is no access to the party itself: it is listed as the main unit of a sub-unit
    /// to which there is.
    pub only_sub_units: bool,
    /// Whether the subject itself has a key role for the party or its main unit, such as managing
    /// director.
    pub has_key_role: bool,
    /// Whether the subject is a main administrator of the party.
    pub is_main_administrator: bool,
    /// Whether the subject manages access to the party, as an access administrator or a main
    /// administrator.
    pub is_access_manager: bool,
    /// The roles, with those they imply.
    pub roles: Vec<Holding>,
    /// The access packages of the roles, and delegated ones.
    pub packages: Vec<Holding>,
    /// The delegated rights to resources.
    pub resources: Vec<Holding>,
    /// The delegated rights to single instances.
    pub instances: Vec<Holding>,
}

impl Say for AuthorizedParty {
    fn say(&self, f: &mut fmt::Formatter<'_>, words: Words) -> fmt::Result {
        write!(f, "{}", InWords(&*self.party, words))?;
        if let Some(form) = &self.party.legal_form {
            write!(f, ", {}", cut(form))?;
        }
        if let Some(main_unit) = &self.main_unit {
            write!(f, "{}", texts::PART_OF.with(words, &[main_unit]))?;
        }
        let marks = [
            (self.party.is_deleted, texts::DELETED),
            (self.only_sub_units, texts::SUB_UNITS_ONLY),
            (self.has_key_role, texts::HAS_KEY_ROLE),
            (self.is_main_administrator, texts::MAIN_ADMINISTRATOR),
            (self.is_access_manager, texts::ACCESS_MANAGER),
        ];
        for (_, mark) in marks.into_iter().filter(|(is, _)| *is) {
            f.write_str(words.say(mark))?;
        }
        let lists = [
            &self.roles,
            &self.packages,
            &self.resources,
            &self.instances,
        ];
        for held in lists.into_iter().flatten() {
            write!(f, "\n  {}", InWords(held, words))?;
        }
        Ok(())
    }
}

spoken! {
    AuthorizedParty: "the party, what gives access to it, and by which path,";
}

impl Snapshot {
    /// Returns the parties for which somebody may act at an instant: where she has a role, an
    /// access package or a delegated right, directly or by one of the routes of the register.
    /// Relations that give no access by themselves do not count.
    ///
    /// A deleted party is left out, unless a role in its estate is what gives access. An unknown or
    /// deleted subject may act for no party, and a filter fits none by a role, a package, a resource, a
    /// party or a service owner that the register does not know:
    /// [`troubles`](AuthorizedParties::troubles) say so. An instance that it does not know may be in
    /// another source of the host.
    ///
    /// ```
    /// use vedtak::altinn::facts::Window;
    /// use vedtak::altinn::register::PartyQuery;
    /// use vedtak::altinn::{Party, PartyKey, Register};
    ///
    /// let register = Register::new();
    /// let (fjell, kari) = (PartyKey::organisation("910000001"), PartyKey::person("01017012345"));
    /// let unit = Party::new(PartyKey::organisation("910000002"), "FJELL AVD. NORD");
    /// register.update(|change| {
    ///     change.party(Party::new(fjell.clone(), "FJELL AS").legal_form("AS"))?;
    ///     change.party(unit.legal_form("BEDR").part_of(fjell.clone()))?;
    ///     change.party(Party::new(kari.clone(), "KARI"))?;
    ///     change.register_role(&fjell, &kari, "dagl", Window::ALWAYS)
    /// })?;
    ///
    /// let now = "2026-03-01T12:00:00+01:00".parse()?;
    /// let snapshot = register.snapshot();
    /// let first = snapshot.authorized_parties(&kari, &PartyQuery::new().size(2), now);
    /// let names: Vec<_> = first.parties.iter().map(|listed| &*listed.party.name).collect();
    /// assert_eq!(names, ["FJELL AS", "FJELL AVD. NORD"]);
    /// assert!(first.has_more);
    /// assert!(first.parties[1].has_key_role && first.parties[1].is_main_administrator);
    /// assert!(first.parties[1].roles[0].path.to_string().contains("main unit"));
    ///
    /// let rest = PartyQuery::new().after(&first.parties[1].party);
    /// let rest = snapshot.authorized_parties(&kari, &rest, now);
    /// assert_eq!(&*rest.parties[0].party.name, "KARI");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn authorized_parties(
        &self,
        who: &PartyKey,
        query: &PartyQuery,
        at: DateTime,
    ) -> AuthorizedParties {
        let query = &self.0.with_names(query);
        let unknown = self.unknown(who, query);
        let Some(candidates) = Candidates::of(&self.0, who, query) else {
            return unknown;
        };
        let mut accepts =
            |access: &Access<'_, '_>, _| access.gives_anything() && access.fits(query);
        AuthorizedParties {
            troubles: unknown.troubles,
            ..candidates.page(query, at, &mut accepts)
        }
    }

    /// Returns the parties that `accepts` of those for which somebody may have any access. Roles
    /// and packages need not hold; the filters of the query apply. About a deleted party that is
    /// listed on demand, `accepts` is asked with the facts as they would be if it existed.
    pub(in crate::altinn) fn authorized_parties_by(
        &self,
        who: &PartyKey,
        query: &PartyQuery,
        at: DateTime,
        mut accepts: impl FnMut(Option<&Self>, &Arc<Party>) -> bool,
    ) -> AuthorizedParties {
        let query = &self.0.with_names(query);
        let unknown = self.unknown(who, query);
        let Some(candidates) = Candidates::of(&self.0, who, query) else {
            return unknown;
        };
        let mut accepts = |access: &Access<'_, '_>, is_there| {
            access.fits(query)
                && match is_there {
                    true => accepts(None, access.party()),
                    false => {
                        access.gives_anything() && {
                            let (supposed, party) = self.supposing_it_exists(access.party());
                            accepts(Some(&supposed), &party)
                        }
                    }
                }
        };
        AuthorizedParties {
            troubles: unknown.troubles,
            ..candidates.page(query, at, &mut accepts)
        }
    }

    /// Returns a page of no parties, with what is not known of the question.
    fn unknown(&self, who: &PartyKey, query: &PartyQuery) -> AuthorizedParties {
        let state = &*self.0;
        let subject = state.living(who).map(drop);
        let parties = query.parties.iter().flatten();
        let parties = parties.map(|party| state.existing(party).map(drop));
        let resources = query.resources.iter();
        let resources = resources.map(|resource| state.known_resource(resource));
        let owner = query.owner.iter().map(|owner| state.known_owner(owner));
        let roles = query
            .roles
            .iter()
            .map(|role| state.role_named(role).map(drop));
        let packages = query.packages.iter();
        let packages = packages.map(|package| state.package_named(package).map(drop));
        let results = std::iter::once(subject).chain(parties).chain(roles);
        let results = results.chain(packages).chain(resources).chain(owner);
        let troubles = results.filter_map(Result::err).flat_map(|refusal| {
            let status = Status::new(StatusCode::SyntaxError, refusal.to_string());
            ResponseResult::indeterminate(status).troubles
        });
        AuthorizedParties {
            troubles: troubles.collect(),
            ..AuthorizedParties::default()
        }
    }

    /// Returns the parties for which somebody may have any access, at any time.
    pub(in crate::altinn) fn candidate_parties(
        &self,
        who: &PartyKey,
        query: &PartyQuery,
    ) -> Vec<Arc<Party>> {
        let candidates = Candidates::of(&self.0, who, query);
        candidates.map_or_else(Vec::new, |candidates| candidates.parties())
    }
}

impl RegisterState {
    /// Returns a query in which roles and packages that are named by their UUIDs in the catalogue are
    /// named by their URNs and codes.
    fn with_names(&self, query: &PartyQuery) -> PartyQuery {
        let is = |known: &str, uuid| Uuid::parse_str(known) == Ok(uuid);
        let mut query = query.clone();
        for name in query.roles.iter_mut() {
            if let Ok(uuid) = Uuid::parse_str(name) {
                let mut roles = self.catalogue.roles();
                let role = roles.find(|(_, role)| is(&role.uuid, uuid));
                *name = role.map_or_else(|| name.clone(), |(_, role)| role.urn.clone());
            }
        }
        for name in query.packages.iter_mut() {
            if let Ok(uuid) = Uuid::parse_str(name) {
                let mut packages = self.catalogue.packages();
                let package = packages.find(|(_, package)| is(&package.uuid, uuid));
                *name = package.map_or_else(|| name.clone(), |(_, package)| package.code.clone());
            }
        }
        query
    }

    /// Refuses a resource that is neither described nor delegated.
    fn known_resource(&self, id: &ResourceId) -> Result<(), Refusal> {
        match self.delegators.get(id) {
            Some(_) => Ok(()),
            None => self.resource_named(id).map(drop),
        }
    }

    /// Refuses a service owner that has no resource in the register.
    fn known_owner(&self, name: &Arc<str>) -> Result<(), Refusal> {
        let resources = self.resources.iter();
        let owners: BTreeSet<&str> = resources.map(|(_, known)| &*known.owner).collect();
        match owners.contains(&**name) {
            true => Ok(()),
            false => Err(Refusal::UnknownOwner {
                name: name.clone(),
                similar: similar(name, owners.iter().copied()).map(Into::into),
            }),
        }
    }
}

impl Candidates<'_> {
    /// Returns one page of the candidates that are accepted, and of the main units above them.
    /// `accepts` is asked about access that there is, and about access that there would be to a
    /// deleted party.
    fn page(
        &self,
        query: &PartyQuery,
        at: DateTime,
        accepts: &mut dyn FnMut(&Access<'_, '_>, bool) -> bool,
    ) -> AuthorizedParties {
        let mut page = AuthorizedParties::default();
        let mut known = HashMap::new();
        for one in self.after(query) {
            let earlier = known.get(&one).copied();
            let access = Access::of(self, query, one, at)
                .filter(|access| earlier.unwrap_or_else(|| accepts(access, true)));
            let has_access = access.is_some();
            known.insert(one, has_access);
            let mut is_accepted = |one| {
                *known.entry(one).or_insert_with(|| {
                    Access::of(self, query, one, at).is_some_and(|access| accepts(&access, true))
                })
            };
            let only_units =
                !has_access && self.units_of(one).iter().any(|unit| is_accepted(*unit));
            let was_there = !has_access
                && !only_units
                && query.includes_deleted
                && self
                    .access_if_it_existed(query, one, at)
                    .is_some_and(|access| accepts(&access, false));
            if !has_access && !only_units && !was_there {
                continue;
            }
            if query.size.is_some_and(|size| page.parties.len() >= size) {
                page.has_more = true;
                break;
            }
            page.parties
                .extend(self.listed(one, access, only_units, query));
        }
        page
    }
}
