//! The policies that a verb is about: files → one PDP.

use std::path::PathBuf;

use vedtak::combining::policy;
use vedtak::report::{cut, did_you_mean, similar_name};
use vedtak::{Pdp, PdpBuilder};

use crate::input::{self, Given, Kind};
use crate::output::Undone;

/// The endings of the files that are looked at in a folder of policies.
pub(crate) const ENDINGS: [&str; 1] = ["xml"];

/// How policies become one PDP.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct PolicyOptions {
    /// Policies that decide only where others refer to them: files or folders. So do those in a folder
    /// called `library`
    #[arg(long, value_name = "PATH", help_heading = "Policies")]
    pub(crate) library: Vec<PathBuf>,
    /// How several policies combine
    #[arg(
        long,
        value_name = "ALGORITHM",
        default_value = "deny-overrides",
        help_heading = "Policies"
    )]
    pub(crate) combining: String,
    /// The policy or policy set to begin with, by its id; the others are for it to refer to
    #[arg(long, value_name = "ID", help_heading = "Policies")]
    pub(crate) root: Option<String>,
    /// The zone of dates and times that have none: `Europe/Oslo`, or an offset such as `+01:00`
    /// [default: UTC]
    #[arg(long, value_name = "ZONE", help_heading = "Policies")]
    pub(crate) zone: Option<String>,
}

impl PolicyOptions {
    /// A builder with these policies and the libraries.
    pub(crate) fn builder(&self, policies: &[&Given]) -> Result<PdpBuilder, Undone> {
        let mut builder = Pdp::builder();
        let algorithm = self.algorithm()?;
        // One policy decides alone.
        if policies
            .iter()
            .filter(|given| !is_in_library(given))
            .count()
            > 1
        {
            builder = builder.root_combining(algorithm);
        }
        let libraries = input::read(&self.library, &ENDINGS)?;
        for given in libraries.iter().filter(|given| is_policy(given)) {
            builder = builder.library(&given.name, &given.bytes);
        }
        for given in policies {
            builder = match is_in_library(given) {
                true => builder.library(&given.name, &given.bytes),
                false => builder.policy(&given.name, &given.bytes),
            };
        }
        if let Some(root) = &self.root {
            builder = builder.root(root);
        }
        Ok(match &self.zone {
            None => builder,
            Some(zone) => match zone.parse() {
                Ok(offset) => builder.implicit_zone(offset),
                Err(_) => builder.time_zone(zone),
            },
        })
    }

    /// The identifier of the combining algorithm.
    fn algorithm(&self) -> Result<String, Undone> {
        const KNOWN: [(&str, &str); 7] = [
            ("deny-overrides", policy::DENY_OVERRIDES),
            ("permit-overrides", policy::PERMIT_OVERRIDES),
            ("deny-unless-permit", policy::DENY_UNLESS_PERMIT),
            ("permit-unless-deny", policy::PERMIT_UNLESS_DENY),
            ("first-applicable", policy::FIRST_APPLICABLE),
            ("only-one-applicable", policy::ONLY_ONE_APPLICABLE),
            ("on-permit-apply-second", policy::ON_PERMIT_APPLY_SECOND),
        ];
        if self.combining.contains(':') {
            return Ok(self.combining.clone());
        }
        let known = KNOWN.iter().find(|(name, _)| *name == self.combining);
        let unknown = || {
            let names = KNOWN.map(|(name, _)| name);
            let meant = match similar_name(&self.combining, names) {
                Some(meant) => did_you_mean(Some(meant)),
                None => format!("; there are {}", names.join(", ")),
            };
            format!(
                "there is no combining algorithm `{}`{meant}",
                cut(&self.combining)
            )
        };
        Ok(known.map(|(_, id)| (*id).to_owned()).ok_or_else(unknown)?)
    }
}

/// Whether a document is to be read as a policy. Whatever a folder has beside policies, such as requests,
/// is left alone; a document without a root element is a policy that is broken.
pub(crate) fn is_policy(given: &Given) -> bool {
    match &given.kind {
        Kind::Policy => true,
        Kind::Other(root) => given.is_named || !["Response", "Request"].contains(&root.as_str()),
        kind => given.is_named && !kind.is_request(),
    }
}

/// Whether a document is in a folder for others to refer to.
fn is_in_library(given: &Given) -> bool {
    let folder = given.path.as_ref().and_then(|path| path.parent());
    !given.is_named && folder.is_some_and(|folder| folder.iter().any(|part| part == "library"))
}
