//! A file as it is written: declarations and expressions whose names are not looked up yet.

use std::borrow::Cow;

use super::scope::ScopeNo;
use crate::decision::Effect;

/// A name where it is used or declared.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
}

/// A declaration, in the block that it is in.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    pub(super) scope: ScopeNo,
    pub(super) item: Declaration<'a>,
}

#[derive(Debug)]
pub(super) enum Declaration<'a> {
    /// A category, type, combining algorithm, obligation or advice.
    Named(Cow<'a, str>),
    Attribute {
        name: Word<'a>,
        id: Cow<'a, str>,
        data_type: Option<Word<'a>>,
        category: Option<Word<'a>>,
    },
    Function {
        id: Cow<'a, str>,
        returns: TypeName<'a>,
        is_commutative: bool,
        inverse: Option<Word<'a>>,
    },
    Infix {
        symbol: &'a str,
        allows_bags: bool,
        functions: Vec<OperatorFunction<'a>>,
        inverse: Option<&'a str>,
    },
    Rule(RuleNode<'a>),
    Policy(PolicyNode<'a>),
    /// A policy, or a policy set, of another file.
    Elsewhere(bool, Cow<'a, str>),
    /// A policy that is being read.
    Nothing,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct TypeName<'a> {
    pub(super) name: Word<'a>,
    pub(super) is_bag: bool,
}

#[derive(Debug)]
pub(super) struct OperatorFunction<'a> {
    pub(super) id: Cow<'a, str>,
    /// Those of both arguments and of the result.
    pub(super) types: [TypeName<'a>; 3],
}

/// The beginning of a policy, a policy set or a rule.
#[derive(Debug)]
pub(super) struct Header<'a> {
    /// The word that it begins with.
    pub(super) keyword: &'a str,
    pub(super) at: usize,
    pub(super) name: Option<Word<'a>>,
    pub(super) id: Option<Cow<'a, str>>,
    /// The place of the comment that would describe it.
    pub(super) documented: Option<usize>,
    pub(super) description: Option<String>,
}

#[derive(Debug)]
pub(super) struct PolicyNode<'a> {
    pub(super) head: Header<'a>,
    pub(super) is_set: bool,
    /// It is no part of another.
    pub(super) is_outermost: bool,
    /// The place behind its last brace.
    pub(super) end: usize,
    pub(super) target: Option<Vec<Clause<'a>>>,
    pub(super) apply: Option<Word<'a>>,
    pub(super) members: Vec<Member<'a>>,
    pub(super) notices: Vec<Notice<'a>>,
    pub(super) scope: ScopeNo,
    /// The place of its file in the text of all files.
    pub(super) base: usize,
    /// The number of policies without a name in the file up to here.
    pub(super) unnamed: usize,
}

#[derive(Debug)]
pub(super) enum Member<'a> {
    Rule(Box<RuleNode<'a>>),
    /// A policy in place, by the number of its entry.
    Policy(usize),
    /// A rule, a policy or a policy set that is declared elsewhere; whether it was said to be a set.
    Reference(Word<'a>, Option<bool>),
}

#[derive(Debug)]
pub(super) struct RuleNode<'a> {
    pub(super) head: Header<'a>,
    pub(super) effect: Option<Effect>,
    pub(super) target: Option<Vec<Clause<'a>>>,
    pub(super) condition: Option<Term<'a>>,
    pub(super) notices: Vec<Notice<'a>>,
    /// The place of its file in the text of all files.
    pub(super) base: usize,
}

/// One clause of a target.
#[derive(Debug)]
pub(super) struct Clause<'a> {
    pub(super) at: usize,
    pub(super) alternatives: Term<'a>,
}

/// An obligation or advice.
#[derive(Debug)]
pub(super) struct Notice<'a> {
    pub(super) is_advice: bool,
    pub(super) on: Effect,
    pub(super) name: Word<'a>,
    pub(super) at: usize,
    pub(super) assignments: Vec<(AttributeUse<'a>, Term<'a>)>,
}

/// An attribute where it is used.
#[derive(Debug)]
pub(super) struct AttributeUse<'a> {
    pub(super) name: Word<'a>,
    pub(super) must_be_present: bool,
    pub(super) issuer: Option<Cow<'a, str>>,
}

/// An expression.
#[derive(Debug)]
pub(super) struct Term<'a> {
    pub(super) at: usize,
    pub(super) kind: TermKind<'a>,
    /// The most terms that are one in the other, this one included.
    pub(super) depth: usize,
    /// It is in parentheses, or needs none.
    pub(super) is_closed: bool,
}

#[derive(Debug)]
pub(super) enum TermKind<'a> {
    Attribute(AttributeUse<'a>),
    /// A number or a word: `5`, `2.5`, `true`.
    Plain(Cow<'a, str>),
    /// A text in quotes, and the type behind it.
    Text(Cow<'a, str>, Option<Word<'a>>),
    /// `function[name]`.
    Function(Word<'a>),
    Call(Word<'a>, Vec<Term<'a>>),
    /// The symbol, its place, and what is before and behind it.
    Operator(&'a str, usize, Box<[Term<'a>; 2]>),
    /// `&&` or `||`, the place of the first, and the terms between them.
    Chain(&'static str, usize, Vec<Term<'a>>),
}
