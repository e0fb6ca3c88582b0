//! The text of a policy → the text that its tree is printed as, comments included.

use std::borrow::Cow;

use super::Document;
use crate::attribute::category;
use crate::error::{Error, Source, is_visible};
use crate::read_options::ReadOptions;
use crate::value::DataType;
use crate::xml::{self, Attribute, Element, Event, Fault, Markup, MarkupPlace, POLICY_2, Reader};
use crate::xml::{Writer, XACML};

/// Prints a policy or a policy set in one canonical form, which keeps its comments: where two texts
/// differ then, rules or comments do.
///
/// The form is that of [`Document::to_xml`]: indented, in UTF-8, the namespace of XACML the default
/// one, attributes in the order of the standard and in double quotes, no element with an end tag that
/// can do without. Characters that nobody sees, as those that change the direction of a text, are
/// references, and escapes in comments. Prefixes are declared where a path or a foreign element may use them, and nowhere
/// else. White space stays as it is in values, descriptions and paths. A comment on a line of its own
/// is on one again, another stays beside what it follows; so do processing instructions.
///
/// A document of XACML 2.0 stays one. Attributes it may leave out are written with the value that
/// they have then.
///
/// ```
/// use vedtak::ReadOptions;
/// use vedtak::syntax::{Document, format};
///
/// let text = r#"<x:Policy PolicyId='p' xmlns:x="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17"
///     RuleCombiningAlgId="urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-overrides"
///     Version="1.0"><!-- of everybody --><x:Target></x:Target>
///   <x:Rule RuleId="r" Effect="Permit"/></x:Policy>"#;
/// let formatted = format(text, ReadOptions::new())?;
/// assert_eq!(formatted, r#"<?xml version="1.0" encoding="UTF-8"?>
/// <Policy xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" PolicyId="p" Version="1.0" RuleCombiningAlgId="urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-overrides"> <!-- of everybody -->
///   <Target/>
///   <Rule RuleId="r" Effect="Permit"/>
/// </Policy>
/// "#);
/// assert_eq!(Document::from_xml(&formatted)?, Document::from_xml(text)?);
/// # Ok::<(), vedtak::Error>(())
/// ```
///
/// # Errors
///
/// Those of [`Document::read_xml`]: what is not read is not formatted. A document is refused as well
/// that would be beyond a limit when it is indented, and one that would say something else: whatever is
/// returned was read again, and is the same tree.
pub fn format(bytes: impl AsRef<[u8]>, options: ReadOptions<'_>) -> Result<String, Error> {
    let name = options.source_or("policy");
    let (tree, text) = Document::read_with_text(bytes.as_ref(), options)?;
    let source = Source {
        name: name.into(),
        text: &text,
    };
    let printed = Reader::new(&text, options.limits).and_then(|reader| {
        let reader = reader.keeping_markup();
        Formatter {
            reader,
            text: &text,
            is_version_2: false,
        }
        .document()
    });
    let printed = printed
        .map_err(|fault| Error::new(vec![source.diagnostic(fault.offset, "", fault.message)]))?;
    // It is longer, and has more declarations on some elements: it may be beyond a limit.
    let again = Document::read_text(
        &format!("{name}, formatted").into(),
        &printed,
        options.limits,
    )?;
    match again == tree {
        true => Ok(printed),
        false => Err(Error::plain(format!(
            "{name}: formatted, it would say something else; this is a fault of the formatter"
        ))),
    }
}

struct Formatter<'a> {
    reader: Reader<'a>,
    text: &'a str,
    is_version_2: bool,
}

/// The kinds of content that an element may have.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Content {
    /// Elements, and white space between them that means nothing.
    Elements,
    /// Text, all white space of which counts, or one element of any schema.
    Text,
    /// Text that white space around is no part of.
    TrimmedText,
}

/// A part of a text.
enum Piece<'a> {
    Text(Cow<'a, str>),
    Markup(String),
}

impl<'a> Formatter<'a> {
    fn document(mut self) -> Result<String, Fault> {
        let mut writer = Writer::new().showing_all();
        loop {
            match self.reader.next_markup()? {
                Markup::Event(Event::Start(root)) => {
                    self.is_version_2 = root.namespace.as_deref() == Some(POLICY_2);
                    let namespace = match self.is_version_2 {
                        true => POLICY_2,
                        false => XACML,
                    };
                    let mut done = Ok(());
                    writer.element_of(namespace, root.name, |writer| {
                        done = self.inside(writer, &root, false);
                    });
                    done?;
                }
                Markup::Event(Event::End) => return Ok(writer.finish()),
                Markup::Event(Event::Text(..)) => {}
                markup => writer.markup(&written(&markup), MarkupPlace::Line),
            }
        }
    }

