//! The encounter, line by line.

use super::super::super::context::{attr, child, children};
use super::super::super::terms;
use super::super::datatype::Kind;
use super::super::outline::{Need, Part};
use super::lines::{
    ADDRESS, ANY_CODE, FULL_ID, LABELLED, ORGANISATION_NAME, PART_OF, PERSON, PERSON_ID,
    SETTING_PAIR, STRUCTURE_ID, TELECOM, is_person, known,
};
use super::tables::DATED;

/// `componentOf`.
pub(super) const COMPONENT_OF: &[Part] = &[Part::one("componentOf")
    .when(
        |node| known(node) && child(node, "encompassingEncounter").is_some(),
        "avec encompassingEncounter",
    )
    .parts(&[&[Part::one("encompassingEncounter")
        .when(
            |node| known(node) && child(node, "location").is_some(),
            "avec location",
        )
        .parts(&[ENCOUNTER])]])];

const ENCOUNTER: &[Part] = &[
    Part::any("id").kind(Kind::Ii).needs(&[
        Need::Filled("extension"),
        Need::Has("root"),
        Need::Uid("root"),
    ]),
    Part::maybe("code").kind(Kind::Ce).needs(&[
        Need::Has("code"),
        Need::In("code", terms::ENCOUNTER),
        Need::Has("codeSystem"),
        Need::Oid("codeSystem"),
        Need::Has("displayName"),
        Need::Filled("displayName"),
    ]),
    Part::one("effectiveTime").kind(Kind::Interval).parts(&[&[
        Part::maybe("low")
            .kind(Kind::Bound)
            .needs(&[Need::Date("value")]),
        Part::maybe("high")
            .kind(Kind::Bound)
            .needs(&[Need::Date("value")]),
    ]]),
    Part::maybe("dischargeDispositionCode")
        .kind(Kind::Ce)
        .needs(&[
            Need::Has("displayName"),
            Need::Filled("displayName"),
            Need::Maybe("codeSystem", "1.2.250.1.213.2.14"),
            Need::Has("code"),
            Need::Token("code"),
        ]),
    Part::maybe("responsibleParty")
        .when(
            |node| child(node, "assignedEntity").is_some(),
            "avec assignedEntity",
        )
        .parts(&[&[Part::one("assignedEntity")
            .when(is_person, "avec l'identifiant du professionnel")
            .parts(&[
                PERSON_ID,
                ANY_CODE,
                ADDRESS,
                TELECOM,
                PERSON,
                &[RESPONSIBLE_ORGANISATION],
            ])]]),
    Part::any("encounterParticipant")
        .when(
            |node| attr(node, "typeCode").is_some() && child(node, "assignedEntity").is_some(),
            "avec typeCode et assignedEntity",
        )
        .needs(&[Need::In("typeCode", terms::ENCOUNTER_PARTICIPATION)])
        .parts(&[&[
            Part::maybe("time").kind(Kind::Interval).parts(&[&[
                Part::maybe("low").kind(Kind::Bound).needs(DATED),
                Part::maybe("high").kind(Kind::Bound).needs(DATED),
            ]]),
            Part::one("assignedEntity")
                .when(is_person, "avec l'identifiant du professionnel")
                .parts(&[
                    PERSON_ID,
                    ANY_CODE,
                    ADDRESS,
                    TELECOM,
                    PERSON,
                    &[Part::maybe("representedOrganization").parts(&[
                        STRUCTURE_ID,
                        ORGANISATION_NAME,
                        ADDRESS,
                        TELECOM,
                        SETTING_PAIR,
                    ])],
                ]),
        ]]),
    Part::one("location")
        .when(
            |node| child(node, "healthCareFacility").is_some(),
            "avec healthCareFacility",
        )
        .parts(&[&[Part::one("healthCareFacility")
            .when(known, "")
            .parts(&[FACILITY])]]),
];

const RESPONSIBLE_ORGANISATION: Part = Part::maybe("representedOrganization").parts(&[
    STRUCTURE_ID,
    &[Part::any("id").kind(Kind::Ii).needs(FULL_ID)],
    ORGANISATION_NAME,
    ADDRESS,
    TELECOM,
    SETTING_PAIR,
    PART_OF,
]);

const FACILITY: &[Part] = &[
    Part::any("id").kind(Kind::Ii),
    Part::one("code")
        .when(known, "")
        .kind(Kind::Ce)
        .needs(&[
            Need::Has("code"),
            Need::In("code", terms::FACILITY),
            Need::Has("displayName"),
            Need::Filled("displayName"),
            Need::Has("codeSystem"),
            Need::Oid("codeSystem"),
        ])
        .parts(&[&[Part::any("translation").kind(Kind::Cd).needs(LABELLED)]]),
    Part::maybe("location")
        .needs(&[Need::Test(
            |node| children(node, "addr").count() <= 1,
            "une seule adresse",
        )])
        .parts(&[&[Part::maybe("name").kind(Kind::En)], ADDRESS]),
];
