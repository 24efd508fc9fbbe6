//! Every kind of mistake in a profile is named with its line and column, in French, with what to do.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that meets the unexpected must stop"
)]

mod kinds;

use kinds::{KINDS, Kind, LIS};
use lisiere_driver::{DataError, check, profile_text, schema};

/// Where `needle` first stands in `text` from an offset on, counted from 1.
fn place(text: &str, from: usize, needle: &str) -> (usize, usize) {
    let found = text[from..].find(needle);
    let at = from + found.unwrap_or_else(|| panic!("no {needle} in the changed profile"));
    let before = &text[..at];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap().chars().count() + 1;
    (line, column)
}

fn mistakes(kind: &Kind) -> (String, Vec<DataError>) {
    let good = profile_text(kind.id).unwrap();
    assert!(good.contains(kind.from), "{} has no {}", kind.id, kind.from);
    let wrong = good.replacen(kind.from, kind.to, 1);
    let found = check("x.toml", &wrong);
    (wrong, found)
}

#[test]
fn every_kind_of_mistake_has_its_place_its_words_and_its_remedy() {
    const { assert!(KINDS.len() >= 30) };
    let mut missed = Vec::new();
    for kind in KINDS {
        let (text, found) = mistakes(kind);
        let wanted = if kind.at.is_empty() {
            (1, 1)
        } else {
            let good = profile_text(kind.id).unwrap();
            let changed = good.find(kind.from).unwrap();
            let from = good[..changed].rfind('\n').map_or(0, |end| end + 1);
            place(&text, from, kind.at)
        };
        let fits = |error: &&DataError| {
            error.to_string().contains(kind.words) && (error.line, error.column) == wanted
        };
        if !found.iter().any(|error| fits(&error)) {
            missed.push(format!("{:?} at {wanted:?}: {found:?}", kind.to));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn all_mistakes_are_named_at_once_and_in_order() {
    let text = profile_text(LIS).unwrap();
    let text = text
        .replacen("id = \"sysmex-xp\"", "id = \"XP\"", 1)
        .replacen("Europe/Paris", "Europe/Lutece", 1)
        .replacen("windows-1252", "latin", 1)
        .replacen("max_length = 15", "max_length = 0", 1);
    let found = check("x.toml", &text);
    let lines: Vec<usize> = found.iter().map(|error| error.line).collect();
    assert_eq!(found.len(), 4, "{found:?}");
    assert!(lines.is_sorted());
    assert!(found.iter().all(|error| !error.remedy.is_empty()));
    // Unknown keys too, each with the one that was meant.
    let text = profile_text(LIS).unwrap();
    let text = text
        .replacen("decimal = ", "desimal = ", 1)
        .replacen("max_length", "max_lenght", 1)
        .replacen("zone = ", "zoen = ", 1);
    let found = check("x.toml", &text);
    let named: Vec<&str> = ["« zone »", "« max_length »", "« decimal »"]
        .into_iter()
        .filter(|near| found.iter().any(|error| error.remedy.contains(near)))
        .collect();
    assert_eq!(named.len(), 3, "{found:?}");
    // And values that their own types refuse, beside them.
    let text = profile_text(LIS).unwrap();
    let text = text
        .replacen("\"R.5.1\"", "\"R.0\"", 1)
        .replacen("missing = \"final\"", "missing = \"finale\"", 1)
        .replacen("weight = 95", "weight = \"95\"", 1)
        .replacen("decimal = ", "desimal = ", 1)
        .replacen("tests = [\"LEU\"]", "tests = 5", 1);
    let found = check("x.toml", &text);
    assert_eq!(found.len(), 5, "{found:?}");
    for words in ["R.0", "finale", "autre type", "desimal"] {
        let named = |error: &DataError| error.to_string().contains(words);
        assert!(found.iter().any(named), "{words}: {found:?}");
    }
}

#[test]
fn the_profiles_of_the_product_have_none() {
    for id in lisiere_driver::ids() {
        let found = check(id, profile_text(id).unwrap());
        assert!(found.is_empty(), "{id}: {found:?}");
        assert_eq!(lisiere_driver::profile_of(id).unwrap().unwrap().id, id);
    }
}

/// The schema and the reader are made from the same types: every key that a profile of the product writes is in it.
#[test]
fn the_schema_knows_every_key_in_use() {
    let schema = schema();
    for id in lisiere_driver::ids() {
        let text = profile_text(id).unwrap();
        let value: serde_json::Value = toml::from_str(text).unwrap();
        let mut unknown = Vec::new();
        compare(&schema, &schema, &value, id, &mut unknown);
        assert!(unknown.is_empty(), "{unknown:?}");
    }
}

/// Follows properties, items, references and alternatives; that is all a schema of ours has.
fn compare(
    root: &serde_json::Value,
    schema: &serde_json::Value,
    value: &serde_json::Value,
    path: &str,
    unknown: &mut Vec<String>,
) {
    if let Some(target) = schema["$ref"].as_str() {
        let target = root.pointer(target.trim_start_matches('#')).unwrap();
        return compare(root, target, value, path, unknown);
    }
    for key in ["anyOf", "allOf", "oneOf"] {
        if let Some(parts) = schema[key].as_array() {
            let part = parts.iter().find(|part| part["type"] != "null").unwrap();
            return compare(root, part, value, path, unknown);
        }
    }
    match value {
        serde_json::Value::Object(entries) => {
            for (key, value) in entries {
                let path = format!("{path}.{key}");
                let known = &schema["properties"][key];
                let other = &schema["additionalProperties"];
                if known.is_object() {
                    compare(root, known, value, &path, unknown);
                } else if !other.is_object() {
                    unknown.push(path);
                }
            }
        }
        serde_json::Value::Array(items) => {
            for item in items {
                compare(root, &schema["items"], item, path, unknown);
            }
        }
        _ => {}
    }
}
