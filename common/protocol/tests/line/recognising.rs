//! Recognition on simulated wires: every speed, every language, with a port that shows errors and one that does not.

use lisiere_protocol::lis1a::frame::{FrameEnd, encode};
use lisiere_protocol::recognise::waveform::Stretch;
use lisiere_protocol::recognise::{
    Action, Certainty, Finding, Framing, Options, Recogniser, Setting, dialects, plan,
};
use lisiere_protocol::{LinkKind, Tick};
use proptest::prelude::*;
use std::time::Duration;

const ENQ: u8 = 5;
const PATIENCE: Duration = Duration::from_mins(10);

/// A wire with an analyzer at its far end, which asks for the line again and again.
struct Wire {
    sent: Setting,
    read: Option<Setting>,
    shows_errors: bool,
    recogniser: Recogniser,
    now: Tick,
    answers: Vec<Vec<u8>>,
    told: Vec<String>,
    finding: Option<Finding>,
}

impl Wire {
    fn new(sent: Setting, shows_errors: bool) -> Self {
        let options = Options::serial(shows_errors, PATIENCE);
        Self::with(options, sent, shows_errors)
    }

    fn with(options: Options, sent: Setting, shows_errors: bool) -> Self {
        let mut wire = Self {
            sent,
            read: None,
            shows_errors,
            recogniser: Recogniser::new(options, Tick(0)),
            now: Tick(0),
            answers: Vec::new(),
            told: Vec::new(),
            finding: None,
        };
        wire.drain();
        wire
    }

    fn drain(&mut self) {
        while let Some(action) = self.recogniser.action() {
            match action {
                Action::Open(setting) => self.read = Some(setting),
                Action::Send(bytes) => self.answers.push(bytes),
                Action::Tell(text) => self.told.push(text),
                Action::Done(finding) => self.finding = Some(*finding),
            }
        }
    }

    /// The analyzer sends bytes in one go; each is read at whatever setting is open by then.
    fn send(&mut self, bytes: &[u8]) {
        let mut stretch = Stretch::new(bytes, self.sent);
        while let Some(seen) = stretch.next(self.read.unwrap_or(self.sent)) {
            if seen.is_sound || !self.shows_errors {
                self.recogniser.receive(self.now, &[seen.byte]);
            } else {
                self.recogniser.damaged(self.now, seen.byte);
            }
            self.drain();
        }
    }

    fn wait(&mut self, span: Duration) {
        let until = self.now.after(span);
        while let Some(deadline) = self
            .recogniser
            .deadline()
            .filter(|deadline| *deadline <= until)
        {
            self.now = deadline.max(self.now);
            self.recogniser.elapse(self.now);
            self.drain();
        }
        self.now = until;
        self.recogniser.elapse(self.now);
        self.drain();
    }

    /// An analyzer that has a message for whoever answers its enquiry.
    fn ask_until_found(&mut self, message: &[u8]) -> Finding {
        for _ in 0..40 {
            let answered = self.answers.len();
            self.send(&[ENQ]);
            self.wait(Duration::from_secs(1));
            if self.answers.len() > answered {
                self.send(message);
            }
            self.wait(Duration::from_secs(14));
            if let Some(finding) = self.finding.take() {
                return finding;
            }
        }
        panic!("not found: {:?}", self.told);
    }
}

fn frame() -> Vec<u8> {
    encode(
        1,
        b"H|\\^&|||ANALYZER^1.0|||||||P|1|20261123091201\r",
        FrameEnd::Last,
    )
}

fn best(finding: &Finding) -> LinkKind {
    finding.dialects.first().expect("a language").kind
}

