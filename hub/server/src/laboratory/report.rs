//! From an order and its observations to the report model: what will be printed, coded and signed.

use std::collections::BTreeMap;

use lisiere_driver::catalogue::Test;
use lisiere_model::report::{
    Biologist, Chapter, Coded, Encounter, EncounterKind, Header, Identifier, Item, Method, Moment,
    Options, Part, Picture, Prescriber, Previous, Professional, Remark, Replacement, Report,
    ReportStatus, ReportedSpecimen, Subject, TestCode, TestResult, Unit, Validation, Value,
};
use lisiere_model::{AccessionNumber, Interpretation, Rpps, Specimen, UtcMicros};

use super::elsewhere;
use super::identity::{Arcs, Identity, oid, person_name};
use super::incoming::TakenResult;
use super::letterhead;
pub use super::tubes::specimen_name;
use super::tubes::{several_of_one_test, specimen_system};
use super::{Error, Laboratory, Result};
use crate::review::State;
use crate::store::observation::{Outcome, Recorded, Reviewed};
use crate::store::order::{OrderRow, TestRow};
use crate::store::patient::PatientRow;
use crate::store::report::ReportRow;

/// Earlier results printed beside a result.
pub(super) const PRINTED_HISTORY: usize = 3;

/// One line of the report.
pub(super) struct Line {
    pub(super) asked: TestRow,
    /// The result shown; none for a test that was taken back.
    pub(super) shown: Option<Recorded>,
    /// Earlier results, the latest first.
    pub(super) history: Vec<Recorded>,
    /// Earlier results of other laboratories, the latest first.
    pub(super) elsewhere: Vec<TakenResult>,
}

/// Everything a report is made of.
pub(super) struct Material<'a> {
    pub(super) laboratory: &'a Laboratory,
    pub(super) identity: &'a Identity,
    pub(super) logo: Option<&'a Picture>,
    pub(super) arcs: &'a Arcs,
    pub(super) patient: &'a PatientRow,
    pub(super) order: &'a OrderRow,
    pub(super) specimens: &'a [Specimen],
    pub(super) lines: &'a [Line],
    pub(super) before: Option<&'a ReportRow>,
    /// Tests without a result that the report can show.
    pub(super) incomplete: bool,
    /// Labels of results that differ from what the version before said.
    pub(super) corrected: &'a [String],
    pub(super) signer: &'a Signer,
    pub(super) now: UtcMicros,
}

/// Who signs.
#[derive(Debug, Clone)]
pub(super) struct Signer {
    pub(super) rpps: Rpps,
    pub(super) name: String,
}

