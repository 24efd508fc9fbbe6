//! The end: what was heard becomes a finding.

use super::super::dialect::{Dialect, dialects};
use super::super::finding::{Certainty, Finding, Tried};
use super::{Action, Recogniser};

impl Recogniser {
    pub(super) fn finish(&mut self) {
        self.is_over = true;
        let dialects = dialects(&self.sample);
        let range = dialects
            .first()
            .map_or(0..self.sample.len(), |dialect| dialect.message.clone());
        let message = self.sample.get(range).unwrap_or_default().to_vec();
        let certain = self.certainty(&dialects);
        let setting = self
            .setting()
            .filter(|_| !dialects.is_empty() || self.is_readable)
            .map(|setting| (setting, certain));
        let tried: Vec<Tried> = self
            .tried
            .iter()
            .filter(|tried| tried.bytes > 0)
            .cloned()
            .collect();
        let mut finding = Finding {
            setting,
            evidence: Vec::new(),
            dialects,
            message,
            tried,
            heard: self.heard,
            answers: self.answers,
        };
        let Self {
            options, in_vain, ..
        } = self;
        finding.evidence = finding.explained(options.shows_errors, *in_vain, options.patience);
        if self.is_partial {
            let text = "seule la fin d'un message a été entendue : faire renvoyer un résultat";
            finding.evidence.push(text.to_owned());
        }
        self.out.push_back(Action::Done(Box::new(finding)));
    }

    fn certainty(&self, dialects: &[Dialect]) -> Certainty {
        let read = self.tried.get(self.current);
        // A setting joined in the middle of a burst may have shown errors that are none of its own.
        let clean = read.is_some_and(|read| read.errors * 20 <= read.bytes);
        let others = self.tried.iter().any(|tried| tried.is_refuted);
        if !dialects.is_empty() && ((self.options.shows_errors && clean) || others) {
            Certainty::Proven
        } else {
            Certainty::Plausible
        }
    }
}
