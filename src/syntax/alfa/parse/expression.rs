//! Tokens → expressions.

use super::*;

/// The strength of an operator, by its first character; none for `=`, which assigns.
pub(in crate::syntax::alfa) fn strength(symbol: &str) -> Option<u8> {
    Some(match symbol.as_bytes().first()? {
        b'=' if symbol.len() == 1 => return None,
        b'|' => 1,
        b'&' => 2,
        b'=' | b'!' | b'<' | b'>' => 3,
        b'+' | b'-' => 4,
        _ => 5,
    })
}

impl<'a> Parser<'a> {
    pub(super) fn expression(&mut self) -> Read<Term<'a>> {
        self.operators(0)
    }

    /// Reads terms between operators that are stronger than `weakest`.
    fn operators(&mut self, weakest: u8) -> Read<Term<'a>> {
        let mut left = self.deeper(Self::primary)?;
        loop {
            let symbol = match (self.next.kind, self.next.text) {
                (Kind::Operator, symbol) => symbol,
                (Kind::Word, "and") => "&&",
                (Kind::Word, "or") => "||",
                _ => return Ok(left),
            };
            if symbol == "=" {
                let message =
                    "`=` gives something a value, and compares nothing; did you mean `==`?";
                self.problem(self.next.at, message);
                return Err(Stop);
            }
            let Some(strength) = strength(symbol).filter(|strength| *strength > weakest) else {
                return Ok(left);
            };
            let at = self.advance().at;
            let right = self.operators(strength)?;
            left = self.join(symbol, at, left, right)?;
        }
    }

    fn join(
        &mut self,
        symbol: &'a str,
        at: usize,
        left: Term<'a>,
        right: Term<'a>,
    ) -> Read<Term<'a>> {
        let mut depth = 1 + left.depth.max(right.depth);
        let start = left.at;
        let kind = match (symbol, left) {
            (
                "&&" | "||",
                Term {
                    kind: TermKind::Chain(of, first, mut terms),
                    is_closed: false,
                    depth: before,
                    ..
                },
            ) if of == symbol => {
                depth = before.max(1 + right.depth);
                terms.push(right);
                TermKind::Chain(of, first, terms)
            }
            ("&&", left) => TermKind::Chain("&&", at, vec![left, right]),
            ("||", left) => TermKind::Chain("||", at, vec![left, right]),
            (_, left) => TermKind::Operator(symbol, at, Box::new([left, right])),
        };
        // A chain of one operator is read without nesting, and is nested all the same.
        let most = self.limits.depth.min(DEEPEST);
        if depth > most {
            self.stop(exceeded(TOO_DEEP, format_args!("{most} levels"), "depth"));
            return Err(Stop);
        }
        Ok(Term {
            at: start,
            kind,
            depth,
            is_closed: false,
        })
    }

    fn primary(&mut self) -> Read<Term<'a>> {
        let next = self.next;
        let leaf = |kind| Term {
            at: next.at,
            kind,
            depth: 1,
            is_closed: true,
        };
        match (next.kind, next.text) {
            (Kind::Number, number) => {
                self.advance();
                Ok(leaf(TermKind::Plain(number.into())))
            }
            (Kind::Operator, "-") => {
                self.advance();
                if self.next.kind != Kind::Number {
                    return self.expected("a number");
                }
                let number = self.advance().text;
                Ok(leaf(TermKind::Plain(format!("-{number}").into())))
            }
            (Kind::Text, _) => {
                self.advance();
                let text = self.unquoted(next);
                let data_type = match self.take(":") {
                    true => Some(self.word("the name of a type")?),
                    false => None,
                };
                Ok(leaf(TermKind::Text(text, data_type)))
            }
            (Kind::Punctuation, "(") => {
                self.advance();
                let mut inside = self.expression()?;
                self.require(")")?;
                inside.is_closed = true;
                Ok(inside)
            }
            (Kind::Word, word @ ("true" | "false")) => {
                self.advance();
                Ok(leaf(TermKind::Plain(word.into())))
            }
            (Kind::Word | Kind::Name, word)
                if next.kind == Kind::Name || !ends_expression(word) =>
            {
                let used = self.attribute_use()?;
                if next.is("function") && self.take("[") {
                    let name = self.word("the name of a function")?;
                    self.require("]")?;
                    return Ok(leaf(TermKind::Function(name)));
                }
                if !self.take("(") {
                    return Ok(leaf(TermKind::Attribute(used)));
                }
                let mut arguments = Vec::new();
                while !self.take(")") {
                    if !arguments.is_empty() {
                        self.require(",")?;
                    }
                    arguments.push(self.expression()?);
                }
                let deepest = arguments.iter().map(|argument| argument.depth).max();
                Ok(Term {
                    depth: 1 + deepest.unwrap_or(0),
                    ..leaf(TermKind::Call(used.name, arguments))
                })
            }
            (Kind::Operator, "!") => {
                self.problem(next.at, "there is no operator `!`; write `not(…)`");
                Err(Stop)
            }
            _ => self.expected("an expression"),
        }
    }

    /// Reads `name`, `name[mustbepresent]` or `name[issuer="…"]`.
    pub(super) fn attribute_use(&mut self) -> Read<AttributeUse<'a>> {
        let name = self.word("the name of an attribute")?;
        let mut used = AttributeUse {
            name,
            must_be_present: false,
            issuer: None,
        };
        if name.text == "function" || !self.take("[") {
            return Ok(used);
        }
        while !self.take("]") {
            let option = self.word("`mustbepresent`, `issuer` or `]`")?;
            match option.text {
                "mustbepresent" => used.must_be_present = true,
                "issuer" => {
                    self.require("=")?;
                    used.issuer = Some(self.text("an issuer in quotes")?);
                }
                other => {
                    let hint = did_you_mean(similar_name(other, ["mustbepresent", "issuer"]));
                    let message = format!("an attribute has no option `{}`{hint}", cut(other));
                    self.problem(option.at, message);
                }
            }
        }
        Ok(used)
    }
}

/// Whether a word begins the next statement, after an expression that was left unfinished.
fn ends_expression(word: &str) -> bool {
    const WORDS: [&str; 8] = [
        "clause",
        "condition",
        "apply",
        "permit",
        "deny",
        "target",
        "on",
        "rule",
    ];
    WORDS.contains(&word)
}
