//! What to do next, from how the box is: the most urgent first, each with its remedy. Pure.

use super::words::Words;
use crate::health::{PortHealth, Status};
use lisiere_model::ClockQuality;

/// How soon somebody should act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// Results do not get through, or will not.
    Now,
    /// It goes on for now.
    Soon,
    /// Good to know.
    Know,
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// How soon.
    pub urgency: Urgency,
    /// What is the matter.
    pub what: String,
    /// The reason, as another part of the box gave it, in French; empty when there is none.
    pub reason: String,
    /// What to do.
    pub remedy: &'static str,
}

/// Days before the end of a certificate when a person should know.
const CERTIFICATE_DAYS: i32 = 30;
/// Damaged frames a hundred accepted ones.
const DAMAGED_PERCENT: u64 = 2;
/// An offset from the time server that a person should know of, microseconds.
const FAR: i64 = 2_000_000;

/// Everything that somebody should do or know, the most urgent first.
pub fn advice(status: &Status, words: Words) -> Vec<Advice> {
    let mut all = Vec::new();
    journal(status, words, &mut all);
    uplink(status, words, &mut all);
    for port in &status.ports {
        line(port, words, &mut all);
    }
    if status.ports.is_empty() {
        all.push(new(
            Urgency::Soon,
            words.say("Aucun port n'est réglé.", "No port is set up."),
            words.say(
                "Écrire un [[port]] dans /etc/lisiere/appliance.toml ; « lisiere-appliance recognise » propose les réglages d'un automate branché.",
                "Write a [[port]] in /etc/lisiere/appliance.toml; `lisiere-appliance recognise` proposes the settings of an analyzer that is plugged in.",
            ),
        ));
    }
    certificate(status, words, &mut all);
    clock(status, words, &mut all);
    others(status, words, &mut all);
    all.sort_by_key(|advice| advice.urgency);
    all
}

fn new(urgency: Urgency, what: impl Into<String>, remedy: &'static str) -> Advice {
    Advice {
        urgency,
        what: what.into(),
        reason: String::new(),
        remedy,
    }
}

fn journal(status: &Status, words: Words, all: &mut Vec<Advice>) {
    if status.refusing {
        all.push(new(
            Urgency::Now,
            words.say(
                "Le journal ne prend plus rien : les automates reçoivent NAK et gardent leurs résultats. Rien n'est perdu.",
                "The journal takes nothing: analyzers are answered NAK and keep their results. Nothing is lost.",
            ),
            if status.uplink.connected {
                words.say(
                    "Vérifier le disque du boîtier (place, erreurs) ; prévenir l'ingénieur.",
                    "Check the disk of the box (space, errors); tell the engineer.",
                )
            } else {
                words.say(
                    "Rétablir la liaison avec le serveur : le journal se vide dès qu'il confirme.",
                    "Bring the way to the server back: the journal empties as soon as the server confirms.",
                )
            },
        ));
    }
}

fn uplink(status: &Status, words: Words, all: &mut Vec<Advice>) {
    let uplink = &status.uplink;
    if !uplink.enrolled {
        all.push(new(
            Urgency::Now,
            words.say(
                "Ce boîtier n'est inscrit à aucun serveur. Les messages sont gardés ici.",
                "This box is enrolled with no server. Messages are kept here.",
            ),
            words.say(
                "Sur le serveur, page Boîtiers : inviter. Sur le boîtier : lisiere-appliance enrol JETON.",
                "On the server, page Appliances: invite. On the box: lisiere-appliance enrol TOKEN.",
            ),
        ));
    } else if !uplink.connected {
        let what = words.say(
            "Le serveur n'est pas joint. Les messages sont gardés et partiront seuls.",
            "The server is out of reach. Messages are kept and will leave by themselves.",
        );
        all.push(
            new(
                Urgency::Soon,
                what,
            words.say(
                "Vérifier le câble réseau et le voyant du commutateur ; puis l'adresse du serveur, avec l'ingénieur.",
                "Check the network cable and the switch's light; then the server's address, with the engineer.",
            ),
        )
            .because(&uplink.trouble),
        );
    } else if !uplink.trouble.is_empty() {
        let what = words.say(
            "Le courtier de messages répond, le serveur non. Les messages sont gardés.",
            "The message broker answers, the server does not. Messages are kept.",
        );
        all.push(
            new(
                Urgency::Soon,
                what,
                words.say(
                    "Vérifier que lisiere-hub tourne.",
                    "Check that lisiere-hub is running.",
                ),
            )
            .because(&uplink.trouble),
        );
    }
}

impl Advice {
    fn because(mut self, reason: &str) -> Self {
        reason.clone_into(&mut self.reason);
        self
    }
}

