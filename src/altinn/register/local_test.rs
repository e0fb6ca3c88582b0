//! The test set of Altinn's local development → a register, with a remark on all that it cannot hold.

mod facts;
mod parties;

#[cfg(test)]
mod tests;

use std::fs;
use std::path::Path;

use self::parties::DraftParties;
use super::Register;
use super::state::RegisterState;
use crate::altinn::catalogue::Catalogue;
use crate::{Diagnostic, Error};

/// A register that was made of the test set of Altinn's local development.
#[derive(Debug)]
#[non_exhaustive]
pub struct LocalTestSet {
    /// The parties, roles and resources of the set.
    pub register: Register,
    /// All that was left out: files that cannot be read, roles that the catalogue does not have,
    /// parties that are told in two ways. In the order in which the files were read.
    pub remarks: Vec<Diagnostic>,
}

impl Register {
    /// Makes a register of the test set with which apps are run on a developer's machine: the files
    /// under `testdata` of the repository `app-localtest`, each by its path and bytes.
    ///
    /// Files are known by the end of their path, and all others are passed over:
    ///
    /// - `Register/Party/….json`, `Register/Org/….json`, `Register/Person/….json` and
    ///   `authorization/partylist/….json`: the parties. A party list also says which units an
    ///   organisation has. Where two files tell of one party, the first counts, in this order:
    ///   parties, lists, organisations, persons.
    /// - `Profile/User/….json`: the user of a person; one of an organisation is an enterprise user.
    /// - `authorization/roles/User_…/party_…/roles.json`: the user's roles for the party. That of a
    ///   private person for herself is known without it.
    /// - `authorization/resources/….json`: resources, with their owners.
    ///
    /// Policies are no part of a register. A self-identified user has the user name of its profile as a key. The
    /// names of members are read in any letter case, and a comma after the end of a file is passed
    /// over, as there are such files.
    ///
    /// ```
    /// use vedtak::altinn::Register;
    ///
    /// let set = Register::from_local_test([
    ///     (
    ///         "testdata/Register/Party/60001.json",
    ///         r#"{"partyId": "60001", "partyTypeName": 2, "orgNumber": "910000001",
    ///             "unitType": "AS", "name": "FJELL AS"}"#,
    ///     ),
    ///     (
    ///         "testdata/Register/Party/50001.json",
    ///         r#"{"partyId": "50001", "partyTypeName": 1, "ssn": "01810100001", "name": "KARI"}"#,
    ///     ),
    ///     ("testdata/Profile/User/201.json", r#"{"UserId": 201, "PartyId": 50001}"#),
    ///     (
    ///         "testdata/authorization/roles/User_201/party_60001/roles.json",
    ///         r#"[{"Type": "altinn", "value": "DAGL"}, {"Type": "altinn", "value": "ECKEYROLE"}]"#,
    ///     ),
    /// ])?;
    /// assert_eq!(set.register.snapshot().parties().len(), 2);
    /// assert_eq!(
    ///     set.remarks[0].message(),
    ///     "the catalogue has no role `ECKEYROLE`: it is left out"
    /// );
    /// # Ok::<(), vedtak::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The set has no party; the problems say why. Whatever else cannot be read is a remark, with
    /// file, line and column.
    pub fn from_local_test<P: AsRef<str>, B: AsRef<[u8]>>(
        files: impl IntoIterator<Item = (P, B)>,
    ) -> Result<LocalTestSet, Error> {
        let known = files.into_iter().filter_map(|(path, bytes)| {
            let kind = FileKind::of(path.as_ref())?;
            Some((kind, path, bytes))
        });
        let mut files: Vec<(FileKind, P, B)> = known.collect();
        files.sort_by(|(one, path, _), (other, after, _)| {
            (one, path.as_ref()).cmp(&(other, after.as_ref()))
        });
        let mut remarks = Vec::new();
        let catalogue = Catalogue::standard();
        let mut state = RegisterState::new(catalogue.clone());
        let of_parties = files.partition_point(|(kind, ..)| *kind < FileKind::Resource);
        let mut drafts = DraftParties::new(&catalogue);
        for (kind, path, bytes) in &files[..of_parties] {
            drafts.read(
                *kind,
                path.as_ref(),
                without_comma(bytes.as_ref()),
                &mut remarks,
            );
        }
        drafts.put(&mut state, &mut remarks);
        if state.parties().next().is_none() {
            remarks.push(Diagnostic::placeless("", "the test set has no party"));
            return Err(Error::new(remarks));
        }
        for (kind, path, bytes) in &files[of_parties..] {
            let bytes = without_comma(bytes.as_ref());
            facts::read(&mut state, *kind, path.as_ref(), bytes, &mut remarks);
        }
        let register = Self::of(state);
        Ok(LocalTestSet { register, remarks })
    }

