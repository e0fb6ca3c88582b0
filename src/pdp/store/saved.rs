//! A store ⇄ its policies in a compact form, which is read without XML.
//!
//! The saved form is the policies as trees, not their compiled form ([`packed`]); restoring
//! compiles them again. So every check of the compiler applies to a file, and functions,
//! algorithms, providers and limits are those of the store that restores.

mod dictionary;
mod file;
mod packed;
mod replace;

use std::collections::HashSet;
use std::io::{self, Read, Write};
use std::mem::discriminant;
use std::path::Path;
use std::sync::Arc;

use super::super::documents::ReadDocument;
use super::apply::Edit;
use super::changes::ChangeSummary;
use super::compiled::CompiledDocument;
use super::listing::DocumentRole;
use super::load::LoadKey;
use super::writer::StoreWriter;
use super::{LoadProgress, Store};
use crate::combining::Algorithm;
use crate::error::{Diagnostic, Error};
use crate::limits::Limits;
pub(super) use file::SavedAbout;
use file::{Break, FileRecord, Recorder, Records};
pub(in crate::pdp) use packed::Packer;

/// Progress is reported after this many more policies.
const TOLD: usize = 256;

/// The search for problems ends after this many.
const MOST_PROBLEMS: usize = 1000;

impl Store {
    /// Writes all policies of one version of the store, and returns that version. Concurrent
    /// changes wait only until the documents of the version are listed.
    ///
    /// The store must have been built with [`saveable`](crate::PdpBuilder::saveable).
    ///
    /// The output is for [`restore`](Self::restore): it is about a fourteenth of the size of the
    /// XML, and loads in about a fifth of the time. It is no backup of the documents: it lacks
    /// their descriptions, and problems found in it have no lines. It holds the policies and the
    /// identifier of the algorithm that combines them: data types, functions, providers and limits
    /// are those of the store that restores them.
    ///
    /// [`save_to`](Self::save_to) writes a file. Anyone who can write the file controls all
    /// decisions: its checksums detect damage, not forgery. Where others can write it, sign it and
    /// check the signature before restoring it.
    ///
    /// ```
    /// use vedtak::Pdp;
    /// let deny = "urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:deny-overrides";
    /// let store = Pdp::builder().root_combining(deny).saveable().store()?;
    /// store.put("brev.xml", std::fs::read_to_string("fixtures/altinn/resource-policy.xml")?)?;
    /// let mut saved = Vec::new();
    /// store.save(&mut saved)?;
    ///
    /// let restored = Pdp::builder().root_combining(deny).store()?;
    /// restored.restore(saved.as_slice(), |progress| println!("{} so far", progress.loaded))?;
    /// assert_eq!(restored.ids(), ["urn:vedtak:policy:brev"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `to` cannot be written; or the store is not saveable ([`io::ErrorKind::Unsupported`]).
    pub fn save(&self, to: impl Write) -> io::Result<u64> {
        let (version, policies) = {
            let writer = self.writer();
            (self.version(), writer.saved())
        };
        let Some(policies) = policies else {
            return Err(io::Error::new(
                io::ErrorKind::Unsupported,
                "the store keeps nothing to save: build it with `PdpBuilder::saveable`",
            ));
        };
        let mut to = Recorder::begin(to, policies.len() as u64, &self.shared.root_combining)?;
        for (id, about, bytes) in policies {
            to.record(&id, about, &bytes)?;
        }
        to.end()?;
        Ok(version)
    }

    /// Saves to a file and replaces it as a whole: it holds either the earlier content or all of
    /// the new one, after a power cut as well. The content is written to a file beside it, of its
    /// name with `.new` at the end, flushed to disk, and renamed; then the folder is flushed.
    /// Returns the version that was saved.
    ///
    /// ```
    /// # let deny = "urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:deny-overrides";
    /// # let folder = std::env::temp_dir().join(format!("vedtak-save-to-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder)?;
    /// let store = vedtak::Pdp::builder().root_combining(deny).saveable().store()?;
    /// store.put("brev.xml", std::fs::read_to_string("fixtures/altinn/resource-policy.xml")?)?;
    /// let path = folder.join("policies.saved");
    /// assert_eq!(store.save_to(&path)?, 1);
    ///
    /// let restored = vedtak::Pdp::builder().root_combining(deny).store()?;
    /// restored.restore(std::io::BufReader::new(std::fs::File::open(&path)?), |_| {})?;
    /// assert_eq!(restored.len(), 1);
    /// # std::fs::remove_dir_all(&folder)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`save`](Self::save). The file is then unchanged, unless the error says that the folder
    /// could not be flushed to disk.
    pub fn save_to(&self, path: impl AsRef<Path>) -> io::Result<u64> {
        replace::replace(path.as_ref(), |file| self.save(file))
    }

