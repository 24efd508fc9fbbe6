//! `/boitiers`: the appliances, how each one is, what is missing from them, and inviting another.

use std::net::SocketAddr;

use askama::Template;
use axum::extract::{OriginalUri, Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use lisiere_model::{ClockQuality, UtcMicros};
use lisiere_wire::{Presence, State as Announced};

use super::Site;
use super::door::Who;
use super::fields::{self, Fields};
use super::frame::Frame;
use super::problem::{Problem, sentence};
use super::show;
use super::waiting;
use crate::enrol::{self, EnrolError, Invited, place};
use crate::people::permission::Permission;
use crate::pki::Pki;
use crate::settings::HostPort;
use crate::store::appliance::{self, Appliance, Enrolment};
use crate::store::journal::{self, Progress};
use crate::store::{absence, clocks, quarantine};

const PATH: &str = "/boitiers";
/// Certificate days below which a person should look.
const FEW_DAYS: i64 = 30;
/// A clock further off than this is worth a look: it dates messages, microseconds.
const FAR: i64 = 2_000_000;
/// Hours an invitation may last at most.
const LONGEST_INVITATION: u32 = 24 * 30;

/// An appliance as it is shown.
#[derive(Debug, Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one question that a page asks of the line"
)]
pub(super) struct Line {
    pub(super) name: String,
    pub(super) site: String,
    pub(super) state: &'static str,
    pub(super) word: &'static str,
    pub(super) connected: bool,
    pub(super) lost: bool,
    pub(super) state_class: &'static str,
    pub(super) seen: String,
    pub(super) queue: i64,
    pub(super) version: String,
    pub(super) days: Option<i64>,
    pub(super) few_days: bool,
    pub(super) gaps: Vec<String>,
    pub(super) alarms: Vec<String>,
    pub(super) ports: Vec<Port>,
    pub(super) revocable: bool,
    pub(super) enrolled: bool,
    /// How far its clock is ahead of the hub's.
    pub(super) clock: Option<String>,
    pub(super) clock_far: bool,
    /// What vouches for its clock.
    pub(super) quality: &'static str,
    /// Messages it will never send, in words.
    pub(super) absent: Vec<(String, &'static str)>,
    /// Messages of it that were set aside, with how often they came.
    pub(super) aside: Option<(i64, i64)>,
}

impl Line {
    /// Whether somebody should look at it: it is gone, or says that something is wrong.
    pub(super) fn needs_somebody(&self) -> bool {
        self.lost || self.few_days || !self.alarms.is_empty()
    }
}

/// A port as it is shown. A port that listens and hears nothing is no failure: it says since when.
#[derive(Debug, Clone)]
pub(super) struct Port {
    pub(super) name: String,
    pub(super) driver: String,
    pub(super) open: bool,
    pub(super) heard: String,
    pub(super) messages: u64,
    /// Counters of what should not happen.
    pub(super) oddities: Vec<(String, u64)>,
    /// Counters of work done.
    pub(super) work: Vec<(String, u64)>,
}

#[derive(Template)]
#[template(path = "fleet.html")]
struct Page {
    f: Frame,
    lines: Vec<Line>,
    alarms: Vec<&'static str>,
    may_manage: bool,
    invited: Option<(String, String, String)>,
    wrong: Option<String>,
    name: String,
    location: String,
}

/// `GET /boitiers`.
pub(super) async fn page(
    State(site): State<Site>,
    who: Who,
    OriginalUri(uri): OriginalUri,
) -> Result<Response, Problem> {
    let asked = fields::from_urlencoded(uri.query().unwrap_or_default().as_bytes());
    show(
        &site,
        &who,
        asked.given("fait").as_deref(),
        None,
        &Fields::default(),
    )
    .await
}

async fn show(
    site: &Site,
    who: &Who,
    done: Option<&str>,
    outcome: Option<Result<Invited, String>>,
    typed: &Fields,
) -> Result<Response, Problem> {
    let status = if matches!(outcome, Some(Err(_))) {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let (invited, wrong) = match outcome {
        Some(Ok(invited)) => {
            let until = show::date_time(UtcMicros(invited.expires_at));
            (
                Some((typed.text("nom").to_owned(), invited.token, until)),
                None,
            )
        }
        Some(Err(wrong)) => (None, Some(wrong)),
        None => (None, None),
    };
    let page = Page {
        f: Frame::new(site, who, PATH, who.words.say("Boîtiers"))
            .await?
            .with_list()
            .after(done),
        lines: lines_with_gaps(site).await?,
        alarms: waiting::hub_alarms(site),
        may_manage: who.may(Permission::ManageFleet),
        name: if wrong.is_some() {
            typed.text("nom").to_owned()
        } else {
            String::new()
        },
        location: if wrong.is_some() {
            typed.text("site").to_owned()
        } else {
            String::new()
        },
        invited,
        wrong,
    };
    Ok((status, Html(page.render()?)).into_response())
}

/// Every appliance as it is shown.
pub(super) async fn lines(site: &Site) -> Result<Vec<Line>, Problem> {
    let mut reader = site.app.store.read().await?;
    let appliances = appliance::list(&mut reader).await?;
    let progress = journal::progress_of_all(&mut reader).await?;
    let ahead = clocks::appliances(&mut reader).await?;
    let now = site.now();
    let lines = appliances.iter().map(|one| {
        let mut line = line(one, &progress, now);
        if let Some((_, ahead)) = ahead.iter().find(|(name, _)| *name == one.name) {
            line.clock = Some(show::offset(*ahead));
            line.clock_far = ahead.saturating_abs() > FAR;
        }
        line
    });
    Ok(lines.collect())
}

/// The same, with what will never come of each and what of it was set aside.
async fn lines_with_gaps(site: &Site) -> Result<Vec<Line>, Problem> {
    let mut lines = lines(site).await?;
    let mut reader = site.app.store.read().await?;
    let absent = absence::summary(&mut reader).await?;
    let aside = quarantine::summary(&mut reader).await?;
    for line in &mut lines {
        line.absent = absent
            .iter()
            .filter(|(name, ..)| *name == line.name)
            .map(|(_, reason, count)| (count.to_string(), reason.french()))
            .collect();
        line.aside = aside
            .iter()
            .find(|(name, ..)| *name == line.name)
            .map(|(_, kept, times)| (*kept, *times));
    }
    Ok(lines)
}

/// `7`, or `7 – 12`.
pub(super) fn numbers(first: i64, last: i64) -> String {
    if first == last {
        first.to_string()
    } else {
        format!("{first} – {last}")
    }
}

fn line(one: &Appliance, progress: &[Progress], now: UtcMicros) -> Line {
    let announced: Option<Announced> = one
        .state
        .as_deref()
        .and_then(|text| serde_json::from_str(text).ok());
    let days = one
        .certificate_not_after
        .map(|end| end.saturating_sub(now.0) / 86_400_000_000);
    let gaps = progress
        .iter()
        .filter(|progress| progress.appliance == one.name)
        .flat_map(|progress| &progress.missing)
        .map(|(from, to)| {
            if from == to {
                from.to_string()
            } else {
                format!("{from} – {to}")
            }
        })
        .collect();
    let (state, state_class) = match (one.enrolment, one.connected, &announced) {
        (Enrolment::Invited, ..) => ("invité", "accent"),
        (Enrolment::Revoked, ..) => ("révoqué", "bad"),
        (Enrolment::Enrolled, true, _) => ("présent", "good"),
        (Enrolment::Enrolled, false, Some(state)) if state.presence == Presence::Stopped => {
            ("arrêté", "plain")
        }
        (Enrolment::Enrolled, false, Some(_)) => ("perdu de vue", "bad"),
        (Enrolment::Enrolled, false, None) => ("jamais entendu", "held"),
    };
    let quality = announced
        .as_ref()
        .map_or(UNKNOWN, |state| vouched(state.clock));
    Line {
        name: one.name.clone(),
        site: one.site.clone(),
        state,
        word: one.enrolment.word(),
        connected: one.connected,
        lost: state == "perdu de vue",
        state_class,
        seen: one
            .last_seen_at
            .map(|at| show::time_or_date(UtcMicros(at), now))
            .unwrap_or_default(),
        queue: one.queue_depth,
        version: one.version.clone().unwrap_or_default(),
        few_days: days.is_some_and(|days| days < FEW_DAYS),
        days,
        gaps,
        alarms: announced
            .as_ref()
            .map(|state| state.alarms.clone())
            .unwrap_or_default(),
        ports: announced
            .map(|state| {
                state
                    .ports
                    .into_iter()
                    .map(|said| port(said, now))
                    .collect()
            })
            .unwrap_or_default(),
        revocable: one.enrolment != Enrolment::Revoked,
        enrolled: one.enrolment == Enrolment::Enrolled,
        clock: None,
        clock_far: false,
        quality,
        absent: Vec::new(),
        aside: None,
    }
}

/// Said of a clock before the appliance has spoken.
const UNKNOWN: &str = "inconnue";

fn vouched(quality: ClockQuality) -> &'static str {
    match quality {
        ClockQuality::Ntp => "tenue par un serveur de temps",
        ClockQuality::Rtc => "tenue par la pile du boîtier",
        ClockQuality::Unsynchronised => "non garantie",
    }
}

/// What a clock's quality may say, for the test of the translation.
#[cfg(test)]
pub(super) fn sentences() -> Vec<&'static str> {
    let all = [
        ClockQuality::Ntp,
        ClockQuality::Rtc,
        ClockQuality::Unsynchronised,
    ];
    let mut said = all.map(vouched).to_vec();
    said.push(UNKNOWN);
    said
}