#[test]
fn every_speed_and_framing_is_found_from_enquiries() {
    for sent in plan() {
        for shows_errors in [true, false] {
            let mut wire = Wire::new(sent, shows_errors);
            let finding = wire.ask_until_found(&frame());
            let (found, certainty) = finding
                .setting
                .unwrap_or_else(|| panic!("{sent} {shows_errors} {:?} {finding:?}", wire.told));
            let expected = match sent.framing {
                // They read alike.
                Framing::EIGHT_TWO => Framing::EIGHT_NONE,
                other => other,
            };
            // A port that shows no errors cannot tell eight bits with parity from eight without.
            if shows_errors || expected != Framing::EIGHT_EVEN {
                assert_eq!(
                    found,
                    Setting {
                        framing: expected,
                        ..sent
                    },
                    "{shows_errors}: {:?}",
                    wire.told
                );
            } else {
                assert_eq!(found.baud, sent.baud);
            }
            assert_eq!(best(&finding), LinkKind::Lis1a);
            assert_eq!(
                finding.message,
                frame(),
                "{sent} {shows_errors}: {:?}",
                wire.told
            );
            if shows_errors {
                assert_eq!(certainty, Certainty::Proven);
            }
            assert!(wire.answers.iter().all(|answer| answer == &[6]));
            // An enquiry at the first setting tells the right one: no more than three are needed.
            assert!(
                wire.now < Tick(61_000),
                "{sent} {shows_errors}: {:?} {:?}",
                wire.now,
                wire.told
            );
        }
    }
}

/// Messages that come unasked, a few times a minute.
fn unasked() -> [(LinkKind, Vec<u8>); 4] {
    let hl7 =
        b"\x0bMSH|^~\\&|LAB|X|||20261123||ORU^R01|1|P|2.3\rPID|1\rOBX|1|NM|GLU||5.1|mmol/L\r\x1c\r"
            .repeat(5);
    let kx = [
        b"\x02D1U",
        "0261123000170001234500156".repeat(8).as_bytes(),
        b"\x03",
    ]
    .concat();
    let line = b"! 7.1 \r\" 4.5 \r# 13.2\r";
    let abx = [b"\x02\rRESULT \r", &line.repeat(12)[..], b"\x03"].concat();
    let text = b"  pH    7.41\r\n  pCO2  40.1 mmHg\r\n  pO2   95.2 mmHg\r\n".repeat(6);
    [
        (LinkKind::Mllp, hl7),
        (LinkKind::Kx, kx),
        (LinkKind::Abx, abx),
        (LinkKind::ListenText, text),
    ]
}

#[test]
fn what_asks_for_nothing_is_found_without_a_word() {
    for (kind, message) in unasked() {
        for baud in [9600, 19200, 38400, 115_200, 4800, 1200] {
            for shows_errors in [true, false] {
                let framing = Framing::EIGHT_NONE;
                let mut wire = Wire::new(Setting { baud, framing }, shows_errors);
                while wire.finding.is_none() && wire.now < Tick(600_000) {
                    wire.send(&message);
                    wire.wait(Duration::from_secs(20));
                }
                let finding = wire.finding.take();
                let finding = finding
                    .unwrap_or_else(|| panic!("{kind} {baud} {shows_errors}: {:?}", wire.told));
                let found = finding.setting.map(|(setting, _)| setting);
                let place = format!("{kind} {baud} {shows_errors}: {:?}", wire.told);
                assert_eq!(found, Some(Setting { baud, framing }), "{place}");
                assert_eq!(best(&finding), kind, "{place}");
                assert!(wire.answers.is_empty());
                if kind != LinkKind::ListenText {
                    assert_eq!(finding.message.first(), message.first(), "{place}");
                }
                println!("{kind} {baud} {shows_errors}: {} s", wire.now.0 / 1000);
                assert!(wire.now <= Tick(300_000), "{:?} {place}", wire.now);
            }
        }
    }
}

#[test]
fn an_analyzer_that_does_not_hear_us_is_told_from_one_that_does() {
    let sent = Setting {
        baud: 9600,
        framing: Framing::EIGHT_NONE,
    };
    let mut wire = Wire::new(sent, true);
    for _ in 0..10 {
        wire.send(&[ENQ]);
        wire.wait(Duration::from_secs(15));
    }
    let finding = wire.finding.expect("found");
    assert_eq!(wire.answers.len(), 3);
    assert_eq!(finding.setting.unwrap().0, sent);
    assert!(
        finding
            .evidence
            .iter()
            .any(|text| text.contains("fil d'émission")),
        "{finding:?}"
    );
}

