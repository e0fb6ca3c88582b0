//! Many documents at once: read on all threads, and seen by readers together.

use std::collections::HashMap;
use std::thread;

use foldhash::quality::RandomState;

use super::super::documents::ReadDocument;
use super::Store;
use super::writer::{Change, Writer};
use crate::error::Error;

/// So many documents are read before they are put in.
const BATCH: usize = 256;

/// What came of loading many documents.
#[derive(Debug, Default)]
pub struct Loading {
    /// How many documents are in the store now.
    pub loaded: usize,
    /// Those that are not, by their names, with all that is wrong with each.
    pub refused: Vec<(String, Error)>,
    /// The version of the store from which on they decide.
    pub version: u64,
}

/// How far loading is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Documents that were read and compiled, and will be in the store when loading ends.
    pub loaded: usize,
    /// Documents that were refused.
    pub refused: usize,
    /// Bytes of both.
    pub bytes: u64,
}

impl Store {
    /// Puts in many documents, each with its name. They are read on all threads and decide together
    /// from one version on; those that are refused change nothing. `progress` is told every few
    /// hundred documents how far it is.
    ///
    /// Two documents of one id in one call are one too many: the second is refused, unless it is the
    /// same text, which is one document.
    ///
    /// ```
    /// # let policy = include_str!("../../../fixtures/altinn/resource-policy.xml");
    /// # let deny = "urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:deny-overrides";
    /// let store = vedtak::Pdp::builder().root_combining(deny).store()?;
    /// let documents = [("a.xml".to_owned(), policy.as_bytes().to_vec())];
    /// let loading = store.load(documents, |progress| println!("{} so far", progress.loaded));
    /// assert_eq!((loading.loaded, loading.refused.len()), (1, 0));
    /// # Ok::<(), vedtak::Error>(())
    /// ```
    pub fn load(
        &self,
        documents: impl IntoIterator<Item = (String, Vec<u8>)>,
        mut progress: impl FnMut(Progress),
    ) -> Loading {
        let mut loading = Loading::default();
        let mut writer = self.writer();
        // The iterator, the callback and the providers are the host's: nothing is changed before
        // they are done.
        let (changes, seats) = writer.compiling(|writer| {
            let changes = self.compile_all(writer, documents, &mut progress, &mut loading.refused);
            (changes, self.seats(writer))
        });
        loading.loaded = changes.len();
        loading.version = match changes.is_empty() {
            true => self.version(),
            false => {
                for change in changes {
                    writer.make(change);
                }
                self.publish(&mut writer, seats)
            }
        };
        loading
    }

    fn compile_all(
        &self,
        writer: &mut Writer,
        documents: impl IntoIterator<Item = (String, Vec<u8>)>,
        progress: &mut impl FnMut(Progress),
        refused: &mut Vec<(String, Error)>,
    ) -> Vec<Change> {
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let mut documents = documents.into_iter();
        let mut changes = Vec::new();
        let mut known: HashMap<String, (String, Option<u64>)> = HashMap::new();
        let state = RandomState::default();
        let mut bytes = 0;
        let shared = &*self.shared;
        loop {
            let batch: Vec<_> = documents.by_ref().take(BATCH * threads).collect();
            if batch.is_empty() {
                return changes;
            }
            bytes += batch.iter().map(|(_, b)| b.len() as u64).sum::<u64>();
            for (name, read) in self.read(batch, threads) {
                let compiled = read.and_then(|document| {
                    let (id, digest) = (document.id(), document.digest(&state));
                    if let Some((first, known)) = known.get(id) {
                        if digest.is_some() && *known == digest {
                            return Ok(None);
                        }
                        let id = crate::xml::cut(id);
                        let message = format!("{name}: `{first}` has the id `{id}`, too");
                        return Err(Error::plain(message));
                    }
                    let change = writer.compile(&document, &shared.host, &shared.language)?;
                    known.insert(id.to_owned(), (name.clone(), digest));
                    Ok(Some(change))
                });
                match compiled {
                    Ok(change) => changes.extend(change),
                    Err(error) => refused.push((name, error)),
                }
            }
            progress(Progress {
                loaded: changes.len(),
                refused: refused.len(),
                bytes,
            });
        }
    }

    /// Reads documents on several threads, and keeps their order.
    fn read(
        &self,
        documents: Vec<(String, Vec<u8>)>,
        threads: usize,
    ) -> Vec<(String, Result<ReadDocument, Error>)> {
        let limits = &self.shared.host.limits;
        let read = |(name, bytes): (String, Vec<u8>)| {
            let read = ReadDocument::from_bytes(name.as_str().into(), &bytes, limits);
            (name, read)
        };
        if threads == 1 || documents.len() < 2 * threads {
            return documents.into_iter().map(read).collect();
        }
        let share = documents.len().div_ceil(threads);
        let mut rest = documents;
        let mut shares = Vec::new();
        while !rest.is_empty() {
            let after = rest.split_off(share.min(rest.len()));
            shares.push(std::mem::replace(&mut rest, after));
        }
        thread::scope(|scope| {
            let start = |share: Vec<_>| {
                scope.spawn(move || share.into_iter().map(read).collect::<Vec<_>>())
            };
            let running: Vec<_> = shares.into_iter().map(start).collect();
            let mut all = Vec::new();
            for thread in running {
                match thread.join() {
                    Ok(read) => all.extend(read),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            all
        })
    }
}
