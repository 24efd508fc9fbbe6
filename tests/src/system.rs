//! A whole system of real processes, in one of the two settings that every story runs in.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, anyhow};

use crate::{
    appliance::{self, Appliance},
    census::Census,
    hub::{self, Hub},
    mosquitto::Mosquitto,
    postgres::Postgres,
    workspace,
};

/// The site of every appliance of the stories.
pub const SITE: &str = "quimper";

/// Which broker, which database, how many hubs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// One hub with the broker inside it and SQLite.
    Alone,
    /// Two hubs behind Mosquitto, sharing PostgreSQL.
    Shared,
}

/// The central laboratory: hubs and what they stand on.
#[derive(Debug)]
pub struct System {
    folder: PathBuf,
    /// Hub processes.
    pub hubs: Vec<Hub>,
    /// The broker, when it is not inside the hub.
    pub broker: Option<Mosquitto>,
    /// The database, when it is not a file of the hub.
    pub postgres: Option<Postgres>,
}

impl System {
    /// Starts everything in a folder of its own under the target folder; its logs stay there for whoever looks after a
    /// failure.
    pub async fn start(story: &str, setting: Setting) -> Result<Self> {
        Self::start_in(
            &workspace::target()?.join("stories").join(story),
            setting,
            None,
        )
        .await
    }

    /// The same in a given folder, which is emptied; `advertise` is what appliances are told as the broker's address.
    pub async fn start_in(
        folder: &Path,
        setting: Setting,
        advertise: Option<SocketAddr>,
    ) -> Result<Self> {
        if folder.exists() {
            std::fs::remove_dir_all(folder)
                .with_context(|| format!("emptying {}", folder.display()))?;
        }
        std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
        let folder = folder
            .canonicalize()
            .context("finding the story's folder")?;
        match setting {
            Setting::Alone => Self::alone(folder, advertise).await,
            Setting::Shared => Self::shared(folder, advertise).await,
        }
    }

    async fn alone(folder: PathBuf, advertise: Option<SocketAddr>) -> Result<Self> {
        let setup = hub::Setup {
            advertise,
            ..hub::Setup::default()
        };
        let mut hub = Hub::create("hub", &folder.join("hub"), &setup)?;
        hub.furnish()?;
        hub.start().await?;
        Ok(Self {
            folder,
            hubs: vec![hub],
            broker: None,
            postgres: None,
        })
    }

    async fn shared(folder: PathBuf, advertise: Option<SocketAddr>) -> Result<Self> {
        let postgres = Postgres::start().await?;
        let url = postgres.create("lisiere")?;
        let pki = folder.join("pki");
        let address = Mosquitto::reserve()?;
        let setup = hub::Setup {
            broker: Some(address),
            database: Some(url),
            pki: Some(pki),
            advertise,
        };
        let mut hubs = Vec::new();
        for name in ["hub-1", "hub-2"] {
            hubs.push(Hub::create(name, &folder.join(name), &setup)?);
        }
        let first = hubs.first().ok_or_else(|| anyhow!("no hub"))?;
        first.furnish()?;
        let settings = first.mosquitto_settings(address.port())?;
        let broker = Mosquitto::start(&folder.join("mosquitto"), address, &settings).await?;
        for hub in &mut hubs {
            hub.start().await?;
        }
        Ok(Self {
            folder,
            hubs,
            broker: Some(broker),
            postgres: Some(postgres),
        })
    }

    /// Where everything of this system is kept.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The first hub.
    pub fn hub(&mut self) -> Result<&mut Hub> {
        self.hubs.first_mut().ok_or_else(|| anyhow!("no hub"))
    }

    /// A new appliance, invited and enrolled, not started.
    pub fn appliance(&mut self, name: &str, setup: &appliance::Setup) -> Result<Appliance> {
        let appliance = Appliance::create(&self.folder.join(name), name, setup)?;
        let token = self.hub()?.invite(SITE, name)?;
        appliance.enrol(&token)?;
        Ok(appliance)
    }

    /// What the hub's database holds now.
    pub fn census(&mut self) -> Result<Census> {
        Census::take(self.hub()?)
    }

    /// The ends of all logs, for a failure that explains itself.
    pub fn explain(&self) -> String {
        let mut text: Vec<String> = self.hubs.iter().map(|hub| hub.tail(25)).collect();
        text.extend(self.broker.iter().map(Mosquitto::tail));
        format!("folder {}\n{}", self.folder.display(), text.join("\n"))
    }
}
