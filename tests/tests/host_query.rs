//! Host query without the hub: analyzers ask through a day on which the hub cannot be reached and the box restarts, each
//! gets what was ordered, and what became of the orders is at the hub once it is back.

use std::{collections::BTreeMap, net::SocketAddr, thread, time::Duration};

use anyhow::{Context, Result, anyhow, ensure};
use lisiere_tests::{
    appliance::{Port, Setup, Wiring},
    asker::{Answer, Cable, ask_in_blocks, ask_in_frames},
    browser::Browser,
    desk,
    hub::SECRETARY,
    ports,
    system::{Setting, System},
    wait,
    wire_tap::WireTap,
};

const MINUTES: Duration = Duration::from_mins(2);
/// Tubes of the day.
const TUBES: usize = 12;
/// How often each analyzer asks for each of them: a busy day's worth of questions in all.
const ROUNDS: usize = 4;
/// A tube that nobody registered.
const UNKNOWN: &str = "NULLEPART1";

/// How an analyzer asks, and what it must hear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Make {
    Roche,
    Vitros,
    Biosystems,
}

impl Make {
    const ALL: [Self; 3] = [Self::Roche, Self::Vitros, Self::Biosystems];

    const fn driver(self) -> &'static str {
        match self {
            Self::Roche => "roche-cobas-c311",
            Self::Vitros => "ortho-vitros",
            Self::Biosystems => "biosystems-ba400",
        }
    }

    fn ask(self, cable: &mut Cable, tube: &str, turn: usize) -> Result<Answer> {
        match self {
            Self::Roche => ask_in_frames(
                cable,
                &format!(
                    "H|\\^&|||c311^1|||||host|TSREQ^REAL|P|1\rQ|1|^^{tube}^{turn}^0^2^^S1^SC||ALL||||||||A\rL|1|N\r"
                ),
            ),
            Self::Vitros => ask_in_frames(
                cable,
                &format!(
                    "H|\\^&|||3600796||||||||LIS2-A|202611231{turn:05}\rQ|1|^{tube}||ALL||||||||O\rL|1|N\r"
                ),
            ),
            Self::Biosystems => ask_in_blocks(
                cable,
                &format!(
                    "MSH|^~\\&|BA400|Biosystems|Host|Lab|20261123101500||QBP^Q11^QBP_Q11|q{tube}{turn}|P|2.5.1|||ER|AL||UNICODE UTF-8|||LAB-27^IHE\r\
                     QPD|WOS^Work Order Step^IHE_LABTF|t{turn}|{tube}\rRCP|I||R\r"
                ),
            ),
        }
    }

    /// What the answer for a registered tube holds.
    fn orders(self, tube: &str) -> Vec<String> {
        match self {
            Self::Roche => vec![format!("O|1|{tube}|"), "^^^717^".into(), "^^^990^".into()],
            Self::Vitros => vec![format!("O|1|{tube}||^^^1.0000+001+1.0|R|")],
            Self::Biosystems => vec![format!("SPM|1|{tube}|"), format!("|{tube}.CRP|")],
        }
    }

    /// What the answer for any other tube holds.
    fn nothing(self, tube: &str) -> String {
        match self {
            Self::Roche => format!("O|1|{tube}|"),
            Self::Vitros => "L|1|I\r".into(),
            Self::Biosystems => "|NF|".into(),
        }
    }

    fn has_orders(self, answer: &Answer, tube: &str) -> bool {
        self.orders(tube)
            .iter()
            .all(|part| answer.text.contains(part))
    }

    fn has_none(self, answer: &Answer, tube: &str) -> bool {
        answer.text.contains(&self.nothing(tube))
            && !answer.text.contains("^^^717")
            && !answer.text.contains("CRP")
    }
}

/// One appliance with one analyzer of each make.
fn setup() -> Result<(Setup, BTreeMap<Make, SocketAddr>)> {
    let mut setup = Setup::default();
    let mut addresses = BTreeMap::new();
    for make in Make::ALL {
        let address = SocketAddr::from(([127, 0, 0, 1], ports::free()?));
        addresses.insert(make, address);
        setup.ports.push(Port {
            name: format!("{make:?}").to_lowercase(),
            driver: make.driver().to_owned(),
            wiring: Wiring::Listen(address),
        });
    }
    Ok((setup, addresses))
}

