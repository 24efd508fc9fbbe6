//! Store: quarantine.
