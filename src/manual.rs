//! Longer chapters.
//!
//! - [`altinn`]: from your policy to your test in ten minutes.
//! - [`attributes`]: where attributes come from: at once, later, in batches, and kept for a while.

#[cfg(feature = "altinn")]
#[doc = include_str!("manual/altinn.md")]
pub mod altinn {}

#[doc = include_str!("manual/attributes.md")]
pub mod attributes {}
