//! Targets, conditions and assignments → formulas over the tests of attributes.
//!
//! The known attributes decide what they can at once, by the evaluator. Of the rest, what is a
//! test of one attribute becomes one, and any other expression is taken whole.

use std::borrow::Cow;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use super::node::Truth;
use super::part::ExpressionPart;
use super::space::{Holds, Space, UnaryTest, Whole};
use super::tell::{Opened, Telling, told};
use super::whole;
use crate::analysis::Unanswered;
use crate::attribute::Designator;
use crate::decision::XacmlVersion;
use crate::evaluate::{Known, PartialPass};
use crate::function::id::STRING_NORMALIZE_TO_LOWER_CASE;
use crate::function::{Call, Function, Meaning};
use crate::program::{
    Applied, AttributeBag, BagOf, Comparison, Condition, Expression, Literal, Policy,
    PredicateCall, Products, SlotId, Target, Term, Test, ValueCall, VariableId,
};
use crate::value::{DataType, Value};

/// An expression of the tests of attributes.
#[derive(Clone, Debug)]
pub(in crate::analysis) enum Formula {
    Is(Truth),
    And(Vec<Formula>),
    Or(Vec<Formula>),
    Not(Box<Formula>),
    /// So many are True (A.3.5).
    AtLeast(usize, Vec<Formula>),
    /// All are True, and no one is Indeterminate (2.0 §7.5).
    Sections(Vec<Formula>),
    /// Some value of a bag passes, or fails, a test.
    Some {
        attribute: u32,
        test: u32,
        fails: bool,
        must_be_present: bool,
    },
    /// The only value passes a test, if one is asked for; Indeterminate if there is not exactly one.
    Only {
        attribute: u32,
        test: Option<u32>,
    },
    /// By the number of values: none, one, several.
    Count {
        attribute: u32,
        is: [Truth; 3],
    },
    /// An expression that is taken whole.
    Whole(u32),
    Shared(Rc<Formula>),
}

/// Reads the formulas of one program.
pub(in crate::analysis) struct FormulaReader<'r, 'p, 'e> {
    pub(in crate::analysis) pass: &'r PartialPass<'p, 'e>,
    pub(in crate::analysis) space: &'r mut Space,
    /// Whether the attributes of a category may have other values than the request gives.
    pub(in crate::analysis) is_open: &'r dyn Fn(&str) -> bool,
    /// The attributes and categories that are open in the question.
    pub(in crate::analysis) opened: Opened<'r>,
    /// The formulas of variables, of the policy that is read.
    variables: HashMap<VariableId, Rc<Formula>>,
    /// Steps that may still be taken.
    budget: usize,
    /// The truths of expressions by their keys, if they are noted.
    pub(in crate::analysis) noted: Option<HashMap<String, Truth>>,
}

fn truth(value: bool) -> Formula {
    Formula::Is(if value { Truth::True } else { Truth::False })
}

/// The truth that is known.
fn known(known: Known<bool>) -> Option<Truth> {
    match known {
        Known::Value(true) => Some(Truth::True),
        Known::Value(false) => Some(Truth::False),
        Known::Indeterminate => Some(Truth::Error),
        Known::Open => None,
    }
}

impl<'r, 'p, 'e> FormulaReader<'r, 'p, 'e> {
    pub(in crate::analysis) fn new(
        pass: &'r PartialPass<'p, 'e>,
        space: &'r mut Space,
        is_open: &'r dyn Fn(&str) -> bool,
        opened: Opened<'r>,
        budget: usize,
    ) -> Self {
        Self {
            pass,
            space,
            is_open,
            opened,
            variables: HashMap::new(),
            budget,
            noted: None,
        }
    }

    /// Reads expressions of a policy, its variables being in scope.
    pub(in crate::analysis) fn within<R>(
        &mut self,
        policy: &'e Policy,
        read: impl FnOnce(&mut Self) -> R,
    ) -> R {
        let outer = std::mem::take(&mut self.variables);
        let pass = self.pass;
        let result = pass.within(policy, || read(self));
        self.variables = outer;
        result
    }

