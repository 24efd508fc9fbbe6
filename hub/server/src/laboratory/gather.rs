//! Gathering what a report is made of, and comparing it with what was on the signer's screen.

use std::collections::HashSet;

use lisiere_model::report::{Picture, Report};
use lisiere_model::{ObservationId, OrderId, UtcMicros};
use sha2::{Digest, Sha256};

use super::elsewhere;
use super::identity::{self, Arcs, Identity, oid};
use super::letterhead;
use super::report::{Line, Material, PRINTED_HISTORY, Signer};
use super::signing::Covers;
use super::{Error, Laboratory, Result};
use crate::review::act::label;
use crate::review::{Shown, State};
use crate::store::Connection;
use crate::store::observation::{self, Recorded};
use crate::store::order::{self, OrderRow};
use crate::store::patient::{self, PatientRow};
use crate::store::report::{self, ReportRow};

/// Everything gathered for a report, before it is assembled.
pub(super) struct Gathered {
    pub(super) order: OrderRow,
    pub(super) patient: PatientRow,
    pub(super) specimens: Vec<lisiere_model::Specimen>,
    pub(super) lines: Vec<Line>,
    pub(super) before: Option<ReportRow>,
    /// Results that a newer one replaces in this version.
    pub(super) amended: Vec<Recorded>,
    pub(super) corrected: Vec<String>,
    pub(super) incomplete: bool,
    pub(super) identity: Identity,
    pub(super) logo: Option<Picture>,
    pub(super) arcs: Arcs,
}

pub(super) async fn gather(
    laboratory: &Laboratory,
    id: OrderId,
    now: UtcMicros,
) -> Result<Gathered> {
    let identity = identity::get(&laboratory.store).await?.ok_or_else(|| {
        Error::Refused(
            "l'identité du laboratoire n'est pas renseignée : la saisir dans Réglages, ou lisiere-hub laboratory set".into(),
        )
    })?;
    let arcs = Arcs::of(&laboratory.store, &identity, now).await?;
    let logo = letterhead::logo(&laboratory.store).await?;
    let mut reader = laboratory.store.read().await?;
    let order = order::get(&mut reader, id)
        .await?
        .ok_or(Error::NotFound("dossier"))?;
    let patient = patient::get(&mut reader, order.patient)
        .await?
        .ok_or(Error::NotFound("patient"))?;
    let specimens = order::specimens(&mut reader, id).await?;
    let before = report::of_order(&mut reader, id).await?.into_iter().next();
    let tests = order::tests(&mut reader, id).await?;
    let all = observation::of_order(&mut reader, id).await?;
    let mut gathered = Gathered {
        order,
        patient,
        specimens,
        lines: Vec::new(),
        before,
        amended: Vec::new(),
        corrected: Vec::new(),
        incomplete: false,
        identity,
        logo,
        arcs,
    };
    for asked in tests {
        let of_test: Vec<&Recorded> = all
            .iter()
            .filter(|o| o.specimen == Some(asked.specimen) && o.code.as_ref() == Some(&asked.code))
            .collect();
        let Some(shown) = chosen(&of_test) else {
            if asked.cancelled.is_some() {
                gathered.lines.push(Line {
                    asked,
                    shown: None,
                    history: Vec::new(),
                    elsewhere: Vec::new(),
                });
            } else {
                gathered.incomplete = true;
            }
            continue;
        };
        gathered.compare(&of_test, &shown, &asked.code.to_string(), laboratory);
        let history = history(&mut reader, &shown).await?;
        let elsewhere =
            elsewhere::earlier(laboratory, &mut reader, &shown, PRINTED_HISTORY).await?;
        gathered.lines.push(Line {
            asked,
            shown: Some(shown),
            history,
            elsewhere,
        });
    }
    Ok(gathered)
}

/// The result of a test that the report shows: the current one when it may be signed, else the one that was reported, or
/// withdrawn since, and that nothing signed has replaced yet. A withdrawal is told even while another value is looked at.
fn chosen(of_test: &[&Recorded]) -> Option<Recorded> {
    let signable = |state| {
        matches!(
            state,
            State::TechnicallyReviewed
                | State::BiologicallyReviewed
                | State::Reported { .. }
                | State::Cancelled { .. }
        )
    };
    let current = of_test
        .iter()
        .find(|row| row.current && signable(row.state));
    let standing = of_test
        .iter()
        .find(|row| matches!(row.state, State::Reported { .. } | State::Cancelled { .. }));
    current.or(standing).map(|row| (*row).clone())
}

async fn history(connection: &mut Connection, shown: &Recorded) -> Result<Vec<Recorded>> {
    let (Some(patient), Some(code)) = (shown.patient, shown.code.as_ref()) else {
        return Ok(Vec::new());
    };
    let limit = i64::try_from(PRINTED_HISTORY)
        .unwrap_or(i64::MAX)
        .saturating_add(2);
    let earlier = observation::earlier(connection, patient, code, shown.observed_at, limit).await?;
    Ok(earlier
        .into_iter()
        .filter(|other| other.specimen != shown.specimen)
        .collect())
}

