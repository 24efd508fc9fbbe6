//! Patients: registration, the trust in their identity (RNIV), and the warning when two look alike.

use lisiere_model::{
    IdentityAttribute, IdentityStatus, Ins, InsAuthority, Patient, PatientId, Traits, UtcMicros,
};
use serde_json::json;

use super::{Error, FieldProblem, Laboratory, Result, Trace, commit, names};
use crate::clock;
use crate::review::{Actor, Person};
use crate::store::patient::{self, PatientRow};
use crate::store::{Connection, Tx, laboratory};

/// The INSEE code of a place of birth that nobody knows (RNIV EXI SI 18).
const UNKNOWN_PLACE: &str = "99999";

/// An identity as it is typed.
#[derive(Debug, Clone)]
pub struct NewPatient {
    /// The laboratory's own number, if it exists already; otherwise one is given.
    pub local_number: Option<String>,
    /// Civil traits.
    pub traits: Traits,
    /// Trust in them.
    pub status: IdentityStatus,
    /// Restrictions.
    pub attributes: Vec<IdentityAttribute>,
    /// National identifier: 15 characters and the authority.
    pub ins: Option<(String, InsAuthority)>,
}

/// Another patient who may be taken for this one.
#[derive(Debug, Clone)]
pub struct Lookalike {
    /// The other patient.
    pub patient: Patient,
    /// « mêmes nom, prénom, sexe et date de naissance » or « noms proches ».
    pub why: &'static str,
}

/// Registers a patient. Names are brought to the stored form of RNIV; the attribute *homonym* is set when another patient
/// has the same traits.
pub async fn register(
    laboratory: &Laboratory,
    new: NewPatient,
    who: &Person,
    now: UtcMicros,
) -> Result<PatientRow> {
    let mut tx = laboratory.store.begin().await?;
    let (row, trace) = insert(laboratory, &mut tx, new, who, now).await?;
    commit(tx, vec![trace], &Actor::from(who), now).await?;
    Ok(row)
}

/// Registers a patient inside the transaction of an order.
pub(super) async fn insert(
    laboratory: &Laboratory,
    tx: &mut Tx,
    new: NewPatient,
    who: &Person,
    now: UtcMicros,
) -> Result<(PatientRow, Trace)> {
    let local_number = match new.local_number.as_deref().map(str::trim) {
        Some(number) if !number.is_empty() => {
            if patient::by_local_number(tx, number).await?.is_some() {
                return Err(Error::field(
                    "ipp",
                    "ce numéro est déjà celui d'un autre patient",
                ));
            }
            number.to_owned()
        }
        _ => format!("P{:07}", laboratory_number(tx).await?),
    };
    let mut fresh = Patient {
        id: PatientId::from_uuid(clock::fresh_uuid()),
        local_number,
        traits: in_stored_form(new.traits),
        status: new.status,
        attributes: new.attributes,
        ins: read_ins(laboratory, new.ins)?,
    };
    check(&fresh)?;
    refuse_known_ins(tx, &fresh).await?;
    mark_homonym(tx, &mut fresh).await?;
    let keys = names::keys(&fresh);
    patient::insert(tx, &fresh, &keys, &who.name, now.0).await?;
    let detail = json!({ "status": fresh.status, "attributes": fresh.attributes, "ins": fresh.ins.is_some() });
    let trace = Trace::new("patient.registered", "patient", fresh.id, detail);
    Ok((
        PatientRow {
            patient: fresh,
            version: 1,
            created_at: now,
            changed_at: now,
        },
        trace,
    ))
}

