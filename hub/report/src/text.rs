//! Makes any text safe to show: no control characters, no marks that turn the reading direction.

/// Stands where something could not be shown.
pub(crate) const UNSHOWABLE: char = '\u{fffd}';
/// A space at which no line may break.
pub(crate) const NBSP: char = '\u{a0}';
/// The same, narrow: French puts it between groups of three digits.
pub(crate) const NARROW: char = '\u{202f}';

/// Whether a character changes what others look like without showing itself. Such marks can make a name or a number read
/// as another one (Unicode TR 36 §2.1), so that a report must not carry them.
fn is_hidden(character: char) -> bool {
    matches!(
        character,
        '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}' | '\u{e0000}'..='\u{e007f}'
    )
}

/// A character as it may be shown.
pub(crate) fn shown(character: char) -> char {
    match character {
        '\t' | '\n' | '\r' | '\u{2028}' | '\u{2029}' | '\u{85}' => ' ',
        character if character.is_control() || is_hidden(character) => UNSHOWABLE,
        character if u32::from(character) & 0xfffe == 0xfffe => UNSHOWABLE,
        character => character,
    }
}

/// One line of text: blanks at the ends dropped, line breaks made spaces, what cannot be shown replaced by `�`.
pub(crate) fn line(text: &str) -> String {
    plain(text.trim())
}

/// The same, but blanks at the ends stay.
pub(crate) fn plain(text: &str) -> String {
    // Looked at as a whole, without a way out: nearly every text is nothing but printable ASCII, some are megabytes of it.
    let printable = |all: bool, byte: u8| all & matches!(byte, b' '..=b'~');
    if text.bytes().fold(true, printable) {
        return text.to_owned();
    }
    text.chars().map(shown).collect()
}

/// The same, but line breaks stay, as `\n`.
pub(crate) fn lines(text: &str) -> String {
    let mut joined = String::with_capacity(text.len());
    for (place, piece) in text.trim().lines().enumerate() {
        if place > 0 {
            joined.push('\n');
        }
        joined.push_str(&line(piece));
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_hidden_is_left() {
        assert_eq!(
            line(" A\u{0}B\u{202e}C\td\u{9f} "),
            "A\u{fffd}B\u{fffd}C d\u{fffd}"
        );
        assert_eq!(
            line("Gwénaëlle \u{1f9ea} \u{10ffff}"),
            "Gwénaëlle \u{1f9ea} \u{fffd}"
        );
    }

    #[test]
    fn line_breaks_stay_where_they_may() {
        assert_eq!(lines("un\r\ndeux\n\ntrois\n"), "un\ndeux\n\ntrois");
        assert_eq!(line("un\r\ndeux"), "un  deux");
    }
}
