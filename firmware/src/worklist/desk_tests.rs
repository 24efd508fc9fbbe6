//! The desk alone: what is planned for a question, and how an answer is followed to its end.

use super::{Counter, Desk, List, Moment, Recorder, Work, answering};
use crate::testing::{Bench, contents, run};
use lisiere_model::UtcMicros;
use lisiere_protocol::{AbortReason, Submission, Tick};
use lisiere_wire::{
    ListId, ORDER_EVENT_LINK, OrderEvent, OrderEventState as State, Worklist, WorklistEntry,
    WorklistKey,
};
use std::sync::Arc;

/// A link that takes everything and sends nothing.
#[derive(Default)]
struct Shelf {
    taken: Vec<(Submission, Vec<u8>)>,
    withdrawn: Vec<Submission>,
}

impl Counter for Shelf {
    fn submit(&mut self, text: Vec<u8>) -> Option<Submission> {
        let submission = Submission(self.taken.len() as u64 + 1);
        self.taken.push((submission, text));
        Some(submission)
    }

    fn withdraw(&mut self, submission: Submission) -> bool {
        self.withdrawn.push(submission);
        true
    }
}

impl Shelf {
    fn last(&self) -> String {
        let (_, text) = self.taken.last().expect("an answer");
        String::from_utf8(text.clone()).unwrap().replace('\r', "\n")
    }
}

/// A desk with a list, and the journal behind it.
struct Office {
    bench: Bench,
    desk: Desk,
    shelf: Shelf,
    _folder: tempfile::TempDir,
}

fn at(second: u64) -> Moment {
    Moment {
        at: UtcMicros(1_795_425_330_000_000 + second as i64 * 1_000_000),
        tick: Tick(second * 1000),
    }
}

fn office(driver: &str, orders: &[(&str, &[&str])]) -> Office {
    let bench = Bench::one_port();
    let folder = tempfile::tempdir().unwrap();
    let list = List::open(folder.path(), vec![driver.to_owned()]).unwrap();
    let entry = |(tube, tests): &(&str, &[&str])| WorklistEntry {
        key: WorklistKey {
            driver: driver.to_owned(),
            specimen: (*tube).to_owned(),
        },
        kind: "SER".into(),
        urgent: false,
        tests: tests.iter().map(|&code| code.into()).collect(),
    };
    list.apply(Worklist {
        list: ListId([1; 16]),
        version: 3,
        since: None,
        part: 0,
        parts: 1,
        entries: orders.iter().map(entry).collect(),
        removed: Vec::new(),
    })
    .unwrap();
    let context = &bench.contexts[0];
    let recorder = Recorder::start(
        "a",
        driver,
        bench.journal.clone(),
        context.clock,
        context.stop.clone(),
    );
    let desk = Desk::new(Work {
        profile: Arc::new(answering(driver).unwrap()),
        list,
        recorder,
    });
    Office {
        bench,
        desk,
        shelf: Shelf::default(),
        _folder: folder,
    }
}

impl Office {
    /// A question is asked and stored.
    fn ask(&mut self, text: &str, now: Moment) -> Option<Vec<u8>> {
        let plan = self
            .desk
            .consider(text.replace('\n', "\r").as_bytes(), now.at)?;
        let reply = plan.reply.clone();
        self.desk.stored(plan, &mut self.shelf, now);
        reply
    }

    /// What reached the journal, once there are so many.
    async fn events(&self, count: u64) -> Vec<(State, Vec<String>, String)> {
        let mut pulse = self.bench.journal.watch();
        pulse.wait_for(|pulse| pulse.last >= count).await.unwrap();
        let kept = contents(&self.bench.journal).await;
        kept.iter().map(read).collect()
    }
}

fn read(capture: &lisiere_wire::Capture) -> (State, Vec<String>, String) {
    assert_eq!(capture.link, ORDER_EVENT_LINK);
    let event: OrderEvent = serde_json::from_slice(&capture.bytes).unwrap();
    assert_eq!((event.version, event.at), (3, capture.received_at));
    let tubes = event.tubes.into_iter().map(|tube| tube.specimen);
    (event.state, tubes.collect(), event.reason)
}

const Q: &str = "H|\\^&|||c311^1|||||host|TSREQ^REAL|P|1
Q|1|^^T1^1^0^1^^S1^SC\\^^T2^2^0^2^^S1^SC\\^^@3^3^0^3^^S1^SC||ALL||||||||A
L|1|N
";

#[test]
fn a_question_is_answered_out_of_the_list_and_followed_to_its_end() {
    run(async {
        let mut office = office("roche-cobas-c311", &[("T1", &["685"]), ("@3", &["685"])]);
        assert_eq!(
            office.ask(Q, at(0)),
            None,
            "this link's answer carries no text"
        );
        assert!(
            office
                .shelf
                .last()
                .contains("\nO|1|T1|1^0^1^^S1^SC|^^^685^|R|")
        );
        assert!(
            office.shelf.last().contains("\nO|3|@3|"),
            "every tube gets its answer"
        );
        office.desk.sent(Submission(1), at(1));
        let one = |tube: &str| vec![tube.to_owned()];
        assert_eq!(
            office.events(4).await,
            [
                (State::Asked, one("T1"), String::new()),
                (State::Unknown, one("T2"), String::new()),
                (State::Unreadable, one("@3"), String::new()),
                (State::Sent, one("T1"), String::new()),
            ]
        );
        assert_eq!(office.ask("H|\\^&|||c311^1\nP|1\nL|1|N\n", at(2)), None);
        assert_eq!(office.shelf.taken.len(), 1, "results are no questions");
    });
}

