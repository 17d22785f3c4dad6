//! One connection to a server: sends a command and reads to its end. The one place where the end of a command is judged.
//!
//! Wanted: whoever holds an `Ok` knows that the server said OK to exactly this command and that every response before it was read
//! and understood. After any other end the state of the connection is unknown, and further commands answer `Lost` at once. The same
//! when a command is dropped half way (a select, a timeout): its answers would be taken for those of the next one.

use super::capabilities::Capabilities;
use super::quote::{Piece, pieces};
use super::response::{self, Line, Tagged};
use super::wire::Wire;
use super::{Deadlines, ImapError, ImapMailbox, login};
use imap_proto::{Response, ResponseCode, Status};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::time::Duration;

/// Longer texts of a server are cut: they go into errors.
const TEXT_CHARS_MAX: usize = 300;

/// One logged-in connection.
#[derive(Debug)]
pub struct Connection {
    pub(super) wire: Wire,
    pub(super) state: State,
    pub(super) deadlines: Deadlines,
    pub(super) capabilities: Capabilities,
    pub(super) greeting: String,
    pub(super) server_id: BTreeMap<String, String>,
    /// Whether QRESYNC is on: expunged mail is then told by UID (VANISHED), never by number.
    pub(super) has_qresync: bool,
    last_tag: u32,
}

/// What the connection is in the middle of.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum State {
    Ready,
    /// A command runs, or was dropped while it ran.
    Busy,
    /// IDLE was sent; `is_on` after the server's `+`.
    Idling {
        tag: String,
        is_on: bool,
    },
    /// The server is gone, or nobody knows what it will say next.
    Over,
}

/// A tagged OK.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Done {
    /// What stands in brackets, `APPENDUID 38505 3955` (RFC 9051 §7.1).
    pub code: Option<String>,
    pub text: String,
}

impl Done {
    /// The code, when `imap-proto` knows it.
    pub fn typed_code(&self) -> Option<ResponseCode<'static>> {
        self.code.as_deref().and_then(response::typed_code)
    }
}

/// Where a command came to.
#[derive(Debug)]
pub(super) enum Step {
    /// The server waits for more of the command.
    More,
    /// Whoever hears the responses has enough; the command goes on.
    Enough,
    Done(Done),
}

/// What is done with untagged responses, and the first fault it had with them.
pub(super) struct Hearer<F> {
    on: F,
    fault: Option<ImapError>,
    has_enough: bool,
}

impl<F: FnMut(&Response<'_>) -> Result<ControlFlow<()>, ImapError>> Hearer<F> {
    pub(super) fn new(on: F) -> Self {
        Self { on, fault: None, has_enough: false }
    }

    /// After a fault the rest of the answer is still read, so that it is not taken for the answer to the next command; unless it ends
    /// the connection.
    fn hear(&mut self, response: &Response<'_>) {
        if self.fault.is_some() {
            return;
        }
        match (self.on)(response) {
            Ok(go_on) => self.has_enough |= go_on.is_break(),
            Err(fault) => {
                self.fault = Some(fault);
                self.has_enough = true;
            }
        }
    }

    pub(super) fn has_enough(&self) -> bool {
        self.has_enough
    }

    pub(super) fn fault(&mut self) -> Option<ImapError> {
        self.fault.take()
    }
}

impl Connection {
    /// Connects and logs in, as far as a first SELECT.
    pub async fn open(mailbox: &ImapMailbox) -> Result<Self, ImapError> {
        let deadline = mailbox.deadlines.opening;
        let opened = tokio::time::timeout(deadline, login::open(mailbox)).await;
        opened.unwrap_or(Err(ImapError::Silent { command: "LOGIN", seconds: deadline.as_secs() }))
    }

    pub(super) fn new(wire: Wire, deadlines: Deadlines, greeting: String, capabilities: Capabilities) -> Self {
        let (server_id, state) = (BTreeMap::new(), State::Ready);
        Self { wire, state, deadlines, capabilities, greeting, server_id, has_qresync: false, last_tag: 0 }
    }

    /// Whether the server offers it, in any case of letters.
    pub fn offers(&self, capability: &str) -> bool {
        self.capabilities.offers(capability)
    }

