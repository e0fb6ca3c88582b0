//! A naive model of the register: lists of records, and loops over all of them for every question.
//! There are no indexes and no caches of derived facts; a revoked record is only marked.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::altinn::catalogue::Catalogue;

/// A day, counted from 1 February 2026.
pub(super) type Day = i64;
/// A party, by its index in the list.
pub(super) type One = usize;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum NaiveKind {
    Person,
    Organisation,
    /// A system or enterprise user.
    User,
}

#[derive(Clone, Debug)]
pub(super) struct Someone {
    pub(super) kind: NaiveKind,
    pub(super) form: Option<&'static str>,
    /// The main unit of a sub-unit, or the owner of a user.
    pub(super) parent: Option<One>,
    pub(super) is_dissolved: bool,
}

#[derive(Clone, Debug)]
pub(super) enum Gives {
    Role(&'static str),
    Package(&'static str),
    /// Actions on the resource, or on one instance of it.
    Rights(bool, Vec<&'static str>),
    Client {
        provider: One,
        role: &'static str,
        packages: Vec<&'static str>,
        actions: Vec<&'static str>,
    },
}

#[derive(Clone, Debug)]
pub(super) struct NaiveRecord {
    /// The number in the register; `None` for reported roles.
    pub(super) id: Option<u64>,
    pub(super) from: One,
    pub(super) to: One,
    pub(super) gives: Gives,
    pub(super) begins: Day,
    pub(super) ends: Day,
    /// The index of the record it was delegated on from.
    pub(super) root: Option<usize>,
    pub(super) is_taken: bool,
}

pub(super) const ACCOUNTANT: &str = "urn:altinn:external-role:ccr:regnskapsforer";
pub(super) const AUDITOR: &str = "urn:altinn:external-role:ccr:revisor";
pub(super) const OWNER: &str = "urn:altinn:external-role:ccr:innehaver";
pub(super) const DIRECTOR: &str = "urn:altinn:external-role:ccr:daglig-leder";
pub(super) const CHAIR: &str = "urn:altinn:external-role:ccr:styreleder";
pub(super) const PARTNER: &str = "urn:altinn:external-role:ccr:deltaker-delt-ansvar";
pub(super) const CONTACT: &str = "urn:altinn:external-role:ccr:kontaktperson";
pub(super) const RIGHT_HOLDER: &str = "urn:altinn:role:rettighetshaver";
pub(super) const AGENT: &str = "urn:altinn:role:agent";
pub(super) const PRIVATE: &str = "urn:altinn:role:privatperson";
pub(super) const FILLER: &str = "urn:altinn:rolecode:utinn";
pub(super) const ACCESS_ADMINISTRATOR: &str = "urn:altinn:rolecode:admai";
pub(super) const CLIENT_ADMINISTRATOR: &str = "urn:altinn:rolecode:kladm";
pub(super) const MAIN_ADMINISTRATOR: &str = "urn:altinn:rolecode:hadm";

/// Roles whose holders also have what the organisation has received.
const KEY_ROLES: [&str; 4] = [DIRECTOR, CHAIR, PARTNER, OWNER];
/// Relations that give nothing by themselves.
const BARE: [&str; 2] = [RIGHT_HOLDER, AGENT];

/// The roles, packages and rights that a party has for another.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Access {
    /// Roles, each with the legal form of the party it is held for.
    pub(super) roles: BTreeSet<(&'static str, Option<&'static str>)>,
    /// Delegated packages.
    pub(super) packages: BTreeSet<&'static str>,
    /// Delegated rights: the record, whether it covers the instance only, and the action.
    pub(super) rights: BTreeSet<(u64, bool, &'static str)>,
}

pub(super) struct Naive {
    pub(super) parties: Vec<Someone>,
    pub(super) records: Vec<NaiveRecord>,
    catalogue: Catalogue,
    /// The packages of roles from the catalogue: they never change, and a lookup is slow.
    of_role: HashMap<(&'static str, Option<&'static str>), BTreeSet<Arc<str>>>,
    implied: HashMap<&'static str, BTreeSet<Arc<str>>>,
}

impl Naive {
    pub(super) fn new(catalogue: &Catalogue, parties: Vec<Someone>) -> Self {
        Self {
            parties,
            records: Vec::new(),
            catalogue: catalogue.clone(),
            of_role: HashMap::new(),
            implied: HashMap::new(),
        }
    }

    /// Whether a party is neither deleted nor a user of a deleted party.
    pub(super) fn exists(&self, one: One) -> bool {
        let known = &self.parties[one];
        let owner = known.parent.filter(|_| known.kind == NaiveKind::User);
        !known.is_dissolved && owner.is_none_or(|owner| !self.parties[owner].is_dissolved)
    }

    /// Whether neither a record nor one it was given on from is revoked.
    pub(super) fn stands(&self, record: &NaiveRecord) -> bool {
        let root = record.root.map(|root| &self.records[root]);
        !record.is_taken && root.is_none_or(|root| self.stands(root))
    }

    pub(super) fn holds(&self, record: &NaiveRecord, day: Day) -> bool {
        let root = record.root.map(|root| &self.records[root]);
        self.stands(record)
            && record.begins <= day
            && day < record.ends
            && self.exists(record.from)
            && self.exists(record.to)
            && root.is_none_or(|root| self.holds(root, day))
            && match record.gives {
                Gives::Client { provider, .. } => self.exists(provider),
                _ => true,
            }
    }

    /// Returns the actions of a delegation that those it was given on from still have.
    pub(super) fn actions(&self, record: &NaiveRecord) -> Vec<&'static str> {
        let Gives::Rights(_, actions) = &record.gives else {
            return Vec::new();
        };
        let mut actions = actions.clone();
        if let Some(root) = record.root {
            let root = self.actions(&self.records[root]);
            actions.retain(|action| root.contains(action));
        }
        actions
    }

    /// Returns the roles that `to` has directly for `from` on a day.
    fn direct_roles(&self, to: One, from: One, day: Day) -> Vec<&'static str> {
        let mut roles = Vec::new();
        for record in &self.records {
            if let Gives::Role(role) = record.gives
                && (record.to, record.from) == (to, from)
                && self.holds(record, day)
            {
                roles.push(role);
            }
        }
        roles
    }

    fn direct_packages(&self, to: One, from: One, day: Day) -> Vec<&'static str> {
        let mut packages = Vec::new();
        for record in &self.records {
            if let Gives::Package(package) = record.gives
                && (record.to, record.from) == (to, from)
                && self.holds(record, day)
            {
                packages.push(package);
            }
        }
        packages
    }

