//! A register ↔ JSON, for fixtures that people write and for files that hosts save.

mod asking;
mod facts;
mod file;
mod links;
mod names;
mod party;
mod read;
mod service;
mod time;
mod write;

#[cfg(test)]
mod tests;

use std::fs;
use std::io;
use std::path::Path;

use super::{Register, Snapshot};
use crate::altinn::catalogue::Catalogue;
use crate::{Diagnostic, Error};

impl Register {
    /// Reads a register from JSON, with the catalogue of this crate.
    ///
    /// The file is meant to be written by people, one fact a line:
    ///
    /// ```
    /// use vedtak::altinn::facts::Parties;
    /// use vedtak::altinn::{PartyKey, Register};
    ///
    /// let file = r#"{
    ///   "format": "vedtak-register",
    ///   "version": 1,
    ///   "parties": [
    ///     {"kind": "organisation", "name": "FJELL AS", "number": "910000001", "legal_form": "AS"},
    ///     {"kind": "person", "name": "KARI NORDMANN", "number": "01017012345", "id": 50001},
    ///     {"kind": "person", "name": "OLA NORDMANN", "number": "02027012345"}
    ///   ],
    ///   "roles": [
    ///     {"to": "KARI NORDMANN", "from": "FJELL AS", "role": "dagl"}
    ///   ],
    ///   "packages": [
    ///     {"to": "OLA NORDMANN", "from": "FJELL AS", "package": "jordbruk", "valid_until": "2026-12-31"}
    ///   ]
    /// }"#;
    /// let register = Register::from_json("register.json", file.as_bytes())?;
    /// let kari = register.party(&PartyKey::Id(50001))?.expect("is in the register");
    /// assert_eq!(&*kari.name, "KARI NORDMANN");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # The file
    ///
    /// One object with `"format": "vedtak-register"` and `"version": 1`. All else is optional:
    ///
    /// - `altinn2_roles_stop`: the first instant at which roles of Altinn II cannot be delegated,
    ///   or `"never"`; by default 1 June 2026.
    /// - `altinn2_roles_end`: the first instant at which roles of Altinn II make no administrators,
    ///   or `"never"`; by default the end of 2026.
    /// - `next_id`: the number of the next record; by default one above the highest.
    /// - `parties`: `kind` (`person`, `organisation`, `system user`, `enterprise user` or
    ///   `self-identified user`), `name`, at least one of the keys `number`, `id`, `user`, `uuid`,
    ///   `email` and `username`; `legal_form`, `part_of` (the main unit of a unit, the owner of a
    ///   system user), `deleted`.
    /// - `roles`: `to`, `from`, `role`, *window*; of delegated roles *grant*. A role is named by
    ///   any name of the catalogue, or is one in an estate, `urn:digitaltdodsbo:…`. One without any
    ///   part of a grant comes from a register. The role `selvregistrert` links a self-identified user,
    ///   `from`, to another user of the same person, `to`.
    /// - `packages`: `to`, `from`, `package`, *window*, *grant*.
    /// - `client_delegations`: `agent`, `provider`, `client`, `role` (the provider's for the
    ///   client), `packages`, `resources` (each with `resource` and `rights`), *window*, *grant*.
    /// - `delegations`: `resource`, `instance` (if of one only), `from`, `to`, `rights`, *window*,
    ///   *grant*. A right is an action, `"read"`, or an action on a part of the resource,
    ///   `{"action": "write", "on": {"urn:altinn:task": "Task_1"}}`.
    /// - `resource_rights`: `resource`, `party`, `performed_by`, `type`, `value`, *window*, `id`.
    /// - `access_groups`: `party`, `group`, `subject` (by default everyone who acts for the party),
    ///   *window*.
    /// - `access_lists`: `list`, `members` (each a party, or `party` and *window*), `resources`
    ///   (each a name, or `resource` and the `actions` for which it is open).
    /// - `resources`: `id`, `owner`, `title` (in bokmål), `title_nn`, `title_en`, `access_list` and
    ///   `resource_rights` (whether they are required; by default `false`), `delegable` (by default
    ///   `true`), `type` (the name of a [`ResourceKind`](crate::altinn::resource::ResourceKind)), and
    ///   `service_code` and `edition_code` of a service of Altinn II whose id does not have them, as
    ///   `se_1234_1` has.
    /// - `instances`: `id`, `resource`, `party`, `task`, `end_event`. The resources that facts
    ///   refer to need not be listed.
    /// - `access_requests`: `id`, `person`, `party`, `at` (unknown if absent), one of `role`, `package` and `resource`
    ///   (with `instance` and `rights`); of closed ones `answer` (`approved`, `declined` or
    ///   `withdrawn`), `answered_by`, `answered_at`, and the `record` by which one was approved.
    ///
    /// A party is referred to by its name if no other in the file has it, or by one of its keys:
    /// `urn:altinn:organization:identifier-no:910000001`, `urn:altinn:partyid:50001`.
    ///
    /// A *window* is `valid_from` and `valid_until`. A day such as `2026-06-01` is part of the
    /// window, as its first or last day, from midnight to midnight in Norwegian time (by today's
    /// rules for summer time; before 1996 without it), unless it has a zone of its own,
    /// `2026-06-01Z`. An instant has a zone; `valid_until` is then the first instant after the
    /// window.
    ///
    /// A *grant* is the number of the record, `id`; the acting party, `by` (by default `from`, or
    /// the `provider`); the instant, `at` (unknown if absent); and the record it was delegated on
    /// from, `on_from`. Records without an `id` get the numbers from `next_id` on, in the order in
    /// which the arrays are listed here.
    ///
    /// # Errors
    ///
    /// All problems with line and column: unknown or missing members, values of another type,
    /// unknown parties, roles, packages and records, several parties of one name, parties that are part of
    /// themselves, directly or through others, repeated facts (with the place of the first), roles of system
    /// users, and windows that end before they begin. A record is repeated by another that differs in its number
    /// alone; one with another window, time, acting party or root is another record, as one that prolongs it
    /// is. A client delegation that has a time, and a resource right, may be repeated. Records that can never
    /// hold: those delegated on for a time in which the root does not hold, and client delegations to a party
    /// that is no agent of the provider. Beyond a thousand, problems are only counted. Whether people were
    /// entitled to give what they gave is not checked.
    ///
    /// ```
    /// # use vedtak::altinn::Register;
    /// let file = r#"{"format": "vedtak-register", "version": 1,
    ///   "roles": [{"to": "KARI", "from": "FJELL AS", "role": "dalg"}]}"#;
    /// let error = Register::from_json("register.json", file.as_bytes()).unwrap_err();
    /// let problems: Vec<_> = error.diagnostics().iter().map(|problem| problem.message()).collect();
    /// assert_eq!(
    ///     problems,
    ///     [
    ///         "there is no party `KARI`",
    ///         "there is no party `FJELL AS`",
    ///         "there is no role `dalg`; did you mean `dagl`?",
    ///     ],
    /// );
    /// ```
    pub fn from_json(source_name: &str, bytes: &[u8]) -> Result<Self, Error> {
        Self::from_json_with(Catalogue::standard(), source_name, bytes)
    }

