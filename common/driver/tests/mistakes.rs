//! Every kind of mistake in a profile is named with its line and column, in French, with what to do.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that meets the unexpected must stop"
)]

use lisiere_driver::{DataError, check, profile_text, schema};

const LIS: &str = "sysmex-xp";
const HL7: &str = "biosystems-ba400";

/// Where `needle` first stands in `text` from an offset on, counted from 1.
fn place(text: &str, from: usize, needle: &str) -> (usize, usize) {
    let found = text[from..].find(needle);
    let at = from + found.unwrap_or_else(|| panic!("no {needle} in the changed profile"));
    let before = &text[..at];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap().chars().count() + 1;
    (line, column)
}

struct Kind {
    /// The profile changed.
    id: &'static str,
    /// What is replaced, once.
    from: &'static str,
    /// By what.
    to: &'static str,
    /// What the mistake is found at; the start of it.
    at: &'static str,
    /// Words of the mistake.
    words: &'static str,
}

const fn kind(
    id: &'static str,
    from: &'static str,
    to: &'static str,
    at: &'static str,
    words: &'static str,
) -> Kind {
    Kind {
        id,
        from,
        to,
        at,
        words,
    }
}

const KINDS: &[Kind] = &[
    // TOML itself.
    kind(LIS, "maker = \"Sysmex\"", "maker = Sysmex", "Sysmex\n", "TOML"),
    kind(LIS, "maker = \"Sysmex\"", "maker = \"Sysmex", "\nmodel", "TOML"),
    kind(LIS, "[text]", "[text]\ncharset = \"utf-8\"", "charset = \"windows-1252\"", "deux fois"),
    // Keys and types.
    kind(LIS, "[text]", "[text]\nbogus = 1", "bogus", "« bogus » inconnue"),
    kind(LIS, "decimal = \".\"", "desimal = \".\"", "desimal", "« desimal » inconnue"),
    kind(LIS, "maker = \"Sysmex\"\n", "", "", "« maker » absente"),
    kind(LIS, "weight = 95", "weight = \"95\"", "\"95\"", "autre type"),
    kind(LIS, "weight = 95", "weight = 950", "950", "impossible"),
    kind(LIS, "comparators = false", "comparators = \"non\"", "\"non\"", "autre type"),
    kind(LIS, "kind = \"lis1a\"", "kind = \"lis1b\"", "\"lis1b\"", "« lis1b » inconnu"),
    kind(LIS, "missing = \"final\"", "missing = \"finale\"", "\"finale\"", "« finale » inconnu"),
    kind(LIS, "kind = \"qc\"", "kind = \"control\"", "\"control\"", "« control » inconnu"),
    kind(LIS, "N = \"N\", L = \"L\"", "N = \"NORMAL\", L = \"L\"", "\"NORMAL\"", "« NORMAL » inconnu"),
    kind(LIS, "[time]", "language = \"cobol\"\n[time]", "language", "inconnue"),
    kind(LIS, "tests = [\"numeration\"", "language = \"cobol\"\ntests = [\"numeration\"", "\"cobol\"", "« cobol » inconnu"),
    // Places, filters, expressions.
    kind(LIS, "O.4.3 | trim", "O.4.3 | trum", "\"O.4.3 | trum\"", "n'est pas un filtre"),
    kind(LIS, "O.4.3 | trim", "O4.3 | trim", "\"O4.3", "n'est pas un enregistrement"),
    kind(LIS, "\"R.5.1\"", "\"R.0\"", "\"R.0\"", "n'est pas une place"),
    kind(LIS, "\"R.5.1\"", "\"OBX.5.1\"", "\"OBX.5.1\"", "n'est pas un enregistrement"),
    kind(HL7, "\"OBX.6.1\"", "\"R.5.1\"", "\"R.5.1\"", "n'est pas un enregistrement"),
    kind(LIS, "'^XP-(100|300)$'", "'^XP-(100|300$'", "'^XP-(100|300$'", "expression régulière"),
    // Identity.
    kind(LIS, "id = \"sysmex-xp\"", "id = \"Sysmex XP\"", "\"Sysmex XP\"", "impossible"),
    kind(LIS, "author = \"Lisière\"", "author = \"\"", "\"\"", "author est vide"),
    kind(LIS, "weight = 95", "weight = 0", "0\n", "poids 0"),
    kind(LIS, "'^XP-(100|300)$'", "'.*'", "'.*'", "n'importe quel texte"),
    kind(LIS, "\"non-mesure\"", "\"Non mesuré\"", "\"Non mesuré\"", "n'est pas un nom"),
    kind(LIS, "\"non-mesure\"", "\"numeration\"", "\"numeration\", \"controle\"", "deux fois"),
    // Link and transport.
    kind(LIS, "kind = \"lis1a\"", "kind = \"mllp\"", "\"mllp\"", "ne porte pas la langue"),
    kind(HL7, "kind = \"mllp\"", "kind = \"mllp\"\ninterrupt = true", "true", "ne veut rien dire"),
    kind(LIS, "baud = 9600", "baud = 96", "96 ", "bauds"),
    kind(LIS, "baud = 9600", "baud = 9600, data_bits = 9", "9 }", "bits de données"),
    kind(LIS, "baud = 9600", "baud = 9600, stop_bits = 3", "3 }", "bits d'arrêt"),
    kind(HL7, "analyzer = \"client\"", "analyzer = \"client\", port = 0", "0 }", "port 0"),
    // Text and time.
    kind(LIS, "\"windows-1252\"", "\"windows-9999\"", "\"windows-9999\"", "jeu de caractères inconnu"),
    kind(LIS, "[text]", "[text]\ndelimiters = \"||^&\"", "\"||^&\"", "quatre signes différents"),
    kind(HL7, "[text]", "[text]\nshorthand_escapes = true", "true", "LIS2-A2"),
    kind(LIS, "\"Europe/Paris\"", "\"Europe/Lutece\"", "\"Europe/Lutece\"", "fuseau inconnu"),
    kind(LIS, "\"YYYYMMDDhhmm\"", "\"hhmm\"", "\"hhmm\"", "ne dit pas année"),
    kind(HL7, "oldest_days = 60", "oldest_days = 0", "0\n", "assez récent"),
    // Specimen, rows, values.
    kind(LIS, "from = [{ at = \"O.4.3 | trim\" }]", "from = []", "from", "aucune place"),
    kind(LIS, "max_length = 15", "max_length = 15\nmin_length = 20", "15", "longueurs impossibles"),
    kind(LIS, "max_length = 15", "max_length = 15\ndrop_check = true", "true", "drop_check sans check"),
    kind(LIS, "max_length = 15", "max_length = 15\nprefixes = [\"\"]", "\"\"", "préfixe vide"),
    kind(HL7, "SER = [\"SER\"]", "SER = []", "SER = []", "sans signification"),
    kind(LIS, "value = [{ at = \"R.4\" }]", "value = []", "value = []", "aucune place"),
    kind(LIS, "[value]", "[[row]]\nwhen = []\nrole = \"result\"\n[value]", "[[row]]", "sans condition"),
    kind(LIS, "[value]", "[[row]]\nwhen = [{ at = \"R.3\", matches = \"x\" }]\nrole = \"ignored\"\n[value]", "[[row]]", "sans raison"),
    kind(LIS, "[value]", "[[row]]\nwhen = [{ at = \"R.3\", matches = \"x\" }]\nrole = \"result\"\nfirst = true\n[value]", "[[row]]", "annexe"),
    kind(LIS, "decimal = \".\"", "decimal = \".\"\nthousands = \".\"", "\".\"\ncomp", "le même signe"),
    kind(LIS, "decimal = \".\"", "decimal = \"5\"", "\"5\"", "signe décimal"),
    kind(LIS, "decimal = \".\"", "decimal = \".\"\nimplied_decimals = 12", "12\n", "décimales"),
    kind(LIS, "means = \"analyse impossible\"", "means = \"\"", "\"\"", "sans explication"),
    kind(LIS, "why = \"O-12 = Q\"", "why = \"\"", "\"\"", "sans raison"),
    kind(LIS, "[flags]\nat = \"R.7\"", "[flags]", "flags", "aucune place"),
    kind(LIS, "ignored = { M", "ignored = { R", "\"données", "porte les résultats"),
    kind(LIS, "[records]", "[duplicate]\nidentity = []\n[records]", "identity", "identité vide"),
    // Codes.
    kind(LIS, "code = \"RBC\"", "code = \"WBC\"", "\"WBC\"\ntests = [\"HEMA\"]", "deux fois"),
    kind(LIS, "code = \"RBC\"", "code = \"\"", "\"\"", "code vide"),
    kind(LIS, "tests = [\"LEU\"]", "tests = [\"LEUX\"]", "\"LEUX\"", "pas d'analyse LEUX"),
    kind(LIS, "tests = [\"LEU\"]", "tests = [\"a b\"]", "[\"a b\"]", "refusée"),
];

