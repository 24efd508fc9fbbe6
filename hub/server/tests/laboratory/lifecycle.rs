//! Properties of the transition: whatever is tried, nothing is reported without a biologist.

use lisiere_hub::review::state::transition;
use lisiere_hub::review::{Act, Actor, Person, Role, State};
use proptest::prelude::*;
use uuid::Uuid;

fn person(role: Role, rpps: Option<&str>) -> Actor {
    Actor::Person(Person {
        account: Uuid::from_u128(7),
        name: "X".into(),
        role,
        rpps: rpps.map(str::to_owned),
    })
}

fn actors() -> impl Strategy<Value = Actor> {
    prop_oneof![
        Just(Actor::rule("delta")),
        Just(person(Role::Technician, None)),
        // A number does not make a biologist, nor the title without the number.
        Just(person(Role::Technician, Some("10000000001"))),
        Just(person(Role::Biologist, None)),
        Just(person(Role::Biologist, Some(""))),
        Just(person(Role::Secretary, None)),
        Just(person(Role::Engineer, None)),
        Just(person(Role::Administrator, Some("10000000001"))),
        Just(person(Role::Auditor, None)),
    ]
}

fn acts() -> impl Strategy<Value = Act> {
    let reason = prop_oneof![Just(String::new()), Just("caillot".to_owned())];
    prop_oneof![
        reason.clone().prop_map(|reason| Act::Hold { reason }),
        proptest::option::of(reason.clone()).prop_map(|despite| Act::ReviewTechnically { despite }),
        reason
            .clone()
            .prop_map(|reason| Act::RequestRepeat { reason }),
        reason.clone().prop_map(|reason| Act::Reject { reason }),
        reason.clone().prop_map(|reason| Act::SendBack { reason }),
        Just(Act::ReviewBiologically),
        (0u32..4).prop_map(|version| Act::Report { version }),
        (0u32..4).prop_map(|version| Act::Amend { version }),
        reason.prop_map(|reason| Act::Cancel { reason }),
    ]
}

fn left_the_laboratory(state: State) -> bool {
    matches!(
        state,
        State::BiologicallyReviewed
            | State::Reported { .. }
            | State::Amended { .. }
            | State::Cancelled { .. }
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn without_a_biologist_nothing_leaves(steps in proptest::collection::vec((acts(), actors()), 1..40)) {
        let mut state = State::Received;
        for (act, actor) in steps {
            if let Ok((next, _)) = transition(state, &act, &actor) {
                state = next;
            }
            prop_assert!(!left_the_laboratory(state), "{state:?} after {act:?} by {actor:?}");
        }
    }

    #[test]
    fn reported_was_reviewed_technically_then_biologically(steps in proptest::collection::vec(acts(), 1..60)) {
        let biologist = person(Role::Biologist, Some("10000000001"));
        let (mut state, mut technically, mut biologically) = (State::Received, false, false);
        for act in steps {
            let Ok((next, entry)) = transition(state, &act, &biologist) else { continue };
            prop_assert_eq!((entry.from, entry.to), (state, next), "state and entry are made together");
            prop_assert!(entry.reason.as_deref().is_none_or(|reason| !reason.is_empty()), "no empty reason");
            match next {
                State::TechnicallyReviewed => technically = true,
                State::BiologicallyReviewed => {
                    prop_assert!(technically);
                    biologically = true;
                }
                State::Held | State::RepeatRequested | State::Rejected => (technically, biologically) = (false, false),
                State::Reported { .. } => prop_assert!(technically && biologically),
                _ => {}
            }
            if let (Some(before), Some(after)) = (state.report_version(), next.report_version()) {
                prop_assert!(after > before, "versions only rise: {before} then {after}");
            }
            state = next;
        }
    }

    #[test]
    fn names_and_versions_survive_the_database(version in 1u32..1000) {
        for state in State::ALL {
            let state = match state {
                State::Reported { .. } => State::Reported { version },
                State::Amended { .. } => State::Amended { version },
                State::Cancelled { .. } => State::Cancelled { told: Some(version) },
                other => other,
            };
            prop_assert_eq!(State::from_parts(state.name(), state.report_version()), Some(state));
        }
    }
}

#[test]
fn a_rejected_result_never_comes_back() {
    let biologist = person(Role::Biologist, Some("10000000001"));
    for end in [State::Rejected, State::Amended { version: 2 }] {
        for act in [
            Act::Hold { reason: "x".into() },
            Act::ReviewTechnically {
                despite: Some("x".into()),
            },
            Act::ReviewBiologically,
            Act::Report { version: 9 },
            Act::Cancel { reason: "x".into() },
        ] {
            assert!(
                transition(end, &act, &biologist).is_err(),
                "{end:?} {act:?}"
            );
        }
    }
}
