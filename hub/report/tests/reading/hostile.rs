//! Documents made to harm: refused, or read without harm, in bounded time; never a panic.

use lisiere_report::reading::{self, ReadError};

/// What a browser would run, load or submit must not stand in what is shown.
pub(crate) fn harmless(html: &str, name: &str) {
    let low = html.to_lowercase();
    for (place, _) in low.match_indices('<') {
        let tag: String = low[place + 1..]
            .trim_start_matches('/')
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .collect();
        let known = [
            "section", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tfoot", "tr",
            "th", "td", "caption", "div", "ul", "ol", "li", "span", "sub", "sup", "br", "img",
            "em",
        ];
        assert!(known.contains(&tag.as_str()), "{name}: <{tag}>");
        let inside = &low[place..place + low[place..].find('>').unwrap()];
        for attribute in inside
            .split_whitespace()
            .skip(1)
            .filter(|one| one.contains('='))
        {
            let key = attribute.split('=').next().unwrap();
            assert!(
                ["class", "colspan", "rowspan", "alt", "src"].contains(&key),
                "{name}: {inside:.80}"
            );
        }
        if let Some(source) = inside.find("src=") {
            assert!(
                inside[source..].starts_with("src=\"data:image/"),
                "{name}: {inside:.80}"
            );
        }
    }
}

const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8"?>"#;

/// A document around a narrative and entries.
fn document(text: &str, entries: &str) -> String {
    format!(
        r#"{HEAD}<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<id root="1.2.3.4"/><code code="11502-2" codeSystem="2.16.840.1.113883.6.1"/><effectiveTime value="20261102161500+0100"/>
<component><structuredBody><component><section>
<templateId root="1.2.250.1.213.1.1.2.70"/><code code="18719-5" codeSystem="2.16.840.1.113883.6.1"/><title>T</title>
<text>{text}</text><entry typeCode="DRIV"><act classCode="ACT" moodCode="EVN">{entries}</act></entry>
</section></component></structuredBody></component></ClinicalDocument>"#
    )
}

fn shown(text: &str) -> String {
    let incoming = reading::read(document(text, "").as_bytes()).unwrap();
    let html = incoming.narrative.to_html();
    harmless(&html, text);
    html
}

#[test]
fn markup_of_others_never_becomes_markup() {
    for text in [
        "<script>alert(1)</script>",
        "<content onclick=\"alert(1)\" style=\"background:url(http://x/)\">mot</content>",
        "<linkHtml href=\"javascript:alert(1)\">lien</linkHtml>",
        "<linkHtml href=\" jAvAsCrIpT&#58;alert(1)\">lien</linkHtml>",
        "<h:iframe xmlns:h=\"http://www.w3.org/1999/xhtml\" src=\"http://x/\"/>",
        "<h:img xmlns:h=\"http://www.w3.org/1999/xhtml\" src=\"http://x/\" onerror=\"alert(1)\"/>",
        "<s:svg xmlns:s=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"><s:script>alert(1)</s:script></s:svg>",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "<![CDATA[<img src=x onerror=alert(1)>]]>",
        "<table styleCode=\"x&quot; onload=&quot;alert(1)\"><tr><td colspan=\"1&quot; onclick=&quot;x\" align=\"&quot;\">x</td></tr></table>",
        "<td colspan=\"99999999999\" rowspan=\"-1\">x</td>",
        "<renderMultiMedia referencedObject=\"nowhere\"/>",
        "<style>@import url(http://x/)</style><form action=\"http://x/\"><input/></form>",
        "<list listType=\"ordered\"><item><content styleCode=\"Bold Italics xAllIgnored\">un</content></item></list>",
        "<footnote>note</footnote><sub>2</sub><sup>3</sup><caption>c</caption>",
    ] {
        let html = shown(text);
        assert!(
            !html.contains("<script") && !html.contains("javascript:"),
            "{html}"
        );
    }
    assert!(shown("<script>alert(1)</script>mot").contains("mot"));
    assert!(!shown("<script>alert(1)</script>").contains("alert"));
    assert!(
        shown("<linkHtml href=\"https://exemple.fr/a?b=1&amp;c=2\">lien</linkHtml>")
            .contains("lien (https://exemple.fr/a?b=1&amp;c=2)")
    );
    assert!(shown("5 &lt; 6 &amp; \"x\"").contains("5 &lt; 6 &amp; &quot;x&quot;"));
    assert!(!shown("a\u{202e}b").contains('\u{202e}'));
}

