//! What recognition found, in words for a person and as settings to be copied. Nothing of a message is in it but what names
//! the analyzer, and nothing of it is ever applied by itself.

use super::Target;
use crate::{
    port::device::{STABLE_NAMES, stable_names},
    settings::{LineSettings, TcpSettings},
};
use lisiere_protocol::{
    LinkKind,
    recognise::{Certainty, Finding, Parity, Setting},
};
use serde::{Deserialize, Serialize};
use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
};

/// Models proposed at most.
const MODELS: usize = 5;
/// From here on a driver is written into the proposal.
const SURE_ENOUGH: u16 = 500;

/// How a serial line was found to be set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpeedFound {
    /// Bits a second.
    pub baud: u32,
    /// Data bits.
    pub data_bits: u8,
    /// `none`, `even` or `odd`.
    pub parity: String,
    /// Stop bits.
    pub stop_bits: u8,
    /// Whether other settings are ruled out.
    pub is_proven: bool,
}

/// A model that the message fits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Model {
    /// The driver's id.
    pub driver: String,
    /// Maker and model.
    pub name: String,
    /// 0 to 1000.
    pub per_mille: u16,
    /// What speaks for it, in French.
    pub evidence: Vec<String>,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The line that was looked at.
    pub line: String,
    /// How it is set; absent on a network, and when nothing could be read.
    pub setting: Option<SpeedFound>,
    /// The link language; absent when none fits.
    pub link: Option<String>,
    /// 0 to 1000.
    pub link_per_mille: u16,
    /// Other link languages that fit less well.
    pub other_links: Vec<String>,
    /// The models, the likeliest first.
    pub models: Vec<Model>,
    /// What speaks for it all, in French.
    pub evidence: Vec<String>,
    /// Bytes heard.
    pub heard: u64,
    /// ACKs sent.
    pub answers: u32,
    /// A `[[port]]` to be copied into the settings.
    pub proposal: Option<String>,
}

impl Outcome {
    /// Puts it together. Reads every profile, which takes a moment.
    pub(super) fn new(name: &str, target: &Target, finding: &Finding) -> Self {
        let best = finding.dialects.first();
        let models = models(&finding.message, best.map(|best| best.kind));
        let line = stable(&target.0);
        let mut outcome = Self {
            line: target.0.to_string(),
            setting: finding.setting.map(|(setting, certainty)| SpeedFound {
                baud: setting.baud,
                data_bits: setting.framing.data_bits,
                parity: parity(setting).to_owned(),
                stop_bits: setting.framing.stop_bits,
                is_proven: certainty == Certainty::Proven,
            }),
            link: best.map(|best| best.kind.word().to_owned()),
            link_per_mille: best.map_or(0, |best| best.per_mille),
            other_links: finding
                .dialects
                .iter()
                .skip(1)
                .map(|dialect| dialect.kind.word().to_owned())
                .collect(),
            models,
            evidence: finding.evidence.clone(),
            heard: finding.heard,
            answers: finding.answers,
            proposal: None,
        };
        if let LineSettings::Serial(serial) = &target.0 {
            outcome.line = serial.device.display().to_string();
        }
        outcome.proposal = outcome.proposed(name, &line);
        outcome
    }

    fn proposed(&self, name: &str, line: &LineSettings) -> Option<String> {
        let link = self.link.as_deref()?;
        let mut text = String::from("[[port]]\n");
        // Writing to memory cannot fail.
        let _ = writeln!(text, "name = \"{name}\"");
        match self.models.first() {
            Some(model) if model.per_mille >= SURE_ENOUGH => {
                let _ = writeln!(text, "driver = \"{}\"", model.driver);
            }
            Some(_) => {
                let ids: Vec<_> = self
                    .models
                    .iter()
                    .map(|model| model.driver.as_str())
                    .collect();
                let _ = writeln!(text, "# driver à choisir, peut-être : {}", ids.join(", "));
            }
            None => {
                text.push_str("# driver à choisir : le message entendu ne nomme pas l'analyseur\n");
            }
        }
        let _ = writeln!(text, "link = \"{link}\"");
        match (line, &self.setting) {
            (LineSettings::Serial(serial), Some(setting)) => {
                let _ = writeln!(
                    text,
                    "serial = {{ device = \"{}\", baud = {}, data_bits = {}, parity = \"{}\", stop_bits = {} }}",
                    serial.device.display(),
                    setting.baud,
                    setting.data_bits,
                    setting.parity,
                    setting.stop_bits
                );
            }
            (LineSettings::Serial(_), None) => return None,
            (LineSettings::Tcp(TcpSettings::Listen(address)), _) => {
                let _ = writeln!(text, "tcp = {{ listen = \"{address}\" }}");
            }
            (LineSettings::Tcp(TcpSettings::Connect(place)), _) => {
                let _ = writeln!(text, "tcp = {{ connect = \"{place}\" }}");
            }
        }
        Some(text)
    }

    /// Whether a link was found.
    pub const fn is_found(&self) -> bool {
        self.link.is_some()
    }

