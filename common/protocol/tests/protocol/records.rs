//! Records: reading what analyzers write, and writing what can be read again.

use lisiere_protocol::lis2a2::reader::ProblemKind;
use lisiere_protocol::lis2a2::{
    Delimiters, EscapeStyle, FieldDraft, Message, ReadOptions, Record, RecordDraft, read, write,
};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::support::repeatable;

fn only(text: &[u8]) -> Message<'_> {
    let mut document = read(text, ReadOptions::default());
    assert_eq!(document.messages.len(), 1);
    document.messages.remove(0)
}

#[test]
fn fields_repeats_and_components_are_counted_from_one() {
    let message = only(b"H|\\^&\rO|1||^^     113^A|^^^^WBC\\^^^^RBC|||\rL|1\r");
    let order = message.records[1];
    assert_eq!(order.letter(), b'O');
    assert_eq!(order.field(1).raw(), b"O");
    assert_eq!(order.field(4).component(3).raw(), b"     113");
    let tests: Vec<_> = order
        .field(5)
        .repeats()
        .map(|test| test.component(5).raw())
        .collect();
    assert_eq!(tests, [b"WBC", b"RBC"]);
    assert_eq!(order.field_count(), 8);
    assert!(order.field(99).is_empty() && order.field(0).is_empty());
    assert!(order.field(4).component(9).is_empty() && order.field(5).repeat(3).is_empty());
}

#[test]
fn every_part_knows_its_place_in_the_text() {
    let text = b"H|\\^&\r\nR|1|^^^685|5.4|mmol/L\rL|1\r";
    let message = only(text);
    let result = message.records[1];
    assert_eq!(&text[result.range()], b"R|1|^^^685|5.4|mmol/L");
    assert_eq!(&text[result.field(3).component(4).range()], b"685");
    assert_eq!(&text[result.field(4).range()], b"5.4");
    assert_eq!(
        result.field(42).range(),
        result.range().end..result.range().end
    );
    assert_eq!(message.range(), 0..text.len() - 1);
}

#[test]
fn delimiters_come_from_the_header_of_each_message_unless_the_profile_knows_better() {
    let text = b"H|@^\\|X\rR|1|a^b\rL|1\rH|\\^&|Y\rR|1|c@d\rL|1\r";
    let document = read(text, ReadOptions::default());
    assert_eq!(document.messages.len(), 2);
    assert_eq!(
        document.messages[1].records[1].field(3).repeats().count(),
        1
    );
    let forced = ReadOptions {
        delimiters: Some(Delimiters {
            repeat: b'@',
            ..Delimiters::default()
        }),
        ..ReadOptions::default()
    };
    assert_eq!(
        read(text, forced).messages[1].records[1]
            .field(3)
            .repeats()
            .count(),
        2
    );
}

#[test]
fn the_declaration_of_the_delimiters_is_field_two() {
    let message = only(b"H|\\^&|id||Analyzer^1.0\rL|1\r");
    assert_eq!(message.records[0].field(3).raw(), b"id");
    assert_eq!(message.records[0].field(5).component(2).raw(), b"1.0");
}

#[test]
fn empty_and_delete_are_not_the_same() {
    let message = only(b"H|\\^&\rP|1||\"\"\rL|1\r");
    assert!(message.records[1].field(3).is_empty() && !message.records[1].field(3).is_delete());
    assert!(message.records[1].field(4).is_delete());
}

#[test]
fn shorthand_escapes_need_a_profile() {
    let text = b"H|\\^&|||Sender\rC|1|a&|b|c\rL|1\r";
    assert_eq!(only(text).records[1].field(3).raw(), b"a&");
    let shorthand = ReadOptions {
        escapes: EscapeStyle::Shorthand,
        ..ReadOptions::default()
    };
    let document = read(text, shorthand);
    let comment = document.messages[0].records[1];
    assert_eq!(&*comment.field(3).text(), b"a|b");
    assert_eq!(comment.field(4).raw(), b"c");
    // The header declares `&` right before a delimiter, which still cuts.
    let header = document.messages[0].records[0];
    assert_eq!(
        (header.field(2).raw(), header.field(5).raw()),
        (b"\\^&".as_slice(), b"Sender".as_slice())
    );
}

