//! How a port's link is spoken: what the driver's profile says, overridden key by key by the port's own settings.

use super::document::{Document, Section};
use lisiere_protocol::{LinkKind, LinkSettings};
use toml::de::DeValue;

/// Reads `link = "…"` or `link = { kind = "…", … }`, and `tolerance = { … }`, of a port.
pub(super) fn read(
    document: &mut Document<'_>,
    port: &mut Section<'_, '_>,
    profile: Option<&LinkSettings>,
) -> LinkSettings {
    let (kind, table) = if port.is_table("link") {
        let table = port.table(document, "link");
        let kind = table
            .as_ref()
            .and_then(|table| kind(document, &mut table.again(), "kind"));
        (kind, table)
    } else {
        (kind(document, port, "link"), None)
    };
    let base = match (profile, kind) {
        (Some(profile), None) => profile.clone(),
        (Some(profile), Some(kind)) if profile.kind == kind => profile.clone(),
        // What the profile says of another language means nothing in this one.
        (_, Some(kind)) => LinkSettings::standard(kind),
        (None, None) => LinkSettings::standard(LinkKind::Lis1a),
    };
    let tolerance = port.table(document, "tolerance");
    let mut keys = Keys::of(&base);
    let written = || table.iter().chain(&tolerance);
    for section in written() {
        for (key, value) in section.entries() {
            if key != "kind" || table.is_none() {
                keys.override_one(document, section, key, value);
            }
        }
    }
    let settings = keys.settings(base);
    for mistake in settings.mistakes() {
        if let Some(section) = written().find(|section| section.has(mistake.key)) {
            let kinds: Vec<_> = mistake.kinds.iter().map(|kind| kind.word()).collect();
            let what = format!("it means nothing to a `{}` link", mistake.kind);
            let remedy = format!("remove it, or set it on {}", kinds.join(", "));
            section.wrong(document, mistake.key, what, &remedy);
        }
    }
    settings
}

fn kind(
    document: &mut Document<'_>,
    section: &mut Section<'_, '_>,
    key: &'static str,
) -> Option<LinkKind> {
    section.choice(
        document,
        key,
        &LinkKind::ALL.map(|kind| (kind.word(), kind)),
    )
}

/// Link settings as a table, so that one key can stand in for another whatever keys there are.
struct Keys {
    kind: toml::Value,
    table: toml::Table,
}

impl Keys {
    fn of(base: &LinkSettings) -> Self {
        // Words, numbers and switches: a table can always be made of them.
        let table = toml::Table::try_from(base).unwrap_or_default();
        Self {
            kind: toml::Value::String(base.kind.word().to_owned()),
            table,
        }
    }

    /// Tried alone first, so that each mistake is named at its own line.
    fn override_one(
        &mut self,
        document: &mut Document<'_>,
        section: &Section<'_, '_>,
        key: &str,
        value: &DeValue<'_>,
    ) {
        let Some(value) = scalar(value) else {
            let what = format!("{} has no meaning here", value.type_str());
            section.wrong(
                document,
                key,
                what,
                "write a word, a whole number, true or false",
            );
            return;
        };
        let mut alone = toml::Table::new();
        alone.insert("kind".to_owned(), self.kind.clone());
        alone.insert(key.to_owned(), value.clone());
        match alone.try_into::<LinkSettings>() {
            Ok(_) => {
                self.table.insert(key.to_owned(), value);
            }
            Err(error) => {
                let message = error.message().replace('\n', " ");
                let (what, expected) = message
                    .split_once(", expected ")
                    .unwrap_or((&message, "another value"));
                section.wrong(
                    document,
                    key,
                    what.to_owned(),
                    &format!("expected {expected}"),
                );
            }
        }
    }

    fn settings(self, base: LinkSettings) -> LinkSettings {
        self.table.try_into().unwrap_or(base)
    }
}

fn scalar(value: &DeValue<'_>) -> Option<toml::Value> {
    Some(match value {
        DeValue::String(text) => toml::Value::String(text.to_string()),
        DeValue::Boolean(switch) => toml::Value::Boolean(*switch),
        DeValue::Integer(number) => {
            toml::Value::Integer(i64::from_str_radix(number.as_str(), number.radix()).ok()?)
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::Settings;
    use lisiere_protocol::{LinkKind, lis1a::ChecksumPolicy};

    fn parse(port: &str) -> Result<super::LinkSettings, Vec<String>> {
        let text = format!("[[port]]\nname = \"a\"\ntcp = {{ listen = \"[::]:0\" }}\n{port}\n");
        match Settings::parse(&text) {
            Ok(mut settings) => Ok(settings.ports.remove(0).link),
            Err(mistakes) => Err(mistakes.iter().map(ToString::to_string).collect()),
        }
    }

    #[test]
    fn every_link_can_be_written() {
        assert_eq!(parse("").unwrap().kind, LinkKind::Lis1a);
        for kind in LinkKind::ALL {
            let short = parse(&format!("link = \"{kind}\"")).unwrap();
            let long = parse(&format!(
                "link = {{ kind = \"{kind}\", max_message = 9000 }}"
            ));
            assert_eq!(short.kind, kind);
            assert_eq!(long.unwrap().max_message, Some(9000));
        }
    }

    #[test]
    fn a_tolerance_overrides_the_standard() {
        let link = parse("tolerance = { checksum = \"optional\", interrupt = true }").unwrap();
        assert_eq!(link.checksum, Some(ChecksumPolicy::Optional));
        assert_eq!((link.interrupt, link.header), (Some(true), None));
    }

    #[test]
    fn a_key_that_means_nothing_to_the_link_is_named() {
        let found = parse("link = \"mllp\"\ntolerance = { interrupt = true }").unwrap_err();
        let expected = "line 5: port[0].tolerance.interrupt: it means nothing to a `mllp` link; remove it, or set it on lis1a";
        assert_eq!(found, [expected]);
    }

    #[test]
    fn each_mistake_is_named_at_its_line() {
        let found = parse(
            "link = \"mlp\"\n[port.tolerance]\nchecksum = \"sometimes\"\nmax_text = -1\nchecksun = true\npause_ms = [1]",
        )
        .unwrap_err();
        let expected = [
            "line 4: port[0].link: `mlp` is not one of the choices; write \"lis1a\" or",
            "line 6: port[0].tolerance.checksum: unknown variant `sometimes`; expected one of `required`",
            "line 7: port[0].tolerance.max_text: ",
            "line 8: port[0].tolerance.checksun: unknown field `checksun`; expected one of `kind`, `checksum`",
            "line 9: port[0].tolerance.pause_ms: array has no meaning here",
        ];
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.starts_with(expected), "{found}");
        }
    }
}
