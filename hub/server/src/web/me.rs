//! `/moi`: what a person may change of their own account.

use askama::Template;
use axum::extract::{OriginalUri, State};
use axum::response::{Html, IntoResponse, Redirect, Response};

use super::Site;
use super::door::Who;
use super::fields::{self, Fields};
use super::frame::Frame;
use super::problem::{Problem, sentence};
use crate::people::accounts::{self, AccountError, Change};
use crate::people::password;

#[derive(Template)]
#[template(path = "me.html")]
struct Page {
    f: Frame,
    login: String,
    rpps: String,
    language: String,
    wrong: Option<String>,
}

/// `GET /moi`.
pub(super) async fn page(
    State(site): State<Site>,
    who: Who,
    OriginalUri(uri): OriginalUri,
) -> Result<Response, Problem> {
    let asked = fields::from_urlencoded(uri.query().unwrap_or_default().as_bytes());
    show(&site, &who, asked.given("fait").as_deref(), None).await
}

async fn show(
    site: &Site,
    who: &Who,
    done: Option<&str>,
    wrong: Option<String>,
) -> Result<Response, Problem> {
    let account = &who.signed_in.account;
    let page = Page {
        f: Frame::new(site, who, "/moi", who.words.say("Mon compte"))
            .await?
            .after(done),
        login: account.login.clone(),
        rpps: account.rpps.clone().unwrap_or_default(),
        language: account.language.clone(),
        wrong,
    };
    Ok(Html(page.render()?).into_response())
}

/// `POST /moi`: language, and password when a new one is given.
pub(super) async fn change(
    State(site): State<Site>,
    who: Who,
    fields: Fields,
) -> Result<Response, Problem> {
    let account = &who.signed_in.account;
    let new = Some(fields.exact("nouveau").to_owned()).filter(|text| !text.is_empty());
    if new.is_some() {
        let (old, hash) = (fields.exact("ancien").to_owned(), account.password.clone());
        let right = tokio::task::spawn_blocking(move || password::matches(&old, &hash))
            .await
            .unwrap_or(false);
        if !right {
            let wrong = who
                .words
                .say("Le mot de passe actuel n'est pas le bon.")
                .to_owned();
            return show(&site, &who, None, Some(wrong)).await;
        }
    }
    let change = Change {
        language: fields.given("langue"),
        password: new.clone(),
        ..Change::default()
    };
    match accounts::change(
        &site.app.store,
        account.id,
        change,
        &who.trail(),
        site.app.clock.now_micros(),
    )
    .await
    {
        Ok(_) if new.is_some() => Ok(Redirect::to("/connexion").into_response()),
        Ok(_) => Ok(Redirect::to("/moi?fait=moi").into_response()),
        Err(error @ (AccountError::Store(_) | AccountError::Hash(_))) => Err(error.into()),
        Err(error) => show(&site, &who, None, Some(sentence(&error.to_string()))).await,
    }
}
