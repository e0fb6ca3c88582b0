//! Documents as a host gives them → read, and compiled into one program.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::quality::RandomState;
use memchr::memmem;

use super::store::Packer;
use crate::compile::{self, Input, Options, Sequence};
use crate::error::Error;
use crate::limits::Limits;
use crate::program::Program;
use crate::syntax::{Document, Offset, Version};
use crate::xml;

#[derive(Clone)]
pub(super) struct Loaded {
    pub(super) is_root: bool,
    pub(super) content: Content,
}

#[derive(Clone)]
pub(super) enum Content {
    Bytes(Arc<str>, Vec<u8>),
    Tree(Box<Document>),
}

/// A document that was read, with its text if it had one.
pub(super) struct ReadDocument {
    pub(super) document: Document,
    pub(super) text: Option<(Arc<str>, String)>,
    /// BLAKE3 of its bytes, if that was asked for.
    pub(super) digest: Option<[u8; 32]>,
    /// What it was unpacked from.
    saved: Option<Saved>,
}

struct Saved {
    source: Arc<str>,
    /// Where they are kept.
    bytes: Option<Arc<[u8]>>,
}

impl ReadDocument {
    /// Reads a document from its bytes.
    pub(super) fn from_bytes(
        source: Arc<str>,
        bytes: &[u8],
        limits: &Limits,
    ) -> Result<Self, Error> {
        let text = xml::text(&source, bytes, limits)?;
        Ok(Self {
            document: Document::read_text(&source, &text, limits)?,
            text: Some((source, text.into_owned())),
            digest: None,
            saved: None,
        })
    }

    pub(super) fn from_tree(document: Document) -> Self {
        Self {
            document,
            text: None,
            digest: None,
            saved: None,
        }
    }

    pub(super) fn from_saved(
        source: Arc<str>,
        document: Document,
        digest: Option<[u8; 32]>,
        bytes: Option<Arc<[u8]>>,
    ) -> Self {
        Self {
            document,
            text: None,
            digest,
            saved: Some(Saved { source, bytes }),
        }
    }

    /// The name it was given; empty for a tree.
    pub(super) fn source(&self) -> &str {
        match (&self.text, &self.saved) {
            (Some((source, _)), _) => source,
            (None, Some(saved)) => &saved.source,
            (None, None) => "",
        }
    }

    /// The document as it is saved.
    pub(super) fn saved(&self, packer: &Packer) -> Arc<[u8]> {
        let known = self.saved.as_ref().and_then(|saved| saved.bytes.clone());
        known.unwrap_or_else(|| packer.pack(self.source(), &self.document).into())
    }

    pub(super) fn id(&self) -> &str {
        match &self.document {
            Document::Policy(policy) => &policy.id,
            Document::PolicySet(set) => &set.id,
        }
    }

    pub(super) fn is_set(&self) -> bool {
        matches!(self.document, Document::PolicySet(_))
    }

    /// Where it begins.
    pub(super) fn offset(&self) -> Offset {
        match &self.document {
            Document::Policy(policy) => policy.offset,
            Document::PolicySet(set) => set.offset,
        }
    }

    pub(super) fn version(&self) -> &Version {
        match &self.document {
            Document::Policy(policy) => &policy.version,
            Document::PolicySet(set) => &set.version,
        }
    }

    pub(super) fn input(&self) -> Input<'_> {
        let text = self.text.as_ref();
        Input {
            source: text.map(|(name, text)| Document::source(name, text)),
            digest: self.digest.map(Arc::new),
            document: &self.document,
            is_root: true,
        }
    }
}

impl Content {
    pub(super) fn bytes(source: &str, bytes: impl AsRef<[u8]>) -> Self {
        Self::Bytes(source.into(), bytes.as_ref().to_vec())
    }

    fn read(self, limits: &Limits) -> Result<ReadDocument, Error> {
        match self {
            Self::Tree(tree) => Ok(ReadDocument::from_tree(*tree)),
            Self::Bytes(source, bytes) => ReadDocument::from_bytes(source, &bytes, limits),
        }
    }

    /// Reads it, and keeps by which bytes it is known: to a store, and to records of decisions.
    pub(super) fn read_known(self, limits: &Limits) -> Result<ReadDocument, Error> {
        let digest = match &self {
            Self::Tree(_) => None,
            Self::Bytes(_, bytes) => Some(digest(bytes)),
        };
        let read = self.read(limits)?;
        Ok(ReadDocument { digest, ..read })
    }
}

/// BLAKE3: documents of one digest are the same, as nobody can make another of a given one.
pub(super) fn digest(bytes: &[u8]) -> [u8; 32] {
    *blake3::hash(bytes).as_bytes()
}

impl Loaded {
    /// Whether it seems to refer to policies: a look that costs little, and may be wrong.
    pub(super) fn seems_to_refer(&self) -> bool {
        match &self.content {
            Content::Tree(_) => false,
            Content::Bytes(_, bytes) => memmem::find(bytes, b"IdReference").is_some(),
        }
    }
}

/// The documents, of which those of the same bytes are one: a folder of policies may hold the root
/// as well. One that is given as a root and as a policy of the library is a root, and stands where it
/// was given first.
pub(super) fn without_copies(mut documents: Vec<Loaded>) -> Vec<Loaded> {
    let mut first: HashMap<&[u8], usize, RandomState> = HashMap::default();
    // INVARIANT: the original of a copy is its own original.
    let mut originals = Vec::with_capacity(documents.len());
    for (index, loaded) in documents.iter().enumerate() {
        originals.push(match &loaded.content {
            Content::Bytes(_, bytes) => *first.entry(bytes).or_insert(index),
            Content::Tree(_) => index,
        });
    }
    for (index, original) in originals.iter().enumerate() {
        documents[*original].is_root |= documents[index].is_root;
    }
    let mut kept = originals
        .iter()
        .enumerate()
        .map(|(index, original)| index == *original);
    documents.retain(|_| kept.next() == Some(true));
    documents
}

/// Reads and compiles one document after the other, as long as none has a problem and none refers
/// to others.
pub(super) fn in_sequence(documents: &[Loaded], options: &Options<'_>) -> Option<Program> {
    // Of a single one, nothing would be gained.
    if documents.len() < 2 || documents.iter().any(Loaded::seems_to_refer) {
        return None;
    }
    let mut sequence = Sequence::new(options)?;
    for loaded in documents {
        sequence = match &loaded.content {
            Content::Tree(tree) => sequence.add(tree, loaded.is_root)?,
            Content::Bytes(source, bytes) => {
                let text = xml::text(source, bytes, options.limits).ok()?;
                let tree = Document::read_text(source, &text, options.limits).ok()?;
                sequence.add(&tree, loaded.is_root)?
            }
        };
    }
    sequence.finish()
}

/// Reads all documents, then compiles them.
pub(super) fn all_at_once(documents: Vec<Loaded>, options: &Options<'_>) -> Result<Program, Error> {
    let mut read = Vec::new();
    let mut problems = Vec::new();
    let roots: Vec<bool> = documents.iter().map(|loaded| loaded.is_root).collect();
    for loaded in documents {
        match loaded.content.read_known(options.limits) {
            Ok(document) => read.push(document),
            Err(error) => problems.extend(error.into_diagnostics()),
        }
    }
    if !problems.is_empty() {
        return Err(Error::new(problems));
    }
    let inputs = read.iter().zip(roots);
    let inputs: Vec<Input<'_>> = inputs
        .map(|(read, is_root)| Input {
            is_root,
            ..read.input()
        })
        .collect();
    compile::compile(&inputs, options)
}
