//! A private PostgreSQL for the tests: yours when `LISIERE_TEST_POSTGRES` names one, else the distribution's package on
//! a free loopback port, as a user that is not root, gone when the tests end.

use std::io::Write;
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use sqlx::AssertSqlSafe;
use sqlx::any::AnyPoolOptions;

/// The server's address without a database name, started on first use; `None` where there is no PostgreSQL.
fn server() -> Option<&'static str> {
    static SERVER: OnceLock<Option<(String, Option<Child>)>> = OnceLock::new();
    let server = SERVER.get_or_init(|| match std::env::var("LISIERE_TEST_POSTGRES") {
        Ok(url) => Some((url.trim_end_matches('/').to_owned(), None)),
        Err(_) => start().map(|(url, child)| (url, Some(child))),
    });
    server.as_ref().map(|(url, _)| url.as_str())
}

/// The address of a fresh, empty database; `None` (said on the terminal) where there is no PostgreSQL.
pub async fn fresh() -> Option<String> {
    let Some(server) = server() else {
        assert!(
            std::env::var_os("CI").is_none_or(|ci| ci != "true"),
            "CI needs PostgreSQL"
        );
        eprintln!(
            "skipped: no PostgreSQL here (apt-get install postgresql, or set LISIERE_TEST_POSTGRES)"
        );
        return None;
    };
    sqlx::any::install_default_drivers();
    let name = format!("lisiere_{}", uuid::Uuid::now_v7().simple());
    let (base, query) = server.split_once('?').unwrap_or((server, ""));
    let admin = format!("{base}/postgres?{query}");
    let mut last = String::new();
    // Bounded: the server was just started.
    let mut rounds = tokio::time::interval(Duration::from_millis(100));
    for _ in 0..300 {
        rounds.tick().await;
        let pool = AnyPoolOptions::new()
            .max_connections(1)
            .connect(&admin)
            .await;
        match pool {
            Ok(pool) => {
                let statement = format!("CREATE DATABASE {name}");
                sqlx::raw_sql(AssertSqlSafe(statement))
                    .execute(&pool)
                    .await
                    .expect("new database");
                pool.close().await;
                return Some(format!("{base}/{name}?{query}"));
            }
            Err(error) => last = error.to_string(),
        }
    }
    panic!("PostgreSQL does not answer: {last}");
}

/// Starts the server under a shell that ends it when this process goes away, however it goes.
fn start() -> Option<(String, Child)> {
    let programs = programs()?;
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .ok()?
        .local_addr()
        .ok()?
        .port();
    let script = format!(
        "set -e; folder=/tmp/lisiere-pg-$$-{port}; mkdir -m 700 \"$folder\"; cd \"$folder\"; \
         '{0}/initdb' -D \"$folder/data\" -U postgres --auth=trust --no-sync --encoding=UTF8 --locale=C >/dev/null; \
         '{0}/postgres' -D \"$folder/data\" -p {port} -k \"$folder\" -c listen_addresses=127.0.0.1 \
         -c fsync=off -c max_connections=200 >\"$folder/log\" 2>&1 & \
         server=$!; cat >/dev/null; kill -INT $server; wait $server || true; rm -rf \"$folder\"",
        programs.display()
    );
    let mut command = if is_root() {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--", "sh", "-c", &script]);
        command
    } else {
        let mut command = Command::new("sh");
        command.args(["-c", &script]);
        command
    };
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .ok()?;
    // Something on the way in, so that the pipe is known to work.
    child.stdin.as_mut()?.write_all(b"start\n").ok()?;
    Some((format!("postgres://postgres@127.0.0.1:{port}"), child))
}

fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let folders = versions.filter_map(|entry| Some(entry.ok()?.path().join("bin")));
    folders
        .filter(|folder| folder.join("postgres").exists())
        .max()
}

fn is_root() -> bool {
    std::fs::read_to_string("/proc/self/status")
        .is_ok_and(|status| status.lines().any(|line| line.starts_with("Uid:\t0\t")))
}
