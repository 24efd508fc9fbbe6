//! The letterhead: a logo that reports can print, and a preview of what is typed that saves nothing.

use axum::http::{StatusCode, header};
use lisiere_hub::laboratory::{identity, letterhead};
use lisiere_hub::review::Role;

use crate::rig::{Browser, Hub, Page};

/// A PNG of 32 × 32 dots, grey: made by hand so that the test needs no picture of anybody.
pub(crate) fn logo() -> Vec<u8> {
    let chunk = |kind: &[u8], data: &[u8]| -> Vec<u8> {
        let mut body = kind.to_vec();
        body.extend_from_slice(data);
        let mut out = u32::try_from(data.len()).unwrap().to_be_bytes().to_vec();
        out.extend_from_slice(&body);
        out.extend_from_slice(&crc(&body).to_be_bytes());
        out
    };
    // One filter byte and 32 dots a row, in one stored block (RFC 1951 §3.2.4).
    let rows: Vec<u8> = (0..32_u8)
        .flat_map(|y| std::iter::once(0).chain((0..32_u8).map(move |x| x.wrapping_mul(y))))
        .collect();
    let length = u16::try_from(rows.len()).unwrap();
    let mut packed = vec![0x78, 0x01, 0x01];
    packed.extend_from_slice(&length.to_le_bytes());
    packed.extend_from_slice(&(!length).to_le_bytes());
    packed.extend_from_slice(&rows);
    packed.extend_from_slice(&adler(&rows).to_be_bytes());
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    png.extend(chunk(b"IHDR", &[0, 0, 0, 32, 0, 0, 0, 32, 8, 0, 0, 0, 0]));
    png.extend(chunk(b"IDAT", &packed));
    png.extend(chunk(b"IEND", &[]));
    png
}

fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 & 0_u32.wrapping_sub(crc & 1))
        })
    })
}

fn adler(bytes: &[u8]) -> u32 {
    let (a, b) = bytes.iter().fold((1_u32, 0_u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
    (b << 16) | a
}

const TYPED: [(&str, &str); 8] = [
    ("name", "Laboratoire du Hallier"),
    ("finess", "750000001"),
    ("address", "2 rue des Ronces"),
    ("postal_code", "75002"),
    ("city", "Paris"),
    ("phone", "0100000001"),
    ("practice_setting", "AMBULATOIRE"),
    ("footer", "Ouvert le samedi"),
];

async fn ask(browser: &mut Browser, path: &str, logo: &[u8]) -> Page {
    browser
        .upload(path, &TYPED, ("logo", "logo.png", logo))
        .await
}

#[tokio::test]
async fn the_preview_follows_what_is_typed_and_saves_nothing() {
    let hub = Hub::start().await;
    let mut administrator = hub.browser(Role::Administrator).await;
    let page = administrator.get("/reglages").await;
    assert!(page.text.contains("id=\"apercu-papier\""));
    assert!(
        page.text.contains("MARTIN"),
        "signed by a biologist of the laboratory"
    );
    let live = ask(
        &mut administrator,
        "/reglages/apercu?forme=fragment",
        &logo(),
    )
    .await;
    assert_eq!(live.status, StatusCode::OK, "{}", live.text);
    for part in [
        "Laboratoire du Hallier",
        "2 rue des Ronces",
        "Ouvert le samedi",
        "EXEMPLE",
    ] {
        assert!(live.text.contains(part), "{part}: {}", live.text);
    }
    let whole = ask(&mut administrator, "/reglages/apercu?forme=html", &logo()).await;
    let policy = whole.headers[header::CONTENT_SECURITY_POLICY]
        .to_str()
        .unwrap();
    assert!(
        policy.contains("sandbox") && policy.contains("style-src 'sha256-"),
        "{policy}"
    );
    let pdf = ask(&mut administrator, "/reglages/apercu?forme=pdf", &logo()).await;
    assert!(pdf.text.starts_with("%PDF"), "{}", pdf.text);
    assert!(pdf.text.contains("/Subtype/Image"), "the logo is in it");

    let known = identity::get(&hub.app.store).await.unwrap().unwrap();
    assert_eq!(known.name, "Laboratoire de la Lisière");
    assert!(letterhead::logo(&hub.app.store).await.unwrap().is_none());
    let mut auditor = hub.browser(Role::Auditor).await;
    let refused = ask(&mut auditor, "/reglages/apercu?forme=pdf", &logo()).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn an_unfinished_form_is_previewed_and_its_pdf_says_what_is_missing() {
    let hub = Hub::start().await;
    let mut administrator = hub.browser(Role::Administrator).await;
    administrator.get("/reglages").await;
    let live = administrator
        .post("/reglages/apercu?forme=fragment", &[("name", "Labo")])
        .await;
    assert_eq!(live.status, StatusCode::OK, "{}", live.text);
    let pdf = administrator
        .post("/reglages/apercu?forme=pdf", &[("name", "Labo")])
        .await;
    assert_eq!(pdf.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(pdf.text.contains("FINESS"), "{}", pdf.text);
}

#[tokio::test]
async fn a_logo_is_kept_only_if_reports_can_print_it() {
    let hub = Hub::start().await;
    let mut administrator = hub.browser(Role::Administrator).await;
    administrator.get("/reglages").await;
    for bad in [
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>".as_slice(),
        b"GIF89a....",
        b"\x89PNG\r\n\x1a\nbroken",
        &[0xff; 200_000],
    ] {
        let page = ask(&mut administrator, "/reglages/laboratoire", bad).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.text.contains("id=\"logo-faute\""), "{}", page.text);
        assert_eq!(
            page.field("name"),
            "Laboratoire du Hallier",
            "what was typed stays"
        );
    }
    let done = ask(&mut administrator, "/reglages/laboratoire", &logo()).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    let kept = letterhead::logo(&hub.app.store).await.unwrap().unwrap();
    assert_eq!(kept.data.as_bytes(), logo());
    let shown = administrator.get("/reglages/logo").await;
    assert_eq!(shown.headers[header::CONTENT_TYPE], "image/png");

    // Saved again without a file it stays; it goes only when that is ticked.
    let done = administrator.post("/reglages/laboratoire", &TYPED).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    assert!(letterhead::logo(&hub.app.store).await.unwrap().is_some());
    let mut without = TYPED.to_vec();
    without.push(("sans_logo", "oui"));
    administrator.post("/reglages/laboratoire", &without).await;
    assert!(letterhead::logo(&hub.app.store).await.unwrap().is_none());
}
