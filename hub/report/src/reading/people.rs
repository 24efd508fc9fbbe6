//! Names, addresses, ways to reach somebody, persons and structures.

use lisiere_model::report::{
    Address, Civility, Contact, Organisation, PersonName, Professional, Structure, Title,
};

use super::reader::Reader;
use super::words;
use crate::cda::vocabulary::{COFRAC, PROFESSIONAL, STRUCTURE};
use crate::gate::context::{Node, attr, child, children, elements};

impl<'d> Reader<'_, 'd> {
    /// All `telecom` that say something.
    pub(super) fn contacts(&self, parent: Node<'d>) -> Vec<Contact> {
        children(parent, "telecom")
            .filter_map(|node| {
                let value = words::squeeze(self.taken(node, "value")?);
                let (scheme, rest) = value.split_once(':').unwrap_or(("tel", value.as_str()));
                let rest = rest.trim().to_owned();
                if rest.is_empty() {
                    return None;
                }
                Some(match scheme.to_ascii_lowercase().as_str() {
                    "tel" => Contact::Phone(rest),
                    "fax" => Contact::Fax(rest),
                    "mailto" => Contact::Mail(rest),
                    _ => Contact::Address(value.clone()),
                })
            })
            .collect()
    }

    /// Somebody who acts: `assignedEntity`, `assignedAuthor`, `associatedEntity`, `participantRole`, `intendedRecipient`.
    pub(super) fn professional(&self, node: Node<'d>) -> Professional {
        let named = [
            "assignedPerson",
            "associatedPerson",
            "playingEntity",
            "informationRecipient",
            "relatedPerson",
        ]
        .into_iter()
        .find_map(|name| child(node, name));
        Professional {
            national_id: self.national_id(node, PROFESSIONAL),
            name: named.map_or_else(PersonName::default, |named| person_name(named)),
            speciality: child(node, "code").and_then(|code| self.coded(code)),
            address: address(node),
            contacts: self.contacts(node),
            structure: [
                "representedOrganization",
                "scopingOrganization",
                "receivedOrganization",
            ]
            .into_iter()
            .find_map(|name| child(node, name))
            .map(|organisation| Box::new(self.structure(organisation))),
        }
    }

    /// The number below `root` among the identifiers of somebody; others are listed as unread.
    pub(super) fn national_id(&self, node: Node<'d>, root: &str) -> Option<String> {
        let mut found = None;
        for id in children(node, "id") {
            self.take(id);
            let extension = attr(id, "extension")
                .map(str::trim)
                .filter(|text| !text.is_empty());
            if found.is_none()
                && attr(id, "root").map(str::trim) == Some(root)
                && extension.is_some()
            {
                found = extension.map(str::to_owned);
            } else if attr(id, "root").is_some() && attr(id, "root") != Some(COFRAC) {
                self.unread(id);
            }
        }
        found
    }

    /// A structure in which somebody acts.
    pub(super) fn structure(&self, node: Node<'d>) -> Structure {
        let cofrac = children(node, "id")
            .find(|id| attr(*id, "root") == Some(COFRAC))
            .and_then(|id| attr(id, "extension"))
            .map(str::to_owned);
        Structure {
            organisation: self.organisation(node),
            practice_setting: child(node, "standardIndustryClassCode")
                .and_then(|code| self.coded(code)),
            cofrac,
        }
    }

    /// A structure alone.
    pub(super) fn organisation(&self, node: Node<'d>) -> Organisation {
        Organisation {
            national_id: self.national_id(node, STRUCTURE).unwrap_or_default(),
            name: child(node, "name").map_or_else(String::new, words::line_of),
            address: address(node).unwrap_or_default(),
            contacts: self.contacts(node),
        }
    }
}

/// `addr`, as lines; `None` when nothing is known.
pub(super) fn address(parent: Node<'_>) -> Option<Address> {
    let node = child(parent, "addr")?;
    let mut address = Address::default();
    let mut street = Vec::new();
    let mut more = Vec::new();
    for part in elements(node) {
        let text = words::line_of(part);
        if text.is_empty() {
            continue;
        }
        match part.tag_name().name() {
            "postalCode" => address.postal_code = Some(text),
            "city" => address.city = Some(text),
            "country" => address.country = Some(text),
            "houseNumber"
            | "houseNumberNumeric"
            | "buildingNumberSuffix"
            | "streetNameType"
            | "streetNameBase"
            | "streetName"
            | "direction" => street.push(text),
            _ => more.push(text),
        }
    }
    if !street.is_empty() {
        address.lines.push(street.join(" "));
    }
    address.lines.extend(more);
    if elements(node).next().is_none() {
        let text = words::line_of(node);
        address
            .lines
            .extend(Some(text).filter(|text| !text.is_empty()));
    }
    Some(address).filter(|address| !address.is_empty())
}

/// `name` of a professional.
pub(super) fn person_name(parent: Node<'_>) -> PersonName {
    let Some(node) = child(parent, "name") else {
        return PersonName::default();
    };
    let part = |name| {
        child(node, name)
            .map(words::line_of)
            .filter(|text| !text.is_empty())
    };
    let affixes: Vec<String> = children(node, "prefix")
        .chain(children(node, "suffix"))
        .map(words::line_of)
        .collect();
    let has = |code: &str| affixes.iter().any(|affix| affix.eq_ignore_ascii_case(code));
    // An organisation, or a name in one piece.
    let family = part("family").unwrap_or_else(|| words::line_of(node));
    PersonName {
        family,
        given: part("given"),
        civility: [("M", Civility::M), ("MME", Civility::Mme)]
            .into_iter()
            .find_map(|(code, civility)| has(code).then_some(civility)),
        title: [("DR", Title::Dr), ("PR", Title::Pr)]
            .into_iter()
            .find_map(|(code, title)| has(code).then_some(title)),
    }
}
