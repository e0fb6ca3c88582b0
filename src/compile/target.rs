//! Targets → a condition for each of their `AnyOf`s (§5.6 to §5.9, §7.6, §7.7).

use super::Compiler;
use super::expression::single_or;
use super::signature::{misfits, with_article};
use crate::error::last_part;
use crate::function::{Call, Type};
use crate::program::{Applied, BagOf, Condition, Match, Products, Term};
use crate::syntax::{self, AllOf, AnyOf, AttributeReference, Target};
use crate::value::DataType;

impl<'a> Compiler<'a> {
    /// The `AnyOf`s of a target; none for one that matches any request (§7.7).
    pub(super) fn target(&mut self, target: Option<&'a Target>) -> Option<Vec<Condition>> {
        let any_ofs = target.map_or(&[][..], |target| &target.any_of);
        let all: Vec<_> = any_ofs.iter().map(|any_of| self.any_of(any_of)).collect();
        all.into_iter().collect()
    }

    fn any_of(&mut self, any_of: &'a AnyOf) -> Option<Condition> {
        if any_of.all_of.is_empty() {
            self.problem(any_of.offset, "`AnyOf` must have at least one `AllOf`");
            return None;
        }
        let some: Vec<_> = any_of
            .all_of
            .iter()
            .map(|all_of| self.all_of(all_of))
            .collect();
        let some: Vec<Condition> = some.into_iter().collect::<Option<_>>()?;
        Some(single_or(some, Condition::Or))
    }

    fn all_of(&mut self, all_of: &'a AllOf) -> Option<Condition> {
        if all_of.matches.is_empty() {
            self.problem(all_of.offset, "`AllOf` must have at least one `Match`");
            return None;
        }
        if let [only] = &all_of.matches[..] {
            return self.matching(only);
        }
        let all: Vec<_> = all_of.matches.iter().map(|m| self.matching(m)).collect();
        let all: Vec<Condition> = all.into_iter().collect::<Option<_>>()?;
        Some(single_or(all, Condition::And))
    }

    /// §7.6.
    fn matching(&mut self, matching: &'a syntax::Match) -> Option<Condition> {
        let function = self.function(&matching.function, matching.offset, "MatchId");
        let value = self.literal(&matching.value);
        let attribute = match &matching.attribute {
            AttributeReference::Designator(designator) => {
                let bag = self.designator(designator);
                bag.map(|(bag, data_type)| (BagOf::Attribute(bag), data_type))
            }
            AttributeReference::Selector(selector) => self.selector(selector),
        };
        let (id, function) = function?;
        let name = || last_part(function.id());
        if let Call::Entity(_) = function.call {
            let message = format!("`{}` gives a bag, so it cannot be a MatchId", name());
            self.problem_with(matching.offset, "MatchId", message);
            return None;
        }
        if matches!(function.call, Call::HigherOrder(_)) {
            let message = format!("`{}` takes a function, so it cannot be a MatchId", name());
            self.problem_with(matching.offset, "MatchId", message);
            return None;
        }
        if function.signature.returns != Type::One(DataType::Boolean) {
            let gives = function.signature.returns;
            let message = format!(
                "a MatchId must give a boolean; `{}` gives {}",
                name(),
                with_article(gives)
            );
            self.problem_with(matching.offset, "MatchId", message);
            return None;
        }
        let one = |data_type: DataType| Type::One(data_type);
        let arguments = [
            value.as_ref().map(|value| one(value.data_type())),
            attribute.as_ref().map(|(_, data_type)| one(*data_type)),
        ];
        let misfits = misfits(&function, &arguments);
        let fits = misfits.is_empty();
        let value = value.filter(|_| misfits.iter().all(|misfit| misfit.argument != Some(0)));
        for misfit in misfits {
            let message = format!(
                "{} (argument 1 is the AttributeValue, argument 2 each value of the attribute)",
                misfit.message
            );
            let at = match misfit.argument {
                Some(0) => matching.value.offset,
                Some(1) => match &matching.attribute {
                    AttributeReference::Designator(designator) => designator.offset,
                    AttributeReference::Selector(selector) => selector.offset,
                },
                _ => matching.offset,
            };
            self.problem(at, message);
        }
        let value = value?;
        let pattern = self.pattern(&function, Some(&value), matching.value.offset);
        if let Call::Nodes(_) = function.call {
            self.of_nodes_matched(matching, &function, &value)?;
        }
        let (pattern, (attribute, _)) = (pattern?, attribute?);
        if !fits {
            return None;
        }
        let applied = Applied {
            is_of_each: false,
            function: id,
            pattern,
        };
        Some(match attribute {
            BagOf::Attribute(bag) => Condition::Match(Box::new(Match {
                applied,
                value,
                bag,
            })),
            // §7.6 treats a bag as `any-of` does (A.3.12).
            bag => Condition::AnyOf(Products {
                applied,
                arguments: Box::new([Term::Literal(value).into(), bag.into()]),
            }),
        })
    }
}
