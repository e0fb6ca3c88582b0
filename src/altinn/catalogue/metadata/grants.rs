//! The packages that roles have by Altinn's metadata, and the grants of a catalogue → grants.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::MetadataReader;
use crate::altinn::catalogue::names::same;
use crate::altinn::json::{Object, Report};
use crate::json::JsonValue;
use crate::report::cut;

/// The flags of a grant: whether its holder has the package, may delegate it, may assign it.
pub(super) type Flags = [bool; 3];

/// Grants by the URNs, in small letters, of role and package, and by legal form.
#[derive(Default)]
pub(super) struct Grants(pub(super) BTreeMap<(String, String, Option<Arc<str>>), Flags>);

impl Grants {
    /// Returns the flags that all grants of a role have in common.
    fn common(&self, role: &str) -> Flags {
        let of_role = self.0.iter().filter(|((of, ..), _)| of == role);
        let flags = of_role.map(|(_, flags)| *flags);
        let common = flags.reduce(|one, other| std::array::from_fn(|i| one[i] && other[i]));
        common.unwrap_or_default()
    }

    /// The flags of a role's grant of a package for another legal form.
    fn elsewhere(&self, role: &str, package: &str) -> Option<Flags> {
        let mut all = self.0.iter();
        let found = all.find(|((of, what, _), _)| of == role && what == package);
        found.map(|(_, flags)| *flags)
    }
}

impl MetadataReader<'_> {
    /// Reads the packages of a role for parties of a legal form, or of all.
    ///
    /// The metadata does not tell whether the holder has a package or may only give it on. A grant
    /// that is known keeps its flags, also for another legal form; a new one has those that all
    /// grants of the role have.
    pub(super) fn packages_of(
        &mut self,
        role: Option<&str>,
        legal_form: Option<&str>,
        whole: JsonValue<'_>,
        report: &Report,
    ) -> Option<()> {
        let place = whole.offset();
        let Some(name) = role else {
            report.problem(place, "", "the file is not said to be of a role");
            return None;
        };
        let Some(role) = self.role_named(name) else {
            report.problem(place, "", format!("there is no role `{}`", cut(name)));
            return None;
        };
        let path = format!("packages of role `{role}`");
        let forms = &self.base.0.items.legal_forms;
        let form = match legal_form {
            None => None,
            Some(wanted) => {
                let known = forms.iter().find(|form| same(&form.name, wanted));
                if known.is_none() {
                    let message = format!("there is no legal form `{}`", cut(wanted));
                    report.problem(place, &path, message);
                    return None;
                }
                known.map(|form| form.name.clone())
            }
        };
        let Some(items) = whole.items() else {
            report.problem(place, &path, "the packages of a role are an array");
            return None;
        };
        let mut listed = BTreeMap::new();
        for item in items {
            let mut item = Object::read_foreign(item, path.clone(), report)?;
            let urn = item.text("urn")?;
            let package = urn.value.to_lowercase();
            match self.has_package(&package) {
                true => drop(listed.insert(package, urn.place)),
                false => {
                    item.problem(
                        urn.place,
                        format!("there is no package `{}`", cut(&urn.value)),
                    );
                }
            }
        }
        let role = role.to_lowercase();
        let of_all: BTreeSet<String> = match form {
            None => BTreeSet::new(),
            Some(_) => {
                let rows = self.grants.0.keys();
                let rows = rows.filter(|(of, _, form)| *of == role && form.is_none());
                rows.map(|(_, package, _)| package.clone()).collect()
            }
        };
        for package in of_all
            .iter()
            .filter(|package| !listed.contains_key(*package))
        {
            let message = format!(
                "`{}` is a package of this role for every legal form, but is not in the file: read the \
                 file for every form, too",
                cut(package)
            );
            report.problem(place, &path, message);
        }
        let common = self.grants.common(&role);
        let mut of_form = Vec::new();
        for (package, place) in &listed {
            if of_all.contains(package) {
                continue;
            }
            let key = (role.clone(), package.clone(), form.clone());
            let known = self.grants.0.get(&key).copied();
            let known = known.or_else(|| self.grants.elsewhere(&role, package));
            let flags = known.unwrap_or(common);
            if flags == [false; 3] {
                let message = format!(
                    "the metadata does not tell whether a holder of the role has `{}` or may only give \
                     it on",
                    cut(package)
                );
                report.problem(*place, &path, message);
                continue;
            }
            of_form.push((key, flags));
        }
        let is_other = |(of, _, for_form): &(String, String, Option<Arc<str>>)| {
            *of != role || *for_form != form
        };
        self.grants.0.retain(|key, _| is_other(key));
        self.grants.0.extend(of_form);
        Some(())
    }
}
