//! The laboratory's identity: what every report says of who made it, and the roots of the identifiers it gives.

use lisiere_model::report::{
    Address, Biologist, Civility, Coded, Contact, Laboratory as ReportedLaboratory, Oid,
    Organisation, PersonName, Title,
};
use lisiere_model::{Rpps, UtcMicros};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Error, Result, Trace, commit, signature};
use crate::clock;
use crate::review::{Actor, Person};
use crate::store::{Store, audit, laboratory};

const SETTING: &str = "identity";
const INSTALLATION: &str = "installation";

/// Health professions of list J01 (OID 1.2.250.1.213.1.1.4.5) that a biologist has.
const PROFESSIONS: [(&str, &str); 2] = [
    ("G15_10/SM03", "Médecin - Biologie médicale (SM)"),
    ("G15_21", "Pharmacien"),
];
/// Practice settings of list J04 that a laboratory has.
const SETTINGS: [(&str, &str); 2] = [
    ("AMBULATOIRE", "Ambulatoire"),
    ("ETABLISSEMENT", "Établissement de santé"),
];

/// The laboratory's identity as its TOML file says it.
///
/// ```
/// let identity: lisiere_hub::laboratory::identity::Identity = toml::from_str(r#"
///     name = "Laboratoire de la Lisière"
///     finess = "750000001"
///     address = { lines = ["1 rue du Bois"], postal_code = "75001", city = "Paris" }
///     phone = "01 00 00 00 00"
/// "#).unwrap();
/// assert!(identity.check().is_ok());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// Name of the laboratory.
    pub name: String,
    /// A line under the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subtitle: Option<String>,
    /// FINESS number, 9 characters.
    pub finess: String,
    /// Address.
    pub address: Address,
    /// Telephone.
    pub phone: String,
    /// Fax.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fax: Option<String>,
    /// Mail, an MSSanté mailbox preferably.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail: Option<String>,
    /// COFRAC accreditation, `8-xxxx`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cofrac: Option<String>,
    /// `AMBULATOIRE` (default) or `ETABLISSEMENT`.
    #[serde(default = "ambulatory")]
    pub practice_setting: String,
    /// RPPS number of the director; one of `biologist`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub director: Option<Rpps>,
    /// The laboratory's own OID arc, under which it gives identifiers (22 characters at most). Without one, identifiers
    /// hang below `2.25` and a UUID.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oid: Option<Oid>,
    /// Lines at the foot of each page.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub footer: Vec<String>,
    /// The biologists, as reports name them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub biologist: Vec<BiologistEntry>,
}

/// A biologist of the laboratory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BiologistEntry {
    /// RPPS number.
    pub rpps: Rpps,
    /// Family name.
    pub family: String,
    /// First name.
    pub given: String,
    /// `M` or `MME`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub civility: Option<Civility>,
    /// `DR` or `PR`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Title>,
    /// Profession, list J01: `G15_10/SM03` (physician, the default) or `G15_21` (pharmacist).
    #[serde(default = "physician")]
    pub profession: String,
}

fn ambulatory() -> String {
    "AMBULATOIRE".to_owned()
}

fn physician() -> String {
    "G15_10/SM03".to_owned()
}

impl Identity {
    /// Everything that is wrong with it, all at once.
    pub fn check(&self) -> Result<(), Vec<String>> {
        let mut problems = Vec::new();
        if self.name.trim().is_empty() {
            problems.push("name : le nom du laboratoire est vide".to_owned());
        }
        let finess = self.finess.trim();
        if finess.len() != 9 || !finess.bytes().all(|b| b.is_ascii_alphanumeric()) {
            problems.push("finess : le numéro FINESS compte 9 caractères".to_owned());
        }
        if self.address.is_empty() {
            problems.push("address : l'adresse est vide".to_owned());
        }
        if self.phone.trim().is_empty() {
            problems.push("phone : le téléphone est vide".to_owned());
        }
        if named(&SETTINGS, &self.practice_setting).is_none() {
            problems.push("practice_setting : AMBULATOIRE ou ETABLISSEMENT".to_owned());
        }
        if self.oid.as_ref().is_some_and(|oid| oid.as_str().len() > 22) {
            problems
                .push("oid : 22 caractères au plus, les identifiants en comptent 64".to_owned());
        }
        for entry in &self.biologist {
            if named(&PROFESSIONS, &entry.profession).is_none() {
                problems.push(format!(
                    "biologist {} : profession « {} » inconnue (G15_10/SM03 médecin, G15_21 pharmacien)",
                    entry.rpps, entry.profession
                ));
            }
        }
        if let Some(director) = &self.director
            && !self.biologist.iter().any(|entry| entry.rpps == *director)
        {
            problems.push("director : ce numéro RPPS n'est celui d'aucun [[biologist]]".to_owned());
        }
        if problems.is_empty() {
            Ok(())
        } else {
            Err(problems)
        }
    }

