//! HL7 over the network on the real binaries: whatever the line does, every acknowledgement stands for one capture at the
//! hub, and every capture for one message.

use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

use anyhow::{Context, Result, ensure};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use lisiere_protocol::{
    hl7::{self, Header},
    mllp::{block, deblock},
};
use lisiere_tests::{
    appliance::{self, Appliance, Port, Wiring},
    hub::Hub,
    ports, process,
    system::{Setting, System},
    wait,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    time::timeout,
};

const PATIENCE: Duration = Duration::from_secs(60);
const ANSWER: Duration = Duration::from_secs(15);

/// A connection that speaks in blocks.
struct Line {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Line {
    async fn connect(address: SocketAddr) -> Result<Self> {
        let stream = wait::until("the appliance's port", PATIENCE, async || {
            Ok(TcpStream::connect(address).await.ok())
        });
        Ok(Self::new(stream.await?))
    }

    fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            read: Vec::new(),
        }
    }

    async fn say(&mut self, bytes: &[u8]) -> Result<()> {
        self.stream
            .write_all(bytes)
            .await
            .context("writing to the appliance")
    }

    /// The next acknowledgement: its code and the message it names.
    async fn hear(&mut self) -> Result<(String, String)> {
        let whole = async {
            while !self.read.ends_with(b"\x1C\r")
                && !self.read.windows(2).any(|two| two == b"\x1C\r")
            {
                let mut piece = [0; 1024];
                let count = self.stream.read(&mut piece).await?;
                ensure!(count > 0, "the appliance closed the connection");
                self.read.extend(piece.iter().take(count));
            }
            Ok(())
        };
        timeout(ANSWER, whole)
            .await
            .context("no answer of the appliance")??;
        let end = self.read.windows(2).position(|two| two == b"\x1C\r");
        let block: Vec<u8> = self.read.drain(..end.map_or(0, |end| end + 2)).collect();
        let place = deblock(&block).messages.into_iter().next();
        let text = place.and_then(|place| block.get(place)).unwrap_or_default();
        let document = hl7::read(text);
        let answer = document
            .messages
            .iter()
            .flat_map(|message| message.named(b"MSA"))
            .next();
        let answer = answer.context("the answer has no MSA")?;
        let part = |field| String::from_utf8_lossy(&answer.field(field).text()).into_owned();
        Ok((part(1), part(2)))
    }

    async fn accepted(&mut self, id: &str) -> Result<()> {
        let heard = self
            .hear()
            .await
            .with_context(|| format!("for message {id}"))?;
        ensure!(
            heard == ("AA".to_owned(), id.to_owned()),
            "{id} was answered {heard:?}"
        );
        Ok(())
    }
}

fn result(id: &str) -> Vec<u8> {
    let text = format!(
        "MSH|^~\\&|Analyseur^1.0|Labo|Lisière|Labo|20260102101112||OUL^R22^OUL_R22|{id}|P|2.5.1|||NE|AL||UNICODE UTF-8|||LAB-29^IHE\r\
         SPM|1|HL7-{id}||SER|||||||P\rOBR||\"\"||GLU^Glucose^L\rORC|OK||||CM\r\
         OBX|1|NM|GLU^Glucose^L||5.4|mmol/L||N|||F|||||BIO||Analyseur|20260102101010\r"
    );
    text.into_bytes()
}

/// How often the hub holds each message, by its control id.
fn held(hub: &Hub) -> Result<BTreeMap<String, u32>> {
    let exported = process::run_ok(hub.command()?.args(["captures", "export"]), "")?;
    let mut held = BTreeMap::new();
    for line in exported.lines() {
        let row: serde_json::Value = serde_json::from_str(line).context("reading a capture")?;
        let bytes = row.get("bytes").and_then(serde_json::Value::as_str);
        let bytes = STANDARD.decode(bytes.context("a capture without bytes")?)?;
        for place in deblock(&bytes).messages {
            let header = Header::read(bytes.get(place).unwrap_or_default());
            let header = header.context("a capture without header")?;
            let id = String::from_utf8_lossy(header.control_id().raw()).into_owned();
            *held.entry(id).or_insert(0) += 1;
        }
    }
    Ok(held)
}

