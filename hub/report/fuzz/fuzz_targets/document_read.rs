//! The reader fed with any bytes: what it shows has no tag outside its whitelist, what it understands can be written as JSON
//! and read again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use lisiere_report::reading;

/// Beginnings of all tags that may be shown.
const TAGS: &[&str] = &[
    "section", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tfoot", "tr", "th", "td",
    "caption", "div", "ul", "ol", "li", "span", "sub", "sup", "br", "img ", "em",
];

fuzz_target!(|data: &[u8]| {
    let Ok(incoming) = reading::read(data) else {
        return;
    };
    let html = incoming.narrative.to_html();
    for (place, _) in html.match_indices('<') {
        let tag = html[place + 1..].trim_start_matches('/');
        assert!(TAGS.iter().any(|known| tag.starts_with(known)));
    }
    for remark in &incoming.remarks {
        assert!(!remark.path.is_empty() && !remark.message.is_empty() && !remark.remedy.is_empty());
    }
    if let Some(report) = incoming.report {
        let json = serde_json::to_vec(&report).unwrap();
        assert_eq!(lisiere_report::read(&json).unwrap(), report);
        let _ = lisiere_report::check(&report);
    }
});
