//! Charsets as they occur in practice.
