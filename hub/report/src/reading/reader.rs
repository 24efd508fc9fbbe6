//! What the reader keeps in hand: the document, which elements it has taken, and what it has to remark on.
//!
//! Every element whose codes are taken is marked. Whatever carries codes and is not marked in the end is listed as unread:
//! nothing is lost without a word.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;

use lisiere_model::report::{Biologist, ReportedSpecimen};

use crate::check::{Finding, Severity};
use crate::gate::context::{Context, Node, attr, children, elements};

/// After so many, remarks are only counted.
const REMARKS_MAX: usize = 200;

/// A coded content that the model has no place for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// Where: `/ClinicalDocument/…/code (ligne 12)`.
    pub path: String,
    /// What stands there: `code=3016-3`. Never a name or a number of the patient.
    pub content: String,
}

/// The document being read.
pub(super) struct Reader<'c, 'd> {
    pub(super) context: &'c Context<'d>,
    taken: RefCell<HashSet<roxmltree::NodeId>>,
    remarks: RefCell<Vec<Finding>>,
    unread: RefCell<Vec<Unread>>,
    omitted: Cell<usize>,
    /// Everybody who validated something.
    pub(super) biologists: RefCell<Vec<Biologist>>,
    /// Every specimen that an entry names.
    pub(super) specimens: RefCell<Vec<ReportedSpecimen>>,
}

impl<'c, 'd> Reader<'c, 'd> {
    pub(super) fn new(context: &'c Context<'d>) -> Self {
        Self {
            context,
            taken: RefCell::default(),
            remarks: RefCell::default(),
            unread: RefCell::default(),
            omitted: Cell::new(0),
            biologists: RefCell::default(),
            specimens: RefCell::default(),
        }
    }

    /// Marks an element whose attributes the model now holds, or needs not hold.
    pub(super) fn take(&self, node: Node<'d>) {
        self.taken.borrow_mut().insert(node.id());
    }

    /// The same with all below.
    pub(super) fn take_all(&self, node: Node<'d>) {
        let mut taken = self.taken.borrow_mut();
        taken.extend(node.descendants().map(|one| one.id()));
    }

    /// Marks children of one name.
    pub(super) fn take_each(&self, parent: Node<'d>, name: &str) {
        for node in children(parent, name) {
            self.take(node);
        }
    }

    /// Lists children of one name as unread.
    pub(super) fn unread_each(&self, parent: Node<'d>, name: &str) {
        for node in children(parent, name) {
            self.unread(node);
        }
    }

    /// An attribute, the element being marked.
    pub(super) fn taken(&self, node: Node<'d>, name: &str) -> Option<&'d str> {
        self.take(node);
        attr(node, name)
    }

    /// Something that was read otherwise than it stands there.
    pub(super) fn remark(&self, rule: &'static str, at: Node<'d>, message: impl Into<String>) {
        self.add(Severity::Warning, rule, at, message.into());
    }

    /// Something without which the report must not be issued again as ours.
    pub(super) fn obstacle(&self, rule: &'static str, at: Node<'d>, message: impl Into<String>) {
        self.add(Severity::Error, rule, at, message.into());
    }

    fn add(&self, severity: Severity, rule: &'static str, at: Node<'d>, message: String) {
        let mut remarks = self.remarks.borrow_mut();
        if remarks.len() >= REMARKS_MAX {
            self.omitted.set(self.omitted.get() + 1);
            return;
        }
        let remedy = match severity {
            Severity::Warning => "Rien à faire ; comparer au document d'origine en cas de doute.",
            Severity::Error => "Lire le document d'origine ; ne pas rééditer ce compte rendu.",
        };
        remarks.push(Finding {
            rule,
            severity,
            path: self.context.path_of(at),
            message,
            remedy: remedy.to_owned(),
        });
    }

    /// Something coded that the model cannot hold.
    pub(super) fn unread(&self, at: Node<'d>) {
        self.take(at);
        let mut unread = self.unread.borrow_mut();
        if unread.len() < REMARKS_MAX {
            unread.push(Unread {
                path: self.context.path_of(at),
                content: content(at),
            });
        } else {
            self.omitted.set(self.omitted.get() + 1);
        }
    }

    /// Lists what carries codes below `root` and was not taken.
    pub(super) fn leftovers(&self, root: Node<'d>) {
        let mut stack = vec![root];
        while let Some(node) = stack.pop() {
            let name = node.tag_name().name();
            // The narrative is kept whole; templates and references are ours to write.
            if matches!(
                name,
                "text"
                    | "telecom"
                    | "templateId"
                    | "typeId"
                    | "realmCode"
                    | "languageCode"
                    | "originalText"
            ) || name == "title"
            {
                continue;
            }
            let left = carries(node) && !self.taken.borrow().contains(&node.id());
            if left {
                self.unread(node);
            }
            let mut inside: Vec<Node<'d>> = elements(node).collect();
            inside.reverse();
            stack.extend(inside);
        }
    }

    /// Remarks and what is unread.
    pub(super) fn finish(self) -> (Vec<Finding>, Vec<Unread>) {
        let mut remarks = self.remarks.into_inner();
        let omitted = self.omitted.get();
        if omitted > 0 {
            remarks.push(Finding {
                rule: "reading-others",
                severity: Severity::Warning,
                path: "/ClinicalDocument".to_owned(),
                message: format!("{omitted} autres remarques ne sont pas listées."),
                remedy: "Comparer au document d'origine.".to_owned(),
            });
        }
        remarks.sort_by_key(|one| std::cmp::Reverse(one.severity));
        (remarks, self.unread.into_inner())
    }
}

/// Whether an element carries a code, a value or an identifier.
fn carries(node: Node<'_>) -> bool {
    ["code", "value", "root", "extension", "unit", "mediaType"]
        .iter()
        .any(|name| attr(node, name).is_some())
}

/// Codes of an element in words; of identifiers the root alone, since the extension may be a person's.
fn content(node: Node<'_>) -> String {
    let mut words = vec![node.tag_name().name().to_owned()];
    for name in [
        "code",
        "codeSystem",
        "unit",
        "mediaType",
        "root",
        "nullFlavor",
    ] {
        if let Some(text) = attr(node, name) {
            words.push(format!("{name}={}", crate::text::line(text)));
        }
    }
    if attr(node, "root").is_none()
        && attr(node, "extension").is_none()
        && let Some(value) = attr(node, "value")
        && !matches!(node.tag_name().name(), "telecom" | "birthTime")
    {
        words.push(format!("value={}", crate::text::line(value)));
    }
    words.join(" ")
}
