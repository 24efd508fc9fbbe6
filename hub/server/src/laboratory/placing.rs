//! Finding where a reading belongs: its specimen, its test, its unit, its order. Nothing here is a guess.

use lisiere_driver::catalogue::Test;
use lisiere_model::{AccessionNumber, LocalCode, Specimen, UcumUnit};

use super::reading::{DoubtClass, class};
use super::{Error, Laboratory, Result, units};
use crate::store::observation::{Outcome, Read, Recorded};
use crate::store::order::{self, OrderRow};
use crate::store::queue::Cause;
use crate::store::{Connection, Error as StoreError, laboratory as decisions};

/// Where a reading belongs.
pub(super) enum Placement {
    /// Beyond doubt.
    Matched(Box<Match>),
    /// For a person.
    Waits(Waiting),
}

/// A reading's place.
pub(super) struct Match {
    pub(super) specimen: Specimen,
    pub(super) order: OrderRow,
    pub(super) test: Test,
    pub(super) outcome: Outcome,
}

/// Why a reading waits.
#[derive(Debug, Clone)]
pub(super) struct Waiting {
    pub(super) cause: Cause,
    pub(super) subject: String,
    pub(super) sentence: String,
}

impl Waiting {
    fn because(cause: Cause, subject: impl Into<String>, sentence: impl Into<String>) -> Placement {
        Placement::Waits(Self {
            cause,
            subject: subject.into(),
            sentence: sentence.into(),
        })
    }
}

/// Finds the place of a reading. A specimen that a person chose (`row.specimen`) is not looked for again.
pub(super) async fn place(
    laboratory: &Laboratory,
    connection: &mut Connection,
    row: &Recorded,
) -> Result<Placement> {
    let read = &row.body.read;
    if let Some((_, sentence)) = read
        .doubts
        .iter()
        .find(|(word, _)| class(word) == DoubtClass::Person)
        && !row.body.doubts_cleared
    {
        return Ok(Waiting::because(Cause::DriverDoubt, &read.code, sentence));
    }
    let specimen = match find_specimen(connection, row).await? {
        Ok(specimen) => specimen,
        Err(waiting) => return Ok(Placement::Waits(waiting)),
    };
    let mapped = mapped_unit(connection, &row.driver, read).await?;
    let Some(test) = find_test(laboratory, connection, &row.driver, read, mapped.as_ref()).await?
    else {
        return Ok(Placement::Waits(without_test(row)));
    };
    let outcome = match units::settle(test, read, mapped) {
        Ok(outcome) => outcome,
        Err(problem) => {
            return Ok(Waiting::because(
                Cause::UnknownUnit,
                problem.subject,
                problem.sentence,
            ));
        }
    };
    let order = order::get(connection, specimen.order)
        .await?
        .ok_or_else(|| StoreError::stored("specimen", "order_id", "no such order"))?;
    let asked = order::tests(connection, order.id)
        .await?
        .into_iter()
        .any(|asked| {
            asked.specimen == specimen.id && asked.code == test.code && asked.cancelled.is_none()
        });
    if !asked {
        return Ok(Waiting::because(
            Cause::UnorderedTest,
            format!("{} : {}", specimen.accession, test.code),
            format!(
                "{} n'est pas demandé sur le tube {} (dossier {})",
                test.label, specimen.accession, order.number
            ),
        ));
    }
    Ok(Placement::Matched(Box::new(Match {
        specimen,
        order,
        test: test.clone(),
        outcome,
    })))
}

/// No test: because of the unit when the driver says so, else because nobody knows the code.
fn without_test(row: &Recorded) -> Waiting {
    let read = &row.body.read;
    let of_unit = read
        .doubts
        .iter()
        .find(|(word, _)| class(word) == DoubtClass::Unit);
    if let Some((_, sentence)) = of_unit {
        let subject = read.unit_text.clone().unwrap_or_default();
        return Waiting {
            cause: Cause::UnknownUnit,
            subject,
            sentence: sentence.clone(),
        };
    }
    let name = read
        .name
        .as_deref()
        .map(|name| format!(" ({name})"))
        .unwrap_or_default();
    Waiting {
        cause: Cause::UnknownTest,
        subject: format!("{} : {}", row.driver, read.code),
        sentence: format!(
            "Code « {} »{name} de {} : aucune analyse du catalogue ne lui correspond",
            read.code, row.driver
        ),
    }
}

