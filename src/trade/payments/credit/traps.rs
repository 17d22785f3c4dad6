//! What makes a credit hard to use for the seller although it looks like money.

use super::Credit;
use jiff::civil::Date;

/// Days for presenting documents when a credit names none (UCP 600 article 14(c)).
pub const PRESENTATION_DAYS: u16 = 21;

/// One thing to be talked about before goods are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trap {
    /// It expires at the buyer's or at the issuing bank, so documents must arrive there in time: the seller bears the post.
    ExpiresElsewhere { place: String },
    /// It has expired.
    Expired { day: Date },
    /// The latest day of shipment has passed.
    ShipmentPast { day: Date },
    /// Goods may be shipped later than documents can be presented.
    ShipmentAfterExpiry { day: Date, expires: Date },
    /// Fewer days for presenting documents than usual.
    ShortPresentation { days: u16 },
    /// A document that only the buyer can give or sign: whoever holds it decides whether the seller is paid.
    FromBuyer { document: String },
}

/// Words of places that are the bank's or the buyer's.
const ELSEWHERE: [&str; 8] =
    ["ISSUING BANK", "OPENING BANK", "APPLICANT", "OUR COUNTER", "OUR BANK", "BUYER", "ISSUER", "COUNTERS OF THE ISSUING"];
/// What is done to a document that the buyer must do.
const SIGNED: [&str; 5] = ["ISSUED", "SIGNED", "APPROVED", "AUTHENTICATED", "ENDORSED"];
/// Words of an address that name no place.
const PLACE_LEN_MIN: usize = 4;

impl Credit {
    /// The traps, the most costly first. `today` is the day the credit is looked at, where it is known.
    pub fn traps(&self, today: Option<Date>) -> Vec<Trap> {
        let mut traps = Vec::new();
        if let (Some(expires), Some(today)) = (self.expires, today)
            && expires < today
        {
            traps.push(Trap::Expired { day: expires });
        }
        if let (Some(day), Some(today)) = (self.ship_by, today)
            && day < today
        {
            traps.push(Trap::ShipmentPast { day });
        }
        if let (Some(day), Some(expires)) = (self.ship_by, self.expires)
            && day > expires
        {
            traps.push(Trap::ShipmentAfterExpiry { day, expires });
        }
        if let Some(place) = self.expires_at.as_ref().filter(|place| self.is_elsewhere(place)) {
            traps.push(Trap::ExpiresElsewhere { place: place.clone() });
        }
        if let Some(days) = self.presentation_days.filter(|days| *days < PRESENTATION_DAYS) {
            traps.push(Trap::ShortPresentation { days });
        }
        let from_buyer = self.documents.iter().chain(&self.conditions).filter(|document| is_from_buyer(document));
        traps.extend(from_buyer.map(|document| Trap::FromBuyer { document: document.clone() }));
        traps
    }

    /// Whether a place is not the seller's: it says so, or it is named in the buyer's address and not in the seller's.
    fn is_elsewhere(&self, place: &str) -> bool {
        let place = place.to_ascii_uppercase();
        if place.contains("BENEFICIARY") || place.contains("NEGOTIATING BANK") {
            return false;
        }
        if ELSEWHERE.iter().any(|words| place.contains(words)) {
            return true;
        }
        let address = |lines: &[String]| lines.join(" ").to_ascii_uppercase();
        let (buyer, seller) = (address(&self.applicant), address(&self.beneficiary));
        let names = |address: &str| {
            let mut words = place.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() >= PLACE_LEN_MIN);
            words.any(|word| address.split(|c: char| !c.is_alphanumeric()).any(|known| known == word))
        };
        names(&buyer) && !names(&seller)
    }
}

/// "INSPECTION CERTIFICATE ISSUED AND SIGNED BY APPLICANT". An invoice made out to the applicant is none.
fn is_from_buyer(document: &str) -> bool {
    let document = document.to_ascii_uppercase();
    let Some((front, _)) = document.split_once("BY APPLICANT").or_else(|| document.split_once("BY THE APPLICANT")) else { return false };
    let near = front.get(front.floor_char_boundary(front.len().saturating_sub(40))..).unwrap_or(front);
    SIGNED.iter().any(|word| near.contains(word))
}
