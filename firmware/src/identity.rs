//! Who this appliance is: its name, its key, its certificate, and the hub's authority, as enrolment left them.

use crate::health::Standing;
use lisiere_model::UtcMicros;
use lisiere_wire::Label;
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::Arc,
};
use thiserror::Error;

/// Why there is no usable identity.
#[derive(Debug, Error)]
pub enum IdentityError {
    /// A file cannot be read or written.
    #[error("identity file {path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file holds something else.
    #[error("identity file {path}: {what}")]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
}

/// What enrolment decided, in `identity.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// Name of the appliance; also the name in its certificate and its MQTT client.
    pub name: Label,
    /// Its site.
    pub site: Label,
    /// Where the broker is.
    pub broker: Broker,
}

/// Where the broker is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Broker {
    /// Name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
}

/// A loaded identity.
#[derive(Clone, Debug)]
pub struct Identity {
    /// What enrolment decided.
    pub membership: Membership,
    /// When the certificate ends.
    pub certificate_ends: UtcMicros,
    /// TLS as this appliance, trusting the hub's authority only.
    pub tls: Arc<ClientConfig>,
    /// The hub's authority.
    pub authority: Vec<CertificateDer<'static>>,
}

/// What enrolment writes.
#[derive(Clone, Debug)]
pub struct Papers<'a> {
    /// Name, site and broker.
    pub membership: &'a Membership,
    /// The private key.
    pub key_pem: &'a str,
    /// The certificate, with intermediates.
    pub certificate_pem: &'a str,
    /// The hub's authority.
    pub authority_pem: &'a str,
}

fn folder(data: &Path) -> PathBuf {
    data.join("identity")
}

impl Identity {
    /// Reads the identity of a data folder; `None` before enrolment.
    pub fn load(data: &Path) -> Result<Option<Self>, IdentityError> {
        let folder = folder(data);
        if !folder.exists() && !complete(data, &folder) {
            return Ok(None);
        }
        read_from(&folder).map(Some)
    }

    /// What health shows of it.
    pub fn standing(&self) -> Standing {
        Standing {
            name: self.membership.name.to_string(),
            site: self.membership.site.to_string(),
            certificate_ends: Some(self.certificate_ends),
        }
    }
}

fn read_from(folder: &Path) -> Result<Identity, IdentityError> {
    let read = |name: &str| {
        let path = folder.join(name);
        fs::read(&path).map_err(|source| IdentityError::File { path, source })
    };
    let wrong = |name: &str, what: String| IdentityError::Content {
        path: folder.join(name),
        what,
    };
    let membership: Membership = serde_json::from_slice(&read("identity.json")?)
        .map_err(|error| wrong("identity.json", error.to_string()))?;
    let certificates =
        certificates(&read("certificate.pem")?).map_err(|what| wrong("certificate.pem", what))?;
    let certificate_ends = certificates
        .first()
        .ok_or_else(|| "it holds no certificate".to_owned())
        .and_then(ends)
        .map_err(|what| wrong("certificate.pem", what))?;
    let authority =
        self::certificates(&read("authority.pem")?).map_err(|what| wrong("authority.pem", what))?;
    let key = PrivateKeyDer::from_pem_slice(&read("key.pem")?)
        .map_err(|error| wrong("key.pem", error.to_string()))?;
    let tls = client_config(authority.clone(), certificates, key)
        .map_err(|what| wrong("certificate.pem", what))?;
    Ok(Identity {
        membership,
        certificate_ends,
        tls: Arc::new(tls),
        authority,
    })
}

/// Power failed between the last two steps of [`save`]: the new identity is whole but not in its place, and the invitation
/// it was made with is spent. It is put there now; one that is not whole gives way to the one before.
fn complete(data: &Path, folder: &Path) -> bool {
    let candidates = [data.join("identity.new"), data.join("identity.previous")];
    let whole = candidates
        .iter()
        .find(|place| read_from(place).is_ok() && fs::rename(place, folder).is_ok());
    // What is not durable now is done again after the next power cut.
    let _ = File::open(data).and_then(|data| data.sync_all());
    whole.is_some()
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    CertificateDer::pem_slice_iter(pem)
        .collect::<Result<_, _>>()
        .map_err(|error| error.to_string())
}

/// When a certificate ends.
fn ends(certificate: &CertificateDer<'_>) -> Result<UtcMicros, String> {
    let (_, parsed) =
        x509_parser::parse_x509_certificate(certificate).map_err(|error| error.to_string())?;
    Ok(UtcMicros(
        parsed
            .validity()
            .not_after
            .timestamp()
            .saturating_mul(1_000_000),
    ))
}

