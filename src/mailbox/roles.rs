//! What a folder is for, told by its name in any language (`rules/folders.toml`).

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// What a folder is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    Inbox,
    Drafts,
    Sent,
    Junk,
    Trash,
    /// Templates and the outbox of a mail client: nobody's correspondence.
    Templates,
    /// A folder of the owner's own.
    Other,
}

impl Role {
    /// The name the books and `check` write.
    pub fn name(self) -> &'static str {
        match self {
            Role::Inbox => "inbox",
            Role::Drafts => "drafts",
            Role::Sent => "sent",
            Role::Junk => "junk",
            Role::Trash => "trash",
            Role::Templates => "templates",
            Role::Other => "other",
        }
    }
}

/// Folder names the configuration gives because ours do not know them; they win over the list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FolderNames {
    pub drafts: Option<String>,
    pub sent: Option<String>,
    pub junk: Option<String>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RoleNames {
    drafts: Vec<String>,
    sent: Vec<String>,
    junk: Vec<String>,
    trash: Vec<String>,
    templates: Vec<String>,
    intents: Vec<String>,
}

static KNOWN: LazyLock<HashMap<String, Role>> = LazyLock::new(|| {
    // The file is compiled in and a test reads it, so an unreadable one never leaves the house.
    let Ok(names) = toml::from_str::<RoleNames>(include_str!("../../rules/folders.toml")) else { return HashMap::new() };
    let by_role = [
        (Role::Drafts, names.drafts),
        (Role::Sent, names.sent),
        (Role::Junk, names.junk),
        (Role::Trash, names.trash),
        (Role::Templates, names.templates),
    ];
    by_role.into_iter().flat_map(|(role, names)| names.into_iter().map(move |name| (fold(&name), role))).collect()
});

/// Folders that hold one for each intent.
static OF_INTENTS: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let names = toml::from_str::<RoleNames>(include_str!("../../rules/folders.toml")).map(|names| names.intents).unwrap_or_default();
    names.iter().map(|name| fold(name)).collect()
});

/// The intent that a folder's readable name is of, as it is written there: `Intent/inquiry`, `INBOX/Anliegen/Reklamation`.
pub fn intent_folder(name: &str) -> Option<&str> {
    let parts: Vec<&str> = name.split('/').filter(|part| !part.is_empty()).collect();
    match parts.as_slice() {
        [first, parent, own] if is_container(first) && OF_INTENTS.contains(&fold(parent)) => Some(own),
        [parent, own] if OF_INTENTS.contains(&fold(parent)) => Some(own),
        _ => None,
    }
}

/// A folder's role on a server that says what its folders are for (RFC 6154): what the configuration names wins, then what the
/// server says, then the name.
pub(super) fn role_said(name: &str, said: Option<Role>, given: &FolderNames) -> Role {
    match (given_role(name, given), said) {
        (Some(role), _) => role,
        (None, Some(said)) if is_taken(said, given) => Role::Other,
        (None, Some(said)) => said,
        (None, None) => role(name, given),
    }
}

/// The role that the configuration gives a folder by its name.
fn given_role(name: &str, given: &FolderNames) -> Option<Role> {
    let folded = fold(name);
    let by_role = [(&given.drafts, Role::Drafts), (&given.sent, Role::Sent), (&given.junk, Role::Junk)];
    by_role.into_iter().find(|(wanted, _)| wanted.as_deref().is_some_and(|wanted| fold(wanted) == folded)).map(|(_, role)| role)
}

/// Whether the configuration names the folder of that role: then it is the only one, and a second "Drafts" in another language
/// stays the owner's own folder.
fn is_taken(role: Role, given: &FolderNames) -> bool {
    match role {
        Role::Drafts => given.drafts.is_some(),
        Role::Sent => given.sent.is_some(),
        Role::Junk => given.junk.is_some(),
        _ => false,
    }
}