async fn arrived(system: &mut System, appliance: &Appliance, ids: &[&str]) -> Result<()> {
    let expected: BTreeMap<String, u32> = ids.iter().map(|id| ((*id).to_owned(), 1)).collect();
    let mut last = BTreeMap::new();
    let all = wait::until("the messages at the hub", PATIENCE, async || {
        last = held(system.hub()?)?;
        Ok((last.len() >= expected.len()).then_some(()))
    });
    all.await
        .with_context(|| format!("{}\n{}", appliance.tail(20), system.explain()))?;
    ensure!(
        last == expected,
        "the hub holds {last:?}\n{}",
        appliance.tail(20)
    );
    Ok(())
}

fn port(name: &str, wiring: Wiring) -> Port {
    Port {
        name: name.to_owned(),
        driver: "generic-hl7".to_owned(),
        wiring,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_acknowledgement_stands_for_one_capture() -> Result<()> {
    let mut system = System::start("hl7-line", Setting::Alone).await?;
    let address = SocketAddr::from(([127, 0, 0, 1], ports::free()?));
    let analyzer = TcpListener::bind("127.0.0.1:0").await?;
    let setup = appliance::Setup {
        ports: vec![
            port("serveur", Wiring::Listen(address)),
            port("client", Wiring::Connect(analyzer.local_addr()?)),
        ],
        ..appliance::Setup::default()
    };
    let mut appliance = system.appliance("boitier", &setup)?;
    appliance.start()?;

    // Two in one write, answered in their order.
    let mut line = Line::connect(address).await?;
    line.say(&[block(&result("1")), block(&result("2"))].concat())
        .await?;
    line.accepted("1").await?;
    line.accepted("2").await?;

    // Keepalives, text before VT, an end without CR, line feeds between segments.
    let mut damaged = b"\x02\x02\x02pr\xEAt\r\n".to_vec();
    damaged.extend(block(&result("3")));
    damaged.pop();
    line.say(&damaged).await?;
    line.accepted("3").await?;
    let text = String::from_utf8(result("4"))?.replace('\r', "\r\n");
    line.say(&block(text.as_bytes())).await?;
    line.accepted("4").await?;

    // Cut off, first by a new start, then by the end of the connection.
    let whole = block(&result("5"));
    let half = whole.get(..whole.len() / 2).unwrap_or_default();
    line.say(half).await?;
    line.say(half).await?;
    drop(line);
    let mut line = Line::connect(address).await?;
    line.say(&whole).await?;
    line.accepted("5").await?;

    // Sent again, as after a lost acknowledgement: over this connection, and over another.
    line.say(&whole).await?;
    line.accepted("5").await?;
    let mut line = Line::connect(address).await?;
    line.say(&block(&result("1"))).await?;
    line.accepted("1")
        .await
        .context("over another connection")?;

    // The other way round: the appliance connects to the analyzer.
    let called = timeout(PATIENCE, analyzer.accept());
    let (stream, _) = called.await.context("the appliance does not connect")??;
    let mut called = Line::new(stream);
    called.say(&block(&result("6"))).await?;
    let heard = called.accepted("6").await;
    heard.context("as the connecting side")?;

    // The power goes in the middle; the analyzer sends again until it hears "yes".
    line.say(&block(&result("7"))).await?;
    appliance.kill()?;
    appliance.start()?;
    let mut line = Line::connect(address).await?;
    line.say(&block(&result("7"))).await?;
    line.accepted("7").await.context("after a power cut")?;

    arrived(
        &mut system,
        &appliance,
        &["1", "2", "3", "4", "5", "6", "7"],
    )
    .await
}
