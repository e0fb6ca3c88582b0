//! The policies of a test file, and the PDP that is built of them.

use std::path::Path;

use indexmap::IndexMap;

use super::files::{Files, GivenPolicies, NamedFile, plain, shown, unreadable};
use super::provided::Provided;
use super::suite::{Host, Reading};
use crate::analysis::cover::Cover;
use crate::combining::{Algorithm, Combined, policy};
use crate::error::{Diagnostic, Error, cut, did_you_mean, last_part, similar_name};
use crate::folder::{self, Listing};
use crate::json::{Document, Item};
use crate::limits::Limits;
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

/// A folder by a name that is not empty.
fn named(folder: &Path) -> &Path {
    match folder.as_os_str().is_empty() {
        true => Path::new("."),
        false => folder,
    }
}

/// The cover by no case of the policies of a host, or else of those of a folder, which are read as a test file
/// in it reads them.
///
/// # Errors
///
/// All problems of the policies.
pub(super) fn cover_of_none(
    folder: &Path,
    given: Option<GivenPolicies>,
    host: &Host,
) -> Result<Cover, Error> {
    let mut files = Files::of(&folder.join("none"), given);
    let limits = Limits::default();
    let mut reading = Reading::of_host(&limits, &mut files, host);
    let given = reading.of_host_itself();
    let (policies, libraries) = given.unwrap_or_else(|| reading.of_folder(named(folder)));
    let parts = Parts {
        policies,
        libraries,
        ..Parts::default()
    };
    let pdp = reading.build(&parts, None);
    match pdp.filter(|_| files.problems.is_empty()) {
        Some(pdp) => Ok(pdp.cover([])),
        None => Err(Error::new(files.problems)),
    }
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
        let (policies, libraries) = self.policies(json, root, found);
        let mut parts = Parts {
            policies,
            libraries,
            ..Parts::default()
        };
        if let Some(item) = member("libraries") {
            let mut items = json.items(item);
            while let Some(item) = items.next(json) {
                parts.libraries.extend(self.library(json, item));
            }
        }
        if let Some(item) = member("root") {
            parts.root = json.string(item, "`root`").map(Into::into);
        }
        if let Some(item) = member("combining") {
            let text = json.string(item, "`combining`");
            if let Some(text) = text {
                parts.combining = Some(combining(&text).unwrap_or_else(|message| {
                    json.problem(item, message);
                    policy::DENY_OVERRIDES.to_owned()
                }));
            }
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
        (!parts.policies.is_empty()).then_some(parts)
    }

    /// Reads the policies: those that are named, or else all in the folder and below it, beside those
    /// that are for others to refer to.
    pub(super) fn policies(
        &mut self,
        json: &mut Document<'_>,
        root: Item,
        found: &IndexMap<&'static str, Item>,
    ) -> (Vec<NamedFile>, Vec<NamedFile>) {
        let mut policies = Vec::new();
        if let Some(item) = found.get("policies") {
            let mut items = json.some_items(*item, "`policies`");
            while let Some(item) = items.next(json) {
                policies.extend(self.files.read_policy(json, item, "a policy"));
            }
            return (policies, Vec::new());
        }
        let folder = named(&self.files.folder).to_owned();
        if let Some((policies, libraries)) = self.of_host_itself() {
            if policies.is_empty() {
                json.problem(root, "no policy decides");
            }
            return (policies, libraries);
        }
        let before = self.files.problems.len();
        let (policies, libraries) = self.of_folder(&folder);
        if policies.is_empty() && self.files.problems.len() == before {
            let message = format!(
                "there is no policy in `{}`: name the `policies`",
                cut(&shown(&folder))
            );
            json.problem(root, message);
        }
        (policies, libraries)
    }

    /// Reads a library: a file, or all policies of a folder.
    fn library(&mut self, json: &mut Document<'_>, item: Item) -> Vec<NamedFile> {
        let named = json.scalar(item).into_owned();
        let folder = plain(&self.files.folder.join(&named));
        if named.is_empty() || self.files.policies.is_some() || !folder.is_dir() {
            let file = self.files.read_policy(json, item, "a library");
            return file.into_iter().collect();
        }
        let before = self.files.problems.len();
        let (mut found, inner) = self.of_folder(&folder);
        found.extend(inner);
        if found.is_empty() && self.files.problems.len() == before {
            let message = format!("there is no policy in the library `{}`", cut(&named));
            json.problem(item, message);
        }
        found
    }

    /// The policies of a host, and those in its library, if it has given them.
    fn of_host_itself(&self) -> Option<(Vec<NamedFile>, Vec<NamedFile>)> {
        let given = self.files.policies.as_ref()?;
        let of = |wanted: bool| {
            let own = given.iter().filter(|(_, is_library)| *is_library == wanted);
            own.map(|(file, _)| file.clone()).collect()
        };
        Some((of(false), of(true)))
    }

    /// The policies of a folder, and those in its library.
    fn of_folder(&mut self, folder: &Path) -> (Vec<NamedFile>, Vec<NamedFile>) {
        let found = Listing::of(folder, &folder::POLICIES);
        for (path, error) in &found.problems {
            self.wrong(path, &unreadable(error));
        }
        let (mut policies, mut libraries) = (Vec::new(), Vec::new());
        for one in found.files {
            match self.files.open(&one.path) {
                Ok(file) if !folder::is_policy(Some(&file.path), &file.bytes) => {}
                Ok(file) if one.is_library => libraries.push(file),
                Ok(file) => policies.push(file),
                Err(error) => self.wrong(&one.path, &error),
            }
        }
        (policies, libraries)
    }

    fn wrong(&mut self, path: &Path, error: &str) {
        let message = format!("{}: {error}", shown(path));
        self.files.problems.push(Diagnostic::placeless("", message));
    }

    pub(super) fn build(&mut self, parts: &Parts, provided: Option<&Provided>) -> Option<Pdp> {
        let mut builder = Pdp::builder();
        let policies = parts.policies.iter().map(|file| (file, false));
        let libraries = parts.libraries.iter().map(|file| (file, true));
        let (mut alfa, mut alfa_library) = (Vec::new(), Vec::new());
        for (file, is_library) in policies.chain(libraries) {
            let is_alfa = folder::is_alfa(Some(&file.path), &file.bytes);
            match (is_alfa, is_library) {
                (true, true) => alfa_library.push(file),
                (true, false) => alfa.push(file),
                (false, true) => builder = builder.library(&file.name, &file.bytes),
                (false, false) => builder = builder.policy(&file.name, &file.bytes),
            }
        }
        let built = with_alfa(builder, &alfa, &alfa_library);
        let mut builder = match built {
            Ok(builder) => builder,
            Err(error) => return self.refused(error),
        };
        if let Some(root) = &parts.root {
            builder = builder.root(root.clone());
        }
        match &parts.combining {
            Some(combining) => builder = builder.root_combining(combining.clone()),
            // One policy decides alone.
            None if builder.root_count() > 1 => {
                builder = builder.root_combining(policy::DENY_OVERRIDES);
            }
            None => {}
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
            let problems = error.into_diagnostics().into_iter();
            self.files
                .problems
                .extend(problems.map(in_words_of_the_file));
        }
        None
    }
}

