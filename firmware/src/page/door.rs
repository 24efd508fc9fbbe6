//! The door of the local page: which requests are answered, under which names, and with which headers.

use super::{sheet, words::Words};
use http_body_util::{BodyExt, Full, combinators::BoxBody};
use hyper::{
    HeaderMap, Method, Response, StatusCode, Uri,
    body::{Body, Bytes, Frame},
    header::{self, HeaderName, HeaderValue},
};
use std::{
    convert::Infallible,
    net::IpAddr,
    pin::Pin,
    task::{Context, Poll},
};
use tokio::sync::mpsc;

/// What goes back to the browser.
pub(super) type Reply = Response<BoxBody<Bytes, Infallible>>;

/// Scripts and styles from the box itself, nothing inline, no forms, no frames.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'none'";

const HEADERS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Page {
    Home,
    Line(String),
    Stream(String),
    Style,
    Script,
    Nowhere,
}

/// A request that may be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) page: Page,
    pub(super) words: Words,
}

/// A request that may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// Another method than GET.
    Method,
    /// A name this box does not bear: an address book that lies (DNS rebinding), or a setting that is missing.
    Name,
    /// A page of another site asks behind a person's back.
    Foreign,
}

impl Asked {
    /// Reads a request; `names` are those the box bears besides its addresses.
    pub(super) fn read(
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
        names: &[String],
    ) -> Result<Self, Refused> {
        if method != Method::GET {
            return Err(Refused::Method);
        }
        let host = headers
            .get(header::HOST)
            .and_then(|host| host.to_str().ok());
        if !host.is_some_and(|host| is_ours(host, names)) {
            return Err(Refused::Name);
        }
        let said = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        if said("sec-fetch-site") == Some("cross-site")
            && said("sec-fetch-mode") != Some("navigate")
        {
            return Err(Refused::Foreign);
        }
        let query = uri.query().unwrap_or_default();
        let words = match query.split('&').find_map(|pair| pair.strip_prefix("lang=")) {
            Some(asked) => asked,
            None => said("accept-language").unwrap_or_default(),
        };
        let words = if words.starts_with("en") {
            Words::English
        } else {
            Words::French
        };
        Ok(Self {
            page: page(uri.path()),
            words,
        })
    }
}

fn page(path: &str) -> Page {
    match path {
        "/" => Page::Home,
        "/style.css" => Page::Style,
        "/page.js" => Page::Script,
        _ => {
            let Some(rest) = path.strip_prefix("/ligne/") else {
                return Page::Nowhere;
            };
            match rest.strip_suffix("/flux") {
                Some(name) => Page::Stream(name.to_owned()),
                None => Page::Line(rest.to_owned()),
            }
        }
    }
}

/// An address is always ours: whoever reached us knew it. A name is ours only if it is known, because a stranger's page
/// can make its own name point here and would then be allowed to read the answer.
fn is_ours(host: &str, names: &[String]) -> bool {
    let (name, port) = match host.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((address, port)) => (address, port),
            None => return false,
        },
        None => match host.split_once(':') {
            Some((name, _)) => (name, host.get(name.len()..).unwrap_or_default()),
            None => (host, ""),
        },
    };
    let digits = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
    if !(port.is_empty() || port.strip_prefix(':').is_some_and(digits)) {
        return false;
    }
    let name = name.to_ascii_lowercase();
    if name.parse::<IpAddr>().is_ok() || name == "localhost" {
        return true;
    }
    let known = |known: &String| {
        !known.is_empty() && (name == *known || name.strip_suffix(".local") == Some(known))
    };
    names.iter().any(known)
}

/// A body that grows while somebody watches.
#[derive(Debug)]
pub(super) struct Flow(pub(super) mpsc::Receiver<Bytes>);

impl Body for Flow {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0
            .poll_recv(context)
            .map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes))))
    }
}

/// What is answered.
#[derive(Debug)]
pub(super) enum Answer {
    Page(String),
    Stream(Flow),
    Style,
    Script,
    Nowhere(Words),
    Busy(Words),
}

