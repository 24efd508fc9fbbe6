//! The journey of results from five analyzers to signed reports, in both settings, through real processes and the
//! pages' own routes.

use std::{path::Path, time::Duration};

use anyhow::{Context, Result, ensure};
use lisiere_tests::{
    browser::Browser,
    desk::{self, Request, Tube},
    hub::{BIOLOGIST, Hub, SECRETARY, TECHNICIAN},
    messages::Model,
    pace::Pace,
    patients::{PEOPLE, Person},
    rooms::{Plan, Rooms},
    system::{Setting, System},
    validators, wait,
};

/// A tube nobody registered.
const UNKNOWN: &str = "NULLEPART1";
const MINUTES: Duration = Duration::from_mins(2);
const ROOMS: &Plan = &[
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
    let urls: Vec<String> = system.hubs.iter().map(Hub::url).collect::<Result<_>>()?;
    let mut desks = urls.iter().cycle();
    let mut next = || desks.next().context("no hub");
    let secretary = Browser::sign_in(next()?, &SECRETARY).await?;
    let technician = Browser::sign_in(next()?, &TECHNICIAN).await?;
    let biologist = Browser::sign_in(next()?, &BIOLOGIST).await?;

    let mut rooms = Rooms::open(system, ROOMS, 9600, Pace::unlimited()).await?;
    let requests: Vec<Request> = PEOPLE.iter().enumerate().take(4).map(request).collect();
    let mut orders = Vec::new();
    for request in &requests {
        orders.push(desk::register(&secretary, request).await?);
        rooms.measure(request)?;
    }
    // A tube nobody registered: its results wait for a person and reach no patient (P10).
    rooms.measure_tube(Model::C311, UNKNOWN)?;

    let expected: usize = requests.iter().map(|request| request.tests().len()).sum();
    let mut reviewed = 0;
    let done = wait::until("every result to be reviewed", MINUTES, async || {
        reviewed += desk::review(&technician).await?;
        Ok((reviewed >= expected).then_some(()))
    });
    done.await
        .with_context(|| format!("{reviewed} of {expected} reviewed\n{}", rooms.explain()))?;
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
    rooms.emptied(MINUTES).await?;
    let sent = rooms.tally().accepted as u64;
    let hub = system.hub()?;
    let read = wait::until("every message to be read", MINUTES, async || {
        Ok((hub.captures()? == (sent, 0)).then_some(()))
    });
    read.await
        .with_context(|| format!("{:?} of {sent}", hub.captures()))?;
    let waiting = technician.get("/quarantaine").await?;
    let said = desk::said(&waiting);
    ensure!(
        waiting.text.contains(UNKNOWN),
        "the unknown tube waits nowhere: {said}"
    );
    hub.audit_is_intact()?;
    rooms.close().await?;
    for hub in &mut system.hubs {
        hub.stop().await?;
    }
    println!(
        "journey: {sent} messages, {reviewed} results, {} reports",
        orders.len()
    );
    Ok(())
}

fn request((index, person): (usize, &'static Person)) -> Request {
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
