//! From a capture back to records, whatever became of its frames.

use lisiere_protocol::lis1a::checksum::LineEndRepair;
use lisiere_protocol::lis2a2::deframe::{ChecksumVerdict, Layer, Part, ProblemKind};
use lisiere_protocol::lis2a2::{Deframed, ReadOptions, deframe, read};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::support::{HEADER, TERMINATOR, last, message, part, repeatable};

fn kinds(deframed: &Deframed) -> Vec<ProblemKind> {
    deframed
        .problems
        .iter()
        .map(|problem| problem.kind)
        .collect()
}

#[test]
fn records_cut_over_frames_point_back_to_the_capture() {
    let capture = [
        &b"\x05"[..],
        &last(1, HEADER),
        &part(2, "R|1|^^^7/1/no"),
        &last(3, "t|9.61\r"),
        &last(4, TERMINATOR),
        b"\x04",
    ]
    .concat();
    let deframed = deframe(&capture);
    assert_eq!(
        deframed.text,
        format!("{HEADER}R|1|^^^7/1/not|9.61\r{TERMINATOR}").as_bytes()
    );
    assert!(deframed.problems.is_empty(), "{:?}", deframed.problems);
    let document = read(&deframed.text, ReadOptions::default());
    let result = document.messages[0].records[1];
    let whole = &capture[deframed.capture_range(result.range())];
    assert!(whole.starts_with(b"R|1|") && whole.ends_with(b"t|9.61") && whole.contains(&0x17));
    assert_eq!(
        &capture[deframed.capture_range(result.field(4).range())],
        b"9.61"
    );
    let empty = deframed.capture_range(result.field(9).range());
    assert!(empty.is_empty());
}

#[test]
fn checksums_are_judged_frame_by_frame() {
    let text = format!("{HEADER}P|1\r");
    let mut wrong = last(2, TERMINATOR);
    wrong[2] = b'l';
    let mangled = {
        let frame = last(1, &text);
        let sum = &frame[frame.len() - 4..];
        [
            b"\x021",
            text.replace('\r', "\r\n").as_bytes(),
            b"\x03",
            sum,
            b"\r\n",
        ]
        .concat()
    };
    let deframed = deframe(&[mangled, wrong].concat());
    let verdicts: Vec<_> = deframed.frames.iter().map(|frame| frame.checksum).collect();
    assert_eq!(
        verdicts[0],
        ChecksumVerdict::ValidAfterRepair(LineEndRepair::CrLfToCr)
    );
    assert!(matches!(verdicts[1], ChecksumVerdict::Wrong { .. }));
    assert!(matches!(
        kinds(&deframed)[..],
        [ProblemKind::LineEndsRewritten, ProblemKind::Checksum { .. }]
    ));
    assert!(
        deframed.text.ends_with(b"l|1|N\r"),
        "a wrong checksum is no reason to lose a record"
    );
}

#[test]
fn repeated_and_damaged_frames_are_used_once() {
    let mut damaged = last(2, "P|1\r");
    damaged[3] = b'x';
    let frames = [
        last(1, HEADER),
        last(1, HEADER),
        damaged,
        last(2, "P|1\r"),
        last(3, TERMINATOR),
    ];
    let deframed = deframe(&frames.concat());
    assert_eq!(
        deframed.text,
        format!("{HEADER}P|1\r{TERMINATOR}").as_bytes()
    );
    let parts: Vec<_> = deframed.frames.iter().map(|frame| frame.part).collect();
    assert_eq!(
        parts,
        [
            Part::Used,
            Part::Duplicate,
            Part::Superseded,
            Part::Used,
            Part::Used
        ]
    );
    let deframed = deframe(&[message(1), b"\x04\x05".to_vec(), message(1)].concat());
    assert_eq!(deframed.frames.len(), 2, "a new session is no repetition");
    assert_eq!(
        read(&deframed.text, ReadOptions::default()).messages.len(),
        2
    );
}

