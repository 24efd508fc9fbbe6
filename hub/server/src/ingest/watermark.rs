//! Which sequence numbers of one journal the hub has: all up to a mark, and islands above it. Pure.

use std::collections::BTreeMap;
use std::fmt;

/// What is there of a journal whose numbers start at 1.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Watermark {
    upto: u64,
    /// First and last of each island; between two islands, and between the mark and the first, something is missing.
    islands: BTreeMap<u64, u64>,
}

impl Watermark {
    /// A journal of which everything up to `upto` is there; `islands` as [`Watermark`]'s `Display` wrote them. `None`
    /// if that text is not of this form.
    pub fn new(upto: u64, islands: &str) -> Option<Self> {
        let mut mark = Self {
            upto,
            islands: BTreeMap::new(),
        };
        for island in islands.split(',').filter(|island| !island.is_empty()) {
            let (first, last) = island.split_once('-').unwrap_or((island, island));
            let (first, last) = (first.parse::<u64>().ok()?, last.parse::<u64>().ok()?);
            if first > last || first == 0 {
                return None;
            }
            mark.insert_range(first, last);
        }
        Some(mark)
    }

    /// Everything up to this number is there; 0 when nothing is.
    pub fn upto(&self) -> u64 {
        self.upto
    }

    /// The highest number that is there.
    pub fn highest(&self) -> u64 {
        self.islands
            .last_key_value()
            .map_or(self.upto, |(_, last)| *last)
    }

    /// Is this number there?
    pub fn contains(&self, seq: u64) -> bool {
        let island = self.islands.range(..=seq).next_back();
        (1..=self.upto).contains(&seq) || island.is_some_and(|(_, last)| seq <= *last)
    }

    /// Adds a number; returns whether it was missing. 0 is no number of a journal.
    pub fn insert(&mut self, seq: u64) -> bool {
        if seq == 0 || self.contains(seq) {
            return false;
        }
        self.insert_range(seq, seq);
        true
    }

    /// The ranges that are missing between what is there, lowest first, at most `limit`.
    pub fn missing(&self, limit: usize) -> Vec<(u64, u64)> {
        let mut from = self.upto.saturating_add(1);
        let mut missing = Vec::new();
        for (first, last) in self.islands.iter().take(limit) {
            missing.push((from, first.saturating_sub(1)));
            from = last.saturating_add(1);
        }
        missing
    }

    /// How many numbers are missing below the highest.
    pub fn lacking(&self) -> u64 {
        let there = self.islands.iter().fold(0u64, |sum, (first, last)| {
            sum.saturating_add(last.saturating_sub(*first).saturating_add(1))
        });
        self.highest()
            .saturating_sub(self.upto)
            .saturating_sub(there)
    }

    /// Accounts for what is missing from `first` to `last`, below the highest number only. Returns what was missing.
    pub fn fill(&mut self, first: u64, last: u64) -> Vec<(u64, u64)> {
        let mut filled = Vec::new();
        let mut from = self.upto.saturating_add(1);
        for (start, end) in &self.islands {
            let (low, high) = (from.max(first), start.saturating_sub(1).min(last));
            if low <= high {
                filled.push((low, high));
            }
            from = end.saturating_add(1);
            if from > last {
                break;
            }
        }
        for (low, high) in &filled {
            self.insert_range(*low, *high);
        }
        filled
    }

    /// Adds a range of numbers; 0 is none.
    pub(crate) fn add(&mut self, first: u64, last: u64) {
        if first > 0 && first <= last {
            self.insert_range(first, last);
        }
    }

    /// Is anything missing below the highest number?
    pub fn has_gap(&self) -> bool {
        !self.islands.is_empty()
    }

    /// Gives up what is missing below the first island: the mark moves to that island's end. Returns the range given
    /// up.
    pub fn give_up_first_gap(&mut self) -> Option<(u64, u64)> {
        let (first, last) = self.islands.pop_first()?;
        let lost = (self.upto.saturating_add(1), first.saturating_sub(1));
        self.upto = last;
        Some(lost)
    }

