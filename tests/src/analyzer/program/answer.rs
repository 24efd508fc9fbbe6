//! What a host's message tells the analyzer to do, read as simply as analyzers read it.

use lisiere_protocol::lis2a2::{ReadOptions, read};

/// A host's message in the eyes of an analyzer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    /// Do these tests.
    Orders(Vec<String>),
    /// There is nothing to do for this tube.
    Nothing,
    /// Something else, an acknowledgement for one.
    Other,
}

/// Reads one message of the host.
pub(super) fn understand(text: &[u8]) -> Answer {
    let lossy = String::from_utf8_lossy(text);
    if lossy.starts_with("MSH") {
        segments(&lossy)
    } else if lossy.starts_with(['H', 'h']) {
        records(text)
    } else {
        Answer::Other
    }
}

/// HL7: tests stand in OBR-4, or in DSP lines of older dialects.
fn segments(text: &str) -> Answer {
    let field = |segment: &str, number: usize| -> String {
        let separator = segment.chars().nth(3).unwrap_or('|');
        let field = segment.split(separator).nth(number).unwrap_or_default();
        field.split('^').next().unwrap_or_default().to_owned()
    };
    let mut tests = Vec::new();
    let mut refused = false;
    let mut orders = false;
    for segment in text.split(['\r', '\n']) {
        match segment.get(..3) {
            Some("OBR") => tests.push(field(segment, 4)),
            Some("DSP") => tests.push(field(segment, 3)),
            Some("ORC") => {
                orders = true;
                refused |= matches!(field(segment, 1).as_str(), "DC" | "CA");
            }
            Some("QAK") => refused |= matches!(field(segment, 2).as_str(), "NF" | "AR"),
            _ => {}
        }
    }
    tests.retain(|test| !test.is_empty());
    match (refused, tests.is_empty()) {
        (false, false) => Answer::Orders(tests),
        (true, _) => Answer::Nothing,
        (false, true) if orders => Answer::Nothing,
        (false, true) => Answer::Other,
    }
}

/// LIS2-A2: tests are the repeats of O-5; `Y` and `Z` in O-26 and no O at all say that there is nothing.
fn records(text: &[u8]) -> Answer {
    let document = read(text, ReadOptions::default());
    let mut tests = Vec::new();
    for message in &document.messages {
        let delimiters = message.delimiters;
        let orders = message
            .records
            .iter()
            .filter(|record| record.letter().eq_ignore_ascii_case(&b'O'));
        for order in orders {
            if matches!(order.field(26).raw(), b"Y" | b"Z") {
                continue;
            }
            let codes = order
                .field(5)
                .raw()
                .split(|byte| *byte == delimiters.repeat);
            let plain = |code: &[u8]| {
                let parts = code.split(|byte| *byte == delimiters.component);
                let filled = parts.filter(|part| !part.is_empty());
                filled
                    .map(String::from_utf8_lossy)
                    .next()
                    .map(|code| code.trim_end_matches('/').to_owned())
            };
            tests.extend(codes.filter_map(plain));
        }
    }
    if tests.is_empty() {
        Answer::Nothing
    } else {
        Answer::Orders(tests)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_and_their_absence_are_told_apart() {
        let orders = b"H|\\^&\rP|1\rO|1|123||^^^685/\\^^^717/|R||||||A||||||||||||||O\rL|1|F\r";
        assert_eq!(
            understand(orders),
            Answer::Orders(vec!["685".into(), "717".into()])
        );
        assert_eq!(understand(b"H|\\^&\rL|1|I\r"), Answer::Nothing);
        let none = b"H|\\^&\rP|1\rO|1|123||||||||||||||||||||||Y\rL|1\r";
        assert_eq!(understand(none), Answer::Nothing);
        let law = b"MSH|^~\\&|h||a||1||OML^O33^OML_O33|1|P|2.5.1\rSPM|1|123\rORC|NW\rOBR|1|A||GLU^Glucose\r";
        assert_eq!(understand(law), Answer::Orders(vec!["GLU".into()]));
        let nothing = b"MSH|^~\\&|h||a||1||OML^O33^OML_O33|1|P|2.5.1\rSPM|1|123\rORC|DC\r";
        assert_eq!(understand(nothing), Answer::Nothing);
        let answer = b"MSH|^~\\&|h||a||1||RSP^K11|1|P|2.5.1\rMSA|AA|1\rQAK|q|OK\r";
        assert_eq!(understand(answer), Answer::Other);
    }
}
