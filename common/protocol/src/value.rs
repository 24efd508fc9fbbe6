//! Values as analyzers write them: numbers with their comparator, and moments with their precision. Nothing is rounded,
//! and what is no number stays text.

/// A number and how it is written.
///
/// ```
/// use lisiere_protocol::value::{Comparator, Number};
///
/// let number = Number::read("< 0.50").unwrap();
/// assert_eq!(number.comparator, Some(Comparator::Less));
/// assert_eq!((number.mantissa, number.scale), (50, 2));
/// assert!(Number::read("12:30").is_none());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Number<'a> {
    /// As it is written.
    pub text: &'a str,
    /// What stands before it.
    pub comparator: Option<Comparator>,
    /// Its digits as a whole number.
    pub mantissa: i64,
    /// How many of them follow the decimal point.
    pub scale: u8,
}

/// What stands before a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Comparator {
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
}

impl<'a> Number<'a> {
    /// Reads a number with a decimal point; `None` when it is none, or has more digits than can be held exactly.
    pub fn read(text: &'a str) -> Option<Self> {
        Self::read_bytes(text, text.as_bytes())
    }

    fn read_bytes(text: &'a str, bytes: &[u8]) -> Option<Self> {
        let (comparator, digits) = match bytes.trim_ascii() {
            [b'<', b'=', rest @ ..] => (Some(Comparator::AtMost), rest.trim_ascii_start()),
            [b'<', rest @ ..] => (Some(Comparator::Less), rest.trim_ascii_start()),
            [b'>', b'=', rest @ ..] => (Some(Comparator::AtLeast), rest.trim_ascii_start()),
            [b'>', rest @ ..] => (Some(Comparator::Greater), rest.trim_ascii_start()),
            rest => (None, rest),
        };
        let (negative, digits) = match digits {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] | rest => (false, rest),
        };
        let mut mantissa: i64 = 0;
        let mut scale = 0_u8;
        let mut point = false;
        let mut seen = false;
        for byte in digits {
            match byte {
                b'0'..=b'9' => {
                    let digit = i64::from(byte - b'0');
                    mantissa = mantissa.checked_mul(10)?.checked_add(digit)?;
                    scale += u8::from(point);
                    seen = true;
                }
                b'.' if !point => point = true,
                _ => return None,
            }
        }
        seen.then_some(Self {
            text,
            comparator,
            mantissa: if negative { -mantissa } else { mantissa },
            scale,
        })
    }
}

/// A moment as far as it is written: `YYYY[MM[DD[HH[MM[SS]]]]]`, with an offset when there is one.
///
/// ```
/// use lisiere_protocol::value::Stamp;
///
/// let stamp = Stamp::read(b"20230511164516.31+0530").unwrap();
/// assert_eq!((stamp.year, stamp.second, stamp.offset), (2023, Some(16), Some(330)));
/// assert!(Stamp::read(b"20231301").is_none());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Stamp {
    /// Four digits.
    pub year: u16,
    /// 1 to 12.
    pub month: Option<u8>,
    /// 1 to 31; whether the month has it is for whoever makes a date of it.
    pub day: Option<u8>,
    /// 0 to 23.
    pub hour: Option<u8>,
    /// 0 to 59.
    pub minute: Option<u8>,
    /// 0 to 60.
    pub second: Option<u8>,
    /// Minutes east of Greenwich.
    pub offset: Option<i16>,
}

impl Stamp {
    /// Reads a moment; `None` when it is none.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let end = bytes.iter().position(|byte| !byte.is_ascii_digit());
        let (digits, rest) = bytes.split_at_checked(end.unwrap_or(bytes.len()))?;
        let rest = match rest {
            [b'.', fraction @ ..] => {
                let end = fraction.iter().take_while(|byte| byte.is_ascii_digit());
                fraction.get(end.count()..)?
            }
            rest => rest,
        };
        let offset = match rest {
            [] => None,
            [sign @ (b'+' | b'-'), clock @ ..] => {
                let [hour, minute] = [pair(clock, 0)?, pair(clock, 2)?];
                let minutes = i16::from(hour) * 60 + i16::from(minute);
                Some(if *sign == b'-' { -minutes } else { minutes })
            }
            _ => return None,
        };
        if !matches!(digits.len(), 4 | 6 | 8 | 10 | 12 | 14) {
            return None;
        }
        let part = |at: usize, least: u8, most: u8| match pair(digits, at) {
            None => Some(None),
            Some(number) => (least..=most).contains(&number).then_some(Some(number)),
        };
        Some(Self {
            year: u16::from(pair(digits, 0)?) * 100 + u16::from(pair(digits, 2)?),
            month: part(4, 1, 12)?,
            day: part(6, 1, 31)?,
            hour: part(8, 0, 23)?,
            minute: part(10, 0, 59)?,
            second: part(12, 0, 60)?,
            offset,
        })
    }
}

fn pair(bytes: &[u8], at: usize) -> Option<u8> {
    match bytes.get(at..at + 2)? {
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => Some((tens - b'0') * 10 + ones - b'0'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Comparator, Number, Stamp};

    fn number(text: &str) -> Option<(Option<Comparator>, i64, u8)> {
        Number::read(text).map(|number| (number.comparator, number.mantissa, number.scale))
    }

    #[test]
    fn numbers_keep_every_digit() {
        assert_eq!(number("5.40"), Some((None, 540, 2)));
        assert_eq!(number("-0.5"), Some((None, -5, 1)));
        assert_eq!(number(" +7 "), Some((None, 7, 0)));
        assert_eq!(number(">= 8"), Some((Some(Comparator::AtLeast), 8, 0)));
        assert_eq!(number("<=8."), Some((Some(Comparator::AtMost), 8, 0)));
        assert_eq!(number(".5"), Some((None, 5, 1)));
        for text in [
            "",
            ".",
            "<",
            "-",
            "1e5",
            "1,5",
            "3+",
            "1.2.3",
            "99999999999999999999",
            "---",
        ] {
            assert_eq!(number(text), None, "{text}");
        }
    }

    #[test]
    fn moments_have_the_precision_they_are_written_with() {
        let stamp = Stamp::read(b"202401").unwrap();
        assert_eq!((stamp.year, stamp.month, stamp.day), (2024, Some(1), None));
        let stamp = Stamp::read(b"20240831163516-0400").unwrap();
        assert_eq!((stamp.hour, stamp.offset), (Some(16), Some(-240)));
        for text in [
            "",
            "2024083",
            "20240832",
            "2024083125",
            "2024-08-31",
            "20240831 16:35",
            "20240831+1",
        ] {
            assert!(Stamp::read(text.as_bytes()).is_none(), "{text}");
        }
    }
}
