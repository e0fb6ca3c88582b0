//! `cargo run -- FOLDER 127.0.0.1:8181` serves the policies of a folder, and follows the folder as it
//! changes. What fails is logged to standard error; with `RUST_LOG=warn,vedtak=info` every decision is as
//! well. [The README](../README.md) has a policy to begin with, and what to ask the server.

use vedtak_server::{server, sync};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let filter = std::env::var("RUST_LOG").unwrap_or_else(|_| "warn,vedtak_server=info".into());
    let log = tracing_subscriber::fmt().json().with_env_filter(filter);
    log.with_writer(std::io::stderr).init();
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().unwrap_or_else(|| "policies".into());
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:8181".into());

    let (router, store) = server(&format!("http://{address}"))?;
    sync(&store, &folder).map_err(|error| format!("the folder `{folder}`: {error}"))?;
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(std::time::Duration::from_secs(5));
            if let Err(error) = sync(&store, &folder) {
                tracing::error!(folder, %error, "the folder cannot be read");
            }
        }
    });
    let listener = tokio::net::TcpListener::bind(&address).await;
    let listener = listener.map_err(|error| format!("{address}: {error}"))?;
    tracing::info!("listening on {}", listener.local_addr()?);
    let stop = async { drop(tokio::signal::ctrl_c().await) };
    let serving = axum::serve(listener, router).with_graceful_shutdown(stop);
    Ok(serving.await?)
}
