//! `/comptes-rendus/…`: every signed version, byte for byte as it was signed.

use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lisiere_model::ReportId;
use sha2::{Digest, Sha256};

use super::Site;
use super::door::Who;
use super::look;
use super::problem::Problem;
use crate::laboratory::{orders, signing};

/// `GET /comptes-rendus/{report}/{version}/{form}`.
pub(super) async fn document(
    State(site): State<Site>,
    who: Who,
    Path((report, version, form)): Path<(String, u32, String)>,
) -> Result<Response, Problem> {
    let id = report
        .parse::<ReportId>()
        .map_err(|_| Problem::not_found())?;
    let (row, bytes) = signing::document(&site.laboratory, id).await?;
    if row.version != version {
        return Err(Problem::not_found());
    }
    let (kind, way, body) = match form.as_str() {
        "n3.xml" => ("application/xml; charset=utf-8", "attachment", bytes.n3),
        "n1.xml" => ("application/xml; charset=utf-8", "attachment", bytes.n1),
        "rapport.pdf" => ("application/pdf", "inline", bytes.pdf),
        "html" => ("text/html; charset=utf-8", "inline", bytes.html),
        _ => return Err(Problem::not_found()),
    };
    look::at_order(&site, &who, "/comptes-rendus", row.order).await?;
    // The file is named by the order's number: a name would stay in the folder of downloads.
    let number = orders::get(&site.laboratory, row.order).await?.number;
    let extension = if form == "html" {
        "page.html"
    } else {
        form.as_str()
    };
    let disposition = format!("{way}; filename=\"{number}-v{version}-{extension}\"");
    let mut response = ([(header::CONTENT_TYPE, kind)], body.clone()).into_response();
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&disposition) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    if form == "html"
        && let Ok(value) = HeaderValue::from_str(&policy(&body))
    {
        headers.insert(header::CONTENT_SECURITY_POLICY, value);
    }
    Ok(response)
}

/// A report is a page that needs nothing else: its own style sheet, known by its digest, is all it may use.
pub(super) fn policy(html: &[u8]) -> String {
    let text = String::from_utf8_lossy(html);
    let style = text
        .split_once("<style>")
        .and_then(|(_, rest)| rest.split_once("</style>"))
        .map(|(style, _)| STANDARD.encode(Sha256::digest(style.as_bytes())))
        .unwrap_or_default();
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; img-src data:; frame-ancestors 'self'; base-uri 'none'; \
         form-action 'none'; sandbox allow-modals"
    )
}
