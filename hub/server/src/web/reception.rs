//! `/reception`: registering orders by form or file, and what came in last.

use askama::Template;
use axum::extract::{OriginalUri, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use lisiere_model::PatientId;

use super::Site;
use super::door::Who;
use super::fields::{self, Fields};
use super::form::Form;
use super::frame::Frame;
use super::listing::{self, OrderItem, PAGE};
use super::look;
use super::order_form;
use super::patient::Person;
use super::problem::Problem;
use crate::laboratory::{self, FieldProblem, order_file, orders, patients};
use crate::people::permission::Permission;
use crate::store::order::OrderFilter;

#[derive(Template)]
#[template(path = "reception.html")]
struct Page {
    f: Frame,
    form: Form,
    known: Option<Person>,
    tests: Vec<(String, Vec<Choice>)>,
    natures: [(&'static str, &'static str); 6],
    test_environment: bool,
    orders: Vec<OrderItem>,
    total: i64,
    may_register: bool,
    imported: Option<Imported>,
}

/// A test that can be ticked.
struct Choice {
    code: String,
    label: String,
    ticked: bool,
}

/// What came of an imported file.
struct Imported {
    registered: usize,
    known: usize,
    problems: Vec<String>,
}

/// `GET /reception`.
pub(super) async fn page(
    State(site): State<Site>,
    who: Who,
    OriginalUri(uri): OriginalUri,
) -> Result<Response, Problem> {
    let asked = fields::from_urlencoded(uri.query().unwrap_or_default().as_bytes());
    let known = asked
        .given("patient")
        .and_then(|id| id.parse::<PatientId>().ok());
    let form = match known {
        Some(id) => Form::with(Fields::of(&[("patient", &id.to_string())])),
        None => Form::default(),
    };
    show(&site, &who, form, None, asked.given("fait").as_deref()).await
}

async fn show(
    site: &Site,
    who: &Who,
    form: Form,
    imported: Option<Imported>,
    done: Option<&str>,
) -> Result<Response, Problem> {
    let (rows, total) = orders::list(&site.laboratory, OrderFilter::default(), "", 0, PAGE).await?;
    look::at_list(site, who, "/reception", &listing::ids(&rows)).await?;
    let known = match form.value("patient").parse::<PatientId>() {
        Ok(id) => Some(Person::new(
            &patients::get(&site.laboratory, id).await?.patient,
            site.now(),
        )),
        Err(_) => None,
    };
    let wrong = !form.problems().is_empty();
    let page = Page {
        f: Frame::new(site, who, "/reception", who.words.say("Réception"))
            .await?
            .with_list()
            .after(done),
        tests: choices(site, &form),
        natures: order_form::NATURES,
        test_environment: site.laboratory.environment == lisiere_model::Environment::Test,
        orders: listing::items(site, &rows, None).await?,
        total,
        may_register: who.may(Permission::RegisterOrders),
        form,
        known,
        imported,
    };
    let status = if wrong {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    Ok((status, Html(page.render()?)).into_response())
}

/// The catalogue by chapter, with what is ticked.
fn choices(site: &Site, form: &Form) -> Vec<(String, Vec<Choice>)> {
    let mut chapters: Vec<(String, Vec<Choice>)> = Vec::new();
    for test in site.laboratory.catalogue.tests() {
        let code = test.code.to_string();
        let choice = Choice {
            ticked: form.chosen("analyses", &code),
            label: test.label.clone(),
            code,
        };
        match chapters
            .iter_mut()
            .find(|(chapter, _)| *chapter == test.chapter_label)
        {
            Some((_, tests)) => tests.push(choice),
            None => chapters.push((test.chapter_label.clone(), vec![choice])),
        }
    }
    chapters
}

/// `POST /dossiers`.
pub(super) async fn register(
    State(site): State<Site>,
    who: Who,
    fields: Fields,
) -> Result<Response, Problem> {
    let read = order_form::read(&site.laboratory, &fields);
    let registered = match read {
        Ok(new) => orders::register(&site.laboratory, new, &who.person(), site.now()).await,
        Err(problems) => Err(laboratory::Error::Invalid(problems)),
    };
    match registered {
        Ok(row) => {
            Ok(Redirect::to(&format!("/dossiers/{}?fait=enregistre", row.id)).into_response())
        }
        Err(laboratory::Error::Invalid(problems)) => {
            show(&site, &who, Form::wrong(fields, problems), None, None).await
        }
        Err(laboratory::Error::Refused(sentence)) => {
            let problems = vec![FieldProblem::new("demande", sentence)];
            show(&site, &who, Form::wrong(fields, problems), None, None).await
        }
        Err(other) => Err(other.into()),
    }
}

/// `POST /dossiers/import`.
pub(super) async fn import(
    State(site): State<Site>,
    who: Who,
    fields: Fields,
) -> Result<Response, Problem> {
    let Some(bytes) = fields.file("fichier") else {
        let problems = vec![FieldProblem::new(
            "fichier",
            who.words.say("choisir un fichier CSV"),
        )];
        return show(
            &site,
            &who,
            Form::wrong(Fields::default(), problems),
            None,
            None,
        )
        .await;
    };
    let outcome = order_file::import(&site.laboratory, bytes, &who.person(), site.now()).await?;
    let problems = outcome.problems.iter().map(|problem| {
        let line = who.words.with("Ligne {} :", problem.line);
        format!("{line} {}", problem.sentence)
    });
    let imported = Imported {
        registered: outcome.registered.len(),
        known: outcome.unchanged,
        problems: problems.collect(),
    };
    show(&site, &who, Form::default(), Some(imported), None).await
}