#[test]
fn trailers_and_noise_of_every_kind() {
    let bare = |number, text| {
        let frame = last(number, text);
        frame[..frame.len() - 2].to_vec()
    };
    for trailer in ["", "\r", "\n", "\r\n", "\r\r\n", "\r\n\r\n"] {
        let capture = [
            &bare(1, HEADER),
            trailer.as_bytes(),
            &bare(2, TERMINATOR),
            trailer.as_bytes(),
        ]
        .concat();
        let deframed = deframe(&capture);
        assert_eq!(
            deframed.text,
            format!("{HEADER}{TERMINATOR}").as_bytes(),
            "{trailer:?}"
        );
        assert!(deframed.problems.is_empty(), "{trailer:?}");
    }
    let noisy = [b"garbage".to_vec(), message(1), b"!?\x06".to_vec()].concat();
    let found = kinds(&deframe(&noisy));
    assert_eq!(
        found,
        [
            ProblemKind::Noise { length: 7 },
            ProblemKind::Noise { length: 2 }
        ]
    );
}

#[test]
fn frames_that_are_cut_or_jump_or_have_no_number() {
    let cut = deframe(b"\x021H|\\^&\rP|1");
    assert_eq!(cut.text, b"H|\\^&\rP|1");
    assert_eq!(kinds(&cut), [ProblemKind::Cut]);
    let jump = deframe(&[last(1, HEADER), last(4, TERMINATOR)].concat());
    assert_eq!(
        kinds(&jump),
        [ProblemKind::Jump {
            previous: 1,
            found: 4
        }]
    );
    let nameless = deframe(b"\x02H|\\^&\r\x03");
    assert_eq!(nameless.text, b"H|\\^&\r");
    assert_eq!(
        kinds(&nameless),
        [ProblemKind::NoNumber, ProblemKind::ChecksumMissing]
    );
}

#[test]
fn records_without_frames() {
    let text = format!("{HEADER}P|1\r\n{TERMINATOR}");
    let deframed = deframe(format!("\x05{text}\x04").as_bytes());
    assert_eq!(
        (deframed.layer, kinds(&deframed)),
        (Layer::Unframed, vec![ProblemKind::Unframed])
    );
    assert_eq!(deframed.text, text.as_bytes());
    assert_eq!(deframed.capture_range(0..1), 1..2);
    assert!(deframe(b"").text.is_empty());
}

#[test]
fn frame_numbers_left_in_stored_text() {
    let stored = b"1H|\\^&\r2P|1\r3L|1\r";
    let deframed = deframe(stored);
    assert_eq!(deframed.text, b"H|\\^&\rP|1\rL|1\r");
    assert_eq!(
        kinds(&deframed),
        [ProblemKind::Unframed, ProblemKind::FrameDigits]
    );
    assert_eq!(&stored[deframed.capture_range(6..9)], b"P|1");
    let framed = last(1, "H|\\^&\r2P|1\r3L|1\r");
    assert_eq!(deframe(&framed).text, b"H|\\^&\rP|1\rL|1\r");
    let honest = b"H|\\^&\r2P|1\r1L|1\r";
    assert_eq!(
        deframe(honest).text,
        honest,
        "digits that do not count up are text"
    );
}

#[test]
fn text_that_begins_with_a_digit_keeps_it() {
    let deframed = deframe(&[part(1, "H|\\^&\rR|1|||1"), last(2, "12\rL|1\r")].concat());
    assert_eq!(deframed.text, b"H|\\^&\rR|1|||112\rL|1\r");
}

proptest! {
    #![proptest_config(repeatable(256))]

    #[test]
    fn any_bytes_are_taken_and_every_place_is_right(
        capture in vec(prop_oneof![
            prop::sample::select(b"\x02\x03\x17\x04\x05\r\n12HPL|0A".as_slice()), any::<u8>()], 0..300)
    ) {
        let deframed = deframe(&capture);
        for at in 0..deframed.text.len() {
            let range = deframed.capture_range(at..at + 1);
            prop_assert_eq!(&capture[range], &deframed.text[at..=at]);
        }
        for problem in &deframed.problems {
            prop_assert!(problem.at <= capture.len());
        }
    }

    #[test]
    fn text_cut_into_frames_comes_back(lengths in vec(1_usize..60, 1..30)) {
        let text: Vec<u8> = (0..lengths.iter().sum::<usize>()).map(|n| b"HPRL|\\^&5\r"[n * 7 % 10]).collect();
        let (mut capture, mut from) = (vec![5], 0);
        for (number, length) in (1..).zip(&lengths) {
            capture.extend(part(u8::try_from(number % 8).unwrap(), &text[from..from + length]));
            from += length;
        }
        let deframed = deframe(&capture);
        prop_assert_eq!(&deframed.text, &text);
        prop_assert!(deframed.problems.is_empty());
    }
}
