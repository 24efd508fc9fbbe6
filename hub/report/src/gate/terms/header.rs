//! Small value sets of the header and of the body.

/// Confidentiality of a document.
#[rustfmt::skip]
pub(crate) const CONFIDENTIALITY: &[&str] = &[
    "N", "R", "V",
];

/// Administrative gender (JDV J143).
#[rustfmt::skip]
pub(crate) const GENDER: &[&str] = &[
    "F", "M", "UN",
];

/// `prefix` of a name (JDV J245).
#[rustfmt::skip]
pub(crate) const CIVILITY: &[&str] = &[
    "M", "MME",
];

/// `suffix` of a name (JDV J246).
#[rustfmt::skip]
pub(crate) const TITLE: &[&str] = &[
    "DR", "MC", "MG", "PC", "PG", "PR",
];

/// Function of a participant (JDV J47).
#[rustfmt::skip]
pub(crate) const FUNCTION: &[&str] = &[
    "330", "353", "ADMPHYS", "ATTPHYS", "CORRE", "DISPHYS", "ES-PREF", "ES-REF", "HEBERG", "ORG-SOC", "PCP", "PRELV",
    "ST-COORD", "ST-INF", "ST-PS-PEC",
];

/// Relation to the patient (JDV J11).
#[rustfmt::skip]
pub(crate) const RELATION: &[&str] = &[
    "AUNT", "BRO", "CHILD", "COUSN", "CURATEUR", "DAU", "DAUC", "DOMPART", "FAMMEMB", "FRND", "FTH", "GGRFTH", "GGRMTH",
    "GRFTH", "GRMTH", "GRNDDAU", "GRNDSO", "HBRO", "HSIS", "HUSB", "MSVG", "MTH", "NBOR", "NEPHEW", "NFTH", "NIECE",
    "NMTH", "ROOM", "SIGOTHR", "SIS", "SON", "SONC", "STPFTH", "STPMTH", "TUTEUR", "UNCLE", "WIFE",
];

/// `participant/@typeCode` of the header (JDV J144).
#[rustfmt::skip]
pub(crate) const PARTICIPATION: &[&str] = &[
    "CON", "INF", "PRF", "REF", "REFB", "RESP", "VRF",
];

/// `encounterParticipant/@typeCode`.
#[rustfmt::skip]
pub(crate) const ENCOUNTER_PARTICIPATION: &[&str] = &[
    "ADM", "ATND", "CON", "DIS", "REF", "RESP",
];

/// `associatedEntity/@classCode`.
#[rustfmt::skip]
pub(crate) const PARTICIPANT_CLASS: &[&str] = &[
    "AGNT", "PROV",
];

/// Kind of encounter (JDV J142).
#[rustfmt::skip]
pub(crate) const ENCOUNTER: &[&str] = &[
    "AMB", "EMER", "EXTERNE", "FLD", "HH", "IMP", "SEANCE", "VR",
];

/// Practice settings (1.2.250.1.213.1.1.4.9).
#[rustfmt::skip]
pub(crate) const SETTING_9: &[&str] = &[
    "AMBULATOIRE", "AMO", "DEPISTAGE", "ESSMS", "ETABLISSEMENT", "HAD", "MAD", "PALLIATIF", "SAD", "SAMU_SMUR",
];

/// Practice settings (1.2.250.1.213.1.1.4.6).
#[rustfmt::skip]
pub(crate) const SETTING_6: &[&str] = &[
    "EXP_PATIENT", "SNR",
];

/// Practice setting (JDV J04).
#[rustfmt::skip]
pub(crate) const SETTING: &[&str] = &[
    "AMBULATOIRE", "AMO", "DEPISTAGE", "ESSMS", "ETABLISSEMENT", "EXP_PATIENT", "HAD", "MAD", "PALLIATIF", "SAD",
    "SAMU_SMUR", "SNR",
];

/// Kind of facility (JDV J02).
#[rustfmt::skip]
pub(crate) const FACILITY: &[&str] = &[
    "EXP_PATIENT", "SA01", "SA02", "SA03", "SA04", "SA05", "SA06", "SA07", "SA08", "SA09", "SA10", "SA12", "SA13",
    "SA14", "SA15", "SA16", "SA17", "SA18", "SA19", "SA20", "SA21", "SA22", "SA23", "SA24", "SA25", "SA26", "SA27",
    "SA28", "SA29", "SA30", "SA31", "SA32", "SA33", "SA34", "SA35", "SA36", "SA37", "SA38", "SA39", "SA40", "SA41",
    "SA42", "SA43", "SA44", "SA45", "SA46", "SA47", "SA48", "SA49", "SA50", "SA51", "SA52", "SA53", "SA54", "SA55",
    "SA56", "SA57", "SA58", "SA59", "SA60", "SA61", "SA63", "SA64", "SA65", "SA66", "SA67", "SA68", "SA69", "SNR",
];

