//! Expressions that are taken whole → their text for people, much as they are written; and their key,
//! which is the same for expressions that are the same, and for no others.
//!
//! A key has attributes by their designators where they are open, and by their values where they are
//! known: two sides of a difference may know other values.

use std::fmt::Write;

use indexmap::IndexSet;

use crate::analysis::named::Named as AttributesNamed;
use crate::attribute::Designator;
use crate::error::{cut, last_part};
use crate::evaluate::PartialPass;
use crate::function::{Call, Meaning, standard};
use crate::program::{
    Applied, AttributeBag, BagOf, Condition, Expression, FunctionId, Policy, Products, Program,
    SelectorId, SlotId, Term, VariableId,
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
    pub(in crate::analysis) named: &'n AttributesNamed,
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

/// A part of an expression that can be told.
pub(in crate::analysis) trait Told {
    fn tell(&self, teller: &mut Teller<'_>);
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
pub(in crate::analysis) fn told(
    telling: Telling,
    expression: &(impl Told + ?Sized),
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
    teller.part(expression);
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

    fn part(&mut self, part: &(impl Told + ?Sized)) {
        let is_long = self.depth == DEEPEST || self.text.len() >= LONGEST;
        if !self.is_key() && is_long {
            return self.say("…");
        }
        self.depth += 1;
        part.tell(self);
        self.depth -= 1;
    }

    fn call(&mut self, name: &str, arguments: &[&dyn Told]) {
        self.call_of(name, arguments, false);
    }

    /// A call. In the key of one that is `symmetric`, its last two arguments are in one order.
    fn call_of(&mut self, name: &str, arguments: &[&dyn Told], is_symmetric: bool) {
        match self.is_key() {
            true => self.exactly(name),
            false => self.say(&format!("`{}`", cut(last_part(name)))),
        }
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
                first.tell(self);
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
            value.tell(self);
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
        self.part(&policy.variables[variable.index()]);
    }

    fn applied(&mut self, outer: &str, applied: &Applied, arguments: &[Expression]) {
        let function = Named(self.function(applied.function));
        let mut all: Vec<&dyn Told> = vec![&function];
        all.extend(each(arguments));
        let is_symmetric = arguments.len() == 2 && self.is_equality(applied.function);
        self.call_of(outer, &all, is_symmetric);
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
}

/// A function that another applies.
struct Named(String);

impl Told for Named {
    fn tell(&self, teller: &mut Teller<'_>) {
        match teller.is_key() {
            true => teller.exactly(&self.0),
            false => teller.say(&format!("`{}`", cut(last_part(&self.0)))),
        }
    }
}

impl Told for Value {
    fn tell(&self, teller: &mut Teller<'_>) {
        if teller.is_key() {
            teller.exactly(self.data_type().uri());
            return teller.exactly(&self.lexical());
        }
        let text = cut(&self.to_string());
        match self.as_str() {
            Some(_) => teller.say(&format!("\"{text}\"")),
            None => teller.say(&text),
        }
    }
}

impl Told for AttributeBag {
    fn tell(&self, teller: &mut Teller<'_>) {
        teller.bag(*self);
    }
}

impl Told for Expression {
    fn tell(&self, teller: &mut Teller<'_>) {
        match self {
            Self::Term(term) => term.tell(teller),
            Self::Bag(bag) => bag.tell(teller),
        }
    }
}

/// The parts of a call as arguments.
fn each<T: Told>(parts: &[T]) -> Vec<&dyn Told> {
    parts.iter().map(|part| part as &dyn Told).collect()
}

impl Told for Condition {
    fn tell(&self, teller: &mut Teller<'_>) {
        match self {
            Self::And(parts) => teller.call("and", &each(parts)),
            Self::Or(parts) => teller.call("or", &each(parts)),
            Self::NOf(count, parts) => {
                let mut all: Vec<&dyn Told> = vec![&**count];
                all.extend(each(parts));
                teller.call("n-of", &all);
            }
            Self::Match(matching) => {
                let function = teller.function(matching.applied.function);
                teller.call(&function, &[&matching.value, &matching.bag]);
            }
            Self::AnyOf(products) => products.tell_as(["any-of", "any-of-any"], teller),
            Self::AllOf(products) => products.tell_as(["all-of", "all-of-all"], teller),
            Self::AllOfAny(both) => {
                let outer = match both.is_any_of_all {
                    true => "any-of-all",
                    false => "all-of-any",
                };
                let function = teller.function(both.applied.function);
                teller.call(outer, &[&Named(function), &both.first, &both.second]);
            }
            Self::ForAny(quantified) => {
                teller.call("ForAny", &[&quantified.domain, &quantified.iterant]);
            }
            Self::ForAll(quantified) => {
                teller.call("ForAll", &[&quantified.domain, &quantified.iterant]);
            }
            Self::RegexpMatch(matching) => {
                let function = teller.function(matching.function);
                let pattern = Value::from(matching.pattern.as_str());
                teller.call(&function, &[&pattern, &matching.text]);
            }
            Self::Term(term) => term.tell(teller),
            Self::Not(part) => teller.call("not", &[&**part]),
            Self::Predicate(call) => {
                let function = teller.function(call.function);
                let is_symmetric = teller.is_equality(call.function);
                teller.call_of(&function, &[&call.first, &call.second], is_symmetric);
            }
            Self::IsIn(is_in) => {
                let mut all: Vec<&dyn Told> = vec![&is_in.bag];
                all.extend(each(&is_in.values));
                let name = match is_in.folded {
                    true => "is-in-ignoring-case",
                    false => "is-in",
                };
                teller.call(name, &all);
            }
        }
    }
}

impl Products {
    fn tell_as(&self, [one, each]: [&str; 2], teller: &mut Teller<'_>) {
        // Both are one expression, and have one key.
        let is_told_so = self.applied.is_of_each && !teller.is_key();
        let outer = if is_told_so { each } else { one };
        teller.applied(outer, &self.applied, &self.arguments);
    }
}

impl Told for Term {
    fn tell(&self, teller: &mut Teller<'_>) {
        match self {
            Self::Literal(value) => value.tell(teller),
            Self::Local(place) if teller.is_key() => {
                teller.call("local", &[&Named(place.to_string())])
            }
            Self::Local(_) => teller.say("each of these"),
            Self::Variable(variable) => teller.variable(*variable),
            Self::Apply(apply) => {
                let members = teller.equality_of_members(apply.function);
                if let (true, Some(equality)) = (teller.is_key(), members) {
                    let equality = Named(equality);
                    let mut all: Vec<&dyn Told> = vec![&equality];
                    all.extend(each(&apply.arguments));
                    return teller.call_of("any-of", &all, true);
                }
                let function = teller.function(apply.function);
                teller.call(&function, &each(&apply.arguments));
            }
            Self::Condition(condition) => condition.tell(teller),
            Self::OneAndOnly(bag, _) if teller.is_key() => teller.call("one-and-only", &[bag]),
            Self::OneAndOnly(bag, _) => bag.tell(teller),
            Self::BagSize(bag) => teller.call("bag-size", &[bag]),
            Self::Call(call) => {
                let function = teller.function(call.function);
                teller.call(&function, &each(&call.arguments));
            }
        }
    }
}

impl Told for BagOf {
    fn tell(&self, teller: &mut Teller<'_>) {
        match self {
            Self::Attribute(bag) => bag.tell(teller),
            Self::Selector {
                selector,
                must_be_present,
            } => teller.selector(*selector, *must_be_present),
            Self::Variable(variable) => teller.variable(*variable),
            Self::Apply(apply) => {
                let function = teller.function(apply.function);
                teller.call(&function, &each(&apply.arguments));
            }
            Self::Map(products) => products.tell_as(["map", "map"], teller),
            Self::MapEach(quantified) => {
                teller.call("Map", &[&quantified.domain, &quantified.iterant]);
            }
            Self::Select(quantified) => {
                teller.call("Select", &[&quantified.domain, &quantified.iterant]);
            }
            Self::Entity(entity) => {
                let nothing = Named(String::new());
                let of = Named(format!("{:?} {}", entity.of, entity.data_type.uri()));
                let mut all: Vec<&dyn Told> = vec![&entity.owner, &entity.attribute];
                all.extend(
                    entity
                        .must_be_present
                        .as_ref()
                        .map(|part| part as &dyn Told),
                );
                all.push(&nothing);
                all.extend(entity.qualifier.as_ref().map(|part| part as &dyn Told));
                match teller.is_key() {
                    true => {
                        all.push(&of);
                        teller.call("entity", &all);
                    }
                    false => teller.call("attribute of", &[&entity.owner, &entity.attribute]),
                }
            }
            Self::Literals(values) => {
                teller.call("bag", &each(values));
            }
        }
    }
}
