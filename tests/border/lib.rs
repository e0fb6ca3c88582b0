//! `src/altinn`, compiled as a host of the engine would be: `crate::…` in it leads to what `vedtak` publishes.

#[path = "../../src/altinn/mod.rs"]
pub mod altinn;

pub use vedtak::*;
