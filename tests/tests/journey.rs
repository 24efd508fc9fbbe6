//! The journey of results from five analyzers to signed reports, in both settings, through real processes and the
//! pages' own routes.

use std::{path::Path, time::Duration};

use anyhow::{Context, Result, ensure};
use lisiere_tests::{
    analyzer::{Analyzer, Manner},
    appliance::{self, Appliance, Port, Wiring},
    browser::Browser,
    chance::Dice,
    desk::{self, Request, Tube},
    hub::{BIOLOGIST, SECRETARY, TECHNICIAN},
    messages::Model,
    patients::PEOPLE,
    system::{Setting, System},
    validators, wait,
};

const MINUTES: Duration = Duration::from_secs(120);
const ROOMS: &[(&str, &[Model])] = &[
    ("biochimie", &[Model::C311, Model::Xp, Model::Vitros]),
    ("consultations", &[Model::Afinion, Model::GeneXpert]),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_hub_with_its_own_broker_and_sqlite() -> Result<()> {
    let mut system = System::start("journey-alone", Setting::Alone).await?;
    journey(&mut system).await.with_context(|| system.explain())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hubs_behind_mosquitto_and_postgresql() -> Result<()> {
    let mut system = System::start("journey-shared", Setting::Shared).await?;
    journey(&mut system).await.with_context(|| system.explain())
}

async fn journey(system: &mut System) -> Result<()> {
    // With two hubs, each person works at another one than the person before.
    let urls: Vec<String> = system
        .hubs
        .iter()
        .map(lisiere_tests::hub::Hub::url)
        .collect::<Result<_>>()?;
    let mut desks = urls.iter().cycle();
    let mut next = || desks.next().context("no hub");
    let secretary = Browser::sign_in(next()?, &SECRETARY).await?;
    let technician = Browser::sign_in(next()?, &TECHNICIAN).await?;
    let biologist = Browser::sign_in(next()?, &BIOLOGIST).await?;

    let (mut appliances, analyzers) = rooms(system)?;
    let requests: Vec<Request> = (0..4).map(request).collect();
    let mut orders = Vec::new();
    for request in &requests {
        orders.push(desk::register(&secretary, request).await?);
    }
    let mut dice = Dice::new(77);
    for request in &requests {
        for tube in &request.tubes {
            for model in &tube.analyzers {
                let (_, analyzer) = analyzers
                    .iter()
                    .find(|(known, _)| known == model)
                    .context("no analyzer")?;
                analyzer.load([model.message(&tube.number, &mut dice)]);
            }
        }
    }
    // A tube nobody registered: its results wait for a person and reach no patient (P10).
    if let Some((model, analyzer)) = analyzers.first() {
        analyzer.load([model.message("NULLEPART1", &mut dice)]);
    }

    let expected: usize = requests.iter().map(|request| request.tests().len()).sum();
    let mut reviewed = 0;
    wait::until("every result to be reviewed", MINUTES, async || {
        reviewed += desk::review(&technician).await?;
        Ok((reviewed >= expected).then_some(()))
    })
    .await
    .with_context(|| {
        format!(
            "{reviewed} of {expected} results were reviewed\n{}",
            tails(&appliances)
        )
    })?;
    ensure!(
        reviewed == expected,
        "{reviewed} results were reviewed, {expected} expected"
    );

    let out = system.folder().join("reports");
    for (order, request) in orders.iter().zip(&requests) {
        let report = desk::sign(&biologist, order).await?;
        desk::take_home(&biologist, &report, &out).await?;
        says_what_was_signed(&out, &report, request)?;
    }
    validators::accept(&out)?;
    let waiting = technician.get("/quarantaine").await?;
    ensure!(
        waiting.text.contains("NULLEPART1"),
        "the unknown tube waits nowhere: {}",
        desk::said(&waiting)
    );

    let (captures, uninterpreted) = system.hub()?.captures()?;
    let sent: usize = analyzers
        .iter()
        .map(|(_, analyzer)| analyzer.book().tally().accepted)
        .sum();
    ensure!(
        captures == sent as u64 && uninterpreted == 0,
        "{captures} captures of {sent}, {uninterpreted} unread"
    );
    system.hub()?.audit_is_intact()?;
    for appliance in &mut appliances {
        appliance.stop().await?;
    }
    for hub in &mut system.hubs {
        hub.stop().await?;
    }
    println!(
        "journey: {sent} messages, {reviewed} results, {} reports",
        orders.len()
    );
    Ok(())
}

fn request(index: usize) -> Request {
    let person = &PEOPLE[index];
    let tube = |place: usize, nature, analyzers: &[Model]| Tube {
        number: format!("J{index:03}{place}"),
        nature,
        analyzers: analyzers.to_vec(),
    };
    Request {
        person,
        number: format!("JOURNEY-{index}"),
        tubes: vec![
            tube(1, "SER", &[Model::C311, Model::Vitros]),
            tube(2, "BLD", &[Model::Xp, Model::Afinion]),
            tube(3, "NOS", &[Model::GeneXpert]),
        ],
    }
}

fn rooms(system: &mut System) -> Result<(Vec<Appliance>, Vec<(Model, Analyzer)>)> {
    let (mut appliances, mut analyzers) = (Vec::new(), Vec::new());
    for (name, models) in ROOMS {
        let mut setup = appliance::Setup::default();
        for model in *models {
            let device = system.folder().join("lines").join(model.name());
            let manner = Manner {
                dialect: model.dialect(),
                ..Manner::plain(Dice::new(1))
            };
            analyzers.push((*model, Analyzer::on_serial(&device, manner)?));
            setup.ports.push(Port {
                name: model.name().to_owned(),
                driver: model.driver().to_owned(),
                wiring: Wiring::Serial { device, baud: 9600 },
            });
        }
        let mut appliance = system.appliance(name, &setup)?;
        appliance.start()?;
        appliances.push(appliance);
    }
    Ok((appliances, analyzers))
}

/// The files of a report name the patient by the qualified INS and nobody else.
fn says_what_was_signed(out: &Path, report: &str, request: &Request) -> Result<()> {
    let id = report.split('/').nth(2).context("no report id")?;
    let ins = request.person.ins_number();
    for name in ["n3.xml", "n1.xml"] {
        let text = std::fs::read_to_string(out.join(id).join(name))?;
        ensure!(
            text.contains(&ins),
            "{name} of {report} does not carry the patient's INS"
        );
        for other in PEOPLE
            .iter()
            .filter(|other| other.birth_name != request.person.birth_name)
        {
            ensure!(
                !text.contains(other.birth_name),
                "{name} of {report} names someone else"
            );
        }
    }
    let pdf = std::fs::read(out.join(id).join("report.pdf"))?;
    ensure!(pdf.starts_with(b"%PDF-1.4"), "{report} has no PDF 1.4");
    Ok(())
}

fn tails(appliances: &[Appliance]) -> String {
    appliances
        .iter()
        .map(|appliance| appliance.tail(15))
        .collect()
}
