//! A register and policies: those of files, or the two examples.

use vedtak::altinn::catalogue::Catalogue;
use vedtak::altinn::lint::Lint;
use vedtak::altinn::resource::ResourceId;
use vedtak::altinn::{Pdp, Register};
use vedtak::report::Visible;
use vedtak::syntax::{AttributeReference, Document, Target};

use crate::output::{Undone, reason};
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

impl Files {
    /// A PDP with the policy of a resource. What is odd about the files goes to `notes`.
    pub(super) fn pdp(&self, resource: &str, notes: &mut Vec<String>) -> Result<Pdp, Undone> {
        let Some(policy) = &self.policy else {
            return match self.register(notes)? {
                None => example(resource),
                Some(_) => Err("a register needs the policy of the service, by --policy".into()),
            };
        };
        let text = policy_of(resource, policy, notes)?;
        let register = self.register(notes)?;
        let register =
            register.ok_or("a policy needs a register, by --register or --local-test")?;
        Ok(Pdp::builder()
            .policy(resource, text)
            .register(&register)
            .build()?)
    }

    /// A PDP for questions about a policy alone, which need no register.
    pub(super) fn pdp_of_policy(
        &self,
        resource: &str,
        notes: &mut Vec<String>,
    ) -> Result<Pdp, Undone> {
        match (&self.policy, &self.register, &self.local_test) {
            (Some(policy), None, None) => {
                let text = policy_of(resource, policy, notes)?;
                Ok(Pdp::builder().policy(resource, text).build()?)
            }
            _ => self.pdp(resource, notes),
        }
    }

    /// The register, if one is named; what could not be read of a test set goes to `notes`.
    pub(super) fn register(&self, notes: &mut Vec<String>) -> Result<Option<Register>, Undone> {
        match (&self.register, &self.local_test) {
            (Some(register), _) => {
                let text = read(register)?;
                Ok(Some(Register::from_json(&name(register), &text)?))
            }
            (None, Some(folder)) => {
                let set = Register::load_local_test(folder).map_err(|error| error.to_string())?;
                notes.extend(set.remarks.iter().map(ToString::to_string));
                Ok(Some(set.register))
            }
            (None, None) => Ok(None),
        }
    }
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

/// The register of the example that most questions are about.
pub(super) fn everybody() -> Result<Register, Undone> {
    let register = scenario!("04-roles-and-packages", "register.json");
    Ok(Register::from_json("register.json", register.as_bytes())?)
}

/// The services of a folder.
pub(super) struct Services {
    pub(super) pdp: Pdp,
    /// In the order of their files.
    pub(super) resources: Vec<ResourceId>,
    /// Those whose policy names other services, and not them.
    pub(super) of_others: Vec<ResourceId>,
}

/// The services of a folder, whose files are named after them. What is odd about the files goes to
/// `notes`.
pub(super) fn services(
    folder: &str,
    register: &Register,
    notes: &mut Vec<String>,
) -> Result<Services, Undone> {
    let wrong = |error: std::io::Error| format!("{}: {}", Visible(folder), reason(&error));
    let mut builder = Pdp::builder().register(register);
    let mut resources: Vec<ResourceId> = Vec::new();
    let mut of_others = Vec::new();
    let mut paths = Vec::new();
    for file in std::fs::read_dir(folder).map_err(wrong)? {
        paths.push(file.map_err(wrong)?.path());
    }
    paths.sort();
    for path in paths {
        let shown = Visible(path.display()).to_string();
        let extension = path.extension().unwrap_or_default();
        if !extension.eq_ignore_ascii_case("xml") {
            let why = match path.is_dir() {
                true => "a folder in the folder is not looked at",
                false => "no policy: its name does not end in `.xml`",
            };
            notes.push(format!("{shown}: {why}"));
            continue;
        }
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let resource = ResourceId::new(&*name);
        if resources.contains(&resource) {
            return Err(format!("{shown}: another file is named after this service").into());
        }
        let text = policy_of(&name, &path.to_string_lossy(), notes)?;
        if is_of_another(&resource, &text) {
            of_others.push(resource.clone());
        }
        builder = builder.policy(&name, text);
        resources.push(resource);
    }
    if resources.is_empty() {
        return Err(format!("{folder}: no file in this folder ends in `.xml`").into());
    }
    Ok(Services {
        pdp: builder.build()?,
        resources,
        of_others,
    })
}

/// Whether a policy names other services, and not this one.
fn is_of_another(resource: &ResourceId, text: &[u8]) -> bool {
    let Ok(document) = Document::from_xml(text) else {
        return false;
    };
    let rules = document.policies().flat_map(|policy| {
        let targets = policy.rules().filter_map(|rule| rule.target.as_ref());
        targets.chain([&policy.target])
    });
    let named = rules.flat_map(Target::matches).filter(|one| {
        matches!(&one.attribute, AttributeReference::Designator(of) if of.id == "urn:altinn:resource")
    });
    let mut named = named.map(|one| one.value.text.eq_ignore_ascii_case(resource.as_str()));
    let first = named.next();
    first == Some(false) && !named.any(|is_own| is_own)
}

/// The policy of a resource. What is odd about it goes to `notes`.
fn policy_of(resource: &str, path: &str, notes: &mut Vec<String>) -> Result<Vec<u8>, Undone> {
    let text = read(path)?;
    let lint = Lint::new(&Catalogue::standard()).of_resource(resource);
    let warnings = lint.warnings(&name(path), &text)?;
    notes.extend(warnings.iter().map(ToString::to_string));
    Ok(text)
}

/// Reads a file, or standard input for `-`.
pub(super) fn read(path: &str) -> Result<Vec<u8>, String> {
    let bytes = match path {
        "-" => stdin::read(),
        path => std::fs::read(path),
    };
    bytes.map_err(|error| format!("{}: {}", name(path), reason(&error)))
}

/// The name of a file in messages.
fn name(path: &str) -> String {
    match path {
        "-" => stdin::NAME.to_owned(),
        path => Visible(path).to_string(),
    }
}
