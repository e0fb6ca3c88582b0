//! The fields of a message → the problems of those that no message can have.

use super::AN_NCNAME;
use crate::error::{Diagnostic, Error, cut};
use crate::xml::{self, Writer};

/// The problems of the fields of a message that is to be written. Whatever the fields are, a message
/// that is written is one that reads back with the same fields.
#[derive(Default)]
pub(super) struct Writable {
    problems: Vec<Diagnostic>,
}

impl Writable {
    pub(super) fn finish(self) -> Result<(), Error> {
        match self.problems.is_empty() {
            true => Ok(()),
            false => Err(Error::new(self.problems)),
        }
    }

    pub(super) fn problem(&mut self, message: String) {
        self.problems.push(Diagnostic::placeless("", message));
    }

    /// An `ID`, or a reference to one.
    pub(super) fn identifier(&mut self, name: &str, id: &str) {
        if !xml::is_unprefixed_name(id) {
            let id = cut(id);
            self.problem(format!("`{name}` is `{id}`, expected {AN_NCNAME}"));
        }
    }

    /// An anyURI, whose white space is collapsed where it is read.
    pub(super) fn uri(&mut self, name: &str, uri: Option<&str>) {
        let Some(uri) = uri else {
            return;
        };
        if xml::trim(uri).len() != uri.len() {
            let uri = cut(uri);
            self.problem(format!(
                "`{name}` is `{uri}`, expected a URI without white space around it"
            ));
        }
        self.text(name, uri);
    }

    /// An `Issuer`.
    pub(super) fn issuer(&mut self, issuer: Option<&str>) {
        let Some(issuer) = issuer else {
            return;
        };
        if xml::trim(issuer).is_empty() {
            self.problem("the `Issuer` must be more than white space".to_owned());
        }
        self.text("Issuer", issuer);
    }

    fn text(&mut self, name: &str, text: &str) {
        if !Writer::can_hold(|writer| writer.text(text)) {
            let text = cut(text);
            self.problem(format!(
                "`{name}` is `{text}`, which has a character that XML does not allow"
            ));
        }
    }

    /// XML that is to be one element, of one of these names in this namespace if there is one.
    pub(super) fn element(
        &mut self,
        name: &str,
        text: &str,
        namespace: Option<&str>,
        names: &[&str],
    ) {
        let Some((of, found)) = xml::document_element(text) else {
            let text = cut(text);
            return self.problem(format!("`{name}` is `{text}`, expected an element of XML"));
        };
        let of = of.as_deref();
        if let Some(namespace) = namespace
            && (of != Some(namespace) || !names.contains(&&*found))
        {
            let (names, found) = (names.join("` or `"), cut(&found));
            self.problem(format!(
                "`{name}` is `{found}` of the namespace `{}`, expected `{names}` of `{namespace}`",
                cut(of.unwrap_or_default())
            ));
        }
    }
}
