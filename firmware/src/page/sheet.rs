//! The pages themselves: text in, HTML out, everything escaped. Pure.

use super::{
    advice::{Urgency, advice},
    words::{self, Words},
};
use crate::{
    board::Board,
    health::{PortHealth, Status},
};
use std::fmt::Write;

/// Text as it may stand in HTML.
struct Safe<'a>(&'a str);

impl std::fmt::Display for Safe<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for character in self.0.chars() {
            match character {
                '&' => formatter.write_str("&amp;")?,
                '<' => formatter.write_str("&lt;")?,
                '>' => formatter.write_str("&gt;")?,
                '"' => formatter.write_str("&quot;")?,
                '\'' => formatter.write_str("&#39;")?,
                other => formatter.write_char(other)?,
            }
        }
        Ok(())
    }
}

/// Writing to memory cannot fail.
macro_rules! put {
    ($page:expr, $($arguments:tt)*) => {{ let _ = write!($page, $($arguments)*); }};
}

mod cards;
use cards::{clock, found, server};

fn frame(status: Option<&Status>, words: Words, here: &str, title: &str, body: &str) -> String {
    let lang = words.code();
    let mut page = String::with_capacity(body.len() + 2048);
    put!(
        page,
        "<!doctype html>\n<html lang=\"{lang}\"><head><meta charset=\"utf-8\">"
    );
    put!(
        page,
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta name=\"color-scheme\" content=\"light dark\">"
    );
    put!(
        page,
        "<title>{} · Lisière</title><link rel=\"stylesheet\" href=\"/style.css\"><script src=\"/page.js\" defer></script></head>",
        Safe(title)
    );
    put!(
        page,
        "<body><a class=\"skip\" href=\"#contenu\">{}</a>",
        words.say("Aller au contenu", "Skip to content")
    );
    put!(page, "<header class=\"bar\"><b>Lisière</b>");
    if let Some(status) = status {
        put!(
            page,
            "<b>{}</b><span>{}</span><span>version {}</span>",
            Safe(&words::title(status, words)),
            Safe(&status.site),
            Safe(&status.version)
        );
    }
    let other = words.other();
    put!(
        page,
        "<a class=\"push\" href=\"{here}?lang={}\" hreflang=\"{0}\" lang=\"{0}\">{}</a></header>",
        other.code(),
        other.say("Français", "English")
    );
    put!(page, "<main id=\"contenu\">{body}</main></body></html>\n");
    page
}

/// The box at a glance.
pub(super) fn home(status: &Status, board: &Board, words: Words) -> String {
    let mut body = String::new();
    let title = words.say("Le boîtier et ses lignes", "The box and its lines");
    put!(
        body,
        "<h1>{title}</h1><p class=\"lost-note\" role=\"status\">{}</p>",
        words.say(
            "Le boîtier ne répond plus à cette page. Ce qui suit est son dernier état connu.",
            "The box no longer answers this page. What follows is its last known state.",
        )
    );
    put!(body, "<div id=\"etat\">");
    todo(status, words, &mut body);
    ports(status, words, &mut body);
    for place in board.places() {
        if let Some(outcome) = board.found(&place.name) {
            found(&place.name, &outcome, words, &mut body);
        }
    }
    put!(body, "<div class=\"pair\">");
    server(status, words, &mut body);
    clock(status, words, &mut body);
    put!(body, "</div></div>");
    put!(body, "<p class=\"muted\">{}</p>", words.say(
        "Cette page se lit seulement et ne montre rien d'un patient. Elle se met à jour seule.",
        "This page can only be read and shows nothing of a patient. It keeps itself up to date.",
    ));
    frame(Some(status), words, "/", title, &body)
}

