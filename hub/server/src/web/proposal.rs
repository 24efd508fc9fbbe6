//! What an appliance answered to a command, as it is shown: a proposal with its evidence, or plain facts.

use serde_json::Value;

/// A likely analyzer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Model {
    pub(super) name: String,
    pub(super) confidence: String,
    pub(super) evidence: String,
}

/// The answer in the parts that a page shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Proposal {
    pub(super) facts: Vec<(&'static str, String)>,
    pub(super) models: Vec<Model>,
    pub(super) settings: String,
}

/// What is known of an answer's members, in the words of the bench. Members it does not know are left out: a newer box may
/// say more than this page shows.
const FACTS: [(&str, &str); 9] = [
    ("line", "Ligne essayée"),
    ("setting", "Vitesse et format"),
    ("link", "Langage"),
    ("other_links", "Autres langages possibles"),
    ("heard", "Octets entendus"),
    ("answers", "ACK envoyés"),
    ("evidence", "Indices"),
    ("queued", "Messages à renvoyer"),
    ("absent", "Messages absents du journal"),
];

/// Words of every fact, for the test of the translation.
#[cfg(test)]
pub(super) fn sentences() -> Vec<&'static str> {
    FACTS.iter().map(|(_, french)| *french).collect()
}

/// Reads an answer; what is no JSON is not shown.
pub(super) fn read(answer: &str) -> Option<Proposal> {
    let Value::Object(said) = serde_json::from_str(answer).ok()? else {
        return None;
    };
    let mut proposal = Proposal::default();
    for (key, french) in FACTS {
        let text = match said.get(key) {
            Some(setting) if key == "setting" => speed(setting),
            Some(value) => words(value),
            None => String::new(),
        };
        if !text.is_empty() {
            proposal.facts.push((french, text));
        }
    }
    if let Some(Value::Array(models)) = said.get("models") {
        proposal.models = models.iter().filter_map(model).collect();
    }
    if let Some(Value::String(settings)) = said.get("proposal") {
        settings.clone_into(&mut proposal.settings);
    }
    Some(proposal)
}

fn model(said: &Value) -> Option<Model> {
    let name = said.get("driver")?.as_str()?.to_owned();
    let per_mille = said.get("per_mille").and_then(Value::as_u64);
    Some(Model {
        name: match said.get("name").and_then(Value::as_str) {
            Some(title) if !title.is_empty() => format!("{title} ({name})"),
            _ => name,
        },
        confidence: per_mille
            .map(|share| format!("{}\u{a0}%", share / 10))
            .unwrap_or_default(),
        evidence: said.get("evidence").map(words).unwrap_or_default(),
    })
}

/// `9600 8N1 (prouvé)`.
fn speed(setting: &Value) -> String {
    let number = |name: &str| setting.get(name).and_then(Value::as_u64);
    let (Some(baud), Some(bits), Some(stop)) =
        (number("baud"), number("data_bits"), number("stop_bits"))
    else {
        return String::new();
    };
    let parity = match setting.get("parity").and_then(Value::as_str) {
        Some("even") => 'E',
        Some("odd") => 'O',
        _ => 'N',
    };
    let sure = match setting.get("is_proven").and_then(Value::as_bool) {
        Some(true) => "prouvé",
        _ => "plausible",
    };
    format!("{baud} {bits}{parity}{stop} ({sure})")
}

/// A value as a person reads it.
fn words(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(words).collect::<Vec<_>>().join(" ; "),
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| format!("{name} {}", words(value)))
            .collect::<Vec<_>>()
            .join(", "),
        other => other.to_string(),
    }
}