fn tube(number: usize) -> String {
    format!("2611230{number:03}")
}

/// An order for one tube; gives the path of its page.
async fn register(browser: &Browser, number: usize) -> Result<String> {
    let page = browser.get("/reception").await?;
    let (name, tube, request) = (
        format!("ESSAI-{number:03}"),
        tube(number),
        format!("HQ-{number:03}"),
    );
    let mut fields = vec![
        ("nom_naissance", name.as_str()),
        ("premier_prenom", "Zoé"),
        ("prenoms", "Zoé"),
        ("date_naissance", "1979-03-28"),
        ("sexe", "F"),
        ("statut_identite", "provisional"),
        ("prescripteur", "Dr Noé Fictif"),
        ("demande", request.as_str()),
        ("tube", tube.as_str()),
        ("nature", "SER"),
    ];
    for test in ["GLU", "K", "CRP", "TSH"] {
        fields.push(("analyses", test));
    }
    let done = browser.submit(&page, "/dossiers", &fields).await?;
    ensure!(
        done.good() && done.path.starts_with("/dossiers/"),
        "the order was not registered: {}",
        desk::said(&done)
    );
    Ok(done.path)
}

/// Asks again and again until the answer is right.
fn ask_until(
    make: Make,
    address: SocketAddr,
    tube: &str,
    right: impl Fn(&Answer) -> bool,
) -> Result<()> {
    let mut cable = Cable::connect(address)?;
    let mut last = None;
    for turn in 0..400 {
        let answer = make.ask(&mut cable, tube, 90_000 + turn)?;
        if right(&answer) {
            return Ok(());
        }
        last = Some(answer);
    }
    Err(anyhow!(
        "{make:?} never hears what it should about {tube}: {last:?}"
    ))
}

/// Everything an analyzer asks while the hub is away, each answer looked at.
fn day(make: Make, address: SocketAddr, rounds: std::ops::Range<usize>) -> Result<usize> {
    let mut cable = Cable::connect(address)?;
    let mut asked = 0;
    for turn in rounds {
        for number in 1..TUBES {
            let tube = tube(number);
            let answer = make.ask(&mut cable, &tube, turn * TUBES + number)?;
            ensure!(
                make.has_orders(&answer, &tube),
                "{make:?} about {tube}: {answer:?}"
            );
            asked += 1;
        }
        let answer = make.ask(&mut cable, UNKNOWN, turn)?;
        ensure!(
            make.has_none(&answer, UNKNOWN),
            "{make:?} about {UNKNOWN}: {answer:?}"
        );
        asked += 1;
    }
    Ok(asked)
}

