//! Expressions that are taken whole → their text for people, much as they are written; and their key,
//! which is the same for expressions that are the same, and for no others.
//!
//! A key has attributes by their designators where they are open, and by their values where they are
//! known: two sides of a difference may know other values.

use std::fmt::Write;

use indexmap::IndexSet;

use super::part::ExpressionPart as Part;
use crate::analysis::named::Named;
use crate::attribute::Designator;
use crate::error::{cut, last_part};
use crate::evaluate::PartialPass;
use crate::function::{Call, Meaning, standard};
use crate::program::{
    AttributeBag, BagOf, Condition, FunctionId, Policy, Products, Program, SelectorId, SlotId,
    Term, VariableId,
};
use crate::value::Value;

/// The most bytes of a text; what follows is left out.
const LONGEST: usize = 300;

/// The number of parts within each other that are told in a text.
const DEEPEST: usize = 12;

/// Which attributes and categories are open in a question, whatever a look at it knows.
#[derive(Clone, Copy)]
pub(in crate::analysis) struct Opened<'n> {
    pub(in crate::analysis) attribute: &'n dyn Fn(&Designator) -> bool,
    pub(in crate::analysis) category: &'n dyn Fn(&str) -> bool,
    /// The names of attributes in texts.
    pub(in crate::analysis) named: &'n Named,
}

/// Writes expressions of a policy.
pub(in crate::analysis) struct Teller<'t> {
    known: &'t dyn KnownValues,
    opened: Opened<'t>,
    policy: &'t Policy,
    text: String,
    /// The variables of a key, by the numbers that it has for them; none: it is a text.
    variables: Option<IndexSet<VariableId>>,
    /// Whether a key has what is Indeterminate where an attribute is absent.
    marks_presence: bool,
    depth: usize,
}

/// A look at a program, without the lifetimes of one.
trait KnownValues {
    fn program(&self) -> &Program;
    fn is_usable(&self, slot: SlotId) -> bool;
    fn values(&self, slot: SlotId) -> &[Value];
    fn selected(&self, id: SelectorId, must_be_present: bool) -> Option<&[Value]>;
}

impl KnownValues for PartialPass<'_, '_> {
    fn program(&self) -> &Program {
        self.program()
    }

    fn is_usable(&self, slot: SlotId) -> bool {
        self.is_usable(slot)
    }

    fn values(&self, slot: SlotId) -> &[Value] {
        self.values(slot)
    }

    fn selected(&self, id: SelectorId, must_be_present: bool) -> Option<&[Value]> {
        self.selected(id, must_be_present)
    }
}

/// The ways to write an expression.
#[derive(Clone, Copy, PartialEq)]
pub(in crate::analysis) enum Telling {
    Text,
    Key,
    /// The key of its value, where it has one: `MustBePresent` makes no difference then.
    ValueKey,
}

/// The text or the key of an expression of a policy.
pub(in crate::analysis) fn told<'e>(
    telling: Telling,
    expression: impl Into<Part<'e>>,
    policy: &Policy,
    pass: &PartialPass<'_, '_>,
    opened: Opened<'_>,
) -> String {
    let mut teller = Teller {
        known: pass,
        opened,
        policy,
        text: String::new(),
        variables: (telling != Telling::Text).then(IndexSet::new),
        marks_presence: telling == Telling::Key,
        depth: 0,
    };
    teller.part(expression.into());
    teller.text
}