    /// Reads a folder as [`from_local_test`](Self::from_local_test) reads its files: `testdata`, or
    /// one that it is in.
    ///
    /// # Errors
    ///
    /// A folder or a file of the set cannot be read; those of `from_local_test`.
    pub fn load_local_test(folder: impl AsRef<Path>) -> Result<LocalTestSet, Error> {
        let mut files = Vec::new();
        let mut folders = vec![folder.as_ref().to_owned()];
        while let Some(folder) = folders.pop() {
            let entries = fs::read_dir(&folder).map_err(|error| unreadable(&folder, &error))?;
            for entry in entries {
                let entry = entry.map_err(|error| unreadable(&folder, &error))?;
                let path = entry.path();
                // A link is no folder here: one could lead back.
                if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    folders.push(path);
                } else if FileKind::of(&path.to_string_lossy()).is_some() {
                    // To read a pipe or a device may never end.
                    let read = fs::metadata(&path).and_then(|of| match of.is_file() {
                        true => fs::read(&path),
                        false => Err(std::io::Error::other("it is no regular file")),
                    });
                    let bytes = read.map_err(|error| unreadable(&path, &error))?;
                    files.push((path.to_string_lossy().into_owned(), bytes));
                }
            }
        }
        Self::from_local_test(files)
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    let message = format!("cannot read `{}`: {error}", path.display());
    Error::new(vec![Diagnostic::placeless("", message)])
}

/// The kinds of files, in the order in which they are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum FileKind {
    Party,
    PartyList,
    Organisation,
    Person,
    User,
    Resource,
    Roles,
}

impl FileKind {
    fn of(path: &str) -> Option<Self> {
        let [above, folder, inner, file] = last_names(path);
        let is = |one: &str, other: &str| one.eq_ignore_ascii_case(other);
        let kinds = [
            ("Register", "Party", Self::Party),
            ("authorization", "partylist", Self::PartyList),
            ("Register", "Org", Self::Organisation),
            ("Register", "Person", Self::Person),
            ("Profile", "User", Self::User),
            ("authorization", "resources", Self::Resource),
        ];
        if is(above, "roles") && is(file, "roles.json") {
            return Some(Self::Roles);
        }
        let ending = file.get(file.len().checked_sub(5)?..)?;
        let known = kinds
            .into_iter()
            .find(|(one, two, _)| is(folder, one) && is(inner, two));
        known.filter(|_| is(ending, ".json")).map(|(.., kind)| kind)
    }
}

/// Returns the last four names of a path; empty ones for those that it does not have.
fn last_names(path: &str) -> [&str; 4] {
    let mut names = path.rsplit(['/', '\\']);
    let mut last = [""; 4];
    for place in last.iter_mut().rev() {
        *place = names.next().unwrap_or_default();
    }
    last
}

fn without_comma(bytes: &[u8]) -> &[u8] {
    bytes.trim_ascii_end().strip_suffix(b",").unwrap_or(bytes)
}
