//! What a person should look at before trusting a mail, with both values: what the mail says and what was known.

use serde::{Deserialize, Serialize};

/// Longest value shown, in characters.
const VALUE_CHARS_MAX: usize = 200;

/// A reason not to trust a mail.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Flag {
    pub kind: FlagKind,
    /// What the mail says.
    pub found: String,
    /// What it differs from; empty where there is nothing to compare with.
    pub known: String,
}

/// The kinds of reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlagKind {
    /// More than one From field.
    SeveralFroms,
    /// Reply-To leads to another domain than From.
    ReplyElsewhere,
    /// The display name holds the address of somebody else.
    NameHoldsAddress,
    /// Words that are aimed at a machine that reads the mail.
    MachineText,
    /// The words of an advance-fee fraud, or of one who is after passwords.
    Scam,
    /// The sender's domain looks like a customer's or our own.
    LookAlike,
    /// A colleague's name at an address that is not ours.
    ImitatesColleague,
    /// A known customer's name at another address.
    ImitatesCustomer,
    /// Bank data that differ from those the books have of this customer.
    BankChanged,
}

impl FlagKind {
    /// All kinds.
    pub const ALL: [FlagKind; 9] = [
        FlagKind::SeveralFroms,
        FlagKind::ReplyElsewhere,
        FlagKind::NameHoldsAddress,
        FlagKind::MachineText,
        FlagKind::Scam,
        FlagKind::LookAlike,
        FlagKind::ImitatesColleague,
        FlagKind::ImitatesCustomer,
        FlagKind::BankChanged,
    ];

    /// The name `triage --json` writes.
    pub fn name(self) -> &'static str {
        match self {
            FlagKind::SeveralFroms => "several-froms",
            FlagKind::ReplyElsewhere => "reply-elsewhere",
            FlagKind::NameHoldsAddress => "name-holds-address",
            FlagKind::MachineText => "machine-text",
            FlagKind::Scam => "scam",
            FlagKind::LookAlike => "look-alike-domain",
            FlagKind::ImitatesColleague => "imitates-colleague",
            FlagKind::ImitatesCustomer => "imitates-customer",
            FlagKind::BankChanged => "bank-changed",
        }
    }

    /// The name books and templates use.
    pub fn key(self) -> &'static str {
        match self {
            FlagKind::SeveralFroms => "several_froms",
            FlagKind::ReplyElsewhere => "reply_elsewhere",
            FlagKind::NameHoldsAddress => "name_holds_address",
            FlagKind::MachineText => "machine_text",
            FlagKind::Scam => "scam",
            FlagKind::LookAlike => "look_alike",
            FlagKind::ImitatesColleague => "imitates_colleague",
            FlagKind::ImitatesCustomer => "imitates_customer",
            FlagKind::BankChanged => "bank_changed",
        }
    }

    /// The kind of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether somebody may be about to lose money: people are told whatever the policy for such mail is.
    pub fn is_grave(self) -> bool {
        matches!(self, FlagKind::LookAlike | FlagKind::ImitatesColleague | FlagKind::ImitatesCustomer | FlagKind::BankChanged)
    }
}

impl Flag {
    /// A flag with both values, each on one line and not too long for a note.
    pub fn new(kind: FlagKind, found: &str, known: &str) -> Self {
        Self { kind, found: one_line(found), known: one_line(known) }
    }

    /// The name `triage --json` writes.
    pub fn name(&self) -> &'static str {
        self.kind.name()
    }
}

fn one_line(value: &str) -> String {
    let mut line = String::new();
    for word in value.split_whitespace() {
        let space = usize::from(!line.is_empty());
        if line.chars().count() + space + word.chars().count() > VALUE_CHARS_MAX {
            let room = VALUE_CHARS_MAX.saturating_sub(line.chars().count() + space + 1);
            if space == 1 {
                line.push(' ');
            }
            line.extend(word.chars().take(room));
            line.push('…');
            break;
        }
        if space == 1 {
            line.push(' ');
        }
        line.push_str(word);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_found_by_its_name() {
        for kind in FlagKind::ALL {
            assert_eq!(FlagKind::parse(kind.name()), Some(kind));
        }
    }

    #[test]
    fn values_are_one_short_line() {
        let flag = Flag::new(FlagKind::MachineText, &format!("a\r\n  b {}", "x".repeat(500)), "");
        assert!(flag.found.starts_with("a b x") && flag.found.ends_with('…'));
        assert_eq!(flag.found.chars().count(), VALUE_CHARS_MAX);
    }
}
