//! Sysmex XP manner: id right-justified in O-4 component 3, tests as `^^^^NAME^1`, blank-padded values, no status.

use super::{flag, value};
use crate::chance::Dice;

pub(super) const DRIVER: &str = "sysmex-xp";
pub(super) const TESTS: &[&str] = &[
    "LEU", "HEMA", "HB", "HT", "VGM", "TCMH", "CCMH", "PLAQ", "LYMP", "PNNP", "LYM", "PNN",
    "IDRCV", "VPM",
];

/// Name, unit, drawn range, decimals, the analyzer's own limits.
type Channel = (&'static str, &'static str, (u64, u64), u32, (f64, f64));

const CHANNELS: &[Channel] = &[
    ("WBC", "10*3/uL", (35, 118), 1, (4.0, 10.0)),
    ("RBC", "10*6/uL", (380, 560), 2, (4.0, 5.7)),
    ("HGB", "g/dL", (105, 168), 1, (12.0, 16.0)),
    ("HCT", "%", (330, 500), 1, (37.0, 47.0)),
    ("MCV", "fL", (790, 990), 1, (80.0, 97.0)),
    ("MCH", "pg", (260, 335), 1, (27.0, 32.0)),
    ("MCHC", "g/dL", (315, 360), 1, (32.0, 36.0)),
    ("PLT", "10*3/uL", (130, 420), 0, (150.0, 400.0)),
    ("LYM%", "%", (180, 450), 1, (20.0, 40.0)),
    ("NEUT%", "%", (450, 750), 1, (40.0, 75.0)),
    ("LYM#", "10*3/uL", (10, 38), 1, (1.0, 4.0)),
    ("NEUT#", "10*3/uL", (18, 76), 1, (1.8, 7.5)),
    ("RDW-CV", "%", (115, 150), 1, (11.5, 14.5)),
    ("MPV", "fL", (80, 115), 1, (7.5, 11.5)),
];

pub(super) fn records(specimen: &str, at: &str, dice: &mut Dice) -> (Vec<String>, usize) {
    let codes: Vec<String> = CHANNELS
        .iter()
        .map(|channel| format!("^^^^{}", channel.0))
        .collect();
    let mut records = vec![
        r"H|\^&|||XP-300^00-13^^^^A0001^BS000001||||||||E1394-97".to_owned(),
        "P|1".to_owned(),
        format!(
            "O|1||^^{specimen:>15}^B|{}|||||||N||||||||||||||F",
            codes.join("\\"),
        ),
    ];
    for (number, (name, unit, (low, high), decimals, limits)) in (1..).zip(CHANNELS) {
        let text = value(dice, *low, *high, *decimals);
        let mark = flag(&text, limits.0, limits.1);
        records.push(format!(
            "R|{number}|^^^^{name}^1|{text:>5}|{unit}||{mark}||||{:15}||{at}",
            ""
        ));
    }
    records.push("L|1|N".to_owned());
    (records, CHANNELS.len())
}
