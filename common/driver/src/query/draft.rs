//! Writes an answer: the lines of a draft, filled with the tubes, their tests and what the analyzer asked.

use super::rule::{Draft, Per, QueryRule};
use super::sheet::{Sheet, Signs, push_escaped};
use super::template::{Part, Template};
use super::{Answer, Asked, Outgoing, WorkOrder};
use encoding_rs::{Encoding, WINDOWS_1252};
use jiff::tz::TimeZone;
use lisiere_model::UtcMicros;

/// A tube to be written about: what was asked, and what is to be done.
#[derive(Clone, Copy, Debug)]
pub(super) struct Written<'a> {
    asked: Option<&'a Asked>,
    order: Option<&'a WorkOrder>,
}

impl<'a> Written<'a> {
    /// A tube that was asked about.
    pub(super) const fn asked(asked: &'a Asked, order: Option<&'a WorkOrder>) -> Self {
        Self {
            asked: Some(asked),
            order,
        }
    }

    /// A tube out of all.
    pub(super) const fn unasked(order: &'a WorkOrder) -> Self {
        Self {
            asked: None,
            order: Some(order),
        }
    }

    fn has_work(&self) -> bool {
        self.order.is_some_and(|order| !order.tests.is_empty())
    }

    fn raw(&self) -> &'a [u8] {
        self.asked.map_or(&[], |asked| asked.raw.as_slice())
    }

    fn number(&self) -> &'a str {
        match (self.asked, self.order) {
            // As the label was read: an analyzer knows its tube by no other number.
            (Some(asked), _) => &asked.shown,
            (None, Some(order)) => &order.specimen,
            (None, None) => "",
        }
    }
}

/// What the places of a line are filled with.
struct Line<'a> {
    tube: Option<Written<'a>>,
    code: &'a str,
    nth: usize,
    control: &'a str,
}

/// Writes one answer.
pub(super) struct Hand<'a> {
    rule: &'a QueryRule,
    sheet: &'a Sheet,
    encoding: &'static Encoding,
    now: String,
    at: UtcMicros,
    written: usize,
}

impl<'a> Hand<'a> {
    pub(super) fn new(
        rule: &'a QueryRule,
        sheet: &'a Sheet,
        charset: &str,
        at: UtcMicros,
        zone: &TimeZone,
    ) -> Self {
        let local = at.to_timestamp().to_zoned(zone.clone());
        Self {
            rule,
            sheet,
            encoding: Encoding::for_label(charset.as_bytes()).unwrap_or(WINDOWS_1252),
            now: local.strftime("%Y%m%d%H%M%S").to_string(),
            at,
            written: 0,
        }
    }

