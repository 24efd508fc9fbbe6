//! What appliance and hub say to each other: topics and versioned envelopes.
