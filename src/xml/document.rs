//! Elements → children, text and attributes, checked against a schema. Collects every problem;
//! after one that makes the XML unreadable it only unwinds.

mod attributes;
mod problems;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use super::lexical::{is_blank, trim};
use super::particle::Particle;
use super::reader::{Event, Fault, Reader};
use super::schema::{self, POLICY_1, XACML};
use super::{Element, Namespaces};
use crate::error::{Diagnostic, Error, Offset, Problems, Source, cut};
use crate::limits::Limits;
use attributes::trimmed;
pub(crate) use attributes::{attribute, uri_attribute};
use problems::MOST_PROBLEMS;

/// A document being read: position, problems so far, and the way down to where we are.
pub(crate) struct Document<'a> {
    reader: Option<Reader<'a>>,
    source: Source<'a>,
    /// The namespace of the schema being read.
    namespace: &'static str,
    problems: Problems<Diagnostic>,
    path: Vec<ElementStep<'a>>,
    /// Attributes whose names are misspelt in the element at an offset: the misspelling is a
    /// problem, so the absence of the attribute is none.
    misspelt: Vec<(usize, &'static str)>,
}

/// An element around the current one: its name, and its identifier. Formatted only for a problem.
struct ElementStep<'a> {
    name: &'a str,
    id: Option<Cow<'a, str>>,
}

impl fmt::Display for ElementStep<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)?;
        match &self.id {
            Some(id) => write!(f, " `{}`", cut(id)),
            None => Ok(()),
        }
    }
}

/// The tree of a document without problems, or its problems.
pub(crate) fn whole<T>(read: (Option<T>, Vec<Diagnostic>)) -> Result<T, Error> {
    match read {
        (Some(tree), problems) if problems.is_empty() => Ok(tree),
        (_, problems) => Err(Error::new(problems)),
    }
}

impl<'a> Document<'a> {
    /// `text` is the decoded document; its length was checked by the caller.
    pub(crate) fn new(name: &Arc<str>, text: &'a str, limits: &'a Limits) -> Self {
        let mut document = Self {
            reader: None,
            source: Source {
                name: name.clone(),
                text,
            },
            namespace: XACML,
            problems: Problems::new(MOST_PROBLEMS),
            path: Vec::new(),
            misspelt: Vec::new(),
        };
        match Reader::new(text, limits) {
            Ok(reader) => document.reader = Some(reader),
            Err(fault) => document.stop(fault),
        }
        document
    }

