//! The patient, line by line.

use super::super::super::context::{attr, child, children};
use super::super::super::{Node, terms};
use super::super::datatype::Kind;
use super::super::outline::{Need, Part};
use super::lines::{
    ADDRESS, FULL_ID, LOOSE_ID, ORGANISATION_NAME, STRUCTURE_ID_ONCE, TELECOM, has_family, known,
};
use super::tables::DATED;

const SDTC: &str = "urn:hl7-org:sdtc";

/// `recordTarget`.
pub(super) const RECORD_TARGET: &[Part] =
    &[Part::one("recordTarget")
        .when(known, "")
        .parts(&[&[Part::one("patientRole")
            .when(|node| child(node, "patient").is_some(), "avec patient")
            .kind(Kind::Any)
            .parts(&[
                &[Part::some("id")
                    .when(known, "")
                    .kind(Kind::Ii)
                    .needs(FULL_ID)],
                ADDRESS,
                TELECOM,
                &[Part::one("patient").when(known, "").parts(&[PATIENT])],
            ])]])];

const PATIENT: &[Part] = &[
    Part::one("name")
        .when(known, "")
        .kind(Kind::Pn)
        .needs(&[
            Need::Test(
                |node| {
                    children(node, "given")
                        .all(|one| matches!(attr(one, "qualifier"), None | Some("BR" | "CL")))
                },
                "le qualifier d'un prénom est BR ou CL",
            ),
            Need::Test(
                |node| {
                    children(node, "family")
                        .all(|one| matches!(attr(one, "qualifier"), None | Some("BR" | "CL")))
                },
                "le qualifier d'un nom est BR (naissance) ou CL (utilisé)",
            ),
        ])
        .parts(&[&[
            Part::some("given")
                .when(known, "")
                .needs(&[Need::Token("qualifier")]),
            Part::some("family")
                .when(known, "")
                .needs(&[Need::Has("qualifier"), Need::Token("qualifier")]),
            Part::maybe("prefix"),
            Part::maybe("suffix"),
        ]]),
    Part::one("administrativeGenderCode")
        .kind(Kind::Ce)
        .needs(&[Need::Has("code"), Need::In("code", terms::GENDER)]),
    Part::one("birthTime").kind(Kind::Ts).needs(DATED),
    Part::maybe("deceasedInd").of(SDTC).kind(Kind::Bl),
    Part::maybe("deceasedTime").of(SDTC).kind(Kind::Ts),
    Part::maybe("multipleBirthInd").of(SDTC).kind(Kind::Bl),
    Part::maybe("multipleBirthOrderNumber")
        .of(SDTC)
        .kind(Kind::Positive),
    Part::any("guardian")
        .kind(Kind::Any)
        .needs(&[Need::Test(
            |node| {
                children(node, "guardianPerson").count()
                    + children(node, "guardianOrganization").count()
                    == 1
            },
            "le représentant est une personne ou une organisation, une seule",
        )])
        .parts(&[GUARDIAN, ADDRESS, TELECOM]),
    Part::maybe("birthplace")
        .when(|node| child(node, "place").is_some(), "avec place")
        .parts(&[&[Part::one("place")
            .needs(&[Need::Test(
                |node| children(node, "addr").count() <= 1,
                "une seule adresse",
            )])
            .parts(&[ADDRESS, &[Part::maybe("name").kind(Kind::En)]])]]),
];

const GUARDIAN: &[Part] = &[
    Part::any("id").kind(Kind::Ii).needs(LOOSE_ID),
    Part::any("guardianPerson").parts(&[&[Part::one("name")
        .when(has_family, "avec family")
        .kind(Kind::Pn)
        .parts(&[&[
            Part::some("family").at_most(3).needs(&[
                Need::Token("qualifier"),
                Need::Test(
                    patient_is_qualified,
                    "le nom du patient n'a aucun qualifier",
                ),
            ]),
            Part::any("given"),
            Part::maybe("prefix"),
        ]])]]),
    Part::any("guardianOrganization").parts(&[STRUCTURE_ID_ONCE, ORGANISATION_NAME]),
];

/// The official rule on a guardian's name looks at the patient's.
fn patient_is_qualified(node: Node<'_>) -> bool {
    node.ancestors()
        .find(|one| child(*one, "guardian").is_some())
        .into_iter()
        .flat_map(|patient| children(patient, "name"))
        .flat_map(|name| children(name, "family"))
        .any(|family| matches!(attr(family, "qualifier"), Some("BR" | "SP" | "CL")))
}
