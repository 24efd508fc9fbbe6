//! What each counter says to a person, in French and English.

/// A counter in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CounterWords {
    /// In French.
    pub french: &'static str,
    /// In English.
    pub english: &'static str,
    /// Whether it counts what should not happen; the others count work done.
    pub is_anomaly: bool,
}

const fn work(french: &'static str, english: &'static str) -> CounterWords {
    CounterWords {
        french,
        english,
        is_anomaly: false,
    }
}

const fn odd(french: &'static str, english: &'static str) -> CounterWords {
    CounterWords {
        french,
        english,
        is_anomaly: true,
    }
}

/// The words for a counter by its name; nothing for a name of another version.
pub fn words(name: &str) -> Option<CounterWords> {
    let found = WORDS.iter().find(|(known, _)| *known == name);
    found.map(|(_, words)| *words)
}

const WORDS: &[(&str, CounterWords)] = &[
    ("sessions", work("sessions", "sessions")),
    (
        "frames_accepted",
        work("trames acceptées", "frames accepted"),
    ),
    ("messages_kept", work("messages gardés", "messages kept")),
    (
        "messages_stored",
        work("messages écrits", "messages stored"),
    ),
    (
        "messages_refused",
        odd("messages refusés", "messages refused"),
    ),
    ("acks_sent", work("ACK envoyés", "ACK sent")),
    ("naks_sent", odd("NAK envoyés", "NAK sent")),
    ("busy_answers", odd("réponses « occupé »", "busy answers")),
    (
        "checksum_errors",
        odd("sommes de contrôle fausses", "wrong checksums"),
    ),
    (
        "checksum_missing",
        odd("trames sans somme de contrôle", "frames without checksum"),
    ),
    (
        "checksum_ignored",
        odd("sommes fausses tolérées", "wrong checksums tolerated"),
    ),
    (
        "checksum_lower_case",
        odd("sommes en minuscules", "checksums in lower case"),
    ),
    (
        "frame_number_errors",
        odd("numéros de trame inattendus", "unexpected frame numbers"),
    ),
    (
        "duplicate_frames",
        odd("trames en double", "duplicate frames"),
    ),
    (
        "noise_bytes",
        odd("octets hors trame", "bytes outside frames"),
    ),
    (
        "forbidden_bytes",
        odd("caractères interdits", "forbidden characters"),
    ),
    (
        "line_errors",
        odd("erreurs de parité ou de format", "parity or framing errors"),
    ),
    (
        "character_timeouts",
        odd("trames coupées par un silence", "frames cut by silence"),
    ),
    (
        "session_timeouts",
        odd(
            "sessions finies par un silence",
            "sessions ended by silence",
        ),
    ),
    (
        "verdict_timeouts",
        odd(
            "écritures trop lentes pour répondre",
            "stored too late to answer",
        ),
    ),
    (
        "late_verdicts",
        odd(
            "écritures après le départ de l'automate",
            "stored after the analyzer had moved on",
        ),
    ),
    (
        "trailer_without_lf",
        odd("trames finies sans LF", "frames ended without LF"),
    ),
    (
        "trailer_without_cr",
        odd("trames finies sans CR", "frames ended without CR"),
    ),
    (
        "trailer_extra_cr",
        odd(
            "trames finies par un CR de trop",
            "frames ended with an extra CR",
        ),
    ),
    (
        "trailer_missing",
        odd("trames sans CR ni LF", "frames without CR and LF"),
    ),
    (
        "line_ends_repaired",
        odd("fins de ligne réparées", "line ends repaired"),
    ),
    (
        "missing_terminator",
        odd(
            "messages sans enregistrement L",
            "messages without L record",
        ),
    ),
    (
        "incomplete_dropped",
        odd("messages interrompus", "messages broken off"),
    ),
    (
        "long_frames",
        odd(
            "trames de plus de 240 caractères",
            "frames above 240 characters",
        ),
    ),
    (
        "oversized_frames",
        odd(
            "trames de plus de 64 000 caractères",
            "frames above 64,000 characters",
        ),
    ),
    (
        "too_long_refused",
        odd(
            "messages refusés, trop longs",
            "messages refused as too long",
        ),
    ),
    (
        "headless_refused",
        odd(
            "messages refusés, sans en-tête",
            "messages refused without header",
        ),
    ),
    ("repeated_enquiries", odd("ENQ répétés", "repeated ENQ")),
    ("enquiries_sent", work("ENQ envoyés", "ENQ sent")),
    ("frames_sent", work("trames envoyées", "frames sent")),
    (
        "frames_resent",
        odd("trames renvoyées", "frames sent again"),
    ),
    ("naks_received", odd("NAK reçus", "NAK received")),
    ("busy_received", odd("« occupé » reçus", "busy received")),
    (
        "garbled_replies",
        odd("réponses illisibles", "garbled replies"),
    ),
    ("early_replies", odd("réponses trop tôt", "early replies")),
    (
        "reply_timeouts",
        odd("réponses jamais venues", "replies that never came"),
    ),
    ("contentions", odd("ENQ croisés", "contentions")),
    (
        "interrupts_received",
        odd(
            "interruptions demandées par l'automate",
            "interrupts asked by the analyzer",
        ),
    ),
    (
        "interrupts_sent",
        odd(
            "interruptions demandées par le boîtier",
            "interrupts asked by the appliance",
        ),
    ),
    (
        "attempts_failed",
        odd("essais d'envoi échoués", "attempts to send that failed"),
    ),
    ("messages_sent", work("messages envoyés", "messages sent")),
    (
        "messages_aborted",
        odd("envois abandonnés", "sendings given up"),
    ),
    (
        "enquiry_missing",
        odd("blocs sans ENQ", "blocks without ENQ"),
    ),
    (
        "blocks_restarted",
        odd(
            "blocs commencés dans un autre",
            "blocks begun inside another",
        ),
    ),
    (
        "rests_refused",
        odd("restes de messages refusés", "rests of messages refused"),
    ),
    (
        "headless_kept",
        odd(
            "messages gardés sans en-tête",
            "messages kept without header",
        ),
    ),
    (
        "offered_again",
        odd(
            "messages proposés de nouveau au journal",
            "messages offered to the journal again",
        ),
    ),
    (
        "unkept_lost",
        odd(
            "messages perdus ou coupés, faute de place en mémoire",
            "messages lost or cut, for want of memory",
        ),
    ),
    (
        "blocks_without_start",
        odd("blocs HL7 sans VT", "HL7 blocks without VT"),
    ),
    (
        "blocks_without_cr",
        odd("blocs HL7 sans CR final", "HL7 blocks without final CR"),
    ),
    (
        "blocks_extra_cr",
        odd(
            "blocs HL7 avec un CR de trop",
            "HL7 blocks with an extra CR",
        ),
    ),
    (
        "hybrid_blocks",
        odd(
            "blocs HLLP sur une ligne MLLP",
            "HLLP blocks on an MLLP line",
        ),
    ),
    (
        "segment_ends_lf",
        odd(
            "messages HL7 aux lignes finies par LF",
            "HL7 messages with LF line ends",
        ),
    ),
    (
        "blocks_unreadable",
        odd("blocs illisibles", "unreadable blocks"),
    ),
    (
        "duplicate_messages",
        odd("messages reçus deux fois", "messages received twice"),
    ),
    (
        "late_answers",
        odd(
            "réponses après la fin de l'envoi",
            "answers after the sending had ended",
        ),
    ),
    (
        "foreign_answers",
        odd(
            "réponses à aucun de nos messages",
            "answers to no message of ours",
        ),
    ),
    // Counted by the appliance itself.
    (
        "repeats",
        work(
            "messages répétés, gardés une fois",
            "repeated messages, kept once",
        ),
    ),
];

#[cfg(test)]
mod tests {
    use super::{WORDS, words};
    use crate::LinkCounters;

    #[test]
    fn every_counter_can_be_told_to_a_person() {
        for (name, _) in LinkCounters::default().entries() {
            assert!(words(name).is_some(), "no words for {name}");
        }
        for (place, (name, words)) in WORDS.iter().enumerate() {
            assert!(
                !words.french.is_empty() && !words.english.is_empty(),
                "{name}"
            );
            assert!(
                WORDS.iter().take(place).all(|(other, _)| other != name),
                "twice: {name}"
            );
        }
    }
}
