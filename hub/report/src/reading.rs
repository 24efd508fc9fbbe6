//! Reading of CR-BIO documents of any producer: N3, N1 and auto-presentable, signed or not.
//!
//! Three things come out of one document: the [`Report`] that the same codes make, the narrative as a tree that nothing
//! harmful has a place in, and the PDF. Reading is lenient: what a document lacks is made up where that harms nobody and
//! remarked; a remark that is an error says that the report must not be issued again as ours. What carries codes and has
//! no place in the model is listed, never dropped without a word.
//!
//! A signature is seen, not verified.

mod annex;
mod body;
mod entry;
mod header;
mod involved;
mod narrative;
mod parties;
mod patient;
mod people;
mod reader;
mod result;
mod results;
mod scalar;
pub(crate) mod source;
mod value;
mod words;

use lisiere_model::Environment;
use lisiere_model::report::{Header, Item, Moment, Progress, Report, ReportStatus, Value};

use crate::check::{Finding, Severity};
use crate::gate::context::{Context, Node};
use crate::gate::{Form, SIGNATURE, clinical_document};
use body::Body;
pub use narrative::Narrative;
use reader::Reader;
pub use reader::Unread;
pub use results::{IncomingResult, Origin};

/// A document as it was understood.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// What it is; `None` if its body is neither structured nor a PDF.
    pub form: Option<Form>,
    /// Whether a signature is around it. Nobody has verified it here.
    pub signed: bool,
    /// The same content in the model; `None` where the document does not say whose results these are, when, or by whom.
    pub report: Option<Report>,
    /// Its results, for history and for a subcontractor's work.
    pub results: Vec<IncomingResult>,
    /// What it shows.
    pub narrative: Narrative,
    /// The PDF inside.
    pub pdf: Option<Vec<u8>>,
    /// What was read otherwise than it stands there, errors first. An error forbids to issue the report again.
    pub remarks: Vec<Finding>,
    /// Coded content that the model cannot hold.
    pub unread: Vec<Unread>,
}

impl Incoming {
    /// Whether the report says all that the document codes, so that it may be issued again.
    pub fn is_faithful(&self) -> bool {
        let obstacle = self
            .remarks
            .iter()
            .any(|one| one.severity == Severity::Error);
        self.report.is_some() && self.unread.is_empty() && !obstacle
    }
}

/// Why a file is no document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// Too large.
    #[error("le fichier pèse {0} Mo, plus de {max} Mo", max = source::BYTES_MAX >> 20)]
    Size(usize),
    /// The bytes are not in the encoding that they announce.
    #[error("l'encodage annoncé ou supposé ({0}) n'est pas celui du fichier")]
    Encoding(String),
    /// A document type definition: never read.
    #[error("le document porte une DTD (DOCTYPE)")]
    Dtd,
    /// Too much of something.
    #[error("trop d'éléments XML d'un genre : {0}")]
    Large(&'static str),
    /// Not XML.
    #[error("XML mal formé, ligne {line} : {message}")]
    Syntax {
        /// Line, from 1.
        line: u32,
        /// What the parser says.
        message: String,
    },
    /// XML, but no CDA.
    #[error("aucun document CDA : la racine est « {0} »")]
    NotCda(String),
}

impl ReadError {
    /// What to do.
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Size(_) | Self::Large(_) => {
                "Demander à l'expéditeur un document de taille usuelle."
            }
            Self::Encoding(_) => "Demander à l'expéditeur un document en UTF-8.",
            Self::Dtd => "Refuser ce document : un CDA n'a pas de DTD.",
            Self::Syntax { .. } => "Vérifier que le fichier est entier.",
            Self::NotCda(_) => "Fournir un ClinicalDocument, nu, signé ou auto-présentable.",
        }
    }
}

/// The moment of an HL7 time stamp, `YYYYMMDD[hhmm[ss]][+ZZzz]`; without a zone, clocks of Paris.
pub fn moment(stamp: &str) -> Option<Moment> {
    scalar::stamp(stamp).map(|(moment, _)| moment)
}