    fn spend(&mut self, steps: usize) -> Result<(), Unanswered> {
        self.budget = self.budget.checked_sub(steps).ok_or(Unanswered::TooLarge)?;
        Ok(())
    }

    /// A target of this policy or of one of its rules.
    pub(in crate::analysis) fn target(
        &mut self,
        policy: &'e Policy,
        target: &'e Target,
    ) -> Result<Formula, Unanswered> {
        let any_ofs = match target {
            Target::Any => return Ok(truth(true)),
            Target::Tests { start, end } | Target::Sections { start, end } => {
                let range = *start as usize..*end as usize;
                let tests = policy.tests[range.clone()].iter();
                self.any_ofs(policy, tests.zip(&policy.literals[range]))?
            }
            Target::AnyOfs(any_ofs) => self.all(policy, any_ofs)?,
        };
        Ok(match policy.xacml {
            XacmlVersion::V3 => Formula::And(any_ofs),
            XacmlVersion::V2 => Formula::Sections(any_ofs),
        })
    }

    fn any_ofs(
        &mut self,
        policy: &'e Policy,
        tests: impl Iterator<Item = (&'e Test, &'e Literal)>,
    ) -> Result<Vec<Formula>, Unanswered> {
        let (mut any_ofs, mut any_of, mut all_of) = (Vec::new(), Vec::new(), Vec::new());
        for (test, literal) in tests {
            self.spend(1)?;
            all_of.push(self.test(policy, test, literal)?);
            if test.ends_all_of {
                any_of.push(Formula::And(std::mem::take(&mut all_of)));
            }
            if test.ends_all_of && test.ends_any_of {
                any_ofs.push(Formula::Or(std::mem::take(&mut any_of)));
            }
        }
        Ok(any_ofs)
    }

    fn test(
        &mut self,
        policy: &'e Policy,
        test: &'e Test,
        literal: &'e Literal,
    ) -> Result<Formula, Unanswered> {
        let text = match literal {
            Literal::Match(matching) => return self.condition(policy, matching),
            Literal::Text(text) => text,
        };
        if let Some(known) = known(self.pass.test(test, literal)) {
            return Ok(Formula::Is(known));
        }
        let bag = AttributeBag {
            slot: test.slot,
            must_be_present: test.must_be_present,
        };
        let compared = match (test.comparison, self.designator(test.slot).data_type) {
            (Comparison::Folded, _) => UnaryTest::Folded(text.clone()),
            (_, DataType::AnyUri) => UnaryTest::Equal(Value::AnyUri(text.clone())),
            _ => UnaryTest::Equal(Value::String(text.clone())),
        };
        Ok(self.some(bag, compared, false))
    }

