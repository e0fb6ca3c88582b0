//! A pattern of XML Schema → an equivalent pattern of the `regex` crate.
//!
//! The grammar is appendix F of XML Schema Part 2 with the additions of section 7.6.1 of XPath's
//! Functions and Operators. Its productions are quoted by name (`charClassExpr`, `seRange`).

use std::borrow::Cow;
use std::fmt::Write;

use super::blocks::block;

/// A pattern for the `regex` crate.
pub(super) struct Translation {
    pub(super) text: String,
    pub(super) cost: Cost,
}

/// The size of a pattern's automaton, its repetitions counted.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cost {
    /// The characters that it names, which is the number of states the automaton can be in at once.
    pub(super) positions: u64,
    /// About how much the automaton takes to make: a letter 2, `.` 80, `\w` 10,000. One is some 30
    /// nanoseconds and some 5 bytes.
    pub(super) weight: u64,
}

impl Cost {
    fn of(weight: u64) -> Self {
        Self {
            positions: 1,
            weight,
        }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            positions: self.positions.saturating_add(other.positions),
            weight: self.weight.saturating_add(other.weight),
        }
    }

    fn times(self, copies: u64) -> Self {
        Self {
            positions: self.positions.saturating_mul(copies),
            weight: self.weight.saturating_mul(copies),
        }
    }
}

