//! XML → nodes as XPath 1.0 has them (§5), numbered in document order.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use super::Node;
use crate::error::Position;
use crate::limits::{DEEPEST, Limits};
use crate::xml::{Element, Event, Fault, Markup, Reader, XML_NAMESPACE};

/// One document. A node is followed by its attributes, then by its descendants. So the descendants
/// of a node are the numbers up to its end, and its text (§5.2) is one range of the text of all
/// nodes.
#[derive(Debug)]
pub(crate) struct Tree {
    records: Vec<NodeRecord>,
    names: Vec<(Option<Arc<str>>, Box<str>)>,
    /// The numbers of names, by local part and namespace; an empty namespace is none.
    name_ids: HashMap<Box<str>, HashMap<Arc<str>, u32>>,
    prefixes: Vec<Box<str>>,
    prefix_ids: HashMap<Box<str>, u32>,
    /// The text of all text nodes.
    text: String,
    /// The values of attributes, comments and processing instructions.
    values: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    Document,
    Element,
    Attribute,
    Text,
    Comment,
    Instruction,
}

#[derive(Clone, Copy, Debug)]
struct NodeRecord {
    sort: Sort,
    parent: u32,
    /// The first node after all that is in it.
    end: u32,
    name: u32,
    prefix: u32,
    /// The range of its text, in `text` or `values`.
    text: (u32, u32),
}

const NONE: u32 = u32::MAX;

impl Tree {
    /// The tree of an XML document without a DTD.
    ///
    /// # Errors
    ///
    /// It is not well-formed, or deeper than a document may be.
    pub(crate) fn read(xml: &str) -> Result<Self, String> {
        let limits = Limits {
            depth: DEEPEST,
            // The reader of the document around this part has counted them.
            elements: usize::MAX,
            attributes: usize::MAX,
            ..Limits::default()
        };
        if u32::try_from(xml.len()).is_err() {
            return Err("it is longer than 4 GiB".to_owned());
        }
        let mut tree = Self {
            records: Vec::new(),
            names: Vec::new(),
            name_ids: HashMap::new(),
            prefixes: Vec::new(),
            prefix_ids: HashMap::new(),
            text: String::new(),
            values: String::new(),
        };
        tree.fill(xml, &limits).map_err(|fault| {
            let Position { line, column } = Position::of(fault.offset.bytes(), xml);
            format!("{} (line {line}, column {column} in it)", fault.message)
        })?;
        Ok(tree)
    }

    fn fill(&mut self, xml: &str, limits: &Limits) -> Result<(), Fault> {
        let mut reader = Reader::new(xml, limits)?.keeping_markup();
        self.push(Sort::Document, NONE, NONE, NONE);
        let mut open = vec![0_u32];
        let mut has_root = false;
        while let Some(parent) = open.last().copied() {
            match reader.next_markup()? {
                Markup::Event(Event::Start(element)) => {
                    if parent == 0 && std::mem::replace(&mut has_root, true) {
                        return Err(Fault {
                            offset: element.offset,
                            message: "a second document element".to_owned(),
                        });
                    }
                    open.push(self.element(xml, &element, parent));
                }
                Markup::Event(Event::Text(text, offset)) => {
                    if parent == 0 {
                        return Err(Fault {
                            offset,
                            message: "text outside the document element".to_owned(),
                        });
                    }
                    let node = self.push(Sort::Text, parent, NONE, NONE);
                    self.text.push_str(&text);
                    self.close(node);
                }
                Markup::Comment(text) => self.value(Sort::Comment, parent, NONE, NONE, &text),
                Markup::Instruction(target, text) => {
                    let name = self.intern(None, target);
                    self.value(Sort::Instruction, parent, name, NONE, &text);
                }
                Markup::Event(Event::End) => {
                    self.close(parent);
                    open.pop();
                }
            }
        }
        match has_root {
            true => Ok(()),
            // Says that there is no element.
            false => reader.root().map(|_| ()),
        }
    }

