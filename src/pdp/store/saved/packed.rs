//! Policy trees ⇄ bytes: every part in the order of its fields, lengths before what they count,
//! each text once.
//!
//! Descriptions and positions are left out, as they do not affect decisions. A tree that is read
//! goes through the compiler like any other: these bytes decide nothing by themselves, and an
//! invalid tree has the problems that its document would have.
//!
//! One table defines both how a part is written and how it is read, so the two cannot differ. A
//! field that is added to the tree does not compile until the table has it.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::quality::RandomState;

use super::dictionary::WORDS;
use crate::decision::Effect;
use crate::limits::{DEEPEST, Limits};
use crate::syntax::*;

/// Packs documents.
pub(in crate::pdp) struct Packer {
    words: HashMap<&'static str, usize, RandomState>,
}

impl Packer {
    pub(in crate::pdp) fn new() -> Self {
        let words = WORDS.iter().copied().zip(0..).collect();
        Self { words }
    }

    /// Returns the packed form of a document and its source name.
    pub(in crate::pdp) fn pack(&self, source: &str, document: &Document) -> Vec<u8> {
        let mut to = Packing {
            words: &self.words,
            met: HashMap::default(),
            bytes: Vec::with_capacity(2048),
        };
        to.text(source);
        document.pack(&mut to);
        to.bytes
    }
}

/// Unpacks the form that [`Packer::pack`] returns.
pub(super) fn unpack(bytes: &[u8], limits: &Limits) -> Result<(String, Document), Unpackable> {
    let mut from = Unpacking {
        rest: bytes,
        texts: WORDS.to_vec(),
        depth: limits.depth.min(DEEPEST),
        parts: limits.elements,
        characters: limits.bytes,
    };
    let source = String::unpack(&mut from)?;
    let document = Document::unpack(&mut from)?;
    match from.rest {
        [] => Ok((source, document)),
        _ => Err(misfit("something follows after its end")),
    }
}

/// The error of bytes that are no packed policy, worded as a predicate of the policy.
pub(super) struct Unpackable(pub(super) String);

fn misfit(message: impl Into<String>) -> Unpackable {
    Unpackable(message.into())
}

struct Packing<'d> {
    words: &'d HashMap<&'static str, usize, RandomState>,
    /// Texts written so far, with their numbers.
    met: HashMap<&'d str, usize, RandomState>,
    bytes: Vec<u8>,
}

impl<'d> Packing<'d> {
    /// Writes a number with seven bits a byte, the lowest first; all but the last byte have their
    /// highest bit set.
    fn number(&mut self, mut number: usize) {
        while number >= 0x80 {
            self.bytes.push((number & 0x7f) as u8 | 0x80);
            number >>= 7;
        }
        self.bytes.push(number as u8);
    }

    /// Writes the number of a text; a new text follows its number.
    fn text(&mut self, text: &'d str) {
        let known = self.words.get(text).or_else(|| self.met.get(text));
        if let Some(known) = known {
            return self.number(*known);
        }
        let next = WORDS.len() + self.met.len();
        self.met.insert(text, next);
        self.number(next);
        self.number(text.len());
        self.bytes.extend_from_slice(text.as_bytes());
    }
}

struct Unpacking<'b> {
    rest: &'b [u8],
    texts: Vec<&'b str>,
    /// The number of further levels that may be nested.
    depth: usize,
    /// The number of further parts.
    parts: usize,
    /// The number of further bytes of text: few bytes can name a long text many times.
    characters: usize,
}

impl<'b> Unpacking<'b> {
    fn byte(&mut self) -> Result<u8, Unpackable> {
        let (first, rest) = self.rest.split_first().ok_or_else(|| misfit(ENDS))?;
        self.rest = rest;
        Ok(*first)
    }

