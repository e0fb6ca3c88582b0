//! A server on loopback, and a client that speaks to it over a socket.

use std::collections::HashMap;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use vedtak_server::listen;
use vedtak_server::options::Options;
use vedtak_server::service::Service;

pub const EVALUATION: &str = "/access/v1/evaluation";
pub const TRUE: &str = r#"{"decision":true}"#;
pub const FALSE: &str = r#"{"decision":false}"#;
pub const JSON: &str = "application/json";
pub const RECORDS: &str = include_str!("../../../../fixtures/authzen/records.xml");

/// Fixtures of the repository.
pub fn fixture(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fixtures")
        .join(path)
}

/// A folder that is gone after its test.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Relaxed);
        let name = format!("vedtak-server-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).expect("a folder can be made");
        Self(path)
    }

    pub fn with(self, name: &str, text: &str) -> Self {
        self.write(name, text);
        self
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.0.join(name), text).expect("it can be written");
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A server that runs in this process.
pub struct Server {
    pub address: SocketAddr,
    pub service: Arc<Service>,
    stop: Option<oneshot::Sender<()>>,
    pub serving: JoinHandle<()>,
}

impl Server {
    pub async fn start(options: Options) -> Self {
        let service = Service::new(options).expect("the settings are good");
        let listener = TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("a port is free");
        let address = listener.local_addr().expect("it has an address");
        let (stop, stopped) = oneshot::channel();
        let own = service.clone();
        let serving = tokio::spawn(async move {
            let stopped = async { drop(stopped.await) };
            listen::serve(own, listener, stopped).await;
        });
        Self {
            address,
            service,
            stop: Some(stop),
            serving,
        }
    }

    /// One for a folder, with all settings as they are by default.
    pub async fn of(folder: &Folder) -> Self {
        Self::start(Options::of(&folder.0)).await
    }

    pub fn stop(&mut self) {
        drop(self.stop.take());
    }

    /// Waits until it has ended.
    pub async fn ends(&mut self) {
        self.stop();
        let ended = tokio::time::timeout(Duration::from_secs(20), &mut self.serving);
        ended.await.expect("it ends").expect("it ends well");
    }

    pub async fn connect(&self) -> TcpStream {
        let connected = TcpStream::connect(self.address).await;
        connected.expect("it listens")
    }

    pub async fn ask(&self, ask: Ask) -> Answer {
        let answer = exchange(self.connect().await, &ask).await;
        answer.expect("it answers")
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.ask(Ask::get(path)).await
    }

    pub async fn post(&self, path: &str, body: &str) -> Answer {
        self.ask(Ask::post(path, body)).await
    }
}

/// Waits until something is so.
pub async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !is_so().await {
        let elapsed = begun.elapsed();
        assert!(elapsed < Duration::from_secs(20), "it never is: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// A request.
pub struct Ask(String, String);

impl Ask {
    pub fn get(path: &str) -> Self {
        Self(format!("GET {path} HTTP/1.1\r\n"), String::new())
    }

    /// One with a body of JSON.
    pub fn post(path: &str, body: &str) -> Self {
        Self::sent(path, JSON, body)
    }

    /// One with a body of some media type, or of none.
    pub fn sent(path: &str, kind: &str, body: &str) -> Self {
        let ask = Self(format!("POST {path} HTTP/1.1\r\n"), body.to_owned());
        let ask = ask.with("Content-Length", &body.len().to_string());
        match kind {
            "" => ask,
            kind => ask.with("Content-Type", kind),
        }
    }

    pub fn with(self, name: &str, value: &str) -> Self {
        Self(format!("{}{name}: {value}\r\n", self.0), self.1)
    }

    pub fn text(&self) -> String {
        let host = match self.0.contains("\r\nHost: ") {
            true => "",
            false => "Host: localhost\r\n",
        };
        format!("{}{host}\r\n{}", self.0, self.1)
    }
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HashMap<String, String>,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub fn kind(&self) -> &str {
        self.headers.get("content-type").map_or("", String::as_str)
    }

    /// Demands problem details of a status.
    pub fn problem(&self, status: u16) -> String {
        let kind = "application/problem+json";
        assert_eq!((self.status, self.kind()), (status, kind), "{self:?}");
        let json = self.json();
        assert_eq!(json["status"], status);
        assert!(json["title"].is_string());
        let detail = json["detail"].as_str();
        detail.expect("there is a detail").to_owned()
    }
}

/// Sends a request and reads its answer, and nothing after it.
pub async fn exchange(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    ask: &Ask,
) -> std::io::Result<Answer> {
    stream.write_all(ask.text().as_bytes()).await?;
    read_answer(&mut stream).await
}

pub async fn read_answer(stream: &mut (impl AsyncRead + Unpin)) -> std::io::Result<Answer> {
    let ended = || std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
    let mut read = Vec::new();
    let mut buffer = [0; 8192];
    loop {
        let end = read.windows(4).position(|four| four == b"\r\n\r\n");
        if let Some(end) = end {
            let head = String::from_utf8_lossy(&read[..end]).into_owned();
            let mut lines = head.split("\r\n");
            let status = lines.next().and_then(|line| line.split(' ').nth(1));
            let status = status.and_then(|status| status.parse().ok());
            let headers = lines.filter_map(|line| line.split_once(": "));
            let headers = headers.map(|(name, value)| (name.to_lowercase(), value.to_owned()));
            let headers: HashMap<String, String> = headers.collect();
            let length = headers.get("content-length");
            let length = length.and_then(|length| length.parse().ok());
            let whole = end + 4 + length.unwrap_or(0);
            if read.len() >= whole {
                let body = String::from_utf8_lossy(&read[end + 4..whole]).into_owned();
                return Ok(Answer {
                    status: status.ok_or_else(ended)?,
                    headers,
                    body,
                });
            }
        }
        match stream.read(&mut buffer).await? {
            0 => return Err(ended()),
            count => read.extend(&buffer[..count]),
        }
    }
}

/// A question of AuthZEN about a record.
pub fn question(who: &str, action: &str) -> String {
    format!(
        r#"{{"subject": {{"type": "user", "id": "{who}"}}, "action": {{"name": "{action}"}},
            "resource": {{"type": "record", "id": "record-1"}}}}"#
    )
}
