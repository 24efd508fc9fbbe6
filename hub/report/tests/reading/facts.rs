//! Every coded fact of a document as a line of text, read straight from the XML, so that two documents can be compared.

use std::collections::BTreeMap;

use roxmltree::{Document, Node};

/// Facts and how often each stands there.
pub(crate) type Facts = BTreeMap<String, usize>;

/// Facts of the header: codes, identifiers and times, wherever they stand.
pub(crate) fn header(xml: &str) -> Facts {
    let document = Document::parse(xml).unwrap();
    let root = clinical(&document);
    let mut facts = Facts::new();
    for child in root.children().filter(Node::is_element) {
        let name = child.tag_name().name();
        // The body has its own facts; the rest is the same in every document.
        if matches!(
            name,
            "component" | "templateId" | "typeId" | "realmCode" | "languageCode" | "code"
        ) {
            continue;
        }
        for node in child.descendants().filter(Node::is_element) {
            facts.extend(scalar(node).map(|fact| (format!("{name}: {fact}"), 1)));
        }
    }
    facts
}

/// Facts of the body: each section's code, each specimen, battery, isolate and result with all that it says.
pub(crate) fn body(xml: &str) -> Facts {
    let document = Document::parse(xml).unwrap();
    let root = clinical(&document);
    let mut facts = Facts::new();
    let mut add = |fact: String| *facts.entry(fact).or_default() += 1;
    for node in root.descendants().filter(Node::is_element) {
        let copy = node.ancestors().any(|one| {
            one.tag_name().name() == "section"
                && one
                    .children()
                    .any(|id| id.attribute("root") == Some("1.2.250.1.213.1.1.2.243"))
        });
        if copy {
            continue;
        }
        let in_body = node
            .ancestors()
            .any(|one| one.tag_name().name() == "structuredBody");
        match node.tag_name().name() {
            "section" => add(format!("section {}", codes(node))),
            "procedure" | "organizer" => add(format!("{} {}", node.tag_name().name(), whole(node))),
            "observation" => add(format!("observation {}", whole(node))),
            "performer" | "author" | "participant" if in_body => {
                add(format!("{} {}", node.tag_name().name(), whole(node)))
            }
            "act"
                if node
                    .parent_element()
                    .is_some_and(|one| one.tag_name().name() == "entry") =>
            {
                add(format!("act {}", own(node)));
            }
            "observationMedia" => {
                let value = node
                    .children()
                    .find(|one| one.tag_name().name() == "value")
                    .unwrap();
                let bytes: String = value
                    .text()
                    .unwrap_or_default()
                    .split_whitespace()
                    .collect();
                add(format!(
                    "media {} {}",
                    value.attribute("mediaType").unwrap_or_default(),
                    bytes.len()
                ));
            }
            _ => {}
        }
    }
    facts
}

fn clinical<'d>(document: &'d Document<'d>) -> Node<'d, 'd> {
    document
        .descendants()
        .find(|one| one.tag_name().name() == "ClinicalDocument")
        .unwrap()
}

fn codes(node: Node<'_, '_>) -> String {
    let code = node.children().find(|one| one.tag_name().name() == "code");
    code.and_then(scalar).unwrap_or_default()
}

/// What an element and all below it say, nested results, batteries and people excepted: they are facts of their own.
fn whole(node: Node<'_, '_>) -> String {
    let mut facts = Vec::new();
    let mut stack: Vec<Node<'_, '_>> = node.children().filter(Node::is_element).collect();
    stack.reverse();
    while let Some(one) = stack.pop() {
        let name = one.tag_name().name();
        let apart = matches!(
            name,
            "organizer" | "observation" | "performer" | "author" | "observationMedia"
        );
        if apart
            || name == "participant" && one.attribute("typeCode") != Some("PRD")
            || name == "originalText"
        {
            continue;
        }
        facts.extend(scalar(one));
        stack.extend(one.children().filter(Node::is_element));
    }
    facts.sort();
    facts.join(" ; ")
}

/// What the direct children say.
fn own(node: Node<'_, '_>) -> String {
    let mut facts: Vec<String> = node
        .children()
        .filter(Node::is_element)
        .filter_map(scalar)
        .collect();
    facts.sort();
    facts.join(" ; ")
}

/// The fact that an element states, if any: a code with its system, an identifier, a time, a number with its unit.
fn scalar(node: Node<'_, '_>) -> Option<String> {
    let name = node.tag_name().name();
    let attr = |name| node.attribute(name).map(str::trim);
    if matches!(
        name,
        "templateId" | "reference" | "languageCode" | "telecom"
    ) {
        return None;
    }
    if name == "id" {
        let root = attr("root")?.to_ascii_uppercase();
        return Some(format!(
            "id {} {}",
            numbers(&root),
            attr("extension").unwrap_or_default()
        ));
    }
    if let Some(code) = attr("code").filter(|_| attr("value").is_none()) {
        // The words for a code may be any; the code and its system may not.
        return Some(format!(
            "{name} {code} {}",
            attr("codeSystem").unwrap_or_default()
        ));
    }
    let value = attr("value")?;
    if let Some(time) = time(value).filter(|_| attr("unit").is_none() && value.len() >= 8) {
        return Some(format!("{name} @{time}"));
    }
    let unit = attr("unit").or(attr("code")).unwrap_or_default();
    let open = if attr("inclusive") == Some("false") {
        " open"
    } else {
        ""
    };
    Some(format!("{name} {value} {unit}{open}"))
}

/// `202101040735+0100` and `20210104073500+0100` are the same moment.
fn time(text: &str) -> Option<String> {
    let (digits, zone) = text.split_at(text.find(['+', '-']).unwrap_or(text.len()));
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    (plain && matches!(digits.len(), 8 | 12 | 14)).then(|| {
        let digits = if digits.len() == 12 {
            format!("{digits}00")
        } else {
            digits.to_owned()
        };
        format!("{digits}{zone}")
    })
}

/// A UUID is also a number below 2.25.
fn numbers(root: &str) -> String {
    let hex: String = root.chars().filter(char::is_ascii_hexdigit).collect();
    match u128::from_str_radix(&hex, 16) {
        Ok(number) if root.len() == 36 && hex.len() == 32 => format!("2.25.{number}"),
        _ => root.to_owned(),
    }
}

/// What `before` says and `after` does not.
pub(crate) fn lost(before: &Facts, after: &Facts) -> Vec<String> {
    before
        .iter()
        .filter(|(fact, times)| after.get(*fact).copied().unwrap_or(0) < **times)
        .map(|(fact, _)| fact.clone())
        .collect()
}
