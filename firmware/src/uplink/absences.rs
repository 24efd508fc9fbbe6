//! What the hub is told it will not get: by reason, in as few words as possible, and not again and again.

use super::ranges::Ranges;
use lisiere_protocol::Tick;
use lisiere_wire::{Absence, AbsenceReason, JournalId};
use std::{collections::VecDeque, time::Duration};

/// The same range is not told again within this time.
const AGAIN: Duration = Duration::from_mins(1);
/// Ranges remembered for that.
const REMEMBERED: usize = 256;
/// Ranges in one word.
const RANGES: usize = 64;
const REASONS: [AbsenceReason; 3] = [
    AbsenceReason::Pruned,
    AbsenceReason::TooLarge,
    AbsenceReason::Unreadable,
];

/// Absences found and told on one connection.
#[derive(Debug, Default)]
pub(super) struct Absences {
    due: [Ranges; REASONS.len()],
    told: VecDeque<(AbsenceReason, u64, u64, Tick)>,
}

impl Absences {
    /// These numbers will not come.
    pub(super) fn note(&mut self, now: Tick, reason: AbsenceReason, from: u64, to: u64) {
        let known = self.told.iter().any(|(told, first, last, at)| {
            *told == reason && *first <= from && to <= *last && now.since(*at) < AGAIN
        });
        if known {
            return;
        }
        let due = REASONS.iter().zip(&mut self.due);
        for (_, due) in due.filter(|(one, _)| **one == reason) {
            due.insert(from, to);
        }
    }

    /// Nobody heard it: whoever asks again is told again.
    pub(super) fn unheard(&mut self) {
        self.told.clear();
    }

    /// What is to be told now.
    pub(super) fn take(&mut self, now: Tick, journal: JournalId) -> Vec<Absence> {
        let mut absences = Vec::new();
        for (reason, due) in REASONS.into_iter().zip(&mut self.due) {
            let ranges: Vec<_> = std::mem::take(due).iter().collect();
            for (from, to) in &ranges {
                self.told.push_back((reason, *from, *to, now));
            }
            absences.extend(ranges.chunks(RANGES).map(|ranges| Absence {
                journal,
                reason,
                ranges: ranges.to_vec(),
            }));
        }
        while self.told.len() > REMEMBERED {
            self.told.pop_front();
        }
        absences
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JOURNAL: JournalId = JournalId([7; 16]);

    fn at(seconds: u64) -> Tick {
        Tick(seconds * 1000)
    }

    fn ranges(absences: &mut Absences, now: Tick) -> Vec<(AbsenceReason, Vec<(u64, u64)>)> {
        let taken = absences.take(now, JOURNAL);
        taken
            .into_iter()
            .map(|absence| (absence.reason, absence.ranges))
            .collect()
    }

    #[test]
    fn ranges_are_joined_and_told_by_reason() {
        let mut absences = Absences::default();
        absences.note(at(0), AbsenceReason::Pruned, 1, 3);
        absences.note(at(0), AbsenceReason::Pruned, 4, 9);
        absences.note(at(0), AbsenceReason::TooLarge, 20, 20);
        assert_eq!(
            ranges(&mut absences, at(0)),
            [
                (AbsenceReason::Pruned, vec![(1, 9)]),
                (AbsenceReason::TooLarge, vec![(20, 20)])
            ]
        );
        assert_eq!(ranges(&mut absences, at(0)), []);
    }

    #[test]
    fn a_range_is_told_once_a_minute() {
        let mut absences = Absences::default();
        absences.note(at(0), AbsenceReason::Pruned, 1, 9);
        assert_eq!(ranges(&mut absences, at(0)).len(), 1);
        let mut told = 0;
        for second in 1..=180 {
            absences.note(at(second), AbsenceReason::Pruned, 2, 5);
            told += ranges(&mut absences, at(second)).len();
        }
        assert_eq!(told, 3);
        absences.unheard();
        absences.note(at(181), AbsenceReason::Pruned, 2, 5);
        assert_eq!(ranges(&mut absences, at(181)).len(), 1);
        absences.note(at(181), AbsenceReason::Pruned, 2, 6);
        assert_eq!(
            ranges(&mut absences, at(181)),
            [(AbsenceReason::Pruned, vec![(2, 6)])]
        );
    }

    #[test]
    fn many_ranges_are_told_in_several_words() {
        let mut absences = Absences::default();
        for number in 1..=200 {
            absences.note(at(0), AbsenceReason::Unreadable, number * 2, number * 2);
        }
        let told = ranges(&mut absences, at(0));
        assert_eq!(told.len(), 4);
        assert_eq!(
            told.iter().map(|(_, ranges)| ranges.len()).sum::<usize>(),
            200
        );
    }
}
