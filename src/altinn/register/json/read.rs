//! The bytes of a file → a register's state, or all problems.
//!
//! Reading goes on after a problem, with a substitute for the unreadable part, to find all
//! problems. The state is discarded in the end.

use std::collections::HashSet;
use std::collections::hash_map::{Entry, HashMap};
use std::sync::Arc;

use super::facts::SECTIONS;
use super::time::{self, WindowEdge};
use crate::Error;
use crate::altinn::catalogue::{Catalogue, PackageId, RoleId};
use crate::altinn::delegation::Right;
use crate::altinn::fact::{Moment, Window};
use crate::altinn::json::{self, Object, PlacedText, Report, Word};
use crate::altinn::register::state::{PartyNo, RecordId, RecordOrigin, RegisterState};
use crate::altinn::register::valid::MOST;
use crate::altinn::resource::{InstanceId, ResourceId};
use crate::altinn::transition::Transition;
use crate::json::JsonValue;
use crate::report::cut;
use crate::syntax::Offset;

pub(super) fn read(
    catalogue: Catalogue,
    source_name: &str,
    bytes: &[u8],
) -> Result<RegisterState, Error> {
    json::read(source_name, bytes, "the register", |whole, report| {
        let mut reader = RegisterReader {
            report,
            state: RegisterState::new(catalogue),
            names: HashMap::new(),
            knows_all_parties: true,
            words: HashSet::new(),
            records: HashMap::new(),
            on_from: Vec::new(),
            clients: Vec::new(),
            firsts: HashMap::new(),
        };
        reader.document(whole)?;
        Some(reader.state)
    })
}

pub(super) struct RegisterReader<'a> {
    pub(super) report: &'a Report,
    pub(super) state: RegisterState,
    /// Name → party; `None`: several parties have the name.
    pub(super) names: HashMap<Arc<str>, Option<PartyNo>>,
    /// Whether every party could be read. If not, an unknown party is not reported: it may be an
    /// unreadable one, which is reported already.
    pub(super) knows_all_parties: bool,
    /// Texts shared by many facts, each stored once.
    words: HashSet<Arc<str>>,
    /// The numbers in the file, each with its place, and whether it is that of a delegation.
    pub(super) records: HashMap<u64, (Offset, bool)>,
    pub(super) on_from: Vec<OnFrom>,
    /// Client delegations, with their places and paths.
    pub(super) clients: Vec<(RecordId, Offset, String)>,
    /// The places of facts that a file may have only once.
    firsts: HashMap<Once, Offset>,
}

/// The link from a record to the one it was delegated on from.
pub(super) struct OnFrom {
    pub(super) id: RecordId,
    pub(super) root: u64,
    pub(super) place: Offset,
    pub(super) path: String,
}

/// A record without its number. Another window makes another record, such as one that prolongs it, and so
/// does another who gave it, or another time.
#[derive(PartialEq, Eq, Hash)]
pub(super) struct SameRecord {
    to: PartyNo,
    from: PartyNo,
    gives: Gives,
    window: Window,
    by: PartyNo,
    at: Moment,
    on_from: Option<RecordId>,
}

/// The thing that a record gives.
#[derive(PartialEq, Eq, Hash)]
pub(super) enum Gives {
    Role(RoleId),
    Package(PackageId),
    Rights(ResourceId, Option<InstanceId>, Vec<Right>),
    /// The provider, its role, packages and rights to resources.
    Client(
        PartyNo,
        RoleId,
        Vec<PackageId>,
        Vec<(ResourceId, Vec<Right>)>,
    ),
}

impl Once {
    /// A record that gives `to` something of `from`.
    pub(super) fn record(
        (to, from): (PartyNo, PartyNo),
        gives: Gives,
        window: Window,
        grant: &RecordOrigin,
    ) -> Self {
        let RecordOrigin {
            by, at, on_from, ..
        } = *grant;
        Self::Record(Box::new(SameRecord {
            to,
            from,
            gives,
            window,
            by,
            at,
            on_from,
        }))
    }
}

/// The facts that a file may have only once.
#[derive(PartialEq, Eq, Hash)]
pub(super) enum Once {
    Party(PartyNo),
    /// The receiver, the giver and the role.
    Role(PartyNo, PartyNo, RoleId),
    EstateRole(PartyNo, PartyNo, Arc<str>),
    /// The party, the group and the member.
    Group(PartyNo, Arc<str>, Option<PartyNo>),
    List(Arc<str>),
    ListMember(Arc<str>, PartyNo),
    ListResource(Arc<str>, ResourceId),
    Resource(ResourceId),
    Instance(InstanceId),
    Record(Box<SameRecord>),
}