#[test]
fn pictures_are_those_that_their_bytes_say() {
    let media = |kind: &str, content: &str| {
        let entries = format!(
            r#"<entryRelationship typeCode="COMP"><observationMedia classCode="OBS" moodCode="EVN" ID="i1"><value mediaType="{kind}" representation="B64">{content}</value></observationMedia></entryRelationship>"#
        );
        let bytes = document("<renderMultiMedia referencedObject=\"i1\"/>", &entries);
        let html = reading::read(bytes.as_bytes()).unwrap().narrative.to_html();
        harmless(&html, kind);
        html
    };
    let png = "iVBORw0KGgoAAAANSUhEUgAAABAAAAAICAAAAADVHSBLAAAAFElEQVR4nGOI+o8KGdD4UQx0UQEA6tJWQSamSw4AAAAASUVORK5CYII=";
    assert!(media("image/png", png).contains("data:image/png;base64,iVBOR"));
    // An SVG runs scripts; whatever it is called, it is not shown.
    assert!(!media("image/svg+xml", "PHN2ZyBvbmxvYWQ9ImFsZXJ0KDEpIi8+").contains("<img"));
    assert!(!media("image/png", "PHN2ZyBvbmxvYWQ9ImFsZXJ0KDEpIi8+").contains("<img"));
    assert!(media("image/png", "<reference value=\"http://x/y.png\"/>").contains("non chargée"));
    assert!(!media("image/png", "not base 64 at all %%%").contains("<img"));
    // One picture shown a hundred thousand times does not become a page of gigabytes.
    let many = "<renderMultiMedia referencedObject=\"i1\"/>".repeat(100_000);
    let entries = format!(
        r#"<entryRelationship typeCode="COMP"><observationMedia ID="i1"><value mediaType="image/png">{png}</value></observationMedia></entryRelationship>"#
    );
    let html = reading::read(document(&many, &entries).as_bytes())
        .unwrap()
        .narrative
        .to_html();
    assert!(html.len() < 20 << 20, "{}", html.len());
}

#[test]
fn bombs_and_strangers_are_refused() {
    let entity = "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><ClinicalDocument xmlns=\"urn:hl7-org:v3\">&x;</ClinicalDocument>";
    assert_eq!(
        reading::read(entity.as_bytes()).unwrap_err(),
        ReadError::Dtd
    );
    assert_eq!(
        reading::read(b"<html/>").unwrap_err(),
        ReadError::NotCda("html".to_owned())
    );
    assert!(matches!(reading::read(b""), Err(ReadError::Syntax { .. })));
    assert!(matches!(
        reading::read(&vec![b' '; (64 << 20) + 1]),
        Err(ReadError::Size(_))
    ));
    assert!(matches!(
        reading::read(b"\xff\xfe\x00\xd8"),
        Err(ReadError::Encoding(_))
    ));
    let deep = document(
        &format!(
            "{}x{}",
            "<content>".repeat(5_000),
            "</content>".repeat(5_000)
        ),
        "",
    );
    assert!(matches!(
        reading::read(deep.as_bytes()),
        Err(ReadError::Large(_))
    ));
    // Each level copies the namespaces of all above it: a minute of work, were it begun.
    let names: String = (0..60_000)
        .map(|n| format!("<a xmlns:n{n}='urn:{n}'>"))
        .collect();
    let names = format!("<ClinicalDocument xmlns=\"urn:hl7-org:v3\">{names}");
    assert!(matches!(
        reading::read(names.as_bytes()),
        Err(ReadError::Large(_))
    ));
    let verdict = lisiere_report::gate::check_document(names.as_bytes());
    assert_eq!(verdict.findings[0].rule, "xml-size");
    for error in [ReadError::Dtd, ReadError::Large("x"), ReadError::Size(70)] {
        assert!(!error.remedy().is_empty() && !error.to_string().is_empty());
    }
}

