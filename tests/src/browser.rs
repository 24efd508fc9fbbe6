//! A person at a browser: a cookie, pages, and forms sent with the token that the page carries.

use anyhow::{Context, Result, anyhow, ensure};

use crate::{
    http::{Answer, Client},
    hub::Account,
};

/// Name of the form field against forged requests.
const TOKEN: &str = "jeton";

/// One signed-in session.
#[derive(Debug, Clone)]
pub struct Browser {
    client: Client,
}

/// A page as it came.
#[derive(Debug, Clone)]
pub struct Page {
    /// Status code.
    pub status: u16,
    /// Where it really came from, after redirects; without the host.
    pub path: String,
    /// Its text.
    pub text: String,
}

impl Page {
    /// Whether it is what was asked for.
    pub fn good(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The value of the first field of that name in the page.
    pub fn field(&self, name: &str) -> Option<String> {
        let mark = format!("name=\"{name}\"");
        let tag = self.text.split('<').find(|tag| tag.contains(&mark))?;
        attribute(tag, "value")
    }

    /// The values of all fields of that name, in order.
    pub fn values(&self, name: &str) -> Vec<String> {
        let mark = format!("name=\"{name}\"");
        let tags = self.text.split('<').filter(|tag| tag.contains(&mark));
        tags.filter_map(|tag| attribute(tag, "value")).collect()
    }

    /// Every value of an attribute in the page's tags, in order.
    pub fn attributes(&self, name: &str) -> Vec<String> {
        self.text
            .split('<')
            .skip(1)
            .filter_map(|tag| attribute(tag, name))
            .collect()
    }

    /// Links of the page that begin with `prefix`, each once, in order.
    pub fn links(&self, prefix: &str) -> Vec<String> {
        let mut found = Vec::new();
        for link in self.attributes("href") {
            if link.starts_with(prefix) && !found.contains(&link) {
                found.push(link);
            }
        }
        found
    }
}

impl Browser {
    /// A browser without a session.
    pub fn open(base: &str) -> Result<Self> {
        Ok(Self {
            client: Client::new(base)?,
        })
    }

    /// Opens a browser and signs in.
    pub async fn sign_in(base: &str, account: &Account) -> Result<Self> {
        let browser = Self::open(base)?;
        browser.get("/connexion").await?;
        let fields = [("login", account.login), ("password", account.password)];
        let page = browser.send("/connexion", &fields).await?;
        ensure!(
            page.good() && page.path != "/connexion",
            "{} cannot sign in: {} {}",
            account.login,
            page.status,
            page.path
        );
        Ok(browser)
    }

    /// Opens an answer that does not end.
    pub async fn follow(&self, path: &str) -> Result<tokio::net::TcpStream> {
        self.client.open(path).await
    }

    /// Gets a page, whatever its status.
    pub async fn look(&self, path: &str) -> Result<Page> {
        Ok(page(self.client.get(path).await?))
    }

    /// Gets a page that must be there.
    pub async fn get(&self, path: &str) -> Result<Page> {
        let page = self.look(path).await?;
        ensure!(page.good(), "{path}: {}\n{}", page.status, page.text);
        Ok(page)
    }

    /// Gets a file that must be there.
    pub async fn download(&self, path: &str) -> Result<Vec<u8>> {
        let answer = self.client.get(path).await?;
        ensure!(answer.status == 200, "{path}: {}", answer.status);
        Ok(answer.body)
    }

    /// Sends a form of `page`, with the page's token.
    pub async fn submit(&self, page: &Page, action: &str, fields: &[(&str, &str)]) -> Result<Page> {
        let token = page
            .field(TOKEN)
            .ok_or_else(|| anyhow!("the page {} carries no token `{TOKEN}`", page.path))?;
        let mut all = vec![(TOKEN, token.as_str())];
        all.extend(fields);
        self.send(action, &all).await
    }

    /// Sends a form exactly as given.
    pub async fn send(&self, action: &str, fields: &[(&str, &str)]) -> Result<Page> {
        Ok(page(
            self.client
                .post(action, fields)
                .await
                .context("sending a form")?,
        ))
    }
}

fn page(answer: Answer) -> Page {
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    Page {
        status: answer.status,
        path: answer.path,
        text,
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let mark = format!("{name}=\"");
    let value = tag.split_once(&mark)?.1.split('"').next()?;
    Some(
        value
            .replace("&#x2F;", "/")
            .replace("&#38;", "&")
            .replace("&quot;", "\"")
            .replace("&amp;", "&"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_and_links_are_found_in_a_page() {
        let page = Page {
            status: 200,
            path: "/".to_owned(),
            text: "<a href=\"/validation/1\">x</a><a href=\"/validation/1\">\
                   <input type=\"hidden\" name=\"jeton\" value=\"a&amp;b\">"
                .to_owned(),
        };
        assert_eq!(page.field("jeton").as_deref(), Some("a&b"));
        assert_eq!(page.links("/validation/"), ["/validation/1"]);
    }
}
