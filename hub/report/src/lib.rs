//! A reviewed report as CDA R2 N3, N1, PDF/A-1 and HTML.
