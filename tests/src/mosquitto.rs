//! A private Mosquitto: mutual TLS, the certificate's name as user name, each appliance under its own topics.

use std::{
    net::{Ipv4Addr, SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context, Result, anyhow};

use crate::{packages, ports, process::Process, wait};

const UP: Duration = Duration::from_secs(20);

/// A running broker on a free loopback port.
#[derive(Debug)]
pub struct Mosquitto {
    server: Option<Process>,
    program: PathBuf,
    folder: PathBuf,
    address: SocketAddr,
}

impl Mosquitto {
    /// An address for a broker that others have to know before it starts.
    pub fn reserve() -> Result<SocketAddr> {
        Ok((Ipv4Addr::LOCALHOST, ports::free()?).into())
    }

    /// Starts it with the settings that the hub printed for it.
    pub async fn start(folder: &Path, address: SocketAddr, printed: &str) -> Result<Self> {
        packages::install(&[packages::MOSQUITTO])?;
        let program = packages::MOSQUITTO
            .paths
            .iter()
            .find_map(|path| packages::find(path));
        let program = program.ok_or_else(|| anyhow!("no mosquitto: apt-get install mosquitto"))?;
        std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
        let settings = settings(address, printed);
        std::fs::write(folder.join("mosquitto.conf"), settings).context("writing the settings")?;
        let mut broker = Self {
            server: None,
            program,
            folder: folder.to_owned(),
            address,
        };
        broker.resume().await?;
        Ok(broker)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Starts it (again) and waits until it listens.
    pub async fn resume(&mut self) -> Result<()> {
        let mut command = Command::new(&self.program);
        command.arg("-c").arg(self.folder.join("mosquitto.conf"));
        let log = self.folder.join("mosquitto.log");
        let mut server = Process::start("mosquitto", &mut command, &log)?;
        let address = self.address();
        let listening = wait::until("Mosquitto to listen", UP, async || {
            anyhow::ensure!(server.running(), "Mosquitto ended");
            Ok(TcpStream::connect(address).ok())
        });
        listening.await.with_context(|| server.tail(20))?;
        self.server = Some(server);
        Ok(())
    }

    /// SIGKILL.
    pub fn kill(&mut self) -> Result<()> {
        match self.server.take() {
            Some(mut server) => server.kill(),
            None => Ok(()),
        }
    }

    /// The end of its log.
    pub fn tail(&self) -> String {
        self.server
            .as_ref()
            .map_or_else(String::new, |server| server.tail(20))
    }
}

/// The printed settings, listening on the loopback only.
fn settings(address: SocketAddr, printed: &str) -> String {
    // Debian's build gives up root for the account `mosquitto`, which cannot read a private folder.
    let user = if rustix::process::geteuid().is_root() {
        "user root\n"
    } else {
        ""
    };
    let everywhere = format!("listener {}\n", address.port());
    let here = format!("listener {} {}\n", address.port(), address.ip());
    format!(
        "{user}{}persistence false\n",
        printed.replace(&everywhere, &here)
    )
}
