//! A server that stops while clients ask.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use crate::limits::{asked, folder};
use crate::support::{Answer, Server, TRUE, exchange, read_answer, until};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

#[tokio::test]
async fn a_server_that_stops_answers_what_has_begun() {
    let (_folder, mut options) = folder();
    options.drain = Duration::from_millis(300);
    let mut server = Server::start(options).await;
    // One has sent half of what it asks, one nothing yet, and one has asked before.
    let (mut begun, mut new, mut kept) = (
        server.connect().await,
        server.connect().await,
        server.connect().await,
    );
    let text = asked().text();
    let (head, rest) = text.split_at(text.len() - 10);
    begun.write_all(head.as_bytes()).await.expect("it is sent");
    let answer = exchange(&mut kept, &asked()).await.expect("it answers");
    assert_eq!(
        (&*answer.body, answer.headers.get("connection")),
        (TRUE, None)
    );
    server.stop();
    until("it is not ready", async || {
        server.get("/ready").await.status == 503
    })
    .await;
    // It still answers, and says that it will close.
    let answer = exchange(&mut kept, &asked()).await.expect("it answers");
    assert_eq!(
        (&*answer.body, &*answer.headers["connection"]),
        (TRUE, "close")
    );
    // Nobody connects any more, and who has not asked yet has a moment.
    let is_closed = async || TcpStream::connect(server.address).await.is_err();
    until("nobody connects", is_closed).await;
    let answer = exchange(&mut new, &asked()).await.expect("it answers");
    assert_eq!(answer.body, TRUE);
    begun.write_all(rest.as_bytes()).await.expect("it is sent");
    let answer = read_answer(&mut begun).await.expect("it answers");
    assert_eq!(answer.body, TRUE);
    drop(begun);
    server.ends().await;
}

/// Clients ask over new connections and over kept ones as fast as they can while the server stops: each
/// that is connected is answered, and the next is told that nobody listens.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_under_load_cuts_nobody() {
    let (_folder, mut options) = folder();
    // Some of them wait for a place.
    options.max_connections = 12;
    for _ in 0..3 {
        let mut server = Server::start(options.clone()).await;
        let answered = Arc::new(AtomicUsize::new(0));
        let clients = (0..16).map(|number| {
            let (address, answered) = (server.address, answered.clone());
            let is_kept = number < 8;
            tokio::spawn(async move {
                let mut cut = Vec::new();
                // The system says that nobody listens, and not that nobody answers.
                while let Ok(mut stream) = TcpStream::connect(address).await {
                    loop {
                        match exchange(&mut stream, &asked()).await {
                            Ok(Answer {
                                status: 200,
                                body,
                                headers,
                            }) if body == TRUE => {
                                answered.fetch_add(1, SeqCst);
                                if !is_kept || headers.contains_key("connection") {
                                    break;
                                }
                            }
                            other => {
                                cut.push(format!("{other:?}"));
                                break;
                            }
                        }
                    }
                }
                cut
            })
        });
        let clients: Vec<_> = clients.collect();
        until("they ask", async || answered.load(SeqCst) > 200).await;
        server.ends().await;
        for client in clients {
            let cut = client.await.expect("it ends");
            assert!(cut.is_empty(), "{} of {answered:?}: {cut:?}", cut.len());
        }
    }
}