    fn element(&mut self, xml: &str, element: &Element<'_>, parent: u32) -> u32 {
        let name = self.intern(element.namespace.as_ref(), element.name);
        let written = self.intern_prefix(prefix(xml, element.offset.bytes() + 1));
        let node = self.push(Sort::Element, parent, name, written);
        for attribute in &element.attributes {
            let name = self.intern(attribute.namespace.as_ref(), attribute.name);
            let written = self.intern_prefix(prefix(xml, attribute.offset.bytes()));
            self.value(Sort::Attribute, node, name, written, &attribute.value);
        }
        node
    }

    fn push(&mut self, sort: Sort, parent: u32, name: u32, prefix: u32) -> u32 {
        // Every node takes a byte of the document, which has less than 4 GiB.
        let node = self.records.len() as u32;
        let at = self.text.len() as u32;
        self.records.push(NodeRecord {
            sort,
            parent,
            end: node + 1,
            name,
            prefix,
            text: (at, at),
        });
        node
    }

    /// Adds a node whose text is its own.
    fn value(&mut self, sort: Sort, parent: u32, name: u32, prefix: u32, value: &str) {
        let node = self.push(sort, parent, name, prefix);
        let start = self.values.len() as u32;
        self.values.push_str(value);
        self.records[node as usize].text = (start, self.values.len() as u32);
    }

    /// All that is in the node was read.
    fn close(&mut self, node: u32) {
        let end = self.records.len() as u32;
        let text_end = self.text.len() as u32;
        let record = &mut self.records[node as usize];
        record.end = end;
        record.text.1 = text_end;
    }

    fn intern(&mut self, namespace: Option<&Arc<str>>, local: &str) -> u32 {
        if let Some(known) = self.name_id(namespace.map(|n| &**n), local) {
            return known;
        }
        let id = self.names.len() as u32;
        self.names.push((namespace.cloned(), local.into()));
        let namespace = namespace.map_or_else(|| "".into(), Arc::clone);
        let alike = self.name_ids.entry(local.into()).or_default();
        alike.insert(namespace, id);
        id
    }

    fn intern_prefix(&mut self, prefix: Option<&str>) -> u32 {
        let Some(prefix) = prefix else {
            return NONE;
        };
        if let Some(known) = self.prefix_ids.get(prefix) {
            return *known;
        }
        let id = self.prefixes.len() as u32;
        self.prefixes.push(prefix.into());
        self.prefix_ids.insert(prefix.into(), id);
        id
    }

    fn record(&self, node: Node) -> &NodeRecord {
        &self.records[node.0 as usize]
    }

    /// The string-value of a node (§5).
    pub(crate) fn text(&self, node: Node) -> &str {
        let NodeRecord { sort, text, .. } = self.record(node);
        let all = match sort {
            Sort::Document | Sort::Element | Sort::Text => &self.text,
            Sort::Attribute | Sort::Comment | Sort::Instruction => &self.values,
        };
        &all[text.0 as usize..text.1 as usize]
    }

    /// The first node after all that is in this one, its attributes included.
    pub(crate) fn end(&self, node: Node) -> Node {
        Node(self.record(node).end)
    }

    /// An expression that selects this node and no other.
    pub(crate) fn path(&self, node: Node) -> String {
        let mut steps = Vec::new();
        let mut here = Some(node);
        while let Some(node) = here {
            let parent = self.parent(node);
            if let Some(parent) = parent {
                steps.push(self.step(parent, node));
            }
            here = parent;
        }
        if steps.is_empty() {
            return "/".to_owned();
        }
        steps.reverse();
        format!("/{}", steps.join("/"))
    }

