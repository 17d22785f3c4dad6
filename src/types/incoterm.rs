//! Incoterms® 2020 rules (ICC publication 723E) and the older names still written.

use serde::{Deserialize, Serialize};
use std::fmt;

/// One of the eleven Incoterms 2020 rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Incoterm {
    Exw,
    Fca,
    Fas,
    Fob,
    Cfr,
    Cif,
    Cpt,
    Cip,
    Dap,
    Dpu,
    Ddp,
}

impl Incoterm {
    /// The eleven rules, seller's duty growing.
    pub const ALL: [Incoterm; 11] = [
        Incoterm::Exw,
        Incoterm::Fca,
        Incoterm::Fas,
        Incoterm::Fob,
        Incoterm::Cfr,
        Incoterm::Cif,
        Incoterm::Cpt,
        Incoterm::Cip,
        Incoterm::Dap,
        Incoterm::Dpu,
        Incoterm::Ddp,
    ];

    /// The three-letter code.
    pub fn code(self) -> &'static str {
        match self {
            Incoterm::Exw => "EXW",
            Incoterm::Fca => "FCA",
            Incoterm::Fas => "FAS",
            Incoterm::Fob => "FOB",
            Incoterm::Cfr => "CFR",
            Incoterm::Cif => "CIF",
            Incoterm::Cpt => "CPT",
            Incoterm::Cip => "CIP",
            Incoterm::Dap => "DAP",
            Incoterm::Dpu => "DPU",
            Incoterm::Ddp => "DDP",
        }
    }

    /// Reads a code in any case, the older `CNF`, `C&F`, `CANDF` (now CFR), `DAT` (now DPU), `DDU`, `DAF`, `DES` (now DAP) included.
    pub fn parse(text: &str) -> Option<Self> {
        let code: String = text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_uppercase();
        match code.as_str() {
            "CNF" | "CF" | "CANDF" => Some(Incoterm::Cfr),
            "DAT" => Some(Incoterm::Dpu),
            "DDU" | "DAF" | "DES" => Some(Incoterm::Dap),
            other => Self::ALL.into_iter().find(|term| term.code() == other),
        }
    }
}

impl TryFrom<String> for Incoterm {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        Self::parse(&text).ok_or("no Incoterms rule")
    }
}

impl From<Incoterm> for String {
    fn from(value: Incoterm) -> String {
        value.code().to_owned()
    }
}

impl fmt::Display for Incoterm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_names_are_read_as_what_they_are_called_today() {
        assert_eq!(Incoterm::parse("c&f"), Some(Incoterm::Cfr));
        assert_eq!(Incoterm::parse("F.O.B."), Some(Incoterm::Fob));
        assert_eq!(Incoterm::parse("DDU"), Some(Incoterm::Dap));
        assert_eq!(Incoterm::parse("ASAP"), None);
    }
}
