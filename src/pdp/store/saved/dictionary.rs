//! Texts that nearly every policy has; a saved policy refers to them by number.

/// INVARIANT: part of the format. A word that is added, taken out or moved makes it another format,
/// with a number of its own ([`FORMAT`](super::file::FORMAT)).
pub(super) const WORDS: [&str; 48] = [
    "http://www.w3.org/2001/XMLSchema#string",
    "http://www.w3.org/2001/XMLSchema#boolean",
    "http://www.w3.org/2001/XMLSchema#integer",
    "http://www.w3.org/2001/XMLSchema#double",
    "http://www.w3.org/2001/XMLSchema#time",
    "http://www.w3.org/2001/XMLSchema#date",
    "http://www.w3.org/2001/XMLSchema#dateTime",
    "http://www.w3.org/2001/XMLSchema#anyURI",
    "urn:oasis:names:tc:xacml:1.0:data-type:x500Name",
    "urn:oasis:names:tc:xacml:1.0:data-type:rfc822Name",
    "urn:oasis:names:tc:xacml:1.0:subject-category:access-subject",
    "urn:oasis:names:tc:xacml:3.0:attribute-category:resource",
    "urn:oasis:names:tc:xacml:3.0:attribute-category:action",
    "urn:oasis:names:tc:xacml:3.0:attribute-category:environment",
    "urn:oasis:names:tc:xacml:1.0:subject:subject-id",
    "urn:oasis:names:tc:xacml:1.0:resource:resource-id",
    "urn:oasis:names:tc:xacml:1.0:action:action-id",
    "urn:oasis:names:tc:xacml:1.0:environment:current-time",
    "urn:oasis:names:tc:xacml:1.0:environment:current-date",
    "urn:oasis:names:tc:xacml:1.0:environment:current-dateTime",
    "urn:oasis:names:tc:xacml:1.0:function:string-equal",
    "urn:oasis:names:tc:xacml:3.0:function:string-equal-ignore-case",
    "urn:oasis:names:tc:xacml:1.0:function:anyURI-equal",
    "urn:oasis:names:tc:xacml:1.0:function:integer-equal",
    "urn:oasis:names:tc:xacml:1.0:function:boolean-equal",
    "urn:oasis:names:tc:xacml:1.0:function:string-regexp-match",
    "urn:oasis:names:tc:xacml:1.0:function:and",
    "urn:oasis:names:tc:xacml:1.0:function:or",
    "urn:oasis:names:tc:xacml:1.0:function:not",
    "urn:oasis:names:tc:xacml:3.0:function:any-of",
    "urn:oasis:names:tc:xacml:1.0:function:string-one-and-only",
    "urn:oasis:names:tc:xacml:1.0:function:string-is-in",
    "urn:oasis:names:tc:xacml:1.0:function:string-bag",
    "urn:oasis:names:tc:xacml:1.0:function:string-at-least-one-member-of",
    "urn:oasis:names:tc:xacml:1.0:function:integer-one-and-only",
    "urn:oasis:names:tc:xacml:1.0:function:integer-greater-than-or-equal",
    "urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-overrides",
    "urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:permit-overrides",
    "urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-unless-permit",
    "urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:permit-unless-deny",
    "urn:oasis:names:tc:xacml:1.0:rule-combining-algorithm:first-applicable",
    "urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:deny-overrides",
    "urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:permit-overrides",
    "urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:deny-unless-permit",
    "urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:permit-unless-deny",
    "urn:oasis:names:tc:xacml:1.0:policy-combining-algorithm:first-applicable",
    "1.0",
    "",
];

#[cfg(test)]
mod tests {
    use super::WORDS;

    #[test]
    fn the_words_are_those_of_the_format() {
        assert_eq!(
            crc32fast::hash(WORDS.join("\n").as_bytes()),
            0xD081_4F8B,
            "other words are another format: give it the next number"
        );
    }
}