    /// The step from `parent` to `node` by its place alone: names would need prefixes.
    fn step(&self, parent: Node, node: Node) -> String {
        let place = |nodes: &mut dyn Iterator<Item = Node>| {
            nodes.take_while(|other| *other < node).count() + 1
        };
        if self.is_attribute(node) {
            let local = self.local_name(node);
            let namespace = self.namespace(node).unwrap_or("");
            // A literal has no escapes, and a namespace may have either quote, but hardly both.
            let quote = if namespace.contains('\'') { '"' } else { '\'' };
            return format!(
                "@*[local-name()='{local}' and namespace-uri()={quote}{namespace}{quote}]"
            );
        }
        let sort = self.sort(node);
        let mut alike = self
            .children(parent)
            .filter(|other| self.sort(*other) == sort);
        let test = match sort {
            Sort::Text => "text()",
            Sort::Comment => "comment()",
            Sort::Instruction => "processing-instruction()",
            _ => "*",
        };
        format!("{test}[{}]", place(&mut alike))
    }

    pub(super) fn sort(&self, node: Node) -> Sort {
        self.record(node).sort
    }

    pub(super) fn is_attribute(&self, node: Node) -> bool {
        self.record(node).sort == Sort::Attribute
    }

    pub(super) fn parent(&self, node: Node) -> Option<Node> {
        Some(self.record(node).parent)
            .filter(|parent| *parent != NONE)
            .map(Node)
    }

    pub(super) fn attributes(&self, node: Node) -> impl Iterator<Item = Node> + '_ {
        let is_element = self.sort(node) == Sort::Element;
        let after = (node.0 + 1..self.end(node).0).map(Node);
        after.take_while(move |node| is_element && self.is_attribute(*node))
    }

    pub(super) fn children(&self, node: Node) -> impl Iterator<Item = Node> + '_ {
        let end = self.end(node);
        let mut next = self.after_attributes(node);
        std::iter::from_fn(move || {
            let child = next;
            (child < end).then(|| {
                next = self.end(child);
                child
            })
        })
    }

    /// The node after its attributes: its first child, or its end.
    pub(super) fn after_attributes(&self, node: Node) -> Node {
        let end = self.end(node);
        let mut next = Node(node.0 + 1);
        while next < end && self.is_attribute(next) {
            next.0 += 1;
        }
        next
    }

    pub(super) fn name_id(&self, namespace: Option<&str>, local: &str) -> Option<u32> {
        let alike = self.name_ids.get(local)?;
        alike.get(namespace.unwrap_or("")).copied()
    }

    pub(super) fn name_of(&self, node: Node) -> u32 {
        self.record(node).name
    }

    fn names_of(&self, node: Node) -> Option<&(Option<Arc<str>>, Box<str>)> {
        self.names.get(self.record(node).name as usize)
    }

    /// The local name of a node, or the target of a processing instruction.
    pub(super) fn local_name(&self, node: Node) -> &str {
        self.names_of(node).map_or("", |(_, local)| local)
    }

    pub(super) fn namespace(&self, node: Node) -> Option<&str> {
        self.names_of(node)?.0.as_deref()
    }

    /// The name of a node with the prefix it was written with.
    pub(super) fn name(&self, node: Node) -> Cow<'_, str> {
        let local = self.local_name(node);
        match self.prefixes.get(self.record(node).prefix as usize) {
            Some(prefix) => Cow::Owned(format!("{prefix}:{local}")),
            None => Cow::Borrowed(local),
        }
    }

    /// The `xml:lang` of the node itself.
    pub(super) fn language(&self, node: Node) -> Option<&str> {
        let name = self.name_id(Some(XML_NAMESPACE), "lang")?;
        let mut attributes = self.attributes(node);
        let found = attributes.find(|attribute| self.name_of(*attribute) == name)?;
        Some(self.text(found))
    }
}

/// The prefix of the name that begins at `at`.
fn prefix(xml: &str, at: usize) -> Option<&str> {
    let rest = xml.get(at..)?;
    let end = rest.find([' ', '\t', '\n', '\r', '/', '>', '='])?;
    Some(rest[..end].split_once(':')?.0)
}
