//! `cargo run --release --bin documents` finds, of a million documents in SQLite, those that a user
//! may read, by a condition that the database evaluates; `… documents postgres://…` does it in
//! PostgreSQL, whose tables `document` and `label` it makes anew. A second argument is the number of
//! documents.

use std::time::Instant;

use vedtak::attribute::category;
use vedtak::{Pdp, Request};
use vedtak_sql::documents::{Documents, Error, POLICY, permitted};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().unwrap_or("sqlite::memory:".to_owned());
    let rows = arguments
        .next()
        .map_or(Ok(1_000_000), |rows| rows.parse())?;
    let documents = Documents::make(&url, rows).await?;
    let pdp = Pdp::from_xml(POLICY)?;

    let begun = Instant::now();
    let request = Request::builder()
        .subject("user", "user-17")
        .action("read")
        .build();
    let analysis = pdp.analysis(&request).open_category(category::RESOURCE);
    let condition = analysis.residual()?.to_sql(&documents.mapping(), 1_000)?;
    println!("WHERE {}", condition.text);
    println!(
        "with {:?}, made in {:.1?}",
        condition.parameters,
        begun.elapsed()
    );

    let begun = Instant::now();
    let found = documents.matching(&condition).await?;
    println!(
        "{} of {rows} documents in {:.1?}",
        found.len(),
        begun.elapsed()
    );

    let begun = Instant::now();
    let requests = documents.requests("user-17").await?;
    let decided = permitted(&pdp, &requests);
    println!("the same, decided one by one: {:.1?}", begun.elapsed());
    match found == decided {
        true => Ok(()),
        false => Err("the condition and the decisions differ".into()),
    }
}