    fn element(
        &mut self,
        writer: &mut Writer<'a>,
        element: &Element<'a>,
        of_paths: bool,
    ) -> Result<(), Fault> {
        let mut done = Ok(());
        writer.element(element.name, |writer| {
            done = self.inside(writer, element, of_paths);
        });
        done
    }

    /// Writes the attributes and the content of an element. `of_paths`: it is an argument of a function
    /// that takes paths as strings (2.0 A.3.15).
    fn inside(
        &mut self,
        writer: &mut Writer<'a>,
        element: &Element<'a>,
        of_paths: bool,
    ) -> Result<(), Fault> {
        self.attributes(writer, element, of_paths)?;
        let of_paths = element.name == "Apply"
            && self.is_version_2
            && xml::attribute(element, "FunctionId").is_some_and(|id| id.contains("xpath-node-"));
        let content = content(element, self.is_version_2);
        let mut pieces = Vec::new();
        let (mut line_ended, mut had_child) = (false, false);
        loop {
            match self.reader.next_markup()? {
                Markup::Event(Event::End) => break,
                Markup::Event(Event::Text(text, _)) if content == Content::Elements => {
                    line_ended |= text.contains('\n');
                }
                Markup::Event(Event::Text(text, _)) => pieces.push(Piece::Text(text)),
                Markup::Event(Event::Start(child)) => {
                    // Not a text then: what was read is layout and comments.
                    layout(writer, &mut pieces, &mut line_ended);
                    if content == Content::Elements {
                        self.element(writer, &child, of_paths)?;
                    } else {
                        writer.raw(&self.reader.raw(&child)?);
                    }
                    (line_ended, had_child) = (false, true);
                }
                markup if content == Content::Elements => {
                    writer.markup(&written(&markup), place(line_ended));
                    line_ended = false;
                }
                markup => pieces.push(Piece::Markup(written(&markup))),
            }
        }
        match had_child {
            true => layout(writer, &mut pieces, &mut line_ended),
            false => text(writer, pieces, content),
        }
        Ok(())
    }

    fn attributes(
        &mut self,
        writer: &mut Writer<'a>,
        element: &Element<'a>,
        of_paths: bool,
    ) -> Result<(), Fault> {
        let is_known = |attribute: &Attribute<'_>| {
            attribute.namespace.is_none() && rank(element.name, attribute.name).is_some()
        };
        let attributes = element.attributes.iter();
        let (known, others): (Vec<_>, Vec<_>) = attributes.partition(|one| is_known(one));
        let mut known: Vec<(&str, Cow<'_, str>)> = known
            .into_iter()
            .map(|one| (one.name, value(one)))
            .collect();
        for (name, default) in left_out(element.name) {
            if self.is_version_2 && xml::attribute(element, name).is_none() {
                known.push((name, (*default).into()));
            }
        }
        known.sort_by_key(|(name, _)| rank(element.name, name));
        for (name, value) in &known {
            writer.attribute(name, value);
        }
        let is_value = element.name == "AttributeValue";
        let is_path = |name| {
            known.iter().any(|(known, value)| {
                *known == name && (name != "DataType" || *value == DataType::XPathExpression.uri())
            })
        };
        let has_prefixes = element.name == "AttributeSelector"
            || is_value && (of_paths || is_path("XPathCategory") || is_path("DataType"));
        let mut declared = match has_prefixes {
            true => self.reader.namespaces()?,
            false => Vec::new(),
        };
        for other in &others {
            let prefix = self
                .name(other)
                .split_once(':')
                .map_or("", |(prefix, _)| prefix);
            if prefix != "xml"
                && declared.iter().all(|(known, _)| **known != *prefix)
                && let Some(namespace) = &other.namespace
            {
                declared.push((prefix.into(), namespace.clone()));
            }
        }
        writer.namespaces(&declared);
        for other in others {
            writer.attribute(self.name(other), &other.value);
        }
        Ok(())
    }

