//! The policies of public repositories, which are no part of this one: `altinn/policies` beside the
//! conformance suites. `manifest.tsv` says of each whether it loads.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use vedtak::altinn::catalogue::Catalogue;
use vedtak::altinn::delegation::{Delegation, PolicyDetails, Right};
use vedtak::altinn::lint::Lint;
use vedtak::altinn::policy::ResourcePolicy;
use vedtak::altinn::reading::differences;
use vedtak::altinn::resource::{Instance, InstanceId, ResourceId};
use vedtak::altinn::{PartyKey, Pdp};
use vedtak::syntax::{AttributeReference, Document, PolicyChild};
use vedtak::{Decision, Limits, ReadOptions, Request};

/// Fewer, and something is not found any more.
const FILES: usize = 121;

/// The folder, or none, with a word about it.
///
/// # Panics
///
/// `VEDTAK_CONFORMANCE` names a folder beside which there is none: whoever asks for the suites shall
/// not be told that all is well.
fn folder() -> Option<PathBuf> {
    let named = std::env::var_os("VEDTAK_CONFORMANCE").map(PathBuf::from);
    let suites = named
        .clone()
        .unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/conformance"));
    let folder = suites.join("../altinn/policies");
    if folder.is_dir() {
        return Some(folder);
    }
    let missing = format!("there are no policies in {}", folder.display());
    assert!(named.is_none(), "{missing}");
    // Seen even while the test passes.
    writeln!(std::io::stdout(), "skipped: {missing}").expect("standard output can be written");
    None
}

struct File {
    name: String,
    kind: String,
    is_broken: bool,
    text: Vec<u8>,
}

fn files(folder: &Path) -> Vec<File> {
    let manifest = fs::read_to_string(folder.join("manifest.tsv")).expect("a manifest");
    let lines = manifest.lines().skip(1).filter(|line| !line.is_empty());
    let files: Vec<File> = lines
        .map(|line| {
            let mut columns = line.split('\t');
            let mut next = || columns.next().expect("a column").to_owned();
            let (name, kind, expected) = (next(), next(), next());
            let is_broken = match expected.as_str() {
                "load" => false,
                "broken-xml" => true,
                other => panic!("{name}: `{other}` is not known"),
            };
            let text = fs::read(folder.join(&name)).expect("can be read");
            File {
                name,
                kind,
                is_broken,
                text,
            }
        })
        .collect();
    assert!(files.len() >= FILES, "only {} files", files.len());
    files
}

#[test]
fn published_policies_load_and_are_linted() {
    let Some(folder) = folder() else { return };
    let lint = Lint::new(&Catalogue::standard());
    let limits = Limits::default();
    let from = PartyKey::Id(50001);
    let mut wrong = String::new();
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for file in files(&folder) {
        let name = file.name.as_str();
        let read = Document::read_xml(&file.text, ReadOptions::new().source(name));
        if file.is_broken {
            let places = read.err().map(|error| {
                let problems = error.diagnostics();
                problems.iter().all(|problem| problem.position().is_some())
            });
            if places != Some(true) {
                let _ = writeln!(wrong, "{name}: is broken, and not refused with the place");
            }
            assert!(Delegation::from_policy("d", from.clone(), name, &file.text, &limits).is_err());
            continue;
        }
        let mut problem = |error: &dyn std::fmt::Display| {
            let _ = writeln!(wrong, "{name}: {error}");
        };
        match &read {
            Ok(document) => {
                for difference in differences(document) {
                    assert!(!difference.to_string().is_empty());
                }
            }
            Err(error) => problem(error),
        }
        if let Err(error) = ResourcePolicy::compiler().compile(name, &file.text) {
            problem(&error);
        }
        match lint.warnings(name, &file.text) {
            Ok(warnings) => {
                for warning in warnings {
                    *kinds.entry(warning.kind.as_str()).or_default() += 1;
                    if std::env::var_os("VEDTAK_SHOW").is_some() {
                        println!("{}: {warning}\n", warning.kind);
                    }
                }
            }
            Err(error) => problem(&error),
        }
        if file.kind == "delegation" {
            match Delegation::from_policy("d", from.clone(), name, &file.text, &limits) {
                Ok(read) => {
                    for delegation in read {
                        let written = delegation.to_policy(&PolicyDetails::default());
                        let again = written.and_then(|policy| {
                            let id = &delegation.id;
                            Delegation::from_policy(
                                id,
                                from.clone(),
                                name,
                                policy.to_xml(),
                                &limits,
                            )
                        });
                        assert_eq!(again.as_deref(), Ok(&[delegation][..]), "{name}");
                    }
                }
                Err(error) => problem(&error),
            }
        }
    }
    println!("published policies: {kinds:?}");
    assert!(wrong.is_empty(), "{wrong}");
}

