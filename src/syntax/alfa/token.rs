//! Text → words, literals, operators and punctuation; comments are left out, but for those that
//! document what follows.

use std::borrow::Cow;

use crate::error::{LONGEST, Visible, is_visible};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name, with the dots in it.
    Word,
    /// A name that is no word of the language, whatever it is: it has a `^` before it.
    Name,
    /// In quotes, which are part of the token.
    Text,
    Number,
    Operator,
    /// One of `{`, `}`, `(`, `)`, `[`, `]`, `,`, `:`.
    Punctuation,
    /// `.*` after a word.
    Wildcard,
    End,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    pub(super) at: usize,
    /// The last comment `/** … */` before it, without its marks, and its place.
    pub(super) documentation: Option<(usize, &'a str)>,
}

impl Token<'_> {
    pub(super) fn is(&self, text: &str) -> bool {
        self.text == text && !matches!(self.kind, Kind::Text | Kind::Name | Kind::End)
    }

    pub(super) fn is_name(&self) -> bool {
        matches!(self.kind, Kind::Word | Kind::Name)
    }
}

/// Reads one token after the other.
pub(super) struct Tokens<'a> {
    text: &'a str,
    at: usize,
    /// The place of the text in that of all files.
    base: usize,
    /// The comments that were passed, each with its place and its marks.
    pub(super) comments: Vec<(usize, &'a str)>,
}

/// A place that is no token, and the reason.
pub(super) type Unreadable = (usize, String);

impl<'a> Tokens<'a> {
    pub(super) fn new(text: &'a str, base: usize) -> Self {
        Self {
            text,
            at: 0,
            base,
            comments: Vec::new(),
        }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// The next token. What is unreadable is passed, and given to `report`.
    pub(super) fn next(&mut self, report: &mut impl FnMut(Unreadable)) -> Token<'a> {
        let mut documentation = None;
        loop {
            self.at += self.rest().len() - self.rest().trim_start().len();
            let at = self.base + self.at;
            let rest = self.rest();
            let token = |kind, length: usize| Token {
                kind,
                text: &rest[..length],
                at,
                documentation,
            };
            let Some(first) = rest.chars().next() else {
                return token(Kind::End, 0);
            };
            if rest.starts_with("//") {
                let comment = line(rest);
                let after = &rest[comment.len()..];
                let ends = after.chars().next().filter(|_| !is_plain_end(after));
                let ends = ends.map(|c| (comment.len(), c));
                let mut within = comment.char_indices();
                if let Some((within, c)) = within.find(|(_, c)| is_doubtful(*c)).or(ends) {
                    let shown = c.escape_unicode();
                    let message = format!(
                        "the comment has the character `{shown}`, behind which some see another line"
                    );
                    report((at + within, message));
                }
                self.at += comment.len();
                self.comments.push((at, comment));
                continue;
            }
            if let Some(comment) = rest.strip_prefix("/*") {
                let Some(length) = comment.find("*/") else {
                    report((at, "the comment has no end `*/`".to_owned()));
                    self.at = self.text.len();
                    continue;
                };
                let inside = &comment[..length];
                let described = inside.strip_prefix('*').map(|text| (at, text));
                documentation = described.or(documentation);
                let length = length + "/**/".len();
                self.at += length;
                self.comments.push((at, &rest[..length]));
                continue;
            }
            let found = match first {
                '"' | '\'' => match end_of_text(rest, first) {
                    Some(length) => token(Kind::Text, length),
                    None => {
                        let message = format!("the text has no closing `{first}` on its line");
                        report((at, message));
                        self.at += line(rest).len();
                        continue;
                    }
                },
                '{' | '}' | '(' | ')' | '[' | ']' | ',' | ':' => token(Kind::Punctuation, 1),
                _ if first.is_ascii_digit() => token(Kind::Number, end_of_number(rest)),
                _ if begins_word(first) => token(Kind::Word, end_of_word(rest)),
                '^' if rest[1..].starts_with(begins_word) => Token {
                    text: &rest[1..1 + end_of_word(&rest[1..])],
                    at: at + 1,
                    ..token(Kind::Name, 1)
                },
                '.' if rest.starts_with(".*") => token(Kind::Wildcard, 2),
                _ if is_operator(first) => token(Kind::Operator, end_of_operator(rest.chars())),
                _ => {
                    let message = format!("the character `{}` is not expected", Visible(first));
                    report((at, message));
                    self.at += first.len_utf8();
                    continue;
                }
            };
            let sort = match found.kind {
                Kind::Word | Kind::Name => Some("a name"),
                Kind::Operator => Some("an operator"),
                _ => None,
            };
            if let Some(sort) = sort.filter(|_| found.text.len() > LONGEST) {
                let length = found.text.len();
                report((
                    at,
                    format!("{sort} of {length} bytes; {LONGEST} are the most"),
                ));
            }
            self.at = found.at - self.base + found.text.len();
            return found;
        }
    }
}

