//! Results of other laboratories as pages show them: never without the laboratory that found them.

use lisiere_model::report::{TestCode, TestResult};
use lisiere_model::{OrderId, UtcMicros};
use lisiere_report::display::value;
use lisiere_report::reading::IncomingResult;

use super::Site;
use super::problem::Problem;
use super::show;
use crate::laboratory::incoming::{self, TakenResult, Usage};

/// Said where a document does not name its laboratory.
const UNNAMED: &str = "laboratoire non nommé";

/// Said beside results that were taken over.
pub(super) const TAKEN: &str =
    "Trouvés ailleurs, rattachés ici par une personne ; chacun dit son laboratoire d'origine.";

/// One result of another laboratory.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) label: String,
    pub(super) code: String,
    pub(super) value: String,
    pub(super) unit: String,
    pub(super) ucum: String,
    pub(super) sign: &'static str,
    pub(super) range: String,
    pub(super) at: String,
    pub(super) origin: String,
    /// Identifier of the received report; empty on its own page.
    pub(super) report: String,
}

/// What other laboratories found beside an order.
#[derive(Debug, Clone, Default)]
pub(super) struct Elsewhere {
    /// For the order itself.
    pub(super) subcontracted: Vec<Found>,
    /// For its patient, earlier.
    pub(super) earlier: Vec<Found>,
}

impl Elsewhere {
    /// The tables that have something in them, each with its title.
    pub(super) fn lists(&self) -> Vec<(&'static str, &[Found])> {
        [
            (
                "Sous-traitance de ce dossier",
                self.subcontracted.as_slice(),
            ),
            ("Antériorités du patient", self.earlier.as_slice()),
        ]
        .into_iter()
        .filter(|(_, list)| !list.is_empty())
        .collect()
    }
}

/// What other laboratories found for an order and its patient.
pub(super) async fn beside(site: &Site, order: OrderId) -> Result<Elsewhere, Problem> {
    let mut all = Elsewhere::default();
    for taken in incoming::beside(&site.laboratory, order).await? {
        let list = match taken.usage {
            Usage::Subcontract if taken.order == Some(order) => &mut all.subcontracted,
            Usage::Subcontract | Usage::History => &mut all.earlier,
        };
        list.push(Found::taken(&taken));
    }
    Ok(all)
}

impl Found {
    fn taken(taken: &TakenResult) -> Self {
        Self {
            report: taken.report.to_string(),
            at: show::date_time(taken.at),
            ..Self::of(&taken.result, &taken.origin)
        }
    }

    /// A result as the document itself says it.
    pub(super) fn incoming(one: &IncomingResult) -> Self {
        let at = one.at.map(|at| UtcMicros(at.timestamp().as_microsecond()));
        let mut found = Self::of(&one.result, &one.origin.name);
        if let Some(group) = &one.group {
            found.label = format!("{group} · {}", found.label);
        }
        found.at = at.map(show::date_time).unwrap_or_default();
        found
    }

    fn of(result: &TestResult, origin: &str) -> Self {
        let unit = result.value.unit();
        Self {
            label: result.label.clone(),
            code: match &result.code {
                TestCode::Loinc { code, .. } => code.to_string(),
                TestCode::Waiting { code, .. } => code.clone(),
                TestCode::Local { .. } => String::new(),
            },
            value: value::value(&result.value),
            unit: unit.map(value::unit).unwrap_or_default(),
            ucum: unit.map(|unit| unit.ucum.to_string()).unwrap_or_default(),
            sign: result.interpretation.map_or("", value::mark),
            range: result
                .reference
                .as_ref()
                .map(value::range)
                .unwrap_or_default(),
            at: String::new(),
            origin: if origin.is_empty() { UNNAMED } else { origin }.to_owned(),
            report: String::new(),
        }
    }
}
