//! One `observation` as a result: its test, value, interpretation, range, history and remarks.

use lisiere_model::LoincCode;
use lisiere_model::report::{Coded, Method, Previous, Progress, TestCode, TestResult, Value};

use super::reader::Reader;
use super::value::Range;
use super::words;
use crate::cda::vocabulary::{COMMENT, LOINC, WAITING};
use crate::gate::context::{Node, attr, child, children, has_template};

/// What a `code` names: the test, the same in another system, and its name as printed.
pub(super) struct Named {
    pub(super) code: Option<TestCode>,
    pub(super) translation: Option<Coded>,
    pub(super) label: String,
}

impl<'d> Reader<'_, 'd> {
    /// The test of an `observation` or an `organizer`.
    pub(super) fn named(&self, parent: Node<'d>) -> Named {
        let Some(node) = child(parent, "code") else {
            return Named {
                code: None,
                translation: None,
                label: String::new(),
            };
        };
        let mut others = children(node, "translation");
        let main = self.coded(node);
        let first = others.next().and_then(|one| self.coded(one));
        others.for_each(|one| self.unread(one));
        let (code, translation) = match (main, first) {
            (Some(main), translation) => (Some(self.test_code(node, main)), translation),
            (None, Some(translation)) => (Some(self.test_code(node, translation)), None),
            (None, None) => (None, None),
        };
        let display = code.as_ref().map(display).unwrap_or_default();
        let label = self.label(node, display);
        Named {
            code,
            translation,
            label,
        }
    }

    fn test_code(&self, node: Node<'d>, coded: Coded) -> TestCode {
        let Coded {
            code,
            display,
            system,
        } = coded;
        if system.as_str() == LOINC {
            match code.parse::<LoincCode>() {
                Ok(code) => return TestCode::Loinc { code, display },
                Err(_) => self.obstacle(
                    "reading-loinc",
                    node,
                    format!(
                        "« {code} » n'est pas un code LOINC : gardé comme code d'un autre système."
                    ),
                ),
            }
        }
        if system.as_str() == WAITING {
            return TestCode::Waiting { code, display };
        }
        if let Ok(code) = code.parse() {
            TestCode::Local {
                code,
                display,
                system,
            }
        } else {
            // A code of our own could not be so long; a waiting code may be anything.
            self.unread(node);
            TestCode::Waiting { code, display }
        }
    }

    /// The printed name that `originalText` leads to. Where that is the value (as in one published example), or nothing, the
    /// name of the code stands in.
    fn label(&self, node: Node<'d>, display: String) -> String {
        let words = words::original(self.context, node).map(|text| words::squeeze(&text));
        let letters = |text: &str| text.chars().any(char::is_alphabetic);
        let is_value = |text: &str| {
            text.starts_with(|one: char| {
                one.is_ascii_digit() || matches!(one, '<' | '>' | '≤' | '≥')
            }) && text.contains(' ')
        };
        match words {
            Some(words) if letters(&words) && !is_value(&words) && words.len() <= 300 => words,
            _ if !display.is_empty() => {
                let said = child(node, "originalText").is_some();
                if said {
                    self.remark(
                        "reading-reference",
                        node,
                        "L'intitulé imprimé n'a pas été trouvé : celui du code le remplace.",
                    );
                }
                display
            }
            words => words.unwrap_or_default(),
        }
    }

    /// An `observation` that is a result.
    pub(super) fn result(&self, node: Node<'d>) -> Option<TestResult> {
        let named = self.named(node);
        let label = if named.label.is_empty() {
            "Examen sans intitulé".to_owned()
        } else {
            named.label
        };
        let code = if let Some(code) = named.code {
            code
        } else {
            self.obstacle("reading-code", node, "L'examen n'a pas de code.");
            TestCode::Local {
                code: "SANS-CODE".parse().ok()?,
                display: label.clone(),
                system: "2.25.0".parse().ok()?,
            }
        };
        let progress = self.progress(node);
        let mut values = children(node, "value");
        let value_node = values.next();
        values.for_each(|other| self.unread(other));
        let found = value_node.and_then(|value| self.value(value));
        let (value, status) = self.outcome(node, found, progress);
        let mut result = TestResult::new(code, label, value);
        result.translation = named.translation;
        result.status = status;
        result.id = self.id_of(node);
        result.interpretation = self.interpretation(node);
        let (range, criteria) = self.reference(node, &mut result.reference_texts);
        if let Some(value) = value_node {
            result.conversions = self.conversions(value, range.as_ref());
        }
        result.reference_sex = criteria;
        if let Some(range) = range {
            self.place_range(node, &range, &mut result);
        }
        result.method = self.method(node);
        result.measured_at = self.moment_of(node, "effectiveTime");
        result.validated = self.validated(node);
        result.involved = self.involved(node);
        result.subcontractor = self.subcontractor(node);
        result.subject = self.non_human(node);
        self.related(node, &mut result);
        // The latest first; a stable sort keeps equal times in the order of the document.
        result.previous.sort_by_key(|one| std::cmp::Reverse(one.at));
        Some(result)
    }

    fn place_range(&self, node: Node<'d>, range: &Range, result: &mut TestResult) {
        let own = result.value.unit().map(|unit| &unit.ucum);
        let other = range.unit.as_ref().map(|unit| &unit.ucum);
        if own.is_none() {
            result.reference_unit.clone_from(&range.unit);
        }
        match (own, other) {
            (Some(own), Some(other)) if own != other => {
                self.unread(child(node, "referenceRange").unwrap_or(node));
                result.reference_texts.push(in_words(range));
            }
            _ => {}
        }
        if own.is_none() || other.is_none() || own == other {
            result.reference = Some(range.bounds);
        }
    }

    fn related(&self, node: Node<'d>, result: &mut TestResult) {
        for relation in children(node, "entryRelationship") {
            if let Some(observation) = child(relation, "observation") {
                if attr(relation, "typeCode") == Some("REFR") {
                    match self.previous(observation) {
                        Some(previous) => result.previous.push(previous),
                        None => self.unread(observation),
                    }
                }
            } else if let Some(act) = child(relation, "act") {
                result.comments.extend(self.comment(act));
            } else if let Some(procedure) = child(relation, "procedure") {
                result.specimens.extend(self.collection(procedure));
            }
        }
    }

    fn previous(&self, node: Node<'d>) -> Option<Previous> {
        // The code is that of the result; a second code would have no place.
        if let Some(code) = child(node, "code") {
            self.coded(code);
            self.take_each(code, "translation");
        }
        if let Some(status) = child(node, "statusCode") {
            self.take(status);
        }
        let at = self.moment_of(node, "effectiveTime")?;
        let value = self.value(child(node, "value")?)?;
        let mut previous = Previous::new(at, value);
        previous.interpretation = self.interpretation(node);
        let mut texts = Vec::new();
        let (range, _) = self.reference(node, &mut texts);
        previous.reference = range.map(|range| range.bounds);
        previous.method = self.method(node);
        Some(previous)
    }

    /// `methodCode`: a code, words, or both.
    fn method(&self, node: Node<'d>) -> Option<Method> {
        let mut nodes = children(node, "methodCode");
        let node = nodes.next()?;
        nodes.for_each(|other| self.unread(other));
        let code = self.coded(node);
        self.unread_each(node, "translation");
        let words = words::original(self.context, node).map(|text| words::squeeze(&text));
        if words.is_none() && child(node, "originalText").is_some() {
            self.remark(
                "reading-reference",
                node,
                "La méthode renvoie à un texte qui n'existe pas.",
            );
        }
        let text = words.or_else(|| code.as_ref().map(|code| code.display.clone()))?;
        Some(Method { text, code })
    }

    /// The words of a comment `act`.
    pub(super) fn comment(&self, act: Node<'d>) -> Option<String> {
        let code = child(act, "code");
        let is_comment = COMMENT.iter().any(|template| has_template(act, template))
            || code.is_some_and(|code| attr(code, "code") == Some("48767-8"));
        if !is_comment {
            return None;
        }
        if let Some(code) = code {
            self.take(code);
        }
        self.take_each(act, "statusCode");
        let words = child(act, "text").and_then(|text| words::referred(self.context, text));
        if words.is_none() {
            self.remark(
                "reading-reference",
                act,
                "Le commentaire renvoie à un texte qui n'existe pas.",
            );
        }
        words
    }

    /// `statusCode`.
    pub(super) fn progress(&self, node: Node<'d>) -> Option<Progress> {
        let node = child(node, "statusCode")?;
        match self.taken(node, "code")?.trim() {
            "active" => Some(Progress::Active),
            "completed" => Some(Progress::Completed),
            "aborted" => Some(Progress::Aborted),
            "obsolete" => Some(Progress::Obsolete),
            _ => {
                self.unread(node);
                None
            }
        }
    }

    /// What was found and how far it is, told apart from what the value alone says.
    fn outcome(
        &self,
        node: Node<'d>,
        found: Option<Value>,
        progress: Option<Progress>,
    ) -> (Value, Option<Progress>) {
        let beside = || {
            let anchor = child(node, "code").and_then(|code| words::anchor(self.context, code));
            anchor
                .and_then(words::beside)
                .map(|text| words::squeeze(&text))
        };
        // What our own documents print before a reason (`display::value`).
        let after = |text: &str, start: &str| {
            let rest = text.strip_prefix(start)?;
            let rest = rest.trim_start_matches([' ', ':', '\u{a0}', '\u{202f}']);
            (!rest.is_empty()).then(|| rest.to_owned())
        };
        let unsaid = || "motif non précisé".to_owned();
        match (found, progress) {
            (Some(value), Some(Progress::Completed) | None) => (value, None),
            (Some(value), other) => (value, other),
            (None, Some(Progress::Active)) => (Value::Pending, None),
            (None, Some(Progress::Obsolete)) => {
                let reason = beside().unwrap_or_else(unsaid);
                (Value::Withdrawn { reason }, Some(Progress::Obsolete))
            }
            (None, Some(Progress::Aborted)) => {
                let said = beside().unwrap_or_else(unsaid);
                let value = match after(&said, "Résultat annulé") {
                    Some(reason) => Value::Withdrawn { reason },
                    None => Value::NotDone {
                        reason: after(&said, "Non réalisé").unwrap_or(said),
                    },
                };
                (value, None)
            }
            // Done, and the value stands in the words alone.
            (None, _) => match beside() {
                Some(text) => (Value::Text { text }, None),
                None => (
                    Value::NotDone {
                        reason: "résultat non codé, voir le texte".to_owned(),
                    },
                    Some(Progress::Completed),
                ),
            },
        }
    }
}

fn display(code: &TestCode) -> String {
    match code {
        TestCode::Loinc { display, .. }
        | TestCode::Waiting { display, .. }
        | TestCode::Local { display, .. } => display.clone(),
    }
}

fn in_words(range: &Range) -> String {
    let unit = range
        .unit
        .as_ref()
        .map(|unit| unit.ucum.as_str())
        .unwrap_or_default();
    let words = match (range.bounds.low(), range.bounds.high()) {
        (Some(low), Some(high)) => format!("{low} - {high} {unit}"),
        (Some(low), None) => format!("> {low} {unit}"),
        (None, Some(high)) => format!("< {high} {unit}"),
        (None, None) => String::new(),
    };
    words.trim_end().to_owned()
}
