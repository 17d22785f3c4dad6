//! Every secret of a configuration, each under the key where it stands: whoever says that one ends must say which.

use super::{Books, Config, DatedSecret, Door, Login, Mailbox, Proxy, Sending, SmtpLogin};

/// A secret under its key.
#[derive(Debug, Clone, Copy)]
pub struct NamedSecret<'c> {
    /// The mailbox it belongs to; `None` for one of the house.
    pub mailbox: Option<&'c Mailbox>,
    /// Below the mailbox, or from the top: `imap.password`, `sending.password`.
    pub key: &'static str,
    pub secret: &'c DatedSecret,
}

impl NamedSecret<'_> {
    /// The password of a mailbox.
    pub const IMAP_PASSWORD: &'static str = "imap.password";
}

impl Config {
    /// All secrets there are, those of the house last.
    pub fn secrets(&self) -> Vec<NamedSecret<'_>> {
        let mut named: Vec<NamedSecret<'_>> = self.mailboxes.iter().flat_map(|mailbox| self.secrets_of(mailbox)).collect();
        named.extend(self.secrets_of_house());
        named
    }

    /// Those of the house: of the server that takes everybody's mail, and of the books.
    pub fn secrets_of_house(&self) -> Vec<NamedSecret<'_>> {
        let of_house = |(key, secret)| NamedSecret { mailbox: None, key, secret };
        let sending = self.sending.iter().flat_map(|sending| of_sending(sending, ["sending.password", "sending.proxy.password"]));
        let books = match &self.storage.books {
            Books::Postgres { password, .. } => password.as_ref(),
            Books::Sqlite { .. } => None,
        };
        sending.chain(books.map(|secret| ("storage.postgres_password", secret))).map(of_house).collect()
    }

    /// Those of a mailbox. What it shares with the house is the house's.
    pub fn secrets_of<'c>(&'c self, mailbox: &'c Mailbox) -> Vec<NamedSecret<'c>> {
        let named = |(key, secret)| NamedSecret { mailbox: Some(mailbox), key, secret };
        let house = self.secrets_of_house();
        let is_own = |(_, secret): &(&str, &DatedSecret)| !house.iter().any(|of_house| of_house.secret == *secret);
        let sending = mailbox.sending.iter().flat_map(|sending| of_sending(sending, ["smtp.password", "smtp.proxy.password"]));
        of_door(&mailbox.door).chain(sending.filter(is_own)).map(named).collect()
    }
}

fn of_door(door: &Door) -> impl Iterator<Item = (&'static str, &DatedSecret)> {
    let imap = match door {
        Door::Imap(imap) => Some(imap),
        Door::Maildir(_) => None,
    };
    let login = imap.and_then(|imap| match &imap.login {
        Login::Password(password) => Some((NamedSecret::IMAP_PASSWORD, password)),
        Login::OAuth(oauth) => oauth.client_secret.as_ref().map(|secret| ("imap.oauth.client_secret", secret)),
    });
    let proxy = imap.and_then(|imap| of_proxy(imap.proxy.as_ref()));
    login.into_iter().chain(proxy.map(|secret| ("imap.proxy.password", secret)))
}

fn of_sending<'a>(sending: &'a Sending, [password, proxy]: [&'static str; 2]) -> impl Iterator<Item = (&'static str, &'a DatedSecret)> {
    let login = match &sending.login {
        SmtpLogin::Password { password, .. } => Some(password),
        SmtpLogin::None | SmtpLogin::AsMailbox => None,
    };
    let of_proxy = of_proxy(sending.proxy.as_ref());
    login.map(|secret| (password, secret)).into_iter().chain(of_proxy.map(|secret| (proxy, secret)))
}

fn of_proxy(proxy: Option<&Proxy>) -> Option<&DatedSecret> {
    proxy.and_then(|proxy| proxy.password.as_ref())
}