    fn insert_range(&mut self, first: u64, last: u64) {
        let (mut first, mut last) = (first, last);
        if let Some((start, end)) = self.islands.range(..=first).next_back()
            && end.saturating_add(1) >= first
        {
            first = *start;
            last = last.max(*end);
        }
        while let Some((start, end)) = self.islands.range(first..=last.saturating_add(1)).next() {
            let (start, end) = (*start, *end);
            last = last.max(end);
            self.islands.remove(&start);
        }
        if first <= self.upto.saturating_add(1) {
            self.upto = self.upto.max(last);
        } else {
            self.islands.insert(first, last);
        }
    }
}

impl fmt::Display for Watermark {
    /// The islands: `12-15,20`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (first, last)) in self.islands.iter().enumerate() {
            let comma = if place == 0 { "" } else { "," };
            if first == last {
                write!(formatter, "{comma}{first}")?;
            } else {
                write!(formatter, "{comma}{first}-{last}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_late_number_closes_the_gap() {
        let mut mark = Watermark::default();
        for seq in [1, 2, 5, 6, 4] {
            assert!(mark.insert(seq));
        }
        assert_eq!((mark.upto(), mark.highest()), (2, 6));
        assert_eq!(mark.missing(10), [(3, 3)]);
        assert_eq!(mark.to_string(), "4-6");
        assert!(!mark.insert(5));
        assert!(mark.insert(3));
        assert_eq!((mark.upto(), mark.has_gap()), (6, false));
    }

    #[test]
    fn giving_up_a_gap_names_what_is_lost() {
        let mut mark = Watermark::new(4, "7-9,12").expect("form");
        assert_eq!(mark.give_up_first_gap(), Some((5, 6)));
        assert_eq!((mark.upto(), mark.missing(9)), (9, vec![(10, 11)]));
    }

    #[test]
    fn only_what_is_missing_below_the_highest_is_filled() {
        let mut mark = Watermark::new(4, "7-9,12").expect("form");
        assert_eq!(mark.lacking(), 4);
        assert_eq!(mark.fill(1, 6), [(5, 6)]);
        assert_eq!((mark.upto(), mark.lacking()), (9, 2));
        assert_eq!(mark.fill(13, 400), []);
        assert_eq!(mark.fill(11, u64::MAX), [(11, 11)]);
        assert_eq!(mark.missing(9), [(10, 10)]);
        assert_eq!(mark.fill(0, 10), [(10, 10)]);
        assert_eq!((mark.upto(), mark.highest()), (12, 12));
    }

    #[test]
    fn a_text_of_another_form_is_refused() {
        for wrong in ["x", "3-", "5-4", "0", "1;2"] {
            assert_eq!(Watermark::new(0, wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn agrees_with_a_set(numbers in proptest::collection::vec(1u64..120, 0..200)) {
            let mut mark = Watermark::default();
            let mut set = BTreeSet::new();
            for seq in numbers {
                prop_assert_eq!(mark.insert(seq), set.insert(seq));
                prop_assert_eq!(mark.upto(), (1..).take_while(|n| set.contains(n)).last().unwrap_or(0));
                prop_assert_eq!(mark.highest(), set.last().copied().unwrap_or(0));
            }
            for seq in 1..130 {
                prop_assert_eq!(mark.contains(seq), set.contains(&seq));
            }
            let missing: Vec<u64> = mark.missing(usize::MAX).into_iter().flat_map(|(a, b)| a..=b).collect();
            let expected: Vec<u64> = (1..=mark.highest()).filter(|n| !set.contains(n)).collect();
            prop_assert_eq!(missing, expected);
            prop_assert_eq!(Watermark::new(mark.upto(), &mark.to_string()), Some(mark));
        }

        #[test]
        fn any_text_is_read_or_refused(upto in any::<u64>(), text in "[0-9,-]{0,30}") {
            if let Some(mark) = Watermark::new(upto, &text) {
                prop_assert_eq!(Watermark::new(mark.upto(), &mark.to_string()), Some(mark));
            }
        }
    }
}
