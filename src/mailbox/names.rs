//! Names of files in a Maildir (D. J. Bernstein, maildir(5); flags after `:2,`).

use super::Flags;
use crate::types::Moment;

/// The unique name of a mail we put into a Maildir. It is made of what the books know, so that after a crash the same mail gets
/// the same name and cannot be put there twice.
pub fn unique_name(made_at: Moment, key: i64) -> String {
    format!("{}.tp{key}.tradepost", made_at.0.div_euclid(1_000).max(0))
}

/// Splits a file name at its flags: what names the mail, and its flags.
pub(super) fn split(file_name: &str) -> (&str, Flags) {
    // `:` cannot stand in names on some file systems; mail clients there write `;` or `!`.
    let cut = [":2,", ";2,", "!2,"].iter().find_map(|mark| file_name.split_once(mark));
    match cut {
        Some((unique, info)) => (unique, flags(info)),
        None => (file_name, Flags::default()),
    }
}

fn flags(info: &str) -> Flags {
    Flags {
        seen: info.contains('S'),
        answered: info.contains('R'),
        flagged: info.contains('F'),
        draft: info.contains('D'),
        deleted: info.contains('T'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_keeps_its_name_when_its_flags_change() {
        let (unread, flags) = split("1762160000.M1P2.host,S=512:2,");
        assert_eq!((unread, flags), ("1762160000.M1P2.host,S=512", Flags::default()));
        let (read, flags) = split("1762160000.M1P2.host,S=512:2,FRSa");
        assert_eq!(read, unread);
        assert!(flags.seen && flags.answered && flags.flagged && !flags.draft && !flags.deleted);
    }

    #[test]
    fn the_same_draft_has_the_same_name_after_a_crash() {
        assert_eq!(unique_name(Moment(1_762_160_000_123), 42), "1762160000.tp42.tradepost");
    }
}
