//! How the appliance is: what every part reports, put together for the hub, for `status` and for the watchdog.

use crate::{
    clock::Clock,
    journal::{Condition, Journal, Pulse},
    settings::PortSettings,
    timekeeper::{Jump, Keeping},
};
use lisiere_model::UtcMicros;
use lisiere_protocol::{LinkCounters, Tick};
use lisiere_wire::{LinkStats, PortState, Presence, State};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::watch;

/// One port, as its task reports it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortHealth {
    /// Its name.
    pub name: String,
    /// The driver set for it.
    pub driver: String,
    /// The line, with the bound address where one listens.
    pub line: String,
    /// Whether the line is open; for a TCP server, whether it listens.
    pub open: bool,
    /// What the line lacks, in words; empty when nothing.
    pub trouble: String,
    /// When the analyzer was last heard.
    pub last_heard: Option<UtcMicros>,
    /// When the last message was stored.
    pub last_message: Option<UtcMicros>,
    /// Messages stored since start, repeats not included.
    pub messages: u64,
    /// Messages recognised as repeats of stored ones.
    pub repeats: u64,
    /// Messages refused.
    pub refused: u64,
    /// How often the link's task ended unforeseen.
    pub restarts: u64,
    /// Counters of the link since start, by name, those that are not zero.
    pub counters: BTreeMap<String, u64>,
}

/// The way to the hub.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UplinkHealth {
    /// Whether this appliance has been enrolled.
    pub enrolled: bool,
    /// Whether the connection stands.
    pub connected: bool,
    /// What is wrong, in words; empty when nothing.
    pub trouble: String,
    /// When the hub last confirmed something.
    pub last_confirmed: Option<UtcMicros>,
    /// Captures sent since start, repeats included.
    pub sent: u64,
    /// Connections made since start.
    pub connections: u64,
}

/// Everything, as `status` prints it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// Version of the firmware.
    pub version: String,
    /// Name of the appliance; empty before enrolment.
    pub name: String,
    /// Site of the appliance; empty before enrolment.
    pub site: String,
    /// When this was written.
    pub at: UtcMicros,
    /// What vouches for the clock.
    pub clock: lisiere_model::ClockQuality,
    /// The journal's name.
    pub journal: String,
    /// How often the appliance has started.
    pub boot: u32,
    /// Captures not yet confirmed.
    pub queue: u64,
    /// Number of the oldest capture kept.
    pub first_seq: u64,
    /// Number of the last capture.
    pub last_seq: u64,
    /// Everything up to this is with the hub.
    pub confirmed: u64,
    /// Bytes the journal may still take.
    pub journal_free: u64,
    /// The journal takes nothing at the moment: analyzers are refused and keep their results.
    #[serde(default)]
    pub refusing: bool,
    /// Who keeps the clock, and how far it is from the time server.
    #[serde(default)]
    pub keeping: Keeping,
    /// The last time the clock was set while the box ran.
    #[serde(default)]
    pub clock_jump: Option<Jump>,
    /// Where the local page can be read; empty when there is none.
    #[serde(default)]
    pub page: String,
    /// Days until the certificate ends; absent before enrolment.
    pub certificate_days: Option<i32>,
    /// What is wrong, in words.
    pub alarms: Vec<String>,
    /// The way to the hub.
    pub uplink: UplinkHealth,
    /// The ports.
    pub ports: Vec<PortHealth>,
}

/// The end of the certificate and the names in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Name of the appliance.
    pub name: String,
    /// Its site.
    pub site: String,
    /// When its certificate ends.
    pub certificate_ends: Option<UtcMicros>,
}

#[derive(Debug)]
struct Inner {
    ports: Vec<PortHealth>,
    uplink: UplinkHealth,
    standing: Standing,
    beats: BTreeMap<String, Tick>,
    standing_alarms: Vec<String>,
    /// What is said of messages that cannot be sent, until the hub has the last of them.
    withheld: Option<(u64, String)>,
    keeping: Keeping,
    clock_jump: Option<Jump>,
    /// Ports that are being recognised.
    recognising: usize,
    /// Where the local page is.
    page: String,
}

/// Where every part reports.
#[derive(Clone, Debug)]
pub struct Health {
    inner: Arc<Mutex<Inner>>,
    changed: watch::Sender<u64>,
    clock: Clock,
}

