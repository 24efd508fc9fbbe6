//! Reads what came from the broker: a capture, a state, or something to be set aside. Pure; never fails, never panics.

use bytes::Bytes;
use lisiere_wire::{
    Absence, Capture, Channel, EnvelopeError, JournalId, Payload, Reply, State, Topic, UpChannel,
    WorklistHeld, claimed_number, decode,
};

use crate::store::ingest::{Arrival, Missing};
use crate::store::quarantine::{Aside, Number};

/// What a payload turned out to be.
#[derive(Debug)]
pub(super) enum Content {
    /// A message of an analyzer.
    Capture(Box<Arrival>),
    /// Numbers that an appliance will not send.
    Missing(Box<Missing>),
    /// How an appliance is.
    State(Topic, Box<State>),
    /// What an appliance holds of the worklist.
    Held(Topic, Box<WorklistHeld>),
    /// For a person to look at.
    Aside(Aside),
    /// Nothing to do.
    Nothing,
}

/// Reads one payload.
pub(super) fn read(topic: &[u8], payload: Bytes) -> Content {
    let topic = String::from_utf8_lossy(topic).into_owned();
    let parsed = match topic.parse::<Topic>() {
        Ok(parsed) => parsed,
        Err(error) => return Content::Aside(aside(&topic, None, &error.to_string(), &payload)),
    };
    match parsed.channel {
        Channel::Up(UpChannel::Message) => capture(topic, parsed, payload),
        // An empty retained payload only clears the one before.
        Channel::Up(UpChannel::State) if !payload.is_empty() => match decode::<State>(&payload) {
            Ok(state) => Content::State(parsed, Box::new(state)),
            Err(error) => newest(&topic, &parsed, &error, &payload),
        },
        Channel::Up(UpChannel::Reply) if is::<WorklistHeld>(&payload) => {
            match decode::<WorklistHeld>(&payload) {
                Ok(held) => Content::Held(parsed, Box::new(held)),
                Err(error) => newest(&topic, &parsed, &error, &payload),
            }
        }
        // The answer to a command goes to the one who gave it, by another connection.
        Channel::Up(UpChannel::Reply) if is::<Reply>(&payload) => Content::Nothing,
        Channel::Up(UpChannel::Reply) if !payload.is_empty() => match decode::<Absence>(&payload) {
            Ok(absence) => Content::Missing(Box::new(Missing {
                topic,
                site: parsed.site,
                appliance: parsed.appliance,
                absence,
                payload,
            })),
            Err(error) => newest(&topic, &parsed, &error, &payload),
        },
        Channel::Up(_) | Channel::Down(_) => Content::Nothing,
    }
}

/// Whether the first byte announces this kind of payload.
fn is<P: Payload>(payload: &[u8]) -> bool {
    payload.first().is_some_and(|first| first >> 4 == P::KIND)
}

/// What an appliance says again and again is no patient's data: the newest one is enough to see what is wrong with it.
fn newest(topic: &str, parsed: &Topic, error: &EnvelopeError, payload: &Bytes) -> Content {
    let reason = match error {
        EnvelopeError::Damaged(..) => {
            "what the appliance says about itself cannot be read".to_owned()
        }
        known => known.to_string(),
    };
    Content::Aside(Aside {
        newest_only: true,
        ..aside(topic, Some(parsed), &reason, payload)
    })
}

fn capture(topic: String, parsed: Topic, payload: Bytes) -> Content {
    let set_aside = |reason: &str, number: Option<(JournalId, u64)>, certain: bool| {
        let number = number.filter(|(_, seq)| is_of_a_journal(*seq));
        Content::Aside(Aside {
            number: number.map(|(journal, seq)| Number {
                site: parsed.site.clone(),
                appliance: parsed.appliance.clone(),
                journal,
                seq,
                certain,
            }),
            ..aside(&topic, Some(&parsed), reason, &payload)
        })
    };
    let capture: Capture = match decode(&payload) {
        Ok(capture) => capture,
        Err(error) => return set_aside(&error.to_string(), claimed_number(&payload), false),
    };
    if let Some(reason) = unusable(&capture) {
        return set_aside(reason, Some((capture.journal, capture.seq)), true);
    }
    let Topic {
        site, appliance, ..
    } = parsed;
    Content::Capture(Box::new(Arrival {
        topic,
        site,
        appliance,
        capture,
        payload,
    }))
}

/// What the database could not keep, or what no journal writes.
fn unusable(capture: &Capture) -> Option<&'static str> {
    let texts = [&capture.port, &capture.link, &capture.driver];
    let counted = capture.stats.0.iter().map(|(name, _)| name);
    if texts
        .into_iter()
        .chain(counted)
        .any(|text| text.contains('\0'))
    {
        return Some("a name in the message holds a zero byte");
    }
    if !is_of_a_journal(capture.seq) {
        return Some("the sequence number is not one that a journal gives");
    }
    None
}

fn is_of_a_journal(seq: u64) -> bool {
    seq > 0 && i64::try_from(seq).is_ok()
}

fn aside(topic: &str, parsed: Option<&Topic>, reason: &str, payload: &Bytes) -> Aside {
    Aside {
        topic: topic.to_owned(),
        appliance: parsed.map(|topic| topic.appliance.to_string()),
        reason: reason.to_owned(),
        payload: payload.to_vec(),
        number: None,
        newest_only: false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_bytes_on_any_topic_are_read_or_set_aside(
            topic in proptest::collection::vec(any::<u8>(), 0..60),
            payload in proptest::collection::vec(any::<u8>(), 0..200),
        ) {
            let size = payload.len();
            if let Content::Aside(aside) = read(&topic, payload.into()) {
                prop_assert_eq!(aside.payload.len(), size);
            }
        }
    }

    #[test]
    fn a_payload_of_a_newer_version_is_kept_as_it_came() {
        let payload = vec![0x1f, 1, 2, 3];
        let topic = Topic::up(
            "nord".parse().expect("label"),
            "box-1".parse().expect("label"),
            UpChannel::Message,
        );
        let Content::Aside(aside) = read(topic.to_string().as_bytes(), payload.clone().into())
        else {
            panic!("set aside")
        };
        assert_eq!(aside.payload, payload);
        assert_eq!(aside.appliance.as_deref(), Some("box-1"));
        assert!(aside.reason.contains("version 15"), "{}", aside.reason);
    }
}
