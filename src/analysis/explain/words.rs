//! Nodes → the words that all forms of an explanation share.
//!
//! Names and values are whoever's wrote the policy and sent the request. Every one of them goes through
//! [`shown`], so none can begin a line of its own or turn the order of the letters around it.

use std::fmt::{self, Write};

use super::tree::{AttributeFound, AttributeOrigin, Element, Node, NodeValue};
use crate::decision::ExtendedDecision;
use crate::error::{is_visible, last_part};
use crate::function::{Meaning, standard};
use crate::value::{Value, Zone};

/// The most characters of a name or a value.
const LONGEST: usize = 100;

/// The most characters of a message, which holds names that are cut already.
const LONGEST_MESSAGE: usize = 600;

/// The most values that are shown of one bag.
const MOST_VALUES: usize = 8;

/// A foreign text on one line, cut, its invisible characters as escapes. So are backticks, which stand
/// around names.
pub(in crate::analysis) fn shown(text: &str) -> String {
    let shown = cut_to(text, LONGEST);
    match shown.contains('`') {
        true => shown.replace('`', "\\u{60}"),
        false => shown,
    }
}

/// A foreign text of any length on one line.
pub(in crate::analysis) fn visible(text: &str) -> String {
    cut_to(text, usize::MAX)
}

/// A message, made visible as a name is.
pub(super) fn message(text: &str) -> String {
    cut_to(text, LONGEST_MESSAGE)
}

fn cut_to(text: &str, longest: usize) -> String {
    let mut shown = String::with_capacity(text.len().min(longest));
    let mut rest = text.chars();
    for character in rest.by_ref().take(longest) {
        match is_visible(character) {
            true => shown.push(character),
            false => shown.extend(character.escape_default()),
        }
    }
    if rest.next().is_some() {
        shown.push('…');
    }
    shown
}

/// The last part of an identifier of the standard, the whole of any other.
pub(super) fn short(id: &str) -> String {
    let is_standard = id.starts_with("urn:oasis:names:tc:xacml:");
    shown(if is_standard { last_part(id) } else { id })
}

/// A value: a text in quotes, any other as it is written.
pub(super) fn value(value: &Value) -> String {
    match value.as_str() {
        // Not copied before it is cut: it may be as long as a request.
        Some(text) => format!("\"{}\"", shown(text)),
        None => shown(&beginning(value, LONGEST)),
    }
}

/// The value as it is written, of one of very many bytes the beginning.
pub(super) fn beginning(value: &Value, longest: usize) -> String {
    // A byte takes more than a character, and one too many shows that there is more.
    match value {
        Value::HexBinary(bytes) if bytes.len() > longest => {
            Value::HexBinary(bytes[..=longest].into()).lexical()
        }
        Value::Base64Binary(bytes) if bytes.len() > longest => {
            Value::Base64Binary(bytes[..=longest].into()).lexical()
        }
        value => value.lexical(),
    }
}

/// Values one after the other; `more` is the number of those that are not here.
pub(super) fn values(all: &[Value], more: usize) -> String {
    let shown: Vec<String> = all.iter().take(MOST_VALUES).map(value).collect();
    let more = more + all.len().saturating_sub(MOST_VALUES);
    match (shown.is_empty(), more) {
        (true, 0) => "nothing".to_owned(),
        (_, 0) => shown.join(", "),
        _ => format!("{} and {more} more", shown.join(", ")),
    }
}

pub(super) fn decision(value: ExtendedDecision) -> &'static str {
    match value {
        ExtendedDecision::Permit => "Permit",
        ExtendedDecision::Deny => "Deny",
        ExtendedDecision::NotApplicable => "NotApplicable",
        ExtendedDecision::IndeterminateD => "Indeterminate{D}",
        ExtendedDecision::IndeterminateP => "Indeterminate{P}",
        ExtendedDecision::IndeterminateDP => "Indeterminate{DP}",
    }
}

/// The value of a node, as short as it can be.
pub(super) fn result(node: &Node) -> String {
    match &node.value {
        _ if node.element == Element::Function => "function".to_owned(),
        NodeValue::Boolean(true)
            if matches!(node.element, Element::Obligation | Element::Advice) =>
        {
            "returned".to_owned()
        }
        NodeValue::Decision(value) => decision(*value).to_owned(),
        NodeValue::Boolean(value) => value.to_string(),
        NodeValue::Values(all, more) => values(all, *more),
        NodeValue::Indeterminate(_) => "Indeterminate".to_owned(),
        NodeValue::NotEvaluated => "not evaluated".to_owned(),
    }
}

