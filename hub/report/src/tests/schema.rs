//! The printed schema describes exactly what is read: fixtures conform, and so does what the model writes.

use serde_json::Value;

use super::FIXTURES;

/// As much of JSON Schema as the schema uses.
fn conforms(root: &Value, schema: &Value, value: &Value, path: &str) -> Result<(), String> {
    if let Some(name) = schema["$ref"]
        .as_str()
        .and_then(|name| name.strip_prefix("#/$defs/"))
    {
        return conforms(root, &root["$defs"][name], value, path);
    }
    for key in ["oneOf", "anyOf"] {
        if let Some(choices) = schema[key].as_array() {
            let fits = choices
                .iter()
                .filter(|choice| conforms(root, choice, value, path).is_ok())
                .count();
            return if fits == 1 {
                Ok(())
            } else {
                Err(format!("{path}: {fits} choices fit"))
            };
        }
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let allowed = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().any(|one| one == kind),
        one => one == kind,
    };
    if !allowed {
        return Err(format!("{path}: {kind} instead of {}", schema["type"]));
    }
    if let (Some(values), false) = (schema["enum"].as_array(), value.is_null())
        && !values.contains(value)
    {
        return Err(format!("{path}: {value} is not listed"));
    }
    if let (Some(items), Some(inside)) = (schema.get("items"), value.as_array()) {
        for (place, one) in inside.iter().enumerate() {
            conforms(root, items, one, &format!("{path}/{place}"))?;
        }
    }
    let Some(fields) = value.as_object() else {
        return Ok(());
    };
    for name in schema["required"].as_array().into_iter().flatten() {
        if !fields.contains_key(name.as_str().unwrap()) {
            return Err(format!("{path}: {name} is missing"));
        }
    }
    for (name, one) in fields {
        let inner = &schema["properties"][name];
        if inner.is_null() {
            return Err(format!("{path}/{name} is not described"));
        }
        conforms(root, inner, one, &format!("{path}/{name}"))?;
    }
    Ok(())
}

#[test]
fn fixtures_and_written_reports_conform() {
    let schema: Value = serde_json::from_str(crate::SCHEMA).unwrap();
    for (name, json) in FIXTURES {
        let read: Value = serde_json::from_str(json).unwrap();
        conforms(&schema, &schema, &read, "").unwrap_or_else(|error| panic!("{name}: {error}"));
        let written = serde_json::to_value(crate::read(json.as_bytes()).unwrap()).unwrap();
        conforms(&schema, &schema, &written, "").unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

/// Takes every required field away, one at a time: the reader must miss it too, and nothing else.
#[test]
fn what_the_schema_requires_the_reader_requires() {
    let schema: Value = serde_json::from_str(crate::SCHEMA).unwrap();
    let whole: Value = serde_json::from_str(FIXTURES[2].1).unwrap();
    let required: Vec<&str> = schema["required"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one.as_str().unwrap())
        .collect();
    for name in whole.as_object().unwrap().keys() {
        let mut less = whole.clone();
        less.as_object_mut().unwrap().remove(name);
        let read = crate::read(less.to_string().as_bytes());
        assert_eq!(read.is_err(), required.contains(&name.as_str()), "{name}");
    }
}
