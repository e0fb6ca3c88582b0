//! Documents, as bytes or trees → documents read → one program.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::quality::RandomState;
use memchr::memmem;

use super::store::Packer;
use crate::compile::{self, CompileInput, Options, Sequence};
use crate::error::{Diagnostic, Error};
use crate::limits::Limits;
use crate::program::Program;
use crate::syntax::{AnyPolicy, Document, NamedText, Unread};
use crate::xml;

#[derive(Clone)]
pub(super) struct Loaded {
    pub(super) is_root: bool,
    pub(super) content: Content,
}

#[derive(Clone)]
pub(super) enum Content {
    Bytes(Arc<str>, Vec<u8>),
    /// A tree, and the text that its places are in, if it has one that is no XML.
    Tree(Box<Document>, Option<NamedText>),
}

/// A document that was read, with its text if it had one.
pub(super) struct ReadDocument {
    pub(super) document: Document,
    pub(super) text: Option<NamedText>,
    /// Whether the document is what the text says in XML, and not a tree beside it.
    is_of_xml: bool,
    /// BLAKE3 of its bytes; none if it is not needed, or for a tree.
    pub(super) digest: Option<[u8; 32]>,
    /// The saved form that it was unpacked from.
    saved: Option<Saved>,
}

/// A document as it was read, kept for explanations.
#[derive(Clone)]
pub(super) enum WrittenDocument {
    /// Its name and text, in XML.
    Text(NamedText),
    /// One without a text in XML.
    Tree(Box<Document>, Option<NamedText>),
}

impl WrittenDocument {
    /// Reads it again, as far as needed. It was read before, so there are no problems.
    pub(super) fn read(&self, limits: &Limits) -> Option<ReadDocument> {
        match self {
            Self::Text((source, text)) => Some(ReadDocument {
                document: Document::read_text(source, text, limits).ok()?,
                text: Some((source.clone(), text.clone())),
                is_of_xml: true,
                digest: None,
                saved: None,
            }),
            Self::Tree(tree, text) => {
                let tree = Document::clone(tree);
                Some(ReadDocument::from_tree(tree, text.clone()))
            }
        }
    }
}

struct Saved {
    source: Arc<str>,
    /// The saved bytes, if they are kept.
    bytes: Option<Arc<[u8]>>,
}

impl ReadDocument {
    /// Reads a document from its bytes.
    pub(super) fn from_bytes(
        source: Arc<str>,
        bytes: Vec<u8>,
        limits: &Limits,
    ) -> Result<Self, Error> {
        let text = xml::owned_text(&source, bytes, limits)?;
        Ok(Self {
            document: Document::read_text(&source, &text, limits)?,
            text: Some((source, text.into())),
            is_of_xml: true,
            digest: None,
            saved: None,
        })
    }

    pub(super) fn from_tree(document: Document, text: Option<NamedText>) -> Self {
        Self {
            document,
            text,
            is_of_xml: false,
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
            is_of_xml: false,
            digest,
            saved: Some(Saved { source, bytes }),
        }
    }

    /// Returns the problem of a tree that has a character XML cannot hold.
    pub(super) fn unreadable(&self) -> Option<Diagnostic> {
        match self.is_of_xml || self.saved.is_some() {
            true => None,
            false => self.document.unreadable(),
        }
    }

    /// The name of the document in problems; empty for a tree of the host.
    pub(super) fn source(&self) -> &str {
        match (&self.text, &self.saved) {
            (Some((source, _)), _) => source,
            (None, Some(saved)) => &saved.source,
            (None, None) => "",
        }
    }

    pub(super) fn into_written(self) -> WrittenDocument {
        match self.text {
            Some(text) if self.is_of_xml => WrittenDocument::Text(text),
            text => WrittenDocument::Tree(Box::new(self.document), text),
        }
    }

    /// Returns the document in its saved form.
    pub(super) fn saved(&self, packer: &Packer) -> Arc<[u8]> {
        let known = self.saved.as_ref().and_then(|saved| saved.bytes.clone());
        known.unwrap_or_else(|| packer.pack(self.source(), &self.document).into())
    }