/// Whether a line ends at the character, as `//` comments do.
pub(super) fn is_line_end(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Whether a text begins with the end of a line that every program sees.
fn is_plain_end(text: &str) -> bool {
    text.starts_with('\n') || text.starts_with("\r\n")
}

/// Whether some programs end a line at the character, and others do not.
pub(super) fn is_doubtful(c: char) -> bool {
    matches!(c, '\u{B}' | '\u{C}' | '\u{1C}'..='\u{1E}')
}

/// The text up to the end of its first line.
fn line(text: &str) -> &str {
    text.split(is_line_end).next().unwrap_or(text)
}

fn begins_word(c: char) -> bool {
    c.is_alphabetic() && is_visible(c) || c == '_'
}

// Some letters have no shape of their own: two names that look alike would be two.
fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() && is_visible(c) || c == '_'
}

/// The length of a name, dots between its parts included.
fn end_of_word(text: &str) -> usize {
    let mut end = 0;
    loop {
        let part = text[end..]
            .find(|c| !is_of_word(c))
            .unwrap_or(text.len() - end);
        end += part;
        match text[end..].strip_prefix('.') {
            Some(next) if next.starts_with(begins_word) => end += 1,
            _ => return end,
        }
    }
}

fn end_of_number(text: &str) -> usize {
    let digits = |text: &str| {
        text.find(|c: char| !c.is_ascii_digit())
            .unwrap_or(text.len())
    };
    let whole = digits(text);
    match text[whole..].strip_prefix('.') {
        Some(fraction) if fraction.starts_with(|c: char| c.is_ascii_digit()) => {
            whole + 1 + digits(fraction)
        }
        _ => whole,
    }
}

fn end_of_text(text: &str, quote: char) -> Option<usize> {
    let mut characters = text.char_indices().skip(1);
    while let Some((at, c)) = characters.next() {
        match c {
            '\\' if !characters
                .clone()
                .next()
                .is_some_and(|(_, c)| is_line_end(c)) =>
            {
                let _ = characters.next();
            }
            c if is_line_end(c) => return None,
            c if c == quote => return Some(at + 1),
            _ => {}
        }
    }
    None
}

fn is_operator(c: char) -> bool {
    "*/%+-=<>&|!^@$~?#".contains(c)
}

/// The length of an operator. It looks at no more than that and one character or two behind it.
fn end_of_operator(characters: impl Iterator<Item = char>) -> usize {
    let (mut end, mut before) = (0, ' ');
    for c in characters {
        // A comment ends it, and `a >-1` compares with a number.
        let begins_comment = before == '/' && matches!(c, '/' | '*');
        let begins_number = before == '-' && c.is_ascii_digit();
        if end > 1 && (begins_comment || begins_number) {
            return end - 1;
        }
        if !is_operator(c) {
            break;
        }
        (end, before) = (end + 1, c);
    }
    end
}

