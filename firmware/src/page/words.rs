//! French and English of the local page, each sentence beside the other.

use crate::health::Status;
use jiff::tz::TimeZone;
use lisiere_model::UtcMicros;

/// The language of a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Words {
    /// French.
    #[default]
    French,
    /// English.
    English,
}

impl Words {
    /// One of two sentences.
    pub(super) const fn say(self, french: &'static str, english: &'static str) -> &'static str {
        match self {
            Self::French => french,
            Self::English => english,
        }
    }

    /// `fr` or `en`.
    pub(super) const fn code(self) -> &'static str {
        self.say("fr", "en")
    }

    /// The other one.
    pub(super) const fn other(self) -> Self {
        match self {
            Self::French => Self::English,
            Self::English => Self::French,
        }
    }

    /// `3 messages`, `1 message`; French says `0 message`.
    pub(super) fn count(self, number: u64, one: &str, many: &str) -> String {
        let single = number == 1 || (number == 0 && self == Self::French);
        format!("{number}\u{a0}{}", if single { one } else { many })
    }
}

/// `23/11/2026 14:05:12`, in the zone of the box.
pub(super) fn moment(at: UtcMicros) -> String {
    at.to_timestamp()
        .to_zoned(zone())
        .strftime("%d/%m/%Y %H:%M:%S")
        .to_string()
}

fn zone() -> TimeZone {
    TimeZone::system()
}

/// The zone by name, as it stands beside the time.
pub(super) fn zone_name(at: UtcMicros) -> String {
    at.to_timestamp()
        .to_zoned(zone())
        .strftime("UTC%:z")
        .to_string()
}

/// `il y a 4 min`, `4 min ago`; the future is told as such, since a clock may have been set.
pub(super) fn ago(at: UtcMicros, now: UtcMicros, words: Words) -> String {
    let seconds = now.0.saturating_sub(at.0) / 1_000_000;
    if seconds < -5 {
        return words
            .say(
                "plus tard que l'heure du boîtier",
                "later than the box's time",
            )
            .to_owned();
    }
    let span = span(seconds.max(0).saturating_mul(1_000_000), words);
    match words {
        Words::French => format!("il y a {span}"),
        Words::English => format!("{span} ago"),
    }
}

/// A length of time in the unit that suits it: `12 s`, `4 min`, `3 h`, `2 j`.
pub(super) fn span(micros: i64, words: Words) -> String {
    let size = micros.unsigned_abs();
    let (number, unit) = match size {
        0..10_000 => (size, "µs"),
        10_000..1_000_000 => (size / 1000, "ms"),
        1_000_000..100_000_000 => (size / 1_000_000, "s"),
        100_000_000..7_200_000_000 => (size / 60_000_000, "min"),
        7_200_000_000..172_800_000_000 => (size / 3_600_000_000, "h"),
        _ => (size / 86_400_000_000, words.say("j", "d")),
    };
    format!("{number}\u{a0}{unit}")
}

/// `+12 ms` or `−3 s`.
pub(super) fn offset(micros: i64, words: Words) -> String {
    let sign = if micros < 0 { '−' } else { '+' };
    format!("{sign}{}", span(micros, words))
}

/// Counters of a link in the words of the bench; those it does not know keep their own.
pub(super) fn counter(name: &str, words: Words) -> String {
    lisiere_protocol::counters::words::words(name).map_or_else(
        || name.replace('_', " "),
        |known| words.say(known.french, known.english).to_owned(),
    )
}

/// The name of the box for a title.
pub(super) fn title(status: &Status, words: Words) -> String {
    if status.name.is_empty() {
        words
            .say("Boîtier non inscrit", "Box not enrolled")
            .to_owned()
    } else {
        status.name.clone()
    }
}
