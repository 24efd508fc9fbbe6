//! The JSON Schema of a profile, made from the types that read it: what editors complete and check with.

use crate::{
    profile::{BytesPattern, Column, Locator, Pattern, Profile},
    query::{Spot, Template},
};
use lisiere_model::Interpretation;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;

/// The JSON Schema of a profile (draft 2020-12). Editors of TOML take it by a `#:schema` line at the top of the file.
///
/// ```
/// let schema = lisiere_driver::schema();
/// assert_eq!(schema["properties"]["id"]["type"], "string");
/// assert_eq!(schema["additionalProperties"], false);
/// ```
pub fn schema() -> serde_json::Value {
    let mut schema = SchemaGenerator::default().into_root_schema_for::<Profile>();
    schema.insert("title".to_owned(), "Profil d'analyseur Lisière".into());
    schema.to_value()
}

const PLACE: &str = r"^[A-Z][A-Z0-9]{0,7}\.([1-9][0-9]{0,2}|[a-z][a-z0-9_]*)(\[[0-9]+\])?(\.[1-9][0-9]{0,2}){0,2}( \| .+)*$";

impl JsonSchema for Locator {
    fn schema_name() -> Cow<'static, str> {
        "Locator".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "NAME.field[.component[.sub]], counted from 1, then filters: trim, upper, before X, after X, \
                strip X, capture REGEX, join PLACE, with PLACE, glue PLACE",
            "pattern": PLACE,
            "examples": ["O.4.3 | trim", "OBX.5.1", "R.3.4 | before /"],
        })
    }
}

impl JsonSchema for Pattern {
    fn schema_name() -> Cow<'static, str> {
        "Pattern".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "regex" })
    }
}

impl JsonSchema for Spot {
    fn schema_name() -> Cow<'static, str> {
        "Spot".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "RECORD, RECORD.field or RECORD.field.component, counted from 1",
            "pattern": r"^[A-Z][A-Z0-9]{0,2}(\.[0-9]+){0,2}$",
        })
    }
}

impl JsonSchema for Template {
    fn schema_name() -> Cow<'static, str> {
        "Template".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "description": "A line with {places} to be filled" })
    }
}

const STATUSES: [&str; 7] = [
    "final",
    "preliminary",
    "corrected",
    "impossible",
    "pending",
    "repeated",
    "questionable",
];

/// A status of a result.
pub(crate) fn status(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": STATUSES })
}

/// Texts of the analyzer and the status each means.
pub(crate) fn statuses(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "object", "additionalProperties": { "type": "string", "enum": STATUSES } })
}

/// Texts of the analyzer and what each means beside a reference range.
pub(crate) fn meanings(_: &mut SchemaGenerator) -> Schema {
    let words = Interpretation::ALL.map(Interpretation::code).to_vec();
    json_schema!({ "type": "object", "additionalProperties": { "type": "string", "enum": words } })
}

/// Whose value it is.
pub(crate) fn kinds(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": ["patient", "qc", "calibration", "other"] })
}

macro_rules! written_as_text {
    ($($type:ident),+) => {
        $(impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                stringify!($type).into()
            }
            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                String::json_schema(generator)
            }
        })+
    };
}
written_as_text!(Column, BytesPattern);
