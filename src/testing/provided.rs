//! Attributes that a test file provides as a source of the host would, and not as part of a request.

use std::sync::Arc;

use super::given::{Given, GivenName, GivenValues};
use crate::attribute::Designator;
use crate::provider::{AttributeProvider, Fetched, ProviderError};
use crate::request::Request;
use crate::value::Value;

/// Attributes for the requests that have others.
#[derive(Clone, Debug, Default)]
pub(super) struct Provision {
    /// The values that a request must have.
    pub(super) when: Given,
    pub(super) given: Given,
}

impl Provision {
    /// Whether a request has all values that are asked for.
    fn is_for(&self, request: &Request) -> bool {
        let mut asked = self.when.attributes.iter();
        asked.all(|(name, asked)| {
            let has = |value: &Value| {
                let mut found = request.values(&name.category, &name.id);
                found.any(|found| found == value)
            };
            asked.values.iter().all(has)
        })
    }
}

/// The provider of all provisions of a file.
#[derive(Clone, Debug, Default)]
pub(super) struct Provided {
    pub(super) provisions: Arc<[Provision]>,
}

impl Provided {
    fn all<'a>(
        &'a self,
        category: &'a str,
        id: &'a str,
    ) -> impl Iterator<Item = (&'a Provision, &'a GivenName, &'a GivenValues)> {
        let each = self.provisions.iter().flat_map(|provision| {
            let given = provision.given.attributes.iter();
            given.map(move |(name, values)| (provision, name, values))
        });
        each.filter(move |(_, name, _)| *name.category == *category && *name.id == *id)
    }

    /// The values that a request gets of an attribute, from an issuer if one is asked for.
    ///
    /// # Errors
    ///
    /// The words of a provision that fails.
    fn values(
        &self,
        (category, id): (&str, &str),
        issuer: Option<&str>,
        request: &Request,
    ) -> Result<Vec<Value>, String> {
        let mut values = Vec::new();
        for (provision, name, given) in self.all(category, id) {
            let is_asked = issuer.is_none() || name.issuer.as_deref() == issuer;
            if !is_asked || !provision.is_for(request) {
                continue;
            }
            if let Some(failure) = &given.failure {
                return Err(failure.clone());
            }
            values.extend(given.values.iter().cloned());
        }
        Ok(values)
    }
}

impl AttributeProvider for Provided {
    fn name(&self) -> &str {
        "provided"
    }

    fn supplies(&self, wanted: &Designator) -> bool {
        self.all(&wanted.category, &wanted.id).next().is_some()
    }

    fn fetch(&self, wanted: &Designator, request: &Request) -> Result<Fetched, ProviderError> {
        let name = (&*wanted.category, &*wanted.id);
        let values = self.values(name, wanted.issuer.as_deref(), request);
        let mut values = values.map_err(ProviderError::new)?;
        values.retain(|value| value.data_type() == wanted.data_type);
        Ok(values.into())
    }
}
