//! What a text must begin and end with to match a pattern.
//!
//! Many patterns of one policy tell texts apart by their ends. Looking at these takes no automaton,
//! and an automaton that is not at hand costs more than matching with it.

use regex_syntax::hir::literal::{ExtractKind, Extractor, Seq};
use regex_syntax::hir::{Hir, Look};

/// A beginning and an end that every text has that matches: as much of them as there is room for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ends {
    first: Piece,
    last: Piece,
}

#[derive(Clone, Copy, Debug, Default)]
struct Piece {
    bytes: [u8; ROOM],
    length: u8,
}

const ROOM: usize = 23;

impl Ends {
    /// Of a pattern as the automaton has it. Empty where the pattern is not tied to that end of the
    /// text, or may begin or end in several ways.
    pub(super) fn of(pattern: &str, nest_limit: u32) -> Self {
        let mut parser = regex_syntax::ParserBuilder::new();
        let Ok(hir) = parser.nest_limit(nest_limit).build().parse(pattern) else {
            return Self::default();
        };
        let properties = hir.properties();
        let mut ends = Self::default();
        if properties.look_set_prefix().contains(Look::Start) {
            let all = literals(&hir, ExtractKind::Prefix);
            let common = all.longest_common_prefix().unwrap_or_default();
            ends.first = Piece::of(&common[..common.len().min(ROOM)]);
        }
        if properties.look_set_suffix().contains(Look::End) {
            let all = literals(&hir, ExtractKind::Suffix);
            let common = all.longest_common_suffix().unwrap_or_default();
            ends.last = Piece::of(&common[common.len().saturating_sub(ROOM)..]);
        }
        ends
    }

    pub(super) fn may_match(&self, text: &str) -> bool {
        let text = text.as_bytes();
        text.starts_with(self.first.bytes()) && text.ends_with(self.last.bytes())
    }
}

/// With what every match begins, or ends.
fn literals(hir: &Hir, kind: ExtractKind) -> Seq {
    Extractor::new().kind(kind).extract(hir)
}

impl Piece {
    fn of(known: &[u8]) -> Self {
        let mut piece = Self::default();
        for (to, from) in piece.bytes.iter_mut().zip(known) {
            *to = *from;
            piece.length += 1;
        }
        piece
    }

    fn bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length).min(ROOM)]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ends(pattern: &str) -> (String, String) {
        let ends = Ends::of(pattern, 100);
        let text = |piece: &Piece| String::from_utf8_lossy(piece.bytes()).into_owned();
        (text(&ends.first), text(&ends.last))
    }

    proptest! {
        #[test]
        fn what_matches_has_the_ends(
            pieces in prop::collection::vec(prop::sample::select(PIECES), 1..9),
            anchored in any::<bool>(),
            text in "[abc]{0,6}",
        ) {
            let mut pattern = pieces.concat();
            if anchored {
                pattern = format!(r"\A(?:{pattern})\z");
            }
            if let Ok(regex) = regex::Regex::new(&pattern) {
                let may_match = Ends::of(&pattern, 100).may_match(&text);
                prop_assert!(may_match || !regex.is_match(&text), "{} {}", pattern, text);
            }
        }
    }

    const PIECES: &[&str] = &[
        r"\A", r"\z", "a", "b", "ab?", "(a|b)", "c*", "[ab]+", "(?:b|", "(a", ")", "|", "ab|c",
        "c{2}",
    ];

    #[test]
    fn ends_are_what_every_match_has() {
        for (pattern, first, last) in [
            (r"\Aabc\z", "abc", "abc"),
            (r"\A[a-z]+_service-0*12\z", "", "12"),
            (r"\Aurn:example:.*\z", "urn:example:", ""),
            (r"abc", "", ""),
            (r"\Aab|cd\z", "", ""),
            (r"\Aab\z|\Aac\z", "a", ""),
            (r"\A(?:ab|abc)d?\z", "ab", ""),
            (r"\A(?:x\z|y\z)?", "", ""),
            (r"\A\z", "", ""),
            (r"(?:\Aa)?b\z", "", "b"),
            (
                r"\Aabcdefghijklmnopqrstuvwxyz\z",
                "abcdefghijklmnopqrstuvw",
                "defghijklmnopqrstuvwxyz",
            ),
            (r"\A(?i:ab)\z", "", ""),
            (r"\Aæ+\z", "æ", "æ"),
        ] {
            assert_eq!(
                ends(pattern),
                (first.to_owned(), last.to_owned()),
                "{pattern}"
            );
        }
    }
}
