//! What several tests need: drivers, captures of third parties, and the count of what came out.
#![allow(dead_code, reason = "each test file takes what it needs")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that meets the unexpected must stop"
)]

use lisiere_driver::{Driver, Interpretation, Language, Library};
use lisiere_protocol::{
    hl7,
    lis2a2::{ReadOptions, deframe, read},
    mllp::deblock,
};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::LazyLock,
};

pub(crate) static LIBRARY: LazyLock<Library> = LazyLock::new(|| Library::builtin().unwrap());

pub(crate) fn driver(id: &str) -> &'static Driver {
    LIBRARY.get(id).unwrap_or_else(|| panic!("no driver {id}"))
}

pub(crate) fn own(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)
}

/// One of a profile's own captures; its extension says its language.
pub(crate) fn fixture(id: &str, name: &str) -> Vec<u8> {
    let folder = own("fixtures").join(id);
    let files = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{id}: {error}"));
    let found = files.map(|file| file.unwrap().path()).find(|path| {
        path.file_stem().is_some_and(|stem| stem == name)
            && path.extension().is_some_and(|end| end != "json")
    });
    std::fs::read(found.unwrap_or_else(|| panic!("no capture {id}/{name}"))).unwrap()
}

/// Third-party material lies beside the workspace; without it the test says so and passes, except in CI.
pub(crate) fn shared(path: &str) -> Option<PathBuf> {
    let base =
        std::env::var_os("LISIERE_SHARED").map_or_else(|| own("../../../shared"), PathBuf::from);
    let path = base.join(path);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: {} is not here", path.display());
    assert_ne!(
        std::env::var("CI").as_deref(),
        Ok("true"),
        "CI needs {}",
        path.display()
    );
    None
}

/// Every result row is accounted for exactly once, and every other record that is not structure is too.
pub(crate) fn assert_conserved(driver: &Driver, capture: &[u8], out: &Interpretation) {
    if out.unreadable().is_some() {
        return;
    }
    let mut seen: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    for reading in &out.readings {
        *seen
            .entry((reading.bytes.from, reading.bytes.to))
            .or_default() += 1;
        for companion in reading
            .companions
            .iter()
            .filter(|one| one.bytes != reading.bytes)
        {
            *seen
                .entry((companion.bytes.from, companion.bytes.to))
                .or_default() += 1;
        }
    }
    for aside in out.unknown.iter().chain(&out.ignored) {
        *seen.entry((aside.bytes.from, aside.bytes.to)).or_default() += 1;
    }
    for query in &out.queries {
        *seen.entry((query.bytes.from, query.bytes.to)).or_default() += 1;
    }
    if driver.profile().language == Language::Hl7 {
        assert_segments(driver, capture, out, &seen);
        return;
    }
    if driver.profile().language != Language::Lis2a2 {
        return;
    }
    let options = ReadOptions {
        delimiters: None,
        ..ReadOptions::default()
    };
    assert!(
        driver.profile().text.delimiters.is_none(),
        "count with the forced delimiters"
    );
    let deframed = deframe(capture);
    let document = read(&deframed.text, options);
    for record in document
        .messages
        .iter()
        .flat_map(|message| &message.records)
    {
        let range = deframed.capture_range(record.range());
        let count = seen.get(&(range.start, range.end)).copied().unwrap_or(0);
        let name = record.field(1).raw();
        let structure =
            name.len() == 1 && matches!(record.letter(), b'H' | b'P' | b'O' | b'L' | b'C');
        let due = usize::from(!structure);
        // A comment belongs to its result, or is listed; an order may carry a control's result: at most once either way.
        let limit = if structure && matches!(record.letter(), b'C' | b'O') {
            0..=1
        } else {
            due..=due
        };
        assert!(
            limit.contains(&count),
            "{}: record {:?} at {range:?} is counted {count} times",
            driver.id(),
            String::from_utf8_lossy(record.raw())
        );
    }
}

/// Every OBX is accounted for exactly once, or its whole message is; no other segment is twice.
fn assert_segments(
    driver: &Driver,
    capture: &[u8],
    out: &Interpretation,
    seen: &BTreeMap<(usize, usize), usize>,
) {
    for block in deblock(capture).messages {
        let text = &capture[block.clone()];
        for message in &hl7::read(text).messages {
            let whole = message.range();
            let (from, to) = (whole.start + block.start, whole.end + block.start);
            let aside = out.unknown.iter().chain(&out.ignored);
            let as_one = aside
                .clone()
                .any(|one| one.bytes.from == from && one.bytes.to == to);
            for segment in &message.segments {
                let range = segment.range();
                let range = (range.start + block.start, range.end + block.start);
                let count = seen.get(&range).copied().unwrap_or(0);
                let due = match segment.name() {
                    b"OBX" => 1..=1,
                    name if name.len() == 3 => 0..=1,
                    _ => 1..=1,
                };
                let shown = String::from_utf8_lossy(segment.raw());
                assert!(
                    due.contains(&count) || (as_one && count == 0),
                    "{}: segment {shown:?} at {range:?} is counted {count} times",
                    driver.id(),
                );
            }
        }
    }
}
