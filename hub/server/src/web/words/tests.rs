//! Proves that English is a full translation, not a leftover.

use std::collections::BTreeSet;
use std::path::Path;

use super::*;
use crate::laboratory::queue::Cause;
use crate::review::{Role, State};
use crate::store::order::OrderStatus;

/// Every sentence that a page or a file of this room says with its own words.
fn said() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sentences = BTreeSet::new();
    let mut folders = vec![root.join("templates"), root.join("src/web")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("words") {
                folders.push(path);
            } else if path.is_file() && !path.ends_with("web/words.rs") {
                read(&std::fs::read_to_string(&path).unwrap(), &mut sentences);
            }
        }
    }
    sentences
}

fn read(text: &str, sentences: &mut BTreeSet<String>) {
    for call in [".say(\"", "w.with(\"", "words.with(\""] {
        for piece in text.split(call).skip(1) {
            sentences.insert(until(piece, &["\",", "\")"]).to_owned());
        }
    }
    // w.many(number, "one", "many")
    for piece in text.split("w.many(").skip(1) {
        let quoted: Vec<&str> = until(piece, &["}}"]).split('"').collect();
        sentences.extend(
            quoted
                .iter()
                .skip(1)
                .step_by(2)
                .take(2)
                .map(|text| (*text).to_owned()),
        );
    }
    // parts::field(w, form, "name", "Label", "hint", …)
    for piece in text.split("parts::field(").skip(1) {
        let quoted: Vec<&str> = until(piece, &["}}"]).split('"').collect();
        sentences.extend(
            quoted
                .iter()
                .skip(3)
                .step_by(2)
                .take(2)
                .map(|text| (*text).to_owned()),
        );
    }
}

fn until<'a>(text: &'a str, ends: &[&str]) -> &'a str {
    ends.iter()
        .filter_map(|end| text.split_once(end))
        .map(|(before, _)| before)
        .min_by_key(|text| text.len())
        .unwrap()
}

#[test]
fn every_sentence_has_its_english() {
    let mut wanted = said();
    wanted.extend(State::ALL.map(|state| state.french().to_owned()));
    wanted.extend(Role::ALL.map(|role| role.french().to_owned()));
    wanted.extend(Cause::ALL.map(|cause| cause.french().to_owned()));
    wanted.extend(
        [
            OrderStatus::Open,
            OrderStatus::PartlyReported,
            OrderStatus::Reported,
        ]
        .map(|status| status.french().to_owned()),
    );
    wanted.extend(
        super::super::frame::sentences()
            .into_iter()
            .map(str::to_owned),
    );
    for sentences in [
        super::super::appliance::sentences(),
        super::super::fleet::sentences(),
        super::super::incoming::sentences(),
        super::super::proposal::sentences(),
    ] {
        wanted.extend(sentences.into_iter().map(str::to_owned));
    }
    wanted.extend(crate::store::absence::Reason::ALL.map(|reason| reason.french().to_owned()));
    wanted.extend(super::super::audit::ACTIONS.map(|(_, word)| word.to_owned()));
    wanted.extend(super::super::audit::SUBJECTS.map(|(_, word)| word.to_owned()));
    wanted.extend(State::ALL.map(|state| super::super::results::short(state).to_owned()));
    wanted.extend(super::super::order_form::NATURES.map(|(_, name)| name.to_owned()));
    wanted.remove("");
    let known: BTreeSet<&str> = english::all().map(|(french, _)| french).collect();
    let missing: Vec<_> = wanted
        .iter()
        .filter(|sentence| !known.contains(sentence.as_str()))
        .collect();
    assert!(missing.is_empty(), "without English: {missing:#?}");
}

#[test]
fn no_sentence_is_translated_twice_or_left_empty() {
    let mut seen = BTreeSet::new();
    for (french, english) in english::all() {
        assert!(seen.insert(french), "twice: {french}");
        assert!(!english.is_empty(), "empty: {french}");
        assert_eq!(
            french.matches("{}").count(),
            english.matches("{}").count(),
            "{french}"
        );
    }
}