    /// As reports show it.
    pub fn reported(&self) -> Result<ReportedLaboratory> {
        let mut contacts = vec![Contact::Phone(self.phone.trim().to_owned())];
        contacts.extend(self.fax.clone().map(Contact::Fax));
        contacts.extend(self.mail.clone().map(Contact::Mail));
        Ok(ReportedLaboratory {
            organisation: Organisation {
                national_id: format!("1{}", self.finess.trim()),
                name: self.name.trim().to_owned(),
                address: self.address.clone(),
                contacts,
            },
            subtitle: self.subtitle.clone(),
            cofrac: self.cofrac.clone(),
            practice_setting: coded(&SETTINGS, &self.practice_setting, "1.2.250.1.213.1.1.4.9")?,
            facility_type: coded(
                &[("SA25", "Laboratoire de biologie médicale")],
                "SA25",
                "1.2.250.1.71.4.2.4",
            )?,
            director: self.director.clone(),
            footer: self.footer.clone(),
            logo: None,
        })
    }

    /// A biologist as reports name them: from the identity, or else from the account's name.
    pub fn biologist(&self, rpps: &Rpps, account_name: &str) -> Result<Biologist> {
        let known = self.biologist.iter().find(|entry| entry.rpps == *rpps);
        let (name, profession) = match known {
            Some(entry) => (
                PersonName {
                    family: entry.family.clone(),
                    given: Some(entry.given.clone()),
                    civility: entry.civility,
                    title: entry.title,
                },
                entry.profession.clone(),
            ),
            None => (person_name(account_name), physician()),
        };
        Ok(Biologist {
            rpps: rpps.clone(),
            name,
            speciality: Some(coded(&PROFESSIONS, &profession, "1.2.250.1.213.1.1.4.5")?),
            contacts: Vec::new(),
        })
    }
}

fn named(list: &[(&'static str, &'static str)], code: &str) -> Option<&'static str> {
    list.iter()
        .find(|(known, _)| *known == code)
        .map(|(_, display)| *display)
}

fn coded(list: &[(&'static str, &'static str)], code: &str, system: &str) -> Result<Coded> {
    let display = named(list, code).ok_or_else(|| {
        Error::Refused(format!(
            "code « {code} » inconnu dans l'identité du laboratoire"
        ))
    })?;
    Ok(Coded {
        code: code.to_owned(),
        display: display.to_owned(),
        system: oid(system)?,
    })
}

/// An OID written by ourselves.
pub(super) fn oid(text: &str) -> Result<Oid> {
    text.parse()
        .map_err(|_| Error::Refused(format!("l'OID {text} est mal formé")))
}

/// A name as one line, « Dr Jeanne MARTIN », in its parts. The family name is what stands in capitals; failing that, the
/// last word.
pub(super) fn person_name(line: &str) -> PersonName {
    let mut words: Vec<&str> = line.split_whitespace().collect();
    let first = words
        .first()
        .map(|word| word.trim_end_matches('.').to_lowercase());
    let (title, civility) = match first.as_deref() {
        Some("dr" | "docteur") => (Some(Title::Dr), None),
        Some("pr" | "professeur") => (Some(Title::Pr), None),
        Some("m" | "monsieur") => (None, Some(Civility::M)),
        Some("mme" | "madame") => (None, Some(Civility::Mme)),
        _ => (None, None),
    };
    if title.is_some() || civility.is_some() {
        words.remove(0);
    }
    let capital = |word: &&str| word.chars().count() > 1 && !word.chars().any(char::is_lowercase);
    let (mut family, mut given): (Vec<&str>, Vec<&str>) =
        words.iter().partition(|word| capital(word));
    if family.is_empty() {
        family.extend(given.pop());
    }
    PersonName {
        family: family.join(" "),
        given: (!given.is_empty()).then(|| given.join(" ")),
        civility,
        title,
    }
}

/// Reads an identity from its TOML text; every mistake is named.
pub fn parse(text: &str) -> Result<Identity> {
    let identity: Identity = toml::from_str(text).map_err(|e| {
        Error::Refused(format!(
            "identité du laboratoire : {}",
            e.to_string().trim()
        ))
    })?;
    identity.check().map_err(|problems| {
        Error::Refused(format!(
            "identité du laboratoire : {}",
            problems.join(" ; ")
        ))
    })?;
    Ok(identity)
}

