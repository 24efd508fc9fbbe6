//! Abbott Afinion 2 manner: the whole message in one frame, id in O-4, one result a cartridge.

use super::value;
use crate::chance::Dice;

pub(super) const DRIVER: &str = "abbott-afinion2";
pub(super) const TESTS: &[&str] = &["HBA1C"];

pub(super) fn records(specimen: &str, at: &str, dice: &mut Dice) -> (Vec<String>, usize) {
    let percent = value(dice, 48, 92, 1);
    let lot = dice.between(10_228_000, 10_228_999);
    let records = vec![
        format!(r"H|\^&|||Afinion 2 Analyzer^^AF20000001|||||||P|1|{at}"),
        "P|1||0000|||||U".to_owned(),
        format!("O|1||{specimen}|^^^HbA1c|||||||N||||^O||||||||^{lot}||F"),
        format!("R|1|^^^HbA1c|{percent}|%||||F||0000||{at}"),
        "L|1|N".to_owned(),
    ];
    (records, 1)
}