    /// What the server said first, without its response code.
    pub fn greeting(&self) -> &str {
        &self.greeting
    }

    /// What the server says it is (RFC 2971), field names in small letters.
    pub fn server_id(&self) -> &BTreeMap<String, String> {
        &self.server_id
    }

    /// What the server says of itself: its greeting, and its answer to ID.
    pub fn said(&self) -> String {
        self.server_id.values().fold(self.greeting.clone(), |said, value| format!("{said} {value}"))
    }

    /// Whether QRESYNC is on (RFC 7162).
    pub fn has_qresync(&self) -> bool {
        self.has_qresync
    }

    /// Sends a command and hands every untagged response before its tagged OK to `on`. Values in `command` come from
    /// [`quoted`](super::quoted). Where `on` fails the rest is still read, and its error is the answer; one that ends the connection does
    /// so at once.
    pub async fn exec(
        &mut self,
        name: &'static str,
        command: &str,
        on: impl FnMut(&Response<'_>) -> Result<(), ImapError>,
    ) -> Result<Done, ImapError> {
        self.exec_within(self.deadlines.command, name, command, on).await
    }

    /// The same within a deadline of its own.
    pub(super) async fn exec_within(
        &mut self,
        deadline: Duration,
        name: &'static str,
        command: &str,
        mut on: impl FnMut(&Response<'_>) -> Result<(), ImapError>,
    ) -> Result<Done, ImapError> {
        let mut hearer = Hearer::new(|response: &Response<'_>| on(response).map(ControlFlow::Continue));
        let ran = tokio::time::timeout(deadline, self.run(name, command, &mut hearer)).await;
        let ran = ran.unwrap_or(Err(ImapError::Silent { command: name, seconds: deadline.as_secs() }));
        self.settle(ran)
    }

    async fn run<F>(&mut self, name: &'static str, command: &str, hearer: &mut Hearer<F>) -> Result<Done, ImapError>
    where
        F: FnMut(&Response<'_>) -> Result<ControlFlow<()>, ImapError>,
    {
        let (tag, mut line) = self.begin(name, command, hearer).await?;
        line.push_str("\r\n");
        self.send(name, line.as_bytes()).await?;
        loop {
            // A `+` that no literal waits for says nothing.
            if let Step::Done(done) = self.step(name, &tag, hearer, self.deadlines.read).await? {
                return Ok(done);
            }
        }
    }

    /// Gets the connection ready and sends a command up to its last literal. Its tag, and what is left to send.
    pub(super) async fn begin<F>(
        &mut self,
        name: &'static str,
        command: &str,
        hearer: &mut Hearer<F>,
    ) -> Result<(String, String), ImapError>
    where
        F: FnMut(&Response<'_>) -> Result<ControlFlow<()>, ImapError>,
    {
        // First of all: an error of ours must not hide that the answers to a dropped command are still to come.
        self.get_ready(name, hearer).await?;
        let pieces = pieces(command).ok_or(ImapError::Bad { command: name, text: "a value holds a line break".into() })?;
        self.state = State::Busy;
        let tag = self.next_tag();
        let mut line = format!("{tag} ");
        for Piece { text, literal } in pieces {
            line.push_str(text);
            let Some(literal) = literal else { continue };
            let at_once = self.capabilities.takes_literal_at_once(literal.len());
            line.push_str(&literal_head(literal.len(), at_once));
            if !at_once {
                self.send(name, line.as_bytes()).await?;
                line.clear();
                self.wait_for_more(name, &tag, hearer).await?;
            }
            line.push_str(literal);
        }
        Ok((tag, line))
    }

    async fn get_ready<F>(&mut self, name: &'static str, hearer: &mut Hearer<F>) -> Result<(), ImapError>
    where
        F: FnMut(&Response<'_>) -> Result<ControlFlow<()>, ImapError>,
    {
        match &self.state {
            State::Ready => Ok(()),
            // How an IDLE ended that was dropped is nobody's concern any more, as long as it has.
            State::Idling { .. } => {
                self.leave_idle(hearer).await.or_else(|error| if error.ends_connection() { Err(error) } else { Ok(()) })
            }
            State::Busy | State::Over => Err(ImapError::Lost { command: name }),
        }
    }

    /// Notes how a command ended.
    pub(super) fn settle<T>(&mut self, ended: Result<T, ImapError>) -> Result<T, ImapError> {
        let is_over = ended.as_ref().is_err_and(ImapError::ends_connection);
        self.state = if is_over || self.state == State::Over { State::Over } else { State::Ready };
        ended
    }

    pub(super) fn next_tag(&mut self) -> String {
        self.last_tag = self.last_tag.wrapping_add(1);
        format!("T{}", self.last_tag)
    }

    /// Writes and flushes.
    pub(super) async fn send(&mut self, name: &'static str, bytes: &[u8]) -> Result<(), ImapError> {
        let deadline = self.deadlines.read;
        self.wire.write(bytes, deadline).await.map_err(|cut| cut.during(name))?;
        self.wire.flush(deadline).await.map_err(|cut| cut.during(name))
    }

    /// Reads up to the server's `+`. An OK before it is no answer to half a command.
    pub(super) async fn wait_for_more<F>(&mut self, name: &'static str, tag: &str, hearer: &mut Hearer<F>) -> Result<(), ImapError>
    where
        F: FnMut(&Response<'_>) -> Result<ControlFlow<()>, ImapError>,
    {
        match self.step(name, tag, hearer, self.deadlines.read).await? {
            Step::More => Ok(()),
            Step::Enough | Step::Done(_) => Err(ImapError::Unreadable { command: name }),
        }
    }

    /// Reads up to the next `+`, the end of the command, or news that is enough. Losing nothing when it is dropped.
    pub(super) async fn step<F>(
        &mut self,
        name: &'static str,
        tag: &str,
        hearer: &mut Hearer<F>,
        deadline: Duration,
    ) -> Result<Step, ImapError>
    where
        F: FnMut(&Response<'_>) -> Result<ControlFlow<()>, ImapError>,
    {
        loop {
            let bytes = self.wire.response(deadline).await.map_err(|cut| cut.during(name))?;
            match response::read(bytes).ok_or(ImapError::Unreadable { command: name })? {
                Line::Ignored => {}
                Line::Untagged(response) => {
                    if let Some(bye) = farewell(&response).filter(|_| name != "LOGOUT") {
                        return Err(bye);
                    }
                    hearer.hear(&response);
                    if let Some(fault) = hearer.fault.take_if(|fault| fault.ends_connection()) {
                        return Err(fault);
                    }
                    if hearer.has_enough && hearer.fault.is_none() {
                        return Ok(Step::Enough);
                    }
                }
                Line::Continue => return Ok(Step::More),
                Line::Tagged(tagged) if tagged.tag == tag.as_bytes() => {
                    let done = judge(name, tagged)?;
                    return hearer.fault.take().map_or(Ok(Step::Done(done)), Err);
                }
                Line::Tagged(_) => return Err(ImapError::Unreadable { command: name }),
            }
        }
    }
}

/// `{length}` and a line end; with `+` the literal follows at once (RFC 7888).
pub(super) fn literal_head(len: usize, at_once: bool) -> String {
    format!("{{{len}{}}}\r\n", if at_once { "+" } else { "" })
}

/// A BYE as an error.
pub(super) fn farewell(response: &Response<'_>) -> Option<ImapError> {
    match response {
        Response::Data { status: Status::Bye, outcome } => {
            Some(ImapError::Bye { text: clean(outcome.information.as_deref().unwrap_or_default()) })
        }
        _ => None,
    }
}

/// The tagged end of a command.
pub(super) fn judge(command: &'static str, tagged: Tagged<'_>) -> Result<Done, ImapError> {
    let code = tagged.code.map(|code| code.into_owned());
    match tagged.status {
        Status::Ok => Ok(Done { code, text: tagged.text.into_owned() }),
        Status::No => Err(ImapError::No { command, code, text: clean(&tagged.text) }),
        _ => Err(ImapError::Bad { command, text: clean(&tagged.text) }),
    }
}

/// A server's text for people, short and without control characters.
pub(super) fn clean(text: &str) -> String {
    text.chars().take(TEXT_CHARS_MAX).map(|c| if c.is_control() { ' ' } else { c }).collect()
}
