//! A socket → connections, with limits, with or without TLS, until the server is to stop.

use std::fmt::Display;
use std::io::{self, ErrorKind};
#[cfg(target_os = "linux")]
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{Instant, sleep, timeout, timeout_at};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ServerConfig, crypto};

use crate::Failure;
use crate::options::Options;
use crate::routes::routes;
use crate::service::Service;

/// The time before a socket that could not be accepted from is tried again: the system may have no more
/// files.
const AGAIN: Duration = Duration::from_millis(50);

/// The time that a server that stops gives to what is on its way: a connection that is being made, and
/// the next request of one that is open.
const ON_ITS_WAY: Duration = Duration::from_millis(500);

/// Serves until `stop` is there. Then nobody connects any more, and whoever has connected is answered.
pub async fn serve(service: Arc<Service>, listener: TcpListener, stop: impl Future<Output = ()>) {
    let options = &service.options;
    let (closes, closing) = watch::channel(());
    let server = Server {
        router: routes(service.clone()),
        tls: service.tls.clone(),
        places: Arc::new(Semaphore::new(options.max_connections as usize)),
        service: service.clone(),
        closing,
    };
    let following = tokio::spawn(follow(service.clone()));
    let stop = async {
        stop.await;
        service.stops();
        sleep(options.drain).await;
    };
    tokio::select! {
        () = server.accept(&listener, Duration::MAX) => {}
        () = stop => {}
    }
    let end = Instant::now() + options.stop_within;
    closes.send_replace(());
    let no_later = match refuse_new(&listener) {
        // Those that wait for a place get it as others leave.
        true => end,
        // There may always be another.
        false => end.min(Instant::now() + ON_ITS_WAY),
    };
    let _ = timeout_at(no_later, server.accept(&listener, ON_ITS_WAY)).await;
    drop(listener);
    let all = server.places.acquire_many(options.max_connections);
    if timeout_at(end, all).await.is_err() {
        tracing::warn!("requests that had begun were not answered in time");
    }
    following.abort();
    if let Some(log) = &service.recorder.log {
        log.close();
    }
}

struct Server {
    service: Arc<Service>,
    router: Router,
    tls: Option<TlsAcceptor>,
    /// Connections that may be open.
    places: Arc<Semaphore>,
    /// Changes when the server closes its connections.
    closing: watch::Receiver<()>,
}

impl Server {
    /// Accepts connections as long as they come, each within a time after the last.
    async fn accept(&self, listener: &TcpListener, within: Duration) {
        // The semaphore never closes.
        while let Ok(place) = self.places.clone().acquire_owned().await {
            match timeout(within, listener.accept()).await {
                Ok(Ok((stream, _))) => self.begin(stream, place),
                Ok(Err(error)) => {
                    tracing::warn!(%error, "no connection");
                    sleep(AGAIN).await;
                }
                Err(_) => break,
            }
        }
    }

    /// Serves a connection until it ends.
    fn begin(&self, stream: TcpStream, place: OwnedSemaphorePermit) {
        let (router, tls, closing) = (self.router.clone(), self.tls.clone(), self.closing.clone());
        let service = self.service.clone();
        tokio::spawn(async move {
            let _place = place;
            service.recorder.connections.inc();
            let within = service.options.headers_within;
            let served = async {
                prepare(&stream, &service.options)?;
                let Some(tls) = tls else {
                    return connection(stream, router, closing, within).await;
                };
                let shaken = tokio::select! {
                    shaken = tls.accept(stream) => shaken,
                    () = sleep(within) => Err(ErrorKind::TimedOut.into()),
                    () = closed(closing.clone()) => Err(ErrorKind::TimedOut.into()),
                };
                connection(shaken?, router, closing, within).await
            };
            let served = served.await;
            service.recorder.connections.dec();
            if let Err(error) = served {
                tracing::debug!(%error, "a connection ended");
            }
        });
    }
}

