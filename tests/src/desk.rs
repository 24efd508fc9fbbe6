//! What people do at the hub's pages: register, review, sign, take the report home. Over the same routes as a browser.

use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::{
    browser::{Browser, Page},
    messages::Model,
    patients::Person,
};

/// One tube: the number on its label and what is in it.
#[derive(Debug, Clone)]
pub struct Tube {
    /// The accession number.
    pub number: String,
    /// HL7 table 0487.
    pub nature: &'static str,
    /// The analyzers it is put into.
    pub analyzers: Vec<Model>,
}

/// One order as it comes to the reception desk.
#[derive(Debug, Clone)]
pub struct Request {
    /// For whom.
    pub person: &'static Person,
    /// The requester's own number.
    pub number: String,
    /// The tubes.
    pub tubes: Vec<Tube>,
}

impl Request {
    /// Every test asked for: what the analyzers of its tubes run.
    pub fn tests(&self) -> Vec<&'static str> {
        let analyzers = self.tubes.iter().flat_map(|tube| &tube.analyzers);
        analyzers.flat_map(|model| model.tests()).copied().collect()
    }
}

/// Registers an order at `/reception`; returns the path of its page.
pub async fn register(browser: &Browser, request: &Request) -> Result<String> {
    let page = browser.get("/reception").await?;
    let person = request.person;
    let ins = person.ins_number();
    let mut fields = vec![
        ("nom_naissance", person.birth_name),
        ("premier_prenom", person.first_name()),
        ("prenoms", person.given_names),
        ("date_naissance", person.birth_date),
        ("lieu_naissance", person.birth_place),
        ("sexe", if person.sex == 'M' { "M" } else { "F" }),
        ("statut_identite", "qualified"),
        ("ins", &ins),
        ("autorite_ins", "test"),
        ("prescripteur", "Dr Noé Fictif"),
        ("rpps_prescripteur", PRESCRIBER),
        ("demande", &request.number),
    ];
    for tube in &request.tubes {
        fields.push(("tube", &tube.number));
        fields.push(("nature", tube.nature));
    }
    for test in request.tests() {
        fields.push(("analyses", test));
    }
    let done = browser.submit(&page, "/dossiers", &fields).await?;
    ensure!(
        done.good() && done.path.starts_with("/dossiers/"),
        "the order {} was not registered: {}\n{}",
        request.number,
        done.status,
        said(&done),
    );
    Ok(done.path)
}

/// Technical review at `/paillasse`: accepts everything that waits, held results one by one with a reason; returns how
/// many were accepted.
pub async fn review(browser: &Browser) -> Result<usize> {
    let mut accepted = 0;
    let list = browser.get("/paillasse").await?;
    for link in list.links("/paillasse?dossier=") {
        accepted += review_order(browser, &link).await?;
    }
    Ok(accepted)
}

async fn review_order(browser: &Browser, link: &str) -> Result<usize> {
    let page = browser.get(link).await?;
    let order = link.split_once('=').map_or("", |(_, order)| order);
    let free = page.values("tous");
    if !free.is_empty() {
        let mut fields = vec![("dossier", order), ("tout", "oui")];
        fields.extend(free.iter().map(|seen| ("tous", seen.as_str())));
        let done = browser.submit(&page, "/paillasse/valider", &fields).await?;
        ensure!(done.good(), "technical review refused: {}", said(&done));
        return Ok(free.len());
    }
    // What is left is held: a person looks at each and says why it may pass.
    let held = page.values("obs");
    for seen in &held {
        let fields = [
            ("dossier", order),
            ("obs", seen),
            ("motif", "contrôlé, résultat confirmé"),
        ];
        let done = browser.submit(&page, "/paillasse/valider", &fields).await?;
        ensure!(done.good(), "technical review refused: {}", said(&done));
    }
    Ok(held.len())
}

/// Biological review and signature at `/validation/{order}`; returns the path of the report.
pub async fn sign(browser: &Browser, order: &str) -> Result<String> {
    let id = order.rsplit('/').next().unwrap_or_default();
    let address = format!("/validation/{id}");
    let page = browser.get(&format!("{address}?etape=signer")).await?;
    let identity = page
        .field("identite")
        .with_context(|| format!("the report cannot be signed: {}", said(&page)))?;
    let seen = page.values("vu");
    let mut fields = vec![("confirme", "oui"), ("identite", identity.as_str())];
    fields.extend(seen.iter().map(|one| ("vu", one.as_str())));
    let done = browser
        .submit(&page, &format!("{address}/signer"), &fields)
        .await?;
    ensure!(done.good(), "the signature was refused: {}", said(&done));
    let order = browser.get(&format!("/dossiers/{id}")).await?;
    let files = order.links("/comptes-rendus/");
    let file = files
        .first()
        .with_context(|| format!("the order has no report: {}", said(&order)))?;
    Ok(file
        .rsplit_once('/')
        .map_or_else(|| file.clone(), |(report, _)| report.to_owned()))
}

/// Downloads the three files of a report to `out`/<report id>/.
pub async fn take_home(browser: &Browser, report: &str, out: &Path) -> Result<()> {
    let id = report.split('/').nth(2).unwrap_or("rapport");
    let folder = out.join(id);
    std::fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    for (address, name) in [
        ("n3.xml", "n3.xml"),
        ("n1.xml", "n1.xml"),
        ("rapport.pdf", "report.pdf"),
    ] {
        let bytes = browser.download(&format!("{report}/{address}")).await?;
        std::fs::write(folder.join(name), bytes).with_context(|| format!("writing {name}"))?;
    }
    Ok(())
}

/// A fictitious prescriber of the test directory.
const PRESCRIBER: &str = "899700000019";

/// What a page says is wrong, without its markup.
pub fn said(page: &Page) -> String {
    let text = page.text.split(['<', '>']).skip(2).step_by(2);
    let words: Vec<&str> = text
        .map(str::trim)
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" | ")
}
