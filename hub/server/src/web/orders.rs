//! `/dossiers`: finding an order, and all there is about it: results, reports, what was decided and who looked.

use askama::Template;
use axum::extract::{OriginalUri, Path, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use lisiere_model::OrderId;
use uuid::Uuid;

use super::Site;
use super::audit::{self as trail, Line};
use super::door::Who;
use super::elsewhere::{self, Elsewhere};
use super::fields::{self, Fields};
use super::frame::Frame;
use super::listing::{self, OrderItem, PAGE};
use super::look;
use super::problem::Problem;
use super::sheet::{self, Sheet};
use super::show;
use crate::clock;
use crate::laboratory::orders;
use crate::people::permission::Permission;
use crate::store::audit::{self, Filter};
use crate::store::order::OrderFilter;
use crate::store::{report, session};

const PATH: &str = "/dossiers";
/// Audit entries shown beside an order.
const TRAIL: i64 = 50;

/// A version of a report as it is listed.
struct Version {
    id: String,
    number: u32,
    current: bool,
    complete: bool,
    signed_by: String,
    signed_at: String,
}

#[derive(Template)]
#[template(path = "orders.html")]
struct Page {
    f: Frame,
    orders: Vec<OrderItem>,
    total: i64,
    from: i64,
    words: String,
    search: String,
    sheet: Option<Sheet>,
    elsewhere: Elsewhere,
    versions: Vec<Version>,
    trail: Vec<Line>,
    may_register: bool,
    may_review: bool,
    reads_audit: bool,
}

/// `GET /dossiers`.
pub(super) async fn page(
    State(site): State<Site>,
    who: Who,
    OriginalUri(uri): OriginalUri,
) -> Result<Response, Problem> {
    let asked = fields::from_urlencoded(uri.query().unwrap_or_default().as_bytes());
    show(&site, &who, None, &asked).await
}

/// `GET /dossiers/{order}`.
pub(super) async fn one(
    State(site): State<Site>,
    who: Who,
    Path(order): Path<String>,
    OriginalUri(uri): OriginalUri,
) -> Result<Response, Problem> {
    let order = order.parse::<OrderId>().map_err(|_| Problem::not_found())?;
    let asked = fields::from_urlencoded(uri.query().unwrap_or_default().as_bytes());
    show(&site, &who, Some(order), &asked).await
}

async fn show(
    site: &Site,
    who: &Who,
    open: Option<OrderId>,
    asked: &Fields,
) -> Result<Response, Problem> {
    let search = asked.text("r").to_owned();
    let words = if search.is_empty() {
        String::new()
    } else {
        let mut reader = site.app.store.read().await?;
        session::search(&mut reader, &search, &who.signed_in.digest)
            .await?
            .unwrap_or_default()
    };
    let from: i64 = asked.text("de").parse().unwrap_or(0).max(0);
    let (rows, total) =
        orders::list(&site.laboratory, OrderFilter::default(), &words, from, PAGE).await?;
    look::at_list(site, who, PATH, &listing::ids(&rows)).await?;
    let mut page = Page {
        f: Frame::new(site, who, PATH, who.words.say("Dossiers"))
            .await?
            .after(asked.given("fait").as_deref()),
        orders: listing::items(site, &rows, open).await?,
        total,
        from,
        words,
        search,
        sheet: None,
        elsewhere: Elsewhere::default(),
        versions: Vec::new(),
        trail: Vec::new(),
        may_register: who.may(Permission::RegisterOrders),
        may_review: who.may(Permission::ReadReview),
        reads_audit: who.may(Permission::ReadAudit),
    };
    if let Some(order) = open {
        look::at_order(site, who, PATH, order).await?;
        page.sheet = Some(sheet::open(site, order, who.words).await?);
        page.elsewhere = elsewhere::beside(site, order).await?;
        page.versions = versions(site, order).await?;
        if page.reads_audit {
            page.trail = entries(site, order).await?;
        }
    }
    Ok(Html(page.render()?).into_response())
}

async fn versions(site: &Site, order: OrderId) -> Result<Vec<Version>, Problem> {
    let rows = report::of_order(&mut *site.app.store.read().await?, order).await?;
    Ok(rows
        .into_iter()
        .map(|row| Version {
            id: row.id.to_string(),
            number: row.version,
            current: row.current,
            complete: row.complete,
            signed_by: row.signed_by,
            signed_at: show::date_time(row.signed_at),
        })
        .collect())
}

async fn entries(site: &Site, order: OrderId) -> Result<Vec<Line>, Problem> {
    let filter = Filter {
        subject_id: Some(order.to_string()),
        ..Filter::default()
    };
    let recorded = audit::list(&mut *site.app.store.read().await?, &filter, TRAIL).await?;
    trail::lines(site, &recorded).await
}

/// `POST /dossiers/recherche`: a number that is known opens its order; anything else is kept under an identifier, so
/// that no name stands in an address or in a log.
pub(super) async fn search(
    State(site): State<Site>,
    who: Who,
    fields: Fields,
) -> Result<Response, Problem> {
    let words = fields.text("mots");
    if words.is_empty() {
        return Ok(Redirect::to(PATH).into_response());
    }
    if let Some(found) = orders::find(&site.laboratory, words).await? {
        return Ok(Redirect::to(&format!("{PATH}/{}", found.id)).into_response());
    }
    let id = clock::fresh_uuid().to_string();
    let mut tx = site.app.store.begin().await?;
    let now = site.app.clock.now_micros();
    session::keep_search(&mut tx, &id, &who.signed_in.digest, words, now).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("{PATH}?r={id}")).into_response())
}

/// `POST /dossiers/{order}/annuler`: takes a test back.
pub(super) async fn cancel(
    State(site): State<Site>,
    who: Who,
    Path(order): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let order = order.parse::<OrderId>().map_err(|_| Problem::not_found())?;
    let test = fields
        .text("analyse")
        .parse::<Uuid>()
        .map_err(|_| Problem::unreadable_form())?;
    let reason = Some(fields.text("motif"));
    orders::cancel_test(
        &site.laboratory,
        order,
        test,
        reason,
        &who.person(),
        site.now(),
    )
    .await?;
    Ok(Redirect::to(&format!("{PATH}/{order}?fait=annule")).into_response())
}
