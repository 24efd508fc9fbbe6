//! The scan itself: which setting is read, what each burst leads to, and when enough is known.

mod end;
mod route;

use super::dialect::dialects;
use super::finding::{Finding, Tried};
use super::score::{Heard, Meaning, is_hopeless, is_known, judge};
use super::setting::{Parity, Setting, plan};
use crate::engine::Tick;
use core::time::Duration;
use std::collections::VecDeque;

const ACK: u8 = 0x06;

/// Silence that ends a burst; longer than any pause inside a frame, shorter than any patience of an analyzer.
const GAP: Duration = Duration::from_millis(150);
/// Silence after which an incomplete message is taken for all there will be.
const SETTLE: Duration = Duration::from_secs(4);
/// Enquiries answered in vain before the wire from us to the analyzer is taken for broken.
const IN_VAIN: u32 = 3;
/// Silence after which a message heard from its middle on is taken for all there will be: analyzers send again sooner.
const REPEAT: Duration = Duration::from_secs(75);
/// Silence after which another setting is read, once anything was heard: at a low speed a fast enquiry is too short to be
/// noticed. Longer than the time after which analyzers ask, or send, again: senders of HL7 wait up to a minute.
const QUIET: Duration = Duration::from_secs(65);
/// Characters after which a setting opened in the middle of a burst is judged, and how many of the last must make sense.
const LOOK: usize = 40;
const STEADY: usize = 16;
/// The longest burst, and the most bytes looked at for a language.
const LONGEST: usize = 256 * 1024;

/// What the driver of a recogniser has to do.
#[derive(Clone, PartialEq, Eq)]
pub enum Action {
    /// Read the line at this setting from now on, and throw away what was read at another.
    Open(Setting),
    /// Write these bytes: always one ACK.
    Send(Vec<u8>),
    /// Tell the person who waits, in French.
    Tell(String),
    /// It is over.
    Done(Box<Finding>),
}

impl core::fmt::Debug for Action {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Open(setting) => write!(formatter, "Open({setting})"),
            Self::Send(bytes) => write!(formatter, "Send({bytes:?})"),
            Self::Tell(text) => write!(formatter, "Tell({text:?})"),
            Self::Done(finding) => write!(formatter, "Done({finding:?})"),
        }
    }
}

/// What kind of line it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Settings to try, the likeliest first; none on a network.
    pub plan: Vec<Setting>,
    /// Whether the port reports parity and framing errors.
    pub shows_errors: bool,
    /// How long to look at most.
    pub patience: Duration,
}

impl Options {
    /// A serial port.
    pub fn serial(shows_errors: bool, patience: Duration) -> Self {
        Self {
            plan: plan(),
            shows_errors,
            patience,
        }
    }

    /// A network connection.
    pub const fn network(patience: Duration) -> Self {
        Self {
            plan: Vec::new(),
            shows_errors: false,
            patience,
        }
    }
}

/// How the burst under way was come upon. One that was joined in its middle proves nothing against a setting: the first
/// characters may be out of step, and so may all that follow without a pause.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Joined {
    /// It began while the setting was already being read.
    Start,
    /// The setting was opened while it went on; these were opened before within the same burst.
    Middle(Vec<Setting>),
}

/// One recognition under way.
#[derive(Debug)]
pub struct Recogniser {
    options: Options,
    until: Tick,
    out: VecDeque<Action>,
    tried: Vec<Tried>,
    /// The place in `tried` of the setting being read.
    current: usize,
    burst: Vec<Heard>,
    /// How the burst was come upon.
    joined: Joined,
    /// When the last character came.
    last: Option<Tick>,
    /// What could be read at the current setting.
    sample: Vec<u8>,
    is_readable: bool,
    /// What could be read began in the middle of a message.
    is_partial: bool,
    garbled_since: u32,
    answers: u32,
    in_vain: u32,
    heard: u64,
    is_over: bool,
}

