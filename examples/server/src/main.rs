//! `cargo run -- FOLDER 127.0.0.1:8181` serves the policies of a folder, and follows the folder as it
//! changes. `RUST_LOG=vedtak=info` logs every decision to standard error.

use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;

use vedtak_server::{App, sync};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let filter = tracing_subscriber::EnvFilter::from_default_env();
    let log = tracing_subscriber::fmt().json().with_env_filter(filter);
    log.with_writer(std::io::stderr).init();
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().unwrap_or_else(|| "policies".into()));
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:8181".into());

    let app = App::new(format!("http://{address}"))?;
    sync(&app.store, &folder)?;
    let store = app.store.clone();
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(Duration::from_millis(500));
            if let Err(error) = sync(&store, &folder) {
                tracing::error!(%error, "the folder cannot be read");
            }
        }
    });
    let listener = tokio::net::TcpListener::bind(&address).await?;
    let stop = async { drop(tokio::signal::ctrl_c().await) };
    Ok(axum::serve(listener, app.router())
        .with_graceful_shutdown(stop)
        .await?)
}
