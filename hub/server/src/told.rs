//! Decides whether a line is worth writing again: an outage of a night must not flood the log.

use std::collections::BTreeMap;
use std::time::Duration;

/// Lines of one kind about one subject in a period; with three kinds about an appliance, under a hundred in a night.
const LINES: u32 = 4;
const PERIOD: Duration = Duration::from_hours(1);
/// Subjects remembered; strangers must not fill the memory.
const SUBJECTS: usize = 2000;

/// What was told lately, by kind and subject.
#[derive(Debug, Default)]
pub(crate) struct Told {
    subjects: BTreeMap<(&'static str, String), Subject>,
}

#[derive(Debug, Default)]
struct Subject {
    last: String,
    last_at: Duration,
    began: Duration,
    passed: u32,
    untold: u64,
}

impl Told {
    /// How many lines were held back before this one; `None` to hold this one back too. The same words about the same
    /// subject pass once in a period, other words a few times. `now` counts from any fixed moment.
    pub(crate) fn pass(
        &mut self,
        kind: &'static str,
        subject: &str,
        words: &str,
        now: Duration,
    ) -> Option<u64> {
        let key = (kind, subject.to_owned());
        if self.subjects.len() >= SUBJECTS && !self.subjects.contains_key(&key) {
            self.subjects.clear();
        }
        let is_new = !self.subjects.contains_key(&key);
        let subject = self.subjects.entry(key).or_default();
        if is_new || now.saturating_sub(subject.began) >= PERIOD {
            subject.began = now;
            subject.passed = 0;
        }
        let is_old_news = !is_new
            && !words.is_empty()
            && subject.last == words
            && now.saturating_sub(subject.last_at) < PERIOD;
        if is_old_news || subject.passed >= LINES {
            subject.untold = subject.untold.saturating_add(1);
            return None;
        }
        subject.passed = subject.passed.saturating_add(1);
        words.clone_into(&mut subject.last);
        subject.last_at = now;
        Some(std::mem::take(&mut subject.untold))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines_in_a_night(words: impl Fn(u64) -> String) -> usize {
        let mut told = Told::default();
        (0..8 * 3600)
            .filter(|second| {
                let now = Duration::from_secs(*second);
                told.pass("gap", "box-1", &words(*second), now).is_some()
            })
            .count()
    }

    #[test]
    fn a_night_of_the_same_words_is_a_line_an_hour() {
        assert_eq!(lines_in_a_night(|_| "missing 3".to_owned()), 8);
    }

    #[test]
    fn a_night_of_changing_words_stays_under_a_hundred_lines_with_two_other_kinds() {
        let lines = lines_in_a_night(|second| format!("missing {second}"));
        assert!(lines * 3 <= 100, "{lines}");
    }

    #[test]
    fn a_change_is_told_at_once_with_what_was_held_back() {
        let mut told = Told::default();
        let mut pass = |subject: &str, words: &str, second| {
            told.pass("refused", subject, words, Duration::from_secs(second))
        };
        assert_eq!(pass("box-1", "revoked", 0), Some(0));
        assert_eq!(pass("box-1", "revoked", 1), None);
        assert_eq!(pass("box-2", "revoked", 1), Some(0));
        assert_eq!(pass("box-1", "revoked", 2), None);
        assert_eq!(pass("box-1", "no certificate", 3), Some(2));
    }
}
