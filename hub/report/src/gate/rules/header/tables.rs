//! The header of a document, line by line (*structuration minimale* of the CI-SIS, cr-bio §4).

use super::super::super::context::{attr, child, children};
use super::super::super::{Node, terms};
use super::super::datatype::Kind;
use super::super::outline::{Need, Part};
use super::encounter::COMPONENT_OF;
use super::lines::{
    ADDRESS, DOCUMENT_ID, FREE_NAME, FULL_ID, LOOSE_CODE, LOOSE_ID, LOOSE_NAME, ONE_PERSON_NAME,
    ONE_STRUCTURE_ID, ONE_TELECOM, ORGANISATION_NAME, PERSON, PERSON_ID, PERSON_NAMES, PROFESSION,
    PROFESSION_CD, SETTING, SETTING_CODE, SETTING_PAIR, STRUCTURE_ID, STRUCTURE_ID_ONCE,
    STRUCTURES, TELECOM, has_family, is_person, known,
};
use super::patient::RECORD_TARGET;
use super::service::DOCUMENTATION_OF;

const FRANCE: &str = "2.16.840.1.113883.2.8.2.1";
const MINIMAL: &str = "1.2.250.1.213.1.1.1.1";
const DICOM: &str = "urn:dicom-org:ps3-20";

/// A date that is known.
pub(super) const DATED: &[Need] = &[Need::Has("value"), Need::Date("value")];
/// `originalText`, once at most.
pub(super) const ORIGINAL: &[Part] = &[Part::maybe("originalText").kind(Kind::Ed)];

/// The document.
pub(super) const DOCUMENT: Part = Part::one("ClinicalDocument")
    .needs(&[
        Need::Maybe("classCode", "DOCCLIN"),
        Need::Maybe("moodCode", "EVN"),
        Need::Test(has_author, "aucun auteur n'est connu"),
    ])
    .parts(&[
        IDENTITY,
        RECORD_TARGET,
        PEOPLE,
        ACTS,
        DOCUMENTATION_OF,
        LINKS,
        COMPONENT_OF,
        BODY,
    ]);

fn has_author(node: Node<'_>) -> bool {
    children(node, "author").any(|one| known(one) && child(one, "assignedAuthor").is_some())
}

const BODY: &[Part] = &[Part::one("component")];

const IDENTITY: &[Part] = &[
    Part::one("realmCode")
        .when(|node| attr(node, "code") == Some("FR"), "« FR »")
        .kind(Kind::Cs),
    Part::one("typeId")
        .when(
            |node| {
                attr(node, "root") == Some("2.16.840.1.113883.1.3")
                    && attr(node, "extension") == Some("POCD_HD000040")
            },
            "2.16.840.1.113883.1.3 POCD_HD000040",
        )
        .kind(Kind::Ii),
    Part::one("templateId")
        .when(
            |node| attr(node, "root") == Some(FRANCE),
            "HL7 France 2.16.840.1.113883.2.8.2.1",
        )
        .kind(Kind::Ii),
    Part::one("templateId")
        .when(
            |node| attr(node, "root") == Some(MINIMAL),
            "structuration minimale 1.2.250.1.213.1.1.1.1",
        )
        .kind(Kind::Ii),
    Part::some("templateId")
        .when(
            |node| !matches!(attr(node, "root"), Some(FRANCE | MINIMAL)),
            "du modèle de document",
        )
        .kind(Kind::Ii)
        .needs(&[Need::Has("root"), Need::Uid("root")]),
    Part::one("id")
        .when(known, "")
        .kind(Kind::Ii)
        .needs(DOCUMENT_ID),
    Part::one("code").when(known, "").kind(Kind::Ce).needs(&[
        Need::Filled("codeSystemName"),
        Need::Has("displayName"),
        Need::Filled("displayName"),
        Need::Has("codeSystem"),
        Need::Oid("codeSystem"),
        Need::Has("code"),
    ]),
    Part::one("title").when(known, "").kind(Kind::St),
    Part::one("effectiveTime")
        .when(known, "")
        .kind(Kind::Ts)
        .needs(DATED),
    Part::one("confidentialityCode")
        .when(known, "")
        .kind(Kind::Ce)
        .needs(&[
            Need::Has("displayName"),
            Need::Filled("displayName"),
            Need::Has("codeSystem"),
            Need::Oid("codeSystem"),
            Need::Has("code"),
            Need::In("code", terms::CONFIDENTIALITY),
        ]),
    Part::one("languageCode")
        .when(known, "")
        .kind(Kind::Cs)
        .needs(&[
            Need::Has("code"),
            Need::Token("code"),
            Need::Test(
                |node| attr(node, "code").is_none_or(is_language),
                "la langue s'écrit comme fr-FR",
            ),
        ]),
    Part::one("setId")
        .when(known, "")
        .kind(Kind::Ii)
        .needs(DOCUMENT_ID),
    Part::one("versionNumber")
        .when(known, "")
        .kind(Kind::Int)
        .needs(&[Need::Has("value"), Need::Integer("value")]),
];

