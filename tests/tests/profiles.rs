//! Every builtin profile from its simulated analyzer to the hub: what arrives is exactly what was played, and read as such.

use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

use anyhow::{Context, Result, anyhow, ensure};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use lisiere_driver::{Cause, Interpretation, Library, Reading};
use lisiere_model::ObservationKind;
use lisiere_tests::{
    analyzer::{Analyzer, Manner},
    appliance::{self, Port, Wiring},
    browser::Browser,
    chance::Dice,
    hub::{Hub, TECHNICIAN},
    letter::Letter,
    ports, process,
    repertoire::{Purpose, Repertoire, all},
    system::{Setting, System},
    wait,
};
use serde_json::Value;

const MINUTE: Duration = Duration::from_mins(1);
/// Each message of a fixture is played so often, with other content each time.
const ROUNDS: usize = 2;
/// Every so many-th analyzer is on a serial line, the others are on TCP.
const SERIAL: usize = 4;

/// Results in messages: of patients, and of anything else.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Count {
    messages: usize,
    patients: usize,
    others: usize,
}

impl Count {
    fn add(&mut self, read: &Interpretation) {
        let all = read.readings.len();
        // Where the signs disagree a person decides, so it waits among the patients' results.
        let of_patients = |reading: &&Reading| {
            let mut causes = reading.quarantine.iter().map(|why| why.cause);
            reading.kind == ObservationKind::Patient
                || causes.any(|cause| cause == Cause::KindDisagreement)
        };
        let patients = read.readings.iter().filter(of_patients).count();
        self.messages += 1;
        self.patients += patients;
        self.others += all - patients;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_profile_reaches_the_hub_whole_and_once() -> Result<()> {
    let mut system = System::start("profiles", Setting::Alone).await?;
    let outcome = play(&mut system).await;
    outcome.with_context(|| system.explain())
}

async fn play(system: &mut System) -> Result<()> {
    let library = Library::builtin()?;
    let mut dice = Dice::announced("profiles");
    let mut setup = appliance::Setup::default();
    let mut benches = Vec::new();
    for (index, mut repertoire) in all(&library)?.into_iter().enumerate() {
        let id = repertoire.driver().id().to_owned();
        let mut manner = Manner::plain(Dice::new(dice.bits()));
        manner.link = repertoire.link().clone();
        let (wiring, analyzer) = wire(system, &id, index, manner)?;
        setup.ports.push(Port {
            name: format!("p{index}"),
            driver: id,
            wiring,
        });
        let letters = letters(&mut repertoire, &mut dice)?;
        benches.push((repertoire, analyzer, letters));
    }
    let mut appliance = system.appliance("tous-les-automates", &setup)?;
    appliance.start_online(MINUTE).await?;
    let mut sent = BTreeMap::new();
    for (repertoire, analyzer, letters) in &benches {
        let mut count = Count::default();
        for letter in letters {
            count.add(&repertoire.driver().interpret(&letter.text));
        }
        analyzer.load(letters.clone());
        sent.insert(repertoire.driver().id().to_owned(), count);
    }
    let emptied = wait::until_true("every message to be accepted", MINUTE, || {
        benches
            .iter()
            .all(|(_, analyzer, _)| analyzer.book().is_empty())
    });
    emptied.await.with_context(|| {
        let left = benches
            .iter()
            .filter(|(_, analyzer, _)| !analyzer.book().is_empty());
        let left = left.map(|(repertoire, analyzer, letters)| {
            let accepted = analyzer.book().accepted();
            let next = letters.get(accepted.len());
            let next = next.map_or(String::new(), |next| {
                String::from_utf8_lossy(&next.text).into()
            });
            let tally = analyzer.book().tally();
            format!("{}: {tally:?}, {next:?}", repertoire.driver().id())
        });
        let left: Vec<String> = left.collect();
        format!("left: {}\n{}", left.join("\nleft: "), appliance.tail(20))
    })?;
    arrived(system, &library, &sent).await?;
    appliance.stop().await
}

fn wire(system: &System, id: &str, index: usize, manner: Manner) -> Result<(Wiring, Analyzer)> {
    if index.is_multiple_of(SERIAL) {
        let device = system.folder().join("lines").join(id);
        let analyzer = Analyzer::on_serial(&device, manner)?;
        return Ok((Wiring::Serial { device, baud: 9600 }, analyzer));
    }
    let address = SocketAddr::from(([127, 0, 0, 1], ports::free()?));
    Ok((
        Wiring::Listen(address),
        Analyzer::connecting(address, manner),
    ))
}

/// Every message of a repertoire, and again with other content where something in it can be changed.
fn letters(repertoire: &mut Repertoire, dice: &mut Dice) -> Result<Vec<Letter>> {
    let mut letters: Vec<Letter> = Vec::new();
    for round in 0..ROUNDS {
        for index in 0..repertoire.templates().len() {
            let template = repertoire.templates().get(index);
            let template = template.ok_or_else(|| anyhow!("no message {index}"))?;
            let fixed = template.places() == 0 || template.purpose == Purpose::Question;
            if round > 0 && fixed {
                continue;
            }
            let letter = repertoire.play(index, None, dice)?;
            // The same text twice would rightly be taken for a repetition.
            if letters.iter().all(|other| other.text != letter.text) {
                letters.push(letter);
            }
        }
    }
    Ok(letters)
}

async fn arrived(
    system: &mut System,
    library: &Library,
    sent: &BTreeMap<String, Count>,
) -> Result<()> {
    let messages: usize = sent.values().map(|count| count.messages).sum();
    let patients: usize = sent.values().map(|count| count.patients).sum();
    let others: usize = sent.values().map(|count| count.others).sum();
    let hub = system.hub()?;
    let mut found = BTreeMap::new();
    // Some links keep one text of several blocks as several messages: results are what is counted.
    let arrived = wait::until("every result to be read at the hub", MINUTE, async || {
        found = held(hub, library)?;
        let whole = sent.iter().all(|(id, count)| {
            let found = found.get(id).copied().unwrap_or_default();
            (found.patients, found.others) == (count.patients, count.others)
                && found.messages >= count.messages
        });
        Ok((whole && hub.captures()?.1 == 0).then_some(()))
    });
    let arrived = arrived.await;
    for (id, count) in sent {
        let found = found.get(id).copied().unwrap_or_default();
        let mark = if (found.patients, found.others) == (count.patients, count.others) {
            ""
        } else {
            "  DIFFERS"
        };
        println!(
            "{id:<30} sent {:>4} messages {:>5} results {:>4} of controls; at the hub {:>4} {:>5} {:>4}{mark}",
            count.messages,
            count.patients,
            count.others,
            found.messages,
            found.patients,
            found.others
        );
    }
    arrived?;
    let technician = Browser::sign_in(&hub.url()?, &TECHNICIAN).await?;
    let state = technician.get("/api/etat").await?;
    let state: Value = serde_json::from_str(&state.text).context("reading /api/etat")?;
    let number = |pointer: &str| state.pointer(pointer).and_then(Value::as_u64);
    let controls = state.pointer("/controls").and_then(Value::as_object);
    let controls: u64 = controls
        .map(|kinds| kinds.values().filter_map(Value::as_u64).sum())
        .unwrap_or_default();
    ensure!(
        number("/received") == Some(u64::try_from(patients)?)
            && controls == u64::try_from(others)?
            && state.pointer("/balanced") == Some(&Value::Bool(true)),
        "{patients} results of patients and {others} others were sent; the hub says {state}"
    );
    println!("profiles: {messages} messages, {patients} results, {others} of controls");
    Ok(())
}

/// What the hub's captures hold, read again by the driver each names.
fn held(hub: &Hub, library: &Library) -> Result<BTreeMap<String, Count>> {
    let mut command = hub.command()?;
    let text = process::run_ok(command.args(["captures", "export"]), "")?;
    let mut held: BTreeMap<String, Count> = BTreeMap::new();
    for line in text.lines() {
        let row: Value = serde_json::from_str(line).context("reading an exported capture")?;
        let field = |name: &str| row.get(name).and_then(Value::as_str);
        let id = field("driver").ok_or_else(|| anyhow!("no driver in {line}"))?;
        let bytes = STANDARD.decode(field("bytes").unwrap_or_default())?;
        let driver = library.get(id).ok_or_else(|| anyhow!("no driver {id}"))?;
        held.entry(id.to_owned())
            .or_default()
            .add(&driver.interpret(&bytes));
    }
    Ok(held)
}