#[test]
fn nonsense_in_entries_is_listed_and_not_believed() {
    let observation = |inside: &str| {
        let entries = format!(
            r#"<entryRelationship typeCode="COMP"><observation classCode="OBS" moodCode="EVN">{inside}</observation></entryRelationship>"#
        );
        reading::read(document("<content ID=\"a\">Examen</content>", &entries).as_bytes()).unwrap()
    };
    let code = r##"<code code="2345-7" codeSystem="2.16.840.1.113883.6.1" displayName="Glucose"><originalText><reference value="#a"/></originalText></code>"##;
    for value in [
        r#"<value xsi:type="PQ" value="1,5" unit="g/L"/>"#,
        r#"<value xsi:type="PQ" value="1e999999" unit="g/L"/>"#,
        r#"<value xsi:type="PQ" value="99999999999999999999999999999999999999" unit="g/L"/>"#,
        r#"<value xsi:type="PIVL_TS" value="x"/>"#,
        r#"<value xsi:type="INT" value="1.5"/>"#,
        r#"<value xsi:type="RTO"><numerator value="x"/><denominator value="0"/></value>"#,
        r#"<value xsi:type="IVL_PQ"><low value="9" unit="g/L"/><high value="1" unit="mg/L"/></value>"#,
        r#"<value xsi:type="CD" code="1" codeSystem="not an oid"/>"#,
        r#"<interpretationCode code="XYZ" codeSystem="2.16.840.1.113883.5.83"/>"#,
        r#"<statusCode code="nullified"/><value xsi:type="PQ" value="1" unit="g/L"/>"#,
        r#"<effectiveTime value="demain"/>"#,
        r#"<value xsi:type="PQ" value="1" unit="g/L"/><value xsi:type="PQ" value="2" unit="g/L"/>"#,
    ] {
        let incoming = observation(&format!("{code}{value}"));
        assert!(!incoming.unread.is_empty(), "{value}");
        assert_eq!(incoming.results.len(), 1, "{value}");
        assert!(!incoming.is_faithful());
    }
    // A wrong check digit: the code is kept, and nobody may issue it again.
    let incoming = observation(
        r#"<code code="2345-8" codeSystem="2.16.840.1.113883.6.1" displayName="Glucose"/>"#,
    );
    assert!(!incoming.is_faithful());
    assert!(
        incoming
            .remarks
            .iter()
            .any(|one| one.rule == "reading-loinc")
    );
    // No patient: no report, yet its results.
    assert!(incoming.report.is_none());
    assert_eq!(incoming.results.len(), 1);
}

#[test]
fn any_cut_and_any_flipped_byte_is_survived() {
    let text = std::fs::read_to_string(
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/serology.json"),
    )
    .unwrap();
    let report = lisiere_report::read(text.as_bytes()).unwrap();
    let whole = lisiere_report::render(&report).unwrap().n3;
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    for round in 0..600 {
        let mut bytes = whole.clone();
        for _ in 0..=round % 4 {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            let place = usize::try_from(seed % bytes.len() as u64).unwrap();
            bytes[place] = seed.to_le_bytes()[5];
        }
        if round % 5 == 0 {
            bytes.truncate(usize::try_from(seed % bytes.len() as u64).unwrap());
        }
        if let Ok(incoming) = reading::read(&bytes) {
            harmless(&incoming.narrative.to_html(), "flipped");
        }
    }
}
