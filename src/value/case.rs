//! Texts compared without regard to case: as `fn:lower-case` maps them (A.3.1, A.3.3).
//!
//! The map is Unicode's default one, [`str::to_lowercase`]. It is not one of characters: a capital
//! sigma becomes `ς` at the end of a word and `σ` elsewhere (Final_Sigma), so the lower case of a
//! part of a text may differ from that part of its lower case. No other character depends on its
//! neighbours.

/// Whether both texts have the same lower case, which is computed only where necessary.
pub(crate) fn equal_ignoring_case(a: &str, b: &str) -> bool {
    // Most texts that are equal are so letter by letter, and most that differ differ at once.
    if a == b {
        return true;
    }
    if let (Some(x), Some(y)) = (a.bytes().next(), b.bytes().next())
        && x.is_ascii()
        && y.is_ascii()
        && !x.eq_ignore_ascii_case(&y)
    {
        return false;
    }
    // Letters of ASCII are cased in either form, so what precedes and follows a sigma is so, too.
    if a.eq_ignore_ascii_case(b) {
        return true;
    }
    let both_ascii = a
        .bytes()
        .zip(b.bytes())
        .take_while(|(a, b)| a.is_ascii() && b.is_ascii());
    let mut ascii = 0;
    for (a, b) in both_ascii {
        if !a.eq_ignore_ascii_case(&b) {
            return false;
        }
        ascii += 1;
    }
    // The rest of one may be ASCII still: the Kelvin sign is a `k` in lower case.
    match (a.get(ascii..), b.get(ascii..)) {
        (Some(""), Some("")) => true,
        (Some(rest_of_a), Some(rest_of_b)) => match equal_but_for_sigmas(rest_of_a, rest_of_b) {
            Some(Sigmas::None) => true,
            // The texts from their beginning: the characters before a sigma count.
            Some(Sigmas::Some) => a.to_lowercase() == b.to_lowercase(),
            None => false,
        },
        _ => false,
    }
}

/// Whether texts that are alike hold sigmas.
enum Sigmas {
    None,
    Some,
}

/// Compares character by character, as if all sigmas were one: equal texts are equal so, and of
/// texts without a sigma the converse is true as well. `None` if they differ. Ends at the first
/// difference, and so takes time with the shorter text.
fn equal_but_for_sigmas(a: &str, b: &str) -> Option<Sigmas> {
    let (mut a, mut b) = (by_character(a), by_character(b));
    let mut sigmas = Sigmas::None;
    loop {
        match (a.next(), b.next()) {
            (None, None) => return Some(sigmas),
            (x, y) if x != y => return None,
            (Some('σ'), _) => sigmas = Sigmas::Some,
            _ => {}
        }
    }
}

/// The lower case of a text, with one form of the small sigma.
pub(super) fn by_character(text: &str) -> impl Iterator<Item = char> {
    let lower = text.chars().flat_map(char::to_lowercase);
    lower.map(|c| if c == 'ς' { 'σ' } else { c })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_sigma_ends_a_word_or_does_not() {
        for (a, b, equal) in [
            ("ΝΙΚΟΣ", "Νικος", true),
            ("ΝΙΚΟΣ", "νικοσ", false),
            ("ΣΑΣ ΣΑΣ", "σας σας", true),
            ("ΣΑΣ ΣΑΣ", "σασ σας", false),
            // After a Latin letter it ends a word, too; alone it is none.
            ("aΣ", "aς", true),
            ("aΣ", "aσ", false),
            ("Σ", "σ", true),
            ("Σ", "ς", false),
            // Marks and apostrophes belong to the word they stand in.
            ("ΑΣ\u{301}", "ας\u{301}", true),
            ("ΑΣ'Α", "ασ'α", true),
            ("ΑΣ'", "ας'", true),
            ("aΣb", "AσB", true),
            ("ΑΣ", "ΑΣ", true),
            ("ς", "σ", false),
        ] {
            assert_eq!(equal_ignoring_case(a, b), equal, "{a} {b}");
            assert_eq!(a.to_lowercase() == b.to_lowercase(), equal, "{a} {b}");
        }
    }

    proptest! {
        #[test]
        fn ignoring_case_is_comparing_lower_cases(
            a in "[aAkK\u{212a}sSſßẞσΣς\u{130}iIıéÉ' \u{301}]{0,6}",
            b in "[aAkK\u{212a}sSſßẞσΣς\u{130}iIıéÉ' \u{301}]{0,6}",
            same in any::<bool>(),
        ) {
            let b = if same { a.to_lowercase().to_uppercase() } else { b };
            let lower = a.to_lowercase() == b.to_lowercase();
            prop_assert_eq!(equal_ignoring_case(&a, &b), lower);
        }
    }
}
