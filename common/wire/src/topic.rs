//! Topics as a type, printed and parsed in this file only.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use thiserror::Error;

/// First two levels of every topic: the product and the version of the topic scheme.
const ROOT: &str = "lisiere/1";

/// Why a text is not a label.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LabelError {
    /// Empty or longer than 48.
    #[error("`{0}` must have 1 to 48 characters")]
    Length(String),
    /// A character that is special in topics, certificates or file names.
    #[error(
        "`{0}` may hold lower-case letters, digits and hyphens only, and must start with a letter or digit"
    )]
    Character(String),
}

/// The name of a site or an appliance: lower-case letters, digits and hyphens.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Label(String);

impl Label {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Label {
    type Err = LabelError;
    fn from_str(text: &str) -> Result<Self, LabelError> {
        if text.is_empty() || text.len() > 48 {
            return Err(LabelError::Length(text.to_owned()));
        }
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if text.bytes().all(allowed) && !text.starts_with('-') {
            Ok(Self(text.to_owned()))
        } else {
            Err(LabelError::Character(text.to_owned()))
        }
    }
}

impl TryFrom<String> for Label {
    type Error = LabelError;
    fn try_from(text: String) -> Result<Self, LabelError> {
        text.parse()
    }
}

impl From<Label> for String {
    fn from(label: Label) -> Self {
        label.0
    }
}

impl fmt::Display for Label {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

macro_rules! channels {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$variant_doc])* $variant),+
        }
        impl $name {
            /// Every channel of this direction.
            pub const ALL: &[Self] = &[$(Self::$variant),+];
            const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }
    };
}

channels! {
    /// What an appliance publishes.
    UpChannel {
        /// A capture; quality of service 1.
        Message = "message",
        /// Its state; retained, and the last will.
        State = "state",
        /// Bytes of a line, while someone watches.
        Trace = "trace",
        /// The answer to a command.
        Reply = "reply",
    }
}

channels! {
    /// What the hub publishes to one appliance.
    DownChannel {
        /// What the hub has committed.
        Confirm = "confirm",
        /// Orders its analyzers may ask about.
        Worklist = "worklist",
        /// Settings of its ports.
        Settings = "settings",
        /// Something to do.
        Command = "command",
    }
}

/// Why a text is not a topic of ours.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TopicError {
    /// Another product, another version, too few or too many levels.
    #[error("`{0}` is not a topic of this product's first scheme")]
    Foreign(String),
    /// A level that is not a label.
    #[error("in topic: {0}")]
    Label(#[from] LabelError),
    /// A direction or channel that does not exist.
    #[error("`{0}` names no channel")]
    Channel(String),
}

/// The topic of one appliance and one channel.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Topic {
    /// The site.
    pub site: Label,
    /// The appliance.
    pub appliance: Label,
    /// Direction and channel.
    pub channel: Channel,
}

/// Direction and channel of a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Channel {
    /// From the appliance.
    Up(UpChannel),
    /// To the appliance.
    Down(DownChannel),
}

impl Topic {
    /// What an appliance publishes on.
    pub const fn up(site: Label, appliance: Label, channel: UpChannel) -> Self {
        Self {
            site,
            appliance,
            channel: Channel::Up(channel),
        }
    }

    /// What the hub publishes on for one appliance.
    pub const fn down(site: Label, appliance: Label, channel: DownChannel) -> Self {
        Self {
            site,
            appliance,
            channel: Channel::Down(channel),
        }
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (direction, channel) = match self.channel {
            Channel::Up(channel) => ("up", channel.word()),
            Channel::Down(channel) => ("down", channel.word()),
        };
        write!(
            formatter,
            "{ROOT}/{}/{}/{direction}/{channel}",
            self.site, self.appliance
        )
    }
}

