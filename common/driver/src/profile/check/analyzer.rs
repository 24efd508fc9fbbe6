//! Mistakes about the analyzer as a whole: its identity, its link, its text and its clock.

use super::say;
use crate::{
    data::Mistake,
    language::{Charset, Language},
    profile::Profile,
};
use jiff::tz::TimeZoneDatabase;
use lisiere_protocol::LinkKind;
use std::collections::BTreeSet;

pub(super) fn identity(profile: &Profile, found: &mut Vec<Mistake>) {
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
        let remedy =
            "dites à quoi l'analyseur se reconnaît : son nom dans l'en-tête, la forme d'un code";
        say(found, "", words, remedy);
    }
    for (place, clue) in profile.recognise.iter().enumerate() {
        if clue.matches.0.is_match("") && clue.matches.0.is_match("\u{1}?") {
            let words = "indice qui convient à n'importe quel texte".to_owned();
            let path = format!("recognise[{place}].matches");
            say(
                found,
                &path,
                words,
                "dites ce qui distingue cet analyseur : '^XP-300$'",
            );
        }
        if !(1..=100).contains(&clue.weight) {
            let words = format!("poids {} impossible", clue.weight);
            let path = format!("recognise[{place}].weight");
            say(
                found,
                &path,
                words,
                "de 1 (à peine un signe) à 100 (certain)",
            );
        }
    }
    let mut seen = BTreeSet::new();
    for (place, name) in profile.tests.iter().enumerate() {
        let path = format!("tests[{place}]");
        if name.is_empty() || !name.bytes().all(plain) {
            let words = format!("« {name} » n'est pas un nom de fichier d'essai");
            say(
                found,
                &path,
                words,
                "lettres minuscules, chiffres et tirets, sans extension",
            );
        }
        if !seen.insert(name) {
            say(
                found,
                &path,
                format!("l'essai « {name} » est écrit deux fois"),
                "retirez-en un",
            );
        }
    }
}

pub(super) fn link(profile: &Profile, found: &mut Vec<Mistake>) {
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
        let words = format!(
            "la liaison {kind} ne porte pas la langue {}",
            profile.language
        );
        let usual: Vec<&str> = fitting.iter().map(|kind| kind.word()).collect();
        say(
            found,
            "link.kind",
            words,
            format!("écrivez {}", usual.join(" ou ")),
        );
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
            say(
                found,
                "transport.serial.baud",
                words,
                "1200, 2400, 4800, 9600, 19200, 38400, 57600 ou 115200",
            );
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
    if profile
        .transport
        .tcp
        .as_ref()
        .is_some_and(|tcp| tcp.port == Some(0))
    {
        let words = "port 0".to_owned();
        say(
            found,
            "transport.tcp.port",
            words,
            "le port que le fabricant indique, ou rien",
        );
    }
}

pub(super) fn text(profile: &Profile, found: &mut Vec<Mistake>) {
    let label = &profile.text.charset;
    if Charset::of(label).is_none() {
        let words = format!("charset « {label} » : jeu de caractères inconnu");
        say(
            found,
            "text.charset",
            words,
            "windows-1252, utf-8, iso-8859-15, cp850, windows-1251, gbk…",
        );
    }
    if let Some(signs) = &profile.text.delimiters {
        let bytes = signs.as_bytes();
        let distinct: BTreeSet<&u8> = bytes.iter().collect();
        if bytes.len() != 4 || distinct.len() != 4 || !signs.is_ascii() {
            let words = format!("delimiters « {signs} » : ce ne sont pas quatre signes différents");
            say(
                found,
                "text.delimiters",
                words,
                "champ, répétition, composante, échappement : |\\^&",
            );
        }
    }
    if profile.language != Language::Lis2a2 {
        if profile.text.shorthand_escapes {
            let words = "shorthand_escapes ne sert qu'en LIS2-A2".to_owned();
            say(found, "text.shorthand_escapes", words, "retirez la clé");
        }
        if profile.text.delimiters.is_some() {
            let words = "delimiters ne sert qu'en LIS2-A2".to_owned();
            say(
                found,
                "text.delimiters",
                words,
                "retirez la clé : le message les déclare",
            );
        }
    }
}

pub(super) fn clock(profile: &Profile, found: &mut Vec<Mistake>) {
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
        say(
            found,
            "time.oldest_days",
            words,
            "au moins 1 jour, ou retirez la clé",
        );
    }
    for (place, format) in profile.time.formats.iter().enumerate() {
        if !format.contains("YY") || !["M", "D", "h"].iter().all(|part| format.contains(part)) {
            let words = format!("le format « {format} » ne dit pas année, mois, jour et heure");
            let path = format!("time.formats[{place}]");
            say(
                found,
                &path,
                words,
                "YYYY, MM, DD, hh, mm et ss ; le reste vaut pour lui-même",
            );
        }
    }
}
