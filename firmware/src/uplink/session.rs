//! One connection to the broker: publishes what the window wants, and listens to what the hub confirms.
//!
//! Nothing rests on the broker's memory: each connection starts clean, and what the hub has not confirmed is sent again.

mod commands;
mod sending;
mod worklist;

use super::{
    Ended, Outage, TASK, Uplink,
    absences::Absences,
    connection::{Lessons, Polling, hanging_after, open, poll, reason_of},
    window::{Heard, Limits, Wanted, Window},
};
use crate::{
    events,
    health::Worth,
    identity::Identity,
    journal::{Pulse, ReadError},
};
use lisiere_protocol::Tick;
use lisiere_wire::{AbsenceReason, Confirm, DownChannel, Presence, Topic, UpChannel};
use rumqttc::v5::{
    AsyncClient, ConnectionError, Event, Incoming,
    mqttbytes::{
        QoS,
        v5::{ConnAck, Filter, PubAckReason, Publish, SubscribeReasonCode},
    },
};
use std::{
    collections::{HashMap, VecDeque},
    pin::Pin,
    time::Duration,
};
use tokio::time;

/// What MQTT puts around a payload, amply.
const AROUND: usize = 512;
/// The hub hears of the state at least this often, and no sooner than the second after a change.
const STATE: (Duration, Duration) = (Duration::from_secs(30), Duration::from_millis(200));
/// A broker that is not heard for so long is asked for a sign of life.
const QUIET: Duration = Duration::from_secs(15);
/// Pause after the journal could not be read.
const READ_AGAIN: Duration = Duration::from_secs(1);
/// How long the farewell may take.
const FAREWELL: Duration = Duration::from_secs(1);

type Read = (Wanted, Result<Vec<(u64, Vec<u8>)>, ReadError>);
type Reading = Pin<Box<dyn Future<Output = Read> + Send>>;

/// What a publish on its way carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Carried {
    Capture,
    State,
    Absence,
    Held,
    Reply,
    Trace,
}

struct Session<'a> {
    uplink: &'a Uplink,
    identity: &'a Identity,
    outage: &'a mut Outage,
    client: AsyncClient,
    window: Window,
    journal: lisiere_wire::JournalId,
    /// Publishes handed over, in order; they get their packet numbers in the same order.
    handed: VecDeque<Carried>,
    numbered: HashMap<u16, Carried>,
    /// The largest payload the broker takes.
    largest: Option<usize>,
    lessons: &'a mut Lessons,
    absences: Absences,
    /// What has been said of withheld captures: how many, and the last.
    told_withheld: Option<(u64, u64)>,
    /// Whether withheld captures have been given up for want of room.
    given_up: bool,
    /// Number of the oldest capture in the journal.
    first: u64,
    /// When the broker was last heard, and whether it has been asked for a sign of life since.
    heard_last: Tick,
    asked: Option<Tick>,
    read_from: Tick,
    state_due: Option<Tick>,
    state_last: Tick,
    held_last: Tick,
    useful: bool,
    foreign_told: bool,
}