/// Two small letters, a hyphen and two capitals somewhere.
fn is_language(code: &str) -> bool {
    code.as_bytes().windows(5).any(|five| {
        matches!(five, [a, b, b'-', c, d]
            if a.is_ascii_lowercase() && b.is_ascii_lowercase() && c.is_ascii_uppercase() && d.is_ascii_uppercase())
    })
}

const PEOPLE: &[Part] = &[
    Part::some("author")
        .when(
            |node| child(node, "assignedAuthor").is_some(),
            "avec assignedAuthor",
        )
        .parts(&[AUTHOR]),
    Part::maybe("dataEnterer").kind(Kind::Any).parts(&[&[
        Part::maybe("time").kind(Kind::Ts),
        Part::any("assignedEntity"),
    ]]),
    Part::any("informant")
        .needs(&[Need::Test(
            |node| {
                children(node, "assignedEntity").count()
                    + children(node, "relatedEntity")
                        .filter(|one| related(*one))
                        .count()
                    == 1
            },
            "une personne, et une seule, informe",
        )])
        .parts(&[INFORMANT]),
    Part::one("custodian")
        .when(
            |node| known(node) && child(node, "assignedCustodian").is_some(),
            "avec assignedCustodian",
        )
        .parts(&[CUSTODIAN]),
    Part::any("informationRecipient")
        .when(
            |node| child(node, "intendedRecipient").is_some(),
            "avec intendedRecipient",
        )
        .parts(&[&[Part::one("intendedRecipient").parts(&[RECIPIENT, ADDRESS, TELECOM])]]),
    Part::one("legalAuthenticator")
        .when(signed, "avec signatureCode « S »")
        .parts(&[LEGAL_AUTHENTICATOR]),
    Part::any("authenticator")
        .when(signed, "avec signatureCode « S »")
        .parts(&[AUTHENTICATOR]),
    Part::any("participant")
        .when(
            |node| {
                attr(node, "typeCode").is_some()
                    && children(node, "associatedEntity")
                        .any(|one| attr(one, "classCode").is_some())
            },
            "avec typeCode et associatedEntity/classCode",
        )
        .needs(&[
            Need::Has("typeCode"),
            Need::In("typeCode", terms::PARTICIPATION),
        ])
        .parts(&[PARTICIPANT]),
];

fn signed(node: Node<'_>) -> bool {
    children(node, "signatureCode").any(|one| attr(one, "code") == Some("S"))
}

fn related(node: Node<'_>) -> bool {
    attr(node, "classCode").is_some() && child(node, "relatedPerson").is_some()
}

const FUNCTION: Part = Part::maybe("functionCode")
    .kind(Kind::Ce)
    .needs(&[
        Need::Filled("displayName"),
        Need::Has("codeSystem"),
        Need::Oid("codeSystem"),
        Need::Has("code"),
        Need::In("code", terms::FUNCTION),
    ])
    .parts(&[ORIGINAL]);

const AUTHOR: &[Part] = &[
    FUNCTION,
    Part::one("time").kind(Kind::Ts).needs(DATED),
    Part::one("assignedAuthor")
        .when(known, "")
        .needs(&[Need::Test(
            |node| {
                children(node, "assignedPerson").count()
                    + children(node, "assignedAuthoringDevice").count()
                    <= 1
            },
            "une personne ou un dispositif, pas les deux",
        )])
        .parts(&[
            &[Part::some("id").kind(Kind::Ii).needs(FULL_ID)],
            PROFESSION,
            ADDRESS,
            TELECOM,
            PERSON,
            &[Part::maybe("assignedAuthoringDevice").parts(&[&[
                Part::one("manufacturerModelName").kind(Kind::Sc),
                Part::one("softwareName").kind(Kind::Sc),
            ]])],
            &[Part::maybe("representedOrganization").parts(&[
                STRUCTURE_ID_ONCE,
                FREE_NAME,
                ADDRESS,
                TELECOM,
                SETTING,
            ])],
        ]),
];

