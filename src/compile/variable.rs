//! The variables of a policy → expressions, each compiled once (§7.8).

use indexmap::IndexMap;

use super::expression::TypedExpression;
use super::{Compiler, circle};
use crate::error::{Offset, did_you_mean, similar_name};
use crate::function::Type;
use crate::limits::{DEEPEST, exceeded};
use crate::program::{AttributeBag, BagOf, Expression, Term, VariableId};
use crate::syntax::{self, PolicyChild, VariableDefinition};
use crate::value::DataType;

/// The variables of one policy (§7.8): each is compiled when it is first referred to.
pub(super) struct Variables<'a> {
    definitions: IndexMap<&'a str, (&'a VariableDefinition, VariableProgress)>,
    /// The number of steps in the path of problems that lead to the policy.
    base: usize,
    /// The definitions being compiled, each referred to by the one before.
    begun: Vec<&'a str>,
    /// The variables of the enclosing quantified expressions, the outermost first; without a data
    /// type where the expression that gives its values has a problem.
    pub(super) locals: Vec<(&'a str, Option<DataType>)>,
    /// The variables of all quantified expressions so far, with the names of their elements: for
    /// messages.
    pub(super) met: Vec<(&'a str, &'static str)>,
}

#[derive(Clone, Copy)]
enum VariableProgress {
    New,
    Begun,
    Failed,
    Compiled {
        meaning: Definition,
        gives: Type,
        height: usize,
        variables: usize,
    },
}

/// The compiled form of a reference to a variable.
#[derive(Clone, Copy)]
enum Definition {
    /// A value that is evaluated once and kept.
    Kept(VariableId),
    /// An attribute: looking it up again is cheaper than keeping it.
    Attribute(AttributeBag),
}

impl<'a> Variables<'a> {
    /// The variables of a policy set, which has none.
    pub(super) fn none() -> Self {
        Self {
            definitions: IndexMap::new(),
            base: 0,
            begun: Vec::new(),
            locals: Vec::new(),
            met: Vec::new(),
        }
    }

    /// Whether the policy defines a variable of this name.
    pub(super) fn is_defined(&self, id: &str) -> bool {
        self.definitions.contains_key(id)
    }
}

impl<'a> Compiler<'a> {
    /// The variables a policy defines.
    pub(super) fn definitions(&mut self, policy: &'a syntax::Policy) -> Variables<'a> {
        let mut variables = Variables::none();
        variables.base = self.path.len();
        for child in &policy.children {
            let PolicyChild::Variable(variable) = child else {
                continue;
            };
            let id = variable.id.as_str();
            let known = variables
                .definitions
                .insert(id, (variable, VariableProgress::New));
            if let Some((first, _)) = known {
                let (id, first) = (crate::xml::cut(id), self.at(self.input, first.offset));
                let message = format!("a variable `{id}` is defined in this Policy already{first}");
                self.problem_with(variable.offset, "VariableId", message);
            }
        }
        variables
    }

    /// Compiles the variables that nothing referred to, for their problems.
    pub(super) fn all_definitions(&mut self, variables: &mut Variables<'a>) {
        let ids: Vec<&'a str> = variables.definitions.keys().copied().collect();
        for id in ids {
            self.definition(variables, id, 0);
        }
    }

    /// A reference to a variable (§5.26).
    pub(super) fn variable(
        &mut self,
        variables: &mut Variables<'a>,
        id: &'a str,
        offset: Offset,
        apply_depth: usize,
    ) -> Option<TypedExpression> {
        let locals = variables.locals.iter().rev().zip(0..);
        for ((local, data_type), number) in locals {
            if *local == id {
                let gives = data_type.map(Type::One)?;
                return Some(TypedExpression::leaf(Term::Local(number), gives));
            }
        }
        let Some((_, progress)) = variables.definitions.get(id) else {
            let locals = variables.locals.iter().map(|(local, _)| local);
            let defined = variables.definitions.keys().chain(locals);
            let whose = self.unless_full(|| variables.met.iter().rfind(|(met, _)| *met == id));
            let hint = match whose {
                Some((_, element)) => {
                    format!("; that of `{element}` is known in its second expression alone")
                }
                None => did_you_mean(self.unless_full(|| similar_name(id, defined))),
            };
            let id = crate::xml::cut(id);
            let message = format!("no variable `{id}` is defined in this Policy{hint}");
            self.problem_with(offset, "VariableId", message);
            return None;
        };
        if matches!(progress, VariableProgress::Begun) {
            let way = variables.begun.iter().skip_while(|begun| **begun != id);
            let way = way.skip(1).chain([&id]).map(|id| ("refers to", *id));
            let message = circle("variables", id, id, way);
            self.problem_with(offset, "VariableId", message);
            return None;
        }
        // From a condition the first variable is no nesting yet.
        let most = self.options.limits.variable_depth.min(DEEPEST);
        if variables.begun.len() > most {
            let message = exceeded("variables are nested too deep", most, "variable_depth");
            self.problem(offset, message);
            return None;
        }
        let VariableProgress::Compiled {
            meaning,
            gives,
            height,
            variables: below,
        } = self.definition(variables, id, apply_depth)
        else {
            return None;
        };
        if variables.begun.len() + below > most {
            let message = exceeded("variables are nested too deep", most, "variable_depth");
            self.problem(offset, message);
            return None;
        }
        let expression = match meaning {
            Definition::Kept(variable) => match gives {
                Type::One(_) => Term::Variable(variable).into(),
                Type::Bag(_) => BagOf::Variable(variable).into(),
            },
            Definition::Attribute(bag) => BagOf::Attribute(bag).into(),
        };
        Some(TypedExpression {
            expression,
            gives,
            height,
            variables: below + 1,
        })
    }

    /// `apply_depth` is the depth of the first reference. The depth of the definition is added to
    /// it, so that the compiler never recurses deeper than the limit for expressions.
    fn definition(
        &mut self,
        variables: &mut Variables<'a>,
        id: &'a str,
        apply_depth: usize,
    ) -> VariableProgress {
        let Some((definition, progress)) = variables.definitions.get_mut(id) else {
            return VariableProgress::Failed;
        };
        let definition: &'a VariableDefinition = definition;
        if !matches!(progress, VariableProgress::New) {
            return *progress;
        }
        *progress = VariableProgress::Begun;
        // Its problems are its own, not those of the rule that happened to refer to it first.
        let here = self.path.split_off(variables.base);
        // The definition is outside all quantified expressions that refer to it.
        let locals = std::mem::take(&mut variables.locals);
        variables.begun.push(id);
        let typed = self.within("VariableDefinition", id, |compiler| {
            compiler.expression(variables, &definition.expression, apply_depth)
        });
        variables.begun.pop();
        variables.locals = locals;
        self.path.extend(here);
        let progress = match typed {
            None => VariableProgress::Failed,
            Some(typed) => {
                let meaning = match typed.expression {
                    Expression::Bag(BagOf::Attribute(bag)) => Definition::Attribute(bag),
                    expression => {
                        let kept = VariableId::next(self.variables.len());
                        let simplified = self.simplified(expression);
                        self.variables.push(simplified);
                        Definition::Kept(kept)
                    }
                };
                VariableProgress::Compiled {
                    meaning,
                    gives: typed.gives,
                    height: typed.height,
                    variables: typed.variables,
                }
            }
        };
        variables.definitions.insert(id, (definition, progress));
        progress
    }
}
