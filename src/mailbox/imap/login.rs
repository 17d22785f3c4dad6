//! From nothing to a connection that may SELECT: greeting, STARTTLS, login, ID, ENABLE. The order is not free: 163.com and 126.com
//! refuse a SELECT before ID, and ENABLE must come before SELECT (RFC 5161 §3.1).

use super::capabilities::Capabilities;
use super::connection::{Hearer, State, Step, clean, farewell};
use super::refused::REFUSED_MAX;
use super::response::{self, Line};
use super::wire::Wire;
use super::{Connection, ImapError, ImapMailbox, quoted};
use crate::config::Security;
use crate::mailbox::sasl::{self, CHALLENGES_MAX, Mechanism};
use crate::mailbox::{Credential, CredentialMark, Server, net};
use imap_proto::{Response, ResponseCode, Status};
use std::ops::ControlFlow;

/// Codes of RFC 5530 that say: later.
const CROWDED_CODES: [&str; 4] = ["LIMIT", "INUSE", "UNAVAILABLE", "SERVERBUG"];

/// Connects and logs in. A token that is refused is renewed once, and the new one tried; a password never gets a second try.
pub(super) async fn open(mailbox: &ImapMailbox) -> Result<Connection, ImapError> {
    let credential = mailbox.credentials.credential(false).await?;
    match credential {
        Credential::Password { .. } => enter(mailbox, &credential).await,
        Credential::Bearer { .. } => open_by_token(mailbox, credential).await,
    }
}

async fn open_by_token(mailbox: &ImapMailbox, mut token: Credential) -> Result<Connection, ImapError> {
    let times = mailbox.refused.times(token.mark());
    if times >= REFUSED_MAX {
        let text = "the token was refused before, and is not shown again".to_owned();
        return Err(ImapError::LoginRefused { text, shown: token.mark(), times });
    }
    if times > 0 {
        token = mailbox.credentials.credential(true).await?;
    }
    let refused = match enter_by_token(mailbox, &token).await {
        Err(refused @ ImapError::LoginRefused { times: ..REFUSED_MAX, .. }) => refused,
        entered => return entered,
    };
    let renewed = mailbox.credentials.credential(true).await?;
    // On a new connection: some servers end theirs after a refusal.
    if renewed == token { Err(refused) } else { enter_by_token(mailbox, &renewed).await }
}

async fn enter_by_token(mailbox: &ImapMailbox, token: &Credential) -> Result<Connection, ImapError> {
    match enter(mailbox, token).await {
        Ok(connection) => {
            mailbox.refused.forget();
            Ok(connection)
        }
        Err(ImapError::LoginRefused { text, shown, .. }) => {
            Err(ImapError::LoginRefused { text, shown, times: mailbox.refused.note(shown) })
        }
        Err(error) => Err(error),
    }
}

async fn enter(mailbox: &ImapMailbox, credential: &Credential) -> Result<Connection, ImapError> {
    let server = &mailbox.server;
    let tcp = net::reach(server, mailbox.deadlines.connect).await?;
    let wire = match server.security {
        Security::Tls => Wire::new(net::protect(server, Box::new(tcp)).await?),
        Security::StartTls | Security::None => Wire::new(Box::new(tcp)),
    };
    let (mut connection, is_preauth) = greeted(wire, mailbox).await?;
    if server.security == Security::StartTls {
        if is_preauth {
            // RFC 9051 §6.2.1: STARTTLS is over then. Someone in between may have said it for that.
            return Err(ImapError::NotOffered { what: ImapError::STARTTLS });
        }
        connection = start_tls(connection, server).await?;
    }
    if !is_preauth {
        connection.know_capabilities().await?;
        connection.capabilities = connection.log_in(credential).await?;
    }
    connection.know_capabilities().await?;
    connection.introduce().await?;
    connection.enable().await?;
    Ok(connection)
}

