//! One real hub process: settings, first set-up by its own commands, life and death.

use std::{
    fmt::Write as _,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context, Result, anyhow};

use crate::{
    ports,
    process::{self, Process},
    wait, workspace,
};

const UP: Duration = Duration::from_mins(1);
const DOWN: Duration = Duration::from_secs(30);

/// What stands in a hub's settings file, beside addresses of its own.
#[derive(Debug, Clone, Default)]
pub struct Setup {
    /// A broker of yours; `None` for the one in the hub.
    pub broker: Option<SocketAddr>,
    /// A database of yours; `None` for SQLite in the data folder.
    pub database: Option<String>,
    /// Where the certification authority is kept, when hubs share one.
    pub pki: Option<PathBuf>,
    /// What appliances are told as the broker's address, when they should go another way.
    pub advertise: Option<SocketAddr>,
}

/// Someone who may sign in.
#[derive(Debug, Clone, Copy)]
pub struct Account {
    /// Sign-in name.
    pub login: &'static str,
    /// Name as shown.
    pub name: &'static str,
    /// Role.
    pub role: &'static str,
    /// National number of a professional.
    pub rpps: Option<&'static str>,
    /// Password.
    pub password: &'static str,
}

/// Does the technical review.
pub const TECHNICIAN: Account = Account {
    login: "camille",
    name: "Camille Fictif",
    role: "technician",
    rpps: None,
    password: "paillasse-2026-demo",
};
/// Does the biological review and signs.
pub const BIOLOGIST: Account = Account {
    login: "claire",
    name: "Dr Claire Fictive",
    role: "biologist",
    rpps: Some("899700000001"),
    password: "validation-2026-demo",
};
/// Registers patients and orders.
pub const SECRETARY: Account = Account {
    login: "sacha",
    name: "Sacha Fictif",
    role: "secretary",
    rpps: None,
    password: "reception-2026-demo",
};

/// A hub, running or not.
#[derive(Debug)]
pub struct Hub {
    name: String,
    data: PathBuf,
    broker: SocketAddr,
    process: Option<Process>,
}

impl Hub {
    /// Writes the settings of a new hub whose data folder is `data`.
    pub fn create(name: &str, data: &Path, setup: &Setup) -> Result<Self> {
        std::fs::create_dir_all(data).with_context(|| format!("making {}", data.display()))?;
        let broker = match setup.broker {
            Some(address) => address,
            None => loopback()?,
        };
        std::fs::write(data.join("hub.toml"), settings(setup, broker)?)
            .context("writing the hub's settings")?;
        Ok(Self {
            name: name.to_owned(),
            data: data.to_owned(),
            broker,
            process: None,
        })
    }

    /// Its data folder.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// Where its broker listens.
    pub fn broker(&self) -> SocketAddr {
        self.broker
    }

    /// Names the laboratory and lets the usual people in.
    pub fn furnish(&self) -> Result<()> {
        let sheet = self.data.join("laboratoire.toml");
        std::fs::write(&sheet, LABORATORY).context("writing the laboratory's sheet")?;
        let mut set = self.command()?;
        process::run_ok(set.args(["laboratory", "set"]).arg(&sheet), "")?;
        for account in [TECHNICIAN, BIOLOGIST, SECRETARY] {
            self.let_in(&account)?;
        }
        Ok(())
    }

    /// Makes an account.
    pub fn let_in(&self, account: &Account) -> Result<()> {
        let mut command = self.command()?;
        command.args([
            "account",
            "add",
            "--login",
            account.login,
            "--name",
            account.name,
        ]);
        command.args(["--role", account.role, "--password-stdin"]);
        if let Some(rpps) = account.rpps {
            command.args(["--rpps", rpps]);
        }
        process::run_ok(&mut command, &format!("{}\n", account.password)).map(drop)
    }

    /// An invitation for one appliance.
    pub fn invite(&self, site: &str, name: &str) -> Result<String> {
        let mut command = self.command()?;
        command.args(["appliance", "invite", "--site", site, "--name", name]);
        let said = process::run_ok(&mut command, "")?;
        said.split_whitespace()
            .find(|word| word.starts_with("LIS1."))
            .map(str::to_owned)
            .ok_or_else(|| anyhow!("no token in what the hub printed: {said}"))
    }

    /// The settings it proposes to a Mosquitto that listens on this port.
    pub fn mosquitto_settings(&self, port: u16) -> Result<String> {
        let mut command = self.command()?;
        process::run_ok(
            command.args(["broker", "mosquitto", "--port", &port.to_string()]),
            "",
        )
    }