/// Runs one connection; `None` when the appliance stops.
pub(super) async fn run(
    uplink: &mut Uplink,
    identity: &Identity,
    outage: &mut Outage,
    lessons: &mut Lessons,
) -> Option<Ended> {
    let (client, event_loop) = match open(uplink, identity, Limits::default(), lessons) {
        Ok(connection) => connection,
        Err(reason) => {
            return Some(Ended {
                reason,
                useful: false,
            });
        }
    };
    let mut pulses = uplink.journal.watch();
    let mut changes = uplink.health.watch();
    let mut stop = uplink.stop.clone();
    let pulse = pulses.borrow_and_update().clone();
    let mut session = Session::new(uplink, identity, outage, lessons, client, &pulse);
    let mut polling = poll(event_loop);
    let mut reading: Option<Reading> = None;
    let mut listed = uplink.feed.as_ref().map(|feed| feed.list().watch());
    loop {
        uplink.health.beat(TASK);
        if reading.is_none() {
            reading = session.read();
        }
        let pause = session.pause();
        tokio::select! {
            (event_loop, event) = &mut polling => {
                polling = poll(event_loop);
                match event {
                    Ok(event) => if let Err(reason) = session.event(event).await {
                        return Some(session.ended(reason, None));
                    },
                    Err(error) => return Some(session.ended(reason_of(&error), Some(&error))),
                }
            }
            read = async { match reading.as_mut() { Some(read) => read.await, None => std::future::pending().await } } => {
                reading = None;
                session.send(read);
            }
            changed = pulses.changed() => {
                if changed.is_err() {
                    return None;
                }
                let pulse = pulses.borrow_and_update().clone();
                if !session.pulse(&pulse).await {
                    return Some(session.ended("the journal is another one now".to_owned(), None));
                }
            }
            _ = changes.changed() => session.state_soon(),
            () = worklist::changed(&mut listed) => session.say_held(),
            errand = uplink.commands.next(), if session.runs_errands() => session.run_errand(errand),
            () = time::sleep(pause) => if !session.elapse() {
                return Some(session.ended("the broker does not answer".to_owned(), None));
            },
            () = stop.wanted() => {
                farewell(&mut session, polling).await;
                return None;
            }
        }
    }
}

impl<'a> Session<'a> {
    fn new(
        uplink: &'a Uplink,
        identity: &'a Identity,
        outage: &'a mut Outage,
        lessons: &'a mut Lessons,
        client: AsyncClient,
        pulse: &Pulse,
    ) -> Self {
        Self {
            uplink,
            identity,
            outage,
            client,
            window: Window::new(Limits::default(), pulse.confirmed, pulse.last),
            journal: pulse.journal,
            handed: VecDeque::new(),
            numbered: HashMap::new(),
            largest: lessons.largest(uplink.clock.tick()),
            lessons,
            absences: Absences::default(),
            told_withheld: None,
            given_up: false,
            first: pulse.first,
            heard_last: uplink.clock.tick(),
            asked: None,
            read_from: Tick(0),
            state_due: None,
            state_last: Tick(0),
            held_last: Tick(0),
            useful: false,
            foreign_told: false,
        }
    }

    fn ended(&mut self, reason: String, error: Option<&ConnectionError>) -> Ended {
        let (now, largest) = (self.now(), self.window.largest_untaken());
        self.lessons.broke(now, largest, error);
        self.uplink
            .health
            .uplink(Worth::Noting, |uplink| uplink.connected = false);
        Ended {
            reason,
            useful: self.useful,
        }
    }

    fn now(&self) -> Tick {
        self.uplink.clock.tick()
    }

    fn topic(&self, channel: UpChannel) -> String {
        let membership = &self.identity.membership;
        Topic::up(membership.site.clone(), membership.name.clone(), channel).to_string()
    }

    fn confirm_topic(&self) -> Topic {
        self.topic_down(DownChannel::Confirm)
    }

    fn topic_down(&self, channel: DownChannel) -> Topic {
        let membership = &self.identity.membership;
        Topic::down(membership.site.clone(), membership.name.clone(), channel)
    }

    /// How long nothing is due.
    fn pause(&self) -> Duration {
        let now = self.now();
        let due = [
            self.window.deadline(),
            self.state_due,
            Some(self.heard_last.after(self.patience())),
        ];
        let due = due.into_iter().flatten().map(|tick| tick.since(now)).min();
        due.unwrap_or(super::HEARTBEAT)
            .clamp(Duration::from_millis(1), super::HEARTBEAT)
    }

    /// How long the broker may stay silent from when it was last heard: first it is asked for a sign of life.
    fn patience(&self) -> Duration {
        if self.asked.is_some() {
            hanging_after(self.window.largest_untaken())
        } else {
            QUIET
        }
    }

