//! A text in XML → its comments, each with its place, to be written with the tree that was read from it.

use super::Document;
use super::format::{Content, content, written};
use crate::error::Error;
use crate::limits::Limits;
use crate::read_options::ReadOptions;
use crate::xml::{Comment, Comments, Event, Fault, Markup, Reader, XACML};

/// Prints a policy of XACML 1.0, 1.1, 2.0 or 3.0 as one of 3.0: as [`Document::migrate`] reads it, and
/// with its comments. Each stays before what it precedes, or beside what it follows.
///
/// ```
/// use vedtak::ReadOptions;
/// use vedtak::syntax::migrate;
///
/// let text = r#"<Policy xmlns="urn:oasis:names:tc:xacml:2.0:policy:schema:os" PolicyId="p"
///     RuleCombiningAlgId="urn:oasis:names:tc:xacml:1.0:rule-combining-algorithm:first-applicable">
///   <Target/>
///   <!-- Everybody may, since 2009. -->
///   <Rule RuleId="r" Effect="Permit"/>
/// </Policy>"#;
/// let migrated = migrate(text, ReadOptions::new())?;
/// assert!(migrated.contains("  <!-- Everybody may, since 2009. -->\n  <Rule "));
/// # Ok::<(), vedtak::Error>(())
/// ```
///
/// # Errors
///
/// Those of [`Document::migrate`].
pub fn migrate(bytes: impl AsRef<[u8]>, options: ReadOptions<'_>) -> Result<String, Error> {
    let name = options.source_or("policy");
    let (document, text) = Document::migrate_with_text(bytes.as_ref(), options)?;
    Ok(document.to_xml_with(comments(name, &text, options.limits)?))
}

/// The comments and processing instructions of a document that was read without a problem. Those within
/// elements that are kept as they are written are a part of these.
pub(super) fn comments(name: &str, text: &str, limits: &Limits) -> Result<Comments, Error> {
    let collected = collected(text, limits).map(|comments| Comments::new(comments, text.len()));
    collected.map_err(|fault| {
        let source = Document::source(&name.into(), text);
        Error::new(vec![source.diagnostic(fault.offset, "", fault.message)])
    })
}

fn collected(text: &str, limits: &Limits) -> Result<Vec<Comment>, Fault> {
    let mut reader = Reader::new(text, limits)?.keeping_markup();
    let mut comments = Vec::new();
    // Of each open element: what it may hold, and the innermost policy set, policy or rule.
    let mut open: Vec<(Content, Option<usize>)> = Vec::new();
    let mut is_version_2 = false;
    loop {
        let (around, within) = open.last().copied().unwrap_or((Content::Elements, None));
        match reader.next_markup()? {
            Markup::Event(Event::Start(element)) if around != Content::Elements => {
                reader.skip(&element)?;
            }
            Markup::Event(Event::Start(element)) => {
                if open.is_empty() {
                    is_version_2 = element.namespace.as_deref() != Some(XACML);
                }
                let within = match element.name {
                    "PolicySet" | "Policy" | "Rule" => Some(element.offset.bytes()),
                    _ => within,
                };
                open.push((content(&element, is_version_2), within));
            }
            Markup::Event(Event::End) if open.pop().is_none() => return Ok(comments),
            Markup::Event(_) => {}
            markup => {
                let marks = match markup {
                    Markup::Instruction(..) => "<?",
                    _ => "<!--",
                };
                let until = reader.position();
                let at = text[..until].rfind(marks).unwrap_or(until);
                comments.push(Comment {
                    at,
                    within,
                    place: Comment::place(text, at),
                    markup: written(&markup),
                });
            }
        }
    }
}