/// Interpretation of a result (2.16.840.1.113883.5.83).
#[rustfmt::skip]
pub(crate) const INTERPRETATION: &[&str] = &[
    "<", ">", "A", "AA", "B", "CAR", "D", "DET", "E", "EX", "EXP", "H", "HH", "HU", "HX", "I", "IE", "IND", "L", "LL",
    "LU", "LX", "N", "NCL", "ND", "NEG", "NR", "NS", "POS", "R", "RR", "S", "SDD", "SYN-R", "SYN-S", "U", "UNE", "W",
    "WR",
];

/// Act of vaccination (2.16.840.1.113883.5.4).
#[rustfmt::skip]
pub(crate) const IMMUNIZATION: &[&str] = &[
    "BOOSTER", "IMMUNIZ", "INITIMMUNIZ",
];

/// No vaccination, or unknown (2.16.840.1.113883.5.1150.1).
#[rustfmt::skip]
pub(crate) const IMMUNIZATION_ABSENT: &[&str] = &[
    "no-immunization-info", "no-known-immunizations",
];

/// Where a vaccine is given (SNOMED CT).
#[rustfmt::skip]
pub(crate) const IMMUNIZATION_SITE: &[&str] = &[
    "11207009", "16217661000119109", "16217701000119102", "61396006", "64262003", "66480008", "723979003", "723980000",
    "91774008", "91775009",
];

/// How a vaccine is given (EDQM).
#[rustfmt::skip]
pub(crate) const IMMUNIZATION_ROUTE: &[&str] = &[
    "20020000", "20030000", "20035000", "20053000", "20066000",
];

/// Kind of problem (SNOMED CT).
#[rustfmt::skip]
pub(crate) const PROBLEM: &[&str] = &[
    "282291009", "404684003", "418799008", "55607006", "64572001",
];

/// Kinship (2.16.840.1.113883.5.111).
#[rustfmt::skip]
pub(crate) const KINSHIP: &[&str] = &[
    "ADOPTF", "ADOPTM", "ADOPTP", "AUNT", "BRO", "BROINLAW", "CHILD", "CHLDADOPT", "CHLDFOST", "CHLDINLAW", "COUSN",
    "DAU", "DAUADOPT", "DAUC", "DAUFOST", "DAUINLAW", "DOMPART", "EXT", "FAMMEMB", "FMRSPS", "FRND", "FTH", "FTHFOST",
    "FTHINLAW", "FTWIN", "FTWINBRO", "FTWINSIS", "GESTM", "GGRFTH", "GGRMTH", "GGRPRN", "GRFTH", "GRMTH", "GRNDCHILD",
    "GRNDDAU", "GRNDSON", "GRPRN", "HBRO", "HSIB", "HSIS", "HUSB", "ITWIN", "ITWINBRO", "ITWINSIS", "MAUNT", "MCOUSN",
    "MGGRFTH", "MGGRMTH", "MGGRPRN", "MGRFTH", "MGRMTH", "MGRPRN", "MTH", "MTHFOST", "MTHINLAW", "MUNCLE", "NBOR",
    "NBRO", "NCHILD", "NEPHEW", "NFTH", "NFTHF", "NIECE", "NIENEPH", "NMTH", "NMTHF", "NPRN", "NSIB", "NSIS", "PAUNT",
    "PCOUSN", "PGGRFTH", "PGGRMTH", "PGGRPRN", "PGRFTH", "PGRMTH", "PGRPRN", "PRN", "PRNFOST", "PRNINLAW", "PUNCLE",
    "RESPRSN", "ROOM", "SIB", "SIBINLAW", "SIGOTHR", "SIS", "SISINLAW", "SON", "SONADOPT", "SONC", "SONFOST",
    "SONINLAW", "SPS", "STPBRO", "STPCHLD", "STPDAU", "STPFTH", "STPMTH", "STPPRN", "STPSIB", "STPSIS", "STPSON",
    "TWIN", "TWINBRO", "TWINSIS", "UNCLE", "WIFE",
];
