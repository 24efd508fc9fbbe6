//! The scan itself: which setting is read, what each burst leads to, and when enough is known.

use super::dialect::{Dialect, dialects};
use super::finding::{Certainty, Finding, Tried};
use super::score::{Heard, Meaning, enquiry_at, is_hopeless, judge};
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
/// Characters that do not count after a change of setting in the middle of a burst.
const SKIP: usize = 4;
/// Silence after which another setting is read, once anything was heard: at a low speed a fast enquiry is too short to be
/// noticed. Longer than the time after which analyzers ask again.
const QUIET: Duration = Duration::from_secs(35);
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
    /// Characters at the beginning of the burst that do not count.
    skip: usize,
    /// When the last character came.
    last: Option<Tick>,
    /// What could be read at the current setting.
    sample: Vec<u8>,
    is_readable: bool,
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
            skip: 0,
            last: None,
            sample: Vec::new(),
            is_readable: false,
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
        let waits = self.is_readable && self.in_vain == 0;
        let settled = waits && silence.is_some_and(|silence| silence >= SETTLE);
        if !self.is_over && (settled || now >= self.until) {
            self.finish();
        }
        if !self.is_over && silence.is_some_and(|silence| silence >= QUIET) {
            self.last = Some(now);
            self.leave();
        }
    }

    /// Nothing more comes at this setting.
    fn leave(&mut self) {
        if self.in_vain > 0 || self.is_readable {
            return;
        }
        if let Some(next) = self
            .next_setting(true)
            .filter(|next| self.setting() != Some(*next))
        {
            self.sample.clear();
            self.open(next);
            self.tell(format!("plus rien : écoute à {next}"));
        }
    }

    /// When [`Self::elapse`] is due.
    pub fn deadline(&self) -> Option<Tick> {
        if self.is_over {
            return None;
        }
        let span = match (self.burst.is_empty(), self.is_readable && self.in_vain == 0) {
            (false, _) => GAP,
            (true, true) => SETTLE,
            (true, false) => QUIET,
        };
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
        let hopeless =
            self.setting().is_some() && !self.is_readable && is_hopeless(&self.burst, self.skip);
        if hopeless {
            self.garbled(true);
        } else if self.burst.len() >= LONGEST {
            self.end_burst();
        }
    }

    fn end_burst(&mut self) {
        match judge(&self.burst, self.setting(), self.skip) {
            Meaning::Enquiry => self.enquiry(),
            Meaning::Readable => self.readable(),
            Meaning::SevenBits(parity) => self.seven_bits(parity),
            Meaning::Unclear if self.is_sound() && self.likely().is_none() => {
                self.readable_so_far();
            }
            Meaning::Garbled | Meaning::Unclear => self.garbled(false),
        }
        self.burst.clear();
        self.skip = 0;
    }

    fn is_sound(&self) -> bool {
        let counted = self.burst.get(self.skip..).unwrap_or_default();
        counted
            .iter()
            .all(|heard| !heard.is_damaged && super::score::is_known(heard.byte))
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
        let sound = self
            .burst
            .iter()
            .skip(self.skip)
            .filter(|heard| !heard.is_damaged);
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

    /// The setting is wrong, or what came was noise. `goes_on` when the burst has not ended yet.
    fn garbled(&mut self, goes_on: bool) {
        self.garbled_since += 1;
        if (self.is_readable && self.garbled_since < 3) || self.setting().is_none() {
            return;
        }
        self.is_readable = false;
        self.in_vain = 0;
        self.sample.clear();
        if let Some(tried) = self.tried.get_mut(self.current) {
            tried.is_refuted = true;
            let text = format!(
                "illisible à {} ({} octets, {} erreurs)",
                tried.setting, tried.bytes, tried.errors
            );
            self.out.push_back(Action::Tell(text));
        }
        let next = self.next_setting(goes_on);
        self.burst.clear();
        self.skip = if goes_on { SKIP } else { 0 };
        if let Some(next) = next {
            self.open(next);
            self.tell(format!("écoute à {next}"));
        }
    }

    fn is_refuted(&self, setting: Setting) -> bool {
        let tried = self.tried.iter().find(|tried| tried.setting == setting);
        tried.is_some_and(|tried| tried.is_refuted)
    }

    /// The setting at which what was just heard would have been an enquiry.
    fn likely(&self) -> Option<Setting> {
        let Options {
            plan, shows_errors, ..
        } = &self.options;
        let likely = enquiry_at(&self.burst, self.setting()?, *shows_errors, plan);
        likely
            .into_iter()
            .find(|setting| !self.is_refuted(*setting))
    }

    fn next_setting(&mut self, goes_on: bool) -> Option<Setting> {
        let read = self.setting()?;
        let refuted = |setting: &Setting| self.is_refuted(*setting);
        if !goes_on && let Some(likely) = self.likely() {
            return Some(likely);
        }
        // From the one being read onwards, then from the beginning.
        let plan = &self.options.plan;
        let at = plan.iter().position(|setting| *setting == read);
        let from = at.map_or(0, |at| at + 1);
        let mut around = plan
            .iter()
            .skip(from)
            .chain(plan.iter().take(from))
            .copied();
        let left = around.find(|setting| *setting != read && !refuted(setting));
        if left.is_some() {
            return left;
        }
        // All were refuted: noise may have done that to the right one.
        for tried in &mut self.tried {
            tried.is_refuted = tried.setting == read;
        }
        self.options
            .plan
            .iter()
            .copied()
            .find(|setting| *setting != read)
    }

    fn open(&mut self, setting: Setting) {
        let known = self.tried.iter().position(|tried| tried.setting == setting);
        self.current = known.unwrap_or(self.tried.len());
        if known.is_none() {
            self.tried.push(Tried::new(setting));
        }
        self.garbled_since = 0;
        self.out.push_back(Action::Open(setting));
    }

    fn finish(&mut self) {
        self.is_over = true;
        let dialects = dialects(&self.sample);
        let range = dialects
            .first()
            .map_or(0..0, |dialect| dialect.message.clone());
        let message = self.sample.get(range).unwrap_or_default().to_vec();
        let certain = self.certainty(&dialects);
        let setting = self
            .setting()
            .filter(|_| !dialects.is_empty() || self.is_readable)
            .map(|setting| (setting, certain));
        let tried: Vec<Tried> = self
            .tried
            .iter()
            .filter(|tried| tried.bytes > 0)
            .cloned()
            .collect();
        let mut finding = Finding {
            setting,
            evidence: Vec::new(),
            dialects,
            message,
            tried,
            heard: self.heard,
            answers: self.answers,
        };
        finding.evidence = finding.explained(
            self.options.shows_errors,
            self.in_vain,
            self.options.patience,
        );
        self.out.push_back(Action::Done(Box::new(finding)));
    }

    fn certainty(&self, dialects: &[Dialect]) -> Certainty {
        let clean = self
            .tried
            .get(self.current)
            .is_some_and(|tried| tried.errors == 0);
        let others = self.tried.iter().any(|tried| tried.is_refuted);
        if !dialects.is_empty() && ((self.options.shows_errors && clean) || others) {
            Certainty::Proven
        } else {
            Certainty::Plausible
        }
    }
}
