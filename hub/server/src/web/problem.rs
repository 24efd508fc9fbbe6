//! What a person sees when something cannot be done: what happened, what is safe, what to do, and an id to quote.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};

use super::door::Who;
use super::words::Words;
use crate::people::AccountError;
use crate::people::sessions::SignInError;
use crate::{clock, events, laboratory, store};

/// Something that could not be done. The texts are French; [`Words`] translates those that are fixed.
#[derive(Debug, Clone)]
pub(super) struct Problem {
    status: StatusCode,
    title: String,
    what: String,
    safe: String,
    remedy: String,
    id: Option<String>,
}

impl Problem {
    /// A problem with its three sentences.
    pub(super) fn new(
        status: StatusCode,
        title: &str,
        what: &str,
        safe: &str,
        remedy: &str,
    ) -> Self {
        Self {
            status,
            title: title.to_owned(),
            what: what.to_owned(),
            safe: safe.to_owned(),
            remedy: remedy.to_owned(),
            id: None,
        }
    }

    /// Something of ours failed: the reason goes to the log under an id, the person gets the id.
    pub(super) fn internal(reason: &dyn std::error::Error) -> Self {
        let id = short_id();
        let mut chain = reason.to_string();
        let mut next = reason.source();
        while let Some(source) = next {
            chain.push_str(": ");
            chain.push_str(&source.to_string());
            next = source.source();
        }
        events::web_failed(&id, &chain);
        let mut problem = Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "La demande n'a pas abouti",
            "Le concentrateur n'a pas pu traiter la demande.",
            "Rien n'a été enregistré à moitié. Les résultats continuent d'arriver.",
            "Recommencer. Si cela se reproduit, prévenir l'administrateur en citant le numéro ci-dessous.",
        );
        problem.id = Some(id);
        problem
    }

    /// What was asked for is not there.
    pub(super) fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "Introuvable",
            "Cette page, ce dossier ou ce document n'existe pas, ou n'existe plus.",
            "Rien n'a été modifié.",
            "Vérifier l'adresse, ou chercher le dossier par son numéro avec la touche /.",
        )
    }

    /// What was asked for contradicts what is there; the sentence says how.
    pub(super) fn refused(sentence: &str) -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "L'action n'a pas été faite",
            sentence,
            "Rien n'a été modifié.",
            "Revenir à la page : elle montre l'état actuel.",
        )
    }

    /// A form that cannot be used; the sentence says why.
    pub(super) fn invalid(sentence: &str) -> Self {
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "La saisie est à compléter",
            sentence,
            "Rien n'a été enregistré ; ce qui était saisi est encore dans le formulaire.",
            "Revenir en arrière, corriger et valider de nouveau.",
        )
    }

    pub(super) fn not_signed_in() -> Self {
        Self::session_over()
    }

    pub(super) fn session_over() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "La session est terminée",
            "Il n'y a pas de session ouverte, ou elle s'est terminée faute d'activité.",
            "Rien n'a été enregistré. Ce qui était saisi est gardé sur ce poste.",
            "Se connecter, puis rouvrir la page : la saisie s'y retrouve.",
        )
    }

    pub(super) fn forbidden() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "Accès non autorisé",
            "Le rôle de ce compte ne permet pas cette action.",
            "Rien n'a été montré ni modifié.",
            "Demander à une personne habilitée, ou à l'administrateur de changer le rôle.",
        )
    }

    pub(super) fn foreign_form() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "Formulaire refusé",
            "Ce formulaire ne vient pas d'une page ouverte dans cette session.",
            "Rien n'a été enregistré.",
            "Rouvrir la page et valider de nouveau.",
        )
    }

    pub(super) fn unreadable_form() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "Formulaire illisible",
            "Le formulaire est arrivé incomplet.",
            "Rien n'a été enregistré.",
            "Revenir en arrière et valider de nouveau.",
        )
    }

    pub(super) fn too_large() -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "Fichier trop grand",
            "Un fichier ne peut dépasser 8 Mo.",
            "Rien n'a été enregistré.",
            "Couper le fichier en plusieurs et les importer l'un après l'autre.",
        )
    }
}

impl IntoResponse for Problem {
    /// The page itself is made at the door, which knows the person and the language.
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<store::Error> for Problem {
    fn from(error: store::Error) -> Self {
        Self::internal(&error)
    }
}

impl From<laboratory::Error> for Problem {
    fn from(error: laboratory::Error) -> Self {
        use laboratory::Error;
        match error {
            Error::Store(error) => Self::internal(&error),
            Error::Product(_) => Self::internal(&error),
            Error::NotFound(_) => Self::not_found(),
            Error::Invalid(_) => Self::invalid(&sentence(&error.to_string())),
            other => Self::refused(&sentence(&other.to_string())),
        }
    }
}

impl From<askama::Error> for Problem {
    fn from(error: askama::Error) -> Self {
        Self::internal(&error)
    }
}

impl From<AccountError> for Problem {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Store(error) => Self::internal(&error),
            AccountError::Hash(error) => Self::internal(&error),
            other => Self::invalid(&sentence(&other.to_string())),
        }
    }
}

impl From<SignInError> for Problem {
    fn from(error: SignInError) -> Self {
        Self::internal(&error)
    }
}

/// An error's text as a sentence: capital first, full stop last.
pub(super) fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let mut out: String = characters
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .collect();
    out.push_str(characters.as_str());
    if !out.ends_with(['.', '?', '…']) {
        out.push('.');
    }
    out
}

fn short_id() -> String {
    let text = clock::fresh_uuid().simple().to_string().to_uppercase();
    // The tail is the random part of the identifier.
    text.chars().skip(22).collect()
}

#[derive(Template)]
#[template(path = "problem.html")]
struct Page<'a> {
    w: Words,
    problem: &'a Problem,
    account: String,
}

/// The page that shows a problem.
pub(super) fn page(problem: &Problem, words: Words, who: Option<&Who>) -> Response {
    let account = who
        .map(|who| who.signed_in.account.id.to_string())
        .unwrap_or_default();
    let page = Page {
        w: words,
        problem,
        account,
    };
    let html = page.render().unwrap_or_else(|_| problem.title.clone());
    (problem.status, Html(html)).into_response()
}
