//! What holds for the forms of a report together: they say the same, they survive any text, they never change.

mod agreement;
mod content;
mod hostile;
mod schema;

use lisiere_model::report::Report;

const FIXTURES: [(&str, &str); 4] = [
    ("chemistry", include_str!("../fixtures/chemistry.json")),
    ("blood-count", include_str!("../fixtures/blood-count.json")),
    ("serology", include_str!("../fixtures/serology.json")),
    (
        "newborn-partial",
        include_str!("../fixtures/newborn-partial.json"),
    ),
];

fn reports() -> Vec<(&'static str, Report)> {
    FIXTURES
        .iter()
        .map(|(name, json)| {
            (
                *name,
                crate::read(json.as_bytes()).unwrap_or_else(|error| panic!("{name}: {error}")),
            )
        })
        .collect()
}

fn report(wanted: &str) -> Report {
    reports()
        .into_iter()
        .find(|(name, _)| *name == wanted)
        .expect("a fixture of this name")
        .1
}
