//! `/reglages`: the laboratory's identity with its letterhead, and the accounts of people.

use askama::Template;
use axum::extract::{OriginalUri, Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use lisiere_model::report::Address;
use uuid::Uuid;

use super::Site;
use super::door::Who;
use super::fields::{self, Fields};
use super::form::Form;
use super::frame::Frame;
use super::letterhead::{Logo, shown};
use super::problem::{Problem, sentence};
use crate::laboratory::identity::{self, Identity};
use crate::laboratory::letterhead;
use crate::laboratory::{Error, FieldProblem};
use crate::people::accounts::{self, AccountError, Change, NewAccount};
use crate::people::permission::Permission;
use crate::review::Role;

const PATH: &str = "/reglages";

/// An account as it is shown.
struct Line {
    id: String,
    login: String,
    name: String,
    role: Role,
    rpps: String,
    active: bool,
}

#[derive(Template)]
#[template(path = "settings.html")]
struct Page {
    f: Frame,
    laboratory: Form,
    account: Form,
    accounts: Vec<Line>,
    /// Whether a logo is kept.
    logo: bool,
    /// The fictitious report under the letterhead.
    preview: String,
    roles: [Role; 6],
    may_change: bool,
    wrong: Option<String>,
    environment: &'static str,
    database: &'static str,
}

/// `GET /reglages`.
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
        None,
        None,
    )
    .await
}

