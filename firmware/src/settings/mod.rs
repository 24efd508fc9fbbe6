//! Settings: one TOML file, read into validated types, with every mistake named at once.

mod document;
mod line;
mod link;
mod panel;
mod profile;

pub use line::{LineSettings, PortName, SerialSettings, TcpSettings};
pub use panel::{PageSettings, PanelKind, PanelSettings};

use document::{Document, Section};
use lisiere_protocol::LinkSettings;
use std::{
    fmt,
    path::{Path, PathBuf},
};
use thiserror::Error;

/// Where the settings are looked for unless `--config` says otherwise.
pub const DEFAULT_PATH: &str = "/etc/lisiere/appliance.toml";
const DEFAULT_DATA: &str = "/var/lib/lisiere";

/// Everything a person decides about one appliance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Folder of the journal, the key and the certificate.
    pub data: PathBuf,
    /// The lines to analyzers.
    pub ports: Vec<PortSettings>,
    /// Bounds of the journal.
    pub journal: JournalSettings,
    /// The way to the hub.
    pub uplink: UplinkSettings,
    /// Lamps and button.
    pub panel: PanelSettings,
    /// The local page.
    pub page: PageSettings,
    /// What is not wrong but should be known, in French.
    pub remarks: Vec<String>,
}

/// One line to one analyzer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortSettings {
    /// Its name on this appliance.
    pub name: PortName,
    /// Driver sent along with each message; empty when none is set.
    pub driver: String,
    /// Which protocol is spoken, and how.
    pub link: LinkSettings,
    /// Serial or TCP.
    pub line: LineSettings,
}

/// Bounds of the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JournalSettings {
    /// What the journal's file may take, in bytes.
    pub max_bytes: u64,
    /// How long confirmed captures are kept for replay, in hours.
    pub keep_confirmed_hours: u32,
    /// How long an identical message is taken for a retransmission, in hours.
    pub repeat_hours: u32,
}

impl Default for JournalSettings {
    fn default() -> Self {
        Self {
            max_bytes: 1024 << 20,
            keep_confirmed_hours: 168,
            repeat_hours: 24,
        }
    }
}

/// The way to the hub. What is absent comes from enrolment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UplinkSettings {
    /// Host of the broker.
    pub host: Option<String>,
    /// Port of the broker.
    pub port: Option<u16>,
}

/// One mistake in the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Line in the file, from 1.
    pub line: usize,
    /// The key, with its path; empty when the file's form is wrong.
    pub key: String,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}: ", self.line)?;
        if !self.key.is_empty() {
            write!(formatter, "{}: ", self.key)?;
        }
        write!(formatter, "{}", self.what)?;
        if self.remedy.is_empty() {
            Ok(())
        } else {
            write!(formatter, "; {}", self.remedy)
        }
    }
}

/// Why there are no settings.
#[derive(Debug, Error)]
pub enum SettingsError {
    /// The file cannot be read.
    #[error("reading settings {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file says something impossible.
    #[error("settings {path}: {}", listed(.mistakes))]
    Wrong {
        /// The file.
        path: PathBuf,
        /// All of its mistakes, by line.
        mistakes: Vec<Mistake>,
    },
}

fn listed(mistakes: &[Mistake]) -> String {
    let noun = if mistakes.len() == 1 {
        "mistake"
    } else {
        "mistakes"
    };
    let lines: Vec<_> = mistakes.iter().map(ToString::to_string).collect();
    format!("{} {noun}\n  {}", mistakes.len(), lines.join("\n  "))
}

impl Settings {
    /// Reads the file.
    pub fn load(path: &Path) -> Result<Self, SettingsError> {
        let text = std::fs::read(path).map_err(|source| SettingsError::Read {
            path: path.to_owned(),
            source,
        })?;
        let text = String::from_utf8_lossy(&text);
        Self::parse(&text).map_err(|mistakes| SettingsError::Wrong {
            path: path.to_owned(),
            mistakes,
        })
    }

    /// Reads the text of a settings file, or says everything that is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Vec<Mistake>> {
        let (text, mistakes) = document::without_broken_lines(text);
        let mut document = Document::new(&text, mistakes);
        let settings = read(&mut document);
        document.finish(settings)
    }
}

fn read(document: &mut Document<'_>) -> Option<Settings> {
    let parsed = document.parse();
    let mut root = Section::root(parsed.get_ref());
    let data = root
        .text(document, "data")
        .unwrap_or_else(|| DEFAULT_DATA.to_owned());
    if !Path::new(&data).is_absolute() {
        root.wrong(
            document,
            "data",
            format!("`{data}` is not an absolute path"),
            "start it with /",
        );
    }
    let ports = read_ports(document, &mut root);
    let journal = read_journal(document, &mut root);
    let uplink = read_uplink(document, &mut root);
    let panel = panel::read_panel(document, &mut root);
    let page = panel::read_page(document, &mut root);
    root.finish(document);
    let ports = ports?;
    Some(Settings {
        remarks: ports.iter().flat_map(remarks).collect(),
        data: data.into(),
        ports,
        journal,
        uplink,
        panel,
        page,
    })
}