    pub(super) fn policy(&self) -> AnyPolicy<'_> {
        (&self.document).into()
    }

    pub(super) fn input(&self) -> CompileInput<'_> {
        let text = self.text.as_ref();
        CompileInput {
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

    /// Reads the document, as far as it can be, with its problems.
    fn read_with_problems(self, limits: &Limits) -> (Option<ReadDocument>, Vec<Diagnostic>) {
        let digest = self.digest();
        let (source, bytes) = match self {
            Self::Tree(tree, text) => {
                return (Some(ReadDocument::from_tree(*tree, text)), Vec::new());
            }
            Self::Bytes(source, bytes) => (source, bytes),
        };
        let text = match xml::owned_text(&source, bytes, limits) {
            Ok(text) => text,
            Err(error) => return (None, error.into_diagnostics()),
        };
        let (document, problems) = Document::read_text_with_problems(&source, &text, limits);
        let read = document.map(|document| ReadDocument {
            document,
            text: Some((source, text.into())),
            is_of_xml: true,
            digest,
            saved: None,
        });
        (read, problems)
    }

    pub(super) fn read(self, limits: &Limits) -> Result<ReadDocument, Error> {
        match self {
            Self::Tree(tree, text) => Ok(ReadDocument::from_tree(*tree, text)),
            Self::Bytes(source, bytes) => ReadDocument::from_bytes(source, bytes, limits),
        }
    }

    /// Reads the document, and keeps the digest by which a store identifies its bytes.
    pub(super) fn read_known(self, limits: &Limits) -> Result<ReadDocument, Error> {
        let digest = self.digest();
        let read = self.read(limits)?;
        Ok(ReadDocument { digest, ..read })
    }

    /// BLAKE3 of its bytes, by which stores and records identify it; none for a tree.
    fn digest(&self) -> Option<[u8; 32]> {
        match self {
            Self::Tree(..) => None,
            Self::Bytes(_, bytes) => Some(digest(bytes)),
        }
    }
}

/// BLAKE3: two documents with the same digest are the same, as collisions cannot be made.
pub(super) fn digest(bytes: &[u8]) -> [u8; 32] {
    *blake3::hash(bytes).as_bytes()
}

impl Loaded {
    /// Whether it seems to refer to other policies: a cheap search of its bytes, which may be
    /// wrong.
    pub(super) fn seems_to_refer(&self) -> bool {
        match &self.content {
            Content::Tree(..) => false,
            Content::Bytes(_, bytes) => memmem::find(bytes, b"IdReference").is_some(),
        }
    }
}

