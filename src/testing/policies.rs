//! The policies of a test file, and the PDP that is built of them.

use std::fs;

use indexmap::IndexMap;

use super::files::{NamedFile, is_policy, shown};
use super::provided::Provided;
use super::suite::Reading;
use crate::combining::Algorithm;
use crate::error::{Diagnostic, cut};
use crate::json::{Document, Item};
use crate::pdp::Pdp;
use crate::value::Zone;

/// The parts of a PDP.
#[derive(Default)]
pub(super) struct Parts {
    policies: Vec<NamedFile>,
    libraries: Vec<NamedFile>,
    root: Option<String>,
    combining: Option<String>,
    zone: Option<Zone>,
}

impl Reading<'_> {
    /// Reads which policies are tested, and how they are combined.
    pub(super) fn builder(
        &mut self,
        json: &mut Document<'_>,
        root: Item,
        found: &IndexMap<&'static str, Item>,
    ) -> Option<Parts> {
        let member = |name: &str| found.get(name).copied();
        let mut parts = Parts {
            policies: self.policies(json, root, found),
            ..Parts::default()
        };
        if let Some(item) = member("libraries") {
            let mut items = json.items(item);
            while let Some(item) = items.next(json) {
                let file = self.files.read(json, item, "a library");
                parts.libraries.extend(file);
            }
        }
        if let Some(item) = member("root") {
            parts.root = json.string(item, "`root`").map(Into::into);
        }
        if let Some(item) = member("combining") {
            let text = json.string(item, "`combining`");
            parts.combining = text.map(|text| combining(&text));
        }
        if let Some(item) = member("zone") {
            let text = json.string(item, "`zone`")?;
            match text.parse() {
                Ok(zone) => parts.zone = Some(zone),
                Err(_) => {
                    let message = format!(
                        "`zone` is a distance from UTC, such as `+01:00`, but found `{}`",
                        cut(&text)
                    );
                    json.problem(item, message);
                }
            }
        }
        (!parts.policies.is_empty()).then_some(parts)
    }

    /// Reads the policies: those that are named, or else all in the folder.
    pub(super) fn policies(
        &mut self,
        json: &mut Document<'_>,
        root: Item,
        found: &IndexMap<&'static str, Item>,
    ) -> Vec<NamedFile> {
        let mut policies = Vec::new();
        if let Some(item) = found.get("policies") {
            let mut items = json.some_items(*item, "`policies`");
            while let Some(item) = items.next(json) {
                policies.extend(self.files.read(json, item, "a policy"));
            }
            return policies;
        }
        let folder = match self.files.folder.as_os_str().is_empty() {
            true => ".".into(),
            false => self.files.folder.clone(),
        };
        let entries = fs::read_dir(&folder).map(|entries| {
            let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
            let mut paths: Vec<_> = paths
                .filter(|path| path.extension().is_some_and(|end| end == "xml"))
                .collect();
            paths.sort();
            paths
        });
        for path in entries.unwrap_or_default() {
            match self.files.open(&path) {
                Ok(file) if is_policy(&file.bytes) => policies.push(file),
                Ok(_) => {}
                Err(error) => {
                    let message = format!("{}: {error}", shown(&path));
                    self.files.problems.push(Diagnostic::placeless("", message));
                }
            }
        }
        if policies.is_empty() {
            let message = format!(
                "there is no policy in `{}`: name the `policies`",
                cut(&shown(&folder))
            );
            json.problem(root, message);
        }
        policies
    }

    pub(super) fn build(&mut self, parts: &Parts, provided: Option<&Provided>) -> Option<Pdp> {
        let mut builder = Pdp::builder();
        for file in &parts.policies {
            builder = builder.policy(&file.name, &file.bytes);
        }
        for file in &parts.libraries {
            builder = builder.library(&file.name, &file.bytes);
        }
        if let Some(root) = &parts.root {
            builder = builder.root(root.clone());
        }
        if let Some(combining) = &parts.combining {
            builder = builder.root_combining(combining.clone());
        }
        if let Some(zone) = parts.zone {
            builder = builder.implicit_zone(zone);
        }
        if let Some(provided) = provided {
            builder = builder.provider(provided.clone());
        }
        match (self.host)(builder).build() {
            Ok(pdp) => Some(pdp),
            Err(error) => {
                // With and without a provider, the problems are the same.
                if std::mem::replace(&mut self.is_built, false) {
                    self.files.problems.extend(error.into_diagnostics());
                }
                None
            }
        }
    }
}

/// The identifier of a combining algorithm of policies: as given, or of the standard's with this last
/// part.
fn combining(text: &str) -> String {
    let ids = [3, 1]
        .map(|of| format!("urn:oasis:names:tc:xacml:{of}.0:policy-combining-algorithm:{text}"));
    let known = ids.into_iter().find(|id| Algorithm::standard(id).is_some());
    known.unwrap_or_else(|| text.to_owned())
}
