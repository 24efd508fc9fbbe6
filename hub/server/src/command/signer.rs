//! Signs commands with the key of the hub's own certificate (ECDSA P-256, SHA-256).

use lisiere_wire::{Command, EnvelopeError, Signed, encode};
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};

use crate::pki::Pki;

/// Why a command cannot be signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The file of the certificate or the key cannot be used.
    #[error("{0} does not hold the hub's certificate or key")]
    File(std::path::PathBuf),
    /// The system gives no random numbers, or the key does not sign.
    #[error("the key does not sign")]
    Key,
    /// The command cannot be written.
    #[error(transparent)]
    Writing(#[from] EnvelopeError),
}

/// A number never used before.
pub(super) fn fresh_number() -> Result<u128, SignError> {
    let mut bytes = [0; 16];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| SignError::Key)?;
    Ok(u128::from_be_bytes(bytes))
}

/// The command with the proof that this hub gave it, ready to be published. The files are read each time: commands are
/// rare, and a renewed certificate is used at once.
pub(super) fn signed(pki: &Pki, command: &Command) -> Result<Vec<u8>, SignError> {
    let (certificate, key) = pki.client();
    let chain = CertificateDer::pem_file_iter(&certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|_| SignError::File(certificate.clone()))?;
    if chain.is_empty() {
        return Err(SignError::File(certificate));
    }
    let read = PrivatePkcs8KeyDer::from_pem_file(&key).map_err(|_| SignError::File(key.clone()))?;
    let random = SystemRandom::new();
    let pair = EcdsaKeyPair::from_pkcs8(
        &ECDSA_P256_SHA256_ASN1_SIGNING,
        read.secret_pkcs8_der(),
        &random,
    )
    .map_err(|_| SignError::File(key))?;
    let body = encode(command)?;
    let signature = pair
        .sign(&random, &Signed::signed_bytes(&body))
        .map_err(|_| SignError::Key)?;
    let signed = Signed {
        chain: chain.iter().map(|one| one.to_vec()).collect(),
        body,
        signature: signature.as_ref().to_vec(),
    };
    Ok(encode(&signed)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use lisiere_model::UtcMicros;
    use lisiere_wire::{Act, decode};
    use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};

    #[test]
    fn whoever_holds_the_authority_can_check_a_command() {
        let folder = tempfile::tempdir().unwrap();
        let pki = Pki::open(folder.path(), &[], 1_790_000_000_000_000).unwrap();
        let command = Command {
            id: fresh_number().unwrap(),
            appliance: "box-1".parse().unwrap(),
            issued_at: UtcMicros(1),
            expires_at: UtcMicros(2),
            act: Act::Restart,
        };
        let signed: Signed = decode(&signed(&pki, &command).unwrap()).unwrap();
        assert_eq!(decode::<Command>(&signed.body).unwrap(), command);
        let (_, certificate) = x509_parser::parse_x509_certificate(&signed.chain[0]).unwrap();
        let names: Vec<_> = certificate.subject().iter_common_name().collect();
        assert_eq!(names[0].as_str().unwrap(), crate::pki::HUB_NAME);
        let authority = pki.ca_der().unwrap();
        let (_, authority) = x509_parser::parse_x509_certificate(&authority).unwrap();
        assert_eq!(certificate.issuer(), authority.subject());
        let key = &certificate.public_key().subject_public_key.data;
        let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key);
        let bytes = Signed::signed_bytes(&signed.body);
        public.verify(&bytes, &signed.signature).unwrap();
        assert!(public.verify(&signed.body, &signed.signature).is_err());
        assert_ne!(fresh_number().unwrap(), fresh_number().unwrap());
    }
}
