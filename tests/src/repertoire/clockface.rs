//! Writes a moment as an analyzer's clock would: in the formats its profile names.

/// Where a text has the shape of one of a profile's formats (`YYYYMMDDhhmmss`, `DD/MM/YYYY hh:mm`…).
pub(super) fn format<'f>(formats: &'f [String], text: &str) -> Option<&'f str> {
    let fits = |format: &&String| {
        let head = text.as_bytes().get(..format.len());
        let tail = text.get(format.len()..).unwrap_or_default();
        head.is_some_and(|head| {
            head.iter()
                .zip(format.bytes())
                .all(|(byte, sign)| match sign {
                    b'Y' | b'M' | b'D' | b'h' | b'm' | b's' => byte.is_ascii_digit(),
                    other => *byte == other,
                })
        }) && (tail.is_empty() || tail.starts_with(['+', '-', '.']))
    };
    formats.iter().find(fits).map(String::as_str)
}

/// `now` (as `YYYYMMDDhhmmss`) in a format; what follows the format in `model` stays as it is.
pub(super) fn write(format: &str, now: &str, model: &str) -> String {
    let part = |from: usize, to: usize| now.get(from..to).unwrap_or_default();
    let mut text = String::new();
    let mut signs = format.chars().peekable();
    while let Some(sign) = signs.next() {
        let mut width = 1;
        while "YMDhms".contains(sign) && signs.next_if_eq(&sign).is_some() {
            width += 1;
        }
        match sign {
            'Y' => text.push_str(part(4_usize.saturating_sub(width), 4)),
            'M' => text.push_str(part(4, 6)),
            'D' => text.push_str(part(6, 8)),
            'h' => text.push_str(part(8, 10)),
            'm' => text.push_str(part(10, 12)),
            's' => text.push_str(part(12, 14)),
            other => text.push(other),
        }
    }
    text.push_str(model.get(format.len()..).unwrap_or_default());
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_in_the_shape_of_the_model() {
        let formats = ["YYYYMMDDhhmmss".to_owned(), "DD/MM/YY hh:mm".to_owned()];
        let now = "20261123091542";
        let model = "01/02/25 03:04";
        let found = format(&formats, model).unwrap();
        assert_eq!(write(found, now, model), "23/11/26 09:15");
        let model = "20250102030405+0100";
        let found = format(&formats, model).unwrap();
        assert_eq!(write(found, now, model), "20261123091542+0100");
        assert_eq!(format(&formats, "00000"), None);
    }
}
