//! Problems of a document → messages with the place, the path and a suggestion.

use super::super::particle::Particle;
use super::super::reader::{content_offset, value_offset};
use super::{Document, Element, ElementStep};
use crate::error::{Offset, cut, did_you_mean, list, similar_identifier};

/// The most problems of one document that are listed; more are only counted.
pub(super) const MOST_PROBLEMS: usize = 100;

const MOST_PLACED: usize = 20;

impl<'a> Document<'a> {
    pub(crate) fn problem(&mut self, offset: Offset, message: impl Into<String>) {
        self.problems.add(|| {
            let path: Vec<String> = self.path.iter().rev().map(ElementStep::to_string).collect();
            self.source.diagnostic(offset, path.join(" of "), message)
        });
    }

    /// A problem with the value of the attribute `name`.
    pub(crate) fn problem_with(
        &mut self,
        element: &Element<'a>,
        name: &str,
        message: impl Into<String>,
    ) {
        let offset = value_offset(self.source.text, element.offset, name);
        self.problem(offset, message);
    }

    /// A problem with the content of an element.
    pub(crate) fn problem_inside(&mut self, element: &Element<'a>, message: impl Into<String>) {
        let offset = content_offset(self.source.text, element.offset);
        self.problem(offset, message);
    }

    /// The position of a second element, for a message: ` at 3:5`. Empty after the first problems,
    /// as each position takes a walk through the document.
    pub(crate) fn at(&self, offset: Offset) -> String {
        match self.problems.count() {
            0..MOST_PLACED => format!(" at {}", self.source.position(offset)),
            _ => String::new(),
        }
    }

    /// Reports that `child` is not allowed, and suggests the most similar of `allowed`.
    pub(super) fn unexpected(
        &mut self,
        parent: &Element<'a>,
        child: &Element<'a>,
        allowed: &[Particle],
    ) -> Option<usize> {
        let namespace = child.namespace.as_deref();
        let ours = namespace == Some(self.namespace);
        if let Some(wanted) = allowed.iter().find(|p| p.name == child.name)
            && let Some(wanted) = wanted.namespace
        {
            let message = format!("`{}` must be in the namespace `{wanted}`", child.name);
            self.problem(child.offset, message);
            return None;
        }
        let mut message = match namespace {
            Some(other) if !ours => format!(
                "`{}` of the namespace `{}` is not allowed in `{}`",
                child.name,
                cut(other),
                parent.name
            ),
            Some(_) => format!("`{}` is not allowed in `{}`", child.name, parent.name),
            None => format!(
                "`{}` without a namespace is not allowed in `{}`",
                child.name, parent.name
            ),
        };
        let similar = similar_identifier(child.name, allowed.iter().map(|p| p.name))
            .filter(|_| ours && !self.problems.is_full());
        message += &did_you_mean(similar);
        if similar.is_none() && !allowed.is_empty() {
            let mut names: Vec<&str> = Vec::new();
            for particle in allowed {
                if !names.contains(&particle.name) {
                    names.push(particle.name);
                }
            }
            message += &format!("; expected {}", list(names.into_iter()));
        }
        self.problem(child.offset, message);
        match similar {
            Some(meant) => allowed.iter().position(|particle| particle.name == meant),
            None => (allowed.len() == 1).then_some(0),
        }
    }
}