    /// Reads a register from JSON as [`from_json`](Self::from_json) does, with a catalogue of the
    /// host's.
    ///
    /// # Errors
    ///
    /// Those of `from_json`.
    pub fn from_json_with(
        catalogue: Catalogue,
        source_name: &str,
        bytes: &[u8],
    ) -> Result<Self, Error> {
        read::read(catalogue, source_name, bytes).map(Self::of)
    }

    /// Replaces the whole state by that of [JSON](Self::from_json), except for the catalogue.
    /// Readers see the old state until the new one is complete.
    ///
    /// ```
    /// # use vedtak::altinn::Register;
    /// let register = Register::new();
    /// assert!(register.replace_from_json("register.json", b"{}").is_err());
    /// register.replace_from_json("register.json", br#"{"format": "vedtak-register", "version": 1}"#)?;
    /// # Ok::<(), vedtak::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of `from_json`; the register then stays as it was.
    pub fn replace_from_json(&self, source_name: &str, bytes: &[u8]) -> Result<(), Error> {
        // Read before the lock is taken, so that other changes need not wait.
        let catalogue = self.snapshot().catalogue().clone();
        let mut new = read::read(catalogue, source_name, bytes)?;
        self.change(|state| {
            // A number from before must not be assigned again.
            new.next_record = new.next_record.max(state.next_record);
            *state = new;
            Ok(())
        })
    }

    /// Reads a file in the format of [`from_json`](Self::from_json).
    ///
    /// # Errors
    ///
    /// The file cannot be read; those of `from_json`.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        Self::from_json(&path.to_string_lossy(), &bytes(path)?)
    }

    /// Replaces the whole state by that of a file, as
    /// [`replace_from_json`](Self::replace_from_json) does.
    ///
    /// # Errors
    ///
    /// The file cannot be read; those of `from_json`. The register then stays as it was.
    pub fn replace_from_file(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let path = path.as_ref();
        self.replace_from_json(&path.to_string_lossy(), &bytes(path)?)
    }
}

fn bytes(path: &Path) -> Result<Vec<u8>, Error> {
    let read = fs::read(path);
    read.map_err(|error| {
        let message = format!("cannot read `{}`: {error}", path.display());
        Error::new(vec![Diagnostic::placeless("", message)])
    })
}

impl Snapshot {
    /// Returns the snapshot as JSON that [`Register::from_json`] reads: the same parties and facts,
    /// and the same numbers of records. Each fact is a line, in an order that depends on the facts
    /// alone, so that the diff of two files is readable.
    ///
    /// Later changes of the register do not affect it.
    pub fn to_json(&self) -> String {
        write::write(&self.0)
    }

    /// Writes [`to_json`](Self::to_json) to a file, which is replaced in one step: a reader sees
    /// the old file or the new one, even after a loss of power. The permissions of the file stay.
    ///
    /// ```no_run
    /// # use vedtak::altinn::Register;
    /// let register = Register::load("register.json")?;
    /// // … changes …
    /// register.snapshot().save("register.json")?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The file, or the temporary one beside it, cannot be written; the error names the file. The
    /// old file then stays as it was.
    pub fn save(&self, path: impl AsRef<Path>) -> io::Result<()> {
        let path = path.as_ref();
        file::write(path, &self.to_json()).map_err(|error| {
            let message = format!("cannot write `{}`: {error}", path.display());
            io::Error::new(error.kind(), message)
        })
    }
}
