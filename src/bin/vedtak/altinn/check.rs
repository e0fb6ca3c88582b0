//! `vedtak altinn check`: what is probably a mistake in the policies of services.

use std::path::PathBuf;

use serde_json::{Value as Json, json};
use vedtak::altinn::catalogue::Catalogue;
use vedtak::altinn::lint::Lint;
use vedtak::altinn::resource::ResourceId;
use vedtak::{Diagnostic, Error};

use super::files::{self, Asked};
use super::folder::in_several_files;
use crate::output::{Ended, Output, Undone, count, of_diagnostic};

/// The findings about the policies of files and folders.
pub(super) fn check(
    asked: &mut Asked<'_>,
    names: &[String],
    (tasks, of): (&[String], Option<&str>),
) -> Result<Output, Undone> {
    let words = asked.words;
    let lint = Lint::new(&Catalogue::standard())
        .in_language(words.language())
        .tasks(tasks.iter().cloned());
    if of.is_some() && (names.len() != 1 || std::path::Path::new(&names[0]).is_dir()) {
        let one = words.pick("--of is about one policy", "--of gjelder én policy");
        return Err(one.into());
    }
    if let Some(of) = of {
        words.id(of)?;
    }
    let (mut text, mut found, mut policies) = (String::new(), Vec::new(), 0);
    let mut unread: Vec<Diagnostic> = Vec::new();
    for name in names {
        let paths = match std::path::Path::new(name).is_dir() {
            true => asked.policies_in(name)?,
            false => vec![name.into()],
        };
        let mut of_files: Vec<(ResourceId, PathBuf)> = Vec::new();
        for path in paths {
            let shown = path.to_string_lossy();
            let policy = match files::read(words, &shown) {
                Ok(policy) => policy,
                Err(why) => {
                    unread.push(Diagnostic::placeless("", why));
                    continue;
                }
            };
            let resource = match of {
                Some(of) => ResourceId::new(of),
                None => asked.resource_of(&path, &policy),
            };
            let name = files::name(&shown);
            let of_resource = lint.clone().of_resource(resource.as_str());
            let mut warnings = match of_resource.warnings(&name, &policy) {
                Ok(warnings) => warnings,
                Err(error) => {
                    unread.extend(error.into_diagnostics());
                    continue;
                }
            };
            // The name of the file is not that of the app, then.
            if files::has_placeholders(&warnings) {
                let or = words.pick(
                    ", or write such as `--of app_ttd_skjema` for one file",
                    ", eller skriv for eksempel `--of app_ttd_skjema` for én fil",
                );
                asked.notes.push(words.file_of_app(&shown) + or);
                warnings = lint.warnings(&name, &policy)?;
            }
            policies += 1;
            for warning in warnings {
                text += &format!("{}: {warning}\n\n", warning.kind);
                let mut json = of_diagnostic(&warning.diagnostic);
                json["code"] = warning.kind.as_str().into();
                found.push(json);
            }
            of_files.push((resource, path));
        }
        let of_files = of_files.iter().map(|(resource, path)| (resource, path));
        for (resource, paths) in in_several_files(of_files) {
            let told = words.in_several_files(resource, &paths);
            unread.push(Diagnostic::placeless("", told));
        }
    }
    if policies == 0 && !unread.is_empty() {
        return Err(Error::new(unread).into());
    }
    text += &words.pick(
        format!(
            "{} in {}",
            count(found.len(), "finding", "findings"),
            count(policies, "policy", "policies")
        ),
        format!(
            "{} i {}",
            count(found.len(), "funn", "funn"),
            count(policies, "policy", "policyer")
        ),
    );
    let ended = match unread.is_empty() {
        true => Ended::good_if(found.is_empty()),
        false => Ended::Undone,
    };
    let problems: Json = unread.iter().map(of_diagnostic).collect();
    let found: Json = found.into_iter().collect();
    let json = json!({"policies": policies, "findings": found, "problems": problems});
    asked.notes.extend(unread.iter().map(ToString::to_string));
    Ok(Output::new(ended, text, json))
}
