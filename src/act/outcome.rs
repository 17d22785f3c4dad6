//! What became of one act.

/// The end of an attempt. What waits may help, what a person must look at, and what is not known are kept apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was done; with a line for `show` when there is something to say.
    Done(String),
    /// It may work later.
    TryLater(String),
    /// Trying again is no use; a person must look.
    GaveUp(String),
    /// It may or may not have happened.
    Uncertain(String),
}
