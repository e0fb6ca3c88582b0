//! A category that asks about nodes of its Content → one category for each node (Multiple Decision
//! Profile 1.0, §2.1 where the resource is a node, and §2.2; Hierarchical Resource Profile 1.0,
//! §2.1).

use std::sync::Arc;

use smallvec::{SmallVec, smallvec};

use super::budget::{Budget, Contents};
use super::multiple::IndividualRequestError;
use super::scope::{self, Scope};
use super::{Attribute, Attributes, Request, SharedAttributes};
use crate::attribute::id;
use crate::limits::Limits;
use crate::value::{Value, XPathExpression};
use crate::xpath::{self, Node, Path};

/// One of the categories that a category expands into: itself, or one for each node asked about.
pub(super) enum Alternative<'r> {
    /// The category unchanged.
    Itself(&'r SharedAttributes),
    /// The category for one node, which this path names. It is built at its turn: a thousand of
    /// them, each with all attributes of the category, would take a thousand times its memory.
    Node(About<'r>, String),
    /// The nodes that it asks about cannot be determined.
    Wrong(IndividualRequestError),
}

impl Alternative<'_> {
    pub(super) fn made(&self) -> Result<SharedAttributes, &IndividualRequestError> {
        match self {
            Self::Itself(attributes) => Ok((*attributes).clone()),
            Self::Node(about, path) => {
                let unusable = about.attributes.unusable();
                Ok(SharedAttributes::with_unusable(about.node(path), unusable))
            }
            Self::Wrong(error) => Err(error),
        }
    }

    /// The number of its attributes and values, about.
    pub(super) fn values(&self) -> usize {
        match self {
            Self::Itself(attributes) => attributes.keys().len(),
            Self::Node(about, _) => about.attributes.keys().len(),
            Self::Wrong(_) => 0,
        }
    }
}

/// A category and its attribute that names nodes.
#[derive(Clone, Copy)]
pub(super) struct About<'r> {
    attributes: &'r SharedAttributes,
    named: &'r Attribute,
    expression: &'r XPathExpression,
}

/// The alternatives of one category; at least one.
pub(super) struct Alternatives<'r> {
    pub(super) category: &'r str,
    pub(super) all: SmallVec<[Alternative<'r>; 1]>,
}

/// Names the one node that a decision is about.
const CONTENT_SELECTOR: &str = "urn:oasis:names:tc:xacml:3.0:content-selector";

/// Asks for a decision about each of the nodes; the second is how older requests spell it.
pub(super) const EACH_NODE: [&str; 2] = [
    "urn:oasis:names:tc:xacml:3.0:profile:multiple:content-selector",
    "urn:oasis:names:tc:xacml:3.0:multiple:content-selector",
];

/// Whether a category asks about nodes. Most have no Content, which is asked first: every decision
/// comes here.
pub(super) fn asks(attributes: &Attributes) -> bool {
    attributes.content.is_some() && question(attributes).is_some()
}

/// The attribute that names nodes, and whether a scope adds the nodes around them.
fn question(attributes: &Attributes) -> Option<(&Attribute, bool)> {
    let all = || attributes.attributes.iter();
    let is_path = |attribute: &&Attribute| {
        let mut values = attribute.values.iter();
        values.any(|value| value.as_xpath_expression().is_some())
    };
    if let Some(each) = all().find(|attribute| EACH_NODE.contains(&&*attribute.id)) {
        return Some((each, false));
    }
    all().find(|attribute| scope::is_scope(attribute))?;
    let mut names = [CONTENT_SELECTOR, id::RESOURCE_ID].into_iter();
    let named = names.find_map(|name| all().filter(is_path).find(|a| &*a.id == name))?;
    Some((named, true))
}

/// Returns the alternatives of each category of a request, in the request's order.
pub(super) fn alternatives<'r>(
    request: &'r Request,
    limits: &Limits,
    budget: &mut Budget,
) -> Vec<Alternatives<'r>> {
    let all = request.categories.iter();
    all.map(|attributes| {
        let all = match asks(attributes) {
            false => smallvec![Alternative::Itself(attributes)],
            true => {
                let work = xpath::Budget::new(budget.work);
                let parts = each(request, attributes, limits, &work, &mut budget.contents);
                budget.work = work.left();
                match parts {
                    Ok(parts) => parts.into(),
                    Err(error) => {
                        budget.is_spent |= error == IndividualRequestError::NodesTakeTooMuch;
                        smallvec![Alternative::Wrong(error)]
                    }
                }
            }
        };
        Alternatives {
            category: &attributes.category,
            all,
        }
    })
    .collect()
}