impl Material<'_> {
    /// The report.
    pub(super) fn assemble(&self) -> Result<Report> {
        let registered = self.identity.oid.is_some();
        let received = self.specimens.iter().filter_map(|s| s.received_at).min();
        let received = received.unwrap_or(self.order.registered_at);
        let collected = self.specimens.iter().filter_map(|s| s.collected_at).min();
        let set_id = match self.before {
            Some(before) => oid(&before.set_id)?,
            None => self.arcs.document(registered)?,
        };
        let version = self
            .before
            .map_or(1, |before| before.version.saturating_add(1));
        Ok(Report {
            environment: self.laboratory.environment,
            id: self.arcs.document(registered)?,
            set_id,
            version,
            replaces: self
                .before
                .map(|before| self.replacement(before))
                .transpose()?,
            status: self.status(),
            confidentiality: lisiere_model::report::Confidentiality::Normal,
            created_at: self.moment(self.now)?,
            received_at: self.moment(received)?,
            patient: self.subject()?,
            laboratory: letterhead::reported(self.identity, self.logo)?,
            biologists: self.biologists()?,
            signature: Validation::new(self.signer.rpps.clone(), self.moment(self.now)?),
            prescriber: self.prescriber(),
            collector: None,
            copies_to: Vec::new(),
            record: Identifier::new(self.arcs.orders()?, &self.order.number),
            prescriptions: match &self.order.request_number {
                Some(number) => vec![Identifier::new(self.arcs.requests()?, number)],
                None => Vec::new(),
            },
            encounter: Encounter::new(
                EncounterKind::Ambulatory,
                self.moment(collected.unwrap_or(received))?,
            ),
            specimens: self.reported_specimens()?,
            remarks: self.remarks(),
            chapters: self.chapters()?,
            second_line: Vec::new(),
            recommendation: None,
            vaccinations: Vec::new(),
            header: Header::default(),
            options: Options::default(),
        })
    }

    fn moment(&self, at: UtcMicros) -> Result<Moment> {
        Moment::in_zone(at.0, &self.laboratory.zone)
            .ok_or_else(|| Error::Refused("une heure du dossier est hors du calendrier".into()))
    }

    fn status(&self) -> ReportStatus {
        if self.incomplete {
            ReportStatus::Partial
        } else if !self.corrected.is_empty() || self.before.is_some_and(|before| before.complete) {
            ReportStatus::Corrected
        } else {
            ReportStatus::Final
        }
    }

    fn replacement(&self, before: &ReportRow) -> Result<Replacement> {
        let reason = if self.corrected.is_empty() {
            "Compte rendu complété".to_owned()
        } else {
            format!("Correction : {}", self.corrected.join(", "))
        };
        Ok(Replacement {
            id: oid(&before.document_id)?,
            extension: None,
            created_at: Some(self.moment(before.signed_at)?),
            reason: Some(reason),
        })
    }

    /// The INS travels only on a qualified identity (ins.md §3): the model's own gate decides.
    fn subject(&self) -> Result<Subject> {
        let patient = &self.patient.patient;
        Ok(Subject {
            traits: patient.traits.clone(),
            birth_city: None,
            identity_status: patient.status,
            ins: patient.exchangeable_ins().cloned(),
            local_id: Identifier::new(self.arcs.patients()?, &patient.local_number),
            address: None,
            contacts: Vec::new(),
            other_ids: Vec::new(),
            guardians: Vec::new(),
        })
    }

    /// Everyone who answers for something in this report, the signer first, and the director.
    fn biologists(&self) -> Result<Vec<Biologist>> {
        let mut all = vec![
            self.identity
                .biologist(&self.signer.rpps, &self.signer.name)?,
        ];
        let reviewers = self
            .lines
            .iter()
            .filter_map(|line| line.shown.as_ref())
            .filter(|shown| shown.state != State::TechnicallyReviewed)
            .filter_map(reviewer);
        for (rpps, name) in reviewers {
            if !all.iter().any(|known| known.rpps == rpps) {
                all.push(self.identity.biologist(&rpps, name)?);
            }
        }
        if let Some(director) = &self.identity.director
            && !all.iter().any(|known| known.rpps == *director)
        {
            all.push(self.identity.biologist(director, "")?);
        }
        Ok(all)
    }

    fn prescriber(&self) -> Option<Prescriber> {
        let name = self.order.body.prescriber_name.as_deref()?;
        Some(Prescriber {
            person: Professional {
                national_id: self
                    .order
                    .body
                    .prescriber_rpps
                    .as_ref()
                    .map(|rpps| rpps.national_id().as_str().to_owned()),
                name: person_name(name),
                ..Professional::default()
            },
            prescribed_on: self.order.body.prescribed_on,
            prescribed_at: None,
        })
    }

    fn reported_specimens(&self) -> Result<Vec<ReportedSpecimen>> {
        let root = self.arcs.specimens()?;
        self.specimens
            .iter()
            .filter(|specimen| {
                self.lines
                    .iter()
                    .any(|line| line.asked.specimen == specimen.id)
            })
            .map(|specimen| {
                let kind = Coded {
                    code: specimen.kind.clone(),
                    display: specimen_name(&specimen.kind).to_owned(),
                    system: oid(specimen_system(&specimen.kind))?,
                };
                let mut reported =
                    ReportedSpecimen::new(specimen.accession.clone(), root.clone(), kind);
                reported.collected_at = specimen
                    .collected_at
                    .map(|at| self.moment(at))
                    .transpose()?;
                reported.received_at =
                    specimen.received_at.map(|at| self.moment(at)).transpose()?;
                Ok(reported)
            })
            .collect()
    }

    fn remarks(&self) -> Vec<Remark> {
        let clinical = self.order.body.clinical.as_deref().map(|text| Remark {
            title: "Renseignements cliniques".to_owned(),
            text: text.to_owned(),
        });
        clinical.into_iter().collect()
    }

    /// Chapters in the order of the catalogue, tests in the order in which they were asked.
    fn chapters(&self) -> Result<Vec<Chapter>> {
        let mut by_chapter: BTreeMap<usize, (&Test, Vec<&Line>)> = BTreeMap::new();
        let catalogue = self.laboratory.catalogue.tests();
        for line in self.lines {
            let test = self.test(line)?;
            let place = catalogue
                .iter()
                .position(|known| known.chapter == test.chapter);
            by_chapter
                .entry(place.unwrap_or(usize::MAX))
                .or_insert((test, Vec::new()))
                .1
                .push(line);
        }
        by_chapter
            .into_values()
            .map(|(test, lines)| {
                Ok(Chapter {
                    code: test.chapter.clone(),
                    display: test.chapter_label.clone(),
                    title: test.chapter_label.clone(),
                    parts: self.parts(&lines)?,
                })
            })
            .collect()
    }

    /// One part; one for each tube when a test was made on several, or a reader could not tell which value is of when.
    fn parts(&self, lines: &[&Line]) -> Result<Vec<Part>> {
        if !several_of_one_test(lines.iter().map(|line| &line.asked)) {
            return Ok(vec![self.part(lines, None)?]);
        }
        let mut tubes: Vec<&Specimen> = self
            .specimens
            .iter()
            .filter(|tube| lines.iter().any(|line| line.asked.specimen == tube.id))
            .collect();
        tubes.sort_by_key(|tube| (tube.collected_at, tube.accession.as_str()));
        tubes
            .into_iter()
            .map(|tube| {
                let of_tube: Vec<&Line> = lines
                    .iter()
                    .copied()
                    .filter(|line| line.asked.specimen == tube.id)
                    .collect();
                let taken = tube.collected_at.map_or_else(String::new, |at| {
                    format!(", prélevé le {}", self.laboratory.shown(at))
                });
                self.part(&of_tube, Some(format!("Tube {}{taken}", tube.accession)))
            })
            .collect()
    }

    fn part(&self, lines: &[&Line], title: Option<String>) -> Result<Part> {
        let mut specimens: Vec<AccessionNumber> = Vec::new();
        for line in lines {
            let found = self
                .specimens
                .iter()
                .find(|specimen| specimen.id == line.asked.specimen);
            if let Some(specimen) = found.filter(|s| !specimens.contains(&s.accession)) {
                specimens.push(specimen.accession.clone());
            }
        }
        let items = lines
            .iter()
            .map(|line| Ok(Item::Result(Box::new(self.result(line)?))))
            .collect::<Result<_>>()?;
        Ok(Part {
            title,
            validated: Some(Validation::new(
                self.signer.rpps.clone(),
                self.moment(self.now)?,
            )),
            specimens,
            items,
            ..Part::default()
        })
    }

    fn test(&self, line: &Line) -> Result<&Test> {
        self.laboratory
            .catalogue
            .get(&line.asked.code)
            .ok_or_else(|| {
                Error::Refused(format!(
                    "l'analyse {} n'est plus au catalogue",
                    line.asked.code
                ))
            })
    }

    fn result(&self, line: &Line) -> Result<TestResult> {
        let test = self.test(line)?;
        let code = match &test.loinc {
            Some(loinc) => TestCode::Loinc {
                code: loinc.clone(),
                display: test.label.clone(),
            },
            None => TestCode::Local {
                code: test.code.clone(),
                display: test.label.clone(),
                system: self.arcs.tests()?,
            },
        };
        let absent = Value::NotDone {
            reason: String::new(),
        };
        let mut result = TestResult::new(code, test.label.clone(), absent);
        let Some(shown) = &line.shown else {
            let reason = line
                .asked
                .cancelled
                .clone()
                .unwrap_or_else(|| "non réalisé".to_owned());
            result.value = Value::NotDone { reason };
            return Ok(result);
        };
        result.validated = self.validated(shown)?;
        result.comments.extend(shown.body.comment.clone());
        if let State::Cancelled { .. } = shown.state {
            let reason = shown.body.reason.clone().unwrap_or_default();
            result.value = Value::NotDone {
                reason: format!("résultat annulé : {reason}"),
            };
            return Ok(result);
        }
        let outcome = shown.body.outcome.as_ref().ok_or_else(|| {
            Error::Refused(format!("le résultat {} n'a pas de valeur", line.asked.code))
        })?;
        result.value = value(test, outcome, shown.body.read.qualitative);
        result.interpretation = shown.interpretation;
        result.measured_at = Some(self.moment(shown.observed_at)?);
        if let Some(reference) = &shown.body.reference {
            result.reference = Some(reference.range);
            if !reference.applies_to.is_empty() {
                result.reference_texts.push(reference.applies_to.clone());
            }
        }
        result.method = self.method(&shown.driver);
        result.previous = self.history(test, shown, line)?;
        Ok(result)
    }

    /// Said beside a result only when it was not the signer who reviewed it, at this signature.
    fn validated(&self, shown: &Recorded) -> Result<Option<Validation>> {
        match (&shown.body.biological, reviewer(shown)) {
            // A review that was undone names nobody.
            _ if shown.state == State::TechnicallyReviewed => Ok(None),
            (Some(reviewed), Some((rpps, _))) if rpps != self.signer.rpps => {
                Ok(Some(Validation::new(rpps, self.moment(reviewed.at)?)))
            }
            _ => Ok(None),
        }
    }

    fn method(&self, driver: &str) -> Option<Method> {
        let profile = self.laboratory.library.get(driver)?.profile();
        Some(Method {
            text: format!("{} {}", profile.maker, profile.model),
            code: None,
        })
    }

    fn history(&self, test: &Test, shown: &Recorded, line: &Line) -> Result<Vec<Previous>> {
        let unit = shown
            .body
            .outcome
            .as_ref()
            .and_then(|outcome| outcome.unit.as_ref());
        let mut printed = line
            .history
            .iter()
            .filter_map(|other| Some((other, other.body.outcome.as_ref()?)))
            .filter(|(_, outcome)| outcome.unit.as_ref() == unit)
            .take(PRINTED_HISTORY)
            .map(|(other, outcome)| {
                let found = value(test, outcome, other.body.read.qualitative);
                let mut earlier = Previous::new(self.moment(other.observed_at)?, found);
                earlier.caution =
                    (other.driver != shown.driver).then(|| "autre technique".to_owned());
                Ok(earlier)
            })
            .collect::<Result<Vec<Previous>>>()?;
        printed.extend(elsewhere::printed(
            self.laboratory,
            test,
            unit,
            &line.elsewhere,
        ));
        printed.sort_by_key(|one| std::cmp::Reverse(one.at.timestamp()));
        printed.truncate(PRINTED_HISTORY);
        Ok(printed)
    }
}

/// Who answered for a result biologically, if someone did.
fn reviewer(row: &Recorded) -> Option<(Rpps, &str)> {
    let Reviewed { name, rpps, .. } = row.body.biological.as_ref()?;
    Some((rpps.as_ref()?.parse().ok()?, name))
}

/// A value as the report codes it.
fn value(test: &Test, outcome: &Outcome, qualitative: Option<Interpretation>) -> Value {
    match (outcome.value.number, &outcome.unit) {
        (Some(number), Some(unit)) => Value::Quantity {
            comparator: outcome.value.comparator,
            number,
            unit: Unit {
                ucum: unit.clone(),
                printed: test.unit.clone(),
            },
        },
        _ => Value::Text {
            text: match qualitative {
                Some(Interpretation::Positive) => "Positif".to_owned(),
                Some(Interpretation::Negative) => "Négatif".to_owned(),
                Some(Interpretation::Indeterminate) => "Indéterminé".to_owned(),
                _ => outcome.value.text.trim().to_owned(),
            },
        },
    }
}
