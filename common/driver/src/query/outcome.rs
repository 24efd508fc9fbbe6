//! What an analyzer says to orders it was sent: ORL^O34, ACK^Q03 and their kin.

use super::rule::Spot;
use super::sheet::Sheet;

/// An analyzer's word on a message of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The control number of our message (MSA-2).
    pub control: String,
    /// Whether it took the message.
    pub accepted: bool,
    /// Tubes whose orders it refused although it took the message; empty when it says nothing of single tubes.
    pub refused: Vec<String>,
    /// In the analyzer's own words, without control characters; may be empty.
    pub reason: String,
}

/// Reads an application answer of HL7 v2; nothing when the message is none. MSA-1 speaks for the message (table 0008),
/// ORC-1 for each order (table 0119): `UA` and its kin refuse, `OK` accepts.
pub fn outcome(text: &[u8]) -> Option<Outcome> {
    let sheet = (text.len() <= super::LARGEST).then(|| Sheet::read(text))??;
    if !sheet.signs.is_hl7() {
        return None;
    }
    let shown = |record: &str, field: usize| {
        sheet.shown(&Spot {
            record: record.to_owned(),
            field,
            component: None,
        })
    };
    let code = shown("MSA", 1);
    let accepted = match code.as_str() {
        "AA" | "CA" => true,
        "AE" | "AR" | "CE" | "CR" => false,
        _ => return None,
    };
    let mut reason = shown("MSA", 3);
    if reason.is_empty() {
        reason = shown("ERR", 8);
    }
    if reason.is_empty() {
        reason = shown("ERR", 3);
    }
    let mut refused: Vec<String> = Vec::new();
    let mut tube = String::new();
    for record in sheet.records() {
        let first = |field: usize| {
            let raw = sheet.field(record, field);
            sheet.text_of(raw, 1).trim().to_owned()
        };
        if record.starts_with(b"SPM") {
            tube = first(2);
            // Placer and filler are subcomponents: the placer's number is ours.
            if let Some(sub) = sheet.signs.sub
                && let Some((placer, _)) = tube.clone().split_once(char::from(sub))
            {
                placer.clone_into(&mut tube);
            }
        } else if record.starts_with(b"SAC") && tube.is_empty() {
            tube = first(3);
        } else if record.starts_with(b"ORC")
            && matches!(first(1).as_str(), "UA" | "UC" | "UD" | "UH" | "UM" | "UX")
            && !tube.is_empty()
            && !refused.contains(&tube)
        {
            refused.push(tube.clone());
        }
    }
    let reason = reason.chars().filter(|sign| !sign.is_control()).take(200);
    Some(Outcome {
        control: shown("MSA", 2),
        accepted,
        refused,
        reason: reason.collect(),
    })
}