fn mistakes(kind: &Kind) -> (String, Vec<DataError>) {
    let good = profile_text(kind.id).unwrap();
    assert!(good.contains(kind.from), "{} has no {}", kind.id, kind.from);
    let wrong = good.replacen(kind.from, kind.to, 1);
    let found = check("x.toml", &wrong);
    (wrong, found)
}

#[test]
fn every_kind_of_mistake_has_its_place_its_words_and_its_remedy() {
    const { assert!(KINDS.len() >= 30) };
    let mut missed = Vec::new();
    for kind in KINDS {
        let (text, found) = mistakes(kind);
        let wanted = if kind.at.is_empty() {
            (1, 1)
        } else {
            let good = profile_text(kind.id).unwrap();
            let changed = good.find(kind.from).unwrap();
            let from = good[..changed].rfind('\n').map_or(0, |end| end + 1);
            place(&text, from, kind.at)
        };
        let fits = |error: &&DataError| {
            error.to_string().contains(kind.words) && (error.line, error.column) == wanted
        };
        if !found.iter().any(|error| fits(&error)) {
            missed.push(format!("{:?} at {wanted:?}: {found:?}", kind.to));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn all_mistakes_are_named_at_once_and_in_order() {
    let text = profile_text(LIS).unwrap();
    let text = text
        .replacen("id = \"sysmex-xp\"", "id = \"XP\"", 1)
        .replacen("Europe/Paris", "Europe/Lutece", 1)
        .replacen("windows-1252", "latin", 1)
        .replacen("max_length = 15", "max_length = 0", 1);
    let found = check("x.toml", &text);
    let lines: Vec<usize> = found.iter().map(|error| error.line).collect();
    assert_eq!(found.len(), 4, "{found:?}");
    assert!(lines.is_sorted());
    assert!(found.iter().all(|error| !error.remedy.is_empty()));
    // Unknown keys too, each with the one that was meant.
    let text = profile_text(LIS).unwrap();
    let text = text
        .replacen("decimal = ", "desimal = ", 1)
        .replacen("max_length", "max_lenght", 1)
        .replacen("zone = ", "zoen = ", 1);
    let found = check("x.toml", &text);
    let named: Vec<&str> = ["« zone »", "« max_length »", "« decimal »"]
        .into_iter()
        .filter(|near| found.iter().any(|error| error.remedy.contains(near)))
        .collect();
    assert_eq!(named.len(), 3, "{found:?}");
}

#[test]
fn the_profiles_of_the_product_have_none() {
    for id in lisiere_driver::ids() {
        let found = check(id, profile_text(id).unwrap());
        assert!(found.is_empty(), "{id}: {found:?}");
        assert_eq!(lisiere_driver::profile_of(id).unwrap().unwrap().id, id);
    }
}

/// The schema and the reader are made from the same types: every key that a profile of the product writes is in it.
#[test]
fn the_schema_knows_every_key_in_use() {
    let schema = schema();
    for id in lisiere_driver::ids() {
        let text = profile_text(id).unwrap();
        let value: serde_json::Value = toml::from_str(text).unwrap();
        let mut unknown = Vec::new();
        compare(&schema, &schema, &value, id, &mut unknown);
        assert!(unknown.is_empty(), "{unknown:?}");
    }
}

/// Follows properties, items, references and alternatives; that is all a schema of ours has.
fn compare(
    root: &serde_json::Value,
    schema: &serde_json::Value,
    value: &serde_json::Value,
    path: &str,
    unknown: &mut Vec<String>,
) {
    if let Some(target) = schema["$ref"].as_str() {
        let target = root.pointer(target.trim_start_matches('#')).unwrap();
        return compare(root, target, value, path, unknown);
    }
    for key in ["anyOf", "allOf", "oneOf"] {
        if let Some(parts) = schema[key].as_array() {
            let part = parts.iter().find(|part| part["type"] != "null").unwrap();
            return compare(root, part, value, path, unknown);
        }
    }
    match value {
        serde_json::Value::Object(entries) => {
            for (key, value) in entries {
                let path = format!("{path}.{key}");
                let known = &schema["properties"][key];
                let other = &schema["additionalProperties"];
                if known.is_object() {
                    compare(root, known, value, &path, unknown);
                } else if !other.is_object() {
                    unknown.push(path);
                }
            }
        }
        serde_json::Value::Array(items) => {
            for item in items {
                compare(root, &schema["items"], item, path, unknown);
            }
        }
        _ => {}
    }
}
