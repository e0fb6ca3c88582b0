//! Longer chapters.
//!
//! - [`altinn`]: from your policy to your test in ten minutes.
//! - [`attributes`]: where attributes come from: at once, later, in batches, and kept for a while.
//! - [`conformance`]: what of the standard and its profiles is supported, and what is not.
//! - [`extending`]: functions, combining algorithms, attributes and policies of your own.
//! - `xpath` (with the feature of that name): policies that look into a document.

#[cfg(feature = "altinn")]
#[doc = include_str!("manual/altinn.md")]
pub mod altinn {}

#[doc = include_str!("manual/attributes.md")]
pub mod attributes {}

#[cfg(feature = "json")]
#[doc = include_str!("manual/conformance.md")]
pub mod conformance {}

#[doc = include_str!("manual/extending.md")]
pub mod extending {}
#[cfg(feature = "xpath")]
#[doc = include_str!("manual/xpath.md")]
pub mod xpath {}
