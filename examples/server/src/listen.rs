//! A socket → connections, with limits, with or without TLS, until the server is to stop.

use std::error;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ServerConfig, crypto};

use crate::options::Options;
use crate::routes::routes;
use crate::service::Service;
use crate::stalled::Stalling;

type Failure = Box<dyn error::Error + Send + Sync>;

/// The time before a socket that could not be accepted from is tried again: the system may have no more
/// files.
const AGAIN: Duration = Duration::from_millis(50);

/// Serves until `stop` is there, then answers what has begun.
///
/// # Errors
///
/// The files of TLS cannot be used.
pub async fn serve(
    service: Arc<Service>,
    listener: TcpListener,
    stop: impl Future<Output = ()>,
) -> Result<(), Failure> {
    let options = &service.options;
    let tls = acceptor(options)?;
    let router = routes(service.clone());
    let following = tokio::spawn(follow(service.clone()));
    let places = Arc::new(Semaphore::new(options.max_connections));
    let open = GracefulShutdown::new();
    let stop = async {
        stop.await;
        service.stops();
        tokio::time::sleep(options.drain).await;
    };
    let mut stop = std::pin::pin!(stop);
    loop {
        let next = async {
            // It never closes.
            let place = places
                .clone()
                .acquire_owned()
                .await
                .map_err(io::Error::other)?;
            Ok::<_, io::Error>((place, listener.accept().await?.0))
        };
        let accepted = tokio::select! {
            accepted = next => accepted,
            () = &mut stop => break,
        };
        let (place, stream) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "no connection");
                tokio::time::sleep(AGAIN).await;
                continue;
            }
        };
        // Answers are short: none waits for more.
        let _ = stream.set_nodelay(true);
        let stream = Stalling::new(stream, options.answer_within);
        let (router, watcher, tls) = (router.clone(), open.watcher(), tls.clone());
        let service = service.clone();
        tokio::spawn(async move {
            let _place = place;
            service.recorder.connections().inc();
            let within = service.options.headers_within;
            let served = match tls {
                None => connection(stream, router, watcher, within).await,
                Some(tls) => match tokio::time::timeout(within, tls.accept(stream)).await {
                    Ok(Ok(stream)) => connection(stream, router, watcher, within).await,
                    Ok(Err(error)) => Err(error.into()),
                    Err(_) => Err("no handshake in time".into()),
                },
            };
            service.recorder.connections().dec();
            if let Err(error) = served {
                tracing::debug!(%error, "a connection ended");
            }
        });
    }
    drop(listener);
    if tokio::time::timeout(options.stop_within, open.shutdown())
        .await
        .is_err()
    {
        tracing::warn!("requests that had begun were not answered in time");
    }
    following.abort();
    service.recorder.close();
    Ok(())
}

async fn connection(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    router: Router,
    watcher: Watcher,
    headers_within: Duration,
) -> Result<(), Failure> {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(headers_within)
        .max_headers(100);
    let connection = http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    Ok(watcher.watch(connection).await?)
}

/// Looks into the folder again and again.
async fn follow(service: Arc<Service>) {
    loop {
        tokio::time::sleep(service.options.follow_every).await;
        let looking = service.clone();
        if let Err(error) = tokio::task::spawn_blocking(move || looking.sync()).await {
            tracing::error!(%error, "following the folder failed");
        }
    }
}

fn acceptor(options: &Options) -> Result<Option<TlsAcceptor>, Failure> {
    let (Some(cert), Some(key)) = (&options.tls_cert, &options.tls_key) else {
        return Ok(None);
    };
    let failed = |file: &Path, why: &dyn std::fmt::Display| format!("{}: {why}", file.display());
    let chain: Result<Vec<_>, _> = CertificateDer::pem_file_iter(cert)
        .map_err(|error| failed(cert, &error))?
        .collect();
    let chain = chain.map_err(|error| failed(cert, &error))?;
    let key = PrivateKeyDer::from_pem_file(key).map_err(|error| failed(key, &error))?;
    let provider = Arc::new(crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|error| failed(cert, &error))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Some(TlsAcceptor::from(Arc::new(config))))
}
