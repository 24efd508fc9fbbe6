//! The syntax: what is read can be written, and what is written can be read.

use lisiere_protocol::hl7::reader::ProblemKind;
use lisiere_protocol::hl7::{Declaration, Delimiters, FieldDraft, Path, SegmentDraft, read, write};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::support::repeatable;

#[test]
fn messages_begin_at_headers_and_odd_lines_are_named() {
    let text = b"NTE|1\rMSH|^~\\|A\rOBX|1\r\n\r\nO\rMSH|^~\\&|B\nOBX|1\n";
    let document = read(text);
    let names: Vec<Vec<&[u8]>> = document
        .messages
        .iter()
        .map(|message| {
            message
                .segments
                .iter()
                .map(lisiere_protocol::hl7::Segment::name)
                .collect()
        })
        .collect();
    assert_eq!(
        names,
        [
            vec![&b"NTE"[..]],
            vec![b"MSH", b"OBX", b"O"],
            vec![b"MSH", b"OBX"]
        ]
    );
    let kinds: Vec<_> = document
        .problems
        .iter()
        .map(|problem| problem.kind)
        .collect();
    assert_eq!(
        kinds,
        [
            ProblemKind::NoHeader,
            ProblemKind::Delimiters(Declaration::Short),
            ProblemKind::NotASegment
        ]
    );
    assert_eq!(document.messages[2].range(), 27..text.len() - 1);
    assert!(document.messages[0].header().is_none());
    assert_eq!(document.messages[2].header().unwrap().field(3).raw(), b"B");
}

#[test]
fn an_ampersand_nobody_escaped_breaks_nothing() {
    let document = read(b"MSH|^~\\&|A\rOBX|1|TX|N^Note||R&D Engineer, Q&A|&|~N\r");
    let message = &document.messages[0];
    let at = |path: &str| path.parse::<Path>().unwrap().text(message).into_owned();
    assert_eq!(at("OBX-5"), b"R&D Engineer, Q&A");
    assert_eq!(at("OBX-5.1"), b"R&D Engineer, Q&A");
    assert_eq!(at("OBX-5.1.2"), b"D Engineer, Q");
    assert_eq!(at("OBX-6"), b"&");
    assert_eq!(at("OBX-7"), b"");
    assert_eq!(at("OBX-7[2]"), b"N");
}

#[test]
fn every_part_knows_where_it_stands() {
    let text = b"MSH|^~\\&|A\rOBX|1|NM|GLU^Glucose&x||5.4~6^7|mmol/L\r";
    let document = read(text);
    for segment in &document.messages[0].segments {
        assert_eq!(&text[segment.range()], segment.raw());
        for field in segment.fields() {
            assert_eq!(&text[field.range()], field.raw());
            for repeat in field.repeats() {
                assert_eq!(&text[repeat.range()], repeat.raw());
                for component in repeat.components() {
                    assert_eq!(&text[component.range()], component.raw());
                    for subcomponent in component.subcomponents() {
                        assert_eq!(&text[subcomponent.range()], subcomponent.raw());
                    }
                }
            }
        }
        let by_number: Vec<_> = (1..=segment.field_count())
            .map(|number| segment.field(number))
            .collect();
        let in_order: Vec<_> = segment.fields().collect();
        assert_eq!(by_number, in_order);
    }
}

fn value() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => "[A-Za-z0-9 .,é]{0,8}".prop_map(String::into_bytes),
        1 => vec(any::<u8>(), 0..6),
        1 => "[|^~\\\\&\r\nFSTRE.br]{0,6}".prop_map(String::into_bytes),
    ]
}

fn field() -> impl Strategy<Value = FieldDraft> {
    vec(vec(vec(value(), 1..3), 1..3), 1..3).prop_map(FieldDraft::from_repeats)
}

fn segments() -> impl Strategy<Value = Vec<SegmentDraft>> {
    let name = prop::sample::select(vec![*b"PID", *b"OBX", *b"NTE", *b"ZX1"]);
    let segment = (name, vec(field(), 0..6)).prop_map(|(name, fields)| {
        let numbered = (1..).zip(fields);
        numbered.fold(SegmentDraft::new(name), |draft, (number, field)| {
            draft.with_field(number, field)
        })
    });
    vec(segment, 0..5).prop_map(|mut segments| {
        segments.insert(
            0,
            SegmentDraft::new(*b"MSH")
                .with(3, "Analyzer")
                .with_field(9, FieldDraft::components(["ORU", "R01"])),
        );
        segments
    })
}

proptest! {
    #![proptest_config(repeatable(500))]

    #[test]
    fn what_is_written_is_read_back(drafts in segments(), odd in any::<bool>()) {
        let delimiters = if odd {
            Delimiters { field: b'$', component: b'%', repeat: b'*', escape: b'!', subcomponent: b'+' }
        } else {
            Delimiters::default()
        };
        let text = write(&delimiters, &drafts);
        let document = read(&text);
        prop_assert_eq!(&document.problems, &[]);
        prop_assert_eq!(document.messages.len(), 1);
        let back: Vec<_> = document.messages[0].segments.iter().map(|segment| segment.to_draft().unwrap()).collect();
        prop_assert_eq!(write(&delimiters, &back), text);
        // The header carries its delimiters as fields 1 and 2, which a draft leaves to the writer.
        prop_assert!(back[1..] == drafts[1..]);
    }
}