const INFORMANT: &[Part] = &[
    Part::maybe("assignedEntity").kind(Kind::Any).parts(&[
        &[Part::one("id").kind(Kind::Ii).needs(&[
            Need::Uid("root"),
            Need::Filled("extension"),
            Need::Test(
                |node| {
                    (attr(node, "root").is_some() && attr(node, "extension").is_some())
                        || !known(node)
                },
                "root et extension, ou nullFlavor",
            ),
        ])],
        LOOSE_CODE,
        ADDRESS,
        TELECOM,
        PERSON,
        &[Part::maybe("representedOrganization").parts(&[
            STRUCTURE_ID,
            ORGANISATION_NAME,
            ADDRESS,
            TELECOM,
            SETTING,
        ])],
    ]),
    Part::maybe("relatedEntity")
        .when(related, "avec classCode et relatedPerson")
        .kind(Kind::Any)
        .needs(&[
            Need::Token("classCode"),
            Need::OneOf("classCode", &["ECON", "NOK", "CON", "CAREGIVER", "PAT"]),
        ])
        .parts(&[
            &[Part::maybe("code")
                .kind(Kind::Ce)
                .needs(&[
                    Need::Has("displayName"),
                    Need::Filled("displayName"),
                    Need::Has("codeSystem"),
                    Need::Oid("codeSystem"),
                    Need::Has("code"),
                    Need::In("code", terms::RELATION),
                ])
                .parts(&[ORIGINAL])],
            ADDRESS,
            TELECOM,
            &[Part::one("relatedPerson").parts(&[&[Part::one("name")
                .when(has_family, "avec family")
                .kind(Kind::Pn)
                .parts(&[&[
                    Part::one("family"),
                    Part::maybe("given"),
                    Part::maybe("prefix"),
                ]])]])],
        ]),
];

const CUSTODIAN: &[Part] = &[Part::one("assignedCustodian")
    .when(
        |node| child(node, "representedCustodianOrganization").is_some(),
        "",
    )
    .parts(&[&[Part::one("representedCustodianOrganization")
        .needs(&[Need::Test(
            |node| children(node, "addr").count() <= 1,
            "une seule adresse",
        )])
        .parts(&[
            &[
                Part::one("id").when(known, "").kind(Kind::Ii).needs(&[
                    Need::Filled("extension"),
                    Need::Has("root"),
                    Need::Uid("root"),
                    Need::OneOf("root", &[STRUCTURES, "1.2.250.1.213.4.1"]),
                ]),
                Part::maybe("name"),
                ONE_TELECOM.at_most(1),
            ],
            ADDRESS,
        ])]])];

const RECIPIENT: &[Part] = &[
    Part::any("templateId")
        .kind(Kind::Ii)
        .needs(&[Need::Has("root")]),
    Part::any("id")
        .when(super::lines::of_person, "de professionnel")
        .kind(Kind::Ii)
        .needs(&[Need::Has("extension"), Need::Filled("extension")]),
    Part::maybe("informationRecipient").parts(&[PERSON_NAMES]),
    Part::maybe("receivedOrganization").parts(&[
        STRUCTURE_ID,
        &[Part::any("name").kind(Kind::On)],
        TELECOM,
        ADDRESS,
    ]),
];

const SIGNED_AT: Part = Part::one("time").kind(Kind::Ts).needs(DATED);
const SIGNATURE: Part = Part::one("signatureCode")
    .when(|node| attr(node, "code") == Some("S"), "« S »")
    .kind(Kind::Cs);

const LEGAL_AUTHENTICATOR: &[Part] = &[
    SIGNED_AT,
    SIGNATURE,
    Part::one("assignedEntity").parts(&[
        &[Part::one("id")
            .when(known, "")
            .kind(Kind::Ii)
            .needs(FULL_ID)],
        PROFESSION_CD,
        ADDRESS,
        TELECOM,
        &[Part::maybe("assignedPerson").parts(&[&[
            ONE_PERSON_NAME.when(|node| known(node) && has_family(node), "avec family")
        ]])],
        &[Part::maybe("representedOrganization").parts(&[
            STRUCTURE_ID,
            FREE_NAME,
            SETTING_CODE,
            TELECOM,
            ADDRESS,
        ])],
    ]),
];

