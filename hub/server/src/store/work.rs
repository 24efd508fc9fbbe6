//! The worklist in the database: its items by driver, its version, and what each appliance holds of it.

use lisiere_model::{LocalCode, Specimen};
use lisiere_wire::ListId;
use serde::{Deserialize, Serialize};
use sqlx::Row;
use sqlx::any::AnyRow;

use super::{Connection, Error, Result, Tx, columnar};

/// Where the list stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The list.
    pub list: ListId,
    /// Its version.
    pub version: i64,
    /// Removals up to this version are forgotten: whoever holds less needs the whole list.
    pub floor: i64,
}

/// One tube on the list, for the analyzers of one driver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body {
    /// HL7 table 0487.
    pub kind: String,
    /// Before the others.
    pub urgent: bool,
    /// Codes of the tests, as the analyzer names them.
    pub tests: Vec<String>,
}

/// A row of the list; without a body it was removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The driver.
    pub driver: String,
    /// The tube.
    pub specimen: String,
    /// What is to be done, if anything.
    pub body: Option<Body>,
}

/// An appliance that wants to know of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Its name.
    pub appliance: String,
    /// Its site.
    pub site: String,
    /// The list it holds.
    pub list: String,
    /// The version it holds.
    pub version: i64,
    /// Its drivers.
    pub drivers: Vec<String>,
}

/// A test that waits for its result.
#[derive(Debug, Clone)]
pub struct OpenTest {
    /// The tube.
    pub specimen: Specimen,
    /// The laboratory's code.
    pub code: LocalCode,
    /// Before the others.
    pub urgent: bool,
}

/// Tests on the list at the most, the newest orders first.
const MOST: i64 = 200_000;

/// Reads where the list stands, making it the first time. Inside the transaction no other hub changes it.
pub async fn lock(tx: &mut Tx, fresh: ListId) -> Result<Head> {
    sqlx::query(
        "INSERT INTO work_list (id, list, version, floor) VALUES (1, $1, 1, 0) ON CONFLICT (id) DO NOTHING",
    )
    .bind(fresh.to_string())
    .execute(&mut **tx)
    .await?;
    let query = tx.dialect().pick(
        "SELECT list, version, floor FROM work_list WHERE id = 1",
        "SELECT list, version, floor FROM work_list WHERE id = 1 FOR UPDATE",
    );
    let row = sqlx::query(query).fetch_one(&mut **tx).await?;
    read_head(&row)
}

/// Where the list stands; nothing before it was made.
pub async fn head(connection: &mut Connection) -> Result<Option<Head>> {
    let row = sqlx::query("SELECT list, version, floor FROM work_list WHERE id = 1")
        .fetch_optional(connection)
        .await?;
    row.as_ref().map(read_head).transpose()
}

fn read_head(row: &AnyRow) -> Result<Head> {
    let list: String = row.try_get(0)?;
    let id = lisiere_wire::JournalId::from_hex(&list)
        .ok_or_else(|| Error::stored("work_list", "list", &list))?;
    Ok(Head {
        list: ListId(id.0),
        version: row.try_get(1)?,
        floor: row.try_get(2)?,
    })
}

/// A text that differs whenever the list may have to differ: cheap to read, so that it can be read often.
pub async fn fingerprint(connection: &mut Connection, since: i64) -> Result<String> {
    let orders = sqlx::query(
        "SELECT COUNT(*), CAST(COALESCE(SUM(version), 0) AS BIGINT), \
         CAST(COALESCE(SUM(changed_at % 1000000007), 0) AS BIGINT) \
         FROM lab_order WHERE missing > 0 AND registered_at > $1",
    )
    .bind(since)
    .fetch_one(&mut *connection)
    .await?;
    let mapped = sqlx::query("SELECT COUNT(*) FROM code_mapping")
        .fetch_one(&mut *connection)
        .await?;
    let (count, versions, changes): (i64, i64, i64) =
        (orders.try_get(0)?, orders.try_get(1)?, orders.try_get(2)?);
    let mapped: i64 = mapped.try_get(0)?;
    let drivers = drivers(connection).await?.join(" ");
    Ok(format!("{count} {versions} {changes} {mapped} {drivers}"))
}