/// A problem of a PDP, with the name that its setting has in test files.
fn in_words_of_the_file(problem: Diagnostic) -> Diagnostic {
    let message = problem.message();
    match message.contains("`root_combining`") {
        true => Diagnostic::placeless("", message.replace("`root_combining`", "`combining`")),
        false => problem,
    }
}

/// Adds policies in ALFA; those of the library, and those that others refer to, decide there only.
#[cfg(feature = "alfa")]
fn with_alfa(
    builder: PdpBuilder,
    files: &[&NamedFile],
    library: &[&NamedFile],
) -> Result<PdpBuilder, Error> {
    let [files, library] = [files, library].map(|files| {
        let files = files.iter();
        files.map(|file| (&*file.name, &*file.bytes))
    });
    Ok(builder.alfa_with_library(files, library))
}

/// Refuses policies in ALFA: what is not read is not tested.
#[cfg(not(feature = "alfa"))]
fn with_alfa(
    builder: PdpBuilder,
    files: &[&NamedFile],
    library: &[&NamedFile],
) -> Result<PdpBuilder, Error> {
    match files.first().or(library.first()) {
        None => Ok(builder),
        Some(file) => {
            let message = "policies in ALFA need feature `alfa` of vedtak";
            Err(Error::new(vec![Diagnostic::placeless(&file.name, message)]))
        }
    }
}

/// The identifier of a combining algorithm of policies: as given, or of the standard's with this last
/// part. The error says which of these it misspells.
fn combining(text: &str) -> Result<String, String> {
    let ids = || Algorithm::standard_ids(Combined::Policies);
    if let Some(known) = ids().find(|id| *id == text || last_part(id) == text) {
        return Ok(known.to_owned());
    }
    match similar_name(text, ids().map(last_part)) {
        similar @ Some(_) => {
            let hint = did_you_mean(similar);
            Err(format!(
                "there is no combining algorithm `{}`{hint}",
                cut(text)
            ))
        }
        None => Ok(text.to_owned()),
    }
}
