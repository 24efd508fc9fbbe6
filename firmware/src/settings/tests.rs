//! Settings files: whole, wrong in several places at once, and damaged.

use super::*;
use proptest::prelude::*;

const FULL: &str = r#"
data = "/srv/lisiere"
[[port]]
name = "c311"
driver = "roche-cobas-c311"
link = "lis1a"
serial = { device = "/dev/serial/by-id/usb-A", baud = 19200, data_bits = 7, parity = "even", stop_bits = 2 }
[[port]]
name = "xp"
tcp = { listen = "0.0.0.0:5000" }
[[port]]
name = "vitros"
tcp = { connect = "10.0.0.9:4001" }
[journal]
max_mb = 64
keep_confirmed_hours = 2
repeat_hours = 3
[uplink]
host = "hub.example"
port = 8884
"#;

fn mistakes(text: &str) -> Vec<String> {
    Settings::parse(text)
        .unwrap_err()
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[test]
fn a_full_file_is_read_as_written() {
    let settings = Settings::parse(FULL).unwrap();
    assert_eq!(settings.data, Path::new("/srv/lisiere"));
    let names: Vec<_> = settings
        .ports
        .iter()
        .map(|port| port.name.as_str())
        .collect();
    assert_eq!(names, ["c311", "xp", "vitros"]);
    let LineSettings::Serial(serial) = &settings.ports[0].line else {
        panic!("serial")
    };
    assert_eq!(serial.baud, 19200);
    assert_eq!(serial.data_bits, tokio_serial::DataBits::Seven);
    assert_eq!(serial.parity, tokio_serial::Parity::Even);
    assert_eq!(serial.stop_bits, tokio_serial::StopBits::Two);
    assert_eq!(
        settings.ports[2].line,
        LineSettings::Tcp(TcpSettings::Connect("10.0.0.9:4001".into()))
    );
    assert_eq!(
        settings.journal,
        JournalSettings {
            max_bytes: 64 << 20,
            keep_confirmed_hours: 2,
            repeat_hours: 3
        }
    );
    assert_eq!(
        settings.uplink,
        UplinkSettings {
            host: Some("hub.example".into()),
            port: Some(8884)
        }
    );
}

#[test]
fn the_example_is_sound() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("appliance.example.toml");
    let settings = Settings::load(&path).unwrap();
    assert_eq!(settings.ports.len(), 3);
    assert_eq!(
        settings.ports[2].link.checksum,
        Some(lisiere_protocol::lis1a::ChecksumPolicy::Optional)
    );
}

#[test]
fn an_empty_file_has_defaults_and_no_port() {
    let settings = Settings::parse("").unwrap();
    assert_eq!(settings.data, Path::new("/var/lib/lisiere"));
    assert!(settings.ports.is_empty());
    assert_eq!(settings.journal.max_bytes, 1024 << 20);
}

#[test]
fn three_mistakes_are_all_named_with_line_key_and_remedy() {
    let text = "data = \"/srv\"\n[[port]]\nname = \"C 311\"\nserial = { device = \"/dev/a\", baud = 9601 }\n\
                [journal]\nmax_md = 5\n";
    assert_eq!(
        mistakes(text),
        [
            "line 3: port[0].name: `C 311` is not a port name: 1 to 32 lower-case letters, digits and hyphens, \
             a letter or digit first; choose another name",
            "line 4: port[0].serial.baud: 9601 is not a speed of serial lines; write one of 300, 600, 1200, 2400, \
             4800, 9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600, 1000000",
            "line 6: journal.max_md: unknown key; did you mean `max_mb`?",
        ]
    );
}

#[test]
fn mistakes_of_form_are_named_beside_mistakes_of_sense() {
    let found = mistakes("data = \"rel\"\nnonsense here\n[uplink]\nport = 70000\n");
    assert!(
        found
            .iter()
            .any(|line| line.starts_with("line 1: data: `rel`")),
        "{found:?}"
    );
    assert!(
        found
            .iter()
            .any(|line| line.starts_with("line 2: not TOML")),
        "{found:?}"
    );
    assert!(
        found
            .iter()
            .any(|line| line.starts_with("line 4: uplink.port: 70000")),
        "{found:?}"
    );
}

#[test]
fn each_wrong_line_is_explained() {
    for (port, expected) in [
        ("", "line 1: port[0].serial: the port has no line"),
        ("tcp = {}", "line 3: port[0].tcp.listen: no address"),
        (
            "tcp = { listen = \"5000\" }",
            "line 3: port[0].tcp.listen: `5000` is not an address",
        ),
        (
            "tcp = { connect = \"host\" }",
            "line 3: port[0].tcp.connect: `host` is not a host",
        ),
        (
            "tcp = { connect = \"h:0\" }",
            "line 3: port[0].tcp.connect: `h:0` is not a host",
        ),
        (
            "tcp = { listen = \"[::]:1\", connect = \"h:1\" }",
            "both directions are set",
        ),
        (
            "serial = { baud = 9600 }",
            "line 3: port[0].serial.device: missing",
        ),
        (
            "serial = { device = \"tty\" }",
            "line 3: port[0].serial.device: `tty` is not an absolute",
        ),
        (
            "serial = { device = \"/d\", parity = \"mark\" }",
            "port[0].serial.parity: `mark` is not one of the choices",
        ),
        (
            "serial = { device = \"/d\", baud = \"9600\" }",
            "port[0].serial.baud: string is not a whole number",
        ),
        (
            "serial = { device = \"/d\" }\nlink = \"mlp\"",
            "line 4: port[0].link: `mlp` is not one of the choices",
        ),
        (
            "serial = 3",
            "line 3: port[0].serial: integer is not a table",
        ),
    ] {
        let found = mistakes(&format!("[[port]]\nname = \"a\"\n{port}\n"));
        assert!(
            found.iter().any(|line| line.contains(expected)),
            "{port}: {found:?}"
        );
    }
}

#[test]
fn two_ports_may_not_share_a_name_or_a_line() {
    let text = "[[port]]\nname = \"a\"\nserial = { device = \"/dev/a\" }\n\
                [[port]]\nname = \"a\"\nserial = { device = \"/dev/a\" }\n";
    let found = mistakes(text);
    assert!(
        found[0].contains("already the name of another port"),
        "{found:?}"
    );
    assert!(found[1].contains("already uses this line"), "{found:?}");
}

#[test]
fn a_file_that_is_absent_is_named() {
    let error = Settings::load(Path::new("/nonexistent/appliance.toml")).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("reading settings /nonexistent/appliance.toml: ")
    );
}

proptest! {
    #[test]
    fn no_text_breaks_the_reader(text in "\\PC{0,200}") {
        let _ = Settings::parse(&text);
    }

    /// A real file with bytes cut, doubled and changed: read, or refused with at least one line named.
    #[test]
    fn damaged_files_are_read_or_refused_with_a_line(
        cut in 0..FULL.len(), length in 0usize..40, put in "[\\PC\n\"=\\[\\]{}]{0,8}",
    ) {
        let end = (cut + length).min(FULL.len());
        let text = format!("{}{put}{}", &FULL[..cut], &FULL[end..]);
        if let Err(mistakes) = Settings::parse(&text) {
            let lines = text.matches('\n').count() + 1;
            prop_assert!(!mistakes.is_empty());
            prop_assert!(mistakes.iter().all(|mistake| (1..=lines).contains(&mistake.line)));
        }
    }
}
