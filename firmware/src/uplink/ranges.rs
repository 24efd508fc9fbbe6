//! A set of numbers as ranges that neither overlap nor touch.

use std::collections::BTreeMap;

/// Ranges by first number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Ranges(BTreeMap<u64, u64>);

impl Ranges {
    /// The lowest range.
    pub(super) fn first(&self) -> Option<(u64, u64)> {
        self.0.first_key_value().map(|(from, to)| (*from, *to))
    }

    /// All ranges, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.0.iter().map(|(from, to)| (*from, *to))
    }

    /// How many numbers there are.
    pub(super) fn count(&self) -> u64 {
        self.iter().map(|(from, to)| to - from + 1).sum()
    }

    /// The range that a number is in.
    pub(super) fn around(&self, number: u64) -> Option<(u64, u64)> {
        let (&from, &to) = self.0.range(..=number).next_back()?;
        (to >= number).then_some((from, to))
    }

    /// What of a range is in the set.
    pub(super) fn within(&self, from: u64, to: u64) -> Vec<(u64, u64)> {
        let mut within: Vec<_> = Vec::new();
        for (&first, &last) in self.0.range(..=to).rev() {
            if last < from {
                break;
            }
            within.push((first.max(from), last.min(to)));
        }
        within.reverse();
        within
    }

    /// Adds a range, joined with what overlaps or touches it.
    pub(super) fn insert(&mut self, from: u64, to: u64) {
        let (mut from, mut to) = (from, to);
        if from > to {
            return;
        }
        while let Some((&first, &last)) = self.0.range(..=to.saturating_add(1)).next_back()
            && last.saturating_add(1) >= from
        {
            self.0.remove(&first);
            from = from.min(first);
            to = to.max(last);
        }
        self.0.insert(from, to);
    }

    /// Takes a range out.
    pub(super) fn remove(&mut self, from: u64, to: u64) {
        while let Some((&first, &last)) = self.0.range(..=to).next_back()
            && last >= from
        {
            self.0.remove(&first);
            if first < from {
                self.0.insert(first, from - 1);
            }
            if to < last {
                self.0.insert(to + 1, last);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn ranges_hold_what_a_plain_set_holds(
            steps in prop::collection::vec((any::<bool>(), 0u64..60, 0u64..8), 0..40), from in 0u64..60, length in 0u64..30,
        ) {
            let mut plain = BTreeSet::new();
            let mut ranges = Ranges::default();
            for (add, from, length) in steps {
                if add {
                    plain.extend(from..=from + length);
                    ranges.insert(from, from + length);
                } else {
                    plain.retain(|number| !(from..=from + length).contains(number));
                    ranges.remove(from, from + length);
                }
            }
            let all: Vec<_> = ranges.iter().collect();
            prop_assert!(all.windows(2).all(|pair| pair[0].1 + 1 < pair[1].0), "{:?}", all);
            let numbers = |ranges: &[(u64, u64)]| ranges.iter().flat_map(|(from, to)| *from..=*to).collect::<Vec<_>>();
            prop_assert_eq!(numbers(&all), plain.iter().copied().collect::<Vec<_>>());
            prop_assert_eq!(ranges.count(), plain.len() as u64);
            let within = plain.range(from..=from + length).copied().collect::<Vec<_>>();
            prop_assert_eq!(numbers(&ranges.within(from, from + length)), within);
            prop_assert_eq!(ranges.around(from).is_some(), plain.contains(&from));
        }
    }
}
