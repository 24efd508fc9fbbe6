//! The demo's processes: one hub, two appliances, three analyzers on serial lines.

use std::path::Path;

use anyhow::{Context, Result};

use super::table::Row;
use crate::{
    desk::Request,
    messages::Model,
    pace::Pace,
    rooms::{Plan, Rooms},
    system::{Setting, System},
};

const ROOMS: &Plan = &[
    ("biochimie", &[Model::C311, Model::Xp]),
    ("consultations", &[Model::Afinion]),
];

/// Everything that runs.
pub(super) struct Stage {
    pub system: System,
    pub rooms: Rooms,
}

impl Stage {
    /// Starts everything in an emptied folder.
    pub(super) async fn set(folder: &Path, baud: u32) -> Result<Self> {
        let mut system = System::start_in(folder, Setting::Alone, None).await?;
        println!("hub running at {}", system.hub()?.url()?);
        let rooms = Rooms::open(&mut system, ROOMS, baud, Pace::baud(baud)).await?;
        for (name, models) in ROOMS {
            let ports: Vec<&str> = models.iter().map(|model| model.name()).collect();
            println!(
                "appliance {name} enrolled and online, ports {}",
                ports.join(", ")
            );
        }
        Ok(Self { system, rooms })
    }

    /// Base address of the pages.
    pub(super) fn url(&mut self) -> Result<String> {
        self.system.hub()?.url()
    }

    /// What each analyzer sent, beside what the orders let expect.
    pub(super) fn rows(&self, requests: &[Request]) -> Vec<Row> {
        let tubes = || requests.iter().flat_map(|request| &request.tubes);
        let row = |(model, tally)| Row {
            model,
            tally,
            expected: tubes()
                .filter(|tube| tube.analyzers.contains(&model))
                .count(),
            reports: requests
                .iter()
                .filter(|request| uses(request, model))
                .count(),
        };
        self.rooms.tallies().map(row).collect()
    }

    /// Stops everything in order.
    pub(super) async fn strike(mut self) -> Result<()> {
        self.rooms.close().await?;
        self.system.hub()?.stop().await.context("stopping the hub")
    }

    /// The ends of all logs.
    pub(super) fn explain(&self) -> String {
        format!("{}\n{}", self.system.explain(), self.rooms.explain())
    }
}

fn uses(request: &Request, model: Model) -> bool {
    request
        .tubes
        .iter()
        .any(|tube| tube.analyzers.contains(&model))
}