#[test]
fn line_ends_of_every_kind_end_a_record() {
    for end in ["\r", "\n", "\r\n", "\r\r\n", "\n\n"] {
        let text = format!("H|\\^&{end}P|1{end}L|1{end}");
        let document = read(text.as_bytes(), ReadOptions::default());
        assert_eq!(document.messages[0].records.len(), 3, "{end:?}");
        assert!(document.problems.is_empty(), "{end:?}");
    }
}

#[test]
fn oddities_are_listed_and_cost_nothing() {
    let kinds = |text: &[u8]| -> Vec<_> {
        read(text, ReadOptions::default())
            .problems
            .into_iter()
            .map(|problem| problem.kind)
            .collect()
    };
    assert_eq!(kinds(b"P|1\rL|1\r"), [ProblemKind::NoHeader]);
    assert_eq!(kinds(b"H|\\^&\rP|1\r"), [ProblemKind::NoTerminator]);
    assert_eq!(
        kinds(b"H|\\^&\rP|1\rH|\\^&\rL|1\r"),
        [ProblemKind::NoTerminator]
    );
    assert_eq!(kinds(b"H|\\^&\r7|1\rL|1\r"), [ProblemKind::NotARecord]);
    assert!(matches!(
        kinds(b"H|\\\\^&|x\rL|1\r")[..],
        [ProblemKind::Delimiters(_)]
    ));
    assert!(kinds(b"").is_empty());
    let problem = &read(b"H|\\^&\r7|1\rL|1\r", ReadOptions::default()).problems[0];
    assert_eq!(
        problem.to_string(),
        "byte 6: record does not begin with a letter"
    );
}

#[test]
fn a_thirty_kilobyte_record_is_one_record() {
    let text = format!("H|\\^&\rM|1|{}\rL|1\r", "A".repeat(30_000));
    assert_eq!(
        only(text.as_bytes()).records[1].field(3).raw().len(),
        30_000
    );
}

fn delimiters() -> impl Strategy<Value = Delimiters> {
    prop_oneof![
        Just(Delimiters::default()),
        Just(Delimiters {
            repeat: b'`',
            ..Delimiters::default()
        }),
        Just(Delimiters {
            repeat: b'@',
            escape: b'\\',
            ..Delimiters::default()
        }),
        Just(Delimiters {
            field: b'!',
            repeat: b'~',
            component: b'$',
            escape: b'%'
        }),
    ]
}

fn field() -> impl Strategy<Value = FieldDraft> {
    let component = vec(any::<u8>(), 0..6);
    vec(vec(component, 1..4), 1..4).prop_map(FieldDraft::from_repeats)
}

fn draft() -> impl Strategy<Value = RecordDraft> {
    (
        prop::sample::select(b"PORCQMS".as_slice()),
        vec(field(), 1..8),
    )
        .prop_map(|(letter, fields)| {
            (2..)
                .zip(fields)
                .fold(RecordDraft::new(letter), |draft, (number, field)| {
                    draft.with_field(number, field)
                })
        })
}

proptest! {
    #![proptest_config(repeatable(256))]

    #[test]
    fn what_is_written_is_read_back(delimiters in delimiters(), body in vec(draft(), 0..6)) {
        let mut records = vec![RecordDraft::new(b'H').with(3, "id").with_components(5, ["a|b", "c"])];
        records.extend(body);
        records.push(RecordDraft::new(b'L').with(2, "1"));
        let text = write(&delimiters, &records);
        let document = read(&text, ReadOptions::default());
        prop_assert!(document.problems.is_empty(), "{:?}", document.problems);
        prop_assert_eq!(document.messages.len(), 1);
        let back: Vec<_> = document.messages[0].records.iter().map(Record::to_draft).collect();
        prop_assert!(back == records);
    }

    #[test]
    fn anything_can_be_read_and_every_place_is_right(text in vec(prop::sample::select(b"HLRX|\\^&\r\nF&1\x00\xff".as_slice()), 0..200)) {
        let document = read(&text, ReadOptions::default());
        for record in document.messages.iter().flat_map(|message| &message.records) {
            prop_assert_eq!(&text[record.range()], record.raw());
            for field in record.fields() {
                prop_assert_eq!(&text[field.range()], field.raw());
                for component in field.repeats().flat_map(|repeat| repeat.components()) {
                    prop_assert_eq!(&text[component.range()], component.raw());
                }
            }
        }
    }
}
