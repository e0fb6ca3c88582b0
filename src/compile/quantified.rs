//! Quantified expressions and entities → typed, compiled expressions (Related and Nested Entities
//! Profile 1.0 §4, §5).

use super::Compiler;
use super::expression::TypedExpression;
use super::signature::{hint, with_article};
use super::variable::Variables;
use crate::error::Offset;
use crate::function::Type;
use crate::limits::{DEEPEST, exceeded};
use crate::program::{BagOf, Condition, Quantified};
use crate::syntax;
use crate::value::entity::Attribute;
use crate::value::{DataType, Entity, Value};

impl<'a> Compiler<'a> {
    /// `ForAny`, `ForAll`, `Map` or `Select`, `depth` `Apply` elements down. It nests as one does.
    pub(super) fn quantified(
        &mut self,
        variables: &mut Variables<'a>,
        written: &'a syntax::Quantified,
        depth: usize,
    ) -> Option<TypedExpression> {
        let name = written.quantifier.as_str();
        let limit = self.options.limits.apply_depth.min(DEEPEST);
        if depth >= limit {
            let message = exceeded("Apply elements are nested too deep", limit, "apply_depth");
            self.problem(written.offset, message);
            return None;
        }
        let id = written.variable.as_str();
        let is_local = variables.locals.iter().any(|(local, _)| *local == id);
        if is_local || variables.is_defined(id) {
            let id = crate::xml::cut(id);
            let whose = match is_local {
                true => "a quantified expression around this one has it already",
                false => "the Policy defines a variable of this name",
            };
            let message = format!("the `VariableId` `{id}` is taken: {whose}");
            self.problem_with(written.offset, "VariableId", message);
        }
        variables.met.push((id, name));
        // The variable is not known in its own domain.
        let mut domain = self.expression(variables, &written.domain, depth + 1);
        let of = domain.as_ref().map(|domain| domain.gives.data_type());
        let is_bag = |domain: &TypedExpression| matches!(domain.gives, Type::Bag(_));
        if let Some(value) = domain.take_if(|domain| !is_bag(domain)) {
            let gives = with_article(value.gives);
            let hint = hint(Type::Bag(value.gives.data_type()), value.gives);
            let message = format!(
                "the first expression of `{name}` must be a bag, this one is {gives}{hint}"
            );
            self.problem(written.domain.offset(), message);
        }
        // The second expression is compiled whatever the first one is: it may have problems, too.
        variables.locals.push((id, of));
        let iterant = self.expression(variables, &written.iterant, depth + 1);
        variables.locals.pop();
        let iterant = iterant?;
        let wanted = match (written.quantifier, iterant.gives) {
            (syntax::Quantifier::Map, Type::Bag(of)) => Some(("give a single value", of)),
            (syntax::Quantifier::Map, _) | (_, Type::One(DataType::Boolean)) => None,
            _ => Some(("be boolean", DataType::Boolean)),
        };
        if let Some((wanted, of)) = wanted {
            let gives = with_article(iterant.gives);
            let hint = hint(Type::One(of), iterant.gives);
            let message = format!(
                "the second expression of `{name}` must {wanted}, this one is {gives}{hint}"
            );
            self.problem(written.iterant.offset(), message);
            return None;
        }
        let (domain, of) = (domain?, of?);
        let height = 1 + domain.height.max(iterant.height);
        if depth + height > limit {
            let what = "Apply elements are nested too deep, counted through variables";
            let message = exceeded(what, limit, "apply_depth");
            self.problem(written.offset, message);
            return None;
        }
        let variables = domain.variables.max(iterant.variables);
        let boolean = Type::One(DataType::Boolean);
        let at = written.iterant.offset();
        let domain = self.shaped(domain.expression.bag(), written.domain.offset())?;
        let (expression, gives) = if written.quantifier == syntax::Quantifier::Map {
            let gives = Type::Bag(iterant.gives.data_type());
            let iterant = self.shaped(iterant.expression.term(), at)?;
            let quantified = Box::new(Quantified { domain, iterant });
            (BagOf::MapEach(quantified).into(), gives)
        } else {
            let iterant = self.shaped(iterant.expression.condition(), at)?;
            let quantified = Box::new(Quantified { domain, iterant });
            match written.quantifier {
                syntax::Quantifier::ForAny => (Condition::ForAny(quantified).into(), boolean),
                syntax::Quantifier::ForAll => (Condition::ForAll(quantified).into(), boolean),
                _ => (BagOf::Select(quantified).into(), Type::Bag(of)),
            }
        };
        Some(TypedExpression {
            expression,
            gives,
            height,
            variables,
        })
    }

    /// A literal of the data type `entity`, that begins `at`.
    pub(super) fn entity(&mut self, at: Offset, written: &'a syntax::Entity) -> Option<Value> {
        let mut attributes = Vec::with_capacity(written.attributes.len());
        let mut is_whole = true;
        for attribute in &written.attributes {
            let values: Vec<Option<Value>> = attribute
                .values
                .iter()
                .map(|value| self.literal(value))
                .collect();
            is_whole &= values.iter().all(Option::is_some);
            attributes.push(Attribute {
                id: self.text(&attribute.id),
                issuer: attribute.issuer.as_deref().map(|issuer| self.text(issuer)),
                include_in_result: attribute.include_in_result,
                values: values.into_iter().flatten().collect(),
            });
        }
        if !is_whole {
            return None;
        }
        let content = written.content.as_deref().map(|content| self.text(content));
        match Entity::new(attributes, content) {
            Ok(entity) => Some(entity.into()),
            Err(error) => {
                self.problem(at, error.to_string());
                None
            }
        }
    }
}
