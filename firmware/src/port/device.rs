//! Opens a serial port as analyzers need it: ours alone, raw, its lines raised, its errors shown.

use super::lock::LockFile;
use crate::settings::SerialSettings;
use lisiere_protocol::recognise::{Framing, Parity, Setting};
use rustix::{
    fd::OwnedFd,
    fs::{Mode, OFlags},
    io::Errno,
    termios::{ControlModes, InputModes, OptionalActions},
};
use std::{
    fs,
    path::{Path, PathBuf},
};
use tokio_serial::{SerialPort, SerialPortBuilderExt, SerialStream};

/// Where adapters have names that do not change when they are plugged in again.
pub(crate) const STABLE_NAMES: &str = "/dev/serial/by-id";
/// Where programs that open serial ports leave their lock files.
const LOCKS: &str = "/run/lock";
/// Where USB adapters can be told to pass bytes on at once.
const ADAPTERS: &str = "/sys/bus/usb-serial/devices";

/// An open port.
#[derive(Debug)]
pub(crate) struct Device {
    /// Its bytes.
    pub(crate) stream: SerialStream,
    /// Whether damaged bytes and breaks come marked.
    pub(crate) marked: bool,
    handle: OwnedFd,
    _lock: Option<LockFile>,
}

impl Device {
    /// Reads at another setting from now on, and throws away what was read at the one before. A setting that the port does
    /// not know is left as it was.
    pub(crate) fn set(&self, setting: Setting) {
        let Ok(mut modes) = rustix::termios::tcgetattr(&self.handle) else {
            return;
        };
        if modes.set_speed(setting.baud).is_err() {
            return;
        }
        let Framing {
            data_bits,
            parity,
            stop_bits,
        } = setting.framing;
        let control = &mut modes.control_modes;
        control.remove(
            ControlModes::CSIZE
                | ControlModes::PARENB
                | ControlModes::PARODD
                | ControlModes::CSTOPB
                | ControlModes::HUPCL,
        );
        control.insert(if data_bits == 7 {
            ControlModes::CS7
        } else {
            ControlModes::CS8
        });
        match parity {
            Parity::None => {}
            Parity::Even => control.insert(ControlModes::PARENB),
            Parity::Odd => control.insert(ControlModes::PARENB | ControlModes::PARODD),
        }
        if stop_bits == 2 {
            control.insert(ControlModes::CSTOPB);
        }
        // What is still to be sent was meant for the setting before; nothing but an ACK ever is.
        let _ = rustix::termios::tcsetattr(&self.handle, OptionalActions::Flush, &modes);
    }
}

/// Opens a port, or says in French why not and what to do.
pub(crate) fn open(settings: &SerialSettings) -> Result<Device, String> {
    let given = &settings.device;
    let device = fs::canonicalize(given).map_err(|_| absent(given))?;
    let lock = LockFile::take(Path::new(LOCKS), &device).map_err(|pid| {
        format!(
            "{} est utilisé par un autre programme (processus {pid}) : l'arrêter",
            given.display()
        )
    })?;
    // A second handle, because the library's own gives no way to the modes. It must be opened first: afterwards the port
    // is ours alone (TIOCEXCL).
    let handle = handle(&device).map_err(|errno| refused(given, errno))?;
    keep_lines_raised(&handle);
    let mut stream = tokio_serial::new(device.to_string_lossy(), settings.baud)
        .data_bits(settings.data_bits)
        .parity(settings.parity)
        .stop_bits(settings.stop_bits)
        .flow_control(settings.flow_control)
        .open_native_async()
        .map_err(|error| unusable(given, &error))?;
    let marked = show_errors(&handle);
    // Some analyzers send only while the host shows that it is there. Pseudo-terminals have no such lines.
    let _ = stream.write_data_terminal_ready(settings.dtr);
    if settings.flow_control != tokio_serial::FlowControl::Hardware {
        let _ = stream.write_request_to_send(settings.rts);
    }
    pass_on_at_once(Path::new(ADAPTERS), &device);
    Ok(Device {
        stream,
        marked,
        handle,
        _lock: lock,
    })
}

fn handle(device: &Path) -> Result<OwnedFd, Errno> {
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    rustix::fs::open(device, flags, Mode::empty())
}

/// Without this a restart drops DTR, which some analyzers take for a host that went down (`stty -hupcl`). What is not a
/// terminal is left to the library to complain about.
fn keep_lines_raised(handle: &OwnedFd) {
    if let Ok(mut modes) = rustix::termios::tcgetattr(handle) {
        modes.control_modes.remove(ControlModes::HUPCL);
        let _ = rustix::termios::tcsetattr(handle, OptionalActions::Now, &modes);
    }
}

