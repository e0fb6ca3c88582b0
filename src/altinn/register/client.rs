//! Client delegation: an organisation that serves a client lets one of its agents act for the
//! client.

use smallvec::SmallVec;

use super::change::{Change, not_over};
use super::delegation_order::not_already;
use super::giving::check_delegable;
use super::grantable::Grantable;
use super::in_force::InForce;
use super::refusal::{Refusal, rights as what_rights};
use super::state::{ClientDelegation, PartyNo, RecordId, RecordOrigin, RecordPlace, RegisterState};
use super::{Snapshot, valid};
use crate::altinn::catalogue::{PackageId, RoleId};
use crate::altinn::delegation::Right;
use crate::altinn::fact::{Moment, Window};
use crate::altinn::party::PartyKey;
use crate::altinn::resource::ResourceId;
use crate::value::DateTime;

/// An order to let an agent of a provider act for one of the provider's clients.
///
/// ```
/// use vedtak::altinn::register::ClientDelegationOrder;
/// use vedtak::altinn::PartyKey;
/// let [kari, accountants, fjell, ola] = [1, 2, 3, 4].map(PartyKey::Id);
/// let now = "2026-03-01T12:00:00+01:00".parse()?;
/// let serving = ClientDelegationOrder::new(&kari, &accountants, &fjell, &ola, now)
///     .as_role("regnskapsforer")
///     .package("regnskapsforer-lonn");
/// # let _ = serving;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ClientDelegationOrder {
    /// The acting party, an administrator of the provider.
    pub by: PartyKey,
    /// The organisation that serves the client.
    pub provider: PartyKey,
    /// The party that the provider serves.
    pub client: PartyKey,
    /// The agent: any party with a role at the provider, or a system or enterprise user of the
    /// provider. A package there makes no agent.
    pub agent: PartyKey,
    /// The provider's role for the client, which gives it the packages: accountant, auditor,
    /// business manager, or `rettighetshaver` for packages that the client delegated. `None`: the
    /// first of these that gives them all.
    pub role: Option<Box<str>>,
    /// The packages, by code or URN.
    pub packages: Vec<Box<str>>,
    /// The resources that the client delegated to the provider, with the rights given on.
    pub resources: Vec<(ResourceId, Vec<Right>)>,
    /// The window in which the agent may act.
    pub window: Window,
    /// The instant at which it is given.
    pub at: DateTime,
}

impl ClientDelegationOrder {
    /// Creates an order without packages and resources, for all time.
    pub fn new(
        by: &PartyKey,
        provider: &PartyKey,
        client: &PartyKey,
        agent: &PartyKey,
        at: DateTime,
    ) -> Self {
        Self {
            by: by.clone(),
            provider: provider.clone(),
            client: client.clone(),
            agent: agent.clone(),
            role: None,
            packages: Vec::new(),
            resources: Vec::new(),
            window: Window::ALWAYS,
            at,
        }
    }

    /// Sets the provider's role for the client; no other is tried.
    #[must_use]
    pub fn as_role(mut self, role: &str) -> Self {
        self.role = Some(role.into());
        self
    }

    /// Adds a package, by code or URN.
    #[must_use]
    pub fn package(mut self, package: &str) -> Self {
        self.packages.push(package.into());
        self
    }

    /// Adds rights to a resource.
    #[must_use]
    pub fn resource<R: Into<Right>>(
        mut self,
        resource: ResourceId,
        rights: impl IntoIterator<Item = R>,
    ) -> Self {
        let rights = rights.into_iter().map(Into::into).collect();
        self.resources.push((resource, rights));
        self
    }

    /// Sets the window; the default is [`Window::ALWAYS`].
    #[must_use]
    pub fn during(mut self, window: Window) -> Self {
        self.window = window;
        self
    }
}

impl Snapshot {
    /// Whether somebody administers the clients of a provider.
    pub(in crate::altinn) fn administers_clients(
        &self,
        by: &PartyKey,
        provider: &PartyKey,
        at: DateTime,
    ) -> bool {
        match (self.0.living(by), self.0.living(provider)) {
            (Ok(by), Ok(of)) => self.0.administers_clients(by, of, Moment::of(&at)),
            _ => false,
        }
    }
}

