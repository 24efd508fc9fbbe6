//! Recognition tried on simulated lines: every profile at every speed, in virtual time, with the product's own scan.

use std::time::Duration;

use anyhow::{Result, anyhow};
use lisiere_driver::{Library, profile};
use lisiere_protocol::{
    Delivery, Output, Tick, Verdict,
    link::{Link, LinkKind, Role},
    recognise::{Action, Finding, Framing, Options, Parity, Recogniser, Setting},
};

use crate::{
    chance::Dice,
    repertoire::{Purpose, Repertoire},
    uart::Uart,
};

/// Speeds every profile is tried at.
pub const SPEEDS: [u32; 4] = [9600, 19_200, 38_400, 115_200];
/// How long a technician would wait.
const PATIENCE: Duration = Duration::from_mins(10);
/// Between a failed attempt of an analyzer and its next, in seconds.
const AGAIN: (u64, u64) = (10, 30);
const MILLI: u64 = 1_000_000;

/// What came of one trial.
#[derive(Debug, Clone)]
pub struct Trial {
    /// The profile played.
    pub profile: String,
    /// Its link.
    pub link: LinkKind,
    /// How the line was set.
    pub setting: Setting,
    /// Whether the port showed parity and framing errors.
    pub shows_errors: bool,
    /// From the beginning of the scan to its answer.
    pub time: Duration,
    /// From the analyzer's first byte to the answer.
    pub since_heard: Duration,
    /// What the scan found.
    pub finding: Finding,
    /// The models named, the likeliest first.
    pub models: Vec<(String, u16)>,
}

impl Trial {
    /// Whether speed and framing are right.
    pub fn setting_hit(&self) -> bool {
        self.finding
            .setting
            .is_some_and(|(setting, _)| setting == self.setting)
    }

    /// Whether the likeliest link language is right.
    pub fn link_hit(&self) -> bool {
        self.finding
            .dialects
            .first()
            .is_some_and(|dialect| dialect.kind == self.link)
    }

    /// Whether the likeliest model is the one played.
    pub fn model_hit(&self) -> bool {
        self.models
            .first()
            .is_some_and(|(model, _)| *model == self.profile)
    }
}

impl Trial {
    /// Whether anything was found wrongly, or not at all.
    pub fn missed(&self) -> bool {
        !(self.setting_hit() && self.link_hit() && self.model_hit())
    }

    /// What was found instead, in one line.
    pub fn told(&self) -> String {
        let found = self.finding.setting.map_or_else(
            || "no setting".to_owned(),
            |(setting, certainty)| format!("{setting} {certainty:?}"),
        );
        let links: Vec<String> = self
            .finding
            .dialects
            .iter()
            .map(|dialect| format!("{} {}", dialect.kind, dialect.per_mille))
            .collect();
        let model = self.models.first();
        format!(
            "{} {}, {} after {:.0} s: {found}; {}; {}; {} bytes of message",
            self.setting,
            self.link,
            if self.shows_errors {
                "errors shown"
            } else {
                "no errors shown"
            },
            self.time.as_secs_f64(),
            links.join(", "),
            model.map_or("no model", |(model, _)| model.as_str()),
            self.finding.message.len(),
        )
    }
}

/// How a profile's analyzer is usually framed.
pub fn framing(repertoire: &Repertoire) -> Framing {
    let serial = repertoire.driver().profile().transport.serial.as_ref();
    serial.map_or(Framing::EIGHT_NONE, |serial| Framing {
        data_bits: serial.data_bits,
        parity: match serial.parity {
            profile::Parity::Even => Parity::Even,
            profile::Parity::Odd => Parity::Odd,
            profile::Parity::None => Parity::None,
        },
        stop_bits: serial.stop_bits,
    })
}

/// Lets the product find out what stands on a line.
pub fn trial(
    library: &Library,
    repertoire: &mut Repertoire,
    setting: Setting,
    shows_errors: bool,
    dice: &mut Dice,
) -> Result<Trial> {
    let (profile, link) = (repertoire.driver().id().to_owned(), repertoire.link().kind);
    let mut line = Line::new(repertoire, setting, shows_errors, dice)?;
    let finding = line.run()?;
    let models = library.recognise(&finding.message);
    let models = models.into_iter().map(|one| (one.driver, one.per_mille));
    Ok(Trial {
        profile,
        link,
        setting,
        shows_errors,
        time: Duration::from_nanos(line.now),
        since_heard: Duration::from_nanos(line.now.saturating_sub(line.first.unwrap_or(line.now))),
        models: models.collect(),
        finding,
    })
}

