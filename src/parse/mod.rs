//! Bytes to values. In come the raw bytes of one message, out comes a [`Letter`]. Parsing is total: it never fails and never
//! panics; what is damaged becomes a [`Defect`], what is too much is left out and said so.
//! Absent on purpose: files, clocks, rules of a language's intents (they are [`crate::understand`]'s).

pub mod automatic;
pub mod bounce;
mod charset;
pub mod fresh;
pub mod html;
mod inner;
mod letter;
pub mod limits;
mod mime;
pub mod papers;
pub mod receipt;

pub use automatic::{Automatic, Departure};
pub use bounce::{Bounce, BounceKind, ReportKind};
pub use fresh::{Forwarded, Fresh, Signature};
pub use inner::forwarded;
pub use letter::{Attachment, Defect, Headers, Letter, ReturnPath};
pub use mime::{absence_told, carve, carved_letter, enclosure, enclosures, is_mbox_from_line, letter};
pub use papers::Paper;
pub use receipt::{Disposition, Receipt};
