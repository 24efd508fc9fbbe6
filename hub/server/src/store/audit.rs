//! The audit trail: entries chained by digest, so that one edited or removed shows (promise P8).
//!
//! Each entry's digest covers its own content and the digest of the one before; the head row holds the last one, so a
//! shortened trail shows as well. Add the entry last before the commit: its lock is held until then.

use serde_json::Value;
use sha2::{Digest, Sha256};
use sqlx::Row;
use sqlx::any::AnyRow;

use super::{Connection, Result, Tx};

/// The digest before the first entry.
const ORIGIN: &str = "0000000000000000000000000000000000000000000000000000000000000000";
/// Entries read at a time while verifying.
const PAGE: i64 = 1000;

/// What happened, to be added to the trail.
#[derive(Debug, Clone)]
pub struct Entry<'a> {
    /// Who did it: a login, `appliance:NAME`, or `hub`.
    pub who: &'a str,
    /// What was done: a stable word such as `report.signed`.
    pub action: &'a str,
    /// Kind of what it was done to: `order`, `appliance`, `account`…
    pub subject_kind: &'a str,
    /// Its identifier. Never a patient's name.
    pub subject_id: &'a str,
    /// Anything that helps to understand it later.
    pub detail: Value,
    /// When, in microseconds since 1970.
    pub at: i64,
}

/// An entry as it stands in the trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Place in the trail, from 1 without holes.
    pub seq: i64,
    /// When.
    pub at: i64,
    /// Who.
    pub who: String,
    /// What.
    pub action: String,
    /// Kind of subject.
    pub subject_kind: String,
    /// Identifier of the subject.
    pub subject_id: String,
    /// Detail, as JSON text.
    pub detail: String,
    /// Digest of the entry before.
    pub previous: String,
    /// Digest of this entry.
    pub digest: String,
}

/// Which entries to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only entries before this place in the trail (for paging towards the past).
    pub before: Option<i64>,
    /// Only entries about this kind of subject.
    pub subject_kind: Option<String>,
    /// Only entries about this subject.
    pub subject_id: Option<String>,
    /// Only entries by this person.
    pub who: Option<String>,
}

/// What a verification found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Every entry is there and as it was written.
    Intact {
        /// Entries read.
        entries: i64,
        /// Digest of the last one: write it down elsewhere to prove later that nothing before it changed.
        head: String,
    },
    /// The trail was changed.
    Broken {
        /// First place where it shows.
        seq: i64,
        /// What is wrong there.
        reason: &'static str,
    },
}

/// Adds an entry. It becomes part of the trail when the transaction commits, never without the change it tells of.
pub async fn append(tx: &mut Tx, entry: Entry<'_>) -> Result<i64> {
    let lock = tx.dialect().pick(
        "SELECT seq, digest FROM audit_head WHERE id = 1",
        "SELECT seq, digest FROM audit_head WHERE id = 1 FOR UPDATE",
    );
    let head = sqlx::query(lock).fetch_one(&mut **tx).await?;
    let mut recorded = Recorded {
        seq: head.try_get::<i64, _>(0)?.saturating_add(1),
        at: entry.at,
        who: entry.who.to_owned(),
        action: entry.action.to_owned(),
        subject_kind: entry.subject_kind.to_owned(),
        subject_id: entry.subject_id.to_owned(),
        detail: entry.detail.to_string(),
        previous: head.try_get(1)?,
        digest: String::new(),
    };
    recorded.digest = recorded.computed();
    insert(tx, &recorded).await?;
    sqlx::query("UPDATE audit_head SET seq = $1, digest = $2 WHERE id = 1")
        .bind(recorded.seq)
        .bind(&recorded.digest)
        .execute(&mut **tx)
        .await?;
    Ok(recorded.seq)
}

