//! Damages a document in one place, the same way for the same seed.

use roxmltree::{Document, Node};

/// SplitMix64: small, seeded, good enough to choose places.
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(limit.max(1)).unwrap()).unwrap()
    }

    fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

/// What was done to a document.
pub(crate) struct Mutant {
    pub(crate) text: String,
    pub(crate) what: String,
}

/// One damage; `None` if this place does not allow the kind that was drawn.
pub(crate) fn damage(text: &str, chance: &mut Chance) -> Option<Mutant> {
    let document = Document::parse(text).unwrap();
    let cda = document
        .descendants()
        .find(|node| node.tag_name().name() == "ClinicalDocument")?;
    let elements: Vec<Node<'_, '_>> = cda.descendants().filter(Node::is_element).skip(1).collect();
    let zone =
        |node: &Node<'_, '_>, name: &str| node.ancestors().any(|one| one.tag_name().name() == name);
    // The narrative is long and has few rules: it gets one draw in ten.
    let draw = chance.below(20);
    let pool: Vec<Node<'_, '_>> = elements
        .iter()
        .copied()
        .filter(|node| {
            let narrative = zone(node, "text") && zone(node, "section") && !zone(node, "entry");
            let body = zone(node, "structuredBody");
            match draw {
                0..=1 => narrative,
                2..=9 => !body,
                10..=11 => node.tag_name().name() == "templateId",
                12..=13 => body && !zone(node, "entry") && !narrative,
                _ => zone(node, "entry"),
            }
        })
        .collect();
    if pool.is_empty() {
        return None;
    }
    let node = *chance.pick(&pool);
    let (text, how) = change(text, &elements, node, chance)?;
    // What is no longer XML is the parser's matter, not the rules'.
    if Document::parse(&text).is_err() {
        return None;
    }
    Some(Mutant {
        text,
        what: format!("{how} {}", place(node)),
    })
}

fn place(node: Node<'_, '_>) -> String {
    let mut steps: Vec<&str> = node
        .ancestors()
        .filter(Node::is_element)
        .map(|one| one.tag_name().name())
        .take_while(|name| *name != "ClinicalDocument")
        .collect();
    steps.reverse();
    steps.join("/")
}

fn spliced(text: &str, range: std::ops::Range<usize>, new: &str) -> String {
    format!("{}{new}{}", &text[..range.start], &text[range.end..])
}

fn change(
    text: &str,
    elements: &[Node<'_, '_>],
    node: Node<'_, '_>,
    chance: &mut Chance,
) -> Option<(String, &'static str)> {
    let range = node.range();
    let own = text[range.clone()].to_owned();
    let attributes: Vec<_> = node.attributes().collect();
    let tag_end =
        range.start + own.find(|one: char| one == '>' || one.is_whitespace() || one == '/')?;
    let made = match chance.below(16) {
        0..=2 => (spliced(text, range, ""), "delete"),
        3 => (spliced(text, range, &own.repeat(2)), "duplicate"),
        4 => {
            let next = node.next_sibling_element()?;
            let between = text[range.end..next.range().start].to_owned();
            let swapped = format!("{}{between}{own}", &text[next.range()]);
            (
                spliced(text, range.start..next.range().end, &swapped),
                "swap",
            )
        }
        5 | 6 => {
            let attribute = attributes.get(chance.below(attributes.len()))?;
            (spliced(text, attribute.range(), ""), "delete attribute of")
        }
        7..=9 => {
            let attribute = attributes.get(chance.below(attributes.len()))?;
            let value = other_value(elements, attribute.name(), attribute.value(), chance);
            (
                spliced(text, attribute.range_value(), &value),
                "change attribute of",
            )
        }
        10 => {
            let inner = node.children().find(Node::is_text)?;
            let new = *chance.pick(&["", "x", "Compte rendu", "12,5", " "]);
            (spliced(text, inner.range(), new), "change text of")
        }
        11 => (
            spliced(
                text,
                tag_end..tag_end,
                &format!(
                    " nullFlavor=\"{}\"",
                    chance.pick(&["UNK", "NA", "NI", "XX"])
                ),
            ),
            "nullFlavor on",
        )
            .into_checked(node.attribute("nullFlavor").is_none())?,
        12 => {
            // Another element of the same name, from elsewhere in the document.
            let same: Vec<_> = elements
                .iter()
                .filter(|one| one.tag_name() == node.tag_name() && text[one.range()] != own)
                .collect();
            let other = text[same.get(chance.below(same.len()))?.range()].to_owned();
            (spliced(text, range, &other), "replace by a sister")
        }
        13 => {
            let parent = node.parent_element()?;
            let last = parent.last_element_child().filter(|last| *last != node)?;
            let end = last.range().end;
            let moved = format!(
                "{}{}{own}{}",
                &text[..range.start],
                &text[range.end..end],
                &text[end..]
            );
            (moved, "move to the end")
        }
        14 => {
            let templates: Vec<_> = node
                .children()
                .filter(|one| one.tag_name().name() == "templateId")
                .collect();
            (
                spliced(
                    text,
                    templates.get(chance.below(templates.len()))?.range(),
                    "",
                ),
                "drop templateId of",
            )
        }
        _ => {
            let code = attributes.iter().find(|one| {
                matches!(
                    one.name(),
                    "code" | "codeSystem" | "root" | "unit" | "extension"
                )
            })?;
            let value = other_value(elements, code.name(), code.value(), chance);
            (spliced(text, code.range_value(), &value), "change code of")
        }
    };
    (made.0 != text).then_some(made)
}

trait Checked: Sized {
    fn into_checked(self, allowed: bool) -> Option<Self>;
}

impl<T> Checked for T {
    fn into_checked(self, allowed: bool) -> Option<Self> {
        allowed.then_some(self)
    }
}

fn other_value(elements: &[Node<'_, '_>], name: &str, value: &str, chance: &mut Chance) -> String {
    match chance.below(6) {
        0 => String::new(),
        1 => "XX".to_owned(),
        2 => format!("{value}0"),
        3 => value.chars().skip(1).collect(),
        4 => match name {
            "value" => chance
                .pick(&["2026", "20261399", "abc", "tel:", "20260101", "-1", "µ"])
                .to_string(),
            "unit" => chance
                .pick(&["µg/L", "UI/L", "mm3", "mg", "G/L", "g / L"])
                .to_string(),
            "root" | "codeSystem" => chance
                .pick(&["1.2.3", "abc", "1.02.3", "1.3.6.1.4.1.19376.1.5.3.2"])
                .to_string(),
            "typeCode" | "classCode" | "moodCode" => chance
                .pick(&["COMP", "SUBJ", "REFR", "EVN", "ACT", "SPC"])
                .to_string(),
            _ => chance
                .pick(&["aborted", "active", "UNK", "N", "S", "x y"])
                .to_string(),
        },
        _ => {
            let all: Vec<&str> = elements
                .iter()
                .filter_map(|one| one.attribute(name))
                .filter(|one| *one != value)
                .collect();
            if all.is_empty() {
                "Z".to_owned()
            } else {
                (*chance.pick(&all))
                    .replace('&', "&amp;")
                    .replace('<', "&lt;")
                    .replace('"', "&quot;")
            }
        }
    }
}