    /// The name of an attribute as it is written, with its prefix.
    fn name(&self, attribute: &Attribute<'a>) -> &'a str {
        let from = self.text.get(attribute.offset.bytes()..).unwrap_or("");
        let end = from.find(|c: char| c == '=' || c.is_ascii_whitespace());
        &from[..end.unwrap_or(from.len())]
    }
}

pub(super) fn content(element: &Element<'_>, is_version_2: bool) -> Content {
    match element.name {
        "Description" | "Content" => Content::Text,
        "XPathVersion" | "PolicyIdReference" | "PolicySetIdReference" => Content::TrimmedText,
        "AttributeValue" | "AttributeAssignment" => {
            let data_type = xml::uri_attribute(element, "DataType").unwrap_or_default();
            match data_type == DataType::Entity.uri() && !is_version_2 {
                true => Content::Elements,
                false => Content::Text,
            }
        }
        _ => Content::Elements,
    }
}

/// A comment or a processing instruction as the document has it, but for characters that nobody sees:
/// there are no references to them in there, so they are shown as escapes.
pub(super) fn written(markup: &Markup<'_>) -> String {
    let written = match markup {
        Markup::Comment(text) => format!("<!--{text}-->"),
        Markup::Instruction(target, rest) if rest.is_empty() => format!("<?{target}?>"),
        Markup::Instruction(target, rest) => format!("<?{target} {rest}?>"),
        Markup::Event(_) => String::new(),
    };
    let is_shown = |c: char| matches!(c, '\n' | '\t') || is_visible(c);
    match written.chars().all(is_shown) {
        true => written,
        false => {
            let mut shown = String::with_capacity(written.len());
            for c in written.chars() {
                match is_shown(c) {
                    true => shown.push(c),
                    false => shown.extend(c.escape_unicode()),
                }
            }
            shown
        }
    }
}

fn place(line_ended: bool) -> MarkupPlace {
    match line_ended {
        true => MarkupPlace::Line,
        false => MarkupPlace::Beside,
    }
}

/// Writes what is between elements: comments, and no text.
fn layout(writer: &mut Writer<'_>, pieces: &mut Vec<Piece<'_>>, line_ended: &mut bool) {
    for piece in pieces.drain(..) {
        match piece {
            Piece::Text(text) => *line_ended |= text.contains('\n'),
            Piece::Markup(markup) => {
                writer.markup(&markup, place(*line_ended));
                *line_ended = false;
            }
        }
    }
}

/// Writes a text, with the comments in it.
fn text(writer: &mut Writer<'_>, pieces: Vec<Piece<'_>>, content: Content) {
    const WHITE_SPACE: [char; 4] = [' ', '\t', '\n', '\r'];
    let last = pieces.len().saturating_sub(1);
    for (at, piece) in pieces.into_iter().enumerate() {
        match piece {
            Piece::Markup(markup) => writer.markup(&markup, MarkupPlace::Inside),
            Piece::Text(text) if content == Content::TrimmedText => {
                let from = match at {
                    0 => text.trim_start_matches(WHITE_SPACE),
                    _ => &text,
                };
                writer.text(match at == last {
                    true => from.trim_end_matches(WHITE_SPACE),
                    false => from,
                });
            }
            Piece::Text(text) => writer.text(&text),
        }
    }
}

/// The value of an attribute of the standard: an identifier without white space around it (XML Schema:
/// anyURI collapses it), a boolean by its name.
fn value<'v>(attribute: &'v Attribute<'_>) -> Cow<'v, str> {
    let text = &*attribute.value;
    match attribute.name {
        "MustBePresent" | "IncludeInResult" => match xml::trim(text) {
            "1" => "true".into(),
            "0" => "false".into(),
            word => word.into(),
        },
        "RuleId" | "RuleIdRef" | "VariableId" | "ParameterName" | "Path" | "RequestContextPath"
        | "Issuer" => text.into(),
        _ => xml::trim(text).into(),
    }
}

/// The attributes that a document of 2.0 may leave out, and their values then.
fn left_out(element: &str) -> &'static [(&'static str, &'static str)] {
    match element {
        "Policy" | "PolicySet" => &[("Version", "1.0")],
        "SubjectAttributeDesignator" => &[
            ("SubjectCategory", category::ACCESS_SUBJECT),
            ("MustBePresent", "false"),
        ],
        "ResourceAttributeDesignator"
        | "ActionAttributeDesignator"
        | "EnvironmentAttributeDesignator"
        | "AttributeSelector" => &[("MustBePresent", "false")],
        _ => &[],
    }
}

/// The attributes of the standard, in the order in which they are written.
const ORDER: &[&str] = &[
    "PolicySetId",
    "PolicyId",
    "RuleId",
    "VariableId",
    "MatchId",
    "FunctionId",
    "ObligationId",
    "AdviceId",
    "ParameterName",
    "PolicySetIdRef",
    "PolicyIdRef",
    "RuleIdRef",
    "Version",
    "EarliestVersion",
    "LatestVersion",
    "PolicyCombiningAlgId",
    "RuleCombiningAlgId",
    "MaxDelegationDepth",
    "Effect",
    "FulfillOn",
    "AppliesTo",
    "Category",
    "SubjectCategory",
    "ContextSelectorId",
    "Path",
    "RequestContextPath",
    "AttributeId",
    "DataType",
    "XPathCategory",
    "Issuer",
    "MustBePresent",
    "IncludeInResult",
];

/// The place of an attribute among the others of its element; none if it is no attribute of the
/// standard there.
fn rank(element: &str, attribute: &str) -> Option<usize> {
    match attribute {
        // An assignment is named by its id, whatever category it may have.
        "AttributeId" if element.starts_with("AttributeAssignment") => return Some(0),
        "DataType" | "XPathCategory" => {}
        // Others may have any.
        _ if element == "AttributeValue" => return None,
        _ => {}
    }
    ORDER.iter().position(|known| *known == attribute)
}
