//! A register and policies: those of files, or the two examples.

use std::path::Path;

use vedtak::Error;
use vedtak::altinn::catalogue::Catalogue;
use vedtak::altinn::facts::Resources as _;
use vedtak::altinn::lint::{Lint, Warning, WarningKind};
use vedtak::altinn::resource::ResourceId;
use vedtak::altinn::{Pdp, Register};
use vedtak::folder;
use vedtak::report::{Visible, similar_name};
use vedtak::syntax::Document;
use vedtak::value::DateTime;

use super::wording::Wording;
use crate::instant::instant;
use crate::output::{Undone, count};
use crate::stdin;

macro_rules! scenario {
    ($folder:literal, $file:literal) => {
        include_str!(concat!(
            "../../../../fixtures/altinn/scenarios/",
            $folder,
            "/",
            $file
        ))
    };
}

/// The files that a question is about.
#[derive(Debug, clap::Args)]
pub(super) struct Files {
    /// A register, in JSON; `-` is standard input
    #[arg(long, value_name = "FILE", global = true)]
    register: Option<String>,
    /// The policy of the service; `-` is standard input
    #[arg(long, value_name = "FILE", global = true)]
    policy: Option<String>,
    /// The test set of Altinn's local development, in place of a register; what it has and a register
    /// cannot hold is told first
    #[arg(
        long,
        value_name = "FOLDER",
        global = true,
        conflicts_with = "register"
    )]
    local_test: Option<String>,
}

/// An option for all verbs that was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Given {
    Register,
    LocalTest,
    Policy,
    At,
}

impl Given {
    pub(super) const ALL: [Self; 4] = [Self::Register, Self::LocalTest, Self::Policy, Self::At];

    pub(super) fn option(self) -> &'static str {
        match self {
            Self::Register => "--register",
            Self::LocalTest => "--local-test",
            Self::Policy => "--policy",
            Self::At => "--at",
        }
    }

    /// The option in place of the one for all verbs, where the help of a verb is not to list it: it is
    /// taken, and refused with the reason.
    pub(super) fn unlisted(self) -> clap::Arg {
        let long = self.option().trim_start_matches('-');
        let unlisted = match self {
            Self::At => clap::Arg::new("at").value_parser(instant),
            Self::Register => clap::Arg::new("register"),
            Self::LocalTest => clap::Arg::new("local_test"),
            Self::Policy => clap::Arg::new("policy"),
        };
        unlisted.long(long).global(true).hide(true)
    }
}

impl Files {
    /// The options that were given.
    pub(super) fn given(&self) -> impl Iterator<Item = Given> {
        [
            (self.register.is_some(), Given::Register),
            (self.local_test.is_some(), Given::LocalTest),
            (self.policy.is_some(), Given::Policy),
        ]
        .into_iter()
        .filter_map(|(is_given, given)| is_given.then_some(given))
    }
}

/// A question that is asked: its files, its instant, and what is odd about them.
pub(super) struct Asked<'a> {
    pub(super) files: &'a Files,
    pub(super) words: Wording,
    pub(super) at: DateTime,
    /// Remarks for people that belong to no answer.
    pub(super) notes: Vec<String>,
}