/// The text in quotes, without them and with its escapes carried out; the error is the place of one
/// that is not known, within the token.
pub(super) fn unquoted(token: &str) -> Result<Cow<'_, str>, (usize, String)> {
    let inside = token.get(1..token.len().saturating_sub(1)).unwrap_or("");
    if !inside.contains('\\') {
        return Ok(Cow::Borrowed(inside));
    }
    let mut out = String::with_capacity(inside.len());
    let mut characters = inside.char_indices();
    while let Some((at, c)) = characters.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        let escaped = characters.next().map_or(' ', |(_, c)| c);
        out.push(match escaped {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'b' => '\u{8}',
            'f' => '\u{C}',
            '"' | '\'' | '\\' => escaped,
            'u' => {
                let digits: String = characters.by_ref().take(4).map(|(_, c)| c).collect();
                let number = u32::from_str_radix(&digits, 16).ok().filter(|_| digits.len() == 4);
                let character = number.and_then(char::from_u32);
                character.ok_or_else(|| (at + 1, "`\\u` takes four hexadecimal digits".to_owned()))?
            }
            _ => {
                let message = format!(
                    "`\\{escaped}` is no escape; a backslash itself is written `\\\\`, as in `\\\\{escaped}`"
                );
                return Err((at + 1, message));
            }
        });
    }
    Ok(Cow::Owned(out))
}

/// A text in quotes, to be read as [`unquoted`] does.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if !is_visible(c) && u32::from(c) <= 0xFFFF => {
                out.push_str(&format!("\\u{:04x}", u32::from(c)))
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Whether a text is one name without dots.
pub(super) fn is_name(text: &str) -> bool {
    text.starts_with(begins_word) && text.chars().all(is_of_word) && text.len() <= LONGEST
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<&str> {
        let mut tokens = Tokens::new(text, 0);
        let mut next = || tokens.next(&mut |(at, message)| panic!("{at}: {message}"));
        let next = || Some(next()).filter(|token| token.kind != Kind::End);
        std::iter::from_fn(next).map(|token| token.text).collect()
    }

    #[test]
    fn operators_end_at_comments_and_at_numbers() {
        assert_eq!(
            texts("a >-1 -2 <<=-b"),
            ["a", ">", "-", "1", "-", "2", "<<=-", "b"]
        );
        assert_eq!(
            texts("a +// - b\n/ /* */ =/* */ b"),
            ["a", "+", "/", "=", "b"]
        );
        assert_eq!(texts("*/*/*/*"), ["*", "*"]);
    }

    /// A run of operators and comments is looked at once, not once for each of them.
    #[test]
    fn no_more_is_looked_at_than_the_operator() {
        for run in ["*/", "*//", "/-", "-", "-1", "*/*", "+"].map(|part| part.repeat(1_000)) {
            let mut looked_at = 0;
            let end = end_of_operator(run.chars().inspect(|_| looked_at += 1));
            assert!((1..=end + 2).contains(&looked_at), "{looked_at} for {end}");
        }
        let run = "*/".repeat(10_000);
        assert_eq!(texts(&run).len(), run.len().div_ceil(6));
    }

    #[test]
    fn comments_and_texts_end_with_their_line() {
        for end in ["\n", "\r", "\r\n", "\u{85}", "\u{2028}", "\u{2029}"] {
            let (text, mut problems) = (format!("a // b{end}c"), Vec::new());
            let mut tokens = Tokens::new(&text, 0);
            let mut next = || tokens.next(&mut |problem| problems.push(problem.0)).text;
            assert_eq!([next(), next()], ["a", "c"], "{end:?}");
            // Some programs show what follows as a part of the comment.
            let refused: &[usize] = match end {
                "\n" | "\r\n" => &[],
                _ => &[6],
            };
            assert_eq!(problems, refused, "{end:?}");
            for text in [format!("\"b{end}c\""), format!("\"b\\{end}c\"")] {
                assert_eq!(end_of_text(&text, '"'), None, "{end:?}");
            }
            let whole = quoted(&format!("b{end}c"));
            assert_eq!(texts(&whole), [&whole], "{end:?}");
            assert_eq!(unquoted(&whole).as_deref(), Ok(&*format!("b{end}c")));
        }
        for c in ['\u{B}', '\u{C}', '\u{1C}', '\u{1D}', '\u{1E}'] {
            let mut problems = Vec::new();
            let text = format!("// b{c} c");
            Tokens::new(&text, 0).next(&mut |problem| problems.push(problem.0));
            assert_eq!(problems, [4], "{c:?}");
        }
    }
}
