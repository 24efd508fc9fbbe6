//! How a lamp blinks: a function of the time since the pattern began, and nothing else.

use std::time::Duration;

/// How one lamp behaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pattern {
    /// Dark.
    #[default]
    Off,
    /// Lit without a break.
    On,
    /// Lit, dark for a moment every four seconds: lit because something lives, not because it hangs.
    Wink,
    /// Half a second lit, a second and a half dark: somebody should look when there is time.
    Slow,
    /// An eighth of a second lit, as long dark: somebody should look now.
    Fast,
    /// Two short flashes every two seconds: something is being done.
    Double,
    /// One short flash every two seconds.
    Flash,
}

impl Pattern {
    /// Lit and dark stretches in milliseconds, beginning with a lit one; repeated for ever.
    const fn stretches(self) -> &'static [u64] {
        match self {
            Self::Off => &[0, 1000],
            Self::On => &[1000, 0],
            Self::Wink => &[3900, 100],
            Self::Slow => &[500, 1500],
            Self::Fast => &[125, 125],
            Self::Double => &[125, 125, 125, 1625],
            Self::Flash => &[125, 1875],
        }
    }

    /// Whether the lamp is lit so long after the pattern began.
    pub fn lit(self, since: Duration) -> bool {
        let stretches = self.stretches();
        let period: u64 = stretches.iter().sum();
        let since = u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
        let mut left = since.checked_rem(period).unwrap_or_default();
        for (place, stretch) in stretches.iter().enumerate() {
            if left < *stretch {
                return place % 2 == 0;
            }
            left -= stretch;
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lit_share(pattern: Pattern) -> u64 {
        (0..4000)
            .filter(|ms| pattern.lit(Duration::from_millis(*ms)))
            .count() as u64
            / 40
    }

    #[test]
    fn patterns_can_be_told_apart_by_eye() {
        let flashes = |pattern: Pattern| {
            (1..4000)
                .filter(|ms| {
                    pattern.lit(Duration::from_millis(*ms))
                        && !pattern.lit(Duration::from_millis(ms - 1))
                })
                .count()
        };
        assert_eq!(lit_share(Pattern::Off), 0);
        assert_eq!(lit_share(Pattern::On), 100);
        assert_eq!(lit_share(Pattern::Wink), 97);
        assert_eq!((lit_share(Pattern::Slow), flashes(Pattern::Slow)), (25, 1));
        assert_eq!((lit_share(Pattern::Fast), flashes(Pattern::Fast)), (50, 15));
        assert_eq!(flashes(Pattern::Double), 3);
        assert_eq!(flashes(Pattern::Flash), 1);
    }

    #[test]
    fn no_pattern_is_fast_enough_to_harm_anybody() {
        // WCAG 2.3.1 speaks of three flashes a second over a large area; a lamp of 3 mm at 4 Hz is far below it, and no
        // pattern is faster.
        for pattern in [
            Pattern::Slow,
            Pattern::Fast,
            Pattern::Double,
            Pattern::Flash,
        ] {
            let shortest = pattern.stretches().iter().min().unwrap();
            assert!(*shortest >= 125, "{pattern:?}");
        }
    }
}
