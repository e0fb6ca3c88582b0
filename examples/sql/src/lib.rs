//! Roles and access packages of a user for a party, from a database.

pub mod documents;

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use sqlx::AnyPool;
use sqlx::any::{AnyPoolOptions, install_default_drivers};
use vedtak::Request;
use vedtak::attribute::{Designator, category};
use vedtak::provider::{
    Answers, AsyncAttributeProvider, BoxFuture, Fetched, Inputs, ProviderError, Query,
    single_answer,
};
use vedtak::value::{DataType, Value};

pub const USER: &str = "urn:altinn:userid";
pub const PARTY: &str = "urn:altinn:partyid";
pub const ROLE: &str = "urn:altinn:rolecode";
pub const PACKAGE: &str = "urn:altinn:accesspackage";

/// A provider of roles and packages. One statement answers for all users and parties that wait.
#[derive(Clone)]
pub struct Register {
    pool: AnyPool,
    statements: Arc<AtomicUsize>,
}

impl Register {
    /// Opens `sqlite::memory:`, `sqlite:FILE` or `postgres://…`, and makes its tables if they are
    /// missing.
    pub async fn open(url: &str) -> Result<Self, sqlx::Error> {
        install_default_drivers();
        // Each connection to a database in memory would have one of its own.
        let connections = if url.contains(":memory:") { 1 } else { 8 };
        let options = AnyPoolOptions::new().max_connections(connections);
        let pool = options.connect(url).await?;
        for table in ["role", "package"] {
            let columns = "person BIGINT NOT NULL, party BIGINT NOT NULL, code TEXT NOT NULL";
            let key = "PRIMARY KEY (person, party, code)";
            let statement = format!("CREATE TABLE IF NOT EXISTS {table} ({columns}, {key})");
            sqlx::query(&statement).execute(&pool).await?;
        }
        Ok(Self {
            pool,
            statements: Arc::default(),
        })
    }

    /// Gives a user a role (`table` is `role`) or a package (`package`) for a party.
    pub async fn give(
        &self,
        table: &str,
        user: i64,
        party: i64,
        code: &str,
    ) -> Result<(), sqlx::Error> {
        let statement = format!("INSERT INTO {table} VALUES ($1, $2, $3) ON CONFLICT DO NOTHING");
        let statement = sqlx::query(&statement).bind(user).bind(party).bind(code);
        statement.execute(&self.pool).await.map(drop)
    }

    /// How many statements have asked for roles and packages.
    pub fn statements(&self) -> usize {
        self.statements.load(Relaxed)
    }

    /// The roles and the packages of each user for a party, in the order of the pairs.
    async fn look_up(&self, pairs: &[(i64, i64)]) -> Result<Vec<[Vec<Value>; 2]>, sqlx::Error> {
        // Numbers that were read as numbers can stand in the text of a statement: no database has
        // a limit for those, as each has for parameters.
        let mut asked = String::new();
        for (place, (user, party)) in pairs.iter().enumerate() {
            let comma = if place == 0 { "" } else { ", " };
            let _ = write!(asked, "{comma}({place}, {user}, {party})");
        }
        let statement = format!(
            "WITH asked (place, person, party) AS (VALUES {asked})
             SELECT CAST(place AS BIGINT), 0, code FROM asked JOIN role USING (person, party)
             UNION ALL
             SELECT CAST(place AS BIGINT), 1, code FROM asked JOIN package USING (person, party)"
        );
        self.statements.fetch_add(1, Relaxed);
        // No statement comes twice: none is worth being kept by the connection.
        let rows = sqlx::query_as(&statement).persistent(false);
        let rows: Vec<(i64, i32, String)> = rows.fetch_all(&self.pool).await?;
        let mut found = vec![[Vec::new(), Vec::new()]; pairs.len()];
        for (place, kind, code) in rows {
            found[place as usize][kind as usize].push(code.into());
        }
        Ok(found)
    }
}

impl AsyncAttributeProvider for Register {
    fn name(&self) -> &str {
        "register of roles and packages"
    }

    fn supplies(&self, wanted: &Designator) -> bool {
        *wanted == roles() || *wanted == packages()
    }

    /// Who asks, and for which party: nothing else is shown, and nothing else tells answers apart.
    fn inputs(&self, _: &Designator) -> Inputs {
        Inputs::nothing()
            .attribute(category::ACCESS_SUBJECT, USER)
            .attribute(category::RESOURCE, PARTY)
    }

    fn queries_at_once(&self) -> usize {
        1_000
    }

    fn fetch<'a>(
        &'a self,
        wanted: &'a Designator,
        request: &'a Request,
    ) -> BoxFuture<'a, Result<Fetched, ProviderError>> {
        Box::pin(async move { single_answer(self.fetch_many(&[Query { wanted, request }]).await) })
    }

    fn fetch_many<'a>(&'a self, queries: &'a [Query<'a>]) -> BoxFuture<'a, Answers> {
        Box::pin(async move {
            let asked: Vec<_> = queries.iter().map(|query| pair(query.request)).collect();
            let mut pairs: Vec<_> = asked.iter().flatten().copied().collect();
            pairs.sort_unstable();
            pairs.dedup();
            let found = self.look_up(&pairs).await;
            let found = found.map_err(|error| ProviderError::new(error.to_string()))?;
            let answer = |(query, asked): (&Query<'_>, Result<(i64, i64), ProviderError>)| {
                let place = pairs.binary_search(&asked?);
                let place = place.map_err(|_| ProviderError::new("it was not looked up"))?;
                let [own_roles, own_packages] = found[place].clone();
                // Both came with the same row: what was not asked for now may be next.
                Ok(match *query.wanted == roles() {
                    true => Fetched::from(own_roles).with_attribute(packages(), own_packages),
                    false => Fetched::from(own_packages).with_attribute(roles(), own_roles),
                })
            };
            Ok(queries.iter().zip(asked).map(answer).collect())
        })
    }
}

fn roles() -> Designator {
    Designator::new(category::ACCESS_SUBJECT, ROLE, DataType::String)
}

fn packages() -> Designator {
    Designator::new(category::ACCESS_SUBJECT, PACKAGE, DataType::String)
}

/// The user and the party of a request.
fn pair(request: &Request) -> Result<(i64, i64), ProviderError> {
    let one = |category: &str, id: &str| {
        let mut values = request.values(category, id);
        let value = values.next().and_then(|value| value.as_integer()?.as_i64());
        value.ok_or_else(|| ProviderError::new(format!("the request has no integer `{id}`")))
    };
    Ok((
        one(category::ACCESS_SUBJECT, USER)?,
        one(category::RESOURCE, PARTY)?,
    ))
}
