//! Formulas → diagrams of their truth.

use std::collections::HashMap;
use std::hash::Hash;
use std::rc::Rc;
use std::sync::Arc;

use super::fold::{Fold, FoldStep, fold};
use super::formula::Formula;
use super::node::{Leaf, NodeId, Nodes, Truth};
use super::space::Space;
use super::variable::{Count, ValueClass, Variable, VariableKind};
use crate::analysis::Unanswered;

/// `or`, if True outweighs the others, or `and`, if False does (A.3.5).
struct Joined {
    outweighs: Truth,
}

impl<F> Fold<F> for Joined {
    /// Whether one was Indeterminate.
    type State = bool;

    fn hear(
        &self,
        _: &mut Nodes<F>,
        error: &bool,
        leaf: Leaf,
    ) -> Result<FoldStep<bool>, Unanswered> {
        Ok(FoldStep::On(*error || leaf == Leaf::Truth(Truth::Error)))
    }

    fn conclude(&self, _: &mut Nodes<F>, error: bool) -> Result<Leaf, Unanswered> {
        Ok(Leaf::Truth(match (error, self.outweighs) {
            (true, _) => Truth::Error,
            (false, Truth::True) => Truth::False,
            (false, _) => Truth::True,
        }))
    }

    fn ignores(&self, leaf: Leaf) -> bool {
        leaf != Leaf::Truth(Truth::Error)
    }

    fn forced(&self, leaf: Leaf) -> Option<Leaf> {
        (leaf == Leaf::Truth(self.outweighs)).then_some(leaf)
    }
}

/// `n-of` (A.3.5).
struct AtLeast(usize);

impl<F> Fold<F> for AtLeast {
    /// How many were True, and Indeterminate.
    type State = (usize, usize);

    fn hear(
        &self,
        _: &mut Nodes<F>,
        (held, failed): &Self::State,
        leaf: Leaf,
    ) -> Result<FoldStep<Self::State>, Unanswered> {
        let state = match leaf {
            Leaf::Truth(Truth::True) => (held + 1, *failed),
            Leaf::Truth(Truth::Error) => (*held, failed + 1),
            _ => (*held, *failed),
        };
        Ok(match state.0 >= self.0 {
            true => FoldStep::Done(Leaf::Truth(Truth::True)),
            false => FoldStep::On(state),
        })
    }

    fn conclude(&self, _: &mut Nodes<F>, (held, failed): Self::State) -> Result<Leaf, Unanswered> {
        Ok(Leaf::Truth(match () {
            () if held >= self.0 => Truth::True,
            () if held + failed >= self.0 => Truth::Error,
            () => Truth::False,
        }))
    }
}

/// The sections of a target of 2.0 (§7.5): one Indeterminate outweighs the others.
struct InSections;

impl<F> Fold<F> for InSections {
    /// Whether all matched.
    type State = bool;

    fn hear(&self, _: &mut Nodes<F>, all: &bool, leaf: Leaf) -> Result<FoldStep<bool>, Unanswered> {
        Ok(FoldStep::On(*all && leaf == Leaf::Truth(Truth::True)))
    }

    fn conclude(&self, _: &mut Nodes<F>, all: bool) -> Result<Leaf, Unanswered> {
        Ok(Leaf::Truth(if all { Truth::True } else { Truth::False }))
    }

    fn ignores(&self, leaf: Leaf) -> bool {
        leaf == Leaf::Truth(Truth::True)
    }

    fn forced(&self, leaf: Leaf) -> Option<Leaf> {
        (leaf == Leaf::Truth(Truth::Error)).then_some(leaf)
    }
}

struct Negated;

impl<F> Fold<F> for Negated {
    type State = ();

    fn hear(&self, _: &mut Nodes<F>, (): &(), leaf: Leaf) -> Result<FoldStep<()>, Unanswered> {
        Ok(FoldStep::Done(match leaf {
            Leaf::Truth(Truth::True) => Leaf::Truth(Truth::False),
            Leaf::Truth(Truth::False) => Leaf::Truth(Truth::True),
            other => other,
        }))
    }

    fn conclude(&self, _: &mut Nodes<F>, (): ()) -> Result<Leaf, Unanswered> {
        Ok(Leaf::Truth(Truth::Error))
    }
}

/// Makes diagrams of formulas.
pub(in crate::analysis) struct Truths<F> {
    pub(in crate::analysis) space: Arc<Space>,
    pub(in crate::analysis) nodes: Nodes<F>,
    /// The diagrams of formulas that are shared, by their places: variables may refer to variables
    /// again and again.
    pub(in crate::analysis) shared: HashMap<*const Formula, NodeId>,
}

