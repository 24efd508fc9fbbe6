//! The window step by step, and against ways that lose, cut and delay at random.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;

const LIMITS: Limits = Limits {
    unconfirmed: 100,
    unconfirmed_bytes: 1000,
    untaken: 8,
    untaken_bytes: 80,
};

fn at(seconds: u64) -> Tick {
    Tick(seconds * 1000)
}

/// Sends all that is wanted, each of ten bytes and taken by the broker at once; gives the numbers.
fn send_all(window: &mut Window, now: Tick) -> Vec<u64> {
    let mut sent = Vec::new();
    while let Some(wanted) = window.wanted() {
        let end = wanted.to.min(wanted.from + wanted.count as u64 - 1);
        for seq in wanted.from..=end {
            if window.wanted().is_none() {
                break;
            }
            window.sent(now, seq, 10);
            sent.push(seq);
            window.taken(now, true);
        }
    }
    sent
}

fn connected(last: u64) -> Window {
    let mut window = Window::new(LIMITS, 0, last);
    window.connected(at(0));
    window
}

#[test]
fn captures_go_out_in_order_and_no_further_than_the_window() {
    let mut window = connected(1000);
    assert_eq!(send_all(&mut window, at(0)), (1..=64).collect::<Vec<_>>());
    assert_eq!(window.confirmed(at(1), 64, &[]), Heard::Progress(64));
    // What the journal has not noted durably does not move the window: a restart would repeat more than that.
    assert_eq!(send_all(&mut window, at(1)), (65..=100).collect::<Vec<_>>());
    window.journal(at(1), 1000, 64);
    assert_eq!(
        send_all(&mut window, at(1)),
        (101..=164).collect::<Vec<_>>()
    );
}

#[test]
fn what_is_wanted_once_more_follows_what_is_new_and_survives_a_reconnection() {
    let mut window = connected(10);
    assert_eq!(send_all(&mut window, at(0)).len(), 10);
    assert_eq!(window.confirmed(at(1), 10, &[]), Heard::Progress(10));
    window.journal(at(1), 10, 10);
    assert_eq!(window.replay(0, 3), Some((1, 3)));
    assert_eq!(window.replay(9, 99), Some((9, 10)));
    // What was never sent is sent anyway.
    assert_eq!(window.replay(11, 12), None);
    window.journal(at(2), 12, 10);
    window.disconnected();
    window.connected(at(3));
    assert_eq!(send_all(&mut window, at(3)), [11, 12, 1, 2, 3, 9, 10]);
    assert_eq!(window.wanted(), None);
    assert_eq!(window.confirmed(at(4), 12, &[]), Heard::Progress(12));
}

#[test]
fn what_the_broker_has_not_taken_holds_back_the_rest() {
    let mut window = connected(1000);
    let wanted = window.wanted().unwrap();
    assert_eq!(
        (wanted.from, wanted.to, wanted.count, wanted.bytes),
        (1, 64, 8, 80)
    );
    window.sent(at(0), 1, 75);
    assert_eq!(window.wanted().unwrap().bytes, 5);
    window.sent(at(0), 2, 500);
    assert_eq!(window.wanted(), None);
    window.taken(at(0), true);
    window.taken(at(0), true);
    assert_eq!(window.wanted().unwrap().from, 3);
    window.sent(at(0), 3, 500);
    window.taken(at(0), true);
    assert_eq!(window.wanted(), None, "1075 unconfirmed bytes");
    window.confirmed(at(0), 2, &[]);
    assert_eq!(window.wanted().unwrap().from, 4);
}

#[test]
fn missing_ranges_go_first_at_once_and_are_not_repeated_while_under_way() {
    let mut window = connected(50);
    send_all(&mut window, at(0));
    assert_eq!(
        window.confirmed(at(1), 10, &[(11, 12), (20, 20)]),
        Heard::Progress(10)
    );
    assert_eq!(send_all(&mut window, at(1)), [11, 12, 20]);
    assert_eq!(
        window.confirmed(at(1), 10, &[(11, 12), (20, 20)]),
        Heard::Same
    );
    assert_eq!(send_all(&mut window, at(1)), Vec::<u64>::new());
    assert_eq!(window.confirmed(at(4), 10, &[(12, 12)]), Heard::Same);
    assert_eq!(send_all(&mut window, at(4)), [12]);
}

