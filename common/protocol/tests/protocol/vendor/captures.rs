//! The public captures of makers' own formats, through the links that would have heard them.

use lisiere_protocol::block::{Check, find_blocks, format::Checked};
use lisiere_protocol::{LinkKind, bci};

use super::bench::Bench;
use crate::support::captures;

fn read(name: &str) -> Option<Vec<u8>> {
    captures().map(|folder| std::fs::read(folder.join(name)).unwrap())
}

#[test]
fn mini_vidas_sessions_are_answered_and_their_checks_hold() {
    for (name, specimen) in [
        ("biomerieux-mini-vidas-atpo.bci", "TIC21103806"),
        ("biomerieux-mini-vidas-hcv.bci", "653"),
        ("biomerieux-mini-vidas-txm.bci", "000267217"),
    ] {
        let Some(capture) = read(name) else { return };
        let mut bench = Bench::of(LinkKind::Bci);
        let words = bench.feed(&capture);
        let untouched = find_blocks(&capture, Check::Group)
            .iter()
            .all(|block| matches!(block.checked, Checked::Right { .. }));
        if !untouched {
            // The collector masked the specimen and left the digits as they were.
            assert!(words.ends_with("NAK"), "{name}: {words}");
            continue;
        }
        assert!(words.ends_with("KEEP"), "{name}: {words}");
        let fields = bci::fields(bench.last_text());
        let ci = fields.iter().find(|field| field.tag == *b"ci").unwrap();
        assert_eq!(ci.value, specimen.as_bytes());
    }
}

#[test]
fn a_cut_capture_is_refused_not_guessed() {
    let Some(capture) = read("biomerieux-mini-vidas-raw.bci") else {
        return;
    };
    let mut bench = Bench::of(LinkKind::Bci);
    assert_eq!(bench.feed(&capture), "");
    assert_eq!(bench.wait(5_000), "NAK");
}

#[test]
fn the_spotchem_print_is_one_report() {
    let Some(capture) = read("arkray-spotchem-el-se1520-raw.txt") else {
        return;
    };
    let mut bench = Bench::of(LinkKind::ListenText);
    bench.feed(&capture);
    bench.wait(3_000);
    assert_eq!(bench.kept.len(), 1);
    assert!(
        bench
            .last_text()
            .starts_with(b"24/10/29 13:08 ID# 1DC042FP")
    );
}

#[test]
fn the_esr_readers_bytes_are_kept_as_they_are() {
    let Some(capture) = read("esr-analyser-binary.bin") else {
        return;
    };
    let mut bench = Bench::of(LinkKind::ListenText);
    bench.feed(&capture);
    bench.wait(3_000);
    assert_eq!(bench.kept.len(), 1);
    assert_eq!(bench.kept[0].bytes, capture);
}

#[test]
fn every_capture_in_every_cut_gives_the_same() {
    let names = [
        ("biomerieux-mini-vidas-atpo.bci", LinkKind::Bci),
        ("beckman-au480-serum-1.raw", LinkKind::Au),
        ("arkray-spotchem-el-se1520-raw.txt", LinkKind::ListenText),
        ("esr-analyser-binary.bin", LinkKind::ListenText),
        ("hologic-panther-hpv.astm", LinkKind::Records),
    ];
    for (name, kind) in names {
        let Some(capture) = read(name) else { return };
        let mut whole = Bench::of(kind);
        let mut expected = vec![whole.feed(&capture)];
        expected.push(whole.wait(60_000));
        for size in [1, 2, 3, 7, 64] {
            let mut cut = Bench::of(kind);
            let words: Vec<_> = capture.chunks(size).map(|chunk| cut.feed(chunk)).collect();
            let words = words.into_iter().filter(|words| !words.is_empty());
            let words = [words.collect::<Vec<_>>().join(" "), cut.wait(60_000)];
            assert_eq!(words.as_slice(), expected, "{name} in reads of {size}");
            assert_eq!(cut.kept, whole.kept, "{name} in reads of {size}");
            assert_eq!(
                cut.counters(),
                whole.counters(),
                "{name} in reads of {size}"
            );
        }
    }
}
