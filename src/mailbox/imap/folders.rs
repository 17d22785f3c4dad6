//! Lines of LIST become folders.

use crate::mailbox::{Folder, FolderNames, Role, Surveyed, roles, utf7};

/// Folders of one mailbox that are looked after; more are left out, the special ones last of all.
pub(super) const FOLDERS_MAX: usize = 5_000;

/// The inbox is called so on every server, whatever the case (RFC 9051 §5.1).
pub(super) const INBOX: &str = "INBOX";

/// The folder of a line of LIST. `None` when it holds no mail, or only mail that lies elsewhere too (RFC 6154 `\All`, `\Flagged`;
/// RFC 8457 `\Important`).
pub(super) fn folder(wire_name: &str, delimiter: Option<char>, attributes: &[String], given: &FolderNames) -> Option<Folder> {
    let has = |wanted: &str| attributes.iter().any(|attribute| attribute.eq_ignore_ascii_case(wanted));
    if [r"\Noselect", r"\NonExistent", r"\All", r"\Flagged", r"\Important"].into_iter().any(has) {
        return None;
    }
    if wire_name.eq_ignore_ascii_case(INBOX) {
        return Some(Folder { wire_name: INBOX.into(), name: INBOX.into(), role: Role::Inbox });
    }
    let name = readable(wire_name, delimiter);
    let said = [(r"\Drafts", Role::Drafts), (r"\Sent", Role::Sent), (r"\Junk", Role::Junk), (r"\Trash", Role::Trash)];
    let said = said.into_iter().find(|(attribute, _)| has(attribute)).map(|(_, role)| role);
    Some(Folder { role: roles::role_said(&name, said, given), wire_name: wire_name.to_owned(), name })
}

/// The name as a person reads it, its parts separated by `/`.
pub(super) fn readable(wire_name: &str, delimiter: Option<char>) -> String {
    match delimiter.filter(|delimiter| *delimiter != '/') {
        Some(delimiter) => wire_name.split(delimiter).map(utf7::decode).collect::<Vec<_>>().join("/"),
        None => utf7::decode(wire_name),
    }
}

/// The wire name of a folder to be made: at the top, or below the inbox where all the other folders are.
pub(super) fn wire_name_of(name: &str, delimiter: Option<char>, wire_names: &[String]) -> String {
    let Some(delimiter) = delimiter else { return utf7::encode(name) };
    let mut parts: Vec<String> = name.split('/').filter(|part| !part.is_empty()).map(utf7::encode).collect();
    let below_inbox = |wire_name: &String| {
        let mut parts = wire_name.split(delimiter);
        parts.next().is_some_and(|first| first.eq_ignore_ascii_case(INBOX)) && parts.next().is_some()
    };
    let mut others = wire_names.iter().filter(|wire_name| !wire_name.eq_ignore_ascii_case(INBOX)).peekable();
    let is_prefixed = others.peek().is_some() && others.all(below_inbox);
    if is_prefixed && !parts.first().is_some_and(|first| first.eq_ignore_ascii_case(INBOX)) {
        parts.insert(0, INBOX.into());
    }
    parts.join(delimiter.encode_utf8(&mut [0; 4]))
}

