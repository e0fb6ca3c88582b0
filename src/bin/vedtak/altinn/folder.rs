//! A folder of policies → the services that they are of.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use vedtak::altinn::resource::ResourceId;
use vedtak::altinn::{Pdp, Register};
use vedtak::folder::Listing;
use vedtak::report::Visible;

use super::files::{Asked, has_placeholders, read, warnings};

use crate::output::{Undone, count};

impl Asked<'_> {
    /// The policies in a folder, by name.
    pub(super) fn policies_in(&mut self, folder: &str) -> Result<Vec<PathBuf>, Undone> {
        let words = self.words;
        let listing = Listing::of(Path::new(folder), &["xml"]);
        let problems = listing.problems.iter();
        let problems = problems
            .map(|(path, error)| format!("{}: {}", Visible(path.display()), words.reason(error)));
        let problems: Vec<String> = problems.collect();
        if !problems.is_empty() {
            return Err(Undone::of_all(problems));
        }
        let why = words.pick(
            "no policy: its name does not end in `.xml`",
            "ingen policy: navnet slutter ikke på `.xml`",
        );
        // Of the folders below, there may be very many.
        let is_of_it = |path: &&PathBuf| path.parent() == Some(Path::new(folder));
        let others = listing.others.iter().filter(is_of_it);
        let others = others.map(|path| format!("{}: {why}", Visible(path.display())));
        self.notes.extend(others);
        let paths: Vec<PathBuf> = listing.files.into_iter().map(|file| file.path).collect();
        match paths.is_empty() {
            true => Err(words
                .pick(
                    format!("{}: no file in this folder ends in `.xml`", Visible(folder)),
                    format!("{}: ingen fil i mappen slutter på `.xml`", Visible(folder)),
                )
                .into()),
            false => Ok(paths),
        }
    }

    /// The services of a folder: those that the policies name, or that the files are named after.
    pub(super) fn services(
        &mut self,
        folder: &str,
        register: Option<&Register>,
    ) -> Result<Services, Undone> {
        let mut builder = Pdp::builder();
        if let Some(register) = register {
            builder = builder.register(register);
        }
        let mut found: Vec<(ResourceId, PathBuf, (Vec<u8>, usize))> = Vec::new();
        let (mut reasons, mut left_out) = (Vec::new(), 0);
        for path in self.policies_in(folder)? {
            let shown = path.to_string_lossy();
            let text = read(self.words, &shown)?;
            let resource = self.resource_of(&path, &text);
            let warnings = warnings(&resource, &shown, &text)?;
            // The name of the file says nothing of the app, then.
            if has_placeholders(&warnings) {
                reasons.push(self.words.file_of_app(&shown));
                left_out += 1;
                continue;
            }
            found.push((resource, path, (text, warnings.len())));
        }
        let of_files = found.iter().map(|(resource, path, _)| (resource, path));
        let in_several = in_several_files(of_files);
        let told = in_several.iter();
        reasons.extend(told.map(|(resource, paths)| self.words.in_several_files(resource, paths)));
        let mut resources: Vec<ResourceId> = Vec::new();
        let mut mistakes = 0;
        for (resource, _, (text, of_policy)) in &found {
            if in_several.contains_key(resource) {
                left_out += 1;
                continue;
            }
            mistakes += of_policy;
            builder = builder.policy(resource.as_str(), text);
            resources.push(resource.clone());
        }
        if resources.is_empty() {
            return Err(reasons.join("\n").into());
        }
        let words = self.words;
        let prefix = words.pick("left out", "utelatt");
        let reasons = reasons.into_iter().map(|why| format!("{prefix}: {why}"));
        self.notes.extend(reasons);
        if left_out > 0 {
            self.notes.push(words.pick(
                format!(
                    "{} left out",
                    count(left_out, "policy was", "policies were")
                ),
                format!("{} utelatt", count(left_out, "policy er", "policyer er")),
            ));
        }
        self.note_mistakes(folder, "", mistakes);
        Ok(Services {
            pdp: builder.build()?,
            resources,
            is_whole: left_out == 0,
        })
    }
}

/// The services of a folder.
pub(super) struct Services {
    pub(super) pdp: Pdp,
    /// In the order of their files.
    pub(super) resources: Vec<ResourceId>,
    /// Whether each policy of the folder is among them.
    pub(super) is_whole: bool,
}

/// The services whose policy is in several of some files, with these.
pub(super) fn in_several_files<'f>(
    files: impl Iterator<Item = (&'f ResourceId, &'f PathBuf)>,
) -> BTreeMap<&'f ResourceId, Vec<&'f PathBuf>> {
    let mut by_service: BTreeMap<&ResourceId, Vec<&PathBuf>> = BTreeMap::new();
    for (resource, path) in files {
        by_service.entry(resource).or_default().push(path);
    }
    by_service.retain(|_, paths| paths.len() > 1);
    by_service
}