    /// Whether a party has a role at a provider on a day, or is one of its users.
    pub(super) fn is_agent(&self, agent: One, provider: One, day: Day) -> bool {
        let known = &self.parties[agent];
        let is_own = known.kind == NaiveKind::User && known.parent == Some(provider);
        self.exists(agent)
            && self.exists(provider)
            && (is_own || !self.direct_roles(agent, provider, day).is_empty())
    }

    /// Whether a provider has a package for a client on a day, by this role.
    fn serves(&mut self, provider: One, role: &str, client: One, package: &str, day: Day) -> bool {
        if role == RIGHT_HOLDER {
            return self
                .direct_packages(provider, client, day)
                .contains(&package);
        }
        let form = self.parties[client].form;
        let roles = self.direct_roles(provider, client, day);
        let same = roles.into_iter().find(|known| *known == role);
        same.is_some_and(|role| self.packages_of(role, form).contains(package))
    }

    /// Returns everything that `asker` has for `party` on a day.
    pub(super) fn access(&mut self, asker: One, party: One, day: Day) -> Access {
        let mut access = Access::default();
        if !self.exists(asker) || !self.exists(party) {
            return access;
        }
        if asker == party && self.parties[asker].kind == NaiveKind::Person {
            access.roles.insert((PRIVATE, None));
        }
        // The asker, and the organisations in which it has a key role.
        let mut actors = vec![asker];
        for organisation in 0..self.parties.len() {
            let is_inter_municipal = self.parties[organisation].form == Some("IKS");
            let roles = self.direct_roles(asker, organisation, day);
            let runs = roles
                .iter()
                .any(|role| KEY_ROLES.contains(role) && !(*role == PARTNER && is_inter_municipal));
            if runs {
                actors.push(organisation);
            }
        }
        // The party, and the main unit of a unit.
        let mut targets = vec![party];
        let is_unit = self.parties[party].kind == NaiveKind::Organisation;
        targets.extend(self.parties[party].parent.filter(|_| is_unit));
        for target in targets.iter().copied() {
            let form = self.parties[target].form;
            for actor in &actors {
                for role in self.direct_roles(*actor, target, day) {
                    if !BARE.contains(&role) {
                        access.roles.insert((role, form));
                    }
                }
                let packages = self.direct_packages(*actor, target, day);
                access.packages.extend(packages);
            }
            self.as_agent(asker, target, day, false, &mut access);
        }
        if self.parties[party].kind == NaiveKind::Person {
            self.of_owner(asker, &actors, party, day, &mut access);
        }
        self.rights(asker, &actors, &targets, day, &mut access);
        access
    }