    /// Reads the whole document as one element named in `expected`; any other is a problem. It
    /// follows the schema of XACML 3.0 or one of those whose namespaces are `older`, the first of
    /// which is of XACML 2.0, see [`is_version_2`](Self::is_version_2).
    pub(crate) fn read<T>(
        self,
        expected: &[&str],
        older: &[&'static str],
        read: impl FnOnce(&mut Self, &Element<'a>) -> T,
    ) -> Result<T, Error> {
        whole(self.read_with_problems(expected, older, read))
    }

    /// Reads as [`read`](Self::read) does, and returns the problems beside the tree. There is no
    /// tree if some part of the document was not read.
    pub(crate) fn read_with_problems<T>(
        self,
        expected: &[&str],
        older: &[&'static str],
        read: impl FnOnce(&mut Self, &Element<'a>) -> T,
    ) -> (Option<T>, Vec<Diagnostic>) {
        let schema = |root: &Element<'a>| {
            let namespace = schema::of_root(root, expected, older)?;
            Ok(((), namespace))
        };
        self.root_with_problems(schema, |xml, root, ()| read(xml, root))
    }

    /// Reads the whole document as one element, for which `schema` returns the namespace of its
    /// schema and further data, or the message that it is another element.
    #[cfg(feature = "saml")]
    pub(crate) fn read_root<S, T>(
        self,
        schema: impl FnOnce(&Element<'a>) -> Result<(S, &'static str), String>,
        read: impl FnOnce(&mut Self, &Element<'a>, S) -> T,
    ) -> Result<T, Error> {
        whole(self.root_with_problems(schema, read))
    }

    fn root_with_problems<S, T>(
        mut self,
        schema: impl FnOnce(&Element<'a>) -> Result<(S, &'static str), String>,
        read: impl FnOnce(&mut Self, &Element<'a>, S) -> T,
    ) -> (Option<T>, Vec<Diagnostic>) {
        let root = self.root(schema);
        let tree = root.map(|(root, known)| read(&mut self, &root, known));
        if let Some(reader) = &mut self.reader
            && let Err(fault) = reader.finish()
        {
            self.stop(fault);
        }
        let is_whole = self.reader.is_some() && self.problems.omitted() == 0;
        let end = Offset::new(self.source.text.len());
        let problems = self.problems;
        let problems = problems.finish(|message| self.source.diagnostic(end, "", message));
        (tree.filter(|_| is_whole), problems)
    }

    fn root<S>(
        &mut self,
        schema: impl FnOnce(&Element<'a>) -> Result<(S, &'static str), String>,
    ) -> Option<(Element<'a>, S)> {
        let root = match self.reader.as_mut()?.root() {
            Ok(root) => root,
            Err(fault) => {
                self.stop(fault);
                return None;
            }
        };
        match schema(&root) {
            Ok((known, namespace)) => {
                self.namespace = namespace;
                Some((root, known))
            }
            Err(message) => {
                self.problem(root.offset, message);
                // What is below would only repeat that it is in the wrong place.
                self.skip(&root);
                None
            }
        }
    }

    /// Whether the document is one of XACML 2.0 or older, not 3.0.
    pub(crate) fn is_version_2(&self) -> bool {
        self.namespace != XACML
    }

    /// Whether the document is a policy of XACML 1.0 or 1.1.
    pub(crate) fn is_version_1(&self) -> bool {
        self.namespace == POLICY_1
    }

    /// Does `inside` with `namespace` for that of the schema.
    pub(crate) fn in_namespace<T>(
        &mut self,
        namespace: &'static str,
        inside: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let outside = std::mem::replace(&mut self.namespace, namespace);
        let result = inside(self);
        self.namespace = outside;
        result
    }

    /// Calls `each` for every child that `particles` allow, in order. Reports and skips the others,
    /// and reports missing ones. `each` must read the child to its end. Returns whether all
    /// children were allowed: if not, the missing ones may be among them.
    pub(crate) fn children(
        &mut self,
        parent: &Element<'a>,
        particles: &[Particle],
        mut each: impl FnMut(&mut Self, Element<'a>),
    ) -> bool {
        let mut all_known = true;
        let mut seen = [false; 16];
        let mut misspelt = [false; 16];
        let mut last: Option<Particle> = None;
        while let Some(event) = self.next() {
            match event {
                Event::End => break,
                Event::Text(text, offset) if !is_blank(&text) => {
                    let found = cut(trim(&text));
                    let message = format!("text `{found}` is not allowed in `{}`", parent.name);
                    let blanks = text.len() - text.trim_start().len();
                    self.problem(Offset::new(offset.bytes() + blanks), message);
                }
                Event::Text(..) => {}
                Event::Start(child) => {
                    let rank = last.map_or(0, |last| last.rank);
                    let Some(index) = self.particle(&child, particles, rank) else {
                        all_known = false;
                        if let Some(meant) = self.unexpected(parent, &child, particles) {
                            misspelt[meant] = true;
                        }
                        self.skip(&child);
                        continue;
                    };
                    let particle = particles[index];
                    if let Some(last) = last.filter(|last| last.rank > particle.rank) {
                        let message = format!(
                            "`{}` must come before `{}` in `{}`",
                            particle.name, last.name, parent.name
                        );
                        self.problem(child.offset, message);
                    } else {
                        last = Some(particle);
                    }
                    if seen[index] && !particle.repeats {
                        let message =
                            format!("`{}` may have only one `{}`", parent.name, particle.name);
                        self.problem(child.offset, message);
                    }
                    seen[index] = true;
                    each(self, child);
                }
            }
        }
        if self.reader.is_none() {
            return all_known;
        }
        for (index, particle) in particles.iter().enumerate() {
            if particle.required && !seen[index] && !misspelt[index] {
                let count = if particle.repeats {
                    "at least one"
                } else {
                    "one"
                };
                let message = format!("`{}` must have {count} `{}`", parent.name, particle.name);
                self.problem(parent.offset, message);
            }
        }
        all_known
    }

    /// The place of the child among `particles`: of several that fit, one at or after `rank` if
    /// there is one.
    fn particle(&self, child: &Element<'a>, particles: &[Particle], rank: u8) -> Option<usize> {
        let namespace = child.namespace.as_deref();
        let is = |particle: &Particle| {
            particle.name == child.name
                && namespace == Some(particle.namespace.unwrap_or(self.namespace))
        };
        let first = particles.iter().position(is)?;
        if particles[first].rank >= rank {
            return Some(first);
        }
        let later = |particle: &Particle| particle.rank >= rank && is(particle);
        particles.iter().position(later).or(Some(first))
    }

    /// Reads the text of an element that may hold nothing else.
    pub(crate) fn text(&mut self, element: &Element<'a>) -> Cow<'a, str> {
        let mut all: Cow<'a, str> = Cow::Borrowed("");
        while let Some(event) = self.next() {
            match event {
                Event::End => break,
                Event::Text(text, _) if all.is_empty() => all = text,
                Event::Text(text, _) => all.to_mut().push_str(&text),
                Event::Start(child) => {
                    let message = format!(
                        "`{}` holds text only, found the element `{}`",
                        element.name, child.name
                    );
                    self.problem(child.offset, message);
                    self.skip(&child);
                }
            }
        }
        all
    }

    /// Reads the text of an element, or the one element in it as XML that declares its own
    /// namespaces. Blanks around that element are layout, not text.
    pub(crate) fn text_or_element(&mut self, element: &Element<'a>) -> (String, Option<String>) {
        let (mut text, mut only) = (String::new(), None);
        let mut beside = false;
        while let Some(event) = self.next() {
            match event {
                Event::End => break,
                Event::Text(more, _) => text.push_str(&more),
                Event::Start(child) => {
                    let raw = self.raw(&child);
                    beside |= only.replace(raw).is_some();
                }
            }
        }
        if only.is_some() && (beside || !is_blank(&text)) {
            let message = format!("`{}` holds either text or one element", element.name);
            self.problem(element.offset, message);
        }
        if only.is_some() {
            text.clear();
        }
        (text, only)
    }

    /// Reads the one child element of `element`, of any name, as XML that declares its own
    /// namespaces.
    pub(crate) fn any_child(&mut self, element: &Element<'a>) -> String {
        let raw = self.any_children(element);
        match <[String; 1]>::try_from(raw) {
            Ok([only]) => only,
            Err(raw) => {
                let count = raw.len();
                let message = format!(
                    "`{}` must have one child element, found {count}",
                    element.name
                );
                self.problem(element.offset, message);
                String::new()
            }
        }
    }

    /// Reads the child elements of `element`, of any names, each as XML that declares its own
    /// namespaces. Text between them is a problem.
    pub(crate) fn any_children(&mut self, element: &Element<'a>) -> Vec<String> {
        let mut all = Vec::new();
        self.each_child(element, |document, child| all.push(document.raw(&child)));
        all
    }

    /// Calls `each` for every child element of `element`, of any name. Text between them is a
    /// problem. `each` must read the child to its end.
    pub(crate) fn each_child(
        &mut self,
        element: &Element<'a>,
        mut each: impl FnMut(&mut Self, Element<'a>),
    ) {
        while let Some(event) = self.next() {
            match event {
                Event::End => break,
                Event::Text(text, offset) if !is_blank(&text) => {
                    let found = cut(trim(&text));
                    let message =
                        format!("text `{found}` beside the elements in `{}`", element.name);
                    self.problem(offset, message);
                }
                Event::Text(..) => {}
                Event::Start(child) => each(self, child),
            }
        }
    }

    /// Reads past the end of `child` and returns it as XML that declares its own namespaces.
    pub(crate) fn raw(&mut self, child: &Element<'a>) -> String {
        match self.reader.as_mut().map(|reader| reader.raw(child)) {
            Some(Ok(raw)) => raw,
            Some(Err(fault)) => {
                self.stop(fault);
                String::new()
            }
            None => String::new(),
        }
    }

    /// Reads past the end of `child`, the start tag given last.
    pub(crate) fn skip(&mut self, child: &Element<'a>) {
        if let Some(reader) = &mut self.reader
            && let Err(fault) = reader.skip(child)
        {
            self.stop(fault);
        }
    }

    /// Checks that `element` has no content.
    pub(crate) fn empty(&mut self, element: &Element<'a>) {
        self.children(element, &[], |document, child| document.skip(&child));
    }

    /// The prefixes in scope at the start tag given last.
    pub(crate) fn namespaces(&mut self) -> Namespaces {
        match self.reader.as_mut().map(Reader::namespaces) {
            Some(Ok(namespaces)) => namespaces,
            Some(Err(fault)) => {
                self.stop(fault);
                Namespaces::new()
            }
            None => Namespaces::new(),
        }
    }

    /// Does `inside` with `element` added to the path of every problem: its name, and the value of
    /// the attribute `id` if it has that.
    pub(crate) fn within<T>(
        &mut self,
        element: &Element<'a>,
        id: &str,
        inside: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let id = attribute(element, id).map(trimmed);
        self.path.push(ElementStep {
            name: element.name,
            id: id.filter(|id| !id.is_empty()),
        });
        let result = inside(self);
        self.path.pop();
        result
    }

    fn next(&mut self) -> Option<Event<'a>> {
        match self.reader.as_mut()?.next() {
            Ok(event) => Some(event),
            Err(fault) => {
                self.stop(fault);
                None
            }
        }
    }

    fn stop(&mut self, fault: Fault) {
        self.reader = None;
        self.problem(fault.offset, fault.message);
    }
}
