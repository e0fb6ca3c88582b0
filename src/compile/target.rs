//! Targets → compiled expressions (§5.6 to §5.9, §7.6, §7.7).

use super::Compiler;
use super::expression::single_or;
use super::signature::{check, last_part, with_article};
use crate::function::{Call, Type};
use crate::program::{Applied, Expression, Match};
use crate::syntax::{self, AllOf, AnyOf, AttributeReference, Target};
use crate::value::DataType;

impl<'a> Compiler<'a> {
    /// A target as an expression; `Some(None)` for one that matches any request (§7.7).
    pub(super) fn target(&mut self, target: Option<&'a Target>) -> Option<Option<Expression>> {
        let Some(target) = target.filter(|target| !target.any_of.is_empty()) else {
            return Some(None);
        };
        let all: Vec<_> = target
            .any_of
            .iter()
            .map(|any_of| self.any_of(any_of))
            .collect();
        let all: Vec<Expression> = all.into_iter().collect::<Option<_>>()?;
        Some(Some(single_or(all, Expression::And)))
    }

    fn any_of(&mut self, any_of: &'a AnyOf) -> Option<Expression> {
        if any_of.all_of.is_empty() {
            self.problem(any_of.offset, "`AnyOf` must have at least one `AllOf`");
            return None;
        }
        let some: Vec<_> = any_of
            .all_of
            .iter()
            .map(|all_of| self.all_of(all_of))
            .collect();
        let some: Vec<Expression> = some.into_iter().collect::<Option<_>>()?;
        Some(single_or(some, Expression::Or))
    }

    fn all_of(&mut self, all_of: &'a AllOf) -> Option<Expression> {
        if all_of.matches.is_empty() {
            self.problem(all_of.offset, "`AllOf` must have at least one `Match`");
            return None;
        }
        let all: Vec<_> = all_of.matches.iter().map(|m| self.matching(m)).collect();
        let all: Vec<Expression> = all.into_iter().collect::<Option<_>>()?;
        Some(single_or(all, Expression::And))
    }

    /// §7.6.
    fn matching(&mut self, matching: &'a syntax::Match) -> Option<Expression> {
        let function = self.function(&matching.function, matching.offset, "MatchId");
        let value = self.literal(&matching.value);
        let designator = match &matching.attribute {
            AttributeReference::Designator(designator) => designator,
            AttributeReference::Selector(selector) => {
                self.selector(selector.offset);
                return None;
            }
        };
        let slot = self.designator(designator);
        let ((id, function), value, (slot, data_type)) = (function?, value?, slot?);
        let name = last_part(function.id());
        if matches!(function.call, Call::HigherOrder(_)) {
            let message = format!("`{name}` takes a function, so it cannot be a MatchId");
            self.problem_with(matching.offset, "MatchId", message);
            return None;
        }
        let arguments = [Type::One(value.data_type()), Type::One(data_type)];
        if let Err(misfit) = check(&function, &arguments) {
            let message = format!(
                "{} (argument 1 is the AttributeValue, argument 2 each value of the attribute)",
                misfit.message
            );
            let at = match misfit.argument {
                Some(0) => matching.value.offset,
                Some(1) => designator.offset,
                _ => matching.offset,
            };
            self.problem(at, message);
            return None;
        }
        if function.signature.returns != Type::One(DataType::Boolean) {
            let gives = function.signature.returns;
            let message = format!(
                "a MatchId must give a boolean; `{name}` gives {}",
                with_article(gives)
            );
            self.problem_with(matching.offset, "MatchId", message);
            return None;
        }
        let pattern = self.pattern(&function, Some(&value), matching.value.offset)?;
        Some(Expression::Match(Box::new(Match {
            applied: Applied {
                function: id,
                pattern,
            },
            value,
            slot,
            must_be_present: designator.must_be_present,
        })))
    }
}
