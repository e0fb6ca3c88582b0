//! Expressions that are taken whole → their text for people: functions, attributes and literals, much as
//! they are written.

use std::fmt::Write;

use crate::analysis::requirement::named;
use crate::error::{cut, last_part};
use crate::program::{
    Applied, AttributeBag, BagOf, Condition, Expression, FunctionId, Policy, Products, Program,
    Term, VariableId,
};
use crate::value::Value;

/// The most bytes of a text; what follows is left out.
const LONGEST: usize = 300;

/// The number of parts within each other that are told.
const DEEPEST: usize = 12;

/// Writes expressions of a policy.
pub(in crate::analysis) struct Teller<'p> {
    program: &'p Program,
    policy: &'p Policy,
    text: String,
    depth: usize,
}

/// A part of an expression that can be told.
pub(in crate::analysis) trait Told {
    fn tell(&self, teller: &mut Teller<'_>);
}

/// The text of an expression of a policy.
pub(in crate::analysis) fn told(
    expression: &(impl Told + ?Sized),
    policy: &Policy,
    program: &Program,
) -> String {
    let mut teller = Teller {
        program,
        policy,
        text: String::new(),
        depth: 0,
    };
    teller.part(expression);
    teller.text
}

impl Teller<'_> {
    fn say(&mut self, text: &str) {
        if self.text.len() < LONGEST {
            self.text.push_str(text);
        } else if !self.text.ends_with('…') {
            self.text.push('…');
        }
    }

    fn part(&mut self, part: &(impl Told + ?Sized)) {
        if self.depth == DEEPEST || self.text.len() >= LONGEST {
            return self.say("…");
        }
        self.depth += 1;
        part.tell(self);
        self.depth -= 1;
    }

    fn call(&mut self, name: &str, arguments: &[&dyn Told]) {
        let mut head = String::new();
        // Writing to a text does not fail.
        let _ = write!(head, "`{}`(", cut(last_part(name)));
        self.say(&head);
        for (place, argument) in arguments.iter().enumerate() {
            if place > 0 {
                self.say(", ");
            }
            self.part(*argument);
        }
        self.say(")");
    }

    fn function(&self, function: FunctionId) -> String {
        self.program.functions[function.index()].id().to_owned()
    }

    fn bag(&mut self, bag: AttributeBag) {
        let name = named(&self.program.slots[bag.slot.index()].designator);
        self.say(&name);
    }

    fn variable(&mut self, variable: VariableId) {
        let policy = self.policy;
        self.part(&policy.variables[variable.index()]);
    }

    fn applied(&mut self, outer: &str, applied: &Applied, arguments: &[Expression]) {
        let function = self.function(applied.function);
        let function = format!("`{}`", cut(last_part(&function)));
        let mut all: Vec<&dyn Told> = vec![&function];
        all.extend(arguments.iter().map(|argument| argument as &dyn Told));
        self.call(outer, &all);
    }
}

/// A text that is said as it is.
impl Told for String {
    fn tell(&self, teller: &mut Teller<'_>) {
        teller.say(self);
    }
}

impl Told for Value {
    fn tell(&self, teller: &mut Teller<'_>) {
        let text = cut(&self.to_string()).to_string();
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
            Self::AnyOf(products) => products.tell_as("any-of", teller),
            Self::AllOf(products) => products.tell_as("all-of", teller),
            Self::AllOfAny(both) => {
                let outer = match both.is_any_of_all {
                    true => "any-of-all",
                    false => "all-of-any",
                };
                let function = teller.function(both.applied.function);
                let function = format!("`{}`", cut(last_part(&function)));
                teller.call(outer, &[&function, &both.first, &both.second]);
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
                teller.call(&function, &[&call.first, &call.second]);
            }
            Self::IsIn(is_in) => {
                let values: Vec<&dyn Told> = is_in.values.iter().map(|v| v as &dyn Told).collect();
                let mut all: Vec<&dyn Told> = vec![&is_in.bag];
                all.extend(values);
                teller.call("is-in", &all);
            }
        }
    }
}

impl Products {
    fn tell_as(&self, outer: &str, teller: &mut Teller<'_>) {
        teller.applied(outer, &self.applied, &self.arguments);
    }
}

impl Told for Term {
    fn tell(&self, teller: &mut Teller<'_>) {
        match self {
            Self::Literal(value) => value.tell(teller),
            Self::Local(_) => teller.say("each of these"),
            Self::Variable(variable) => teller.variable(*variable),
            Self::Apply(apply) => {
                let function = teller.function(apply.function);
                teller.call(&function, &each(&apply.arguments));
            }
            Self::Condition(condition) => condition.tell(teller),
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
            Self::Selector { selector, .. } => {
                let program = teller.program;
                let path = &program.selectors[selector.index()].text;
                teller.say(&format!("`{}`", cut(path)));
            }
            Self::Variable(variable) => teller.variable(*variable),
            Self::Apply(apply) => {
                let function = teller.function(apply.function);
                teller.call(&function, &each(&apply.arguments));
            }
            Self::Map(products) => products.tell_as("map", teller),
            Self::MapEach(quantified) => {
                teller.call("Map", &[&quantified.domain, &quantified.iterant]);
            }
            Self::Select(quantified) => {
                teller.call("Select", &[&quantified.domain, &quantified.iterant]);
            }
            Self::Entity(entity) => {
                teller.call("attribute of", &[&entity.owner, &entity.attribute]);
            }
            Self::Literals(values) => {
                let values: Vec<&dyn Told> = values.iter().map(|v| v as &dyn Told).collect();
                teller.call("bag", &values);
            }
        }
    }
}
