//! Requests a second and the time of each, with the share that is the engine's, beside the same server
//! that decides nothing:
//!
//! `cargo run --release --example load -- [SECONDS] [CONNECTIONS]`
//!
//! Client and server share this machine's processors, and each connection asks again as soon as it is
//! answered.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::http::header;
use axum::routing::post;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use vedtak_server::listen;
use vedtak_server::options::Options;
use vedtak_server::routes::with_layers;
use vedtak_server::service::Service;

const POLICY: &str = include_str!("../../../fixtures/authzen/records.xml");
const QUESTION: &str = r#"{"subject": {"type": "user", "id": "alice"}, "action": {"name": "read"},
    "resource": {"type": "record", "id": "record-1"}}"#;
const ANSWER: &str = r#"{"decision":true}"#;
const EVALUATION: &str = "/access/v1/evaluation";

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let seconds: u64 = arguments.next().map_or(Ok(5), |text| text.parse())?;
    let connections: usize = arguments.next().map_or(Ok(16), |text| text.parse())?;
    let folder = std::env::temp_dir().join(format!("vedtak-load-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("records.xml"), POLICY)?;
    let service = Service::new(Options::of(&folder))?;

    let constant = async |_: Bytes| ([(header::CONTENT_TYPE, "application/json")], ANSWER);
    let bare = Router::new().route("/constant", post(constant));
    let layered = with_layers(
        Router::new().route("/constant", post(constant)),
        service.clone(),
    );
    let bare = TcpListener::bind("127.0.0.1:0")
        .await
        .map(|listener| (listener, bare))?;
    let layered = TcpListener::bind("127.0.0.1:0")
        .await
        .map(|listener| (listener, layered))?;
    let whole = TcpListener::bind("127.0.0.1:0").await?;
    let addresses = [
        bare.0.local_addr()?,
        layered.0.local_addr()?,
        whole.local_addr()?,
    ];
    for (listener, router) in [bare, layered] {
        tokio::spawn(async move { axum::serve(listener, router).await });
    }
    tokio::spawn(listen::serve(
        service.clone(),
        whole,
        std::future::pending(),
    ));
    let [bare, layered, whole] = addresses;
    println!(
        "{connections} connections, {seconds} s each, {} processors",
        processors()
    );
    println!(
        "{:<44}{:>10}{:>10}{:>10}",
        "", "requests/s", "median", "99 %"
    );
    for (name, address, path) in [
        ("axum alone, a constant", bare, "/constant"),
        (
            "ids, tokens, metrics and limits, a constant",
            layered,
            "/constant",
        ),
        ("the server, a decision", whole, EVALUATION),
    ] {
        let mut times = run(address, path, connections, Duration::from_secs(seconds)).await?;
        times.sort_unstable();
        let at = |percent: usize| {
            times
                .get(times.len() * percent / 100)
                .copied()
                .unwrap_or_default()
        };
        let rate = times.len() as u64 / seconds.max(1);
        println!("{name:<44}{rate:>10}{:>10.0?}{:>10.0?}", at(50), at(99));
    }
    let text = service.recorder.text();
    let metric = |name: &str| {
        let value = text.lines().find_map(|line| line.strip_prefix(name));
        value.map_or(Ok(0.0), |value| value.trim().parse::<f64>())
    };
    let time = metric("vedtak_engine_seconds_sum ")?;
    let each = time / metric("vedtak_engine_seconds_count ")? * 1e6;
    let share = time / (seconds as f64 * processors() as f64) * 100.0;
    println!("the engine: {each:.1} µs a decision, {share:.0} % of the processors' time");
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Asks over each connection until the time is over: how long each answer took.
async fn run(
    address: SocketAddr,
    path: &str,
    connections: usize,
    time: Duration,
) -> Result<Vec<Duration>, Failure> {
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{QUESTION}",
        QUESTION.len()
    );
    let asking = (0..connections).map(|_| tokio::spawn(ask(address, request.clone(), time)));
    let asking: Vec<_> = asking.collect();
    let mut all = Vec::new();
    for asking in asking {
        all.extend(asking.await??);
    }
    Ok(all)
}

async fn ask(
    address: SocketAddr,
    request: String,
    time: Duration,
) -> Result<Vec<Duration>, Failure> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (begun, mut times) = (Instant::now(), Vec::new());
    let mut buffer = [0; 2048];
    while begun.elapsed() < time {
        let asked = Instant::now();
        stream.write_all(request.as_bytes()).await?;
        let mut length = 0;
        while !buffer[..length].ends_with(ANSWER.as_bytes()) {
            match stream.read(&mut buffer[length..]).await? {
                0 => return Err(String::from_utf8_lossy(&buffer[..length]).into()),
                count => length += count,
            }
        }
        times.push(asked.elapsed());
    }
    Ok(times)
}
