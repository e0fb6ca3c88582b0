//! `vedtak altinn check`: what is probably a mistake in the policies of services.

use serde_json::{Value as Json, json};
use vedtak::altinn::catalogue::Catalogue;
use vedtak::altinn::lint::Lint;
use vedtak::{Diagnostic, Error};

use super::files::{self, Asked};
use crate::output::{Ended, Output, Undone, count, of_diagnostic};

/// The findings about the policies of files and folders.
pub(super) fn check(
    asked: &mut Asked<'_>,
    names: &[String],
    tasks: &[String],
) -> Result<Output, Undone> {
    let words = asked.words;
    let lint = Lint::new(&Catalogue::standard())
        .in_language(words.language())
        .tasks(tasks.iter().cloned());
    let (mut text, mut found, mut policies) = (String::new(), Vec::new(), 0);
    let mut unread: Vec<Diagnostic> = Vec::new();
    for name in names {
        let paths = match std::path::Path::new(name).is_dir() {
            true => asked.policies_in(name)?,
            false => vec![name.into()],
        };
        for path in paths {
            let shown = path.to_string_lossy();
            let policy = match files::read(words, &shown) {
                Ok(policy) => policy,
                Err(why) => {
                    unread.push(Diagnostic::placeless("", why));
                    continue;
                }
            };
            let resource = asked.resource_of(&path, &policy);
            let lint = lint.clone().of_resource(resource.as_str());
            let warnings = match lint.warnings(&files::name(&shown), &policy) {
                Ok(warnings) => warnings,
                Err(error) => {
                    unread.extend(error.into_diagnostics());
                    continue;
                }
            };
            policies += 1;
            for warning in warnings {
                text += &format!("{}: {warning}\n\n", warning.kind);
                let mut json = of_diagnostic(&warning.diagnostic);
                json["code"] = warning.kind.as_str().into();
                found.push(json);
            }
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
