//! A mailbox written into the configuration: a block at the end of the file, and not a byte of the rest is touched.

use crate::config::{Secret, SecretText, Security};
use crate::mailbox::providers::HostPort;
use crate::types::EmailAddress;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// The port of IMAP with TLS; it needs no saying.
const PORT_TLS: u16 = 993;

/// What the block says.
#[derive(Debug, Clone)]
pub struct Block<'a> {
    pub name: &'a str,
    pub address: &'a EmailAddress,
    pub owner: Option<&'a str>,
    pub door: DoorBlock<'a>,
}

/// Where the mailbox is.
#[derive(Debug, Clone)]
pub enum DoorBlock<'a> {
    Maildir(&'a Path),
    Imap(ImapBlock<'a>),
}

/// A mailbox on a server; what is as usual is not written.
#[derive(Debug, Clone)]
pub struct ImapBlock<'a> {
    pub server: &'a HostPort,
    pub user: Option<&'a str>,
    pub login: LoginBlock<'a>,
    pub expires: Option<jiff::civil::Date>,
    pub ca_file: Option<&'a Path>,
    pub proxy: Option<&'a str>,
    /// Written where the host does not tell it.
    pub provider: Option<&'a str>,
    /// Where its mail is handed over, with the same login; `None` when that is the house's concern.
    pub smtp: Option<&'a HostPort>,
}

/// How one logs in.
#[derive(Debug, Clone)]
pub enum LoginBlock<'a> {
    Password(&'a Secret),
    OAuth { issuer: &'a str, client_id: &'a str, tenant: Option<&'a str> },
}

impl Block<'_> {
    /// The block as TOML, with line ends like those of the file it goes to.
    pub fn text(&self, file: &str) -> String {
        let mut lines = vec!["[[mailboxes]]".to_owned(), setting("name", self.name), setting("address", self.address.as_str())];
        lines.extend(self.owner.map(|owner| setting("owner", owner)));
        lines.push(match &self.door {
            DoorBlock::Maildir(path) => setting("maildir", &path.display().to_string()),
            DoorBlock::Imap(imap) => format!("imap = {{ {} }}", imap.settings().join(", ")),
        });
        if let DoorBlock::Imap(ImapBlock { smtp: Some(smtp), .. }) = &self.door {
            lines.push(format!(
                "smtp = {{ {}, port = {}, {} }}",
                setting("host", &smtp.host),
                smtp.port,
                setting("security", smtp.security.name())
            ));
        }
        let end = if file.contains("\r\n") { "\r\n" } else { "\n" };
        // The last line may lack its end, and one empty line stands before a block.
        let before = if file.is_empty() || file.ends_with("\n\n") || file.ends_with("\n\r\n") {
            String::new()
        } else if file.ends_with('\n') {
            end.to_owned()
        } else {
            end.repeat(2)
        };
        format!("{before}{}{end}", lines.join(end))
    }
}

impl ImapBlock<'_> {
    fn settings(&self) -> Vec<String> {
        let mut settings = vec![setting("host", &self.server.host)];
        if self.server.port != PORT_TLS {
            settings.push(format!("port = {}", self.server.port));
        }
        if self.server.security != Security::Tls {
            settings.push(setting("security", self.server.security.name()));
        }
        settings.extend(self.user.map(|user| setting("user", user)));
        settings.push(match &self.login {
            LoginBlock::Password(secret) => format!("password = {}", place_of(secret)),
            LoginBlock::OAuth { issuer, client_id, tenant } => {
                let mut oauth = vec![setting("issuer", issuer), setting("client_id", client_id)];
                oauth.extend(tenant.map(|tenant| setting("tenant", tenant)));
                format!("oauth = {{ {} }}", oauth.join(", "))
            }
        });
        settings.extend(self.expires.map(|day| format!("expires = {day}")));
        settings.extend(self.ca_file.map(|file| setting("ca_file", &file.display().to_string())));
        settings.extend(self.proxy.map(|proxy| setting("proxy", proxy)));
        settings.extend(self.provider.map(|provider| setting("provider", provider)));
        settings
    }
}

