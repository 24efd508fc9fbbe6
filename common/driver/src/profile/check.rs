//! Mistakes that only show when the parts of a profile are held against each other, with the path of the key and a remedy.

use super::{Condition, Locator, Profile, Role, Source};
use crate::{
    data::Mistake,
    language::{Charset, Grammar, Language},
};
use jiff::tz::TimeZoneDatabase;
use lisiere_protocol::LinkKind;
use std::collections::BTreeSet;

/// Every mistake of the profile's own; codes that the catalogue does not know are found by the driver.
pub(super) fn mistakes(profile: &Profile) -> Vec<Mistake> {
    let mut found = Vec::new();
    identity(profile, &mut found);
    link(profile, &mut found);
    text(profile, &mut found);
    clock(profile, &mut found);
    specimen(profile, &mut found);
    rows(profile, &mut found);
    meanings(profile, &mut found);
    places(profile, &mut found);
    found.extend(super::layout::mistakes(profile));
    found
}

fn say(found: &mut Vec<Mistake>, path: &str, words: String, remedy: impl Into<String>) {
    found.push(Mistake::new(path, words, remedy));
}

fn identity(profile: &Profile, found: &mut Vec<Mistake>) {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if profile.id.is_empty() || !profile.id.bytes().all(plain) {
        let words = format!("id « {} » impossible", profile.id);
        say(found, "id", words, "lettres minuscules, chiffres et tirets");
    }
    let texts = [
        ("maker", &profile.maker),
        ("model", &profile.model),
        ("version", &profile.version),
        ("author", &profile.author),
    ];
    for (key, text) in texts {
        if text.trim().is_empty() {
            say(found, key, format!("{key} est vide"), "écrivez-le");
        }
    }
    if profile.recognise.is_empty() && !profile.generic {
        let words = "aucun indice [[recognise]]".to_owned();
        let remedy = "dites à quoi l'analyseur se reconnaît : son nom dans l'en-tête, la forme d'un code";
        say(found, "", words, remedy);
    }
    for (place, clue) in profile.recognise.iter().enumerate() {
        if clue.matches.0.is_match("") && clue.matches.0.is_match("\u{1}?") {
            let words = "indice qui convient à n'importe quel texte".to_owned();
            let path = format!("recognise[{place}].matches");
            say(found, &path, words, "dites ce qui distingue cet analyseur : '^XP-300$'");
        }
        if !(1..=100).contains(&clue.weight) {
            let words = format!("poids {} impossible", clue.weight);
            let path = format!("recognise[{place}].weight");
            say(found, &path, words, "de 1 (à peine un signe) à 100 (certain)");
        }
    }
    let mut seen = BTreeSet::new();
    for (place, name) in profile.tests.iter().enumerate() {
        let path = format!("tests[{place}]");
        if name.is_empty() || !name.bytes().all(plain) {
            let words = format!("« {name} » n'est pas un nom de fichier d'essai");
            say(found, &path, words, "lettres minuscules, chiffres et tirets, sans extension");
        }
        if !seen.insert(name) {
            say(found, &path, format!("l'essai « {name} » est écrit deux fois"), "retirez-en un");
        }
    }
}

fn link(profile: &Profile, found: &mut Vec<Mistake>) {
    let kind = profile.link.kind;
    let fitting: &[LinkKind] = match profile.language {
        Language::Lis2a2 => &[LinkKind::Lis1a, LinkKind::Records],
        Language::Hl7 => &[LinkKind::Mllp, LinkKind::Hllp],
        Language::Bci => &[LinkKind::Bci],
        Language::Au => &[LinkKind::Au],
        Language::Kx => &[LinkKind::Kx],
        Language::Abx => &[LinkKind::Abx],
        Language::Tosoh => &[LinkKind::Tosoh],
        Language::Text => &[LinkKind::ListenText],
    };
    if !fitting.contains(&kind) {
        let words = format!("la liaison {kind} ne porte pas la langue {}", profile.language);
        let usual: Vec<&str> = fitting.iter().map(|kind| kind.word()).collect();
        say(found, "link.kind", words, format!("écrivez {}", usual.join(" ou ")));
    }
    for mistake in profile.link.mistakes() {
        let words = format!("{} ne veut rien dire pour une liaison {kind}", mistake.key);
        let kinds: Vec<&str> = mistake.kinds.iter().map(|kind| kind.word()).collect();
        let remedy = format!("retirez la clé (elle vaut pour {})", kinds.join(", "));
        say(found, &format!("link.{}", mistake.key), words, remedy);
    }
    if let Some(serial) = &profile.transport.serial {
        if !(300..=4_000_000).contains(&serial.baud) {
            let words = format!("{} bauds : vitesse impossible", serial.baud);
            say(found, "transport.serial.baud", words, "1200, 2400, 4800, 9600, 19200, 38400, 57600 ou 115200");
        }
        if !matches!(serial.data_bits, 7 | 8) {
            let words = format!("{} bits de données", serial.data_bits);
            say(found, "transport.serial.data_bits", words, "7 ou 8");
        }
        if !matches!(serial.stop_bits, 1 | 2) {
            let words = format!("{} bits d'arrêt", serial.stop_bits);
            say(found, "transport.serial.stop_bits", words, "1 ou 2");
        }
    }
    if profile.transport.tcp.as_ref().is_some_and(|tcp| tcp.port == Some(0)) {
        let words = "port 0".to_owned();
        say(found, "transport.tcp.port", words, "le port que le fabricant indique, ou rien");
    }
}

