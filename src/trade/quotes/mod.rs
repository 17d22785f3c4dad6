//! Quotes: what has to be known before a price can be named.

/// What a buyer has told so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Told {
    pub product: bool,
    pub quantity: bool,
    pub incoterm: bool,
    /// A port or place, where the goods are handed over or go to.
    pub place: bool,
}

/// What a quote still lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Missing {
    Product,
    Quantity,
    /// An Incoterms rule without its named place says nothing (Incoterms 2020, introduction §11), nor a place without a rule.
    Destination,
}

/// What to ask before quoting, the most important first.
pub fn missing(told: Told) -> Vec<Missing> {
    let wanted =
        [(told.product, Missing::Product), (told.quantity, Missing::Quantity), (told.incoterm && told.place, Missing::Destination)];
    wanted.into_iter().filter(|(known, _)| !known).map(|(_, missing)| missing).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fob_without_a_port_is_asked_about() {
        let told = Told { product: true, quantity: true, incoterm: true, place: false };
        assert_eq!(missing(told), [Missing::Destination]);
    }

    #[test]
    fn a_complete_inquiry_is_not_bothered_with_questions() {
        assert_eq!(missing(Told { product: true, quantity: true, incoterm: true, place: true }), []);
        assert_eq!(missing(Told::default()), [Missing::Product, Missing::Quantity, Missing::Destination]);
    }
}