    fn number(&mut self) -> Result<usize, Unpackable> {
        let mut number = 0_u64;
        for shift in (0..56).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return usize::try_from(number).map_err(|_| misfit("a number in it is too large"));
            }
        }
        Err(misfit("a number in it is too large"))
    }

    /// Reads a count of parts of at least one byte each.
    fn count(&mut self) -> Result<usize, Unpackable> {
        let count = self.number()?;
        match count <= self.rest.len() {
            true => Ok(count),
            false => Err(misfit(ENDS)),
        }
    }

    fn text(&mut self) -> Result<&'b str, Unpackable> {
        let number = self.number()?;
        let text = match self.texts.get(number) {
            Some(known) => *known,
            None if number == self.texts.len() => {
                let length = self.count()?;
                let (text, rest) = self.rest.split_at(length);
                self.rest = rest;
                let text = str::from_utf8(text).map_err(|_| misfit("a text in it is not UTF-8"))?;
                self.texts.push(text);
                text
            }
            None => return Err(misfit("it names a text it does not have")),
        };
        let left = self.characters.checked_sub(text.len());
        self.characters = left.ok_or_else(|| misfit("it is longer than `Limits::bytes` allows"))?;
        Ok(text)
    }

    fn part<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, Unpackable>,
    ) -> Result<T, Unpackable> {
        let parts = self.parts.checked_sub(1);
        self.parts = parts.ok_or_else(|| misfit("it is larger than `Limits::elements` allows"))?;
        let depth = self.depth.checked_sub(1);
        self.depth = depth.ok_or_else(|| misfit("it nests deeper than `Limits::depth` allows"))?;
        let read = read(self)?;
        self.depth += 1;
        Ok(read)
    }
}

const ENDS: &str = "it ends early";

/// A part of a policy tree with a packed form.
trait Packed: Sized {
    fn pack<'d>(&'d self, to: &mut Packing<'d>);
    fn unpack(from: &mut Unpacking<'_>) -> Result<Self, Unpackable>;
}

impl Packed for String {
    fn pack<'d>(&'d self, to: &mut Packing<'d>) {
        to.text(self);
    }

    fn unpack(from: &mut Unpacking<'_>) -> Result<Self, Unpackable> {
        from.text().map(str::to_owned)
    }
}

impl Packed for Arc<str> {
    fn pack<'d>(&'d self, to: &mut Packing<'d>) {
        to.text(self);
    }

    fn unpack(from: &mut Unpacking<'_>) -> Result<Self, Unpackable> {
        from.text().map(Self::from)
    }
}

impl Packed for Version {
    fn pack<'d>(&'d self, to: &mut Packing<'d>) {
        to.text(self.as_str());
    }

    fn unpack(from: &mut Unpacking<'_>) -> Result<Self, Unpackable> {
        let version = from.text()?.parse();
        version.map_err(|_| misfit("a version in it is none"))
    }
}

impl Packed for VersionPattern {
    fn pack<'d>(&'d self, to: &mut Packing<'d>) {
        to.text(self.as_str());
    }

    fn unpack(from: &mut Unpacking<'_>) -> Result<Self, Unpackable> {
        let pattern = from.text()?.parse();
        pattern.map_err(|_| misfit("a version pattern in it is none"))
    }
}

impl Packed for bool {
    fn pack<'d>(&'d self, to: &mut Packing<'d>) {
        to.bytes.push((*self).into());
    }

    fn unpack(from: &mut Unpacking<'_>) -> Result<Self, Unpackable> {
        match from.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(misfit(NEITHER)),
        }
    }
}

impl<T: Packed> Packed for Option<T> {
    fn pack<'d>(&'d self, to: &mut Packing<'d>) {
        to.bytes.push(self.is_some().into());
        if let Some(some) = self {
            some.pack(to);
        }
    }

    fn unpack(from: &mut Unpacking<'_>) -> Result<Self, Unpackable> {
        match bool::unpack(from)? {
            true => T::unpack(from).map(Some),
            false => Ok(None),
        }
    }
}

impl<T: Packed> Packed for Vec<T> {
    fn pack<'d>(&'d self, to: &mut Packing<'d>) {
        to.number(self.len());
        for item in self {
            item.pack(to);
        }
    }

    fn unpack(from: &mut Unpacking<'_>) -> Result<Self, Unpackable> {
        let count = from.count()?;
        // The count may be false: memory is reserved as parts are read.
        let mut all = Self::with_capacity(count.min(8));
        for _ in 0..count {
            all.push(T::unpack(from)?);
        }
        Ok(all)
    }
}

impl<T: Packed> Packed for Box<T> {
    fn pack<'d>(&'d self, to: &mut Packing<'d>) {
        (**self).pack(to);
    }

    fn unpack(from: &mut Unpacking<'_>) -> Result<Self, Unpackable> {
        T::unpack(from).map(Self::new)
    }
}

impl<A: Packed, B: Packed> Packed for (A, B) {
    fn pack<'d>(&'d self, to: &mut Packing<'d>) {
        self.0.pack(to);
        self.1.pack(to);
    }

    fn unpack(from: &mut Unpacking<'_>) -> Result<Self, Unpackable> {
        Ok((A::unpack(from)?, B::unpack(from)?))
    }
}

