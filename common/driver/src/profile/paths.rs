//! Every place a profile looks at, with the path of the key that names it.

use super::{Condition, Locator, Profile, Source};

/// Every locator of the profile with the path of its key.
pub(super) fn locators(profile: &Profile) -> Vec<(String, &Locator)> {
    let mut all = Vec::new();
    for (place, clue) in profile.recognise.iter().enumerate() {
        if let Some(at) = &clue.at {
            all.push((format!("recognise[{place}].at"), at));
        }
    }
    let (message, result, control) = (&profile.message, &profile.result, &profile.control);
    let lists: [(&str, &[Source]); 16] = [
        ("message.control_id", &message.control_id),
        ("message.sender", &message.sender),
        ("message.time", &message.time),
        ("specimen.from", &profile.specimen.from),
        ("result.code", &result.code),
        ("result.name", &result.name),
        ("result.value", &result.value),
        ("result.unit", &result.unit),
        ("result.range", &result.range),
        ("result.status", &result.status),
        ("result.time", &result.time),
        ("control.name", &control.name),
        ("control.lot", &control.lot),
        ("control.level", &control.level),
        ("control.target", &control.target),
        ("control.deviation", &control.deviation),
    ];
    for (path, list) in lists {
        sources(path, list, &mut all);
    }
    if let Some(types) = &profile.specimen.types {
        all.push(("specimen.types.at".to_owned(), &types.at));
        conditions("specimen.types.when", &types.when, &mut all);
    }
    conditions(
        "specimen.unreadable_when",
        &profile.specimen.unreadable_when,
        &mut all,
    );
    for (place, rule) in profile.row.iter().enumerate() {
        conditions(&format!("row[{place}].when"), &rule.when, &mut all);
        sources(&format!("row[{place}].name"), &rule.name, &mut all);
        if let Some(same) = &rule.same {
            all.push((format!("row[{place}].same"), same));
        }
    }
    for (place, rule) in profile.aside.iter().enumerate() {
        all.push((format!("aside[{place}].at"), &rule.at));
        conditions(&format!("aside[{place}].when"), &rule.when, &mut all);
    }
    for (place, rule) in profile.kind.iter().enumerate() {
        conditions(&format!("kind[{place}].when"), &rule.when, &mut all);
    }
    for (path, at) in [
        ("flags.at", &profile.flags.at),
        ("comment.at", &profile.comment.at),
    ] {
        if let Some(at) = at {
            all.push((path.to_owned(), at));
        }
    }
    conditions("comment.alarm", &profile.comment.alarm, &mut all);
    conditions("duplicate.repeat", &profile.duplicate.repeat, &mut all);
    conditions(
        "duplicate.correction",
        &profile.duplicate.correction,
        &mut all,
    );
    for (place, at) in profile.privacy.personal.iter().enumerate() {
        all.push((format!("privacy.personal[{place}]"), at));
    }
    all
}

fn sources<'p>(path: &str, list: &'p [Source], all: &mut Vec<(String, &'p Locator)>) {
    for (place, source) in list.iter().enumerate() {
        all.push((format!("{path}[{place}].at"), &source.at));
        conditions(&format!("{path}[{place}].when"), &source.when, all);
    }
}

fn conditions<'p>(path: &str, list: &'p [Condition], all: &mut Vec<(String, &'p Locator)>) {
    for (place, condition) in list.iter().enumerate() {
        all.push((format!("{path}[{place}].at"), &condition.at));
    }
}
