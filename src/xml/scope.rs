//! Namespace declarations → the namespace of a prefix where it is used (Namespaces in XML 1.0).

use std::collections::HashMap;
use std::sync::Arc;

use super::lexical::{XML_NAMESPACE, XMLNS_NAMESPACE, is_declarable, split_name};
use super::reader::{Fault, fault};
use super::{Namespaces, cut};

/// The declarations of the open elements.
pub(super) struct NamespaceScope<'a> {
    /// In order.
    declarations: Vec<Declaration<'a>>,
    /// Prefix → index of the declaration that counts. A map, because a hostile document may have
    /// as many declarations in scope as elements that look one up.
    innermost: HashMap<&'a str, usize>,
    /// The one that counts of the empty prefix: nearly every element asks for it.
    default: Option<usize>,
    /// The namespace of the prefix `xml`, which needs no declaration.
    xml: Arc<str>,
    /// Bytes of declarations given out, and how many may be.
    copied: usize,
    most_copied: usize,
}

struct Declaration<'a> {
    prefix: &'a str,
    /// None for `xmlns=""`.
    uri: Option<Arc<str>>,
    /// Bytes of the declaration where it is written again, escaped, or kept.
    copy: usize,
    /// The number of elements that the declaring one is in, itself included.
    depth: usize,
    /// The declaration of the same prefix that this one hides.
    hidden: Option<usize>,
}

impl<'a> NamespaceScope<'a> {
    /// The scope of a document of `bytes` bytes.
    pub(super) fn new(bytes: usize) -> Self {
        Self {
            declarations: Vec::new(),
            innermost: HashMap::new(),
            default: None,
            xml: XML_NAMESPACE.into(),
            copied: 0,
            most_copied: LEAST_COPIED.max(bytes.saturating_mul(COPIES)),
        }
    }

    /// Adds `xmlns:prefix="uri"`, which is at `at` on an element `depth` elements deep.
    pub(super) fn declare(
        &mut self,
        prefix: &'a str,
        uri: &str,
        at: usize,
        depth: usize,
    ) -> Result<(), Fault> {
        let allowed = match prefix {
            "" => uri != XML_NAMESPACE && uri != XMLNS_NAMESPACE,
            "xml" => uri == XML_NAMESPACE,
            _ => is_declarable(prefix, uri),
        };
        if !allowed {
            let (prefix, uri) = (cut(prefix), cut(uri));
            return Err(fault(
                at,
                format!("the prefix `{prefix}` cannot mean `{uri}`"),
            ));
        }
        if prefix == "xml" {
            return Ok(());
        }
        let hidden = self.innermost.insert(prefix, self.declarations.len());
        if prefix.is_empty() {
            self.default = Some(self.declarations.len());
        }
        // Documents that declare their namespace on every element share its text.
        let same = hidden
            .and_then(|hidden| self.declarations[hidden].uri.as_ref())
            .filter(|same| &***same == uri);
        let uri = match same {
            Some(same) => Some(same.clone()),
            None => (!uri.is_empty()).then(|| uri.into()),
        };
        let escaped = uri.as_deref().map_or(0, escaped_length);
        self.declarations.push(Declaration {
            prefix,
            copy: prefix.len() + escaped + size_of::<(Arc<str>, Arc<str>)>(),
            uri,
            depth,
            hidden,
        });
        Ok(())
    }

    /// Drops the declarations of the elements at least `depth` elements deep.
    pub(super) fn leave(&mut self, depth: usize) {
        while let Some(last) = self.declarations.pop_if(|last| last.depth >= depth) {
            match last.hidden {
                Some(hidden) => self.innermost.insert(last.prefix, hidden),
                None => self.innermost.remove(last.prefix),
            };
            if last.prefix.is_empty() {
                self.default = last.hidden;
            }
        }
    }

    /// The namespace and the local part of the name at `at`.
    pub(super) fn resolve(
        &self,
        name: &'a str,
        at: usize,
        element: bool,
    ) -> Result<(Option<Arc<str>>, &'a str), Fault> {
        let Some((prefix, local)) = split_name(name) else {
            return Err(fault(at, format!("`{}` is not a valid name", cut(name))));
        };
        let Some(prefix) = prefix else {
            let default = self.default.filter(|_| element);
            let uri = default.and_then(|index| self.declarations[index].uri.clone());
            return Ok((uri, local));
        };
        match self.innermost.get(prefix) {
            Some(index) => Ok((self.declarations[*index].uri.clone(), local)),
            None if prefix == "xml" => Ok((Some(self.xml.clone()), local)),
            None => Err(fault(
                at,
                format!("the namespace prefix `{}` is not declared", cut(prefix)),
            )),
        }
    }

    /// Whether an unprefixed element name is in a scope that a declaration made.
    pub(super) fn has_default(&self) -> bool {
        self.default.is_some()
    }

    /// Whether the innermost declaration of `prefix` is on an element `depth` elements deep.
    pub(super) fn is_declared_at(&self, prefix: &str, depth: usize) -> bool {
        let known = self.innermost.get(prefix);
        known.is_some_and(|index| self.declarations[*index].depth == depth)
    }

    /// Every declaration in scope, sorted by prefix; `name` is the innermost open element, at `at`.
    ///
    /// A declaration is written once but copied to every place that needs it. The size of all
    /// copies is bounded by the document's size, or a small document could take any amount of
    /// memory. All declarations are copied, for values and paths may use prefixes, too.
    pub(super) fn all(&mut self, name: &str, at: usize) -> Result<Namespaces, Fault> {
        let mut all = Namespaces::with_capacity(self.innermost.len().min(64));
        for (prefix, index) in &self.innermost {
            let declaration = &self.declarations[*index];
            self.copied += declaration.copy;
            if self.copied > self.most_copied {
                let message = format!(
                    "the namespace declarations in scope at `{}` and before, which are kept with each \
                     XPath expression and each element that is kept as text, come to more than {} \
                     bytes: declare a namespace on the elements that use it",
                    cut(name),
                    self.most_copied
                );
                return Err(fault(at, message));
            }
            let uri = declaration.uri.clone();
            all.push(((*prefix).into(), uri.unwrap_or_else(|| "".into())));
        }
        all.sort_unstable();
        Ok(all)
    }
}

/// The most bytes of declarations copied for each byte of the document.
const COPIES: usize = 16;

/// The most bytes of declarations copied in any document, however short.
const LEAST_COPIED: usize = 1 << 16;

/// Bytes of a namespace as the value of an XML attribute.
fn escaped_length(uri: &str) -> usize {
    let mut escaped = String::new();
    super::writer::escape(uri, true, &mut escaped);
    escaped.len()
}