impl Recogniser {
    /// Begins; the first thing to do is in [`Self::action`].
    pub fn new(options: Options, now: Tick) -> Self {
        let tried: Vec<Tried> = options.plan.iter().copied().map(Tried::new).collect();
        let mut out = VecDeque::new();
        if let Some(first) = options.plan.first() {
            out.push_back(Action::Open(*first));
            out.push_back(Action::Tell(format!("écoute à {first}")));
        } else {
            out.push_back(Action::Tell("écoute de la connexion".to_owned()));
        }
        Self {
            until: now.after(options.patience),
            options,
            out,
            tried,
            current: 0,
            burst: Vec::new(),
            joined: Joined::Start,
            last: None,
            sample: Vec::new(),
            is_readable: false,
            is_partial: false,
            garbled_since: 0,
            answers: 0,
            in_vain: 0,
            heard: 0,
            is_over: false,
        }
    }

    /// The next thing to do, in order; `None` when there is nothing.
    pub fn action(&mut self) -> Option<Action> {
        self.out.pop_front()
    }

    /// Takes bytes that came in good order. Where reads are cut does not matter.
    pub fn receive(&mut self, now: Tick, bytes: &[u8]) {
        self.elapse(now);
        for &byte in bytes {
            self.hear(now, byte, false);
        }
    }

    /// Takes a character that came with a parity or framing error; a break is one of zeros.
    pub fn damaged(&mut self, now: Tick, byte: u8) {
        self.elapse(now);
        self.hear(now, byte, true);
    }

    /// Tells that time has passed.
    pub fn elapse(&mut self, now: Tick) {
        if self.is_over {
            return;
        }
        let silence = self.last.map(|last| now.since(last));
        if !self.burst.is_empty() && silence.is_some_and(|silence| silence >= GAP) {
            self.end_burst();
        }
        let due = silence.is_some_and(|silence| silence >= self.patience());
        if !self.is_over && (now >= self.until || (due && self.has_settled())) {
            self.finish();
        }
        if !self.is_over && due && self.burst.is_empty() {
            self.last = Some(now);
            self.leave();
        }
    }

    /// Something could be read, and nobody is waited for.
    fn has_settled(&self) -> bool {
        self.is_readable && self.in_vain == 0
    }

    /// How long silence may last.
    fn patience(&self) -> Duration {
        match (self.burst.is_empty(), self.has_settled()) {
            (false, _) => GAP,
            (true, true) if self.is_partial => REPEAT,
            (true, true) => SETTLE,
            (true, false) => QUIET,
        }
    }

    /// When [`Self::elapse`] is due.
    pub fn deadline(&self) -> Option<Tick> {
        if self.is_over {
            return None;
        }
        let span = self.patience();
        let due = self.last.map(|last| last.after(span));
        Some(due.map_or(self.until, |due| due.min(self.until)))
    }

    /// Ends at once, with what is known so far.
    pub fn stop(&mut self) {
        if !self.is_over {
            self.finish();
        }
    }

    fn setting(&self) -> Option<Setting> {
        self.tried.get(self.current).map(|tried| tried.setting)
    }

    fn tell(&mut self, text: String) {
        self.out.push_back(Action::Tell(text));
    }

    fn hear(&mut self, now: Tick, byte: u8, is_damaged: bool) {
        if self.is_over {
            return;
        }
        let seven = self
            .setting()
            .is_some_and(|setting| setting.framing.data_bits == 7);
        let heard = Heard {
            // A pseudo-terminal passes the parity bit on.
            byte: if seven { byte & 0x7f } else { byte },
            is_damaged,
        };
        self.heard += 1;
        self.last = Some(now);
        if let Some(tried) = self.tried.get_mut(self.current) {
            tried.count(heard);
        }
        self.burst.push(heard);
        match &self.joined {
            _ if self.setting().is_none() || self.is_readable => {}
            Joined::Start if is_hopeless(&self.burst) => self.refute(true),
            Joined::Middle(_) if self.burst.len() >= LOOK && !self.is_promising() => self.look_on(),
            _ => {}
        }
        if self.burst.len() >= LONGEST {
            self.end_burst();
        }
    }

    fn end_burst(&mut self) {
        if matches!(self.joined, Joined::Middle(_)) && self.setting().is_some() {
            self.end_joined();
        } else {
            self.end_whole();
        }
        self.burst.clear();
        self.joined = Joined::Start;
    }

