//! What the value of an attribute may look like: the simple types of CDA R2, as functions.

use std::sync::Arc;

/// A simple type.
#[derive(Clone, Debug)]
pub(super) enum Lexical {
    /// Any text.
    Text,
    /// Text of at least one character.
    St,
    /// A word.
    Cs,
    /// `true` or `false`.
    Bl,
    /// The same, or `1` or `0`.
    Boolean,
    Int,
    IntPos,
    Real,
    Probability,
    Ts,
    /// OID, UUID or HL7 reserved name.
    Uid,
    Oid,
    Url,
    Bin,
    ListInt,
    NmToken,
    NmTokens,
    Id,
    IdRef,
    IdRefs,
    /// One of the codes; blanks around it do not count.
    Codes(Arc<[&'static str]>),
    /// One of the codes exactly.
    Exactly(Arc<[&'static str]>),
    /// Any number of the codes.
    SetOf(Arc<[&'static str]>),
}

impl Lexical {
    /// The simple type of that name, if it is not an enumeration.
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "string" => Self::Text,
            "st" => Self::St,
            "cs" => Self::Cs,
            "bl" | "bn" => Self::Bl,
            "boolean" => Self::Boolean,
            "int" => Self::Int,
            "int_pos" => Self::IntPos,
            "real" => Self::Real,
            "probability" => Self::Probability,
            "ts" => Self::Ts,
            "uid" => Self::Uid,
            "oid" => Self::Oid,
            "url" => Self::Url,
            "bin" => Self::Bin,
            "list_int" => Self::ListInt,
            "NMTOKEN" => Self::NmToken,
            "NMTOKENS" => Self::NmTokens,
            "ID" => Self::Id,
            "IDREF" => Self::IdRef,
            "IDREFS" => Self::IdRefs,
            _ => return None,
        })
    }

    /// Whether a value is one of this type. Whether an ID is unique is not asked here.
    pub(super) fn accepts(&self, value: &str) -> bool {
        match self {
            Self::Text => true,
            Self::St => !value.is_empty(),
            Self::Cs => is_word(trim(value)),
            Self::Bl => matches!(trim(value), "true" | "false"),
            Self::Boolean => matches!(trim(value), "true" | "false" | "1" | "0"),
            Self::Int => is_integer(trim(value)),
            Self::IntPos => is_integer(trim(value)) && is_positive(trim(value)),
            Self::Real => is_real(trim(value)),
            Self::Probability => trim(value)
                .parse::<f64>()
                .is_ok_and(|number| (0.0..=1.0).contains(&number)),
            Self::Ts => is_point_in_time(value),
            Self::Uid => is_oid(value) || is_uuid(value) || is_reserved(value),
            Self::Oid => is_oid(value),
            Self::Url => is_uri(trim(value)),
            Self::Bin => is_base64(value),
            Self::ListInt => words(value).all(is_integer),
            Self::NmToken => is_name_token(trim(value)),
            Self::NmTokens => words(value).all(is_name_token) && !trim(value).is_empty(),
            Self::Id | Self::IdRef => is_ncname(trim(value)),
            Self::IdRefs => words(value).all(is_ncname) && !trim(value).is_empty(),
            Self::Codes(codes) => codes.binary_search(&trim(value)).is_ok(),
            Self::Exactly(codes) => codes.binary_search(&value).is_ok(),
            Self::SetOf(codes) => words(value).all(|word| codes.binary_search(&word).is_ok()),
        }
    }

    /// What is expected, in French, to stand after “attendu : ”.
    pub(super) fn wanted(&self) -> String {
        let fixed = match self {
            Self::Text => "un texte",
            Self::St => "un texte d'au moins un caractère",
            Self::Cs => "un code sans espace",
            Self::Bl | Self::Boolean => "true ou false",
            Self::Int => "un nombre entier",
            Self::IntPos => "un entier supérieur à 0",
            Self::Real => "un nombre, avec un point décimal",
            Self::Probability => "un nombre de 0 à 1",
            Self::Ts => "une date AAAAMMJJ ou une date et heure AAAAMMJJhhmmss+ZZzz",
            Self::Uid => "un OID ou un UUID",
            Self::Oid => "un OID",
            Self::Url => "une adresse (URI), par exemple tel:+33100000000 ou mailto:a@exemple.fr",
            Self::Bin => "du base64",
            Self::ListInt => "des entiers séparés par des espaces",
            Self::NmToken | Self::NmTokens => "des mots sans caractère spécial",
            Self::Id | Self::IdRef | Self::IdRefs => {
                "un nom qui commence par une lettre, sans espace ni « : » ni « # »"
            }
            Self::Codes(codes) | Self::Exactly(codes) | Self::SetOf(codes) => {
                let shown: Vec<&str> = codes.iter().copied().take(16).collect();
                let more = if codes.len() > shown.len() { "…" } else { "" };
                return format!("{}{more}", shown.join(", "));
            }
        };
        fixed.to_owned()
    }
}

fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r')
}

/// Without the blanks of XML at both ends.
pub(super) fn trim(value: &str) -> &str {
    value.trim_matches(is_blank)
}

/// Pieces between blanks of XML.
pub(super) fn words(value: &str) -> impl Iterator<Item = &str> {
    value.split(is_blank).filter(|word| !word.is_empty())
}

fn is_word(value: &str) -> bool {
    !value.is_empty() && !value.contains(is_blank)
}

fn are_digits(value: &str) -> bool {
    !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit())
}

fn unsigned(value: &str) -> &str {
    value.strip_prefix(['+', '-']).unwrap_or(value)
}

fn is_integer(value: &str) -> bool {
    are_digits(unsigned(value))
}

fn is_positive(value: &str) -> bool {
    !value.starts_with('-') && value.bytes().any(|byte| matches!(byte, b'1'..=b'9'))
}

/// `xs:decimal` or `xs:double`.
fn is_real(value: &str) -> bool {
    if matches!(value, "INF" | "-INF" | "NaN") {
        return true;
    }
    let (mantissa, exponent) = match value.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (value, None),
    };
    let mantissa = unsigned(mantissa);
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |text: &str| text.is_empty() || are_digits(text);
    digits(whole)
        && digits(part)
        && !(whole.is_empty() && part.is_empty())
        && exponent.is_none_or(is_integer)
}