impl FromStr for Topic {
    type Err = TopicError;
    fn from_str(text: &str) -> Result<Self, TopicError> {
        let foreign = || TopicError::Foreign(text.to_owned());
        let rest = text
            .strip_prefix(ROOT)
            .and_then(|rest| rest.strip_prefix('/'))
            .ok_or_else(foreign)?;
        let mut levels = rest.split('/');
        let (Some(site), Some(appliance), Some(direction), Some(channel), None) = (
            levels.next(),
            levels.next(),
            levels.next(),
            levels.next(),
            levels.next(),
        ) else {
            return Err(foreign());
        };
        let unknown = || TopicError::Channel(format!("{direction}/{channel}"));
        let channel = match direction {
            "up" => UpChannel::ALL
                .iter()
                .find(|known| known.word() == channel)
                .copied()
                .map(Channel::Up),
            "down" => DownChannel::ALL
                .iter()
                .find(|known| known.word() == channel)
                .copied()
                .map(Channel::Down),
            _ => None,
        }
        .ok_or_else(unknown)?;
        Ok(Self {
            site: site.parse()?,
            appliance: appliance.parse()?,
            channel,
        })
    }
}

/// A shared subscription, in which each message goes to one member of the group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedFilter {
    /// Name of the group.
    pub group: Label,
    /// The channel of every appliance.
    pub channel: UpChannel,
}

impl fmt::Display for SharedFilter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "$share/{}/{ROOT}/+/+/up/{}",
            self.group,
            self.channel.word()
        )
    }
}

/// Subscriptions that are not shared, and the prefixes that access rules speak of.
pub mod filters {
    use super::{Label, ROOT, UpChannel};

    /// One channel of every appliance.
    pub fn every_appliance(channel: UpChannel) -> String {
        format!("{ROOT}/+/+/up/{}", channel.word())
    }

    /// All that the hub says to one appliance.
    pub fn all_down(site: &Label, appliance: &Label) -> String {
        format!("{ROOT}/{site}/{appliance}/down/#")
    }

    /// All that one appliance may publish, as a filter.
    pub fn all_up(site: &Label, appliance: &Label) -> String {
        format!("{ROOT}/{site}/{appliance}/up/#")
    }

    /// Access rules for Mosquitto (`acl_file`) when the certificate's name is the user name: the hub sees all, an
    /// appliance its own. Mosquitto's patterns cannot know the site, so the hub checks it on arrival.
    pub fn mosquitto_acl(hub_user: &str) -> String {
        format!(
            "user {hub_user}\ntopic readwrite {ROOT}/#\n\npattern write {ROOT}/+/%u/up/#\npattern read {ROOT}/+/%u/down/#\n"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_topic() -> impl Strategy<Value = Topic> {
        let label = "[a-z0-9][a-z0-9-]{0,47}".prop_map(|text| text.parse::<Label>().unwrap());
        (label.clone(), label, 0usize..8).prop_map(|(site, appliance, choice)| match choice {
            0..4 => Topic::up(site, appliance, UpChannel::ALL[choice]),
            _ => Topic::down(site, appliance, DownChannel::ALL[choice - 4]),
        })
    }

    proptest! {
        #[test]
        fn printing_and_parsing_agree(topic in any_topic()) {
            prop_assert_eq!(topic.to_string().parse::<Topic>(), Ok(topic));
        }

        #[test]
        fn foreign_text_is_refused_or_prints_back(text in "\\PC{0,60}") {
            if let Ok(topic) = text.parse::<Topic>() {
                prop_assert_eq!(topic.to_string(), text);
            }
        }
    }

    #[test]
    fn wildcards_never_pass_for_names() {
        for wrong in [
            "lisiere/1/+/box/up/message",
            "lisiere/1/a/#",
            "lisiere/2/a/b/up/message",
            "lisiere/1/a/b/up/confirm",
            "lisiere/1/a/b/up/message/x",
        ] {
            assert!(wrong.parse::<Topic>().is_err(), "{wrong}");
        }
        assert_eq!(
            SharedFilter {
                group: "hub".parse().unwrap(),
                channel: UpChannel::Message
            }
            .to_string(),
            "$share/hub/lisiere/1/+/+/up/message"
        );
    }
}