fn setting(key: &str, value: &str) -> String {
    format!("{key} = {}", quoted(value))
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// Where a secret is, never the secret.
fn place_of(secret: &Secret) -> String {
    match secret {
        Secret::Env(name) => format!("{{ {} }}", setting("env", name)),
        Secret::File(path) => format!("{{ {} }}", setting("file", &path.display().to_string())),
        Secret::Command(words) => format!("{{ command = [{}] }}", words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(", ")),
        // Nobody hands us one: a password that is typed goes to a file of its own.
        Secret::Value(_) => quoted(""),
    }
}

/// Puts the password into a new file that only its owner may read. A file that is there is somebody's, and an error.
pub fn keep_secret(file: &Path, secret: &SecretText) -> io::Result<()> {
    let mut kept = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    let whole = writeln!(kept, "{}", secret.reveal()).and_then(|()| kept.sync_all());
    if whole.is_err() {
        // Half a password would be refused later, when nobody remembers why.
        let _ = std::fs::remove_file(file);
    }
    whole
}

/// Puts the block at the end of the file, which must still say what it said when it was read. Either the whole block is there
/// afterwards, or the file is as it was.
pub fn append(file: &Path, read_before: &str, block: &str) -> io::Result<()> {
    let mut config = OpenOptions::new().read(true).append(true).open(file)?;
    let mut now = String::new();
    config.read_to_string(&mut now)?;
    if now != read_before {
        return Err(io::Error::other("it was changed meanwhile"));
    }
    let whole = config.write_all(block.as_bytes()).and_then(|()| config.sync_all());
    if whole.is_err() {
        take_back(&mut config, read_before.len());
    }
    whole
}

fn take_back(config: &mut File, len: usize) {
    // The first error is told; a disk that fails twice leaves a block that `check` complains about.
    let _ = config.set_len(len as u64);
    let _ = config.seek(SeekFrom::End(0));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exmail() -> HostPort {
        HostPort { host: "imap.exmail.qq.com".to_owned(), port: 993, security: Security::Tls }
    }

    fn block(server: &HostPort, secret: &Secret, file: &str) -> String {
        let address = EmailAddress::parse("sales@bright.example").expect("good");
        let login = LoginBlock::Password(secret);
        let imap = ImapBlock { server, user: None, login, expires: None, ca_file: None, proxy: None, provider: None, smtp: None };
        Block { name: "sales", address: &address, owner: None, door: DoorBlock::Imap(imap) }.text(file)
    }

    #[test]
    fn the_server_that_takes_its_mail_stands_below() {
        let (address, secret) = (EmailAddress::parse("sales@bright.example").expect("an address"), Secret::Env("PASSWORD".to_owned()));
        let smtp = HostPort { host: "smtp.exmail.qq.com".to_owned(), port: 465, security: Security::Tls };
        let (server, login) = (exmail(), LoginBlock::Password(&secret));
        let imap =
            ImapBlock { server: &server, user: None, login, expires: None, ca_file: None, proxy: None, provider: None, smtp: Some(&smtp) };
        let text = Block { name: "sales", address: &address, owner: None, door: DoorBlock::Imap(imap) }.text("");
        assert!(text.ends_with("}\nsmtp = { host = \"smtp.exmail.qq.com\", port = 465, security = \"tls\" }\n"), "{text}");
        let _: toml::Table = text.parse().expect("TOML");
    }

    #[test]
    fn only_what_is_unusual_is_written() {
        let written = block(&exmail(), &Secret::Env("PASSWORD".to_owned()), "");
        assert_eq!(
            written,
            "[[mailboxes]]\nname = \"sales\"\naddress = \"sales@bright.example\"\nimap = { host = \"imap.exmail.qq.com\", password = { env = \"PASSWORD\" } }\n"
        );
        let own = HostPort { host: "mail.bright.example".to_owned(), port: 143, security: Security::StartTls };
        let command = Secret::Command(vec!["pass".to_owned(), "a \"b\"\\c".to_owned()]);
        let table: toml::Table = block(&own, &command, "").parse().expect("TOML");
        let imap = &table["mailboxes"][0]["imap"];
        assert_eq!(imap["security"].as_str(), Some("starttls"));
        assert_eq!(imap["port"].as_integer(), Some(143));
        assert_eq!(imap["password"]["command"][1].as_str(), Some("a \"b\"\\c"));
    }

    #[test]
    fn the_block_stands_apart_and_has_the_line_ends_of_its_file() {
        let secret = Secret::Env("P".to_owned());
        for (file, begins) in [("a = 1\n\n", "[["), ("a = 1\n", "\n[["), ("a = 1", "\n\n[["), ("a = 1\r\n", "\r\n[["), ("", "[[")] {
            let block = block(&exmail(), &secret, file);
            assert!(block.starts_with(begins), "{file:?}: {block:?}");
            assert_eq!(block.contains("\r\n"), file.contains("\r\n"));
            format!("{file}{block}").parse::<toml::Table>().expect("still TOML");
        }
    }

    #[test]
    fn a_configuration_that_changed_meanwhile_is_left_alone() {
        let home = tempfile::tempdir().expect("a folder");
        let file = home.path().join("tradepost.toml");
        std::fs::write(&file, "a = 1\n").expect("written");
        append(&file, "a = 1\n", "[b]\n").expect("appended");
        assert_eq!(std::fs::read_to_string(&file).expect("readable"), "a = 1\n[b]\n");
        assert!(append(&file, "a = 1\n", "[c]\n").is_err());
        assert_eq!(std::fs::read_to_string(&file).expect("readable"), "a = 1\n[b]\n");
    }

    #[test]
    fn a_password_file_is_its_owners_alone_and_never_written_over() {
        use std::os::unix::fs::MetadataExt;
        let home = tempfile::tempdir().expect("a folder");
        let file = home.path().join("sales.password");
        keep_secret(&file, &SecretText::new("abc".to_owned())).expect("kept");
        assert_eq!(std::fs::metadata(&file).expect("there").mode() & 0o777, 0o600);
        assert!(keep_secret(&file, &SecretText::new("other".to_owned())).is_err());
        assert_eq!(Secret::File(file).read().expect("readable").reveal(), "abc");
    }
}
