//! Obligation and advice expressions → their compiled form (§7.18).

use std::sync::Arc;

use super::Compiler;
use super::variable::Variables;
use crate::decision::Effect;
use crate::program;
use crate::syntax::{self, AttributeAssignmentExpression};

impl<'a> Compiler<'a> {
    pub(super) fn obligations(
        &mut self,
        variables: &mut Variables<'a>,
        obligations: &'a [syntax::ObligationExpression],
        advice: &'a [syntax::AdviceExpression],
    ) -> Box<[program::ObligationExpression]> {
        let mut compiled = Vec::new();
        for obligation in obligations {
            let (id, on) = (&obligation.id, obligation.fulfill_on);
            compiled.extend(self.within("ObligationExpression", id, |compiler| {
                compiler.obligation(variables, false, id, on, &obligation.assignments)
            }));
        }
        for advice in advice {
            let (id, on) = (&advice.id, advice.applies_to);
            compiled.extend(self.within("AdviceExpression", id, |compiler| {
                compiler.obligation(variables, true, id, on, &advice.assignments)
            }));
        }
        compiled.into()
    }

    fn obligation(
        &mut self,
        variables: &mut Variables<'a>,
        is_advice: bool,
        id: &str,
        on: Effect,
        assignments: &'a [AttributeAssignmentExpression],
    ) -> Option<program::ObligationExpression> {
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
        Some(program::ObligationExpression {
            is_advice,
            id: self.text(id),
            on,
            assignments: compiled.into(),
        })
    }
}