impl<F: Clone + Eq + Hash> Truths<F> {
    pub(in crate::analysis) fn formula(&mut self, formula: &Formula) -> Result<NodeId, Unanswered> {
        match formula {
            Formula::Is(truth) => Ok(self.nodes.truth(*truth)),
            Formula::And(parts) => self.joined(parts, Truth::False),
            Formula::Or(parts) => self.joined(parts, Truth::True),
            Formula::Not(part) => {
                let node = self.formula(part)?;
                fold(&mut self.nodes, &Negated, (), [node])
            }
            Formula::AtLeast(count, parts) => {
                let parts = self.all(parts)?;
                fold(&mut self.nodes, &AtLeast(*count), (0, 0), parts)
            }
            Formula::Sections(parts) => {
                let parts = self.all(parts)?;
                fold(&mut self.nodes, &InSections, true, parts)
            }
            Formula::Some {
                attribute,
                test,
                fails,
                must_be_present,
            } => self.some(*attribute, *test, *fails, *must_be_present),
            Formula::Only { attribute, test } => self.only(*attribute, *test),
            Formula::Count { attribute, is } => self.count(*attribute, is.map(Leaf::Truth)),
            Formula::Whole(number) => self.three(VariableKind::Whole(*number), false),
            Formula::Shared(formula) => {
                let place = Rc::as_ptr(formula);
                if let Some(known) = self.shared.get(&place) {
                    return Ok(*known);
                }
                let node = self.formula(formula)?;
                self.shared.insert(place, node);
                Ok(node)
            }
        }
    }

    fn all(&mut self, parts: &[Formula]) -> Result<Vec<NodeId>, Unanswered> {
        parts.iter().map(|part| self.formula(part)).collect()
    }

    fn joined(&mut self, parts: &[Formula], outweighs: Truth) -> Result<NodeId, Unanswered> {
        let parts = self.all(parts)?;
        self.join(parts, outweighs)
    }

    fn join(&mut self, parts: Vec<NodeId>, outweighs: Truth) -> Result<NodeId, Unanswered> {
        match parts[..] {
            [only] => Ok(only),
            _ => fold(&mut self.nodes, &Joined { outweighs }, false, parts),
        }
    }

    /// A question with the outcomes of a truth, or their negations.
    fn three(&mut self, asks: VariableKind, fails: bool) -> Result<NodeId, Unanswered> {
        let all = [Truth::False, Truth::True, Truth::Error];
        let [no, yes, error] = all.map(|truth| self.nodes.truth(negated(truth, fails)));
        let variable = self.space.variable(asks);
        let never = match asks {
            VariableKind::Passes(attribute, test) => {
                let is_total = self.space.tested(attribute).test(test / 2).is_total();
                is_total.then_some(Truth::Error)
            }
            VariableKind::Whole(number) => self.space.whole[number as usize].never,
            _ => None,
        };
        let (ways, otherwise) = match never {
            Some(Truth::Error) => (vec![(1, yes)], no),
            Some(Truth::False) => (vec![(2, error)], yes),
            _ => (vec![(1, yes), (2, error)], no),
        };
        self.nodes.branch(variable, ways, otherwise)
    }

    /// By the number of values: none, one, several.
    fn count(&mut self, attribute: u32, is: [Leaf; 3]) -> Result<NodeId, Unanswered> {
        let [none, one, several] = is.map(|leaf| self.nodes.leaf(leaf));
        self.counted(attribute, none, one, several)
    }

    fn counted(
        &mut self,
        attribute: u32,
        none: NodeId,
        one: NodeId,
        several: NodeId,
    ) -> Result<NodeId, Unanswered> {
        match self.space.tested(attribute).is_branch {
            true => {
                let ways = vec![
                    (ValueClass::SEVERAL.0, several),
                    (ValueClass::ABSENT.0, none),
                ];
                let variable = self.space.variable(VariableKind::Value(attribute));
                self.nodes.branch(variable, ways, one)
            }
            false => {
                let ways = vec![(Count::NONE, none), (Count::SEVERAL, several)];
                let variable = self.space.variable(VariableKind::Count(attribute));
                self.nodes.branch(variable, ways, one)
            }
        }
    }

