//! Tables: many cases of one, each with values and expectations of its own.
//!
//! `columns` and `rows` are a list of cases; `down`, `across` and `table` are a grid of decisions.

use indexmap::IndexMap;

use super::expected::texts;
use super::given::members;
use super::names::CATEGORIES;
use crate::error::{cut, did_you_mean, list, similar_name};
use crate::json::{Document, Item, Kind};

/// A case of a table.
pub(super) struct Cell {
    /// Where it begins.
    pub(super) at: Item,
    /// The values that tell it from the others, as written.
    pub(super) label: Vec<String>,
    pub(super) columns: Vec<(Column, Item)>,
}

/// The kind of value in a column.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Column {
    /// A member of a case.
    Member(&'static str),
    /// An attribute of a category, by its name.
    Attribute(&'static str, String),
}

/// Members beside those of every kind of file: expectations, and words that stand for attributes.
#[derive(Clone, Copy)]
struct Others {
    told: &'static [&'static str],
    asked: &'static [&'static str],
}

impl Others {
    /// Whether a column is a part of the question, and no expectation.
    fn is_asked(self, column: &Column) -> bool {
        match column {
            Column::Attribute(..) => true,
            Column::Member(word) => !TOLD.contains(word) && !self.told.contains(word),
        }
    }
}

/// Members of the question.
pub(super) const ASKED: [&str; 6] = ["use", "subject", "resource", "action", "environment", "at"];
/// Expectations.
pub(super) const TOLD: [&str; 7] = [
    "expect",
    "obligations",
    "advice",
    "rule",
    "policy",
    "status",
    "says",
];

/// The cases of a table; none if the case has no table.
pub(super) fn cells(
    json: &mut Document<'_>,
    case: Item,
    found: &IndexMap<&'static str, Item>,
    told: &'static [&'static str],
    asked: &'static [&'static str],
) -> Option<Vec<Cell>> {
    let others = Others { told, asked };
    let member = |name: &str| found.get(name).copied();
    let (columns, rows) = (member("columns"), member("rows"));
    let grid = [member("down"), member("across"), member("table")];
    let is_list = columns.is_some() || rows.is_some();
    match (is_list, grid) {
        (false, [None, None, None]) => None,
        (true, [None, None, None]) => {
            let what = "a table of rows";
            let columns = json.required(case, what, columns, "columns");
            let rows = json.required(case, what, rows, "rows");
            Some(match (columns, rows) {
                (Some(columns), Some(rows)) => self::rows(json, columns, rows, others),
                _ => Vec::new(),
            })
        }
        (false, [down, across, table]) => {
            let what = "a grid";
            let down = json.required(case, what, down, "down");
            let across = json.required(case, what, across, "across");
            let table = json.required(case, what, table, "table");
            Some(match (down, across, table) {
                (Some(down), Some(across), Some(table)) => {
                    self::grid(json, [down, across], table, others)
                }
                _ => Vec::new(),
            })
        }
        (true, [down, across, table]) => {
            let at = down.or(across).or(table).unwrap_or(case);
            let message = "a case has either `columns` and `rows` or `down`, `across` and `table`";
            json.problem(at, message);
            Some(Vec::new())
        }
    }
}

fn rows(json: &mut Document<'_>, columns: Item, rows: Item, others: Others) -> Vec<Cell> {
    let mut known = Vec::new();
    let mut items = json.some_items(columns, "`columns`");
    while let Some(item) = items.next(json) {
        let column = column(json, item, "a column", others);
        if let Some(column) = &column
            && known.contains(&Some(column.clone()))
        {
            json.problem(item, "the column is given twice");
        }
        known.push(column);
    }
    let mut cells = Vec::new();
    if json.kind(rows) != Kind::Array {
        json.expected(rows, "`rows`", "a list of rows");
        return cells;
    }
    let mut rows = json.some_items(rows, "`rows`");
    while let Some(row) = rows.next(json) {
        if json.kind(row) != Kind::Array {
            json.expected(row, "a row", "a list of values");
            continue;
        }
        let mut values = Vec::new();
        let mut items = json.items(row);
        while let Some(item) = items.next(json) {
            values.push(item);
        }
        if values.len() != known.len() {
            let message = format!(
                "the row has {} values, and there are {} columns",
                values.len(),
                known.len()
            );
            json.problem(row, message);
            continue;
        }
        let mut cell = Cell {
            at: row,
            label: Vec::new(),
            columns: Vec::new(),
        };
        for (column, value) in known.iter().zip(values) {
            // A value that is left out leaves the case's own.
            let (Some(column), false) = (column, json.kind(value) == Kind::Null) else {
                continue;
            };
            if others.is_asked(column) {
                cell.label.push(label(json, value));
            }
            cell.columns.push((column.clone(), value));
        }
        cells.push(cell);
    }
    cells
}

fn grid(
    json: &mut Document<'_>,
    [down, across]: [Item; 2],
    table: Item,
    others: Others,
) -> Vec<Cell> {
    let mut cells = Vec::new();
    let axes = [("`down`", down), ("`across`", across)].map(|(what, item)| {
        let column = column(json, item, what, others)?;
        if !others.is_asked(&column) {
            json.problem(
                item,
                format!("{what} is what the cases ask, not what they expect"),
            );
        }
        Some(column)
    });
    let rows = members(json, table, "`table`");
    if rows.is_empty() && json.kind(table) == Kind::Object {
        json.problem(table, "`table` is empty");
    }
    for (row, values) in rows {
        let columns = members(json, values, "a row of `table`");
        if columns.is_empty() && json.kind(values) == Kind::Object {
            json.problem(values, "a row of `table` is empty");
        }
        for (name, value) in columns {
            if json.kind(value) == Kind::Null {
                json.problem(name, format!("`{}` has no decision", cut(&json.text(name))));
                continue;
            }
            let [Some(down), Some(across)] = &axes else {
                continue;
            };
            cells.push(Cell {
                at: name,
                label: vec![label(json, row), label(json, name)],
                columns: vec![
                    (down.clone(), row),
                    (across.clone(), name),
                    (Column::Member("expect"), value),
                ],
            });
        }
    }
    cells
}

/// A value as written, for the name of a case.
fn label(json: &Document<'_>, item: Item) -> String {
    cut(&json.scalar(item))
}

fn column(json: &mut Document<'_>, item: Item, what: &str, others: Others) -> Option<Column> {
    let [text] = &texts(json, item, what)[..] else {
        return None;
    };
    if let Some((word, name)) = text.split_once('.')
        && let Some((_, category, _)) = CATEGORIES.iter().find(|(known, ..)| *known == word)
    {
        return Some(Column::Attribute(category, name.to_owned()));
    }
    let own = || others.asked.iter().chain(others.told);
    let known = || ASKED.iter().chain(&TOLD).chain(own()).copied();
    if let Some(member) = known().find(|known| known == text) {
        return Some(Column::Member(member));
    }
    let similar = similar_name(text, known());
    let hint = match similar {
        Some(_) => did_you_mean(similar),
        None => format!(
            "; it is {} or an attribute, such as `subject.role`",
            list(known())
        ),
    };
    json.problem(item, format!("{what} cannot be `{}`{hint}", cut(text)));
    None
}