/// Changes an identity: the whole of it, as the form shows it. `version` is the one that was shown.
///
/// Setting *doubtful* on a higher status brings it down to provisional and takes the INS away (RNIV EXI SI 09).
pub async fn change(
    laboratory: &Laboratory,
    id: PatientId,
    version: i64,
    new: NewPatient,
    who: &Person,
    now: UtcMicros,
) -> Result<PatientRow> {
    let mut tx = laboratory.store.begin().await?;
    let before = patient::get(&mut tx, id)
        .await?
        .ok_or(Error::NotFound("patient"))?;
    let doubtful = new.attributes.contains(&IdentityAttribute::Doubtful);
    let mut after = Patient {
        id,
        local_number: before.patient.local_number.clone(),
        traits: in_stored_form(new.traits),
        status: if doubtful {
            IdentityStatus::Provisional
        } else {
            new.status
        },
        attributes: new.attributes,
        ins: if doubtful {
            None
        } else {
            read_ins(laboratory, new.ins)?
        },
    };
    check(&after)?;
    refuse_known_ins(&mut tx, &after).await?;
    mark_homonym(&mut tx, &mut after).await?;
    let keys = names::keys(&after);
    if !patient::update(&mut tx, &after, &keys, version, &who.name, now.0).await? {
        return Err(Error::Stale(
            "l'identité a été modifiée par quelqu'un d'autre : rien n'a été enregistré, relire la page".into(),
        ));
    }
    let detail = json!({
        "status": [before.patient.status, after.status],
        "attributes": [before.patient.attributes, after.attributes],
        "ins": [before.patient.ins.is_some(), after.ins.is_some()],
        "traits_changed": before.patient.traits != after.traits,
    });
    let trace = Trace::new("patient.changed", "patient", id, detail);
    commit(tx, vec![trace], &Actor::from(who), now).await?;
    Ok(PatientRow {
        patient: after,
        version: version.saturating_add(1),
        created_at: before.created_at,
        changed_at: now,
    })
}

/// The patient with this id.
pub async fn get(laboratory: &Laboratory, id: PatientId) -> Result<PatientRow> {
    let mut reader = laboratory.store.read().await?;
    patient::get(&mut reader, id)
        .await?
        .ok_or(Error::NotFound("patient"))
}

/// Patients whose names or local number hold every typed word.
pub async fn search(laboratory: &Laboratory, text: &str, limit: i64) -> Result<Vec<PatientRow>> {
    let mut reader = laboratory.store.read().await?;
    Ok(patient::search(&mut reader, &pattern(text), limit).await?)
}

/// Other patients who may be taken for this one: the page shows a warning mark.
pub async fn lookalikes(laboratory: &Laboratory, id: PatientId) -> Result<Vec<Lookalike>> {
    let mut reader = laboratory.store.read().await?;
    let this = patient::get(&mut reader, id)
        .await?
        .ok_or(Error::NotFound("patient"))?
        .patient;
    let keys = names::keys(&this);
    let mut found = Vec::new();
    for row in patient::near(&mut reader, &keys.near, id).await? {
        let same = names::exact(&row.patient.traits) == keys.exact
            && row.patient.traits.birth_date == this.traits.birth_date
            && row.patient.traits.sex == this.traits.sex;
        let why = if same {
            "mêmes nom, prénom, sexe et date de naissance"
        } else {
            "noms proches"
        };
        found.push(Lookalike {
            patient: row.patient,
            why,
        });
    }
    Ok(found)
}

