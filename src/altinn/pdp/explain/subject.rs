//! The roles and packages of a subject → those by which an alternative of a rule holds.

use std::sync::Arc;

use super::rules::{SubjectAlternative, Wanted};
use crate::altinn::catalogue::Catalogue;
use crate::altinn::fact::{Fact, Moment, Path, RoleName, Step, Window};
use crate::altinn::pdp::bags::package_value;
use crate::value::DateTime;

/// The subject's roles and packages, with their paths.
pub(super) struct SubjectFacts {
    pub(super) roles: Vec<Fact<Arc<str>>>,
    pub(super) packages: Vec<Fact<Arc<str>>>,
}

impl SubjectFacts {
    /// Returns the path of the first part that has one, and the window in which all parts hold.
    pub(super) fn how(
        &self,
        catalogue: &Catalogue,
        wanted: &SubjectAlternative<'_>,
        at: DateTime,
    ) -> (Path, Window) {
        let at = Moment::of(&at);
        let mut path: Option<Path> = None;
        let mut window = Window::ALWAYS;
        for part in &wanted.all {
            let Some((by, when)) = self.one(catalogue, part, at) else {
                continue;
            };
            window = window.and(when);
            path.get_or_insert(by);
        }
        (path.unwrap_or_default(), window)
    }

    fn one(
        &self,
        catalogue: &Catalogue,
        wanted: &Wanted<'_>,
        at: Moment,
    ) -> Option<(Path, Window)> {
        let holding = |fact: &&Fact<Arc<str>>| fact.window.holds(at);
        if let Some(name) = wanted.package() {
            let package = catalogue.package(name);
            let mut facts = self.packages.iter().filter(holding);
            let fact = facts.find(|fact| match package {
                Some(package) => catalogue.package(&fact.value) == Some(package),
                None => package_value(&fact.value) == name,
            })?;
            return Some((fact.path.clone(), fact.window));
        }
        let role = wanted.role(catalogue)?;
        for fact in self.roles.iter().filter(holding) {
            let Some(held) = catalogue.role(&fact.value) else {
                continue;
            };
            if held == role {
                return Some((fact.path.clone(), fact.window));
            }
            if catalogue.implied_roles(held).contains(&role) {
                let by = Step::Role(RoleName::of(catalogue.role_by_id(held)));
                let path = fact.path.clone().then(by);
                return Some((path, fact.window));
            }
        }
        None
    }
}
