//! `/validation`: the biological review, and the signature of a report exactly as it will be read.

use askama::Template;
use axum::extract::{OriginalUri, Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use lisiere_model::OrderId;
use lisiere_report::Severity;

use super::Site;
use super::decision;
use super::door::Who;
use super::elsewhere::{self, Elsewhere};
use super::fields::{self, Fields};
use super::frame::Frame;
use super::listing::{self, OrderItem, PAGE};
use super::look;
use super::problem::{Problem, sentence};
use super::sheet::{self, Sheet};
use crate::laboratory::signing::{self, Covers};
use crate::laboratory::{Error, orders};
use crate::people::permission::Permission;
use crate::review::{biological, technical};
use crate::store::order::{OrderFilter, OrderPlace};

const PATH: &str = "/validation";

/// What keeps a report from being signed, or what somebody should know before.
struct Fault {
    message: String,
    remedy: String,
    /// Rule and place, to quote.
    at: String,
}

/// The report as it will be read, and what a signature on this page covers.
struct Draft {
    html: String,
    /// Identifier and version of every result in the report.
    seen: Vec<String>,
    patient_version: i64,
    new: bool,
    complete: bool,
    warnings: Vec<Fault>,
    errors: Vec<Fault>,
    /// The signature is asked for, not only a look.
    sign: bool,
}

#[derive(Template)]
#[template(path = "review.html")]
struct Page {
    f: Frame,
    orders: Vec<OrderItem>,
    total: i64,
    sheet: Option<Sheet>,
    elsewhere: Elsewhere,
    draft: Option<Draft>,
    may_sign: bool,
    address: String,
    wrong: Option<String>,
    reason: String,
}

/// A mistake to be shown above the order, with the reason as it was typed.
#[derive(Default)]
struct Mistake {
    sentence: Option<String>,
    reason: String,
}

/// `GET /validation`.
pub(super) async fn page(
    State(site): State<Site>,
    who: Who,
    OriginalUri(uri): OriginalUri,
) -> Result<Response, Problem> {
    let asked = fields::from_urlencoded(uri.query().unwrap_or_default().as_bytes());
    show(&site, &who, None, &asked, Mistake::default()).await
}

/// `GET /validation/{order}`; `?etape=apercu` shows the report, `?etape=signer` asks for the signature below it.
pub(super) async fn one(
    State(site): State<Site>,
    who: Who,
    Path(order): Path<String>,
    OriginalUri(uri): OriginalUri,
) -> Result<Response, Problem> {
    let order = order.parse::<OrderId>().map_err(|_| Problem::not_found())?;
    let asked = fields::from_urlencoded(uri.query().unwrap_or_default().as_bytes());
    show(&site, &who, Some(order), &asked, Mistake::default()).await
}

async fn show(
    site: &Site,
    who: &Who,
    order: Option<OrderId>,
    asked: &Fields,
    mut mistake: Mistake,
) -> Result<Response, Problem> {
    let filter = OrderFilter {
        place: OrderPlace::Biologist,
        ..OrderFilter::default()
    };
    let (rows, total) = orders::list(&site.laboratory, filter, "", 0, PAGE).await?;
    look::at_list(site, who, PATH, &listing::ids(&rows)).await?;
    let open = order.or_else(|| rows.first().map(|row| row.id));
    let may_sign = who.may(Permission::ReviewBiologically);
    let mut draft = None;
    let mut sheet = None;
    let mut beside = Elsewhere::default();
    if let Some(id) = open {
        look::at_order(site, who, PATH, id).await?;
        sheet = Some(sheet::open(site, id, who.words).await?);
        beside = elsewhere::beside(site, id).await?;
        let step = asked.text("etape");
        if matches!(step, "apercu" | "signer") {
            match drafted(site, who, id, step == "signer" && may_sign).await {
                Ok(found) => draft = Some(found),
                Err(Error::Store(error)) => return Err(error.into()),
                Err(error) => mistake.sentence = Some(sentence(&error.to_string())),
            }
        }
    }
    let status = match &mistake.sentence {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let page = Page {
        f: Frame::new(site, who, PATH, who.words.say("Validation biologique"))
            .await?
            .with_list()
            .after(asked.given("fait").as_deref()),
        orders: listing::items(site, &rows, open).await?,
        total,
        address: open.map_or_else(|| PATH.to_owned(), |id| format!("{PATH}/{id}")),
        sheet,
        elsewhere: beside,
        draft,
        may_sign,
        wrong: mistake.sentence,
        reason: mistake.reason,
    };
    Ok((status, Html(page.render()?)).into_response())
}

async fn drafted(site: &Site, who: &Who, order: OrderId, sign: bool) -> Result<Draft, Error> {
    let preview = signing::preview(&site.laboratory, order, &who.person(), site.now()).await?;
    let of = |severity: Severity| -> Vec<Fault> {
        preview
            .findings
            .iter()
            .filter(|finding| finding.severity == severity)
            .map(|finding| Fault {
                message: finding.message.clone(),
                remedy: finding.remedy.clone(),
                at: format!("{} · {}", finding.rule, finding.path),
            })
            .collect()
    };
    Ok(Draft {
        errors: of(Severity::Error),
        warnings: of(Severity::Warning),
        html: lisiere_report::html::fragment(&lisiere_report::display::draft(&preview.report)),
        seen: preview
            .covers
            .observations
            .iter()
            .map(|shown| format!("{}:{}", shown.observation, shown.version))
            .collect(),
        patient_version: preview.covers.patient_version,
        new: preview.new,
        complete: preview.report.status != lisiere_model::report::ReportStatus::Partial,
        sign,
    })
}

/// `POST /validation/{order}/signer`: signs what the page showed, and nothing else.
pub(super) async fn sign(
    State(site): State<Site>,
    who: Who,
    Path(order): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let order = order.parse::<OrderId>().map_err(|_| Problem::not_found())?;
    if fields.text("confirme") != "oui" {
        return Ok(Redirect::to(&format!("{PATH}/{order}?etape=signer")).into_response());
    }
    let covers = Covers {
        patient_version: fields
            .text("identite")
            .parse()
            .map_err(|_| Problem::unreadable_form())?,
        observations: decision::shown(&fields, "vu")?,
    };
    let done = signing::sign(&site.laboratory, order, &covers, &who.person(), site.now())
        .await
        .map(|_| ());
    after(&site, &who, order, &fields, done, "signe").await
}

/// `POST /validation/{order}/renvoyer`.
pub(super) async fn send_back(
    State(site): State<Site>,
    who: Who,
    Path(order): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let order = order.parse::<OrderId>().map_err(|_| Problem::not_found())?;
    let (shown, reason) = (decision::only(&fields)?, fields.text("motif"));
    let done =
        biological::send_back(&site.laboratory, shown, reason, &who.person(), site.now()).await;
    after(&site, &who, order, &fields, done, "renvoye").await
}

/// `POST /validation/{order}/commenter`.
pub(super) async fn comment(
    State(site): State<Site>,
    who: Who,
    Path(order): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let order = order.parse::<OrderId>().map_err(|_| Problem::not_found())?;
    let (shown, text) = (decision::only(&fields)?, fields.text("motif"));
    let done = technical::comment(&site.laboratory, shown, text, &who.person(), site.now()).await;
    after(&site, &who, order, &fields, done, "commente").await
}

/// `POST /validation/{order}/retirer`: withdraws a reported result; the next version says so.
pub(super) async fn withdraw(
    State(site): State<Site>,
    who: Who,
    Path(order): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let order = order.parse::<OrderId>().map_err(|_| Problem::not_found())?;
    let (shown, reason) = (decision::only(&fields)?, fields.text("motif"));
    let done = biological::cancel(&site.laboratory, shown, reason, &who.person(), site.now()).await;
    after(&site, &who, order, &fields, done, "retire").await
}

/// To the next order when nothing waits in this one any more; a refusal is shown where it happened.
async fn after(
    site: &Site,
    who: &Who,
    order: OrderId,
    fields: &Fields,
    done: Result<(), Error>,
    word: &str,
) -> Result<Response, Problem> {
    match done {
        Ok(()) => {
            let left = orders::get(&site.laboratory, order).await?.counts.to_sign;
            let to = if left == 0 {
                format!("{PATH}?fait={word}")
            } else {
                format!("{PATH}/{order}?fait={word}")
            };
            Ok(Redirect::to(&to).into_response())
        }
        Err(Error::Store(error)) => Err(error.into()),
        Err(error) => {
            let mistake = Mistake {
                sentence: Some(sentence(&error.to_string())),
                reason: fields.text("motif").to_owned(),
            };
            show(site, who, Some(order), &Fields::default(), mistake).await
        }
    }
}