/// Reads a document.
pub fn read(bytes: &[u8]) -> Result<Incoming, ReadError> {
    let text = source::decode(bytes)?;
    let document = source::parse(&text)?;
    let top = document.root_element();
    let not_cda = || ReadError::NotCda(crate::text::line(top.tag_name().name()));
    let root = clinical_document(&document).ok_or_else(not_cda)?;
    let context = Context::new(root).map_err(|_| ReadError::Large("niveaux imbriqués"))?;
    let signed = top.has_tag_name((SIGNATURE, "Signature"));
    Ok(understand(&context, signed))
}

fn understand(context: &Context<'_>, signed: bool) -> Incoming {
    let reader = Reader::new(context);
    let root = context.root;
    let usual = match header::standing(root) {
        ReportStatus::Partial => Progress::Active,
        ReportStatus::Withdrawn => Progress::Aborted,
        ReportStatus::Final | ReportStatus::Corrected => Progress::Completed,
    };
    let mut body = reader.body(root, usual);
    let pdf = body.pdf.take();
    let origin = results::origin(&reader, root);
    let results = results::extract(&body.chapters, &reader.specimens.borrow(), &origin);
    let report = report(&reader, root, body);
    if report.is_none() {
        reader.obstacle("reading-incomplete", root, "Le document ne dit pas tout ce qu'un compte rendu doit dire : il n'est lu que pour ses résultats.");
    }
    reader.leftovers(root);
    let (remarks, unread) = reader.finish();
    Incoming {
        form: context.form,
        signed,
        report,
        results,
        narrative: narrative::read(context),
        pdf,
        remarks,
        unread,
    }
}

fn report<'d>(reader: &Reader<'_, 'd>, root: Node<'d>, body: Body) -> Option<Report> {
    let mut header = Header::default();
    let version = reader.version(root, &mut header)?;
    let patient = reader.subject(root)?;
    let act = reader.act_of(root, &version, &body.chapters, &mut header)?;
    let mut laboratory = act.laboratory;
    let parties = reader.parties(root, &laboratory, &mut header);
    let signature = reader.signature(root, &laboratory, &version, &parties)?;
    header.author = reader.author(root, &laboratory, &signature, version.created_at);
    let encounter = reader.encounter(root, &version, &mut laboratory);
    header.validators = parties.validators;
    let status = match act.status {
        // The same code says complete and corrected.
        ReportStatus::Final if version.replaces.is_some() => ReportStatus::Corrected,
        status => status,
    };
    let mut replaces = version.replaces;
    if status == ReportStatus::Withdrawn
        && let Some(replaced) = &mut replaces
    {
        // The codes do not say why; what stands in the place of a result does.
        let reasons = body.chapters.iter().flat_map(|chapter| &chapter.parts);
        let mut reasons = reasons.flat_map(|part| &part.items).flat_map(Item::results);
        replaced.reason = reasons
            .find_map(|result| match &result.value {
                Value::Withdrawn { reason } => Some(reason.clone()),
                _ => None,
            })
            .or_else(|| Some("motif non précisé".to_owned()));
    }
    let environment = patient
        .ins
        .as_ref()
        .map_or(Environment::Production, |ins| ins.authority().environment());
    Some(Report {
        environment,
        id: version.id,
        set_id: version.set_id,
        version: version.number,
        replaces,
        status,
        confidentiality: version.confidentiality,
        created_at: version.created_at,
        received_at: act.received_at,
        patient,
        laboratory,
        biologists: reader.biologists.take(),
        signature,
        prescriber: parties.prescriber,
        collector: parties.collector,
        copies_to: parties.copies_to,
        record: act.record,
        prescriptions: reader.prescriptions(root),
        encounter,
        specimens: reader.specimens.take(),
        remarks: body.remarks,
        chapters: body.chapters,
        second_line: body.second_line,
        recommendation: body.recommendation,
        vaccinations: body.vaccinations,
        header,
        options: lisiere_model::report::Options::default(),
    })
}