fn client_config(
    authority: Vec<CertificateDer<'static>>,
    certificates: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<ClientConfig, String> {
    let mut roots = RootCertStore::empty();
    for certificate in authority {
        roots.add(certificate).map_err(|error| error.to_string())?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_client_auth_cert(certificates, key)
        .map_err(|error| error.to_string())
}

/// Writes an identity whole: a crash leaves the old one or the new one. The one before is kept beside it.
pub fn save(data: &Path, papers: &Papers<'_>) -> Result<PathBuf, IdentityError> {
    let folder = folder(data);
    let (fresh, previous) = (data.join("identity.new"), data.join("identity.previous"));
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| IdentityError::File { path, source }
    };
    let remove = |path: &Path| {
        if path.exists() {
            fs::remove_dir_all(path)
        } else {
            Ok(())
        }
    };
    remove(&fresh).map_err(failed(&fresh))?;
    fs::DirBuilder::new()
        .mode(0o700)
        .recursive(true)
        .create(&fresh)
        .map_err(failed(&fresh))?;
    let membership = serde_json::to_string_pretty(papers.membership).unwrap_or_default();
    for (name, content) in [
        ("key.pem", papers.key_pem),
        ("certificate.pem", papers.certificate_pem),
        ("authority.pem", papers.authority_pem),
        ("identity.json", membership.as_str()),
    ] {
        let path = fresh.join(name);
        write_private(&path, content.as_bytes()).map_err(failed(&path))?;
    }
    File::open(&fresh)
        .and_then(|folder| folder.sync_all())
        .map_err(failed(&fresh))?;
    if folder.exists() {
        remove(&previous).map_err(failed(&previous))?;
        fs::rename(&folder, &previous).map_err(failed(&folder))?;
    }
    fs::rename(&fresh, &folder).map_err(failed(&folder))?;
    File::open(data)
        .and_then(|data| data.sync_all())
        .map_err(failed(data))?;
    Ok(folder)
}

/// Writes a file that only its owner may read.
fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn papers(data: &Path) -> Membership {
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = rcgen::CertificateParams::new(["box-7".to_owned()])
            .unwrap()
            .self_signed(&key)
            .unwrap();
        let membership = Membership {
            name: "box-7".parse().unwrap(),
            site: "nord".parse().unwrap(),
            broker: Broker {
                host: "hub".into(),
                port: 8883,
            },
        };
        let papers = Papers {
            membership: &membership,
            key_pem: &key.serialize_pem(),
            certificate_pem: &certificate.pem(),
            authority_pem: &certificate.pem(),
        };
        save(data, &papers).unwrap();
        membership
    }

    #[test]
    fn an_identity_is_read_back_and_its_key_is_private() {
        let data = tempfile::tempdir().unwrap();
        assert!(Identity::load(data.path()).unwrap().is_none());
        let written = papers(data.path());
        let identity = Identity::load(data.path()).unwrap().unwrap();
        assert_eq!(identity.membership, written);
        let mode = fs::metadata(data.path().join("identity/key.pem"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        let _second = papers(data.path());
        assert!(data.path().join("identity.previous/key.pem").exists());
    }

    #[test]
    fn a_power_cut_between_the_last_two_steps_loses_neither_identity() {
        let data = tempfile::tempdir().unwrap();
        let at = |name: &str| data.path().join(name);
        let written = papers(data.path());
        let key = fs::read(at("identity/key.pem")).unwrap();
        // The first enrolment: only the last rename is missing.
        fs::rename(at("identity"), at("identity.new")).unwrap();
        let identity = Identity::load(data.path()).unwrap().unwrap();
        assert_eq!(identity.membership, written);
        // A second one: the old identity is already out of the way.
        let _second = papers(data.path());
        let second = fs::read(at("identity/key.pem")).unwrap();
        fs::rename(at("identity"), at("identity.new")).unwrap();
        assert!(Identity::load(data.path()).unwrap().is_some());
        assert_eq!(fs::read(at("identity/key.pem")).unwrap(), second);
        // A new one that is not whole is none.
        fs::rename(at("identity"), at("identity.new")).unwrap();
        fs::write(at("identity.new/key.pem"), "").unwrap();
        assert!(Identity::load(data.path()).unwrap().is_some());
        assert_eq!(fs::read(at("identity/key.pem")).unwrap(), key);
    }

    #[test]
    fn a_damaged_identity_is_named() {
        let data = tempfile::tempdir().unwrap();
        let _written = papers(data.path());
        let path = data.path().join("identity/key.pem");
        fs::write(&path, "nothing").unwrap();
        let error = Identity::load(data.path()).unwrap_err().to_string();
        assert!(error.contains("key.pem"), "{error}");
    }
}