/// The drivers that any enrolled appliance speaks.
pub async fn drivers(connection: &mut Connection) -> Result<Vec<String>> {
    let rows = sqlx::query(
        "SELECT h.drivers FROM work_holder h JOIN appliances a ON a.name = h.appliance WHERE a.enrolment = 'enrolled'",
    )
    .fetch_all(connection)
    .await?;
    let mut all = std::collections::BTreeSet::new();
    for row in &rows {
        let drivers: String = row.try_get(0)?;
        all.extend(drivers.lines().map(str::to_owned));
    }
    Ok(all.into_iter().collect())
}

/// Tests without a usable result, of orders registered since then, tube by tube.
pub async fn open_tests(connection: &mut Connection, since: i64) -> Result<Vec<OpenTest>> {
    let rows = sqlx::query(
        "SELECT s.body, t.code, o.urgent FROM lab_order o JOIN ordered_test t ON t.order_id = o.id \
         JOIN specimen s ON s.id = t.specimen_id \
         WHERE o.missing > 0 AND o.registered_at > $1 AND t.cancelled IS NULL AND NOT EXISTS (\
         SELECT 1 FROM observation b WHERE b.order_id = t.order_id AND b.specimen_id = t.specimen_id AND b.code = t.code \
         AND b.is_current = 1 AND b.state NOT IN ('repeat_requested', 'rejected', 'amended')) \
         ORDER BY o.registered_at DESC, s.accession, t.position LIMIT $2",
    )
    .bind(since)
    .bind(MOST)
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| {
            let (body, code): (String, String) = (row.try_get(0)?, row.try_get(1)?);
            Ok(OpenTest {
                specimen: serde_json::from_str(&body)
                    .map_err(|e| Error::stored("specimen", "body", e))?,
                code: code
                    .parse()
                    .map_err(|e| Error::stored("ordered_test", "code", e))?,
                urgent: row.try_get::<i64, _>(2)? != 0,
            })
        })
        .collect()
}

/// Everything that is on the list now.
pub async fn items(connection: &mut Connection) -> Result<Vec<Item>> {
    let rows = sqlx::query("SELECT driver, specimen, body FROM work_item WHERE body IS NOT NULL")
        .fetch_all(connection)
        .await?;
    rows.iter().map(read_item).collect()
}

/// The items of one driver that changed after a version, removed ones too.
pub async fn changes(connection: &mut Connection, driver: &str, after: i64) -> Result<Vec<Item>> {
    let rows = sqlx::query(
        "SELECT driver, specimen, body FROM work_item WHERE driver = $1 AND version > $2 ORDER BY specimen",
    )
    .bind(driver)
    .bind(after)
    .fetch_all(connection)
    .await?;
    rows.iter().map(read_item).collect()
}

fn read_item(row: &AnyRow) -> Result<Item> {
    let body: Option<String> = row.try_get(2)?;
    Ok(Item {
        driver: row.try_get(0)?,
        specimen: row.try_get(1)?,
        body: body
            .map(|body| serde_json::from_str(&body))
            .transpose()
            .map_err(|e| Error::stored("work_item", "body", e))?,
    })
}

