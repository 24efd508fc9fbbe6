//! Settings: defaults, and all mistakes at once.

use super::*;

fn parse(text: &str) -> Result<Settings, Vec<Mistake>> {
    Settings::parse(Path::new("/var/lib/lisiere"), text)
}

#[test]
fn nothing_written_is_enough() {
    let settings = parse("").expect("defaults");
    assert_eq!(settings.web_listen.to_string(), "127.0.0.1:8080");
    assert_eq!(settings.database, "sqlite:/var/lib/lisiere/lisiere.db");
    assert_eq!(settings.pki, Path::new("/var/lib/lisiere/pki"));
    assert_eq!(
        settings.broker,
        Broker::Embedded {
            listen: "127.0.0.1:8883".parse().expect("address")
        }
    );
    assert_eq!(settings.environment, Environment::Production);
}

#[test]
fn every_mistake_is_named_with_its_line() {
    let text = "[web]\nlisten = \"8080\"\nport = 1\n[broker]\nurl = \"tcp://x\"\n[database]\nurl = 5\n[identity]\nenvironment = \"prod\"\n[wbe]\n";
    let mistakes = parse(text).expect_err("mistakes");
    let lines: Vec<_> = mistakes.iter().map(|mistake| mistake.line).collect();
    assert_eq!(lines, [2, 3, 5, 7, 9, 10], "{mistakes:#?}");
    assert!(mistakes.iter().all(|mistake| !mistake.remedy.is_empty()));
}

#[test]
fn a_broken_notation_does_not_hide_the_other_mistakes() {
    let mistakes =
        parse("[web]\nlisten = \"nowhere\"\n[enrol]\nlisten = \n").expect_err("mistakes");
    assert!(
        mistakes.iter().any(|mistake| mistake.line == 2),
        "{mistakes:#?}"
    );
    assert!(
        mistakes.iter().any(|mistake| mistake.line == 4),
        "{mistakes:#?}"
    );
}

#[test]
fn an_own_broker_is_reached_over_tls_only() {
    let settings =
        parse("[broker]\nurl = \"mqtts://mq.labo.example\"\nca = \"ca.pem\"\n").expect("settings");
    let Broker::External {
        place,
        ca,
        identity,
    } = settings.broker
    else {
        panic!("external")
    };
    assert_eq!(place.to_string(), "mq.labo.example:8883");
    assert_eq!(ca.as_deref(), Some(Path::new("/var/lib/lisiere/ca.pem")));
    assert_eq!(identity, None);
}

#[test]
fn a_database_password_is_not_repeated() {
    let mistakes = parse("[database]\nurl = \"mysql://lis:secret@db\"\n").expect_err("mistakes");
    assert!(!format!("{mistakes:?}").contains("secret"));
}
