//! The program as a person or a service manager meets it: exit codes, words, signals.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test that is surprised has failed"
)]

mod line;

use rustix::process::{Pid, Signal, kill_process};
use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    os::unix::net::UnixDatagram,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::Duration,
};

const PATIENCE: Duration = Duration::from_secs(30);
/// Conditions are looked at again after this, and so often at most.
const ROUND: Duration = Duration::from_millis(10);
const ROUNDS: u32 = 3000;

struct Appliance {
    folder: tempfile::TempDir,
}

impl Appliance {
    fn new(settings: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        fs::write(
            folder.path().join("a.toml"),
            format!("data = \"{}\"\n{settings}", data.display()),
        )
        .unwrap();
        Self { folder }
    }
    fn with_port() -> Self {
        Self::new("[[port]]\nname = \"xp\"\ntcp = { listen = \"127.0.0.1:0\" }\n")
    }
    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }
    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lisiere-appliance"));
        command
            .arg("--config")
            .arg(self.folder.path().join("a.toml"))
            .args(words);
        command
    }
    fn say(&self, words: &[&str]) -> Output {
        self.command(words).output().unwrap()
    }
    fn status(&self) -> Option<serde_json::Value> {
        let said = self.say(&["status", "--json"]);
        if said.status.success() {
            serde_json::from_slice(&said.stdout).ok()
        } else {
            None
        }
    }
    fn until<T>(&self, mut found: impl FnMut(&Self) -> Option<T>) -> T {
        for _ in 0..ROUNDS {
            if let Some(found) = found(self) {
                return found;
            }
            std::thread::park_timeout(ROUND);
        }
        panic!("not in time");
    }
    /// Starts it and waits until its first port listens.
    fn run(&self) -> (Running, TcpStream) {
        let running = Running::start(self.command(&["run"]));
        let address = self.until(|it| {
            let status = it.status()?;
            let line = status["ports"][0]["line"]
                .as_str()?
                .strip_prefix("tcp listen ")?
                .to_owned();
            (status["ports"][0]["open"] == true).then_some(line)
        });
        let line = TcpStream::connect(address).unwrap();
        line.set_read_timeout(Some(PATIENCE)).unwrap();
        (running, line)
    }
}

struct Running(Child);

