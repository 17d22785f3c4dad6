//! Receipts: what a reader's program says became of a mail (message disposition notifications, RFC 8098). That one is asked for is never
//! answered; this reads the ones that come.

use super::bounce::ReportParts;
use crate::types::{EmailAddress, MessageId};

/// Lines of a receipt that are read.
const LINES_MAX: usize = 200;

/// What a receipt says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    pub disposition: Disposition,
    /// The mail it is about.
    pub message_id: Option<MessageId>,
    /// Whom that mail was sent to, else the mailbox in which it was met.
    pub recipient: Option<EmailAddress>,
}

/// What became of the mail (RFC 8098 §3.2.6.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Disposition {
    /// It was shown to somebody; nobody says that it was read.
    Displayed,
    /// It was deleted, perhaps unseen.
    Deleted,
    /// It arrived, and no more is told: dispatched, processed, denied, failed.
    Arrived,
}

/// The receipt, if this message is one.
pub fn read(parts: &ReportParts<'_>) -> Option<Receipt> {
    let is_declared = parts.content_type.contains("disposition-notification");
    // Where the structure is broken the fields stand in the text.
    let fields = parts.disposition_notification.or_else(|| is_declared.then_some(parts.text))?;
    let named = |name: &str| {
        let mut fields = unfolded(fields).into_iter();
        fields.find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    };
    let disposition = named("Disposition")?;
    let address = |name: &str| {
        let value = named(name)?;
        let value = value.split_once(';').map_or(value.as_str(), |(_, address)| address);
        EmailAddress::parse(value).ok()
    };
    Some(Receipt {
        disposition: disposition_of(&disposition),
        message_id: named("Original-Message-ID").as_deref().and_then(MessageId::parse),
        recipient: address("Original-Recipient").or_else(|| address("Final-Recipient")),
    })
}

/// `manual-action/MDN-sent-manually; displayed`, perhaps with a modifier behind a slash, perhaps without what stands before.
fn disposition_of(value: &str) -> Disposition {
    let (_, kind) = value.rsplit_once(';').unwrap_or(("", value));
    let kind = kind.split('/').next().unwrap_or_default().trim();
    match () {
        () if kind.eq_ignore_ascii_case("displayed") => Disposition::Displayed,
        () if kind.eq_ignore_ascii_case("deleted") => Disposition::Deleted,
        () => Disposition::Arrived,
    }
}

/// The fields with their values, continuation lines joined.
fn unfolded(text: &str) -> Vec<(&str, String)> {
    let mut fields: Vec<(&str, String)> = Vec::new();
    for line in text.lines().take(LINES_MAX) {
        if line.starts_with([' ', '\t'])
            && let Some((_, value)) = fields.last_mut()
        {
            value.push(' ');
            value.push_str(line.trim());
        } else if let Some((name, value)) = line.split_once(':') {
            fields.push((name.trim(), value.trim().to_owned()));
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::letter;

    fn receipt(disposition: &str) -> Option<Receipt> {
        let mail = format!(
            "From: Eva <eva@werk.example>\nTo: sales@bright.example\nSubject: Gelesen: Angebot\nMIME-Version: 1.0\n\
             Content-Type: multipart/report; report-type=disposition-notification; boundary=b\n\n--b\n\
             Content-Type: text/plain\n\nIhre Nachricht wurde angezeigt.\n--b\nContent-Type: message/disposition-notification\n\n\
             Reporting-UA: mail.werk.example; Outlook\nFinal-Recipient: rfc822;eva@werk.example\n\
             Original-Message-ID:\n <17.tradepost@bright.example>\n{disposition}\n\n--b--\n"
        );
        letter(mail.as_bytes()).receipt
    }

    #[test]
    fn a_receipt_says_what_became_of_which_mail() {
        let seen = receipt("Disposition: manual-action/MDN-sent-manually; displayed").expect("a receipt");
        assert_eq!(seen.message_id, MessageId::parse("17.tradepost@bright.example"));
        assert_eq!(seen.recipient.as_ref().map(EmailAddress::as_str), Some("eva@werk.example"));
        for (line, expected) in [
            ("Disposition: manual-action/MDN-sent-manually; displayed", Disposition::Displayed),
            ("Disposition: automatic-action/MDN-sent-automatically;\n deleted/error", Disposition::Deleted),
            ("Disposition: Displayed", Disposition::Displayed),
            ("Disposition: automatic-action/MDN-sent-automatically; dispatched", Disposition::Arrived),
            ("Disposition: manual-action/MDN-sent-manually; denied", Disposition::Arrived),
            ("Disposition: ;;;/", Disposition::Arrived),
        ] {
            assert_eq!(receipt(line).map(|receipt| receipt.disposition), Some(expected), "{line}");
        }
        assert_eq!(receipt("Error: none"), None, "without a disposition nothing is told");
    }

    #[test]
    fn a_mail_that_asks_for_a_receipt_is_none() {
        let asks = letter(b"From: eva@werk.example\nSubject: Anfrage\nDisposition-Notification-To: eva@werk.example\n\nHallo\n");
        assert_eq!((asks.receipt, asks.automatic), (None, None));
    }
}
