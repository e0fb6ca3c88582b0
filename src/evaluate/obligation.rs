//! Obligation and advice expressions → obligations and advice with values (§7.18).

use super::cause::Stop;
use super::{Fired, FiredBy, Pass};
use crate::decision::Effect;
use crate::function::Operand;
use crate::program::{Expression, ObligationExpression, PolicyId, Term};
use crate::value::Value;

/// The work of recording a rule that fired, or an assignment: it covers memory more than time.
pub(super) const FIRED: usize = 16;

impl<'e> Pass<'e> {
    /// Evaluates the obligations and advice that go with `effect` (§7.18): all, or none if one of
    /// them fails. Literals are taken from the policy when the outcome is read.
    pub(super) fn obligations(
        &self,
        policy: PolicyId,
        rule: Option<usize>,
        obligations: &'e [ObligationExpression],
        effect: Effect,
    ) -> Result<(), Stop> {
        let mut open = false;
        for (number, obligation) in obligations.iter().enumerate() {
            if obligation.on != effect {
                continue;
            }
            let start = self.notes.borrow().assigned.len();
            for (assignment, place) in obligation.assignments.iter().zip(0..) {
                if let Expression::Term(Term::Literal(_)) = assignment.expression {
                    self.spend_on(FIRED)?;
                    continue;
                }
                let operand = match self.operand(&assignment.expression) {
                    Ok(operand) => operand,
                    Err(Stop::Open) => {
                        open = true;
                        continue;
                    }
                    Err(Stop::Indeterminate(_)) if open => continue,
                    Err(stop) => return Err(stop),
                };
                let size = |sum: usize, value: &Value| sum.saturating_add(value.size());
                let size = operand.values().iter().fold(0, size);
                self.spend_on(size.saturating_mul(FIRED))?;
                // §5.41: a bag gives one assignment for each of its values.
                let assigned = &mut self.notes.borrow_mut().assigned;
                match operand {
                    Operand::One(value) => assigned.push((place, value.into_owned())),
                    Operand::Bag(values) => {
                        assigned.extend(values.iter().cloned().map(|value| (place, value)));
                    }
                }
            }
            let mut notes = self.notes.borrow_mut();
            let what = FiredBy::Obligation {
                policy,
                rule,
                obligation: number,
                start,
                end: notes.assigned.len(),
            };
            notes.fired.push(Fired { effect, what });
        }
        if open { Err(Stop::Open) } else { Ok(()) }
    }

    /// Evaluates their assignments without keeping the values.
    pub(super) fn assigned_by(
        &self,
        obligations: &'e [ObligationExpression],
        effect: Effect,
    ) -> Result<(), Stop> {
        let own = obligations
            .iter()
            .filter(|obligation| obligation.on == effect);
        for assignment in own.flat_map(|obligation| &obligation.assignments) {
            self.operand(&assignment.expression)?;
        }
        Ok(())
    }
}
