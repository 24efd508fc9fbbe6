//! What a link lets pass beyond the standard, for analyzers that depart from it.

use super::document::{Document, Section};
use lisiere_protocol::lis1a::{ChecksumPolicy, Dialect, HeaderPolicy, TerminatorPolicy};

/// Departures from LIS01-A2 that a port accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tolerance {
    /// What is done about checksums.
    pub checksum: ChecksumPolicy,
    /// Whether a message must begin with a header record.
    pub header: HeaderPolicy,
    /// What ends a message.
    pub terminator: TerminatorPolicy,
}

impl Default for Tolerance {
    fn default() -> Self {
        let standard = Dialect::computer();
        Self {
            checksum: standard.checksum,
            header: standard.header,
            terminator: standard.terminator,
        }
    }
}

impl Tolerance {
    /// The dialect of a port whose other side is an analyzer.
    pub fn dialect(&self) -> Dialect {
        Dialect {
            checksum: self.checksum,
            header: self.header,
            terminator: self.terminator,
            ..Dialect::computer()
        }
    }
}

/// Reads `tolerance = { … }` of a port.
pub(super) fn read(document: &mut Document<'_>, port: &mut Section<'_, '_>) -> Tolerance {
    let mut tolerance = Tolerance::default();
    let Some(mut section) = port.table(document, "tolerance") else {
        return tolerance;
    };
    if let Some(policy) = section.choice(
        document,
        "checksum",
        &[
            ("required", ChecksumPolicy::Required),
            ("optional", ChecksumPolicy::Optional),
            ("none", ChecksumPolicy::None),
        ],
    ) {
        tolerance.checksum = policy;
    }
    if let Some(policy) = section.choice(
        document,
        "header",
        &[
            ("required", HeaderPolicy::Required),
            ("optional", HeaderPolicy::Optional),
        ],
    ) {
        tolerance.header = policy;
    }
    if let Some(policy) = section.choice(
        document,
        "terminator",
        &[
            ("record", TerminatorPolicy::Record),
            (
                "record-or-session-end",
                TerminatorPolicy::RecordOrSessionEnd,
            ),
            ("last-frame", TerminatorPolicy::LastFrame),
        ],
    ) {
        tolerance.terminator = policy;
    }
    section.finish(document);
    tolerance
}
