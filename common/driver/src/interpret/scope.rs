//! The records in force while a message is read, as locators see them.

use crate::profile::{Locator, Place, Scope};
use encoding_rs::Encoding;
use lisiere_protocol::lis2a2::Record;

/// The record of each letter that is in force. A record closes those of lower levels (LIS02-A2 §5.2).
#[derive(Clone, Copy)]
pub(crate) struct Records<'a> {
    pub(crate) header: Option<Record<'a>>,
    pub(crate) patient: Option<Record<'a>>,
    pub(crate) order: Option<Record<'a>>,
    pub(crate) result: Option<Record<'a>>,
    pub(crate) comment: Option<Record<'a>>,
    encoding: &'static Encoding,
}

impl<'a> Records<'a> {
    pub(crate) const fn new(encoding: &'static Encoding) -> Self {
        Self {
            header: None,
            patient: None,
            order: None,
            result: None,
            comment: None,
            encoding,
        }
    }

    pub(crate) fn decode(&self, bytes: &[u8]) -> String {
        self.encoding
            .decode_without_bom_handling(bytes)
            .0
            .into_owned()
    }

    /// Opens a record and closes what stood below it.
    pub(crate) fn open(&mut self, record: Record<'a>) {
        let fresh = Self::new(self.encoding);
        match record.letter() {
            b'H' => {
                *self = Self {
                    header: Some(record),
                    ..fresh
                }
            }
            b'P' => {
                *self = Self {
                    header: self.header,
                    patient: Some(record),
                    ..fresh
                }
            }
            b'O' => {
                self.order = Some(record);
                self.result = None;
                self.comment = None;
            }
            b'R' => {
                self.result = Some(record);
                self.comment = None;
            }
            b'C' => self.comment = Some(record),
            _ => {}
        }
    }

    fn of(&self, letter: u8) -> Option<&Record<'a>> {
        match letter {
            b'H' => self.header.as_ref(),
            b'P' => self.patient.as_ref(),
            b'O' => self.order.as_ref(),
            b'R' => self.result.as_ref(),
            b'C' => self.comment.as_ref(),
            _ => None,
        }
    }

    /// Each repeat of the field of a locator, filtered; the component, if one is named, of each.
    pub(crate) fn repeats(&self, locator: &Locator) -> Vec<String> {
        let Some(record) = self.of(locator.place.letter) else {
            return Vec::new();
        };
        record
            .field(locator.place.field)
            .repeats()
            .map(|repeat| match locator.place.component {
                Some(component) => self.decode(&repeat.component(component).text()),
                None => self.decode(&repeat.text()),
            })
            .collect()
    }
}

impl Scope for Records<'_> {
    fn text(&self, place: Place) -> Option<String> {
        let field = self.of(place.letter)?.field(place.field);
        let text = match place.component {
            Some(component) => self.decode(&field.component(component).text()),
            None => self.decode(&field.text()),
        };
        (!text.is_empty()).then_some(text)
    }
}
