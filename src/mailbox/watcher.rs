//! News of a mailbox: file-system events as hints. A scan finds what they miss, so a lost event only costs time.

use notify::{RecursiveMode, Watcher as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// Says when something may have happened in the folders it watches.
pub struct Watcher {
    news: Arc<Notify>,
    events: Option<notify::RecommendedWatcher>,
}

impl Watcher {
    /// A watcher of nothing yet. Where the system gives no file-system events, only scans find news, and `has_events` says so.
    pub fn new() -> Self {
        let news = Arc::new(Notify::new());
        let tell = Arc::clone(&news);
        let events = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            // Our own reading makes access events; they are no news.
            if event.map_or(true, |event| !event.kind.is_access()) {
                tell.notify_one();
            }
        });
        Self { news, events: events.ok() }
    }

    /// Watches a folder too. `false` when the system refuses; scans still find its mail.
    pub fn watch(&mut self, folder: &Path) -> bool {
        self.events.as_mut().is_some_and(|events| events.watch(folder, RecursiveMode::NonRecursive).is_ok())
    }

    /// Waits until something may have happened, at most so long.
    pub async fn wait(&self, longest: Duration) {
        // Running out of time is as good a reason to look as an event.
        let _ = tokio::time::timeout(longest, self.news.notified()).await;
    }

    /// Whether file-system events are to be had.
    pub fn has_events(&self) -> bool {
        self.events.is_some()
    }
}

impl Default for Watcher {
    fn default() -> Self {
        Self::new()
    }
}
