//! Techniques of measurement (JDV technique-biologie, 1.2.250.1.213.1.1.5.789; code system 1.2.250.1.213.2.3.5).

/// ANSM techniques.
#[rustfmt::skip]
pub(crate) const TECHNIQUE: &[&str] = &[
    "9AX", "9BX", "9CX", "9EC", "9ED", "9EI", "9FX", "9GX", "9JX", "9KX", "BAX", "BCX", "BDB", "BDD", "BLX", "CAX",
    "CBX", "CLA", "CLC", "CLD", "CLE", "CLF", "CLG", "CLH", "CLI", "CLJ", "CLK", "CLL", "CLM", "CLX", "CPX", "CQX",
    "CSC", "CSP", "CZA", "CZB", "CZC", "CZD", "CZE", "CZF", "CZG", "CZX", "DA1", "DA2", "DA3", "DA7", "DA8", "DA9",
    "DAA", "DAB", "DAC", "DAD", "DAL", "DAM", "DAP", "DAX", "DCF", "DCI", "DCO", "DCP", "DCX", "DE3", "DE4", "DE5",
    "DEG", "DEH", "DEI", "DEL", "DEO", "DEX", "DGX", "DHX", "DIA", "DIB", "DJA", "DJB", "DJC", "DK1", "DK2", "DK6",
    "DKA", "DKB", "DKD", "DKE", "DKF", "DKG", "DKH", "DKI", "DKJ", "DKK", "DKL", "DKM", "DKO", "DKQ", "DKS", "DKT",
    "DKX", "DKY", "DKZ", "DMX", "DNB", "DNP", "DOA", "DOX", "GAX", "GCX", "GMX", "GNA", "GNC", "GNE", "GNG", "GNR",
    "GNT", "GNX", "GOX", "GPX", "GRX", "GSX", "GTX", "GUA", "GUB", "GUD", "GUF", "GUP", "GUR", "GWX", "GYA", "GYF",
    "HPC", "HPD", "HPX", "JAP", "JAR", "JW1", "JW2", "JW3", "JW4", "MAX", "MFD", "MFI", "MIA", "MIB", "MIC", "MIF",
    "MIG", "MIH", "MIK", "MIL", "MIN", "MIR", "MIS", "MIT", "MIX", "UAA", "UAI", "UCX", "UEA", "UEC", "UFA", "UFC",
    "UGA", "UIX", "UNX", "UPX", "USX", "UTX", "UVA", "UVB", "VAX", "VBI", "VBX", "VCX", "VEB", "ZAX", "ZCX", "ZDX",
    "ZQX", "ZRX", "ZTX", "ZVX",
];
