//! The settings of the server: flags, each also an environment variable.

use std::path::PathBuf;
use std::time::Duration;

use axum::http::Uri;
use clap::builder::BoolishValueParser;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum, value_parser};
use serde::{Deserialize, Serialize};
use vedtak::combining::policy::DENY_OVERRIDES;
use vedtak::{Limits, Pdp, PdpBuilder};

/// A policy decision point behind HTTP: XACML, AuthZEN, explanations, and Altinn's model.
#[derive(Debug, Parser)]
#[command(
    version,
    args_conflicts_with_subcommands = true,
    after_help = "Example: vedtak-server policies --pages\n  then open http://127.0.0.1:8181/ui/"
)]
pub struct Command {
    /// The other commands, which do not serve.
    #[command(subcommand)]
    pub other: Option<Other>,
    /// How to serve.
    #[command(flatten)]
    pub serve: Options,
}

/// The other commands.
#[derive(Debug, Subcommand)]
pub enum Other {
    /// Decides a decision log again and tells which decisions differ now.
    ///
    /// It ends with 0 if none does, with 1 if one does, and with 2 if a line is cut, or a line, the log or the
    /// folder cannot be read. Settings that differ from those of the log are told.
    Replay {
        /// The log, of `--decision-log`.
        log: PathBuf,
        /// The folder of policies.
        folder: PathBuf,
        /// How to decide: with --altinn for a log of Altinn's decisions.
        #[command(flatten)]
        how: Deciding,
    },
    /// Makes a token, and prints it on standard error, and its line for the file of `--tokens` on standard
    /// output.
    Token {
        /// The name of its bearer in logs.
        name: String,
        /// The rights that it has, with spaces or commas between.
        #[arg(required = true, value_delimiter = ',')]
        rights: Vec<crate::access::Right>,
    },
}

impl Command {
    /// Reads the command line of this process and its environment, where each flag has its name in
    /// capitals behind `VEDTAK_`. What is wrong is told, and ends the process.
    pub fn read() -> Self {
        let named = |arg: clap::Arg| match arg.get_long() {
            Some(long) => {
                let name = format!("VEDTAK_{}", long.to_uppercase().replace('-', "_"));
                arg.env(name)
            }
            None => arg,
        };
        let command = Self::command().mut_args(named);
        let command = command.mut_subcommands(|other| other.mut_args(named));
        let command = command.mut_arg("folder", |folder| folder.env("VEDTAK_FOLDER"));
        Self::from_arg_matches(&command.get_matches()).unwrap_or_else(|error| error.exit())
    }
}

/// The settings of a server.
#[derive(Clone, Debug, Args)]
pub struct Options {
    /// The folder of policies, followed while the server runs.
    #[arg(default_value = "policies")]
    pub folder: PathBuf,
    /// The address to listen on.
    #[arg(long, default_value = "127.0.0.1:8181")]
    pub listen: std::net::SocketAddr,
    /// The address by which clients reach the server, for AuthZEN's metadata and, without tokens, for the
    /// pages that may ask [default: that of --listen].
    #[arg(long, value_name = "URL", value_parser = address)]
    pub public_address: Option<String>,
    /// How to decide.
    #[command(flatten)]
    pub deciding: Deciding,
    /// The attributes that AuthZEN's members become: of the same name, or the standard's.
    #[arg(long, default_value = "by-name")]
    pub mapping: MappingName,
    /// The file of tokens. Without, everybody who reaches the server may decide and read its metrics.
    #[arg(long, value_name = "FILE")]
    pub tokens: Option<PathBuf>,
    /// Serves pages under /ui/. Without tokens, everybody on this machine may explain, and the address
    /// must be a loopback address.
    #[arg(long, value_parser = BoolishValueParser::new())]
    pub pages: bool,
    /// The certificates, as PEM: with --tls-key, the server speaks HTTPS.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// The private key, as PEM.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// Writes each decision to this file, one JSON object a line.
    #[arg(long, value_name = "FILE")]
    pub decision_log: Option<PathBuf>,
    /// The most bytes of a body.
    #[arg(long, default_value_t = 1 << 20, value_name = "BYTES", value_parser = value_parser!(u32).range(1..))]
    pub max_body: u32,
    /// The most connections at once; others wait.
    #[arg(long, default_value_t = 1024, value_name = "N", value_parser = value_parser!(u32).range(1..=1_000_000))]
    pub max_connections: u32,
    /// The seconds in which a request is read and answered.
    #[arg(long, default_value = "10", value_name = "SECONDS", value_parser = some_seconds)]
    pub answer_within: Duration,
    /// The seconds in which the headers of a request arrive, or the next request of a connection.
    #[arg(long, default_value = "30", value_name = "SECONDS", value_parser = some_seconds)]
    pub headers_within: Duration,
    /// The seconds between two looks into the folder.
    #[arg(long, default_value = "5", value_name = "SECONDS", value_parser = some_seconds)]
    pub follow_every: Duration,
    /// The seconds for which a server that is to stop still serves, and is not ready.
    #[arg(long, default_value = "0", value_name = "SECONDS", value_parser = seconds)]
    pub drain: Duration,
    /// The seconds in which requests that have begun are answered after that.
    #[arg(long, default_value = "20", value_name = "SECONDS", value_parser = seconds)]
    pub stop_within: Duration,
}

