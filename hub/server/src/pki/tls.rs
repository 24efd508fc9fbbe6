//! TLS setups of the hub, both ends, from the certificates in the folder. One provider: ring.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore, ServerConfig};

use super::{Pki, PkiError};

/// The enrolment door: it shows the hub's certificate and asks none, since who comes has none yet.
pub fn enrolment(pki: &Pki) -> Result<Arc<ServerConfig>, PkiError> {
    let (certificate, key) = pki.server();
    let mut chain = certificates(&certificate)?;
    // The authority is sent along: an appliance knows only its digest and must see it.
    chain.push(pki.ca_der()?);
    let config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, private_key(&key)?)?;
    Ok(Arc::new(config))
}

/// The hub as a client of a broker, with these files.
pub fn broker_client(
    ca: &Path,
    certificate: &Path,
    key: &Path,
) -> Result<Arc<ClientConfig>, PkiError> {
    let mut roots = RootCertStore::empty();
    for root in certificates(ca)? {
        roots.add(root)?;
    }
    let config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_client_auth_cert(certificates(certificate)?, private_key(key)?)?;
    Ok(Arc::new(config))
}

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, PkiError> {
    let unreadable = |_| PkiError::Content {
        path: path.to_owned(),
        what: "certificate",
    };
    let all: Result<Vec<_>, _> = CertificateDer::pem_file_iter(path)
        .map_err(unreadable)?
        .collect();
    let all = all.map_err(unreadable)?;
    if all.is_empty() {
        return Err(PkiError::Content {
            path: path.to_owned(),
            what: "certificate",
        });
    }
    Ok(all)
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, PkiError> {
    PrivateKeyDer::from_pem_file(path).map_err(|_| PkiError::Content {
        path: path.to_owned(),
        what: "private key",
    })
}