/// Reads the greeting (RFC 9051 §7.1); whether the server already knows who we are.
async fn greeted(mut wire: Wire, mailbox: &ImapMailbox) -> Result<(Connection, bool), ImapError> {
    const NAME: &str = "GREETING";
    let bytes = wire.response(mailbox.deadlines.read).await.map_err(|cut| cut.during(NAME))?;
    let Some(Line::Untagged(response)) = response::read(bytes) else { return Err(ImapError::Unreadable { command: NAME }) };
    if let Some(bye) = farewell(&response) {
        return Err(crowded_or(bye));
    }
    let Response::Data { status, outcome } = response else { return Err(ImapError::Unreadable { command: NAME }) };
    let capabilities = match &outcome.code {
        Some(ResponseCode::Capabilities(offered)) => Capabilities::new(offered),
        _ => Capabilities::default(),
    };
    let is_preauth = status == Status::PreAuth;
    if !is_preauth && status != Status::Ok {
        return Err(ImapError::Unreadable { command: NAME });
    }
    let text = clean(outcome.information.as_deref().unwrap_or_default());
    Ok((Connection::new(wire, mailbox.deadlines, text, capabilities), is_preauth))
}

/// Goes on with TLS or not at all (RFC 8314 §5.1), and forgets what was said before it.
async fn start_tls(mut connection: Connection, server: &Server) -> Result<Connection, ImapError> {
    const NAME: &str = ImapError::STARTTLS;
    connection.know_capabilities().await?;
    if !connection.offers(NAME) {
        return Err(ImapError::NotOffered { what: NAME });
    }
    match connection.exec(NAME, NAME, |_| Ok(())).await {
        Ok(_) => {}
        Err(ImapError::No { .. } | ImapError::Bad { .. }) => return Err(ImapError::NotOffered { what: NAME }),
        Err(error) => return Err(error),
    }
    let transport = net::protect(server, connection.wire.into_transport()).await?;
    Ok(Connection::new(Wire::new(transport), connection.deadlines, connection.greeting, Capabilities::default()))
}

impl Connection {
    /// Asks what the server offers, unless it said.
    async fn know_capabilities(&mut self) -> Result<(), ImapError> {
        if !self.capabilities.is_empty() {
            return Ok(());
        }
        let mut offered = None;
        self.exec("CAPABILITY", "CAPABILITY", |response| {
            if let Response::Capabilities(list) = response {
                offered = Some(Capabilities::new(list));
            }
            Ok(())
        })
        .await?;
        self.capabilities = offered.ok_or(ImapError::Unreadable { command: "CAPABILITY" })?;
        Ok(())
    }

    /// Logs in; what the server offers from then on, when it says so.
    async fn log_in(&mut self, credential: &Credential) -> Result<Capabilities, ImapError> {
        let (secret, logged_in) = match credential {
            Credential::Password { user, password } => (password, self.log_in_by_password(user, password.reveal()).await),
            Credential::Bearer { user, token } => (token, self.log_in_by_token(user, token.reveal()).await),
        };
        let done = logged_in.map_err(|error| refused(without(error, secret.reveal()), credential.mark()))?;
        Ok(done.code.as_deref().and_then(Capabilities::from_code).unwrap_or_default())
    }

    async fn log_in_by_password(&mut self, user: &str, password: &str) -> Result<super::Done, ImapError> {
        let plain = Mechanism::plain(user, password)?;
        let may_login = !self.offers("LOGINDISABLED");
        if self.offers("AUTH=PLAIN") {
            match self.authenticate(plain).await {
                Err(ImapError::Bad { .. }) if may_login => {}
                answered => return answered,
            }
        }
        if !may_login {
            return Err(ImapError::NotOffered { what: ImapError::LOGIN_BY_PASSWORD });
        }
        self.exec("LOGIN", &format!("LOGIN {} {}", quoted(user), quoted(password)), |_| Ok(())).await
    }

    async fn log_in_by_token(&mut self, user: &str, token: &str) -> Result<super::Done, ImapError> {
        let offers = |mechanism: &str| self.offers(&format!("AUTH={mechanism}"));
        let mechanism = Mechanism::bearer(user, token, offers).ok_or(ImapError::NotOffered { what: ImapError::LOGIN_BY_TOKEN })?;
        self.authenticate(mechanism).await
    }

    /// AUTHENTICATE (RFC 9051 §6.2.2), in one round trip where the server allows it (SASL-IR).
    async fn authenticate(&mut self, mechanism: Mechanism) -> Result<super::Done, ImapError> {
        let spoken = self.speak(mechanism).await;
        self.settle(spoken)
    }

