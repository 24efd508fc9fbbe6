//! Mistakes that only show when the parts of a profile are held against each other, with the path of the key and a remedy.

mod analyzer;

use super::{Profile, Role, paths::locators};
use crate::{data::Mistake, language::Grammar};
use std::collections::BTreeSet;

/// Every mistake of the profile's own; codes that the catalogue does not know are found by the driver.
pub(super) fn mistakes(profile: &Profile) -> Vec<Mistake> {
    let mut found = Vec::new();
    analyzer::identity(profile, &mut found);
    analyzer::link(profile, &mut found);
    analyzer::text(profile, &mut found);
    analyzer::clock(profile, &mut found);
    specimen(profile, &mut found);
    rows(profile, &mut found);
    meanings(profile, &mut found);
    empty_words(profile, &mut found);
    places(profile, &mut found);
    found.extend(super::layout::mistakes(profile));
    found
}

fn say(found: &mut Vec<Mistake>, path: &str, words: String, remedy: impl Into<String>) {
    found.push(Mistake::new(path, words, remedy));
}

fn specimen(profile: &Profile, found: &mut Vec<Mistake>) {
    let rule = &profile.specimen;
    if rule.from.is_empty() {
        let words = "aucune place pour le numéro d'échantillon".to_owned();
        say(found, "specimen.from", words, "[{ at = \"O.3.1 | trim\" }]");
    }
    if rule.max_length == 0 || rule.min_length > rule.max_length {
        let words = format!(
            "longueurs impossibles : de {} à {}",
            rule.min_length, rule.max_length
        );
        say(
            found,
            "specimen.max_length",
            words,
            "au moins 1, et min_length ≤ max_length",
        );
    }
    if rule.drop_check && rule.check.is_none() {
        let words = "drop_check sans check".to_owned();
        say(
            found,
            "specimen.drop_check",
            words,
            "dites comment la clé se calcule : check = \"luhn\"",
        );
    }
    for (word, kinds) in rule.types.iter().flat_map(|types| &types.means) {
        if kinds.is_empty() {
            let words = format!("type d'échantillon « {word} » sans signification");
            let path = format!("specimen.types.means.{word}");
            say(
                found,
                &path,
                words,
                "un ou plusieurs codes de la table HL7 0487 : [\"SER\"]",
            );
        }
    }
    for (place, prefix) in rule.prefixes.iter().enumerate() {
        if prefix.is_empty() {
            let path = format!("specimen.prefixes[{place}]");
            say(found, &path, "préfixe vide".to_owned(), "retirez-le");
        }
    }
}

fn rows(profile: &Profile, found: &mut Vec<Mistake>) {
    for (key, sources) in [
        ("code", &profile.result.code),
        ("value", &profile.result.value),
    ] {
        if sources.is_empty() {
            let words = format!("aucune place pour {key}");
            say(
                found,
                &format!("result.{key}"),
                words,
                "au moins { at = \"…\" }",
            );
        }
    }
    for (place, rule) in profile.row.iter().enumerate() {
        let path = format!("row[{place}]");
        if rule.when.is_empty() && rule.record.is_none() {
            let words =
                "règle de ligne sans condition : elle prendrait toutes les lignes".to_owned();
            say(found, &path, words, "ajoutez when, ou retirez la règle");
        }
        if rule.role == Role::Ignored && rule.why.trim().is_empty() {
            let words = "ligne écartée sans raison".to_owned();
            say(
                found,
                &path,
                words,
                "ajoutez why : la personne qui lit doit savoir pourquoi",
            );
        }
        let follows = rule.role == Role::Companion;
        if !follows && (rule.same.is_some() || rule.first || rule.ahead) {
            let words = "same, first et ahead ne valent que pour une annexe".to_owned();
            say(found, &path, words, "role = \"companion\", ou retirez-les");
        }
    }
    for (place, rule) in profile.row.iter().enumerate() {
        if rule.first && rule.ahead {
            let words = "first et ahead se contredisent".to_owned();
            say(
                found,
                &format!("row[{place}]"),
                words,
                "first : le résultat est avant ; ahead : il suit",
            );
        }
    }
    for (place, rule) in profile.kind.iter().enumerate() {
        if rule.when.is_empty() {
            let words = "règle de nature sans condition : elle vaudrait pour tout".to_owned();
            say(found, &format!("kind[{place}]"), words, "ajoutez when");
        }
        if rule.why.trim().is_empty() {
            let words = "règle de nature sans raison".to_owned();
            say(
                found,
                &format!("kind[{place}].why"),
                words,
                "écrivez le signe : « O-12 = Q »",
            );
        }
    }
}

