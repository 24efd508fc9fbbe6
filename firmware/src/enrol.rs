//! Joining a hub: an invitation in, a key made here, a certificate from the hub back.

use crate::identity::{self, Broker, IdentityError, Membership, Papers};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http_body_util::{BodyExt, Full, Limited};
use hyper::{Request, StatusCode, body::Bytes, header};
use hyper_util::rt::TokioIo;
use lisiere_wire::Label;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error as TlsError, RootCertStore,
    SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::CryptoProvider,
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
};
use serde::{Deserialize, Serialize};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use thiserror::Error;
use tokio::net::TcpStream;

/// First word of an invitation.
const PREFIX: &str = "LIS1.";
/// How long the hub may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// The largest answer a hub may give.
const ANSWER: usize = 256 << 10;

/// Why the appliance did not join.
#[derive(Debug, Error)]
pub enum EnrolError {
    /// The invitation cannot be read.
    #[error("the invitation cannot be read: {0}")]
    Token(String),
    /// The hub cannot be reached.
    #[error("reaching the hub at {url}: {reason}")]
    Unreachable {
        /// Where.
        url: String,
        /// Why.
        reason: String,
    },
    /// The hub refused.
    #[error("the hub refused: {0}")]
    Refused(String),
    /// The hub's answer does not fit the invitation.
    #[error("the hub's answer does not fit: {0}")]
    Answer(String),
    /// Making the key.
    #[error("making the key: {0}")]
    Key(String),
    /// Writing the identity.
    #[error(transparent)]
    Save(#[from] IdentityError),
}

/// What an invitation says.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Invitation {
    /// The hub's enrolment address.
    pub url: String,
    /// SHA-256 of the hub's authority, in hexadecimal.
    pub ca_sha256: String,
    /// Works once.
    pub secret: String,
    /// The appliance's name.
    pub name: Label,
    /// Its site.
    pub site: Label,
}

#[derive(Serialize)]
struct Application<'a> {
    name: &'a Label,
    secret: &'a str,
    csr_pem: &'a str,
}

#[derive(Deserialize)]
struct Admission {
    certificate_pem: String,
    ca_pem: String,
    site: Label,
    name: Label,
    broker: Broker,
}

impl Invitation {
    /// Reads the line that the hub printed.
    pub fn parse(token: &str) -> Result<Self, EnrolError> {
        let wrong = |reason: &str| EnrolError::Token(reason.to_owned());
        let body = token
            .trim()
            .strip_prefix(PREFIX)
            .ok_or_else(|| wrong("it does not begin with LIS1."))?;
        let json = URL_SAFE_NO_PAD
            .decode(body.trim_end_matches('='))
            .map_err(|_| wrong("a character is missing or wrong"))?;
        serde_json::from_slice(&json).map_err(|error| wrong(&error.to_string()))
    }

    fn fingerprint(&self) -> Result<[u8; 32], EnrolError> {
        let wrong = || EnrolError::Token("its fingerprint is not 64 hexadecimal digits".to_owned());
        let digits: Vec<u8> = self
            .ca_sha256
            .bytes()
            .filter(|byte| *byte != b':')
            .collect();
        let mut fingerprint = [0; 32];
        if digits.len() != 64 {
            return Err(wrong());
        }
        for (byte, pair) in fingerprint.iter_mut().zip(digits.chunks(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| wrong())?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| wrong())?;
        }
        Ok(fingerprint)
    }

    fn address(&self) -> Result<(&str, u16), EnrolError> {
        let wrong = || EnrolError::Token(format!("`{}` is not https://host:port", self.url));
        let authority = self.url.strip_prefix("https://").ok_or_else(wrong)?;
        let authority = authority.split('/').next().unwrap_or_default();
        let (host, port) = authority.rsplit_once(':').ok_or_else(wrong)?;
        let host = host.trim_start_matches('[').trim_end_matches(']');
        if host.is_empty() {
            return Err(wrong());
        }
        Ok((host, port.parse().map_err(|_| wrong())?))
    }
}

/// Joins the hub that the token names, and stores the identity. Gives its folder and what the hub decided.
pub async fn enrol(data: &Path, token: &str) -> Result<(PathBuf, Membership), EnrolError> {
    let invitation = Invitation::parse(token)?;
    let fingerprint = invitation.fingerprint()?;
    let key_error = |error: rcgen::Error| EnrolError::Key(error.to_string());
    // ECDSA on P-256; the key never leaves this box.
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).map_err(key_error)?;
    let mut params = rcgen::CertificateParams::new(Vec::<String>::new()).map_err(key_error)?;
    params.distinguished_name = rcgen::DistinguishedName::new();
    params
        .distinguished_name
        .push(rcgen::DnType::CommonName, invitation.name.as_str());
    let request = params
        .serialize_request(&key)
        .and_then(|request| request.pem())
        .map_err(key_error)?;
    let application = Application {
        name: &invitation.name,
        secret: &invitation.secret,
        csr_pem: &request,
    };
    let admission = tokio::time::timeout(PATIENCE, apply(&invitation, fingerprint, &application))
        .await
        .unwrap_or_else(|_| {
            Err(EnrolError::Unreachable {
                url: invitation.url.clone(),
                reason: "no answer".to_owned(),
            })
        })?;
    check(&invitation, fingerprint, &key, &admission)?;
    let membership = Membership {
        name: admission.name,
        site: admission.site,
        broker: admission.broker,
    };
    let papers = Papers {
        membership: &membership,
        key_pem: &key.serialize_pem(),
        certificate_pem: &admission.certificate_pem,
        authority_pem: &admission.ca_pem,
    };
    let folder = identity::save(data, &papers)?;
    Ok((folder, membership))
}