    /// The whole answer about these tubes.
    pub(super) fn answer(&mut self, lines: &[Written<'_>]) -> Answer {
        let rule = self.rule;
        let none = rule.no_order.as_ref();
        let mut answer = Answer::default();
        if lines.iter().any(Written::has_work) {
            if let Some(reply) = &rule.reply {
                answer.reply = Some(self.written(reply, lines, true).0);
                if !reply.tube.is_empty() || !reply.test.is_empty() {
                    answer.replied = specimens(lines);
                }
            }
            let message = rule.message.as_ref();
            match message.map(|draft| draft.per) {
                None => {}
                Some(Per::Question) => self.send(message, lines, true, &mut answer),
                Some(Per::Tube) => {
                    for line in lines {
                        let works = line.has_work();
                        let draft = if works {
                            message
                        } else {
                            none.and_then(|none| none.message.as_ref())
                        };
                        self.send(draft, &[*line], works, &mut answer);
                    }
                }
            }
            return answer;
        }
        let own = none.and_then(|none| none.reply.as_ref());
        answer.reply = match (own, &rule.reply) {
            (Some(own), _) => Some(self.written(own, lines, false).0),
            (None, Some(usual)) => Some(self.written(usual, &[], false).0),
            (None, None) => None,
        };
        let message = none.and_then(|none| none.message.as_ref());
        match message.map(|draft| draft.per) {
            Some(Per::Tube) => {
                for line in lines {
                    self.send(message, &[*line], false, &mut answer);
                }
            }
            _ => self.send(message, lines, false, &mut answer),
        }
        answer
    }

    fn send(
        &mut self,
        draft: Option<&Draft>,
        lines: &[Written<'_>],
        works: bool,
        answer: &mut Answer,
    ) {
        let Some(draft) = draft else { return };
        let (text, control) = self.written(draft, lines, works);
        if text.is_empty() {
            return;
        }
        answer.messages.push(Outgoing {
            text,
            specimens: specimens(lines),
            control: self.control_of(draft, control),
        });
    }

    /// The control number that the draft's first line really carries.
    fn control_of(&self, draft: &Draft, fresh: String) -> Option<String> {
        let first = draft.head.first()?;
        if first.parts.contains(&Part::Control) {
            return Some(fresh);
        }
        let spot = |part: &Part| match part {
            Part::Question(spot) if spot.record == "MSH" && spot.field == 10 => {
                Some(self.sheet.shown(spot))
            }
            _ => None,
        };
        first.parts.iter().find_map(spot)
    }

    /// A draft filled, and the control number it got.
    pub(super) fn written(
        &mut self,
        draft: &Draft,
        lines: &[Written<'_>],
        works: bool,
    ) -> (Vec<u8>, String) {
        let control = self.fresh_control();
        let signs = draft.head.first().map_or(self.sheet.signs, |first| {
            Signs::declared_by(first.beginning().as_bytes())
        });
        let mut text = Vec::new();
        let mut add = |templates: &[Template], line: &Line<'_>| {
            for template in templates {
                self.fill(template, line, signs, &mut text);
                text.push(b'\r');
            }
        };
        let alone = |nth| Line {
            tube: None,
            code: "",
            nth,
            control: &control,
        };
        // With a single tube its facts may stand in the head as well.
        let only = match lines {
            [only] => Some(*only),
            _ => None,
        };
        let frame = Line {
            tube: only,
            ..alone(1)
        };
        add(&draft.head, &frame);
        let mut tubes: usize = 0;
        for line in lines {
            let templates = match (line.has_work(), works) {
                (true, _) | (false, false) => &draft.tube,
                (false, true) => &draft.unknown,
            };
            if !templates.is_empty() {
                tubes = tubes.saturating_add(1);
            }
            let tube = Line {
                tube: Some(*line),
                ..alone(tubes)
            };
            add(templates, &tube);
            let codes = line.order.map_or(&[][..], |order| order.tests.as_slice());
            for (nth, code) in (1..).zip(codes) {
                let test = Line {
                    tube: Some(*line),
                    code,
                    ..alone(nth)
                };
                add(&draft.test, &test);
            }
        }
        add(&draft.tail, &frame);
        (text, control)
    }

    /// A number that no other message of this appliance has: the moment and a count.
    fn fresh_control(&mut self) -> String {
        self.written = self.written.saturating_add(1);
        format!("{}{}", self.at.0, self.written)
    }

    fn fill(&self, template: &Template, line: &Line<'_>, signs: Signs, text: &mut Vec<u8>) {
        for part in &template.parts {
            let raw = |raw: &[u8], text: &mut Vec<u8>| {
                text.extend_from_slice(&self.sheet.carried(raw, signs));
            };
            let asked = line.tube.map_or(&[][..], |tube| tube.raw());
            let order = line.tube.and_then(|tube| tube.order);
            match part {
                Part::Text(literal) => text.extend_from_slice(&self.encoded(literal)),
                Part::Now => text.extend_from_slice(self.now.as_bytes()),
                Part::Control => text.extend_from_slice(line.control.as_bytes()),
                Part::Nth(added) => {
                    text.extend_from_slice(line.nth.saturating_add(*added).to_string().as_bytes());
                }
                Part::Tube => self.value(line.tube.map_or("", |tube| tube.number()), signs, text),
                Part::Asked => raw(asked, text),
                Part::AskedComponent(number) => raw(self.sheet.component(asked, *number), text),
                Part::AskedFrom(number) => raw(self.sheet.components_from(asked, *number), text),
                Part::Kind => self.value(order.map_or("", |order| self.kind(order)), signs, text),
                Part::Priority => {
                    let words = &self.rule.priority;
                    let urgent = order.is_some_and(|order| order.urgent);
                    let word = if urgent {
                        &words.urgent
                    } else {
                        &words.routine
                    };
                    self.value(word, signs, text);
                }
                Part::Tests => {
                    let codes = order.map_or(&[][..], |order| order.tests.as_slice());
                    self.tests(codes, line, signs, text);
                }
                Part::Code => self.value(line.code, signs, text),
                Part::Question(spot) => raw(self.sheet.at(spot), text),
            }
        }
    }

    fn tests(&self, codes: &[String], line: &Line<'_>, signs: Signs, text: &mut Vec<u8>) {
        for (nth, code) in (1..).zip(codes) {
            if nth > 1 {
                text.push(signs.repeat);
            }
            match &self.rule.test {
                // A list within a list means nothing.
                Some(template) if !template.parts.contains(&Part::Tests) => {
                    let test = Line { code, nth, ..*line };
                    self.fill(template, &test, signs, text);
                }
                _ => self.value(code, signs, text),
            }
        }
    }

    fn kind<'b>(&'b self, order: &'b WorkOrder) -> &'b str {
        let kinds = &self.rule.kinds;
        match kinds.get(&order.kind).or_else(|| kinds.get("*")) {
            Some(word) => word,
            None => &order.kind,
        }
    }

    /// A value of ours: no byte of it may be taken for a delimiter.
    fn value(&self, value: &str, signs: Signs, text: &mut Vec<u8>) {
        for byte in self.encoded(value) {
            push_escaped(text, byte, signs);
        }
    }

    fn encoded(&self, text: &str) -> Vec<u8> {
        let (bytes, _, unmappable) = self.encoding.encode(text);
        if unmappable {
            // Better a question mark than a sequence meant for web pages.
            return text
                .chars()
                .map(|sign| u8::try_from(sign).ok().filter(u8::is_ascii).unwrap_or(b'?'))
                .collect();
        }
        bytes.into_owned()
    }
}

fn specimens(lines: &[Written<'_>]) -> Vec<String> {
    let works = lines.iter().filter(|line| line.has_work());
    works
        .filter_map(|line| line.order.map(|order| order.specimen.clone()))
        .collect()
}
