//! How well a profile fits a capture: its clues are looked for in the first message.

use crate::{
    interpret::Force,
    language::{Message, Record},
    profile::{Clue, Profile},
};

/// What a generic driver is worth: an answer when there is no other.
const GENERIC: u16 = 50;
/// Bytes of a capture that a clue on its first bytes sees.
const FIRST_BYTES: usize = 256;

/// How well a driver fits a capture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recognition {
    /// The driver's id.
    pub driver: String,
    /// 0 (no sign of it) to 1000 (certain).
    pub per_mille: u16,
    /// What speaks for it, in French.
    pub evidence: Vec<String>,
}

impl Recognition {
    /// From 0 to 1.
    pub fn confidence(&self) -> f64 {
        f64::from(self.per_mille) / 1000.0
    }
}

/// The likeliest first.
pub(crate) fn rank(found: &mut [Recognition]) {
    found.sort_by(|one, other| {
        other
            .per_mille
            .cmp(&one.per_mille)
            .then_with(|| one.driver.cmp(&other.driver))
    });
}

/// How well a profile fits a capture, if at all.
pub(crate) fn fit(profile: &Profile, capture: &[u8]) -> Option<Recognition> {
    let syntax = profile.language.syntax();
    let content = syntax.open(capture, profile);
    let document = syntax.read(&content, profile);
    if document.unreadable.is_some() {
        return None;
    }
    let message = document.messages.first()?;
    if profile.generic {
        return Some(Recognition {
            driver: profile.id.clone(),
            per_mille: GENERIC,
            evidence: vec![format!("message {} conforme", profile.language)],
        });
    }
    let firsts = first_of_each(message, |name| (syntax.grammar().is_name)(name));
    let scope = Force::flat(&firsts);
    let mut doubt = 1000_u32;
    let mut evidence = Vec::new();
    for clue in &profile.recognise {
        let Some((place, text)) = sign(clue, &scope, capture) else {
            continue;
        };
        doubt = doubt * u32::from(100_u8.saturating_sub(clue.weight)) / 100;
        let shown: String = text.trim().chars().take(40).collect();
        evidence.push(format!("{place} : « {shown} »"));
    }
    let per_mille = u16::try_from(1000_u32.saturating_sub(doubt)).unwrap_or(0);
    (per_mille > 0).then(|| Recognition {
        driver: profile.id.clone(),
        per_mille,
        evidence,
    })
}

/// Where a clue was found, and what stands there.
fn sign(clue: &Clue, scope: &Force<'_>, capture: &[u8]) -> Option<(String, String)> {
    let (place, text) = if let Some(at) = &clue.at {
        let text = at.find(scope);
        // A record that is there with an empty place is a sign too, for who looks for it.
        if text.is_none() && !scope.has(&at.place.record) {
            return None;
        }
        (at.place.to_string(), text.unwrap_or_default())
    } else {
        let first = capture.get(..FIRST_BYTES).unwrap_or(capture);
        // One character a byte, so that a clue may name control characters as \x02.
        let text = first.iter().copied().map(char::from).collect();
        ("premiers octets".to_owned(), text)
    };
    let found = clue.matches.0.find(&text)?;
    let shown = if clue.at.is_some() {
        text.clone()
    } else {
        found.as_str().escape_default().to_string()
    };
    Some((place, shown))
}

/// The first record of each name.
fn first_of_each<'t>(message: &Message<'t>, is_name: impl Fn(&str) -> bool) -> Vec<Record<'t>> {
    let mut firsts: Vec<Record<'t>> = Vec::new();
    for record in &message.records {
        let known = firsts.iter().any(|first| first.name == record.name);
        if !known && is_name(&record.name) && firsts.len() < 64 {
            firsts.push(record.clone());
        }
    }
    firsts
}
