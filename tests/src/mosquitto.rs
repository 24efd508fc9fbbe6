//! A private Mosquitto: mutual TLS, the certificate's name as user name, each appliance under its own topics.

use std::{
    net::{Ipv4Addr, SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context, Result, anyhow};
use lisiere_wire::filters;

use crate::{packages, ports, process::Process, wait};

const UP: Duration = Duration::from_secs(20);

/// The user name in the hub's own certificate.
pub const HUB_USER: &str = "lisiere-hub";

/// Files of the broker's side of mutual TLS.
#[derive(Debug, Clone)]
pub struct Tls {
    /// Who signed appliances' and hubs' certificates.
    pub authority: PathBuf,
    /// The broker's certificate.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
}

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

    /// Writes its settings under `folder` and starts it.
    pub async fn start(folder: &Path, address: SocketAddr, tls: &Tls) -> Result<Self> {
        packages::install(&[packages::MOSQUITTO])?;
        let program = packages::MOSQUITTO
            .paths
            .iter()
            .find_map(|path| packages::find(path));
        let program = program.ok_or_else(|| anyhow!("no mosquitto: apt-get install mosquitto"))?;
        std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
        let rules = folder.join("acl");
        std::fs::write(&rules, filters::mosquitto_acl(HUB_USER)).context("writing the rules")?;
        let settings = settings(address.port(), tls, &rules);
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

fn settings(port: u16, tls: &Tls, rules: &Path) -> String {
    // Debian's build gives up root for the account `mosquitto`, which cannot read a private folder.
    let user = if rustix::process::geteuid().is_root() {
        "user root\n"
    } else {
        ""
    };
    format!(
        "{user}listener {port} 127.0.0.1\n\
         cafile {}\ncertfile {}\nkeyfile {}\n\
         require_certificate true\nuse_identity_as_username true\nallow_anonymous false\n\
         acl_file {}\npersistence false\nmax_queued_messages 0\nset_tcp_nodelay true\n",
        tls.authority.display(),
        tls.certificate.display(),
        tls.key.display(),
        rules.display(),
    )
}