#[test]
fn a_hub_that_went_back_to_a_backup_gets_what_it_asks_for() {
    let mut window = Window::new(LIMITS, 40, 50);
    window.connected(at(0));
    send_all(&mut window, at(0));
    assert_eq!(window.confirmed(at(1), 3, &[(4, 40)]), Heard::Same);
    assert_eq!(send_all(&mut window, at(1)), (4..=40).collect::<Vec<_>>());
}

#[test]
fn foreign_confirmations_change_nothing() {
    let mut window = connected(50);
    send_all(&mut window, at(0));
    assert_eq!(window.confirmed(at(1), 51, &[(1, 50)]), Heard::Beyond);
    assert_eq!(send_all(&mut window, at(1)), Vec::<u64>::new());
    assert_eq!(
        window.confirmed(at(1), 0, &[(40, u64::MAX), (60, 70), (9, 3)]),
        Heard::Same
    );
    assert_eq!(send_all(&mut window, at(1)), (40..=50).collect::<Vec<_>>());
}

#[test]
fn silence_is_answered_with_one_capture_and_longer_and_longer_patience() {
    let mut window = connected(50);
    send_all(&mut window, at(0));
    let mut probes = Vec::new();
    for second in 0..300 {
        window.elapse(at(second));
        for seq in send_all(&mut window, at(second)) {
            probes.push((second, seq));
        }
    }
    assert_eq!(probes, [(20, 1), (60, 1), (120, 1), (180, 1), (240, 1)]);
    // The hub was only slow: nothing more is repeated.
    assert_eq!(window.confirmed(at(300), 50, &[]), Heard::Progress(50));
    assert_eq!(send_all(&mut window, at(300)), Vec::<u64>::new());
    assert_eq!(window.deadline(), None);
}

#[test]
fn a_hub_that_lost_everything_gets_everything_after_the_probe() {
    let mut window = connected(50);
    send_all(&mut window, at(0));
    window.elapse(at(20));
    assert_eq!(send_all(&mut window, at(20)), [1]);
    assert_eq!(window.confirmed(at(20), 1, &[]), Heard::Progress(1));
    assert_eq!(send_all(&mut window, at(20)), (2..=50).collect::<Vec<_>>());
}

#[test]
fn without_a_hub_nothing_new_is_sent_until_it_is_back() {
    let mut window = connected(1000);
    window.sent(at(0), 1, 10);
    window.sent(at(0), 2, 10);
    window.taken(at(0), false);
    window.taken(at(0), false);
    assert_eq!(window.wanted(), None);
    window.elapse(at(4));
    assert_eq!(window.wanted(), None);
    window.elapse(at(5));
    let probe = window.wanted().unwrap();
    assert_eq!((probe.from, probe.to), (1, 1));
    window.sent(at(5), 1, 10);
    assert_eq!(window.wanted(), None);
    window.taken(at(5), true);
    assert_eq!(window.wanted().map(|wanted| wanted.from), Some(1));
    assert!(!window.is_alone());
}

#[test]
fn a_new_connection_repeats_what_is_unconfirmed_and_no_more() {
    let mut window = connected(1000);
    send_all(&mut window, at(0));
    window.confirmed(at(1), 30, &[]);
    window.disconnected();
    assert_eq!(window.wanted(), None);
    window.connected(at(2));
    window.journal(at(2), 1000, 30);
    assert_eq!(send_all(&mut window, at(2)), (31..=94).collect::<Vec<_>>());
}

#[test]
fn captures_that_are_gone_are_passed_over() {
    let mut window = connected(5);
    window.gone(1, 3);
    assert_eq!(window.wanted().unwrap().from, 4);
    send_all(&mut window, at(0));
    window.confirmed(at(0), 0, &[(1, 5)]);
    window.gone(2, 4);
    assert_eq!(send_all(&mut window, at(0)), [5]);
}

#[test]
fn a_withheld_capture_stops_nothing_and_is_not_noted_as_confirmed() {
    let mut window = connected(100_000);
    assert_eq!(send_all(&mut window, at(0)).len(), 64);
    assert_eq!(window.confirmed(at(0), 9, &[]), Heard::Progress(9));
    window.journal(at(0), 100_000, 9);
    window.withhold(10);
    assert_eq!(window.withheld(), Some((1, 10)));
    // A hub that does not get over it: whenever it speaks the window moves, and never by more than its size.
    let mut sent = send_all(&mut window, at(1)).len();
    while sent < 2000 {
        assert_eq!(window.confirmed(at(2), 9, &[(10, 10)]), Heard::Same);
        let more = send_all(&mut window, at(2));
        assert!(!more.is_empty() && !more.contains(&10), "after {sent}");
        assert!(more.len() as u64 <= LIMITS.unconfirmed, "{}", more.len());
        sent += more.len();
    }
    // A hub that was told and goes on: the window goes with it, the journal keeps what the hub has not got.
    let end = 64 + sent as u64;
    assert_eq!(window.confirmed(at(3), end, &[]), Heard::Progress(9));
    assert_eq!(window.heard(), end);
    assert_eq!(
        send_all(&mut window, at(3)).len() as u64,
        LIMITS.unconfirmed
    );
    assert_eq!(window.withheld_within(1, 500), [(10, 10)]);
    // The journal needs the room and notes it all the same.
    window.journal(at(4), 100_000, end);
    assert_eq!(window.withheld(), None);
    assert_eq!(
        window.confirmed(at(5), end + 50, &[]),
        Heard::Progress(end + 50)
    );
}

