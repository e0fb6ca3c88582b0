//! `vedtak altinn catalogue`: what differs between Altinn's public metadata and the catalogue.

use serde_json::Value as Json;
use vedtak::altinn::catalogue::{Catalogue, MetadataFile};

use super::files::{self, Asked};
use super::json;
use super::question::PackagesOf;
use super::wording::said;
use crate::output::{Ended, Output, Undone};

/// The difference of files of metadata.
pub(super) fn catalogue(
    asked: &Asked<'_>,
    files: &[String],
    (nynorsk, english): (&[String], &[String]),
    packages_of: &[PackagesOf],
) -> Result<Output, Undone> {
    let words = asked.words;
    let mut read = Vec::new();
    let (mut has_packages, mut has_roles) = (false, false);
    for name in files {
        let bytes = files::read(words, name)?;
        let items: Vec<Json> = serde_json::from_slice(&bytes).unwrap_or_default();
        has_packages |= items.iter().any(|item| item.get("areas").is_some());
        has_roles |= items.iter().any(|item| item.get("areas").is_none());
        read.push(MetadataFile::new(name, bytes));
    }
    for name in nynorsk {
        read.push(MetadataFile::new(name, files::read(words, name)?).in_nynorsk());
    }
    for name in english {
        read.push(MetadataFile::new(name, files::read(words, name)?).in_english());
    }
    for of in packages_of {
        let file = MetadataFile::new(&of.file, files::read(words, &of.file)?).of_role(&*of.role);
        read.push(match &of.form {
            Some(form) => file.of_legal_form(&**form),
            None => file,
        });
    }
    let standard = Catalogue::standard();
    let today = asked.at.to_string();
    let fetched = standard.with_metadata(&today[..10], read)?;
    let difference = standard.difference(&fetched);
    let ended = Ended::good_if(difference.is_empty());
    let text = said!(words, difference);
    let mut json = json::difference(&difference);
    let kinds = [
        (has_packages, "packages", "tilgangspakker"),
        (has_roles, "roles", "roller"),
    ];
    let lacking = kinds.into_iter().filter(|(is_there, ..)| !is_there);
    let lacking: Vec<_> = lacking
        .map(|(_, name, norwegian)| (name, norwegian))
        .collect();
    json["not_compared"] = lacking.iter().map(|(name, _)| *name).collect();
    let notes = lacking.iter().map(|(name, norwegian)| {
        words.pick(
            format!("no file has {name}: those that are new or gone are not found"),
            format!("ingen fil har {norwegian}: nye og fjernede blir ikke funnet"),
        )
    });
    Ok(Output::new(ended, text, json).with_notes(notes.collect()))
}
