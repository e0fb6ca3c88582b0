//! Files in ALFA → texts in XML, and the other way, each with its comments.

use std::sync::Arc;

use super::{ReadFiles, file_of, write_with};
use crate::error::{Diagnostic, Error, Offset};
use crate::limits::Limits;
use crate::read_options::ReadOptions;
use crate::syntax::Document;
use crate::syntax::comments::comments;
use crate::xml::{Comment, Comments, MarkupPlace};

/// Policies in XML that were made of files in ALFA.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct InXml {
    /// The policies, each with its text.
    pub policies: Vec<(Document, String)>,
    /// For each policy, the place of its file among those that were given.
    pub files: Vec<usize>,
    /// For each file without a policy that has comments: how many are lost, at the place of the first.
    pub lost: Vec<Diagnostic>,
}

/// Turns files in ALFA, each a name and its bytes, into policies in XML, with their comments: each stays
/// before what it precedes, or beside what it follows. Comments on declarations of names, which have no
/// counterpart, are put before the next policy of the file, or behind the last.
///
/// ```
/// use vedtak::Limits;
/// use vedtak::syntax::alfa;
///
/// let text = "policy p { apply denyUnlessPermit  rule r { permit } // everybody, so far\n }";
/// let names = "// the jobs\nattribute job { id = \"job\" type = string category = subjectCat }";
/// let files = [("p.alfa", text.as_bytes()), ("names.alfa", names.as_bytes())];
/// let made = alfa::to_xml(files, &Limits::default())?;
/// assert!(made.policies[0].1.contains("/> <!-- everybody, so far -->\n"));
/// assert_eq!(made.files, [0]);
/// let lost = made.lost[0].to_string();
/// assert!(lost.starts_with("names.alfa:1:1: 1 comment is lost, as this file has no policy"));
/// # Ok::<(), vedtak::Error>(())
/// ```
///
/// # Errors
///
/// Those of [`read_files`](super::read_files).
pub fn to_xml<'f>(
    files: impl IntoIterator<Item = (&'f str, &'f [u8])>,
    limits: &Limits,
) -> Result<InXml, Error> {
    let ReadFiles {
        texts,
        documents,
        comments,
    } = ReadFiles::of(files, limits)?;
    let mut of_documents: Vec<Vec<Comment>> = documents.iter().map(|_| Vec::new()).collect();
    let mut lost: Vec<(usize, usize, usize)> = Vec::new();
    // The first document that ends behind the comment.
    let mut next = 0;
    for comment in comments {
        while documents
            .get(next)
            .is_some_and(|(_, end, _)| *end <= comment.at)
        {
            next += 1;
        }
        let file = file_of(&texts, comment.at);
        let is_here = |number: &usize| documents.get(*number).is_some_and(|one| one.0 == file);
        let before = next.checked_sub(1).filter(is_here);
        let (base, (_, text)) = &texts[file];
        let is_behind = before.is_some_and(|before| {
            let behind = text[..comment.at - base]
                .trim_end_matches([' ', '\t'])
                .len();
            comment.place == MarkupPlace::Beside && documents[before].1 == base + behind
        });
        let own = match is_behind {
            true => before,
            false => Some(next).filter(is_here).or(before),
        };
        let comment = Comment {
            at: comment.at - base,
            within: comment.within.map(|within| within.saturating_sub(*base)),
            ..comment
        };
        match (own, lost.last_mut()) {
            (Some(own), _) => of_documents[own].push(comment),
            (None, Some((known, _, count))) if *known == file => *count += 1,
            (None, _) => lost.push((file, comment.at, 1)),
        }
    }
    let lost = lost.into_iter().map(|(file, at, count)| {
        let comments = match count {
            1 => "1 comment is".to_owned(),
            count => format!("{count} comments are"),
        };
        let message = format!("{comments} lost, as this file has no policy");
        let (name, text) = &texts[file].1;
        Document::source(name, text).diagnostic(Offset::new(at), "", message)
    });
    let lost = lost.collect();
    let files = documents.iter().map(|(file, ..)| *file).collect();
    let policies = documents.into_iter().zip(of_documents);
    let policies = policies.map(|((file, end, document), comments)| {
        let comments = Comments::new(comments, end - texts[file].0);
        let text = document.to_xml_with(comments);
        (document, text)
    });
    Ok(InXml {
        policies: policies.collect(),
        files,
        lost,
    })
}

/// Turns policies in XML, each a name and its bytes, into one file in ALFA, with their comments.
///
/// ```
/// use vedtak::Limits;
/// use vedtak::syntax::alfa;
///
/// let policy = std::fs::read("examples/letters.xml")?;
/// let text = alfa::from_xml([("letters.xml", &policy[..])], &Limits::default())?;
/// assert!(text.contains("apply denyUnlessPermit"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// Every problem of every text; or else those of [`write`](super::write()).
pub fn from_xml<'f>(
    files: impl IntoIterator<Item = (&'f str, &'f [u8])>,
    limits: &Limits,
) -> Result<String, Error> {
    let mut problems = Vec::new();
    let (mut read, mut texts) = (Vec::new(), Vec::new());
    for (name, bytes) in files {
        let options = ReadOptions::new().source(name).limits(limits);
        let found = Document::read_with_text(bytes, options)
            .and_then(|(document, text)| Ok((document, comments(name, &text, limits)?, text)));
        match found {
            Ok((document, comments, text)) => {
                read.push((document, comments));
                texts.push((name.into(), Arc::new(text.into_owned())));
            }
            Err(error) => problems.extend(error.into_diagnostics()),
        }
    }
    if !problems.is_empty() {
        return Err(Error::new(problems));
    }
    let read = read.iter_mut();
    write_with(
        read.map(|(document, comments)| (&*document, std::mem::take(comments)))
            .collect(),
        &texts,
    )
}
