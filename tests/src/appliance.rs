//! One real appliance process: its settings file, its enrolment, its life and its death.

use std::{
    fmt::Write as _,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context, Result, anyhow};
use serde_json::Value;

use crate::{
    process::{self, Outcome, Process},
    wait, workspace,
};

const DOWN: Duration = Duration::from_secs(20);

/// How one port of the appliance is wired.
#[derive(Debug, Clone)]
pub enum Wiring {
    /// A serial line by its stable name, at a speed.
    Serial {
        /// The stable name.
        device: PathBuf,
        /// Bits per second.
        baud: u32,
    },
    /// The analyzer connects to the appliance.
    Listen(SocketAddr),
    /// The appliance connects to the analyzer.
    Connect(SocketAddr),
}

/// One port of the appliance.
#[derive(Debug, Clone)]
pub struct Port {
    /// Its name.
    pub name: String,
    /// The driver set for it.
    pub driver: String,
    /// Its line.
    pub wiring: Wiring,
}

/// What stands in an appliance's settings file.
#[derive(Debug, Clone, Default)]
pub struct Setup {
    /// Lines to analyzers.
    pub ports: Vec<Port>,
    /// Bound of the journal, in MB.
    pub journal_mb: Option<u32>,
    /// Another way to the broker than enrolment told.
    pub uplink: Option<SocketAddr>,
}

/// An appliance, running or not.
#[derive(Debug)]
pub struct Appliance {
    name: String,
    folder: PathBuf,
    process: Option<Process>,
}

impl Appliance {
    /// Writes the settings of a new appliance under `folder`.
    pub fn create(folder: &Path, name: &str, setup: &Setup) -> Result<Self> {
        std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
        let appliance = Self {
            name: name.to_owned(),
            folder: folder.to_owned(),
            process: None,
        };
        appliance.write_settings(setup)?;
        Ok(appliance)
    }

    /// Writes its settings (again); they count from the next start.
    pub fn write_settings(&self, setup: &Setup) -> Result<()> {
        std::fs::write(self.settings(), settings(&self.data(), setup)?)
            .context("writing the appliance's settings")
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its settings file.
    pub fn settings(&self) -> PathBuf {
        self.folder.join("appliance.toml")
    }

    /// Its data folder.
    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Uses an invitation of the hub.
    pub fn enrol(&self, token: &str) -> Result<()> {
        process::run_ok(self.command()?.args(["enrol", token]), "")
            .with_context(|| format!("enrolling {}", self.name))
            .map(drop)
    }

    /// Starts it; returns at once.
    pub fn start(&mut self) -> Result<()> {
        let log = self.folder.join("appliance.log");
        let mut command = self.command()?;
        self.process = Some(Process::start(&self.name, command.arg("run"), &log)?);
        Ok(())
    }

    /// Starts it and waits until it says that it is connected to its hub.
    pub async fn start_online(&mut self, bound: Duration) -> Result<()> {
        self.start()?;
        let what = format!("{} to be online", self.name);
        let online = wait::until(&what, bound, async || {
            let connected = self
                .status()
                .ok()
                .and_then(|status| status.pointer("/uplink/connected").and_then(Value::as_bool));
            Ok((connected == Some(true)).then_some(()))
        });
        online.await.with_context(|| self.tail(30))
    }

    /// How it says it is.
    pub fn status(&self) -> Result<Value> {
        let said = process::run_ok(self.command()?.args(["status", "--json"]), "")?;
        serde_json::from_str(&said).with_context(|| format!("reading the status {said}"))
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
            "{} ended with {status}\n{}",
            self.name,
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

    /// Whether it runs.
    pub fn running(&mut self) -> bool {
        self.process.as_mut().is_some_and(Process::running)
    }

    /// Runs one of its short commands.
    pub fn command_output(&self, arguments: &[&str]) -> Result<Outcome> {
        process::run(self.command()?.args(arguments), "")
    }

    /// The end of its log.
    pub fn tail(&self, lines: usize) -> String {
        match &self.process {
            Some(process) => process.tail(lines),
            None => format!("--- {} is not running", self.name),
        }
    }

    fn command(&self) -> Result<Command> {
        let mut command = Command::new(workspace::appliance()?);
        command.arg("--config").arg(self.settings());
        Ok(command)
    }
}

fn settings(data: &Path, setup: &Setup) -> Result<String> {
    let mut text = format!("data = {:?}\n", data.display().to_string());
    for port in &setup.ports {
        write!(
            text,
            "\n[[port]]\nname = {:?}\ndriver = {:?}\n",
            port.name, port.driver
        )?;
        match &port.wiring {
            Wiring::Serial { device, baud } => {
                let device = device.display().to_string();
                writeln!(text, "serial = {{ device = {device:?}, baud = {baud} }}")?;
            }
            Wiring::Listen(address) => writeln!(text, "tcp = {{ listen = \"{address}\" }}")?,
            Wiring::Connect(address) => writeln!(text, "tcp = {{ connect = \"{address}\" }}")?,
        }
    }
    if let Some(megabytes) = setup.journal_mb {
        write!(text, "\n[journal]\nmax_mb = {megabytes}\n")?;
    }
    if let Some(address) = setup.uplink {
        let (host, port) = (address.ip(), address.port());
        write!(text, "\n[uplink]\nhost = \"{host}\"\nport = {port}\n")?;
    }
    Ok(text)
}
