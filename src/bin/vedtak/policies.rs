//! The policies that a verb is about: files → one PDP.

use std::path::PathBuf;

use vedtak::combining::policy;
use vedtak::folder;
use vedtak::report::{cut, did_you_mean, similar_name};
use vedtak::{Pdp, PdpBuilder};

use crate::input::{self, Found, Given, Kind};
use crate::output::Undone;

/// The endings of the files that are looked at in a folder of policies.
pub(crate) const ENDINGS: [&str; 2] = folder::POLICIES;

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
        let libraries = input::read(&self.library, &ENDINGS)?;
        let libraries = match libraries.is_empty() {
            true => Vec::new(),
            false => only_policies(&libraries)?,
        };
        let libraries = libraries.into_iter();
        let libraries = libraries.map(|given| (given, true));
        let policies = policies
            .iter()
            .map(|given| (*given, given.found == Found::InLibrary));
        let (mut alfa, mut alfa_library) = (Vec::new(), Vec::new());
        for (given, is_library) in libraries.chain(policies) {
            let file = (&*given.name, &*given.bytes);
            match (given.kind == Kind::Alfa, is_library) {
                (true, true) => alfa_library.push(file),
                (true, false) => alfa.push(file),
                (false, true) => builder = builder.library(file.0, file.1),
                (false, false) => builder = builder.policy(file.0, file.1),
            }
        }
        // Files of ALFA use one another's names.
        builder = builder.alfa_with_library(alfa, alfa_library);
        // One policy decides alone.
        if builder.root_count() > 1 {
            builder = builder.root_combining(algorithm);
        }
        if let Some(root) = &self.root {
            builder = builder.root(root);
        }
        Ok(match &self.zone {
            None => builder,
            Some(zone) => builder.time_zone(zone),
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

/// The documents without the policies in ALFA of folders, which a verb passes over, and says so.
pub(crate) fn without_alfa(given: Vec<Given>, verb: &str) -> (Vec<Given>, Vec<String>) {
    let is_other = |one: &Given| one.kind == Kind::Alfa && one.found != Found::Named;
    if !given.iter().any(|one| is_policy(one) && !is_other(one)) {
        // They are refused as what they are.
        return (given, Vec::new());
    }
    let (others, given): (Vec<Given>, Vec<Given>) = given.into_iter().partition(is_other);
    let names = others.iter().map(|one| &one.name);
    let notes =
        names.map(|name| format!("{name}: this is ALFA, and `{verb}` is for policies in XML"));
    (given, notes.collect())
}

/// The policies among documents. One that is named and is none is not passed over.
pub(crate) fn only_policies(given: &[Given]) -> Result<Vec<&Given>, Undone> {
    let (policies, others): (Vec<&Given>, Vec<&Given>) =
        given.iter().partition(|one| is_policy(one));
    let named = others.iter().filter(|one| one.found == Found::Named);
    let wrong: Vec<String> = named
        .map(|one| format!("{}: this is no policy", one.name))
        .collect();
    match (wrong.is_empty(), policies.is_empty()) {
        (false, _) => Err(Undone::of_all(wrong)),
        (true, true) => Err("there is no policy among these files".into()),
        (true, false) => Ok(policies),
    }
}

/// The policies among documents, which must be in XML for a verb.
pub(crate) fn in_xml<'g>(given: &'g [Given], verb: &str) -> Result<Vec<&'g Given>, Undone> {
    let policies = only_policies(given)?;
    let in_alfa = policies.iter().filter(|one| one.kind == Kind::Alfa);
    let wrong = in_alfa.map(|one| {
        let name = &one.name;
        format!(
            "{name}: this is ALFA, and `{verb}` is for policies in XML: `alfa` makes them of it"
        )
    });
    let wrong: Vec<String> = wrong.collect();
    match wrong.is_empty() {
        false => Err(Undone::of_all(wrong)),
        true => Ok(policies),
    }
}

/// Whether a document is to be read as a policy. Whatever a folder has beside policies, such as requests
/// and reports, is left alone; a document without a root element is a policy that is broken.
pub(crate) fn is_policy(given: &Given) -> bool {
    match &given.kind {
        Kind::Policy | Kind::Alfa => true,
        Kind::Other(_) => {
            given.found == Found::Named || folder::is_policy(given.path.as_deref(), &given.bytes)
        }
        kind => given.found == Found::Named && !kind.is_request(),
    }
}