async fn find_specimen(
    connection: &mut Connection,
    row: &Recorded,
) -> Result<Result<Specimen, Waiting>> {
    let read = &row.body.read;
    if let (Some(chosen), Some(order)) = (row.specimen, row.body.chosen_order) {
        let found = order::specimens(connection, order)
            .await?
            .into_iter()
            .find(|s| s.id == chosen);
        if let Some(specimen) = found {
            return Ok(Ok(specimen));
        }
    }
    let waits = |cause, subject: &str, sentence: String| {
        Ok(Err(Waiting {
            cause,
            subject: subject.to_owned(),
            sentence,
        }))
    };
    let doubt = read
        .doubts
        .iter()
        .find(|(word, _)| class(word) == DoubtClass::Specimen);
    if let Some((_, sentence)) = doubt {
        return waits(Cause::NoSpecimenNumber, &read.code, sentence.clone());
    }
    let Some(text) = read.specimen.as_deref() else {
        return waits(
            Cause::NoSpecimenNumber,
            &read.code,
            format!("{} de {} sans numéro de tube", read.code, row.driver),
        );
    };
    let accession = match text.parse::<AccessionNumber>() {
        Ok(accession) => accession,
        Err(e) => {
            return waits(
                Cause::NoSpecimenNumber,
                text,
                format!("Numéro de tube inutilisable : {e}"),
            );
        }
    };
    let mut found = order::specimens_by_accession(connection, &accession).await?;
    match (found.pop(), found.len()) {
        (Some(only), 0) => Ok(Ok(only)),
        (None, _) => waits(
            Cause::UnknownSpecimen,
            text,
            format!("Tube {text} : aucun dossier ne porte ce numéro"),
        ),
        (Some(_), more) => waits(
            Cause::AmbiguousSpecimen,
            text,
            format!(
                "Tube {text} : {} tubes portent ce numéro, choisir le bon",
                more.saturating_add(1)
            ),
        ),
    }
}

async fn find_test<'a>(
    laboratory: &'a Laboratory,
    connection: &mut Connection,
    driver: &str,
    read: &Read,
    mapped: Option<&UcumUnit>,
) -> Result<Option<&'a Test>> {
    if let Some(code) = decisions::mapped_code(connection, driver, &read.code).await? {
        return Ok(laboratory.catalogue.get_text(&code));
    }
    if let Some(unit) = mapped {
        // The profile chooses among the tests of a code by the unit; a person has now said what the unit is.
        let rules = laboratory
            .library
            .get(driver)
            .map(|driver| &driver.profile().code);
        let rule = rules.and_then(|rules| rules.iter().find(|rule| rule.code == read.code));
        let tests = rule.map(|rule| rule.tests.as_slice()).unwrap_or_default();
        let mut fitting = tests
            .iter()
            .filter_map(|code| laboratory.catalogue.get(code))
            .filter(|test| test.accepts(unit));
        if let (Some(only), None) = (fitting.next(), fitting.next()) {
            return Ok(Some(only));
        }
    }
    Ok(read
        .test
        .as_ref()
        .and_then(|code| laboratory.catalogue.get(code)))
}

async fn mapped_unit(
    connection: &mut Connection,
    driver: &str,
    read: &Read,
) -> Result<Option<UcumUnit>> {
    let text = read
        .unit_text
        .as_deref()
        .map(str::trim)
        .filter(|text| !text.is_empty());
    let Some(text) = text else { return Ok(None) };
    let mapped = decisions::mapped_unit(connection, driver, text).await?;
    Ok(mapped.and_then(|unit| unit.parse().ok()))
}

/// The tube and the test of a reading that waits only because nobody asked for it.
pub(super) async fn unordered(
    laboratory: &Laboratory,
    connection: &mut Connection,
    row: &Recorded,
) -> Result<(Specimen, LocalCode)> {
    let refused = |sentence: String| Error::Refused(sentence);
    let specimen = find_specimen(connection, row)
        .await?
        .map_err(|waiting| refused(waiting.sentence))?;
    let mapped = mapped_unit(connection, &row.driver, &row.body.read).await?;
    let test = find_test(
        laboratory,
        connection,
        &row.driver,
        &row.body.read,
        mapped.as_ref(),
    )
    .await?
    .ok_or_else(|| refused("ce code n'a pas d'analyse au catalogue".into()))?;
    Ok((specimen, test.code.clone()))
}