fn line(port: &PortHealth, words: Words, all: &mut Vec<Advice>) {
    let name = &port.name;
    if !port.open {
        let what = match words {
            Words::French => format!("Port {name} : la ligne n'est pas ouverte."),
            Words::English => format!("Port {name}: the line is not open."),
        };
        all.push(
            new(
                Urgency::Now,
                what,
            words.say(
                "Rebrancher l'adaptateur ou le câble ; le port se rouvre seul. Si l'adaptateur a changé : ls -l /dev/serial/by-id/, puis corriger les réglages.",
                "Plug the adapter or the cable in again; the port reopens by itself. If the adapter was changed: ls -l /dev/serial/by-id/, then correct the settings.",
            ),
        )
            .because(&port.trouble),
        );
        return;
    }
    if port.last_heard.is_none() && port.messages == 0 {
        let what = match words {
            Words::French => format!("Port {name} : à l'écoute, rien entendu depuis le démarrage."),
            Words::English => format!("Port {name}: listening, nothing heard since start."),
        };
        all.push(new(
            Urgency::Know,
            what,
            words.say(
                "Demander à l'automate de renvoyer le dernier résultat. Si rien ne vient : câble (croisé ?), vitesse, puis appui long sur le bouton ou « lisiere-appliance recognise ».",
                "Ask the analyzer to send its last result again. If nothing comes: cable (crossed?), speed, then a long press on the button or `lisiere-appliance recognise`.",
            ),
        ));
    }
    if port.driver.is_empty() {
        let what = match words {
            Words::French => format!("Port {name} : aucun pilote n'est choisi."),
            Words::English => format!("Port {name}: no driver is chosen."),
        };
        all.push(new(
            Urgency::Know,
            what,
            words.say(
                "Les messages sont gardés et transmis. Choisir le pilote dans les réglages du port ; la reconnaissance en propose un.",
                "Messages are kept and sent on. Choose the driver in the port's settings; recognition proposes one.",
            ),
        ));
    }
    troubles(port, words, all);
}

/// An open line that does not carry messages well.
fn troubles(port: &PortHealth, words: Words, all: &mut Vec<Advice>) {
    let name = &port.name;
    let count = |name: &str| port.counters.get(name).copied().unwrap_or_default();
    let damaged = count("checksum_errors").saturating_add(count("line_errors"));
    let accepted = count("frames_accepted");
    if damaged > 5 && damaged.saturating_mul(100) > accepted.saturating_mul(DAMAGED_PERCENT) {
        let what = match words {
            Words::French => format!(
                "Port {name} : {damaged} trames abîmées pour {accepted} acceptées. L'automate les répète ; rien n'est perdu."
            ),
            Words::English => format!(
                "Port {name}: {damaged} damaged frames for {accepted} accepted. The analyzer repeats them; nothing is lost."
            ),
        };
        all.push(new(
            Urgency::Soon,
            what,
            words.say(
                "Vérifier vitesse et parité, raccourcir le câble, l'écarter d'un moteur ou d'un variateur.",
                "Check speed and parity, shorten the cable, keep it away from motors and drives.",
            ),
        ));
    }
    if port.refused > 0 && port.messages == 0 {
        let what = match words {
            Words::French => format!("Port {name} : tous les messages ont été refusés."),
            Words::English => format!("Port {name}: every message was refused."),
        };
        all.push(new(
            Urgency::Now,
            what,
            words.say(
                "Regarder le journal et le disque du boîtier.",
                "Look at the journal and the disk of the box.",
            ),
        ));
    }
}

fn certificate(status: &Status, words: Words, all: &mut Vec<Advice>) {
    let Some(days) = status.certificate_days else {
        return;
    };
    let again = words.say(
        "Inscrire de nouveau le boîtier avec une invitation du serveur.",
        "Enrol the box again with an invitation of the server.",
    );
    if days < 0 {
        let what = words.say(
            "Le certificat du boîtier a expiré : le serveur le refuse.",
            "The certificate of the box has expired: the server refuses it.",
        );
        all.push(new(Urgency::Now, what, again));
    } else if days <= CERTIFICATE_DAYS {
        let what = match words {
            Words::French => format!("Le certificat du boîtier expire dans {days} jours."),
            Words::English => format!("The certificate of the box expires in {days} days."),
        };
        all.push(new(Urgency::Soon, what, again));
    }
}

fn clock(status: &Status, words: Words, all: &mut Vec<Advice>) {
    if status.clock == ClockQuality::Unsynchronised {
        all.push(new(
            Urgency::Soon,
            words.say(
                "Rien ne garantit l'heure du boîtier. L'ordre des messages n'en dépend pas, l'heure de réception affichée si.",
                "Nothing vouches for the time of the box. The order of messages does not depend on it, the time of reception shown does.",
            ),
            words.say(
                "Indiquer un serveur de temps (chrony ou systemd-timesyncd), souvent le même que celui du laboratoire.",
                "Name a time server (chrony or systemd-timesyncd), often the laboratory's own.",
            ),
        ));
    }
    if let Some(ahead) = status.keeping.ahead
        && ahead.saturating_abs() >= FAR
    {
        let far = super::words::offset(ahead, words);
        let what = match words {
            Words::French => format!("L'horloge du boîtier s'écarte du serveur de temps : {far}."),
            Words::English => format!("The box's clock is off the time server: {far}."),
        };
        all.push(new(
            Urgency::Soon,
            what,
            words.say(
                "Le service de temps la corrige seul ; si l'écart reste, redémarrer chrony ou systemd-timesyncd.",
                "The time service corrects it by itself; if it stays off, restart chrony or systemd-timesyncd.",
            ),
        ));
    }
}

/// Alarms that nothing above has spoken of.
fn others(status: &Status, words: Words, all: &mut Vec<Advice>) {
    let spoken = [
        "journal plein",
        "journal en panne",
        "certificat",
        "le certificat",
        "port ",
    ];
    let rest = status
        .alarms
        .iter()
        .filter(|alarm| !spoken.iter().any(|start| alarm.starts_with(start)));
    all.extend(rest.map(|alarm| {
        Advice {
            urgency: Urgency::Now,
            what: words
                .say("Le boîtier signale un défaut.", "The box reports a fault.")
                .to_owned(),
            reason: alarm.clone(),
            remedy: words.say(
                "Prévenir l'ingénieur en citant cette phrase.",
                "Tell the engineer, quoting this sentence.",
            ),
        }
    }));
}