fn todo(status: &Status, words: Words, body: &mut String) {
    put!(
        body,
        "<section><h2>{}</h2><ul class=\"todo\">",
        words.say("À faire", "What to do next")
    );
    let all = advice(status, words);
    if all.iter().all(|one| one.urgency == Urgency::Know) {
        put!(
            body,
            "<li class=\"fine\"><b>{}</b></li>",
            words.say(
                "Rien d'urgent : le boîtier fait son travail.",
                "Nothing urgent: the box does its work."
            )
        );
    }
    for one in &all {
        let (class, tag, word) = match one.urgency {
            Urgency::Now => ("now", "bad", words.say("maintenant", "now")),
            Urgency::Soon => ("soon", "held", words.say("bientôt", "soon")),
            Urgency::Know => ("know", "plain", words.say("à savoir", "good to know")),
        };
        put!(
            body,
            "<li class=\"{class}\"><b><span class=\"tag {tag}\">{word}</span>{}</b>",
            Safe(&one.what)
        );
        if !one.reason.is_empty() {
            put!(
                body,
                "<p class=\"why\" lang=\"fr\">{}</p>",
                Safe(&one.reason)
            );
        }
        put!(body, "{}</li>", Safe(one.remedy));
    }
    put!(body, "</ul></section>");
}

fn ports(status: &Status, words: Words, body: &mut String) {
    put!(body, "<section><h2>{}</h2>", words.say("Lignes", "Lines"));
    if status.ports.is_empty() {
        put!(
            body,
            "<p class=\"muted\">{}</p></section>",
            words.say("Aucun port n'est réglé.", "No port is set up.")
        );
        return;
    }
    put!(body, "<div class=\"scroll\"><table><thead><tr>");
    for (head, class) in [
        (words.say("Port", "Port"), ""),
        (words.say("État", "State"), ""),
        (words.say("Entendu", "Heard"), ""),
        (words.say("Dernier message", "Last message"), ""),
        (words.say("Messages", "Messages"), " class=\"right\""),
        (words.say("Regarder", "Watch"), ""),
    ] {
        put!(body, "<th scope=\"col\"{class}>{head}</th>");
    }
    put!(body, "</tr></thead><tbody>");
    for port in &status.ports {
        row(port, status, words, body);
    }
    put!(body, "</tbody></table></div></section>");
}

fn row(port: &PortHealth, status: &Status, words: Words, body: &mut String) {
    let never = words.say("jamais", "never");
    let when = |at: Option<lisiere_model::UtcMicros>| {
        at.map_or_else(
            || never.to_owned(),
            |at| {
                format!(
                    "{}<small>{}</small>",
                    words::ago(at, status.at, words),
                    words::moment(at)
                )
            },
        )
    };
    let driver = if port.driver.is_empty() {
        words.say("sans pilote", "no driver")
    } else {
        &port.driver
    };
    let state = match (port.open, port.last_heard) {
        (false, _) => format!(
            "<span class=\"tag bad\">{}</span>",
            words.say("fermée", "closed")
        ),
        (true, None) => format!(
            "<span class=\"tag plain\">{}</span>",
            words.say("à l'écoute", "listening")
        ),
        (true, Some(_)) => format!(
            "<span class=\"tag good\">{}</span>",
            words.say("ouverte", "open")
        ),
    };
    put!(
        body,
        "<tr><td><b>{}</b><small>{}</small><small class=\"break\">{}</small></td><td data-head=\"{}\">{state}</td>",
        Safe(&port.name),
        Safe(driver),
        Safe(&port.line),
        words.say("État", "State")
    );
    put!(
        body,
        "<td class=\"nowrap\" data-head=\"{}\">{}</td><td class=\"nowrap\" data-head=\"{}\">{}</td>",
        words.say("Entendu", "Heard"),
        when(port.last_heard),
        words.say("Dernier message", "Last message"),
        when(port.last_message)
    );
    figures(port, words, body);
}

/// What the line has carried, and the way to see it.
fn figures(port: &PortHealth, words: Words, body: &mut String) {
    put!(
        body,
        "<td class=\"right\" data-head=\"{}\">{}",
        words.say("Messages", "Messages"),
        port.messages
    );
    for (count, one, many) in [
        (
            port.repeats,
            words.say("répété", "repeated"),
            words.say("répétés", "repeated"),
        ),
        (
            port.refused,
            words.say("refusé", "refused"),
            words.say("refusés", "refused"),
        ),
        (
            port.restarts,
            words.say("relance", "restart"),
            words.say("relances", "restarts"),
        ),
    ] {
        if count > 0 {
            put!(body, "<small>{}</small>", words.count(count, one, many));
        }
    }
    let name = Safe(&port.name);
    put!(
        body,
        "</td><td><a class=\"nowrap\" id=\"voir-{name}\" href=\"/ligne/{name}?lang={}\">{}</a>",
        words.code(),
        words.say("voir la ligne", "see the line")
    );
    if !port.counters.is_empty() {
        put!(
            body,
            "<details id=\"compteurs-{name}\"><summary>{}</summary><dl>",
            words.say("compteurs", "counters")
        );
        for (counter, count) in &port.counters {
            put!(
                body,
                "<dt>{}</dt><dd>{count}</dd>",
                Safe(&words::counter(counter, words))
            );
        }
        put!(body, "</dl></details>");
    }
    put!(body, "</td></tr>");
}