/// Writes a changed item.
pub async fn put(tx: &mut Tx, item: &Item, version: i64, now: i64) -> Result<()> {
    let body = item.body.as_ref().map(serde_json::to_string).transpose();
    sqlx::query(
        "INSERT INTO work_item (driver, specimen, version, body, changed_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (driver, specimen) DO UPDATE SET version = excluded.version, body = excluded.body, \
         changed_at = excluded.changed_at",
    )
    .bind(&item.driver)
    .bind(&item.specimen)
    .bind(version)
    .bind(body.map_err(|e| Error::stored("work_item", "body", e))?)
    .bind(now)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Gives the list its next version.
pub async fn set_version(tx: &mut Tx, version: i64) -> Result<()> {
    sqlx::query("UPDATE work_list SET version = $1 WHERE id = 1")
        .bind(version)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Forgets what was removed before this moment.
pub async fn forget(tx: &mut Tx, before: i64) -> Result<()> {
    sqlx::query(
        "UPDATE work_list SET floor = (SELECT MAX(version) FROM work_item WHERE body IS NULL AND changed_at < $1) \
         WHERE id = 1 AND EXISTS (SELECT 1 FROM work_item WHERE body IS NULL AND changed_at < $1)",
    )
    .bind(before)
    .execute(&mut **tx)
    .await?;
    sqlx::query("DELETE FROM work_item WHERE body IS NULL AND changed_at < $1")
        .bind(before)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Keeps what an appliance says it holds.
pub async fn held(
    tx: &mut Tx,
    appliance: &str,
    site: &str,
    held: &lisiere_wire::WorklistHeld,
    now: i64,
) -> Result<()> {
    let version = i64::try_from(held.version).unwrap_or(i64::MAX);
    sqlx::query(
        "INSERT INTO work_holder (appliance, site, list, version, drivers, said_at, caught_up, offered, offered_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $4, 0, 0) ON CONFLICT (appliance) DO UPDATE SET site = excluded.site, \
         list = excluded.list, version = excluded.version, drivers = excluded.drivers, said_at = excluded.said_at, \
         caught_up = excluded.caught_up, offered = 0, offered_at = 0",
    )
    .bind(appliance)
    .bind(site)
    .bind(held.list.to_string())
    .bind(version)
    .bind(columnar(&held.drivers.join("\n")))
    .bind(now)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Appliances that are there and may lack something, and have not been offered it lately.
pub async fn due(connection: &mut Connection, head: &Head, patience: i64) -> Result<Vec<Holder>> {
    let rows = sqlx::query(
        "SELECT h.appliance, h.site, h.list, h.version, h.drivers FROM work_holder h \
         JOIN appliances a ON a.name = h.appliance \
         WHERE a.connected = 1 AND a.enrolment = 'enrolled' AND h.drivers <> '' \
         AND (h.caught_up <> $1 OR h.list <> $2) AND (h.offered <> $1 OR h.offered_at < $3)",
    )
    .bind(head.version)
    .bind(head.list.to_string())
    .bind(patience)
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| {
            let drivers: String = row.try_get(4)?;
            Ok(Holder {
                appliance: row.try_get(0)?,
                site: row.try_get(1)?,
                list: row.try_get(2)?,
                version: row.try_get(3)?,
                drivers: drivers.lines().map(str::to_owned).collect(),
            })
        })
        .collect()
}

/// Claims the offer to an appliance; another hub that was faster, or the appliance that spoke meanwhile, wins.
pub async fn claim(
    tx: &mut Tx,
    holder: &Holder,
    head: &Head,
    patience: i64,
    now: i64,
) -> Result<bool> {
    let claimed = sqlx::query(
        "UPDATE work_holder SET offered = $1, offered_at = $2 WHERE appliance = $3 AND version = $4 AND list = $5 \
         AND (offered <> $1 OR offered_at < $6)",
    )
    .bind(head.version)
    .bind(now)
    .bind(&holder.appliance)
    .bind(holder.version)
    .bind(&holder.list)
    .bind(patience)
    .execute(&mut **tx)
    .await?;
    Ok(claimed.rows_affected() > 0)
}

/// Notes that nothing up to this version concerns the appliance.
pub async fn caught_up(tx: &mut Tx, appliance: &str, version: i64) -> Result<()> {
    sqlx::query("UPDATE work_holder SET caught_up = $1 WHERE appliance = $2")
        .bind(version)
        .bind(appliance)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// The offer did not leave: it may be made again at once.
pub async fn unoffered(tx: &mut Tx, appliance: &str) -> Result<()> {
    sqlx::query("UPDATE work_holder SET offered = 0, offered_at = 0 WHERE appliance = $1")
        .bind(appliance)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Which local test an analyzer's code means, by decision of a person: the highest version of each.
pub async fn decided_codes(
    connection: &mut Connection,
    driver: &str,
) -> Result<Vec<(String, LocalCode)>> {
    let rows = sqlx::query(
        "SELECT code, local_code FROM code_mapping m WHERE driver = $1 AND version = \
         (SELECT MAX(version) FROM code_mapping n WHERE n.driver = m.driver AND n.code = m.code) ORDER BY code",
    )
    .bind(driver)
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| {
            let local: String = row.try_get(1)?;
            let local = local
                .parse()
                .map_err(|e| Error::stored("code_mapping", "local_code", e))?;
            Ok((row.try_get(0)?, local))
        })
        .collect()
}
