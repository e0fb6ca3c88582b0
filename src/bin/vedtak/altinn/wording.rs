//! The language of an answer, and what the command itself says in it.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use vedtak::altinn::answers::NoAnswer;
use vedtak::altinn::explain::Language;
use vedtak::altinn::facts::Parties as _;
use vedtak::altinn::register::Snapshot;
use vedtak::altinn::resource::{Resource, ResourceId};
use vedtak::altinn::{Party, PartyKey};
use vedtak::attribute::Designator;
use vedtak::report::{Visible, cut, last_part, without_long_numbers};
use vedtak::response::Trouble;

use crate::output::{self, Undone};

/// The language of an answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wording {
    pub(super) in_norwegian: bool,
}

/// An answer as text, in Norwegian or as it is displayed.
macro_rules! said {
    ($words:expr, $answer:expr) => {
        match $words.in_norwegian {
            true => $answer
                .in_language(vedtak::altinn::explain::Language::Bokmal)
                .to_string(),
            false => $answer.to_string(),
        }
    };
}
pub(super) use said;

/// The text by which `--after` names the last party of a page: a key, or the place in the register of a
/// person who has none but her national identity number or address, which is not told.
pub(super) fn next_page(last: &Party, snapshot: Option<&Snapshot>) -> Option<String> {
    let key = last.masked_key();
    let is_whole = |key: &String| {
        let key = key.parse::<PartyKey>();
        key.is_ok_and(|key| last.has_key(&key))
    };
    key.filter(is_whole).or_else(|| {
        let parties = snapshot?.parties();
        let place = parties.iter().position(|party| party.is(last))?;
        Some((place + 1).to_string())
    })
}

impl Wording {
    pub(super) fn pick<T>(self, english: T, norwegian: T) -> T {
        match self.in_norwegian {
            true => norwegian,
            false => english,
        }
    }

    pub(super) fn language(self) -> Language {
        self.pick(Language::English, Language::Bokmal)
    }

    /// The language of names; none for those by which `Display` calls roles and packages.
    pub(super) fn names(self) -> Option<Language> {
        self.in_norwegian.then_some(Language::Bokmal)
    }

    pub(super) fn no_answer(self, why: NoAnswer) -> Undone {
        said!(self, why).into()
    }

    /// Refuses what cannot be the id of a service.
    pub(super) fn id(self, resource: &str) -> Result<(), Undone> {
        let shown = without_long_numbers(&cut(resource));
        match resource {
            "-" | "" => Err(self
                .pick(
                    format!("`{shown}` is no service: write its id in the resource registry, such as `ttd-begge`"),
                    format!("`{shown}` er ingen tjeneste: skriv id-en i ressursregisteret, for eksempel `ttd-begge`"),
                )
                .into()),
            _ if resource.starts_with("urn:") => {
                let id = last_part(&shown);
                Err(self
                    .pick(
                        format!("`{shown}` is a URN, and the id of no service: write its last part, such as `{id}`"),
                        format!("`{shown}` er en URN, og ikke id-en til en tjeneste: skriv den siste delen, for eksempel `{id}`"),
                    )
                    .into())
            }
            _ => Ok(()),
        }
    }

    /// Refuses what cannot be the id of a service, and the name of a file.
    pub(super) fn service(self, resource: &str) -> Result<(), Undone> {
        self.id(resource)?;
        let path = Path::new(resource);
        let is_file = path
            .extension()
            .is_some_and(|of| of.eq_ignore_ascii_case("xml"))
            || path.is_file();
        if !is_file {
            return Ok(());
        }
        let shown = cut(resource);
        let id = path.file_stem().unwrap_or_default().to_string_lossy();
        let id = Visible(&*id);
        Err(self
            .pick(
                format!("`{shown}` is a file, and no service: write such as `{id} --policy {shown}`"),
                format!("`{shown}` er en fil, og ingen tjeneste: skriv for eksempel `{id} --policy {shown}`"),
            )
            .into())
    }

    pub(super) fn no_policy(self, resource: &str) -> Undone {
        let resource = cut(resource);
        self.pick(
            format!("the resource `{resource}` has no policy"),
            format!("ressursen `{resource}` har ingen policy"),
        )
        .into()
    }

