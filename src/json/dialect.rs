//! The settings by which JSON may depart from the JSON Profile.

/// The form in which requests and responses in JSON are read and written: as the JSON Profile of
/// XACML 3.0, version 1.1, has it, or with departures that are named one by one.
///
/// ```
/// use vedtak::json::JsonDialect;
/// use vedtak::{ReadOptions, Request};
///
/// let text = r#"{"Request": {"Trace": 7, "Action": {"Attribute": []}}}"#;
/// let error = Request::from_json(text).unwrap_err();
/// assert!(error.to_string().contains("`Request` has no member `Trace`"));
///
/// let mut lenient = JsonDialect::PROFILE;
/// lenient.ignores_unknown = true;
/// let request = Request::read_json(text, ReadOptions::new().dialect(&lenient))?;
/// assert_eq!(request.categories().len(), 1);
/// # Ok::<(), vedtak::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct JsonDialect {
    /// Names of members are read in upper and lower case alike: `attributeId` is `AttributeId`.
    pub any_case: bool,
    /// Members with unknown names are passed over. A misspelt `Issuer` or `DataType` is then as
    /// good as none, which may change a decision.
    pub ignores_unknown: bool,
    /// An empty array means that the member is absent, and so does `null` for a required member.
    /// For an optional member `null` means that in every dialect.
    pub empty_is_absent: bool,
    /// Values are strings: one without a `DataType` is a `string` and may be nothing else, and
    /// every value is written as its lexical form beside its `DataType`.
    pub strings_only: bool,
    /// Members with names of their own: theirs, then the profile's. Both are read, theirs is
    /// written.
    pub renamed: &'static [(&'static str, &'static str)],
    /// Members beyond the profile's that mean nothing to a decision.
    pub ignored: &'static [&'static str],
}

impl JsonDialect {
    /// The profile, word for word.
    pub const PROFILE: Self = Self {
        any_case: false,
        ignores_unknown: false,
        empty_is_absent: false,
        strings_only: false,
        renamed: &[],
        ignored: &[],
    };

    /// Whether `found` is the name `known`.
    pub(super) fn same(&self, known: &str, found: &str) -> bool {
        known == found || (self.any_case && known.eq_ignore_ascii_case(found))
    }

    /// The profile's name for a member found under the name `found`, if that is one of theirs.
    pub(super) fn original(&self, found: &str) -> Option<&'static str> {
        let mut renamed = self.renamed.iter();
        let (_, original) = renamed.find(|(theirs, _)| self.same(theirs, found))?;
        Some(original)
    }

    /// The name under which the profile's member `name` is written.
    pub(super) fn name(&self, name: &'static str) -> &'static str {
        let mut renamed = self.renamed.iter();
        renamed
            .find(|(_, original)| *original == name)
            .map_or(name, |(theirs, _)| theirs)
    }
}

impl Default for JsonDialect {
    fn default() -> Self {
        Self::PROFILE
    }
}
