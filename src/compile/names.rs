//! Identifiers of functions and combining algorithms → what they name, or messages with what was
//! probably meant.

use std::fmt::Display;
use std::sync::Arc;

use super::Compiler;
use crate::combining::{Algorithm, Combined};
use crate::error::{Offset, did_you_mean, similar_identifier};
use crate::function::{self, Function, Signature};
use crate::program::FunctionId;

impl Compiler<'_> {
    /// The function with this id: the host's own before the standard's.
    pub(super) fn function(
        &mut self,
        id: &str,
        element: Offset,
        attribute: &str,
    ) -> Option<(FunctionId, Arc<Function>)> {
        if let Some(known) = self.vocabulary.known_function(id) {
            return Some(known);
        }
        let host = self.options.functions.get(id).cloned();
        let found = host.or_else(|| {
            let known = function::standard(id).or_else(|| self.of_profile(id))?;
            Some(Arc::new(known.clone()))
        });
        let Some(function) = found else {
            let message = self.unknown_function(id);
            self.problem_with(element, attribute, message);
            return None;
        };
        Some((self.vocabulary.add_function(id, &function), function))
    }

    /// The function of a profile, unless it is about a data type for which the host has its own,
    /// whose values the profile's function does not know.
    fn of_profile(&self, id: &str) -> Option<&'static Function> {
        let known = function::of_profile(id)?;
        let Signature {
            parameters,
            returns,
            ..
        } = known.signature();
        let mut types = parameters.iter().chain([returns]);
        let replaced = types.any(|of| self.options.data_types.has(of.data_type()));
        (!replaced).then_some(known)
    }

    pub(super) fn find_algorithm(&self, id: &str, combined: Combined) -> Result<Algorithm, String> {
        if let Some(host) = self.options.algorithms.get(id) {
            return Ok(Algorithm::Host(host.clone()));
        }
        Algorithm::standard(id).ok_or_else(|| {
            let host = self.options.algorithms.keys().map(String::as_str);
            let known = Algorithm::standard_ids(combined)
                .map(|id| -> &str { id })
                .chain(host);
            let similar = self.unless_full(|| similar_identifier(id, known));
            unknown_algorithm(id, &of_host_or(similar, "combining_algorithm"))
        })
    }

    fn unknown_function(&self, id: &str) -> String {
        if let Some(reason) = function::unsupported(id) {
            return format!("the function `{id}` is not supported: {reason}");
        }
        let host = self.options.functions.keys().map(|id| id.to_string());
        let similar = self.unless_full(|| {
            let known = function::standard_ids().chain(function::profile_ids());
            similar_identifier(id, known.map(str::to_owned).chain(host))
        });
        let id = crate::xml::cut(id);
        let hint = of_host_or(similar, "function");
        format!("the function `{id}` is not known{hint}")
    }
}

/// The algorithm of the standard with this id, which is to combine policies, or the message that
/// there is none.
pub(crate) fn standard_algorithm(id: &str) -> Result<Algorithm, String> {
    let similar = || similar_identifier(id, Algorithm::standard_ids(Combined::Policies));
    Algorithm::standard(id).ok_or_else(|| unknown_algorithm(id, &did_you_mean(similar())))
}

fn unknown_algorithm(id: &str, hint: &str) -> String {
    let id = crate::xml::cut(id);
    format!("the combining algorithm `{id}` is not known{hint}")
}

/// The end of a message about an unknown identifier. One that resembles no known one is most likely
/// one of the host that was not added.
fn of_host_or(similar: Option<impl Display>, method: &str) -> String {
    match similar {
        Some(similar) => did_you_mean(Some(similar)),
        None => format!("; one of the host is added with `PdpBuilder::{method}`"),
    }
}
