//! Damages a CDA at one or two places, always the same for the same seed.

use roxmltree::{Document, Node};

/// SplitMix64: the same numbers for the same seed everywhere.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % end.max(1) as u64).unwrap()
    }

    pub(crate) fn pick<'l, T>(&mut self, list: &'l [T]) -> &'l T {
        &list[self.below(list.len())]
    }
}

/// From the root element on.
pub(crate) fn without_prolog(text: &str) -> &str {
    let text = text.trim_start_matches('\u{feff}');
    let document = Document::parse(text).unwrap();
    &text[document.root_element().range()]
}

/// With short payloads in place of the PDFs and images.
pub(crate) fn lightened(text: &str) -> String {
    let text = text.trim_start_matches('\u{feff}');
    let document = Document::parse(text).unwrap();
    let mut light = text.to_owned();
    let long = document.descendants().filter(|node| {
        node.is_text() && node.range().len() > 4000 && !node.text().unwrap().contains('<')
    });
    let mut ranges: Vec<_> = long.map(|node| node.range()).collect();
    ranges.sort_by_key(|range| std::cmp::Reverse(range.start));
    for range in ranges {
        light.replace_range(range, "JVBERi0=");
    }
    light
}

/// What was done, and the result.
pub(crate) fn damaged(text: &str, dice: &mut Dice) -> (String, String) {
    let (what, mut mutant) = once(text, dice);
    let mut told = what;
    if dice.below(4) == 0 {
        let (more, twice) = once(&mutant, dice);
        told = format!("{told}; {more}");
        mutant = twice;
    }
    (told, mutant)
}

const VALUES: [&str; 24] = [
    "",
    " ",
    "x y",
    "1.2.03",
    "3.1",
    "abc",
    "é",
    "1é",
    "-",
    "2026-11-23",
    "20261123101500+0100",
    "20261123+01",
    "true",
    "1",
    "TRUE",
    "tel:%zz",
    "#r1",
    "a:b",
    "1,5",
    "1.5e3",
    "UNK",
    "NI",
    "COMP",
    "PQ",
];
const TYPES: [&str; 20] = [
    "PQ",
    "CD",
    "ST",
    "ED",
    "INT",
    "REAL",
    "IVL_PQ",
    "IVL_TS",
    "TS",
    "RTO",
    "RTO_PQ_PQ",
    "ANY",
    "QTY",
    "BL",
    "c:PQ",
    "xsi:PQ",
    "Foo",
    "",
    "PIVL_TS",
    "IVL_REAL",
];
const ATTRIBUTES: [&str; 16] = [
    "code",
    "root",
    "extension",
    "value",
    "unit",
    "nullFlavor",
    "classCode",
    "moodCode",
    "typeCode",
    "ID",
    "style",
    "displayName",
    "xml:lang",
    "xsi:nil",
    "xsi:schemaLocation",
    "inclusive",
];
const TAGS: [&str; 16] = [
    "id",
    "code",
    "text",
    "value",
    "low",
    "high",
    "section",
    "entry",
    "observation",
    "act",
    "templateId",
    "content",
    "td",
    "effectiveTime",
    "foo",
    "translation",
];