/// The patient that typed traits name beyond doubt: by local number, by INS, or by the same strict traits when exactly
/// one patient has them and is not marked as a homonym.
pub(super) async fn known(
    laboratory: &Laboratory,
    connection: &mut Connection,
    new: &NewPatient,
) -> Result<Option<PatientRow>> {
    let traits = in_stored_form(new.traits.clone());
    let wanted = names::exact(&traits);
    let ins = read_ins(laboratory, new.ins.clone())?;
    // The place of birth is the fifth strict trait (RNIV 3.2): two that are known and differ are two people. So are two INS.
    let contradicts = |row: &PatientRow| {
        let place = |text: &Option<String>| text.clone().filter(|place| place != UNKNOWN_PLACE);
        let differ = |one: Option<String>, other: Option<String>| {
            one.zip(other).is_some_and(|(one, other)| one != other)
        };
        let number = |ins: &Option<Ins>| ins.as_ref().map(|ins| ins.number().to_owned());
        differ(
            place(&row.patient.traits.birth_place),
            place(&traits.birth_place),
        ) || differ(number(&row.patient.ins), number(&ins))
    };
    let same = |row: &PatientRow| {
        names::exact(&row.patient.traits) == wanted
            && row.patient.traits.birth_date == traits.birth_date
            && row.patient.traits.sex == traits.sex
            && !contradicts(row)
    };
    if let Some(number) = new
        .local_number
        .as_deref()
        .map(str::trim)
        .filter(|n| !n.is_empty())
    {
        return match patient::by_local_number(connection, number).await? {
            Some(row) if same(&row) => Ok(Some(row)),
            Some(_) => Err(Error::field(
                "ipp",
                "ce numéro est celui d'un patient dont les traits diffèrent : vérifier l'identité",
            )),
            None => Ok(None),
        };
    }
    if let Some(ins) = &ins {
        return match patient::by_ins(connection, ins.number()).await? {
            Some(row) if same(&row) => Ok(Some(row)),
            Some(_) => Err(Error::field(
                "ins",
                "ce matricule est celui d'un patient dont les traits diffèrent : vérifier l'identité",
            )),
            None => Ok(None),
        };
    }
    let probe = Patient {
        id: PatientId::from_uuid(uuid::Uuid::nil()),
        local_number: String::new(),
        traits: traits.clone(),
        status: IdentityStatus::Provisional,
        attributes: Vec::new(),
        ins: None,
    };
    let found = patient::same_traits(
        connection,
        &names::keys(&probe),
        &traits.birth_date.to_string(),
        traits.sex.letter(),
    )
    .await?;
    let homonym = found
        .iter()
        .any(|row| row.patient.attributes.contains(&IdentityAttribute::Homonym));
    match found.as_slice() {
        [] => Ok(None),
        [only] if contradicts(only) => Err(Error::field(
            "ipp",
            "un patient porte ces traits mais un autre lieu de naissance : vérifier l'identité, et indiquer l'IPP",
        )),
        [only] if !homonym => Ok(Some(only.clone())),
        _ => Err(Error::field(
            "ipp",
            "plusieurs patients portent ces traits : indiquer l'IPP",
        )),
    }
}

/// A LIKE pattern that finds every typed word in order; signs that LIKE reads are taken out.
pub(super) fn pattern(text: &str) -> String {
    let plain: String = names_or_numbers(text);
    let words: Vec<&str> = plain.split_whitespace().collect();
    if words.is_empty() {
        "%".to_owned()
    } else {
        format!("%{}%", words.join("%"))
    }
}

fn names_or_numbers(text: &str) -> String {
    text.split_whitespace()
        .map(|word| {
            if word.chars().any(|c| c.is_ascii_digit()) {
                word.replace(['%', '_', '\0'], "").to_uppercase()
            } else {
                names::stored_form(word).replace(['-', '\''], " ")
            }
        })
        .collect::<Vec<_>>()
        .join(" ")
}

async fn laboratory_number(tx: &mut Tx) -> Result<i64> {
    Ok(laboratory::next_number(tx, "ipp").await?)
}

fn in_stored_form(traits: Traits) -> Traits {
    let form = |text: Option<String>| {
        text.map(|text| names::stored_form(&text))
            .filter(|text| !text.is_empty())
    };
    let first = names::stored_form(&traits.first_given_name);
    let given = names::stored_form(&traits.given_names);
    Traits {
        birth_name: names::stored_form(&traits.birth_name),
        given_names: if given.is_empty() {
            first.clone()
        } else {
            given
        },
        first_given_name: first,
        // RNIV EXI SI 21: names in use are never filled by default.
        used_name: form(traits.used_name),
        used_given_name: form(traits.used_given_name),
        sex: traits.sex,
        birth_date: traits.birth_date,
        birth_place: traits
            .birth_place
            .map(|place| place.trim().to_uppercase())
            .filter(|place| !place.is_empty()),
    }
}

fn read_ins(laboratory: &Laboratory, typed: Option<(String, InsAuthority)>) -> Result<Option<Ins>> {
    let Some((number, authority)) = typed.filter(|(number, _)| !number.trim().is_empty()) else {
        return Ok(None);
    };
    if authority.environment() != laboratory.environment {
        return Err(Error::field(
            "ins",
            "cette autorité n'est pas celle de l'installation : un INS de test ne se saisit que sur une installation de \
             test, et l'inverse",
        ));
    }
    Ins::new(&number, authority)
        .map(Some)
        .map_err(|e| Error::field("ins", format!("matricule refusé : {}", ins_sentence(&e))))
}