    fn only(&mut self, attribute: u32, test: Option<u32>) -> Result<NodeId, Unanswered> {
        let error = self.nodes.truth(Truth::Error);
        let Some(test) = test else {
            let one = self.nodes.truth(Truth::True);
            return self.counted(attribute, error, one, error);
        };
        match self.space.tested(attribute).is_branch {
            true => self.by_value(attribute, test, false, [error, error]),
            false => {
                let one = self.in_bag(attribute, test, false)?;
                let variable = self.space.variable(VariableKind::Count(attribute));
                // Folded, for the questions about the values come after that for their number.
                let ways = vec![(Count::NONE, error), (Count::SEVERAL, error)];
                self.nodes.branch(variable, ways, one)
            }
        }
    }

    fn some(
        &mut self,
        attribute: u32,
        test: u32,
        fails: bool,
        must_be_present: bool,
    ) -> Result<NodeId, Unanswered> {
        let absent = match must_be_present {
            true => Truth::Error,
            false => Truth::False,
        };
        let absent = self.nodes.truth(absent);
        if self.space.tested(attribute).is_branch {
            // It has one value at most.
            let several = self.nodes.truth(Truth::False);
            return self.by_value(attribute, test, fails, [several, absent]);
        }
        let node = self.in_bag(attribute, test, fails)?;
        match must_be_present {
            false => Ok(node),
            true => {
                let variable = self.space.variable(VariableKind::Count(attribute));
                self.nodes
                    .branch(variable, vec![(Count::NONE, absent)], node)
            }
        }
    }

    /// Whether the only value passes, or fails, a test; `rest` are the ways of several values and of
    /// none.
    fn by_value(
        &mut self,
        attribute: u32,
        test: u32,
        fails: bool,
        rest: [NodeId; 2],
    ) -> Result<NodeId, Unanswered> {
        let space = self.space.clone();
        let tested = space.tested(attribute);
        let variable = space.variable(VariableKind::Value(attribute));
        let mut ways = Vec::new();
        let otherwise;
        if let Some(point) = tested.only_point(test) {
            otherwise = self.nodes.truth(negated(Truth::False, fails));
            ways.push((
                ValueClass::point(point).0,
                self.nodes.truth(negated(Truth::True, fails)),
            ));
        } else {
            self.nodes.spend(tested.cost_of(test))?;
            let in_gap = self.three(VariableKind::Passes(attribute, 2 * test), fails)?;
            let mut usual = in_gap;
            for class in tested.classes() {
                let way = match space.on_class(attribute, test, class) {
                    Some(truth) => self.nodes.truth(negated(truth, fails)),
                    None => in_gap,
                };
                match class.0 {
                    Variable::USUAL => usual = way,
                    outcome => ways.push((outcome, way)),
                }
            }
            otherwise = usual;
        }
        ways.extend([
            (ValueClass::SEVERAL.0, rest[0]),
            (ValueClass::ABSENT.0, rest[1]),
        ]);
        self.nodes.branch(variable, ways, otherwise)
    }

    /// Whether some value of a bag passes, or fails, a test.
    fn in_bag(&mut self, attribute: u32, test: u32, fails: bool) -> Result<NodeId, Unanswered> {
        let space = self.space.clone();
        let tested = space.tested(attribute);
        if !fails && let Some(point) = tested.only_point(test) {
            return self.has(attribute, ValueClass::point(point), Truth::True);
        }
        self.nodes.spend(tested.cost_of(test))?;
        let mut some = Vec::new();
        let mut depends = false;
        for class in tested.classes() {
            match space.on_class(attribute, test, class) {
                Some(truth) => match negated(truth, fails) {
                    Truth::False => {}
                    truth => some.push(self.has(attribute, class, truth)?),
                },
                None => depends = true,
            }
        }
        if depends {
            let asks = VariableKind::Passes(attribute, 2 * test + u32::from(fails));
            some.push(self.three(asks, false)?);
        }
        self.join(some, Truth::True)
    }

    /// A truth if some value is of a class, otherwise False.
    fn has(
        &mut self,
        attribute: u32,
        class: ValueClass,
        truth: Truth,
    ) -> Result<NodeId, Unanswered> {
        let variable = self.space.variable(VariableKind::Has(attribute, class));
        let (yes, no) = (self.nodes.truth(truth), self.nodes.truth(Truth::False));
        self.nodes.branch(variable, vec![(1, yes)], no)
    }
}

fn negated(truth: Truth, fails: bool) -> Truth {
    match truth {
        Truth::True if fails => Truth::False,
        Truth::False if fails => Truth::True,
        other => other,
    }
}
