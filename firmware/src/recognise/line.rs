//! The line under recognition: a serial port that changes its setting, or a connection either way round.

use crate::{
    link::marks::{Given, Marks},
    port::device::{self, Device},
    settings::{LineSettings, SerialSettings, TcpSettings},
};
use lisiere_protocol::{
    Tick,
    recognise::{Recogniser, Setting, plan},
};
use std::{path::PathBuf, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time,
};

/// How long a connection, or a write, may take.
const CONNECT: Duration = Duration::from_secs(10);

/// What is to be recognised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target(pub LineSettings);

impl Target {
    /// A serial device at any setting.
    pub fn device(device: PathBuf) -> Self {
        Self(LineSettings::Serial(SerialSettings::standard(device)))
    }

    /// `tcp:listen:ADDRESS`, `tcp:connect:HOST:PORT` or `tcp:HOST:PORT`, as it is typed; in French what is wrong with it.
    pub fn network(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!("« {text} » : écrire tcp:listen:0.0.0.0:5000, ou tcp:connect:192.168.1.20:5000")
        };
        let place = text.strip_prefix("tcp:").ok_or_else(wrong)?;
        let line = if let Some(address) = place.strip_prefix("listen:") {
            TcpSettings::Listen(address.parse().map_err(|_| wrong())?)
        } else {
            let place = place.strip_prefix("connect:").unwrap_or(place);
            let (host, port) = place.rsplit_once(':').ok_or_else(wrong)?;
            let port = port.parse::<u16>().map_err(|_| wrong())?;
            if host.is_empty() || port == 0 {
                return Err(wrong());
            }
            TcpSettings::Connect(place.to_owned())
        };
        Ok(Self(LineSettings::Tcp(line)))
    }
}

/// What kind of line was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opened {
    Serial { shows_errors: bool },
    Network,
}

/// What was read, without the marks of a serial port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    Bytes(Vec<u8>),
    Damaged(u8),
}

impl Heard {
    pub(super) fn tell(&self, recogniser: &mut Recogniser, now: Tick) {
        match self {
            Self::Bytes(bytes) => recogniser.receive(now, bytes),
            Self::Damaged(byte) => recogniser.damaged(now, *byte),
        }
    }
}

enum Way {
    Serial(Option<Device>),
    Listening(TcpListener),
    Calling(String),
}

/// An open line, or one that is opened again when it was lost.
pub(super) struct Line {
    way: Way,
    serial: Option<SerialSettings>,
    setting: Setting,
    marks: Marks,
    stream: Option<TcpStream>,
    buffer: Vec<u8>,
}

impl Line {
    pub(super) async fn open(target: &Target) -> Result<Self, String> {
        let (way, serial) = match &target.0 {
            LineSettings::Serial(settings) => {
                let settings = SerialSettings {
                    // Whatever the port is set to, nothing may hold back what is to be heard.
                    flow_control: tokio_serial::FlowControl::None,
                    ..settings.clone()
                };
                (Way::Serial(Some(device::open(&settings)?)), Some(settings))
            }
            LineSettings::Tcp(TcpSettings::Listen(address)) => {
                let listener = TcpListener::bind(address).await;
                let listener = listener.map_err(|error| {
                    format!("écoute sur {address} impossible : {error} ; un port du service l'occupe peut-être")
                })?;
                (Way::Listening(listener), None)
            }
            LineSettings::Tcp(TcpSettings::Connect(place)) => (Way::Calling(place.clone()), None),
        };
        let [setting, ..] = *plan().as_slice() else {
            return Err("aucun réglage à essayer".to_owned());
        };
        Ok(Self {
            way,
            serial,
            setting,
            marks: Marks::default(),
            stream: None,
            buffer: vec![0; 4096],
        })
    }

