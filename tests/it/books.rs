//! The books, held to the same behaviour on SQLite and PostgreSQL.

mod faults;
mod health;
mod opening;
mod people;
mod schema;
mod threads;
mod tracking;
mod work;

use tradepost::record::folders::FolderRole;
use tradepost::record::messages::{Direction, NewMessage};
use tradepost::record::{Session, accounts, folders};
use tradepost::types::{AccountId, EmailAddress, FolderId, Intent, Language, MessageId, Moment};

/// Monday, 5 January 2026, 09:00 UTC.
const MONDAY: Moment = Moment(1_767_603_600_000);
const HOUR_MS: i64 = 3_600_000;

fn address(text: &str) -> EmailAddress {
    EmailAddress::parse(text).expect("an address of the story")
}

fn header_id(text: &str) -> MessageId {
    MessageId::parse(text).expect("a Message-ID of the story")
}

/// The identity of the story's message of that number.
fn identity(number: u32) -> [u8; 32] {
    let mut identity = [7; 32];
    if let Some(start) = identity.first_chunk_mut::<4>() {
        *start = number.to_be_bytes();
    }
    identity
}

/// An inquiry in Spanish, to be changed where a story needs another mail.
fn inquiry<'a>(identity: &'a [u8; 32], message_id: &'a MessageId) -> NewMessage<'a> {
    NewMessage {
        identity,
        message_id: Some(message_id),
        sent_at: Some(MONDAY),
        recorded_at: MONDAY.plus_ms(5_000),
        direction: Direction::In,
        historical: false,
        from_address: "ana@andina.example",
        from_name: "Ana Quispe",
        subject: "Cotización de válvulas",
        language: Language::parse("es").expect("Spanish"),
        language_confidence_milli: 990,
        intent: Some(Intent::Inquiry),
        intent_confidence_milli: 930,
        automatic: "",
        via: "",
        thread: None,
        contact: None,
        thread_index: "",
        size: 2_048,
        why: "es.inquiry.3: solicitamos cotización",
        reading: r#"{"intent":"inquiry"}"#,
        fresh_text: "Solicitamos cotización de 500 válvulas CIF Callao.",
    }
}

/// The account `sales` with its INBOX.
async fn mailbox(session: &mut Session) -> (AccountId, FolderId) {
    let account = accounts::find_or_add(session, "sales", &address("sales@nordwerk.example")).await.expect("a new account");
    let inbox = folders::find_or_add(session, account.id, "INBOX", FolderRole::Inbox).await.expect("a new folder");
    (account.id, inbox.id)
}
