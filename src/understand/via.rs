//! Portals and web forms: a notification that carries a buyer's words.