impl Asked<'_> {
    /// A PDP with the policy of a resource.
    pub(super) fn pdp(&mut self, resource: &str) -> Result<Pdp, Undone> {
        let words = self.words;
        words.service(resource)?;
        let Some(policy) = &self.files.policy else {
            return match self.register()? {
                None => example(resource),
                Some(_) => Err(words
                    .pick(
                        "a register needs the policy of the service, by --policy",
                        "et register trenger policyen til tjenesten, med --policy",
                    )
                    .into()),
            };
        };
        let text = self.policy_of(resource, policy)?;
        let register = self.register_of_policies()?;
        let id = ResourceId::new(resource);
        let known = register.snapshot().resource(&id).ok().flatten();
        // Nobody decides about an app by what the register has of it.
        if self.files.register.is_some() && known.is_none() && id.as_app().is_none() {
            self.notes.push(words.not_in_register(&id));
        }
        Ok(Pdp::builder()
            .policy(resource, text)
            .register(&register)
            .build()?)
    }

    /// A PDP for questions about a policy alone, which need no register.
    pub(super) fn pdp_of_policy(&mut self, resource: &str) -> Result<Pdp, Undone> {
        self.words.service(resource)?;
        let files = self.files;
        match (&files.policy, &files.register, &files.local_test) {
            (Some(policy), None, None) => {
                let text = self.policy_of(resource, policy)?;
                Ok(Pdp::builder().policy(resource, text).build()?)
            }
            _ => self.pdp(resource),
        }
    }

    /// The register, if one is named.
    pub(super) fn register(&mut self) -> Result<Option<Register>, Undone> {
        match (&self.files.register, &self.files.local_test) {
            (Some(name), _) => register(self.words, name).map(Some),
            (None, Some(folder)) => {
                let words = self.words;
                let set = Register::load_local_test(folder)
                    .map_err(|error| words.quoted(&error.to_string()))?;
                self.notes
                    .extend(set.remarks.iter().map(|one| words.quoted(&one.to_string())));
                Ok(Some(set.register))
            }
            (None, None) => Ok(None),
        }
    }

    /// The register that is named: a question about policies and persons needs one.
    pub(super) fn register_of_policies(&mut self) -> Result<Register, Undone> {
        let none = self.words.pick(
            "a policy needs a register, by --register or --local-test",
            "en policy trenger et register, med --register eller --local-test",
        );
        self.register()?.ok_or_else(|| none.into())
    }

    /// The register that is named, or that of the example that most questions are about.
    pub(super) fn register_or_example(&mut self) -> Result<Register, Undone> {
        match self.register()? {
            Some(register) => Ok(register),
            None => {
                let register = scenario!("04-roles-and-packages", "register.json");
                Ok(Register::from_json("register.json", register.as_bytes())?)
            }
        }
    }

    /// The resource of the policy in a file: the one that the policy names, or else the one that the file
    /// is named after. A name that resembles the file's may be a mistake in either, so the file's stands.
    pub(super) fn resource_of(&mut self, path: &Path, text: &[u8]) -> ResourceId {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let by_file = ResourceId::new(&*stem);
        let others = others_of(&by_file, text);
        if let Some(note) = self.words.of_others(&path.to_string_lossy(), &others) {
            self.notes.push(note);
        }
        match <[ResourceId; 1]>::try_from(others) {
            Ok([named]) if similar_name(&stem, [named.as_str()]).is_none() => named,
            _ => by_file,
        }
    }

    /// The policy of a resource.
    fn policy_of(&mut self, resource: &str, path: &str) -> Result<Vec<u8>, Undone> {
        if Path::new(path).is_dir() {
            let path = Visible(path);
            let folder = self.words.pick(
                format!(
                    "{path} is a folder, and --policy is the policy of one service: `rights`, `package` and \
                     `report` are about the services of a folder"
                ),
                format!(
                    "{path} er en mappe, og --policy er policyen til én tjeneste: `rights`, `package` og \
                     `report` kan gjelde tjenestene i en mappe"
                ),
            );
            return Err(folder.into());
        }
        let text = read(self.words, path)?;
        let resource = ResourceId::new(resource);
        let others = others_of(&resource, &text);
        self.notes.extend(self.words.of_others(path, &others));
        let resource = others.into_iter().next().unwrap_or(resource);
        let warnings = warnings(&resource, path, &text)?;
        if has_placeholders(&warnings) {
            self.notes
                .push(self.words.service_of_app(resource.as_str()));
            return Ok(text);
        }
        let by_file = ResourceId::new(
            &*Path::new(path)
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy(),
        );
        let is_by_file = by_file == resource || !others_of(&by_file, &text).is_empty();
        let of = match is_by_file {
            true => String::new(),
            false => format!(" --of {}", Visible(resource.as_str())),
        };
        self.note_mistakes(path, &of, warnings.len());
        Ok(text)
    }

    /// Says how many probable mistakes the policies of a file or a folder have, if they have any.
    pub(super) fn note_mistakes(&mut self, path: &str, of: &str, mistakes: usize) {
        if mistakes == 0 {
            return;
        }
        let path = Visible(path);
        self.notes.push(self.words.pick(
            format!(
                "{}, which `vedtak altinn check {path}{of}` tells",
                count(mistakes, "probable mistake", "probable mistakes")
            ),
            format!(
                "{}; `vedtak altinn check {path}{of}` viser hva",
                count(mistakes, "mulig feil", "mulige feil")
            ),
        ));
    }
}

