//! Reads `report.json` and says, for a person, where it is wrong and what to do.

use lisiere_model::report::Report;

/// Why a text is not a report.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("ligne {line}, colonne {column}{}{path} : {message}", if path.is_empty() { "" } else { ", à " })]
pub struct ReadError {
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
    /// Path of the value, as `chapters[0].parts[1].items[2]`.
    pub path: String,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub remedy: String,
}

/// Reads a report from its documented JSON form.
pub fn read(json: &[u8]) -> Result<Report, ReadError> {
    // Editors of some systems put a mark before the text.
    let json = json.strip_prefix(b"\xef\xbb\xbf").unwrap_or(json);
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let report = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        explain(
            error.inner(),
            if path == "." { String::new() } else { path },
        )
    })?;
    deserializer
        .end()
        .map_err(|error| explain(&error, String::new()))?;
    Ok(report)
}

fn explain(error: &serde_json::Error, path: String) -> ReadError {
    let text = error.to_string();
    let text = text.split(" at line ").next().unwrap_or(&text);
    let (message, remedy) = translate(text, error);
    ReadError {
        line: error.line(),
        column: error.column(),
        path,
        message,
        remedy: remedy.to_owned(),
    }
}

fn translate(text: &str, error: &serde_json::Error) -> (String, &'static str) {
    const SCHEMA: &str = "Comparer avec le format : lisiere-hub report render --schema";
    if error.is_eof() {
        return (
            "le texte s'arrête avant la fin".to_owned(),
            "Vérifier que le fichier est entier.",
        );
    }
    if error.is_syntax() {
        return (
            format!("ce n'est pas du JSON ({text})"),
            "Corriger la syntaxe à cet endroit.",
        );
    }
    if let Some(rest) = text.strip_prefix("missing field ") {
        return (
            format!("le champ {rest} manque"),
            "L'ajouter ; lisiere-hub report render --schema le décrit.",
        );
    }
    if let Some(rest) = text.strip_prefix("unknown field ") {
        return (
            format!("champ inconnu {}", attended(rest)),
            "Corriger le nom du champ, ou le retirer.",
        );
    }
    if let Some(rest) = text.strip_prefix("unknown variant ") {
        return (
            format!("valeur inconnue {}", attended(rest)),
            "Choisir une des valeurs attendues.",
        );
    }
    if let Some(rest) = text.strip_prefix("invalid type: ") {
        return (format!("type inattendu : {}", attended(rest)), SCHEMA);
    }
    (text.to_owned(), SCHEMA)
}

fn attended(text: &str) -> String {
    text.replace(", expected one of ", " ; attendu : ")
        .replace(", expected ", " ; attendu : ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = include_str!("../fixtures/chemistry.json");

    fn wrong(from: &str, to: &str) -> ReadError {
        assert!(GOOD.contains(from), "{from}");
        read(GOOD.replacen(from, to, 1).as_bytes()).unwrap_err()
    }

    #[test]
    fn a_good_report_is_read_and_written_back_the_same() {
        let report = read(GOOD.as_bytes()).unwrap();
        let again = serde_json::to_vec(&report).unwrap();
        assert_eq!(read(&again).unwrap(), report);
        assert!(read(format!("\u{feff}{GOOD}").as_bytes()).is_ok());
    }

    #[test]
    fn errors_name_place_and_remedy() {
        let error = wrong("\"number\": \"7.2\"", "\"number\": \"7,2\"");
        assert_eq!(
            error.path,
            "chapters[0].parts[0].items[0].result.value.quantity.number"
        );
        assert!(error.line > 100, "{error}");
        let error = wrong("\"created_at\"", "\"createdat\"");
        assert!(
            error
                .message
                .starts_with("champ inconnu `createdat` ; attendu : "),
            "{error}"
        );
        let error = wrong("\"record\": {", "\"record\": 7, \"x\": {");
        assert_eq!(error.path, "record");
        assert!(
            error.message.starts_with("type inattendu : integer `7`"),
            "{error}"
        );
        let error = wrong("14749-6", "14749-7");
        assert!(error.message.contains("should be 6"), "{error}");
        let error = read(&GOOD.as_bytes()[..400]).unwrap_err();
        assert_eq!(error.message, "le texte s'arrête avant la fin");
        let error = read(b"{}").unwrap_err();
        assert_eq!((error.path.as_str(), error.line), ("", 1));
        let error = read(format!("{GOOD} x").as_bytes()).unwrap_err();
        assert!(error.message.starts_with("ce n'est pas du JSON"), "{error}");
    }
}
