//! What an analyzer says to a host's message beside "I have it": to orders over LAW, that it takes them (ORL^O34).

use lisiere_protocol::Verdict;

/// The verdict on a host's message.
pub(super) fn verdict(text: &[u8]) -> Verdict {
    orders_taken(text).map_or(Verdict::Stored, |reply| Verdict::Answered { reply })
}

fn orders_taken(text: &[u8]) -> Option<Vec<u8>> {
    let text = String::from_utf8_lossy(text);
    let header = text.split('\r').next()?;
    let separator = header.strip_prefix("MSH")?.chars().next()?;
    let fields: Vec<&str> = header.split(separator).collect();
    // The separator itself is MSH-1, so MSH-n stands at place n - 1.
    let field = |number: usize| fields.get(number - 1).copied().unwrap_or_default();
    if !field(9).starts_with("OML") {
        return None;
    }
    let reply = [
        "MSH",
        field(2),
        field(5),
        field(6),
        field(3),
        field(4),
        field(7),
        "",
        "ORL^O34^ORL_O34",
        &format!("R{}", field(10)),
        field(11),
        field(12),
    ];
    let separator = separator.to_string();
    let reply = reply.join(&separator);
    let answer = ["MSA", "AA", field(10)].join(&separator);
    Some(format!("{reply}\r{answer}\r").into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_taken_and_other_messages_only_acknowledged() {
        let orders = b"MSH|^~\\&|LIS|Lab|BA400|Bio|20261123||OML^O33^OML_O33|42|P|2.5.1\rSPM|1|7\r";
        let Verdict::Answered { reply } = verdict(orders) else {
            panic!("not answered")
        };
        let reply = String::from_utf8(reply).unwrap();
        assert_eq!(
            reply,
            "MSH|^~\\&|BA400|Bio|LIS|Lab|20261123||ORL^O34^ORL_O34|R42|P|2.5.1\rMSA|AA|42\r"
        );
        assert_eq!(verdict(b"H|\\^&\rL|1|N\r"), Verdict::Stored);
    }
}
