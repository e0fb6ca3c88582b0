//! Identifiers of the standard's functions as constants, for policies that are made in code.
//!
//! A function that has several identifiers is here by the latest; those before it are deprecated
//! (10.2.9), and policies that name them are read all the same.
//!
//! ```
//! use vedtak::function::id;
//! assert_eq!(id::STRING_EQUAL, "urn:oasis:names:tc:xacml:1.0:function:string-equal");
//! ```

macro_rules! ids {
    ($($version:literal { $($name:ident = $function:literal)* })*) => {
        $($(
            #[doc = concat!("`", $function, "`, of XACML ", $version)]
            pub const $name: &str =
                concat!("urn:oasis:names:tc:xacml:", $version, ":function:", $function);
        )*)*

        #[cfg(test)]
        const ALL: &[(&str, &str)] = &[$($((stringify!($name), $name)),*),*];
    };
}

ids! {
    "1.0" {
        STRING_EQUAL = "string-equal"
        BOOLEAN_EQUAL = "boolean-equal"
        INTEGER_EQUAL = "integer-equal"
        DOUBLE_EQUAL = "double-equal"
        DATE_EQUAL = "date-equal"
        TIME_EQUAL = "time-equal"
        DATE_TIME_EQUAL = "dateTime-equal"
        ANY_URI_EQUAL = "anyURI-equal"
        X500_NAME_EQUAL = "x500Name-equal"
        RFC822_NAME_EQUAL = "rfc822Name-equal"
        HEX_BINARY_EQUAL = "hexBinary-equal"
        BASE64_BINARY_EQUAL = "base64Binary-equal"
        INTEGER_ADD = "integer-add"
        DOUBLE_ADD = "double-add"
        INTEGER_SUBTRACT = "integer-subtract"
        DOUBLE_SUBTRACT = "double-subtract"
        INTEGER_MULTIPLY = "integer-multiply"
        DOUBLE_MULTIPLY = "double-multiply"
        INTEGER_DIVIDE = "integer-divide"
        DOUBLE_DIVIDE = "double-divide"
        INTEGER_MOD = "integer-mod"
        INTEGER_ABS = "integer-abs"
        DOUBLE_ABS = "double-abs"
        ROUND = "round"
        FLOOR = "floor"
        STRING_NORMALIZE_SPACE = "string-normalize-space"
        STRING_NORMALIZE_TO_LOWER_CASE = "string-normalize-to-lower-case"
        DOUBLE_TO_INTEGER = "double-to-integer"
        INTEGER_TO_DOUBLE = "integer-to-double"
        OR = "or"
        AND = "and"
        N_OF = "n-of"
        NOT = "not"
        INTEGER_GREATER_THAN = "integer-greater-than"
        INTEGER_GREATER_THAN_OR_EQUAL = "integer-greater-than-or-equal"
        INTEGER_LESS_THAN = "integer-less-than"
        INTEGER_LESS_THAN_OR_EQUAL = "integer-less-than-or-equal"
        DOUBLE_GREATER_THAN = "double-greater-than"
        DOUBLE_GREATER_THAN_OR_EQUAL = "double-greater-than-or-equal"
        DOUBLE_LESS_THAN = "double-less-than"
        DOUBLE_LESS_THAN_OR_EQUAL = "double-less-than-or-equal"
        STRING_GREATER_THAN = "string-greater-than"
        STRING_GREATER_THAN_OR_EQUAL = "string-greater-than-or-equal"
        STRING_LESS_THAN = "string-less-than"
        STRING_LESS_THAN_OR_EQUAL = "string-less-than-or-equal"
        TIME_GREATER_THAN = "time-greater-than"
        TIME_GREATER_THAN_OR_EQUAL = "time-greater-than-or-equal"
        TIME_LESS_THAN = "time-less-than"
        TIME_LESS_THAN_OR_EQUAL = "time-less-than-or-equal"
        DATE_TIME_GREATER_THAN = "dateTime-greater-than"
        DATE_TIME_GREATER_THAN_OR_EQUAL = "dateTime-greater-than-or-equal"
        DATE_TIME_LESS_THAN = "dateTime-less-than"
        DATE_TIME_LESS_THAN_OR_EQUAL = "dateTime-less-than-or-equal"
        DATE_GREATER_THAN = "date-greater-than"
        DATE_GREATER_THAN_OR_EQUAL = "date-greater-than-or-equal"
        DATE_LESS_THAN = "date-less-than"
        DATE_LESS_THAN_OR_EQUAL = "date-less-than-or-equal"
        STRING_ONE_AND_ONLY = "string-one-and-only"
        STRING_BAG_SIZE = "string-bag-size"
        STRING_IS_IN = "string-is-in"
        STRING_BAG = "string-bag"
        BOOLEAN_ONE_AND_ONLY = "boolean-one-and-only"
        BOOLEAN_BAG_SIZE = "boolean-bag-size"
        BOOLEAN_IS_IN = "boolean-is-in"
        BOOLEAN_BAG = "boolean-bag"
        INTEGER_ONE_AND_ONLY = "integer-one-and-only"
        INTEGER_BAG_SIZE = "integer-bag-size"
        INTEGER_IS_IN = "integer-is-in"
        INTEGER_BAG = "integer-bag"
        DOUBLE_ONE_AND_ONLY = "double-one-and-only"
        DOUBLE_BAG_SIZE = "double-bag-size"
        DOUBLE_IS_IN = "double-is-in"
        DOUBLE_BAG = "double-bag"
        TIME_ONE_AND_ONLY = "time-one-and-only"
        TIME_BAG_SIZE = "time-bag-size"
        TIME_IS_IN = "time-is-in"
        TIME_BAG = "time-bag"
        DATE_ONE_AND_ONLY = "date-one-and-only"
        DATE_BAG_SIZE = "date-bag-size"
        DATE_IS_IN = "date-is-in"
        DATE_BAG = "date-bag"
        DATE_TIME_ONE_AND_ONLY = "dateTime-one-and-only"
        DATE_TIME_BAG_SIZE = "dateTime-bag-size"
        DATE_TIME_IS_IN = "dateTime-is-in"
        DATE_TIME_BAG = "dateTime-bag"
        ANY_URI_ONE_AND_ONLY = "anyURI-one-and-only"
        ANY_URI_BAG_SIZE = "anyURI-bag-size"
        ANY_URI_IS_IN = "anyURI-is-in"
        ANY_URI_BAG = "anyURI-bag"
        HEX_BINARY_ONE_AND_ONLY = "hexBinary-one-and-only"
        HEX_BINARY_BAG_SIZE = "hexBinary-bag-size"
        HEX_BINARY_IS_IN = "hexBinary-is-in"
        HEX_BINARY_BAG = "hexBinary-bag"
        BASE64_BINARY_ONE_AND_ONLY = "base64Binary-one-and-only"
        BASE64_BINARY_BAG_SIZE = "base64Binary-bag-size"
        BASE64_BINARY_IS_IN = "base64Binary-is-in"
        BASE64_BINARY_BAG = "base64Binary-bag"
        X500_NAME_ONE_AND_ONLY = "x500Name-one-and-only"
        X500_NAME_BAG_SIZE = "x500Name-bag-size"
        X500_NAME_IS_IN = "x500Name-is-in"
        X500_NAME_BAG = "x500Name-bag"
        RFC822_NAME_ONE_AND_ONLY = "rfc822Name-one-and-only"
        RFC822_NAME_BAG_SIZE = "rfc822Name-bag-size"
        RFC822_NAME_IS_IN = "rfc822Name-is-in"
        RFC822_NAME_BAG = "rfc822Name-bag"
        ALL_OF_ANY = "all-of-any"
        ANY_OF_ALL = "any-of-all"
        ALL_OF_ALL = "all-of-all"
        X500_NAME_MATCH = "x500Name-match"
        RFC822_NAME_MATCH = "rfc822Name-match"
        STRING_REGEXP_MATCH = "string-regexp-match"
        STRING_INTERSECTION = "string-intersection"
        STRING_AT_LEAST_ONE_MEMBER_OF = "string-at-least-one-member-of"
        STRING_UNION = "string-union"
        STRING_SUBSET = "string-subset"
        STRING_SET_EQUALS = "string-set-equals"
        BOOLEAN_INTERSECTION = "boolean-intersection"
        BOOLEAN_AT_LEAST_ONE_MEMBER_OF = "boolean-at-least-one-member-of"
        BOOLEAN_UNION = "boolean-union"
        BOOLEAN_SUBSET = "boolean-subset"
        BOOLEAN_SET_EQUALS = "boolean-set-equals"
        INTEGER_INTERSECTION = "integer-intersection"
        INTEGER_AT_LEAST_ONE_MEMBER_OF = "integer-at-least-one-member-of"
        INTEGER_UNION = "integer-union"
        INTEGER_SUBSET = "integer-subset"
        INTEGER_SET_EQUALS = "integer-set-equals"
        DOUBLE_INTERSECTION = "double-intersection"
        DOUBLE_AT_LEAST_ONE_MEMBER_OF = "double-at-least-one-member-of"
        DOUBLE_UNION = "double-union"
        DOUBLE_SUBSET = "double-subset"
        DOUBLE_SET_EQUALS = "double-set-equals"
        TIME_INTERSECTION = "time-intersection"
        TIME_AT_LEAST_ONE_MEMBER_OF = "time-at-least-one-member-of"
        TIME_UNION = "time-union"
        TIME_SUBSET = "time-subset"
        TIME_SET_EQUALS = "time-set-equals"
        DATE_INTERSECTION = "date-intersection"
        DATE_AT_LEAST_ONE_MEMBER_OF = "date-at-least-one-member-of"
        DATE_UNION = "date-union"
        DATE_SUBSET = "date-subset"
        DATE_SET_EQUALS = "date-set-equals"
        DATE_TIME_INTERSECTION = "dateTime-intersection"
        DATE_TIME_AT_LEAST_ONE_MEMBER_OF = "dateTime-at-least-one-member-of"
        DATE_TIME_UNION = "dateTime-union"
        DATE_TIME_SUBSET = "dateTime-subset"
        DATE_TIME_SET_EQUALS = "dateTime-set-equals"
        ANY_URI_INTERSECTION = "anyURI-intersection"
        ANY_URI_AT_LEAST_ONE_MEMBER_OF = "anyURI-at-least-one-member-of"
        ANY_URI_UNION = "anyURI-union"
        ANY_URI_SUBSET = "anyURI-subset"
        ANY_URI_SET_EQUALS = "anyURI-set-equals"
        HEX_BINARY_INTERSECTION = "hexBinary-intersection"
        HEX_BINARY_AT_LEAST_ONE_MEMBER_OF = "hexBinary-at-least-one-member-of"
        HEX_BINARY_UNION = "hexBinary-union"
        HEX_BINARY_SUBSET = "hexBinary-subset"
        HEX_BINARY_SET_EQUALS = "hexBinary-set-equals"
        BASE64_BINARY_INTERSECTION = "base64Binary-intersection"
        BASE64_BINARY_AT_LEAST_ONE_MEMBER_OF = "base64Binary-at-least-one-member-of"
        BASE64_BINARY_UNION = "base64Binary-union"
        BASE64_BINARY_SUBSET = "base64Binary-subset"
        BASE64_BINARY_SET_EQUALS = "base64Binary-set-equals"
        X500_NAME_INTERSECTION = "x500Name-intersection"
        X500_NAME_AT_LEAST_ONE_MEMBER_OF = "x500Name-at-least-one-member-of"
        X500_NAME_UNION = "x500Name-union"
        X500_NAME_SUBSET = "x500Name-subset"
        X500_NAME_SET_EQUALS = "x500Name-set-equals"
        RFC822_NAME_INTERSECTION = "rfc822Name-intersection"
        RFC822_NAME_AT_LEAST_ONE_MEMBER_OF = "rfc822Name-at-least-one-member-of"
        RFC822_NAME_UNION = "rfc822Name-union"
        RFC822_NAME_SUBSET = "rfc822Name-subset"
        RFC822_NAME_SET_EQUALS = "rfc822Name-set-equals"
    }
    "2.0" {
        TIME_IN_RANGE = "time-in-range"
        IP_ADDRESS_ONE_AND_ONLY = "ipAddress-one-and-only"
        IP_ADDRESS_BAG_SIZE = "ipAddress-bag-size"
        IP_ADDRESS_BAG = "ipAddress-bag"
        DNS_NAME_ONE_AND_ONLY = "dnsName-one-and-only"
        DNS_NAME_BAG_SIZE = "dnsName-bag-size"
        DNS_NAME_BAG = "dnsName-bag"
        STRING_CONCATENATE = "string-concatenate"
        ANY_URI_REGEXP_MATCH = "anyURI-regexp-match"
        IP_ADDRESS_REGEXP_MATCH = "ipAddress-regexp-match"
        DNS_NAME_REGEXP_MATCH = "dnsName-regexp-match"
        RFC822_NAME_REGEXP_MATCH = "rfc822Name-regexp-match"
        X500_NAME_REGEXP_MATCH = "x500Name-regexp-match"
        URI_STRING_CONCATENATE = "uri-string-concatenate"
        IP_ADDRESS_IS_IN = "ipAddress-is-in"
        IP_ADDRESS_INTERSECTION = "ipAddress-intersection"
        IP_ADDRESS_AT_LEAST_ONE_MEMBER_OF = "ipAddress-at-least-one-member-of"
        IP_ADDRESS_UNION = "ipAddress-union"
        IP_ADDRESS_SUBSET = "ipAddress-subset"
        IP_ADDRESS_SET_EQUALS = "ipAddress-set-equals"
        DNS_NAME_IS_IN = "dnsName-is-in"
        DNS_NAME_INTERSECTION = "dnsName-intersection"
        DNS_NAME_AT_LEAST_ONE_MEMBER_OF = "dnsName-at-least-one-member-of"
        DNS_NAME_UNION = "dnsName-union"
        DNS_NAME_SUBSET = "dnsName-subset"
        DNS_NAME_SET_EQUALS = "dnsName-set-equals"
    }
    "3.0" {
        DAY_TIME_DURATION_EQUAL = "dayTimeDuration-equal"
        YEAR_MONTH_DURATION_EQUAL = "yearMonthDuration-equal"
        STRING_EQUAL_IGNORE_CASE = "string-equal-ignore-case"
        DATE_TIME_ADD_DAY_TIME_DURATION = "dateTime-add-dayTimeDuration"
        DATE_TIME_ADD_YEAR_MONTH_DURATION = "dateTime-add-yearMonthDuration"
        DATE_TIME_SUBTRACT_DAY_TIME_DURATION = "dateTime-subtract-dayTimeDuration"
        DATE_TIME_SUBTRACT_YEAR_MONTH_DURATION = "dateTime-subtract-yearMonthDuration"
        DATE_ADD_YEAR_MONTH_DURATION = "date-add-yearMonthDuration"
        DATE_SUBTRACT_YEAR_MONTH_DURATION = "date-subtract-yearMonthDuration"
        DAY_TIME_DURATION_ONE_AND_ONLY = "dayTimeDuration-one-and-only"
        DAY_TIME_DURATION_BAG_SIZE = "dayTimeDuration-bag-size"
        DAY_TIME_DURATION_IS_IN = "dayTimeDuration-is-in"
        DAY_TIME_DURATION_BAG = "dayTimeDuration-bag"
        YEAR_MONTH_DURATION_ONE_AND_ONLY = "yearMonthDuration-one-and-only"
        YEAR_MONTH_DURATION_BAG_SIZE = "yearMonthDuration-bag-size"
        YEAR_MONTH_DURATION_IS_IN = "yearMonthDuration-is-in"
        YEAR_MONTH_DURATION_BAG = "yearMonthDuration-bag"
        BOOLEAN_FROM_STRING = "boolean-from-string"
        STRING_FROM_BOOLEAN = "string-from-boolean"
        INTEGER_FROM_STRING = "integer-from-string"
        STRING_FROM_INTEGER = "string-from-integer"
        DOUBLE_FROM_STRING = "double-from-string"
        STRING_FROM_DOUBLE = "string-from-double"
        TIME_FROM_STRING = "time-from-string"
        STRING_FROM_TIME = "string-from-time"
        DATE_FROM_STRING = "date-from-string"
        STRING_FROM_DATE = "string-from-date"
        DATE_TIME_FROM_STRING = "dateTime-from-string"
        STRING_FROM_DATE_TIME = "string-from-dateTime"
        ANY_URI_FROM_STRING = "anyURI-from-string"
        STRING_FROM_ANY_URI = "string-from-anyURI"
        DAY_TIME_DURATION_FROM_STRING = "dayTimeDuration-from-string"
        STRING_FROM_DAY_TIME_DURATION = "string-from-dayTimeDuration"
        YEAR_MONTH_DURATION_FROM_STRING = "yearMonthDuration-from-string"
        STRING_FROM_YEAR_MONTH_DURATION = "string-from-yearMonthDuration"
        X500_NAME_FROM_STRING = "x500Name-from-string"
        STRING_FROM_X500_NAME = "string-from-x500Name"
        RFC822_NAME_FROM_STRING = "rfc822Name-from-string"
        STRING_FROM_RFC822_NAME = "string-from-rfc822Name"
        IP_ADDRESS_FROM_STRING = "ipAddress-from-string"
        STRING_FROM_IP_ADDRESS = "string-from-ipAddress"
        DNS_NAME_FROM_STRING = "dnsName-from-string"
        STRING_FROM_DNS_NAME = "string-from-dnsName"
        STRING_STARTS_WITH = "string-starts-with"
        ANY_URI_STARTS_WITH = "anyURI-starts-with"
        STRING_ENDS_WITH = "string-ends-with"
        ANY_URI_ENDS_WITH = "anyURI-ends-with"
        STRING_CONTAINS = "string-contains"
        ANY_URI_CONTAINS = "anyURI-contains"
        STRING_SUBSTRING = "string-substring"
        ANY_URI_SUBSTRING = "anyURI-substring"
        ANY_OF = "any-of"
        ALL_OF = "all-of"
        ANY_OF_ANY = "any-of-any"
        MAP = "map"
        DAY_TIME_DURATION_INTERSECTION = "dayTimeDuration-intersection"
        DAY_TIME_DURATION_AT_LEAST_ONE_MEMBER_OF = "dayTimeDuration-at-least-one-member-of"
        DAY_TIME_DURATION_UNION = "dayTimeDuration-union"
        DAY_TIME_DURATION_SUBSET = "dayTimeDuration-subset"
        DAY_TIME_DURATION_SET_EQUALS = "dayTimeDuration-set-equals"
        YEAR_MONTH_DURATION_INTERSECTION = "yearMonthDuration-intersection"
        YEAR_MONTH_DURATION_AT_LEAST_ONE_MEMBER_OF = "yearMonthDuration-at-least-one-member-of"
        YEAR_MONTH_DURATION_UNION = "yearMonthDuration-union"
        YEAR_MONTH_DURATION_SUBSET = "yearMonthDuration-subset"
        YEAR_MONTH_DURATION_SET_EQUALS = "yearMonthDuration-set-equals"
        ACCESS_PERMITTED = "access-permitted"
        ENTITY_ONE_AND_ONLY = "entity-one-and-only"
        ENTITY_BAG_SIZE = "entity-bag-size"
        ENTITY_BAG = "entity-bag"
        ATTRIBUTE_DESIGNATOR = "attribute-designator"
        XPATH_NODE_COUNT = "xpath-node-count"
        XPATH_NODE_EQUAL = "xpath-node-equal"
        XPATH_NODE_MATCH = "xpath-node-match"
        ATTRIBUTE_SELECTOR = "attribute-selector"
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::ALL;
    use crate::function::standard_ids;

    /// `dateTime-is-in` as `DATE_TIME_IS_IN`.
    fn constant(function: &str) -> String {
        let mut name = String::new();
        for character in function.chars() {
            let starts_word = character.is_ascii_uppercase()
                && name.ends_with(|last: char| last.is_ascii_digit() || last.is_ascii_lowercase());
            if starts_word {
                name.push('_');
            }
            name.push(if character == '-' { '_' } else { character });
        }
        name.to_uppercase()
    }

    #[test]
    fn each_function_has_the_constant_of_its_latest_identifier() {
        let mut latest: BTreeMap<String, &str> = BTreeMap::new();
        for id in standard_ids() {
            let (_, function) = id.rsplit_once(':').expect("has parts");
            let known = latest.entry(constant(function)).or_insert(id);
            *known = id.max(known);
        }
        let mut constants: BTreeMap<String, &str> = BTreeMap::new();
        for (name, id) in ALL {
            let needs_xpath = id.contains(":xpath-node-") || id.ends_with(":attribute-selector");
            if crate::xpath::SUPPORTED || !needs_xpath {
                constants.insert((*name).to_owned(), id);
            }
        }
        assert!(constants.len() > 250);
        assert_eq!(constants, latest);
    }
}
