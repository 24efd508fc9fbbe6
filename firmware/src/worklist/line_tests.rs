//! Desk, pump and real links together: what goes over the line when an analyzer asks, and when things go wrong.

use super::{List, Recorder, Work, answering};
use crate::{
    journal::Condition,
    link::{Manner, pump},
    testing::{ACK, Bench, ENQ, EOT, NAK, ask, last_frame, run},
};
use lisiere_protocol::{LinkKind, LinkSettings, link::Role};
use lisiere_wire::{
    ListId, ORDER_EVENT_LINK, OrderEvent, OrderEventState as State, Worklist, WorklistEntry,
    WorklistKey,
};
use std::{sync::Arc, time::Duration};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

const ROCHE: &str = "roche-cobas-c311";
const Q: &[u8] =
    b"H|\\^&|||c311^1|||||host|TSREQ^REAL|P|1\rQ|1|^^T1^1^0^1^^S1^SC||ALL||||||||A\rL|1|N\r";

/// A line with a pump and a desk on the far side; the list has one tube.
fn line(
    bench: &Bench,
    folder: &tempfile::TempDir,
    driver: &str,
    kind: LinkKind,
    tests: &[&str],
) -> DuplexStream {
    let list = List::open(folder.path(), vec![driver.to_owned()]).unwrap();
    list.apply(Worklist {
        list: ListId([1; 16]),
        version: 1,
        since: None,
        part: 0,
        parts: 1,
        entries: vec![WorklistEntry {
            key: WorklistKey {
                driver: driver.to_owned(),
                specimen: "T1".into(),
            },
            kind: "SER".into(),
            urgent: false,
            tests: tests.iter().map(|&code| code.into()).collect(),
        }],
        removed: Vec::new(),
    })
    .unwrap();
    let (near, mut far) = tokio::io::duplex(4096);
    let mut context = bench.contexts[0].clone();
    context.work = Some(Work {
        profile: Arc::new(answering(driver).unwrap()),
        list,
        recorder: Recorder::start(
            "a",
            driver,
            bench.journal.clone(),
            context.clock,
            context.stop.clone(),
        ),
    });
    tokio::spawn(async move {
        let mut link = LinkSettings::standard(kind).open(Role::Computer, None);
        pump(&mut far, &mut *link, &mut context, Manner::default()).await
    });
    near
}

/// Takes the other side's session; gives the records.
async fn take(line: &mut DuplexStream) -> String {
    line.write_all(&[ACK]).await.unwrap();
    let mut text = Vec::new();
    loop {
        match line.read_u8().await.unwrap() {
            EOT => return String::from_utf8(text).unwrap(),
            stx => assert_eq!(stx, 0x02),
        }
        let mut frame = Vec::new();
        while frame.last() != Some(&b'\n') {
            frame.push(line.read_u8().await.unwrap());
        }
        text.extend_from_slice(&frame[1..frame.len() - 5]);
        line.write_all(&[ACK]).await.unwrap();
    }
}

/// What became of orders, once the journal holds so many captures.
async fn states(bench: &Bench, captures: u64) -> Vec<State> {
    let mut pulse = bench.journal.watch();
    pulse
        .wait_for(|pulse| pulse.last >= captures)
        .await
        .unwrap();
    let kept = bench.contents().await;
    let events = kept.iter().filter(|one| one.link == ORDER_EVENT_LINK);
    let read =
        |one: &lisiere_wire::Capture| -> OrderEvent { serde_json::from_slice(&one.bytes).unwrap() };
    events.map(|one| read(one).state).collect()
}

