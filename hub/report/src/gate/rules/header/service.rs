//! The documented acts and the laboratory that carried them out, line by line.

use super::super::super::Node;
use super::super::super::context::{LAB, attr, child};
use super::super::datatype::Kind;
use super::super::outline::{Need, Part};
use super::lines::{
    ADDRESS, LOOSE_ID, ORGANISATION_NAME, PART_OF, PERSON_NAMES, PROFESSION_CD, SETTING_DUE,
    TELECOM, known,
};
use super::tables::{DATED, LABORATORY_ID, ORIGINAL};

/// `documentationOf`.
pub(super) const DOCUMENTATION_OF: &[Part] = &[Part::some("documentationOf")
    .when(
        |node| known(node) && child(node, "serviceEvent").is_some(),
        "avec serviceEvent",
    )
    .parts(&[&[Part::one("serviceEvent").when(known, "").parts(&[EVENT])]])];

const EVENT: &[Part] = &[
    Part::any("id").kind(Kind::Ii),
    Part::maybe("code")
        .kind(Kind::Ce)
        .needs(&[
            Need::Filled("displayName"),
            Need::Oid("codeSystem"),
            Need::Token("code"),
            Need::Test(is_whole, "code et codeSystem, ou nullFlavor seul"),
        ])
        .parts(&[
            ORIGINAL,
            &[Part::any("translation")
                .kind(Kind::Cd)
                .parts(&[
                    &[Part::maybe("qualifier")
                        .kind(Kind::Cr)
                        .parts(&[&[Part::one("name").kind(Kind::Cv).needs(&[
                            Need::Filled("codeSystemName"),
                            Need::Oid("codeSystem"),
                            Need::Filled("displayName"),
                            Need::Token("code"),
                        ])]])],
                ])],
        ]),
    Part::maybe("statusCode")
        .of(LAB)
        .kind(Kind::Cs)
        .needs(&[Need::Token("code")]),
    Part::maybe("effectiveTime").parts(&[&[
        Part::one("low").kind(Kind::Bound).needs(DATED),
        Part::maybe("high")
            .kind(Kind::Bound)
            .needs(&[Need::Date("value")]),
    ]]),
    Part::maybe("performer")
        .when(
            |node| attr(node, "typeCode") == Some("PRF") && child(node, "assignedEntity").is_some(),
            "PRF avec assignedEntity",
        )
        .parts(&[PERFORMER]),
];

fn is_whole(node: Node<'_>) -> bool {
    let given = |name| attr(node, name).is_some();
    let (code, system, null) = (given("code"), given("codeSystem"), given("nullFlavor"));
    (code && system && !null) || (!code && !system && null)
}

const PERFORMER: &[Part] = &[
    Part::any("templateId").kind(Kind::Ii).needs(LOOSE_ID),
    Part::maybe("functionCode").kind(Kind::Ce),
    Part::maybe("time").kind(Kind::Interval),
    Part::one("assignedEntity")
        .when(
            |node| child(node, "representedOrganization").is_some(),
            "avec representedOrganization",
        )
        .parts(&[
            &[Part::one("id").kind(Kind::Ii)],
            PROFESSION_CD,
            TELECOM,
            ADDRESS,
            &[
                Part::maybe("assignedPerson").parts(&[PERSON_NAMES]),
                Part::one("representedOrganization").parts(&[
                    LABORATORY_ID,
                    ORGANISATION_NAME,
                    TELECOM,
                    ADDRESS,
                    SETTING_DUE,
                    PART_OF,
                ]),
            ],
        ]),
];
