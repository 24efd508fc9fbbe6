//! The folder of the certification authority: what is missing in it is made, what ends soon is renewed.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rcgen::{Issuer, KeyPair};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::certificate::{self, Issued, Subject};
use super::{HUB_NAME, PkiError};

/// The hub's certificates are renewed when fewer days than this are left.
const RENEW_DAYS: i64 = 60;

/// The certification authority and the hub's own certificates.
#[derive(Debug, Clone)]
pub struct Pki {
    folder: PathBuf,
    ca_pem: String,
}

impl Pki {
    /// Opens the folder and makes or renews what is missing there. `names` are those by which the hub is reached, on
    /// top of `localhost` and the loopback addresses.
    pub fn open(folder: &Path, names: &[String], now: i64) -> Result<Self, PkiError> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(failed("making the folder", folder))?;
        let lock_path = folder.join("lock");
        let lock = File::create(&lock_path).map_err(failed("opening", &lock_path))?;
        // Released when the file is closed, also when this process dies.
        lock.lock().map_err(failed("locking", &lock_path))?;
        let mut pki = Self {
            folder: folder.to_owned(),
            ca_pem: String::new(),
        };
        pki.ca_pem = pki.authority(now)?;
        pki.hub_certificates(names, now)?;
        Ok(pki)
    }

    /// The authority's certificate.
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// SHA-256 of the authority's certificate (DER), in hexadecimal: an invitation carries it.
    pub fn ca_sha256(&self) -> Result<String, PkiError> {
        Ok(certificate::digest(&self.ca_der()?))
    }

    /// The authority's certificate.
    pub fn ca_der(&self) -> Result<CertificateDer<'static>, PkiError> {
        let unreadable = |_| PkiError::Content {
            path: self.ca(),
            what: "certificate",
        };
        CertificateDer::from_pem_slice(self.ca_pem.as_bytes()).map_err(unreadable)
    }

    /// File of the authority's certificate.
    pub fn ca(&self) -> PathBuf {
        self.folder.join("ca.pem")
    }

    /// Certificate and key of the hub's doors.
    pub fn server(&self) -> (PathBuf, PathBuf) {
        (
            self.folder.join("server.pem"),
            self.folder.join("server.key"),
        )
    }

    /// Certificate and key with which the hub joins the broker.
    pub fn client(&self) -> (PathBuf, PathBuf) {
        (
            self.folder.join("client.pem"),
            self.folder.join("client.key"),
        )
    }

    /// Grants an appliance's certificate request, under the name its invitation gives it.
    pub fn grant(&self, request: &str, name: &str, now: i64) -> Result<Issued, PkiError> {
        if name == HUB_NAME {
            return Err(PkiError::Request(format!(
                "the name {HUB_NAME} is the hub's"
            )));
        }
        certificate::appliance(&self.issuer()?, request, name, now)
    }

    fn authority(&self, now: i64) -> Result<String, PkiError> {
        if let Some(pem) = read(&self.ca())? {
            return Ok(pem);
        }
        let key = certificate::new_key()?;
        let pem = certificate::authority(&key, now)?;
        // The key first: a certificate without its key would be taken for a complete authority.
        write(&self.folder.join("ca.key"), &key.serialize_pem())?;
        write(&self.ca(), &pem)?;
        Ok(pem)
    }

    fn issuer(&self) -> Result<Issuer<'static, KeyPair>, PkiError> {
        let path = self.folder.join("ca.key");
        let missing = || PkiError::Content {
            path: path.clone(),
            what: "private key",
        };
        let key = read(&path)?.ok_or_else(missing)?;
        let key = KeyPair::from_pem(&key).map_err(|_| missing())?;
        Issuer::from_ca_cert_pem(&self.ca_pem, key).map_err(|_| PkiError::Content {
            path: self.ca(),
            what: "certificate of an authority",
        })
    }

    fn hub_certificates(&self, names: &[String], now: i64) -> Result<(), PkiError> {
        let mut all: Vec<String> = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).into();
        for name in names {
            if !all.contains(name) {
                all.push(name.clone());
            }
        }
        let (server, server_key) = self.server();
        let current = read(&server)?;
        if !current.is_some_and(|pem| lasts(&pem, now) && certificate::covers(&pem, &all)) {
            self.make(&server, &server_key, &Subject::Server(all), now)?;
        }
        let (client, client_key) = self.client();
        if !read(&client)?.is_some_and(|pem| lasts(&pem, now)) {
            self.make(&client, &client_key, &Subject::Client, now)?;
        }
        Ok(())
    }

    fn make(
        &self,
        file: &Path,
        key_file: &Path,
        subject: &Subject,
        now: i64,
    ) -> Result<(), PkiError> {
        let unreadable = |_| PkiError::Content {
            path: key_file.to_owned(),
            what: "private key",
        };
        let key = if let Some(pem) = read(key_file)? {
            KeyPair::from_pem(&pem).map_err(unreadable)?
        } else {
            let key = certificate::new_key()?;
            write(key_file, &key.serialize_pem())?;
            key
        };
        write(
            file,
            &certificate::hub(&self.issuer()?, &key, subject, now)?,
        )
    }
}

fn lasts(pem: &str, now: i64) -> bool {
    certificate::days_left(pem, now).is_some_and(|days| days >= RENEW_DAYS)
}

fn failed(action: &'static str, path: &Path) -> impl Fn(std::io::Error) -> PkiError {
    let path = path.to_owned();
    move |source| PkiError::File {
        action,
        path: path.clone(),
        source,
    }
}

fn read(path: &Path) -> Result<Option<String>, PkiError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed("reading", path)(error)),
    }
}

/// Writes a file that only its owner may read, whole or not at all.
fn write(path: &Path, text: &str) -> Result<(), PkiError> {
    let partial = path.with_extension("partial");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let mut file = options
        .open(&partial)
        .map_err(failed("writing", &partial))?;
    file.write_all(text.as_bytes())
        .map_err(failed("writing", &partial))?;
    file.sync_all().map_err(failed("writing", &partial))?;
    fs::rename(&partial, path).map_err(failed("writing", path))
}