    async fn speak(&mut self, mechanism: Mechanism) -> Result<super::Done, ImapError> {
        const NAME: &str = "AUTHENTICATE";
        let mut hearer = Hearer::new(|_: &Response<'_>| Ok(ControlFlow::Continue(())));
        let at_once = self.offers("SASL-IR");
        let first = if at_once { format!(" {}", mechanism.first) } else { String::new() };
        let command = format!("AUTHENTICATE {}{first}", mechanism.name);
        let (tag, line) = self.begin(NAME, &command, &mut hearer).await?;
        self.send(NAME, format!("{line}\r\n").as_bytes()).await?;
        let mut answer = if at_once { mechanism.to_challenge } else { mechanism.first.as_str() };
        for _ in 0..CHALLENGES_MAX {
            match self.step(NAME, &tag, &mut hearer, self.deadlines.read).await? {
                Step::Done(done) => return Ok(done),
                Step::More | Step::Enough => self.send(NAME, format!("{answer}\r\n").as_bytes()).await?,
            }
            answer = mechanism.to_challenge;
        }
        Err(ImapError::Unreadable { command: NAME })
    }

    /// Says who we are (RFC 2971) and hears who the server is. A refusal does not matter.
    async fn introduce(&mut self) -> Result<(), ImapError> {
        if !self.offers("ID") {
            return Ok(());
        }
        let command = concat!(r#"ID ("name" "Tradepost" "vendor" "Tradepost" "version" ""#, env!("CARGO_PKG_VERSION"), r#"")"#);
        let mut server_id = std::mem::take(&mut self.server_id);
        let said = self.exec("ID", command, |response| {
            if let Response::Id(Some(fields)) = response {
                server_id.extend(fields.iter().map(|(name, value)| (name.to_ascii_lowercase(), clean(value))));
            }
            Ok(())
        });
        let said = said.await;
        self.server_id = server_id;
        unless_over(said).map(|_| ())
    }

    /// Turns on what makes a look cheap (RFC 7162). Without it all is as right, only slower.
    async fn enable(&mut self) -> Result<(), ImapError> {
        let what = ["QRESYNC", "CONDSTORE"].into_iter().find(|name| self.offers(name));
        let Some(what) = what.filter(|_| self.offers("ENABLE")) else { return Ok(()) };
        let is_on = unless_over(self.exec("ENABLE", &format!("ENABLE {what}"), |_| Ok(())).await)?;
        self.has_qresync = is_on && what == "QRESYNC";
        debug_assert_eq!(self.state, State::Ready);
        Ok(())
    }
}

/// Whether it was done; an error only when the connection is over.
fn unless_over(ended: Result<super::Done, ImapError>) -> Result<bool, ImapError> {
    match ended {
        Ok(_) => Ok(true),
        Err(error) if error.ends_connection() => Err(error),
        Err(_) => Ok(false),
    }
}

/// Tells a refused login, which locks people out when it is repeated, from a crowded server and from one that is out of order.
fn refused(error: ImapError, shown: CredentialMark) -> ImapError {
    match crowded_or(error) {
        ImapError::No { code, text, .. } => {
            let code = code.unwrap_or_default().to_ascii_uppercase();
            if is_crowded(&code, &text) { ImapError::Crowded { text } } else { ImapError::LoginRefused { text, shown, times: 1 } }
        }
        ImapError::Bad { text, .. } | ImapError::Bye { text } if !sasl::sounds_out_of_order(&text) => {
            ImapError::LoginRefused { text, shown, times: 1 }
        }
        error => error,
    }
}

fn crowded_or(error: ImapError) -> ImapError {
    match error {
        ImapError::Bye { text } | ImapError::Bad { text, .. } if is_crowded("", &text) => ImapError::Crowded { text },
        error => error,
    }
}

fn is_crowded(code: &str, text: &str) -> bool {
    if ["AUTHENTICATIONFAILED", "AUTHORIZATIONFAILED", "EXPIRED"].contains(&code) {
        return false;
    }
    let in_text = CROWDED_CODES.iter().any(|code| text.to_uppercase().starts_with(&format!("[{code}]")));
    CROWDED_CODES.contains(&code) || in_text || sasl::sounds_crowded(text)
}

/// The error without a secret that the server repeats: it gets on to nobody.
fn without(error: ImapError, secret: &str) -> ImapError {
    let scrub = |text: String| sasl::without(text, secret);
    match error {
        ImapError::No { command, code, text } => ImapError::No { command, code, text: scrub(text) },
        ImapError::Bad { command, text } => ImapError::Bad { command, text: scrub(text) },
        ImapError::Bye { text } => ImapError::Bye { text: scrub(text) },
        error => error,
    }
}
