//! What the profile of a port's driver proposes for its line. Only the profile named is read, and only this is kept of it.

use super::line::SerialSettings;
use lisiere_driver::profile::{Flow, Parity, Serial};
use lisiere_protocol::LinkSettings;

/// What a profile says of the line.
#[derive(Clone, Debug)]
pub(super) struct Proposal {
    /// How the link is spoken.
    pub(super) link: LinkSettings,
    serial: Option<Serial>,
}

/// What is known of a driver; `None` when this program has no such driver.
pub(super) fn of(driver: &str) -> Option<Proposal> {
    // A profile of the product that cannot be read is found by the driver library's own tests.
    let profile = lisiere_driver::profile_of(driver)?.ok()?;
    Some(Proposal {
        link: profile.link,
        serial: profile.transport.serial,
    })
}

impl Proposal {
    /// The maker's usual setting of a serial line.
    pub(super) fn apply(&self, usual: &mut SerialSettings) {
        let Some(serial) = &self.serial else { return };
        usual.baud = serial.baud;
        if serial.data_bits == 7 {
            usual.data_bits = tokio_serial::DataBits::Seven;
        }
        if serial.stop_bits == 2 {
            usual.stop_bits = tokio_serial::StopBits::Two;
        }
        usual.parity = match serial.parity {
            Parity::None => tokio_serial::Parity::None,
            Parity::Even => tokio_serial::Parity::Even,
            Parity::Odd => tokio_serial::Parity::Odd,
        };
        usual.flow_control = match serial.flow {
            Flow::None => tokio_serial::FlowControl::None,
            Flow::XonXoff => tokio_serial::FlowControl::Software,
            Flow::RtsCts => tokio_serial::FlowControl::Hardware,
        };
        usual.dtr = serial.dtr;
        usual.rts = serial.rts;
    }
}

#[cfg(test)]
mod tests {
    use super::super::{LineSettings, Settings};
    use super::of;

    fn line(port: &str) -> Settings {
        let device = "serial = { device = \"/dev/serial/by-id/usb-A\"";
        Settings::parse(&format!("[[port]]\nname = \"a\"\n{port}\n{device} }}\n")).unwrap()
    }

    #[test]
    fn a_port_takes_what_its_driver_proposes() {
        for id in lisiere_driver::ids() {
            let proposal = of(id).unwrap();
            let settings = line(&format!("driver = \"{id}\""));
            assert_eq!(settings.ports[0].link, proposal.link, "{id}");
            let LineSettings::Serial(serial) = &settings.ports[0].line else {
                panic!("serial")
            };
            let baud = proposal.serial.as_ref().map_or(9600, |serial| serial.baud);
            assert_eq!(serial.baud, baud, "{id}");
            assert!(settings.remarks.is_empty(), "{:?}", settings.remarks);
        }
    }

    #[test]
    fn a_driver_that_is_not_known_here_is_remarked_and_harms_nothing() {
        let settings = line("driver = \"roche-cobas-c31l\"");
        assert_eq!(settings.ports[0].driver, "roche-cobas-c31l");
        let remark = &settings.remarks[0];
        assert!(remark.contains("peut-être « roche-cobas-c"), "{remark}");
        assert!(line("driver = \"auto\"").remarks.is_empty());
    }

    #[test]
    fn the_port_overrides_one_key_and_leaves_the_others() {
        let driver = "driver = \"roche-cobas-c311\"";
        let usual = line(driver).ports.remove(0).link;
        let own = line(&format!("{driver}\ntolerance = {{ pause_ms = 1500 }}"));
        assert_eq!(own.ports[0].link.pause_ms, Some(1500));
        assert_eq!(own.ports[0].link.repair_line_ends, usual.repair_line_ends);
        assert_eq!(usual.repair_line_ends, Some(true));
    }
}
