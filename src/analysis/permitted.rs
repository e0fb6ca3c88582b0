//! The values of an open attribute that are permitted: who, and what.

use std::sync::Arc;

use super::Unanswered;
use super::diagram::node::{DiagramNode, Leaf, Nodes};
use super::diagram::path::{attribute_of, walk};
use super::diagram::policy::FiredItem;
use super::diagram::space::Space;
use super::diagram::variable::{Count, ValueClass, Variable, VariableKind};
use super::residual::{Answer, Diagram, Residual, class_answer, value_of};
use crate::attribute::Designator;
use crate::decision::ExtendedDecision;
use crate::error::cut;

/// The values of an attribute by whether a request with one of them is permitted, of which the
/// attribute has no other value.
///
/// Each is [a value](Answer::Value), [a text in any spelling](Answer::ValueIgnoringCase) or
/// [values between others](Answer::Between); without bounds, that is every value not named.
#[derive(Clone, Debug)]
pub struct Permitted {
    /// Permitted, whatever the other open attributes are.
    pub always: Vec<Answer>,
    /// Permitted with some values of the other open attributes; what is left to be asked.
    pub sometimes: Vec<(Answer, Residual)>,
    /// Never permitted.
    pub never: Vec<Answer>,
    /// Whether a policy reads the attribute. If none does, by this id, category, issuer and data
    /// type, all its values are alike.
    pub is_read: bool,
}

impl Residual {
    /// Finds which values of an open attribute are permitted.
    ///
    /// # Errors
    ///
    /// The attribute is not open, or the answer takes more steps than `budget`.
    pub fn permitted(
        &self,
        attribute: &Designator,
        budget: usize,
    ) -> Result<Permitted, Unanswered> {
        let Diagram { space, .. } = &*self.diagram;
        let not_open = || Unanswered::NotOpen {
            attribute: cut(&attribute.id).to_string(),
        };
        let mut permitted = Permitted {
            always: Vec::new(),
            sometimes: Vec::new(),
            never: Vec::new(),
            is_read: space.reads(attribute).ok_or_else(not_open)?,
        };
        let Some(number) = space.number(attribute) else {
            // It makes no difference.
            let any = Answer::Between(super::Between::default());
            permitted.put(any, self.clone(), budget)?;
            return Ok(permitted);
        };
        let tested = space.tested(number);
        let mut left = budget;
        // Where its value is asked first, each way from there is what is left.
        let first = match self.diagram.nodes.node(self.root) {
            DiagramNode::Branch(branch)
                if branch.variable == space.variable(VariableKind::Value(number)) =>
            {
                Some(branch)
            }
            _ => None,
        };
        // Otherwise it is copied for each.
        let of_each = first.map_or_else(|| self.size(), |_| 1);
        let given = self.given.iter().chain([attribute]).cloned();
        let given = Arc::new(given.collect());
        for class in tested
            .classes()
            .filter(|class| !space.is_empty(number, *class))
        {
            left = left.checked_sub(of_each).ok_or(Unanswered::TooLarge)?;
            let residual = match first {
                Some(branch) => Self {
                    diagram: self.diagram.clone(),
                    root: branch.way(class.0),
                    given: Arc::clone(&given),
                },
                None => self.restricted(given.clone(), &mut |variable| {
                    of_class(number, class, variable)
                }),
            };
            permitted.put(class_answer(tested, class), residual, left)?;
        }
        Ok(permitted)
    }
}

impl Permitted {
    fn put(&mut self, answer: Answer, of: Residual, budget: usize) -> Result<(), Unanswered> {
        let Diagram { nodes, space } = &*of.diagram;
        match of.decision() {
            Some(ExtendedDecision::Permit) => self.always.push(answer),
            Some(_) => self.never.push(answer),
            None if !may_permit(nodes, space, &of, budget)? => self.never.push(answer),
            None => self.sometimes.push((answer, of)),
        }
        Ok(())
    }
}

fn may_permit(
    nodes: &Nodes<FiredItem>,
    space: &Space,
    of: &Residual,
    budget: usize,
) -> Result<bool, Unanswered> {
    let mut found = false;
    let wanted = |leaf: Leaf| value_of(leaf).value == ExtendedDecision::Permit;
    walk(
        nodes,
        space,
        of.root,
        &mut { budget },
        &wanted,
        &mut |_, _| {
            found = true;
            false
        },
    )?;
    Ok(found)
}

/// The outcome of a question about an attribute whose only value is of a class; none if the values
/// of the class differ in it, or if it is about another attribute.
fn of_class(attribute: u32, class: ValueClass, variable: Variable) -> Option<u32> {
    if attribute_of(variable) != Some(attribute) {
        return None;
    }
    match variable.asks() {
        VariableKind::Value(_) => Some(class.0),
        VariableKind::Count(_) => Some(Count::ONE),
        VariableKind::Has(_, other) => Some(u32::from(other == class)),
        // It is asked of values that are no points.
        VariableKind::Passes(..) => class.as_point().map(|_| Variable::USUAL),
        VariableKind::Whole(_) => None,
    }
}
