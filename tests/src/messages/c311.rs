//! Roche cobas c 311 manner: a counter and the padded id in O-3, tests as `^^^code/dilution`, an alarm comment after each result.

use super::{flag, value};
use crate::chance::Dice;

pub(super) const DRIVER: &str = "roche-cobas-c311";
pub(super) const TESTS: &[&str] = &["ALAT", "ASAT", "CREAM", "GLUM", "PROT", "NA", "K", "CL"];

/// Channel code, unit, drawn range, decimals, the analyzer's own limits.
type Channel = (&'static str, &'static str, (u64, u64), u32, (f64, f64));

const CHANNELS: &[Channel] = &[
    ("685", "U/l", (120, 620), 1, (10.0, 50.0)),
    ("687", "U/l", (130, 550), 1, (10.0, 50.0)),
    ("690", "umol/l", (48, 130), 0, (45.0, 104.0)),
    ("717", "mmol/l", (400, 780), 2, (4.1, 6.1)),
    ("678", "g/l", (620, 810), 1, (64.0, 83.0)),
    ("989", "mmol/l", (133, 147), 0, (136.0, 145.0)),
    ("990", "mmol/l", (340, 520), 2, (3.4, 4.5)),
    ("991", "mmol/l", (97, 109), 0, (98.0, 107.0)),
];

pub(super) fn records(specimen: &str, at: &str, dice: &mut Dice) -> (Vec<String>, usize) {
    let codes: Vec<String> = CHANNELS
        .iter()
        .map(|channel| format!("^^^{}/", channel.0))
        .collect();
    let mut records = vec![
        r"H|\^&|||c311^1|||||host|RSUPL^REAL|P|1".to_owned(),
        "P|1".to_owned(),
        format!(
            "O|1|{}^{specimen:<22}^1^^{:03}|R1|{}|R||||||N||^^||SC|||labo||||{at}|||F",
            dice.between(10_000, 19_999),
            dice.between(1, 99),
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