impl Teller<'_> {
    fn is_key(&self) -> bool {
        self.variables.is_some()
    }

    fn say(&mut self, text: &str) {
        if self.is_key() || self.text.len() < LONGEST {
            self.text.push_str(text);
        } else if !self.text.ends_with('…') {
            self.text.push('…');
        }
    }

    /// Says foreign text in a key, with its length: none looks like another part of it.
    fn exactly(&mut self, text: &str) {
        // Writing to a text does not fail.
        let _ = write!(self.text, "{}:{text}", text.len());
    }

    fn part(&mut self, part: Part<'_>) {
        let is_long = self.depth == DEEPEST || self.text.len() >= LONGEST;
        if !self.is_key() && is_long {
            return self.say("…");
        }
        self.depth += 1;
        self.tell(part);
        self.depth -= 1;
    }

    fn call(&mut self, name: &str, arguments: &[Part<'_>]) {
        self.call_of(name, arguments, false);
    }

    /// A call. In the key of one that is `symmetric`, its last two arguments are in one order.
    fn call_of(&mut self, name: &str, arguments: &[Part<'_>], is_symmetric: bool) {
        self.name(name);
        self.say("(");
        let known = |teller: &Self| teller.variables.as_ref().map(IndexSet::len);
        let mut starts = Vec::new();
        for (place, argument) in arguments.iter().enumerate() {
            if place > 0 {
                self.say(", ");
            }
            starts.push((self.text.len(), known(self)));
            self.part(*argument);
        }
        // Variables have numbers in the order in which they are met first.
        if let [.., (first, before), (second, _)] = starts[..]
            && is_symmetric
            && before.is_some()
            && before == known(self)
        {
            let last = self.text.split_off(second);
            let other = self.text.split_off(first);
            let other = other.strip_suffix(", ").unwrap_or(&other);
            let (lesser, greater) = match *last < *other {
                true => (&*last, other),
                false => (other, &*last),
            };
            let _ = write!(self.text, "{lesser}, {greater}");
        }
        self.say(")");
    }

    /// The function's id; in a key, one of the host's is no other of that id.
    fn function(&self, function: FunctionId) -> String {
        let function = &self.known.program().functions[function.index()];
        match function.call {
            Call::Host(_) if self.is_key() => {
                format!("{} {:p}", function.id(), std::sync::Arc::as_ptr(function))
            }
            _ => function.id().to_owned(),
        }
    }

    fn bag(&mut self, bag: AttributeBag) {
        let pass = self.known;
        let designator = &pass.program().slots[bag.slot.index()].designator;
        let is_open = (self.opened.attribute)(designator);
        if !self.is_key() {
            self.say(&self.opened.named.in_words(designator));
            if let (false, [first, rest @ ..]) = (is_open, pass.values(bag.slot)) {
                self.say(" (");
                self.value(first);
                self.say(if rest.is_empty() { ")" } else { ", …)" });
            }
            return;
        }
        self.presence(bag.must_be_present);
        if is_open || !pass.is_usable(bag.slot) {
            return self.designator(designator);
        }
        self.values(pass.values(bag.slot));
    }

    fn presence(&mut self, must_be_present: bool) {
        if self.marks_presence {
            self.say(if must_be_present { "!" } else { "?" });
        }
    }

    fn designator(&mut self, designator: &Designator) {
        self.exactly(&designator.category);
        self.exactly(&designator.id);
        match &designator.issuer {
            Some(issuer) => self.exactly(issuer),
            None => self.say("-"),
        }
        self.exactly(designator.data_type.uri());
    }

    fn values(&mut self, values: &[Value]) {
        self.say("[");
        for value in values {
            self.value(value);
        }
        self.say("]");
    }

    fn selector(&mut self, id: SelectorId, must_be_present: bool) {
        let pass = self.known;
        let selector = &pass.program().selectors[id.index()];
        if !self.is_key() {
            return self.say(&format!("`{}`", cut(&selector.text)));
        }
        self.presence(must_be_present);
        let context = selector
            .context
            .map(|slot| &pass.program().slots[slot.index()].designator);
        let is_open = (self.opened.category)(&selector.category)
            || context.is_some_and(|context| (self.opened.attribute)(context));
        if !is_open && let Some(values) = pass.selected(id, must_be_present) {
            return self.values(values);
        }
        self.exactly(&selector.category);
        match context {
            Some(context) => self.designator(context),
            None => self.say("-"),
        }
        // With its prefixes resolved.
        self.exactly(&format!("{:?}", selector.path));
        self.exactly(selector.data_type.uri());
    }

    fn variable(&mut self, variable: VariableId) {
        let policy = self.policy;
        if let Some(known) = &mut self.variables {
            let (number, is_new) = known.insert_full(variable);
            let _ = write!(self.text, "${number}");
            if !is_new {
                return;
            }
        }
        self.part((&policy.variables[variable.index()]).into());
    }

    /// A call of the function that is the first part.
    fn applied(&mut self, parts: &[Part<'_>], is_symmetric: bool) {
        if let [Part::Function(function), arguments @ ..] = parts {
            let name = self.function(*function);
            self.call_of(&name, arguments, is_symmetric);
        }
    }

    fn products(&mut self, [one, each]: [&str; 2], products: &Products, parts: &[Part<'_>]) {
        // Both are one expression, and have one key.
        let is_told_so = products.applied.is_of_each && !self.is_key();
        let outer = if is_told_so { each } else { one };
        let is_of_two = products.arguments.len() == 2;
        let is_symmetric = is_of_two && self.is_equality(products.applied.function);
        self.call_of(outer, parts, is_symmetric);
    }

    fn is_equality(&self, function: FunctionId) -> bool {
        let meaning = self.known.program().functions[function.index()].meaning;
        matches!(meaning, Meaning::Equal | Meaning::EqualIgnoreCase)
    }

    /// The id of the equality that `*-at-least-one-member-of` is an `any-of` of (A.3.11).
    fn equality_of_members(&self, function: FunctionId) -> Option<String> {
        let function = &self.known.program().functions[function.index()];
        let data_type = function.id().strip_suffix("-at-least-one-member-of")?;
        let id = format!("{data_type}-equal");
        let is_equality = standard(&id).is_some_and(|of| of.meaning == Meaning::Equal);
        (function.meaning == Meaning::IsIn && is_equality).then_some(id)
    }

    fn name(&mut self, name: &str) {
        match self.is_key() {
            true => self.exactly(name),
            false => self.say(&format!("`{}`", cut(last_part(name)))),
        }
    }

    fn value(&mut self, value: &Value) {
        if self.is_key() {
            self.exactly(value.data_type().uri());
            return self.exactly(&value.lexical());
        }
        let text = cut(&value.to_string());
        match value.as_str() {
            Some(_) => self.say(&format!("\"{text}\"")),
            None => self.say(&text),
        }
    }

    fn tell(&mut self, part: Part<'_>) {
        match part {
            Part::Condition(condition) => self.condition(condition, &part.parts()),
            Part::Term(term) => self.term(term, &part.parts()),
            Part::Bag(bag) => self.bag_of(bag, &part.parts()),
            Part::Function(function) => {
                let name = self.function(function);
                self.name(&name);
            }
            Part::Attribute(bag) => self.bag(bag),
            Part::Selector {
                id,
                must_be_present,
            } => self.selector(id, must_be_present),
            Part::Variable(variable) => self.variable(variable),
            Part::Value(value) => self.value(value),
            Part::Pattern(pattern) => self.value(&pattern.into()),
            Part::Name(name) => self.name(name),
        }
    }

    fn condition(&mut self, condition: &Condition, parts: &[Part<'_>]) {
        match condition {
            Condition::And(_) => self.call("and", parts),
            Condition::Or(_) => self.call("or", parts),
            Condition::NOf(..) => self.call("n-of", parts),
            Condition::Match(_) | Condition::RegexpMatch(_) => self.applied(parts, false),
            Condition::AnyOf(of) => self.products(["any-of", "any-of-any"], of, parts),
            Condition::AllOf(of) => self.products(["all-of", "all-of-all"], of, parts),
            Condition::AllOfAny(both) => {
                let outer = match both.is_any_of_all {
                    true => "any-of-all",
                    false => "all-of-any",
                };
                self.call(outer, parts);
            }
            Condition::ForAny(_) => self.call("ForAny", parts),
            Condition::ForAll(_) => self.call("ForAll", parts),
            Condition::Term(term) => self.tell(term.into()),
            Condition::Not(_) => self.call("not", parts),
            Condition::Predicate(call) => self.applied(parts, self.is_equality(call.function)),
            Condition::IsIn(is_in) => {
                let values = is_in.values.iter().map(Part::Value);
                let all: Vec<_> = parts.iter().copied().chain(values).collect();
                let name = match is_in.folded {
                    true => "is-in-ignoring-case",
                    false => "is-in",
                };
                self.call(name, &all);
            }
        }
    }

    fn term(&mut self, term: &Term, parts: &[Part<'_>]) {
        match term {
            Term::Local(place) if self.is_key() => {
                self.call("local", &[Part::Name(&place.to_string())]);
            }
            Term::Local(_) => self.say("each of these"),
            Term::Apply(apply) => match self.equality_of_members(apply.function) {
                Some(equality) if self.is_key() => {
                    let equality = [Part::Name(&equality)];
                    self.call_of("any-of", &[&equality, &parts[1..]].concat(), true);
                }
                _ => self.applied(parts, false),
            },
            Term::OneAndOnly(..) if self.is_key() => self.call("one-and-only", parts),
            Term::BagSize(_) => self.call("bag-size", parts),
            Term::Call(_) => self.applied(parts, false),
            Term::Literal(_) | Term::Variable(_) | Term::Condition(_) | Term::OneAndOnly(..) => {
                parts.iter().for_each(|part| self.tell(*part));
            }
        }
    }

    fn bag_of(&mut self, bag: &BagOf, parts: &[Part<'_>]) {
        match bag {
            BagOf::Attribute(_) | BagOf::Selector { .. } | BagOf::Variable(_) => {
                parts.iter().for_each(|part| self.tell(*part));
            }
            BagOf::Apply(_) => self.applied(parts, false),
            BagOf::Map(products) => self.products(["map", "map"], products, parts),
            BagOf::MapEach(_) => self.call("Map", parts),
            BagOf::Select(_) => self.call("Select", parts),
            BagOf::Entity(entity) if self.is_key() => {
                let of = format!("{:?} {}", entity.of, entity.data_type.uri());
                self.call("entity", &[parts, &[Part::Name(&of)]].concat());
            }
            BagOf::Entity(_) => self.call("attribute of", &parts[..2]),
            BagOf::Literals(values) => {
                let values: Vec<_> = values.iter().map(Part::Value).collect();
                self.call("bag", &values);
            }
        }
    }
}
