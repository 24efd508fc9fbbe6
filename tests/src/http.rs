//! A very small HTTP/1.1 client for the loopback: what a browser sends and hears, without a library as large as one.

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Context, Result, anyhow, bail, ensure};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

/// Longest answer taken in.
const LARGEST: u64 = 64 * 1024 * 1024;
/// How long one answer may take.
const PATIENCE: Duration = Duration::from_mins(1);
/// Redirects followed one after the other.
const REDIRECTS: usize = 5;

/// A client with its cookies.
#[derive(Debug, Clone)]
pub struct Client {
    authority: String,
    cookies: std::sync::Arc<std::sync::Mutex<BTreeMap<String, String>>>,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// The path it came from, after redirects.
    pub path: String,
    /// Header fields, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The first header field of that name, in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

impl Client {
    /// A client of `http://host:port`, without cookies.
    pub fn new(base: &str) -> Result<Self> {
        let authority = base
            .strip_prefix("http://")
            .map(|rest| rest.trim_end_matches('/'));
        let authority = authority.ok_or_else(|| anyhow!("{base} is not http://host:port"))?;
        Ok(Self {
            authority: authority.to_owned(),
            cookies: std::sync::Arc::default(),
        })
    }

    /// `GET`, following redirects.
    pub async fn get(&self, path: &str) -> Result<Answer> {
        self.follow("GET", path, None).await
    }

    /// `POST` of a form, following redirects as a browser does.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Result<Answer> {
        let pairs: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
            .collect();
        self.follow("POST", path, Some(pairs.join("&"))).await
    }

    /// `GET` of an answer that does not end: what comes is read from the stream, head first.
    pub async fn open(&self, path: &str) -> Result<TcpStream> {
        let mut stream = TcpStream::connect(&self.authority)
            .await
            .context("connecting")?;
        let request = self.request("GET", path, None);
        stream
            .write_all(request.as_bytes())
            .await
            .context("asking")?;
        Ok(stream)
    }

    async fn follow(&self, method: &str, path: &str, form: Option<String>) -> Result<Answer> {
        let (mut method, mut path, mut form) = (method, path.to_owned(), form);
        for _ in 0..REDIRECTS {
            let answer = timeout(PATIENCE, self.once(method, &path, form.as_deref()));
            let answer = answer
                .await
                .with_context(|| format!("no answer to {method} {path}"))?;
            let answer = answer.with_context(|| format!("{method} {path}"))?;
            let place = answer.header("location").map(str::to_owned);
            match (answer.status, place) {
                (301..=303, Some(place)) => (method, path, form) = ("GET", place, None),
                _ => return Ok(answer),
            }
        }
        bail!("{path} sends in circles")
    }

    async fn once(&self, method: &str, path: &str, form: Option<&str>) -> Result<Answer> {
        let mut stream = TcpStream::connect(&self.authority)
            .await
            .context("connecting")?;
        stream
            .write_all(self.request(method, path, form).as_bytes())
            .await
            .context("asking")?;
        let mut heard = Vec::new();
        stream
            .take(LARGEST)
            .read_to_end(&mut heard)
            .await
            .context("listening")?;
        let answer = read(&heard, path)?;
        for (_, value) in answer
            .headers
            .iter()
            .filter(|(name, _)| name == "set-cookie")
        {
            if let Some((name, value)) = value
                .split(';')
                .next()
                .and_then(|pair| pair.split_once('='))
            {
                self.cookies()
                    .insert(name.trim().to_owned(), value.trim().to_owned());
            }
        }
        Ok(answer)
    }

    fn request(&self, method: &str, path: &str, form: Option<&str>) -> String {
        let path = path.split('#').next().unwrap_or(path);
        let mut text = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n",
            self.authority
        );
        let cookies: Vec<String> = self
            .cookies()
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        if !cookies.is_empty() {
            text.extend(["Cookie: ", &cookies.join("; "), "\r\n"]);
        }
        if let Some(form) = form {
            let length = form.len().to_string();
            text.push_str("Content-Type: application/x-www-form-urlencoded\r\n");
            text.extend(["Content-Length: ", &length, "\r\n\r\n", form]);
        } else {
            text.push_str("\r\n");
        }
        text
    }

    fn cookies(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, String>> {
        self.cookies
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Reads a whole answer: the status line, the fields, the body in either form.
fn read(heard: &[u8], path: &str) -> Result<Answer> {
    let end = heard.windows(4).position(|four| four == b"\r\n\r\n");
    let end = end.ok_or_else(|| anyhow!("the answer has no end of its head"))?;
    let head = String::from_utf8_lossy(heard.get(..end).unwrap_or_default()).into_owned();
    let rest = heard.get(end + 4..).unwrap_or_default();
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1));
    let status = status.and_then(|code| code.parse().ok());
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let path = path.split(['?', '#']).next().unwrap_or(path).to_owned();
    let status = status.ok_or_else(|| anyhow!("the answer has no status"))?;
    let mut answer = Answer {
        status,
        path,
        headers,
        body: Vec::new(),
    };
    answer.body = if answer.header("transfer-encoding") == Some("chunked") {
        chunks(rest)?
    } else {
        let length = answer
            .header("content-length")
            .and_then(|text| text.parse().ok());
        ensure!(
            length.is_none_or(|length: usize| length <= rest.len()),
            "the answer was cut off"
        );
        rest.to_vec()
    };
    Ok(answer)
}

/// A body in chunks (RFC 9112 §7.1).
fn chunks(mut rest: &[u8]) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = rest.windows(2).position(|two| two == b"\r\n");
        let line = line.ok_or_else(|| anyhow!("the answer was cut off"))?;
        let size = String::from_utf8_lossy(rest.get(..line).unwrap_or_default()).into_owned();
        let size = size.split(';').next().unwrap_or_default().trim().to_owned();
        let size = usize::from_str_radix(&size, 16).context("reading the size of a chunk")?;
        if size == 0 {
            return Ok(body);
        }
        let start = line + 2;
        let chunk = rest.get(start..start + size);
        body.extend_from_slice(chunk.ok_or_else(|| anyhow!("the answer was cut off"))?);
        rest = rest.get(start + size + 2..).unwrap_or_default();
    }
}

fn encoded(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
            char::from(byte).to_string()
        }
        b' ' => "+".to_owned(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_whole_in_both_forms() {
        let plain = read(
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nA: b\r\n\r\nok",
            "/x?y",
        )
        .unwrap();
        assert_eq!(
            (plain.status, plain.path.as_str(), plain.body.as_slice()),
            (200, "/x", &b"ok"[..])
        );
        assert_eq!(plain.header("a"), Some("b"));
        let parts = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
        assert_eq!(read(parts, "/").unwrap().body, b"abcde");
        assert!(read(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", "/").is_err());
        assert_eq!(encoded("Le Goëff&1"), "Le+Go%C3%ABff%261");
    }
}
