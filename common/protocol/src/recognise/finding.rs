//! What recognition has found, with what speaks for it.

use super::dialect::Dialect;
use super::setting::Setting;

/// How sure the speed is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Certainty {
    /// The port reports errors and reported none here, or other settings were tried and could not be read.
    Proven,
    /// All is readable, but the port reports no errors and no other setting was tried: it may be any speed.
    Plausible,
}

/// One setting, and what was read at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// The setting.
    pub setting: Setting,
    /// Bytes read.
    pub bytes: u64,
    /// Those of them that occur in messages.
    pub known: u64,
    /// Bytes with a parity or framing error, and breaks.
    pub errors: u64,
    /// Enquiries that stood alone.
    pub enquiries: u64,
    /// Whether it was given up.
    pub is_refuted: bool,
}

impl Tried {
    /// Per mille of what was read that makes sense; each error takes two bytes' worth away.
    pub fn score(&self) -> u16 {
        let good = self.known.saturating_sub(2 * self.errors);
        let all = self.bytes.max(1);
        u16::try_from(good * 1000 / all).unwrap_or(1000).min(1000)
    }
}

/// What recognition has found.
#[derive(Clone, PartialEq, Eq)]
pub struct Finding {
    /// How the line is set, and how sure that is; absent on a network and when nothing could be read.
    pub setting: Option<(Setting, Certainty)>,
    /// The link languages that fit, the likeliest first.
    pub dialects: Vec<Dialect>,
    /// A message, or as much of one as could be heard, with its marks: by it the model may be told.
    pub message: Vec<u8>,
    /// What speaks for it all, and what the person should know, in French.
    pub evidence: Vec<String>,
    /// Every setting that was tried.
    pub tried: Vec<Tried>,
    /// Bytes heard in all.
    pub heard: u64,
    /// ACKs sent.
    pub answers: u32,
}

impl core::fmt::Debug for Finding {
    /// The message may hold a patient and is only measured.
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter
            .debug_struct("Finding")
            .field("setting", &self.setting)
            .field("dialects", &self.dialects)
            .field("message", &self.message.len())
            .field("evidence", &self.evidence)
            .field("tried", &self.tried)
            .field("heard", &self.heard)
            .field("answers", &self.answers)
            .finish()
    }
}

impl Finding {
    /// What speaks for it all, in French.
    pub(super) fn explained(
        &self,
        shows_errors: bool,
        in_vain: u32,
        patience: core::time::Duration,
    ) -> Vec<String> {
        let mut said = Vec::new();
        if let Some((setting, certainty)) = &self.setting {
            said.extend(self.setting_words(*setting, *certainty, shows_errors));
        }
        if let Some(best) = self.dialects.first() {
            said.extend(best.evidence.iter().cloned());
        }
        let seconds = patience.as_secs();
        if self.heard == 0 {
            said.push(format!(
                "aucun octet reçu en {seconds} s : allumer l'analyseur, lui faire envoyer un résultat ou un test de communication, vérifier le câble (fils 2 et 3 croisés ou droits)"
            ));
        } else if self.dialects.is_empty() && self.setting.is_none() && !self.tried.is_empty() {
            said.push(
                "des octets arrivent, mais aucun réglage essayé ne les rend lisibles : vérifier la masse et le câble, et la vitesse affichée par l'analyseur".to_owned(),
            );
        } else if self.dialects.is_empty() {
            said.push("les octets reçus ne ressemblent à aucune liaison connue".to_owned());
        } else if in_vain > 0 && self.message.is_empty() {
            said.push(format!(
                "{in_vain} réponse(s) ACK sans qu'une trame suive : l'analyseur ne nous entend sans doute pas, vérifier le fil d'émission du boîtier vers l'analyseur"
            ));
        }
        said
    }

    fn setting_words(
        &self,
        setting: Setting,
        certainty: Certainty,
        shows_errors: bool,
    ) -> Vec<String> {
        let mut said = Vec::new();
        if let Some(tried) = self.tried.iter().find(|tried| tried.setting == setting) {
            said.push(format!(
                "{setting} : {} octets lus, {} % connus, {} erreur(s)",
                tried.bytes,
                tried.known * 100 / tried.bytes.max(1),
                tried.errors
            ));
        }
        for tried in self.tried.iter().filter(|tried| tried.is_refuted) {
            said.push(format!(
                "{} écarté : {} octets, {} % connus, {} erreur(s)",
                tried.setting,
                tried.bytes,
                tried.known * 100 / tried.bytes.max(1),
                tried.errors
            ));
        }
        if !shows_errors {
            said.push(
                "ce port ne signale pas les erreurs de parité et de trame : le réglage se déduit des octets connus et des sommes de contrôle".to_owned(),
            );
        }
        if certainty == Certainty::Plausible {
            said.push(
                "la vitesse est plausible, non prouvée : comparer avec celle qu'affiche l'analyseur".to_owned(),
            );
        }
        if setting.framing == super::setting::Framing::EIGHT_NONE {
            said.push("8N1 et 8N2 se lisent de la même façon".to_owned());
        }
        said
    }
}