/// The element and its name: ``Rule `r` ``.
pub(super) fn name(node: &Node) -> String {
    match node.element {
        Element::Roots | Element::Target | Element::AnyOf | Element::AllOf | Element::Condition => {
            node.element.as_str().to_owned()
        }
        Element::Policy | Element::PolicySet | Element::Rule | Element::Reference => {
            format!("{} `{}`", node.element.as_str(), shown(&node.name))
        }
        Element::Match | Element::Apply | Element::Quantified | Element::Function => {
            format!("`{}`", short(&node.name))
        }
        Element::AttributeDesignator => format!("attribute {}", attribute(node)),
        Element::AttributeSelector => format!("selector `{}`", shown(&node.name)),
        Element::AttributeValue => "literal".to_owned(),
        Element::Variable => format!("variable `{}`", shown(&node.name)),
        Element::Turn => format!("value of `{}`", shown(&node.name)),
        Element::Obligation => format!("obligation `{}`", shown(&node.name)),
        Element::Advice => format!("advice `{}`", shown(&node.name)),
        Element::Assignment => format!("assigned to `{}`", shown(&node.name)),
    }
}

/// The name of an attribute, in backticks, as it is told from others.
fn attribute(node: &Node) -> String {
    match &node.attribute {
        Some(found) => found.name.clone(),
        None => format!("`{}`", short(&node.name)),
    }
}

/// Whether it is false: a condition may also be a value of data type boolean.
pub(super) fn is_false(node: &Node) -> bool {
    match &node.value {
        NodeValue::Boolean(value) => !value,
        NodeValue::Values(values, _) => values.first().and_then(Value::as_bool) == Some(false),
        _ => false,
    }
}

/// The most functions that are shown within one another.
const DEEPEST_CALL: usize = 3;

/// A node as an argument: a function with its arguments and its value, the name of an attribute or a
/// variable with its value, or the value.
pub(super) fn argument(node: &Node) -> String {
    call(node, DEEPEST_CALL)
}

fn call(node: &Node, depth: usize) -> String {
    match (node.element, &node.children[..]) {
        (Element::AttributeDesignator, _) => format!("{} = {}", attribute(node), result(node)),
        (Element::Variable, definition) => {
            let own = format!("`{}`", shown(&node.name));
            let definition = definition
                .first()
                .and_then(|definition| of_what(definition, depth));
            match definition.filter(|definition| *definition != own) {
                Some(definition) => format!("{own} = {definition} = {}", result(node)),
                None => format!("{own} = {}", result(node)),
            }
        }
        (Element::Function, _) => name(node),
        // The only value of an attribute is the attribute's.
        (Element::Apply, [only]) if meaning(node) == Meaning::OneAndOnly && depth > 0 => {
            let value = result(node);
            match only.element {
                Element::AttributeDesignator => format!("{} = {value}", attribute(only)),
                _ => call(only, depth - 1),
            }
        }
        (Element::Apply, [_, ..]) if depth > 0 => {
            format!("{} = {}", applied(node, depth - 1), result(node))
        }
        _ => result(node),
    }
}

/// The attribute that a node reads, or the function with its arguments, without the value.
fn of_what(node: &Node, depth: usize) -> Option<String> {
    match (node.element, &node.children[..]) {
        (Element::AttributeDesignator, _) => Some(attribute(node)),
        (Element::Apply, [only]) if meaning(node) == Meaning::OneAndOnly => of_what(only, depth),
        (Element::Apply, [_, ..]) if depth > 0 => Some(applied(node, depth - 1)),
        _ => None,
    }
}

/// A function with its arguments.
fn applied(node: &Node, depth: usize) -> String {
    let arguments = node.children.iter().map(|child| call(child, depth));
    let arguments: Vec<String> = arguments.collect();
    format!("{}({})", name(node), arguments.join(", "))
}

/// A condition that is false, after "it".
pub(super) fn failed_condition(node: &Node) -> String {
    match (node.element, node.children.first()) {
        (Element::Quantified, Some(domain)) => {
            format!("wants {} over {} to be true", name(node), argument(domain))
        }
        (Element::Apply, Some(_)) => {
            format!("wants {} to be true", message(&applied(node, DEEPEST_CALL)))
        }
        (Element::Condition, _) => "has a condition that is false".to_owned(),
        (Element::Variable, Some(definition)) => {
            let definition = of_what(definition, DEEPEST_CALL);
            let definition = definition.map(|definition| format!(" = {}", message(&definition)));
            let definition = definition.unwrap_or_default();
            format!("wants `{}`{definition} to be true", shown(&node.name))
        }
        _ => format!("wants {} to be true", argument(node)),
    }
}

/// Whether the definition of a variable is shown within a node.
pub(super) fn has_definition(node: &Node) -> bool {
    let is_defined = node.element == Element::Variable && !node.children.is_empty();
    is_defined || node.children.iter().any(has_definition)
}

