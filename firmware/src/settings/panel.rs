//! `[panel]`: the lamps and the button of the box, and `[page]`: its local page.

use super::document::{Document, Section};
use crate::panel::Lamp;
use std::net::SocketAddr;

/// Which front the box has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PanelKind {
    /// None.
    #[default]
    None,
    /// Files in the data folder, where there is no board.
    Files,
    /// Pins of a Raspberry Pi or a compute module.
    RaspberryPi,
}

/// The front of the box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PanelSettings {
    /// Which one.
    pub kind: PanelKind,
    /// Pins of the lamps in the order of [`Lamp::ALL`], as the processor numbers them.
    pub lamps: [u8; Lamp::ALL.len()],
    /// Pin of the button.
    pub button: u8,
    /// A high level lights a lamp.
    pub lit_is_high: bool,
    /// A high level is a pressed button; otherwise the pin is pulled up and a press pulls it down.
    pub pressed_is_high: bool,
}

impl Default for PanelSettings {
    fn default() -> Self {
        Self {
            kind: PanelKind::None,
            lamps: [22, 23, 24, 25, 16],
            button: 26,
            lit_is_high: true,
            pressed_is_high: false,
        }
    }
}

impl PanelSettings {
    /// The pin of one lamp.
    pub fn lamp(&self, lamp: Lamp) -> u8 {
        let mut pins = Lamp::ALL.into_iter().zip(self.lamps);
        pins.find_map(|(known, pin)| (known == lamp).then_some(pin))
            .unwrap_or_default()
    }
}

/// The local page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageSettings {
    /// Where it listens; absent: there is no page.
    pub listen: Option<SocketAddr>,
    /// Names by which it may be asked for, besides addresses and `localhost`.
    pub names: Vec<String>,
}

/// Highest pin of the 40-pin header.
const LAST_PIN: u64 = 27;

/// Reads `[panel]`.
pub(super) fn read_panel(document: &mut Document<'_>, root: &mut Section<'_, '_>) -> PanelSettings {
    let mut settings = PanelSettings::default();
    let Some(mut section) = root.table(document, "panel") else {
        return settings;
    };
    let kinds = [
        ("none", PanelKind::None),
        ("files", PanelKind::Files),
        ("raspberry-pi", PanelKind::RaspberryPi),
    ];
    settings.kind = section.choice(document, "kind", &kinds).unwrap_or_default();
    let keys = ["power", "network", "line", "queue", "fault"];
    let mut taken: Vec<(&str, u8)> = Vec::new();
    for (place, key) in keys.into_iter().enumerate() {
        let pin = pin(document, &mut section, key);
        if let (Some(pin), Some(slot)) = (pin, settings.lamps.get_mut(place)) {
            *slot = pin;
        }
        taken.extend(settings.lamps.get(place).map(|pin| (key, *pin)));
    }
    if let Some(pin) = pin(document, &mut section, "button") {
        settings.button = pin;
    }
    taken.push(("button", settings.button));
    for (place, (key, pin)) in taken.iter().enumerate() {
        let before = taken.iter().take(place).find(|(_, other)| other == pin);
        if let Some((other, _)) = before {
            let what = format!("pin {pin} is already taken by `{other}`");
            section.wrong(document, key, what, "give each its own pin");
        }
    }
    let levels = [("high", true), ("low", false)];
    let lit = section.choice(document, "lit", &levels);
    settings.lit_is_high = lit.unwrap_or(settings.lit_is_high);
    let pressed = section.choice(document, "pressed", &levels);
    settings.pressed_is_high = pressed.unwrap_or(settings.pressed_is_high);
    section.finish(document);
    settings
}

fn pin(
    document: &mut Document<'_>,
    section: &mut Section<'_, '_>,
    key: &'static str,
) -> Option<u8> {
    let pin = section.integer(document, key, 0..=LAST_PIN);
    pin.and_then(|pin| u8::try_from(pin).ok())
}

/// Reads `[page]`.
pub(super) fn read_page(document: &mut Document<'_>, root: &mut Section<'_, '_>) -> PageSettings {
    let Some(mut section) = root.table(document, "page") else {
        return PageSettings::default();
    };
    let text = section.required_text(
        document,
        "listen",
        "name an address and a port, for example listen = \"127.0.0.1:8088\"",
    );
    let listen = text.and_then(|text| {
        let address = text.parse::<SocketAddr>().ok();
        if address.is_none() {
            section.wrong(
                document,
                "listen",
                format!("`{text}` is not an address with a port"),
                "write for example \"127.0.0.1:8088\", or the box's address on the laboratory's network",
            );
        }
        address
    });
    let names = section
        .text(document, "names")
        .unwrap_or_default()
        .split([' ', ','])
        .filter(|name| !name.is_empty())
        .map(str::to_ascii_lowercase)
        .collect::<Vec<_>>();
    let allowed = |name: &String| {
        name.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.')
    };
    if let Some(wrong) = names.iter().find(|name| !allowed(name)) {
        let what = format!("`{wrong}` is not a host name");
        section.wrong(
            document,
            "names",
            what,
            "write names only, separated by spaces",
        );
    }
    section.finish(document);
    PageSettings { listen, names }
}

#[cfg(test)]
mod tests {
    use super::super::Settings;
    use super::*;

    #[test]
    fn a_panel_is_described_by_its_pins() {
        let text = "[panel]\nkind = \"raspberry-pi\"\npower = 5\nbutton = 6\nlit = \"low\"\n";
        let panel = Settings::parse(text).unwrap().panel;
        assert_eq!(panel.lamp(Lamp::Power), 5);
        assert_eq!(panel.lamp(Lamp::Fault), 16);
        assert_eq!(
            (panel.button, panel.lit_is_high, panel.pressed_is_high),
            (6, false, false)
        );
        assert_eq!(Settings::parse("").unwrap().panel, PanelSettings::default());
    }

    #[test]
    fn two_on_one_pin_and_pins_that_do_not_exist_are_named() {
        let text = "[panel]\npower = 22\nnetwork = 22\nline = 40\n";
        let mistakes = Settings::parse(text).unwrap_err();
        let said: Vec<_> = mistakes.iter().map(ToString::to_string).collect();
        assert_eq!(said.len(), 2, "{said:?}");
        assert!(said[0].starts_with("line 3: panel.network: pin 22 is already taken by `power`"));
        assert!(
            said[1].starts_with("line 4: panel.line: 40 is out of bounds"),
            "{said:?}"
        );
    }

    #[test]
    fn a_page_listens_where_it_is_told() {
        let page = |text: &str| Settings::parse(text).map(|settings| settings.page);
        assert_eq!(page("").unwrap().listen, None);
        let settings =
            page("[page]\nlisten = \"127.0.0.1:0\"\nnames = \"Box-1.labo.fr box-1\"\n").unwrap();
        assert_eq!(settings.names, ["box-1.labo.fr", "box-1"]);
        for wrong in [
            "[page]\n",
            "[page]\nlisten = \"8088\"\n",
            "[page]\nlisten = \"[::1]:80\"\nnames = \"a/b\"\n",
        ] {
            assert_eq!(page(wrong).unwrap_err().len(), 1, "{wrong}");
        }
    }
}
