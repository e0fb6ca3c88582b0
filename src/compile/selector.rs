//! AttributeSelectors and literal XPath expressions → compiled paths (§5.30, §7.3.7, A.3.15).
//!
//! XPath 1.0 has static types and prefixes are declared in the policy, so every error that would
//! make a path fail with `syntax-error` in every decision is found here.

use std::sync::Arc;

use super::Compiler;
use super::apply::{argument_offset, literal_of};
use super::expression::TypedExpression;
use super::vocabulary::Named;
use crate::error::{Offset, last_part};
use crate::function::{Call, Function, Type};
use crate::program::{BagOf, Expression, Selector, SlotId, Term};
use crate::syntax::{self, AttributeSelector, AttributeValue};
use crate::value::{DataType, Value, XPathExpression};
use crate::xpath::{self, Path, PathError, Version};

impl<'a> Compiler<'a> {
    /// An AttributeSelector, and the data type of the bag it gives.
    pub(super) fn selector(
        &mut self,
        selector: &'a AttributeSelector,
    ) -> Option<(BagOf, DataType)> {
        if !xpath::SUPPORTED {
            self.problem(
                selector.offset,
                "an AttributeSelector needs XPath, and this build is without the feature `xpath`",
            );
            return None;
        }
        let version = self.checked_version(selector.offset);
        let Some(data_type) = self.data_type(&selector.data_type, selector.offset) else {
            // The path may have a problem, too.
            let path = self.path_of(selector);
            let reason = path.and_then(|path| version?.refuses(&path));
            self.refused(selector, reason);
            return None;
        };
        let key = (
            selector.category.clone(),
            selector.context_selector.clone(),
            selector.path.clone(),
            data_type,
            selector.namespaces.clone(),
        );
        let known = match self.vocabulary.known_selector(&key) {
            Some(known) => {
                // A document that uses the selector uses the slot of its context, too.
                self.context_of(selector);
                Some(known)
            }
            // A problem is reported at each occurrence.
            None => self
                .new_selector(selector, data_type)
                .map(|selector| self.vocabulary.add_selector(key, selector)),
        };
        let (version, known) = (version?, known?);
        let reason = version.refuses(&self.vocabulary.selectors()[known.index()].path);
        self.refused(selector, reason)?;
        let bag = BagOf::Selector {
            selector: known,
            must_be_present: selector.must_be_present,
        };
        Some((bag, data_type))
    }

    fn new_selector(
        &mut self,
        selector: &'a AttributeSelector,
        data_type: DataType,
    ) -> Option<Selector> {
        let path = self.path_of(selector);
        if let Some(message) = not_selectable(data_type, "an AttributeSelector") {
            self.problem_with(selector.offset, "DataType", message);
            return None;
        }
        let path = path?;
        let category = self.text(&selector.category);
        let context = self.context_of(selector);
        let text = self.text(&selector.path);
        Some(Selector {
            category,
            context,
            text,
            path,
            data_type,
        })
    }

    fn path_of(&mut self, selector: &AttributeSelector) -> Option<Path> {
        let longest = self.options.limits.xpath;
        match Path::compile(&selector.path, &selector.namespaces, longest) {
            Ok(path) => Some(path),
            Err(error) => {
                let message = invalid(&selector.path, &error);
                let at = self.within_path(selector, &error);
                self.problem(at, message);
                None
            }
        }
    }

    /// Reports the reason, if there is one, for which a version of XPath refuses the path of a
    /// selector.
    fn refused(&mut self, selector: &AttributeSelector, reason: Option<String>) -> Option<()> {
        let Some(reason) = reason else {
            return Some(());
        };
        let message = refused(&selector.path, &reason);
        self.problem_with(selector.offset, "Path", message);
        None
    }

    /// The attribute that gives the node from which the path of a selector begins.
    fn context_of(&mut self, selector: &AttributeSelector) -> Option<SlotId> {
        let id = selector.context_selector.as_deref()?;
        Some(self.slot(&Named {
            category: &selector.category,
            id,
            data_type: DataType::XPathExpression,
            issuer: None,
        }))
    }

    /// The offset of the error in a path: within the path, if the document contains it without
    /// character references.
    fn within_path(&self, selector: &AttributeSelector, error: &PathError) -> Offset {
        let input = self.inputs.get(self.input);
        let Some(source) = input.and_then(|input| input.source.as_ref()) else {
            return selector.offset;
        };
        let at = crate::xml::value_offset(source.text, selector.offset, "Path");
        let written = source.text.get(at.bytes()..).unwrap_or("");
        let verbatim = written.starts_with(&selector.path) && error.at < selector.path.len();
        Offset::new(at.bytes() + if verbatim { error.at } else { 0 })
    }

    /// The arguments of a function about nodes: literals are compiled.
    pub(super) fn of_nodes(
        &mut self,
        apply: &'a syntax::Apply,
        function: &Function,
        arguments: &mut [Option<TypedExpression>],
    ) -> Option<()> {
        let mut checked = self.checked_version(apply.offset).map(|_| ());
        for (i, argument) in arguments.iter_mut().enumerate() {
            let Some(TypedExpression {
                expression: argument,
                ..
            }) = argument
            else {
                continue;
            };
            let written = apply.arguments.get(i);
            let done = match (written, argument) {
                // The deprecated forms.
                (Some(syntax::Expression::Value(value)), argument) if takes_strings(function) => {
                    let expression = self.deprecated(function, value);
                    expression.map(|expression| *argument = Term::Literal(expression).into())
                }
                (_, Expression::Term(Term::Literal(value))) if !takes_strings(function) => {
                    self.literal_path(value, argument_offset(apply, Some(i)))
                }
                _ if takes_strings(function) => {
                    self.only_literals(function, argument_offset(apply, Some(i)));
                    None
                }
                _ => Some(()),
            };
            checked = checked.and(done);
        }
        checked
    }