#[test]
fn silence_is_explained_and_ends() {
    let sent = Setting {
        baud: 9600,
        framing: Framing::EIGHT_NONE,
    };
    let mut wire = Wire::new(sent, true);
    wire.wait(PATIENCE);
    let finding = wire.finding.expect("an end");
    assert_eq!((finding.heard, finding.setting), (0, None));
    assert!(finding.evidence[0].starts_with("aucun octet reçu"));
    assert_eq!(wire.recogniser.deadline(), None);
}

#[test]
fn a_line_without_sense_ends_with_advice() {
    let sent = Setting {
        baud: 9600,
        framing: Framing::EIGHT_NONE,
    };
    let mut wire = Wire::new(sent, false);
    let mut random = 1_u32;
    for _ in 0..60 {
        let noise: Vec<u8> = (0..64)
            .map(|_| {
                random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (random >> 24) as u8 | 0x80
            })
            .collect();
        wire.send(&noise);
        wire.wait(Duration::from_secs(10));
    }
    let finding = wire.finding.expect("an end");
    assert!(finding.dialects.is_empty());
    assert!(
        finding
            .evidence
            .iter()
            .any(|text| text.contains("aucun réglage essayé")),
        "{finding:?}"
    );
}

#[test]
fn each_language_is_known_by_its_marks() {
    let bci = {
        let text = b"\x1emtrsl|pi|\x1esi|ciA1|\x1d";
        let sum = text.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
        [
            b"\x05\x02",
            &text[..],
            format!("{sum:02x}\x03\x04").as_bytes(),
        ]
        .concat()
    };
    let tosoh = {
        let block = |text: &[u8]| {
            let bcc = text.iter().fold(0, |bcc, byte| bcc ^ byte);
            [b"\x02", text, &[bcc]].concat()
        };
        [block(b"1 26112301 A1C\x03"), block(b"3 5.6 38\x03")].concat()
    };
    let lis1a = [&[ENQ][..], &frame(), &[4]].concat();
    let samples: [(&[u8], LinkKind); 11] = [
        (&lis1a, LinkKind::Lis1a),
        (b"\x05", LinkKind::Lis1a),
        (b"\x0bMSH|^~\\&|A\r\x1c\r", LinkKind::Mllp),
        (b"\x0bD23\rMSH|^~\\&|A\r00021123\x1c\r", LinkKind::Hllp),
        (&bci, LinkKind::Bci),
        (
            b"\x02DB\x03\x02D 00010100010001      26112300017    E001  5.1r 002 12.0  \x03",
            LinkKind::Au,
        ),
        (
            b"\x02D1U2611230000170000000000012300450015600450\x03",
            LinkKind::Kx,
        ),
        (b"\x02\rRESULT \r! 7.1\r\" 4.5\r\x03", LinkKind::Abx),
        (&tosoh, LinkKind::Tosoh),
        (b"H|\\^&|||X\rP|1\rL|1\r", LinkKind::Records),
        (
            b"  pH    7.41\r\n  pCO2  40.1 mmHg\r\n  pO2   95.2 mmHg\r\n",
            LinkKind::ListenText,
        ),
    ];
    for (bytes, kind) in samples {
        let found = dialects(bytes);
        assert_eq!(
            found.first().map(|found| found.kind),
            Some(kind),
            "{found:?}"
        );
        assert!(!found[0].evidence.is_empty());
    }
    assert!(dialects(b"\x80\xe0\xf8").is_empty());
}

#[test]
fn a_network_line_has_no_setting() {
    let sent = Setting {
        baud: 9600,
        framing: Framing::EIGHT_NONE,
    };
    let mut wire = Wire::with(Options::network(PATIENCE), sent, false);
    let finding = wire.ask_until_found(&frame());
    assert_eq!(finding.setting, None);
    assert_eq!(best(&finding), LinkKind::Lis1a);
}