    fn end_whole(&mut self) {
        match judge(&self.burst, self.setting()) {
            Meaning::Enquiry => self.enquiry(),
            Meaning::Readable if self.makes_sense() => self.readable(),
            Meaning::SevenBits(parity) => self.seven_bits(parity),
            Meaning::Unclear if self.is_sound() && self.likely().is_none() => {
                self.readable_so_far();
            }
            Meaning::Readable | Meaning::Garbled | Meaning::Unclear => self.refute(false),
        }
    }

    /// A port that shows no errors lets anything pass that happens to print: there, a language must be seen in it.
    fn makes_sense(&self) -> bool {
        if self.options.shows_errors || self.setting().is_none() {
            return true;
        }
        let burst = self.burst.iter().map(|heard| heard.byte);
        let all: Vec<u8> = self.sample.iter().copied().chain(burst).collect();
        let best = dialects(&all).into_iter().next();
        best.is_some_and(|best| best.per_mille >= 400)
    }

    /// The last characters of a burst joined in its middle make sense.
    fn is_promising(&self) -> bool {
        let from = self.burst.len().saturating_sub(STEADY);
        let tail = self.burst.get(from..).unwrap_or_default();
        tail.len() >= STEADY
            && tail
                .iter()
                .all(|heard| !heard.is_damaged && is_known(heard.byte))
    }

    /// A burst joined in its middle is over: if its end makes sense the whole message is waited for, else the next burst
    /// will be heard from its start.
    fn end_joined(&mut self) {
        if !self.is_promising() {
            self.move_on();
            return;
        }
        let steady = |heard: &Heard| !heard.is_damaged && is_known(heard.byte);
        let senseless = self.burst.iter().rposition(|heard| !steady(heard));
        let from = senseless.map_or(0, |at| at + 1);
        self.burst.drain(..from);
        self.is_partial = true;
        self.readable();
    }

    fn is_sound(&self) -> bool {
        let sound = |heard: &Heard| !heard.is_damaged && is_known(heard.byte);
        self.burst.iter().all(sound)
    }

    fn enquiry(&mut self) {
        if let Some(tried) = self.tried.get_mut(self.current) {
            tried.enquiries += 1;
        }
        self.take_sample();
        if self.in_vain >= IN_VAIN {
            self.finish();
            return;
        }
        self.answers += 1;
        self.in_vain += 1;
        let at = self
            .setting()
            .map_or(String::new(), |setting| format!(" à {setting}"));
        self.tell(format!(
            "l'analyseur demande la ligne (ENQ){at} : réponse ACK, attente de sa trame"
        ));
        self.out.push_back(Action::Send(vec![ACK]));
    }

    fn take_sample(&mut self) {
        let sound = self.burst.iter().filter(|heard| !heard.is_damaged);
        self.sample.extend(sound.map(|heard| heard.byte));
        let excess = self.sample.len().saturating_sub(LONGEST);
        self.sample.drain(..excess);
    }

    /// Too little to prove a setting, unless it is a whole block with its marks.
    fn readable_so_far(&mut self) {
        self.take_sample();
        self.finish_when_known(900);
    }

    fn finish_when_known(&mut self, per_mille: u16) {
        let best = dialects(&self.sample).into_iter().next();
        if best.is_some_and(|best| best.is_complete && best.per_mille >= per_mille) {
            self.finish();
        }
    }

    fn readable(&mut self) {
        self.garbled_since = 0;
        self.in_vain = 0;
        if !self.is_readable {
            let at = self
                .setting()
                .map_or(String::new(), |setting| format!(" à {setting}"));
            self.tell(format!("texte lisible{at}"));
        }
        self.is_readable = true;
        let began = self.is_partial && !self.sample.is_empty();
        if began && self.joined == Joined::Start {
            // A message from its start: what was heard of the one before is of no use any more.
            self.sample.clear();
            self.is_partial = false;
        }
        self.take_sample();
        self.finish_when_known(700);
    }

    fn seven_bits(&mut self, parity: Parity) {
        let Some(setting) = self
            .setting()
            .map(|setting| setting.with_seven_bits(parity))
        else {
            return;
        };
        for heard in &mut self.burst {
            heard.byte &= 0x7f;
        }
        self.sample.clear();
        self.open(setting);
        if let Some(tried) = self.tried.get_mut(self.current) {
            for heard in &self.burst {
                tried.count(*heard);
            }
        }
        self.readable();
    }
}
