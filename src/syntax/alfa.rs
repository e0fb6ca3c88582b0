//! Policies in ALFA, the Abbreviated Language for Authorization: read into trees, and printed from them.
//!
//! [`read`] takes one file and [`read_files`] several that use one another's names; [`write()`] prints
//! policies as one file. [`to_xml`] and [`from_xml`] turn texts into texts, with their comments. [The chapter on ALFA](crate::manual::alfa) has the language and a table of what
//! it cannot say.
//!
//! ```
//! use vedtak::ReadOptions;
//! use vedtak::syntax::{Document, alfa};
//!
//! let text = r#"
//!     namespace letters {
//!         policy reading {
//!             target clause Attributes.actionId == "read"
//!             apply denyUnlessPermit
//!             rule anybody { permit }
//!         }
//!     }
//! "#;
//! let documents = alfa::read(text, ReadOptions::new())?;
//! let Document::Policy(policy) = &documents[0] else { panic!("is a policy") };
//! assert_eq!(policy.id, "letters.reading");
//! assert_eq!(alfa::read(alfa::write(&documents)?, ReadOptions::new())?, documents);
//! # Ok::<(), vedtak::Error>(())
//! ```

// A file is read in two passes: `parse` makes declarations of tokens, with a scope for each block, and
// `lower` looks up the names in them and makes trees. Both go on after a problem. `write` makes the names
// that identifiers have not, and knows as `lower` does which operator stands for which function.

mod convert;
mod lower;
mod names;
mod parse;
mod scope;
mod token;
mod tree;
mod write;

use std::sync::Arc;

use super::unread::{Nodes, Unread};
use super::{Document, NamedText};
use crate::error::{Diagnostic, Error, Offset, Problem};
use crate::limits::{Limits, exceeded};
use crate::read_options::ReadOptions;
use crate::xml::{self, Comment, Comments};
pub use convert::{InXml, from_xml, to_xml};
use lower::Lowering;
use parse::Parser;
use token::{Kind, Tokens};
use tree::Declaration;
use write::Printer;

/// Reads the policies and policy sets of one file, in its order: those that are no part of another. A
/// file that only declares names has none.
///
/// Each is one of XACML 3.0 and of version 1.0. A policy that is named in a policy set becomes a
/// reference to its id, and is a document of its own.
///
/// ```
/// use vedtak::ReadOptions;
/// use vedtak::syntax::alfa;
///
/// let text = "policy p { apply denyOverides rule r { permit } }";
/// let error = alfa::read(text, ReadOptions::new().source("p.alfa")).unwrap_err();
/// let message = "no rule combinator `denyOverides` is declared; did you mean `denyOverrides`?";
/// assert_eq!(error.diagnostics()[0].message(), message);
/// ```
///
/// # Errors
///
/// Every problem of the file, in its order: what is no ALFA, names that mean nothing, operators between
/// types that they do not take, and a file beyond a limit. Others are found when the policies are
/// compiled, as those of XML are.
pub fn read(bytes: impl AsRef<[u8]>, options: ReadOptions<'_>) -> Result<Vec<Document>, Error> {
    let name = options.source_or("policy");
    read_files([(name, bytes.as_ref())], options.limits)
}

/// Reads the policies of several files, each a name and its bytes, that use one another's declarations.
///
/// Each [`Offset`] of a policy is a place in its file. A rule that it takes in is where its name stands,
/// and so are the parts of one that another file declares.
///
/// ```
/// use vedtak::Limits;
/// use vedtak::syntax::alfa;
///
/// let names = r#"namespace a { attribute job { id = "job" type = string category = subjectCat } }"#;
/// let policies = r#"policy p {
///     target clause a.job == "clerk"
///     apply denyUnlessPermit
///     rule clerks { permit }
/// }"#;
/// let files = [("names.alfa", names.as_bytes()), ("policies.alfa", policies.as_bytes())];
/// assert_eq!(alfa::read_files(files, &Limits::default())?.len(), 1);
/// # Ok::<(), vedtak::Error>(())
/// ```
///
/// # Errors
///
/// Those of [`read`], of all files. The limit on bytes holds for the files together.
pub fn read_files<'f>(
    files: impl IntoIterator<Item = (&'f str, &'f [u8])>,
    limits: &Limits,
) -> Result<Vec<Document>, Error> {
    let documents = ReadFiles::of(files, limits)?.documents.into_iter();
    Ok(documents.map(|(.., document)| document).collect())
}

