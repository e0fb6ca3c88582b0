//! The policies of a test file, and the PDP that is built of them.

use std::fs;
use std::path::{Path, PathBuf};

use indexmap::IndexMap;

use super::files::{NamedFile, is_policy, shown};
use super::provided::Provided;
use super::suite::Reading;
use crate::combining::Algorithm;
use crate::error::{Diagnostic, Error, cut};
use crate::json::{Document, Item};
use crate::pdp::{Pdp, PdpBuilder};
use crate::value::Zone;

/// The parts of a PDP.
#[derive(Default)]
pub(super) struct Parts {
    policies: Vec<NamedFile>,
    libraries: Vec<NamedFile>,
    root: Option<String>,
    combining: Option<String>,
    zone: Option<Zone>,
    /// A zone by its name.
    #[cfg(feature = "jiff")]
    place: Option<String>,
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
                #[cfg(feature = "jiff")]
                Err(_) if crate::clock::NamedZone::new(&text).is_ok() => {
                    parts.place = Some(text.into_owned());
                }
                Err(_) => {
                    let message = format!(
                        "`zone` is a distance from UTC, such as `+01:00`{}, but found `{}`",
                        if cfg!(feature = "jiff") {
                            ", or a place, such as `Europe/Oslo`"
                        } else {
                            ""
                        },
                        cut(&text)
                    );
                    json.problem(item, message);
                }
            }
        }
        if !found.contains_key("policies") {
            let library = self.files.folder.join("library");
            parts.libraries.extend(self.of_folder(&library));
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
        policies.extend(self.of_folder(&folder));
        if policies.is_empty() {
            let message = format!(
                "there is no policy in `{}`: name the `policies`",
                cut(&shown(&folder))
            );
            json.problem(root, message);
        }
        policies
    }

    /// The policies of a folder, by name; none if it is not there.
    fn of_folder(&mut self, folder: &Path) -> Vec<NamedFile> {
        let entries = fs::read_dir(folder).map(|entries| {
            let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
            let is_of_policies = |path: &PathBuf| {
                let mut ends = path.extension().into_iter();
                ends.any(|end| end == "xml" || end == ALFA)
            };
            let mut paths: Vec<_> = paths.filter(is_of_policies).collect();
            paths.sort();
            paths
        });
        let mut policies = Vec::new();
        for path in entries.unwrap_or_default() {
            match self.files.open(&path) {
                Ok(file) if is_alfa(&file) || is_policy(&file.bytes) => policies.push(file),
                Ok(_) => {}
                Err(error) => {
                    let message = format!("{}: {error}", shown(&path));
                    self.files.problems.push(Diagnostic::placeless("", message));
                }
            }
        }
        policies
    }

    pub(super) fn build(&mut self, parts: &Parts, provided: Option<&Provided>) -> Option<Pdp> {
        let mut builder = Pdp::builder();
        let (in_alfa, in_xml): (Vec<_>, Vec<_>) =
            parts.policies.iter().partition(|file| is_alfa(file));
        for file in in_xml {
            builder = builder.policy(&file.name, &file.bytes);
        }
        for file in &parts.libraries {
            builder = builder.library(&file.name, &file.bytes);
        }
        let built = with_alfa(builder, &in_alfa);
        let mut builder = match built {
            Ok(builder) => builder,
            Err(error) => return self.refused(error),
        };
        if let Some(root) = &parts.root {
            builder = builder.root(root.clone());
        }
        if let Some(combining) = &parts.combining {
            builder = builder.root_combining(combining.clone());
        }
        if let Some(zone) = parts.zone {
            builder = builder.offset(zone);
        }
        #[cfg(feature = "jiff")]
        if let Some(place) = &parts.place {
            builder = builder.time_zone(place);
        }
        if let Some(provided) = provided {
            builder = builder.provider(provided.clone());
        }
        match (self.host)(builder).build() {
            Ok(pdp) => Some(pdp),
            Err(error) => self.refused(error),
        }
    }

    fn refused(&mut self, error: Error) -> Option<Pdp> {
        // With and without a provider, the problems are the same.
        if std::mem::replace(&mut self.is_built, false) {
            self.files.problems.extend(error.into_diagnostics());
        }
        None
    }
}

/// The ending of files in ALFA.
const ALFA: &str = "alfa";

fn is_alfa(file: &NamedFile) -> bool {
    file.path.extension().is_some_and(|end| end == ALFA)
}

/// Adds policies in ALFA; those that others refer to decide there only.
#[cfg(feature = "alfa")]
fn with_alfa(builder: PdpBuilder, files: &[&NamedFile]) -> Result<PdpBuilder, Error> {
    builder.alfa(files.iter().map(|file| (&*file.name, &*file.bytes)))
}

/// Refuses policies in ALFA: what is not read is not tested.
#[cfg(not(feature = "alfa"))]
fn with_alfa(builder: PdpBuilder, files: &[&NamedFile]) -> Result<PdpBuilder, Error> {
    match files.first() {
        None => Ok(builder),
        Some(file) => {
            let message = "policies in ALFA need feature `alfa` of vedtak";
            Err(Error::new(vec![Diagnostic::placeless(&file.name, message)]))
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
