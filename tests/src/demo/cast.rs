//! Who comes to the laboratory in the demo, with which tubes.

use crate::{
    desk::{Request, Tube},
    messages::Model,
    patients::PEOPLE,
};

/// The orders of one round: everyone has chemistry, most a blood count, every other one HbA1c from the same blood.
pub(super) fn round(number: usize) -> Vec<Request> {
    PEOPLE
        .iter()
        .enumerate()
        .map(|(index, person)| {
            let base = format!("26{:02}{:03}", 11 + number, 101 + index);
            let mut tubes = vec![Tube {
                number: format!("{base}01"),
                nature: "SER",
                analyzers: vec![Model::C311],
            }];
            let mut blood = Vec::new();
            if index % 4 != 3 {
                blood.push(Model::Xp);
            }
            if index % 2 == 0 {
                blood.push(Model::Afinion);
            }
            if !blood.is_empty() {
                tubes.push(Tube {
                    number: format!("{base}02"),
                    nature: "BLD",
                    analyzers: blood,
                });
            }
            Request {
                person,
                number: format!("DEMO-{base}"),
                tubes,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tube_numbers_are_unique_over_rounds() {
        let mut numbers: Vec<String> = (0..3)
            .flat_map(round)
            .flat_map(|request| request.tubes)
            .map(|tube| tube.number)
            .collect();
        let all = numbers.len();
        numbers.sort();
        numbers.dedup();
        assert_eq!(numbers.len(), all);
    }
}
