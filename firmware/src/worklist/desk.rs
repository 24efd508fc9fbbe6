//! The desk of one port: sees every message before it is stored, answers the questions among them out of the list on the
//! box, and follows each answer until the analyzer has it.
//!
//! The desk only plans. Nothing leaves before the question itself is stored, and an answer that fails is tried again while
//! the analyzer may still be waiting for it.

use super::Work;
use lisiere_driver::query::{Answer, AnswerClock, Outcome, Outgoing, Question, WorkOrder, outcome};
use lisiere_model::UtcMicros;
use lisiere_protocol::{AbortReason, Submission, Tick};
use lisiere_wire::{OrderEvent, OrderEventState, OrderEventTube};
use std::{collections::VecDeque, time::Duration};

/// Tubes in the answer to a question for everything.
const MOST_TUBES: usize = 500;
/// How long an answer is tried again, unless the analyzer waits longer.
const PATIENCE: Duration = Duration::from_secs(30);
/// An answer to one of the last messages may still say that its orders are refused.
const REMEMBERED: usize = 64;
/// How often a message is submitted before it is given up.
const TRIES: u32 = 3;

/// What is to be done about a message once it is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Goes out in place of the link's own positive answer.
    pub reply: Option<Vec<u8>>,
    /// Messages to be sent after it.
    messages: Vec<Ready>,
    /// What happened.
    events: Vec<Happened>,
    /// Earlier answers that are void now.
    void: Void,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Happened {
    state: OrderEventState,
    tubes: Vec<OrderEventTube>,
    reason: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Void {
    #[default]
    Nothing,
    /// Those about these tubes: the analyzer has asked again.
    Tubes(Vec<String>),
    /// All: the analyzer has taken its question back.
    All,
}

/// A message ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Ready {
    text: Vec<u8>,
    tubes: Vec<OrderEventTube>,
    control: Option<String>,
}

/// A moment by both clocks: one dates, the other measures.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// For a person.
    pub at: UtcMicros,
    /// For the line.
    pub tick: Tick,
}

/// A message on its way.
#[derive(Debug)]
struct Underway {
    submission: Submission,
    message: Ready,
    tries: u32,
    until: Tick,
}

/// What the pump does for the desk.
pub trait Counter {
    /// Gives a message to the link.
    fn submit(&mut self, text: Vec<u8>) -> Option<Submission>;
    /// Takes one back; `false` when it is too late.
    fn withdraw(&mut self, submission: Submission) -> bool;
}

/// The desk.
#[derive(Debug)]
pub struct Desk {
    work: Work,
    underway: Vec<Underway>,
    /// Messages that left, the latest last.
    taken: VecDeque<Ready>,
    /// Control numbers of messages that the analyzer refused.
    refused: VecDeque<String>,
    last: UtcMicros,
}

impl Desk {
    /// The desk of a port.
    pub fn new(work: Work) -> Self {
        Self {
            work,
            underway: Vec::new(),
            taken: VecDeque::new(),
            refused: VecDeque::new(),
            last: UtcMicros(0),
        }
    }

    /// Looks at a message that is about to be stored. `None` when it is nobody's question.
    pub fn consider(&mut self, text: &[u8], now: UtcMicros) -> Option<Plan> {
        if let Some(outcome) = outcome(text) {
            return self.told(&outcome);
        }
        let question = self.work.profile.question(text)?;
        // Two answers of one moment would bear the same control numbers.
        self.last = UtcMicros(now.0.max(self.last.0.saturating_add(1)));
        let clock = AnswerClock { at: self.last };
        let (found, trouble) = self.find(&question);
        let answer = self.work.profile.answer(&question, &found, &clock);
        Some(plan(&question, &found, answer, &trouble))
    }

