//! A resource and the nodes above it ↔ attributes (Hierarchical Resource Profile 1.0).

use std::collections::HashSet;

use crate::attribute::{category, id};
use crate::request::scope::is_scope;
use crate::request::{
    Attribute, AttributeBuilder, Attributes, Request, RequestBuilder, SharedAttributes,
    UnusableAttribute,
};
use crate::value::{DataType, Value};

/// A resource and its ancestors in a [`Hierarchy`](super::Hierarchy).
///
/// ```
/// use vedtak::Request;
/// use vedtak::attribute::{category, id};
/// use vedtak::hierarchy::Node;
///
/// let archive = Node::new("archive");
/// let folder = Node::new("folder-7").below(&archive);
/// let letter = Node::new("letter-1").below(&folder);
/// let request = letter.add_to(Request::builder()).action("read").build();
/// let above: Vec<String> = request
///     .values(category::RESOURCE, id::RESOURCE_ANCESTOR)
///     .map(|name| name.to_string())
///     .collect();
/// assert_eq!(above, ["archive", "folder-7"]);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    ids: Vec<Value>,
    parents: Vec<Value>,
    ancestors: Vec<Value>,
    others: Vec<Attribute>,
    unusable: Vec<UnusableAttribute>,
    include_in_result: bool,
}

impl Node {
    /// A node of this name with no other above it, or one named by a [URI](super::UriName), which
    /// contains its place.
    pub fn new(id: impl Into<Value>) -> Self {
        Self {
            ids: vec![id.into()],
            parents: Vec::new(),
            ancestors: Vec::new(),
            others: Vec::new(),
            unusable: Vec::new(),
            include_in_result: false,
        }
    }

    /// Adds another name of the same node, perhaps of another data type.
    pub fn also(mut self, id: impl Into<Value>) -> Self {
        self.ids.push(id.into());
        self
    }

    /// Puts it below a node, and so below all that this lies below. It may lie below several.
    pub fn below(mut self, parent: &Self) -> Self {
        add(&mut self.parents, parent.ids.iter());
        add(
            &mut self.ancestors,
            parent.ancestors.iter().chain(&parent.ids),
        );
        self
    }

    /// Adds an attribute of the resource. Its category is the resource's; that of the builder is
    /// ignored.
    pub fn with(mut self, attribute: AttributeBuilder) -> Self {
        match attribute.build() {
            Ok(attribute) => self.others.push(attribute),
            Err(unusable) => self.unusable.push(unusable),
        }
        self
    }

    /// Makes responses repeat the names, which distinguishes the results of a `scope`. If the
    /// resource of the request is repeated, the nodes below it are, too, without this.
    pub fn include_in_result(mut self) -> Self {
        self.include_in_result = true;
        self
    }

    /// Its first name, if that is a text.
    pub fn name(&self) -> Option<&str> {
        self.ids.first().and_then(Value::as_str)
    }

    /// Its names.
    pub fn ids(&self) -> &[Value] {
        &self.ids
    }

    /// The names of the nodes directly above.
    pub(crate) fn parents(&self) -> &[Value] {
        &self.parents
    }

    /// The names of all nodes above.
    pub(crate) fn ancestors(&self) -> &[Value] {
        &self.ancestors
    }

    /// The node that a request is about; none if it has no `resource-id`.
    pub(crate) fn of(request: &Request) -> Option<Self> {
        let mut node = Self::new(false);
        node.ids.clear();
        let categories = request.categories().iter();
        let resources = categories.filter(|attributes| *attributes.category == *category::RESOURCE);
        for attributes in resources.clone() {
            node.unusable.extend_from_slice(attributes.unusable());
        }
        for attribute in resources.flat_map(|attributes| &attributes.attributes) {
            let values = &attribute.values;
            match &*attribute.id {
                id::RESOURCE_ID => {
                    node.ids.extend_from_slice(values);
                    node.include_in_result |= attribute.include_in_result;
                }
                id::RESOURCE_PARENT => node.parents.extend_from_slice(values),
                id::RESOURCE_ANCESTOR => node.ancestors.extend_from_slice(values),
                // It is the others and the names.
                id::RESOURCE_ANCESTOR_OR_SELF => {}
                _ if is_scope(attribute) => {}
                _ => node.others.push(attribute.clone()),
            }
        }
        (!node.ids.is_empty()).then_some(node)
    }

    /// Adds its attributes to a request.
    pub fn add_to(&self, builder: RequestBuilder) -> RequestBuilder {
        let attributes = self.attributes();
        let usable = attributes.attributes.iter();
        let builder = usable.fold(builder, |builder, attribute| {
            builder.with(AttributeBuilder::of(category::RESOURCE, attribute.clone()))
        });
        self.unusable.iter().fold(builder, |builder, unusable| {
            builder.with(AttributeBuilder::of_unusable(category::RESOURCE, unusable))
        })
    }

    /// The attributes of the resource: its names, those of the nodes above if there are any, and
    /// the others.
    pub(super) fn attributes(&self) -> SharedAttributes {
        let above = [
            (id::RESOURCE_PARENT, &self.parents),
            (id::RESOURCE_ANCESTOR, &self.ancestors),
        ];
        let or_self = (id::RESOURCE_ANCESTOR_OR_SELF, &self.or_self());
        let is_below = !self.ancestors.is_empty() || !self.parents.is_empty();
        let named = above.into_iter().chain([or_self]);
        let named = named.filter(|(_, values)| is_below && !values.is_empty());
        let mut attributes = vec![attribute(
            id::RESOURCE_ID,
            &self.ids,
            self.include_in_result,
        )];
        attributes.extend(named.map(|(id, values)| attribute(id, values, false)));
        attributes.extend_from_slice(&self.others);
        let attributes = Attributes {
            category: category::RESOURCE.into(),
            xml_id: None,
            content: None,
            attributes,
        };
        SharedAttributes::with_unusable(attributes, &self.unusable)
    }

    /// The names of all nodes above, and its own.
    pub(super) fn or_self(&self) -> Vec<Value> {
        let mut all = Vec::new();
        add(&mut all, self.ancestors.iter().chain(&self.ids));
        all
    }

    pub(super) fn includes_in_result(&self) -> bool {
        self.include_in_result
    }

    /// The keys of its names, the data type and the lexical form of each, which are equal for equal
    /// names.
    pub(super) fn keys(&self) -> impl Iterator<Item = (DataType, String)> {
        self.ids.iter().map(key)
    }
}

fn attribute(id: &str, values: &[Value], include_in_result: bool) -> Attribute {
    Attribute {
        id: id.into(),
        issuer: None,
        include_in_result,
        values: values.to_vec(),
    }
}

/// Adds the values that are not there.
fn add<'v>(all: &mut Vec<Value>, more: impl Iterator<Item = &'v Value>) {
    let mut known: HashSet<_> = all.iter().map(key).collect();
    all.extend(more.filter(|value| known.insert(key(value))).cloned());
}

fn key(value: &Value) -> (DataType, String) {
    (value.data_type(), value.lexical())
}
