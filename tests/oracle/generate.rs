//! Choices → policies and requests. Every policy is well typed and refers only to what there is;
//! within that, corners are made likely: errors, empty and double bags, other data types, issuers.

mod expressions;
pub(crate) mod literals;
mod policies;
mod quantified;
mod requests;
mod signatures;
mod targets;
pub(crate) mod version_2;

pub(crate) use requests::request;

use vedtak::attribute::Designator;
use vedtak::syntax::{Document, XacmlVersion};
use vedtak::value::{Value, Zone};

use crate::choices::Choices;
use signatures::Type;

/// Policies to decide by.
pub(crate) struct Policies {
    pub roots: Vec<Document>,
    /// How several roots are combined.
    pub root_combining: Option<&'static str>,
    pub library: Vec<Document>,
    pub zone: Zone,
    /// The attributes the policies ask for, each once: requests should have them.
    pub wanted: Vec<Wanted>,
    /// How many quantified expressions they have.
    pub quantified: usize,
    /// How often they look into an entity or a category by the function for it.
    pub related: usize,
}

/// An attribute that policies ask for.
pub(crate) struct Wanted {
    pub designator: Designator,
    /// Values that some Match looks for: by chance alone, targets would seldom match.
    pub values: Vec<Value>,
}

/// Policies, from choices: of 3.0, or mostly of 2.0, which refer to one another.
pub(crate) fn policies(choices: &mut Choices<'_>, of_2: bool) -> Policies {
    let mut maker = Maker {
        choices,
        wanted: Vec::new(),
        library: Vec::new(),
        variables: Vec::new(),
        made: 0,
        applications_left: 40,
        rules_left: 24,
        questions_left: if of_2 { 0 } else { 2 },
        of_2,
        xacml: XacmlVersion::V3,
        section: None,
        quantified: 0,
        related: 0,
    };
    let zone = maker.choices.pick(&[0, 60, -300]);
    let (roots, root_combining, library) = maker.documents();
    Policies {
        roots,
        root_combining,
        library,
        zone: Zone::from_minutes(zone).expect("these are zones"),
        wanted: maker.wanted,
        quantified: maker.quantified,
        related: maker.related,
    }
}

/// What has been made so far, and how much more may be.
struct Maker<'c, 'b> {
    choices: &'c mut Choices<'b>,
    wanted: Vec<Wanted>,
    /// What references may name here.
    library: Vec<Known>,
    /// What variable references may name here.
    variables: Vec<(String, Type)>,
    /// For names that differ.
    made: usize,
    applications_left: usize,
    rules_left: usize,
    /// Questions what would be decided otherwise.
    questions_left: usize,
    /// Whether most documents shall be of 2.0.
    of_2: bool,
    /// What the document being made is of.
    xacml: XacmlVersion,
    /// The section of a target of 2.0 being made: the category it is about.
    section: Option<&'static str>,
    quantified: usize,
    related: usize,
}

struct Known {
    id: String,
    version: String,
    is_set: bool,
    /// It is in place in the document being made, and can be named nowhere else.
    in_place: bool,
}

impl Maker<'_, '_> {
    fn name(&mut self, kind: &str) -> String {
        self.made += 1;
        format!("{kind}{}", self.made)
    }

    /// Some rules share an id, which they may.
    fn rule_id(&mut self) -> String {
        self.made += 1;
        format!("rule{}", self.made % 4)
    }
}
