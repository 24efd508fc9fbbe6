//! Proves a command: signed by the hub's key, vouched for by the authority of the enrolment, meant for this appliance, within
//! its time, and never seen before.

use super::Seen;
use crate::identity::Identity;
use lisiere_model::UtcMicros;
use lisiere_wire::{Command, Signed};
use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, UnixTime},
    server::WebPkiClientVerifier,
};
use std::{sync::Arc, time::Duration};

/// The name in the hub's certificate.
const HUB: &str = "lisiere-hub";
/// How far the two clocks may differ.
const SKEW: i64 = 120_000_000;
/// The longest a command may hold.
const LIFE: i64 = 900_000_000;
/// Certificates in a chain, amply.
const CHAIN: usize = 4;

/// Why a command is not obeyed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The number it claims, to be named in the answer.
    pub id: Option<u128>,
    /// For whoever sent it, in French.
    pub reason: String,
    /// For the log.
    pub log: String,
}

impl Refusal {
    fn new(id: Option<u128>, reason: &str, log: String) -> Self {
        Self {
            id,
            reason: reason.to_owned(),
            log,
        }
    }

    /// It cannot even be read.
    pub(super) fn unreadable(error: &str) -> Self {
        Self::new(None, "commande illisible", format!("unreadable: {error}"))
    }
}

/// Checks commands, and remembers which it has admitted.
#[derive(Debug)]
pub struct Guard {
    seen: Seen,
}

impl Guard {
    /// A guard that remembers.
    pub fn new(seen: Seen) -> Self {
        Self { seen }
    }

    /// The command, if everything about it holds. From then on its number is spent.
    pub fn check(
        &mut self,
        signed: &Signed,
        identity: &Identity,
        now: UtcMicros,
    ) -> Result<Command, Refusal> {
        let command = lisiere_wire::decode::<Command>(&signed.body)
            .map_err(|error| Refusal::unreadable(&error.to_string()))?;
        let id = Some(command.id);
        let proved = prove(signed, identity, now);
        proved.map_err(|error| {
            let reason = "la signature ne vient pas du serveur auquel ce boîtier est inscrit, ou l'heure du boîtier est fausse";
            Refusal::new(id, reason, format!("not proved: {error}"))
        })?;
        let name = &identity.membership.name;
        if command.appliance != *name {
            let log = format!("meant for {}", command.appliance);
            return Err(Refusal::new(
                id,
                "commande destinée à un autre boîtier",
                log,
            ));
        }
        let (issued, expires) = (command.issued_at, command.expires_at);
        let life = expires.0.saturating_sub(issued.0);
        if !(1..=LIFE).contains(&life) {
            let log = format!("it would hold for {} s", life / 1_000_000);
            return Err(Refusal::new(id, "durée de validité refusée", log));
        }
        let window = issued.0.saturating_sub(SKEW)..=expires.0.saturating_add(SKEW);
        if !window.contains(&now.0) {
            let reason = format!(
                "hors délai : valable de {issued} à {expires}, il est {now} au boîtier ; vérifier l'heure des deux côtés"
            );
            return Err(Refusal::new(id, &reason, "outside its time".to_owned()));
        }
        match self.seen.admit(command.id, expires, now) {
            Ok(true) => Ok(command),
            // The first one was answered; a copy is not.
            Ok(false) => Err(Refusal::new(None, "", "seen before".to_owned())),
            Err(error) => Err(Refusal::new(
                id,
                "le boîtier ne peut pas noter la commande ; vérifier son disque",
                format!("its number cannot be kept: {error}"),
            )),
        }
    }
}

fn prove(signed: &Signed, identity: &Identity, now: UtcMicros) -> Result<(), String> {
    let chain: Vec<CertificateDer<'_>> = signed
        .chain
        .iter()
        .take(CHAIN)
        .map(|der| CertificateDer::from(der.as_slice()))
        .collect();
    let (own, between) = chain.split_first().ok_or("no certificate")?;
    let mut roots = RootCertStore::empty();
    for authority in &identity.authority {
        roots
            .add(authority.clone())
            .map_err(|error| error.to_string())?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
        .build()
        .map_err(|error| error.to_string())?;
    let at = Duration::from_micros(u64::try_from(now.0).unwrap_or_default());
    verifier
        .verify_client_cert(own, between, UnixTime::since_unix_epoch(at))
        .map_err(|error| error.to_string())?;
    let (_, parsed) =
        x509_parser::parse_x509_certificate(own).map_err(|error| error.to_string())?;
    let names: Vec<_> = parsed
        .subject()
        .iter_common_name()
        .filter_map(|name| name.as_str().ok())
        .collect();
    if names != [HUB] {
        return Err(format!("the certificate is {names:?}'s"));
    }
    let key = &parsed.public_key().subject_public_key.data;
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key)
        .verify(&Signed::signed_bytes(&signed.body), &signed.signature)
        .map_err(|_| "the signature does not fit".to_owned())
}
