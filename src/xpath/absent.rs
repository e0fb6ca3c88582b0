//! The types of the engine in a build without it: a path that never compiles.

use super::{Budget, Exhausted, Node, PathError, Prefixes};

/// No text is a path here.
#[derive(Clone, Debug)]
pub(crate) enum Path {}

impl Path {
    pub(crate) fn compile(_: &str, _: &Prefixes, _: usize) -> Result<Self, PathError> {
        Err(PathError {
            at: 0,
            message: "this build does not have XPath".to_owned(),
        })
    }

    pub(crate) fn differs_in_2(&self) -> Option<String> {
        match *self {}
    }

    pub(crate) fn select(&self, _: &Tree, _: Node, _: &Budget) -> Result<Vec<Node>, Exhausted> {
        match *self {}
    }
}

/// No XML is a tree here.
#[derive(Debug)]
pub(crate) enum Tree {}

impl Tree {
    pub(crate) fn read(_: &str) -> Result<Self, String> {
        Err("this build does not have XPath".to_owned())
    }

    pub(crate) fn text(&self, _: Node) -> &str {
        match *self {}
    }

    pub(crate) fn end(&self, _: Node) -> Node {
        match *self {}
    }

    pub(crate) fn path(&self, _: Node) -> String {
        match *self {}
    }
}
