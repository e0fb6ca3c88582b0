//! PostgreSQL is killed while decisions are made with it: nothing is permitted that was not, and each
//! result says what failed.
//!
//! The server is started here, on loopback, from the programs of Debian's package `postgresql`. Where
//! they are missing, the test says so and passes; with `VEDTAK_POSTGRES=required` it fails.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use vedtak::provider::TimeLimit;
use vedtak::{Decision, Pdp, Request};
use vedtak_sql::{PARTY, Register, USER};

const POLICY: &str = include_str!("../../../fixtures/altinn/resource-policy.xml");
const USERS: i64 = 100;

/// A server with its own data, which ends with it.
struct Server {
    programs: PathBuf,
    folder: PathBuf,
    port: u16,
}

impl Server {
    /// Starts one, if PostgreSQL is installed.
    fn start() -> Option<Self> {
        let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
        let programs = versions.flatten().map(|version| version.path().join("bin"));
        let programs = programs
            .filter(|folder| folder.join("initdb").exists())
            .max()?;
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let port = free.local_addr().expect("it has an address").port();
        drop(free);
        let folder = std::env::temp_dir().join(format!("vedtak-sql-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder can be made");
        if is_root() {
            let done = Command::new("chown").arg("postgres").arg(&folder).status();
            assert!(
                done.is_ok_and(|status| status.success()),
                "`chown postgres` works"
            );
        }
        let server = Self {
            programs,
            folder,
            port,
        };
        let data = server.data();
        server.run("initdb", &["-A", "trust", "-U", "vedtak", "-D", &data]);
        let options = format!(
            "-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='{}' -c fsync=off",
            server.folder.display()
        );
        server.run(
            "pg_ctl",
            &[
                "-w",
                "-D",
                &data,
                "-o",
                &options,
                "-l",
                &server.log(),
                "start",
            ],
        );
        Some(server)
    }

    fn data(&self) -> String {
        self.folder.join("data").display().to_string()
    }

    fn log(&self) -> String {
        self.folder.join("log").display().to_string()
    }

    fn url(&self) -> String {
        format!("postgres://vedtak@127.0.0.1:{}/postgres", self.port)
    }

    /// Ends every process of the server in the midst of what it does.
    fn kill(&self) {
        self.run("pg_ctl", &["-D", &self.data(), "-m", "immediate", "stop"]);
    }

    /// PostgreSQL does not run as root.
    fn run(&self, program: &str, arguments: &[&str]) {
        let program = self.programs.join(program);
        let mut command = match is_root() {
            false => Command::new(&program),
            true => {
                let mut command = Command::new("runuser");
                command.args(["-u", "postgres", "--"]).arg(&program);
                command
            }
        };
        command
            .args(arguments)
            .current_dir("/")
            .stdout(Stdio::null());
        let status = command.status().expect("it can be run");
        assert!(status.success(), "{}: {status}", program.display());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if Path::new(&self.data()).join("postmaster.pid").exists() {
            self.kill();
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output();
    output.is_ok_and(|output| output.stdout.starts_with(b"0"))
}

fn ask(user: i64) -> Request {
    Request::builder()
        .subject(USER, user)
        .resource(PARTY, 1_000 + user)
        .resource("urn:altinn:resource", "vedtak-brev")
        .action("read")
        .build()
}

fn may_read(user: i64) -> bool {
    user % 3 == 0
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_dies_opens_nothing_and_every_result_says_so() {
    let Some(server) = Server::start().map(Arc::new) else {
        let required = std::env::var("VEDTAK_POSTGRES").is_ok_and(|value| value == "required");
        assert!(!required, "PostgreSQL is not installed");
        println!("skipped: PostgreSQL is not installed");
        return;
    };
    let register = Register::open(&server.url())
        .await
        .expect("the database opens");
    for user in (0..USERS).filter(|user| may_read(*user)) {
        register
            .give("role", user, 1_000 + user, "dagl")
            .await
            .expect("it can be written");
    }
    let limited = TimeLimit::new(register, || tokio::time::sleep(Duration::from_secs(1)));
    let pdp = Pdp::builder()
        .policy("policy.xml", POLICY)
        .async_provider(limited)
        .build();
    let pdp = pdp.expect("the policy compiles");
    let requests: Vec<Request> = (0..USERS).map(ask).collect();

    // Whoever decides all the time, while somebody pulls the plug.
    let (mut rounds_with, mut rounds_without) = (0, 0);
    let mut dying = None;
    while rounds_without < 3 {
        if rounds_with == 20 && dying.is_none() {
            let server = server.clone();
            dying = Some(tokio::task::spawn_blocking(move || server.kill()));
        }
        let responses = pdp.decide_all_async(&requests).await;
        let mut failed = 0;
        for (response, user) in responses.iter().zip(0..) {
            let result = &response.results[0];
            if result.troubles.is_empty() {
                let expected = match may_read(user) {
                    true => Decision::Permit,
                    false => Decision::NotApplicable,
                };
                assert_eq!(
                    response.decision(),
                    expected,
                    "user {user}, with the database there"
                );
                continue;
            }
            failed += 1;
            assert_ne!(
                response.decision(),
                Decision::Permit,
                "user {user}, without a database"
            );
            let trouble = &result.troubles[0];
            assert_eq!(
                trouble.provider.as_deref(),
                Some("register of roles and packages")
            );
            let status = response.status().expect("an Indeterminate has a status");
            let message = status.message.as_deref().unwrap_or_default();
            assert!(
                message.contains("register of roles and packages"),
                "{message}"
            );
        }
        match failed {
            0 => rounds_with += 1,
            _ => rounds_without += 1,
        }
        assert!(
            rounds_with < 10_000,
            "the database was killed and goes on answering"
        );
    }
    dying
        .expect("it was killed")
        .await
        .expect("and was running until then");
}
