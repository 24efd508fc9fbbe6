//! `/paillasse`: results as they come, and the technical review.

use askama::Template;
use axum::extract::{OriginalUri, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use lisiere_model::OrderId;

use super::Site;
use super::decision;
use super::door::Who;
use super::fields::{self, Fields};
use super::frame::Frame;
use super::listing::{self, OrderItem, PAGE};
use super::look;
use super::problem::{Problem, sentence};
use super::sheet::{self, Sheet};
use crate::laboratory::{Error, orders};
use crate::people::permission::Permission;
use crate::review::technical::{self, Acceptance};
use crate::store::order::{OrderFilter, OrderPlace};

const PATH: &str = "/paillasse";

#[derive(Template)]
#[template(path = "bench.html")]
struct Page {
    f: Frame,
    orders: Vec<OrderItem>,
    total: i64,
    sheet: Option<Sheet>,
    may_act: bool,
    address: String,
    wrong: Option<String>,
    reason: String,
}

/// `GET /paillasse`.
pub(super) async fn page(
    State(site): State<Site>,
    who: Who,
    OriginalUri(uri): OriginalUri,
) -> Result<Response, Problem> {
    let asked = fields::from_urlencoded(uri.query().unwrap_or_default().as_bytes());
    let order = asked.text("dossier").parse().ok();
    show(&site, &who, order, asked.given("fait").as_deref(), None).await
}

/// A mistake to be shown above the order, with the reason as it was typed.
struct Mistake {
    sentence: String,
    reason: String,
}

async fn show(
    site: &Site,
    who: &Who,
    order: Option<OrderId>,
    done: Option<&str>,
    mistake: Option<Mistake>,
) -> Result<Response, Problem> {
    let filter = OrderFilter {
        place: OrderPlace::Bench,
        ..OrderFilter::default()
    };
    let (rows, total) = orders::list(&site.laboratory, filter, "", 0, PAGE).await?;
    let open = order.or_else(|| rows.first().map(|row| row.id));
    look::at_list(site, who, PATH, &listing::ids(&rows)).await?;
    let sheet = match open {
        Some(id) => {
            look::at_order(site, who, PATH, id).await?;
            Some(sheet::open(site, id, who.words).await?)
        }
        None => None,
    };
    let status = if mistake.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let (wrong, reason) = mistake.map_or((None, String::new()), |mistake| {
        (Some(mistake.sentence), mistake.reason)
    });
    let page = Page {
        f: Frame::new(site, who, PATH, who.words.say("Paillasse"))
            .await?
            .with_list()
            .after(done),
        orders: listing::items(site, &rows, open).await?,
        total,
        address: open.map_or_else(|| PATH.to_owned(), |id| format!("{PATH}?dossier={id}")),
        sheet,
        may_act: who.may(Permission::ReviewTechnically),
        wrong,
        reason,
    };
    Ok((status, Html(page.render()?)).into_response())
}

/// `POST /paillasse/valider`: one result, or with `tout` every one that is not held.
pub(super) async fn accept(
    State(site): State<Site>,
    who: Who,
    fields: Fields,
) -> Result<Response, Problem> {
    let name = if fields.text("tout") == "oui" {
        "tous"
    } else {
        "obs"
    };
    let despite = fields.given("motif").filter(|_| name == "obs");
    let items: Vec<Acceptance> = decision::shown(&fields, name)?
        .into_iter()
        .map(|shown| Acceptance {
            shown,
            despite: despite.clone(),
        })
        .collect();
    let done = technical::accept(&site.laboratory, &items, &who.person(), site.now()).await;
    after(&site, &who, &fields, done.map(|_| ()), "valide").await
}

/// `POST /paillasse/retenir`.
pub(super) async fn hold(
    State(site): State<Site>,
    who: Who,
    fields: Fields,
) -> Result<Response, Problem> {
    let shown = decision::only(&fields)?;
    let done = technical::hold(
        &site.laboratory,
        shown,
        fields.text("motif"),
        &who.person(),
        site.now(),
    )
    .await;
    after(&site, &who, &fields, done, "retenu").await
}

/// `POST /paillasse/repasser`.
pub(super) async fn repeat(
    State(site): State<Site>,
    who: Who,
    fields: Fields,
) -> Result<Response, Problem> {
    let shown = decision::only(&fields)?;
    let reason = fields.text("motif");
    let done =
        technical::request_repeat(&site.laboratory, shown, reason, &who.person(), site.now()).await;
    after(&site, &who, &fields, done, "repasse").await
}

/// `POST /paillasse/rejeter`.
pub(super) async fn reject(
    State(site): State<Site>,
    who: Who,
    fields: Fields,
) -> Result<Response, Problem> {
    let shown = decision::only(&fields)?;
    let done = technical::reject(
        &site.laboratory,
        shown,
        fields.text("motif"),
        &who.person(),
        site.now(),
    )
    .await;
    after(&site, &who, &fields, done, "rejete").await
}

/// `POST /paillasse/commenter`.
pub(super) async fn comment(
    State(site): State<Site>,
    who: Who,
    fields: Fields,
) -> Result<Response, Problem> {
    let shown = decision::only(&fields)?;
    let done = technical::comment(
        &site.laboratory,
        shown,
        fields.text("motif"),
        &who.person(),
        site.now(),
    )
    .await;
    after(&site, &who, &fields, done, "commente").await
}

/// Back to the order, or to the next one when nothing waits in it any more; a refusal is shown where it happened.
async fn after(
    site: &Site,
    who: &Who,
    fields: &Fields,
    done: Result<(), Error>,
    word: &str,
) -> Result<Response, Problem> {
    let order = decision::order(fields)?;
    match done {
        Ok(()) => {
            let counts = orders::get(&site.laboratory, order).await?.counts;
            if counts.to_review == 0 && counts.held == 0 {
                return Ok(Redirect::to(&format!("{PATH}?fait={word}")).into_response());
            }
            let next = fields.text("suivant");
            let anchor = if next.is_empty() {
                String::new()
            } else {
                format!("#{}", fields::encoded(next))
            };
            Ok(
                Redirect::to(&format!("{PATH}?dossier={order}&fait={word}{anchor}"))
                    .into_response(),
            )
        }
        Err(Error::Store(error)) => Err(error.into()),
        Err(error) => {
            let mistake = Mistake {
                sentence: sentence(&error.to_string()),
                reason: fields.text("motif").to_owned(),
            };
            show(site, who, Some(order), None, Some(mistake)).await
        }
    }
}
