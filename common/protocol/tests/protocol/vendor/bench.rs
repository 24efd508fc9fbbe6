//! Any link on a bench, made from the settings a port would have.

use lisiere_protocol::link::Role;
use lisiere_protocol::{
    Delivery, KeptMessage, Link, LinkCounters, LinkKind, LinkSettings, Notice, Output, Tick, Token,
    Verdict,
};

pub(crate) struct Bench {
    pub(crate) link: Box<dyn Link>,
    pub(crate) now: u64,
    pub(crate) kept: Vec<KeptMessage>,
    pub(crate) tokens: Vec<Token>,
    pub(crate) notices: Vec<Notice>,
    pub(crate) sent: Vec<u8>,
}

impl Bench {
    pub(crate) fn new(settings: &LinkSettings) -> Self {
        Self::with_role(settings, Role::Computer)
    }

    pub(crate) fn with_role(settings: &LinkSettings, role: Role) -> Self {
        assert_eq!(settings.mistakes(), [], "the settings mean something");
        Self {
            link: settings.open(role, None),
            now: 0,
            kept: Vec::new(),
            tokens: Vec::new(),
            notices: Vec::new(),
            sent: Vec::new(),
        }
    }

    pub(crate) fn of(kind: LinkKind) -> Self {
        Self::new(&LinkSettings::standard(kind))
    }

    pub(crate) fn feed(&mut self, bytes: impl AsRef<[u8]>) -> String {
        self.link.receive(Tick(self.now), bytes.as_ref());
        self.words()
    }

    pub(crate) fn submit(&mut self, text: &[u8]) -> String {
        self.link.submit(Tick(self.now), text.to_vec()).unwrap();
        self.words()
    }

    /// Lets time pass, waking the link at its deadlines as a driver does.
    pub(crate) fn wait(&mut self, milliseconds: u64) -> String {
        let end = self.now + milliseconds;
        let mut words = Vec::new();
        while let Some(Tick(deadline)) = self.link.deadline().filter(|deadline| deadline.0 <= end) {
            self.now = deadline.max(self.now);
            self.link.elapse(Tick(self.now));
            let said = self.words();
            if !said.is_empty() {
                words.push(said);
            }
        }
        self.now = end;
        words.join(" ")
    }

    pub(crate) fn store(&mut self) -> String {
        self.decide(Verdict::Stored)
    }

    pub(crate) fn refuse(&mut self) -> String {
        self.decide(Verdict::Refused {
            reason: "disk full".into(),
        })
    }

    fn decide(&mut self, verdict: Verdict) -> String {
        let token = *self.tokens.last().expect("a message was kept");
        self.link.confirm(Tick(self.now), token, verdict);
        self.words()
    }

    pub(crate) fn words(&mut self) -> String {
        let mut words = Vec::new();
        while let Some(output) = self.link.next() {
            match output {
                Output::Send(bytes) => {
                    words.push(name(&bytes));
                    self.sent.extend(bytes);
                }
                Output::Keep { token, message } => {
                    words.push("KEEP".to_owned());
                    self.tokens.push(token);
                    self.kept.push(message);
                }
                Output::Deliver(Delivery::Sent { .. }) => words.push("SENT".to_owned()),
                Output::Deliver(Delivery::Aborted { reason, .. }) => {
                    words.push(format!("ABORTED({reason:?})"));
                }
                Output::Notice(notice) => self.notices.push(notice),
            }
        }
        words.join(" ")
    }

    pub(crate) fn counters(&self) -> &LinkCounters {
        self.link.counters()
    }

    pub(crate) fn last_text(&self) -> &[u8] {
        &self.kept.last().expect("a message was kept").text
    }
}

fn name(bytes: &[u8]) -> String {
    match bytes {
        [0x01] => "SOH".to_owned(),
        [0x04] => "EOT".to_owned(),
        [0x05] => "ENQ".to_owned(),
        [0x06] => "ACK".to_owned(),
        [0x15] => "NAK".to_owned(),
        [0x02, ..] => "BLOCK".to_owned(),
        _ => format!("{bytes:02x?}"),
    }
}
