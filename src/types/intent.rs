//! What a mail is about, as an export clerk would sort it.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The fifteen things an inbound mail can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Intent {
    /// Asks for a price, availability, a catalogue, or whether we can make something.
    Inquiry,
    /// Asks for samples.
    Sample,
    /// Bargains about an offer that was made.
    Negotiation,
    /// Orders, or confirms an order.
    Order,
    /// Sends or asks for papers: invoice, bill of lading, certificate, contract.
    Documents,
    /// Asks or tells where the goods are.
    Shipping,
    /// Announces, asks for or explains a payment.
    Payment,
    /// Something is wrong with goods or service.
    Complaint,
    /// Wants to sell something to us.
    Solicitation,
    /// Wants no more mail.
    Unsubscribe,
    /// Asks for access to or erasure of personal data.
    Privacy,
    /// An out-of-office note or another machine's answer.
    AutoReply,
    /// A report that mail could not be delivered.
    Bounce,
    /// A newsletter or other mail to many.
    Bulk,
    /// None of these.
    Other,
}

impl Intent {
    /// All of them, in the order of the command line's contract.
    pub const ALL: [Intent; 15] = [
        Intent::Inquiry,
        Intent::Sample,
        Intent::Negotiation,
        Intent::Order,
        Intent::Documents,
        Intent::Shipping,
        Intent::Payment,
        Intent::Complaint,
        Intent::Solicitation,
        Intent::Unsubscribe,
        Intent::Privacy,
        Intent::AutoReply,
        Intent::Bounce,
        Intent::Bulk,
        Intent::Other,
    ];

    /// The name as configuration, rules, books and `triage --json` write it.
    pub fn name(self) -> &'static str {
        match self {
            Intent::Inquiry => "inquiry",
            Intent::Sample => "sample",
            Intent::Negotiation => "negotiation",
            Intent::Order => "order",
            Intent::Documents => "documents",
            Intent::Shipping => "shipping",
            Intent::Payment => "payment",
            Intent::Complaint => "complaint",
            Intent::Solicitation => "solicitation",
            Intent::Unsubscribe => "unsubscribe",
            Intent::Privacy => "privacy",
            Intent::AutoReply => "auto_reply",
            Intent::Bounce => "bounce",
            Intent::Bulk => "bulk",
            Intent::Other => "other",
        }
    }

    /// The intent of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|intent| intent.name() == name)
    }
}

impl fmt::Display for Intent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
