//! Store: appliance.