/// Replaces the laboratory's identity. `who` is a login or `cli`; `now` is in microseconds since 1970.
pub async fn set(store: &Store, text: &str, who: &str, now: i64) -> Result<Identity> {
    let identity = parse(text)?;
    let body = serde_json::to_string(&identity)
        .map_err(|e| Error::Refused(format!("identité du laboratoire : {e}")))?;
    let mut tx = store.begin().await?;
    laboratory::set_setting(&mut tx, SETTING, &body, who, now).await?;
    let detail = json!({ "name": identity.name, "finess": identity.finess });
    let entry = audit::Entry {
        who,
        action: "laboratory.identity_set",
        subject_kind: "laboratory",
        subject_id: SETTING,
        detail,
        at: now,
    };
    audit::append(&mut tx, entry).await?;
    tx.commit().await?;
    Ok(identity)
}

/// Replaces the laboratory's identity from its page.
pub async fn set_by(store: &Store, text: &str, who: &Person, now: UtcMicros) -> Result<Identity> {
    set(store, text, &signature(&Actor::from(who)), now.0).await
}

/// The laboratory's identity, if it was set.
pub async fn get(store: &Store) -> Result<Option<Identity>> {
    let mut reader = store.read().await?;
    let Some(body) = laboratory::setting(&mut reader, SETTING).await? else {
        return Ok(None);
    };
    let identity = serde_json::from_str(&body)
        .map_err(|e| crate::store::Error::stored("laboratory_setting", "body", e))?;
    Ok(Some(identity))
}

/// The arcs under which the laboratory gives identifiers.
#[derive(Debug, Clone)]
pub(super) struct Arcs(Oid);

impl Arcs {
    pub(super) async fn of(store: &Store, identity: &Identity, now: UtcMicros) -> Result<Self> {
        if let Some(arc) = &identity.oid {
            return Ok(Self(arc.clone()));
        }
        let mut reader = store.read().await?;
        let known = laboratory::setting(&mut reader, INSTALLATION).await?;
        drop(reader);
        let text = match known {
            Some(text) => text,
            None => first_installation(store, now).await?,
        };
        let uuid = text.parse().map_err(|e| {
            crate::store::Error::stored("laboratory_setting", "body", format!("{e}"))
        })?;
        Ok(Self(Oid::from_uuid(uuid)))
    }

    fn below(&self, arc: &str) -> Result<Oid> {
        oid(&format!("{}.{arc}", self.0))
    }

    /// A new document identifier, unique in the world.
    pub(super) fn document(&self, registered: bool) -> Result<Oid> {
        let uuid = clock::fresh_uuid();
        if registered {
            self.below(&format!("1.{}", uuid.as_u128()))
        } else {
            Ok(Oid::from_uuid(uuid))
        }
    }

    pub(super) fn patients(&self) -> Result<Oid> {
        self.below("3")
    }

    pub(super) fn orders(&self) -> Result<Oid> {
        self.below("4")
    }

    pub(super) fn specimens(&self) -> Result<Oid> {
        self.below("5")
    }

    pub(super) fn tests(&self) -> Result<Oid> {
        self.below("6")
    }

    pub(super) fn requests(&self) -> Result<Oid> {
        self.below("7")
    }
}

async fn first_installation(store: &Store, now: UtcMicros) -> Result<String> {
    let mut tx = store.begin().await?;
    // Another hub may have been faster: its word holds.
    if let Some(text) = laboratory::setting(&mut tx, INSTALLATION).await? {
        return Ok(text);
    }
    let text = clock::fresh_uuid().to_string();
    laboratory::set_setting(&mut tx, INSTALLATION, &text, "hub", now.0).await?;
    let detail = json!({ "installation": text });
    let trace = Trace::new(
        "laboratory.installation_named",
        "laboratory",
        INSTALLATION,
        detail,
    );
    commit(tx, vec![trace], &Actor::rule("identité"), now).await?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_one_line() {
        let name = person_name("Dr Jeanne-Marie LE GOFF");
        assert_eq!(
            (name.family.as_str(), name.given.as_deref()),
            ("LE GOFF", Some("Jeanne-Marie"))
        );
        assert_eq!(name.title, Some(Title::Dr));
        assert_eq!(person_name("Paul Durand").family, "Durand");
        assert_eq!(person_name("Martin").family, "Martin");
    }
}
