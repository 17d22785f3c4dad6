//! `private`: what in a mailbox is nobody's business.

use super::near::nearest;
use super::reader::{Section, Value};
use super::team;
use crate::types::EmailAddress;
use std::collections::BTreeSet;
use unicode_normalization::UnicodeNormalization;

/// What in a personal mailbox is nobody's business: never read, stored or reported.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Private {
    /// Folders by the name a person reads, with everything below them. [`Private::among`] tells which they are.
    pub folders: Vec<String>,
    pub addresses: Vec<EmailAddress>,
    /// Domains in lower case, with their subdomains.
    pub domains: Vec<String>,
}

/// Which of a mailbox's folders are nobody's business.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PrivateFolders {
    /// By their folded parts, all below them included.
    taken: Vec<Vec<String>>,
    /// Entries that no folder answers to.
    pub unmatched: Vec<Unmatched>,
}

/// An entry that no folder answers to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Unmatched {
    pub entry: String,
    /// The folder that was probably meant. Until somebody says otherwise it is private: what was read cannot be unread.
    pub meant: Option<String>,
}

/// A shorter name is like any other.
const MEANT_LEN_MIN: usize = 3;

impl Private {
    /// Which folders are private among these: the names a person reads, their parts separated by `/`, and whether a folder is one of the
    /// owner's own. Only such a one can have been meant by a misspelt entry.
    pub fn among<'n>(&self, folders: impl IntoIterator<Item = (&'n str, bool)>) -> PrivateFolders {
        let mut private = PrivateFolders { taken: self.folders.iter().flat_map(|entry| readings(entry)).collect(), unmatched: Vec::new() };
        if self.folders.is_empty() {
            return private;
        }
        let folders: Vec<(&str, bool)> = folders.into_iter().collect();
        for entry in &self.folders {
            let readings = readings(entry);
            let is_there = folders.iter().any(|(name, _)| readings.iter().any(|reading| lies_in(name, reading)));
            if !is_there {
                let meant = meant(entry, &folders);
                private.taken.extend(meant.as_deref().map(|name| parts(name, '/')));
                private.unmatched.push(Unmatched { entry: entry.clone(), meant });
            }
        }
        private
    }
}

impl PrivateFolders {
    /// Whether a folder is private.
    pub fn holds(&self, name: &str) -> bool {
        self.taken.iter().any(|private| lies_in(name, private))
    }
}

/// The folder that an entry with a slip was meant for: one of the owner's own, or one that holds such.
fn meant(entry: &str, folders: &[(&str, bool)]) -> Option<String> {
    if entry.trim().chars().count() < MEANT_LEN_MIN {
        return None;
    }
    let own = folders
        .iter()
        .filter(|(_, is_own)| *is_own)
        .flat_map(|(name, _)| name.match_indices('/').map(|(at, _)| at).chain([name.len()]).filter_map(|end| name.get(..end)));
    let candidates: BTreeSet<&str> = own.map(below_inbox).filter(|name| !name.is_empty()).collect();
    let spellings = DELIMITERS.map(|delimiter| entry.replace(delimiter, "/"));
    spellings.iter().find_map(|spelling| nearest(below_inbox(spelling), candidates.iter().copied())).map(str::to_owned)
}

/// What may separate the parts of a name, as servers do it; people see it in their mail program or do not.
const DELIMITERS: [char; 3] = ['/', '.', '\\'];

/// The ways to read an entry, each in folded parts.
fn readings(entry: &str) -> Vec<Vec<String>> {
    let mut readings: Vec<Vec<String>> =
        DELIMITERS.iter().map(|delimiter| parts(entry, *delimiter)).filter(|parts| !parts.is_empty()).collect();
    readings.dedup();
    readings
}

/// Whether a folder is that one, or lies below it; each with or without the prefix that some servers put before all folders.
fn lies_in(name: &str, private: &[String]) -> bool {
    let name = parts(name, '/');
    name.starts_with(private) || bare(&name).starts_with(bare(private))
}

