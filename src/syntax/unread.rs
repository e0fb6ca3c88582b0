//! Files in ALFA that cannot be read whole → their problems, and which others may follow from them.

use std::collections::HashSet;
use std::sync::Arc;

use super::{Document, NamedText};
use crate::error::{Diagnostic, Offset, Position};

/// The problems of files in ALFA that cannot be read whole.
#[derive(Debug)]
pub(crate) struct Unread {
    /// The problems, in the order of the files and of their texts.
    pub(crate) problems: Vec<Diagnostic>,
    /// For each file its policies and rules, each with where it begins and ends and whether it is broken. None
    /// if nothing is known of them.
    nodes: Option<Vec<(Arc<str>, Vec<Placed>)>>,
}

#[derive(Debug)]
struct Placed {
    begin: Position,
    end: Position,
    /// The number of the one around it.
    around: Option<usize>,
    is_broken: bool,
}

impl Unread {
    /// Problems from which every other may follow.
    pub(super) fn of_all(problems: Vec<Diagnostic>) -> Self {
        Self {
            problems,
            nodes: None,
        }
    }

    /// Problems of some policies and rules.
    pub(super) fn of(
        problems: Vec<Diagnostic>,
        nodes: Nodes,
        texts: &[(usize, NamedText)],
    ) -> Self {
        let mut rest = &nodes.all[..];
        let mut files = Vec::new();
        for (number, (base, (name, text))) in texts.iter().enumerate() {
            let next = texts.get(number + 1).map_or(usize::MAX, |(base, _)| *base);
            let (own, others) = rest.split_at(rest.partition_point(|(begin, _)| *begin < next));
            rest = others;
            let source = Document::source(name, text);
            let offset = |at: &usize| Offset::new((at - base).min(text.len()));
            let begins = source.positions(own.iter().map(|(begin, _)| offset(begin)));
            let mut by_end: Vec<usize> = (0..own.len()).collect();
            by_end.sort_by_key(|at| own[*at].1);
            let ends = source.positions(by_end.iter().map(|at| offset(&own[*at].1)));
            let mut placed: Vec<Placed> = Vec::with_capacity(own.len());
            let mut open: Vec<usize> = Vec::new();
            for (at, begin) in begins.into_iter().enumerate() {
                while open.pop_if(|before| own[*before].1 <= own[at].0).is_some() {}
                placed.push(Placed {
                    begin,
                    end: begin,
                    around: open.last().copied(),
                    is_broken: nodes.broken.contains(&own[at].0),
                });
                open.push(at);
            }
            for (at, end) in by_end.into_iter().zip(ends) {
                placed[at].end = end;
            }
            files.push((name.clone(), placed));
        }
        Self {
            problems,
            nodes: Some(files),
        }
    }

    /// Whether a problem of compiling may follow from one of reading: of the same rule, or of the same policy
    /// outside of its rules and policies, of which each is read by itself: ALFA has no variables.
    pub(crate) fn may_cause(&self, problem: &Diagnostic) -> bool {
        let Some(nodes) = &self.nodes else {
            return true;
        };
        let (Some(source), Some(at)) = (problem.source(), problem.position()) else {
            return true;
        };
        let Some((_, nodes)) = nodes.iter().find(|(name, _)| **name == *source) else {
            return false;
        };
        let before = nodes
            .partition_point(|node| node.begin <= at)
            .checked_sub(1);
        let mut around = std::iter::successors(before, |number| nodes[*number].around);
        around
            .find(|number| at <= nodes[*number].end)
            .is_none_or(|number| nodes[number].is_broken)
    }
}

/// The policies and rules of all files, by their places in the text of all.
pub(super) struct Nodes {
    /// Where each begins and ends, in the order of their beginnings.
    all: Vec<(usize, usize)>,
    /// The beginnings of those that are not read whole.
    broken: HashSet<usize>,
}

impl Nodes {
    /// Those of which parts are missing.
    pub(super) fn of(mut all: Vec<(usize, usize)>, holes: Vec<usize>) -> Self {
        all.sort_unstable();
        let mut nodes = Self {
            all,
            broken: HashSet::new(),
        };
        nodes.break_at(holes);
        nodes
    }

    /// Says where policies take in rules, each by its beginning: a broken one breaks them.
    pub(super) fn take_in(&mut self, rules: impl Iterator<Item = (usize, Vec<usize>)>) {
        let broken = rules.filter(|(begin, _)| self.broken.contains(begin));
        let places = broken.flat_map(|(_, places)| places).collect();
        self.break_at(places);
    }

    /// Breaks the innermost node around each place.
    fn break_at(&mut self, mut places: Vec<usize>) {
        places.sort_unstable();
        let mut nodes = self.all.iter().peekable();
        let mut open: Vec<&(usize, usize)> = Vec::new();
        for at in places {
            while let Some(node) = nodes.next_if(|(begin, _)| *begin <= at) {
                while open.pop_if(|(_, end)| *end < node.0).is_some() {}
                open.push(node);
            }
            while open.pop_if(|(_, end)| *end < at).is_some() {}
            self.broken.extend(open.last().map(|(begin, _)| begin));
        }
    }
}
