//! What holds for the forms of a report together: they say the same, they survive any text, they never change.

mod agreement;
mod content;
mod hostile;
mod kinds;
mod schema;

use lisiere_model::report::Report;

const FIXTURES: [(&str, &str); 14] = [
    ("chemistry", include_str!("../fixtures/chemistry.json")),
    ("blood-count", include_str!("../fixtures/blood-count.json")),
    ("serology", include_str!("../fixtures/serology.json")),
    (
        "newborn-partial",
        include_str!("../fixtures/newborn-partial.json"),
    ),
    (
        "microbiology",
        include_str!("../fixtures/microbiology.json"),
    ),
    (
        "electrophoresis",
        include_str!("../fixtures/electrophoresis.json"),
    ),
    ("screening", include_str!("../fixtures/screening.json")),
    ("second-line", include_str!("../fixtures/second-line.json")),
    ("water", include_str!("../fixtures/water.json")),
    ("corrected", include_str!("../fixtures/corrected.json")),
    ("withdrawn", include_str!("../fixtures/withdrawn.json")),
    ("awaited", include_str!("../fixtures/awaited.json")),
    (
        "urine-culture",
        include_str!("../fixtures/urine-culture.json"),
    ),
    ("follow-up", include_str!("../fixtures/follow-up.json")),
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