/// Inbox first, then by name; when there are too many, what is the owner's own is left out first.
pub(super) fn in_order(mut folders: Vec<Surveyed>) -> Vec<Surveyed> {
    let is_inbox = |surveyed: &Surveyed| surveyed.folder.role == Role::Inbox;
    let is_special = |surveyed: &Surveyed| surveyed.folder.role != Role::Other;
    folders.sort_by(|a, b| (!is_inbox(a), &a.folder.wire_name).cmp(&(!is_inbox(b), &b.folder.wire_name)));
    folders.dedup_by(|a, b| a.folder.wire_name == b.folder.wire_name);
    if folders.len() > FOLDERS_MAX {
        // A stable sort: within its kind the order stays.
        folders.sort_by_key(|surveyed| !is_special(surveyed));
        folders.truncate(FOLDERS_MAX);
        folders.sort_by(|a, b| (!is_inbox(a), &a.folder.wire_name).cmp(&(!is_inbox(b), &b.folder.wire_name)));
    }
    folders
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(wire_name: &str, delimiter: char, attributes: &[&str]) -> Option<(String, Role)> {
        let attributes: Vec<String> = attributes.iter().map(|attribute| (*attribute).to_owned()).collect();
        folder(wire_name, Some(delimiter), &attributes, &FolderNames::default()).map(|folder| (folder.name, folder.role))
    }

    #[test]
    fn what_the_server_says_counts_before_the_name() {
        assert_eq!(of("&g0l6P3ux-", '/', &[]), Some(("草稿箱".into(), Role::Drafts)));
        assert_eq!(of("Meins", '/', &[r"\HasNoChildren", r"\drafts"]), Some(("Meins".into(), Role::Drafts)));
        assert_eq!(of("INBOX.Gesendete Objekte", '.', &[]), Some(("INBOX/Gesendete Objekte".into(), Role::Sent)));
        assert_eq!(of("Sent Messages", '/', &[]), Some(("Sent Messages".into(), Role::Sent)));
        assert_eq!(of("inbox", '/', &[r"\HasChildren"]), Some(("INBOX".into(), Role::Inbox)));
        assert_eq!(of("Deals.DE.ACME.2026.Q4", '.', &[]), Some(("Deals/DE/ACME/2026/Q4".into(), Role::Other)));
    }

    #[test]
    fn folders_that_only_show_other_folders_mail_are_left_out() {
        for attribute in [r"\All", r"\Flagged", r"\Important", r"\NoSelect", r"\nonexistent"] {
            assert_eq!(of("[Gmail]/All Mail", '/', &[attribute]), None, "{attribute}");
        }
    }

    #[test]
    fn the_configuration_wins_over_the_server() {
        let given = FolderNames { drafts: Some("Vorschläge".into()), ..FolderNames::default() };
        let role = |wire_name: &str, attributes: &[String]| folder(wire_name, Some('/'), attributes, &given).map(|folder| folder.role);
        assert_eq!(role("Vorschl&AOQ-ge", &[]), Some(Role::Drafts));
        assert_eq!(role("Drafts", &[r"\Drafts".into()]), Some(Role::Other));
        assert_eq!(role("Sent", &[r"\Sent".into()]), Some(Role::Sent));
    }

    #[test]
    fn a_new_folder_lies_where_the_others_lie() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(wire_name_of("Drafts", Some('.'), &names(&["INBOX", "INBOX.Sent"])), "INBOX.Drafts");
        assert_eq!(wire_name_of("INBOX/Drafts", Some('.'), &names(&["INBOX", "INBOX.Sent"])), "INBOX.Drafts");
        assert_eq!(wire_name_of("Drafts", Some('/'), &names(&["INBOX", "Sent"])), "Drafts");
        assert_eq!(wire_name_of("Drafts", Some('.'), &names(&["INBOX"])), "Drafts");
        assert_eq!(wire_name_of("Büro/Entwürfe", Some('.'), &names(&["INBOX", "Sent"])), "B&APw-ro.Entw&APw-rfe");
    }

    #[test]
    fn of_too_many_folders_the_special_ones_stay() {
        let surveyed = |wire_name: String, role| Surveyed { folder: Folder { name: wire_name.clone(), wire_name, role }, mark: None };
        let mut folders: Vec<Surveyed> = (0..FOLDERS_MAX).map(|at| surveyed(format!("A{at:05}"), Role::Other)).collect();
        folders.push(surveyed("Sent".into(), Role::Sent));
        folders.push(surveyed(INBOX.into(), Role::Inbox));
        let folders = in_order(folders);
        assert_eq!(folders.len(), FOLDERS_MAX);
        assert_eq!(folders[0].folder.role, Role::Inbox);
        assert_eq!(folders.last().map(|surveyed| surveyed.folder.role), Some(Role::Sent));
    }
}