impl Change<'_, '_> {
    /// Lets an agent act for a client; returns the number of the record. The delegation ends with
    /// the role or the delegation that gives it to the provider, and when the agent leaves the
    /// provider.
    ///
    /// # Errors
    ///
    /// `by` does not administer the provider's clients; the agent is not one of the provider's; the
    /// provider itself does not have the packages or rights for the client, or may not give them
    /// on; a right is one service out of a package with which the policies no longer give it, or there
    /// are no [policies](Change::who_may); one client delegation gives the agent all of it already, for at
    /// least as long.
    pub fn delegate_client(
        &mut self,
        serving: &ClientDelegationOrder,
    ) -> Result<RecordId, Refusal> {
        let state = &*self.state;
        let by = state.living(&serving.by)?;
        let provider = state.living(&serving.provider)?;
        let at = Moment::of(&serving.at);
        if !state.administers_clients(by, provider, at) {
            return Err(Refusal::NotClientAdministrator {
                by: state.called(by),
                of: state.called(provider),
            });
        }
        let client = state.living(&serving.client)?;
        let agent = state.living(&serving.agent)?;
        for other in [provider, agent] {
            if other == client {
                let name = state.called(client);
                return Err(Refusal::ToItself { name });
            }
        }
        let window = not_over(serving.window, serving.at)?;
        let in_force = InForce::of(state);
        let mut as_agent = in_force.agent(agent, provider);
        let Some(holds) = as_agent.iter().find(|window| window.holds(at)).copied() else {
            return Err(Refusal::NoAgent {
                agent: state.called(agent),
                provider: state.called(provider),
            });
        };
        if serving.packages.is_empty() && serving.resources.is_empty() {
            return Err(Refusal::Nothing);
        }
        // Of the window, the part counts that is not over and in which the agent is an agent.
        let now_on = Window {
            from: at,
            ..Window::ALWAYS
        };
        as_agent
            .iter_mut()
            .for_each(|as_agent| *as_agent = as_agent.and(window).and(now_on));
        as_agent.retain(|window| !window.is_empty());
        if as_agent.is_empty() {
            return Err(Refusal::AgentOtherwise {
                agent: state.called(agent),
                provider: state.called(provider),
                holds,
            });
        }
        let relation = Relation {
            provider,
            client,
            windows: as_agent,
            in_force,
        };
        let packages = state.passed_on(serving)?;
        let role = state.relation_role(serving, &relation, &packages)?;
        let resources = self.check_resources(serving, &relation)?;
        let earlier = self.state.clients.get(&(agent, client)).into_iter();
        let same = earlier.flat_map(|all| all.iter()).filter(|one| {
            let is_of = (one.provider, one.role) == (provider, role);
            is_of && one.gives(&packages, &resources)
        });
        let what = || match (packages.first(), resources.first()) {
            (None, Some((resource, rights))) => what_rights(resource, None, rights),
            (first, _) => {
                let name = first.map(|package| self.state.package_name(*package));
                Grantable::package(name.unwrap_or_default())
            }
        };
        not_already(window, what, same.map(|one| (&one.grant, one.stated)))?;

        let id = self
            .state
            .new_record(RecordPlace::Client { agent, client })?;
        let given = ClientDelegation {
            provider,
            role,
            packages,
            resources,
            stated: window,
            grant: RecordOrigin {
                id,
                by,
                at,
                on_from: None,
            },
        };
        self.state.put_client(agent, client, given);
        Ok(id)
    }

    /// Returns the rights given on, as the register keeps them.
    fn check_resources(
        &self,
        serving: &ClientDelegationOrder,
        relation: &Relation<'_>,
    ) -> Result<Vec<(ResourceId, Vec<Right>)>, Refusal> {
        let (state, rules) = (&*self.state, self.rules());
        let (provider, client) = (relation.provider, relation.client);
        let mut checked = Vec::new();
        for (resource, rights) in &serving.resources {
            check_delegable(&*state.resource_named(resource)?)?;
            if rights.is_empty() {
                return Err(Refusal::NoRight(resource.clone()));
            }
            let rights = valid::rights(None, rights)?;
            let own = relation.in_force.given_to(client, resource, provider);
            let own = own.filter(|(_, window)| relation.counts(*window));
            let own = Vec::from_iter(own.map(|(held, _)| held));
            for right in &rights {
                let one = std::slice::from_ref(right);
                let mut closed = None;
                let counts = |out_of: Option<PackageId>| {
                    let gives = |package| {
                        rules.package_gives_alone(package, (provider, client), resource, None, one)
                    };
                    out_of.is_none_or(gives)
                };
                let mut own = own.iter().filter(|held| held.covers(right));
                let has_it = own.any(|held| {
                    let counts = counts(held.out_of);
                    closed = closed.or(held.out_of.filter(|_| !counts));
                    counts
                });
                if has_it {
                    continue;
                }
                let what = what_rights(resource, None, one);
                let (provider, client) = (state.called(provider), state.called(client));
                return Err(match closed {
                    Some(package) => Refusal::PackageGivesNoLonger {
                        package: state.package_name(package),
                        what,
                        provider,
                        client,
                    },
                    None => Refusal::NotServed {
                        provider,
                        what,
                        client,
                    },
                });
            }
            checked.push((resource.clone(), rights));
        }
        Ok(checked)
    }
}

