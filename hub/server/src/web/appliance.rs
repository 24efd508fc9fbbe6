//! `/boitiers/{name}`: one appliance, its ports and clocks, what is missing from it, and what it can be asked to do.

use askama::Template;
use axum::extract::{OriginalUri, Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use lisiere_model::UtcMicros;
use lisiere_wire::Act;

use super::Site;
use super::door::Who;
use super::fields::{self, Fields};
use super::fleet::{self, Line};
use super::frame::Frame;
use super::problem::Problem;
use super::proposal::{self, Proposal};
use super::show;
use crate::command::{CommandError, Place};
use crate::people::permission::Permission;
use crate::store::command::{self, Commanded, Standing};
use crate::store::{absence, clocks, quarantine};

/// The place of the left column that it belongs to.
pub(super) const PLACE: &str = "/boitiers";
/// Commands shown.
const COMMANDS: i64 = 10;
/// Gaps and messages set aside that are shown.
const ROWS: i64 = 50;
/// An analyzer's clock that is further off than this is worth a look: the minute on a report would be wrong.
const FAR: i64 = 120_000_000;
/// An answer that has not come so long after a command has expired will not come.
const LATE: i64 = 10_000_000;
/// The most messages asked for in one go.
const MOST: u64 = 100_000;

struct Port {
    is: fleet::Port,
    clock: Option<(String, bool, String)>,
}

struct Order {
    id: String,
    act: &'static str,
    port: String,
    standing: &'static str,
    class: &'static str,
    at: String,
    who: String,
    reason: Option<String>,
    proposal: Option<Proposal>,
}

struct Absence {
    numbers: String,
    reason: &'static str,
    at: String,
}

struct Aside {
    reason: String,
    size: i64,
    times: i64,
    at: String,
}

#[derive(Template)]
#[template(path = "appliance.html")]
struct Page {
    f: Frame,
    line: Line,
    ports: Vec<Port>,
    commands: Vec<Order>,
    absences: Vec<Absence>,
    aside: Vec<Aside>,
    may_operate: bool,
    may_manage: bool,
    wrong: Option<&'static str>,
}

/// `GET /boitiers/{name}`.
pub(super) async fn page(
    State(site): State<Site>,
    who: Who,
    Path(name): Path<String>,
    OriginalUri(uri): OriginalUri,
) -> Result<Response, Problem> {
    let asked = fields::from_urlencoded(uri.query().unwrap_or_default().as_bytes());
    show(&site, &who, &name, asked.given("fait").as_deref(), None).await
}

async fn show(
    site: &Site,
    who: &Who,
    name: &str,
    done: Option<&str>,
    wrong: Option<&'static str>,
) -> Result<Response, Problem> {
    let line = line(site, name).await?;
    let now = site.now();
    let mut reader = site.app.store.read().await?;
    let measured = clocks::analyzers(&mut reader, name).await?;
    let commands = command::of_appliance(&mut reader, name, COMMANDS).await?;
    let absences = absence::of_appliance(&mut reader, name, ROWS).await?;
    let aside = quarantine::waiting_of(&mut reader, name, ROWS).await?;
    drop(reader);
    let people = crate::people::accounts::list(&site.app.store).await?;
    let people: Vec<(String, String)> = people
        .iter()
        .map(|account| (account.trail(), account.name.clone()))
        .collect();
    let ports = line.ports.iter().map(|port| {
        let clock = measured.iter().find(|clock| clock.port == port.name);
        Port {
            is: port.clone(),
            clock: clock.map(|clock| {
                let far = clock.ahead.saturating_abs() > FAR;
                let at = show::time_or_date(UtcMicros(clock.measured_at), now);
                (show::offset(clock.ahead), far, at)
            }),
        }
    });
    let ports = ports.collect();
    let page = Page {
        f: Frame::new(site, who, PLACE, name)
            .await?
            .with_list()
            .after(done),
        ports,
        commands: commands
            .iter()
            .map(|one| order(one, &people, now))
            .collect(),
        absences: absences
            .into_iter()
            .map(|one| Absence {
                numbers: fleet::numbers(one.first, one.last),
                reason: one.reason.french(),
                at: show::time_or_date(UtcMicros(one.at), now),
            })
            .collect(),
        aside: aside
            .into_iter()
            .map(|one| Aside {
                reason: one.reason,
                size: one.size,
                times: one.times,
                at: show::time_or_date(UtcMicros(one.at), now),
            })
            .collect(),
        may_operate: who.may(Permission::OperateFleet) && line.enrolled,
        may_manage: who.may(Permission::ManageFleet) && line.enrolled,
        line,
        wrong,
    };
    let status = if wrong.is_some() {
        StatusCode::CONFLICT
    } else {
        StatusCode::OK
    };
    Ok((status, Html(page.render()?)).into_response())
}

async fn line(site: &Site, name: &str) -> Result<Line, Problem> {
    fleet::lines(site)
        .await?
        .into_iter()
        .find(|line| line.name == name)
        .ok_or_else(Problem::not_found)
}

/// The appliance as topics name it, and its driver on this port; nothing for one that is not there.
pub(super) async fn place(
    site: &Site,
    name: &str,
    port: Option<&str>,
) -> Result<(Place, String), Problem> {
    let line = line(site, name).await?;
    let driver = match port {
        None => String::new(),
        Some(port) => line
            .ports
            .iter()
            .find(|known| known.name == port)
            .map(|known| known.driver.clone())
            .ok_or_else(Problem::not_found)?,
    };
    if !line.enrolled {
        return Err(Problem::refused("Ce boîtier n'est pas inscrit."));
    }
    let place = Place::named(&line.site, &line.name).map_err(|error| Problem::internal(&error))?;
    Ok((place, driver))
}

fn order(one: &Commanded, people: &[(String, String)], now: UtcMicros) -> Order {
    let expired = now.0 > one.expires_at.saturating_add(LATE);
    let (standing, class) = match one.standing {
        Standing::Sent if expired => ("sans réponse", "bad"),
        Standing::Sent => ("envoyé", "plain"),
        Standing::Accepted => ("en cours", "accent"),
        Standing::Done => ("fait", "good"),
        Standing::Refused => ("refusé par le boîtier", "bad"),
    };
    let answer = one.answer.clone();
    Order {
        id: one.id.clone(),
        act: act(&one.act),
        port: one.port.clone(),
        standing,
        class,
        at: show::time_or_date(UtcMicros(one.issued_at), now),
        who: people
            .iter()
            .find(|(trail, _)| *trail == one.asked_by)
            .map_or_else(|| one.asked_by.clone(), |(_, name)| name.clone()),
        proposal: (one.standing == Standing::Done)
            .then(|| proposal::read(answer.as_deref()?))
            .flatten(),
        reason: answer.filter(|_| one.standing == Standing::Refused),
    }
}

fn act(word: &str) -> &'static str {
    match word {
        "recognise" => "Reconnaître",
        "restart" => "Redémarrer",
        "replay" => "Renvoyer",
        _ => "Ordre",
    }
}