/// One line as it is spoken, masked.
pub(super) fn line(status: &Status, name: &str, words: Words) -> String {
    let title = match words {
        Words::French => format!("Ligne {name}"),
        Words::English => format!("Line {name}"),
    };
    let mut body = String::new();
    put!(
        body,
        "<p><a href=\"/?lang={}\">← {}</a></p>",
        words.code(),
        words.say("Le boîtier", "The box")
    );
    put!(
        body,
        "<div class=\"head\"><h1>{}</h1><span id=\"suivi\" role=\"status\" class=\"muted\" data-on=\"{}\" data-off=\"{}\">{}</span>",
        Safe(&title),
        words.say("En direct.", "Live."),
        words.say(
            "La liaison avec le boîtier est coupée ; elle est reprise seule.",
            "The way to the box is cut; it is taken up again by itself."
        ),
        words.say("Ouverture…", "Opening…")
    );
    put!(
        body,
        "<button type=\"button\" id=\"pause\" class=\"push\" hidden aria-pressed=\"false\" data-pause=\"{0}\" data-resume=\"{1}\">{0}</button></div>",
        words.say("Figer", "Freeze"),
        words.say("Reprendre", "Resume")
    );
    put!(body, "<p class=\"muted\">{}</p>", words.say(
        "Les caractères de contrôle portent leur nom, chaque somme de contrôle son verdict. Le texte est masqué (x, 9) : pour le lire, « lisiere-appliance watch » sur le boîtier, ou la page Boîtiers du serveur.",
        "Control characters bear their names, each checksum its verdict. The text is masked (x, 9): to read it, `lisiere-appliance watch` on the box, or the server's page Appliances.",
    ));
    put!(
        body,
        "<noscript><p>{}</p></noscript>",
        words.say(
            "Cette page a besoin de JavaScript.",
            "This page needs JavaScript."
        )
    );
    put!(
        body,
        "<div class=\"live\" id=\"ligne\" tabindex=\"0\" role=\"log\" aria-live=\"off\" aria-label=\"{}\" data-stream=\"/ligne/{}/flux\"",
        Safe(&title),
        Safe(name)
    );
    for (key, word) in [
        ("received", words.say("automate →", "analyzer →")),
        ("sent", words.say("← boîtier", "← box")),
        ("good", words.say("somme juste", "checksum right")),
        ("wrong", words.say("somme fausse :", "checksum wrong:")),
        (
            "errors",
            words.say("erreurs de parité ou de format", "parity or framing errors"),
        ),
        (
            "lost",
            words.say(
                "morceaux non montrés (ligne trop rapide)",
                "pieces not shown (line too fast)",
            ),
        ),
    ] {
        put!(body, " data-{key}=\"{word}\"");
    }
    put!(
        body,
        "><table><thead><tr><th scope=\"col\">{}</th><th scope=\"col\">{}</th><th scope=\"col\">{}</th></tr></thead><tbody></tbody></table></div>",
        words.say("Heure", "Time"),
        words.say("Sens", "Direction"),
        words.say("Octets", "Bytes")
    );
    frame(
        Some(status),
        words,
        &format!("/ligne/{}", Safe(name)),
        &title,
        &body,
    )
}

/// What is not there.
pub(super) fn nowhere(words: Words) -> String {
    let title = words.say("Introuvable", "Not found");
    let body = format!(
        "<h1>{title}</h1><p>{} <a href=\"/?lang={}\">{}</a></p>",
        words.say("Cette page n'existe pas.", "There is no such page."),
        words.code(),
        words.say("Le boîtier", "The box"),
    );
    frame(None, words, "/", title, &body)
}