    /// The key that a text names a party by.
    pub(super) fn key(self, party: &str) -> Result<PartyKey, Undone> {
        if party == "-" {
            let nobody = self.pick(
                "`-` is nobody in particular, which only `decide` takes, in place of FOR-WHOM: this question needs \
                 somebody, such as urn:altinn:userid:… or urn:altinn:organization:identifier-no:…",
                "`-` er ingen bestemt, og det kan bare `decide` spørre om, i stedet for FOR-WHOM: her må noen \
                 oppgis, for eksempel urn:altinn:userid:… eller urn:altinn:organization:identifier-no:…",
            );
            return Err(nobody.into());
        }
        party.parse::<PartyKey>().map_err(|unknown| {
            if party.starts_with("urn:altinn:org:") {
                let owner = cut(party);
                let is_owner = self.pick(
                    format!(
                        "`{owner}` is a service owner, which acts for no party: this question is about somebody \
                         who does, and `decide` answers for a service owner"
                    ),
                    format!(
                        "`{owner}` er en tjenesteeier, og den handler ikke på vegne av noen: dette spørsmålet \
                         gjelder en som gjør det, og `decide` svarer for en tjenesteeier"
                    ),
                );
                return is_owner.into();
            }
            let norwegian = format!(
                "`{}` er ingen aktør: skriv for eksempel urn:altinn:partyid:…, urn:altinn:party:uuid:…, \
                 urn:altinn:organization:identifier-no:… (ni sifre), \
                 urn:altinn:person:identifier-no:… (elleve sifre), urn:altinn:userid:… eller \
                 urn:altinn:systemuser:uuid:…",
                without_long_numbers(&cut(party))
            );
            self.pick(unknown.to_string(), norwegian).into()
        })
    }

    /// The last party of the page before, after which a list begins: by a key, or by
    /// [its place](next_page) in the register.
    pub(super) fn last_of_page(
        self,
        after: &str,
        snapshot: Option<&Snapshot>,
    ) -> Result<Arc<Party>, Undone> {
        // A number of the length of a person's is none of a place, and is not told.
        if let Some(place) = after.parse::<u32>().ok().filter(|_| after.len() < 9) {
            let last = snapshot.and_then(|snapshot| {
                let place = usize::try_from(place).ok()?.checked_sub(1)?;
                snapshot.parties().into_iter().nth(place)
            });
            return last.ok_or_else(|| {
                self.pick(
                    format!("--after {place}: the register has fewer parties"),
                    format!("--after {place}: registeret har færre aktører"),
                )
                .into()
            });
        }
        let key = self.key(after)?;
        let last = snapshot.and_then(|snapshot| snapshot.party(&key).ok().flatten());
        last.ok_or_else(|| {
            self.pick(
                format!("--after {key:?} is not in the register"),
                format!("--after {key:?} er ikke i registeret"),
            )
            .into()
        })
    }

    /// The note that a list goes on after a party, if it does.
    pub(super) fn more(self, next: Option<&str>) -> Option<String> {
        let next = next?;
        Some(self.pick(
            format!("there are more: --after {next}"),
            format!("det er flere: --after {next}"),
        ))
    }

    /// The reason why a file cannot be read, in words.
    pub(super) fn reason(self, error: &io::Error) -> String {
        let english = output::reason(error);
        let norwegian = match error.kind() {
            io::ErrorKind::NotFound => "filen eller mappen finnes ikke".to_owned(),
            io::ErrorKind::PermissionDenied => "den kan ikke leses herfra".to_owned(),
            _ => self.quoted(&english),
        };
        self.pick(english, norwegian)
    }

    /// The note that policies also read attributes which a question does not say; none if there are none.
    pub(super) fn lacking(self, read: &[&Designator]) -> Option<String> {
        let names = read.iter().map(|of| {
            let (id, category) = (cut(&of.id), cut(last_part(&of.category)));
            self.pick(
                format!("`{id}` of the {category}"),
                format!("`{id}` i kategorien {category}"),
            )
        });
        let names: Vec<String> = names.collect();
        let names = names.join(self.pick(" and ", " og "));
        (!names.is_empty()).then(|| {
            self.pick(
                format!("policies also read {names}: with it, there may be more"),
                format!("policyer leser også {names}: med det kan det være flere"),
            )
        })
    }

