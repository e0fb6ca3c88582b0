//! The standard and its profiles, subject by subject: cases in `fixtures`, and what they decide.

mod access_permitted;
#[cfg(feature = "alfa")]
mod alfa;
mod asking;
#[path = "../support/bless.rs"]
mod bless;
mod combining;
mod comments;
mod cover;
mod data_types;
mod entities;
mod exact;
mod explain;
#[path = "../support/explained.rs"]
mod explained;
mod format;
mod hierarchy;
mod json;
mod lint;
mod multiple;
#[cfg(feature = "alfa")]
#[path = "../support/normal.rs"]
mod normal;
#[path = "../support/others.rs"]
mod others;
mod profiles;
mod rbac;
#[cfg(feature = "saml")]
mod saml;
mod troubles;
mod xacml1;
mod xacml2;
#[cfg(feature = "xpath")]
mod xpath;
