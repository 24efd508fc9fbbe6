//! Lines of the header's table that stand in many places: addresses, coordinates, names, persons, organisations.

use super::super::super::context::{attr, child, children};
use super::super::super::{Node, terms};
use super::super::datatype::Kind;
use super::super::outline::{Need, Part};

/// National identifiers of persons.
pub(in super::super) const PERSONS: &str = "1.2.250.1.71.4.2.1";
/// National identifiers of structures.
pub(in super::super) const STRUCTURES: &str = "1.2.250.1.71.4.2.2";

const ADDRESS_PARTS: &[Part] = &[
    Part::maybe("country").kind(Kind::St),
    Part::maybe("state").kind(Kind::St),
    Part::maybe("city").kind(Kind::St),
    Part::maybe("postalCode").kind(Kind::St),
    Part::maybe("county").kind(Kind::St),
    Part::maybe("houseNumber").kind(Kind::St),
    Part::maybe("houseNumberNumeric").kind(Kind::St),
    Part::maybe("streetName").kind(Kind::St),
    Part::maybe("streetNameType").kind(Kind::St),
    Part::maybe("additionalLocator").kind(Kind::St),
    Part::maybe("unitID").kind(Kind::St),
    Part::maybe("postBox").kind(Kind::St),
    Part::maybe("precinct").kind(Kind::St),
];
const ADDRESS_LINES: &[Part] = &[Part::any("streetAddressLine").at_most(7).kind(Kind::St)];

/// An address in parts or in lines, never in both (cr-bio §4.2).
pub(super) const ADDRESS: &[Part] = &[
    Part::any("addr")
        .when(
            |node| child(node, "streetAddressLine").is_none(),
            "sans ligne",
        )
        .kind(Kind::Ad)
        .parts(&[ADDRESS_PARTS]),
    Part::any("addr")
        .when(
            |node| child(node, "streetAddressLine").is_some(),
            "en lignes",
        )
        .kind(Kind::Ad)
        .parts(&[ADDRESS_LINES]),
];
/// One of the coordinates.
pub(super) const ONE_TELECOM: Part = Part::any("telecom")
    .kind(Kind::Tel)
    .needs(&[Need::Token("use")]);
/// Coordinates.
pub(super) const TELECOM: &[Part] = &[ONE_TELECOM];

/// Whether an element says something.
pub(super) fn known(node: Node<'_>) -> bool {
    attr(node, "nullFlavor").is_none()
}

/// Whether a name has a family name.
pub(super) fn has_family(node: Node<'_>) -> bool {
    child(node, "family").is_some()
}

/// Whether an identifier is that of a person.
pub(super) fn of_person(node: Node<'_>) -> bool {
    attr(node, "root") == Some(PERSONS)
}

/// Whether an identifier is that of a structure.
pub(super) fn of_structure(node: Node<'_>) -> bool {
    attr(node, "root") == Some(STRUCTURES)
}

/// Whether an entity has the identifier of a person.
pub(super) fn is_person(node: Node<'_>) -> bool {
    children(node, "id").any(of_person)
}

/// Whether a practice setting is of JDV J04, system included.
pub(super) fn is_setting(node: Node<'_>) -> bool {
    terms::contains(
        terms::SETTINGS,
        attr(node, "code").unwrap_or_default(),
        attr(node, "codeSystem").unwrap_or_default(),
    )
}

/// One identifier of a structure.
pub(super) const ONE_STRUCTURE_ID: Part = Part::any("id")
    .when(of_structure, "de structure (1.2.250.1.71.4.2.2)")
    .kind(Kind::Ii)
    .needs(&[Need::Has("extension"), Need::Filled("extension")]);
/// Identifiers of a structure.
pub(super) const STRUCTURE_ID: &[Part] = &[ONE_STRUCTURE_ID];
/// The identifier of a structure, once at most.
pub(super) const STRUCTURE_ID_ONCE: &[Part] = &[ONE_STRUCTURE_ID.at_most(1)];
/// The identifier of a person, once.
pub(super) const PERSON_ID: &[Part] = &[Part::one("id")
    .when(of_person, "de professionnel (1.2.250.1.71.4.2.1)")
    .kind(Kind::Ii)
    .needs(&[Need::Has("extension"), Need::Filled("extension")])];
/// An identifier of any root, with its extension.
pub(super) const FULL_ID: &[Need] = &[
    Need::Has("root"),
    Need::Uid("root"),
    Need::Has("extension"),
    Need::Filled("extension"),
];
/// The identifier of a version of a document.
pub(super) const DOCUMENT_ID: &[Need] = &[
    Need::Filled("extension"),
    Need::Has("root"),
    Need::Uid("root"),
];
/// What an identifier obeys when little is asked.
pub(super) const LOOSE_ID: &[Need] = &[Need::Filled("extension"), Need::Uid("root")];

