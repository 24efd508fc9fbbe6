//! Counts what the hub has committed and compares it with what the analyzers were promised.

use std::collections::BTreeMap;

use anyhow::{Context, Result, anyhow, ensure};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use lisiere_protocol::lis2a2::deframe;
use serde_json::Value;

use crate::{hub::Hub, process};

/// Every capture in the hub's database, by the specimen it names.
#[derive(Debug, Clone, Default)]
pub struct Census {
    /// Specimen → how many captures name it.
    pub specimens: BTreeMap<String, u32>,
    /// All captures.
    pub captures: usize,
    /// Specimen → the records as the hub reads them from the frames it was given.
    texts: BTreeMap<String, String>,
}

impl Census {
    /// Asks the hub for every capture it holds.
    pub fn take(hub: &Hub) -> Result<Self> {
        let mut command = hub.command()?;
        let text = process::run_ok(command.args(["captures", "export"]), "")?;
        let mut census = Self::default();
        for line in text.lines() {
            let row: Value = serde_json::from_str(line).context("reading an exported capture")?;
            let bytes = row.get("bytes").and_then(Value::as_str);
            let bytes = bytes.ok_or_else(|| anyhow!("an exported capture has no bytes: {line}"))?;
            let bytes = STANDARD
                .decode(bytes)
                .context("reading the bytes of a capture")?;
            let text = String::from_utf8_lossy(&deframe(&bytes).text).into_owned();
            let specimen = specimen(&text).ok_or_else(|| anyhow!("no specimen in {text:?}"))?;
            *census.specimens.entry(specimen.clone()).or_default() += 1;
            census.texts.insert(specimen, text);
            census.captures += 1;
        }
        Ok(census)
    }

    /// The heart of every story: each promised message is there, and exactly once.
    pub fn holds_once(&self, promised: &[String]) -> Result<()> {
        let lost: Vec<&String> = promised
            .iter()
            .filter(|specimen| !self.specimens.contains_key(*specimen))
            .collect();
        let doubled: Vec<(&String, &u32)> = self
            .specimens
            .iter()
            .filter(|(_, count)| **count > 1)
            .collect();
        ensure!(
            lost.is_empty() && doubled.is_empty(),
            "of {} promised messages {} are lost {:?}; {} are doubled {:?}; the hub holds {}",
            promised.len(),
            lost.len(),
            lost.iter().take(10).collect::<Vec<_>>(),
            doubled.len(),
            doubled.iter().take(10).collect::<Vec<_>>(),
            self.captures,
        );
        Ok(())
    }

    /// Insists that the hub reads from its captures exactly the records that were sent.
    pub fn reads_as(&self, sent: &BTreeMap<String, Vec<u8>>) -> Result<()> {
        for (specimen, text) in sent {
            let read = self.texts.get(specimen).map(String::as_bytes);
            ensure!(
                read == Some(text.as_slice()),
                "{specimen} was changed on its way:
sent {:?}
read {:?}",
                String::from_utf8_lossy(text),
                read.map(String::from_utf8_lossy),
            );
        }
        Ok(())
    }
}

/// The story's specimen number in a message: `E2E` and nine digits.
fn specimen(text: &str) -> Option<String> {
    let (_, rest) = text.split_once(MARK)?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    (digits.len() == DIGITS).then(|| format!("{MARK}{digits}"))
}

const MARK: &str = "E2E";
const DIGITS: usize = 9;

/// The specimen number of message `number` of a story.
pub fn story_specimen(number: usize) -> String {
    format!("{MARK}{number:0DIGITS$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_and_a_doubled_message_are_both_named() {
        let text = format!("O|1|   {}|0^50011", story_specimen(7));
        assert_eq!(specimen(&text).as_deref(), Some("E2E000000007"));
        let mut census = Census::default();
        census.specimens.insert(story_specimen(1), 2);
        let promised = [story_specimen(1), story_specimen(2)];
        let said = census.holds_once(&promised).unwrap_err().to_string();
        assert!(
            said.contains("1 are lost") && said.contains("1 are doubled"),
            "{said}"
        );
    }
}
