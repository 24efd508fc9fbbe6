//! `hub.toml`: everything optional, every mistake named at once with its line and remedy.

use std::fmt::{self, Write as _};
use std::net::SocketAddr;
use std::ops::Range;
use std::path::{Path, PathBuf};

use lisiere_model::Environment;
use toml::de::{DeTable, DeValue};

/// What the hub needs to know before it starts.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Folder of everything the hub keeps.
    pub data: PathBuf,
    /// Folder of its certification authority; several hubs may share one.
    pub pki: PathBuf,
    /// `[web] listen`.
    pub web_listen: SocketAddr,
    /// `[enrol] listen`.
    pub enrol_listen: SocketAddr,
    /// `[enrol] advertise`: how appliances reach the enrolment door, when not by its listening address.
    pub enrol_advertise: Option<HostPort>,
    /// `[broker]`: the broker in the hub, or the laboratory's own.
    pub broker: Broker,
    /// `[broker] advertise`: how appliances reach the broker.
    pub broker_advertise: Option<HostPort>,
    /// `[database] url`.
    pub database: String,
    /// `[identity] environment`.
    pub environment: Environment,
}

/// Which broker carries the messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Broker {
    /// The one inside the hub.
    Embedded {
        /// Where it listens.
        listen: SocketAddr,
    },
    /// The laboratory's own, over mutual TLS.
    External {
        /// Its place.
        place: HostPort,
        /// Certification authority it is checked against; default: the hub's own.
        ca: Option<PathBuf>,
        /// The hub's certificate and key for it; default: the hub's own.
        identity: Option<(PathBuf, PathBuf)>,
    },
}

/// A host and a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPort {
    /// Name or address, without brackets.
    pub host: String,
    /// Port.
    pub port: u16,
}

impl fmt::Display for HostPort {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(formatter, "[{}]:{}", self.host, self.port)
        } else {
            write!(formatter, "{}:{}", self.host, self.port)
        }
    }
}

/// One mistake in the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Line in the file, from 1.
    pub line: usize,
    /// What is wrong.
    pub what: String,
    /// What to write instead.
    pub remedy: String,
}

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file is there but cannot be read.
    #[error("reading {path}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file holds mistakes.
    #[error("{}", listed(.path, .mistakes))]
    Mistakes {
        /// The file.
        path: PathBuf,
        /// All of them, in the order of the file.
        mistakes: Vec<Mistake>,
    },
}

fn listed(path: &Path, mistakes: &[Mistake]) -> String {
    let mut text = format!("{}: {} mistake(s)", path.display(), mistakes.len());
    for mistake in mistakes {
        // Writing into a String cannot fail.
        let _ = write!(
            text,
            "\n  line {}: {}\n    hint: {}",
            mistake.line, mistake.what, mistake.remedy
        );
    }
    text
}

impl Settings {
    /// Reads `DIR/hub.toml`; without that file everything has its default.
    pub fn load(data: &Path) -> Result<Self, SettingsError> {
        let path = data.join("hub.toml");
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(source) => return Err(SettingsError::Unreadable { path, source }),
        };
        Self::parse(data, &text).map_err(|mistakes| SettingsError::Mistakes { path, mistakes })
    }

    /// Reads settings from text; relative paths in it are taken from the data folder.
    pub fn parse(data: &Path, text: &str) -> Result<Self, Vec<Mistake>> {
        let (document, errors) = DeTable::parse_recoverable(text);
        let mut reading = Reading {
            text,
            data,
            mistakes: Vec::new(),
        };
        for error in &errors {
            reading.mistake(
                error.span().unwrap_or_default(),
                error.message(),
                "see https://toml.io for the notation",
            );
        }
        let settings = reading.settings(document.get_ref());
        if reading.mistakes.is_empty() {
            return Ok(settings);
        }
        reading.mistakes.sort_by_key(|mistake| mistake.line);
        Err(reading.mistakes)
    }
}

/// Every section with its keys; anything else is a mistake.
const KNOWN: &[(&str, &[&str])] = &[
    ("web", &["listen"]),
    ("enrol", &["listen", "advertise"]),
    (
        "broker",
        &["listen", "advertise", "url", "ca", "cert", "key"],
    ),
    ("database", &["url"]),
    ("identity", &["environment"]),
    ("pki", &["dir"]),
];

struct Reading<'t> {
    text: &'t str,
    data: &'t Path,
    mistakes: Vec<Mistake>,
}

type Found = (String, Range<usize>);

