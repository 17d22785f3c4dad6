//! What came into a folder, and what is no longer there.

use crate::mailbox::{Entry, Maildir, MaildirError, Role};
use std::collections::HashSet;

/// News of one folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct News {
    /// Mail at places not known before, oldest first.
    pub newcomers: Vec<Entry>,
    /// Known places where nothing lies any more.
    pub gone: Vec<String>,
}

/// Looks into a folder and tells it apart from the places that are known. Blocks on the disk for a moment.
pub fn news(maildir: &Maildir, wire_name: &str, known: &HashSet<String>) -> Result<News, MaildirError> {
    let places = maildir.places(wire_name)?;
    let mut newcomers: Vec<Entry> = if places.iter().filter(|place| !known.contains(*place)).nth(1).is_some() {
        // Many are new: one walk is cheaper than a search for each.
        maildir.look(wire_name)?.into_iter().filter(|entry| !known.contains(&entry.place)).collect()
    } else {
        places.iter().filter(|place| !known.contains(*place)).filter_map(|place| maildir.entry(wire_name, place).ok()).collect()
    };
    newcomers.sort_by(|a, b| (a.arrived_at, &a.place).cmp(&(b.arrived_at, &b.place)));
    let there: HashSet<&String> = places.iter().collect();
    let gone = known.iter().filter(|place| !there.contains(place)).cloned().collect();
    Ok(News { newcomers, gone })
}

/// When a folder's turn is, `None` for a folder that is not read. Sent comes first: an answer that a person sent is known before the
/// mail it answers is drafted for. Bin, templates and Drafts hold nobody's letters to us.
pub fn reading_order(role: Role) -> Option<u8> {
    match role {
        Role::Sent => Some(0),
        Role::Inbox => Some(1),
        Role::Other => Some(2),
        Role::Junk => Some(3),
        Role::Drafts | Role::Trash | Role::Templates => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mailbox::FolderNames;
    use std::fs;

    #[test]
    fn new_mail_is_told_from_known_and_from_gone() {
        let home = tempfile::tempdir().expect("a temporary folder");
        for shelf in ["cur", "new", "tmp"] {
            fs::create_dir(home.path().join(shelf)).expect("an empty Maildir");
        }
        for name in ["new/1.a", "cur/2.b:2,S", "cur/3.c:2,"] {
            fs::write(home.path().join(name), "x").expect("mail");
        }
        let maildir = Maildir::new(home.path().to_owned(), FolderNames::default());
        let known = HashSet::from(["2.b".to_owned(), "9.deleted".to_owned()]);
        let news = news(&maildir, "", &known).expect("readable");
        let mut places: Vec<&str> = news.newcomers.iter().map(|entry| entry.place.as_str()).collect();
        places.sort_unstable();
        assert_eq!((places, news.gone), (vec!["1.a", "3.c"], vec!["9.deleted".to_owned()]));
    }
}
