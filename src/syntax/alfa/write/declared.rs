//! Identifiers → names: those of the standard, and those that the file declares with their
//! identifiers.

use std::collections::{HashMap, HashSet};

use super::super::names::{self, attribute_name, standard_id, standard_name};
use super::super::parse::is_reserved;
use super::super::scope::Sort;
use super::super::token::{is_name, quoted};
use crate::function::{Type, standard};
use crate::value::DataType;

type AttributeKey<'d> = (Option<&'d str>, &'d str, &'d str);

/// The declarations of the file, each as its lines.
#[derive(Default)]
pub(super) struct Declared<'d> {
    names: HashMap<(Sort, &'d str), String>,
    attributes: HashMap<AttributeKey<'d>, String>,
    elsewhere: HashMap<(bool, &'d str), String>,
    taken: HashMap<Sort, HashSet<String>>,
    /// How often a name was made of one text.
    counts: HashMap<(Sort, String), usize>,
    lines: Vec<(Sort, String)>,
}

impl<'d> Declared<'d> {
    /// All declarations, sort by sort.
    pub(super) fn print(&mut self) -> String {
        self.lines.sort_by_key(|(sort, _)| *sort as usize);
        self.lines.iter().map(|(_, lines)| lines.as_str()).collect()
    }

    /// A name that nothing of the sort has, made of an identifier.
    pub(super) fn name(&mut self, sort: Sort, id: &str) -> String {
        let base = legal(id);
        let taken = self.taken.entry(sort).or_default();
        let count = self.counts.entry((sort, base.clone())).or_default();
        loop {
            *count += 1;
            let name = match *count {
                1 => base.clone(),
                count => format!("{base}{count}"),
            };
            // An attribute of the standard is written with its namespace.
            let is_standard = sort != Sort::Attribute && standard_id(sort, &name).is_some();
            if !is_standard && taken.insert(name.clone()) {
                return name;
            }
        }
    }

    /// The name of what is declared by its identifier alone.
    pub(super) fn named(&mut self, sort: Sort, id: &'d str) -> String {
        if let Some(name) = standard_name(sort, id) {
            return name.to_owned();
        }
        if let Some(name) = self.names.get(&(sort, id)) {
            return name.clone();
        }
        let name = self.name(sort, id);
        let keyword = match sort {
            Sort::Type => "type",
            Sort::Category => "category",
            Sort::RuleCombinator => "ruleCombinator",
            Sort::PolicyCombinator => "policyCombinator",
            Sort::Obligation => "obligation",
            Sort::Advice => "advice",
            _ => "function",
        };
        let types = match sort {
            Sort::Function => types(id),
            _ => String::new(),
        };
        let line = format!("    {keyword} {name} = {}{types}\n", quoted(id));
        self.lines.push((sort, line));
        self.names.insert((sort, id), name.clone());
        name
    }

    /// The name of an attribute.
    pub(super) fn attribute(
        &mut self,
        category: Option<&'d str>,
        id: &'d str,
        data_type: &'d str,
    ) -> String {
        let standard = category.and_then(|category| attribute_name(category, id, data_type));
        if let Some(name) = standard {
            return format!("{}.{name}", names::ATTRIBUTES);
        }
        let key = (category, id, data_type);
        if let Some(name) = self.attributes.get(&key) {
            return name.clone();
        }
        let name = self.name(Sort::Attribute, id);
        let data_type = self.named(Sort::Type, data_type);
        let category = category.map(|category| self.named(Sort::Category, category));
        let category = category.map_or(String::new(), |category| {
            format!("        category = {category}\n")
        });
        let lines = format!(
            "    attribute {name} {{\n        id = {}\n        type = {data_type}\n{category}    }}\n",
            quoted(id)
        );
        self.lines.push((Sort::Attribute, lines));
        self.attributes.insert(key, name.clone());
        name
    }

    /// The name of a policy, or a policy set, that is not printed.
    pub(super) fn elsewhere(&mut self, is_set: bool, id: &'d str) -> String {
        if let Some(name) = self.elsewhere.get(&(is_set, id)) {
            return name.clone();
        }
        let name = self.name(Sort::Policy, id);
        let keyword = if is_set { "policyset" } else { "policy" };
        let line = format!("    {keyword} {name} = {}\n", quoted(id));
        self.lines.push((Sort::Policy, line));
        self.elsewhere.insert((is_set, id), name.clone());
        name
    }
}

/// The types of a function, as its declaration has them.
fn types(id: &str) -> String {
    let shown = |of: Type| match of {
        Type::One(of) => of.short_name().to_owned(),
        Type::Bag(of) => format!("bag[{}]", of.short_name()),
    };
    let known = |of: &Type| DataType::ALL.contains(&of.data_type());
    let signature = standard(id).map(|function| &function.signature);
    match signature.filter(|of| known(&of.returns) && of.parameters.iter().all(known)) {
        Some(of) if !of.parameters.is_empty() => {
            let mut types: Vec<String> = of.parameters.iter().map(|one| shown(*one)).collect();
            types.extend(of.repeated.map(|of| format!("{}*", shown(of))));
            format!(" : {} -> {}", types.join(" "), shown(of.returns))
        }
        _ => " : anyAtomicOrBag* -> anyAtomicOrBag".to_owned(),
    }
}

/// A name made of the last part of an identifier, which may be taken.
pub(super) fn legal(id: &str) -> String {
    const LONGEST: usize = 40;
    let is_end = |c: char| matches!(c, ':' | '/' | '#');
    let last = id
        .trim_end_matches(is_end)
        .rsplit(is_end)
        .next()
        .unwrap_or("");
    let mut name = String::new();
    let mut begins = false;
    for c in last.chars().take(LONGEST) {
        if !c.is_alphanumeric() && c != '_' {
            begins = !name.is_empty();
            continue;
        }
        match std::mem::take(&mut begins) {
            true => name.extend(c.to_uppercase()),
            false => name.push(c),
        }
    }
    if !name.starts_with(|c: char| c.is_alphabetic() || c == '_') {
        name.insert(0, '_');
    }
    if is_reserved(&name) || !is_name(&name) {
        name.push('_');
    }
    name
}