/// How the policies of a folder decide.
#[derive(Clone, Debug, Args)]
pub struct Deciding {
    /// Decides as Altinn does, with the facts of a register; each policy is named after its resource.
    #[arg(long, value_name = "REGISTER.json")]
    pub altinn: Option<PathBuf>,
    /// The zone in which policies read the time, such as Europe/Oslo or +01:00 [default: UTC].
    #[arg(long, value_name = "ZONE", conflicts_with = "altinn")]
    pub zone: Option<String>,
    /// The most work of one question, in steps of some 100 nanoseconds; beyond, it is Indeterminate.
    #[arg(long, default_value_t = 2_000_000, value_name = "STEPS", value_parser = value_parser!(u64).range(1..))]
    pub work: u64,
    /// Starts although files are refused, and is not ready until none is: what decides without them may
    /// permit what they deny.
    #[arg(long, value_parser = BoolishValueParser::new())]
    pub start_with_refused: bool,
}

impl Deciding {
    /// Begins a PDP that decides so.
    pub fn builder(&self) -> PdpBuilder {
        self.set(Pdp::builder())
    }

    /// Has a PDP decide so, whatever was said before.
    pub fn set(&self, builder: PdpBuilder) -> PdpBuilder {
        let builder = builder.root_combining(DENY_OVERRIDES).limits(self.limits());
        match &self.zone {
            None => builder,
            Some(zone) => builder.time_zone(zone),
        }
    }

    /// Returns what of these settings changes answers.
    pub fn settings(&self) -> Settings {
        let zone = self.zone.as_deref().unwrap_or("UTC");
        Settings {
            zone: self.altinn.is_none().then(|| zone.to_owned()),
            work: self.work,
            mapping: None,
        }
    }

    /// Returns the limits of a decision.
    pub fn limits(&self) -> Limits {
        let mut limits = Limits::default();
        limits.work = self.work;
        limits
    }
}

/// The settings that change answers: servers with the same policies and other settings may decide
/// otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The zone of `--zone`; none in Altinn mode, which has one of its own.
    pub zone: Option<String>,
    /// The steps of `--work`.
    pub work: u64,
    /// The name of `--mapping`, by which requests of AuthZEN are read; none in Altinn mode, and where no
    /// requests of AuthZEN are read.
    pub mapping: Option<String>,
}

impl Settings {
    /// Says how decisions may differ that were made with these from those made with others, whatever
    /// the mapping was: what is decided again was read by it before.
    pub fn differs(&self, now: &Self) -> Option<String> {
        let zone = |of: &Self| of.zone.clone().unwrap_or_else(|| "none".into());
        let mut told = Vec::new();
        if self.zone != now.zone {
            told.push(format!("--zone was {}, is {}", zone(self), zone(now)));
        }
        if self.work != now.work {
            told.push(format!("--work was {}, is {}", self.work, now.work));
        }
        (!told.is_empty()).then(|| told.join("; "))
    }
}

/// A mapping of AuthZEN's members.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum MappingName {
    /// Each becomes the attribute of its name.
    ByName,
    /// Ids and names become `subject-id`, `resource-id` and `action-id` of the standard.
    Standard,
}

impl Options {
    /// Returns the settings of a server for a folder, all others as they are by default.
    pub fn of(folder: impl Into<PathBuf>) -> Self {
        let mut options = Command::parse_from(["vedtak-server"]).serve;
        options.folder = folder.into();
        options
    }

    /// Returns what of the settings changes answers.
    pub fn settings(&self) -> Settings {
        let mut settings = self.deciding.settings();
        let mapping = self.mapping.to_possible_value();
        let mapping = mapping.filter(|_| self.deciding.altinn.is_none());
        settings.mapping = mapping.map(|mapping| mapping.get_name().to_owned());
        settings
    }

    /// Returns where clients reach the server.
    pub fn address(&self) -> String {
        let scheme = match self.tls_cert {
            Some(_) => "https",
            None => "http",
        };
        let own = || format!("{scheme}://{}", self.listen);
        self.public_address.clone().unwrap_or_else(own)
    }

    /// Whether only this machine reaches the server.
    pub fn is_loopback(&self) -> bool {
        self.listen.ip().to_canonical().is_loopback()
    }

    /// Says what contradicts itself. Errors: pages without tokens on an address that others reach.
    pub fn check(&self) -> Result<(), String> {
        if self.pages && self.tokens.is_none() && !self.is_loopback() {
            let listen = self.listen;
            return Err(format!(
                "{listen} is not a loopback address: pages explain to everybody who reaches them, so \
                 give --tokens as well"
            ));
        }
        Ok(())
    }
}

/// Reads the address of a server, and leaves out a `/` at its end.
fn address(text: &str) -> Result<String, String> {
    let uri: Option<Uri> = text.parse().ok();
    let is_address = uri.is_some_and(|uri| {
        let is_http = matches!(uri.scheme_str(), Some("http" | "https"));
        is_http && uri.authority().is_some() && !text.contains(['?', '#'])
    });
    match is_address {
        true => Ok(text.trim_end_matches('/').to_owned()),
        false => Err("it is no address such as https://pdp.example.com".into()),
    }
}

fn some_seconds(text: &str) -> Result<Duration, String> {
    match seconds(text)? {
        Duration::ZERO => Err("it is no time at all".into()),
        seconds => Ok(seconds),
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "it is no number".to_owned())?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}
