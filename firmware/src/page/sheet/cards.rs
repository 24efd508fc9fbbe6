//! The smaller parts of the page: server and queue, clock, what was recognised.

use super::{Safe, words, words::Words};
use crate::{health::Status, recognise::Outcome};
use lisiere_model::ClockQuality;
use std::fmt::Write;

/// What recognition found at a port: a proposal with what speaks for it, to be copied by a person.
pub(super) fn found(port: &str, outcome: &Outcome, words: Words, body: &mut String) {
    put!(
        body,
        "<section><h2>{} {}</h2>",
        words.say("Reconnu au port", "Recognised at port"),
        Safe(port)
    );
    let unknown = words.say("inconnu", "unknown");
    let setting = outcome.setting.as_ref().map_or_else(
        || "—".to_owned(),
        |setting| {
            let sure = if setting.is_proven {
                words.say("prouvé", "proven")
            } else {
                words.say("plausible", "plausible")
            };
            let parity = match setting.parity.as_str() {
                "even" => "E",
                "odd" => "O",
                _ => "N",
            };
            format!(
                "{} {}{parity}{} ({sure})",
                setting.baud, setting.data_bits, setting.stop_bits
            )
        },
    );
    put!(
        body,
        "<dl><dt>{}</dt><dd>{}</dd><dt>{}</dt><dd>{setting}</dd><dt>{}</dt><dd>{}</dd>",
        words.say("Ligne", "Line"),
        Safe(&outcome.line),
        words.say("Vitesse et format", "Speed and format"),
        words.say("Langage", "Language"),
        Safe(outcome.link.as_deref().unwrap_or(unknown))
    );
    for model in &outcome.models {
        put!(
            body,
            "<dt>{}\u{a0}%</dt><dd><b>{}</b> <code>{}</code><small lang=\"fr\">{}</small></dd>",
            model.per_mille / 10,
            Safe(&model.name),
            Safe(&model.driver),
            Safe(&model.evidence.join(" ; "))
        );
    }
    put!(body, "</dl><ul lang=\"fr\">");
    for one in &outcome.evidence {
        put!(body, "<li>{}</li>", Safe(one));
    }
    put!(body, "</ul>");
    if let Some(proposal) = &outcome.proposal {
        put!(
            body,
            "<p>{}</p><pre><code>{}</code></pre>",
            words.say(
                "Réglages proposés, à recopier dans /etc/lisiere/appliance.toml. Rien n'est appliqué sans une personne.",
                "Proposed settings, to be copied into /etc/lisiere/appliance.toml. Nothing is applied without a person.",
            ),
            Safe(proposal)
        );
    }
    put!(body, "</section>");
}

pub(super) fn server(status: &Status, words: Words, body: &mut String) {
    let uplink = &status.uplink;
    let (tag, word) = match (uplink.enrolled, uplink.connected) {
        (false, _) => ("bad", words.say("non inscrit", "not enrolled")),
        (true, false) => ("held", words.say("non joint", "out of reach")),
        (true, true) => ("good", words.say("relié", "connected")),
    };
    put!(
        body,
        "<section><h2>{}</h2><dl>",
        words.say("Serveur et file d'attente", "Server and queue")
    );
    put!(
        body,
        "<dt>{}</dt><dd><span class=\"tag {tag}\">{word}</span></dd>",
        words.say("Serveur", "Server")
    );
    put!(
        body,
        "<dt>{}</dt><dd><b>{}</b></dd>",
        words.say("En attente", "Waiting"),
        words.count(status.queue, "message", "messages")
    );
    put!(
        body,
        "<dt>{}</dt><dd>{}\u{a0}{}</dd>",
        words.say("Dernier gardé", "Last kept"),
        words.say("n°", "no."),
        status.last_seq
    );
    let confirmed = uplink
        .last_confirmed
        .map(|at| format!(" ({})", words::ago(at, status.at, words)));
    put!(
        body,
        "<dt>{}</dt><dd>{}\u{a0}{}{}</dd>",
        words.say("Confirmé", "Confirmed"),
        words.say("n°", "no."),
        status.confirmed,
        confirmed.unwrap_or_default()
    );
    put!(
        body,
        "<dt>{}</dt><dd>{}\u{a0}{}</dd>",
        words.say("Place libre", "Free space"),
        status.journal_free >> 20,
        words.say("Mo", "MB")
    );
    let certificate = match status.certificate_days {
        None => words.say("aucun", "none").to_owned(),
        Some(days) if days < 0 => format!(
            "<span class=\"tag bad\">{}</span>",
            words.say("expiré", "expired")
        ),
        Some(days) => {
            let days = words.count(
                u64::from(days.unsigned_abs()),
                words.say("jour", "day"),
                words.say("jours", "days"),
            );
            format!("{} {days}", words.say("encore", "for"))
        }
    };
    put!(
        body,
        "<dt>{}</dt><dd>{certificate}</dd></dl></section>",
        words.say("Certificat", "Certificate")
    );
}

pub(super) fn clock(status: &Status, words: Words, body: &mut String) {
    let (tag, word) = match status.clock {
        ClockQuality::Ntp => (
            "good",
            words.say("tenue par un serveur de temps", "kept by a time server"),
        ),
        ClockQuality::Rtc => (
            "plain",
            words.say("tenue par la pile du boîtier", "kept by the box's battery"),
        ),
        ClockQuality::Unsynchronised => ("held", words.say("non garantie", "not vouched for")),
    };
    put!(
        body,
        "<section><h2>{}</h2><dl>",
        words.say("Horloge", "Clock")
    );
    put!(
        body,
        "<dt>{}</dt><dd><b>{}</b> <span class=\"muted\">{}</span></dd>",
        words.say("Heure du boîtier", "Time of the box"),
        words::moment(status.at),
        words::zone_name(status.at)
    );
    put!(
        body,
        "<dt>{}</dt><dd><span class=\"tag {tag}\">{word}</span></dd>",
        words.say("Qualité", "Quality")
    );
    let ahead = match (status.keeping.ahead, status.keeping.keeper.as_str()) {
        (Some(ahead), keeper) => format!(
            "{} <span class=\"muted\">({})</span>",
            words::offset(ahead, words),
            Safe(keeper)
        ),
        (None, "") => words
            .say(
                "aucun service de temps ne répond",
                "no time service answers",
            )
            .to_owned(),
        (None, _) => words.say("inconnu", "unknown").to_owned(),
    };
    put!(
        body,
        "<dt>{}</dt><dd>{ahead}</dd>",
        words.say("Écart au serveur de temps", "Offset from the time server")
    );
    if let Some(jump) = status.clock_jump {
        put!(
            body,
            "<dt>{}</dt><dd>{} <small>{}</small></dd>",
            words.say("Remise à l'heure", "Clock was set"),
            words::offset(jump.by, words),
            words::moment(jump.at)
        );
    }
    put!(body, "</dl><p class=\"muted\"><small>{}</small></p></section>", words.say(
        "L'ordre des messages est celui du journal : une remise à l'heure n'en déplace ni n'en perd aucun. L'écart de l'heure de chaque automate se lit sur le serveur, page Boîtiers.",
        "The order of messages is the journal's: setting the clock moves and loses none. How far each analyzer's own clock is off is shown by the server, page Appliances.",
    ));
}