    fn designator(&self, slot: SlotId) -> &'e Designator {
        &self.pass.program().slots[slot.index()].designator
    }

    fn attribute(&mut self, slot: SlotId) -> u32 {
        let designator = self.designator(slot);
        self.space.attribute(designator)
    }

    fn some(&mut self, bag: AttributeBag, test: UnaryTest, fails: bool) -> Formula {
        let attribute = self.attribute(bag.slot);
        self.space.note_bag(attribute);
        if fails {
            self.space.note_counted(attribute);
        }
        Formula::Some {
            attribute,
            test: self.space.test(attribute, test),
            fails,
            must_be_present: bag.must_be_present,
        }
    }

    fn all(
        &mut self,
        policy: &'e Policy,
        conditions: &'e [Condition],
    ) -> Result<Vec<Formula>, Unanswered> {
        let conditions = conditions.iter();
        conditions
            .map(|part| self.condition(policy, part))
            .collect()
    }

    /// A condition of this policy.
    pub(in crate::analysis) fn condition(
        &mut self,
        policy: &'e Policy,
        condition: &'e Condition,
    ) -> Result<Formula, Unanswered> {
        self.spend(1)?;
        match condition {
            Condition::And(parts) => return Ok(Formula::And(self.all(policy, parts)?)),
            Condition::Or(parts) => return Ok(Formula::Or(self.all(policy, parts)?)),
            Condition::Not(part) => {
                return Ok(Formula::Not(Box::new(self.condition(policy, part)?)));
            }
            Condition::NOf(count, parts) => {
                if let Term::Literal(count) = &**count
                    && let Some(count) = count.as_integer().and_then(|count| count.as_i64())
                    && let Ok(count) = usize::try_from(count)
                    && count <= parts.len()
                {
                    return Ok(Formula::AtLeast(count, self.all(policy, parts)?));
                }
            }
            Condition::Term(Term::Condition(part)) => return self.condition(policy, part),
            Condition::Term(Term::Variable(variable)) => return self.variable(policy, *variable),
            _ => {}
        }
        let reads = whole::reads(condition, policy);
        self.spend(reads.size)?;
        if !self.is_beyond(&reads) {
            if let Some(known) = known(self.pass.condition(condition)) {
                let (pass, opened) = (self.pass, self.opened);
                self.note(known, || {
                    told(Telling::Key, condition, policy, pass, opened)
                });
                return Ok(Formula::Is(known));
            }
            if let Some(formula) = self.of_one_attribute(condition) {
                return Ok(formula);
            }
        }
        let name = told(Telling::Key, condition, policy, self.pass, self.opened);
        let is_total = whole::is_total(condition, self.pass);
        let never = is_total.then_some(Truth::Error);
        let whole = self.whole(policy, condition.into(), &reads, name, never)?;
        let number = match condition {
            Condition::Predicate(call) if !self.is_beyond(&reads) => self.number(call),
            _ => None,
        };
        Ok(match number {
            // It is seen through where there is one value, or none.
            Some((attribute, [none, one], _)) => {
                let count = |is| Formula::Count { attribute, is };
                let is_several = count([Truth::False, Truth::False, Truth::True]);
                Formula::Or(vec![
                    count([none, one, Truth::False]),
                    Formula::And(vec![is_several, whole]),
                ])
            }
            None => whole,
        })
    }

    fn variable(
        &mut self,
        policy: &'e Policy,
        variable: VariableId,
    ) -> Result<Formula, Unanswered> {
        if let Some(known) = self.variables.get(&variable) {
            return Ok(Formula::Shared(known.clone()));
        }
        let formula = match &policy.variables[variable.index()] {
            Expression::Term(Term::Condition(condition)) => self.condition(policy, condition)?,
            Expression::Term(Term::Variable(other)) => self.variable(policy, *other)?,
            Expression::Term(term) => {
                let reads = whole::reads(term, policy);
                self.spend(reads.size)?;
                match term {
                    Term::Literal(Value::Boolean(value)) => truth(*value),
                    Term::OneAndOnly(bag, _) if self.pass.is_open(bag.slot) => {
                        self.only(*bag, UnaryTest::Equal(Value::Boolean(true)))
                    }
                    _ => {
                        let truth = match self.is_beyond(&reads) {
                            true => None,
                            false => known(self.pass.boolean(term)),
                        };
                        let (pass, opened) = (self.pass, self.opened);
                        let name = || told(Telling::Key, term, policy, pass, opened);
                        match truth {
                            Some(truth) => {
                                self.note(truth, name);
                                Formula::Is(truth)
                            }
                            None => {
                                let name = name();
                                self.whole(policy, term.into(), &reads, name, None)?
                            }
                        }
                    }
                }
            }
            // A condition refers to no bag.
            Expression::Bag(_) => Formula::Is(Truth::Error),
        };
        let formula = Rc::new(formula);
        self.variables.insert(variable, formula.clone());
        Ok(Formula::Shared(formula))
    }

    /// Whether an expression that may fail has a value.
    pub(in crate::analysis) fn has_value(
        &mut self,
        policy: &'e Policy,
        expression: &'e Expression,
    ) -> Result<Formula, Unanswered> {
        self.spend(1)?;
        if let Expression::Term(Term::Literal(_)) = expression {
            return Ok(truth(true));
        }
        let reads = whole::reads(expression, policy);
        self.spend(reads.size)?;
        let (pass, opened) = (self.pass, self.opened);
        let name = || {
            format!(
                "has a value: {}",
                told(Telling::Key, expression, policy, pass, opened)
            )
        };
        if !self.is_beyond(&reads) {
            if let Some(known) = known(self.pass.has_value(expression)) {
                self.note(known, name);
                return Ok(Formula::Is(known));
            }
            match expression {
                Expression::Bag(BagOf::Attribute(bag)) if !bag.must_be_present => {
                    return Ok(truth(true));
                }
                Expression::Bag(BagOf::Attribute(bag)) => {
                    let attribute = self.attribute(bag.slot);
                    let is = [Truth::Error, Truth::True, Truth::True];
                    return Ok(Formula::Count { attribute, is });
                }
                Expression::Term(Term::OneAndOnly(bag, _)) => return Ok(self.has_only(*bag)),
                Expression::Term(Term::Apply(apply)) => {
                    let function = &self.pass.program().functions[apply.function.index()];
                    if let (Meaning::OneAndOnly, [Expression::Bag(BagOf::Attribute(bag))]) =
                        (function.meaning, &*apply.arguments)
                    {
                        return Ok(self.has_only(*bag));
                    }
                }
                _ => {}
            }
        }
        let name = name();
        self.whole(policy, expression.into(), &reads, name, Some(Truth::False))
    }

    fn note(&mut self, truth: Truth, key: impl FnOnce() -> String) {
        if let Some(noted) = &mut self.noted {
            noted.insert(key(), truth);
        }
    }

    fn is_beyond(&self, reads: &whole::Reads) -> bool {
        reads.is_beyond_slots(self.pass.program(), self.is_open)
    }

    fn whole(
        &mut self,
        policy: &Policy,
        expression: ExpressionPart<'_>,
        reads: &whole::Reads,
        name: String,
        never: Option<Truth>,
    ) -> Result<Formula, Unanswered> {
        // It is kept.
        self.spend(name.len() / 16)?;
        let (pass, opened) = (self.pass, self.opened);
        let open = reads.slots.iter().filter(|slot| self.pass.is_open(**slot));
        let open: Vec<SlotId> = open.copied().collect();
        let attributes: Vec<u32> = open.into_iter().map(|slot| self.attribute(slot)).collect();
        attributes
            .iter()
            .for_each(|attribute| self.space.note_counted(*attribute));
        let text = || told(Telling::Text, expression, policy, pass, opened);
        Ok(Formula::Whole(self.space.whole(name, || Whole {
            text: text(),
            reads: attributes,
            never,
        })))
    }

    /// Whether a bag has one value.
    fn has_only(&mut self, bag: AttributeBag) -> Formula {
        let attribute = self.attribute(bag.slot);
        self.space.note_counted(attribute);
        let test = None;
        Formula::Only { attribute, test }
    }

    fn only(&mut self, bag: AttributeBag, test: UnaryTest) -> Formula {
        let attribute = self.attribute(bag.slot);
        self.space.note_counted(attribute);
        Formula::Only {
            attribute,
            test: Some(self.space.test(attribute, test)),
        }
    }

    fn function(&self, applied: &Applied) -> &'e Arc<Function> {
        &self.pass.program().functions[applied.function.index()]
    }

    /// The formula of a condition that tests the values of one attribute, if it is one.
    fn of_one_attribute(&mut self, condition: &'e Condition) -> Option<Formula> {
        match condition {
            Condition::Match(matching) => {
                let test = self.test_of(&matching.applied, &matching.value, true)?;
                Some(self.some(matching.bag, test, false))
            }
            Condition::IsIn(is_in) => {
                let tests = is_in
                    .values
                    .iter()
                    .map(|value| match (is_in.folded, value) {
                        (true, Value::String(text)) => {
                            UnaryTest::Folded(text.to_lowercase().into())
                        }
                        _ => UnaryTest::Equal(value.clone()),
                    });
                let mut some: Vec<Formula> = tests
                    .map(|test| self.some(is_in.bag, test, false))
                    .collect();
                if is_in.bag.must_be_present {
                    // Also where there are no literals.
                    let attribute = self.attribute(is_in.bag.slot);
                    let is = [Truth::Error, Truth::False, Truth::False];
                    some.push(Formula::Count { attribute, is });
                }
                Some(Formula::Or(some))
            }
            Condition::Predicate(call) => {
                let function = &self.pass.program().functions[call.function.index()];
                let (term, literal, is_literal_first) = self.compared(call)?;
                match term {
                    Term::OneAndOnly(bag, _) => {
                        let test = value_test(function, &literal, is_literal_first, None)?;
                        Some(self.only(*bag, test))
                    }
                    Term::BagSize(_) => self.count(call),
                    Term::Call(inner) if function.meaning == Meaning::Equal => {
                        let bag = self.in_lower_case(inner)?;
                        let text = literal.as_str()?;
                        // A text that is not in lower case is none in lower case.
                        let is_lower = text.to_lowercase() == text;
                        let test = UnaryTest::Folded(text.into());
                        is_lower.then(|| self.only(bag, test))
                    }
                    _ => None,
                }
            }
            Condition::RegexpMatch(matching) => {
                let Term::OneAndOnly(bag, _) = &matching.text else {
                    return None;
                };
                let function = &self.pass.program().functions[matching.function.index()];
                let holds = Holds {
                    function: function.clone(),
                    literal: matching.pattern.as_str().into(),
                    is_literal_first: true,
                    pattern: Some(matching.pattern.clone()),
                };
                Some(self.only(*bag, UnaryTest::Holds(Box::new(holds))))
            }
            Condition::Term(Term::OneAndOnly(bag, _)) => {
                Some(self.only(*bag, UnaryTest::Equal(Value::Boolean(true))))
            }
            Condition::Term(Term::Apply(apply)) => {
                let function = &self.pass.program().functions[apply.function.index()];
                let is_in = function.meaning == Meaning::IsIn;
                let equal = |_: &Self, literal: &Value, _| Some(UnaryTest::Equal(literal.clone()));
                is_in
                    .then(|| self.some_of(&apply.arguments, false, &equal))
                    .flatten()
            }
            Condition::AnyOf(products) => self.products(products, false),
            Condition::AllOf(products) => {
                Some(Formula::Not(Box::new(self.products(products, true)?)))
            }
            _ => None,
        }
    }

    /// The bag whose only value a call of `string-normalize-to-lower-case` takes, if it is one.
    fn in_lower_case(&self, call: &'e ValueCall) -> Option<AttributeBag> {
        let function = &self.pass.program().functions[call.function.index()];
        let [Term::OneAndOnly(bag, _)] = &call.arguments[..] else {
            return None;
        };
        (function.id() == STRING_NORMALIZE_TO_LOWER_CASE).then_some(*bag)
    }

    /// Whether the function holds, or does not hold, between some value of the bag and some literal.
    fn products(&mut self, products: &'e Products, fails: bool) -> Option<Formula> {
        self.some_of(&products.arguments, fails, &|reader, literal, is_first| {
            reader.test_of(&products.applied, literal, is_first)
        })
    }

    /// Whether a test, of each literal, holds for some value of the bag, or does not hold for some.
    fn some_of(
        &mut self,
        arguments: &'e [Expression],
        fails: bool,
        test: &dyn Fn(&Self, &Value, bool) -> Option<UnaryTest>,
    ) -> Option<Formula> {
        let [first, second] = arguments else {
            return None;
        };
        let (bag, literals, is_literal_first) = match (self.literals(first), self.literals(second))
        {
            (Some(literals), None) => (second, literals, true),
            (None, Some(literals)) => (first, literals, false),
            _ => return None,
        };
        let Expression::Bag(BagOf::Attribute(bag)) = bag else {
            return None;
        };
        let tests = literals.iter();
        let tests = tests.map(|literal| test(self, literal, is_literal_first));
        let tests: Vec<UnaryTest> = tests.collect::<Option<_>>()?;
        let tests = tests.into_iter();
        let mut some: Vec<Formula> = tests.map(|test| self.some(*bag, test, fails)).collect();
        if bag.must_be_present {
            let attribute = self.attribute(bag.slot);
            let is = [Truth::Error, Truth::False, Truth::False];
            some.push(Formula::Count { attribute, is });
        }
        Some(Formula::Or(some))
    }

    /// The values of an expression that is known.
    fn literals(&self, expression: &'e Expression) -> Option<Cow<'e, [Value]>> {
        match expression {
            Expression::Term(term) => Some(vec![self.pass.value(term)?].into()),
            Expression::Bag(BagOf::Literals(literals)) => Some((&**literals).into()),
            Expression::Bag(BagOf::Attribute(bag)) => {
                let has_value = self.pass.has_value(expression) == Known::Value(true);
                has_value.then(|| self.pass.values(bag.slot).into())
            }
            Expression::Bag(_) => None,
        }
    }

    /// The test of a number of values, if one and several are all that it tells apart.
    fn count(&mut self, call: &'e PredicateCall) -> Option<Formula> {
        let (attribute, [none, one], several) = self.number(call)?;
        let several = several?;
        // That there is one or none is no number.
        if one != several {
            self.space.note_counted(attribute);
        }
        let is = [none, one, several];
        Some(Formula::Count { attribute, is })
    }

    /// The attribute of which a comparison tests the number of values, and its truths where there are none
    /// and one; and where there are several, if it does not depend on how many.
    fn number(&mut self, call: &'e PredicateCall) -> Option<(u32, [Truth; 2], Option<Truth>)> {
        let (Term::BagSize(bag), literal, is_literal_first) = self.compared(call)? else {
            return None;
        };
        let function = &self.pass.program().functions[call.function.index()];
        let test = value_test(function, &literal, is_literal_first, None)?;
        let (UnaryTest::Equal(_) | UnaryTest::Compared(..)) = test else {
            return None;
        };
        let size = |size: i64| self.space.passes(&test, &size.into());
        let none = match bag.must_be_present {
            true => Truth::Error,
            false => size(0),
        };
        let one = size(1);
        let several = literal.as_integer()?.as_i64().and_then(|number| {
            let near = [number.checked_sub(1)?, number, number.checked_add(1)?];
            let mut near = near.into_iter().filter(|near| *near > 2);
            near.all(|near| size(near) == size(2)).then(|| size(2))
        });
        Some((self.attribute(bag.slot), [none, one], several))
    }

    /// The term that a comparison of one with a known value is about, the value, and whether that is first.
    fn compared(&self, call: &'e PredicateCall) -> Option<(&'e Term, Value, bool)> {
        match [&call.first, &call.second].map(|term| self.pass.value(term)) {
            [Some(literal), None] => Some((&call.second, literal, true)),
            [None, Some(literal)] => Some((&call.first, literal, false)),
            _ => None,
        }
    }
    fn test_of(
        &self,
        applied: &Applied,
        literal: &Value,
        is_literal_first: bool,
    ) -> Option<UnaryTest> {
        let function = self.function(applied);
        value_test(function, literal, is_literal_first, applied.pattern.clone())
    }
}

