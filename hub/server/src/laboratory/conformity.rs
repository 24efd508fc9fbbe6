//! The gate before a signature and before sending: what a report says, and every document made of it, must conform.

use lisiere_model::report::Report;
use lisiere_report::gate::{self, Verdict};
use lisiere_report::{Finding, RenderError, Rendered, Severity};

use super::{Error, Result};
use crate::store::report::ReportBytes;

/// The documents of a report unless an error forbids them, and all findings, errors first.
pub fn documents(report: &Report) -> Result<(Option<Rendered>, Vec<Finding>)> {
    let rendered = match lisiere_report::render(report) {
        Ok(rendered) => rendered,
        Err(RenderError::Refused(_)) => return Ok((None, lisiere_report::check(report))),
        Err(other) => {
            return Err(Error::Refused(format!(
                "le compte rendu n'a pu être écrit : {other}"
            )));
        }
    };
    let (n3, n1) = (
        gate::check_document(&rendered.n3),
        gate::check_document(&rendered.n1),
    );
    let passes = n3.passes() && n1.passes();
    let mut findings = lisiere_report::check(report);
    add(&mut findings, n3);
    add(&mut findings, n1);
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    Ok((passes.then_some(rendered), findings))
}

/// The two documents have the same header: what is wrong there is said once.
fn add(findings: &mut Vec<Finding>, verdict: Verdict) {
    for finding in verdict.findings {
        let known = findings.iter().any(|one| {
            one.rule == finding.rule
                && one.message == finding.message
                && one.severity == finding.severity
        });
        if !known {
            findings.push(finding);
        }
    }
}

/// Refuses documents with an error, naming what is wrong with each.
pub(super) fn may_leave(bytes: &ReportBytes) -> Result<()> {
    let mut errors: Vec<Finding> = Vec::new();
    add(&mut errors, gate::check_document(&bytes.n3));
    add(&mut errors, gate::check_document(&bytes.n1));
    errors.retain(|finding| finding.severity == Severity::Error);
    if errors.is_empty() {
        return Ok(());
    }
    Err(Error::Refused(format!(
        "ce compte rendu ne peut être envoyé tel qu'il a été signé, en signer une nouvelle version : {}",
        sentences(&errors)
    )))
}

/// Findings as one sentence: what is wrong, and what to do.
pub(super) fn sentences(findings: &[Finding]) -> String {
    let all: Vec<String> = findings
        .iter()
        .map(|finding| format!("{} {}", finding.message, finding.remedy))
        .collect();
    all.join(" ")
}
