//! The auto-presentable form: a structured document inside a stylesheet that shows it and loads nothing (cr-bio §9).

/// XSLT 1.0; the document takes the place of the empty `data:Contenu`.
const SHEET: &str = include_str!("portable.xsl");
const PLACE: &str = "<data:Contenu/>";
const HEAD: &str =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<?xml-stylesheet type=\"text/xsl\" href=\"#\"?>\n";

/// A document of ours, wrapped. Its elements keep the default namespace: the rules that compare `xsi:type` letter by letter
/// then see them.
pub(crate) fn wrap(n3: &[u8]) -> Vec<u8> {
    let (before, after) = SHEET.split_once(PLACE).unwrap_or((SHEET, ""));
    let mut bytes = Vec::with_capacity(HEAD.len() + SHEET.len() + n3.len() + 40);
    for piece in [
        HEAD.as_bytes(),
        before.as_bytes(),
        b"<data:Contenu>\n",
        undeclared(n3),
        b"</data:Contenu>",
        after.as_bytes(),
    ] {
        bytes.extend_from_slice(piece);
    }
    bytes
}

/// The document without its XML declaration: only a file may begin with one.
fn undeclared(n3: &[u8]) -> &[u8] {
    let end = n3
        .starts_with(b"<?xml")
        .then(|| n3.windows(2).position(|pair| pair == b"?>"))
        .flatten();
    end.and_then(|end| n3.get(end + 2..))
        .unwrap_or(n3)
        .trim_ascii_start()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sheet_loads_nothing_and_runs_nothing() {
        for word in [
            "document(",
            "xsl:include",
            "xsl:import",
            "disable-output-escaping",
            "<script",
            "http://",
            "https://",
            "url(",
            "@import",
        ] {
            let known = SHEET
                .matches("http://www.w3.org/1999/XSL/Transform")
                .count();
            let found = SHEET.matches(word).count();
            assert_eq!(found, if word == "http://" { known } else { 0 }, "{word}");
        }
        assert_eq!(SHEET.matches(PLACE).count(), 1);
    }

    #[test]
    fn one_declaration_remains() {
        let wrapped = wrap(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ClinicalDocument xmlns=\"urn:hl7-org:v3\"/>\n");
        let text = String::from_utf8(wrapped).unwrap();
        assert_eq!(text.matches("<?xml version").count(), 1);
        assert!(text.contains("<data:Contenu>\n<ClinicalDocument"));
        roxmltree::Document::parse(&text).unwrap();
    }
}