/// Reads files as far as they can be read; each document with the number of its file and the text, in which
/// its places are, and what is wrong.
pub(crate) fn read_with_problems<'f>(
    files: impl IntoIterator<Item = (&'f str, &'f [u8])>,
    limits: &Limits,
) -> (Vec<(Document, usize, NamedText)>, Option<Unread>) {
    let (read, unread) = ReadFiles::with_problems(files, limits);
    let documents = read.documents.into_iter();
    let documents =
        documents.map(|(file, _, document)| (document, file, read.texts[file].1.clone()));
    (documents.collect(), unread)
}

/// The place of the name of the combining algorithm of the policy at a place; none if there is no policy in
/// ALFA.
pub(crate) fn algorithm_offset(text: &str, policy: Offset) -> Option<Offset> {
    let rest = text.get(policy.bytes()..)?;
    let mut tokens = rest
        .starts_with("policy")
        .then(|| Tokens::new(rest, policy.bytes()))?;
    let (mut level, mut before) = (0_usize, 0);
    loop {
        let token = tokens.next(&mut drop);
        before += usize::from(level == 0);
        match token.text {
            // `policy name = "id" {`: one without braces is not looked through up to the end of the file.
            _ if token.kind == Kind::End || before > 5 => return None,
            "{" => level += 1,
            "}" if level < 2 => return None,
            "}" => level -= 1,
            "apply" if level == 1 && token.kind == Kind::Word => {
                return Some(Offset::new(tokens.next(&mut drop).at));
            }
            _ => {}
        }
    }
}

/// Files that were read.
#[derive(Default)]
struct ReadFiles {
    /// The files, each with its place in the text of all.
    texts: Vec<(usize, NamedText)>,
    /// The documents, each with the number of its file and its end in the text of all.
    documents: Vec<(usize, usize, Document)>,
    /// The comments that are no descriptions, by their places in the text of all.
    comments: Vec<Comment>,
}

impl ReadFiles {
    fn of<'f>(
        files: impl IntoIterator<Item = (&'f str, &'f [u8])>,
        limits: &Limits,
    ) -> Result<Self, Error> {
        match Self::with_problems(files, limits) {
            (read, None) => Ok(read),
            (_, Some(unread)) => Err(Error::new(unread.problems)),
        }
    }

    /// The files as far as they can be read, and what is wrong.
    fn with_problems<'f>(
        files: impl IntoIterator<Item = (&'f str, &'f [u8])>,
        limits: &Limits,
    ) -> (Self, Option<Unread>) {
        let mut texts: Vec<(usize, NamedText)> = Vec::new();
        let mut undecodable = Vec::new();
        // Two files have no place in common, not even their ends.
        let (mut length, mut base) = (0, 0);
        for (name, bytes) in files {
            length += bytes.len();
            match xml::text(name, bytes, limits) {
                Ok(text) => {
                    let text = Arc::new(text.into_owned());
                    let after = base + text.len() + 1;
                    texts.push((std::mem::replace(&mut base, after), (name.into(), text)));
                }
                Err(error) => undecodable.extend(error.into_diagnostics()),
            }
        }
        let most = limits.bytes.min(u32::MAX as usize);
        if length > most && undecodable.is_empty() {
            let what = format!("the files have {length} bytes");
            let message = exceeded(&what, format_args!("{most} bytes"), "bytes");
            undecodable.push(Diagnostic::placeless("", message));
        }
        if !undecodable.is_empty() {
            return (Self::default(), Some(Unread::of_all(undecodable)));
        }
        let mut parser = Parser::new(limits);
        for (base, (_, text)) in &texts {
            parser.file(text, *base);
        }
        let (entries, scopes, problems) = (parser.entries, parser.scopes, parser.problems);
        let (nodes, mut holes, was_stopped) = (parser.all_nodes, parser.holes, parser.was_stopped);
        let (mut comments, rule_comments) = (parser.comments, parser.rule_comments);
        let mut lowering = Lowering::new(&entries, &scopes, problems, limits);
        let documents = lowering.documents().into_iter();
        // Where a limit has ended reading, nothing more is said.
        let is_whole = !was_stopped && !lowering.is_full() && !lowering.problems.is_full();
        let (problems, taken) = (lowering.problems, lowering.taken);
        holes.append(&mut lowering.holes);
        let rule_comments = rule_comments.into_iter();
        let rule_comments = rule_comments.filter(|(number, _)| !taken.contains_key(number));
        comments.extend(rule_comments.map(|(_, comment)| comment));
        comments.sort_by_key(|comment| comment.at);
        let unread = (!problems.is_empty()).then(|| {
            let mut problems = problems.finish(|message| Problem {
                offset: Offset::new(usize::MAX),
                path: String::new(),
                message,
            });
            problems.sort_by_key(|problem| problem.offset.bytes());
            if !is_whole {
                return Unread::of_all(placed(&texts, problems));
            }
            holes.extend(problems.iter().map(|problem| problem.offset.bytes()));
            let mut nodes = Nodes::of(nodes, holes);
            nodes.take_in(taken.into_iter().filter_map(|(number, places)| {
                match &entries[number].item {
                    Declaration::Rule(rule) => Some((rule.head.at, places)),
                    _ => None,
                }
            }));
            Unread::of(placed(&texts, problems), nodes, &texts)
        });
        let documents = documents.filter(|_| is_whole);
        let documents = documents.map(|(end, document)| (file_of(&texts, end), end, document));
        let documents = documents.collect();
        let read = Self {
            documents,
            comments,
            texts,
        };
        (read, unread)
    }
}