fn read_ports(
    document: &mut Document<'_>,
    root: &mut Section<'_, '_>,
) -> Option<Vec<PortSettings>> {
    let mut complete = true;
    let mut ports: Vec<PortSettings> = Vec::new();
    for mut section in root.tables(document, "port") {
        let Some(port) = read_port(document, &mut section) else {
            complete = false;
            continue;
        };
        if ports.iter().any(|other| other.name == port.name) {
            let what = format!("`{}` is already the name of another port", port.name);
            section.wrong(document, "name", what, "give each port its own name");
        }
        if let Some(other) = ports.iter().find(|other| other.line.same_place(&port.line)) {
            let what = format!("port `{}` already uses this line", other.name);
            section.wrong(
                document,
                port.line.word(),
                what,
                "give each port its own line",
            );
        }
        ports.push(port);
    }
    complete.then_some(ports)
}

fn read_port(document: &mut Document<'_>, section: &mut Section<'_, '_>) -> Option<PortSettings> {
    let name = section.required_text(
        document,
        "name",
        "name the port, for example name = \"c311\"",
    );
    let name = name.and_then(|name| match name.parse::<PortName>() {
        Ok(name) => Some(name),
        Err(error) => {
            section.wrong(document, "name", error.to_string(), "choose another name");
            None
        }
    });
    let driver = section.text(document, "driver").unwrap_or_default();
    let proposal = profile::of(&driver);
    let link = link::read(
        document,
        section,
        proposal.as_ref().map(|known| &known.link),
    );
    let line = line::read(document, section, |usual| {
        if let Some(proposal) = &proposal {
            proposal.apply(usual);
        }
    });
    section.finish(document);
    Some(PortSettings {
        name: name?,
        driver,
        link,
        line: line?,
    })
}

/// The driver that means: none is set, the hub finds out.
const AUTO: &str = "auto";

fn remarks(port: &PortSettings) -> Vec<String> {
    let mut remarks = Vec::new();
    let (name, driver) = (&port.name, &port.driver);
    let known = driver.is_empty() || driver == AUTO || lisiere_driver::ids().any(|id| id == driver);
    if !known {
        let near = lisiere_driver::ids().min_by_key(|id| document::distance(id, driver));
        let near = near.filter(|id| document::distance(id, driver) <= 4);
        let hint = near.map_or(String::new(), |id| format!(" ; peut-être « {id} »"));
        remarks.push(format!(
            "port {name} : le pilote « {driver} » n'est pas connu du boîtier, la liaison {} est réglée comme la norme{hint}",
            port.link.kind
        ));
    }
    if let LineSettings::Serial(serial) = &port.line
        && let Some(device) = serial.device.to_str()
        && ["/dev/ttyUSB", "/dev/ttyACM"]
            .iter()
            .any(|unstable| device.starts_with(unstable))
    {
        remarks.push(format!(
            "port {name} : {device} change quand on rebranche l'adaptateur ; écrire son nom sous /dev/serial/by-id (ou by-path)"
        ));
    }
    remarks
}

fn read_journal(document: &mut Document<'_>, root: &mut Section<'_, '_>) -> JournalSettings {
    let mut journal = JournalSettings::default();
    let Some(mut section) = root.table(document, "journal") else {
        return journal;
    };
    if let Some(megabytes) = section.integer(document, "max_mb", 4..=1 << 20) {
        journal.max_bytes = megabytes << 20;
    }
    let hours = |section: &mut Section<'_, '_>, document: &mut Document<'_>, key, default| {
        let read = section.integer(document, key, 0..=24 * 366);
        read.and_then(|hours| u32::try_from(hours).ok())
            .unwrap_or(default)
    };
    let keep = hours(
        &mut section,
        document,
        "keep_confirmed_hours",
        journal.keep_confirmed_hours,
    );
    let repeat = hours(&mut section, document, "repeat_hours", journal.repeat_hours);
    section.finish(document);
    JournalSettings {
        keep_confirmed_hours: keep,
        repeat_hours: repeat,
        ..journal
    }
}

fn read_uplink(document: &mut Document<'_>, root: &mut Section<'_, '_>) -> UplinkSettings {
    let Some(mut section) = root.table(document, "uplink") else {
        return UplinkSettings::default();
    };
    let host = section.text(document, "host");
    if host
        .as_deref()
        .is_some_and(|host| host.is_empty() || host.contains([' ', '/']))
    {
        section.wrong(
            document,
            "host",
            "not a host".to_owned(),
            "write a name or an address only",
        );
    }
    let port = section.integer(document, "port", 1..=65535);
    section.finish(document);
    UplinkSettings {
        host,
        port: port.and_then(|port| u16::try_from(port).ok()),
    }
}

#[cfg(test)]
mod tests;
