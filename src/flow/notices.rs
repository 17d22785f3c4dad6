//! What is said to the operator at the console, in words: the log names nobody's folders.

use crate::config::Unmatched;
use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;

/// Something the operator is told once in the life of the process.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Notice {
    /// `private.folders` of that mailbox names a folder that is not there.
    NoSuchFolder { mailbox: String, unmatched: Unmatched },
    /// A listener could not be opened.
    NoListener { place: SocketAddr, why: String },
}

/// What is to be said. All clones are one.
#[derive(Debug, Clone, Default)]
pub struct Notices(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    said: Mutex<Said>,
    news: Notify,
}

#[derive(Debug, Default)]
struct Said {
    waiting: Vec<Notice>,
    ever: HashSet<Notice>,
}

impl Notices {
    /// Says something, unless it was said before.
    pub fn say(&self, notice: Notice) {
        let mut said = self.0.said.lock().unwrap_or_else(PoisonError::into_inner);
        if said.ever.insert(notice.clone()) {
            said.waiting.push(notice);
            self.0.news.notify_one();
        }
    }

    /// What was said since this was asked last.
    pub fn take(&self) -> Vec<Notice> {
        std::mem::take(&mut self.0.said.lock().unwrap_or_else(PoisonError::into_inner).waiting)
    }

    /// Waits until something is said.
    pub async fn wait(&self) -> Vec<Notice> {
        loop {
            let said = self.take();
            if !said.is_empty() {
                return said;
            }
            self.0.news.notified().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_said_twice_is_told_once() {
        let notices = Notices::default();
        let notice = |entry: &str| {
            let unmatched = Unmatched { entry: entry.to_owned(), meant: None };
            Notice::NoSuchFolder { mailbox: "sales".to_owned(), unmatched }
        };
        for entry in ["Family", "Family", "Divorce"] {
            notices.say(notice(entry));
        }
        assert_eq!(notices.wait().await, [notice("Family"), notice("Divorce")]);
        notices.say(notice("Family"));
        assert_eq!(notices.take(), []);
    }
}
