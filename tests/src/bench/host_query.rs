//! How long an analyzer waits for its orders: from the end of its question to the first frame that holds an order, out of
//! the list on the box, with the question and what became of it made durable on the way.

use std::{net::SocketAddr, path::Path, time::Duration};

use anyhow::{Context, Result, ensure};
use tokio::runtime::Runtime;

use super::Figure;
use crate::{
    appliance::{Port, Setup, Wiring},
    asker::{Answer, Cable, ask_in_blocks, ask_in_frames},
    browser::Browser,
    hub::SECRETARY,
    ports,
    system::{Setting, System},
    wire::{Wire, line_time},
    workspace,
};

/// Questions of each case.
const QUESTIONS: usize = 100;
/// Tubes on the list.
const TUBES: usize = 60;
const UP: Duration = Duration::from_mins(2);
/// Between the end of a session and our own: several analyzers miss an immediate enquiry. Not ours to make shorter.
const PAUSE: Duration = Duration::from_millis(200);

pub(super) fn measure(runtime: &Runtime) -> Result<Vec<Figure>> {
    let folder = tempfile::tempdir_in(workspace::target()?).context("making a folder")?;
    let mut system = runtime.block_on(System::start_in(folder.path(), Setting::Alone, None))?;
    let measured = cases(runtime, &mut system, folder.path());
    measured.with_context(|| system.explain())
}

fn cases(runtime: &Runtime, system: &mut System, folder: &Path) -> Result<Vec<Figure>> {
    runtime.block_on(register(system))?;
    let slow = Wire::create(&folder.join("vitros-9600"), 9600)?;
    let fast = Wire::create(&folder.join("vitros-115200"), 115_200)?;
    let (frames, blocks) = (free()?, free()?);
    let serial = |name: &str, baud| Wiring::Serial {
        device: folder.join(name),
        baud,
    };
    let port = |name: &str, driver: &str, wiring| Port {
        name: name.into(),
        driver: driver.into(),
        wiring,
    };
    let setup = Setup {
        ports: vec![
            port("a", "ortho-vitros", Wiring::Listen(frames)),
            port("b", "biosystems-ba400", Wiring::Listen(blocks)),
            port("c", "ortho-vitros", serial("vitros-9600", 9600)),
            port("d", "ortho-vitros", serial("vitros-115200", 115_200)),
        ],
        ..Setup::default()
    };
    let mut appliance = system.appliance("boitier", &setup)?;
    runtime.block_on(appliance.start_online(UP))?;
    let mut figures = Vec::new();
    let mut tcp = Cable::connect(frames)?;
    filled(&mut tcp)?;
    let before = line_time(0, 9600);
    figures.extend(framed("TCP", &mut tcp, before)?);
    // What stands before the first order on the wire: an enquiry and its ACK, the header's and the patient's frames with
    // theirs, and the first byte of the order's.
    let head = 2
        + "1H|\\^&|||Lisiere||||||||LIS2-A|20261123101530".len()
        + 7
        + 1
        + "2P|1".len()
        + 7
        + 1
        + 1;
    for (wire, baud) in [(fast, 115_200), (slow, 9600)] {
        let mut cable = Cable::Wire(wire);
        figures.extend(framed(
            &format!("{baud} Bd"),
            &mut cable,
            line_time(head, baud),
        )?);
    }
    figures.extend(in_blocks(&mut Cable::connect(blocks)?)?);
    runtime.block_on(appliance.stop())?;
    Ok(figures)
}

fn framed(line: &str, cable: &mut Cable, bytes: Duration) -> Result<Vec<Figure>> {
    let (mut enquiries, mut orders) = (Vec::new(), Vec::new());
    for turn in 0..QUESTIONS {
        let answer = ask(cable, turn)?;
        enquiries.push(answer.first);
        orders.push(answer.order.context("an order in the answer")?);
    }
    let unavoidable = PAUSE + bytes;
    Ok(vec![
        Figure::new(
            format!("Q (EOT) to our ENQ, {line}"),
            spread(&mut enquiries),
            format!(
                "pause of {} ms before any session of ours",
                PAUSE.as_millis()
            ),
        ),
        Figure::new(
            format!("Q (EOT) to the first O frame, {line}"),
            spread(&mut orders),
            format!("pause and bytes on the line: {:.1} ms", millis(unavoidable)),
        ),
    ])
}

fn in_blocks(cable: &mut Cable) -> Result<Vec<Figure>> {
    let (mut replies, mut orders) = (Vec::new(), Vec::new());
    for turn in 0..QUESTIONS {
        let tube = tube(turn);
        let question = format!(
            "MSH|^~\\&|BA400|Biosystems|Host|Lab|20261123101500||QBP^Q11^QBP_Q11|q{turn}|P|2.5.1|||ER|AL||UNICODE UTF-8|||LAB-27^IHE\r\
             QPD|WOS^Work Order Step^IHE_LABTF|t{turn}|{tube}\rRCP|I||R\r"
        );
        let answer = ask_in_blocks(cable, &question)?;
        replies.push(answer.first);
        orders.push(
            answer
                .order
                .with_context(|| format!("no order: {}", answer.text))?,
        );
    }
    Ok(vec![
        Figure::new(
            "QBP to RSP^K11, TCP",
            spread(&mut replies),
            "one durable commit",
        ),
        Figure::new(
            "QBP to the end of OML^O33, TCP",
            spread(&mut orders),
            "one durable commit",
        ),
    ])
}

fn ask(cable: &mut Cable, turn: usize) -> Result<Answer> {
    let tube = tube(turn);
    let question = format!(
        "H|\\^&|||3600796||||||||LIS2-A|202611231{turn:05}\rQ|1|^{tube}||ALL||||||||O\rL|1|N\r"
    );
    let answer = ask_in_frames(cable, &question)?;
    Ok(answer)
}

/// Waits until the list is on the box.
fn filled(cable: &mut Cable) -> Result<()> {
    for turn in 0..400 {
        if ask(cable, 1000 + turn)?.order.is_some() && ask(cable, TUBES - 1)?.order.is_some() {
            return Ok(());
        }
    }
    anyhow::bail!("the list does not reach the box")
}

/// p50 / p99 in milliseconds.
fn spread(times: &mut [Duration]) -> String {
    times.sort_unstable();
    let at = |share: usize| {
        let place = (times.len() * share).div_ceil(100).saturating_sub(1);
        times.get(place).copied().unwrap_or_default()
    };
    format!("{:.1} / {:.1} ms", millis(at(50)), millis(at(99)))
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn free() -> Result<SocketAddr> {
    Ok(SocketAddr::from(([127, 0, 0, 1], ports::free()?)))
}

fn tube(number: usize) -> String {
    format!("2611231{:03}", number % TUBES)
}

async fn register(system: &mut System) -> Result<()> {
    let browser = Browser::sign_in(&system.hub()?.url()?, &SECRETARY).await?;
    for number in 0..TUBES {
        let page = browser.get("/reception").await?;
        let (name, tube, request) = (
            format!("ESSAI-{number:03}"),
            tube(number),
            format!("HQ-{number:03}"),
        );
        let fields = [
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
            ("analyses", "CRP"),
            ("analyses", "TSH"),
        ];
        let done = browser.submit(&page, "/dossiers", &fields).await?;
        ensure!(done.good(), "the order was not registered: {}", done.status);
    }
    Ok(())
}