fn text(profile: &Profile, found: &mut Vec<Mistake>) {
    let label = &profile.text.charset;
    if Charset::of(label).is_none() {
        let words = format!("charset « {label} » : jeu de caractères inconnu");
        say(found, "text.charset", words, "windows-1252, utf-8, iso-8859-15, cp850, windows-1251, gbk…");
    }
    if let Some(signs) = &profile.text.delimiters {
        let bytes = signs.as_bytes();
        let distinct: BTreeSet<&u8> = bytes.iter().collect();
        if bytes.len() != 4 || distinct.len() != 4 || !signs.is_ascii() {
            let words = format!("delimiters « {signs} » : ce ne sont pas quatre signes différents");
            say(found, "text.delimiters", words, "champ, répétition, composante, échappement : |\\^&");
        }
    }
    if profile.language != Language::Lis2a2 {
        if profile.text.shorthand_escapes {
            let words = "shorthand_escapes ne sert qu'en LIS2-A2".to_owned();
            say(found, "text.shorthand_escapes", words, "retirez la clé");
        }
        if profile.text.delimiters.is_some() {
            let words = "delimiters ne sert qu'en LIS2-A2".to_owned();
            say(found, "text.delimiters", words, "retirez la clé : le message les déclare");
        }
    }
}

fn clock(profile: &Profile, found: &mut Vec<Mistake>) {
    let name = &profile.time.zone;
    if TimeZoneDatabase::bundled().get(name).is_err() {
        let words = format!("zone « {name} » : fuseau inconnu");
        say(found, "time.zone", words, "un nom IANA, comme Europe/Paris");
    }
    if profile.time.formats.is_empty() {
        let words = "aucun format d'heure".to_owned();
        say(found, "time.formats", words, "[\"YYYYMMDDhhmmss\"]");
    }
    if profile.time.oldest_days == Some(0) {
        let words = "aucun résultat ne serait assez récent".to_owned();
        say(found, "time.oldest_days", words, "au moins 1 jour, ou retirez la clé");
    }
    for (place, format) in profile.time.formats.iter().enumerate() {
        if !format.contains("YY") || !["M", "D", "h"].iter().all(|part| format.contains(part)) {
            let words = format!("le format « {format} » ne dit pas année, mois, jour et heure");
            let path = format!("time.formats[{place}]");
            say(found, &path, words, "YYYY, MM, DD, hh, mm et ss ; le reste vaut pour lui-même");
        }
    }
}

