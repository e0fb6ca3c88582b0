//! A base request and axes of alternatives → one request for each cell: subjects × resources ×
//! actions.

use std::collections::HashMap;
use std::sync::Arc;

use smallvec::SmallVec;

use super::builder::joined;
use super::multiple::MOST_VALUES;
use super::{AttributeBuilder, IndividualRequestError, Request, SharedAttributes};
use crate::attribute::{category, id};
use crate::value::Value;

/// Many requests in one: a base, whose attributes all of them have, and axes of alternatives. Each
/// choice of one alternative from every axis is a cell, and a decision of its own.
///
/// An alternative adds its attributes to the base; to vary an attribute, omit it from the base. Of
/// two `Content`s of one category the later one counts. Cells are in the order of their places, the
/// last axis varying fastest. Without an axis there is one cell; with an empty axis there is none.
///
/// ```
/// use vedtak::{Decision, Pdp, Request, request::Matrix};
///
/// let pdp = Pdp::from_xml(std::fs::read_to_string("fixtures/altinn/resource-policy.xml")?)?;
/// let matrix = Matrix::new(Request::builder().subject("urn:altinn:userid", 20000490).build())
///     .subjects("urn:altinn:rolecode", ["dagl", "regna"])
///     .resources("urn:altinn:resource", ["vedtak-brev", "another-letter"])
///     .actions(["read", "sign"]);
/// assert_eq!(matrix.shape(), [2, 2, 2]);
///
/// let grid = pdp.decide_matrix(&matrix);
/// let decision = |place| grid.at(place).map(|result| result.decision);
/// assert_eq!(decision([0, 0, 0]), Some(Decision::Permit)); // dagl, vedtak-brev, read
/// assert_eq!(decision([0, 1, 0]), Some(Decision::NotApplicable)); // dagl, another-letter, read
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Matrix {
    base: Request,
    axes: Vec<Vec<Request>>,
}

impl Matrix {
    /// A matrix of one cell, which is `base`, until an axis is added.
    pub fn new(base: Request) -> Self {
        Self {
            base,
            axes: Vec::new(),
        }
    }

    /// Adds an axis of access subjects, each by one attribute.
    #[must_use]
    pub fn subjects<V: Into<Value>>(
        self,
        id: impl Into<Arc<str>>,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        self.attribute(category::ACCESS_SUBJECT, id, values)
    }

    /// Adds an axis of resources, each by one attribute.
    #[must_use]
    pub fn resources<V: Into<Value>>(
        self,
        id: impl Into<Arc<str>>,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        self.attribute(category::RESOURCE, id, values)
    }

    /// Adds an axis of actions, by the standard attribute `action-id`.
    #[must_use]
    pub fn actions<V: Into<Value>>(self, values: impl IntoIterator<Item = V>) -> Self {
        self.attribute(category::ACTION, id::ACTION_ID, values)
    }

    /// Adds an axis whose alternatives are values of one attribute, of any category.
    #[must_use]
    pub fn attribute<V: Into<Value>>(
        self,
        category: impl Into<Arc<str>>,
        id: impl Into<Arc<str>>,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        let (category, id) = (category.into(), id.into());
        self.axis(values.into_iter().map(|value| {
            let attribute = AttributeBuilder::new(category.clone(), id.clone()).value(value);
            Request::builder().with(attribute).build()
        }))
    }

    /// Adds an axis whose alternatives are the categories of these requests, one category or
    /// several each. Nothing else of the requests is read.
    ///
    /// Two axes may be of the same category, such as those of parties and resources here:
    ///
    /// ```
    /// use vedtak::{Request, request::Matrix};
    /// let letter = |id: &str, class: &str| {
    ///     Request::builder().resource("urn:letter", id).resource("urn:class", class).build()
    /// };
    /// let matrix = Matrix::new(Request::builder().action("read").build())
    ///     .resources("urn:party", [50001, 50002])
    ///     .axis([letter("a", "open"), letter("b", "closed"), letter("c", "open")]);
    /// assert_eq!(matrix.shape(), [2, 3]);
    /// let cell = matrix.request([1, 2]).expect("is inside");
    /// assert_eq!(cell.categories()[1].attributes.len(), 3);
    /// ```
    #[must_use]
    pub fn axis(mut self, alternatives: impl IntoIterator<Item = Request>) -> Self {
        self.axes.push(alternatives.into_iter().collect());
        self
    }

    /// The number of alternatives on each axis.
    pub fn shape(&self) -> Vec<usize> {
        self.axes.iter().map(Vec::len).collect()
    }