/// What the rules for an app say it may delegate of an instance, it may: whoever has it, acts.
#[test]
fn published_policies_let_signers_sign() {
    let Some(folder) = folder() else { return };
    let mut tried = 0;
    for file in files(&folder).iter().filter(|file| !file.is_broken) {
        let Ok(Document::Policy(policy)) =
            Document::read_xml(&file.text, ReadOptions::new().source(&file.name))
        else {
            continue;
        };
        for child in &policy.children {
            let PolicyChild::Rule(rule) = child else {
                continue;
            };
            let mut app = None;
            let (mut tasks, mut actions) = (Vec::new(), Vec::new());
            let any_of = rule.target.iter().flat_map(|target| &target.any_of);
            for matching in any_of
                .flat_map(|any_of| &any_of.all_of)
                .flat_map(|all_of| &all_of.matches)
            {
                let AttributeReference::Designator(designator) = &matching.attribute else {
                    continue;
                };
                let value = matching.value.text.trim().to_owned();
                match designator.id.as_str() {
                    "urn:altinn:resource:delegation" => app = Some(value),
                    "urn:altinn:task" => tasks.push(value),
                    "urn:oasis:names:tc:xacml:1.0:action:action-id" => actions.push(value),
                    _ => {}
                }
            }
            let Some(app) = app else { continue };
            for (task, action) in tasks
                .iter()
                .flat_map(|task| actions.iter().map(move |action| (task, action)))
            {
                tried += 1;
                let decision = sign(&app, &file.text, task, action);
                assert_eq!(decision, Decision::Permit, "{}: {action}", file.name);
            }
        }
    }
    assert!(tried > 3, "only {tried}");
}

/// A delegation of an instance in a task, to a user who asks for the action.
fn sign(app: &str, policy: &[u8], task: &str, action: &str) -> Decision {
    struct Known(ResourceId, String, String);

    impl vedtak::altinn::facts::Delegations for Known {
        fn delegations(
            &self,
            _: &vedtak::altinn::facts::Asked<'_>,
            resource: &ResourceId,
            instance: Option<&InstanceId>,
        ) -> vedtak::altinn::facts::Answer<Vec<Delegation>> {
            let right = Right::from(&*self.2).on("urn:altinn:task", &*self.1);
            let given = Delegation::new(
                "d",
                resource.clone(),
                PartyKey::Id(50001),
                PartyKey::User(7),
            );
            Ok(instance.map_or(vec![], |id| {
                vec![given.of_instance(id.clone()).right(right)]
            }))
        }
    }

    impl vedtak::altinn::facts::Instances for Known {
        fn instance(&self, _: &InstanceId) -> vedtak::altinn::facts::Answer<Option<Instance>> {
            let instance = Instance::new(self.0.clone(), PartyKey::Id(50001));
            Ok(Some(instance.in_task(&*self.1)))
        }
    }

    let known = || Known(ResourceId::new(app), task.to_owned(), action.to_owned());
    let pdp = Pdp::builder()
        .policy(app, policy)
        .delegations(known())
        .instances(known())
        .build()
        .unwrap_or_else(|error| panic!("{error}"));
    let request = Request::builder()
        .subject("urn:altinn:userid", "7")
        .resource(
            "urn:altinn:resource:instance-id",
            "c8a5ce0e-2d0b-4f5e-8a5c-6f1f0d1b2a33",
        )
        .action(action)
        .build();
    pdp.decide(&request).decision()
}