/// Has parity and framing errors and breaks marked (INPCK, PARMRK); whether the port does it.
fn show_errors(handle: &OwnedFd) -> bool {
    let Ok(mut modes) = rustix::termios::tcgetattr(handle) else {
        return false;
    };
    modes.input_modes.remove(
        InputModes::IGNPAR
            | InputModes::ISTRIP
            | InputModes::IGNBRK
            | InputModes::BRKINT
            | InputModes::INLCR
            | InputModes::IGNCR
            | InputModes::ICRNL
            | InputModes::IXANY,
    );
    modes
        .input_modes
        .insert(InputModes::INPCK | InputModes::PARMRK);
    modes.control_modes.remove(ControlModes::HUPCL);
    let _ = rustix::termios::tcsetattr(handle, OptionalActions::Now, &modes);
    rustix::termios::tcgetattr(handle)
        .is_ok_and(|modes| modes.input_modes.contains(InputModes::PARMRK))
}

/// FTDI adapters hold bytes back for 16 ms by themselves. Where the service may not write here, a udev rule does the same.
fn pass_on_at_once(adapters: &Path, device: &Path) {
    if let Some(name) = device.file_name() {
        let _ = fs::write(adapters.join(name).join("latency_timer"), "1");
    }
}

fn absent(device: &Path) -> String {
    let present = stable_names(Path::new(STABLE_NAMES));
    let present = if present.is_empty() {
        "aucun adaptateur USB branché".to_owned()
    } else {
        let names: Vec<_> = present
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        format!("adaptateurs présents : {}", names.join(", "))
    };
    format!("{} est débranché ou absent ; {present}", device.display())
}

/// The adapters that are plugged in, by name.
pub(crate) fn stable_names(folder: &Path) -> Vec<PathBuf> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default();
    names.sort();
    names
}

fn refused(device: &Path, errno: Errno) -> String {
    let device = device.display();
    match errno {
        Errno::BUSY => format!("{device} est utilisé par un autre programme : l'arrêter"),
        Errno::ACCESS | Errno::PERM => format!(
            "{device} n'est pas accessible : ajouter l'utilisateur du service au groupe dialout"
        ),
        _ => format!("{device} ne s'ouvre pas : {errno}"),
    }
}

fn unusable(device: &Path, error: &tokio_serial::Error) -> String {
    let device = device.display();
    match error.kind {
        tokio_serial::ErrorKind::NoDevice => {
            format!("{device} n'est pas un port série, ou un autre programme l'utilise ({error})")
        }
        _ => format!("{device} ne s'ouvre pas comme port série : {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::run;
    use std::time::Duration;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    fn settings(device: PathBuf) -> SerialSettings {
        SerialSettings {
            baud: 19200,
            ..SerialSettings::standard(device)
        }
    }

    fn pair() -> (SerialStream, PathBuf) {
        let (end, far) = SerialStream::pair().unwrap();
        let device = PathBuf::from(far.name().unwrap());
        // Held open so that the near end does not count as hung up.
        std::mem::forget(far);
        (end, device)
    }

    #[test]
    fn every_byte_passes_and_the_port_is_ours_alone() {
        run(async {
            let (mut end, device) = pair();
            let mut opened = open(&settings(device.clone())).unwrap();
            let second = open(&settings(device.clone())).unwrap_err();
            assert!(second.contains("autre programme"), "{second}");
            let all: Vec<u8> = (0..=255).collect();
            end.write_all(&all).await.unwrap();
            let mut raw = vec![0; 512];
            let mut count = 0;
            // With PARMRK, FF comes doubled.
            let expected = all.len() + usize::from(opened.marked);
            while count < expected {
                count += opened.stream.read(&mut raw[count..]).await.unwrap();
            }
            assert_eq!(&raw[..255], &all[..255]);
            assert_eq!(count, expected);
            opened.stream.write_all(&all).await.unwrap();
            let mut back = vec![0; 256];
            end.read_exact(&mut back).await.unwrap();
            assert_eq!(back, all);
            drop(opened);
            let again = open(&settings(device)).map(|_| ());
            assert_eq!(again, Ok(()));
        });
    }

    #[test]
    fn what_cannot_be_opened_is_named_with_the_remedy() {
        run(async {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("tty");
            let missing = open(&settings(file.clone())).unwrap_err();
            assert!(missing.contains("est débranché ou absent"), "{missing}");
            fs::write(&file, "a file").unwrap();
            let wrong = open(&settings(file)).unwrap_err();
            assert!(wrong.contains("port série"), "{wrong}");
            tokio::time::sleep(Duration::ZERO).await;
        });
    }

    #[test]
    fn an_adapter_is_told_to_pass_bytes_on_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let timer = folder.path().join("ttyUSB7/latency_timer");
        fs::create_dir(folder.path().join("ttyUSB7")).unwrap();
        fs::write(&timer, "16\n").unwrap();
        pass_on_at_once(folder.path(), Path::new("/dev/ttyUSB7"));
        assert_eq!(fs::read_to_string(timer).unwrap(), "1");
        pass_on_at_once(folder.path(), Path::new("/dev/ttyS0"));
    }
}
