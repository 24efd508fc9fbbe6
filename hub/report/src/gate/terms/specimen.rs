//! What a specimen may be (JDV specimen-type, 1.2.250.1.213.1.1.5.819), by code system.

/// HL7 table 0487 (2.16.840.1.113883.18.311).
#[rustfmt::skip]
pub(crate) const SPECIMEN_0487: &[&str] = &[
    "ABS", "ACNE", "ACNFLD", "AIRS", "ALL", "AMN", "AMP", "ANGI", "ARTC", "ASERU", "ASP", "AUTOA", "AUTOC", "AUTP",
    "BBL", "BCYST", "BDY", "BIFL", "BITE", "BLD", "BLDA", "BLDCO", "BLDV", "BLEB", "BLIST", "BOIL", "BON", "BOWL",
    "BPH", "BPU", "BRN", "BRSH", "BRUS", "BUB", "BULLA", "BX", "CALC", "CARBU", "CAT", "CBITE", "CDM", "CLIPP", "CNJT",
    "CNL", "COL", "CONE", "CSCR", "CSERU", "CSF", "CSITE", "CSMY", "CST", "CSVR", "CTP", "CUR", "CVM", "CVPS", "CVPT",
    "CYN", "CYST", "DBITE", "DCS", "DEC", "DEION", "DIA", "DIAF", "DISCHG", "DIV", "DRN", "DRNG", "DRNGP", "DUFL",
    "EARW", "EBRUSH", "EEYE", "EFF", "EFFUS", "EFOD", "EISO", "ELT", "ENVIR", "EOS", "EOTH", "ESOI", "ESOS", "ETA",
    "ETTP", "ETTUB", "EWHI", "EXG", "EXS", "EXUDTE", "FAW", "FBLOOD", "FGA", "FIB", "FIST", "FLD", "FLT", "FLU",
    "FLUID", "FOLEY", "FRS", "FSCLP", "FUR", "GAS", "GASA", "GASAN", "GASBR", "GASD", "GAST", "GENL", "GENV", "GRAFT",
    "GRAFTS", "GRANU", "GROSH", "GSOL", "GSPEC", "GT", "GTUBE", "HAR", "HBITE", "HBLUD", "HEMAQ", "HEMO", "HERNI",
    "HEV", "HIC", "HYDC", "IBITE", "ICYST", "IDC", "IHG", "ILEO", "ILLEG", "IMP", "INCI", "INFIL", "INS", "INTRD",
    "ISLT", "IT", "IUD", "IVCAT", "IVFLD", "IVTIP", "JEJU", "JNTFLD", "JP", "KELOI", "KIDFLD", "LAVG", "LAVGG", "LAVGP",
    "LAVPG", "LENS1", "LENS2", "LESN", "LIQ", "LIQO", "LNA", "LNV", "LSAC", "LYM", "MAC", "MAHUR", "MAR", "MASS",
    "MBLD", "MEC", "MILK", "MLK", "MUCOS", "MUCUS", "NAIL", "NASDR", "NEDL", "NEPH", "NGASP", "NGAST", "NGS", "NODUL",
    "NSECR", "ORH", "ORL", "OTH", "PACEM", "PAFL", "PCFL", "PDSIT", "PDTS", "PELVA", "PENIL", "PERIA", "PILOC", "PINS",
    "PIS", "PLAN", "PLAS", "PLB", "PLC", "PLEVS", "PLR", "PMN", "PND", "POL", "POPGS", "POPLG", "POPLV", "PORTA", "PPP",
    "PROST", "PRP", "PSC", "PUNCT", "PUS", "PUSFR", "QC3", "RANDU", "RBC", "RBITE", "RECT", "RECTA", "RENALC", "RENC",
    "RES", "SAL", "SCAR", "SCLV", "SCROA", "SECRE", "SER", "SHU", "SHUNF", "SHUNT", "SITE", "SKBP", "SKN", "SMM", "SMN",
    "SNV", "SPRM", "SPRP", "SPRPB", "SPS", "SPT", "SPTC", "SPTT", "SPUT1", "SPUTIN", "SPUTSP", "STER", "STL", "STONE",
    "SUBMA", "SUBMX", "SUMP", "SUP", "SUTUR", "SWGZ", "SWT", "TASP", "TEAR", "THRB", "TISS", "TISU", "TLC", "TRAC",
    "TRANS", "TSERU", "TSTES", "TTRA", "TUBES", "TUMOR", "TZANC", "UDENT", "UMED", "UR", "URC", "URINB", "URINC",
    "URINM", "URINN", "URINP", "URNS", "URT", "USCOP", "USPEC", "USUB", "VASTIP", "VENT", "VITF", "VOM", "WASH", "WASI",
    "WAT", "WB", "WBC", "WEN", "WICK", "WND", "WNDA", "WNDD", "WNDE", "WORM", "WRT", "WWA", "WWO", "WWT",
];

/// HL7 v3 SpecimenType (2.16.840.1.113883.5.129).
#[rustfmt::skip]
pub(crate) const SPECIMEN_V3: &[&str] = &[
    "BLDC", "BRO", "CRN", "CVX", "EAR", "EYE", "GEN", "GENC", "GENF", "LAM", "NOS", "PAT", "PRT", "SKM", "SMPLS",
    "THRT", "TISG", "TISPL", "TLGI", "TLNG", "TSMI", "ULC", "UMB", "URTH",
];
