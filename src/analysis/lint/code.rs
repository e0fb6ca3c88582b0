//! The kinds of findings, in one table: [`Code`], and how serious each is, [`Level`].

use std::str::FromStr;

use crate::error::{UnknownName, cut, did_you_mean, similar_name};

/// The seriousness of a finding, which a host may set for each [`Code`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// It is not reported.
    Allow,
    /// It is worth knowing, and often meant.
    Note,
    /// It is hardly meant.
    Warning,
    /// It must not be published. No code has this level unless the host sets it.
    Error,
}

impl Level {
    /// The name, as SARIF has it: `note`, `warning` or `error`; `none` for [`Allow`](Self::Allow).
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "none",
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

crate::serialized::displayed!(Level, Code);

macro_rules! codes {
    ($($name:ident = $code:literal, $level:ident, $section:literal, $explanation:literal;)*) => {
        /// A kind of finding. [`Code::ALL`] lists them.
        ///
        /// ```
        /// use vedtak::analysis::lint::{Code, Level};
        ///
        /// let code: Code = "never-together".parse()?;
        /// assert_eq!(code, Code::NeverTogether);
        /// assert_eq!((code.level(), code.section()), (Level::Warning, "§7.7"));
        /// assert!("never-togther".parse::<Code>().unwrap_err().to_string().contains("never-together"));
        /// # Ok::<(), vedtak::UnknownName>(())
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $(
                #[doc = concat!("`", $code, "` (", $section, "): ", $explanation, ".")]
                $name,
            )*
        }

        impl Code {
            /// All codes, in the order of the declaration.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The code as findings show it, such as `duplicate-rule-id`.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }

            /// The level of a linter that sets none.
            pub const fn level(self) -> Level {
                match self {
                    $(Self::$name => Level::$level,)*
                }
            }

            /// The section of the standard from which the finding follows.
            pub const fn section(self) -> &'static str {
                match self {
                    $(Self::$name => $section,)*
                }
            }

            /// The mistake in one sentence, without a full stop.
            pub const fn explanation(self) -> &'static str {
                match self {
                    $(Self::$name => $explanation,)*
                }
            }
        }
    };
}

codes! {
    BlanksAroundValue = "blanks-around-value", Warning, "A.3.1",
        "a string is compared with the white space around it, which belongs to the value";
    MisspeltCategory = "misspelt-category", Warning, "B.2",
        "a category is nearly one of the standard's, and names another one";
    MisspeltAttribute = "misspelt-attribute", Warning, "B.4",
        "an attribute is nearly one of the standard's, and names another one";
    OtherCategory = "other-category", Warning, "B.4",
        "an attribute of the standard is looked for in a category that does not have it";
    OtherType = "other-type", Warning, "B.7",
        "the current time or date is read with a data type that it does not have";
    OutsideVocabulary = "outside-vocabulary", Warning, "§5.29",
        "an attribute is not in the vocabulary that the host declares";
    MustBePresentInTarget = "must-be-present-in-target", Note, "§7.3.5",
        "an attribute that is absent makes a target Indeterminate instead of false";
    NeverTogether = "never-together", Warning, "§7.7",
        "tests that must hold at once cannot, as an attribute has one value";
    TwoValues = "two-values", Warning, "§5.9",
        "an action, a resource or a subject is to have two names at once";
    NeverEqual = "never-equal", Warning, "A.3.3",
        "an expression is compared with a value that it never has";
    PatternWithoutMatch = "pattern-without-match", Warning, "A.3.13",
        "no text matches a regular expression";
    WholeDay = "whole-day", Warning, "A.3.8",
        "a range of times that seems to be the whole day leaves out a part of it";
    DuplicateRuleId = "duplicate-rule-id", Warning, "§5.21",
        "two rules of a policy have one RuleId, so a log does not tell them apart";
    UnreachableRule = "unreachable-rule", Warning, "§7.11",
        "no request makes a rule apply";
    ShadowedRule = "shadowed-rule", Warning, "appendix C",
        "another rule always decides, so a rule changes no decision";
    RedundantRule = "redundant-rule", Warning, "appendix C",
        "the policy decides the same without a rule";
    DenyWithoutEffect = "deny-without-effect", Warning, "appendix C",
        "a rule with the effect Deny never makes a decision a Deny";
    NeverReturned = "never-returned", Warning, "§7.18",
        "an obligation or advice is for an effect that its rule or policy never has";
    NothingToCombine = "nothing-to-combine", Warning, "§7.12",
        "a policy has no rule, or a policy set no policy, so it never applies";
    PartDecidesAlone = "part-decides-alone", Warning, "§7.17",
        "a policy is for others to refer to, and decides by itself as well";
    BlocksOthers = "blocks-others", Warning, "appendix C",
        "a policy about every request outweighs the policies beside it";
    OtherAlgorithm = "other-algorithm", Note, "§5.14",
        "a policy has a combining algorithm for policies, or a policy set one for rules";
}

impl Code {
    /// Whether it says why a rule changes nothing.
    pub(super) fn is_of_idle_rule(self) -> bool {
        matches!(
            self,
            Self::UnreachableRule
                | Self::ShadowedRule
                | Self::RedundantRule
                | Self::DenyWithoutEffect
        )
    }
}

/// The code.
impl FromStr for Code {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        let mut all = Self::ALL.iter().copied();
        all.find(|code| code.as_str() == text).ok_or_else(|| {
            let names = Self::ALL.iter().map(|code| code.as_str());
            let hint = did_you_mean(similar_name(text, names));
            UnknownName::new(format!("`{}` is no code of a finding{hint}", cut(text)))
        })
    }
}
