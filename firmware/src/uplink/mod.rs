//! The way to the hub: MQTT 5 over mutual TLS, kept up by itself.

mod absences;
mod connection;
mod ranges;
mod session;
pub mod window;

use crate::{
    clock::Clock,
    command::Commands,
    events,
    gate::Gate,
    health::{Health, Standing, Worth},
    identity::Identity,
    journal::Journal,
    settings::UplinkSettings,
    stop::Stop,
    worklist::Feed,
};
use connection::Lessons;
use lisiere_protocol::Tick;
use std::{path::PathBuf, time::Duration};

/// First and longest pause between two tries to connect.
const RETRY: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(15));
/// How often a box that has not joined looks whether it has.
const ENROLMENT: Duration = Duration::from_secs(2);
/// Different reasons told during one outage; the rest is the same outage in other words.
const REASONS: usize = 5;
/// A connection that comes and goes is told this often at most.
const LINES_PER_HOUR: u32 = 12;
const HEARTBEAT: Duration = Duration::from_secs(5);
/// The name under which the task shows that it is alive.
const TASK: &str = "uplink";

/// What the uplink works with.
#[derive(Clone, Debug)]
pub struct Uplink {
    /// Data folder, where the identity is.
    pub data: PathBuf,
    /// What overrides the identity.
    pub settings: UplinkSettings,
    /// What is sent.
    pub journal: Journal,
    /// Where it reports, and what it tells the hub.
    pub health: Health,
    /// Both clocks.
    pub clock: Clock,
    /// Tells when the appliance stops.
    pub stop: Stop,
    /// Takes the hub's commands.
    pub commands: Commands,
    /// Takes the hub's worklist, where an analyzer asks for orders.
    pub feed: Option<Feed>,
}

/// How a session ended.
struct Ended {
    reason: String,
    /// The hub was reached in it, so the next try need not wait long.
    useful: bool,
}

/// Keeps the way to the hub open until the appliance stops.
pub async fn run(mut uplink: Uplink) {
    let mut outage = Outage::new();
    let mut pause = RETRY.0;
    let mut lessons = Lessons::default();
    loop {
        uplink.health.beat(TASK);
        let Some(identity) = identity(&uplink, &mut outage) else {
            if uplink.stopped_within(ENROLMENT).await {
                return;
            }
            continue;
        };
        let ended = session::run(&mut uplink, &identity, &mut outage, &mut lessons).await;
        let Some(ended) = ended else { return };
        if ended.useful {
            pause = RETRY.0;
        }
        outage.told(uplink.clock.tick(), &uplink.health, &ended.reason);
        if uplink.stopped_within(jittered(pause)).await {
            return;
        }
        pause = (pause * 2).min(RETRY.1);
    }
}

fn identity(uplink: &Uplink, outage: &mut Outage) -> Option<Identity> {
    match Identity::load(&uplink.data) {
        Ok(Some(mut identity)) => {
            let broker = &mut identity.membership.broker;
            uplink.settings.host.override_in(&mut broker.host);
            uplink.settings.port.override_in(&mut broker.port);
            uplink.health.stand(identity.standing());
            Some(identity)
        }
        Ok(None) => {
            uplink.health.stand(Standing::default());
            outage.told(
                uplink.clock.tick(),
                &uplink.health,
                "not enrolled: run `lisiere-appliance enrol` with an invitation of the hub",
            );
            None
        }
        Err(error) => {
            outage.told(uplink.clock.tick(), &uplink.health, &error.to_string());
            None
        }
    }
}

/// Overrides a value by a setting that is there.
trait Override<T> {
    fn override_in(&self, target: &mut T);
}

impl<T: Clone> Override<T> for Option<T> {
    fn override_in(&self, target: &mut T) {
        if let Some(value) = self {
            target.clone_from(value);
        }
    }
}

impl Uplink {
    async fn stopped_within(&mut self, span: Duration) -> bool {
        let mut rest = span;
        loop {
            self.health.beat(TASK);
            let step = rest.min(HEARTBEAT);
            if self.stop.wanted_within(step).await {
                return true;
            }
            rest -= step;
            if rest.is_zero() {
                return false;
            }
        }
    }
}

/// A quarter more or less, so that many boxes do not come back in the same instant.
fn jittered(pause: Duration) -> Duration {
    let mut byte = [128];
    // Without chance the pause is merely not spread.
    let _ = getrandom::fill(&mut byte);
    pause.mul_f64(0.75 + f64::from(byte.first().copied().unwrap_or(128)) / 510.0)
}

/// One stretch without the hub: told when it begins and ends, and when its reason changes, not at each try.
#[derive(Debug)]
struct Outage {
    reasons: Vec<String>,
    gate: Gate,
}

impl Outage {
    const fn new() -> Self {
        Self {
            reasons: Vec::new(),
            gate: Gate::new(LINES_PER_HOUR, Duration::from_hours(1)),
        }
    }

    fn told(&mut self, now: Tick, health: &Health, reason: &str) {
        let known = self.reasons.iter().any(|told| told == reason);
        if known || self.reasons.len() >= REASONS {
            return;
        }
        if let Some(untold) = self.gate.pass(now) {
            events::uplink_down(reason, untold);
        }
        self.reasons.push(reason.to_owned());
        health.uplink(Worth::Telling, |uplink| {
            uplink.connected = false;
            reason.clone_into(&mut uplink.trouble);
        });
    }

    fn over(&mut self, now: Tick, host: &str) {
        self.reasons.clear();
        if let Some(untold) = self.gate.pass(now) {
            events::uplink_up(host, untold);
        }
    }

    fn hub_listens(&mut self, now: Tick, listens: bool) {
        if let Some(untold) = self.gate.pass(now) {
            events::hub_listens(listens, untold);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jitter_stays_within_a_quarter() {
        for _ in 0..1000 {
            let pause = jittered(Duration::from_secs(4));
            assert!(
                (Duration::from_secs(3)..=Duration::from_secs(5)).contains(&pause),
                "{pause:?}"
            );
        }
    }
}
