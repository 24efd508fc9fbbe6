//! How analyzers talk: sans-io link engines and record syntax.
