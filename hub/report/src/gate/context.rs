//! The document under check: its root, its form, its IDs, and the words in which rules ask about elements.

use std::cell::OnceCell;
use std::collections::HashMap;

use crate::check::{Finding, Severity};

use super::{Form, is_stylesheet};

/// The namespace of CDA R2.
pub(crate) const HL7: &str = "urn:hl7-org:v3";
/// The laboratory extension of IHE PaLM.
pub(crate) const LAB: &str = "urn:oid:1.3.6.1.4.1.19376.1.3.2";
/// The `xsi` prefix.
pub(crate) const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
/// Elements within elements, from `ClinicalDocument` on. Checks may recurse.
pub(crate) const DEPTH_MAX: usize = 120;
/// After so many findings the others are only counted.
const FINDINGS_MAX: usize = 500;

/// An element (or another node) of the document.
pub(crate) type Node<'d> = roxmltree::Node<'d, 'd>;

/// The document under check.
pub(crate) struct Context<'d> {
    /// The `ClinicalDocument`.
    pub(crate) root: Node<'d>,
    /// What it is, as its body and its surroundings tell.
    pub(crate) form: Option<Form>,
    /// Every element that has an `ID`; the first, if several have the same.
    pub(crate) ids: HashMap<&'d str, Node<'d>>,
    /// Offsets of line starts, made for the first finding.
    lines: OnceCell<Vec<usize>>,
}

impl<'d> Context<'d> {
    /// Reads what every check needs; an element that is nested too deep is the error.
    pub(crate) fn new(root: Node<'d>) -> Result<Self, Node<'d>> {
        let mut ids = HashMap::new();
        let mut depth = 0_usize;
        let mut node = root;
        'walk: loop {
            if node.is_element() {
                if depth > DEPTH_MAX {
                    return Err(node);
                }
                if let Some(id) = node.attribute("ID") {
                    ids.entry(id.trim()).or_insert(node);
                }
            }
            if let Some(child) = node.first_child() {
                depth += 1;
                node = child;
                continue;
            }
            loop {
                if node == root {
                    break 'walk;
                }
                if let Some(next) = node.next_sibling() {
                    node = next;
                    break;
                }
                let Some(parent) = node.parent() else {
                    break 'walk;
                };
                depth = depth.saturating_sub(1);
                node = parent;
            }
        }
        Ok(Self {
            root,
            form: form(root),
            ids,
            lines: OnceCell::new(),
        })
    }

    /// Whether the body is structured (N3, bare or in its stylesheet).
    pub(crate) fn is_structured(&self) -> bool {
        matches!(self.form, Some(Form::N3 | Form::AutoPresentable))
    }

    /// The element a `#reference` points to.
    pub(crate) fn target(&self, reference: &str) -> Option<Node<'d>> {
        self.ids.get(reference.strip_prefix('#')?).copied()
    }

    /// Where a node is: `/ClinicalDocument/component/section[2]/text (ligne 120)`. The number among equals only where there
    /// are several.
    pub(crate) fn path_of(&self, node: Node<'_>) -> String {
        let mut steps: Vec<String> = Vec::new();
        let element = if node.is_element() {
            Some(node)
        } else {
            node.parent_element()
        };
        for step in element.into_iter().flat_map(|element| element.ancestors()) {
            if !step.is_element() {
                continue;
            }
            let name = step.tag_name();
            let same = |other: &Node<'_>| other.is_element() && other.tag_name() == name;
            let before = step.prev_siblings().skip(1).filter(same).count();
            let after = step.next_siblings().skip(1).any(|other| same(&other));
            steps.push(if step == self.root || (before == 0 && !after) {
                name.name().to_owned()
            } else {
                format!("{}[{}]", name.name(), before + 1)
            });
            if step == self.root {
                break;
            }
        }
        steps.reverse();
        format!("/{} (ligne {})", steps.join("/"), self.line_of(node))
    }

    /// The line a node begins on, from 1.
    pub(crate) fn line_of(&self, node: Node<'_>) -> usize {
        let lines = self.lines.get_or_init(|| {
            let text = self.root.document().input_text();
            let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
            ends.map(|(offset, _)| offset).collect()
        });
        lines.partition_point(|end| *end < node.range().start) + 1
    }
}