    /// Orders for a question. A list that cannot be read is an empty one with a reason.
    fn find(&self, question: &Question) -> (Vec<WorkOrder>, String) {
        let (list, driver) = (&self.work.list, self.work.profile.id.as_str());
        let order = |specimen: &str, found: super::Found| WorkOrder {
            specimen: specimen.to_owned(),
            kind: found.kind,
            urgent: found.urgent,
            tests: found.tests,
        };
        if question.cancels {
            return (Vec::new(), String::new());
        }
        if question.all {
            return match list.all(driver, MOST_TUBES) {
                Ok(all) => {
                    let orders = all.into_iter();
                    (
                        orders.map(|(tube, found)| order(&tube, found)).collect(),
                        String::new(),
                    )
                }
                Err(error) => (Vec::new(), error.to_string()),
            };
        }
        let (mut orders, mut trouble) = (Vec::new(), String::new());
        for tube in question.candidates() {
            match list.find(driver, tube) {
                Ok(Some(found)) => orders.push(order(tube, found)),
                Ok(None) => {}
                Err(error) => trouble = error.to_string(),
            }
        }
        (orders, trouble)
    }

    /// The question is stored: messages go to the link.
    pub fn stored(&mut self, plan: Plan, counter: &mut dyn Counter, now: Moment) {
        match &plan.void {
            Void::Nothing => {}
            Void::All => {
                let void = self.withdraw(counter, |_| true);
                self.happened(now.at, OrderEventState::Cancelled, void, String::new());
            }
            Void::Tubes(tubes) => {
                // Asked again: the newer answer stands for both.
                self.withdraw(counter, |tube| tubes.contains(&tube.specimen));
            }
        }
        for Happened {
            state,
            tubes,
            reason,
        } in plan.events
        {
            self.happened(now.at, state, tubes, reason);
        }
        let until = now.tick.after(self.patience());
        for message in plan.messages {
            if let Some(submission) = counter.submit(message.text.clone()) {
                self.underway.push(Underway {
                    submission,
                    message,
                    tries: 1,
                    until,
                });
            } else {
                let reason = "la liaison ne prend pas la réponse".to_owned();
                self.happened(now.at, OrderEventState::Unsent, message.tubes, reason);
            }
        }
    }

    /// How long an answer is worth trying: the analyzer's own patience, but at least long enough for one session of
    /// results to end first.
    fn patience(&self) -> Duration {
        let query = self.work.profile.query.as_ref();
        let seconds = query.and_then(|query| query.answer_within_seconds);
        let own = seconds.map(|seconds| Duration::from_secs(seconds.into()));
        own.map_or(PATIENCE, |own| own.max(PATIENCE))
    }

    /// The analyzer has a message.
    pub fn sent(&mut self, submission: Submission, now: Moment) {
        let Some(done) = self.end(submission) else {
            return;
        };
        if !self.is_refused(&done.message) {
            let tubes = done.message.tubes.clone();
            self.happened(now.at, OrderEventState::Sent, tubes, String::new());
        }
        self.remember(done.message);
    }

    /// An analyzer's word on a message may come after the link has done with it.
    fn remember(&mut self, message: Ready) {
        self.taken.push_back(message);
        if self.taken.len() > REMEMBERED {
            self.taken.pop_front();
        }
    }

    /// The link gave a message back: it is tried again while it may still be of use.
    pub fn aborted(
        &mut self,
        submission: Submission,
        reason: AbortReason,
        counter: &mut dyn Counter,
        now: Moment,
    ) {
        let Some(mut failed) = self.end(submission) else {
            return;
        };
        if self.is_refused(&failed.message) {
            return;
        }
        if failed.tries < TRIES
            && now.tick < failed.until
            && let Some(submission) = counter.submit(failed.message.text.clone())
        {
            failed.submission = submission;
            failed.tries = failed.tries.saturating_add(1);
            self.underway.push(failed);
            return;
        }
        let (tubes, reason) = (failed.message.tubes.clone(), reason.to_string());
        self.happened(now.at, OrderEventState::Unsent, tubes, reason);
        self.remember(failed.message);
    }

    /// The line is gone, and with it what was on its way.
    pub fn line_lost(&mut self, now: UtcMicros) {
        for lost in std::mem::take(&mut self.underway) {
            let reason = "la liaison est tombée".to_owned();
            self.happened(now, OrderEventState::Unsent, lost.message.tubes, reason);
        }
    }

    fn end(&mut self, submission: Submission) -> Option<Underway> {
        let is_it = |one: &Underway| one.submission == submission;
        let place = self.underway.iter().position(is_it)?;
        Some(self.underway.remove(place))
    }

    fn is_refused(&self, message: &Ready) -> bool {
        let refused = |control: &String| self.refused.contains(control);
        message.control.as_ref().is_some_and(refused)
    }