#[test]
fn the_answer_follows_the_end_of_the_session_and_a_contention_only_puts_it_off() {
    let (bench, folder) = (Bench::one_port(), tempfile::tempdir().unwrap());
    run(async {
        let mut near = line(&bench, &folder, ROCHE, LinkKind::Lis1a, &["685"]);
        assert_eq!(ask(&mut near, &[ENQ]).await, ACK);
        assert_eq!(ask(&mut near, &last_frame(Q)).await, ACK);
        assert_eq!(
            ask(&mut near, &[EOT]).await,
            ENQ,
            "nothing before the session's end"
        );
        // The analyzer has results to send in the same moment: it wins, asks again (LIS01-A2 §6.2.7), and the answer
        // comes after them.
        near.write_all(&[ENQ]).await.unwrap();
        assert_eq!(ask(&mut near, &[ENQ]).await, ACK);
        let results = b"H|\\^&|||c311^1|||||host|RSUPL^REAL|P|1\rP|1\rL|1|N\r";
        assert_eq!(ask(&mut near, &last_frame(results)).await, ACK);
        assert_eq!(ask(&mut near, &[EOT]).await, ENQ);
        let answer = take(&mut near).await;
        assert!(
            answer.contains("\rO|1|T1|1^0^1^^S1^SC|^^^685^|R|"),
            "{answer}"
        );
        assert_eq!(states(&bench, 4).await, [State::Asked, State::Sent]);
    });
}

#[test]
fn a_question_that_cannot_be_stored_is_refused_and_not_answered() {
    let (bench, folder) = (Bench::one_port(), tempfile::tempdir().unwrap());
    run(async {
        let mut near = line(&bench, &folder, ROCHE, LinkKind::Lis1a, &["685"]);
        assert_eq!(ask(&mut near, &[ENQ]).await, ACK);
        bench.medium.disk().broken = true;
        assert_eq!(ask(&mut near, &last_frame(Q)).await, NAK);
        near.write_all(&[EOT]).await.unwrap();
        bench.medium.disk().broken = false;
        while bench.journal.pulse().condition != Condition::Good {
            let tended = bench
                .journal
                .tend(lisiere_model::UtcMicros(0), Duration::from_secs(5));
            assert!(tended.await);
        }
        // The analyzer asks again: one answer, to the question that is stored.
        while ask(&mut near, &[ENQ]).await != ACK {}
        assert_eq!(ask(&mut near, &last_frame(Q)).await, ACK);
        assert_eq!(ask(&mut near, &[EOT]).await, ENQ);
        assert!(take(&mut near).await.contains("\rO|1|T1|"));
        assert_eq!(states(&bench, 3).await, [State::Asked, State::Sent]);
    });
}

#[test]
fn a_block_is_answered_in_its_turn_and_its_orders_follow() {
    let (bench, folder) = (Bench::one_port(), tempfile::tempdir().unwrap());
    run(async {
        let mut near = line(
            &bench,
            &folder,
            "biosystems-ba400",
            LinkKind::Mllp,
            &["CRP"],
        );
        let asked = "MSH|^~\\&|BA400|Biosystems|Host|Lab|20261123101500||QBP^Q11^QBP_Q11|q-1|P|2.5.1|||ER|AL||UNICODE UTF-8|||LAB-27^IHE\rQPD|WOS^Work Order Step^IHE_LABTF|t1|T1\rRCP|I||R\r";
        near.write_all(format!("\x0b{asked}\x1c\r").as_bytes())
            .await
            .unwrap();
        let reply = block(&mut near).await;
        assert!(reply.contains("|RSP^K11^RSP_K11|"), "{reply}");
        assert!(reply.contains("\rMSA|AA|q-1\rQAK|t1|OK|"), "{reply}");
        let order = block(&mut near).await;
        assert!(
            order.contains("|OML^O33^OML_O33|") && order.contains("|T1.CRP|"),
            "{order}"
        );
        let control = order.split('|').nth(9).unwrap();
        let refused = format!(
            "\x0bMSH|^~\\&|BA400||Host||1||ORL^O34^ORL_O34|9|P|2.5.1\rMSA|AA|{control}\rSPM|1|T1\rORC|UA|T1.CRP\r\x1c\r"
        );
        near.write_all(refused.as_bytes()).await.unwrap();
        let mut seen = states(&bench, 5).await;
        seen.sort_by_key(|state| state.word());
        assert_eq!(seen, [State::Asked, State::Refused, State::Sent]);
    });
}

async fn block(line: &mut DuplexStream) -> String {
    assert_eq!(line.read_u8().await.unwrap(), 0x0b);
    let mut text = Vec::new();
    loop {
        match line.read_u8().await.unwrap() {
            0x1c => break,
            byte => text.push(byte),
        }
    }
    assert_eq!(line.read_u8().await.unwrap(), b'\r');
    String::from_utf8(text).unwrap()
}
