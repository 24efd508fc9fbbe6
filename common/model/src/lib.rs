//! What a laboratory result is: typed identifiers, patients, specimens, orders, observations, reports.
