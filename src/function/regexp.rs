//! Regular expressions as policies have them: those of XPath's `fn:matches`, without flags (A.3.13).
//!
//! They become automata of the crate `regex`.
//! The two flavours look alike and mean different things: the crate takes `[a-z-[aeiou]]`, `&&`,
//! `(?i)`, `\b` and `[[:alpha:]]` in senses of its own, and has other `.`, `\s` and `\w`. So a
//! pattern is parsed here in full and written anew; nothing of it reaches the crate as it was
//! typed. The crate matches in linear time, which no back-tracking matcher does on hostile
//! patterns.

mod blocks;
mod ends;
mod parts;
#[cfg(test)]
mod tests;
mod translate;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use crate::error::cut;
use ends::Ends;
pub(crate) use parts::AnyOfParts;

/// A compiled regular expression. Cloning it is cheap.
#[derive(Clone)]
pub struct Regexp(Arc<CompiledRegexp>);

struct CompiledRegexp {
    /// As it was written.
    pattern: Box<str>,
    ends: Ends,
    parts: Box<[AnyOfParts]>,
    positions: u64,
    regex: regex::Regex,
}

/// A pattern that has been read, and not yet been made an automaton.
pub(crate) struct Written<'p> {
    pattern: &'p str,
    translation: translate::Translation,
}

impl Regexp {
    /// Compiles a pattern in the flavour of XPath 2.0: that of XML Schema, with `^`, `$`, reluctant
    /// quantifiers and the groups `(?:…)`.
    ///
    /// # Errors
    ///
    /// The pattern is malformed, or too large when it is compiled, or has a back-reference, for which
    /// there is no automaton.
    pub fn new(pattern: &str) -> Result<Self, RegexpError> {
        Written::read(pattern)?.compile()
    }

    /// Whether the pattern matches somewhere in `text`: only `^` and `$` tie it to the ends.
    pub fn is_match(&self, text: &str) -> bool {
        let CompiledRegexp { ends, regex, .. } = &*self.0;
        ends.may_match(text) && regex.is_match(text)
    }

    /// The pattern, as it was written.
    ///
    /// ```
    /// let pattern = vedtak::function::regexp::Regexp::new("^a+$")?;
    /// assert_eq!(pattern.as_str(), "^a+$");
    /// # Ok::<(), vedtak::function::regexp::RegexpError>(())
    /// ```
    pub fn as_str(&self) -> &str {
        &self.0.pattern
    }

    /// Sets of pieces: a text that matches has one of each.
    pub(crate) fn parts(&self) -> &[AnyOfParts] {
        &self.0.parts
    }

    /// The most work of matching `text`, in the units of `Environment::spend`: linear in the text,
    /// with a factor that a pattern such as `a{1000}` makes large.
    pub(crate) fn work(&self, text: &str) -> u64 {
        1 + (text.len() as u64).saturating_mul(self.0.positions) / 8
    }
}

/// Shows the pattern.
impl fmt::Debug for Regexp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Regexp").field(&self.0.pattern).finish()
    }
}

impl<'p> Written<'p> {
    pub(crate) fn read(pattern: &'p str) -> Result<Self, RegexpError> {
        if pattern.len() > LONGEST {
            let what = "the pattern is longer than 16 KiB".into();
            return Err(RegexpError::new(pattern, (0, what)));
        }
        let translation =
            translate::translate(pattern).map_err(|flaw| RegexpError::new(pattern, flaw))?;
        Ok(Self {
            pattern,
            translation,
        })
    }

    /// The cost of [`compile`](Self::compile), about: a unit is some 30 nanoseconds, and some 5
    /// bytes that the automaton keeps. A short pattern can cost much: `\w{64}` is 640,000.
    pub(crate) fn weight(&self) -> u64 {
        self.translation.cost.weight
    }

    pub(crate) fn compile(self) -> Result<Regexp, RegexpError> {
        let regex = regex::RegexBuilder::new(&self.translation.text)
            .size_limit(SIZE)
            .dfa_size_limit(DFA_SIZE)
            .nest_limit(NEST)
            .build()
            .map_err(|error| {
                let what = match error {
                    regex::Error::CompiledTooBig(_) => "the pattern compiles too large",
                    // Not met in any test: the translation is always well-formed.
                    _ => "the pattern cannot be compiled",
                };
                RegexpError::new(self.pattern, (0, what.into()))
            })?;
        let mut parser = regex_syntax::ParserBuilder::new();
        let hir = parser
            .nest_limit(NEST)
            .build()
            .parse(&self.translation.text);
        let hir = hir.ok();
        Ok(Regexp(Arc::new(CompiledRegexp {
            pattern: self.pattern.into(),
            ends: hir.as_ref().map(Ends::of).unwrap_or_default(),
            parts: hir.as_ref().map(parts::parts).unwrap_or_default(),
            positions: self.translation.cost.positions,
            regex,
        })))
    }
}

/// Whether some text may match a pattern, as far as its syntax tree shows. True of what is no pattern,
/// and of one whose tree would take long to make.
pub(crate) fn may_match_some_text(pattern: &str) -> bool {
    let Ok(written) = Written::read(pattern) else {
        return true;
    };
    if written.weight() > LONGEST as u64 * 8 {
        return true;
    }
    let mut parser = regex_syntax::ParserBuilder::new();
    let mut parser = parser.nest_limit(NEST).build();
    let hir = parser.parse(&written.translation.text);
    hir.map_or(true, |hir| ends::may_match_some_text(&hir))
}

/// The reason why a pattern is not a regular expression, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{pattern}` at character {character}: {what}")]
pub struct RegexpError {
    pattern: String,
    character: usize,
    what: Cow<'static, str>,
}

impl RegexpError {
    fn new(pattern: &str, (at, what): translate::Flaw) -> Self {
        Self {
            pattern: cut(pattern),
            // What is wrong at the end is shown at the last character: there is none after it.
            character: (at + 1).min(pattern.chars().count().max(1)),
            what,
        }
    }

    /// The place in the pattern, counted in characters from 1.
    pub fn character(&self) -> usize {
        self.character
    }
}

const LONGEST: usize = 16 << 10;

/// One `\w` takes some 50 KiB: with less than this, `\w{1,64}` could not be written.
const SIZE: usize = 4 << 20;

const NEST: u32 = translate::DEEPEST * 8;

/// The most memory that matching keeps, in bytes, for each pattern and thread that uses it at once.
const DFA_SIZE: usize = 128 << 10;