    /// Replaces all policies with those that [`save`](Self::save) wrote, in their order. They are
    /// all in the next version, which is returned. Reads to the end of `from`; `progress` is called
    /// every few hundred policies.
    ///
    /// It restores all policies or none, as damage must not remove a policy that denies. Changes
    /// that are made while it reads are overwritten at its end, as if they had been made before;
    /// none waits for it. The builder's library stays.
    ///
    /// # Errors
    ///
    /// The bytes are damaged, cut short, in another format, or of policies that another algorithm
    /// [combines](crate::PdpBuilder::root_combining); or a policy does not compile here: it needs a
    /// function, data type or algorithm that was not added, or exceeds a limit. The store stays as
    /// it is. The error holds every problem that can be found, with the policy and the byte at which
    /// it begins.
    pub fn restore(
        &self,
        from: impl Read,
        progress: impl FnMut(LoadProgress),
    ) -> Result<u64, Error> {
        let changed = self.shown(self.put_back(from, progress))?;
        Ok(changed.version)
    }

    fn put_back(
        &self,
        from: impl Read,
        mut progress: impl FnMut(LoadProgress),
    ) -> Result<ChangeSummary, Error> {
        let shared = &*self.shared;
        let limits = &shared.host.settings.limits;
        let mut fresh = StoreWriter::renewed(&self.writer());
        let begun = Records::begin(from, limits.bytes);
        let mut records = begun.map_err(|broken| Error::new(vec![told(broken, None)]))?;
        self.check_combining(records.algorithm.as_deref())?;
        let count = records.count;
        let (mut problems, mut so_far) = (Vec::new(), LoadProgress::default());
        let mut edits = Vec::new();
        for loaded in shared.library.iter().cloned() {
            edits.push(Edit::Put(self.compile_loaded(&mut fresh, loaded)?));
        }
        let mut met = HashSet::new();
        // One after the other, on one thread: compiling needs no more, and a tree that is made,
        // compiled and dropped in one place stays in the processor's caches.
        while let Some((place, read)) = next(&mut records, limits, fresh.is_saveable()) {
            so_far.bytes += place.length;
            let compiled = read.and_then(|(document, role)| {
                let policy = document.policy();
                let key = LoadKey::of(role, policy.is_set(), policy.id(), policy.version());
                if !met.insert(key) {
                    let named = place.named(policy.id(), count);
                    let message = format!("{named} is there twice");
                    return Err(vec![Diagnostic::placeless("", message)]);
                }
                self.compile_saved(&mut fresh, document, role, &place, count)
            });
            match compiled {
                Ok(compiled) => {
                    so_far.loaded += 1;
                    edits.push(Edit::Put(compiled));
                }
                Err(more) => {
                    so_far.refused += 1;
                    problems.extend(more);
                }
            }
            if (so_far.loaded + so_far.refused) % TOLD == 0 {
                progress(so_far);
            }
            if problems.len() >= MOST_PROBLEMS {
                let message = "the rest of the saved store was not looked at";
                problems.push(Diagnostic::placeless("", message));
                break;
            }
        }
        progress(so_far);
        if !problems.is_empty() {
            return Err(Error::new(problems));
        }
        let slot_providers = self.slot_providers(&mut fresh);
        // No code of the host runs from here on.
        let mut writer = self.writer();
        let version = self.version() + 1;
        let applied = fresh.apply(edits, false, version, limits);
        applied.map_err(|error| {
            let problems = error.into_diagnostics().into_iter();
            let of_saved = problems.map(|problem| {
                let message = format!("in the saved store, {}", problem.message());
                Diagnostic::placeless(problem.path(), message)
            });
            Error::new(of_saved.collect())
        })?;
        // Documents compiled for the earlier vocabulary do not fit this one.
        fresh.epoch = writer.epoch + 1;
        let before = std::mem::replace(&mut *writer, fresh);
        self.publish(&mut writer, slot_providers, version);
        let ids = |writer: &StoreWriter| -> Vec<String> {
            let documents = writer.listing.iter();
            documents.map(|(_, known)| known.id().to_owned()).collect()
        };
        let changed = ChangeSummary {
            version,
            ids: ids(&writer),
            removed: ids(&before),
            referring: 0,
        };
        drop(writer);
        drop(before);
        Ok(changed)
    }

