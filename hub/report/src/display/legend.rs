//! What the marks on the page mean, only of those that are used.

use std::collections::HashSet;

use lisiere_model::Interpretation;
use lisiere_model::report::Report;

use super::{value, words};
use crate::text::NBSP;

/// Marks that several codes share a word for.
const SHARED: [(&[Interpretation], &str); 4] = [
    (
        &[Interpretation::High, Interpretation::CriticalHigh],
        "▲\u{a0}H au-dessus des valeurs de référence",
    ),
    (
        &[Interpretation::Low, Interpretation::CriticalLow],
        "▼\u{a0}L au-dessous des valeurs de référence",
    ),
    (
        &[Interpretation::Abnormal, Interpretation::CriticalAbnormal],
        "◆\u{a0}A résultat anormal",
    ),
    (
        &[
            Interpretation::CriticalHigh,
            Interpretation::CriticalLow,
            Interpretation::CriticalAbnormal,
        ],
        "‼ valeur critique",
    ),
];

/// The lines of the legend.
pub(super) fn of(report: &Report) -> Vec<String> {
    let used: HashSet<Interpretation> = report
        .results()
        .filter_map(|one| one.interpretation)
        .collect();
    let mut marks: Vec<String> = SHARED
        .iter()
        .filter(|(codes, _)| codes.iter().any(|code| used.contains(code)))
        .map(|(_, text)| (*text).to_owned())
        .collect();
    let explained = |code: &Interpretation| SHARED.iter().any(|(codes, _)| codes.contains(code));
    for code in Interpretation::ALL {
        let mark = value::mark(code);
        if used.contains(&code) && !mark.is_empty() && !explained(&code) {
            let text = words::interpretation(code).to_lowercase();
            marks.push(format!("{mark}{NBSP}{text}"));
        }
    }
    let mut legend = Vec::new();
    if !marks.is_empty() {
        legend.push(format!("{}.", marks.join("\u{a0}; ")));
    }
    if report.results().any(|one| one.accredited == Some(false)) {
        legend.push("* Examen non couvert par l’accréditation du laboratoire.".to_owned());
    }
    legend
}