    /// False when the broker is gone.
    fn elapse(&mut self) -> bool {
        let now = self.now();
        if now.since(self.heard_last) >= self.patience() {
            if self.asked.is_some() {
                return false;
            }
            self.asked = Some(now);
            // Whatever is answered will do.
            self.state_due = self.state_due.map(|_| now);
        }
        let probing = self
            .window
            .deadline()
            .is_some_and(|deadline| deadline <= now);
        self.window.elapse(now);
        if probing {
            self.uplink.health.uplink(Worth::Noting, |uplink| {
                "the hub does not confirm; it is asked again".clone_into(&mut uplink.trouble);
            });
        }
        if self.state_due.is_some_and(|due| due <= now) {
            self.publish_state(Presence::Online);
        }
        true
    }

    fn state_soon(&mut self) {
        // The first change decides; a later one does not push it back.
        let soon = self.state_last.after(STATE.1).max(self.now());
        if let Some(due) = self.state_due {
            self.state_due = Some(due.min(soon));
        }
    }

    fn publish_state(&mut self, presence: Presence) {
        let now = self.now();
        self.state_last = now;
        self.state_due = Some(now.after(STATE.0));
        let state = self.uplink.health.state(&self.uplink.journal, presence);
        let Ok(state) = lisiere_wire::encode(&state) else {
            return;
        };
        let sent =
            self.client
                .try_publish(self.topic(UpChannel::State), QoS::AtLeastOnce, true, state);
        if sent.is_ok() {
            self.handed.push_back(Carried::State);
        }
        if presence == Presence::Online {
            self.say_held_again();
        }
    }

    fn trouble(&self, trouble: String) {
        self.uplink
            .health
            .uplink(Worth::Noting, |uplink| uplink.trouble = trouble);
    }