impl Gathered {
    /// Notes which reported results the shown one replaces, and whether a version sent before said otherwise.
    fn compare(
        &mut self,
        of_test: &[&Recorded],
        shown: &Recorded,
        code: &str,
        laboratory: &Laboratory,
    ) {
        let name = laboratory
            .catalogue
            .get_text(code)
            .map_or(code, |test| test.label.as_str());
        let replaced = of_test.iter().filter(|row| {
            row.id != shown.id
                && matches!(row.state, State::Reported { .. } | State::Cancelled { .. })
        });
        let mut differs = shown.state == (State::Cancelled { told: None });
        for row in replaced {
            differs = true;
            self.amended.push((*row).clone());
        }
        if differs {
            self.corrected.push(name.to_owned());
        }
    }

    pub(super) fn shown(&self) -> impl Iterator<Item = &Recorded> {
        self.lines.iter().filter_map(|line| line.shown.as_ref())
    }

    pub(super) fn says_something_new(&self) -> bool {
        let fresh = self.shown().any(|row| {
            matches!(
                row.state,
                State::TechnicallyReviewed
                    | State::BiologicallyReviewed
                    | State::Cancelled { told: None }
            )
        });
        // A test taken back since may be what makes the report complete.
        let completed =
            self.before.as_ref().is_some_and(|before| !before.complete) && !self.incomplete;
        fresh || completed
    }

    pub(super) fn covers(&self, report: &Report) -> Result<Covers> {
        Ok(Covers {
            patient_version: self.fingerprint(report)?,
            observations: self
                .shown()
                .map(|row| Shown {
                    observation: row.id,
                    version: row.version,
                })
                .collect(),
        })
    }

    /// A number that stands for the whole page and the version of the identity on it: tests taken back or added, the
    /// request, earlier values, the laboratory, who signs. What each signature makes anew does not count.
    fn fingerprint(&self, report: &Report) -> Result<i64> {
        let mut page = report.clone();
        page.id = oid("2.25.0")?;
        page.set_id = page.id.clone();
        page.created_at = page.received_at;
        page.signature.at = page.received_at;
        for part in page.chapters.iter_mut().flat_map(|one| &mut one.parts) {
            if let Some(validated) = &mut part.validated {
                validated.at = page.received_at;
            }
        }
        let text =
            serde_json::to_vec(&page).map_err(|e| Error::Refused(format!("compte rendu : {e}")))?;
        let digest = Sha256::new()
            .chain_update(self.patient.version.to_be_bytes())
            .chain_update(text)
            .finalize();
        let short = digest
            .iter()
            .take(8)
            .fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
        Ok(i64::try_from(short >> 1).unwrap_or_default())
    }

    /// What is signed is only what was on the screen, and all of it.
    pub(super) fn must_equal(&self, covers: &Covers, report: &Report) -> Result<()> {
        let on_screen: HashSet<Shown> = covers.observations.iter().copied().collect();
        let known: HashSet<ObservationId> =
            on_screen.iter().map(|shown| shown.observation).collect();
        for row in self.shown() {
            if !on_screen.contains(&Shown {
                observation: row.id,
                version: row.version,
            }) {
                let why = if known.contains(&row.id) {
                    "a changé depuis l'affichage"
                } else {
                    "n'était pas à l'écran"
                };
                return Err(Error::Stale(format!(
                    "le résultat {} {why} : rien n'a été signé, relire la page",
                    label(row)
                )));
            }
        }
        if on_screen.len() != self.shown().count() {
            return Err(Error::Stale(
                "un résultat affiché ne fait plus partie du compte rendu : rien n'a été signé, relire la page".into(),
            ));
        }
        if covers.patient_version != self.fingerprint(report)? {
            return Err(Error::Stale(
                "l'identité du patient, une analyse annulée ou ajoutée, une antériorité ou la fiche du laboratoire a changé \
                 depuis l'affichage : rien n'a été signé, relire la page"
                    .into(),
            ));
        }
        Ok(())
    }

    pub(super) fn assemble(
        &self,
        laboratory: &Laboratory,
        signer: &Signer,
        now: UtcMicros,
    ) -> Result<Report> {
        Material {
            laboratory,
            identity: &self.identity,
            logo: self.logo.as_ref(),
            arcs: &self.arcs,
            patient: &self.patient,
            order: &self.order,
            specimens: &self.specimens,
            lines: &self.lines,
            before: self.before.as_ref(),
            incomplete: self.incomplete,
            corrected: &self.corrected,
            signer,
            now,
        }
        .assemble()
    }
}
