//! Pattern → the beginning and the end of every text that matches it.
//!
//! **Benefit.** The patterns of one policy often differ in their ends. Comparing these takes no
//! automaton, and loading an automaton into the processor's cache costs more than matching with it.
//!
//! **Mechanism.** Of an anchored end, the literals with which every match begins or ends are read off
//! the syntax tree, and their longest common prefix or suffix is kept.
//!
//! **Failure.** A pattern that is not anchored, or begins in several ways, has an empty end, which
//! rejects nothing. A text with both ends may still not match; the automaton decides.
//!
//! **Exactness.** The beginning is used only if every match must start at the beginning of the text,
//! so a text that matches begins with it; likewise the end. A text is rejected only if it cannot
//! match. The two are compared separately and may overlap in a short text.

use regex_syntax::hir::literal::{ExtractKind, Extractor, Seq};
use regex_syntax::hir::{Hir, HirKind, Look};
use smallvec::SmallVec;

/// A beginning and an end that every text has that matches: as much of them as is known.
#[derive(Clone, Debug, Default)]
pub(super) struct Ends {
    first: Piece,
    last: Piece,
}

/// A beginning or an end. Most are held inline. A long one, such as that of a URL, rejects so many
/// texts that it is worth an access to other memory.
type Piece = SmallVec<[u8; 32]>;

const LONGEST: usize = 256;

impl Ends {
    /// The ends of a parsed pattern. Empty where the pattern is not anchored at that end of the
    /// text, or may begin or end in several ways.
    pub(super) fn of(hir: &Hir) -> Self {
        let properties = hir.properties();
        let mut ends = Self::default();
        if properties.look_set_prefix().contains(Look::Start) {
            let all = literals(hir, ExtractKind::Prefix);
            let common = all.longest_common_prefix().unwrap_or_default();
            ends.first = common[..common.len().min(LONGEST)].into();
        }
        if properties.look_set_suffix().contains(Look::End) {
            let all = literals(hir, ExtractKind::Suffix);
            let common = all.longest_common_suffix().unwrap_or_default();
            ends.last = common[common.len().saturating_sub(LONGEST)..].into();
        }
        ends
    }

    pub(super) fn may_match(&self, text: &str) -> bool {
        let text = text.as_bytes();
        text.starts_with(&self.first) && text.ends_with(&self.last)
    }
}

/// Whether some text may match: none does if a required part matches nothing, or if characters are
/// required before the beginning of the text or after its end.
pub(super) fn may_match_some_text(hir: &Hir) -> bool {
    if hir.properties().minimum_len().is_none() {
        return false;
    }
    match hir.kind() {
        HirKind::Capture(capture) => may_match_some_text(&capture.sub),
        HirKind::Repetition(repetition) => {
            repetition.min == 0 || may_match_some_text(&repetition.sub)
        }
        HirKind::Alternation(alternatives) => alternatives.iter().any(may_match_some_text),
        HirKind::Concat(parts) => {
            let (mut has_begun, mut has_ended) = (false, false);
            for part in parts {
                let takes_some = part.properties().minimum_len() > Some(0);
                let is_start = matches!(part.kind(), HirKind::Look(Look::Start));
                if (has_begun && is_start) || (has_ended && takes_some) {
                    return false;
                }
                has_begun |= takes_some;
                has_ended |= matches!(part.kind(), HirKind::Look(Look::End));
            }
            parts.iter().all(may_match_some_text)
        }
        HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) | HirKind::Look(_) => true,
    }
}

/// The literals with which every match begins, or ends.
fn literals(hir: &Hir, kind: ExtractKind) -> Seq {
    Extractor::new().kind(kind).extract(hir)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(pattern: &str) -> Ends {
        Ends::of(&regex_syntax::parse(pattern).expect("is a pattern"))
    }

    fn ends(pattern: &str) -> (String, String) {
        let ends = of(pattern);
        let text = |piece: &Piece| String::from_utf8_lossy(piece).into_owned();
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
                let may_match = of(&pattern).may_match(&text);
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
                "abcdefghijklmnopqrstuvwxyz",
                "abcdefghijklmnopqrstuvwxyz",
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
