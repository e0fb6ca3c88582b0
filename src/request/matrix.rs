//! What several questions have in common, and in what they differ: subjects × resources × actions.

use std::collections::HashMap;
use std::sync::Arc;

use smallvec::SmallVec;

use super::multiple::MOST_VALUES;
use super::{AttributeBuilder, PartError, Request, RequestBuilder, SharedAttributes};
use crate::attribute::{category, id};
use crate::value::Value;

/// Many questions in one: what all of them say, and axes along which they differ. Each choice of one
/// alternative from every axis is a cell, and a decision of its own.
///
/// An alternative adds attributes to what all of them say; what it shall replace, leave out there. Of
/// two `Content`s of one category the later one stands. Cells are
/// in the order of their places, the last axis varying fastest. Without an axis there is one
/// cell; with an empty one there is none.
///
/// ```
/// use vedtak::{Decision, Pdp, Request, request::Matrix};
///
/// let pdp = Pdp::from_xml(include_str!("../../fixtures/altinn/resource-policy.xml"))?;
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
/// # Ok::<(), vedtak::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Matrix {
    base: Request,
    axes: Vec<Vec<Request>>,
}

impl Matrix {
    /// What all cells say. It has one cell until an axis is added.
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

    /// Adds an axis whose alternatives say what they like, of one category or several. Of the
    /// requests only the categories count.
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

    /// How many alternatives each axis has.
    pub fn shape(&self) -> Vec<usize> {
        self.axes.iter().map(Vec::len).collect()
    }

    /// How many cells there are; the greatest number there is, if there are more.
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
    /// such cell. Deciding it with
    /// [`decide_with`](crate::Pdp::decide_with) gives what the cell is given, which makes it the one to
    /// explain.
    pub fn request(&self, place: impl AsRef<[usize]>) -> Option<Request> {
        let place = place.as_ref();
        let mut within = place.iter().zip(&self.axes);
        let is_cell = place.len() == self.axes.len() && within.all(|(at, axis)| *at < axis.len());
        is_cell.then(|| {
            let mut cell = self.base.clone();
            let mut columns = self.columns();
            for column in &mut columns {
                column.turn(self, place);
            }
            cell.refill(columns.iter().flat_map(|column| &column.now));
            cell
        })
    }

    /// The requests of the first `most` cells, one after the other in one request that is filled
    /// anew for each. Gives why there are no more of them, if there are more cells.
    pub(crate) fn each_cell(&self, most: usize, mut each: impl FnMut(&Request)) -> PartError {
        let mut cell = self.base.clone();
        let mut columns = self.columns();
        let mut place: SmallVec<[usize; 4]> = self.axes.iter().map(|_| 0).collect();
        let mut room = MOST_VALUES;
        for _ in 0..self.len().min(most) {
            for column in &mut columns {
                let made = column.turn(self, &place);
                match room.checked_sub(made) {
                    Some(left) => room = left,
                    None => return PartError::TooManyValues(MOST_VALUES),
                }
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
        PartError::TooMany(most)
    }

    /// The categories of the cells, in the order they are first met: those all cells have, then
    /// those of each axis.
    fn columns(&self) -> Vec<Column> {
        let mut columns: Vec<Column> = Vec::new();
        let mut places: HashMap<Arc<str>, usize> = HashMap::new();
        let mut place_of = |shared: &SharedAttributes, columns: &mut Vec<Column>| {
            let place = places.entry(shared.category.clone());
            let place = *place.or_insert(columns.len());
            if place == columns.len() {
                columns.push(Column::new(shared.category.clone()));
            }
            place
        };
        for shared in &self.base.categories {
            let place = place_of(shared, &mut columns);
            columns[place].now.push(shared.clone());
        }
        for (axis, alternatives) in self.axes.iter().enumerate() {
            for shared in alternatives.iter().flat_map(|one| &one.categories) {
                let place = place_of(shared, &mut columns);
                let axes = &mut columns[place].axes;
                if axes.last() != Some(&axis) {
                    axes.push(axis);
                }
            }
        }
        columns
    }
}

/// One category of the cells: what they say of it at one place after the other.
struct Column {
    category: Arc<str>,
    /// The axes with something to say of it.
    axes: SmallVec<[usize; 2]>,
    /// Where on these axes `now` is from, if on any.
    at: Option<SmallVec<[usize; 2]>>,
    now: Same,
    /// What was made for places before, where it had to be made.
    made: HashMap<SmallVec<[usize; 2]>, Same>,
}

/// Mostly one. None where nobody says anything of the category; several where someone has it more than
/// once, which asks for several decisions.
type Same = SmallVec<[SharedAttributes; 1]>;

impl Column {
    fn new(category: Arc<str>) -> Self {
        Self {
            category,
            axes: SmallVec::new(),
            at: None,
            now: Same::new(),
            made: HashMap::new(),
        }
    }

    /// Goes to a place of the matrix. Gives how many attributes and values had to be put together
    /// for it, which are kept.
    fn turn(&mut self, matrix: &Matrix, place: &[usize]) -> usize {
        let mut made_now = 0;
        let at = || self.axes.iter().map(|axis| place[*axis]);
        if self.axes.is_empty()
            || self
                .at
                .as_ref()
                .is_some_and(|known| known.iter().copied().eq(at()))
        {
            return made_now;
        }
        let at: SmallVec<[usize; 2]> = at().collect();
        if let Some(made) = self.made.get(&at) {
            self.now.clone_from(made);
        } else {
            let own = |of: &Request| -> Same {
                let all = of.categories.iter();
                let own = all.filter(|shared| shared.category == self.category);
                own.cloned().collect()
            };
            let chosen = self.axes.iter().zip(&at);
            let all = chosen.map(|(axis, at)| own(&matrix.axes[*axis][*at]));
            let all = std::iter::once(own(&matrix.base)).chain(all);
            let mut said: SmallVec<[Same; 3]> = all.filter(|own| !own.is_empty()).collect();
            self.now = match said.len() {
                0 => Same::new(),
                1 => said.remove(0),
                _ => {
                    let merged = said
                        .iter()
                        .fold(RequestBuilder::default(), |builder, own| builder.merge(own));
                    let merged: Same = merged.build().categories.into_iter().collect();
                    made_now = merged.iter().map(|shared| shared.keys().len()).sum();
                    self.made.insert(at.clone(), merged.clone());
                    merged
                }
            };
        }
        self.at = Some(at);
        made_now
    }
}