/// The test of a value that a function of it and a literal makes; none of a function that is not
/// the standard's, and may answer otherwise tomorrow.
fn value_test(
    function: &Arc<Function>,
    literal: &Value,
    is_literal_first: bool,
    pattern: Option<crate::function::regexp::Regexp>,
) -> Option<UnaryTest> {
    let is_plain = matches!(function.call, Call::Predicate(_) | Call::OfValues(_));
    Some(match function.meaning {
        Meaning::Equal => UnaryTest::Equal(literal.clone()),
        Meaning::EqualIgnoreCase => UnaryTest::Folded(literal.as_str()?.to_lowercase().into()),
        meaning @ (Meaning::Greater
        | Meaning::GreaterOrEqual
        | Meaning::Less
        | Meaning::LessOrEqual) => {
            // The value first.
            let meaning = match (is_literal_first, meaning) {
                (false, meaning) => meaning,
                (true, Meaning::Greater) => Meaning::Less,
                (true, Meaning::GreaterOrEqual) => Meaning::LessOrEqual,
                (true, Meaning::Less) => Meaning::Greater,
                (true, _) => Meaning::GreaterOrEqual,
            };
            UnaryTest::Compared(meaning, literal.clone())
        }
        _ if is_plain || matches!(function.call, Call::Regexp) => {
            UnaryTest::Holds(Box::new(Holds {
                function: function.clone(),
                literal: literal.clone(),
                is_literal_first,
                pattern,
            }))
        }
        _ => return None,
    })
}
