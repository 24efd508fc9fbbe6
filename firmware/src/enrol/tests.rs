//! Enrolment against a hub that answers rightly, wrongly, or is another one.

use super::*;
use proptest::prelude::*;
use std::sync::Mutex;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

struct Hub {
    issuer: rcgen::Issuer<'static, rcgen::KeyPair>,
    authority: rcgen::Certificate,
}

impl Hub {
    fn new() -> Self {
        let mut params = rcgen::CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let key = rcgen::KeyPair::generate().unwrap();
        let authority = params.self_signed(&key).unwrap();
        Self {
            issuer: rcgen::Issuer::new(params, key),
            authority,
        }
    }

    fn token(&self, port: u16) -> String {
        let digest = sha256(self.authority.der());
        let hex = hexadecimal(&digest);
        let json = format!(
            "{{\"url\":\"https://localhost:{port}\",\"ca_sha256\":\"{hex}\",\"secret\":\"s3\",\"name\":\"box-7\",\"site\":\"nord\"}}"
        );
        format!("LIS1.{}", URL_SAFE_NO_PAD.encode(json))
    }

    /// Serves one request; gives what was asked. `change` may spoil the answer.
    async fn serve(
        &self,
        listener: TcpListener,
        change: impl FnOnce(&mut serde_json::Value) -> u16,
    ) -> String {
        let key = rcgen::KeyPair::generate().unwrap();
        let params = rcgen::CertificateParams::new(["localhost".to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let config = rustls::ServerConfig::builder_with_provider(Arc::new(
            rustls::crypto::ring::default_provider(),
        ))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone(), self.authority.der().clone()],
            rustls::pki_types::PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
        let (tcp, _) = listener.accept().await.unwrap();
        let Ok(mut tls) = tokio_rustls::TlsAcceptor::from(Arc::new(config))
            .accept(tcp)
            .await
        else {
            return String::new();
        };
        let mut asked = Vec::new();
        let mut buffer = [0; 4096];
        while !asked.ends_with(b"}") {
            let count = tls.read(&mut buffer).await.unwrap();
            asked.extend_from_slice(&buffer[..count]);
        }
        let asked = String::from_utf8(asked).unwrap();
        let body: serde_json::Value =
            serde_json::from_str(asked.split("\r\n\r\n").nth(1).unwrap()).unwrap();
        let request =
            rcgen::CertificateSigningRequestParams::from_pem(body["csr_pem"].as_str().unwrap())
                .unwrap();
        let mut answer = serde_json::json!({
            "certificate_pem": request.signed_by(&self.issuer).unwrap().pem(),
            "ca_pem": self.authority.pem(),
            "site": "nord",
            "name": "box-7",
            "broker": { "host": "hub.example", "port": 8883 },
        });
        let status = change(&mut answer);
        let answer = answer.to_string();
        let head = format!(
            "HTTP/1.1 {status} X\r\ncontent-length: {}\r\n\r\n",
            answer.len()
        );
        tls.write_all(head.as_bytes()).await.unwrap();
        tls.write_all(answer.as_bytes()).await.unwrap();
        tls.shutdown().await.unwrap();
        asked
    }
}

fn hexadecimal(digest: &[u8; 32]) -> String {
    let (high, low) = digest.split_at(16);
    let number = |half: &[u8]| u128::from_be_bytes(half.try_into().unwrap());
    format!("{:032x}{:032x}", number(high), number(low))
}

/// One enrolment at a hub whose answer may be spoilt, with a token that may be changed.
fn attempt(
    token: impl FnOnce(String) -> String,
    change: impl FnOnce(&mut serde_json::Value) -> u16,
) -> (Result<Membership, String>, String, tempfile::TempDir) {
    let data = tempfile::tempdir().unwrap();
    let asked = Mutex::new(String::new());
    let result = crate::testing::run(async {
        let hub = Hub::new();
        let listener = TcpListener::bind("localhost:0").await.unwrap();
        let token = token(hub.token(listener.local_addr().unwrap().port()));
        let joined = enrol(data.path(), &token);
        tokio::pin!(joined);
        let served = hub.serve(listener, change);
        tokio::pin!(served);
        loop {
            tokio::select! {
                joined = &mut joined => break joined.map(|(_, member)| member).map_err(|error| error.to_string()),
                said = &mut served, if asked.lock().unwrap().is_empty() => *asked.lock().unwrap() = said + " ",
            }
        }
    });
    let asked = asked.into_inner().unwrap();
    (result, asked, data)
}

#[test]
fn an_invitation_becomes_an_identity_whose_key_never_left() {
    let (joined, asked, data) = attempt(|token| token, |_| 200);
    let joined = joined.unwrap();
    assert_eq!(
        (
            joined.name.as_str(),
            joined.site.as_str(),
            joined.broker.port
        ),
        ("box-7", "nord", 8883)
    );
    assert!(
        asked.starts_with("POST /enrol HTTP/1.1\r\n") && asked.contains("\"secret\":\"s3\""),
        "{asked}"
    );
    assert!(!asked.contains("PRIVATE"));
    let identity = identity::Identity::load(data.path()).unwrap().unwrap();
    assert_eq!(identity.membership, joined);
}

/// A certificate that some other authority made for the same name.
static OTHER: std::sync::LazyLock<String> = std::sync::LazyLock::new(|| {
    rcgen::generate_simple_self_signed(["box-7".to_owned()])
        .unwrap()
        .cert
        .pem()
});

#[test]
fn answers_that_do_not_fit_are_refused_and_leave_nothing() {
    type Change = fn(&mut serde_json::Value) -> u16;
    let changes: [(Change, &str); 7] = [
        (
            |answer| {
                answer["name"] = "box-8".into();
                200
            },
            "another appliance",
        ),
        (
            |answer| {
                answer["site"] = "sud".into();
                200
            },
            "another site",
        ),
        (
            |answer| {
                answer["ca_pem"] = OTHER.as_str().into();
                200
            },
            "not the one in the invitation",
        ),
        (
            |answer| {
                answer["certificate_pem"] = OTHER.as_str().into();
                200
            },
            "another",
        ),
        (
            |answer| {
                answer["certificate_pem"] = "x".into();
                200
            },
            "no certificate",
        ),
        (
            |answer| {
                *answer = "nonsense".into();
                200
            },
            "does not fit",
        ),
        (
            |answer| {
                *answer = serde_json::json!({"error": "déjà utilisée"});
                403
            },
            "403 Forbidden: déjà utilisée",
        ),
    ];
    for (change, expected) in changes {
        let (joined, _, data) = attempt(|token| token, change);
        let error = joined.unwrap_err();
        assert!(error.contains(expected), "{expected}: {error}");
        assert!(identity::Identity::load(data.path()).unwrap().is_none());
    }
}

#[test]
fn a_hub_with_another_authority_is_not_spoken_to() {
    let (joined, asked, _data) = attempt(
        |token| {
            let stranger = Hub::new();
            let port = Invitation::parse(&token).unwrap().address().unwrap().1;
            stranger.token(port)
        },
        |_| 200,
    );
    let error = joined.unwrap_err();
    assert!(error.contains("UnknownIssuer"), "{error}");
    assert!(!asked.contains("secret"));
}

proptest! {
    #[test]
    fn any_text_is_an_invitation_or_refused(text in "(LIS1\\.)?\\PC{0,80}") {
        let _ = Invitation::parse(&text).and_then(|invitation| {
            invitation.fingerprint()?;
            invitation.address().map(|_| ())
        });
    }
}
