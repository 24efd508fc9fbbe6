//! Roche cobas c 311 manner: id padded in O-3, tests as `^^^code/dilution`, an alarm comment after each result.

use super::{flag, value};
use crate::chance::Dice;

pub(super) const DRIVER: &str = "roche-cobas-c311";
pub(super) const TESTS: &[&str] = &["ALAT", "ASAT", "CREA", "UREE", "CHOL", "GLUC"];

/// Channel code, unit, drawn range, decimals, the analyzer's own limits.
type Channel = (&'static str, &'static str, (u64, u64), u32, (f64, f64));

const CHANNELS: &[Channel] = &[
    ("685", "U/l", (120, 620), 1, (10.0, 50.0)),
    ("687", "U/l", (130, 550), 1, (10.0, 50.0)),
    ("690", "umol/l", (48, 130), 0, (45.0, 104.0)),
    ("418", "mmol/l", (25, 95), 1, (2.8, 8.1)),
    ("798", "mmol/l", (32, 68), 1, (0.0, 5.2)),
    ("767", "mmol/l", (40, 78), 1, (4.1, 6.1)),
];

pub(super) fn records(specimen: &str, at: &str, dice: &mut Dice) -> (Vec<String>, usize) {
    let codes: Vec<String> = CHANNELS
        .iter()
        .map(|channel| format!("^^^{}/", channel.0))
        .collect();
    let rack = dice.between(50_001, 50_099);
    let mut records = vec![
        r"H|\^&|||c311^1|||||host|RSUPL^REAL|P|1".to_owned(),
        "P|1|||||||U||||||^^".to_owned(),
        format!(
            "O|1|{specimen:>22}|0^{rack}^{}^^S1^SC|{}|R||||||N||||1|||||||{at}|||F",
            dice.between(1, 5),
            codes.join("\\"),
        ),
    ];
    for (number, (code, unit, (low, high), decimals, limits)) in (1..).zip(CHANNELS) {
        let text = value(dice, *low, *high, *decimals);
        let mark = flag(&text, limits.0, limits.1);
        records.push(format!(
            "R|{number}|^^^{code}/|{text}|{unit}||{mark}||F||labo|{at}|||P1"
        ));
        records.push("C|1|I|0|I".to_owned());
    }
    records.push("L|1|N".to_owned());
    (records, CHANNELS.len())
}