    async fn event(&mut self, event: Event) -> Result<(), String> {
        if matches!(event, Event::Incoming(_)) {
            self.heard_last = self.now();
            self.asked = None;
        }
        match event {
            Event::Incoming(Incoming::ConnAck(acknowledged)) => self.connected(&acknowledged),
            Event::Incoming(Incoming::SubAck(acknowledged)) => {
                let granted = acknowledged
                    .return_codes
                    .iter()
                    .all(|code| matches!(code, SubscribeReasonCode::Success(_)));
                if !granted {
                    return Err(
                        "the broker refuses the subscription: check its access rules".to_owned(),
                    );
                }
                self.subscribed();
                Ok(())
            }
            Event::Outgoing(rumqttc::Outgoing::Publish(number)) => {
                if let Some(carried) = self.handed.pop_front() {
                    self.numbered.insert(number, carried);
                }
                Ok(())
            }
            Event::Incoming(Incoming::PubAck(acknowledged)) => {
                match self.numbered.remove(&acknowledged.pkid) {
                    Some(Carried::Capture) => self.taken(acknowledged.reason),
                    Some(Carried::Absence)
                        if acknowledged.reason == PubAckReason::NoMatchingSubscribers =>
                    {
                        self.absences.unheard();
                    }
                    _ => {}
                }
                Ok(())
            }
            Event::Incoming(Incoming::Publish(publish)) => {
                self.heard(&publish).await;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn connected(&mut self, acknowledged: &ConnAck) -> Result<(), String> {
        let largest = acknowledged
            .properties
            .as_ref()
            .and_then(|properties| properties.max_packet_size);
        let said = largest
            .and_then(|size| usize::try_from(size).ok())
            .map(|size| size.saturating_sub(AROUND));
        self.largest = [said, self.largest].into_iter().flatten().min();
        // Confirmations must be heard before anything is sent that they could answer.
        let wanted = [
            DownChannel::Confirm,
            DownChannel::Worklist,
            DownChannel::Command,
        ];
        let wanted = wanted.map(|channel| self.topic_down(channel));
        let filters = wanted.map(|topic| Filter::new(topic.to_string(), QoS::AtLeastOnce));
        self.client
            .try_subscribe_many(filters)
            .map_err(|error| error.to_string())
    }

    fn subscribed(&mut self) {
        let now = self.now();
        self.outage.over(now, &self.identity.membership.broker.host);
        self.uplink.health.uplink(Worth::Noting, |uplink| {
            uplink.connected = true;
            uplink.connections += 1;
            uplink.trouble = String::new();
        });
        self.publish_state(Presence::Online);
        self.say_held();
        self.window.connected(self.now());
    }

    fn taken(&mut self, reason: PubAckReason) {
        let heard = reason != PubAckReason::NoMatchingSubscribers;
        let was_alone = self.window.is_alone();
        self.window.taken(self.now(), heard);
        if self.window.is_alone() != was_alone {
            let now = self.now();
            self.outage.hub_listens(now, was_alone);
            let trouble = if was_alone {
                ""
            } else {
                "the broker is there, but no hub listens"
            };
            self.trouble(trouble.to_owned());
        }
        if !matches!(
            reason,
            PubAckReason::Success | PubAckReason::NoMatchingSubscribers
        ) {
            self.trouble(format!("the broker does not take messages: {reason:?}"));
        }
    }

    async fn heard(&mut self, publish: &Publish) {
        let topic = std::str::from_utf8(&publish.topic)
            .ok()
            .and_then(|topic| topic.parse::<Topic>().ok());
        if topic.as_ref() == Some(&self.topic_down(DownChannel::Worklist)) {
            return self.listed(&publish.payload);
        }
        if topic.as_ref() == Some(&self.topic_down(DownChannel::Command)) {
            return self.uplink.commands.take(&publish.payload, self.identity);
        }
        if topic.as_ref() != Some(&self.confirm_topic()) {
            return;
        }
        let confirm: Confirm = match lisiere_wire::decode(&publish.payload) {
            Ok(confirm) => confirm,
            Err(error) => return self.foreign(&error.to_string()),
        };
        if confirm.journal != self.journal {
            return self.foreign("it speaks of another journal");
        }
        let now = self.now();
        for (from, to) in &confirm.missing {
            for (from, to) in self.window.withheld_within(*from, *to) {
                let reason = AbsenceReason::TooLarge;
                self.absences.note(now, reason, from, to);
            }
        }
        self.tell_absences();
        match self
            .window
            .confirmed(self.now(), confirm.upto, &confirm.missing)
        {
            Heard::Progress(upto) => {
                self.useful = true;
                let at = self.uplink.clock.now();
                self.uplink.health.uplink(Worth::Noting, |uplink| {
                    uplink.last_confirmed = Some(at);
                    uplink.trouble = String::new();
                });
                self.uplink.journal.confirm(self.journal, upto).await;
            }
            Heard::Same => {}
            Heard::Beyond => self.foreign("it confirms messages that do not exist"),
        }
    }

    /// A confirmation that is not for us is ignored; once a connection it is told.
    fn foreign(&mut self, reason: &str) {
        if !self.foreign_told {
            events::confirmation_ignored(reason);
        }
        self.foreign_told = true;
    }
}

/// Says "stopped" and takes leave, so that the broker does not report the appliance as lost.
async fn farewell(session: &mut Session<'_>, mut polling: Polling) {
    session.publish_state(Presence::Stopped);
    // A full queue means that the broker takes nothing: it will report us as lost, which is then true.
    let _ = session.client.try_disconnect();
    let leave = async {
        while let (event_loop, Ok(event)) = polling.await {
            if matches!(event, Event::Outgoing(rumqttc::Outgoing::Disconnect)) {
                break;
            }
            polling = poll(event_loop);
        }
    };
    // The stop must not wait for a broker that does not answer.
    let _ = time::timeout(FAREWELL, leave).await;
}
