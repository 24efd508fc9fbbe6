//! The enrolment door: HTTPS with the hub's own certificate, one route, small requests, bounded waits.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::{EnrolError, Request, enrol};
use crate::app::{App, Shutdown};
use crate::events;
use crate::pki::Pki;
use crate::settings::HostPort;

/// A request is a name, a secret and a certificate request.
const LARGEST_REQUEST: usize = 32 * 1024;
/// Strangers that may knock at the same time.
const KNOCKING: usize = 32;
const HANDSHAKE: Duration = Duration::from_secs(10);

struct Door {
    app: App,
    pki: Pki,
    broker: HostPort,
}

/// Serves the enrolment door until the hub is asked to stop.
pub async fn serve(
    app: App,
    pki: Pki,
    broker: HostPort,
    tls: Arc<ServerConfig>,
    listener: TcpListener,
    mut shutdown: Shutdown,
) -> std::io::Result<()> {
    let routes = Router::new()
        .route("/enrol", post(knock))
        .layer(DefaultBodyLimit::max(LARGEST_REQUEST))
        .with_state(Arc::new(Door { app, pki, broker }));
    let listener = TlsListener::start(listener, tls)?;
    axum::serve(listener, routes)
        .with_graceful_shutdown(async move { shutdown.wanted().await })
        .await
}

async fn knock(State(door): State<Arc<Door>>, Json(request): Json<Request>) -> Response {
    match enrol(&door.app, &door.pki, &door.broker, &request).await {
        Ok(welcome) => Json(welcome).into_response(),
        Err(error) => {
            let (status, told) = told(&error);
            // The name is a stranger's claim: only its beginning is logged.
            let claimed: String = request
                .name
                .chars()
                .filter(|c| !c.is_control())
                .take(48)
                .collect();
            events::enrolment_refused(&claimed, events::chain(&error));
            (status, Json(serde_json::json!({ "error": told }))).into_response()
        }
    }
}

/// What a stranger is told: the reason when it is about the invitation, no more than that when it is about us.
fn told(error: &EnrolError) -> (StatusCode, String) {
    match error {
        EnrolError::Refused(reason) => (StatusCode::FORBIDDEN, (*reason).to_owned()),
        EnrolError::Label(_) | EnrolError::Reserved(_) => {
            (StatusCode::UNPROCESSABLE_ENTITY, error.to_string())
        }
        EnrolError::Pki(crate::pki::PkiError::Request(reason)) => (
            StatusCode::UNPROCESSABLE_ENTITY,
            format!("demande de certificat refusée : {reason}"),
        ),
        EnrolError::Pki(_) | EnrolError::Store(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "le serveur ne peut pas répondre : réessayez plus tard".to_owned(),
        ),
    }
}

/// Hands over connections whose TLS handshake is done; a slow stranger does not keep the others waiting.
struct TlsListener {
    address: SocketAddr,
    ready: mpsc::Receiver<(TlsStream<TcpStream>, SocketAddr)>,
    accepting: tokio::task::JoinHandle<()>,
}

impl TlsListener {
    fn start(listener: TcpListener, tls: Arc<ServerConfig>) -> std::io::Result<Self> {
        let address = listener.local_addr()?;
        let (sender, ready) = mpsc::channel(KNOCKING);
        let accepting = tokio::spawn(accept(listener, TlsAcceptor::from(tls), sender));
        Ok(Self {
            address,
            ready,
            accepting,
        })
    }
}

impl Drop for TlsListener {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(
    listener: TcpListener,
    tls: TlsAcceptor,
    sender: mpsc::Sender<(TlsStream<TcpStream>, SocketAddr)>,
) {
    let knocking = Arc::new(Semaphore::new(KNOCKING));
    loop {
        let Ok(permit) = Arc::clone(&knocking).acquire_owned().await else {
            return;
        };
        let Ok((stream, address)) = listener.accept().await else {
            // Out of file descriptors, most likely: not a reason to spin.
            tokio::time::sleep(Duration::from_millis(200)).await;
            continue;
        };
        let (tls, sender) = (tls.clone(), sender.clone());
        tokio::spawn(async move {
            if let Ok(Ok(stream)) = tokio::time::timeout(HANDSHAKE, tls.accept(stream)).await {
                // An error means that the door is closing.
                let _ = sender.send((stream, address)).await;
            }
            drop(permit);
        });
    }
}

impl axum::serve::Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.ready.recv().await {
            Some(ready) => ready,
            // The accepting task ended: nobody will come any more.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        Ok(self.address)
    }
}