    /// The number of cells; `usize::MAX` if there are more.
    pub fn len(&self) -> usize {
        let lengths = || self.axes.iter().map(Vec::len);
        if lengths().any(|length| length == 0) {
            return 0;
        }
        lengths().fold(1, usize::saturating_mul)
    }

    /// Whether there is no cell.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The request of one cell, by the place of its alternative on each axis; none if there is no
    /// such cell. [`decide_with`](crate::Pdp::decide_with) decides it as the matrix decides the
    /// cell, so it is the request to explain.
    pub fn request(&self, place: impl AsRef<[usize]>) -> Option<Request> {
        let place = place.as_ref();
        let mut within = place.iter().zip(&self.axes);
        let is_cell = place.len() == self.axes.len() && within.all(|(at, axis)| *at < axis.len());
        is_cell.then(|| {
            let mut cell = self.base.clone();
            let mut columns = self.columns();
            for column in &mut columns {
                column.turn(place);
            }
            cell.refill(columns.iter().flat_map(|column| &column.now));
            cell
        })
    }

    /// The request whose attributes all cells have.
    pub fn base(&self) -> &Request {
        &self.base
    }

    /// The requests of all cells, one after the other in one request that is filled anew for each.
    ///
    /// # Errors
    ///
    /// There are more than `most`, or putting them together takes too many values. Then there was
    /// none.
    pub(crate) fn each_cell(
        &self,
        most: usize,
        mut each: impl FnMut(&Request),
    ) -> Result<(), IndividualRequestError> {
        if self.len() > most {
            return Err(IndividualRequestError::TooMany(most));
        }
        if self.is_empty() {
            return Ok(());
        }
        let mut columns = self.columns();
        let mut made = 0_usize;
        for column in &columns {
            made = made.saturating_add(column.values_made(self, MOST_VALUES - made));
            if made > MOST_VALUES {
                return Err(IndividualRequestError::TooManyValues(MOST_VALUES));
            }
        }
        let mut cell = self.base.clone();
        let mut place: SmallVec<[usize; 4]> = self.axes.iter().map(|_| 0).collect();
        for _ in 0..self.len() {
            for column in &mut columns {
                column.turn(&place);
            }
            cell.refill(columns.iter().flat_map(|column| &column.now));
            each(&cell);
            for (at, axis) in place.iter_mut().zip(&self.axes).rev() {
                *at += 1;
                if *at < axis.len() {
                    break;
                }
                *at = 0;
            }
        }
        Ok(())
    }

    /// The categories of the cells, in the order they are first met: those all cells have, then
    /// those of each axis.
    fn columns(&self) -> Vec<Column> {
        let mut columns: Vec<Column> = Vec::new();
        let mut places: HashMap<Arc<str>, usize> = HashMap::new();
        // Alternatives of one axis are nearly always of one category.
        let mut last: Option<(Arc<str>, usize)> = None;
        let mut place_of = |shared: &SharedAttributes, columns: &mut Vec<Column>| {
            if let Some((category, place)) = &last
                && *category == shared.category
            {
                return *place;
            }
            let place = places.entry(shared.category.clone());
            let place = *place.or_insert(columns.len());
            if place == columns.len() {
                columns.push(Column::default());
            }
            last = Some((shared.category.clone(), place));
            place
        };
        for shared in &self.base.categories {
            let place = place_of(shared, &mut columns);
            columns[place].base.push(shared.clone());
        }
        for (number, alternatives) in self.axes.iter().enumerate() {
            for (at, one) in alternatives.iter().enumerate() {
                for shared in &one.categories {
                    let place = place_of(shared, &mut columns);
                    let axes = &mut columns[place].axes;
                    match axes.last_mut() {
                        Some(axis) if axis.number == number => {}
                        _ => axes.push(Axis {
                            number,
                            said: Vec::new(),
                        }),
                    }
                    if let Some(axis) = axes.last_mut() {
                        axis.add(at, shared);
                    }
                }
            }
        }
        for column in &mut columns {
            column.now.clone_from(&column.base);
            column.recurs = self.recurs(column);
        }
        columns
    }

    /// Whether a place on the axes of a column is gone to again after another one: an axis between
    /// them, or before them, has more than one place.
    fn recurs(&self, column: &Column) -> bool {
        let is_own = |number: usize| column.axes.iter().any(|axis| axis.number == number);
        let last = column.axes.iter().map(|axis| axis.number).max();
        let mut before = self.axes.iter().take(last.unwrap_or(0)).enumerate();
        before.any(|(number, axis)| axis.len() > 1 && !is_own(number))
    }
}