impl RegisterReader<'_> {
    fn document(&mut self, whole: JsonValue<'_>) -> Option<()> {
        let mut top = Object::read(whole, String::new(), self.report)?;
        let format: Option<Format> = top.word("format");
        let version = top.number("version", 1..=1);
        if format.is_none() || version.is_none() {
            // In another format, the members may have another meaning.
            return None;
        }
        if let Some(stop) = self.instant_or_never(&mut top, "altinn2_roles_stop") {
            self.state.no_new_altinn2_roles = stop;
        }
        if let Some(end) = self.instant_or_never(&mut top, "altinn2_roles_end") {
            self.state.transition = Transition { end };
        }
        let next_id = top.optional_number("next_id", 1..=MOST + 1);
        let parties = top.optional_items("parties");
        self.parties(parties.unwrap_or_default());
        let items = SECTIONS.map(|(name, ..)| {
            let items = top.optional_items(name);
            items.unwrap_or_default()
        });
        top.end();
        let with_ids = items
            .iter()
            .zip(&SECTIONS)
            .filter(|(_, (_, _, has_ids, _))| *has_ids);
        let records = with_ids.flat_map(|(items, _)| items.iter().copied());
        let highest = records.filter_map(given_id).max().unwrap_or(0);
        self.state.next_record = highest + 1;
        if let Some((next_id, place)) = next_id {
            if next_id <= highest {
                let message = format!("`next_id` is {next_id}, but there is a record {highest}");
                self.report.problem(place, "", message);
            }
            self.state.next_record = next_id;
        }
        for ((_, what, _, read), items) in SECTIONS.into_iter().zip(items) {
            for (number, value) in (1..).zip(items) {
                let path = format!("{what} {number}");
                if let Some(mut item) = Object::read(value, path, self.report) {
                    read(self, &mut item);
                    item.end();
                }
            }
        }
        self.link_records();
        Some(())
    }

    fn instant_or_never(&mut self, object: &mut Object<'_>, name: &'static str) -> Option<Moment> {
        let text = object.optional_text(name)?;
        Some(match &*text.value {
            "never" => Moment::FOREVER,
            _ => self.moment(&text, WindowEdge::From, ""),
        })
    }

    /// Reads the window of an item; without bounds, all time.
    pub(super) fn window(&mut self, object: &mut Object<'_>) -> Window {
        let mut window = Window::ALWAYS;
        if let Some(from) = object.optional_text("valid_from") {
            window.from = self.moment(&from, WindowEdge::From, &object.path);
        }
        if let Some(until) = object.optional_text("valid_until") {
            window.until = self.moment(&until, WindowEdge::Until, &object.path);
            if window.is_empty() {
                let message = "it ends before it begins";
                object.problem(until.place, message);
            }
        }
        window
    }

    pub(super) fn moment(&mut self, text: &PlacedText, edge: WindowEdge, path: &str) -> Moment {
        time::read(&text.value, edge).unwrap_or_else(|message| {
            self.report.problem(text.place, path, message);
            match edge {
                WindowEdge::From => Window::ALWAYS.from,
                WindowEdge::Until => Window::ALWAYS.until,
            }
        })
    }

    /// Reads the number of an item; without one, returns the next.
    pub(super) fn record(&mut self, object: &mut Object<'_>, is_grant: bool) -> RecordId {
        let given = object.optional_number("id", 1..=MOST);
        let Some((id, place)) = given else {
            return self.state.new_id().unwrap_or_else(|refusal| {
                object.problem(object.place, refusal.to_string());
                RecordId(MOST)
            });
        };
        match self.records.entry(id) {
            Entry::Occupied(known) => {
                let message = format!("there is another record {id}");
                let first = known.get().0;
                self.report.duplicate(place, first, &object.path, message);
            }
            Entry::Vacant(new) => {
                new.insert((place, is_grant));
            }
        }
        RecordId(id)
    }

    /// Reads the grant of an item; the acting party is `giver` by default.
    pub(super) fn grant(
        &mut self,
        object: &mut Object<'_>,
        giver: Option<PartyNo>,
    ) -> RecordOrigin {
        let id = self.record(object, true);
        let by = match object.has("by") {
            true => self.named(object, "by"),
            false => giver,
        };
        let at = object.optional_text("at");
        let at = at.map(|at| self.moment(&at, WindowEdge::From, &object.path));
        let on_from = object.optional_number("on_from", 1..=MOST);
        if let Some((root, place)) = on_from {
            self.on_from.push(OnFrom {
                id,
                root,
                place,
                path: object.path.clone(),
            });
        }
        RecordOrigin {
            id,
            by: by.unwrap_or(PartyNo(0)),
            at: at.unwrap_or(Window::ALWAYS.from),
            on_from: on_from.map(|(root, _)| RecordId(root)),
        }
    }

    /// Whether a fact is given for the first time; reports a repetition.
    pub(super) fn once(
        &mut self,
        thing: Once,
        text: &PlacedText,
        item: &Object<'_>,
        what: &str,
    ) -> bool {
        match self.firsts.entry(thing) {
            Entry::Occupied(first) => {
                let message = format!("{what} `{}` is given twice", cut(&text.value));
                let first = *first.get();
                self.report
                    .duplicate(text.place, first, &item.path, message);
                false
            }
            Entry::Vacant(new) => {
                new.insert(text.place);
                true
            }
        }
    }

    /// Returns the place of a party in the file.
    pub(super) fn place_of_party(&self, party: PartyNo) -> Option<Offset> {
        self.firsts.get(&Once::Party(party)).copied()
    }

    pub(super) fn party_stands(&mut self, party: PartyNo, place: Offset) {
        self.firsts.insert(Once::Party(party), place);
    }

    /// Returns the shared copy of a text.
    pub(super) fn word(&mut self, text: Arc<str>) -> Arc<str> {
        match self.words.get(&text) {
            Some(known) => known.clone(),
            None => {
                self.words.insert(text.clone());
                text
            }
        }
    }
}

/// Returns the number of an item if it is a valid one; a problem is reported when the item is read.
fn given_id(item: JsonValue<'_>) -> Option<u64> {
    let mut members = item.members()?;
    let (_, id) = members.find(|(name, _)| name.as_str().as_deref() == Some("id"))?;
    id.raw().parse().ok().filter(|id| *id <= MOST)
}

/// The value of `format` in the file.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Format;

impl Word for Format {
    const WORDS: &'static [(&'static str, Self)] = &[("vedtak-register", Self)];
}