fn ins_sentence(error: &lisiere_model::InsError) -> String {
    use lisiere_model::InsError;
    match error {
        InsError::Length(length) => format!("15 caractères attendus, {length} lus"),
        InsError::Character(place) => {
            format!("le caractère {place} n'est pas possible à cette place")
        }
        InsError::Key { expected } => {
            format!("la clé devrait être {expected:02}, vérifier les 13 caractères qui précèdent")
        }
        InsError::Authority => "l'OID n'est pas celui d'une autorité INS".to_owned(),
    }
}

/// What RNIV asks of an identity before it is kept.
fn check(patient: &Patient) -> Result<()> {
    let mut problems = Vec::new();
    let traits = &patient.traits;
    if traits.birth_name.is_empty() {
        problems.push(FieldProblem::new(
            "nom_naissance",
            "le nom de naissance est nécessaire",
        ));
    }
    if traits.first_given_name.is_empty() {
        problems.push(FieldProblem::new(
            "premier_prenom",
            "le premier prénom est nécessaire",
        ));
    }
    // EXI SI 29: the first given name begins the list, hyphens and apostrophes counting as spaces.
    let spaced = |text: &str| text.replace(['-', '\''], " ");
    let (list, first) = (
        spaced(&traits.given_names),
        spaced(&traits.first_given_name),
    );
    if list != first && !list.starts_with(&format!("{first} ")) {
        problems.push(FieldProblem::new(
            "premier_prenom",
            "le premier prénom doit commencer la liste des prénoms",
        ));
    }
    if traits.birth_place.as_ref().is_some_and(|place| {
        place.chars().count() != 5 || !place.chars().all(|c| c.is_ascii_alphanumeric())
    }) {
        problems.push(FieldProblem::new(
            "lieu_naissance",
            "le code INSEE du lieu compte 5 caractères (99 et trois chiffres à l'étranger, 99999 inconnu)",
        ));
    }
    let restricted = patient.attributes.iter().any(|a| {
        matches!(
            a,
            IdentityAttribute::Doubtful | IdentityAttribute::Fictitious
        )
    });
    if restricted && patient.status != IdentityStatus::Provisional {
        problems.push(FieldProblem::new(
            "statut_identite",
            "une identité douteuse ou fictive reste provisoire",
        ));
    }
    if patient.attributes.contains(&IdentityAttribute::Doubtful)
        && patient.attributes.contains(&IdentityAttribute::Fictitious)
    {
        problems.push(FieldProblem::new(
            "attributs",
            "une identité ne peut être douteuse et fictive à la fois",
        ));
    }
    if patient.ins.is_some() && patient.status != IdentityStatus::Qualified {
        problems.push(FieldProblem::new(
            "ins",
            "seule une identité qualifiée porte un INS : qualifier l'identité ou retirer le matricule",
        ));
    }
    if patient.ins.is_some() && traits.birth_place.is_none() {
        problems.push(FieldProblem::new(
            "lieu_naissance",
            "le lieu de naissance est un trait strict : il accompagne l'INS",
        ));
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(Error::Invalid(problems))
    }
}

/// RNIV EXI SI 32: no two identities with the same matricule.
async fn refuse_known_ins(tx: &mut Tx, new: &Patient) -> Result<()> {
    let Some(ins) = &new.ins else { return Ok(()) };
    match patient::by_ins(tx, ins.number()).await? {
        Some(other) if other.patient.id != new.id => Err(Error::field(
            "ins",
            format!(
                "ce matricule est déjà celui du patient {}",
                other.patient.local_number
            ),
        )),
        _ => Ok(()),
    }
}

async fn mark_homonym(tx: &mut Tx, new: &mut Patient) -> Result<()> {
    let keys = names::keys(new);
    let same = patient::same_traits(
        tx,
        &keys,
        &new.traits.birth_date.to_string(),
        new.traits.sex.letter(),
    )
    .await?;
    let other = same.iter().any(|row| row.patient.id != new.id);
    if other && !new.attributes.contains(&IdentityAttribute::Homonym) {
        new.attributes.push(IdentityAttribute::Homonym);
    }
    Ok(())
}