const MICROS_PER_DAY: i64 = 86_400_000_000;
/// From here on the certificate's end is an alarm.
const CERTIFICATE_ALARM_DAYS: i32 = 14;

impl Health {
    /// All ports closed, nothing connected.
    pub fn new(clock: Clock, ports: &[PortSettings]) -> Self {
        let ports = ports
            .iter()
            .map(|port| PortHealth {
                name: port.name.to_string(),
                driver: port.driver.clone(),
                line: port.line.to_string(),
                ..PortHealth::default()
            })
            .collect();
        let inner = Inner {
            ports,
            uplink: UplinkHealth::default(),
            standing: Standing::default(),
            beats: BTreeMap::new(),
            standing_alarms: Vec::new(),
            withheld: None,
            keeping: Keeping::default(),
            clock_jump: None,
            recognising: 0,
            page: String::new(),
        };
        Self {
            inner: Arc::new(Mutex::new(inner)),
            changed: watch::channel(0).0,
            clock,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // A task that panicked while reporting leaves numbers that are still good enough to show.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reports something of a port; `worth` telling the hub at once or not.
    pub fn port(&self, name: &str, worth: Worth, report: impl FnOnce(&mut PortHealth)) {
        if let Some(port) = self.lock().ports.iter_mut().find(|port| port.name == name) {
            report(port);
        }
        self.tell(worth);
    }

    /// Reports something of the uplink.
    pub fn uplink(&self, worth: Worth, report: impl FnOnce(&mut UplinkHealth)) {
        report(&mut self.lock().uplink);
        self.tell(worth);
    }

    /// Notes who the appliance is.
    pub fn stand(&self, standing: Standing) {
        let mut inner = self.lock();
        inner.uplink.enrolled = !standing.name.is_empty();
        inner.standing = standing;
    }

    /// Notes an alarm that stays until the next start.
    pub fn alarm(&self, text: String) {
        self.lock().standing_alarms.push(text);
        self.tell(Worth::Telling);
    }

    /// Notes an alarm that stays until the hub has this message.
    pub fn withhold(&self, last: u64, text: String) {
        self.lock().withheld = Some((last, text));
        self.tell(Worth::Telling);
    }

    /// Notes who keeps the clock.
    pub fn keeping(&self, keeping: Keeping) {
        let mut inner = self.lock();
        let changed = inner.keeping.synchronised != keeping.synchronised;
        inner.keeping = keeping;
        drop(inner);
        self.tell(if changed {
            Worth::Telling
        } else {
            Worth::Noting
        });
    }

    /// Notes that the wall clock was set.
    pub fn clock_jumped(&self, jump: Jump) {
        self.lock().clock_jump = Some(jump);
        self.tell(Worth::Telling);
    }

    /// Notes where the local page can be read.
    pub fn page_at(&self, address: std::net::SocketAddr) {
        self.lock().page = format!("http://{address}/");
    }

    /// A port begins to be recognised, until what is given back is dropped.
    pub fn recognition(&self) -> Recognising {
        self.lock().recognising += 1;
        Recognising(self.clone())
    }

    /// Whether a port is being recognised.
    pub fn recognising(&self) -> bool {
        self.lock().recognising > 0
    }

    fn tell(&self, worth: Worth) {
        if worth == Worth::Telling {
            self.changed.send_modify(|count| *count += 1);
        }
    }

    /// Wakes when something worth telling has changed.
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// A task that has to be alive shows that it is.
    pub fn beat(&self, task: &str) {
        let now = self.clock.tick();
        let mut inner = self.lock();
        if let Some(beat) = inner.beats.get_mut(task) {
            *beat = now;
        } else {
            inner.beats.insert(task.to_owned(), now);
        }
    }

    /// Tasks that have not shown themselves for so long.
    pub fn silent(&self, patience: std::time::Duration) -> Vec<String> {
        let now = self.clock.tick();
        let inner = self.lock();
        let silent = inner
            .beats
            .iter()
            .filter(|(_, beat)| now.since(**beat) > patience);
        silent.map(|(task, _)| task.clone()).collect()
    }

    /// Everything, for people.
    pub fn status(&self, journal: &Journal) -> Status {
        let pulse = journal.pulse();
        let wall = self.clock.wall();
        let inner = self.lock();
        let days = inner
            .standing
            .certificate_ends
            .map(|end| days_between(wall.at, end));
        Status {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            name: inner.standing.name.clone(),
            site: inner.standing.site.clone(),
            at: wall.at,
            clock: wall.quality,
            journal: pulse.journal.to_string(),
            boot: pulse.boot,
            queue: pulse.queue,
            first_seq: pulse.first,
            last_seq: pulse.last,
            confirmed: pulse.confirmed,
            journal_free: pulse.free,
            refusing: pulse.condition != Condition::Good,
            keeping: inner.keeping.clone(),
            clock_jump: inner.clock_jump,
            page: inner.page.clone(),
            certificate_days: days,
            alarms: alarms(&inner, &pulse, days),
            uplink: inner.uplink.clone(),
            ports: inner.ports.clone(),
        }
    }

    /// Everything, for the hub.
    pub fn state(&self, journal: &Journal, presence: Presence) -> State {
        let status = self.status(journal);
        State {
            presence,
            version: status.version,
            at: status.at,
            clock: status.clock,
            journal: journal.pulse().journal,
            boot: status.boot,
            queue: status.queue,
            last_seq: status.last_seq,
            journal_free: status.journal_free,
            certificate_days: status.certificate_days.unwrap_or_default(),
            alarms: status.alarms,
            ports: status.ports.into_iter().map(port_state).collect(),
        }
    }
}

/// As long as it is held, a port is being recognised.
#[derive(Debug)]
pub struct Recognising(Health);

impl Drop for Recognising {
    fn drop(&mut self) {
        let mut inner = self.0.lock();
        inner.recognising = inner.recognising.saturating_sub(1);
    }
}

/// Whether the hub and the status file should learn of it at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worth {
    /// At once.
    Telling,
    /// With the next regular round.
    Noting,
}

impl PortHealth {
    /// Adds what a link has counted since it was last asked.
    pub fn add_counters(&mut self, before: &LinkCounters, now: &LinkCounters) {
        for ((name, new), (_, old)) in now.entries().zip(before.entries()) {
            if new > old {
                *self.counters.entry(name.to_owned()).or_default() += new - old;
            }
        }
    }
}

fn port_state(port: PortHealth) -> PortState {
    let repeats = (port.repeats > 0).then(|| ("repeats".to_owned(), port.repeats));
    PortState {
        name: port.name,
        driver: port.driver,
        open: port.open,
        last_heard: port.last_heard,
        messages: port.messages,
        stats: LinkStats(port.counters.into_iter().chain(repeats).collect()),
    }
}

fn days_between(now: UtcMicros, end: UtcMicros) -> i32 {
    i32::try_from((end.0 - now.0).div_euclid(MICROS_PER_DAY)).unwrap_or(i32::MAX)
}

fn alarms(inner: &Inner, pulse: &Pulse, certificate_days: Option<i32>) -> Vec<String> {
    let mut alarms = inner.standing_alarms.clone();
    match &pulse.condition {
        Condition::Good => {}
        Condition::Full => alarms.push(
            "journal plein : les analyseurs gardent leurs résultats jusqu'à ce que le serveur en confirme".to_owned(),
        ),
        Condition::Failing(reason) => alarms.push(format!(
            "journal en panne ({reason}) : les analyseurs gardent leurs résultats ; vérifier le disque"
        )),
    }
    if let Some(place) = &pulse.set_aside {
        alarms.push(format!(
            "journal illisible mis de côté sans être modifié : {place} ; un nouveau journal a été ouvert, prévenir le support"
        ));
    }
    let withheld = inner.withheld.iter();
    alarms.extend(
        withheld
            .filter(|(last, _)| *last > pulse.confirmed)
            .map(|(_, text)| text.clone()),
    );
    match certificate_days {
        Some(days) if days < 0 => {
            alarms.push("certificat expiré : inscrire de nouveau le boîtier".to_owned());
        }
        Some(days) if days <= CERTIFICATE_ALARM_DAYS => {
            alarms.push(format!("le certificat expire dans {days} jours"));
        }
        _ => {}
    }
    let troubled = inner
        .ports
        .iter()
        .filter(|port| !port.open && !port.trouble.is_empty());
    alarms.extend(troubled.map(|port| format!("port {} : {}", port.name, port.trouble)));
    alarms
}
