//! A document compiled with the names of a store, before it is put in.

use std::collections::HashMap;
use std::sync::Arc;

use super::super::documents::WrittenDocument;
use super::graph::{FaultPlace, GraphFault, Name};
use super::listing::{Digest, DocumentRole};
use crate::compile::{Unit, kind_name};
use crate::error::{Diagnostic, Problem};
use crate::program::PolicyId;
use crate::syntax::{Document, Offset, Version};

/// A compiled document, for the store whose names it was compiled with.
pub(super) struct CompiledDocument {
    pub(super) name: Name,
    pub(super) version: Version,
    pub(super) role: DocumentRole,
    /// The name of the document in problems; empty for a tree of the host.
    pub(super) source: Arc<str>,
    pub(super) unit: Unit,
    pub(super) saved: Option<Arc<[u8]>>,
    /// The document itself, if the store keeps it for explanations.
    pub(super) written: Option<WrittenDocument>,
    pub(super) digest: Option<Digest>,
    /// The epoch of the names it was compiled with.
    pub(super) epoch: u64,
    /// Its text, if a fault of its references may need a position.
    pub(super) text: Option<Arc<String>>,
    /// The offset of its root element.
    pub(super) offset: Offset,
}

impl CompiledDocument {
    pub(super) fn is_root(&self) -> bool {
        self.role == DocumentRole::Root
    }

    pub(super) fn refers(&self) -> bool {
        let links = &self.unit.links;
        !links.elsewhere.is_empty() || !links.own.is_empty()
    }

    /// Returns the faults of this document with their positions. `links` are the links of its
    /// references, in their order.
    pub(super) fn diagnostics(
        &self,
        faults: &[&GraphFault],
        links: &[PolicyId],
    ) -> Vec<Diagnostic> {
        let all = &self.unit.links;
        let mut places: HashMap<PolicyId, usize> = HashMap::new();
        for (place, link) in links.iter().enumerate() {
            places.entry(*link).or_insert(place);
        }
        let place_of = |fault: &GraphFault| match fault.place {
            FaultPlace::Link(link) | FaultPlace::Circle(_, link) => {
                let link = all.elsewhere.get(*places.get(&link)?)?;
                Some((link.reference.offset, link.path.clone(), true))
            }
            FaultPlace::Own(_, number) => {
                let own = all.own.get(number)?;
                Some((own.reference.offset, own.path.clone(), true))
            }
            FaultPlace::Document(_) => None,
        };
        let problems = faults.iter().map(|fault| {
            let (offset, path, is_inside) = place_of(fault).unwrap_or_else(|| self.itself());
            let offset = match &self.text {
                Some(text) if is_inside => crate::xml::content_offset(text, offset),
                _ => offset,
            };
            let message = fault.message.clone();
            Problem {
                offset,
                path,
                message,
            }
        });
        match &self.text {
            Some(text) => Document::source(&self.source, text).diagnostics(problems.collect()),
            None => problems
                .map(|problem| {
                    let message = self.with_source(&problem.message);
                    Diagnostic::placeless(problem.path, message)
                })
                .collect(),
        }
    }

    /// Returns the problem of a document that is refused as a whole.
    pub(super) fn refused(&self, message: String) -> Diagnostic {
        let (_, path, _) = self.itself();
        Diagnostic::placeless(path, self.with_source(&message))
    }

    fn itself(&self) -> (Offset, String, bool) {
        let kind = kind_name(self.name.0);
        let path = format!("{kind} `{}`", crate::xml::cut(&self.name.1));
        (self.offset, path, false)
    }

    fn with_source(&self, message: &str) -> String {
        match &*self.source {
            "" => message.to_owned(),
            source => format!("{source}: {message}"),
        }
    }
}
