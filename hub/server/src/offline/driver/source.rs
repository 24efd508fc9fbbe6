//! Where bytes and drivers come from: a capture as it is, or a recorded session; the product's library, or a profile being
//! written.

use std::io::{self, Read as _};
use std::path::Path;

use lisiere_driver::{Driver, Library, Recognition};
use lisiere_protocol::session::{Direction, Session, is_session};

use super::Which;

/// What a file holds.
pub(super) struct Source {
    /// What the analyzer sent, exactly.
    pub(super) bytes: Vec<u8>,
    /// The session, if it is one.
    pub(super) session: Option<Session>,
}

/// Reads a file; in French what is wrong with it.
pub(super) fn open(path: &Path) -> Result<Source, String> {
    let bytes = if path == Path::new("-") {
        let mut bytes = Vec::new();
        io::stdin()
            .lock()
            .read_to_end(&mut bytes)
            .map(|_| bytes)
            .map_err(|error| error.to_string())?
    } else {
        std::fs::read(path).map_err(|error| error.to_string())?
    };
    if !is_session(&bytes) {
        return Ok(Source {
            bytes,
            session: None,
        });
    }
    let session = Session::read(&bytes).map_err(|error| format!("session illisible : {error}"))?;
    Ok(Source {
        bytes: session.bytes(Direction::Received),
        session: Some(session),
    })
}

impl Source {
    /// The messages in it: those a box with this driver's link would have kept; without a session, the whole.
    pub(super) fn messages(&self, driver: &Driver) -> Vec<Vec<u8>> {
        let kept = self
            .session
            .as_ref()
            .map(|session| session.messages(&driver.profile().link))
            .unwrap_or_default();
        if kept.is_empty() {
            return vec![self.bytes.clone()];
        }
        kept.into_iter().map(|message| message.bytes).collect()
    }
}

/// The library with the profile that is being written, or in French why there is none.
pub(super) fn library(which: &Which) -> Result<(Library, String), Vec<String>> {
    let builtin = || Library::builtin().map_err(|error| vec![error.to_string()]);
    let Some(path) = &which.profile else {
        return Ok((builtin()?, which.driver.clone()));
    };
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| vec![format!("{name} : {error}")])?;
    let mistakes = lisiere_driver::check(&name, &text);
    if !mistakes.is_empty() {
        return Err(mistakes.iter().map(ToString::to_string).collect());
    }
    // Alone in its library: it may bear the name of the one it is to replace.
    let catalogue =
        lisiere_driver::catalogue::builtin().map_err(|error| vec![error.to_string()])?;
    let mut library = Library::empty(catalogue);
    library
        .add(&name, &text)
        .map_err(|error| vec![error.to_string()])?;
    let id = library
        .drivers()
        .first()
        .map(|driver| driver.id().to_owned())
        .unwrap_or_default();
    Ok((library, id))
}

/// The driver that is to read these bytes, with how sure that is when nobody named it.
pub(super) fn choose<'l>(
    library: &'l Library,
    wanted: &str,
    bytes: &[u8],
) -> Result<(&'l Driver, Option<Recognition>), String> {
    if wanted == "auto" {
        let chosen = library.choose(bytes);
        return chosen
            .map(|(driver, sureness)| (driver, Some(sureness)))
            .ok_or_else(|| "aucun pilote ne reconnaît l'analyseur".to_owned());
    }
    let named = library.get(wanted).map(|driver| (driver, None));
    named.ok_or_else(|| {
        format!("pas de pilote « {wanted} » ; la liste : lisiere-hub interpret --list")
    })
}