    /// Under another combining algorithm the same policies could permit what they denied.
    fn check_combining(&self, saved: Option<&str>) -> Result<(), Error> {
        let own = self.shared.root_combining.as_str();
        let is_same = |saved: &str| {
            // Some algorithms have several identifiers.
            let kinds = [saved, own].map(|id| Algorithm::standard(id).map(|a| discriminant(&a)));
            saved == own || kinds[0].is_some() && kinds[0] == kinds[1]
        };
        match saved.filter(|saved| !is_same(saved)) {
            None => Ok(()),
            Some(saved) => Err(Error::plain(format!(
                "the store was saved with policies that `{}` combines, and `{own}` combines those of \
                 this one: build it with the `root_combining` it was saved with",
                crate::xml::cut(saved)
            ))),
        }
    }

    /// Compiles a document that was read.
    fn compile_saved(
        &self,
        writer: &mut StoreWriter,
        document: ReadDocument,
        role: DocumentRole,
        place: &SavedPlace,
        count: u64,
    ) -> Result<Box<CompiledDocument>, Vec<Diagnostic>> {
        let shared = &*self.shared;
        let source = document.source().to_owned();
        let compiled = writer.compile(document, role, &shared.host, &shared.language);
        compiled.map_err(|error| {
            let place = place.of(count);
            let problems = error.into_diagnostics().into_iter();
            let of_policy = problems.map(|problem| {
                let message = problem.message();
                let message = format!("{source}, saved as policy {place}: {message}");
                Diagnostic::placeless(problem.path(), message)
            });
            of_policy.collect()
        })
    }
}

/// A policy, or its problems, with its place in the file.
type Item = (
    SavedPlace,
    Result<(ReadDocument, DocumentRole), Vec<Diagnostic>>,
);

/// The place of a policy in the file: its index, and its bytes.
struct SavedPlace {
    number: u64,
    at: u64,
    length: u64,
}

impl SavedPlace {
    fn of(&self, count: u64) -> String {
        let number = self.number.saturating_add(1);
        format!("{number} of {count} at byte {}", self.at)
    }

    fn named(&self, id: &str, count: u64) -> String {
        let id = crate::xml::cut(id);
        format!("the saved policy `{id}`, {},", self.of(count))
    }
}

/// Returns the next policy; none after the last, or after an error that ends reading.
fn next<R: Read>(records: &mut Records<R>, limits: &Limits, keep: bool) -> Option<Item> {
    match records.next() {
        Ok(record) => Some(item(record?, records.count, limits, keep)),
        Err(broken) => {
            let number = records.number();
            let place = SavedPlace {
                number,
                at: 0,
                length: 0,
            };
            let problem = told(broken, Some((number, records.count)));
            Some((place, Err(vec![problem])))
        }
    }
}

fn item(record: FileRecord, count: u64, limits: &Limits, keep: bool) -> Item {
    let place = SavedPlace {
        number: record.number,
        at: record.at,
        length: record.length,
    };
    let read = document(record, limits, keep).map_err(|(id, problem)| {
        let message = format!("{} {problem}", place.named(&id, count));
        vec![Diagnostic::placeless("", message)]
    });
    (place, read)
}

/// Returns the policy of a record, or its id and problem.
fn document(
    record: FileRecord,
    limits: &Limits,
    keep: bool,
) -> Result<(ReadDocument, DocumentRole), (String, String)> {
    if !record.is_whole() {
        let problem = "is damaged: its bytes are not those that were saved";
        return Err((record.id, problem.to_owned()));
    }
    let Some((about, packed)) = record.parts() else {
        return Err((
            record.id,
            "does not begin as a saved policy does".to_owned(),
        ));
    };
    match packed::unpack(packed, limits) {
        Ok((source, document)) => {
            let saved = keep.then(|| Arc::from(packed));
            let document = ReadDocument::from_saved(source.into(), document, about.digest, saved);
            let role = match about.is_library {
                true => DocumentRole::Library,
                false => DocumentRole::Root,
            };
            match document.policy().id() == record.id {
                true => Ok((document, role)),
                false => Err((record.id, "holds a policy of another id".to_owned())),
            }
        }
        Err(misfit) => Err((record.id, format!("cannot be read: {}", misfit.0))),
    }
}

/// Returns the problem of a file that cannot be read on. `next` is the index of the policy that
/// would be next, and the number of policies.
fn told(broken: Break, next: Option<(u64, u64)>) -> Diagnostic {
    let policy = match next {
        Some((number, count)) if number < count => {
            format!(", in policy {} of {count}", number.saturating_add(1))
        }
        _ => String::new(),
    };
    Diagnostic::placeless(
        "",
        match broken {
            Break::Io(error) => format!("the saved store cannot be read{policy}: {error}"),
            Break::Ends(at) => format!("the saved store ends early, at byte {at}{policy}"),
            Break::Damaged(_, message) if policy.is_empty() => message,
            Break::Damaged(at, message) => {
                format!("the saved store cannot be read on at byte {at}{policy}: {message}")
            }
        },
    )
}

#[cfg(test)]
mod tests;
