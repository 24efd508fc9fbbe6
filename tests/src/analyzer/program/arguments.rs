//! The command line of the simulator. Every mistake in it is named at once, in French.

use std::{
    net::{SocketAddr, ToSocketAddrs as _},
    path::PathBuf,
    time::Duration,
};

use crate::faults::Faults;

/// What `--help` says.
pub(super) const HELP: &str = "\
lisiere-analyzer : joue un automate connu de Lisière (essais, formation, recette sur site)

Usage : lisiere-analyzer --profile ID --port LIGNE [options]
        lisiere-analyzer --list

  --profile ID      pilote à jouer, par exemple roche-cobas-c311
  --port LIGNE      où est le boîtier :
                      /dev/ttyUSB0           port série de cette machine
                      pty:CHEMIN             pseudo-terminal créé sous ce nom, que le boîtier ouvre
                      tcp:HÔTE:PORT          se connecter au boîtier
                      tcp-listen:HÔTE:PORT   attendre que le boîtier se connecte
                    (un CHEMIN qui n'existe pas est créé comme pty:CHEMIN)
  --rate DÉBIT      bits par seconde, ou max ; par défaut celui du pilote en série, max en TCP
  --faults LISTE    ligne mauvaise, une fois tous les N octets au plus :
                      flip=N drop=N duplicate=N noise=N silence=N, séparés par des virgules ; ou none, light, heavy
  --messages N      messages de résultats à envoyer (10)
  --controls N      contrôles de qualité à y mêler (un message sur dix, si le pilote en a)
  --query           demander d'abord le travail à faire pour chaque tube, attendre la réponse, puis rendre les résultats
  --specimen NUM    numéro de tube ; à répéter. Sans lui, des numéros fictifs
  --seed N          même graine, même séance
  --haste N         délais de la liaison N fois plus courts (1)
  --patience S      secondes sans progrès avant d'abandonner (60)
  --list            pilotes que le simulateur sait jouer
  --help            cette aide

Tout ce qui est envoyé est fictif. Code de retour : 0 tout est accepté, 1 non, 2 ligne de commande erronée.
";

/// Where the appliance is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// A serial device of this machine.
    Device(PathBuf),
    /// A pseudo-terminal to be made under this name.
    Pty(PathBuf),
    /// The appliance listens there.
    Connect(SocketAddr),
    /// The appliance will connect here.
    Listen(SocketAddr),
}

/// Speed of the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rate {
    /// Bits a second.
    Baud(u32),
    /// No limit.
    Unlimited,
}

/// What to play, and how.
#[derive(Debug, Clone)]
pub(super) struct Session {
    pub profile: String,
    pub place: Place,
    pub rate: Option<Rate>,
    pub faults: Faults,
    pub messages: usize,
    pub controls: Option<usize>,
    pub query: bool,
    pub specimens: Vec<String>,
    pub seed: Option<u64>,
    pub haste: u64,
    pub patience: Duration,
}

/// What the command line asks for.
#[derive(Debug, Clone)]
pub(super) enum Wish {
    Help,
    List,
    Play(Box<Session>),
}

/// Reads the command line; `known` are the profiles there are.
pub(super) fn read(
    words: impl IntoIterator<Item = String>,
    known: &[&str],
) -> Result<Wish, Vec<String>> {
    let mut draft = Draft::default();
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--help" | "-h" => return Ok(Wish::Help),
            "--list" => draft.list = true,
            "--query" => draft.query = true,
            name if name.starts_with("--") => {
                let (name, value) = match name.split_once('=') {
                    Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
                    None => (name.to_owned(), None),
                };
                draft.option(&name, value, &mut words);
            }
            other => draft.wrong(format!("« {other} » : mot inattendu")),
        }
    }
    draft.finish(known)
}

#[derive(Default)]
struct Draft {
    list: bool,
    query: bool,
    profile: Option<String>,
    place: Option<Place>,
    port_given: bool,
    rate: Option<Rate>,
    faults: Faults,
    messages: Option<usize>,
    controls: Option<usize>,
    specimens: Vec<String>,
    seed: Option<u64>,
    haste: Option<u64>,
    patience: Option<u64>,
    mistakes: Vec<String>,
}

impl Draft {
    fn wrong(&mut self, words: impl Into<String>) {
        self.mistakes.push(words.into());
    }