    /// Checks the arguments of a higher-order function that applies a function about nodes.
    pub(super) fn of_nodes_each(
        &mut self,
        apply: &'a syntax::Apply,
        function: &Function,
        arguments: &[Option<TypedExpression>],
    ) -> Option<()> {
        let mut checked = self.checked_version(apply.offset).map(|_| ());
        if takes_strings(function) {
            self.only_literals(function, apply.offset);
            return None;
        }
        for (i, argument) in arguments.iter().enumerate() {
            if let Some(argument) = argument
                && let Some(value) = literal_of(&argument.expression)
            {
                let at = argument_offset(apply, Some(i + 1));
                checked = checked.and(self.literal_path(value, at));
            }
        }
        checked
    }

    /// Checks the value of a Match by a function about nodes.
    pub(super) fn of_nodes_matched(
        &mut self,
        matching: &'a syntax::Match,
        function: &Function,
        value: &Value,
    ) -> Option<()> {
        let checked = self.checked_version(matching.offset).map(|_| ());
        if takes_strings(function) {
            self.only_literals(function, matching.offset);
            return None;
        }
        checked.and(self.literal_path(value, matching.value.offset))
    }

    pub(super) fn literal_path(&mut self, value: &Value, at: Offset) -> Option<()> {
        let Value::XPathExpression(expression) = value else {
            return Some(());
        };
        let longest = self.options.limits.xpath;
        match Path::compile(&expression.text, &expression.namespaces, longest) {
            Ok(path) => {
                let version = self.xpath_version.and_then(Version::from_uri);
                if let Some(reason) = version.and_then(|version| version.refuses(&path)) {
                    self.problem_inside(at, refused(&expression.text, &reason));
                    return None;
                }
                self.vocabulary.add_path(expression, path);
                Some(())
            }
            Err(error) => {
                self.problem_inside(at, invalid(&expression.text, &error));
                None
            }
        }
    }

    /// The xpathExpression that a string is for a deprecated function (10.2.9).
    fn deprecated(&mut self, function: &Function, value: &'a AttributeValue) -> Option<Value> {
        let Some(category) = &value.xpath_category else {
            let name = last_part(function.id());
            let message = format!(
                "the deprecated `{name}` does not say which Content it is about; give the \
                 AttributeValue an `XPathCategory`, or use `{name}` of XACML 3.0"
            );
            self.problem(value.offset, message);
            return None;
        };
        let expression = Value::XPathExpression(Arc::new(XPathExpression {
            text: self.text(&value.text),
            category: self.text(category),
            namespaces: value.namespaces.clone().into(),
        }));
        self.literal_path(&expression, value.offset)?;
        Some(expression)
    }

    fn only_literals(&mut self, function: &Function, at: Offset) {
        let name = last_part(function.id());
        let message = format!(
            "the deprecated `{name}` takes its XPath expressions from AttributeValues only; use \
             `{name}` of XACML 3.0"
        );
        self.problem(at, message);
    }

    /// The `XPathVersion` of the policy, which is required where XPath is used (§5.5).
    pub(super) fn checked_version(&mut self, at: Offset) -> Option<Version> {
        let one = Version::ONE;
        let message = match self.xpath_version {
            Some(uri) => match Version::from_uri(uri) {
                Some(version) => return Some(version),
                None => {
                    let uri = crate::xml::cut(uri);
                    format!("the `XPathVersion` `{uri}` is not known; XPath 1.0 is `{one}`")
                }
            },
            None => format!(
                "a policy that uses XPath must say its version (§5.5): \
                 `<PolicyDefaults><XPathVersion>{one}</XPathVersion></PolicyDefaults>`"
            ),
        };
        self.problem(at, message);
        None
    }
}

/// The message if `what` cannot select values of a data type. §7.3.7, step 4, lists the data types
/// that can be converted to; others are a syntax-error.
pub(super) fn not_selectable(data_type: DataType, what: &str) -> Option<String> {
    let without = [
        DataType::XPathExpression,
        DataType::X500Name,
        DataType::Rfc822Name,
        DataType::IpAddress,
        DataType::DnsName,
        DataType::Entity,
    ];
    let is_xml = matches!(data_type, DataType::Extension(extension) if extension.is_xml());
    (is_xml || without.contains(&data_type)).then(|| {
        format!(
            "{what} cannot give values of type {}: the standard says no way from text to it (§7.3.7)",
            data_type.short_name()
        )
    })
}

fn takes_strings(function: &Function) -> bool {
    let is_string = |parameter: &Type| *parameter == Type::One(DataType::String);
    matches!(function.call, Call::Nodes(_)) && function.signature.parameters.iter().all(is_string)
}

fn refused(path: &str, reason: &str) -> String {
    let path = crate::xml::cut(path.trim());
    format!("the XPath expression `{path}` is not taken: {reason}")
}

fn invalid(path: &str, error: &PathError) -> String {
    let before = path.get(..error.at).unwrap_or("");
    let character = before.chars().count() + 1;
    let (path, message) = (crate::xml::cut(path.trim()), &error.message);
    format!("the XPath expression `{path}` is not valid: {message} (at character {character})")
}
