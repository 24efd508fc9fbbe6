//! The rooms of a laboratory: appliances with the analyzers beside them on serial lines, and tubes put into them.

use std::time::Duration;

use anyhow::{Context, Result, anyhow};

use crate::{
    analyzer::{Analyzer, Manner, Tally},
    appliance::{self, Appliance, Port, Wiring},
    chance::Dice,
    desk::Request,
    messages::Model,
    pace::Pace,
    system::System,
    wait,
};

/// Which appliance stands beside which analyzers.
pub type Plan = [(&'static str, &'static [Model])];

const ONLINE: Duration = Duration::from_mins(1);

/// Appliances and analyzers at work.
#[derive(Debug)]
pub struct Rooms {
    /// The appliances, enrolled and online.
    pub appliances: Vec<Appliance>,
    analyzers: Vec<(Model, Analyzer)>,
    dice: Dice,
}

impl Rooms {
    /// Enrols and starts every appliance of the plan, its lines at `baud` as long as the analyzers' `pace` says so.
    pub async fn open(system: &mut System, plan: &Plan, baud: u32, pace: Pace) -> Result<Self> {
        let dice = Dice::new(2026);
        let mut rooms = Self {
            appliances: Vec::new(),
            analyzers: Vec::new(),
            dice,
        };
        for (name, models) in plan {
            let mut setup = appliance::Setup::default();
            for model in *models {
                let device = system.folder().join("lines").join(model.name());
                let plain = Manner::plain(Dice::new(rooms.dice.bits()));
                let manner = Manner {
                    pace,
                    link: model.link(),
                    ..plain
                };
                rooms
                    .analyzers
                    .push((*model, Analyzer::on_serial(&device, manner)?));
                setup.ports.push(Port {
                    name: model.name().to_owned(),
                    driver: model.driver().to_owned(),
                    wiring: Wiring::Serial { device, baud },
                });
            }
            let mut appliance = system.appliance(name, &setup)?;
            appliance.start_online(ONLINE).await?;
            rooms.appliances.push(appliance);
        }
        Ok(rooms)
    }

    /// Puts the tubes of an order into their analyzers.
    pub fn measure(&mut self, request: &Request) -> Result<()> {
        for tube in &request.tubes {
            for model in &tube.analyzers {
                self.measure_tube(*model, &tube.number)?;
            }
        }
        Ok(())
    }

    /// Puts one tube into one analyzer.
    pub fn measure_tube(&mut self, model: Model, number: &str) -> Result<()> {
        let message = model.message(number, &mut self.dice);
        let found = self.analyzers.iter().find(|(known, _)| *known == model);
        let (_, analyzer) = found.ok_or_else(|| anyhow!("no {} here", model.name()))?;
        analyzer.load([message]);
        Ok(())
    }

    /// Waits until every analyzer has handed over all its messages.
    pub async fn emptied(&self, bound: Duration) -> Result<()> {
        let done = wait::until_true("every message to be accepted", bound, || {
            self.analyzers
                .iter()
                .all(|(_, analyzer)| analyzer.book().is_empty())
        });
        done.await.with_context(|| self.explain())
    }

    /// What each analyzer sent.
    pub fn tallies(&self) -> impl Iterator<Item = (Model, Tally)> {
        self.analyzers
            .iter()
            .map(|(model, analyzer)| (*model, analyzer.book().tally()))
    }

    /// The sum of what they sent.
    pub fn tally(&self) -> Tally {
        self.tallies().map(|(_, tally)| tally).sum()
    }

    /// Switches the analyzers off and stops the appliances.
    pub async fn close(mut self) -> Result<()> {
        self.analyzers.clear();
        for appliance in &mut self.appliances {
            appliance.stop().await.context("stopping an appliance")?;
        }
        Ok(())
    }

    /// The ends of the appliances' logs.
    pub fn explain(&self) -> String {
        let tails: Vec<String> = self
            .appliances
            .iter()
            .map(|appliance| appliance.tail(15))
            .collect();
        format!("{:?}\n{}", self.tally(), tails.join("\n"))
    }
}
