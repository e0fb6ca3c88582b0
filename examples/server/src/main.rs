//! `cargo run -- FOLDER` serves the policies of a folder, and follows it as it changes. What fails is
//! logged to standard error as JSON; `RUST_LOG=warn,vedtak=info` logs every decision as well. [The
//! README](../README.md) has a policy to begin with, and what to ask the server.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use tokio::signal::unix::{SignalKind, signal};
use vedtak_server::options::{Command, Deciding, Options, Other};
use vedtak_server::policies::Policies;
use vedtak_server::replay::{Replayed, replay};
use vedtak_server::service::Service;
use vedtak_server::telemetry::Recorder;
use vedtak_server::{Failure, access, listen};

fn main() -> ExitCode {
    let command = Command::read();
    // What is probably a mistake is for whoever serves the policies.
    let filter = match command.other {
        None => "warn,vedtak_server=info",
        Some(_) => "error",
    };
    let filter = std::env::var("RUST_LOG").unwrap_or_else(|_| filter.into());
    let log = tracing_subscriber::fmt().json().with_env_filter(filter);
    log.with_writer(std::io::stderr).init();
    let result = match command.other {
        None => serve(command.serve).map(|()| ExitCode::SUCCESS),
        Some(Other::Replay { log, folder, how }) => replay_log(&log, &folder, &how),
        Some(Other::Token { name, rights }) => token(&name, &rights),
    };
    result.unwrap_or_else(|error| {
        eprintln!("vedtak-server: {error}");
        ExitCode::from(2)
    })
}

fn serve(options: Options) -> Result<(), Failure> {
    let runtime = tokio::runtime::Runtime::new()?;
    let result = runtime.block_on(served(options));
    // Work on a blocking thread cannot be stopped; nobody waits for its answer any more.
    runtime.shutdown_background();
    result
}

async fn served(options: Options) -> Result<(), Failure> {
    let listen = options.listen;
    let service = Service::new(options)?;
    let listener = tokio::net::TcpListener::bind(listen).await;
    let listener = listener.map_err(|error| format!("{listen}: {error}"))?;
    tracing::info!("listening on {}", listener.local_addr()?);
    if service.options.pages {
        tracing::info!("pages are at {}/ui/", service.options.address());
    }
    let mut ends = signal(SignalKind::terminate())?;
    let mut hang_ups = signal(SignalKind::hangup())?;
    let recorder = service.recorder.clone();
    tokio::spawn(async move {
        while hang_ups.recv().await.is_some() {
            if let Some(log) = &recorder.log {
                log.reopen();
            }
        }
    });
    let stop = async {
        tokio::select! {
            _ = ends.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        tracing::info!("stopping");
    };
    listen::serve(service, listener, stop).await;
    Ok(())
}

fn replay_log(log: &Path, folder: &Path, how: &Deciding) -> Result<ExitCode, Failure> {
    let policies = Policies::new(how, how.settings(), Recorder::new(None))?;
    policies.start(folder, how)?;
    let mut out = std::io::stdout().lock();
    // Whoever closed the pipe, as `head` does, has seen enough.
    let mut say = |line: String| drop(writeln!(out, "{line}"));
    let (engine, settings) = (&policies.current().engine, how.settings());
    let told: Replayed = replay(log, engine, &settings, &mut say)?;
    if told.undecided > 0 {
        let undecided = told.undecided;
        say(format!(
            "{undecided} lines are of no request for a decision"
        ));
    }
    if told.cut > 0 {
        let cut = told.cut;
        say(format!(
            "{cut} lines are cut: their decisions cannot be made again"
        ));
    }
    if how.altinn.is_some() {
        say("compared: decision, basis, obligations and advice; not by which rules".into());
    }
    if told.unread > 0 {
        say(format!("{} lines cannot be read", told.unread));
    }
    say(format!(
        "{} decisions, {} differ",
        told.decisions, told.different
    ));
    Ok(ExitCode::from(
        match (told.unread + told.cut, told.different) {
            (0, 0) => 0,
            (0, _) => 1,
            _ => 2,
        },
    ))
}

fn token(name: &str, rights: &[access::Right]) -> Result<ExitCode, Failure> {
    let (token, line) = access::new_token(name, rights)?;
    // A token that nobody sees is none. The line alone may go into the file of tokens.
    writeln!(std::io::stderr(), "token: {token}")?;
    writeln!(std::io::stdout(), "{line}")?;
    Ok(ExitCode::SUCCESS)
}