    pub(super) fn opened(&self) -> Opened {
        match (&self.way, &self.serial) {
            (Way::Serial(device), Some(settings)) => Opened::Serial {
                shows_errors: device.as_ref().is_some_and(|device| device.marked)
                    && !is_pseudo(&settings.device),
            },
            _ => Opened::Network,
        }
    }

    /// From now on the line is read at this setting.
    pub(super) fn set(&mut self, setting: Setting) {
        self.setting = setting;
        self.marks = Marks::default();
        if let Way::Serial(Some(device)) = &self.way {
            device.set(setting);
        }
    }

    /// Bytes or damaged bytes; a line that was lost is opened again by the next call. Safe to drop in the middle.
    pub(super) async fn read(&mut self) -> Result<Vec<Heard>, String> {
        if let (Way::Serial(device), Some(settings)) = (&mut self.way, &self.serial) {
            let device = if let Some(device) = device {
                device
            } else {
                let opened = device::open(settings)?;
                opened.set(self.setting);
                self.marks = Marks::default();
                device.insert(opened)
            };
            let read = device.stream.read(&mut self.buffer).await;
            let count = match read {
                Ok(count) if count > 0 => count,
                Ok(_) => return self.lost("la ligne s'est fermée"),
                Err(error) => return self.lost(&error.to_string()),
            };
            let bytes = self.buffer.get(..count).unwrap_or_default();
            if !device.marked {
                return Ok(vec![Heard::Bytes(bytes.to_vec())]);
            }
            let mut heard = Vec::new();
            self.marks.read(bytes, |given| {
                heard.push(match given {
                    Given::Bytes(bytes) => Heard::Bytes(bytes.to_vec()),
                    Given::Damaged(byte) => Heard::Damaged(byte),
                    Given::Break => Heard::Damaged(0),
                });
            });
            return Ok(heard);
        }
        if self.stream.is_none() {
            self.stream = Some(self.connect().await?);
        }
        let Some(stream) = &mut self.stream else {
            return Ok(Vec::new());
        };
        match stream.read(&mut self.buffer).await {
            Ok(count) if count > 0 => {
                let bytes = self.buffer.get(..count).unwrap_or_default();
                Ok(vec![Heard::Bytes(bytes.to_vec())])
            }
            Ok(_) => self.lost("l'analyseur a fermé la connexion"),
            Err(error) => self.lost(&error.to_string()),
        }
    }

    async fn connect(&self) -> Result<TcpStream, String> {
        match &self.way {
            Way::Listening(listener) => {
                let accepted = listener.accept().await;
                accepted
                    .map(|(stream, _)| stream)
                    .map_err(|error| error.to_string())
            }
            Way::Calling(place) => match time::timeout(CONNECT, TcpStream::connect(place)).await {
                Ok(Ok(stream)) => Ok(stream),
                Ok(Err(error)) => Err(format!("connexion à {place} : {error}")),
                Err(_) => Err(format!("connexion à {place} : pas de réponse")),
            },
            Way::Serial(_) => Err("la ligne n'est pas un réseau".to_owned()),
        }
    }

    fn lost<T>(&mut self, reason: &str) -> Result<T, String> {
        self.stream = None;
        if let Way::Serial(device) = &mut self.way {
            *device = None;
        }
        Err(reason.to_owned())
    }

    /// A line that takes nothing is a line that was lost: the next read will tell.
    pub(super) async fn write(&mut self, bytes: &[u8]) {
        let write = async {
            match (&mut self.way, &mut self.stream) {
                (Way::Serial(Some(device)), _) => device.stream.write_all(bytes).await,
                (_, Some(stream)) => stream.write_all(bytes).await,
                _ => Ok(()),
            }
        };
        let _ = time::timeout(CONNECT, write).await;
    }
}

/// Pseudo-terminals mark nothing, whatever they say.
fn is_pseudo(device: &std::path::Path) -> bool {
    let real = std::fs::canonicalize(device).unwrap_or_else(|_| device.to_owned());
    real.starts_with("/dev/pts")
}
