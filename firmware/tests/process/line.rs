//! What a technician does with a line: watch it, record it, find out what stands on it.

use super::*;
use lisiere_protocol::{
    LinkKind, LinkSettings,
    session::{Direction, Session},
};
use std::{
    io::{BufRead, BufReader},
    net::TcpListener,
    process::{ChildStderr, ChildStdout},
};

const INTERRUPT: Signal = Signal::INT;

/// A command that goes on until it is interrupted.
struct Following {
    running: Running,
    out: BufReader<ChildStdout>,
}

impl Following {
    fn start(mut command: Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        Self {
            running: Running(child),
            out,
        }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.out.read_line(&mut line).unwrap();
        line
    }

    /// Lines up to the one that holds some words.
    fn until(&mut self, words: &str) -> String {
        let mut all = String::new();
        loop {
            let line = self.line();
            assert!(!line.is_empty(), "{words} never came: {all}");
            all.push_str(&line);
            if line.contains(words) {
                return all;
            }
        }
    }

    fn interrupt(mut self) -> (Option<i32>, String) {
        self.running.signal(INTERRUPT);
        self.running.end()
    }
}

#[test]
fn a_line_is_watched_with_names_and_verdicts() {
    let it = Appliance::with_port();
    let (_running, mut line) = it.run();
    let mut watching = Following::start(it.command(&["watch", "xp"]));
    let head = watching.until("Ctrl-C");
    assert!(head.contains("port xp, link lis1a"), "{head}");
    assert_eq!(ask(&mut line, &[0x05]), 0x06);
    let mut damaged = frame(1);
    damaged[5] ^= 1;
    assert_eq!(ask(&mut line, &damaged), 0x15);
    assert_eq!(ask(&mut line, &frame(1)), 0x06);
    line.write_all(&[0x04]).unwrap();
    let told = watching.until("<EOT>");
    for words in [
        " <-- <ENQ>",
        " --> <ACK>",
        "[SOMME FAUSSE : lue ",
        " --> <NAK>",
        "[somme juste]",
        "R|1|^^^GLU|1|mmol/L<CR>",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
    let counted = watching.until("messages_stored 1");
    assert!(counted.contains("checksum_errors 1"), "{counted}");
    assert_eq!(watching.interrupt().0, Some(0));
}

#[test]
fn a_recorded_session_gives_the_message_back() {
    let it = Appliance::with_port();
    let (_running, mut line) = it.run();
    let file = it.data().join("session.txt");
    let path = file.to_str().unwrap().to_owned();
    let recording = Following::start(it.command(&["record", "xp", "--out", &path]));
    // The head is there once the line is watched.
    it.until(|_| {
        fs::read_to_string(&file)
            .ok()
            .filter(|text| text.contains("# line = "))
    });
    send(&mut line, 1);
    let text = it.until(|_| {
        fs::read_to_string(&file)
            .ok()
            .filter(|text| text.contains("<EOT>"))
    });
    assert!(
        text.starts_with("# lisiere-session 1\n# port = xp\n# link = lis1a\n"),
        "{text}"
    );
    assert_eq!(recording.interrupt().0, Some(0));
    let session = Session::read(&fs::read(&file).unwrap()).unwrap();
    assert_eq!(session.bytes(Direction::Sent), [6, 6]);
    let kept = session.messages(&LinkSettings::standard(LinkKind::Lis1a));
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].bytes, frame(1));
    // Patients are in it: nobody else may read it, and nothing is overwritten.
    let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&file).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    let again = it.say(&["record", "xp", "--out", &path]);
    assert_eq!(again.status.code(), Some(1));
    assert!(text_of(&again.stderr).contains("n'est pas écrasé"));
}

#[test]
fn what_is_not_there_is_named() {
    let it = Appliance::with_port();
    let said = it.say(&["watch", "xp"]);
    assert_eq!(said.status.code(), Some(1));
    assert!(text_of(&said.stderr).contains("hint: start it"));
    let (_running, _line) = it.run();
    let said = it.say(&["watch", "c311"]);
    assert!(text_of(&said.stderr).contains("aucun port « c311 » dans les réglages ; ports : xp"));
    let said = it.say(&["recognise", "c311"]);
    assert!(text_of(&said.stderr).contains("n'est ni un port des réglages (xp)"));
}

fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

/// Connects as soon as someone listens, asks for the line and sends one frame.
fn play(it: &Appliance, address: &str) {
    let mut line = it.until(|_| TcpStream::connect(address).ok());
    line.set_read_timeout(Some(PATIENCE)).unwrap();
    assert_eq!(ask(&mut line, &[0x05]), 0x06);
    let text = b"H|\\^&|||c311^1|||||host|RSUPL^REAL|P|1\r";
    let frame = lisiere_protocol::lis1a::frame::encode(
        1,
        text,
        lisiere_protocol::lis1a::frame::FrameEnd::Last,
    );
    line.write_all(&frame).unwrap();
    // Held open until the other side has read.
    let _ = line.read(&mut [0]);
}

fn outcome_of(mut following: Following) -> serde_json::Value {
    let mut json = String::new();
    following.out.read_to_string(&mut json).unwrap();
    let (code, told) = following.running.end();
    assert_eq!(code, Some(0), "{told}");
    serde_json::from_str(&json).unwrap()
}

#[test]
fn a_port_of_the_running_appliance_is_recognised_and_works_on() {
    let address = free_address();
    let it = Appliance::new(&format!(
        "[[port]]\nname = \"xp\"\ntcp = {{ listen = \"{address}\" }}\n"
    ));
    let (_running, line) = it.run();
    drop(line);
    let mut looking =
        Following::start(it.command(&["recognise", "xp", "--seconds", "25", "--json"]));
    let mut progress = BufReader::new(looking.running.0.stderr.take().unwrap());
    wait_for(&mut progress, "écoute de la connexion");
    play(&it, &address);
    let mut rest = String::new();
    progress.read_to_string(&mut rest).unwrap();
    assert!(rest.contains("réponse ACK"), "{rest}");
    let mut json = String::new();
    looking.out.read_to_string(&mut json).unwrap();
    let outcome: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(outcome["link"], "lis1a");
    assert_eq!(outcome["models"][0]["driver"], "roche-cobas-c311");
    let mut line = it.until(|_| TcpStream::connect(&address).ok());
    line.set_read_timeout(Some(PATIENCE)).unwrap();
    send(&mut line, 1);
}

fn wait_for(progress: &mut BufReader<ChildStderr>, words: &str) {
    let mut line = String::new();
    while !line.contains(words) {
        line.clear();
        assert!(
            progress.read_line(&mut line).unwrap() > 0,
            "{words} never came"
        );
    }
}

#[test]
fn a_place_outside_the_settings_is_recognised_without_the_appliance() {
    let it = Appliance::with_port();
    let address = free_address();
    let place = format!("tcp:listen:{address}");
    let looking = Following::start(it.command(&["recognise", &place, "--seconds", "25", "--json"]));
    play(&it, &address);
    let outcome = outcome_of(looking);
    assert_eq!(
        (&outcome["link"], &outcome["answers"]),
        (&"lis1a".into(), &1.into())
    );
    let proposal = outcome["proposal"].as_str().unwrap();
    assert!(
        proposal.contains(&format!("tcp = {{ listen = \"{address}\" }}")),
        "{proposal}"
    );
    // What is proposed can be used as it is.
    let proposed = Appliance::new(proposal);
    assert_eq!(proposed.say(&["check"]).status.code(), Some(0));
}