fn form(root: Node<'_>) -> Option<Form> {
    let body = children(root, "component").flat_map(elements).next()?;
    if is(body, "nonXMLBody") {
        Some(Form::N1)
    } else if !is(body, "structuredBody") {
        None
    } else if root.ancestors().any(is_stylesheet) {
        Some(Form::AutoPresentable)
    } else {
        Some(Form::N3)
    }
}

/// Whether this is the CDA element of that name.
pub(crate) fn is(node: Node<'_>, name: &str) -> bool {
    node.is_element() && node.tag_name().name() == name && node.tag_name().namespace() == Some(HL7)
}

/// Child elements, whatever their namespace.
pub(crate) fn elements(node: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    node.children().filter(roxmltree::Node::is_element)
}

/// CDA children of that name.
pub(crate) fn children<'d, 'n>(
    node: Node<'d>,
    name: &'n str,
) -> impl Iterator<Item = Node<'d>> + use<'d, 'n> {
    node.children().filter(move |child| is(*child, name))
}

/// The first CDA child of that name.
pub(crate) fn child<'d>(node: Node<'d>, name: &str) -> Option<Node<'d>> {
    node.children().find(|child| is(*child, name))
}

/// The first CDA element at the end of a path of names.
pub(crate) fn at<'d>(node: Node<'d>, path: &[&str]) -> Option<Node<'d>> {
    path.iter().try_fold(node, |node, name| child(node, name))
}

/// An attribute in no namespace.
pub(crate) fn attr<'d>(node: Node<'d>, name: &str) -> Option<&'d str> {
    node.attribute(name)
}

/// The type that `xsi:type` names, without its prefix.
pub(crate) fn xsi_type(node: Node<'_>) -> Option<&str> {
    let name = node.attribute((XSI, "type"))?.trim();
    Some(name.split_once(':').map_or(name, |(_, local)| local))
}

/// Whether a `templateId` with this root is among the children.
pub(crate) fn has_template(node: Node<'_>, root: &str) -> bool {
    children(node, "templateId").any(|template| attr(template, "root") == Some(root))
}

/// All text below, pieces put together as they stand.
pub(crate) fn text_of(node: Node<'_>) -> String {
    let texts = node.descendants().filter(roxmltree::Node::is_text);
    texts.filter_map(|piece| piece.text()).collect()
}

/// Collects what is wrong, up to a limit.
pub(crate) struct Findings<'c> {
    context: &'c Context<'c>,
    list: Vec<(usize, Finding)>,
    omitted: usize,
}

impl<'c> Findings<'c> {
    pub(super) fn new(context: &'c Context<'c>) -> Self {
        Self {
            context,
            list: Vec::new(),
            omitted: 0,
        }
    }

    /// What forbids to sign or send the document.
    pub(crate) fn error(
        &mut self,
        rule: &'static str,
        at: Node<'_>,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.add(Severity::Error, rule, at, message.into(), remedy.into());
    }

    /// What somebody should know.
    pub(crate) fn warning(
        &mut self,
        rule: &'static str,
        at: Node<'_>,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.add(Severity::Warning, rule, at, message.into(), remedy.into());
    }

    fn add(
        &mut self,
        severity: Severity,
        rule: &'static str,
        at: Node<'_>,
        message: String,
        remedy: String,
    ) {
        if self.list.len() >= FINDINGS_MAX {
            // A warning gives way, so that no error is lost behind many of them.
            let warning = |(_, one): &(usize, Finding)| one.severity == Severity::Warning;
            self.omitted += 1;
            match self.list.iter().rposition(warning) {
                Some(place) if severity == Severity::Error => drop(self.list.swap_remove(place)),
                _ => return,
            }
        }
        let finding = Finding {
            rule,
            severity,
            path: self.context.path_of(at),
            message,
            remedy,
        };
        self.list.push((at.range().start, finding));
    }

    /// Errors first, then as the document goes.
    pub(super) fn finish(mut self) -> Vec<Finding> {
        self.list
            .sort_by_key(|(place, finding)| (std::cmp::Reverse(finding.severity), *place));
        let mut all: Vec<Finding> = self.list.into_iter().map(|(_, finding)| finding).collect();
        if self.omitted > 0 {
            all.push(Finding {
                rule: "others",
                severity: Severity::Warning,
                path: "/ClinicalDocument".to_owned(),
                message: format!("{} autres constats ne sont pas listés.", self.omitted),
                remedy: "Corriger ceux qui le sont, puis contrôler à nouveau.".to_owned(),
            });
        }
        all
    }
}