/// All that is to be said of a node beside its name, value and place.
pub(super) fn details(node: &Node) -> String {
    let mut words = String::new();
    if let Some(combining) = &node.combining {
        let (algorithm, step) = (short(&combining.algorithm), message(&combining.step));
        match algorithm.is_empty() {
            true => words += &step,
            false => add(&mut words, format_args!("{algorithm}: {step}")),
        }
    }
    if let Some(wanted) = &node.wanted {
        words += &test_of(node, &value(wanted));
    } else if let Some(found) = &node.attribute {
        words += &self::found(found, false);
        // Its source has the reason already.
        if let AttributeOrigin::Failed(_) = found.origin {
            return words;
        }
    }
    if let NodeValue::Indeterminate(reason) = &node.value
        && !has_reason(node, reason)
    {
        separate(&mut words);
        words += &message(reason);
    }
    if node.not_reached > 0 {
        separate(&mut words);
        add(
            &mut words,
            format_args!("{} more not reached", node.not_reached),
        );
    }
    if node.not_shown > 0 {
        separate(&mut words);
        add(
            &mut words,
            format_args!("{} more not shown", node.not_shown),
        );
    }
    words
}

/// Whether the reason of an Indeterminate is told by an attribute of the node or by a node within it.
fn has_reason(node: &Node, reason: &str) -> bool {
    let is_it = |child: &Node| match &child.value {
        NodeValue::Indeterminate(own) => own == reason,
        _ => false,
    };
    let is_told = node
        .attribute
        .as_ref()
        .is_some_and(|found| match found.origin {
            AttributeOrigin::Failed(_) => true,
            AttributeOrigin::Nobody => found.must_be_present,
            _ => false,
        });
    is_told || node.children.iter().any(is_it)
}

/// A `Match` in words: the value that it wants of which attribute, and what it found.
pub(super) fn test_of(node: &Node, wanted: &str) -> String {
    let Some(found) = &node.attribute else {
        return format!("wants {wanted}");
    };
    let (attribute, found) = (&found.name, self::found(found, true));
    // The first argument is the wanted one (§5.9): `16 <= age` is at least 16.
    let bound = match meaning(node) {
        Meaning::Equal | Meaning::EqualIgnoreCase => "",
        Meaning::LessOrEqual => "at least ",
        Meaning::Less => "more than ",
        Meaning::GreaterOrEqual => "at most ",
        Meaning::Greater => "less than ",
        _ => {
            let function = name(node);
            return format!("wants {function}({wanted}, {attribute}) to be true, found {found}");
        }
    };
    format!("wants {bound}{wanted} in {attribute}, found {found}")
}

/// The meaning of a function of the standard; a name of the host's says nothing of it.
fn meaning(node: &Node) -> Meaning {
    standard(&node.name).map_or(Meaning::Other, |function| function.meaning)
}

/// The values of an attribute and their source.
fn found(found: &AttributeFound, has_verb: bool) -> String {
    let mut words = match (found.values.is_empty(), has_verb) {
        (true, true) => "no value".to_owned(),
        (true, false) => "there is none".to_owned(),
        (false, true) => values(&found.values, found.more),
        // The value of the node.
        (false, false) => "from".to_owned(),
    };
    match &found.origin {
        AttributeOrigin::Request if found.values.is_empty() => {}
        AttributeOrigin::Request => words += source(has_verb, " the request", " (request)"),
        AttributeOrigin::Clock => words += source(has_verb, " the clock", " (clock)"),
        AttributeOrigin::Provider { name, until } => {
            let until = until.map_or_else(String::new, |until| format!(", until {until}"));
            let name = shown(name);
            match has_verb {
                true => add(&mut words, format_args!(" (provider `{name}`{until})")),
                false => add(&mut words, format_args!(" provider `{name}`{until}")),
            }
        }
        AttributeOrigin::NotAskedFor(name) => {
            let name = shown(name);
            words = format!("not asked for (provider `{name}`)");
        }
        AttributeOrigin::Nobody if found.must_be_present => words += ", and it must be present",
        AttributeOrigin::Nobody => {}
        AttributeOrigin::Failed(why) => {
            words = format!("no value that can be used: {}", message(why))
        }
    }
    if let Some(near) = &found.near_miss {
        add(&mut words, format_args!("; {}", message(near)));
    }
    words
}

fn source<'w>(is_in_parentheses: bool, alone: &'w str, inside: &'w str) -> &'w str {
    if is_in_parentheses { inside } else { alone }
}

fn separate(words: &mut String) {
    if !words.is_empty() {
        words.push_str("; ");
    }
}

fn add(words: &mut String, more: fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = words.write_fmt(more);
}

/// The value that a wanted text most likely was meant to be, in words.
pub(super) fn near_value(wanted: &Value, found: &[Value]) -> Option<String> {
    let text = wanted.as_str()?;
    let differs = found
        .iter()
        .filter(|found| !found.equal(wanted, Zone::UTC).unwrap_or(false));
    let texts = differs.filter_map(Value::as_str);
    let near = crate::error::similar_name(text, texts)?;
    Some(format!("\"{}\" is nearly \"{}\"", shown(near), shown(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_can_break_a_line_or_turn_one_around() {
        let hostile = "a\n\r\u{85}\u{2028}\u{202e}\u{200b}\u{feff}b";
        let shown = shown(hostile);
        assert_eq!(shown, r"a\n\r\u{85}\u{2028}\u{202e}\u{200b}\u{feff}b");
        assert_eq!(cut_to(&"x".repeat(101), 100).chars().count(), 101);
    }
}