/// A folder's role by its readable name, whose parts are separated by `/`.
pub(super) fn role(name: &str, given: &FolderNames) -> Role {
    if let Some(role) = given_role(name, given) {
        return role;
    }
    // Also the one of mass mail, which elsewhere is junk.
    if intent_folder(name).is_some() {
        return Role::Other;
    }
    let parts: Vec<&str> = name.split('/').filter(|part| !part.is_empty()).collect();
    if parts.is_empty() || fold(name) == "inbox" {
        return Role::Inbox;
    }
    let top = match parts.as_slice() {
        [first, name] if is_container(first) => name,
        [name] => name,
        _ => return parts.iter().filter_map(|part| KNOWN.get(&fold(part))).find(|role| is_aside(**role)).copied().unwrap_or(Role::Other),
    };
    KNOWN.get(&fold(top)).copied().filter(|role| !is_taken(*role, given)).unwrap_or(Role::Other)
}

/// A container that servers put in front of the special folders.
fn is_container(part: &str) -> bool {
    matches!(fold(part).as_str(), "inbox" | "[gmail]" | "[googlemail]")
}

/// Below a bin or a junk folder everything is bin or junk.
fn is_aside(role: Role) -> bool {
    matches!(role, Role::Trash | Role::Junk | Role::Templates)
}

/// Case, accents and white space do not make another folder.
fn fold(name: &str) -> String {
    name.nfkd()
        .filter(|c| !is_combining_mark(*c) && !c.is_whitespace() && !matches!(c, '\u{200c}' | '-' | '_'))
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(name: &str) -> Role {
        role(name, &FolderNames::default())
    }

    #[test]
    fn drafts_sent_and_junk_are_found_in_many_languages() {
        for (name, expected) in [
            ("", Role::Inbox),
            ("INBOX", Role::Inbox),
            ("Drafts", Role::Drafts),
            ("INBOX/Drafts", Role::Drafts),
            ("[Gmail]/Entwürfe", Role::Drafts),
            ("ENTWURFE", Role::Drafts),
            ("草稿箱", Role::Drafts),
            ("Черновики", Role::Drafts),
            ("مسودات", Role::Drafts),
            ("下書き", Role::Drafts),
            ("Gesendete Objekte", Role::Sent),
            ("已发送", Role::Sent),
            ("Отправленные", Role::Sent),
            ("Junk E-mail", Role::Junk),
            ("迷惑メール", Role::Junk),
            ("Trash/2025", Role::Trash),
            ("Customers/DE/ACME", Role::Other),
            ("Customers/Sent", Role::Other),
        ] {
            assert_eq!(plain(name), expected, "{name}");
        }
    }

    #[test]
    fn folders_of_intents_are_found_in_many_languages() {
        for (name, intent) in [
            ("Intent/inquiry", Some("inquiry")),
            ("INBOX/ANLIEGEN/Reklamation", Some("Reklamation")),
            ("意图/询盘", Some("询盘")),
            ("Intent/bulk", Some("bulk")),
            ("Intent", None),
            ("Customers/Intent/inquiry", None),
            ("Inquiries/2026", None),
        ] {
            assert_eq!((intent_folder(name), plain(name)), (intent, Role::Other), "{name}");
        }
    }

    #[test]
    fn a_name_from_the_configuration_wins_over_the_list() {
        let given = FolderNames { drafts: Some("Vorschläge".into()), ..FolderNames::default() };
        assert_eq!(role("Vorschläge", &given), Role::Drafts);
        assert_eq!(role("Drafts", &given), Role::Other);
    }

    #[test]
    fn no_name_stands_for_two_roles() {
        let names: RoleNames = toml::from_str(include_str!("../../rules/folders.toml")).expect("the file compiled in is sound");
        let by_role = [names.drafts, names.sent, names.junk, names.trash, names.templates, names.intents];
        let mut seen: HashMap<String, usize> = HashMap::new();
        for (role, names) in by_role.iter().enumerate() {
            for name in names {
                assert_eq!(*seen.entry(fold(name)).or_insert(role), role, "{name} stands for two roles");
            }
        }
    }
}