fn meanings(profile: &Profile, found: &mut Vec<Mistake>) {
    let value = &profile.value;
    if value.thousands == Some(value.decimal) {
        let words = "le même signe pour les décimales et les milliers".to_owned();
        say(
            found,
            "value.thousands",
            words,
            "retirez thousands, ou changez l'un des deux",
        );
    }
    if value.decimal.is_ascii_digit() || value.decimal == '-' {
        let words = format!("signe décimal « {} » impossible", value.decimal);
        say(found, "value.decimal", words, "un point ou une virgule");
    }
    if value.implied_decimals.is_some_and(|decimals| decimals > 9) {
        let words = "plus de 9 décimales sous-entendues".to_owned();
        say(found, "value.implied_decimals", words, "de 0 à 9");
    }
    let mut seen = BTreeSet::new();
    for (place, rule) in profile.code.iter().enumerate() {
        let path = format!("code[{place}].code");
        if rule.code.trim().is_empty() {
            say(
                found,
                &path,
                "code vide".to_owned(),
                "le code tel que l'analyseur l'envoie",
            );
        }
        if !seen.insert(&rule.code) {
            let words = format!("le code « {} » est écrit deux fois", rule.code);
            say(
                found,
                &path,
                words,
                "une seule règle, avec toutes ses analyses dans tests",
            );
        }
    }
}

/// Rules that would say nothing, or the same of everything.
fn empty_words(profile: &Profile, found: &mut Vec<Mistake>) {
    let value = &profile.value;
    for (place, sentinel) in value.sentinel.iter().enumerate() {
        if sentinel.means.trim().is_empty() {
            let path = format!("value.sentinel[{place}].means");
            let words = "texte sans résultat, sans explication".to_owned();
            say(
                found,
                &path,
                words,
                "écrivez ce que l'analyseur veut dire : « non mesuré »",
            );
        }
    }
    for (place, aside) in profile.aside.iter().enumerate() {
        if aside.name.trim().is_empty() {
            let words = "annexe sans nom".to_owned();
            say(
                found,
                &format!("aside[{place}].name"),
                words,
                "nommez-la : « dilution »",
            );
        }
    }
    if profile.flags.at.is_none() && !profile.flags.means.is_empty() {
        let words = "des drapeaux ont un sens, mais aucune place".to_owned();
        say(
            found,
            "flags",
            words,
            "ajoutez at : le champ des drapeaux (R.7, OBX.8)",
        );
    }
    if profile.comment.at.is_none() && !profile.comment.alarm.is_empty() {
        let words = "des alarmes sont attendues, mais aucune place".to_owned();
        say(
            found,
            "comment",
            words,
            "ajoutez at : le texte du commentaire (C.4, NTE.3)",
        );
    }
    if profile.duplicate.identity.is_empty() {
        let words = "identité vide : tous les résultats seraient le même".to_owned();
        say(
            found,
            "duplicate.identity",
            words,
            "[\"sender\", \"specimen\", \"code\", \"time\"]",
        );
    }
    if profile.generic && !profile.code.is_empty() {
        let words = "un pilote générique ne relie aucun code".to_owned();
        say(
            found,
            "code[0].code",
            words,
            "copiez le profil sous un autre nom, sans generic",
        );
    }
}

/// A place must be one that its language can have.
fn places(profile: &Profile, found: &mut Vec<Mistake>) {
    let grammar = profile.language.syntax().grammar();
    for (path, locator) in locators(profile) {
        for place in locator.places() {
            name(grammar, &path, &place.record, found);
        }
    }
    for rule in &profile.row {
        if let Some(record) = &rule.record {
            let place = profile
                .row
                .iter()
                .position(|other| std::ptr::eq(other, rule));
            name(
                grammar,
                &format!("row[{}].record", place.unwrap_or(0)),
                record,
                found,
            );
        }
    }
    if let Some(query) = &profile.query {
        name(grammar, "query.from", &query.from.record, found);
    }
    for record in profile.records.ignored.keys() {
        if grammar.is_row(record) {
            let words = format!("{record} porte les résultats : il ne peut pas être écarté ici");
            let path = format!("records.ignored.{record}");
            say(
                found,
                &path,
                words,
                "écrivez une règle [[row]] avec role = \"ignored\"",
            );
        }
        name(grammar, &format!("records.ignored.{record}"), record, found);
    }
}

fn name(grammar: &Grammar, path: &str, record: &str, found: &mut Vec<Mistake>) {
    if !(grammar.is_name)(record) {
        let words = format!("« {record} » n'est pas un enregistrement de cette langue");
        say(
            found,
            path,
            words,
            format!("écrivez {}", grammar.name_words),
        );
    }
}
