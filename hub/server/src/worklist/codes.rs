//! Which tests of the catalogue an analyzer takes orders for, and under which code.

use std::collections::{BTreeMap, BTreeSet};

use lisiere_driver::Library;
use lisiere_model::LocalCode;

use crate::store::{Connection, Result, work};

/// Catalogue test → code of the analyzer.
pub(super) type Codes = BTreeMap<LocalCode, String>;

/// What the analyzers of a driver may be asked to do. Nothing for a driver that answers no questions: its analyzers get
/// no orders.
pub(super) async fn orderable(
    connection: &mut Connection,
    library: &Library,
    driver: &str,
) -> Result<Codes> {
    let decided = work::decided_codes(connection, driver).await?;
    let mut codes = Codes::new();
    let Some(driver) = library.get(driver) else {
        return Ok(codes);
    };
    let profile = driver.profile();
    let Some(query) = profile.query.as_ref().filter(|query| query.answers()) else {
        return Ok(codes);
    };
    let never: BTreeSet<&str> = query.never.iter().map(String::as_str).collect();
    let takes = |code: &str| !never.contains(code);
    for rule in profile.code.iter().filter(|rule| takes(&rule.code)) {
        for test in &rule.tests {
            // Of several codes for one test the profile's first is the usual one.
            codes
                .entry(test.clone())
                .or_insert_with(|| rule.code.clone());
        }
    }
    for (test, code) in &query.codes {
        if let Ok(test) = test.parse() {
            codes.insert(test, code.clone());
        }
    }
    // What a person decided about results holds for orders, unless the profile already names a code for the test.
    for (code, test) in decided.into_iter().filter(|(code, _)| takes(code)) {
        codes.entry(test).or_insert(code);
    }
    Ok(codes)
}

/// The tests that a code of the analyzer may mean.
pub(super) async fn meant(
    connection: &mut Connection,
    library: &Library,
    driver: &str,
    code: &str,
) -> Result<BTreeSet<LocalCode>> {
    let decided = work::decided_codes(connection, driver).await?;
    let mut meant: BTreeSet<LocalCode> = decided
        .into_iter()
        .filter_map(|(known, test)| (known == code).then_some(test))
        .collect();
    if let Some(driver) = library.get(driver) {
        let profile = driver.profile();
        let rules = profile.code.iter().filter(|rule| rule.code == code);
        meant.extend(rules.flat_map(|rule| rule.tests.iter().cloned()));
        if let Some(query) = &profile.query {
            let own = query.codes.iter().filter(|(_, own)| *own == code);
            meant.extend(own.filter_map(|(test, _)| test.parse().ok()));
        }
    }
    Ok(meant)
}