impl Running {
    fn start(mut command: Command) -> Self {
        Self(command.stderr(Stdio::piped()).spawn().unwrap())
    }
    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.0), signal).unwrap();
    }
    /// Waits for its end; gives the exit code and what it logged.
    fn end(&mut self) -> (Option<i32>, String) {
        let mut rounds = 0;
        let status = loop {
            if let Some(status) = self.0.try_wait().unwrap() {
                break status;
            }
            rounds += 1;
            assert!(rounds < ROUNDS, "not in time");
            std::thread::park_timeout(ROUND);
        };
        let mut log = String::new();
        self.0
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut log)
            .unwrap();
        (status.code(), log)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn text_of(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn ask(line: &mut TcpStream, bytes: &[u8]) -> u8 {
    line.write_all(bytes).unwrap();
    let mut answer = [0];
    line.read_exact(&mut answer).unwrap();
    answer[0]
}

fn frame(number: u64) -> Vec<u8> {
    use lisiere_protocol::lis1a::frame::{FrameEnd, encode};
    let text = format!(
        "H|\\^&|||SIM\rP|1||||DUPONT^JEANNE\rO|1|S{number}\rR|1|^^^GLU|{number}|mmol/L\rL|1|N\r"
    );
    encode(1, text.as_bytes(), FrameEnd::Last)
}

fn send(line: &mut TcpStream, number: u64) {
    assert_eq!(ask(line, &[0x05]), 0x06);
    assert_eq!(ask(line, &frame(number)), 0x06);
    line.write_all(&[0x04]).unwrap();
}

#[test]
fn bad_settings_end_with_78_and_name_every_mistake() {
    let it = Appliance::new(
        "[[port]]\nname = \"A\"\nserial = { device = \"/dev/x\", baud = 1 }\n[journal]\nmaxmb = 1\n",
    );
    for words in [&["run"][..], &["check"], &["status"]] {
        let said = it.say(words);
        assert_eq!(said.status.code(), Some(78));
        let told = text_of(&said.stderr);
        assert!(told.starts_with("lisiere-appliance: settings "), "{told}");
        for mistake in [
            "3 mistakes",
            "line 3: port[0].name",
            "line 4: port[0].serial.baud",
            "line 6: journal.maxmb",
            "\nhint: ",
        ] {
            assert!(told.contains(mistake), "{mistake}: {told}");
        }
    }
    let said = Command::new(env!("CARGO_BIN_EXE_lisiere-appliance"))
        .args(["check", "--config", "/nonexistent/a.toml"])
        .output()
        .unwrap();
    assert_eq!(said.status.code(), Some(78));
    assert!(text_of(&said.stderr).contains("/nonexistent/a.toml"));
}

#[test]
fn wrong_usage_ends_with_2_and_the_version_with_0() {
    let it = Appliance::with_port();
    assert_eq!(it.say(&["dance"]).status.code(), Some(2));
    assert_eq!(it.say(&["journal", "show", "x"]).status.code(), Some(2));
    let said = it.say(&["--version"]);
    assert_eq!(said.status.code(), Some(0));
    assert_eq!(
        text_of(&said.stdout),
        format!("lisiere-appliance {}\n", env!("CARGO_PKG_VERSION"))
    );
    assert_eq!(it.say(&["check"]).status.code(), Some(0));
}

#[test]
fn without_a_running_appliance_status_fails_with_a_hint() {
    let it = Appliance::with_port();
    let said = it.say(&["status"]);
    assert_eq!(said.status.code(), Some(1));
    let told = text_of(&said.stderr);
    assert!(
        told.starts_with("lisiere-appliance: no appliance is running on "),
        "{told}"
    );
    assert!(told.contains("\nhint: "), "{told}");
    for token in ["x", "LIS1.???", "LIS1.e30"] {
        let said = it.say(&["enrol", token]);
        assert_eq!(said.status.code(), Some(1));
        assert!(
            text_of(&said.stderr).contains("invitation"),
            "{}",
            text_of(&said.stderr)
        );
    }
}

#[test]
fn sigterm_ends_in_good_order_and_the_journal_can_be_read_before_and_after() {
    let it = Appliance::with_port();
    let (mut running, mut line) = it.run();
    for number in 1..=3 {
        send(&mut line, number);
    }
    let second = it.say(&["run"]);
    assert_eq!(second.status.code(), Some(1));
    assert!(
        text_of(&second.stderr).contains("in use"),
        "{}",
        text_of(&second.stderr)
    );
    let look = |words: &[&str]| {
        let said = it.say(words);
        assert_eq!(said.status.code(), Some(0), "{}", text_of(&said.stderr));
        text_of(&said.stdout)
    };
    let listed = look(&["journal", "list"]);
    assert_eq!(listed.lines().count(), 3, "{listed}");
    let shown = look(&["journal", "show", "2"]);
    assert!(shown.contains("<STX>1H|\\^&|||SIM<CR>\n"), "{shown}");
    let json: serde_json::Value =
        serde_json::from_str(&look(&["journal", "show", "2", "--json"])).unwrap();
    let bytes: Vec<u8> = serde_json::from_value(json["bytes"].clone()).unwrap();
    assert_eq!(bytes, frame(2));
    running.signal(Signal::TERM);
    let (code, log) = running.end();
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("stopped"), "{log}");
    assert!(!log.contains("DUPONT"), "no patient in the log");
    assert_eq!(look(&["journal", "list"]), listed);
    assert_eq!(
        look(&["journal", "list", "--after", "2", "--count", "9"])
            .lines()
            .count(),
        1
    );
    assert_eq!(it.say(&["journal", "show", "4"]).status.code(), Some(1));
    let last = it.say(&["status"]);
    assert_eq!(last.status.code(), Some(1));
    assert!(
        text_of(&last.stdout).contains("3 en attente"),
        "{}",
        text_of(&last.stdout)
    );
}

#[test]
fn killed_at_any_moment_it_starts_again_with_all_that_was_answered() {
    let it = Appliance::with_port();
    let mut sent = 0;
    for round in 0..12 {
        let (mut running, mut line) = it.run();
        for _ in 0..5 {
            sent += 1;
            send(&mut line, sent);
        }
        // In the middle of a message, now and then.
        if round % 2 == 0 {
            assert_eq!(ask(&mut line, &[0x05]), 0x06);
            line.write_all(&frame(9999 + round)[..30]).unwrap();
        }
        running.signal(Signal::KILL);
        running.end();
    }
    let (_running, _line) = it.run();
    let listed = text_of(
        &it.say(&["journal", "list", "--count", "500", "--json"])
            .stdout,
    );
    let numbers: Vec<u64> = listed
        .lines()
        .map(|line| {
            serde_json::from_str::<serde_json::Value>(line).unwrap()["seq"]
                .as_u64()
                .unwrap()
        })
        .collect();
    assert_eq!(numbers, (1..=sent).collect::<Vec<_>>());
    assert_eq!(it.status().unwrap()["boot"], 13);
}

