//! The demo's processes: one hub, two appliances, three analyzers on serial lines.

use std::{path::Path, time::Duration};

use anyhow::{Context, Result, anyhow};

use super::table::Row;
use crate::{
    analyzer::{Analyzer, Manner, Tally},
    appliance::{self, Appliance, Port, Wiring},
    chance::Dice,
    desk::Request,
    hub::Hub,
    messages::Model,
    pace::Pace,
    system::{Setting, System},
};

const ONLINE: Duration = Duration::from_secs(60);

/// Which appliance stands beside which analyzers.
const ROOMS: &[(&str, &[Model])] = &[
    ("biochimie", &[Model::C311, Model::Xp]),
    ("consultations", &[Model::Afinion]),
];

/// Everything that runs.
pub(super) struct Stage {
    pub system: System,
    pub appliances: Vec<Appliance>,
    pub analyzers: Vec<(Model, Analyzer)>,
    dice: Dice,
}

impl Stage {
    /// Starts everything in an emptied folder.
    pub(super) async fn set(folder: &Path, baud: u32) -> Result<Self> {
        let system = System::start_in(folder, Setting::Alone, None).await?;
        let mut stage = Self {
            system,
            appliances: Vec::new(),
            analyzers: Vec::new(),
            dice: Dice::new(2026),
        };
        println!("hub running at {}", stage.hub()?.url()?);
        for (name, models) in ROOMS {
            stage.add(name, models, baud).await?;
        }
        Ok(stage)
    }

    async fn add(&mut self, name: &str, models: &[Model], baud: u32) -> Result<()> {
        let mut setup = appliance::Setup::default();
        for model in models {
            let device = self.system.folder().join("lines").join(model.name());
            let dice = Dice::new(self.dice.next());
            let manner = Manner {
                pace: Pace::baud(baud),
                dialect: model.dialect(),
                ..Manner::plain(dice)
            };
            self.analyzers
                .push((*model, Analyzer::on_serial(&device, manner)?));
            setup.ports.push(Port {
                name: model.name().to_owned(),
                driver: model.driver().to_owned(),
                wiring: Wiring::Serial { device, baud },
            });
        }
        let mut appliance = self.system.appliance(name, &setup)?;
        appliance.start_online(ONLINE).await?;
        let ports: Vec<&str> = models.iter().map(|model| model.name()).collect();
        println!(
            "appliance {name} enrolled and online, ports {}",
            ports.join(", ")
        );
        self.appliances.push(appliance);
        Ok(())
    }

    pub(super) fn hub(&mut self) -> Result<&mut Hub> {
        self.system.hub()
    }

    /// Puts the tubes of an order into their analyzers.
    pub(super) fn measure(&mut self, request: &Request) -> Result<()> {
        for tube in &request.tubes {
            for model in &tube.analyzers {
                let message = model.message(&tube.number, &mut self.dice);
                let found = self.analyzers.iter().find(|(known, _)| known == model);
                let (_, analyzer) = found.ok_or_else(|| anyhow!("no {}", model.name()))?;
                analyzer.load([message]);
            }
        }
        Ok(())
    }

    /// The sum of what the analyzers sent.
    pub(super) fn tally(&self) -> Tally {
        self.analyzers
            .iter()
            .map(|(_, analyzer)| analyzer.book().tally())
            .sum()
    }

    /// What each analyzer sent, beside what the orders let expect.
    pub(super) fn rows(&self, requests: &[Request]) -> Vec<Row> {
        let tubes = || requests.iter().flat_map(|request| &request.tubes);
        let row = |(model, analyzer): &(Model, Analyzer)| Row {
            model: *model,
            tally: analyzer.book().tally(),
            expected: tubes()
                .filter(|tube| tube.analyzers.contains(model))
                .count(),
            reports: requests
                .iter()
                .filter(|request| uses(request, *model))
                .count(),
        };
        self.analyzers.iter().map(row).collect()
    }

    /// Stops everything in order.
    pub(super) async fn strike(mut self) -> Result<()> {
        self.analyzers.clear();
        for appliance in &mut self.appliances {
            appliance.stop().await.context("stopping an appliance")?;
        }
        self.system.hub()?.stop().await.context("stopping the hub")
    }

    /// The ends of all logs.
    pub(super) fn explain(&self) -> String {
        let tails: Vec<String> = self
            .appliances
            .iter()
            .map(|appliance| appliance.tail(15))
            .collect();
        format!("{}\n{}", self.system.explain(), tails.join("\n"))
    }
}

fn uses(request: &Request, model: Model) -> bool {
    request
        .tubes
        .iter()
        .any(|tube| tube.analyzers.contains(&model))
}
