//! `fixtures/altinn/lint`: policies with oddities, and near each one a rule that only resembles it;
//! beside them what the linter says, all of it, in English and, in `.nb.txt`, in bokmål.
//! `VEDTAK_BLESS=1` writes the texts anew.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use vedtak::altinn::catalogue::Catalogue;
use vedtak::altinn::explain::Language;
use vedtak::altinn::lint::{Lint, WarningKind};

use crate::bless::difference;

fn fixtures() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/altinn/lint");
    let entries = fs::read_dir(folder).expect("can be listed");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut policies: Vec<PathBuf> = paths
        .filter(|path| path.extension().is_some_and(|end| end == "xml"))
        .collect();
    policies.sort();
    policies
}

#[test]
fn the_linter_says_what_is_recorded() {
    let catalogue = Catalogue::standard();
    let mut kinds = BTreeSet::new();
    let mut wrong = String::new();
    for path in fixtures() {
        let name = path.file_name().expect("has a name").to_string_lossy();
        // What begins so is the policy of an app.
        let resource = match name.starts_with("app-") {
            true => "app_ttd_brev",
            false => "ttd-brev",
        };
        let lint = Lint::new(&catalogue).of_resource(resource);
        let text = fs::read_to_string(&path).expect("can be read");
        vedtak::altinn::policy::ResourcePolicy::compiler()
            .compile(&name, &text)
            .unwrap_or_else(|error| panic!("what is odd compiles: {error}"));
        for (language, ending) in [(Language::English, "txt"), (Language::Bokmal, "nb.txt")] {
            let lint = lint.clone().in_language(language);
            let warnings = lint.warnings(&name, &text);
            let warnings = warnings.unwrap_or_else(|error| panic!("{error}"));
            let mut said = String::new();
            for warning in &warnings {
                kinds.insert(warning.kind.as_str());
                let _ = writeln!(said, "{}: {warning}\n", warning.kind);
            }
            wrong += &difference(path.with_extension(ending), &said);
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    // Those that the unit tests have are not repeated here.
    for kind in [
        WarningKind::UnknownPackage,
        WarningKind::MisspeltAttribute,
        WarningKind::OnlyEndingRoles,
        WarningKind::Unreachable,
        WarningKind::LosesEndingRoles,
        WarningKind::DuplicateRuleId,
        WarningKind::Placeholder,
        WarningKind::SeveralTasks,
        WarningKind::AccessListValue,
        WarningKind::WholeUrn,
        WarningKind::DisplayName,
        WarningKind::LetterCase,
        WarningKind::MisspeltLevelCategory,
        WarningKind::LevelTooHigh,
        WarningKind::UnreadableLevel,
        WarningKind::LevelOnDeny,
        WarningKind::NoLevel,
        WarningKind::VoidsDelegations,
        WarningKind::UnlimitedRule,
        WarningKind::OwnerShutOut,
        WarningKind::ReadOtherwise,
    ] {
        assert!(kinds.contains(kind.as_str()), "no fixture shows {kind}");
    }
}
