//! The files every page loads, compiled into the program.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use super::problem::Problem;
use crate::store::audit::hexadecimal;

const FILES: [(&str, &str, &[u8]); 8] = [
    (
        "lisiere.css",
        "text/css; charset=utf-8",
        include_bytes!("../../static/lisiere.css"),
    ),
    (
        "narrative.css",
        "text/css; charset=utf-8",
        include_bytes!("../../static/narrative.css"),
    ),
    (
        "lisiere.js",
        "text/javascript; charset=utf-8",
        include_bytes!("../../static/lisiere.js"),
    ),
    (
        "line.js",
        "text/javascript; charset=utf-8",
        include_bytes!("../../static/line.js"),
    ),
    (
        "letterhead.js",
        "text/javascript; charset=utf-8",
        include_bytes!("../../static/letterhead.js"),
    ),
    (
        "htmx.min.js",
        "text/javascript; charset=utf-8",
        include_bytes!("../../static/htmx.min.js"),
    ),
    (
        "report.css",
        "text/css; charset=utf-8",
        lisiere_report::html::STYLESHEET.as_bytes(),
    ),
    (
        "lisiere.svg",
        "image/svg+xml",
        include_bytes!("../../static/lisiere.svg"),
    ),
];

/// Stands in the address of each file, so that browsers keep them for ever and still see an upgrade at once.
pub(crate) fn version() -> &'static str {
    static VERSION: LazyLock<String> = LazyLock::new(|| {
        let digest = FILES
            .iter()
            .fold(Sha256::new(), |digest, (.., bytes)| {
                digest.chain_update(bytes)
            })
            .finalize();
        hexadecimal(&digest).chars().take(12).collect()
    });
    &VERSION
}

/// `GET /static/{file}`.
pub(super) async fn file(Path(name): Path<String>) -> Result<Response, Problem> {
    let (_, kind, bytes) = FILES
        .iter()
        .find(|(known, ..)| *known == name)
        .ok_or_else(Problem::not_found)?;
    let headers = [
        (header::CONTENT_TYPE, *kind),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    Ok((headers, *bytes).into_response())
}