/// An analyzer and the scan at the two ends of a line, and the clock of both.
struct Line<'r> {
    repertoire: &'r mut Repertoire,
    dice: &'r mut Dice,
    shows_errors: bool,
    /// Nanoseconds.
    now: u64,
    analyzer: Box<dyn Link>,
    scan: Recogniser,
    up: Uart,
    down: Uart,
    /// When the analyzer tries next.
    next: Option<u64>,
    /// The first byte of the analyzer.
    first: Option<u64>,
    done: Option<Finding>,
}

impl<'r> Line<'r> {
    fn new(
        repertoire: &'r mut Repertoire,
        setting: Setting,
        shows_errors: bool,
        dice: &'r mut Dice,
    ) -> Result<Self> {
        let mut link = repertoire.link().clone();
        if matches!(link.kind, LinkKind::Mllp | LinkKind::Hllp) {
            // Real ones repeat at one pace and do not wait longer each time, as our own engine does.
            link.attempts = Some(1);
        }
        let analyzer = link.open(Role::Instrument, Some(setting.baud / 10));
        if repertoire.count(Purpose::Results) == 0 {
            return Err(anyhow!("nothing to play"));
        }
        Ok(Self {
            shows_errors,
            now: 0,
            analyzer,
            scan: Recogniser::new(Options::serial(shows_errors, PATIENCE), Tick(0)),
            up: Uart::new(setting),
            down: Uart::new(setting),
            next: Some(dice.between(0, 15_000) * MILLI),
            first: None,
            done: None,
            repertoire,
            dice,
        })
    }

    fn tick(&self) -> Tick {
        Tick(self.now / MILLI)
    }

    fn run(&mut self) -> Result<Finding> {
        // Bounded: the scan ends by itself after its patience.
        for _ in 0..5_000_000 {
            self.analyzer_acts()?;
            self.scan_acts();
            if let Some(finding) = self.done.take() {
                return Ok(finding);
            }
            self.advance();
        }
        Err(anyhow!("the scan does not end"))
    }

    /// Goes to the next moment at which anything happens, and lets it happen.
    fn advance(&mut self) {
        let at = |tick: Option<Tick>| tick.map(|tick| tick.0.saturating_mul(MILLI));
        let up = self.up.peek().map(|received| received.at);
        let down = self.down.peek().map(|received| received.at);
        let moments = [
            up,
            down,
            at(self.analyzer.deadline()),
            at(self.scan.deadline()),
            self.next,
        ];
        let due = moments.into_iter().flatten().min();
        self.now = due.unwrap_or(self.now + MILLI).max(self.now);
        let tick = self.tick();
        if up.is_some_and(|at| at <= self.now)
            && let Some(received) = self.up.take()
        {
            if received.sound || !self.shows_errors {
                self.scan.receive(tick, &[received.byte]);
            } else {
                self.scan.damaged(tick, received.byte);
            }
        }
        if down.is_some_and(|at| at <= self.now)
            && let Some(received) = self.down.take()
        {
            self.analyzer.receive(tick, &[received.byte]);
        }
        self.analyzer.elapse(tick);
        self.scan.elapse(tick);
        if self.next.is_some_and(|next| next <= self.now) {
            self.next = None;
        }
    }

    fn analyzer_acts(&mut self) -> Result<()> {
        let tick = self.tick();
        if self.next.is_none() && self.analyzer.pending() == 0 {
            let letter = self.repertoire.say(Purpose::Results, None, self.dice)?;
            let letter = letter.ok_or_else(|| anyhow!("nothing to play"))?;
            self.analyzer.submit(tick, letter.text)?;
        }
        while let Some(output) = self.analyzer.next() {
            match output {
                Output::Send(bytes) => {
                    self.first.get_or_insert(self.now);
                    self.up.send(self.now, &bytes);
                }
                Output::Deliver(Delivery::Sent { .. } | Delivery::Aborted { .. }) => {
                    let pause = self.dice.between(AGAIN.0, AGAIN.1) * 1000 * MILLI;
                    self.next = Some(self.now + pause);
                }
                Output::Keep { token, .. } => {
                    self.analyzer.confirm(tick, token, Verdict::Stored);
                }
                Output::Notice(_) => {}
            }
        }
        Ok(())
    }

    fn scan_acts(&mut self) {
        while let Some(action) = self.scan.action() {
            match action {
                Action::Open(setting) => {
                    self.up.set_reader(self.now, setting);
                    self.down.set_sender(setting);
                }
                Action::Send(bytes) => {
                    self.down.send(self.now, &bytes);
                }
                Action::Tell(_) => {}
                Action::Done(finding) => self.done = Some(*finding),
            }
        }
    }
}
