//! Disk work beside the runtime, so that a slow disk holds up nothing else.

/// Runs work that blocks. A panic in it is a fault of ours and goes on: as if nothing had happened would lose mail.
pub(super) async fn beside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(broken) => std::panic::resume_unwind(broken.into_panic()),
    }
}
