//! Several appliances with several simulated analyzers each, and the list of what was promised to them.

use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

use anyhow::{Context, Result, anyhow};

use crate::{
    analyzer::{Analyzer, Manner, Tally},
    appliance::{self, Appliance, Port, Wiring},
    census::{Census, story_specimen},
    chance::Dice,
    messages::{Message, Model},
    ports,
    system::System,
    wait,
};

/// How the fleet is built.
#[derive(Debug, Clone)]
pub struct Plan {
    /// How many appliances.
    pub appliances: usize,
    /// The analyzers at each of them.
    pub analyzers: Vec<Model>,
    /// How each analyzer behaves.
    pub manner: Manner,
    /// The way to the broker, when it is another than enrolment tells.
    pub uplink: Option<SocketAddr>,
    /// Bound of each journal, in MB.
    pub journal_mb: Option<u32>,
}

/// Appliances and their analyzers.
#[derive(Debug)]
pub struct Fleet {
    /// The appliances, enrolled; running unless a story killed them.
    pub appliances: Vec<Appliance>,
    analyzers: Vec<(Model, Analyzer)>,
    loaded: usize,
    texts: BTreeMap<String, Vec<u8>>,
    dice: Dice,
}

impl Fleet {
    /// Enrols and starts everything. Every other port is a serial line, the rest are TCP.
    pub fn start(system: &mut System, plan: &Plan) -> Result<Self> {
        let dice = Dice::new(17);
        let mut fleet = Self {
            appliances: Vec::new(),
            analyzers: Vec::new(),
            loaded: 0,
            texts: BTreeMap::new(),
            dice,
        };
        for number in 1..=plan.appliances {
            let name = format!("boitier-{number}");
            let mut setup = appliance::Setup {
                ports: Vec::new(),
                journal_mb: plan.journal_mb,
                uplink: plan.uplink,
            };
            for (index, model) in plan.analyzers.iter().enumerate() {
                let (wiring, analyzer) = fleet.wire(system, plan, *model, &name, index)?;
                let port = format!("port-{index}");
                setup.ports.push(Port {
                    name: port,
                    driver: model.driver().to_owned(),
                    wiring,
                });
                fleet.analyzers.push((*model, analyzer));
            }
            let mut appliance = system.appliance(&name, &setup)?;
            appliance.start()?;
            fleet.appliances.push(appliance);
        }
        Ok(fleet)
    }

    fn wire(
        &mut self,
        system: &System,
        plan: &Plan,
        model: Model,
        name: &str,
        index: usize,
    ) -> Result<(Wiring, Analyzer)> {
        let mut manner = plan.manner.clone();
        manner.link = model.link();
        manner.mischief.reseed(self.dice.bits());
        if index.is_multiple_of(2) {
            let device = system
                .folder()
                .join("lines")
                .join(format!("{name}-{index}"));
            let analyzer = Analyzer::on_serial(&device, manner)?;
            return Ok((Wiring::Serial { device, baud: 9600 }, analyzer));
        }
        let address = SocketAddr::from(([127, 0, 0, 1], ports::free()?));
        Ok((
            Wiring::Listen(address),
            Analyzer::connecting(address, manner),
        ))
    }

    /// Puts `count` fresh messages into the analyzers' memories, in turn.
    pub fn load(&mut self, count: usize) {
        for _ in 0..count {
            let specimen = story_specimen(self.loaded);
            let turn = self.loaded.checked_rem(self.analyzers.len()).unwrap_or(0);
            if let Some((model, analyzer)) = self.analyzers.get(turn) {
                let message = model.message(&specimen, &mut self.dice);
                self.texts.insert(specimen, message.text());
                analyzer.load([message]);
            }
            self.loaded += 1;
        }
    }

    /// Puts messages of the story's own into one analyzer's memory.
    pub fn load_into(&self, index: usize, messages: Vec<Message>) -> Result<()> {
        self.analyzer(index)?.load(messages);
        Ok(())
    }

    /// One analyzer.
    pub fn analyzer(&self, index: usize) -> Result<&Analyzer> {
        let found = self.analyzers.get(index).map(|(_, analyzer)| analyzer);
        found.ok_or_else(|| anyhow!("no analyzer {index}"))
    }

    /// Specimens of all messages that got their final positive answer.
    pub fn promised(&self) -> Vec<String> {
        self.analyzers
            .iter()
            .flat_map(|(_, analyzer)| analyzer.book().accepted())
            .collect()
    }

    /// The records of every loaded message, by specimen.
    pub fn texts(&self) -> &BTreeMap<String, Vec<u8>> {
        &self.texts
    }

    /// The sum of all analyzers' counts.
    pub fn tally(&self) -> Tally {
        self.analyzers
            .iter()
            .map(|(_, analyzer)| analyzer.book().tally())
            .sum()
    }

    /// Waits until every loaded message got its final positive answer.
    pub async fn emptied(&mut self, bound: Duration) -> Result<()> {
        let done = wait::until_true("every message to be accepted", bound, || {
            self.analyzers
                .iter()
                .all(|(_, analyzer)| analyzer.book().is_empty())
        });
        done.await.with_context(|| self.explain())
    }

    /// Waits until the hub has committed every promised message and read it, then insists that each is there once.
    pub async fn arrived(&mut self, system: &mut System, bound: Duration) -> Result<Census> {
        let census = self.committed(system, bound).await?;
        let hub = system.hub()?;
        let read = wait::until("every capture to be interpreted", bound, async || {
            Ok((hub.captures()?.1 == 0).then_some(()))
        });
        read.await.with_context(|| hub.tail(30))?;
        Ok(census)
    }

    /// Waits until the hub has committed every promised message, then insists that each is there once.
    pub async fn committed(&mut self, system: &mut System, bound: Duration) -> Result<Census> {
        let promised = self.promised();
        let mut last = Census::default();
        let arrived = wait::until(
            "every promised message to be at the hub",
            bound,
            async || {
                last = system.census()?;
                let all = promised
                    .iter()
                    .all(|specimen| last.specimens.contains_key(specimen));
                Ok(all.then_some(()))
            },
        );
        let arrived = arrived.await;
        last.holds_once(&promised)
            .and(arrived)
            .with_context(|| format!("{}\n{}", self.explain(), system.explain()))?;
        Ok(last)
    }

    /// The ends of all logs and the counts, for a failure that explains itself.
    pub fn explain(&self) -> String {
        let tails: Vec<String> = self
            .appliances
            .iter()
            .map(|appliance| appliance.tail(15))
            .collect();
        format!("{:?}\n{}", self.tally(), tails.join("\n"))
    }
}