/// Returns the documents without copies of the same bytes: a folder of policies may hold the root
/// as well. A document given as a root and as a library is a root, at its first place.
pub(super) fn without_copies(mut documents: Vec<Loaded>) -> Vec<Loaded> {
    let mut first: HashMap<&[u8], usize, RandomState> = HashMap::default();
    // INVARIANT: the original of a copy is its own original.
    let mut originals = Vec::with_capacity(documents.len());
    for (index, loaded) in documents.iter().enumerate() {
        originals.push(match &loaded.content {
            Content::Bytes(_, bytes) => *first.entry(bytes).or_insert(index),
            Content::Tree(..) => index,
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
    // A single document gains nothing from this.
    if documents.len() < 2 || documents.iter().any(Loaded::seems_to_refer) {
        return None;
    }
    let mut sequence = Sequence::new(options)?;
    for loaded in documents {
        sequence = match &loaded.content {
            Content::Tree(tree, _) => sequence.add(tree, loaded.is_root)?,
            Content::Bytes(source, bytes) => {
                let text = xml::text(source, bytes, options.limits).ok()?;
                let tree = Document::read_text(source, &text, options.limits).ok()?;
                sequence.add(&tree, loaded.is_root)?
            }
        };
    }
    let is_readable = |loaded: &Loaded| match &loaded.content {
        Content::Tree(tree, _) => tree.unreadable().is_none(),
        Content::Bytes(..) => true,
    };
    let program = sequence.finish()?;
    documents.iter().all(is_readable).then_some(program)
}

/// Reads all documents, then compiles them. If some cannot be read, the error also holds the
/// problems of compiling that do not follow from those of reading.
pub(super) fn all_at_once(
    documents: Vec<Loaded>,
    options: &Options<'_>,
    unread: Vec<Unread>,
) -> Result<Program, Error> {
    let mut read = Vec::new();
    let mut problems: Vec<Vec<Diagnostic>> = Vec::with_capacity(documents.len());
    for (number, loaded) in documents.into_iter().enumerate() {
        let is_root = loaded.is_root;
        let (document, found) = loaded.content.read_with_problems(options.limits);
        read.extend(document.map(|document| (number, is_root, document)));
        problems.push(found);
    }
    let inputs: Vec<CompileInput<'_>> = read
        .iter()
        .map(|(_, is_root, read)| CompileInput {
            is_root: *is_root,
            ..read.input()
        })
        .collect();
    if problems.iter().all(Vec::is_empty) && unread.is_empty() {
        let program = compile::compile(&inputs, options)?;
        let unreadable = read.iter().filter_map(|(.., read)| read.unreadable());
        let unreadable: Vec<Diagnostic> = unreadable.collect();
        return match unreadable.is_empty() {
            true => Ok(program),
            false => Err(Error::new(unreadable)),
        };
    }
    let of_reading: Vec<usize> = problems.iter().map(Vec::len).collect();
    for (input, problem) in compile::problems_beside_unread(&inputs, options) {
        let (number, ..) = read[input];
        let of_alfa = |unread: &Unread| unread.may_cause(&problem);
        let is_of_alfa = !read[input].2.is_of_xml && unread.iter().any(of_alfa);
        if !is_of_alfa && !follows(&problem, &problems[number][..of_reading[number]]) {
            problems[number].push(problem);
        }
    }
    for problems in &mut problems {
        problems.sort_by_key(Diagnostic::position);
    }
    let unread = unread.into_iter().flat_map(|unread| unread.problems);
    let mut problems: Vec<Diagnostic> = problems.into_iter().flatten().chain(unread).collect();
    if !read.iter().all(|(.., read)| read.is_of_xml) {
        // A file in ALFA has several documents, and problems of none.
        let mut files = HashMap::new();
        for problem in &problems {
            let number = files.len();
            files
                .entry(problem.source().map(str::to_owned))
                .or_insert(number);
        }
        problems.sort_by_cached_key(|problem| {
            let file = files.get(&problem.source().map(str::to_owned));
            (file.copied(), problem.position())
        });
    }
    Err(Error::new(problems))
}

/// Whether a problem of compiling may follow from one of reading: of the same element, of an
/// enclosing one, or of a variable, which other elements of the policy refer to.
fn follows(problem: &Diagnostic, of_reading: &[Diagnostic]) -> bool {
    // An element without its id is read as one with an empty id.
    let place = problem.path().replace(" ``", "");
    of_reading.iter().any(|read| {
        let element = read.path();
        let element = match element.strip_prefix("VariableDefinition `") {
            Some(variable) => variable
                .split_once("` of ")
                .map_or("", |(_, policy)| policy),
            None => element,
        };
        let inside = place.strip_suffix(element);
        inside.is_some_and(|inside| {
            element.is_empty() || inside.is_empty() || inside.ends_with(" of ")
        })
    })
}

#[cfg(test)]
mod tests {
    use crate::Pdp;

    fn policy(id: &str, content: &str) -> String {
        format!(
            "<Policy xmlns='urn:oasis:names:tc:xacml:3.0:core:schema:wd-17' PolicyId='{id}' Version='1.0' \
             RuleCombiningAlgId='urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-overrides'>\
             <Target/>{content}</Policy>"
        )
    }

    fn condition(function: &str) -> String {
        format!("<Condition><Apply FunctionId='{function}'/></Condition>")
    }

    /// The problems of a builder, as source, element and message.
    fn problems(documents: &[(&str, String)]) -> Vec<String> {
        let mut builder = Pdp::builder().root_combining("nonsense");
        for (source, text) in documents {
            builder = builder.policy(source, text);
        }
        let error = builder.build().expect_err("has problems");
        let lines = error.diagnostics().iter().map(|problem| {
            let source = problem.source().unwrap_or_default();
            format!("{source} {}: {}", problem.path(), problem.message())
        });
        lines.collect()
    }

    #[test]
    fn problems_of_reading_hide_none_of_compiling_elsewhere() {
        let rules = [
            format!(
                "<Rule RuleId='read' Effect='permit'>{}</Rule>",
                condition("follows")
            ),
            format!(
                "<Rule RuleId='compiled' Effect='Permit'>{}</Rule>",
                condition("none-1")
            ),
        ];
        // A problem of compiling hides none of those within it either.
        let rules = rules.concat();
        let algorithm = policy("a", &rules).replace(":deny-overrides", ":no-overrides");
        let compiled = policy(
            "b",
            &format!(
                "<Rule RuleId='r' Effect='Deny'>{}</Rule>",
                condition("none-2")
            ),
        );
        let found = problems(&[
            ("a.xml", algorithm),
            ("b.xml", compiled),
            ("c.xml", "<Policy".to_owned()),
        ]);
        let starts = [
            "a.xml Policy `a`: the combining algorithm",
            "a.xml Rule `read` of Policy `a`: ",
            "a.xml Rule `compiled` of Policy `a`: the function `none-1` is not known",
            "b.xml Rule `r` of Policy `b`: the function `none-2` is not known",
            "c.xml : ",
        ];
        assert_eq!(found.len(), starts.len(), "{found:#?}");
        for (found, start) in found.iter().zip(starts) {
            assert!(found.starts_with(start), "{found}");
        }
    }

    #[test]
    fn what_follows_from_a_problem_of_reading_is_not_told() {
        let set = "<PolicySet xmlns='urn:oasis:names:tc:xacml:3.0:core:schema:wd-17' PolicySetId='s' \
            Version='1.0' PolicyCombiningAlgId='urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:deny-overrides'>\
            <Target/><PolicyIdReference>c</PolicyIdReference></PolicySet>";
        let variable = "<VariableDefinition VariableId='v'><AttributeValue>true</AttributeValue></VariableDefinition>\
            <Rule RuleId='r' Effect='Permit'><Condition><VariableReference VariableId='v'/></Condition></Rule>";
        for (documents, count) in [
            // The reference may lead to the document that cannot be read.
            (
                vec![("s.xml", set.to_owned()), ("c.xml", "<Policy".to_owned())],
                1,
            ),
            // The variable has no type because its value has none.
            (vec![("v.xml", policy("v", variable))], 1),
            // Nothing is known of a policy without an id, nor of one whose target is wrong.
            (
                vec![(
                    "n.xml",
                    policy("n", &condition("none")).replace("PolicyId='n'", ""),
                )],
                2,
            ),
        ] {
            let found = problems(&documents);
            assert_eq!(found.len(), count, "{found:#?}");
        }
    }
}
