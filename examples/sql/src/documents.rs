//! Documents in a table, and those of them that a policy permits: found by the database, or decided
//! one by one.

use std::collections::HashMap;

use sqlx::any::{AnyPoolOptions, install_default_drivers};
use sqlx::{AnyPool, Row};
use vedtak::analysis::{SqlCondition, SqlDialect, SqlJoin, SqlMapping};
use vedtak::attribute::{Designator, category};
use vedtak::value::{DataType, Value};
use vedtak::{Decision, Pdp, Request};

/// Who may read documents.
pub const POLICY: &str = include_str!("documents.policy.xml");

pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// The documents of a database: each has an owner, a state and a level, or has not, and any number
/// of labels.
pub struct Documents {
    pool: AnyPool,
    dialect: SqlDialect,
}

impl Documents {
    /// Opens `sqlite::memory:` or `postgres://…`, and makes so many documents there.
    pub async fn make(url: &str, rows: i64) -> Result<Self, Error> {
        install_default_drivers();
        let dialect = match url.starts_with("sqlite") {
            true => SqlDialect::Sqlite,
            false => SqlDialect::Postgres,
        };
        // Each connection to a database in memory would have one of its own.
        let pool = AnyPoolOptions::new()
            .max_connections(1)
            .connect(url)
            .await?;
        let numbers = format!(
            "WITH RECURSIVE number (n) AS
             (SELECT CAST(0 AS BIGINT) UNION ALL SELECT n + 1 FROM number WHERE n + 1 < {rows})"
        );
        for statement in [
            "DROP TABLE IF EXISTS document".to_owned(),
            "DROP TABLE IF EXISTS label".to_owned(),
            "CREATE TABLE document
             (id BIGINT PRIMARY KEY, owner TEXT, state TEXT, level BIGINT, public BOOLEAN)"
                .to_owned(),
            "CREATE TABLE label (document BIGINT NOT NULL, name TEXT)".to_owned(),
            format!(
                "INSERT INTO document {numbers}
                 SELECT n,
                     CASE n % 7 WHEN 0 THEN NULL ELSE 'user-' || (n % 100) END,
                     CASE n % 11 WHEN 0 THEN NULL WHEN 1 THEN 'final' WHEN 2 THEN 'FINAL'
                         WHEN 3 THEN 'fi\u{f1}al' WHEN 4 THEN 'sketch' WHEN 5 THEN 'S\u{212a}etch'
                         WHEN 6 THEN 's\u{212a}ETCH' WHEN 7 THEN '' WHEN 8 THEN 'Sketch '
                         WHEN 9 THEN 'etch' ELSE 'draft' END,
                     CASE n % 13 WHEN 0 THEN NULL ELSE n % 13 - 4 END,
                     CASE n % 3 WHEN 0 THEN NULL WHEN 1 THEN n % 2 = 0 ELSE n % 5 = 0 END
                 FROM number"
            ),
            // None, one, two different ones, twice the same one, and one that is NULL.
            format!(
                "INSERT INTO label {numbers}
                 SELECT n, CASE n % 4 WHEN 0 THEN 'secret' WHEN 1 THEN 'Secret' WHEN 2 THEN 'old'
                     ELSE NULL END
                 FROM number WHERE n % 5 <> 0"
            ),
            format!(
                "INSERT INTO label {numbers}
                 SELECT n, CASE n % 3 WHEN 0 THEN 'old' WHEN 1 THEN 'secret' ELSE 'oslo' END
                 FROM number WHERE n % 6 > 2"
            ),
            "CREATE INDEX label_of ON label (document, name)".to_owned(),
            "CREATE INDEX owner_of ON document (owner)".to_owned(),
        ] {
            sqlx::query(&statement).execute(&pool).await?;
        }
        Ok(Self { pool, dialect })
    }

    /// Where the attributes of a document are.
    pub fn mapping(&self) -> SqlMapping {
        SqlMapping::new(self.dialect)
            .column(attribute("owner"), "document.owner")
            .column(attribute("state"), "document.state")
            .column(attribute("level"), "document.level")
            .column(attribute("public"), "document.public")
            .join(
                attribute("label"),
                SqlJoin {
                    table: "label".into(),
                    on: "label.document = document.id".into(),
                    value: "label.name".into(),
                },
            )
            .absent(attribute("folder"))
    }

    /// The documents for which a condition holds.
    pub async fn matching(&self, condition: &SqlCondition) -> Result<Vec<i64>, Error> {
        let statement = format!(
            "SELECT document.id FROM document WHERE {} ORDER BY document.id",
            condition.text
        );
        let mut query = sqlx::query_scalar(&statement);
        for value in &condition.parameters {
            query = match value {
                Value::Integer(number) => query.bind(number.as_i64().ok_or("is too large")?),
                Value::Boolean(value) => query.bind(*value),
                text => query.bind(text.lexical()),
            };
        }
        Ok(query.fetch_all(&self.pool).await?)
    }

    /// Reads each document and adds its attributes to those of a request.
    pub async fn requests(&self, user: &str) -> Result<Vec<(i64, Request)>, Error> {
        let mut labels: HashMap<i64, Vec<String>> = HashMap::new();
        let rows = sqlx::query("SELECT document, name FROM label WHERE name IS NOT NULL");
        for row in rows.fetch_all(&self.pool).await? {
            labels
                .entry(row.try_get(0)?)
                .or_default()
                .push(row.try_get(1)?);
        }
        // Numbers, for SQLite's booleans are numbers.
        let rows = sqlx::query(
            "SELECT id, owner, state, level,
                 CASE WHEN public THEN 1 WHEN NOT public THEN 0 ELSE NULL END
             FROM document ORDER BY id",
        );
        let mut requests = Vec::new();
        for row in rows.fetch_all(&self.pool).await? {
            let id: i64 = row.try_get(0)?;
            let mut request = Request::builder().subject("user", user).action("read");
            for (column, name) in [(1, "owner"), (2, "state")] {
                if let Some(text) = row.try_get::<Option<String>, _>(column)? {
                    request = request.attribute(category::RESOURCE, name, text);
                }
            }
            if let Some(level) = row.try_get::<Option<i64>, _>(3)? {
                request = request.attribute(category::RESOURCE, "level", level);
            }
            let public = match self.dialect {
                SqlDialect::Postgres => row.try_get::<Option<i32>, _>(4)?.map(i64::from),
                _ => row.try_get::<Option<i64>, _>(4)?,
            };
            if let Some(public) = public {
                request = request.attribute(category::RESOURCE, "public", public == 1);
            }
            for label in labels.remove(&id).unwrap_or_default() {
                request = request.attribute(category::RESOURCE, "label", label);
            }
            requests.push((id, request.build()));
        }
        Ok(requests)
    }
}

/// The documents that are permitted, decided one by one.
pub fn permitted(pdp: &Pdp, requests: &[(i64, Request)]) -> Vec<i64> {
    let permits = |request| pdp.decide(request).decision() == Decision::Permit;
    let permitted = requests.iter().filter(|(_, request)| permits(request));
    permitted.map(|(id, _)| *id).collect()
}

/// An attribute of a document.
pub fn attribute(name: &str) -> Designator {
    let data_type = match name {
        "level" => DataType::Integer,
        "public" => DataType::Boolean,
        _ => DataType::String,
    };
    Designator::new(category::RESOURCE, name, data_type)
}
