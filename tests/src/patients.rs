//! Fictitious people with well-formed test INS.

use lisiere_model::{Ins, InsAuthority, InsError};

/// A fictitious person as a reception desk would type them.
#[derive(Debug, Clone)]
pub struct Person {
    /// Birth name, in capitals.
    pub birth_name: &'static str,
    /// All given names at birth.
    pub given_names: &'static str,
    /// `M` or `F`.
    pub sex: char,
    /// `YYYY-MM-DD`.
    pub birth_date: &'static str,
    /// Commune of birth (COG code).
    pub birth_place: &'static str,
    /// Name of that commune.
    pub birth_town: &'static str,
    /// Last three digits of the number before the key.
    rank: u16,
}

impl Person {
    /// The first given name.
    pub fn first_name(&self) -> &'static str {
        self.given_names
            .split(' ')
            .next()
            .unwrap_or(self.given_names)
    }

    /// The 15 characters of the test INS: sex, year, month, commune, rank, key.
    pub fn ins_number(&self) -> String {
        let sex = if self.sex == 'M' { '1' } else { '2' };
        let digits: String = self
            .birth_date
            .chars()
            .filter(char::is_ascii_digit)
            .collect();
        let year_and_month: String = digits.chars().skip(2).take(4).collect();
        let stem = format!("{sex}{year_and_month}{}{:03}", self.birth_place, self.rank);
        // Corsican departments count as 19 and 18 in the key.
        let number: u64 = stem
            .replace("2A", "19")
            .replace("2B", "18")
            .parse()
            .unwrap_or(0);
        format!("{stem}{:02}", 97 - number % 97)
    }

    /// The same, checked by the model; a test number, never a real one.
    pub fn ins(&self) -> Result<Ins, InsError> {
        Ins::new(&self.ins_number(), InsAuthority::Test)
    }
}

macro_rules! people {
    ($(($name:literal, $given:literal, $sex:literal, $birth:literal, $place:literal, $town:literal, $rank:literal)),+ $(,)?) => {
        /// The dozen people of the demo.
        pub const PEOPLE: &[Person] = &[$(Person {
            birth_name: $name,
            given_names: $given,
            sex: $sex,
            birth_date: $birth,
            birth_place: $place,
            birth_town: $town,
            rank: $rank,
        }),+];
    };
}

people! {
    ("FICTIF-AUBEPINE", "MARGUERITE ODETTE", 'F', "1958-03-14", "29232", "QUIMPER", 11),
    ("FICTIF-BOULEAU", "GWENAELLE", 'F', "1991-07-02", "35238", "RENNES", 27),
    ("FICTIF-CHENE", "ANTOINE MARIE", 'M', "1949-11-23", "2A004", "AJACCIO", 5),
    ("FICTIF-DOUGLAS", "JEAN-BAPTISTE", 'M', "1984-01-30", "69381", "LYON", 412),
    ("FICTIF-ERABLE", "CLEMENCE LOUISE", 'F', "2016-05-19", "44109", "NANTES", 88),
    ("FICTIF-FRENE", "IDRISS", 'M', "1973-09-08", "13055", "MARSEILLE", 240),
    ("FICTIF-GENEVRIER", "SUZANNE", 'F', "1932-12-25", "54395", "NANCY", 3),
    ("FICTIF-HETRE", "PAUL EMILE", 'M', "1966-02-17", "33063", "BORDEAUX", 154),
    ("FICTIF-IF", "MAELYS", 'F', "2002-10-05", "59350", "LILLE", 61),
    ("FICTIF-JONC", "THEO", 'M', "1997-06-21", "31555", "TOULOUSE", 309),
    ("FICTIF-LAURIER", "HELENE", 'F', "1979-04-11", "2B033", "BASTIA", 17),
    ("FICTIF-MELEZE", "FRANCOIS", 'M', "1955-08-28", "05061", "GAP", 42),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_person_has_a_test_ins_with_a_right_key() {
        assert_eq!(PEOPLE.len(), 12);
        for person in PEOPLE {
            let ins = person.ins().unwrap();
            assert_eq!(ins.number().len(), 15, "{}", person.birth_name);
        }
    }
}
