//! A private PostgreSQL cluster in a temporary folder, gone when dropped.

use std::{
    os::unix::{fs::chown, process::CommandExt as _},
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context, Result, anyhow};
use rustix::process::Signal;
use tempfile::TempDir;

use crate::{packages, ports, process, process::Process, wait};

const UP: Duration = Duration::from_mins(1);
const DOWN: Duration = Duration::from_secs(30);

/// A running cluster with one superuser, `lisiere`, on a free loopback port.
#[derive(Debug)]
pub struct Postgres {
    server: Option<Process>,
    programs: PathBuf,
    owner: Option<(u32, u32)>,
    folder: TempDir,
    port: u16,
}

impl Postgres {
    /// Makes the cluster and waits until it answers.
    pub async fn start() -> Result<Self> {
        packages::install(&[packages::POSTGRES])?;
        // The server refuses to run as root, and its own account must be able to reach the folder.
        let owner = if rustix::process::geteuid().is_root() {
            Some(account("postgres")?)
        } else {
            None
        };
        let folder = tempfile::Builder::new()
            .prefix("lisiere-postgres-")
            .tempdir_in(std::env::temp_dir())
            .context("making the cluster's folder")?;
        if let Some((user, group)) = owner {
            chown(folder.path(), Some(user), Some(group)).context("giving the folder away")?;
        }
        let mut cluster = Self {
            server: None,
            programs: programs()?,
            owner,
            folder,
            port: ports::free()?,
        };
        let data = cluster.data();
        let mut init = cluster.command("initdb");
        init.args([
            "--username=lisiere",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
        ])
        .args(["--no-sync", "--pgdata"])
        .arg(&data);
        process::run_ok(&mut init, "").context("making the cluster")?;
        cluster.resume().await?;
        Ok(cluster)
    }

    /// Starts the server (again) and waits until it answers.
    pub async fn resume(&mut self) -> Result<()> {
        let port = self.port.to_string();
        let mut command = self.command("postgres");
        command
            .arg("-D")
            .arg(self.data())
            .args(["-p", &port])
            .arg("-k")
            .arg(self.folder.path());
        for setting in [
            "listen_addresses=127.0.0.1",
            "fsync=on",
            "max_connections=200",
        ] {
            command.args(["-c", setting]);
        }
        let log = self.folder.path().join("server.log");
        self.server = Some(Process::start("postgres", &mut command, &log)?);
        let mut ready = self.command("pg_isready");
        ready.args(["-h", "127.0.0.1", "-p", &port, "-q"]);
        wait::until("PostgreSQL to answer", UP, async || {
            Ok((process::run(&mut ready, "")?.code == 0).then_some(()))
        })
        .await
        .with_context(|| self.tail())
    }

    /// Address of the server, without a database.
    pub fn server(&self) -> String {
        format!("postgres://lisiere@127.0.0.1:{}", self.port)
    }

    /// Connection address of one database.
    pub fn url_of(&self, database: &str) -> String {
        format!("{}/{database}", self.server())
    }

    /// A fresh empty database.
    pub fn create(&self, database: &str) -> Result<String> {
        let mut command = self.command("createdb");
        let port = self.port.to_string();
        command.args(["-h", "127.0.0.1", "-p", &port, "-U", "lisiere", database]);
        process::run_ok(&mut command, "").context("making a database")?;
        Ok(self.url_of(database))
    }

    /// SIGKILL to the server; its children notice and end.
    pub fn kill(&mut self) -> Result<()> {
        match self.server.take() {
            Some(mut server) => server.kill(),
            None => Ok(()),
        }
    }

    /// A fast, clean shutdown.
    pub async fn stop(&mut self) -> Result<()> {
        if let Some(mut server) = self.server.take() {
            server.signal(Signal::INT)?;
            server.exit(DOWN).await?;
        }
        Ok(())
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn tail(&self) -> String {
        self.server
            .as_ref()
            .map_or_else(String::new, |server| server.tail(20))
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.current_dir(self.folder.path());
        if let Some((user, group)) = self.owner {
            command.uid(user).gid(group);
        }
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some(server) = self.server.as_mut() {
            // SIGQUIT ends the children too; a plain SIGKILL would leave them to the folder's removal.
            server.signal(Signal::QUIT).ok();
            server.reap();
        }
    }
}

fn programs() -> Result<PathBuf> {
    let server = packages::POSTGRES
        .paths
        .iter()
        .find_map(|path| packages::find(path));
    let server =
        server.ok_or_else(|| anyhow!("no PostgreSQL server: apt-get install postgresql"))?;
    let server = server
        .canonicalize()
        .context("finding PostgreSQL's programs")?;
    server
        .parent()
        .map(Path::to_owned)
        .ok_or_else(|| anyhow!("PostgreSQL has no folder"))
}

/// User and group id of an account of this machine.
fn account(name: &str) -> Result<(u32, u32)> {
    let text = std::fs::read_to_string("/etc/passwd").context("reading /etc/passwd")?;
    text.lines()
        .map(|line| line.split(':').collect::<Vec<_>>())
        .find_map(|fields| match fields.as_slice() {
            [user, _, uid, gid, ..] if *user == name => {
                Some((uid.parse().ok()?, gid.parse().ok()?))
            }
            _ => None,
        })
        .ok_or_else(|| anyhow!("no account {name} on this machine"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_cluster_starts_takes_a_database_and_stops() {
        let mut cluster = Postgres::start().await.unwrap();
        let url = cluster.create("essai").unwrap();
        assert!(url.ends_with("/essai"));
        cluster.stop().await.unwrap();
        cluster.resume().await.unwrap();
    }
}
