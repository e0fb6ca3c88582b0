//! A host's side: its providers, functions, algorithms and caches, at once and later, and AuthZEN.

#[cfg(feature = "testing")]
#[path = "../support/bless.rs"]
mod bless;

mod asynchronous;
mod authzen;
mod cached;
mod extensions;
mod many;
mod observer;
mod own_flow;
mod providers;
mod record;
mod searches;
mod store;
#[cfg(feature = "testing")]
mod testing;
#[cfg(feature = "jiff")]
mod time_zone;
#[cfg(feature = "tracing")]
mod traced;