#[test]
fn a_failed_answer_is_tried_again_while_it_may_be_of_use() {
    run(async {
        let mut office = office("roche-cobas-c311", &[("T1", &["685"])]);
        let q = Q.split('\\').next().unwrap().to_owned()
            + "\\^&|||c311^1|||||host|TSREQ^REAL|P|1\nQ|1|^^T1^1^0^1^^S1^SC||ALL\nL|1|N\n";
        office.ask(&q, at(0));
        for (number, second) in [(1, 5), (2, 10)] {
            office.desk.aborted(
                Submission(number),
                AbortReason::Contention,
                &mut office.shelf,
                at(second),
            );
        }
        assert_eq!(
            office.shelf.taken.len(),
            3,
            "sent again, with the same words"
        );
        assert!(
            office
                .shelf
                .taken
                .windows(2)
                .all(|two| two[0].1 == two[1].1)
        );
        office.desk.aborted(
            Submission(3),
            AbortReason::Contention,
            &mut office.shelf,
            at(15),
        );
        assert_eq!(office.shelf.taken.len(), 3, "three times is enough");
        // Asked again: the answer that still waits is taken back, the new one stands for both.
        office.ask(&q, at(20));
        office.ask(&q, at(21));
        assert_eq!(office.shelf.withdrawn, [Submission(4)]);
        office
            .desk
            .aborted(Submission(5), AbortReason::Busy, &mut office.shelf, at(90));
        assert_eq!(office.shelf.taken.len(), 5, "the analyzer waits no longer");
        let states: Vec<State> = office
            .events(5)
            .await
            .into_iter()
            .map(|event| event.0)
            .collect();
        assert_eq!(
            states,
            [
                State::Asked,
                State::Unsent,
                State::Asked,
                State::Asked,
                State::Unsent
            ]
        );
    });
}

#[test]
fn an_answer_in_the_link_is_followed_by_its_orders_and_their_refusal() {
    run(async {
        let mut office = office("biosystems-ba400", &[("32971968", &["CRP", "GLU"])]);
        let asked = "MSH|^~\\&|BA400|Biosystems|Host|Lab|20261123101500||QBP^Q11^QBP_Q11|q-1|P|2.5.1|||ER|AL||UNICODE UTF-8|||LAB-27^IHE
QPD|WOS^Work Order Step^IHE_LABTF|tag|32971968
RCP|I||R
";
        let reply = String::from_utf8(office.ask(asked, at(0)).expect("a reply")).unwrap();
        assert!(
            reply.contains("RSP^K11") && reply.contains("QAK|tag|OK|"),
            "{reply}"
        );
        let order = office.shelf.last();
        let control = order.split('|').nth(9).unwrap().to_owned();
        let refusal = format!(
            "MSH|^~\\&|BA400||Host||1||ORL^O34^ORL_O34|9|P|2.5.1\nMSA|AR|{control}|disabled\n"
        );
        assert_eq!(
            office.ask(&refusal, at(1)),
            None,
            "the link answers it by itself"
        );
        office.desk.sent(Submission(1), at(1));
        let events = office.events(2).await;
        assert_eq!(events[0].0, State::Asked);
        assert_eq!(
            events[1],
            (State::Refused, vec!["32971968".into()], "disabled".into())
        );
        assert_eq!(events.len(), 2, "what is refused is not sent");
    });
}

#[test]
fn a_question_taken_back_takes_its_answer_back() {
    run(async {
        let mut office = office("ortho-vitros", &[("1068687", &["002"])]);
        let asked =
            "H|\\^&|||3600796||||||||LIS2-A|20201121110643\nQ|1|^1068687||ALL||||||||O\nL|1|N\n";
        office.ask(asked, at(0));
        office.ask(&asked.replace("||||||||O", "||||||||A"), at(1));
        assert_eq!(office.shelf.withdrawn, [Submission(1)]);
        let states: Vec<State> = office
            .events(2)
            .await
            .into_iter()
            .map(|event| event.0)
            .collect();
        assert_eq!(states, [State::Asked, State::Cancelled]);
    });
}

#[test]
fn asking_again_for_one_tube_takes_nothing_from_another() {
    run(async {
        let mut office = office("erba-xl", &[("250001", &["GLU"]), ("250002", &["UREA"])]);
        let asked =
            "H|`^&|||XL640||||||||P|1|20201121110643\nQ|1|^250001`^250002||ALL||||||||O\nL|1|N\n";
        office.ask(asked, at(0));
        office.ask(&asked.replace("`^250002", ""), at(1));
        let stays = |tube: &str| {
            let shelf = &office.shelf;
            shelf.taken.iter().any(|(submission, text)| {
                !shelf.withdrawn.contains(submission)
                    && String::from_utf8_lossy(text).contains(tube)
            })
        };
        assert!(stays("250001"), "the new answer");
        assert!(stays("250002"), "nobody has asked for this one again");
    });
}
