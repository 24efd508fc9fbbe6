//! What the TOML reader says about a mistake, in French and with a remedy.

/// The key nobody knows, when the message is about one, and the one that was probably meant.
pub(crate) fn unknown_key(message: &str) -> Option<(&str, Option<&str>)> {
    let first = message.trim().lines().next()?;
    if !first.starts_with("unknown field") {
        return None;
    }
    let quoted = quoted(first);
    let (name, others) = quoted.split_first()?;
    Some((name, nearest(name, others)))
}

/// The message in French, and what to do; `is_toml` when the text could be read as TOML, and only its meaning is wrong.
pub(crate) fn french(message: &str, is_toml: bool) -> (String, String) {
    let plain = message.trim();
    let first = plain.lines().next().unwrap_or_default();
    let quoted = quoted(first);
    let name = quoted.first().copied().unwrap_or_default();
    let others = quoted.get(1..).unwrap_or_default();
    if first.starts_with("unknown field") {
        let near = nearest(name, others).map_or(String::new(), |near| format!("« {near} » ? "));
        let words = format!("clé « {name} » inconnue ici (unknown)");
        return (
            words,
            format!("{near}clés possibles : {}", others.join(", ")),
        );
    }
    if first.starts_with("unknown variant") {
        let near = nearest(name, others).map_or(String::new(), |near| format!("« {near} » ? "));
        let words = format!("mot « {name} » inconnu ici");
        return (
            words,
            format!("{near}mots possibles : {}", others.join(", ")),
        );
    }
    if first.starts_with("missing field") {
        return (
            format!("clé « {name} » absente"),
            format!("ajoutez {name} dans cette section"),
        );
    }
    if first.starts_with("duplicate key") || first.contains("duplicate") {
        return (
            "clé écrite deux fois".to_owned(),
            "retirez-en une".to_owned(),
        );
    }
    if let Some(rest) = first.strip_prefix("invalid type: ") {
        let (found, expected) = rest.split_once(", expected ").unwrap_or((rest, ""));
        let words = format!("valeur d'un autre type : {}", type_words(found));
        return (words, format!("il faut {}", type_words(expected)));
    }
    if let Some(rest) = first.strip_prefix("invalid value: ") {
        let (found, expected) = rest.split_once(", expected ").unwrap_or((rest, ""));
        let words = format!("valeur impossible : {}", type_words(found));
        return (words, format!("il faut {}", type_words(expected)));
    }
    if is_toml {
        // A value that its own type refused, in that type's words.
        return (format!("valeur refusée : {plain}"), String::new());
    }
    (
        format!("ce n'est pas du TOML : {plain}"),
        "clé = valeur, textes entre guillemets, sections entre crochets".to_owned(),
    )
}

fn type_words(text: &str) -> String {
    let (kind, rest) = match text.split_once(' ') {
        Some((kind, rest)) => (kind, format!(" {rest}")),
        None => (text, String::new()),
    };
    let word = match kind {
        "string" | "a" if text.contains("string") => "un texte",
        "floating" => "un nombre à virgule",
        "boolean" => "vrai ou faux",
        "sequence" => "une liste",
        "map" => "une section",
        "bool" => "true ou false",
        "u8" | "u16" | "u32" | "u64" | "usize" => "un nombre entier positif",
        "integer" | "i16" | "i32" | "i64" => "un nombre entier",
        _ => return text.to_owned(),
    };
    let value = rest
        .trim_start()
        .trim_start_matches("string")
        .trim_start_matches("point")
        .trim();
    if value.starts_with(['`', '"']) {
        format!("{word} {value}")
    } else {
        word.to_owned()
    }
}

/// What stands between back quotes.
fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// The word that differs least, when it differs little.
fn nearest<'w>(name: &str, words: &[&'w str]) -> Option<&'w str> {
    let scored = words.iter().map(|word| (distance(name, word), *word));
    let best = scored.min_by_key(|(distance, _)| *distance)?;
    (best.0 <= 2 && best.0 < name.chars().count()).then_some(best.1)
}

/// Insertions, deletions and replacements from one word to the other.
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.chars().count()).collect();
    for (line, left) in one.chars().enumerate() {
        let mut diagonal = line;
        let mut previous = line + 1;
        for (cell, right) in row.iter_mut().skip(1).zip(other.chars()) {
            let replaced = diagonal + usize::from(left != right);
            diagonal = *cell;
            *cell = replaced.min(*cell + 1).min(previous + 1);
            previous = *cell;
        }
        if let Some(first) = row.first_mut() {
            *first = line + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_a_person() {
        let (words, remedy) = french(
            "unknown field `desimal`, expected one of `decimal`, `thousands`",
            true,
        );
        assert_eq!(words, "clé « desimal » inconnue ici (unknown)");
        assert_eq!(remedy, "« decimal » ? clés possibles : decimal, thousands");
        assert_eq!(
            french("missing field `id`", true).1,
            "ajoutez id dans cette section"
        );
        let (words, remedy) = french("invalid type: integer `5`, expected a string", true);
        assert_eq!(words, "valeur d'un autre type : un nombre entier `5`");
        assert_eq!(remedy, "il faut un texte");
        assert_eq!(distance("abc", "abd"), 1);
        assert_eq!(distance("", "abd"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