    /// Whether the client delegation at this index gives anything on a day.
    pub(super) fn client_gives(&mut self, place: usize, day: Day) -> bool {
        let record = self.records[place].clone();
        let mut access = Access::default();
        let others = std::mem::take(&mut self.records);
        self.records = others.clone();
        for (other, known) in self.records.iter_mut().enumerate() {
            let is_client = matches!(known.gives, Gives::Client { .. });
            known.is_taken |= is_client && other != place;
        }
        self.as_agent(record.to, record.from, day, false, &mut access);
        self.records = others;
        access != Access::default()
    }

    /// Adds what an agent has for a client; `of_owner`: only what extends to the owner of a sole
    /// proprietorship.
    fn as_agent(&mut self, agent: One, client: One, day: Day, of_owner: bool, access: &mut Access) {
        for place in 0..self.records.len() {
            let record = self.records[place].clone();
            let Gives::Client {
                provider,
                role,
                packages,
                actions,
            } = &record.gives
            else {
                continue;
            };
            let is_it = (record.to, record.from) == (agent, client);
            let counts = !of_owner || [ACCOUNTANT, AUDITOR].contains(role);
            if !is_it || !counts || !self.holds(&record, day) {
                continue;
            }
            if !self.is_agent(agent, *provider, day) {
                continue;
            }
            for package in packages {
                if self.serves(*provider, role, client, package, day) {
                    access.packages.insert(*package);
                }
            }
            if of_owner {
                continue;
            }
            for own in &self.records {
                let is_whole = matches!(own.gives, Gives::Rights(false, _));
                let is_theirs = (own.to, own.from) == (*provider, client);
                if is_whole && is_theirs && self.holds(own, day) {
                    for action in self.actions(own) {
                        if actions.contains(&action) {
                            let id = record.id.expect("was given");
                            access.rights.insert((id, false, action));
                        }
                    }
                }
            }
        }
    }

    /// Adds what accountants and auditors of a sole proprietorship have for its owner.
    fn of_owner(&mut self, asker: One, actors: &[One], owner: One, day: Day, access: &mut Access) {
        for business in 0..self.parties.len() {
            let form = self.parties[business].form;
            let owns = self.direct_roles(owner, business, day).contains(&OWNER);
            if !owns || form != Some("ENK") {
                continue;
            }
            for actor in actors {
                for role in self.direct_roles(*actor, business, day) {
                    if [ACCOUNTANT, AUDITOR].contains(&role) {
                        access.roles.insert((role, form));
                    }
                }
            }
            self.as_agent(asker, business, day, true, access);
        }
    }

    fn rights(&self, asker: One, actors: &[One], targets: &[One], day: Day, access: &mut Access) {
        let mut receivers = actors.to_vec();
        for (unit, known) in self.parties.iter().enumerate() {
            let is_of = |actor: &One| *actor != asker && known.parent == Some(*actor);
            if known.kind == NaiveKind::Organisation && actors.iter().any(is_of) {
                receivers.push(unit);
            }
        }
        for record in &self.records {
            let Gives::Rights(is_instance, _) = record.gives else {
                continue;
            };
            let is_usable = targets.contains(&record.from) && receivers.contains(&record.to);
            if is_usable && self.holds(record, day) {
                for action in self.actions(record) {
                    let id = record.id.expect("was given");
                    access.rights.insert((id, is_instance, action));
                }
            }
        }
    }

    /// Returns the packages of an access, those of its roles included.
    pub(super) fn all_packages(&mut self, access: &Access) -> BTreeSet<Arc<str>> {
        let mut all = BTreeSet::from_iter(access.packages.iter().map(|code| Arc::from(*code)));
        for (role, form) in &access.roles {
            all.extend(self.packages_of(role, *form).iter().cloned());
        }
        all
    }