#[derive(Debug, Clone)]
enum Step {
    Bytes(Vec<u8>),
    Damaged(u8),
    Wait(u16),
}

fn any_step() -> impl Strategy<Value = Step> {
    let byte = prop_oneof![
        any::<u8>(),
        Just(ENQ),
        Just(2_u8),
        Just(3_u8),
        Just(b'\r'),
        0x20_u8..0x7f
    ];
    prop_oneof![
        4 => proptest::collection::vec(byte, 1..40).prop_map(Step::Bytes),
        1 => Just(Step::Bytes(vec![ENQ])),
        1 => Just(Step::Bytes(frame())),
        2 => any::<u8>().prop_map(Step::Damaged),
        4 => any::<u16>().prop_map(Step::Wait),
    ]
}

fn run(steps: &[Step], whole: bool, network: bool) -> Vec<Action> {
    let options = if network {
        Options::network(PATIENCE)
    } else {
        Options::serial(true, PATIENCE)
    };
    let mut recogniser = Recogniser::new(options, Tick(0));
    let mut now = Tick(0);
    let mut done = Vec::new();
    for step in steps {
        match step {
            Step::Bytes(bytes) if whole => recogniser.receive(now, bytes),
            Step::Bytes(bytes) => bytes
                .iter()
                .for_each(|byte| recogniser.receive(now, &[*byte])),
            Step::Damaged(byte) => recogniser.damaged(now, *byte),
            Step::Wait(span) => {
                now = now.after(Duration::from_millis(u64::from(*span)));
                recogniser.elapse(now);
            }
        }
        while let Some(action) = recogniser.action() {
            done.push(action);
        }
    }
    recogniser.stop();
    while let Some(action) = recogniser.action() {
        done.push(action);
    }
    done
}

proptest! {
    #[test]
    fn where_reads_are_cut_does_not_matter(steps in proptest::collection::vec(any_step(), 0..30), network: bool) {
        let whole = run(&steps, true, network);
        prop_assert_eq!(&run(&steps, false, network), &whole);
        // One end, and never a word but ACK.
        let ends = whole.iter().filter(|action| matches!(action, Action::Done(_))).count();
        prop_assert_eq!(ends, 1);
        let silent = whole.iter().all(|action| !matches!(action, Action::Send(bytes) if bytes != &[6]));
        prop_assert!(silent);
    }
}

/// The link that a profile names.
fn link_of(profile: &str) -> Option<LinkKind> {
    let (_, link) = profile.split_once("\n[link]\n")?;
    let (_, rest) = link.split_once("kind = \"")?;
    rest.split('"').next()?.parse().ok()
}

#[test]
fn every_fixture_of_a_driver_is_known_by_its_link() {
    let drivers = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../driver");
    let (mut known, mut wrong) = (0, Vec::new());
    for folder in std::fs::read_dir(drivers.join("fixtures"))
        .unwrap()
        .flatten()
    {
        let id = folder.file_name().into_string().unwrap();
        // Binary, and without any mark: only its driver knows it, and only to name it.
        if id == "esr-analyser" {
            continue;
        }
        let Ok(profile) = std::fs::read_to_string(drivers.join(format!("profiles/{id}.toml")))
        else {
            continue;
        };
        let Some(kind) = link_of(&profile) else {
            continue;
        };
        for file in std::fs::read_dir(folder.path()).unwrap().flatten() {
            let path = file.path();
            let bytes = std::fs::read(&path).unwrap();
            // Some fixtures are bare text: there is nothing of a link in them.
            let framed = bytes.iter().any(|byte| matches!(byte, 2 | 0x0b));
            if path.extension().is_some_and(|it| it == "json") || !framed {
                continue;
            }
            let found = dialects(&bytes).first().map(|found| found.kind);
            if found == Some(kind) {
                known += 1;
            } else {
                wrong.push(format!("{}: {found:?}, not {kind}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{known} known, but\n{}", wrong.join("\n"));
    assert!(known > 20, "{known}");
}