    /// Insists that nothing was changed in its audit trail.
    pub fn audit_is_intact(&self) -> Result<()> {
        let said = process::run_ok(self.command()?.args(["audit", "verify"]), "")?;
        anyhow::ensure!(said.starts_with("intact"), "{said}");
        Ok(())
    }

    /// Captures in its database, and how many of them wait to be interpreted.
    pub fn captures(&self) -> Result<(u64, u64)> {
        let said = process::run_ok(self.command()?.args(["captures", "count"]), "")?;
        let counts: serde_json::Value = serde_json::from_str(&said).context("reading the count")?;
        let number = |name: &str| counts.get(name).and_then(serde_json::Value::as_u64);
        number("captures")
            .zip(number("waiting"))
            .ok_or_else(|| anyhow!("no count in {said}"))
    }

    /// Starts it and waits until its web pages answer.
    pub async fn start(&mut self) -> Result<()> {
        self.launch()?;
        self.ready().await
    }

    /// Starts it; returns at once.
    pub fn launch(&mut self) -> Result<()> {
        let log = self.data.join("hub.log");
        let mut command = self.command()?;
        self.process = Some(Process::start(&self.name, command.arg("run"), &log)?);
        Ok(())
    }

    /// Waits until it answers.
    pub async fn ready(&mut self) -> Result<()> {
        let data = self.data.clone();
        let process = self.process()?;
        let answering = wait::until("the hub to answer", UP, async || {
            anyhow::ensure!(process.running(), "the hub ended");
            let Some(address) = address(&data, "web") else {
                return Ok(None);
            };
            Ok(tokio::net::TcpStream::connect(address).await.ok().map(drop))
        });
        answering.await.with_context(|| process.tail(40))
    }

    /// Base address of its web pages.
    pub fn url(&self) -> Result<String> {
        let address =
            address(&self.data, "web").ok_or_else(|| anyhow!("no address of the web pages"))?;
        Ok(format!("http://{address}"))
    }

    /// SIGKILL.
    pub fn kill(&mut self) -> Result<()> {
        match self.process.take() {
            Some(mut process) => process.kill(),
            None => Ok(()),
        }
    }

    /// SIGTERM, and a clean end.
    pub async fn stop(&mut self) -> Result<()> {
        let Some(mut process) = self.process.take() else {
            return Ok(());
        };
        let status = process.stop(DOWN).await?;
        anyhow::ensure!(
            status.success(),
            "the hub ended with {status}\n{}",
            process.tail(30)
        );
        Ok(())
    }

    /// Its running process.
    pub fn process(&mut self) -> Result<&mut Process> {
        self.process
            .as_mut()
            .ok_or_else(|| anyhow!("{} is not running", self.name))
    }

    /// The end of its log.
    pub fn tail(&self, lines: usize) -> String {
        match &self.process {
            Some(process) => process.tail(lines),
            None => format!("--- {} is not running", self.name),
        }
    }

    /// One of its commands, on this data folder.
    pub fn command(&self) -> Result<Command> {
        let mut command = Command::new(workspace::hub()?);
        command.arg("--data").arg(&self.data);
        Ok(command)
    }
}

/// A fictitious laboratory.
const LABORATORY: &str = include_str!("laboratoire.toml");

fn loopback() -> Result<SocketAddr> {
    Ok(([127, 0, 0, 1], ports::free()?).into())
}

fn settings(setup: &Setup, broker: SocketAddr) -> Result<String> {
    let mut text = format!(
        "[web]\nlisten = \"{}\"\n\n[enrol]\nlisten = \"{}\"\n\n[identity]\nenvironment = \"test\"\n",
        loopback()?,
        loopback()?,
    );
    text.push_str("\n[broker]\n");
    match setup.broker {
        Some(address) => writeln!(text, "url = \"mqtts://{address}\"")?,
        None => writeln!(text, "listen = \"{broker}\"")?,
    }
    if let Some(address) = setup.advertise {
        writeln!(text, "advertise = \"{address}\"")?;
    }
    if let Some(url) = &setup.database {
        write!(text, "\n[database]\nurl = {url:?}\n")?;
    }
    if let Some(folder) = &setup.pki {
        write!(text, "\n[pki]\ndir = {:?}\n", folder.display().to_string())?;
    }
    Ok(text)
}

fn address(data: &Path, door: &str) -> Option<SocketAddr> {
    let text = std::fs::read_to_string(data.join("run").join(format!("{door}.addr"))).ok()?;
    text.trim().parse().ok()
}