fn port(said: lisiere_wire::PortState, now: UtcMicros) -> Port {
    let (oddities, work) = counters(&said.stats);
    Port {
        name: said.name,
        driver: said.driver,
        open: said.open,
        heard: said
            .last_heard
            .map(|at| show::time_or_date(at, now))
            .unwrap_or_default(),
        messages: said.messages,
        oddities,
        work,
    }
}

/// Counters by name.
type Counted = Vec<(String, u64)>;

/// The link's counters that are not zero: what should not happen, and work done.
fn counters(stats: &lisiere_wire::LinkStats) -> (Counted, Counted) {
    let counted = stats.0.iter().filter(|(_, count)| *count > 0).cloned();
    counted.partition(|(name, _)| {
        // One that is not known is of a newer appliance: better shown than hidden.
        lisiere_protocol::counters::words::words(name).is_none_or(|words| words.is_anomaly)
    })
}

/// `POST /boitiers/inviter`: the token is shown once.
pub(super) async fn invite(
    State(site): State<Site>,
    who: Who,
    fields: Fields,
) -> Result<Response, Problem> {
    let settings = &site.app.settings;
    let now = site.app.clock.now_micros();
    let hours = fields
        .text("heures")
        .parse()
        .unwrap_or(48)
        .clamp(1, LONGEST_INVITATION);
    let place = enrolment_place(&site);
    let pki = Pki::open(&settings.pki, &place::names(settings), now)
        .map_err(|error| Problem::internal(&error))?;
    let door = enrol::Door {
        place: &place,
        pki: &pki,
    };
    let named = (fields.text("site"), fields.text("nom"));
    let outcome = match enrol::invite(&site.app.store, door, named, hours, &who.trail(), now).await
    {
        Ok(invited) => Ok(invited),
        Err(error @ (EnrolError::Label(_) | EnrolError::Reserved(_) | EnrolError::Refused(_))) => {
            Err(sentence(&error.to_string()))
        }
        Err(error) => return Err(Problem::internal(&error)),
    };
    show(&site, &who, None, Some(outcome), &fields).await
}

/// Where the enrolment door of this hub is open.
fn enrolment_place(site: &Site) -> HostPort {
    let settings = &site.app.settings;
    let running = std::fs::read_to_string(settings.data.join("run/enrol.addr")).ok();
    let address: SocketAddr = running
        .and_then(|text| text.trim().parse().ok())
        .unwrap_or(settings.enrol_listen);
    place::reachable(settings.enrol_advertise.as_ref(), address)
}

/// `POST /boitiers/{name}/revoquer`.
pub(super) async fn revoke(
    State(site): State<Site>,
    who: Who,
    Path(name): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    if fields.text("confirme") != name {
        return Err(Problem::invalid(
            "Pour révoquer, écrire le nom du boîtier dans le champ de confirmation.",
        ));
    }
    let now = site.app.clock.now_micros();
    match enrol::revoke(&site.app.store, &name, &who.trail(), now).await {
        Ok(true) => Ok(Redirect::to("/boitiers?fait=revoque").into_response()),
        Ok(false) => Err(Problem::not_found()),
        Err(error) => Err(Problem::internal(&error)),
    }
}
