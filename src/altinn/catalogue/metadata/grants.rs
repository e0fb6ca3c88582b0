//! The packages that roles have by Altinn's metadata, and the grants of a catalogue → grants.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::MetadataReader;
use crate::altinn::catalogue::names::same;
use crate::altinn::json::{Object, Report};
use crate::json::JsonValue;
use crate::report::cut;

/// The flags of a grant: whether its holder has the package, may delegate it, may assign it.
type Flags = [bool; 3];

/// Grants by the URN of the role, in small letters.
#[derive(Default)]
pub(super) struct Grants(BTreeMap<String, RoleGrants>);

/// The grants of one role.
#[derive(Default)]
struct RoleGrants {
    /// By legal form, and by the URN of the package in small letters.
    by_form: BTreeMap<Option<Arc<str>>, BTreeMap<String, Flags>>,
    /// The flags that the base has for a package, whatever the legal form.
    known: HashMap<String, Flags>,
    /// The flags that all grants of the base have.
    common: Option<Flags>,
    /// The legal forms for which a file was read; none: the one for all.
    read: BTreeSet<Option<Arc<str>>>,
}

/// A grant of a role.
pub(super) struct GrantOf {
    pub(super) role: String,
    pub(super) package: String,
    pub(super) form: Option<Arc<str>>,
    pub(super) flags: Flags,
}

impl Grants {
    /// Adds a grant of the base.
    pub(super) fn add(
        &mut self,
        role: String,
        form: Option<Arc<str>>,
        package: String,
        flags: Flags,
    ) {
        let of_role = self.0.entry(role).or_default();
        let common = of_role.common.get_or_insert(flags);
        *common = both(*common, flags);
        let known = of_role.known.entry(package.clone()).or_insert(flags);
        *known = both(*known, flags);
        let of_form = of_role.by_form.entry(form).or_default();
        of_form.insert(package, flags);
    }

    /// Returns the grants one by one.
    pub(super) fn into_rows(self) -> impl Iterator<Item = GrantOf> {
        self.0.into_iter().flat_map(|(role, grants)| {
            grants.by_form.into_iter().flat_map(move |(form, all)| {
                let role = role.clone();
                all.into_iter().map(move |(package, flags)| GrantOf {
                    role: role.clone(),
                    package,
                    form: form.clone(),
                    flags,
                })
            })
        })
    }
}

/// The flags that hold in both.
fn both(one: Flags, other: Flags) -> Flags {
    std::array::from_fn(|i| one[i] && other[i])
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
        let Some(role) = self.known.roles.get(&name.to_lowercase()) else {
            report.problem(place, "", format!("there is no role `{}`", cut(name)));
            return None;
        };
        let path = format!("packages of role `{role}`");
        let mut forms = self.base.0.items.legal_forms.iter();
        let form = match legal_form {
            None => None,
            Some(wanted) => match forms.find(|form| same(&form.name, wanted)) {
                Some(form) => Some(form.name.clone()),
                None => {
                    let message = format!("there is no legal form `{}`", cut(wanted));
                    report.problem(place, &path, message);
                    return None;
                }
            },
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
            match self.known.packages.contains(&package) {
                true => drop(listed.insert(package, urn.place)),
                false => {
                    item.problem(
                        urn.place,
                        format!("there is no package `{}`", cut(&urn.value)),
                    );
                }
            }
        }
        let grants = self.grants.0.entry(role.to_lowercase()).or_default();
        if !grants.read.insert(form.clone()) {
            let message = match &form {
                Some(form) => format!(
                    "another file lists the packages of this role for `{}`, too: one of them is enough",
                    cut(form)
                ),
                None => "another file lists the packages of this role, too: one of them is enough"
                    .into(),
            };
            report.problem(place, &path, message);
            return None;
        }
        // Those for every legal form are listed for each.
        let of_all = match form {
            None => BTreeMap::new(),
            Some(_) => grants.by_form.get(&None).cloned().unwrap_or_default(),
        };
        for package in of_all
            .keys()
            .filter(|package| !listed.contains_key(*package))
        {
            let message = format!(
                "`{}` is a package of this role for every legal form, but is not in the file: read the \
                 file for every form, too",
                cut(package)
            );
            report.problem(place, &path, message);
        }
        let of_form = grants.by_form.remove(&form).unwrap_or_default();
        let mut now = BTreeMap::new();
        for (package, place) in listed {
            if of_all.contains_key(&package) {
                continue;
            }
            let known = of_form.get(&package).or(grants.known.get(&package));
            let flags = known.copied().or(grants.common).unwrap_or_default();
            if flags == [false; 3] {
                let message = format!(
                    "the metadata does not tell whether a holder of the role has `{}` or may only give \
                     it on",
                    cut(&package)
                );
                report.problem(place, &path, message);
                continue;
            }
            now.insert(package, flags);
        }
        grants.by_form.insert(form, now);
        Some(())
    }
}
