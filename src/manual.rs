//! Longer chapters, for hosts, authors of policies and those who change the crate.
//!
//! For hosts and authors of policies:
//!
//! - [`attributes`]: where attributes come from: at once, later, in batches, and kept for a
//!   while; the time and its zone; entities, and policies about them.
//! - [`errors`]: errors of loading and deciding, their messages, and how a host handles them.
//! - [`extending`]: data types, functions, combining algorithms, attributes and policies of your own;
//!   policies of XACML 1.x and 2.0.
//! - [`observing`]: logs, metrics and traces, and decisions that are kept and made again.
//! - [`stores`]: policies that change while they decide.
//! - `altinn` (with the feature of that name): from your policy to your test in ten minutes.
//! - `xpath` (with the feature of that name): policies that look into a document.
//!
//! For those who evaluate or change the crate:
//!
//! - `conformance` (with the feature `json`): what of the standard and its profiles is supported, and
//!   what is not.
//! - [`architecture`]: rooms, programs, the index, stores.

#[cfg(feature = "altinn")]
#[doc = include_str!("manual/altinn.md")]
pub mod altinn {}

#[doc = include_str!("manual/architecture.md")]
pub mod architecture {}

#[doc = include_str!("manual/attributes.md")]
pub mod attributes {}

#[cfg(feature = "json")]
#[doc = include_str!("manual/conformance.md")]
pub mod conformance {}

#[doc = include_str!("manual/errors.md")]
pub mod errors {}

#[doc = include_str!("manual/extending.md")]
pub mod extending {}

#[doc = include_str!("manual/observing.md")]
pub mod observing {}

#[doc = include_str!("manual/stores.md")]
pub mod stores {}

#[cfg(feature = "xpath")]
#[doc = include_str!("manual/xpath.md")]
pub mod xpath {}
