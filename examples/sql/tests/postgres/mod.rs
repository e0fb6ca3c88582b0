//! A server of PostgreSQL for tests, started on loopback from the programs of Debian's package
//! `postgresql`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A server with its own data, which ends with it.
pub struct Server {
    programs: PathBuf,
    folder: PathBuf,
    port: u16,
}

impl Server {
    /// Starts one, if PostgreSQL is installed. With `VEDTAK_POSTGRES=required` it must be.
    pub fn start() -> Option<Self> {
        let server = Self::start_installed();
        let required = std::env::var("VEDTAK_POSTGRES").is_ok_and(|value| value == "required");
        assert!(server.is_some() || !required, "PostgreSQL is not installed");
        if server.is_none() {
            println!("skipped: PostgreSQL is not installed");
        }
        server
    }

    fn start_installed() -> Option<Self> {
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

    pub fn url(&self) -> String {
        format!("postgres://vedtak@127.0.0.1:{}/postgres", self.port)
    }

    /// Ends every process of the server in the midst of what it does.
    pub fn kill(&self) {
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