async fn insert(tx: &mut Tx, entry: &Recorded) -> Result<()> {
    sqlx::query(
        "INSERT INTO audit (seq, at, who, action, subject_kind, subject_id, detail, previous, digest) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(entry.seq)
    .bind(entry.at)
    .bind(&entry.who)
    .bind(&entry.action)
    .bind(&entry.subject_kind)
    .bind(&entry.subject_id)
    .bind(&entry.detail)
    .bind(&entry.previous)
    .bind(&entry.digest)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Entries newest first, at most `limit`.
pub async fn list(
    connection: &mut Connection,
    filter: &Filter,
    limit: i64,
) -> Result<Vec<Recorded>> {
    let rows = sqlx::query(
        "SELECT seq, at, who, action, subject_kind, subject_id, detail, previous, digest FROM audit \
         WHERE seq < $1 AND ($2 = '' OR subject_kind = $2) AND ($3 = '' OR subject_id = $3) \
         AND ($4 = '' OR who = $4) ORDER BY seq DESC LIMIT $5",
    )
    .bind(filter.before.unwrap_or(i64::MAX))
    .bind(filter.subject_kind.as_deref().unwrap_or_default())
    .bind(filter.subject_id.as_deref().unwrap_or_default())
    .bind(filter.who.as_deref().unwrap_or_default())
    .bind(limit)
    .fetch_all(connection)
    .await?;
    rows.iter().map(Recorded::read).collect()
}

/// Reads the trail from entry `from` (1 for all of it) to its end and checks every link of the chain.
pub async fn verify(connection: &mut Connection, from: i64) -> Result<Verdict> {
    // The head is read first: entries added meanwhile are simply beyond it.
    let head = sqlx::query("SELECT seq, digest FROM audit_head WHERE id = 1")
        .fetch_one(&mut *connection)
        .await?;
    let (last, digest): (i64, String) = (head.try_get(0)?, head.try_get(1)?);
    let from = from.max(1);
    let mut next = from;
    let mut previous = (from == 1).then(|| ORIGIN.to_owned());
    while next <= last {
        let page = page(connection, next, last).await?;
        if page.is_empty() {
            return Ok(Verdict::Broken {
                seq: next,
                reason: "entries are missing at the end",
            });
        }
        for entry in page {
            if entry.seq != next {
                return Ok(Verdict::Broken {
                    seq: next,
                    reason: "an entry is missing",
                });
            }
            if previous
                .as_ref()
                .is_some_and(|previous| *previous != entry.previous)
            {
                return Ok(Verdict::Broken {
                    seq: next,
                    reason: "the entry does not follow the one before it",
                });
            }
            if entry.digest != entry.computed() {
                return Ok(Verdict::Broken {
                    seq: next,
                    reason: "the entry was edited",
                });
            }
            previous = Some(entry.digest);
            next = next.saturating_add(1);
        }
    }
    if previous.is_some_and(|previous| previous != digest) {
        return Ok(Verdict::Broken {
            seq: last,
            reason: "the last entry is not the one that was written last",
        });
    }
    Ok(Verdict::Intact {
        entries: last.saturating_sub(from).saturating_add(1).max(0),
        head: digest,
    })
}

async fn page(connection: &mut Connection, from: i64, last: i64) -> Result<Vec<Recorded>> {
    let rows = sqlx::query(
        "SELECT seq, at, who, action, subject_kind, subject_id, detail, previous, digest FROM audit \
         WHERE seq >= $1 AND seq <= $2 ORDER BY seq LIMIT $3",
    )
    .bind(from)
    .bind(last)
    .bind(PAGE)
    .fetch_all(connection)
    .await?;
    rows.iter().map(Recorded::read).collect()
}

impl Recorded {
    fn read(row: &AnyRow) -> Result<Self> {
        Ok(Self {
            seq: row.try_get(0)?,
            at: row.try_get(1)?,
            who: row.try_get(2)?,
            action: row.try_get(3)?,
            subject_kind: row.try_get(4)?,
            subject_id: row.try_get(5)?,
            detail: row.try_get(6)?,
            previous: row.try_get(7)?,
            digest: row.try_get(8)?,
        })
    }

    /// The digest this entry must have. Every field is preceded by its length, so no two contents look alike.
    fn computed(&self) -> String {
        let mut digest = Sha256::new();
        digest.update(b"lisiere-audit-1");
        let numbers = [self.seq.to_string(), self.at.to_string()];
        let fields = [
            self.previous.as_str(),
            &numbers[0],
            &numbers[1],
            &self.who,
            &self.action,
            &self.subject_kind,
            &self.subject_id,
            &self.detail,
        ];
        for field in fields {
            digest.update((field.len() as u64).to_be_bytes());
            digest.update(field.as_bytes());
        }
        hexadecimal(&digest.finalize())
    }
}

/// Bytes as lower-case hexadecimal text.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(
        String::with_capacity(bytes.len().saturating_mul(2)),
        |mut text, byte| {
            // Writing into a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        },
    )
}
