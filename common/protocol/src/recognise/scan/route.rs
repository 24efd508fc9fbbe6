//! Which setting is read next: what the burst says, then what is left.

use super::super::score::{enquiry_at, opening_at};
use super::super::setting::{Framing, Setting};
use super::{Action, Joined, Options, Recogniser, Tried};

/// At the highest speed every slower sender leaves traces that tell its speed.
const FASTEST: Setting = Setting {
    baud: 115_200,
    framing: Framing::EIGHT_NONE,
};

impl Recogniser {
    /// A burst heard from its start shows that the setting is wrong. `goes_on` when it has not ended yet.
    pub(super) fn refute(&mut self, goes_on: bool) {
        self.garbled_since += 1;
        if (self.is_readable && self.garbled_since < 3) || self.setting().is_none() {
            return;
        }
        self.forget();
        let likely = self.likely();
        if let Some(tried) = self.tried.get_mut(self.current) {
            tried.is_refuted = true;
            let text = format!(
                "illisible à {} ({} octets, {} erreurs)",
                tried.setting, tried.bytes, tried.errors
            );
            self.out.push_back(Action::Tell(text));
        }
        let read = self.setting();
        let next = likely
            .or_else(|| self.informative())
            .or_else(|| self.next_setting());
        self.turn_to(next);
        if goes_on {
            self.joined = Joined::Middle(read.into_iter().collect());
        }
    }

    /// A setting opened in the middle of a burst shows no sense there: the next is looked at while the burst lasts.
    pub(super) fn look_on(&mut self) {
        let Joined::Middle(mut before) = self.joined.clone() else {
            return;
        };
        before.extend(self.setting());
        let plan = self.options.plan.iter().copied();
        let fresh = plan.filter(|setting| !before.contains(setting) && !self.is_refuted(*setting));
        let next = fresh.clone().next();
        if next.is_none() {
            // All were looked at: they are looked at again, in another step.
            before.clear();
        }
        let again = || {
            self.options
                .plan
                .iter()
                .copied()
                .find(|setting| !self.is_refuted(*setting))
        };
        let next = next
            .or_else(again)
            .filter(|next| self.setting() != Some(*next));
        self.burst.clear();
        if let Some(next) = next {
            self.open(next);
        }
        self.joined = Joined::Middle(before);
    }

    /// The next burst will be heard from its start, at a setting about which least is known.
    pub(super) fn move_on(&mut self) {
        let next = self.informative().or_else(|| {
            let left = |setting: &Setting| !self.is_refuted(*setting);
            self.options.plan.iter().copied().find(left)
        });
        let next = next.filter(|next| self.setting() != Some(*next));
        self.turn_to(next);
    }

    /// Nothing more comes at this setting.
    pub(super) fn leave(&mut self) {
        if self.in_vain > 0 || self.is_readable {
            return;
        }
        let next = self.next_setting();
        self.forget();
        self.turn_to(next);
    }

    fn turn_to(&mut self, next: Option<Setting>) {
        self.burst.clear();
        self.joined = Joined::Start;
        if let Some(next) = next {
            self.open(next);
            self.tell(format!("écoute à {next}"));
        }
    }

    fn forget(&mut self) {
        self.is_readable = false;
        self.is_partial = false;
        self.in_vain = 0;
        self.sample.clear();
    }

    fn is_refuted(&self, setting: Setting) -> bool {
        let tried = self.tried.iter().find(|tried| tried.setting == setting);
        tried.is_some_and(|tried| tried.is_refuted)
    }

    /// The setting at which what was just heard would have been an enquiry, or the beginning of a message.
    pub(super) fn likely(&self) -> Option<Setting> {
        let read = self.setting()?;
        let Options {
            plan, shows_errors, ..
        } = &self.options;
        let enquiry = enquiry_at(&self.burst, read, *shows_errors, plan);
        let opening = opening_at(&self.burst, read, *shows_errors, plan);
        let mut likely = enquiry.into_iter().chain(opening);
        likely.find(|setting| !self.is_refuted(*setting))
    }

    /// The fastest setting, as long as nothing was heard there from its start.
    fn informative(&self) -> Option<Setting> {
        let is_planned = self.options.plan.contains(&FASTEST);
        (is_planned && !self.is_refuted(FASTEST)).then_some(FASTEST)
    }

    /// From the one being read onwards, then from the beginning.
    fn next_setting(&mut self) -> Option<Setting> {
        let read = self.setting()?;
        let plan = &self.options.plan;
        let at = plan.iter().position(|setting| *setting == read);
        let from = at.map_or(0, |at| at + 1);
        let mut around = plan
            .iter()
            .skip(from)
            .chain(plan.iter().take(from))
            .copied();
        let left = around.find(|setting| *setting != read && !self.is_refuted(*setting));
        if left.is_some() {
            return left;
        }
        // All were refuted: noise may have done that to the right one.
        for tried in &mut self.tried {
            tried.is_refuted = tried.setting == read;
        }
        self.options
            .plan
            .iter()
            .copied()
            .find(|setting| *setting != read)
    }

    pub(super) fn open(&mut self, setting: Setting) {
        let known = self.tried.iter().position(|tried| tried.setting == setting);
        self.current = known.unwrap_or(self.tried.len());
        if known.is_none() {
            self.tried.push(Tried::new(setting));
        }
        self.garbled_since = 0;
        self.out.push_back(Action::Open(setting));
    }
}
