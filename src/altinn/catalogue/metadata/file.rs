//! Files of Altinn's public metadata, each with what it is about.

use std::sync::Arc;

/// A file of Altinn's public metadata: areas with their packages, or roles, in bokmål, unless it is
/// said to be about something else. A pair of a name and bytes becomes one.
///
/// ```
/// use vedtak::altinn::catalogue::{Catalogue, MetadataFile};
/// # let codes = [
/// #     "jordbruk",
/// #     "regnskapsforer-lonn",
/// #     "regnskapsforer-med-signeringsrettighet",
/// #     "regnskapsforer-uten-signeringsrettighet",
/// # ];
/// # let listed = codes.map(|code| format!(r#"{{"urn": "urn:altinn:accesspackage:{code}"}}"#));
/// # let listed = format!("[{}]", listed.join(","));
///
/// let standard = Catalogue::standard();
/// // The answer to `…/meta/info/roles/packages?role=regnskapsforer&variant=AS`.
/// let file = MetadataFile::new("regn.json", listed).of_role("regnskapsforer").of_legal_form("AS");
/// let fetched = standard.with_metadata("2026-11-01", [file])?;
/// let told = standard.difference(&fetched).to_string();
/// let line = "role `urn:altinn:external-role:ccr:regnskapsforer` and package \
///     `urn:altinn:accesspackage:jordbruk` for `AS`: now `has_access`";
/// assert!(told.contains(line), "{told}");
/// # Ok::<(), vedtak::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct MetadataFile {
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
    pub(super) about: About,
}

/// The subject of a file. Files are read in this order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum About {
    Items,
    Names(NamesIn),
    PackagesOf {
        // Files without a legal form come first.
        legal_form: Option<Arc<str>>,
        role: Option<Arc<str>>,
    },
}

/// A language of names beside bokmål.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum NamesIn {
    Nynorsk,
    English,
}

impl MetadataFile {
    /// Creates a file from its name, for problems, and its bytes.
    pub fn new(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            name: name.into(),
            bytes: bytes.into(),
            about: About::Items,
        }
    }

    /// Marks it as answered in nynorsk: only the names in it are read.
    #[must_use]
    pub fn in_nynorsk(mut self) -> Self {
        self.about = About::Names(NamesIn::Nynorsk);
        self
    }

    /// Marks it as answered in English: only the names in it are read.
    #[must_use]
    pub fn in_english(mut self) -> Self {
        self.about = About::Names(NamesIn::English);
        self
    }

    /// Marks it as the list of a role's packages (`…/roles/packages?role=`), by any name of the role.
    #[must_use]
    pub fn of_role(mut self, role: impl Into<Arc<str>>) -> Self {
        let legal_form = self.legal_form();
        self.about = About::PackagesOf {
            legal_form,
            role: Some(role.into()),
        };
        self
    }

    /// Marks such a list as that for parties of a legal form (`&variant=`); without, it is that for
    /// parties of every form.
    #[must_use]
    pub fn of_legal_form(mut self, legal_form: impl Into<Arc<str>>) -> Self {
        let role = match self.about {
            About::PackagesOf { role, .. } => role,
            _ => None,
        };
        self.about = About::PackagesOf {
            legal_form: Some(legal_form.into()),
            role,
        };
        self
    }

    fn legal_form(&self) -> Option<Arc<str>> {
        match &self.about {
            About::PackagesOf { legal_form, .. } => legal_form.clone(),
            _ => None,
        }
    }
}

impl<P: AsRef<str>, B: AsRef<[u8]>> From<(P, B)> for MetadataFile {
    fn from((name, bytes): (P, B)) -> Self {
        Self::new(name.as_ref(), bytes.as_ref())
    }
}
