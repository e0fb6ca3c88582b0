//! Obligation and advice expressions → their compiled form (§7.18).

use std::sync::Arc;

use super::Compiler;
use super::variable::Variables;
use crate::decision::Effect;
use crate::program;
use crate::syntax::{self, AttributeAssignmentExpression};

impl<'a> Compiler<'a> {
    pub(super) fn duties(
        &mut self,
        variables: &mut Variables<'a>,
        obligations: &'a [syntax::ObligationExpression],
        advice: &'a [syntax::AdviceExpression],
    ) -> Box<[program::Duty]> {
        let mut duties = Vec::new();
        for obligation in obligations {
            let (id, on) = (&obligation.id, obligation.fulfill_on);
            duties.extend(self.within("ObligationExpression", id, |compiler| {
                compiler.duty(variables, false, id, on, &obligation.assignments)
            }));
        }
        for advice in advice {
            let (id, on) = (&advice.id, advice.applies_to);
            duties.extend(self.within("AdviceExpression", id, |compiler| {
                compiler.duty(variables, true, id, on, &advice.assignments)
            }));
        }
        duties.into()
    }

    fn duty(
        &mut self,
        variables: &mut Variables<'a>,
        is_advice: bool,
        id: &str,
        on: Effect,
        assignments: &'a [AttributeAssignmentExpression],
    ) -> Option<program::Duty> {
        let mut compiled = Vec::with_capacity(assignments.len());
        for assignment in assignments {
            let typed = self.expression(variables, &assignment.expression, 0);
            let Some(typed) = typed else { continue };
            let optional = |compiler: &mut Self, text: &Option<String>| -> Option<Arc<str>> {
                text.as_deref().map(|text| compiler.text(text))
            };
            compiled.push(program::Assignment {
                id: self.text(&assignment.id),
                category: optional(self, &assignment.category),
                issuer: optional(self, &assignment.issuer),
                expression: typed.expression,
            });
        }
        Some(program::Duty {
            is_advice,
            id: self.text(id),
            on,
            assignments: compiled.into(),
        })
    }
}
