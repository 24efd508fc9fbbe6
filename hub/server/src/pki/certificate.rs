//! What the certificates say: one function for each kind, and what can be read back from one.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateSigningRequestParams, DistinguishedName,
    DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, SanType, SerialNumber,
};
use sha2::{Digest, Sha256};

use super::PkiError;

const DAY: i64 = 86_400;
/// Life of the authority: longer than the boxes it vouches for.
const AUTHORITY_DAYS: i64 = 20 * 365;
/// Life of the hub's own certificates; renewed by themselves.
const HUB_DAYS: i64 = 398;
/// Life of an appliance's certificate.
const APPLIANCE_DAYS: i64 = 3 * 365;

/// Who a certificate of the hub is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Subject {
    /// The doors of the hub, under these names and addresses.
    Server(Vec<String>),
    /// The hub as a client of the broker.
    Client,
}

/// A certificate made for an appliance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    /// The certificate.
    pub pem: String,
    /// Its serial number: lower-case hexadecimal without leading zeros.
    pub serial: String,
    /// Its end, microseconds since 1970.
    pub not_after: i64,
}

pub(super) fn new_key() -> Result<KeyPair, PkiError> {
    KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).map_err(|source| PkiError::Making {
        name: "a new key".to_owned(),
        source,
    })
}

pub(super) fn authority(key: &KeyPair, now: i64) -> Result<String, PkiError> {
    let mut params = params("Lisière hub authority", now, AUTHORITY_DAYS)?;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let made = params.self_signed(key);
    made.map(|certificate| certificate.pem())
        .map_err(|source| PkiError::Making {
            name: "the authority".to_owned(),
            source,
        })
}

pub(super) fn hub(
    issuer: &Issuer<'_, KeyPair>,
    key: &KeyPair,
    subject: &Subject,
    now: i64,
) -> Result<String, PkiError> {
    let mut params = params(super::HUB_NAME, now, HUB_DAYS)?;
    match subject {
        Subject::Server(names) => {
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
            params.subject_alt_names = names.iter().filter_map(|name| alternative(name)).collect();
        }
        Subject::Client => params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth],
    }
    let made = params.signed_by(key, issuer);
    made.map(|certificate| certificate.pem())
        .map_err(|source| PkiError::Making {
            name: super::HUB_NAME.to_owned(),
            source,
        })
}

/// Grants an appliance's request. Only its public key is taken from it: the name comes from the invitation.
pub(super) fn appliance(
    issuer: &Issuer<'_, KeyPair>,
    request: &str,
    name: &str,
    now: i64,
) -> Result<Issued, PkiError> {
    // The signature of the request is checked here: the sender holds the key.
    let mut request = CertificateSigningRequestParams::from_pem(request)
        .map_err(|error| PkiError::Request(error.to_string()))?;
    if request.public_key.algorithm() != &rcgen::PKCS_ECDSA_P256_SHA256 {
        return Err(PkiError::Request("the key must be ECDSA P-256".to_owned()));
    }
    let mut params = params(name, now, APPLIANCE_DAYS)?;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params.subject_alt_names = alternative(name).into_iter().collect();
    let not_after = params.not_after.unix_timestamp().saturating_mul(1_000_000);
    let serial = params
        .serial_number
        .as_ref()
        .map(|serial| plain(serial.as_ref()))
        .unwrap_or_default();
    request.params = params;
    let made = request.signed_by(issuer);
    let made = made.map_err(|source| PkiError::Making {
        name: name.to_owned(),
        source,
    })?;
    Ok(Issued {
        pem: made.pem(),
        serial,
        not_after,
    })
}

fn params(name: &str, now: i64, days: i64) -> Result<CertificateParams, PkiError> {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.use_authority_key_identifier_extension = true;
    params.serial_number = Some(SerialNumber::from_slice(&serial()?));
    // From yesterday: the clock of a box without network may be behind.
    let (year, month, day) = date(now, -1);
    params.not_before = rcgen::date_time_ymd(year, month, day);
    let (year, month, day) = date(now, days);
    params.not_after = rcgen::date_time_ymd(year, month, day);
    Ok(params)
}

fn serial() -> Result<[u8; 16], PkiError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|_| PkiError::Random)?;
    // Positive and without a leading zero, whatever the dice said (RFC 5280 §4.1.2.2).
    bytes[0] = bytes[0] & 0x7f | 0x40;
    Ok(bytes)
}

fn date(now: i64, days: i64) -> (i32, u8, u8) {
    let seconds = now
        .div_euclid(1_000_000)
        .saturating_add(days.saturating_mul(DAY));
    let date = Timestamp::from_second(seconds)
        .unwrap_or_default()
        .to_zoned(TimeZone::UTC)
        .date();
    (
        i32::from(date.year()),
        date.month().unsigned_abs(),
        date.day().unsigned_abs(),
    )
}

fn alternative(name: &str) -> Option<SanType> {
    match name.parse() {
        Ok(address) => Some(SanType::IpAddress(address)),
        Err(_) => name.try_into().ok().map(SanType::DnsName),
    }
}

fn plain(serial: &[u8]) -> String {
    let text = crate::store::audit::hexadecimal(serial);
    text.trim_start_matches('0').to_owned()
}

/// Days until a certificate in PEM ends; `None` if it cannot be read.
pub fn days_left(pem: &str, now: i64) -> Option<i64> {
    let (_, pem) = x509_parser::pem::parse_x509_pem(pem.as_bytes()).ok()?;
    let end = pem.parse_x509().ok()?.validity().not_after.timestamp();
    Some(
        end.saturating_sub(now.div_euclid(1_000_000))
            .div_euclid(DAY),
    )
}

/// Is this certificate in PEM good for every one of these names?
pub(super) fn covers(pem: &str, names: &[String]) -> bool {
    let covered = || -> Option<bool> {
        let (_, pem) = x509_parser::pem::parse_x509_pem(pem.as_bytes()).ok()?;
        let certificate = pem.parse_x509().ok()?;
        let listed = certificate.subject_alternative_name().ok()??;
        let held: Vec<String> = listed.value.general_names.iter().filter_map(held).collect();
        Some(names.iter().all(|name| held.contains(name)))
    };
    covered().unwrap_or(false)
}

fn held(name: &x509_parser::extensions::GeneralName<'_>) -> Option<String> {
    use x509_parser::extensions::GeneralName;
    match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => <[u8; 4]>::try_from(*bytes)
            .map(std::net::IpAddr::from)
            .or_else(|_| <[u8; 16]>::try_from(*bytes).map(std::net::IpAddr::from))
            .ok()
            .map(|address| address.to_string()),
        _ => None,
    }
}

/// SHA-256 of a certificate's DER, by which an invitation names the authority.
pub(super) fn digest(der: &[u8]) -> String {
    crate::store::audit::hexadecimal(&Sha256::digest(der))
}
