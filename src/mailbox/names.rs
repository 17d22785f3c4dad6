//! Names of files in a Maildir (D. J. Bernstein, maildir(5); flags after `:2,`).

use super::Flags;
use crate::types::Moment;

/// The unique name of a mail we put into a Maildir. It is made of what the books know, so that after a crash the same mail gets
/// the same name and cannot be put there twice.
pub fn unique_name(made_at: Moment, key: i64) -> String {
    format!("{}.tp{key}.tradepost", made_at.0.div_euclid(1_000).max(0))
}

/// Whether [`unique_name`] gives such names.
pub(super) fn is_ours(file_name: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let key = file_name.strip_suffix(".tradepost").and_then(|rest| rest.split_once(".tp"));
    key.is_some_and(|(made_at, key)| digits(made_at) && digits(key.strip_prefix('-').unwrap_or(key)))
}

/// Splits a file name at its flags: what names the mail, and its flags.
pub(super) fn split(file_name: &str) -> (&str, Flags) {
    let (unique, info) = cut(file_name);
    (unique, flags(info))
}

/// The keywords of a file name, `names` being those of the folder in the order of their letters: `a` is the first.
pub(super) fn keywords(file_name: &str, names: &[String]) -> Vec<String> {
    let (_, info) = cut(file_name);
    let letters = info.bytes().filter(u8::is_ascii_lowercase);
    letters.filter_map(|letter| names.get(usize::from(letter - b'a')).cloned()).filter(|name| !name.is_empty()).collect()
}

/// The names in a `dovecot-keywords` file: lines of a number from 0 to 25 and a name.
pub(super) fn keyword_names(file: &str) -> Vec<String> {
    let mut names = vec![String::new(); 26];
    for line in file.lines() {
        let Some((number, name)) = line.split_once(' ') else { continue };
        if let Some(place) = number.parse::<usize>().ok().and_then(|number| names.get_mut(number)) {
            name.trim().clone_into(place);
        }
    }
    names
}

fn cut(file_name: &str) -> (&str, &str) {
    // `:` cannot stand in names on some file systems; mail clients there write `;` or `!`.
    [":2,", ";2,", "!2,"].iter().find_map(|mark| file_name.split_once(mark)).unwrap_or((file_name, ""))
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
    fn keywords_are_letters_that_the_folder_names() {
        let names = keyword_names("0 tp-inquiry\n2 $Forwarded\nrubbish\n99 x\n");
        assert_eq!(keywords("1.x:2,Sac", &names), ["tp-inquiry", "$Forwarded"]);
        assert_eq!(keywords("1.x:2,Sbz", &names), Vec::<String>::new());
    }

    #[test]
    fn the_same_draft_has_the_same_name_after_a_crash() {
        assert_eq!(unique_name(Moment(1_762_160_000_123), 42), "1762160000.tp42.tradepost");
    }
}