impl Answer {
    pub(super) fn reply(self) -> Reply {
        const HTML: &str = "text/html; charset=utf-8";
        match self {
            Self::Page(html) => whole(StatusCode::OK, HTML, html),
            Self::Style => whole(StatusCode::OK, "text/css; charset=utf-8", STYLE),
            Self::Script => whole(StatusCode::OK, "text/javascript; charset=utf-8", SCRIPT),
            Self::Nowhere(words) => whole(StatusCode::NOT_FOUND, HTML, sheet::nowhere(words)),
            Self::Busy(words) => {
                let text = words.say(
                    "Trop de lignes sont déjà regardées.",
                    "Too many lines are being watched already.",
                );
                whole(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "text/plain; charset=utf-8",
                    text,
                )
            }
            Self::Stream(flow) => headed(StatusCode::OK, "text/event-stream", flow.boxed()),
        }
    }
}

impl Refused {
    pub(super) fn reply(self) -> Reply {
        let (status, text) = match self {
            Self::Method => (
                StatusCode::METHOD_NOT_ALLOWED,
                "Cette page se lit seulement. / This page can only be read.\n",
            ),
            Self::Name => (
                StatusCode::MISDIRECTED_REQUEST,
                "Ce boîtier ne connaît pas ce nom : utiliser son adresse, ou écrire le nom sous [page] names. / \
                 This box does not know that name: use its address, or write the name under [page] names.\n",
            ),
            Self::Foreign => (
                StatusCode::FORBIDDEN,
                "Demande d'un autre site refusée. / Request of another site refused.\n",
            ),
        };
        whole(status, "text/plain; charset=utf-8", text)
    }
}

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("page.js");

fn whole(status: StatusCode, kind: &'static str, text: impl Into<Bytes>) -> Reply {
    headed(status, kind, Full::new(text.into()).boxed())
}

fn headed(status: StatusCode, kind: &'static str, body: BoxBody<Bytes, Infallible>) -> Reply {
    let mut reply = Response::new(body);
    *reply.status_mut() = status;
    let headers = reply.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    reply
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(method: Method, uri: &str, headers: &[(&'static str, &str)]) -> Result<Asked, Refused> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        let names = ["box-1".to_owned(), "box.labo.fr".to_owned()];
        Asked::read(&method, &uri.parse().unwrap(), &map, &names)
    }

    #[test]
    fn only_addresses_and_known_names_are_answered() {
        for ours in [
            "127.0.0.1:8088",
            "192.168.1.20",
            "[::1]:8088",
            "[fe80::1]",
            "localhost:8088",
            "box-1",
            "BOX-1:80",
            "box-1.local",
            "box.labo.fr:8088",
        ] {
            assert!(read(Method::GET, "/", &[("host", ours)]).is_ok(), "{ours}");
        }
        for foreign in [
            "evil.example",
            "evil.example:8088",
            "127.0.0.1.evil.example",
            "[::1",
            "box-1.evil.example",
            "127.0.0.1:8088:1",
            "localhost:x",
            "",
        ] {
            assert_eq!(
                read(Method::GET, "/", &[("host", foreign)]),
                Err(Refused::Name),
                "{foreign}"
            );
        }
        assert_eq!(read(Method::GET, "/", &[]), Err(Refused::Name));
    }

    #[test]
    fn nothing_can_be_changed_and_no_other_site_may_look() {
        let host = ("host", "127.0.0.1");
        for method in [
            Method::POST,
            Method::PUT,
            Method::DELETE,
            Method::HEAD,
            Method::OPTIONS,
        ] {
            assert_eq!(read(method, "/", &[host]), Err(Refused::Method));
        }
        let cross = ("sec-fetch-site", "cross-site");
        assert_eq!(
            read(
                Method::GET,
                "/ligne/a/flux",
                &[host, cross, ("sec-fetch-mode", "cors")]
            ),
            Err(Refused::Foreign)
        );
        assert!(
            read(
                Method::GET,
                "/",
                &[host, cross, ("sec-fetch-mode", "navigate")]
            )
            .is_ok()
        );
    }

    #[test]
    fn the_language_is_chosen_or_the_browsers() {
        let host = ("host", "127.0.0.1");
        let words = |uri: &str, headers: &[(&'static str, &str)]| {
            read(Method::GET, uri, &[&[host], headers].concat())
                .unwrap()
                .words
        };
        assert_eq!(words("/", &[]), Words::French);
        assert_eq!(
            words("/", &[("accept-language", "en-GB,en")]),
            Words::English
        );
        assert_eq!(
            words("/?lang=fr", &[("accept-language", "en")]),
            Words::French
        );
        assert_eq!(words("/ligne/a?lang=en", &[]), Words::English);
    }
}
