//! The chapters of the manual, and the questions of a first day.
//!
//! | question | answer |
//! |---|---|
//! | Which feature of the crate do I need? | [the table on the front page](crate#features): none for XACML in XML |
//! | How do I return a role from my database? | [`AttributeProvider`], or [`AsyncAttributeProvider`](crate::provider::AsyncAttributeProvider) if the client of the database is asynchronous; [an example](attributes#at-once), and the package `examples/sql` |
//! | What if the database is down? | [an outage](errors#when-an-outage-looks-like-an-answer): by the algorithm it is Indeterminate, Deny or even Permit, and the response lists it in its [`troubles`](crate::Response::troubles) |
//! | How do I log decisions? | [`Observer`](crate::observer::Observer) for all, [`Call::observe`](crate::Call::observe) for those of one call; [`observing`] |
//! | How do I reload policies? | [`Store::put`](crate::Store::put), [`Store::sync`](crate::Store::sync) for a whole folder; [`stores`] |
//! | Why is it Permit, Deny or NotApplicable? | [`Pdp::explain`](crate::Pdp::explain) says it in one sentence, with the tree of all that was evaluated; [`explaining`] |
//! | What is wrong with this policy, though it compiles? | [`Lint`](crate::analysis::lint::Lint) finds probable mistakes: [`linting`] |
//! | How do I use JSON? | `Pdp::decide_json` for text, `Request::from_json` and `Response::to_json` (feature `json`, on by default); `authzen` for AuthZEN |
//! | Does it take policies of XACML 2.0? | [yes, wherever it takes those of 3.0](crate::syntax#xacml-20); those of 1.x are [migrated](extending#policies-of-xacml-1x-and-20) |
//! | Can it be asynchronous? | [`Pdp::decide_async`](crate::Pdp::decide_async), on any runtime; [`attributes`](attributes#later). Without slow providers, [`Pdp::decide`](crate::Pdp::decide) takes microseconds, and may be called in an `async fn` |
//! | How fast is it, and how much memory does it take? | [the table of measurements](crate#speed) |
//! | How do I carry out an obligation? | in the closure of [`Response::enforce`](crate::Response::enforce); [`errors`](errors#when-a-decision-is-acted-on) |
//! | Which combining algorithm do I choose? | [the table of `combining`](crate::combining) |
//! | In which time zone is a policy's 08:00? | [the table of settings](attributes#the-time-and-in-which-zone) |
//! | How long may I cache a decision? | until [`Outcome::valid_until`](crate::evaluate::Outcome::valid_until), under [`Outcome::cache_key`](crate::evaluate::Outcome::cache_key) |
//! | How do I ask about many users, resources and actions? | [`Pdp::decide_matrix`](crate::Pdp::decide_matrix) |
//! | What would be enough for a Permit? Who may do this? What does a change of policies change? | [`Pdp::analysis`](crate::Pdp::analysis); [`asking`] |
//! | How do I write a policy in code? | [`syntax`](crate::syntax#policies-in-code) |
//! | How do I write a policy without XML? | in ALFA (feature `alfa`), see the chapter of that name |
//! | How do I lay out policies alike? | [`syntax::format`](fn@crate::syntax::format) keeps the comments and prints one canonical form |
//! | What bounds the size of documents and the work of a decision? | [`Limits`](crate::Limits), set with [`PdpBuilder::limits`](crate::PdpBuilder::limits) |
//!
//! For hosts and authors of policies:
//!
//! - [`attributes`]: providers that answer at once, later and in batches; caches; the time and its
//!   zone; entities, and policies about them.
//! - [`command`]: policies from a terminal and in CI, without a line of Rust.
//! - [`errors`]: errors of loading and deciding, their messages, and what a host does about them.
//! - [`asking`]: what would be enough, who and what is permitted, which attributes matter, what changes.
//! - [`explaining`]: why a decision is what it is, as text, Markdown, JSON, Mermaid and SVG.
//! - [`extending`]: data types, functions, combining algorithms, attributes and policies of your own;
//!   policies of XACML 1.x and 2.0.
//! - [`linting`]: probable mistakes in policies, their levels, and what a host declares of its attributes.
//! - [`observing`]: logs, metrics and traces; decisions that are recorded and replayed.
//! - [`stores`]: policies that change while they decide.
//! - `alfa` (with the feature of that name): policies in the language that most authors would rather write.
//! - `altinn` (with the feature of that name): from a policy to a test in ten minutes.
//! - `testing` (with the feature of that name): test files for policies, for those who write no Rust.
//! - `xpath` (with the feature of that name): policies that read the `Content` of a request.
//!
//! For those who evaluate or change the crate:
//!
//! - `conformance` (with the feature `json`): what of the standard and its profiles is supported, and
//!   what is not.
//! - [`architecture`]: rooms, programs, the index, stores.
//!
//! [`AttributeProvider`]: crate::AttributeProvider

#[cfg(feature = "alfa")]
#[doc = include_str!("manual/alfa.md")]
pub mod alfa {}

#[cfg(feature = "altinn")]
#[doc = include_str!("manual/altinn.md")]
pub mod altinn {}

#[doc = include_str!("manual/architecture.md")]
pub mod architecture {}

#[doc = include_str!("manual/asking.md")]
pub mod asking {}

#[doc = include_str!("manual/attributes.md")]
pub mod attributes {}

#[doc = include_str!("manual/command.md")]
pub mod command {}

#[cfg(feature = "json")]
#[doc = include_str!("manual/conformance.md")]
pub mod conformance {}

#[doc = include_str!("manual/errors.md")]
pub mod errors {}

#[doc = include_str!("manual/explaining.md")]
pub mod explaining {}

#[doc = include_str!("manual/extending.md")]
pub mod extending {}

#[doc = include_str!("manual/linting.md")]
pub mod linting {}

#[doc = include_str!("manual/observing.md")]
pub mod observing {}

#[doc = include_str!("manual/stores.md")]
pub mod stores {}

#[cfg(feature = "testing")]
#[doc = include_str!("manual/testing.md")]
pub mod testing {}

#[cfg(feature = "xpath")]
#[doc = include_str!("manual/xpath.md")]
pub mod xpath {}
