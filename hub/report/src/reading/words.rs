//! The words of narrative elements, and those that an entry refers to.

use crate::gate::context::{Context, Node, at, attr, child, is};

/// A comment of a document may be long, but not the whole document for each of a million references.
const LONGEST: usize = 20_000;

/// The words of an element, lines kept apart.
pub(super) fn lines_of(node: Node<'_>) -> String {
    let mut text = String::new();
    gather(node, &mut text);
    let mut lines: Vec<String> = text.lines().map(squeeze).collect();
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    let first = lines.iter().position(|line| !line.is_empty()).unwrap_or(0);
    lines.split_off(first.min(lines.len())).join("\n")
}

/// The words of an element on one line.
pub(super) fn line_of(node: Node<'_>) -> String {
    squeeze(&lines_of(node))
}

/// One blank between words, none around, nothing hidden.
pub(super) fn squeeze(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    crate::text::line(&words.join(" "))
}

fn gather(node: Node<'_>, text: &mut String) {
    for child in node.children() {
        if text.len() > LONGEST {
            return;
        }
        if let Some(words) = child.text().filter(|_| child.is_text()) {
            // A line break of the file is a blank.
            let mut first = true;
            for piece in words.split(['\n', '\r']) {
                if !first {
                    text.push(' ');
                }
                first = false;
                text.push_str(piece);
            }
        } else if child.is_element() {
            match child.tag_name().name() {
                "br" => text.push('\n'),
                "paragraph" | "item" | "tr" | "list" | "table" | "caption" => {
                    text.push('\n');
                    gather(child, text);
                    text.push('\n');
                }
                "td" | "th" => {
                    gather(child, text);
                    text.push(' ');
                }
                _ => gather(child, text),
            }
        }
    }
}

/// The narrative element that a `reference` leads to. The published examples of 2021 leave the `#` out.
pub(super) fn target<'d>(context: &Context<'d>, reference: &str) -> Option<Node<'d>> {
    let reference = reference.trim();
    let name = reference.strip_prefix('#').unwrap_or(reference);
    context.ids.get(name).copied()
}

/// What an element with `reference`, or with words of its own, says (ED, `text`, `originalText`).
pub(super) fn referred(context: &Context<'_>, node: Node<'_>) -> Option<String> {
    let words = match child(node, "reference").and_then(|one| attr(one, "value")) {
        Some(reference) => lines_of(target(context, reference)?),
        None => lines_of(node),
    };
    Some(words).filter(|words| !words.is_empty())
}

/// The words that `originalText` of a code gives or refers to.
pub(super) fn original(context: &Context<'_>, code: Node<'_>) -> Option<String> {
    referred(context, child(code, "originalText")?)
}

/// Where the `originalText` of a code leads to.
pub(super) fn anchor<'d>(context: &Context<'d>, code: Node<'d>) -> Option<Node<'d>> {
    let reference = at(code, &["originalText", "reference"])?;
    target(context, attr(reference, "value")?)
}

/// The words of the cell behind the one that `node` stands in: what a table says of the test named there.
pub(super) fn beside(node: Node<'_>) -> Option<String> {
    let cell = node.ancestors().find(|one| is(*one, "td"))?;
    let next = cell.next_siblings().skip(1).find(|one| is(*one, "td"))?;
    Some(lines_of(next)).filter(|words| !words.is_empty())
}