#[test]
fn a_journal_that_cannot_be_read_is_set_aside_and_the_alarm_says_so() {
    let it = Appliance::with_port();
    fs::create_dir_all(it.data()).unwrap();
    fs::write(it.data().join("journal.redb"), b"this is no journal").unwrap();
    let (mut running, mut line) = it.run();
    send(&mut line, 1);
    let status = it.status().unwrap();
    let alarm = status["alarms"][0].as_str().unwrap().to_owned();
    assert!(alarm.contains("journal.redb.corrupt-"), "{alarm}");
    running.signal(Signal::TERM);
    let (code, log) = running.end();
    assert_eq!(code, Some(0));
    assert!(log.contains("put aside unchanged"), "{log}");
    let aside = fs::read_dir(it.data())
        .unwrap()
        .flatten()
        .find(|entry| text_of(entry.file_name().as_encoded_bytes()).contains("corrupt"));
    assert_eq!(
        fs::read(aside.unwrap().path()).unwrap(),
        b"this is no journal"
    );
    // The alarm stays until someone takes the file away.
    let (_running, _line) = it.run();
    assert!(
        it.status().unwrap()["alarms"][0]
            .as_str()
            .unwrap()
            .contains("corrupt-")
    );
}

#[test]
fn the_service_manager_hears_ready_then_that_all_is_alive_then_stopping() {
    let it = Appliance::with_port();
    let path: PathBuf = it.folder.path().join("notify.sock");
    let manager = UnixDatagram::bind(&path).unwrap();
    manager.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut command = it.command(&["run"]);
    command
        .env("NOTIFY_SOCKET", &path)
        .env("WATCHDOG_USEC", "30000000");
    let mut running = Running::start(command);
    let hear = |wanted: &str| {
        let mut buffer = [0; 256];
        for _ in 0..100 {
            let count = manager.recv(&mut buffer).unwrap();
            if text_of(&buffer[..count]).contains(wanted) {
                return;
            }
        }
        panic!("{wanted} was never said");
    };
    hear("READY=1");
    hear("WATCHDOG=1");
    running.signal(Signal::TERM);
    hear("STOPPING=1");
    assert_eq!(running.end().0, Some(0));
}

#[test]
fn the_unit_restarts_what_can_be_helped_and_nothing_else() {
    let unit = Path::new(env!("CARGO_MANIFEST_DIR")).join("systemd/lisiere-appliance.service");
    let unit = fs::read_to_string(unit).unwrap();
    for line in [
        "Type=notify",
        "WatchdogSec=30",
        "Restart=always",
        "RestartPreventExitStatus=78",
        "CapabilityBoundingSet=",
    ] {
        assert!(unit.lines().any(|found| found == line), "{line}");
    }
    assert!(unit.contains("lisiere-appliance run"));
}

#[test]
fn lamps_button_and_page_are_there_for_a_person() {
    let it = Appliance::new(
        "[[port]]\nname = \"xp\"\ntcp = { listen = \"127.0.0.1:0\" }\n\
         [panel]\nkind = \"files\"\n[page]\nlisten = \"127.0.0.1:0\"\n",
    );
    let (mut running, _line) = it.run();
    let panel = it.data().join("panel");
    let lamp = |word: &str| {
        let lamps = fs::read_to_string(panel.join("lamps")).ok()?;
        let line = lamps
            .lines()
            .find(|line| line.starts_with(word))?
            .to_owned();
        Some(line.ends_with(" on"))
    };
    it.until(|_| (lamp("power") == Some(true) && lamp("line") == Some(true)).then_some(()));
    assert_eq!(lamp("network"), Some(false), "it is not enrolled");
    let page = it.until(|it| {
        let page = it.status()?["page"].as_str()?.to_owned();
        Some(
            page.strip_prefix("http://")?
                .trim_end_matches('/')
                .to_owned(),
        )
    });
    let mut stream = TcpStream::connect(&page).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(stream, "GET / HTTP/1.1\r\nHost: {page}\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.contains("lisiere-appliance enrol JETON"), "{answer}");
    fs::write(panel.join("button"), "1").unwrap();
    // While the finger is on it the lamps light up one after the other; let go, all are lit together.
    it.until(|_| (lamp("network") == Some(true) && lamp("fault") == Some(false)).then_some(()));
    fs::write(panel.join("button"), "0").unwrap();
    it.until(|_| (lamp("network") == Some(true) && lamp("fault") == Some(true)).then_some(()));
    running.signal(Signal::TERM);
    let (code, log) = running.end();
    assert_eq!(code, Some(0));
    assert!(log.contains("the button was pressed"), "{log}");
    assert_eq!(lamp("power"), Some(false), "dark means: not running");
}
