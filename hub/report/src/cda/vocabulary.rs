//! OIDs and template identifiers of the CI-SIS that a CR-BIO names.

pub(crate) const LOINC: &str = "2.16.840.1.113883.6.1";
pub(crate) const LOINC_NAME: &str = "LOINC";
/// Codes that stand in until a test has its LOINC code.
pub(crate) const WAITING: &str = "1.2.250.1.213.1.1.5.130";
/// Health professionals (idNat_PS).
pub(crate) const PROFESSIONAL: &str = "1.2.250.1.71.4.2.1";
/// Health structures (idNat_Struct).
pub(crate) const STRUCTURE: &str = "1.2.250.1.71.4.2.2";
/// COFRAC accreditation numbers.
pub(crate) const COFRAC: &str = "1.2.250.1.213.6.3.1";
pub(crate) const GENDER: &str = "2.16.840.1.113883.5.1";
pub(crate) const ENCOUNTER: &str = "2.16.840.1.113883.5.4";
pub(crate) const CONFIDENTIALITY: &str = "2.16.840.1.113883.5.25";
pub(crate) const INTERPRETATION: &str = "2.16.840.1.113883.5.83";
pub(crate) const FUNCTION: &str = "1.2.250.1.213.1.1.4.2.280";
/// Published with this arc (`1.3.5`), which the rules enforce.
pub(crate) const IHE_ACT: &str = "1.3.5.1.4.1.19376.1.5.3.2";

/// The Unified Code for Units of Measure.
pub(crate) const UCUM: &str = "2.16.840.1.113883.6.8";
/// HL7 ActCode.
pub(crate) const ACT_CODE: &str = "2.16.840.1.113883.5.4";
/// HL7 ParticipationFunction.
pub(crate) const PARTICIPATION_FUNCTION: &str = "2.16.840.1.113883.5.88";

/// The usual name of a code system, for people who read the XML.
pub(crate) fn system_name(oid: &str) -> Option<&'static str> {
    Some(match oid {
        LOINC => LOINC_NAME,
        "2.16.840.1.113883.6.96" => "SNOMED CT",
        "2.16.840.1.113883.3.9471" => "NCBI-Taxonomy",
        "1.2.250.1.213.2.7" => "NABM",
        "2.16.840.1.113883.5.84" => "HL7:ObservationMethod",
        _ => return None,
    })
}

/// Templates of the document, both forms.
pub(crate) const DOCUMENT: [&str; 2] = ["2.16.840.1.113883.2.8.2.1", "1.2.250.1.213.1.1.1.1"];
/// IHE PaLM XD-LAB: N3 only.
pub(crate) const XD_LAB: &str = "1.3.6.1.4.1.19376.1.3.3";
/// The volet CR-BIO: N3 only, with its version.
pub(crate) const CR_BIO: (&str, &str) = ("1.2.250.1.213.1.1.1.55", "2024.01");
/// IHE XDS-SD: N1 only.
pub(crate) const XDS_SD: &str = "1.3.6.1.4.1.19376.1.2.20";

pub(crate) const VALIDATOR: &str = "1.3.6.1.4.1.19376.1.3.3.1.5";
pub(crate) const ENTRY_PARTICIPANT: &str = "1.2.250.1.213.1.1.3.109";
pub(crate) const PARTICIPANT: &str = "1.3.6.1.4.1.19376.1.3.3.1.6";
pub(crate) const PERFORMER: [&str; 2] = ["1.3.6.1.4.1.19376.1.3.3.1.7", "1.2.250.1.213.1.1.3.23"];
pub(crate) const CHAPTER: [&str; 2] = ["1.3.6.1.4.1.19376.1.3.3.2.1", "1.2.250.1.213.1.1.2.70"];
pub(crate) const SUBCHAPTER: [&str; 2] = ["1.3.6.1.4.1.19376.1.3.3.2.2", "1.2.250.1.213.1.1.2.71"];
pub(crate) const REMARK: [&str; 3] = [
    "2.16.840.1.113883.10.12.201",
    "1.3.6.1.4.1.19376.1.4.1.2.16",
    "1.2.250.1.213.1.1.2.73",
];
pub(crate) const PDF_COPY: &str = "1.2.250.1.213.1.1.2.243";
pub(crate) const ENTRY: [&str; 2] = ["1.3.6.1.4.1.19376.1.3.1", "1.2.250.1.213.1.1.3.21"];
pub(crate) const COLLECTION: [&str; 2] = ["1.3.6.1.4.1.19376.1.3.1.2", "1.2.250.1.213.1.1.3.77"];
pub(crate) const RECEPTION: [&str; 2] = ["1.3.6.1.4.1.19376.1.3.1.3", "1.2.250.1.213.1.1.3.107"];
pub(crate) const BATTERY: [&str; 2] = ["1.3.6.1.4.1.19376.1.3.1.4", "1.2.250.1.213.1.1.3.78"];
pub(crate) const ISOLATE: [&str; 2] = ["1.3.6.1.4.1.19376.1.3.1.5", "1.2.250.1.213.1.1.3.79"];
pub(crate) const IMAGE: [&str; 2] = ["2.16.840.1.113883.10.12.304", "1.2.250.1.213.1.1.3.103"];
pub(crate) const SECOND_LINE: &str = "1.2.250.1.213.1.1.2.60";
pub(crate) const RECOMMENDATION: [&str; 3] = [
    "1.3.6.1.4.1.19376.1.5.3.1.3.1",
    "1.3.6.1.4.1.19376.1.5.3.1.3.2",
    "1.2.250.1.213.1.1.2.128",
];
pub(crate) const FACT: [&str; 2] = ["1.3.6.1.4.1.19376.1.5.3.1.4.13", "1.2.250.1.213.1.1.3.48"];
pub(crate) const PROBLEM: [&str; 3] = [
    "1.3.6.1.4.1.19376.1.5.3.1.4.5",
    "2.16.840.1.113883.10.20.1.28",
    "1.2.250.1.213.1.1.3.37",
];
pub(crate) const VACCINATIONS: [&str; 3] = [
    "1.3.6.1.4.1.19376.1.5.3.1.3.23",
    "2.16.840.1.113883.10.20.1.6",
    "1.2.250.1.213.1.1.2.147",
];
pub(crate) const VACCINATION: [&str; 3] = [
    "1.3.6.1.4.1.19376.1.5.3.1.4.12",
    "2.16.840.1.113883.10.20.1.24",
    "1.2.250.1.213.1.1.3.45",
];
pub(crate) const PRODUCT: [&str; 3] = [
    "1.3.6.1.4.1.19376.1.5.3.1.4.7.2",
    "2.16.840.1.113883.10.20.1.53",
    "1.2.250.1.213.1.1.3.43",
];
pub(crate) const RANK: [&str; 2] = ["2.16.840.1.113883.10.20.1.46", "1.2.250.1.213.1.1.3.82"];
pub(crate) const RESULT: [&str; 2] = ["1.3.6.1.4.1.19376.1.3.1.6", "1.2.250.1.213.1.1.3.80"];
pub(crate) const COMMENT: [&str; 3] = [
    "2.16.840.1.113883.10.20.1.40",
    "1.3.6.1.4.1.19376.1.5.3.1.4.2",
    "1.2.250.1.213.1.1.3.32",
];
pub(crate) const ATTACHED: &str = "1.2.250.1.213.1.1.3.18";
pub(crate) const ATTACHED_KIND: [&str; 3] = [
    "1.3.6.1.4.1.19376.1.5.3.1.4.13",
    "1.2.250.1.213.1.1.3.48",
    "1.2.250.1.213.1.1.3.48.18",
];
