//! Cepheid GeneXpert manner: delimiters `@^\`, analytes and cycle counts as rows under the main result.

use super::value;
use crate::chance::Dice;

pub(super) const DRIVER: &str = "cepheid-genexpert";
pub(super) const TESTS: &[&str] = &["COV2"];

pub(super) fn records(specimen: &str, at: &str, dice: &mut Dice) -> (Vec<String>, usize) {
    let positive = dice.one_in(3);
    let (main, analyte) = if positive {
        ("POSITIVE", "POS")
    } else {
        ("NEGATIVE", "NEG")
    };
    let cycles = if positive {
        value(dice, 180, 380, 1)
    } else {
        "0.0".to_owned()
    };
    let run = dice.between(100_000, 999_999);
    let test = "^^^COVPLUS";
    let records = vec![
        format!(r"H|@^\|GXM-{run}||GeneXpert PC^GeneXpert^6.4|||||LIS||P|1394-97|{at}"),
        "P|1".to_owned(),
        format!("O|1|{specimen}||{test}|R|{at}|||||||||ORH||||||||||F"),
        format!("R|1|{test}^Xpert SARS-CoV-2 plus^1^^|{main}^|||||F||operateur|{at}|{at}|PC^{run}"),
        format!("R|2|{test}^^^SARS-CoV-2^|{analyte}^|||"),
        format!("R|3|{test}^^^SARS-CoV-2^Ct|^{cycles}|||"),
        format!("R|4|{test}^^^SPC^|PASS^|||"),
        format!("R|5|{test}^^^SPC^Ct|^{}|||", value(dice, 260, 320, 1)),
        "L|1|N".to_owned(),
    ];
    (records, 1)
}
