//! Words everyone shares. What is made here was checked once, at the edge; inside, nobody checks it again.
//! Absent on purpose: anything that reads a clock, a file or a socket.

mod address;
mod country;
mod currency;
mod derived_key;
mod header;
mod ids;
mod incoterm;
mod intent;
mod language;
mod letters;
mod message_id;
mod moment;
mod money;
mod network;
mod own_draft;
mod quantity;
mod web_token;

pub use address::{AddressError, EmailAddress, NamedAddress, is_bidi_control};
pub use country::Country;
pub use currency::Currency;
pub use derived_key::{DerivedKey, SECRET_LEN};
pub use header::HeaderValue;
pub use ids::{AccountId, ActId, CompanyId, ContactId, DeliveryId, DraftId, FolderId, LessonId, MessageRow, OutgoingId, ThreadId};
pub use incoterm::Incoterm;
pub use intent::Intent;
pub use language::Language;
pub use letters::{is_caseless, lower, push_lower};
pub use message_id::MessageId;
pub use moment::Moment;
pub use money::{Money, MoneyError};
pub use network::Network;
pub use own_draft::{DRAFT_HEADER, drafted_as};
pub use quantity::Quantity;
pub use web_token::WebToken;