    fn option(
        &mut self,
        name: &str,
        value: Option<String>,
        words: &mut impl Iterator<Item = String>,
    ) {
        const NAMES: [&str; 11] = [
            "--profile",
            "--port",
            "--rate",
            "--faults",
            "--messages",
            "--controls",
            "--specimen",
            "--seed",
            "--haste",
            "--patience",
            "--query",
        ];
        if !NAMES.contains(&name) {
            self.wrong(format!("{name} : option inconnue"));
            return;
        }
        let Some(value) = value.or_else(|| words.next()) else {
            self.wrong(format!("{name} : la valeur manque"));
            return;
        };
        match name {
            "--profile" => self.profile = Some(value),
            "--port" => {
                self.port_given = true;
                self.place = self.kept(place(&value));
            }
            "--rate" => self.rate = self.kept(rate(&value)),
            "--faults" => match faults(&value) {
                Ok(faults) => self.faults = faults,
                Err(mistakes) => self.mistakes.extend(mistakes),
            },
            "--messages" => self.messages = self.number(name, &value),
            "--controls" => self.controls = self.number(name, &value),
            "--specimen" => self.specimen(value),
            "--seed" => self.seed = self.number(name, &value),
            "--haste" => self.haste = self.positive(name, &value),
            "--patience" => self.patience = self.positive(name, &value),
            _ => self.wrong(format!("{name} ne prend pas de valeur")),
        }
    }

    fn kept<T>(&mut self, outcome: Result<T, String>) -> Option<T> {
        outcome.map_err(|words| self.wrong(words)).ok()
    }

    fn number<T: std::str::FromStr>(&mut self, name: &str, value: &str) -> Option<T> {
        let outcome = value
            .parse()
            .map_err(|_| format!("{name} : « {value} » n'est pas un nombre entier"));
        self.kept(outcome)
    }

    fn positive(&mut self, name: &str, value: &str) -> Option<u64> {
        let number = self.number(name, value)?;
        if number == 0 {
            self.wrong(format!("{name} : au moins 1"));
        }
        Some(number)
    }

    fn specimen(&mut self, value: String) {
        let plain = |sign: char| sign.is_ascii_alphanumeric() || sign == '-';
        if value.is_empty() || value.len() > 26 || !value.chars().all(plain) {
            self.wrong(format!(
                "--specimen : « {value} » : 1 à 26 lettres, chiffres ou tirets"
            ));
        }
        self.specimens.push(value);
    }

    fn finish(mut self, known: &[&str]) -> Result<Wish, Vec<String>> {
        if self.list {
            return if self.mistakes.is_empty() {
                Ok(Wish::List)
            } else {
                Err(self.mistakes)
            };
        }
        match self.profile.clone() {
            None => self.wrong("--profile manque (la liste : lisiere-analyzer --list)"),
            Some(id) if !known.contains(&id.as_str()) => {
                let near = nearest(&id, known);
                self.wrong(format!(
                    "--profile : pas de pilote « {id} » ; voulez-vous dire {near} ?"
                ));
            }
            Some(_) => {}
        }
        if !self.port_given {
            self.wrong("--port manque (par exemple --port tcp:127.0.0.1:5000)");
        }
        match (self.place, self.profile) {
            (Some(place), Some(profile)) if self.mistakes.is_empty() => {
                let tubes = self.specimens.len();
                Ok(Wish::Play(Box::new(Session {
                    profile,
                    place,
                    rate: self.rate,
                    faults: self.faults,
                    messages: self.messages.unwrap_or(if tubes > 0 { tubes } else { 10 }),
                    controls: self.controls,
                    query: self.query,
                    specimens: self.specimens,
                    seed: self.seed,
                    haste: self.haste.unwrap_or(1),
                    patience: Duration::from_secs(self.patience.unwrap_or(60)),
                })))
            }
            _ => Err(self.mistakes),
        }
    }
}

fn place(text: &str) -> Result<Place, String> {
    let address = |text: &str| {
        text.to_socket_addrs()
            .ok()
            .and_then(|mut found| found.next())
            .ok_or_else(|| format!("--port : « {text} » n'est pas HÔTE:PORT"))
    };
    if let Some(text) = text.strip_prefix("tcp:") {
        return address(text).map(Place::Connect);
    }
    if let Some(text) = text.strip_prefix("tcp-listen:") {
        return address(text).map(Place::Listen);
    }
    if let Some(path) = text.strip_prefix("pty:") {
        return Ok(Place::Pty(path.into()));
    }
    if text.is_empty() {
        return Err("--port : vide".to_owned());
    }
    let path = PathBuf::from(text);
    if path.exists() {
        Ok(Place::Device(path))
    } else {
        Ok(Place::Pty(path))
    }
}

