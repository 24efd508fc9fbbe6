//! The list on its disk: whole lists, changes, gaps, restarts and damage.

use super::{Applied, List};
use lisiere_wire::{ListId, Worklist, WorklistEntry, WorklistKey};
use std::fs;

const LIST: ListId = ListId([7; 16]);

fn key(specimen: &str) -> WorklistKey {
    WorklistKey {
        driver: "roche-cobas-c311".into(),
        specimen: specimen.into(),
    }
}

fn entry(specimen: &str, tests: &[&str]) -> WorklistEntry {
    WorklistEntry {
        key: key(specimen),
        kind: "SER".into(),
        urgent: false,
        tests: tests.iter().map(|&code| code.into()).collect(),
    }
}

fn whole(version: u64, specimens: &[&str]) -> Worklist {
    Worklist {
        list: LIST,
        version,
        since: None,
        part: 0,
        parts: 1,
        entries: specimens.iter().map(|tube| entry(tube, &["685"])).collect(),
        removed: Vec::new(),
    }
}

fn change(since: u64, version: u64, added: &[&str], removed: &[&str]) -> Worklist {
    Worklist {
        since: Some(since),
        removed: removed.iter().map(|tube| key(tube)).collect(),
        ..whole(version, added)
    }
}

fn open(folder: &tempfile::TempDir) -> List {
    List::open(folder.path(), vec!["roche-cobas-c311".into()]).unwrap()
}

fn tubes(list: &List) -> Vec<String> {
    let all = list.all("roche-cobas-c311", 100).unwrap();
    all.into_iter().map(|(tube, _)| tube).collect()
}

#[test]
fn a_list_and_its_changes_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let list = open(&folder);
    assert_eq!(
        (list.held().version, list.held().list),
        (0, ListId::default())
    );
    assert_eq!(list.apply(whole(4, &["a", "b"])).unwrap(), Applied::Done);
    assert_eq!(
        list.apply(change(4, 6, &["c"], &["a"])).unwrap(),
        Applied::Done
    );
    drop(list);
    let list = open(&folder);
    assert_eq!((list.held().version, list.held().list), (6, LIST));
    assert_eq!(tubes(&list), ["b", "c"]);
    let found = list.find("roche-cobas-c311", "b").unwrap().unwrap();
    assert_eq!(
        (found.tests, found.kind.as_str()),
        (vec!["685".to_owned()], "SER")
    );
    assert_eq!(list.find("roche-cobas-c311", "a").unwrap(), None);
    assert_eq!(
        list.find("sysmex-xn", "b").unwrap(),
        None,
        "another analyzer's orders"
    );
}

#[test]
fn a_change_applies_to_the_version_it_names_and_to_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let list = open(&folder);
    list.apply(whole(4, &["a"])).unwrap();
    let mut told = list.watch();
    told.mark_unchanged();
    assert_eq!(list.apply(change(5, 6, &["c"], &[])).unwrap(), Applied::Gap);
    assert!(
        told.has_changed().unwrap(),
        "the hub hears what is held instead"
    );
    let stranger = Worklist {
        list: ListId([8; 16]),
        ..change(4, 5, &["x"], &[])
    };
    assert_eq!(list.apply(stranger).unwrap(), Applied::Gap);
    assert_eq!(
        list.apply(change(2, 3, &["old"], &[])).unwrap(),
        Applied::Known
    );
    assert_eq!(
        (tubes(&list), list.held().version),
        (vec!["a".to_owned()], 4)
    );
    assert_eq!(
        list.apply(change(4, 6, &[], &["a"])).unwrap(),
        Applied::Done
    );
    assert!(list.is_empty().unwrap());
}

#[test]
fn a_whole_list_takes_the_old_ones_place_with_its_last_part() {
    let folder = tempfile::tempdir().unwrap();
    let list = open(&folder);
    list.apply(whole(4, &["old"])).unwrap();
    let part = |number: u16, tube: &str| Worklist {
        part: number,
        parts: 3,
        ..whole(9, &[tube])
    };
    assert_eq!(list.apply(part(0, "a")).unwrap(), Applied::Waiting);
    assert_eq!(list.apply(part(1, "b")).unwrap(), Applied::Waiting);
    assert_eq!(
        tubes(&list),
        ["old"],
        "answers come out of the old one meanwhile"
    );
    assert_eq!(list.apply(part(2, "c")).unwrap(), Applied::Done);
    assert_eq!((tubes(&list).len(), list.held().version), (3, 9));
    // A part that is missing: nothing is guessed.
    assert_eq!(list.apply(part(0, "d")).unwrap(), Applied::Waiting);
    assert_eq!(list.apply(part(2, "e")).unwrap(), Applied::Gap);
    assert_eq!(tubes(&list), ["a", "b", "c"]);
}

#[test]
fn a_file_that_cannot_be_read_and_other_drivers_lead_to_a_new_list() {
    let folder = tempfile::tempdir().unwrap();
    let list = open(&folder);
    list.apply(whole(4, &["a"])).unwrap();
    drop(list);
    let other = List::open(folder.path(), vec!["sysmex-xn".into()]).unwrap();
    assert_eq!(
        other.held().version,
        0,
        "another set of drivers needs another list"
    );
    drop(other);
    fs::write(folder.path().join("worklist.redb"), b"not a list").unwrap();
    let list = open(&folder);
    assert_eq!(list.held().version, 0);
    assert_eq!(list.apply(whole(5, &["b"])).unwrap(), Applied::Done);
    assert_eq!(tubes(&list), ["b"]);
}