/// The number of the file in which a place of the text of all files is.
fn file_of(texts: &[(usize, NamedText)], at: usize) -> usize {
    let after = texts.partition_point(|(base, _)| *base <= at);
    after.saturating_sub(1)
}

/// Prints policies as one file, which [`read`] returns the same trees of, places aside.
///
/// Names are made of the identifiers that have none, and declared with them. Two things are not kept:
/// white space around the lines of a description, and the empty target of a rule, which then has none.
///
/// ```
/// use vedtak::combining::rule;
/// use vedtak::syntax::{Document, Policy, Rule, alfa};
///
/// let policy = Policy::new("urn:example:letters", rule::DENY_UNLESS_PERMIT).rule(Rule::permit("r"));
/// let text = alfa::write(&[Document::from(policy)])?;
/// assert!(text.contains("policy letters = \"urn:example:letters\" {"));
///
/// let policy = Policy::new("p", rule::DENY_UNLESS_PERMIT).version("2.1".parse()?);
/// let error = alfa::write(&[Document::from(policy)]).unwrap_err();
/// assert_eq!(error.diagnostics()[0].message(), "the `Version` 2.1, which is 1.0 in ALFA");
/// assert_eq!(error.diagnostics()[0].path(), "Policy `p`");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// Every place that ALFA cannot say, with its path. Nothing is left out in silence.
pub fn write(documents: &[Document]) -> Result<String, Error> {
    let documents = documents.iter();
    let documents = documents.map(|document| (document, Comments::default()));
    write_with(documents.collect(), &[])
}

/// Prints documents as [`write()`] does, each with the comments of the text that its places are in, and
/// problems with their places in it.
fn write_with(documents: Vec<(&Document, Comments)>, texts: &[NamedText]) -> Result<String, Error> {
    let mut printer = Printer::new();
    let printed = printer.documents(documents);
    let problems = printer.finish(texts);
    match problems.is_empty() {
        true => Ok(printed),
        false => Err(Error::new(problems)),
    }
}

/// The problems, in the order of their places, with their files and positions.
fn placed(texts: &[(usize, NamedText)], problems: Vec<Problem>) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    let mut rest = problems.into_iter().peekable();
    for (number, (base, (name, text))) in texts.iter().enumerate() {
        let source = Document::source(name, text);
        let next = texts.get(number + 1).map_or(usize::MAX, |(base, _)| *base);
        let mut own = Vec::new();
        while let Some(mut problem) = rest.next_if(|problem| problem.offset.bytes() < next) {
            let within = (problem.offset.bytes() - base).min(text.len());
            problem.offset = Offset::new(within);
            own.push(problem);
        }
        diagnostics.extend(source.diagnostics(own));
    }
    diagnostics
}
