//! Longer chapters.
//!
//! - [`altinn`]: from your policy to your test in ten minutes.
//! - [`conformance`]: what of the standard and its profiles is supported, and what is not.
//! - [`extending`]: functions, combining algorithms, attributes and policies of your own.

#[cfg(feature = "altinn")]
#[doc = include_str!("manual/altinn.md")]
pub mod altinn {}

#[cfg(feature = "json")]
#[doc = include_str!("manual/conformance.md")]
pub mod conformance {}

#[doc = include_str!("manual/extending.md")]
pub mod extending {}