    /// Whether an access has a role, or one that implies it.
    pub(super) fn has_role(&mut self, access: &Access, wanted: &str) -> bool {
        let mut roles = access.roles.iter();
        roles.any(|(role, _)| *role == wanted || self.implied(role).contains(wanted))
    }

    pub(super) fn is_main(&mut self, by: One, of: One, day: Day) -> bool {
        let access = self.access(by, of, day);
        self.has_role(&access, MAIN_ADMINISTRATOR)
            || self.all_packages(&access).contains("hovedadministrator")
    }

    pub(super) fn administers(&mut self, by: One, of: One, day: Day) -> bool {
        let access = self.access(by, of, day);
        let packages = self.all_packages(&access);
        let is_person = self.parties[of].kind == NaiveKind::Person;
        self.is_main(by, of, day)
            || self.has_role(&access, ACCESS_ADMINISTRATOR)
            || packages.contains("tilgangsstyrer")
            || is_person
                && (by == of || packages.contains("innbygger-tilgangsstyring-privatperson"))
    }

    pub(super) fn administers_clients(&mut self, by: One, of: One, day: Day) -> bool {
        let access = self.access(by, of, day);
        self.is_main(by, of, day)
            || self.has_role(&access, CLIENT_ADMINISTRATOR)
            || self.all_packages(&access).contains("klientadministrator")
    }

    fn packages_of(
        &mut self,
        role: &'static str,
        form: Option<&'static str>,
    ) -> &BTreeSet<Arc<str>> {
        let catalogue = &self.catalogue;
        self.of_role.entry((role, form)).or_insert_with(|| {
            let role = catalogue.role(role).expect("is in the catalogue");
            let packages = catalogue.packages_of(role, form).iter();
            let codes = packages.map(|package| catalogue.package_by_id(*package).code.clone());
            codes.collect()
        })
    }

    fn implied(&mut self, role: &'static str) -> &BTreeSet<Arc<str>> {
        let catalogue = &self.catalogue;
        self.implied.entry(role).or_insert_with(|| {
            let role = catalogue.role(role).expect("is in the catalogue");
            let implied = catalogue.implied_roles(role).iter();
            let urns = implied.map(|role| catalogue.role_by_id(*role).urn.clone());
            urns.collect()
        })
    }

    /// Removes from client delegations what can never count again: those of agents without a role
    /// at the provider, and what the provider no longer has.
    pub(super) fn settle(&mut self) {
        for place in 0..self.records.len() {
            let mut record = self.records[place].clone();
            if record.is_taken {
                continue;
            }
            let (agent, client) = (record.to, record.from);
            let Gives::Client {
                provider,
                role,
                packages,
                actions,
            } = &mut record.gives
            else {
                continue;
            };
            let provider = *provider;
            let form = self.parties[client].form;
            let given = Vec::from_iter(self.records.iter().filter(|known| self.stands(known)));
            let from_to = |known: &NaiveRecord| (known.from, known.to);
            let known = &self.parties[agent];
            let is_agent = known.kind == NaiveKind::User && known.parent == Some(provider)
                || given.iter().any(|known| {
                    let is_role = matches!(known.gives, Gives::Role(_));
                    is_role && from_to(known) == (provider, agent)
                });
            let own = given
                .iter()
                .filter(|known| from_to(known) == (client, provider));
            let (mut roles, mut has, mut does) = (Vec::new(), Vec::new(), Vec::new());
            for own in own {
                match &own.gives {
                    Gives::Role(role) => roles.push(*role),
                    Gives::Package(package) => has.push(*package),
                    Gives::Rights(false, _) => does.extend(self.actions(own)),
                    _ => {}
                }
            }
            actions.retain(|action| does.contains(action));
            if *role == RIGHT_HOLDER {
                packages.retain(|package| has.contains(package));
            } else {
                let serves = roles.contains(role);
                let gives = self.packages_of(role, form);
                packages.retain(|package| serves && gives.contains(*package));
            }
            if !is_agent || packages.is_empty() && actions.is_empty() {
                record.is_taken = true;
            }
            self.records[place] = record;
        }
    }
}