    /// The note that a policy may have more rights than the analysis sees.
    pub(super) fn not_all(self) -> String {
        self.pick(
            "not all of the policy could be seen through: there may be more rights".to_owned(),
            "ikke hele policyen kunne undersøkes: det kan være flere rettigheter".to_owned(),
        )
    }

    /// The title of a service with its id; none without a title of its own.
    pub(super) fn titled(self, described: &Resource) -> Option<String> {
        let has_title = described.title_in(self.language()) != described.id.as_str();
        has_title.then(|| described.in_language(self.language()).to_string())
    }

    /// The note that the policy in a file is of other resources than the one meant; none if it is not.
    pub(super) fn of_others(self, path: &str, others: &[ResourceId]) -> Option<String> {
        /// The most names that are told.
        const TOLD: usize = 3;
        let told: Vec<String> = others
            .iter()
            .take(TOLD)
            .map(|one| format!("`{}`", cut(one.as_str())))
            .collect();
        let more = match others.len() > TOLD {
            true => self.pick(" and others", " med flere"),
            false => "",
        };
        let (path, told) = (Visible(path), told.join(", "));
        (!others.is_empty()).then(|| {
            self.pick(
                format!("{path}: the policy is of {told}{more}"),
                format!("{path}: policyen gjelder {told}{more}"),
            )
        })
    }

    /// The reason why the policy of a service cannot be told: several files have one.
    pub(super) fn in_several_files(self, resource: &ResourceId, paths: &[&PathBuf]) -> String {
        let resource = cut(resource.as_str());
        let paths: Vec<String> = paths
            .iter()
            .map(|path| Visible(path.display()).to_string())
            .collect();
        let paths = paths.join(", ");
        self.pick(
            format!("the policy of `{resource}` is in several files: {paths}"),
            format!("policyen til `{resource}` er i flere filer: {paths}"),
        )
    }

    /// The note that the register does not have a service.
    pub(super) fn not_in_register(self, resource: &ResourceId) -> String {
        let id = cut(resource.as_str());
        match resource.as_app() {
            None => self.pick(
                format!(
                    "the register does not know the service `{id}`, and so not which parties it is for: add it \
                     to its `resources`"
                ),
                format!(
                    "registeret kjenner ikke tjenesten `{id}`, og dermed ikke hvilke aktører den er for: legg den \
                     til i `resources`"
                ),
            ),
            Some(_) => self.pick(
                format!(
                    "the register does not know the app `{id}`, and so nobody can be given a single right to it: \
                     add it to its `resources`"
                ),
                format!(
                    "registeret kjenner ikke appen `{id}`, og da kan ingen få en enkeltrettighet til den: legg den \
                     til i `resources`"
                ),
            ),
        }
    }

    /// The note that a file has the policy of an app, and nothing says of which.
    pub(super) fn file_of_app(self, path: &str) -> String {
        let path = Visible(path);
        self.pick(
            format!(
                "{path}: this is the policy of an app, and nothing says of which: name the file after it, such as \
                 `app_ttd_skjema.xml` for the app `skjema` of `ttd`"
            ),
            format!(
                "{path}: dette er policyen til en app, og ingenting sier hvilken: gi filen navn etter den, for \
                 eksempel `app_ttd_skjema.xml` for appen `skjema` hos `ttd`"
            ),
        )
    }

    /// The note that a policy is of an app, and is asked for as that of another service.
    pub(super) fn service_of_app(self, resource: &str) -> String {
        let resource = cut(resource);
        self.pick(
            format!(
                "the policy is of an app, and permits nothing for `{resource}`: write the id of the app, such as \
                 `app_ttd_skjema` for the app `skjema` of `ttd`"
            ),
            format!(
                "policyen er til en app, og tillater ingenting for `{resource}`: skriv id-en til appen, for \
                 eksempel `app_ttd_skjema` for appen `skjema` hos `ttd`"
            ),
        )
    }

    /// Words that the library has in English only.
    pub(super) fn quoted(self, english: &str) -> String {
        self.pick(english.to_owned(), format!("«{english}»"))
    }

    /// The note that an answer may lack something.
    pub(super) fn may_lack(self, why: &Trouble) -> String {
        let why = self.language().trouble(why);
        self.pick(
            format!("something may be missing: {why}"),
            format!("noe kan mangle: {why}"),
        )
    }
}