async fn connection(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    router: Router,
    closing: watch::Receiver<()>,
    headers_within: Duration,
) -> Result<(), Failure> {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(headers_within)
        .max_headers(100);
    let served = http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let mut served = std::pin::pin!(served);
    // An answer closes its connection when the server stops (`gate`); this is for those without a request.
    tokio::select! {
        served = served.as_mut() => return Ok(served?),
        () = closed(closing) => served.as_mut().graceful_shutdown(),
    }
    Ok(served.await?)
}

/// Waits until the server closes its connections, and what is on its way has come.
async fn closed(mut closing: watch::Receiver<()>) {
    // An error is that the server is gone.
    let _ = closing.changed().await;
    sleep(ON_ITS_WAY).await;
}

/// Lets answers go at once, as none waits for more; and ends a connection whose client takes nothing of
/// its answer for too long, which otherwise would be open for ever.
fn prepare(stream: &TcpStream, options: &Options) -> io::Result<()> {
    stream.set_nodelay(true)?;
    #[cfg(target_os = "linux")]
    socket2::SockRef::from(stream).set_tcp_user_timeout(Some(options.answer_within))?;
    Ok(())
}

/// Has the kernel refuse whoever connects from now on, and finish the connections that are being made:
/// closing the socket would cut these. To that end it is bound to a device by which nobody comes. Returns
/// whether nobody does: on a machine's other addresses, the machine itself comes by `lo`.
#[cfg(target_os = "linux")]
fn refuse_new(listener: &TcpListener) -> bool {
    let is_loopback = |address: SocketAddr| address.ip().to_canonical().is_loopback();
    let is_loopback = listener.local_addr().is_ok_and(is_loopback);
    let bind = || {
        let device = match is_loopback {
            false => "lo".into(),
            true => {
                let devices = std::fs::read_dir("/sys/class/net")?.flatten();
                let mut devices = devices.map(|device| device.file_name());
                let other = devices.find(|device| device != "lo");
                other.ok_or(ErrorKind::NotFound)?
            }
        };
        socket2::SockRef::from(listener).bind_device(Some(device.as_encoded_bytes()))
    };
    let bound = bind();
    if let Err(error) = &bound {
        tracing::warn!(%error, "whoever connects now may be cut");
    }
    bound.is_ok() && is_loopback
}

#[cfg(not(target_os = "linux"))]
fn refuse_new(_: &TcpListener) -> bool {
    false
}

/// Looks into the folder again and again.
async fn follow(service: Arc<Service>) {
    loop {
        sleep(service.options.follow_every).await;
        let looking = service.clone();
        if let Err(error) = tokio::task::spawn_blocking(move || looking.sync()).await {
            tracing::error!(%error, "following the folder failed");
        }
    }
}

/// Returns what speaks TLS to those who connect, if the settings say so. Errors: the files of TLS cannot be
/// used.
pub fn acceptor(options: &Options) -> Result<Option<TlsAcceptor>, Failure> {
    let (Some(cert), Some(key)) = (&options.tls_cert, &options.tls_key) else {
        return Ok(None);
    };
    fn failed<E: Display>(file: &Path) -> impl Fn(E) -> String {
        move |why| format!("{}: {why}", file.display())
    }
    let chain = CertificateDer::pem_file_iter(cert);
    let chain = chain.and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let chain = chain.map_err(failed(cert))?;
    if chain.is_empty() {
        let none = "there is no certificate in it, which --tls-cert expects as PEM";
        return Err(failed(cert)(none).into());
    }
    let key = PrivateKeyDer::from_pem_file(key).map_err(|why| match why {
        pem::Error::NoItemsFound => {
            failed(key)("there is no private key in it, which --tls-key expects as PEM".to_owned())
        }
        why => failed(key)(why.to_string()),
    })?;
    let provider = Arc::new(crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(failed(cert))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Some(TlsAcceptor::from(Arc::new(config))))
}