    /// An analyzer's word on orders it was sent.
    fn told(&mut self, outcome: &Outcome) -> Option<Plan> {
        let is_meant = |control: &Option<String>| control.as_deref() == Some(&outcome.control);
        let underway = self.underway.iter().map(|one| &one.message);
        let mut known = underway.chain(self.taken.iter().rev());
        let tubes = &known.find(|one| is_meant(&one.control))?.tubes;
        let refused: Vec<OrderEventTube> = if outcome.accepted {
            let is_refused = |tube: &&OrderEventTube| outcome.refused.contains(&tube.specimen);
            tubes.iter().filter(is_refused).cloned().collect()
        } else {
            tubes.clone()
        };
        if !outcome.accepted {
            self.refused.push_back(outcome.control.clone());
            if self.refused.len() > REMEMBERED {
                self.refused.pop_front();
            }
        }
        let events = if refused.is_empty() {
            Vec::new()
        } else {
            vec![Happened {
                state: OrderEventState::Refused,
                tubes: refused,
                reason: outcome.reason.clone(),
            }]
        };
        Some(Plan {
            events,
            ..Plan::default()
        })
    }

    /// Takes back what is not being sent yet; gives its tubes. A message that answers for another tube as well stays:
    /// nobody has asked for that one again.
    fn withdraw(
        &mut self,
        counter: &mut dyn Counter,
        is_void: impl Fn(&OrderEventTube) -> bool,
    ) -> Vec<OrderEventTube> {
        let mut void = Vec::new();
        self.underway.retain_mut(|one| {
            let stays =
                !one.message.tubes.iter().all(&is_void) || !counter.withdraw(one.submission);
            if !stays {
                void.append(&mut one.message.tubes);
            }
            stays
        });
        void
    }

    fn happened(
        &mut self,
        at: UtcMicros,
        state: OrderEventState,
        tubes: Vec<OrderEventTube>,
        reason: String,
    ) {
        if tubes.is_empty() {
            return;
        }
        // Two events of one moment would be taken for one and its repetition.
        self.last = UtcMicros(at.0.max(self.last.0.saturating_add(1)));
        self.work.recorder.note(OrderEvent {
            state,
            at: self.last,
            version: self.work.list.version(),
            tubes,
            reason,
        });
    }
}

/// What an answer means for the journal and the line.
fn plan(question: &Question, found: &[WorkOrder], answer: Answer, trouble: &str) -> Plan {
    if question.cancels {
        return Plan {
            reply: answer.reply,
            void: Void::All,
            ..Plan::default()
        };
    }
    let tube = |specimen: &String| {
        let order = found.iter().find(|order| order.specimen == *specimen);
        OrderEventTube {
            specimen: specimen.clone(),
            tests: order.map(|order| order.tests.clone()).unwrap_or_default(),
        }
    };
    let mut answered = answer.replied.clone();
    answered.extend(answer.messages.iter().flat_map(|one| one.specimens.clone()));
    let bare = |specimen: &str| OrderEventTube {
        specimen: specimen.to_owned(),
        tests: Vec::new(),
    };
    let (mut unknown, mut unread) = (Vec::new(), Vec::new());
    for asked in &question.tubes {
        match &asked.specimen {
            None => unread.push(bare(&asked.shown)),
            Some(number) if !answered.iter().any(|known| asked.is(known)) => {
                unknown.push(bare(number));
            }
            Some(_) => {}
        }
    }
    let happened = |state, tubes, reason: &str| Happened {
        state,
        tubes,
        reason: reason.to_owned(),
    };
    let events = vec![
        happened(
            OrderEventState::Asked,
            answered.iter().map(tube).collect(),
            "",
        ),
        happened(OrderEventState::Unknown, unknown, trouble),
        happened(OrderEventState::Unreadable, unread, ""),
        // A reply has no answer of its own: it is with the analyzer once it is out.
        happened(
            OrderEventState::Sent,
            answer.replied.iter().map(tube).collect(),
            "",
        ),
    ];
    let ready = |message: Outgoing| Ready {
        tubes: message.specimens.iter().map(tube).collect(),
        text: message.text,
        control: message.control,
    };
    Plan {
        reply: answer.reply,
        messages: answer.messages.into_iter().map(ready).collect(),
        events,
        void: Void::Tubes(answered),
    }
}