/// What an order and its standing may say, for the test of the translation.
#[cfg(test)]
pub(super) fn sentences() -> Vec<&'static str> {
    vec![
        "sans réponse",
        "envoyé",
        "en cours",
        "fait",
        "refusé par le boîtier",
        "Reconnaître",
        "Redémarrer",
        "Renvoyer",
        "Ordre",
    ]
}

/// `POST /boitiers/{name}/reconnaitre`.
pub(super) async fn recognise(
    State(site): State<Site>,
    who: Who,
    Path(name): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let port = fields.text("port").to_owned();
    let (place, _) = place(&site, &name, Some(&port)).await?;
    give(&site, &who, &place, Act::Recognise { port }).await
}

/// `POST /boitiers/{name}/redemarrer`.
pub(super) async fn restart(
    State(site): State<Site>,
    who: Who,
    Path(name): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let (place, _) = place(&site, &name, None).await?;
    if fields.text("confirme") != name {
        let wrong = "Pour redémarrer, écrire le nom du boîtier dans le champ de confirmation.";
        return show(&site, &who, &name, None, Some(wrong)).await;
    }
    give(&site, &who, &place, Act::Restart).await
}

/// `POST /boitiers/{name}/rejouer`.
pub(super) async fn replay(
    State(site): State<Site>,
    who: Who,
    Path(name): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let (place, _) = place(&site, &name, None).await?;
    let number = |field: &str| fields.text(field).trim().parse::<u64>().ok();
    let (Some(from), Some(to)) = (number("de"), number("a")) else {
        let wrong = "Écrire deux numéros de message.";
        return show(&site, &who, &name, None, Some(wrong)).await;
    };
    if from == 0 || to < from || to.saturating_sub(from) >= MOST {
        let wrong = "Le premier numéro doit être au moins 1, le dernier ne doit pas le précéder ni le dépasser de plus de 100 000.";
        return show(&site, &who, &name, None, Some(wrong)).await;
    }
    give(&site, &who, &place, Act::Replay { from, to }).await
}

async fn give(site: &Site, who: &Who, place: &Place, act: Act) -> Result<Response, Problem> {
    let name = place.appliance.as_str();
    match site
        .app
        .courier
        .ask(&site.app, place, act, &who.trail())
        .await
    {
        Ok(_) => Ok(Redirect::to(&format!("/boitiers/{name}?fait=ordre")).into_response()),
        Err(CommandError::NoWay) => show(site, who, name, None, Some(NO_WAY)).await,
        Err(error) => Err(Problem::internal(&error)),
    }
}

/// What is said when the hub has no broker.
pub(super) const NO_WAY: &str = "Le concentrateur n'est pas relié à son serveur MQTT : l'ordre n'a pas été envoyé. Recommencer dans un moment.";