const NAME_PARTS: &[Part] = &[
    Part::one("family"),
    Part::maybe("given"),
    Part::maybe("prefix"),
    Part::maybe("suffix"),
];
/// The person of an entity, with one full name.
pub(super) const PERSON: &[Part] = &[Part::maybe("assignedPerson").parts(&[PERSON_NAME])];
/// One name with a family name.
pub(super) const ONE_PERSON_NAME: Part = Part::one("name")
    .when(has_family, "avec family")
    .kind(Kind::Pn)
    .parts(&[NAME_PARTS]);
const PERSON_NAME: &[Part] = &[ONE_PERSON_NAME];
/// Names of which none is mandatory.
pub(super) const PERSON_NAMES: &[Part] = &[Part::any("name")
    .when(has_family, "avec family")
    .kind(Kind::Pn)
    .parts(&[NAME_PARTS])];
/// One name, whose data type is not looked at.
pub(super) const LOOSE_NAME: &[Part] = &[Part::one("name")
    .when(has_family, "avec family")
    .parts(&[NAME_PARTS])];

/// The attributes of a code with its label.
pub(super) const LABELLED: &[Need] = &[
    Need::Has("displayName"),
    Need::Filled("displayName"),
    Need::Has("codeSystem"),
    Need::Oid("codeSystem"),
    Need::Has("code"),
    Need::Token("code"),
];
/// A profession of JDV J01, with its label.
pub(super) const PROFESSION: &[Part] = &[Part::maybe("code").kind(Kind::Ce).needs(&[
    Need::Has("displayName"),
    Need::Filled("displayName"),
    Need::Has("codeSystem"),
    Need::Oid("codeSystem"),
    Need::Has("code"),
    Need::Test(
        is_profession,
        "le code n'est pas une profession du jeu de valeurs J01",
    ),
])];
/// A profession of JDV J01.
pub(super) const PROFESSION_CD: &[Part] =
    &[Part::maybe("code").kind(Kind::Cd).needs(&[Need::Test(
        is_profession,
        "le code n'est pas une profession du jeu de valeurs J01",
    )])];
/// A code that need not be of a value set.
pub(super) const LOOSE_CODE: &[Part] = &[Part::maybe("code").kind(Kind::Cd).needs(&[
    Need::Filled("codeSystemName"),
    Need::Filled("displayName"),
    Need::Oid("codeSystem"),
    Need::Token("code"),
])];
/// A code of which only the type is looked at.
pub(super) const ANY_CODE: &[Part] = &[Part::maybe("code").kind(Kind::Cd)];

/// The code alone decides here, whatever its system.
pub(super) fn is_profession(node: Node<'_>) -> bool {
    attr(node, "code").is_none_or(|code| {
        code.split_ascii_whitespace().all(|one| {
            terms::PROFESSIONS
                .iter()
                .any(|(_, codes)| terms::holds(codes, one))
        })
    })
}

const SETTING_NEEDS: &[Need] = &[
    Need::Has("displayName"),
    Need::Filled("displayName"),
    Need::Has("codeSystem"),
    Need::Oid("codeSystem"),
    Need::Has("code"),
    Need::In("code", terms::SETTING),
];
/// A practice setting of JDV J04, with its label.
pub(super) const SETTING: &[Part] = &[Part::maybe("standardIndustryClassCode")
    .kind(Kind::Ce)
    .needs(SETTING_NEEDS)];
/// The same, mandatory.
pub(super) const SETTING_DUE: &[Part] = &[Part::one("standardIndustryClassCode")
    .when(known, "")
    .kind(Kind::Ce)
    .needs(SETTING_NEEDS)];
/// The same, where the code alone is looked at.
pub(super) const SETTING_CODE: &[Part] = &[Part::maybe("standardIndustryClassCode")
    .kind(Kind::Ce)
    .needs(&[Need::In("code", terms::SETTING)])];
/// The same, where the pair of code and system decides what it is.
pub(super) const SETTING_PAIR: &[Part] = &[Part::maybe("standardIndustryClassCode")
    .when(is_setting, "")
    .kind(Kind::Ce)
    .needs(LABELLED)];
/// The name of an organisation.
pub(super) const ORGANISATION_NAME: &[Part] = &[Part::maybe("name").kind(Kind::On)];
/// The same, unchecked.
pub(super) const FREE_NAME: &[Part] = &[Part::maybe("name")];

const PART_OF_PARTS: &[Part] = &[
    Part::any("templateId").kind(Kind::Ii),
    Part::any("id").kind(Kind::Ii),
    Part::maybe("code").kind(Kind::Cd),
    Part::maybe("statusCode").kind(Kind::Cs),
    Part::maybe("effectiveTime"),
];
/// What an organisation belongs to.
pub(super) const PART_OF: &[Part] = &[Part::maybe("asOrganizationPartOf")
    .kind(Kind::Any)
    .parts(&[PART_OF_PARTS])];
