//! Proves that English is a full translation, not a leftover.

use std::collections::BTreeSet;
use std::path::Path;

use super::*;

/// Every sentence said in the pages and in the files of this room.
fn said() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sentences = BTreeSet::new();
    let mut folders = vec![root.join("templates"), root.join("src/web")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            if path.ends_with("words/tests.rs")
                || path.ends_with("words/english.rs")
                || path.ends_with("web/words.rs")
            {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            for call in ["say(\"", "with(\"", "word(\""] {
                for piece in text.split(call).skip(1) {
                    sentences.insert(
                        piece
                            .split("\",")
                            .next()
                            .unwrap()
                            .split("\")")
                            .next()
                            .unwrap()
                            .to_owned(),
                    );
                }
            }
        }
    }
    sentences
}

#[test]
fn every_sentence_has_its_english() {
    let known: BTreeSet<String> = english::TABLE
        .iter()
        .map(|(french, _)| (*french).to_owned())
        .collect();
    let missing: Vec<_> = said()
        .into_iter()
        .filter(|sentence| !known.contains(sentence))
        .collect();
    assert!(missing.is_empty(), "without English: {missing:#?}");
}

#[test]
fn no_sentence_is_translated_twice_or_left_empty() {
    let mut seen = BTreeSet::new();
    for (french, english) in english::TABLE {
        assert!(seen.insert(*french), "twice: {french}");
        assert!(!english.is_empty(), "empty: {french}");
        assert_eq!(
            french.matches("{}").count(),
            english.matches("{}").count(),
            "{french}"
        );
    }
}
