//! `/api/etat`: how the laboratory is, for tools.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::Site;
use super::door::Who;
use super::fleet;
use super::problem::Problem;
use crate::laboratory::conservation;

/// `GET /api/etat`: counts only, no patient.
pub(super) async fn state(State(site): State<Site>, _who: Who) -> Result<Json<Value>, Problem> {
    let figures = conservation::figures(&site.laboratory).await?;
    let appliances: Vec<Value> = fleet::lines(&site)
        .await?
        .into_iter()
        .map(|line| {
            json!({
                "name": line.name,
                "site": line.site,
                "state": line.word,
                "connected": line.connected,
                "queue": line.queue,
                "version": line.version,
                "certificate_days": line.days,
                "gaps": line.gaps,
                "alarms": line.alarms,
            })
        })
        .collect();
    let mut body = serde_json::to_value(&figures).unwrap_or_default();
    if let Value::Object(fields) = &mut body {
        fields.insert("appliances".to_owned(), Value::Array(appliances));
        fields.insert("version".to_owned(), Value::from(env!("CARGO_PKG_VERSION")));
        fields.insert("at".to_owned(), Value::from(site.now().to_string()));
    }
    Ok(Json(body))
}
