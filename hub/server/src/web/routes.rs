//! Every route with the permission it asks for; the router is built from this table and from nothing else.

use axum::Router;
use axum::http::Method;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};

use super::door::{self, Door};
use super::problem::{self, Problem};
use super::words::Words;
use super::{assets, me, security, sign_in};
use crate::app::App;
use crate::people::Permission;

/// One route.
pub struct Route {
    /// Method.
    pub method: Method,
    /// Path, as the router reads it.
    pub path: &'static str,
    /// What a person needs to be allowed.
    pub permission: Permission,
    page: MethodRouter<App>,
}

fn read<H, T>(path: &'static str, permission: Permission, page: H) -> Route
where
    H: axum::handler::Handler<T, App>,
    T: 'static,
{
    Route {
        method: Method::GET,
        path,
        permission,
        page: get(page),
    }
}

fn act<H, T>(path: &'static str, permission: Permission, page: H) -> Route
where
    H: axum::handler::Handler<T, App>,
    T: 'static,
{
    Route {
        method: Method::POST,
        path,
        permission,
        page: post(page),
    }
}

/// All of them.
pub fn table() -> Vec<Route> {
    use Permission::{BeSignedIn, Nothing};
    vec![
        read("/static/{file}", Nothing, assets::file),
        read("/connexion", Nothing, sign_in::page),
        act("/connexion", Nothing, sign_in::sign_in),
        act("/deconnexion", BeSignedIn, sign_in::sign_out),
        read("/", BeSignedIn, sign_in::home),
        read("/moi", BeSignedIn, me::page),
        act("/moi", BeSignedIn, me::change),
    ]
}

/// The pages, each behind its door.
pub fn router(app: App) -> Router {
    let pages = table().into_iter().fold(Router::new(), |router, route| {
        let door = Door {
            app: app.clone(),
            permission: route.permission,
        };
        router.route(
            route.path,
            route
                .page
                .route_layer(from_fn_with_state(door, door::guard)),
        )
    });
    pages
        .fallback(nowhere)
        .layer(from_fn(security::headers))
        .with_state(app)
}

async fn nowhere(headers: axum::http::HeaderMap) -> Response {
    problem::page(&Problem::not_found(), Words::asked_by(&headers), None)
}
