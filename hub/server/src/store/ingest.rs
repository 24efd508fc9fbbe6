//! Store: ingest.