/// Without INBOX before it. The inbox itself has no other name.
fn bare(parts: &[String]) -> &[String] {
    match parts {
        [first, rest @ ..] if first == "inbox" && !rest.is_empty() => rest,
        _ => parts,
    }
}

fn below_inbox(name: &str) -> &str {
    match name.split_once('/') {
        Some((first, rest)) if fold(first) == "inbox" => rest,
        _ => name,
    }
}

fn parts(name: &str, delimiter: char) -> Vec<String> {
    name.split(delimiter).map(fold).filter(|part| !part.is_empty()).collect()
}

/// Neither capitals nor the way a character is written make another folder.
fn fold(name: &str) -> String {
    let folded: String = name.nfkc().flat_map(char::to_lowercase).collect();
    folded.nfkc().collect::<String>().trim().to_owned()
}

pub(super) fn read(mut section: Section<'_>) -> Private {
    let mut list = |key| section.take(key).and_then(|value| value.list()).unwrap_or_default();
    let (folders, addresses, domains) = (list("folders"), list("addresses"), list("domains"));
    section.close();
    Private {
        folders: folders.iter().filter_map(|value| value.line()).map(str::to_owned).collect(),
        addresses: addresses.iter().filter_map(Value::address).collect(),
        domains: domains.iter().filter_map(team::domain).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn private(entries: &[&str]) -> Private {
        Private { folders: entries.iter().map(|entry| (*entry).to_owned()).collect(), ..Private::default() }
    }

    fn holds(entry: &str, name: &str) -> bool {
        private(&[entry]).among([(name, true)]).holds(name)
    }

    #[test]
    fn a_private_folder_is_known_however_its_name_is_written() {
        for (entry, name, expected) in [
            ("Family", "Family", true),
            ("Family", "Family/School", true),
            ("Family", "Family business", false),
            ("Family", "INBOX", false),
            ("Family", "Customers/Family", false),
            ("family", "FAMILY/School", true),
            ("Family", "INBOX/Family", true),
            ("INBOX/Family", "Family/School", true),
            ("inbox.Family.School", "INBOX/Family/School", true),
            ("Family.School", "Family/School", true),
            ("Family\\School", "Family/School", true),
            ("Family/School", "Family", false),
            ("Family.old", "Family.old", true),
            ("Fami\u{301}lia", "FAM\u{cd}LIA", true),
            ("ＦＡＭＩＬＹ", "Family", true),
            ("家庭", "INBOX/家庭/学校", true),
            ("INBOX", "INBOX", true),
            ("INBOX", "Family", false),
            (" Family / ", "Family", true),
        ] {
            assert_eq!(holds(entry, name), expected, "{entry} and {name}");
        }
        assert!(!holds("", "Family") && !holds("/", "Family"), "an empty entry is none");
    }

    #[test]
    fn an_entry_with_a_slip_is_named_and_what_was_meant_is_private_meanwhile() {
        let folders = [("INBOX", false), ("Sent", false), ("INBOX/Family/School", true), ("Customers", true)];
        let unmatched = |entry: &str| private(&[entry, "customers"]).among(folders).unmatched;
        let says = |entry: &str, meant: Option<&str>| vec![Unmatched { entry: entry.to_owned(), meant: meant.map(str::to_owned) }];
        assert_eq!(unmatched("Famly"), says("Famly", Some("Family")));
        assert_eq!(unmatched("INBOX.Famly.Schol"), says("INBOX.Famly.Schol", Some("Family/School")));
        assert_eq!(unmatched("Divorce"), says("Divorce", None));
        assert_eq!(unmatched("Snet"), says("Snet", None), "no slip makes all that was sent private");
        assert_eq!(unmatched("Family"), vec![], "it holds one");
        let private = private(&["Famly"]).among(folders);
        assert!(private.holds("INBOX/Family/School") && private.holds("Family") && !private.holds("Customers") && !private.holds("Sent"));
    }
}