impl ClientDelegation {
    /// Whether it gives all these packages and rights.
    fn gives(&self, packages: &[PackageId], resources: &[(ResourceId, Vec<Right>)]) -> bool {
        let has = |resource: &ResourceId, right: &Right| {
            let own = self.resources.iter().filter(|(own, _)| own == resource);
            own.flat_map(|(_, rights)| rights)
                .any(|held| held.covers(right))
        };
        let mut rights = resources.iter();
        packages
            .iter()
            .all(|package| self.packages.contains(package))
            && rights.all(|(resource, rights)| rights.iter().all(|right| has(resource, right)))
    }
}

impl RegisterState {
    fn passed_on(&self, serving: &ClientDelegationOrder) -> Result<Vec<PackageId>, Refusal> {
        let mut packages = Vec::new();
        for name in &serving.packages {
            let package = self.package_named(name)?;
            let known = self.catalogue.package_by_id(package);
            if !known.is_delegable {
                let package = known.name.clone();
                return Err(Refusal::PackageNotDelegable { package });
            }
            if !packages.contains(&package) {
                packages.push(package);
            }
        }
        Ok(packages)
    }

    /// Returns the provider's role that gives all packages; without packages, the one for
    /// resources.
    fn relation_role(
        &self,
        serving: &ClientDelegationOrder,
        relation: &Relation<'_>,
        packages: &[PackageId],
    ) -> Result<RoleId, Refusal> {
        let known = &self.known;
        let right_holder = known.right_holder;
        let relations = [
            known.accountant,
            known.auditor,
            known.business_manager,
            right_holder,
        ];
        let candidates = match &serving.role {
            Some(name) => vec![self.role_named(name)?],
            None if packages.is_empty() => Vec::from_iter(right_holder),
            None => relations.into_iter().flatten().collect(),
        };
        let mut missing = None;
        for role in candidates {
            if !relations.contains(&Some(role)) {
                let role = self.role_name(role);
                return Err(Refusal::RoleNotDelegable { role });
            }
            let lacking = packages
                .iter()
                .find(|package| !self.gives(relation, role, **package));
            match lacking {
                None => return Ok(role),
                Some(package) => missing = Some(*package),
            }
        }
        match missing {
            Some(package) => Err(Refusal::NotServed {
                provider: self.called(relation.provider),
                what: Grantable::package(self.package_name(package)),
                client: self.called(relation.client),
            }),
            // Only if the host's catalogue lacks the role.
            None => Err(Refusal::UnknownRole {
                name: "rettighetshaver".into(),
                similar: None,
            }),
        }
    }

    /// Whether a role gives the provider a package for some of the relation's time.
    fn gives(&self, relation: &Relation<'_>, role: RoleId, package: PackageId) -> bool {
        let (provider, client) = (relation.provider, relation.client);
        let mut gives = false;
        self.of_provider(
            &relation.in_force,
            (provider, role),
            client,
            package,
            |window| {
                gives |= relation.counts(window);
            },
        );
        gives
    }
}

/// A provider and a client, with the windows in which a delegation to the agent can count.
struct Relation<'s> {
    provider: PartyNo,
    client: PartyNo,
    windows: SmallVec<[Window; 2]>,
    in_force: InForce<'s>,
}

impl Relation<'_> {
    fn counts(&self, window: Window) -> bool {
        let mut windows = self.windows.iter();
        windows.any(|counts| !counts.and(window).is_empty())
    }
}