/// The index of the character with an error, and the message.
pub(super) type Flaw = (usize, Cow<'static, str>);

pub(super) fn translate(pattern: &str) -> Result<Translation, Flaw> {
    let mut translator = Translator {
        pattern: pattern.chars().collect(),
        at: 0,
        sets: 0,
        text: String::with_capacity(2 * pattern.len()),
    };
    let cost = translator.alternatives(0)?;
    match translator.peek() {
        None => Ok(Translation {
            text: translator.text,
            cost,
        }),
        // `alternatives` ends only at a `)` or at the end.
        Some(_) => Err(translator.flaw("`)` closes no group; as itself it is written `\\)`")),
    }
}

/// The deepest nesting of groups and classes: the translator recurses.
pub(super) const DEEPEST: u32 = 64;

/// The most repetitions of one item by `{…}`.
const MOST_REPEATED: u64 = 1000;

/// The most escapes such as `\w` and `\p{…}` in one pattern: each expands to hundreds of ranges.
const MOST_SETS: u32 = 500;

struct Translator {
    pattern: Vec<char>,
    at: usize,
    sets: u32,
    text: String,
}

/// The meaning of an escape: one character, or a set.
enum Escape {
    One(char),
    /// A set, in a form that may be both inside and outside of a class, and its weight.
    Set(Cow<'static, str>, u64),
}

impl Translator {
    /// `regExp ::= branch ('|' branch)*`
    fn alternatives(&mut self, depth: u32) -> Result<Cost, Flaw> {
        let mut cost = Cost::default();
        loop {
            while !matches!(self.peek(), None | Some('|' | ')')) {
                cost = cost.plus(self.piece(depth)?);
            }
            if !self.eat('|') {
                return Ok(cost);
            }
            self.text.push('|');
            // A branch costs something even if it is empty.
            cost = cost.plus(Cost::of(1));
        }
    }

    /// `piece ::= atom quantifier?`
    fn piece(&mut self, depth: u32) -> Result<Cost, Flaw> {
        let start = self.at;
        let Some(c) = self.next() else {
            return Ok(Cost::default());
        };
        let cost = match c {
            '^' | '$' => {
                // The whole text's ends: the flag `m`, which would make lines of them, is not there.
                // They are atoms like any, and may be repeated (7.6.1). Of what matches without
                // moving, the crate keeps one copy, so that it costs nothing however often.
                self.text.push_str(if c == '^' { r"\A" } else { r"\z" });
                Cost::default()
            }
            '(' => {
                if depth == DEEPEST {
                    return Err((start, "groups nest too deep".into()));
                }
                if self.peek() == Some('?') {
                    self.at += 1;
                    if !self.eat(':') {
                        return Err(self.flaw("after `(?` only `:` may follow"));
                    }
                }
                // Nothing asks what a group matched.
                self.text.push_str("(?:");
                let cost = self.alternatives(depth + 1)?;
                if !self.eat(')') {
                    return Err((start, "the group is not closed".into()));
                }
                self.text.push(')');
                cost
            }
            '.' => {
                self.text.push_str(r"[^\n\r]");
                Cost::of(80)
            }
            '[' => {
                let (class, weight) = self.class(start, depth)?;
                self.text.push_str(&class);
                Cost::of(weight)
            }
            '\\' => match self.escape()? {
                Escape::One(c) => self.literal(c),
                Escape::Set(set, weight) => {
                    self.text.push_str(&set);
                    Cost::of(weight)
                }
            },
            '?' | '*' | '+' | '{' => return Err((start, "there is nothing to repeat".into())),
            ']' | '}' => {
                let what = format!("`{c}` closes nothing; as itself it is written `\\{c}`");
                return Err((start, what.into()));
            }
            c => self.literal(c),
        };
        Ok(cost.times(self.quantifier()?))
    }

    fn literal(&mut self, c: char) -> Cost {
        push_char(&mut self.text, c);
        Cost::of(2)
    }

    /// Writes the quantifier that may follow; gives how many copies of the atom it asks for.
    fn quantifier(&mut self) -> Result<u64, Flaw> {
        let copies = match self.peek() {
            Some(c @ ('?' | '*' | '+')) => {
                self.at += 1;
                self.text.push(c);
                1
            }
            Some('{') => self.quantity()?,
            _ => return Ok(1),
        };
        // A reluctant quantifier changes what is matched, but not whether.
        self.eat('?');
        if matches!(self.peek(), Some('?' | '*' | '+' | '{')) {
            return Err(self.flaw("a quantifier cannot follow a quantifier"));
        }
        Ok(copies)
    }

    /// `'{' ( quantRange | quantMin | QuantExact ) '}'`
    fn quantity(&mut self) -> Result<u64, Flaw> {
        let open = self.at;
        self.at += 1;
        let least = self.number()?;
        let most = if !self.eat(',') {
            Some(least)
        } else if self.peek() == Some('}') {
            None
        } else {
            Some(self.number()?)
        };
        if !self.eat('}') {
            return Err(self.flaw("a quantifier has the form `{n}`, `{n,}` or `{n,m}`"));
        }
        if most.is_some_and(|most| most < least) {
            return Err((open, "the quantifier ends below its start".into()));
        }
        // Writing to a string does not fail.
        let _ = match most {
            Some(most) => write!(self.text, "{{{least},{most}}}"),
            None => write!(self.text, "{{{least},}}"),
        };
        Ok(most.unwrap_or(least + 1).max(1))
    }

    fn number(&mut self) -> Result<u64, Flaw> {
        let start = self.at;
        let mut number = 0;
        while let Some(digit) = self.peek().and_then(|c| c.to_digit(10)) {
            self.at += 1;
            number = number * 10 + u64::from(digit);
            if number > MOST_REPEATED {
                return Err((start, "nothing can be repeated more than 1000 times".into()));
            }
        }
        if self.at == start {
            return Err(self.flaw("a quantifier has the form `{n}`, `{n,}` or `{n,m}`"));
        }
        Ok(number)
    }

    /// `charClassExpr`, after its `[`, which is at `open`; and its weight.
    fn class(&mut self, open: usize, depth: u32) -> Result<(String, u64), Flaw> {
        if depth == DEEPEST {
            return Err((open, "classes nest too deep".into()));
        }
        let negated = self.eat('^');
        let mut items = String::new();
        // That of the negated class is no smaller.
        let mut weight = 80_u64;
        loop {
            let Some(c) = self.peek() else {
                return Err(self.flaw("the class is not closed"));
            };
            let start = self.at;
            self.at += 1;
            match c {
                ']' if items.is_empty() => return Err((start, "the class is empty".into())),
                ']' => return Ok((class_of(negated, &items), weight)),
                '[' => return Err((start, "in a class, `[` is written `\\[`".into())),
                '-' if !items.is_empty() && self.peek() == Some('[') => {
                    let open = self.at;
                    self.at += 1;
                    let (taken, taken_weight) = self.class(open, depth + 1)?;
                    if !self.eat(']') {
                        return Err(self.flaw("a class ends after what is subtracted from it"));
                    }
                    let class = format!("[{}--{taken}]", class_of(negated, &items));
                    return Ok((class, weight.saturating_add(taken_weight)));
                }
                '-' if !self.may_be_hyphen(items.is_empty()) => {
                    let what = "within a class, `-` as itself is written `\\-`";
                    return Err((start, what.into()));
                }
                '-' => push_char(&mut items, '-'),
                '\\' => {
                    self.at = start + 1;
                    match self.escape()? {
                        Escape::One(c) => self.range_from(start, c, &mut items)?,
                        Escape::Set(set, added) => {
                            items.push_str(&set);
                            weight = weight.saturating_add(added);
                        }
                    }
                }
                c => self.range_from(start, c, &mut items)?,
            }
            weight = weight.saturating_add(10);
        }
    }

    /// Whether the `-` just read is literal: first or last in its class. At the end of the pattern
    /// it is, too, so that the message is about the end.
    fn may_be_hyphen(&self, first: bool) -> bool {
        match self.peek() {
            None | Some(']') => true,
            // As in `[a--[b]]`: the first hyphen is the last character before the subtraction.
            Some('-') => first || self.peek_at(1) == Some('['),
            Some(_) => first,
        }
    }

    /// `seRange`, or the single character `first` that was read from `start`.
    fn range_from(&mut self, start: usize, first: char, items: &mut String) -> Result<(), Flaw> {
        push_char(items, first);
        if self.peek() != Some('-') || matches!(self.peek_at(1), None | Some(']' | '[' | '-')) {
            return Ok(());
        }
        self.at += 1;
        let last = match self.next() {
            Some('\\') => match self.escape()? {
                Escape::One(last) => last,
                Escape::Set(..) => return Err((start, "a range ends with one character".into())),
            },
            Some(last) => last,
            None => return Ok(()),
        };
        if last < first {
            return Err((start, "the range ends below its start".into()));
        }
        items.push('-');
        push_char(items, last);
        Ok(())
    }

    /// Reads an escape, after its backslash.
    fn escape(&mut self) -> Result<Escape, Flaw> {
        let start = self.at.saturating_sub(1);
        let Some(c) = self.next() else {
            return Err(self.flaw("the pattern ends in `\\`"));
        };
        let (set, weight): (Cow<'static, str>, u64) = match c {
            'n' => return Ok(Escape::One('\n')),
            'r' => return Ok(Escape::One('\r')),
            't' => return Ok(Escape::One('\t')),
            '\\' | '|' | '.' | '-' | '^' | '?' | '*' | '+' | '{' | '}' | '(' | ')' | '[' | ']'
            | '$' => return Ok(Escape::One(c)),
            's' => (r"[\t\n\r\x20]".into(), 80),
            'S' => (r"[^\t\n\r\x20]".into(), 80),
            'd' => (r"\p{Nd}".into(), 700),
            'D' => (r"\P{Nd}".into(), 1_000),
            'w' => (r"[^\p{P}\p{Z}\p{C}]".into(), 10_000),
            'W' => (r"[\p{P}\p{Z}\p{C}]".into(), 10_000),
            'i' => (format!("[{NAME_START}]").into(), 500),
            'I' => (format!("[^{NAME_START}]").into(), 500),
            'c' => (format!("[{NAME_START}{NAME}]").into(), 500),
            'C' => (format!("[^{NAME_START}{NAME}]").into(), 500),
            // As if all were as ragged as `\p{L}`.
            'p' | 'P' => (self.property(start, c == 'P')?, 10_000),
            '0'..='9' => return Err((start, "back-references are not supported".into())),
            c => return Err((start, format!("`\\{c}` is not an escape").into())),
        };
        self.sets += 1;
        if self.sets > MOST_SETS {
            return Err((
                start,
                "the pattern holds too many classes of Unicode".into(),
            ));
        }
        Ok(Escape::Set(set, weight))
    }

    /// `'{' charProp '}'`, after the `\p` at `start`.
    fn property(&mut self, start: usize, negated: bool) -> Result<Cow<'static, str>, Flaw> {
        if !self.eat('{') {
            return Err(self.flaw("after `\\p` follows a category or block, as in `\\p{Lu}`"));
        }
        let mut name = String::new();
        while let Some(c) = self.next() {
            if c == '}' {
                return match name.strip_prefix("Is") {
                    Some(block) => block_set(block, negated),
                    None if CATEGORIES.contains(&&*name) => {
                        let p = if negated { 'P' } else { 'p' };
                        Some(format!(r"\{p}{{{name}}}").into())
                    }
                    None => None,
                }
                .ok_or_else(|| {
                    let what = format!("`{name}` is not a category or block of Unicode");
                    (start, what.into())
                });
            }
            // Longer than any name there is, so that a message stays short.
            if name.len() > 60 {
                break;
            }
            name.push(c);
        }
        Err((
            start,
            "the name of the category or block is not closed by `}`".into(),
        ))
    }

    fn peek(&self) -> Option<char> {
        self.peek_at(0)
    }

    fn peek_at(&self, ahead: usize) -> Option<char> {
        self.pattern.get(self.at + ahead).copied()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += 1;
        Some(next)
    }

    fn eat(&mut self, expected: char) -> bool {
        let found = self.peek() == Some(expected);
        self.at += usize::from(found);
        found
    }

    fn flaw(&self, what: &'static str) -> Flaw {
        (self.at, what.into())
    }
}

fn class_of(negated: bool, items: &str) -> String {
    let not = if negated { "^" } else { "" };
    format!("[{not}{items}]")
}

/// Writes a character, by number unless it is a letter or digit: these have no other meaning in the
/// `regex` crate.
fn push_char(text: &mut String, c: char) {
    if c.is_ascii_alphanumeric() {
        text.push(c);
    } else {
        // Writing to a string does not fail.
        let _ = write!(text, r"\x{{{:X}}}", u32::from(c));
    }
}

fn block_set(name: &str, negated: bool) -> Option<Cow<'static, str>> {
    // Blocks of code units that no text can hold: they match nothing.
    const SURROGATES: [&str; 3] = [
        "HighSurrogates",
        "HighPrivateUseSurrogates",
        "LowSurrogates",
    ];
    const EVERYTHING: &str = r"\x{0}-\x{10FFFF}";
    let (negated, items) = if SURROGATES.contains(&name) {
        (!negated, EVERYTHING.to_owned())
    } else {
        let mut items = String::new();
        for (first, last) in block(name) {
            push_char(&mut items, first);
            items.push('-');
            push_char(&mut items, last);
        }
        (negated, items)
    };
    (!items.is_empty()).then(|| class_of(negated, &items).into())
}

// `NameStartChar`, and what `NameChar` adds to it (XML 1.0, fifth edition).
const NAME_START: &str = r"A-Z_a-z:\x{C0}-\x{D6}\x{D8}-\x{F6}\x{F8}-\x{2FF}\x{370}-\x{37D}\x{37F}-\x{1FFF}\x{200C}-\x{200D}\x{2070}-\x{218F}\x{2C00}-\x{2FEF}\x{3001}-\x{D7FF}\x{F900}-\x{FDCF}\x{FDF0}-\x{FFFD}\x{10000}-\x{EFFFF}";
const NAME: &str = r"\-.0-9\x{B7}\x{300}-\x{36F}\x{203F}-\x{2040}";

// The general categories that XML Schema allows: all but `Cs`, the surrogates.
pub(super) const CATEGORIES: [&str; 36] = [
    "L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No", "P", "Pc",
    "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Z", "Zs", "Zl", "Zp", "S", "Sm", "Sc", "Sk", "So", "C",
    "Cc", "Cf", "Co", "Cn",
];
