//! What is drawn on the page for the browser: pictures, range bars, curves. Shapes only; colours stand in the stylesheet.

use std::fmt::Write as _;

use quick_xml::escape::escape;

use super::Markup;
use crate::display::{HistoryBlock, ImageBlock};

/// The drawing of a curve, without its margins.
const WIDE: i32 = 520;
const HIGH: i32 = 80;
const LEFT: i32 = 60;
const TOP: i32 = 18;

impl Markup {
    /// A picture, its bytes in the page.
    pub(super) fn picture(&mut self, class: &str, image: &ImageBlock) {
        let _ = write!(
            self.0,
            "<img class=\"{class}\" alt=\"{}\" src=\"data:{};base64,{}\"/>",
            escape(&image.title),
            image.picture.format.media_type(),
            image.picture.data.to_base64()
        );
    }

    /// Pictures among results, each in a row of its own.
    pub(super) fn images(&mut self, images: &[ImageBlock]) {
        for image in images {
            self.open("tr", "cr-note");
            self.0.push_str("<td colspan=\"5\"><figure>");
            self.picture("cr-image", image);
            self.leaf("figcaption", "", &image.title);
            self.close("figure");
            self.close("td");
            self.close("tr");
        }
    }

    /// Where a value lies: the thick half is the reference range. It says nothing that the words beside it do not.
    pub(super) fn bar(&mut self, position: Option<i32>) {
        let Some(position) = position else { return };
        let along = (position / 20 + 25).clamp(0, 100) * 97 / 100;
        let _ = write!(
            self.0,
            " <svg class=\"cr-bar\" viewBox=\"0 0 100 20\" aria-hidden=\"true\" focusable=\"false\">\
             <rect class=\"cr-line\" x=\"0\" y=\"9\" width=\"100\" height=\"2\"/>\
             <rect class=\"cr-line\" x=\"25\" y=\"6\" width=\"50\" height=\"8\"/>\
             <rect class=\"cr-here\" x=\"{along}\" y=\"1\" width=\"4\" height=\"18\"/></svg>"
        );
    }

    /// A result and the earlier ones as a curve.
    pub(super) fn curve(&mut self, history: &HistoryBlock) {
        self.open("tr", "cr-note");
        self.0.push_str("<td colspan=\"5\">");
        let _ = write!(
            self.0,
            "<svg class=\"cr-curve\" viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">",
            LEFT + WIDE + 40,
            TOP + HIGH + 34,
            escape(&history.words)
        );
        let _ = write!(
            self.0,
            "<text class=\"cr-axis\" x=\"0\" y=\"11\">{}</text>",
            escape(&history.title)
        );
        let up = |one: i32| TOP + HIGH - one * HIGH / 1000;
        let high = history.high.as_ref().map_or(TOP, |bound| up(bound.up));
        let low = history
            .low
            .as_ref()
            .map_or(TOP + HIGH, |bound| up(bound.up));
        if history.low.is_some() || history.high.is_some() {
            let height = low - high;
            let _ = write!(
                self.0,
                "<rect class=\"cr-range\" x=\"{LEFT}\" y=\"{high}\" width=\"{WIDE}\" height=\"{height}\"/>"
            );
        }
        for bound in history.low.iter().chain(&history.high) {
            let (x, y) = (LEFT - 6, up(bound.up) + 4);
            let _ = write!(
                self.0,
                "<text class=\"cr-axis cr-end\" x=\"{x}\" y=\"{y}\">{}</text>",
                escape(&bound.shown)
            );
        }
        self.points(history, up);
        self.0.push_str("</svg>");
        self.close("td");
        self.close("tr");
    }

    fn points(&mut self, history: &HistoryBlock, up: impl Fn(i32) -> i32) {
        let across = |one: i32| LEFT + 20 + one * (WIDE - 40) / 1000;
        self.0.push_str("<polyline class=\"cr-path\" points=\"");
        for point in &history.points {
            let _ = write!(self.0, "{},{} ", across(point.across), up(point.up));
        }
        self.0.push_str("\"/>");
        // From the latest back: where two dates would stand on each other, the later is the one to be read.
        let mut free = i32::MAX;
        for point in history.points.iter().rev() {
            let (x, y) = (across(point.across), up(point.up));
            let _ = write!(
                self.0,
                "<circle class=\"cr-point\" cx=\"{x}\" cy=\"{y}\" r=\"3\"/>\
                 <text class=\"cr-value-at\" x=\"{x}\" y=\"{}\">{}</text>",
                y - 6,
                escape(&point.value)
            );
            if x + 34 < free {
                let _ = write!(
                    self.0,
                    "<text class=\"cr-axis cr-middle\" x=\"{x}\" y=\"{}\">{}</text>",
                    TOP + HIGH + 20,
                    escape(&point.date)
                );
                free = x - 34;
            }
        }
    }
}
