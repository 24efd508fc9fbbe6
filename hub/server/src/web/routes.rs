//! Every route with the permission it asks for; the router is built from this table and from nothing else.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::Method;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};

use super::Site;
use super::door::{self, Door};
use super::problem::{self, Problem};
use super::words::Words;
use super::{
    appliance, assets, audit, bench, controls, fleet, incoming, letterhead, line, me, orders,
    quarantine, reception, reports, review, security, settings, sign_in, state,
};
use crate::people::Permission;

/// One route.
pub struct Route {
    /// Method.
    pub method: Method,
    /// Path, as the router reads it.
    pub path: &'static str,
    /// What a person needs to be allowed.
    pub permission: Permission,
    page: MethodRouter<Site>,
}

fn read<H, T>(path: &'static str, permission: Permission, page: H) -> Route
where
    H: axum::handler::Handler<T, Site>,
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
    H: axum::handler::Handler<T, Site>,
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
    let mut all = persons();
    all.extend(bench_and_review());
    all.extend(received());
    all.extend(offices());
    all
}

/// Signing in, one's own account, patients and orders.
fn persons() -> Vec<Route> {
    use Permission::{BeSignedIn, Nothing, ReadOrders, RegisterOrders};
    vec![
        read("/static/{file}", Nothing, assets::file),
        read("/connexion", Nothing, sign_in::page),
        act("/connexion", Nothing, sign_in::sign_in),
        act("/deconnexion", BeSignedIn, sign_in::sign_out),
        read("/", BeSignedIn, sign_in::home),
        read("/moi", BeSignedIn, me::page),
        act("/moi", BeSignedIn, me::change),
        read("/reception", ReadOrders, reception::page),
        act("/dossiers", RegisterOrders, reception::register),
        act("/dossiers/import", RegisterOrders, reception::import),
        read("/dossiers", ReadOrders, orders::page),
        act("/dossiers/recherche", ReadOrders, orders::search),
        read("/dossiers/{order}", ReadOrders, orders::one),
        act("/dossiers/{order}/annuler", RegisterOrders, orders::cancel),
        read(
            "/comptes-rendus/{report}/{version}/{form}",
            ReadOrders,
            reports::document,
        ),
    ]
}

/// What is done about results.
fn bench_and_review() -> Vec<Route> {
    use Permission::{
        ReadBench, ReadQuarantine, ReadReview, ResolveQuarantine, ReviewBiologically,
        ReviewTechnically,
    };
    vec![
        read("/paillasse", ReadBench, bench::page),
        act("/paillasse/valider", ReviewTechnically, bench::accept),
        act("/paillasse/retenir", ReviewTechnically, bench::hold),
        act("/paillasse/repasser", ReviewTechnically, bench::repeat),
        act("/paillasse/rejeter", ReviewTechnically, bench::reject),
        act("/paillasse/commenter", ReviewTechnically, bench::comment),
        read("/validation", ReadReview, review::page),
        read("/validation/{order}", ReadReview, review::one),
        act(
            "/validation/{order}/signer",
            ReviewBiologically,
            review::sign,
        ),
        act(
            "/validation/{order}/renvoyer",
            ReviewBiologically,
            review::send_back,
        ),
        act(
            "/validation/{order}/commenter",
            ReviewBiologically,
            review::comment,
        ),
        act(
            "/validation/{order}/retirer",
            ReviewBiologically,
            review::withdraw,
        ),
        read("/quarantaine", ReadQuarantine, quarantine::page),
        act(
            "/quarantaine/{entry}/resoudre",
            ResolveQuarantine,
            quarantine::resolve,
        ),
        act(
            "/quarantaine/messages/{payload}/classer",
            ResolveQuarantine,
            quarantine::settle,
        ),
    ]
}

/// Reports of other laboratories.
fn received() -> Vec<Route> {
    use Permission::{ReadOrders, RegisterOrders};
    vec![
        read("/recus", ReadOrders, incoming::page),
        act("/recus", RegisterOrders, incoming::receive),
        read("/recus/{report}", ReadOrders, incoming::one),
        act(
            "/recus/{report}/rattacher",
            RegisterOrders,
            incoming::attach,
        ),
        act(
            "/recus/{report}/ecarter",
            RegisterOrders,
            incoming::set_aside,
        ),
        read("/recus/{report}/copie.pdf", ReadOrders, incoming::copy),
        read(
            "/recus/{report}/original.xml",
            ReadOrders,
            incoming::original,
        ),
    ]
}

/// Controls, appliances, the trail, the settings, and the state for tools.
fn offices() -> Vec<Route> {
    use Permission::{
        BeSignedIn, ManageFleet, ManageSettings, OperateFleet, ReadAudit, ReadControls, ReadFleet,
        ReadSettings,
    };
    vec![
        read("/controles", ReadControls, controls::page),
        read("/boitiers", ReadFleet, fleet::page),
        act("/boitiers/inviter", ManageFleet, fleet::invite),
        act("/boitiers/{name}/revoquer", ManageFleet, fleet::revoke),
        read("/boitiers/{name}", ReadFleet, appliance::page),
        read("/boitiers/{name}/ports/{port}", OperateFleet, line::page),
        read(
            "/boitiers/{name}/ports/{port}/flux",
            OperateFleet,
            line::stream,
        ),
        act(
            "/boitiers/{name}/reconnaitre",
            OperateFleet,
            appliance::recognise,
        ),
        act(
            "/boitiers/{name}/redemarrer",
            ManageFleet,
            appliance::restart,
        ),
        act("/boitiers/{name}/rejouer", ManageFleet, appliance::replay),
        read("/audit", ReadAudit, audit::page),
        read("/reglages", ReadSettings, settings::page),
        act(
            "/reglages/laboratoire",
            ManageSettings,
            settings::laboratory,
        ),
        act("/reglages/apercu", ManageSettings, letterhead::preview),
        read("/reglages/logo", ReadSettings, letterhead::logo),
        act("/reglages/comptes", ManageSettings, settings::add),
        act(
            "/reglages/comptes/{account}",
            ManageSettings,
            settings::change,
        ),
        read("/api/etat", BeSignedIn, state::state),
    ]
}

/// The pages, each behind its door.
pub(super) fn router(site: Site) -> Router {
    let pages = table().into_iter().fold(Router::new(), |router, route| {
        let door = Door {
            app: site.app.clone(),
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
        // The door itself bounds what it reads.
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn(security::headers))
        .with_state(site)
}

async fn nowhere(headers: axum::http::HeaderMap) -> Response {
    problem::page(&Problem::not_found(), Words::asked_by(&headers), None)
}