/// The probable mistakes in a policy.
pub(super) fn warnings(
    resource: &ResourceId,
    path: &str,
    text: &[u8],
) -> Result<Vec<Warning>, Error> {
    let lint = Lint::new(&Catalogue::standard()).of_resource(resource.as_str());
    lint.warnings(&name(path), text)
}

/// Whether a policy has placeholders of an app, and is not known to be of one.
pub(super) fn has_placeholders(warnings: &[Warning]) -> bool {
    let mut warnings = warnings.iter();
    warnings.any(|warning| warning.kind == WarningKind::Placeholder)
}

/// The resources that a policy names, if it names others and not this one.
fn others_of(resource: &ResourceId, text: &[u8]) -> Vec<ResourceId> {
    let named = Document::from_xml(text).map(|document| ResourceId::named_by(&document));
    let named = named.unwrap_or_default();
    let is_own = |one: &ResourceId| one.as_str().to_lowercase() == resource.as_str().to_lowercase();
    match named.iter().any(is_own) {
        true => Vec::new(),
        false => named,
    }
}

/// The register of a file.
pub(super) fn register(words: Wording, path: &str) -> Result<Register, Undone> {
    Ok(Register::from_json(&name(path), &read(words, path)?)?)
}

/// The example that has a resource.
fn example(resource: &str) -> Result<Pdp, Undone> {
    let (register, policies) = match resource.starts_with("ttd-straffesak-") {
        true => (
            scenario!("01-letter-with-attachment", "register.json"),
            [
                (
                    "ttd-straffesak-brev",
                    scenario!(
                        "01-letter-with-attachment",
                        "policies/ttd-straffesak-brev.xml"
                    ),
                ),
                (
                    "ttd-straffesak-vedlegg",
                    scenario!(
                        "01-letter-with-attachment",
                        "policies/ttd-straffesak-vedlegg.xml"
                    ),
                ),
            ],
        ),
        false => (
            scenario!("04-roles-and-packages", "register.json"),
            [
                (
                    "ttd-kun-rolle",
                    scenario!("04-roles-and-packages", "policies/ttd-kun-rolle.xml"),
                ),
                (
                    "ttd-begge",
                    scenario!("04-roles-and-packages", "policies/ttd-begge.xml"),
                ),
            ],
        ),
    };
    let register = Register::from_json("register.json", register.as_bytes())?;
    let mut builder = Pdp::builder().register(&register);
    for (resource, policy) in policies {
        builder = builder.policy(resource, policy);
    }
    Ok(builder.build()?)
}

/// Reads a file, or standard input for `-`.
pub(super) fn read(words: Wording, path: &str) -> Result<Vec<u8>, String> {
    let bytes = match path {
        "-" => stdin::read(),
        path => folder::read(Path::new(path)),
    };
    bytes.map_err(|error| format!("{}: {}", name(path), words.reason(&error)))
}

/// The name of a file in messages.
pub(super) fn name(path: &str) -> String {
    match path {
        "-" => stdin::NAME.to_owned(),
        path => Visible(path).to_string(),
    }
}
