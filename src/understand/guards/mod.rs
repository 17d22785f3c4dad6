//! What makes a mail suspicious by itself: two senders, a Reply-To that leads elsewhere, a display name that holds somebody's address,
//! words aimed at a machine, words of a fraud. What only the books can tell (bank data, look-alikes, imitated names) is `link::guard`'s. The words are in
//! `rules/guards.toml`.

pub mod bank;
mod machine;
mod scam;
mod sender;
mod words;

use super::flag::Flag;
use super::fold::Folder;
use super::via::PortalRules;
use crate::parse::Letter;

/// Words that are put beside a firm's name to make another domain of it, in small letters.
pub fn added_words() -> &'static [String] {
    &words::get().look_alike
}

/// All that is wrong with a letter as far as the letter itself tells.
pub(super) fn flags(letter: &Letter, portals: &PortalRules, folder: &Folder) -> Vec<Flag> {
    let found = [
        sender::several_froms(letter),
        sender::replies_elsewhere(letter, portals),
        sender::name_holds_address(letter),
        machine::text_for_machines(letter, folder),
        scam::words_of_fraud(letter, folder),
    ];
    found.into_iter().flatten().collect()
}