/// One category of the cells: its attributes at one place after the other.
#[derive(Default)]
struct Column {
    /// Its attributes in the base.
    base: Same,
    /// The axes of which some alternative has the category.
    axes: SmallVec<[Axis; 1]>,
    /// The place on these axes that `now` is of; none before the first turn.
    at: Option<SmallVec<[usize; 2]>>,
    now: Same,
    /// Whether a place that was left may be gone to again.
    recurs: bool,
    /// Attributes merged for earlier places, if they recur and more than one source has the category.
    made: HashMap<SmallVec<[usize; 2]>, Same>,
}

/// The attributes that the alternatives of one axis add to a category.
struct Axis {
    number: usize,
    /// By the place of the alternative, in their order; those without the category are left out.
    said: Vec<(usize, Same)>,
}

impl Axis {
    /// Adds attributes of the alternative at a place, which is none before the last one added.
    fn add(&mut self, at: usize, shared: &SharedAttributes) {
        match self.said.last_mut() {
            Some((last, said)) if *last == at => said.push(shared.clone()),
            _ => self.said.push((at, SmallVec::from_elem(shared.clone(), 1))),
        }
    }

    /// Returns the attributes of the alternative at a place.
    fn said_at(&self, at: usize) -> Option<&Same> {
        // Mostly all alternatives have the category.
        let all = self.said.get(at).filter(|(place, _)| *place == at);
        let found = all.or_else(|| {
            let found = self.said.binary_search_by_key(&at, |(place, _)| *place);
            self.said.get(found.ok()?)
        });
        found.map(|(_, said)| said)
    }
}

/// The occurrences of one category in a request, mostly one. Several ask for several decisions.
type Same = SmallVec<[SharedAttributes; 1]>;

fn values_of(said: &Same) -> usize {
    said.iter().map(|shared| shared.keys().len()).sum()
}

impl Column {
    /// The number of attributes and values that are merged for all places, where more than one
    /// source has the category; more than `most` if there are more.
    fn values_made(&self, matrix: &Matrix, most: usize) -> usize {
        if self.axes.is_empty() || self.axes.len() == 1 && self.base.is_empty() {
            return 0;
        }
        // Each combination of what axes say, and how much that is, so far.
        let mut sums = vec![(usize::from(!self.base.is_empty()), values_of(&self.base))];
        for axis in &self.axes {
            let length = matrix.axes[axis.number].len();
            let said = axis.said.iter().map(|(_, said)| (1, values_of(said)));
            let said: Vec<(usize, usize)> = said.collect();
            let mut next = Vec::with_capacity(sums.len() * length);
            for (count, sum) in &sums {
                // Where the alternative says nothing, all is as it was.
                next.extend((said.len()..length).map(|_| (*count, *sum)));
                next.extend(
                    said.iter()
                        .map(|(_, own)| (count + 1, sum.saturating_add(*own))),
                );
            }
            sums = next;
        }
        let made = sums.iter().filter(|(count, _)| *count > 1);
        let mut all = 0_usize;
        for (_, sum) in made {
            all = all.saturating_add(*sum);
            if all > most {
                break;
            }
        }
        all
    }

    /// Goes to a place of the matrix. What has to be put together for it is kept.
    fn turn(&mut self, place: &[usize]) {
        let at = || self.axes.iter().map(|axis| place[axis.number]);
        let is_there = |known: &SmallVec<[usize; 2]>| known.iter().copied().eq(at());
        if self.axes.is_empty() || self.at.as_ref().is_some_and(is_there) {
            return;
        }
        let at: SmallVec<[usize; 2]> = at().collect();
        if let Some(made) = self.made.get(&at) {
            self.now.clone_from(made);
        } else {
            let chosen = self.axes.iter().zip(&at);
            let said = chosen.filter_map(|(axis, at)| axis.said_at(*at));
            let base = Some(&self.base).filter(|base| !base.is_empty());
            let said: SmallVec<[&Same; 3]> = base.into_iter().chain(said).collect();
            self.now = match said[..] {
                [] => Same::new(),
                [only] => only.clone(),
                _ => {
                    let merged = merged(&said);
                    if self.recurs {
                        self.made.insert(at.clone(), merged.clone());
                    }
                    merged
                }
            };
        }
        self.at = Some(at);
    }
}

/// Joins the attributes that several sources have of one category: values of one attribute form one
/// bag. Where one of them has the category more than once, all of them are kept apart.
fn merged(said: &[&Same]) -> Same {
    let mut all = Same::new();
    for own in said {
        match (&mut all[..], &own[..]) {
            ([all], [own]) => *all = joined(all, own),
            _ => all.extend(own.iter().cloned()),
        }
    }
    all
}