/// All analyzers at once, as in life.
fn everyone(
    addresses: &BTreeMap<Make, SocketAddr>,
    rounds: &std::ops::Range<usize>,
) -> Result<usize> {
    thread::scope(|scope| {
        let days: Vec<_> = addresses
            .iter()
            .map(|(make, address)| scope.spawn(|| day(*make, *address, rounds.clone())))
            .collect();
        let outcomes = days.into_iter().map(|day| match day.join() {
            Ok(outcome) => outcome,
            Err(_) => Err(anyhow!("an analyzer panicked")),
        });
        outcomes.sum()
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn analyzers_get_their_orders_while_the_hub_is_away_for_a_day() -> Result<()> {
    let mut system = System::start("host-query", Setting::Alone).await?;
    let story = story(&mut system).await;
    story.with_context(|| system.explain())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hubs_keep_one_list_behind_a_broker_of_yours() -> Result<()> {
    let mut system = System::start("host-query-shared", Setting::Shared).await?;
    let story = story(&mut system).await;
    story.with_context(|| system.explain())
}

async fn story(system: &mut System) -> Result<()> {
    let secretary = Browser::sign_in(&system.hub()?.url()?, &SECRETARY).await?;
    let mut orders = Vec::new();
    for number in 0..TUBES {
        orders.push(register(&secretary, number).await?);
    }
    let (setup, addresses) = setup()?;
    let mut appliance = system.appliance("boitier", &setup)?;
    appliance.start_online(MINUTES).await?;
    let at = |make: Make| addresses.get(&make).copied().context("an address");

    // The list reaches the box, and what is cancelled disappears from it.
    tokio::task::block_in_place(|| {
        Make::ALL.iter().try_for_each(|make| {
            let last = tube(TUBES - 1);
            ask_until(*make, at(*make)?, &last, |answer| {
                make.has_orders(answer, &last)
            })
        })
    })?;
    let last = system.hubs.last().context("a hub")?;
    let other = Browser::sign_in(&last.url()?, &SECRETARY).await?;
    cancel_all(&other, orders.first().context("an order")?).await?;
    tokio::task::block_in_place(|| {
        Make::ALL.iter().try_for_each(|make| {
            let first = tube(0);
            ask_until(*make, at(*make)?, &first, |answer| {
                make.has_none(answer, &first)
            })
        })
    })?;

    for hub in &mut system.hubs {
        hub.stop().await?;
    }
    let morning = tokio::task::block_in_place(|| everyone(&addresses, &(0..ROUNDS / 2)))?;
    // Power fails at noon; the network is still away.
    appliance.kill()?;
    appliance.start()?;
    let afternoon = tokio::task::block_in_place(|| everyone(&addresses, &(ROUNDS / 2..ROUNDS)))?;
    let expected = Make::ALL.len() * ROUNDS * TUBES;
    ensure!(
        morning + afternoon == expected,
        "{morning} and {afternoon} questions"
    );

    for hub in &mut system.hubs {
        hub.start().await?;
    }
    // Another hub than the one that took the orders, where there are two.
    let last = system.hubs.last().context("a hub")?;
    let browser = Browser::sign_in(&last.url()?, &SECRETARY).await?;
    for order in orders.iter().skip(1) {
        let told = wait::until("the states of an order", MINUTES, async || {
            let page = browser.get(order).await?;
            let text = page.text.replace("&#39;", "'");
            let sent = |make: Make| {
                let port = format!("{make:?}").to_lowercase();
                text.matches(&format!("envoyé à l'automate {port}")).count()
            };
            let all =
                sent(Make::Roche) == 2 && sent(Make::Vitros) == 1 && sent(Make::Biosystems) == 1;
            Ok(all.then_some(()))
        });
        told.await?;
    }

    // A result comes: its tube is asked for no more.
    let done = tube(1);
    let mut analyzer = WireTap::connect(at(Make::Roche)?).await?;
    let results = format!(
        "H|\\^&|||c311^1|||||host|RSUPL^REAL|P|1\rP|1\rO|1|101^{done:<22}^1^^101|R1|^^^717/\\^^^990/|R||||||N||^^||SC||||||||||F\r\
             R|1|^^^717/|0.92|g/L||N||F|||||P1\rR|2|^^^990/|4.1|mmol/l||N||F|||||P1\rL|1|N\r"
    );
    analyzer.deliver(results.as_bytes()).await?;
    drop(analyzer);
    tokio::task::block_in_place(|| {
        ask_until(Make::Roche, at(Make::Roche)?, &done, |answer| {
            Make::Roche.has_none(answer, &done)
        })
    })?;
    appliance.stop().await
}

/// Takes back everything that an order asks for.
async fn cancel_all(browser: &Browser, order: &str) -> Result<()> {
    let page = browser.get(order).await?;
    let tests = page.values("analyse");
    ensure!(tests.len() == 4, "{} tests could be cancelled", tests.len());
    for test in &tests {
        let fields = [("analyse", test.as_str()), ("motif", "tube cassé")];
        let path = order.split('?').next().unwrap_or(order);
        let done = browser
            .submit(&page, &format!("{path}/annuler"), &fields)
            .await?;
        ensure!(
            done.good(),
            "the test was not cancelled: {}",
            desk::said(&done)
        );
    }
    Ok(())
}