/// `[0-9]{1,8}`, or 9 to 14 digits (with 14, a fraction may follow) and an offset.
fn is_point_in_time(value: &str) -> bool {
    if value.len() <= 8 {
        return are_digits(value);
    }
    let (local, offset) = match value.split_once(['+', '-']) {
        Some((local, offset)) => (local, Some(offset)),
        None => (value, None),
    };
    if offset.is_some_and(|offset| !are_digits(offset) || offset.len() > 4) {
        return false;
    }
    match local.split_once('.') {
        Some((seconds, fraction)) => {
            are_digits(seconds) && seconds.len() == 14 && are_digits(fraction)
        }
        None => are_digits(local) && (9..=14).contains(&local.len()),
    }
}

fn is_oid(value: &str) -> bool {
    let mut arcs = value.split('.');
    arcs.next()
        .is_some_and(|first| matches!(first, "0" | "1" | "2"))
        && arcs.all(|arc| are_digits(arc) && (arc == "0" || !arc.starts_with('0')))
}

fn is_uuid(value: &str) -> bool {
    let mut groups = value.split('-');
    [8, 4, 4, 4, 12].iter().all(|length| {
        groups.next().is_some_and(|group| {
            group.len() == *length && group.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
    }) && groups.next().is_none()
}

fn is_reserved(value: &str) -> bool {
    value.starts_with(|first: char| first.is_ascii_alphabetic())
        && value
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// `xs:base64Binary`: groups of four, blanks between them.
fn is_base64(value: &str) -> bool {
    let packed: Vec<u8> = value
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    let data = packed.strip_suffix(b"=").unwrap_or(&packed);
    let data = data.strip_suffix(b"=").unwrap_or(data);
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let last_bits = match (packed.len() - data.len(), data.last()) {
        (1, Some(last)) => b"AEIMQUYcgkosw048".contains(last),
        (2, Some(last)) => b"AQgw".contains(last),
        _ => true,
    };
    packed.len().is_multiple_of(4) && data.iter().all(plain) && last_bits
}

fn is_name_start(character: char) -> bool {
    character == '_' || character.is_alphabetic()
}

fn is_name_part(character: char) -> bool {
    // XML 1.0 §2.3; combining marks are few enough to be named by their blocks.
    is_name_start(character)
        || matches!(character, '.' | '-' | '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}'..='\u{2040}')
        || character.is_numeric() && (character.is_ascii_digit() || character >= '\u{660}')
}

fn is_ncname(value: &str) -> bool {
    value.starts_with(is_name_start) && value.chars().all(is_name_part)
}

fn is_name_token(value: &str) -> bool {
    !value.is_empty()
        && value
            .chars()
            .all(|character| character == ':' || is_name_part(character))
}

/// A URI reference (RFC 3986 §4.1); characters that XML Schema lets stand unescaped count as allowed.
fn is_uri(value: &str) -> bool {
    let (rest, fragment) = match value.split_once('#') {
        Some((rest, fragment)) => (rest, Some(fragment)),
        None => (value, None),
    };
    let (rest, query) = match rest.split_once('?') {
        Some((rest, query)) => (rest, Some(query)),
        None => (rest, None),
    };
    let plain = |text: &str, more: &str| are_uri_characters(text, more);
    if !fragment.is_none_or(|fragment| plain(fragment, ":@/?[]"))
        || !query.is_none_or(|query| plain(query, ":@/?"))
    {
        return false;
    }
    let scheme = rest.split_once(':').filter(|(scheme, _)| is_scheme(scheme));
    let path = scheme.map_or(rest, |(_, path)| path);
    if let Some(after) = path.strip_prefix("//") {
        let (authority, path) = after.find('/').map_or((after, ""), |slash| {
            after.split_at_checked(slash).unwrap_or((after, ""))
        });
        return is_authority(authority) && plain(path, ":@/");
    }
    let first = path.split('/').next().unwrap_or_default();
    (scheme.is_some() || !first.contains(':')) && plain(path, ":@/")
}

fn is_scheme(scheme: &str) -> bool {
    scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
}

fn is_authority(authority: &str) -> bool {
    let (user, host) = authority.split_once('@').unwrap_or(("", authority));
    if !are_uri_characters(user, ":") {
        return false;
    }
    let (is_host, port) = if let Some(literal) = host.strip_prefix('[') {
        let Some((_, after)) = literal.split_once(']') else {
            return false;
        };
        (
            after.is_empty() || after.starts_with(':'),
            after.strip_prefix(':'),
        )
    } else {
        let (name, port) = match host.split_once(':') {
            Some((name, port)) => (name, Some(port)),
            None => (host, None),
        };
        (are_uri_characters(name, ""), port)
    };
    is_host && port.is_none_or(|port| port.is_empty() || (are_digits(port) && port.len() <= 8))
}

fn are_uri_characters(text: &str, more: &str) -> bool {
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let hex = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_hexdigit());
        let good = match byte {
            b'%' => hex(bytes.next()) && hex(bytes.next()),
            b':' | b'@' | b'/' | b'?' | b'[' | b']' | b'#' => more.as_bytes().contains(&byte),
            _ => true,
        };
        if !good {
            return false;
        }
    }
    true
}