fn once(text: &str, dice: &mut Dice) -> (String, String) {
    let Ok(document) = Document::parse(text) else {
        return ("nothing".to_owned(), text.to_owned());
    };
    let root = document.descendants().find(|node| {
        node.has_tag_name(("urn:hl7-org:v3", "ClinicalDocument")) && node.is_element()
    });
    let below = root.iter().flat_map(Node::descendants).skip(1);
    let elements: Vec<Node<'_, '_>> = below.filter(Node::is_element).collect();
    if elements.is_empty() {
        return ("nothing".to_owned(), text.to_owned());
    }
    let node = *dice.pick(&elements);
    let other = *dice.pick(&elements);
    let place = format!(
        "{}:{}",
        node.tag_name().name(),
        document.text_pos_at(node.range().start).row
    );
    let mut mutant = text.to_owned();
    let kind = dice.below(22);
    let what = match kind {
        0 | 1 => {
            mutant.replace_range(node.range(), "");
            "delete"
        }
        2 => {
            mutant.insert_str(node.range().end, &text[node.range()]);
            "duplicate"
        }
        3 | 4 => {
            let Some(next) = node.next_sibling_element() else {
                return once(text, dice);
            };
            let (a, b) = (&text[node.range()], &text[next.range()]);
            let between = &text[node.range().end..next.range().start];
            mutant.replace_range(
                node.range().start..next.range().end,
                &format!("{b}{between}{a}"),
            );
            "swap"
        }
        5 | 6 => {
            if other.ancestors().any(|one| one == node) {
                return once(text, dice);
            }
            let (from, to) = (node.range(), other.range().start);
            if from.start < to {
                mutant.insert_str(to, &text[from.clone()]);
                mutant.replace_range(from, "");
            } else {
                mutant.replace_range(from.clone(), "");
                mutant.insert_str(to, &text[from]);
            }
            "move"
        }
        7 => {
            mutant.insert_str(other.range().start, &text[node.range()]);
            "copy"
        }
        8 | 9 => rename(
            &mut mutant,
            node,
            if kind == 8 {
                other.tag_name().name()
            } else {
                *dice.pick(&TAGS)
            },
        ),
        10 | 11 => match attribute(node, dice) {
            Some(found) => {
                mutant.replace_range(found.range(), "");
                "delete attribute"
            }
            None => return once(text, dice),
        },
        12..=14 => match attribute(node, dice) {
            Some(found) => {
                let value = match (kind, attribute(other, dice)) {
                    (12, Some(other)) => other.value().to_owned(),
                    _ => (*dice.pick(&VALUES)).to_owned(),
                };
                let value = value
                    .replace('&', "&amp;")
                    .replace('<', "&lt;")
                    .replace('"', "&quot;");
                mutant.replace_range(
                    found.range(),
                    &format!("{}=\"{value}\"", &text[found.range_qname()]),
                );
                "change attribute"
            }
            None => return once(text, dice),
        },
        15 => {
            let added = format!(" {}=\"{}\"", dice.pick(&ATTRIBUTES), dice.pick(&VALUES));
            mutant.insert_str(name_end(text, node), &added);
            "add attribute"
        }
        16 => {
            let typed = elements
                .iter()
                .filter(|one| one.attribute((XSI, "type")).is_some());
            let typed: Vec<_> = typed.collect();
            if typed.is_empty() {
                return once(text, dice);
            }
            let found = dice.pick(&typed).attribute_node((XSI, "type")).unwrap();
            mutant.replace_range(found.range_value(), *dice.pick(&TYPES));
            "change type"
        }
        17 => {
            let added = *dice.pick(&[
                "texte",
                "<!-- -->",
                " ",
                "<foo/>",
                "<foo xmlns=\"urn:a\"/>",
                "<?p i?>",
                "<foo xmlns=\"\"/>",
                "<br/>",
            ]);
            mutant.insert_str(node.range().start, added);
            "insert"
        }
        18 => {
            let Some(inside) = inside(text, node) else {
                return once(text, dice);
            };
            let added = *dice.pick(&[
                "texte",
                "<!-- -->",
                "\n ",
                "<foo/>",
                "<foo xmlns=\"urn:a\"/>",
                "<id root=\"1.2\"/>",
            ]);
            mutant.insert_str(inside.start, added);
            "insert inside"
        }
        19 => {
            let Some(inside) = inside(text, node) else {
                return once(text, dice);
            };
            mutant.replace_range(inside, "");
            "empty"
        }
        20 => {
            let tag = dice.pick(&TAGS);
            let wrapped = format!("<{tag}>{}</{tag}>", &text[node.range()]);
            mutant.replace_range(node.range(), &wrapped);
            "wrap"
        }
        _ => {
            let space = *dice.pick(&[
                "urn:a",
                "",
                "urn:hl7-org:sdtc",
                "urn:oid:1.3.6.1.4.1.19376.1.3.2",
            ]);
            mutant.insert_str(name_end(text, node), &format!(" xmlns=\"{space}\""));
            "change namespace"
        }
    };
    (format!("{what} {place}"), mutant)
}

const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";

fn attribute<'a>(node: Node<'a, 'a>, dice: &mut Dice) -> Option<roxmltree::Attribute<'a, 'a>> {
    let all: Vec<_> = node.attributes().collect();
    if all.is_empty() {
        None
    } else {
        Some(*dice.pick(&all))
    }
}

/// Where the name in the start tag ends.
fn name_end(text: &str, node: Node<'_, '_>) -> usize {
    let start = node.range().start + 1;
    let end = text[start..]
        .find(|character: char| character.is_whitespace() || matches!(character, '>' | '/'));
    start + end.unwrap()
}

/// Between the tags.
fn inside(text: &str, node: Node<'_, '_>) -> Option<std::ops::Range<usize>> {
    let (first, last) = (node.first_child()?, node.last_child()?);
    let range = first.range().start..last.range().end;
    text.get(range.clone()).map(|_| range)
}

fn rename(mutant: &mut String, node: Node<'_, '_>, name: &str) -> &'static str {
    let range = node.range();
    let whole = mutant[range.clone()].to_owned();
    let start = range.start + 1..name_end(mutant, node);
    let old = mutant[start.clone()].to_owned();
    let new = match old.split_once(':') {
        Some((prefix, _)) => format!("{prefix}:{name}"),
        None => name.to_owned(),
    };
    if let Some(closing) = whole.rfind("</").filter(|_| !whole.ends_with("/>")) {
        let from = range.start + closing + 2;
        mutant.replace_range(from..from + old.len(), &new);
    }
    mutant.replace_range(start, &new);
    "rename"
}