async fn show(
    site: &Site,
    who: &Who,
    done: Option<&str>,
    laboratory: Option<Form>,
    account: Option<Form>,
    wrong: Option<String>,
) -> Result<Response, Problem> {
    let bad = laboratory.is_some() || account.is_some() || wrong.is_some();
    let identity = identity::get(&site.app.store).await?;
    let known = laboratory.unwrap_or_else(|| identity.as_ref().map(typed).unwrap_or_default());
    let kept = letterhead::logo(&site.app.store).await?;
    let page = Page {
        logo: kept.is_some(),
        preview: shown(&known.fields, identity, kept.as_ref()),
        f: Frame::new(site, who, PATH, who.words.say("Réglages"))
            .await?
            .after(done),
        laboratory: known,
        account: account.unwrap_or_default(),
        accounts: accounts::list(&site.app.store)
            .await?
            .into_iter()
            .map(line)
            .collect(),
        roles: Role::ALL,
        may_change: who.may(Permission::ManageSettings),
        wrong,
        environment: match site.laboratory.environment {
            lisiere_model::Environment::Test => "test",
            lisiere_model::Environment::Production => "production",
        },
        database: site.app.store.dialect().name(),
    };
    let status = if bad {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    Ok((status, Html(page.render()?)).into_response())
}

fn line(account: crate::store::account::Account) -> Line {
    Line {
        id: account.id.to_string(),
        login: account.login,
        name: account.name,
        role: account.role,
        rpps: account.rpps.unwrap_or_default(),
        active: account.active,
    }
}

/// The identity as the form shows it.
fn typed(known: &Identity) -> Form {
    let lines = known.address.lines.join("\n");
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let (subtitle, fax, mail, cofrac) = (
        text(&known.subtitle),
        text(&known.fax),
        text(&known.mail),
        text(&known.cofrac),
    );
    let (postal, city) = (text(&known.address.postal_code), text(&known.address.city));
    let oid = known
        .oid
        .as_ref()
        .map(ToString::to_string)
        .unwrap_or_default();
    let director = known
        .director
        .as_ref()
        .map(ToString::to_string)
        .unwrap_or_default();
    let footer = known.footer.join("\n");
    Form::with(Fields::of(&[
        ("name", &known.name),
        ("subtitle", &subtitle),
        ("finess", &known.finess),
        ("address", &lines),
        ("postal_code", &postal),
        ("city", &city),
        ("phone", &known.phone),
        ("fax", &fax),
        ("mail", &mail),
        ("cofrac", &cofrac),
        ("practice_setting", &known.practice_setting),
        ("oid", &oid),
        ("director", &director),
        ("footer", &footer),
    ]))
}

/// `POST /reglages/laboratoire`.
pub(super) async fn laboratory(
    State(site): State<Site>,
    who: Who,
    fields: Fields,
) -> Result<Response, Problem> {
    let known = identity::get(&site.app.store).await?;
    let logo = Logo::of(&fields);
    let mut problems = match (wanted(&fields, known), &logo) {
        (Ok(wanted), Ok(logo)) => {
            let text = toml::to_string(&wanted).map_err(|error| Problem::internal(&error))?;
            match identity::set_by(&site.app.store, &text, &who.person(), site.now()).await {
                Ok(_) => {
                    logo.keep(&site, &who).await?;
                    return Ok(Redirect::to("/reglages?fait=laboratoire").into_response());
                }
                Err(Error::Refused(wrong)) => vec![FieldProblem::new("name", wrong)],
                Err(other) => return Err(other.into()),
            }
        }
        (Ok(_), Err(_)) => Vec::new(),
        (Err(problems), _) => problems,
    };
    match logo {
        Err(problem) => problems.push(problem),
        // A browser does not choose a file twice by itself.
        Ok(Logo::New(_)) => problems.push(FieldProblem::new(
            "logo",
            "le logo choisi n'est pas encore enregistré : le choisir de nouveau",
        )),
        Ok(_) => {}
    }
    show(
        &site,
        &who,
        None,
        Some(Form::wrong(fields, problems)),
        None,
        None,
    )
    .await
}

/// The identity as the form wants it. What the form does not show (the list of biologists) stays as it is.
fn wanted(fields: &Fields, known: Option<Identity>) -> Result<Identity, Vec<FieldProblem>> {
    let (wanted, mut problems) = read(fields, known);
    for sentence in wanted.check().err().into_iter().flatten() {
        let (field, rest) = sentence.split_once(" : ").unwrap_or(("name", &sentence));
        problems.push(FieldProblem::new(known_field(field), rest.to_owned()));
    }
    if problems.is_empty() {
        Ok(wanted)
    } else {
        Err(problems)
    }
}

/// The identity as it is typed, finished or not, and what of it could not be read.
pub(super) fn read(fields: &Fields, known: Option<Identity>) -> (Identity, Vec<FieldProblem>) {
    let lines = |name: &str| -> Vec<String> {
        let lines = fields.text(name).lines().map(str::trim);
        lines
            .filter(|line| !line.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let mut problems = Vec::new();
    let oid = fields.given("oid").map(|text| text.parse()).transpose();
    if oid.is_err() {
        let sentence = "un OID : des nombres séparés par des points";
        problems.push(FieldProblem::new("oid", sentence));
    }
    let director = fields
        .given("director")
        .map(|text| text.parse())
        .transpose();
    if director.is_err() {
        problems.push(FieldProblem::new(
            "director",
            "un numéro RPPS de 11 chiffres",
        ));
    }
    let (address, biologist) = known
        .map(|known| (known.address, known.biologist))
        .unwrap_or_default();
    let typed = Identity {
        name: fields.text("name").to_owned(),
        subtitle: fields.given("subtitle"),
        finess: fields.text("finess").to_owned(),
        address: Address {
            lines: lines("address"),
            postal_code: fields.given("postal_code"),
            city: fields.given("city"),
            ..address
        },
        phone: fields.text("phone").to_owned(),
        fax: fields.given("fax"),
        mail: fields.given("mail"),
        cofrac: fields.given("cofrac"),
        practice_setting: fields
            .given("practice_setting")
            .unwrap_or_else(|| "AMBULATOIRE".to_owned()),
        director: director.unwrap_or_default(),
        oid: oid.unwrap_or_default(),
        footer: lines("footer"),
        biologist,
    };
    (typed, problems)
}

/// The form's own name of a field, for the names that the identity's check gives.
fn known_field(name: &str) -> &'static str {
    [
        "finess",
        "address",
        "phone",
        "practice_setting",
        "oid",
        "director",
    ]
    .into_iter()
    .find(|known| *known == name)
    .unwrap_or("name")
}

/// `POST /reglages/comptes`.
pub(super) async fn add(
    State(site): State<Site>,
    who: Who,
    fields: Fields,
) -> Result<Response, Problem> {
    let Ok(role) = fields.text("role").parse::<Role>() else {
        return Err(Problem::unreadable_form());
    };
    let new = NewAccount {
        login: fields.text("login").to_owned(),
        name: fields.text("nom").to_owned(),
        role,
        rpps: fields.given("rpps"),
        language: fields.given("langue").unwrap_or_else(|| "fr".to_owned()),
        password: fields.exact("password").to_owned(),
    };
    match accounts::add(
        &site.app.store,
        new,
        &who.trail(),
        site.app.clock.now_micros(),
    )
    .await
    {
        Ok(_) => Ok(Redirect::to("/reglages?fait=compte#comptes").into_response()),
        Err(error @ (AccountError::Store(_) | AccountError::Hash(_))) => Err(error.into()),
        Err(error) => {
            let field = match error {
                AccountError::Name => "nom",
                AccountError::Rpps | AccountError::BiologistWithoutRpps => "rpps",
                AccountError::Password(_) => "password",
                _ => "login",
            };
            let problems = vec![FieldProblem::new(field, sentence(&error.to_string()))];
            show(
                &site,
                &who,
                None,
                None,
                Some(Form::wrong(fields, problems)),
                None,
            )
            .await
        }
    }
}

/// `POST /reglages/comptes/{account}`: role, RPPS number, a new password, open or closed.
pub(super) async fn change(
    State(site): State<Site>,
    who: Who,
    Path(account): Path<Uuid>,
    fields: Fields,
) -> Result<Response, Problem> {
    let change = Change {
        role: fields.text("role").parse().ok(),
        rpps: Some(fields.text("rpps").to_owned()),
        password: Some(fields.exact("password").to_owned()).filter(|password| !password.is_empty()),
        active: Some(fields.text("active") == "oui"),
        ..Change::default()
    };
    match accounts::change(
        &site.app.store,
        account,
        change,
        &who.trail(),
        site.app.clock.now_micros(),
    )
    .await
    {
        Ok(_) => Ok(Redirect::to("/reglages?fait=compte#comptes").into_response()),
        Err(AccountError::Unknown) => Err(Problem::not_found()),
        Err(error @ (AccountError::Store(_) | AccountError::Hash(_))) => Err(error.into()),
        Err(error) => {
            let wrong = sentence(&error.to_string());
            show(&site, &who, None, None, None, Some(wrong)).await
        }
    }
}
