//! The bytes of many documents → documents, on all threads.

use std::thread;

use super::super::listing::DocumentRole;
use super::SourceDocument;
use super::batches::{Batches, Incoming, LoadItem};
use crate::error::Error;
use crate::pdp::documents::Content;

impl Batches<'_> {
    /// Reads documents on several threads, and keeps their order.
    pub(super) fn read(
        &self,
        documents: Vec<LoadItem>,
        threads: usize,
    ) -> Vec<(String, DocumentRole, Result<Incoming, Error>)> {
        let limits = &self.store.shared.host.settings.limits;
        let read = |item: LoadItem| {
            let role = item.document.role();
            let SourceDocument { source, bytes, .. } = item.document;
            let found = match item.known {
                Some(place) => Ok(Incoming::Known(place)),
                None => {
                    let content = Content::Bytes(source.as_str().into(), bytes);
                    content
                        .read_known(limits)
                        .map(|read| Incoming::Read(Box::new(read)))
                }
            };
            (source, role, found)
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
