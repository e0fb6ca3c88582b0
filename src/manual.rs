//! Longer chapters.
//!
//! - [`altinn`]: from your policy to your test in ten minutes.

#[cfg(feature = "altinn")]
#[doc = include_str!("manual/altinn.md")]
pub mod altinn {}
