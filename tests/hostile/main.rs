//! Input that is wrong or made to hurt: each is refused with words that help, or costs what it is
//! worth.

mod abuse;
mod attacks;
#[path = "../support/bless.rs"]
mod bless;
mod errors;
mod input;
mod store;