/// The certificate must be for our key and our name, and the authority the one in the invitation.
fn check(
    invitation: &Invitation,
    fingerprint: [u8; 32],
    key: &rcgen::KeyPair,
    admission: &Admission,
) -> Result<(), EnrolError> {
    let wrong = |what: &str| EnrolError::Answer(what.to_owned());
    if admission.name != invitation.name || admission.site != invitation.site {
        return Err(wrong("it names another appliance or another site"));
    }
    let authority = CertificateDer::from_pem_slice(admission.ca_pem.as_bytes())
        .map_err(|_| wrong("the authority is not a certificate"))?;
    if sha256(&authority) != fingerprint {
        return Err(wrong("the authority is not the one in the invitation"));
    }
    let certificate = CertificateDer::from_pem_slice(admission.certificate_pem.as_bytes())
        .map_err(|_| wrong("there is no certificate in it"))?;
    let (_, certificate) = x509_parser::parse_x509_certificate(&certificate)
        .map_err(|_| wrong("its certificate cannot be read"))?;
    let named = certificate
        .subject()
        .iter_common_name()
        .filter_map(|name| name.as_str().ok());
    if !named
        .into_iter()
        .any(|name| name == invitation.name.as_str())
    {
        return Err(wrong("its certificate bears another name"));
    }
    if certificate.public_key().subject_public_key.data.as_ref() != key.public_key_raw() {
        return Err(wrong("its certificate is for another key"));
    }
    Ok(())
}

async fn apply(
    invitation: &Invitation,
    fingerprint: [u8; 32],
    application: &Application<'_>,
) -> Result<Admission, EnrolError> {
    let (host, port) = invitation.address()?;
    let unreachable = |reason: String| EnrolError::Unreachable {
        url: invitation.url.clone(),
        reason,
    };
    let name =
        ServerName::try_from(host.to_owned()).map_err(|error| unreachable(error.to_string()))?;
    let config = pinned(fingerprint).map_err(|error| unreachable(error.to_string()))?;
    let tcp = TcpStream::connect((host, port))
        .await
        .map_err(|error| unreachable(error.to_string()))?;
    let tls = tokio_rustls::TlsConnector::from(Arc::new(config))
        .connect(name, tcp)
        .await
        .map_err(|error| unreachable(error.to_string()))?;
    let failed = |error: hyper::Error| unreachable(error.to_string());
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(tls))
        .await
        .map_err(failed)?;
    let connection = tokio::spawn(connection);
    let body =
        serde_json::to_vec(application).map_err(|error| EnrolError::Answer(error.to_string()))?;
    let request = Request::post("/enrol")
        .header(header::HOST, format!("{host}:{port}"))
        .header(header::CONTENT_TYPE, "application/json")
        .body(Full::new(Bytes::from(body)))
        .map_err(|error| unreachable(error.to_string()))?;
    let response = sender.send_request(request).await.map_err(failed)?;
    let status = response.status();
    let answer = Limited::new(response.into_body(), ANSWER)
        .collect()
        .await
        .map_err(|error| unreachable(error.to_string()))?
        .to_bytes();
    connection.abort();
    if status != StatusCode::OK && status != StatusCode::CREATED {
        return Err(EnrolError::Refused(told(status, &answer)));
    }
    serde_json::from_slice(&answer).map_err(|error| EnrolError::Answer(error.to_string()))
}

/// The hub's own words, if it gave any.
fn told(status: StatusCode, answer: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Told {
        error: String,
    }
    let text = serde_json::from_slice(answer).map_or_else(
        |_| String::from_utf8_lossy(answer).into_owned(),
        |told: Told| told.error,
    );
    let text: String = text.chars().filter(|c| !c.is_control()).take(300).collect();
    format!("{status}: {}", text.trim())
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut digest = [0; 32];
    digest.copy_from_slice(ring::digest::digest(&ring::digest::SHA256, bytes).as_ref());
    digest
}

fn pinned(fingerprint: [u8; 32]) -> Result<ClientConfig, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = Arc::new(Pinned {
        fingerprint,
        provider: provider.clone(),
    });
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth())
}

/// Trusts one authority, known by its fingerprint, and checks everything else as always.
#[derive(Debug)]
struct Pinned {
    fingerprint: [u8; 32],
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        let authority = intermediates
            .iter()
            .find(|certificate| sha256(certificate) == self.fingerprint);
        let authority = authority.ok_or(TlsError::InvalidCertificate(
            CertificateError::UnknownIssuer,
        ))?;
        let mut roots = RootCertStore::empty();
        roots.add(authority.clone().into_owned())?;
        let verifier =
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), self.provider.clone())
                .build()
                .map_err(|error| TlsError::General(error.to_string()))?;
        verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

#[cfg(test)]
mod tests;
