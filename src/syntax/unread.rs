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
        let files = texts
            .iter()
            .enumerate()
            .map(|(number, (base, (name, text)))| {
                let next = texts.get(number + 1).map_or(usize::MAX, |(base, _)| *base);
                let (own, others) = rest.split_at(rest.partition_point(|(begin, _)| *begin < next));
                rest = others;
                let source = Document::source(name, text);
                let offset = |at: &usize| Offset::new((at - base).min(text.len()));
                let begins = source.positions(own.iter().map(|(begin, _)| offset(begin)));
                // Of two that end at one place, the outer one is the first of the list.
                let mut by_end: Vec<usize> = (0..own.len()).collect();
                by_end.sort_by_key(|at| own[*at].1);
                let ends = source.positions(by_end.iter().map(|at| offset(&own[*at].1)));
                let mut placed: Vec<Placed> = begins
                    .into_iter()
                    .zip(own)
                    .map(|(begin, (at, _))| Placed {
                        begin,
                        end: begin,
                        is_broken: nodes.broken.contains(at),
                    })
                    .collect();
                for (at, end) in by_end.into_iter().zip(ends) {
                    placed[at].end = end;
                }
                (name.clone(), placed)
            });
        Self {
            problems,
            nodes: Some(files.collect()),
        }
    }

    /// Whether a problem of compiling may follow from one of reading: of the same rule, or of the same policy
    /// outside of its rules and policies, of which each is read by itself. No policy has a name that its parts
    /// use.
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
        let before = nodes.partition_point(|node| node.begin <= at);
        let mut around = nodes[..before].iter().rev();
        around
            .find(|node| at <= node.end)
            .is_none_or(|node| node.is_broken)
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
        nodes.break_at(&holes);
        nodes
    }

    /// Says where policies take in the rule that begins at a place.
    pub(super) fn take_in(&mut self, rule: usize, places: &[usize]) {
        if self.broken.contains(&rule) {
            self.break_at(places);
        }
    }

    fn break_at(&mut self, places: &[usize]) {
        for at in places {
            let before = self.all.partition_point(|(begin, _)| begin <= at);
            let mut around = self.all[..before].iter().rev();
            if let Some((begin, _)) = around.find(|(_, end)| at <= end) {
                self.broken.insert(*begin);
            }
        }
    }
}
