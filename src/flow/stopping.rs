//! How the daemon is asked to stop: everything ends at the next safe place.

use tokio::sync::watch;

/// Asked once, heard by all.
#[derive(Debug, Clone)]
pub struct Stopping {
    asked: watch::Sender<bool>,
}

impl Stopping {
    /// Nobody has asked yet.
    pub fn new() -> Self {
        Self { asked: watch::Sender::new(false) }
    }

    /// Everybody is to stop.
    pub fn ask(&self) {
        self.asked.send_replace(true);
    }

    /// Whether somebody asked.
    pub fn is_asked(&self) -> bool {
        *self.asked.borrow()
    }

    /// Ready when somebody asks, or has asked.
    pub async fn asked(&self) {
        // The sender lives as long as we do, so waiting ends only with the value.
        let _ = self.asked.subscribe().wait_for(|asked| *asked).await;
    }
}

impl Default for Stopping {
    fn default() -> Self {
        Self::new()
    }
}
