//! The laboratory's letterhead: its logo, accepted only as reports can print it, and a fictitious report to look at before
//! anything is saved.

use lisiere_model::report::{
    Binary, Laboratory as ReportedLaboratory, Picture, PictureFormat, Report,
};
use lisiere_model::{Rpps, UtcMicros};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::identity::Identity;
use super::{Error, Result, Trace, commit};
use crate::review::{Actor, Person};
use crate::store::{self, Store, audit, laboratory};

const SETTING: &str = "logo";
/// Every PDF holds the logo, and two documents hold the PDF.
const BYTES_MAX: usize = 100 << 10;
/// A printed logo is 4.6 cm wide at most: this is 1,100 dots an inch.
const SIDE_MAX: u32 = 2_000;
/// Below, it would print as a blot.
const SIDE_MIN: u32 = 24;
/// A fictitious report that shows what a letterhead stands above.
const EXAMPLE: &[u8] = include_bytes!("letterhead/example.json");

/// The picture in these bytes, if every report can print it. The sentence says what to do otherwise.
pub fn accept(bytes: &[u8]) -> Result<Picture, &'static str> {
    if bytes.len() > BYTES_MAX {
        return Err("l'image dépasse 100 Ko : l'enregistrer plus petite ou plus comprimée");
    }
    let Some(format @ (PictureFormat::Png | PictureFormat::Jpeg)) = PictureFormat::recognise(bytes)
    else {
        return Err(
            "ce fichier n'est ni un PNG ni un JPEG : l'enregistrer sous l'un de ces formats",
        );
    };
    let picture = Picture {
        format,
        data: Binary::new(bytes),
    };
    let Some((width, height)) = lisiere_report::printable(&picture) else {
        return Err(
            "l'image est abîmée ou d'un genre qui ne s'imprime pas (CMJN, progressif interrompu) : l'enregistrer de nouveau en PNG",
        );
    };
    if width.max(height) > SIDE_MAX {
        return Err("l'image dépasse 2000 points de côté : la réduire");
    }
    if width.min(height) < SIDE_MIN {
        return Err("l'image a moins de 24 points de côté : elle serait illisible sur le papier");
    }
    Ok(picture)
}

/// The logo, if there is one.
pub async fn logo(store: &Store) -> Result<Option<Picture>> {
    let mut reader = store.read().await?;
    let Some(body) = laboratory::setting(&mut reader, SETTING).await? else {
        return Ok(None);
    };
    let logo = serde_json::from_str(&body)
        .map_err(|e| store::Error::stored("laboratory_setting", "body", e))?;
    Ok(logo)
}

/// Replaces the logo, or takes it away.
pub async fn set_logo(
    store: &Store,
    logo: Option<&Picture>,
    who: &Person,
    now: UtcMicros,
) -> Result<()> {
    let body = serde_json::to_string(&logo).map_err(|e| Error::Refused(format!("logo : {e}")))?;
    let actor = Actor::from(who);
    let mut tx = store.begin().await?;
    laboratory::set_setting(&mut tx, SETTING, &body, &super::signature(&actor), now.0).await?;
    let detail = match logo {
        Some(picture) => json!({
            "format": picture.format.media_type(),
            "bytes": picture.data.as_bytes().len(),
            "digest": audit::hexadecimal(&Sha256::digest(picture.data.as_bytes())),
        }),
        None => json!({ "removed": true }),
    };
    let trace = Trace::new("laboratory.logo_set", "laboratory", SETTING, detail);
    commit(tx, vec![trace], &actor, now).await
}

/// The laboratory as reports show it, with its logo.
pub fn reported(identity: &Identity, logo: Option<&Picture>) -> Result<ReportedLaboratory> {
    let mut reported = identity.reported()?;
    reported.logo = logo.cloned();
    Ok(reported)
}

/// A fictitious report under this letterhead, signed by a biologist of the laboratory where it names one.
pub fn example(identity: &Identity, logo: Option<&Picture>) -> Result<Report> {
    let mut report =
        lisiere_report::read(EXAMPLE).map_err(|e| Error::Product(format!("example.json : {e}")))?;
    report.laboratory = reported(identity, logo)?;
    let described = |rpps: &Rpps| identity.biologist.iter().any(|entry| entry.rpps == *rpps);
    let signer = identity
        .director
        .as_ref()
        .filter(|rpps| described(rpps))
        .or(identity.biologist.first().map(|entry| &entry.rpps));
    match signer {
        Some(rpps) => {
            report.biologists = vec![identity.biologist(rpps, "")?];
            report.signature.rpps = rpps.clone();
            let parts = report.chapters.iter_mut().flat_map(|one| &mut one.parts);
            for validated in parts.filter_map(|part| part.validated.as_mut()) {
                validated.rpps = rpps.clone();
            }
        }
        None => report.laboratory.director = None,
    }
    // A director whom nobody described yet: the one who signs stands in.
    if report.laboratory.director.as_ref() != Some(&report.signature.rpps) {
        report.laboratory.director = None;
    }
    Ok(report)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity() -> Identity {
        toml::from_str(
            "name = \"Laboratoire de la Lisière\"\nfiness = \"750000001\"\nphone = \"0100000000\"\n\
             address = { lines = [\"1 rue du Bois\"] }\n",
        )
        .unwrap()
    }

    #[test]
    fn only_what_can_be_printed_is_a_logo() {
        assert!(accept(b"GIF89a").unwrap_err().contains("PNG"));
        assert!(
            accept(b"<svg onload=alert(1)>")
                .unwrap_err()
                .contains("PNG")
        );
        assert!(
            accept(b"\x89PNG\r\n\x1a\n and then nothing")
                .unwrap_err()
                .contains("abîmée")
        );
        assert!(
            accept(&vec![0; BYTES_MAX + 1])
                .unwrap_err()
                .contains("100 Ko")
        );
    }

    #[test]
    fn the_example_conforms_under_any_letterhead() {
        let report = example(&identity(), None).unwrap();
        let rendered = lisiere_report::render(&report).unwrap();
        assert!(rendered.html.contains("Laboratoire de la Lisière"));
    }
}
