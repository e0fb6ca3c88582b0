//! Long numbers in problems → stars, as a national identity number belongs in no log.

use super::{Diagnostic, Error, SHOWN};

/// The digits of a number that stay: of a national identity number these are the day of birth.
const KEPT: usize = 6;

/// The eleven digits of a person, and one less or some more by mistake. Numbers of other lengths stay
/// whole, as the nine digits of an organisation, and the greatest number of 64 bits that messages name.
const LONG: std::ops::RangeInclusive<usize> = 10..=15;

/// The text with a star for each digit past the sixth of a number that has 10 to 15 digits. It keeps
/// its number of characters. A blank may stand after the sixth digit, as in `010170 12345`; of a number
/// that the text shows a part of, before or after `…`, as many digits as may be of a long one are hidden.
///
/// ```
/// use vedtak::report::without_long_numbers;
/// assert_eq!(without_long_numbers("there is no `01017012345`"), "there is no `010170*****`");
/// assert_eq!(without_long_numbers("there is no `910000001`"), "there is no `910000001`");
/// ```
pub fn without_long_numbers(text: &str) -> String {
    hidden(text, false)
}

/// `is_cut`: the text may end within a number.
fn hidden(text: &str, is_cut: bool) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, number) = rest.split_at(start);
        shown.push_str(before);
        let end = end_of_number(number);
        let (number, after) = number.split_at(end);
        rest = after;
        let digits = number.bytes().filter(u8::is_ascii_digit).count();
        let goes_on = after.starts_with('…') || is_cut && after.is_empty();
        // The greatest number of 32 bits, which messages name, begins with no date.
        let is_bound = number.parse() == Ok(u32::MAX);
        let is_long = LONG.contains(&digits) && !is_bound;
        let kept = match (shown.ends_with('…'), is_long || goes_on) {
            (true, _) => 0,
            (false, true) => KEPT,
            (false, false) => digits,
        };
        let mut passed = 0;
        shown.extend(number.chars().map(|c| {
            let is_digit = c.is_ascii_digit();
            passed += usize::from(is_digit);
            match is_digit && passed > kept {
                true => '*',
                false => c,
            }
        }));
    }
    shown.push_str(rest);
    shown
}

/// The end of the digits with which a text begins.
fn end_of_number(text: &str) -> usize {
    let digits = |text: &str| {
        let end = text.find(|c: char| !c.is_ascii_digit());
        end.unwrap_or(text.len())
    };
    let first = digits(text);
    let second = text[first..].strip_prefix(' ').map_or(0, digits);
    match (first, second) {
        (KEPT, 4..=6) => first + 1 + second,
        _ => first,
    }
}

impl Error {
    /// The error without long numbers in its problems, as
    /// [`Diagnostic::without_long_numbers`] has them.
    pub fn without_long_numbers(mut self) -> Self {
        let all = std::mem::take(&mut self.diagnostics).into_iter();
        self.diagnostics = all.map(Diagnostic::without_long_numbers).collect();
        self
    }
}

impl Diagnostic {
    /// The problem [without long numbers](without_long_numbers) in its message, its path and the line of
    /// the document that it shows: for documents about people, whose national identity numbers belong
    /// in no log. The caret stays at its place.
    #[must_use]
    pub fn without_long_numbers(mut self) -> Self {
        self.message = without_long_numbers(&self.message);
        self.path = without_long_numbers(&self.path);
        if let Some(place) = &mut self.place {
            let is_cut = place.line_text.chars().count() >= SHOWN;
            place.line_text = hidden(&place.line_text, is_cut);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Offset, Source};
    use super::*;

    #[test]
    fn a_number_of_ten_digits_or_more_is_hidden() {
        for (text, expected) in [
            ("", ""),
            ("0101701234", "010170****"),
            ("9007199254740991", "9007199254740991"),
            ("up to 4294967295", "up to 4294967295"),
            ("010170123456", "010170******"),
            (
                "010170 12345, 010170 1234 and 010170 123",
                "010170 *****, 010170 **** and 010170 123",
            ),
            ("å01017012345å", "å010170*****å"),
            ("310000401, 50001", "310000401, 50001"),
            ("…7012345 and 0101701…", "…******* and 010170*…"),
            ("2027-01-01T00:00:00", "2027-01-01T00:00:00"),
        ] {
            assert_eq!(without_long_numbers(text), expected);
        }
    }

    /// Wherever a line is cut, no more of a number is shown than its first six digits, and the caret
    /// stands where it stood.
    #[test]
    fn no_line_of_a_problem_shows_a_long_number() {
        let line = "[01017012345] ".repeat(40);
        for at in 0..line.len() {
            let source = Source {
                name: "register.json".into(),
                text: &line,
            };
            let problem = source.diagnostic(Offset::new(at), "01017012345", "01017012345");
            let before = problem.to_string();
            let after = problem.without_long_numbers().to_string();
            assert_eq!(before.chars().count(), after.chars().count());
            assert_eq!(before.rfind('^'), after.rfind('^'));
            let shown = after.replace("010170", "");
            let shown = shown.split_once(": ").map_or("", |(_, shown)| shown);
            let line = shown.lines().nth(2).and_then(|line| line.split_once('|'));
            let line = line.map_or("", |(_, line)| line);
            assert!(
                line.matches(|c: char| c.is_ascii_digit()).count() <= 5,
                "{after}"
            );
            assert!(!after.contains("0170123"), "{after}");
        }
    }
}