/// The category once for each node it asks about.
fn each<'r>(
    request: &Request,
    attributes: &'r SharedAttributes,
    limits: &Limits,
    budget: &xpath::Budget,
    contents: &mut Contents,
) -> Result<Vec<Alternative<'r>>, IndividualRequestError> {
    let (Some((named, scoped)), Some(content)) = (question(attributes), &attributes.content) else {
        return Ok(vec![Alternative::Itself(attributes)]);
    };
    let wrong = |message: String| IndividualRequestError::Nodes(message);
    let all = attributes.attributes.iter();
    let questions = all.filter(|attribute| EACH_NODE.contains(&&*attribute.id));
    if questions.count() > 1 {
        // Each part would ask the second question still.
        return Err(wrong(format!(
            "the category `{}` asks about nodes twice",
            crate::xml::cut(&attributes.category)
        )));
    }
    if !xpath::SUPPORTED {
        // One decision about the whole would be no answer to a question about its nodes.
        return Err(wrong(
            "that needs XPath, and this build is without the feature `xpath`".to_owned(),
        ));
    }
    let version = request.known_xpath_version().map_err(|version| {
        let version = crate::xml::cut(version);
        wrong(format!(
            "the request is written for the XPath version `{version}`, and only XPath 1.0 is \
             supported"
        ))
    })?;
    let [Value::XPathExpression(expression)] = &named.values[..] else {
        let count = named.values.len();
        return Err(wrong(format!(
            "`{}` must be one XPath expression, not {count} values",
            named.id
        )));
    };
    if expression.category != attributes.category {
        return Err(wrong(format!(
            "`{}` is about another category than the one it stands in, `{}`",
            named.id, attributes.category
        )));
    }
    let around = around(attributes, scoped)?;
    let exhausted = |_| IndividualRequestError::NodesTakeTooMuch;
    let (text, prefixes) = (&expression.text, &expression.namespaces);
    let weight = (text.len() as u64).saturating_mul(1 + prefixes.len() as u64 / 8);
    budget.charge(weight).map_err(exhausted)?;
    let path = Path::compile(text, prefixes, limits.xpath).map_err(|error| {
        let text = crate::xml::cut(text);
        wrong(format!(
            "the XPath expression `{text}` is not valid: {}",
            error.message
        ))
    })?;
    if let Some(reason) = version.refuses(&path) {
        let text = crate::xml::cut(text);
        return Err(wrong(format!(
            "the XPath expression `{text}` is not taken: {reason}"
        )));
    }
    let read = contents.tree(content, |units| budget.charge(units as u64));
    let tree = read.map_err(exhausted)?.map_err(|error| {
        let category = &attributes.category;
        wrong(format!(
            "the Content of `{category}` cannot be read: {error}"
        ))
    })?;
    let mut nodes = path
        .select(&tree, Node::DOCUMENT, budget)
        .map_err(exhausted)?;
    if let Some(around) = around {
        let named = nodes.clone();
        for node in named {
            nodes.extend(around.select(&tree, node, budget).map_err(exhausted)?);
        }
        nodes.sort_unstable();
        nodes.dedup();
    }
    if nodes.is_empty() {
        let text = crate::xml::cut(text);
        return Err(wrong(format!("`{text}` selects no node of the Content")));
    }
    // One too many says that there are too many.
    nodes.truncate(limits.decisions.saturating_add(1));
    let part = |node: &Node| {
        // Naming a node looks at those around it.
        let place = u64::from(node.0) / 8 + 8;
        budget.charge(place).map_err(exhausted)?;
        let about = About {
            attributes,
            named,
            expression,
        };
        let path = tree.path(*node);
        if path.len() > limits.xpath {
            return Err(wrong(format!(
                "the path of a node, `{}`, is longer than {} bytes",
                crate::xml::cut(&path),
                limits.xpath
            )));
        }
        Ok(Alternative::Node(about, path))
    };
    nodes.iter().map(part).collect()
}

/// The path that a scope adds to the nodes named (Multiple Decision Profile §2.1): below an element
/// are its elements and attributes.
fn around(attributes: &Attributes, scoped: bool) -> Result<Option<Path>, IndividualRequestError> {
    let all = attributes.attributes.iter();
    let said = all.filter(|attribute| scope::is_scope(attribute) && !attribute.values.is_empty());
    let said = Scope::said(said);
    let path = match said.transpose()? {
        None => return Ok(None),
        Some(_) if !scoped => {
            let message = "a `scope` goes with one node, not with a choice of nodes";
            return Err(IndividualRequestError::Nodes(message.to_owned()));
        }
        Some(Scope::Immediate) => return Ok(None),
        Some(Scope::Children) => "* | @*",
        Some(Scope::Descendants) => "descendant::* | descendant-or-self::*/@*",
    };
    match Path::compile(path, &[], path.len()) {
        Ok(path) => Ok(Some(path)),
        Err(error) => Err(IndividualRequestError::Nodes(error.message)),
    }
}

impl About<'_> {
    /// The category for the node of a path: its attribute names this node instead of all, and it
    /// has no scope.
    fn node(self, path: &str) -> Attributes {
        let is_each = EACH_NODE.contains(&&*self.named.id);
        let one = |attribute: &Attribute| match std::ptr::eq(attribute, self.named) {
            false => attribute.clone(),
            true => Attribute {
                id: if is_each {
                    CONTENT_SELECTOR.into()
                } else {
                    attribute.id.clone()
                },
                issuer: attribute.issuer.clone(),
                include_in_result: attribute.include_in_result,
                values: vec![Value::from(XPathExpression {
                    text: path.into(),
                    category: self.expression.category.clone(),
                    namespaces: Arc::new([]),
                })],
            },
        };
        let all = self.attributes.attributes.iter();
        Attributes {
            category: self.attributes.category.clone(),
            xml_id: self.attributes.xml_id.clone(),
            content: self.attributes.content.clone(),
            attributes: all.filter(|a| !scope::is_scope(a)).map(one).collect(),
        }
    }
}