    /// In French, as the command line prints it.
    pub fn described(&self) -> String {
        let mut text = String::new();
        let mut say = |line: std::fmt::Arguments<'_>| {
            // Writing to memory cannot fail.
            let _ = text.write_fmt(line);
        };
        say(format_args!("ligne       {}\n", self.line));
        if let Some(setting) = &self.setting {
            let parity = setting
                .parity
                .chars()
                .next()
                .unwrap_or('n')
                .to_ascii_uppercase();
            let sure = if setting.is_proven {
                "établi"
            } else {
                "plausible"
            };
            say(format_args!(
                "réglage     {} {}{parity}{} ({sure})\n",
                setting.baud, setting.data_bits, setting.stop_bits
            ));
        }
        match &self.link {
            Some(link) => say(format_args!(
                "liaison     {link} (confiance {} %)\n",
                self.link_per_mille / 10
            )),
            None => say(format_args!("liaison     non reconnue\n")),
        }
        for model in &self.models {
            say(format_args!(
                "modèle      {} — {} (confiance {} %)\n",
                model.driver,
                model.name,
                model.per_mille / 10
            ));
            for evidence in &model.evidence {
                say(format_args!("            · {evidence}\n"));
            }
        }
        say(format_args!(
            "entendu     {} octets, {} réponse(s) ACK, rien d'autre n'a été émis\n",
            self.heard, self.answers
        ));
        for evidence in &self.evidence {
            say(format_args!("indice      {evidence}\n"));
        }
        if let Some(proposal) = &self.proposal {
            say(format_args!(
                "\nRéglages proposés, à copier dans le fichier de réglages (rien n'a été changé) :\n\n{proposal}"
            ));
        }
        text
    }
}

fn models(message: &[u8], link: Option<LinkKind>) -> Vec<Model> {
    let found = if message.is_empty() {
        Vec::new()
    } else {
        lisiere_driver::recognise(message)
    };
    let sure = found
        .first()
        .is_some_and(|best| best.per_mille >= SURE_ENOUGH);
    let mut models: Vec<Model> = found
        .into_iter()
        .take(MODELS)
        .filter_map(|found| {
            let profile = lisiere_driver::profile_of(&found.driver)?.ok()?;
            Some(Model {
                name: format!("{} {}", profile.maker, profile.model),
                driver: found.driver,
                per_mille: found.per_mille,
                evidence: found.evidence,
            })
        })
        .collect();
    if let Some(link) = link.filter(|link| !sure && is_rare(*link)) {
        let known: Vec<String> = models.iter().map(|model| model.driver.clone()).collect();
        let others = speaking(link).filter(|model| !known.contains(&model.driver));
        models.extend(others.take(MODELS.saturating_sub(known.len())));
    }
    models
}

/// A link that few makers speak, so that it says something of the model by itself.
const fn is_rare(link: LinkKind) -> bool {
    matches!(
        link,
        LinkKind::Bci | LinkKind::Au | LinkKind::Kx | LinkKind::Abx | LinkKind::Tosoh
    )
}

fn speaking(link: LinkKind) -> impl Iterator<Item = Model> {
    let profiles = lisiere_driver::ids().filter_map(|id| lisiere_driver::profile_of(id)?.ok());
    profiles
        .filter(move |profile| profile.link.kind == link)
        .map(move |profile| Model {
            name: format!("{} {}", profile.maker, profile.model),
            driver: profile.id,
            per_mille: 200,
            evidence: vec![format!(
                "parle la liaison {link}, que peu d'analyseurs parlent"
            )],
        })
}

fn parity(setting: Setting) -> &'static str {
    match setting.framing.parity {
        Parity::None => "none",
        Parity::Even => "even",
        Parity::Odd => "odd",
    }
}

/// The line by its stable name, where the adapter has one.
fn stable(line: &LineSettings) -> LineSettings {
    let mut line = line.clone();
    if let LineSettings::Serial(serial) = &mut line
        && let Some(name) = stable_name(Path::new(STABLE_NAMES), &serial.device)
    {
        serial.device = name;
    }
    line
}

fn stable_name(names: &Path, device: &Path) -> Option<PathBuf> {
    if device.starts_with(names) {
        return None;
    }
    let real = std::fs::canonicalize(device).ok()?;
    let leads_there = |name: &PathBuf| std::fs::canonicalize(name).is_ok_and(|found| found == real);
    stable_names(names).into_iter().find(leads_there)
}

#[cfg(test)]
mod tests {
    use super::stable_name;
    use std::{fs, os::unix::fs::symlink};

    #[test]
    fn a_device_is_proposed_by_its_stable_name() {
        let folder = tempfile::tempdir().unwrap();
        let (names, device) = (folder.path().join("by-id"), folder.path().join("ttyUSB0"));
        fs::create_dir(&names).unwrap();
        fs::write(&device, "").unwrap();
        assert_eq!(stable_name(&names, &device), None);
        symlink(&device, names.join("usb-FTDI_A1-if00-port0")).unwrap();
        let stable = names.join("usb-FTDI_A1-if00-port0");
        assert_eq!(stable_name(&names, &device), Some(stable.clone()));
        assert_eq!(stable_name(&names, &stable), None);
    }
}