fn rate(text: &str) -> Result<Rate, String> {
    if text == "max" {
        return Ok(Rate::Unlimited);
    }
    match text.parse() {
        Ok(baud @ 50..=4_000_000) => Ok(Rate::Baud(baud)),
        _ => Err(format!(
            "--rate : « {text} » : 50 à 4000000 bits par seconde, ou max"
        )),
    }
}

fn faults(text: &str) -> Result<Faults, Vec<String>> {
    let light = Faults {
        flip: 8000,
        noise: 8000,
        ..Faults::NONE
    };
    match text {
        "none" => return Ok(Faults::NONE),
        "light" => return Ok(light),
        "heavy" => {
            return Ok(Faults {
                flip: 1500,
                lose: 4000,
                double: 4000,
                noise: 2500,
                silence: 12_000,
            });
        }
        _ => {}
    }
    let mut faults = Faults::NONE;
    let mut mistakes = Vec::new();
    for part in text.split(',') {
        let Some((name, often)) = part.split_once('=') else {
            mistakes.push(format!("--faults : « {part} » : écrire NOM=N"));
            continue;
        };
        let place = match name.trim() {
            "flip" => &mut faults.flip,
            "drop" => &mut faults.lose,
            "duplicate" => &mut faults.double,
            "noise" => &mut faults.noise,
            "silence" => &mut faults.silence,
            other => {
                mistakes.push(format!(
                    "--faults : « {other} » inconnu : flip, drop, duplicate, noise ou silence"
                ));
                continue;
            }
        };
        match often.trim().parse() {
            Ok(number) => *place = number,
            Err(_) => mistakes.push(format!(
                "--faults : {name} : « {often} » n'est pas un nombre"
            )),
        }
    }
    if mistakes.is_empty() {
        Ok(faults)
    } else {
        Err(mistakes)
    }
}

/// The known name that shares the longest part with what was written.
fn nearest<'k>(written: &str, known: &[&'k str]) -> &'k str {
    let shared = |name: &&&str| {
        let parts = written.split('-').filter(|part| part.len() > 1);
        let held: usize = parts.filter(|part| name.contains(part)).map(str::len).sum();
        let start = name
            .bytes()
            .zip(written.bytes())
            .take_while(|(a, b)| a == b)
            .count();
        held + start
    };
    known.iter().max_by_key(shared).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(line: &str) -> Result<Wish, Vec<String>> {
        let words = line.split_whitespace().map(str::to_owned);
        read(words, &["roche-cobas-c311", "sysmex-xp"])
    }

    #[test]
    fn every_mistake_is_named_at_once() {
        let mistakes = told(
            "--profile cobas-c311 --port tcp:nowhere --rate fast --faults flip=x,smoke=3 \
             --messages many --haste 0 --colour red stray",
        )
        .unwrap_err();
        let all = mistakes.join("\n");
        for part in [
            "roche-cobas-c311 ?",
            "nowhere",
            "--rate",
            "flip",
            "smoke",
            "--messages",
            "--haste",
            "--colour",
            "stray",
        ] {
            assert!(all.contains(part), "{part} is not named in\n{all}");
        }
        assert_eq!(told("").unwrap_err().len(), 2);
    }

    #[test]
    fn a_whole_line_is_understood() {
        let wish = told(
            "--profile sysmex-xp --port=tcp-listen:127.0.0.1:5000 --rate 9600 --faults drop=100,silence=9 \
             --messages 3 --query --seed 4 --specimen 2612345",
        );
        let Ok(Wish::Play(session)) = wish else {
            panic!("{wish:?}")
        };
        assert_eq!(session.place, Place::Listen(([127, 0, 0, 1], 5000).into()));
        assert_eq!(session.rate, Some(Rate::Baud(9600)));
        assert_eq!((session.faults.lose, session.faults.silence), (100, 9));
        assert!(session.query && session.messages == 3 && session.seed == Some(4));
    }
}