const AUTHENTICATOR: &[Part] = &[
    Part::any("templateId")
        .kind(Kind::Ii)
        .needs(&[Need::Uid("root")]),
    SIGNED_AT,
    SIGNATURE,
    Part::one("assignedEntity")
        .when(is_person, "avec l'identifiant du professionnel")
        .parts(&[
            PERSON_ID,
            LOOSE_CODE,
            ADDRESS,
            TELECOM,
            PERSON,
            &[Part::maybe("representedOrganization").parts(&[
                STRUCTURE_ID,
                ORGANISATION_NAME,
                TELECOM,
                ADDRESS,
                SETTING_PAIR,
            ])],
        ]),
];

const PARTICIPANT: &[Part] = &[
    Part::maybe("templateId").kind(Kind::Ii).needs(LOOSE_ID),
    Part::maybe("functionCode")
        .kind(Kind::Ce)
        .needs(&[
            Need::In("code", terms::FUNCTION),
            Need::Filled("displayName"),
            Need::Oid("codeSystem"),
            Need::Filled("codeSystemName"),
        ])
        .parts(&[ORIGINAL, &[Part::any("translation").kind(Kind::Cd)]]),
    Part::one("time").kind(Kind::Interval).parts(&[&[
        Part::maybe("low").kind(Kind::Bound).needs(DATED),
        Part::maybe("high").kind(Kind::Bound).needs(DATED),
    ]]),
    Part::one("associatedEntity")
        .when(|node| attr(node, "classCode").is_some(), "")
        .needs(&[Need::OneOf("classCode", terms::PARTICIPANT_CLASS)])
        .parts(&[
            &[Part::maybe("id").kind(Kind::Ii).needs(FULL_ID)],
            PROFESSION,
            ADDRESS,
            TELECOM,
            &[
                Part::maybe("associatedPerson")
                    .when(|node| child(node, "name").is_some(), "avec name")
                    .parts(&[LOOSE_NAME]),
                Part::maybe("scopingOrganization").kind(Kind::Any).parts(&[
                    &[
                        Part::maybe("id").kind(Kind::Ii).needs(&[Need::Uid("root")]),
                        Part::maybe("name").kind(Kind::Any),
                    ],
                    ADDRESS,
                    TELECOM,
                    &[Part::maybe("standardIndustryClassCode").kind(Kind::Cd)],
                ]),
            ],
        ]),
];

const ACTS: &[Part] = &[Part::any("inFulfillmentOf")
    .when(|node| child(node, "order").is_some(), "avec order")
    .parts(&[&[Part::one("order").parts(&[&[
        Part::one("id").kind(Kind::Ii).needs(LOOSE_ID),
        Part::maybe("code").kind(Kind::Ce).parts(&[ORIGINAL]),
        Part::maybe("accessionNumber")
            .of(DICOM)
            .kind(Kind::Ii)
            .needs(LOOSE_ID),
    ]])]])];

const LINKS: &[Part] = &[
    Part::maybe("relatedDocument")
        .when(
            |node| {
                attr(node, "typeCode") == Some("RPLC") && child(node, "parentDocument").is_some()
            },
            "RPLC avec parentDocument",
        )
        .parts(&[&[Part::one("parentDocument").when(known, "").parts(&[&[
            Part::one("id")
                .when(known, "")
                .kind(Kind::Ii)
                .needs(DOCUMENT_ID),
            Part::maybe("versionNumber")
                .kind(Kind::Int)
                .needs(&[Need::Integer("value")]),
        ]])]]),
    Part::any("authorization")
        .when(|node| child(node, "consent").is_some(), "avec consent")
        .needs(&[Need::Maybe("typeCode", "AUTH")])
        .parts(&[&[Part::one("consent")
            .when(
                |node| {
                    children(node, "statusCode")
                        .any(|one| attr(one, "code") == Some("completed") || !known(one))
                },
                "avec statusCode « completed »",
            )
            .needs(&[
                Need::Maybe("classCode", "CONS"),
                Need::Maybe("moodCode", "EVN"),
            ])
            .parts(&[&[
                Part::any("id").kind(Kind::Ii),
                Part::one("code").kind(Kind::Ce),
                Part::one("statusCode").kind(Kind::Cs),
            ]])]]),
];

/// The identifier that makes an organisation one of the national directory; for tables that need it apart.
pub(super) const LABORATORY_ID: &[Part] = &[
    ONE_STRUCTURE_ID,
    Part::any("id").kind(Kind::Ii).needs(LOOSE_ID),
];
