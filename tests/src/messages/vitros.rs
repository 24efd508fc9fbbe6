//! Ortho VITROS manner: structured result codes `1.0000+nnn+dilution`, flags by letters, one record a frame.

use super::value;
use crate::chance::Dice;

pub(super) const DRIVER: &str = "ortho-vitros";
pub(super) const TESTS: &[&str] = &["TSH"];

pub(super) fn records(specimen: &str, at: &str, dice: &mut Dice) -> (Vec<String>, usize) {
    let test = "^^^1.0000+001+1.0";
    let records = vec![
        format!(r"H|\^&|||3600000||||||||LIS2-A|{at}"),
        "P|1".to_owned(),
        format!("O|1|{specimen}^3^1||{test}|R||||||N||||5||||||||||F"),
        format!(
            "R|1|{test}|{}|mIU/L||^0^NR||V|||{at}|{at}|36000000",
            value(dice, 350, 4600, 3)
        ),
        "L|1|N".to_owned(),
    ];
    (records, 1)
}