impl Packed for Effect {
    fn pack<'d>(&'d self, to: &mut Packing<'d>) {
        to.bytes.push((*self == Self::Permit).into());
    }

    fn unpack(from: &mut Unpacking<'_>) -> Result<Self, Unpackable> {
        Ok(match bool::unpack(from)? {
            true => Self::Permit,
            false => Self::Deny,
        })
    }
}

impl Packed for XacmlVersion {
    fn pack<'d>(&'d self, to: &mut Packing<'d>) {
        to.bytes.push(match self {
            Self::V2 => 2,
            Self::V3 => 3,
        });
    }

    fn unpack(from: &mut Unpacking<'_>) -> Result<Self, Unpackable> {
        match from.byte()? {
            2 => Ok(Self::V2),
            3 => Ok(Self::V3),
            _ => Err(misfit(NEITHER)),
        }
    }
}

/// The fields of types: those that are packed; those that are left out.
macro_rules! structs {
    ($($type:ident { $($field:ident)*; $($left:ident)* })*) => {$(
        impl Packed for $type {
            fn pack<'d>(&'d self, to: &mut Packing<'d>) {
                let Self { $($field,)* $($left: _,)* } = self;
                $($field.pack(to);)*
            }

            fn unpack(from: &mut Unpacking<'_>) -> Result<Self, Unpackable> {
                from.part(|from| Ok(Self {
                    $($field: Packed::unpack(from)?,)*
                    $($left: Default::default(),)*
                }))
            }
        }
    )*};
}

/// The variants of types, by number, with names for their parts.
macro_rules! enums {
    ($($type:ident { $($number:literal $variant:ident $(($($part:ident),*))?)* })*) => {$(
        impl Packed for $type {
            fn pack<'d>(&'d self, to: &mut Packing<'d>) {
                match self {
                    $(Self::$variant $(($($part),*))? => {
                        to.bytes.push($number);
                        $($($part.pack(to);)*)?
                    })*
                }
            }

            fn unpack(from: &mut Unpacking<'_>) -> Result<Self, Unpackable> {
                match from.byte()? {
                    $($number => {
                        $($(let $part = Packed::unpack(from)?;)*)?
                        Ok(Self::$variant $(($($part),*))?)
                    })*
                    _ => Err(misfit(NEITHER)),
                }
            }
        }
    )*};
}

const NEITHER: &str = "a part of it is of a kind that is not known";

structs! {
    PolicySet {
        xacml id version combining_algorithm max_delegation_depth issuer xpath_version target children
        obligations advice; description offset
    }
    Policy {
        xacml id version combining_algorithm max_delegation_depth issuer xpath_version target children
        obligations advice; description offset
    }
    PolicyIssuer { content attributes; offset }
    IssuerAttribute { id issuer include_in_result values; }
    Reference { id version earliest latest; offset }
    CombinerParameters { parameters; offset }
    Rule { id effect target condition obligations advice; description offset }
    Target { any_of; offset }
    AnyOf { all_of; offset }
    AllOf { matches; offset }
    Match { function value attribute; offset }
    VariableDefinition { id expression; offset }
    Apply { function arguments; description offset }
    FunctionName { id; offset }
    VariableReference { id; offset }
    AttributeDesignator { category id data_type issuer must_be_present; offset }
    AttributeSelector {
        category context_selector path data_type must_be_present namespaces; offset
    }
    AttributeValue {
        data_type text element entity xpath_category other_attributes namespaces; offset
    }
    Entity { content attributes; }
    Quantified { quantifier variable domain iterant; offset }
    OtherAttribute { namespace name value; }
    ObligationExpression { id fulfill_on assignments; offset }
    AdviceExpression { id applies_to assignments; offset }
    AttributeAssignmentExpression { id category issuer expression; offset }
}

enums! {
    Document { 0 Policy(policy) 1 PolicySet(set) }
    PolicySetChild {
        0 PolicySet(set)
        1 Policy(policy)
        2 PolicySetReference(reference)
        3 PolicyReference(reference)
        4 Parameters(parameters)
        5 PolicyParameters(id, parameters)
        6 PolicySetParameters(id, parameters)
    }
    PolicyChild { 0 Rule(rule) 1 Variable(variable) 2 Parameters(parameters) 3 RuleParameters(id, parameters) }
    AttributeReference { 0 Designator(designator) 1 Selector(selector) }
    Expression {
        0 Apply(apply)
        1 Designator(designator)
        2 Selector(selector)
        3 Value(value)
        4 Function(function)
        5 Variable(variable)
        6 Quantified(quantified)
    }
    Quantifier { 0 ForAny 1 ForAll 2 Map 3 Select }
}
