//! Answers about policies and decisions beyond the decision itself: [`explain`] says why.

pub mod explain;