#[test]
fn silence_is_not_answered_with_what_cannot_be_sent() {
    let mut window = connected(1);
    window.withhold(1);
    assert_eq!(window.deadline(), None);
    window.journal(at(0), 3, 0);
    assert_eq!(send_all(&mut window, at(0)), [2, 3]);
    window.elapse(at(20));
    assert_eq!(send_all(&mut window, at(20)), [2]);
}

#[derive(Clone, Copy, Debug)]
enum Fate {
    Arrives,
    Lost,
    Cut,
    Restart,
    Late(u8),
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        12 => Just(Fate::Arrives),
        4 => Just(Fate::Lost),
        1 => Just(Fate::Cut),
        1 => Just(Fate::Restart),
        2 => any::<u8>().prop_map(Fate::Late),
    ]
}

/// The hub as far as the window sees it.
#[derive(Default)]
struct Hub {
    have: BTreeSet<u64>,
    highest: u64,
}

impl Hub {
    fn upto(&self) -> u64 {
        (1..).find(|seq| !self.have.contains(seq)).unwrap() - 1
    }
    fn missing(&self) -> Vec<(u64, u64)> {
        (self.upto() + 1..self.highest)
            .filter(|seq| !self.have.contains(seq))
            .map(|seq| (seq, seq))
            .collect()
    }
}

proptest! {
    /// Whatever the way does, everything arrives without a gap once the way is good, and each new connection repeats no
    /// more than the window.
    #[test]
    fn everything_arrives_and_little_is_repeated(total in 1u64..400, fates in prop::collection::vec(fate(), 0..300)) {
        let mut hub = Hub::default();
        let mut settled = 0;
        let mut window = Window::new(LIMITS, 0, total);
        let mut now = at(0);
        window.connected(now);
        let mut fates = fates.into_iter();
        let mut rounds = 0;
        while settled < total {
            rounds += 1;
            prop_assert!(rounds < 4000, "no end in sight: {window:?}");
            let fate = fates.next().unwrap_or(Fate::Arrives);
            if let Some(wanted) = window.wanted() {
                prop_assert!(wanted.from <= wanted.to && wanted.to <= total);
                prop_assert!(wanted.to <= settled + LIMITS.unconfirmed || wanted.to < wanted.from + 400);
                let end = wanted.to.min(wanted.from + wanted.count as u64 - 1);
                for seq in wanted.from..=end {
                    window.sent(now, seq, 10);
                    if !matches!(fate, Fate::Lost) {
                        hub.have.insert(seq);
                        hub.highest = hub.highest.max(seq);
                    }
                    window.taken(now, true);
                    prop_assert!(seq <= settled + LIMITS.unconfirmed, "{seq} beyond the window");
                }
            } else {
                now = window.deadline().map_or(Tick(now.0 + 1000), |deadline| deadline.max(now));
                window.elapse(now);
            }
            match fate {
                Fate::Cut => {
                    window.disconnected();
                    window.connected(now);
                }
                Fate::Restart => {
                    window = Window::new(LIMITS, settled, total);
                    window.connected(now);
                }
                Fate::Lost => {}
                Fate::Late(by) => {
                    let old = hub.upto().saturating_sub(by.into());
                    if let Heard::Progress(upto) = window.confirmed(now, old, &[]) {
                        settled = upto;
                        window.journal(now, total, settled);
                    }
                }
                Fate::Arrives => {
                    if let Heard::Progress(upto) = window.confirmed(now, hub.upto(), &hub.missing()) {
                        settled = upto;
                        window.journal(now, total, settled);
                    }
                }
            }
            now = Tick(now.0 + 10);
        }
        prop_assert_eq!(hub.upto(), total);
    }
}