fn specimen(profile: &Profile, found: &mut Vec<Mistake>) {
    let rule = &profile.specimen;
    if rule.from.is_empty() {
        let words = "aucune place pour le numéro d'échantillon".to_owned();
        say(found, "specimen.from", words, "[{ at = \"O.3.1 | trim\" }]");
    }
    if rule.max_length == 0 || rule.min_length > rule.max_length {
        let words = format!("longueurs impossibles : de {} à {}", rule.min_length, rule.max_length);
        say(found, "specimen.max_length", words, "au moins 1, et min_length ≤ max_length");
    }
    if rule.drop_check && rule.check.is_none() {
        let words = "drop_check sans check".to_owned();
        say(found, "specimen.drop_check", words, "dites comment la clé se calcule : check = \"luhn\"");
    }
    for (word, kinds) in rule.types.iter().flat_map(|types| &types.means) {
        if kinds.is_empty() {
            let words = format!("type d'échantillon « {word} » sans signification");
            let path = format!("specimen.types.means.{word}");
            say(found, &path, words, "un ou plusieurs codes de la table HL7 0487 : [\"SER\"]");
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
    for (key, sources) in [("code", &profile.result.code), ("value", &profile.result.value)] {
        if sources.is_empty() {
            let words = format!("aucune place pour {key}");
            say(found, &format!("result.{key}"), words, "au moins { at = \"…\" }");
        }
    }
    for (place, rule) in profile.row.iter().enumerate() {
        let path = format!("row[{place}]");
        if rule.when.is_empty() && rule.record.is_none() {
            let words = "règle de ligne sans condition : elle prendrait toutes les lignes".to_owned();
            say(found, &path, words, "ajoutez when, ou retirez la règle");
        }
        if rule.role == Role::Ignored && rule.why.trim().is_empty() {
            let words = "ligne écartée sans raison".to_owned();
            say(found, &path, words, "ajoutez why : la personne qui lit doit savoir pourquoi");
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
            say(found, &format!("row[{place}]"), words, "first : le résultat est avant ; ahead : il suit");
        }
    }
    for (place, rule) in profile.kind.iter().enumerate() {
        if rule.when.is_empty() {
            let words = "règle de nature sans condition : elle vaudrait pour tout".to_owned();
            say(found, &format!("kind[{place}]"), words, "ajoutez when");
        }
        if rule.why.trim().is_empty() {
            let words = "règle de nature sans raison".to_owned();
            say(found, &format!("kind[{place}].why"), words, "écrivez le signe : « O-12 = Q »");
        }
    }
}

fn meanings(profile: &Profile, found: &mut Vec<Mistake>) {
    let value = &profile.value;
    if value.thousands == Some(value.decimal) {
        let words = "le même signe pour les décimales et les milliers".to_owned();
        say(found, "value.thousands", words, "retirez thousands, ou changez l'un des deux");
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
            say(found, &path, "code vide".to_owned(), "le code tel que l'analyseur l'envoie");
        }
        if !seen.insert(&rule.code) {
            let words = format!("le code « {} » est écrit deux fois", rule.code);
            say(found, &path, words, "une seule règle, avec toutes ses analyses dans tests");
        }
    }
    for (place, sentinel) in value.sentinel.iter().enumerate() {
        if sentinel.means.trim().is_empty() {
            let path = format!("value.sentinel[{place}].means");
            let words = "texte sans résultat, sans explication".to_owned();
            say(found, &path, words, "écrivez ce que l'analyseur veut dire : « non mesuré »");
        }
    }
    for (place, aside) in profile.aside.iter().enumerate() {
        if aside.name.trim().is_empty() {
            let words = "annexe sans nom".to_owned();
            say(found, &format!("aside[{place}].name"), words, "nommez-la : « dilution »");
        }
    }
    if profile.flags.at.is_none() && !profile.flags.means.is_empty() {
        let words = "des drapeaux ont un sens, mais aucune place".to_owned();
        say(found, "flags", words, "ajoutez at : le champ des drapeaux (R.7, OBX.8)");
    }
    if profile.comment.at.is_none() && !profile.comment.alarm.is_empty() {
        let words = "des alarmes sont attendues, mais aucune place".to_owned();
        say(found, "comment", words, "ajoutez at : le texte du commentaire (C.4, NTE.3)");
    }
    if profile.duplicate.identity.is_empty() {
        let words = "identité vide : tous les résultats seraient le même".to_owned();
        say(found, "duplicate.identity", words, "[\"sender\", \"specimen\", \"code\", \"time\"]");
    }
    if profile.generic && !profile.code.is_empty() {
        let words = "un pilote générique ne relie aucun code".to_owned();
        say(found, "code[0].code", words, "copiez le profil sous un autre nom, sans generic");
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
            let place = profile.row.iter().position(|other| std::ptr::eq(other, rule));
            name(grammar, &format!("row[{}].record", place.unwrap_or(0)), record, found);
        }
    }
    if let Some(query) = &profile.query {
        name(grammar, "query.from", &query.from.record, found);
    }
    for record in profile.records.ignored.keys() {
        if grammar.is_row(record) {
            let words = format!("{record} porte les résultats : il ne peut pas être écarté ici");
            let path = format!("records.ignored.{record}");
            say(found, &path, words, "écrivez une règle [[row]] avec role = \"ignored\"");
        }
        name(grammar, &format!("records.ignored.{record}"), record, found);
    }
}

fn name(grammar: &Grammar, path: &str, record: &str, found: &mut Vec<Mistake>) {
    if !(grammar.is_name)(record) {
        let words = format!("« {record} » n'est pas un enregistrement de cette langue");
        say(found, path, words, format!("écrivez {}", grammar.name_words));
    }
}

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
    conditions("specimen.unreadable_when", &profile.specimen.unreadable_when, &mut all);
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
    for (path, at) in [("flags.at", &profile.flags.at), ("comment.at", &profile.comment.at)] {
        if let Some(at) = at {
            all.push((path.to_owned(), at));
        }
    }
    conditions("comment.alarm", &profile.comment.alarm, &mut all);
    conditions("duplicate.repeat", &profile.duplicate.repeat, &mut all);
    conditions("duplicate.correction", &profile.duplicate.correction, &mut all);
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