impl Reading<'_> {
    fn mistake(&mut self, span: Range<usize>, what: impl Into<String>, remedy: impl Into<String>) {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let line = before
            .bytes()
            .filter(|byte| *byte == b'\n')
            .count()
            .saturating_add(1);
        self.mistakes.push(Mistake {
            line,
            what: what.into(),
            remedy: remedy.into(),
        });
    }

    fn settings(&mut self, document: &DeTable<'_>) -> Settings {
        self.unknown_keys(document);
        let broker = self.broker(document);
        Settings {
            data: self.data.to_owned(),
            pki: self
                .path(document, "pki", "dir")
                .unwrap_or_else(|| self.data.join("pki")),
            web_listen: self.listen(document, "web", 8080),
            enrol_listen: self.listen(document, "enrol", 8443),
            enrol_advertise: self.place(document, "enrol", "advertise"),
            broker,
            broker_advertise: self.place(document, "broker", "advertise"),
            database: self.database(document),
            environment: self.environment(document),
        }
    }

    fn unknown_keys(&mut self, document: &DeTable<'_>) {
        for (name, value) in document {
            let Some((_, keys)) = KNOWN.iter().find(|(known, _)| known == name.get_ref()) else {
                let sections: Vec<_> = KNOWN.iter().map(|(known, _)| *known).collect();
                let remedy = format!("the sections are {}", sections.join(", "));
                self.mistake(
                    name.span(),
                    format!("unknown section or key '{}'", name.get_ref()),
                    remedy,
                );
                continue;
            };
            let Some(table) = value.get_ref().as_table() else {
                self.mistake(
                    value.span(),
                    format!("'{}' must be a section", name.get_ref()),
                    format!("write [{}]", name.get_ref()),
                );
                continue;
            };
            for (key, _) in table {
                if !keys.contains(&key.get_ref().as_ref()) {
                    let what = format!("unknown key '{}' in [{}]", key.get_ref(), name.get_ref());
                    self.mistake(
                        key.span(),
                        what,
                        format!("the keys there are {}", keys.join(", ")),
                    );
                }
            }
        }
    }

    /// The text under a key, with its place; a value that is not text is a mistake.
    fn text(&mut self, document: &DeTable<'_>, section: &str, key: &str) -> Option<Found> {
        let value = document.get(section)?.get_ref().as_table()?.get(key)?;
        match value.get_ref() {
            DeValue::String(text) => Some((text.to_string(), value.span())),
            other => {
                let what = format!("[{section}] {key} must be text, not {}", other.type_str());
                self.mistake(value.span(), what, "put it between quotes");
                None
            }
        }
    }

    fn listen(&mut self, document: &DeTable<'_>, section: &str, port: u16) -> SocketAddr {
        let default = SocketAddr::from(([127, 0, 0, 1], port));
        let Some((text, span)) = self.text(document, section, "listen") else {
            return default;
        };
        text.parse().unwrap_or_else(|_| {
            let what = format!("[{section}] listen = \"{text}\" is not an address with a port");
            self.mistake(
                span,
                what,
                format!("write for instance listen = \"0.0.0.0:{port}\""),
            );
            default
        })
    }

    fn place(&mut self, document: &DeTable<'_>, section: &str, key: &str) -> Option<HostPort> {
        let (text, span) = self.text(document, section, key)?;
        let place = host_port(&text, None);
        if place.is_none() {
            let what = format!("[{section}] {key} = \"{text}\" is not host:port");
            self.mistake(
                span,
                what,
                format!("write for instance {key} = \"hub.labo.example:8443\""),
            );
        }
        place
    }

    fn path(&mut self, document: &DeTable<'_>, section: &str, key: &str) -> Option<PathBuf> {
        self.text(document, section, key)
            .map(|(text, _)| self.data.join(text))
    }

    fn broker(&mut self, document: &DeTable<'_>) -> Broker {
        let listen = self.listen(document, "broker", 8883);
        let ca = self.path(document, "broker", "ca");
        let cert = self.path(document, "broker", "cert");
        let key = self.path(document, "broker", "key");
        let section = document
            .get("broker")
            .map(toml::Spanned::span)
            .unwrap_or_default();
        if cert.is_some() != key.is_some() {
            self.mistake(
                section.clone(),
                "[broker] has only one of cert and key",
                "give both, or none",
            );
        }
        let Some((url, span)) = self.text(document, "broker", "url") else {
            if ca.is_some() || cert.is_some() {
                self.mistake(
                    section,
                    "[broker] ca, cert and key go with url",
                    "add url, or remove them",
                );
            }
            return Broker::Embedded { listen };
        };
        let place = url
            .strip_prefix("mqtts://")
            .and_then(|rest| host_port(rest.trim_end_matches('/'), Some(8883)));
        if let Some(place) = place {
            return Broker::External {
                place,
                ca,
                identity: cert.zip(key),
            };
        }
        let what = format!("[broker] url = \"{url}\" is not mqtts://host:port");
        let remedy =
            "the link to a broker is always TLS: write url = \"mqtts://broker.labo.example:8883\"";
        self.mistake(span, what, remedy);
        Broker::Embedded { listen }
    }

    fn database(&mut self, document: &DeTable<'_>) -> String {
        let default = format!("sqlite:{}", self.data.join("lisiere.db").display());
        let Some((url, span)) = self.text(document, "database", "url") else {
            return default;
        };
        if let Some(file) = url.strip_prefix("sqlite:") {
            let file = file.strip_prefix("//").unwrap_or(file);
            return format!("sqlite:{}", self.data.join(file).display());
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return url;
        }
        // The value is not repeated: it may hold a password.
        self.mistake(
            span,
            "[database] url is neither sqlite: nor postgres://",
            "write url = \"postgres://name:password@host/database\"",
        );
        default
    }

    fn environment(&mut self, document: &DeTable<'_>) -> Environment {
        let Some((text, span)) = self.text(document, "identity", "environment") else {
            return Environment::Production;
        };
        match text.as_str() {
            "production" => Environment::Production,
            "test" => Environment::Test,
            _ => {
                let what = format!("[identity] environment = \"{text}\" does not exist");
                self.mistake(span, what, "write \"production\" or \"test\"");
                Environment::Production
            }
        }
    }
}

fn host_port(text: &str, default: Option<u16>) -> Option<HostPort> {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !host.is_empty() && !host.ends_with(':') => {
            (host, port.parse().ok()?)
        }
        _ => (text, default?),
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '_');
    (!host.is_empty() && host.chars().all(allowed)).then(|| HostPort {
        host: host.to_owned(),
        port,
    })
}

#[cfg(test)]
mod tests;
