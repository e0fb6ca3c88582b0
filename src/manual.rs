//! Longer chapters.
//!
//! - [`altinn`]: from your policy to your test in ten minutes.
//! - `xpath` (with the feature of that name): policies that look into a document.

#[cfg(feature = "altinn")]
#[doc = include_str!("manual/altinn.md")]
pub mod altinn {}

#[cfg(feature = "xpath")]
#[doc = include_str!("manual/xpath.md")]
pub mod xpath {}
