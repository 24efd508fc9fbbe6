//! Messages of real analyzers at every chunk size from one byte up.

use lisiere_protocol::hl7::{Charset, read};
use lisiere_protocol::mllp::deblock::ProblemKind;
use lisiere_protocol::mllp::{MllpDialect, MllpLink, block, deblock};
use lisiere_protocol::{Engine, Output, Tick, Verdict};

use crate::support::captures;

fn files() -> Vec<(String, Vec<u8>)> {
    let Some(folder) = captures() else {
        return Vec::new();
    };
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "hl7"))
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read(&path).unwrap())
        })
        .collect();
    files.sort();
    assert!(files.len() >= 16, "only {} files", files.len());
    files
}

#[test]
fn captures_pass_the_link_at_every_chunk_size() {
    for (name, capture) in files() {
        let found = deblock(&capture);
        let bytes = if found.framed {
            capture.clone()
        } else {
            block(&capture)
        };
        let text = &capture[found.messages[0].clone()];
        for size in (1..=67).chain([256, 1_460, bytes.len()]) {
            let mut link = MllpLink::new(MllpDialect::default());
            for chunk in bytes.chunks(size) {
                link.receive(Tick(0), chunk);
            }
            let mut kept = Vec::new();
            while let Some(output) = link.next() {
                if let Output::Keep { token, message } = output {
                    kept.push(message.text);
                    link.confirm(Tick(0), token, Verdict::Stored);
                }
            }
            // A bare acknowledgement of something we never sent is not worth keeping.
            if name.contains("-ack-") {
                assert!(kept.is_empty(), "{name} by {size}");
                assert_eq!(link.counters().foreign_answers, 1);
            } else {
                assert_eq!(kept, [text], "{name} by {size}");
            }
        }
    }
}

#[test]
fn captures_read_without_problems_and_are_written_back() {
    for (name, capture) in files() {
        let found = deblock(&capture);
        assert!(
            found
                .problems
                .iter()
                .all(|problem| problem.kind == ProblemKind::Unframed),
            "{name}: {:?}",
            found.problems
        );
        assert_eq!(found.messages.len(), 1, "{name}");
        let text = &capture[found.messages[0].clone()];
        let document = read(text);
        assert_eq!(document.problems, [], "{name}");
        let message = &document.messages[0];
        let header = message.header().unwrap();
        assert!(!header.control_id().is_empty(), "{name}");
        let drafts: Vec<_> = message
            .segments
            .iter()
            .map(|segment| segment.to_draft().unwrap())
            .collect();
        let written = lisiere_protocol::hl7::write(&message.delimiters, &drafts);
        let lines = |text: &[u8]| -> Vec<Vec<u8>> {
            let lines = text.split(|byte| matches!(byte, b'\r' | b'\n'));
            lines
                .filter(|line| !line.is_empty())
                .map(<[u8]>::to_vec)
                .collect()
        };
        assert_eq!(
            lines(&written),
            lines(text),
            "{name} comes back byte for byte"
        );
        for field in message
            .segments
            .iter()
            .flat_map(lisiere_protocol::hl7::Segment::fields)
        {
            let (charset, _) = Charset::of(message, Charset::LATIN_1);
            assert!(!field.decode(charset).damaged, "{name}");
        }
    }
}
