//! A configuration, from the newcomer's first file to the faults an operator makes in it.

use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use std::collections::BTreeMap;
use tempfile::TempDir;
use tradepost::cli::check::domains::Domains;
use tradepost::cli::check::{self, Beyond, FoldersFound, Looks};
use tradepost::cli::faults;
use tradepost::cli::init::{self, Written};
use tradepost::cli::table::{CheckRow, State};
use tradepost::cli::words::Words;
use tradepost::config::{
    Books, Budget, Config, Door, DraftsIn, Fault, FirstLook, Handling, Imap, Issuer, Kind, Login, Mode, Problem, ProxyKind, Secret,
    SecretError, Security, SmtpLogin,
};
use tradepost::mailbox::providers::Providers;
use tradepost::types::{EmailAddress, Intent, Language, Moment};

/// A small team that is right; the stories change it.
const TEAM: &str = r#"[team]
company = "Bright Lighting"
domains = ["Bright.example"]
[[team.members]]
name = "Li Wei"
address = "li.wei@bright.example"
aliases = ["liwei@qq.example"]
language = "zh-CN"
time_zone = "Asia/Shanghai"
[team.members.signatures]
en = { text = "Li Wei\nExport Manager", html = "<p>Li Wei</p>" }
default = "Li Wei"
"#;

const SALES: &str = r#"[[mailboxes]]
name = "sales"
address = "sales@bright.example"
maildir = "Maildir"
"#;

/// The head of a section that has a public address.
const PUBLIC: &str = "[tracking]\npublic_address = \"https://x.example\"\n";

/// Between the braces of `imap`: a server with a password, and one with tokens.
const PASSWORD: &str = "host = \"imap.x.example\", password = { env = \"X\" }";
const TOKEN: &str = "host = \"imap.x.example\", oauth = { issuer = \"microsoft\", client_id = \"c\" }";

/// A file of its own folder, private to its owner.
struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str, mode: u32) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, text).expect("the folder is ours");
        set_permissions(&path, Permissions::from_mode(mode)).expect("the file is ours");
        path
    }

    fn load(&self, text: &str) -> Result<Config, Vec<Fault>> {
        self.load_with_mode(text, 0o600)
    }

    fn load_with_mode(&self, text: &str, mode: u32) -> Result<Config, Vec<Fault>> {
        Config::load(&self.write("tradepost.toml", text, mode))
    }

    fn maildir(&self, name: &str) {
        for part in ["cur", "new", "tmp"] {
            std::fs::create_dir_all(self.path(name).join(part)).expect("the folder is ours");
        }
    }
}

fn faults_of(text: &str) -> Vec<Fault> {
    Desk::new().load(text).expect_err("the text has a fault")
}

/// The only fault of a text: where it stands and what it is.
fn the_fault(text: &str) -> (String, Option<usize>, Problem) {
    let mut faults = faults_of(text);
    assert_eq!(faults.len(), 1, "{faults:#?}");
    let fault = faults.remove(0);
    (fault.key, fault.line, fault.problem)
}

fn address(text: &str) -> EmailAddress {
    EmailAddress::parse(text).expect("an address")
}

/// The server of the first mailbox.
fn imap_of(config: &Config) -> &Imap {
    match &config.mailboxes[0].door {
        Door::Imap(imap) => imap,
        Door::Maildir(folder) => panic!("a Maildir: {}", folder.display()),
    }
}

/// The mailbox on a server, with what stands between the braces.
fn on_server(imap: &str) -> String {
    format!("{TEAM}{}", SALES.replace("maildir = \"Maildir\"", &format!("imap = {{ {imap} }}")))
}

/// Where the line is that contains a text, counted from 1.
fn line_of(text: &str, part: &str) -> Option<usize> {
    Some(text.lines().position(|line| line.contains(part)).expect("the line is in the text") + 1)
}

#[test]
fn a_small_file_is_filled_up_with_careful_defaults() {
    let desk = Desk::new();
    let config = desk.load(&format!("{TEAM}{SALES}")).expect("nothing is wrong");
    let sales = config.mailbox("sales").expect("the mailbox");
    assert_eq!((sales.mode, sales.first_look), (Mode::Observe, FirstLook::History));
    assert_eq!(sales.owner, Some(address("li.wei@bright.example")), "the only member owns it");
    assert_eq!((sales.send_as.name.as_str(), sales.send_as.address.as_str()), ("Li Wei", "sales@bright.example"));
    assert_eq!(sales.maildir(), Some(desk.path("Maildir").as_path()));
    assert!(matches!(&config.storage.books, Books::Sqlite { file } if *file == desk.path("books.sqlite")));
    assert!(config.sending.is_none());

    let handling = |intent| config.policies.handling(intent);
    assert_eq!((handling(Intent::Inquiry), handling(Intent::Payment)), (Handling::Draft, Handling::Tell));
    assert_eq!((handling(Intent::Solicitation), handling(Intent::Bounce)), (Handling::File, Handling::File));
    assert!(Intent::ALL.into_iter().all(|intent| handling(intent) != Handling::Answer), "nothing is sent unless switched on");
}

#[test]
fn our_own_people_are_known_by_alias_domain_and_mailbox() {
    let text = format!("{TEAM}{SALES}send_as = \"export@other.example\"\n");
    let config = Desk::new().load(&text).expect("nothing is wrong");
    for ours in ["LiWei+x@qq.example", "anyone@bright.example", "x@mail.bright.example", "export@other.example"] {
        assert!(config.is_ours(&address(ours)), "{ours}");
    }
    for theirs in ["bob@qq.example", "bob@notbright.example", "bob@bright.example.com"] {
        assert!(!config.is_ours(&address(theirs)), "{theirs}");
    }
}

#[test]
fn a_letter_is_signed_in_its_language_or_by_the_default() {
    let config = Desk::new().load(&format!("{TEAM}{SALES}")).expect("nothing is wrong");
    let li = config.team.member(&address("liwei@qq.example")).expect("the alias is hers");
    assert_eq!(li.language, Language::CHINESE_SIMPLIFIED);
    let signed = |code| li.signatures.of(Language::parse(code).expect("a language"), &li.name);
    assert_eq!(signed("en").html.as_deref(), Some("<p>Li Wei</p>"));
    assert_eq!((signed("es").text.as_str(), signed("es").html), ("Li Wei", None));
}

#[test]
fn an_owner_may_be_written_by_alias_and_a_mailbox_may_say_its_own_mode() {
    let text = format!(
        "{TEAM}{SALES}owner = \"liwei@qq.example\"\nmode = \"draft\"\nfirst_look = \"handle\"\n\
         send_as = {{ name = \"Bright Sales\" }}\nfolders = {{ drafts = \"草稿箱\" }}\n[policies.intents]\norder = \"tell\"\n"
    );
    let config = Desk::new().load(&text).expect("nothing is wrong");
    let sales = config.mailbox("sales").expect("the mailbox");
    assert_eq!(sales.owner, Some(address("li.wei@bright.example")));
    assert_eq!((sales.mode, sales.first_look), (Mode::Draft, FirstLook::Handle));
    assert_eq!((sales.send_as.name.as_str(), sales.folders.drafts.as_deref()), ("Bright Sales", Some("草稿箱")));
    assert_eq!(config.policies.handling(Intent::Order), Handling::Tell);
}

#[test]
fn a_misspelt_key_is_refused_with_the_one_that_was_meant() {
    let text = format!("{TEAM}{SALES}frist_look = \"handle\"\n");
    let (key, line, problem) = the_fault(&text);
    assert_eq!((key.as_str(), line), ("mailboxes[1].frist_look", line_of(&text, "frist_look")));
    assert!(matches!(problem, Problem::UnknownKey { meant: Some("first_look"), .. }), "{problem:?}");

    let (key, _, problem) = the_fault(&format!("{TEAM}{SALES}[colours]\nred = 1\n"));
    assert!(
        key == "colours" && matches!(&problem, Problem::UnknownKey { meant: None, known } if known.contains(&"storage")),
        "{problem:?}"
    );
}

#[test]
fn everything_wrong_is_said_at_once_each_with_its_line() {
    let text = format!(
        "{}\n{SALES}[[mailboxes]]\nname = \"sales\"\naddress = \"not an address\"\nmaildir = 7\nmode = \"drafts\"\n[storage]\nbooks = true\n",
        TEAM.replace("Asia/Shanghai", "Shanghai")
    );
    let found: Vec<(String, Option<usize>)> = faults_of(&text).into_iter().map(|fault| (fault.key, fault.line)).collect();
    let second = line_of(&text, "not an address").expect("a line");
    let expected = [
        ("team.members[1].time_zone".to_owned(), line_of(&text, "time_zone")),
        ("mailboxes[2].name".to_owned(), Some(second - 1)),
        ("mailboxes[2].address".to_owned(), Some(second)),
        ("mailboxes[2].maildir".to_owned(), Some(second + 1)),
        ("mailboxes[2].mode".to_owned(), Some(second + 2)),
        ("storage.books".to_owned(), line_of(&text, "books = true")),
    ];
    assert_eq!(found, expected);
}

#[test]
fn each_fault_says_what_it_is() {
    let team = |from: &str, to: &str| format!("{}{SALES}", TEAM.replace(from, to));
    let more = |text: &str| format!("{TEAM}{SALES}{text}\n");
    let text = |text: &str| text.to_owned();
    let members = || vec![text("li.wei@bright.example")];
    let dkim = |domain: &str, selector: &str| {
        let inside = format!("{{ domain = \"{domain}\", selector = \"{selector}\", key = \"dkim.pem\" }}");
        more(&format!("[sending]\nhost = \"smtp.x.example\"\ndkim = {inside}"))
    };
    let stories = [
        (team("Asia/Shanghai", "Shanghai"), Problem::NotATimeZone { text: text("Shanghai"), meant: Some(text("Asia/Shanghai")) }),
        (team("zh-CN", "klingon"), Problem::NotALanguage { text: text("klingon") }),
        (team("en = {", "xx = {"), Problem::NotALanguage { text: text("xx") }),
        (team("default = \"Li Wei\"", "default = 5"), Problem::WrongKind { found: Kind::Number, wanted: Kind::Signature }),
        (team("[\"Bright.example\"]", "[\"li@bright.example\"]"), Problem::NotADomain { text: text("li@bright.example") }),
        (team("[team]\n", "[team]\ncountry = \"UK\"\n"), Problem::NotACountry { text: text("UK") }),
        (team("company = \"Bright Lighting\"\n", ""), Problem::Missing { example: "company = \"Bright Lighting Co., Ltd.\"" }),
        (team("\"Bright Lighting\"", "\" \""), Problem::Empty),
        (team("\"Bright Lighting\"", r#""Bright\nBcc: x@y""#), Problem::NotOneLine),
        (team("liwei@qq.example", "LI.WEI@bright.example"), Problem::Duplicate { text: text("LI.WEI@bright.example"), first_line: 6 }),
        (more("owner = \"bob@bright.example\""), Problem::NotAMember { text: text("bob@bright.example"), members: members() }),
        (more("imap = { host = \"imap.x.example\", password = { env = \"X\" } }"), Problem::OneDoor),
        (more("").replace("maildir = \"Maildir\"\n", ""), Problem::OneDoor),
        (on_server("host = \"imap.x.example\""), Problem::OneLogin),
        (on_server(&format!("{PASSWORD}, oauth = {{ issuer = \"google\", client_id = \"c\" }}")), Problem::OneLogin),
        (on_server(&format!("{PASSWORD}, security = \"none\"")), Problem::PlainOnlyLocal),
        (on_server(&format!("{PASSWORD}, expires = \"2027-03-01\"")), Problem::WrongKind { found: Kind::Text, wanted: Kind::Date }),
        (on_server(&format!("{PASSWORD}, expires = 2027-03-01T08:00:00Z")), Problem::WrongKind { found: Kind::Else, wanted: Kind::Date }),
        (on_server(&format!("{TOKEN}, expires = 2027-03-01")), Problem::Needs { other: "password" }),
        (
            on_server("host = \"imap.x.example\", password = { env = \"X\", expires = \"2027-03-01\" }"),
            Problem::WrongKind { found: Kind::Text, wanted: Kind::Date },
        ),
        (on_server("host = \"imap.x.example\", password = { expires = 2027-03-01 }"), Problem::OneSecret),
        (on_server(&format!("{PASSWORD}, proxy = \"proxy:1080\"")), Problem::NotAProxy { text: text("proxy:1080") }),
        (on_server(&format!("{PASSWORD}, proxy = \"socks4://li:geheim@p:1\"")), Problem::NotAProxy { text: text("socks4://…@p:1") }),
        (on_server(&format!("{PASSWORD}, proxy = \"http://li:geheim@p:1\"")), Problem::PasswordInProxy),
        (
            on_server(&format!("{PASSWORD}, proxy = {{ url = \"http://p:1\", password = {{ env = \"X\" }} }}")),
            Problem::Needs { other: "url = \"…://user@…\"" },
        ),
        (
            on_server(&TOKEN.replace("\"microsoft\"", "\"micosoft\"")),
            Problem::NotOneOf { text: text("micosoft"), meant: Some("microsoft"), allowed: vec!["google", "microsoft"] },
        ),
        (
            on_server(&TOKEN.replace("\"microsoft\"", "\"google\", tenant = \"x.example\"")),
            Problem::Needs { other: "issuer = \"microsoft\"" },
        ),
        (
            on_server(
                &TOKEN.replace(
                    "\"microsoft\"",
                    "{ device_url = \"https://x.example/d\", token_url = \"http://x.example/t\", scope = \"s\" }",
                ),
            ),
            Problem::NotAWebAddress { text: text("http://x.example/t") },
        ),
        (more("drafts = \"shard\""), Problem::NotOneOf { text: text("shard"), meant: Some("shared"), allowed: vec!["owner", "shared"] }),
        (more("private = { domains = [\"bank\"] }"), Problem::NotADomain { text: text("bank") }),
        (
            team("[team]\n", "[team]\nadmin = \"bob@bright.example\"\n"),
            Problem::NotAMember { text: text("bob@bright.example"), members: members() },
        ),
        (format!("{TEAM}{}", SALES.replace("\"sales\"", "\"our sales\"")), Problem::NotAName { text: text("our sales") }),
        (format!("{TEAM}{}", SALES.replace("\"Maildir\"", "\"~/Maildir\"")), Problem::HomePath { text: text("~/Maildir") }),
        (more("[policies.intents]\nbounce = \"draft\""), Problem::NeverAnswered { text: text("draft") }),
        (more("[privacy]\nretention_days = 3"), Problem::OutOfRange { found: text("3"), least: 30, most: 36_500 }),
        (more("[tracking]\nopens = true"), Problem::Needs { other: "tracking.public_address" }),
        (more("[tracking]\npublic_address = \"http://x.example\""), Problem::NotAWebAddress { text: text("http://x.example") }),
        (more("[tracking]\npublic_address = \"https://localhost/t\""), Problem::NotPublic { text: text("https://localhost/t") }),
        (more("[tracking]\npublic_address = \"https://[::1]:8025\""), Problem::NotPublic { text: text("https://[::1]:8025") }),
        (more("[tracking]\npublic_address = \"https://127.7.0.1\""), Problem::NotPublic { text: text("https://127.7.0.1") }),
        (more("[tracking]\nlisten = \"127.0.0.1:8025\""), Problem::Needs { other: "tracking.public_address" }),
        (more("[tracking]\nproxies = []"), Problem::Needs { other: "tracking.public_address" }),
        (more(&format!("{PUBLIC}listen = \"8025\"")), Problem::NotAListener { text: text("8025") }),
        (more(&format!("{PUBLIC}listen = \"127.0.0.1:0\"")), Problem::NotAListener { text: text("127.0.0.1:0") }),
        (more(&format!("{PUBLIC}proxies = [\"10.0.0.1/8\"]")), Problem::NotANetwork { text: text("10.0.0.1/8") }),
        (more("[tracking]\nown_networks = []"), Problem::Needs { other: "tracking.public_address" }),
        (more(&format!("{PUBLIC}own_networks = [\"203.0.113.7/24\"]")), Problem::NotANetwork { text: text("203.0.113.7/24") }),
        (more(&format!("{PUBLIC}own_networks = [\"203.0.0.0/8\"]")), Problem::WideNetwork { text: text("203.0.0.0/8") }),
        (more(&format!("{PUBLIC}proxies = [{}]", vec!["\"10.0.0.1\""; 51].join(", "))), Problem::TooMany { found: 51, most: 50 }),
        (more("[tracking]\nmetrics = \"0.0.0.0:9025\""), Problem::NotThisMachine { text: text("0.0.0.0:9025") }),
        (more("[tracking]\nmetrics = \"192.0.2.1:9025\""), Problem::NotThisMachine { text: text("192.0.2.1:9025") }),
        (more(&format!("{PUBLIC}metrics = \"127.0.0.1:8025\"")), Problem::SameListener { other: "tracking.listen" }),
        (
            more("[tracking]\nmetric = \"127.0.0.1:9025\""),
            Problem::UnknownKey {
                meant: Some("metrics"),
                known: vec!["public_address", "listen", "proxies", "own_networks", "metrics", "opens", "clicks"],
            },
        ),
        (format!("{TEAM}{}", SALES.replace("[[mailboxes]]", "[mailboxes]")), Problem::SingleBrackets { section: text("mailboxes") }),
        (more("[sending]\nhost = \"smtp://x\""), Problem::NotAHost { text: text("smtp://x") }),
        (more("[sending]\nhost = \"smtp.x.example\"\nsecurity = \"none\""), Problem::PlainOnlyLocal),
        (more("[sending]\nhost = \"smtp.x.example\"\nuser = \"li\""), Problem::Needs { other: "sending.password" }),
        (dkim("bright", "tp"), Problem::NotADomain { text: text("bright") }),
        (dkim("bright.example", "our key"), Problem::NotAName { text: text("our key") }),
        (dkim("bright.example", "tp._domainkey..x"), Problem::NotAName { text: text("tp._domainkey..x") }),
        (
            more("[sending]\nhost = \"smtp.x.example\"\nbudget = { people_reserve = 101 }"),
            Problem::OutOfRange { found: text("101"), least: 0, most: 100 },
        ),
        (
            more("[sending]\nhost = \"smtp.x.example\"\nbudget = { per_day = 0 }"),
            Problem::OutOfRange { found: text("0"), least: 1, most: 100_000_000 },
        ),
        (more("[storage]\nbooks = \"postgres://li:geheim@db/trade\""), Problem::PasswordInAddress),
        (
            more("[storage]\nbooks = \"mysql://li:geheim@db/trade?password=geheim\""),
            Problem::NotAPostgresAddress { text: text("mysql://li@db/trade") },
        ),
        (more("[storage]\npostgres_password = { env = \"X\" }"), Problem::Needs { other: "storage.books = \"postgres://…\"" }),
        (more("[storage]\nlease_seconds = 60"), Problem::Needs { other: "storage.books = \"postgres://…\"" }),
        (
            more("[storage]\nbooks = \"postgres://li@db/trade\"\nlease_seconds = 1"),
            Problem::OutOfRange { found: "1".to_owned(), least: 5, most: 3_600 },
        ),
        (more("[storage]\nbooks = \"postgres://li@db/trade\"\npostgres_password = { env = \"X\", file = \"y\" }"), Problem::OneSecret),
    ];
    for (text, expected) in stories {
        let (_, line, problem) = the_fault(&text);
        assert_eq!(problem, expected, "\n{text}");
        assert!(line.is_some(), "{problem:?} has no line");
    }
}

#[test]
fn a_mailbox_signs_and_spends_as_its_own_server_or_the_common_one_says() {
    let common = "[sending]\nhost = \"smtp.x.example\"\n[sending.dkim]\ndomain = \"Bücher.example\"\nselector = \"TP.2026\"\n\
                  key = \"dkim.pem\"\n[sending.budget]\nper_day = 90\nramp = false\n";
    let own = SALES.replace("sales", "chen").replace("\"Maildir\"", "\"chen\"")
        + "smtp = { host = \"smtp.y.example\", budget = { per_hour = 5, per_domain_per_hour = 2, people_reserve = 0 } }\n";
    let desk = Desk::new();
    let config = desk.load(&format!("{TEAM}{SALES}{own}{common}")).expect("nothing is wrong");
    let of = |name: &str| config.mailbox(name).and_then(|mailbox| mailbox.sending.clone()).expect("a server");
    let dkim = of("sales").dkim.expect("a key");
    assert_eq!((dkim.domain.as_str(), dkim.selector.as_str()), ("xn--bcher-kva.example", "tp.2026"), "as they stand in a signature");
    assert_eq!((dkim.key.clone(), dkim.record_name().as_str()), (desk.path("dkim.pem"), "tp.2026._domainkey.xn--bcher-kva.example"));
    assert_eq!(of("sales").budget, Budget { per_day: Some(90), ramp: false, ..Budget::default() });
    assert!(of("chen").dkim.is_none(), "its own server signs, or nobody");
    let budget = Budget { per_hour: Some(5), per_domain_per_hour: Some(2), people_reserve: 0, ..Budget::default() };
    assert_eq!((of("chen").budget, budget.ramp), (budget, true));
}

const ANA: &str = "[[team.members]]\nname = \"Ana\"\naddress = \"ana@bright.example\"\nlanguage = \"es\"\ntime_zone = \"Europe/Madrid\"\n";

#[test]
fn among_several_members_a_mailbox_is_its_members_or_nobodys() {
    let of = |address: &str, more: &str| {
        let text = format!("{TEAM}{ANA}{}{more}", SALES.replace("sales@bright.example", address));
        let config = Desk::new().load(&text).expect("nothing is wrong");
        let mailbox = &config.mailboxes[0];
        (mailbox.owner.as_ref().map(ToString::to_string), mailbox.send_as.name.clone())
    };
    let owned = |address: &str, name: &str| (Some(address.to_owned()), name.to_owned());
    let nobodys = (None, "Bright Lighting".to_owned());
    assert_eq!(of("sales@bright.example", ""), nobodys, "signed by the company");
    assert_eq!(of("ana@bright.example", ""), owned("ana@bright.example", "Ana"));
    assert_eq!(of("LiWei@qq.example", ""), owned("li.wei@bright.example", "Li Wei"), "an alias is hers too");
    assert_eq!(of("sales@bright.example", "owner = \"ana@bright.example\"\n"), owned("ana@bright.example", "Ana"));
    assert_eq!(of("anna@bright.example", "owner = \"nobody\"\n"), nobodys, "one letter more, and meant so");
}

#[test]
fn a_members_address_with_a_slip_is_not_taken_for_a_shared_mailbox() {
    let text = format!("{TEAM}{ANA}{}", SALES.replace("sales@", "li.wie@"));
    let (key, line, problem) = the_fault(&text);
    let expected = Problem::WhichOwner { text: "li.wie@bright.example".to_owned(), meant: "li.wei@bright.example".to_owned() };
    assert_eq!((key.as_str(), line, problem), ("mailboxes[1].owner", line_of(&text, "[[mailboxes]]"), expected));
}

#[test]
fn a_mailbox_on_a_server_is_filled_up_with_what_servers_expect() {
    let imap = |between: &str| imap_of(&Desk::new().load(&on_server(between)).expect("nothing is wrong")).clone();
    let plain = imap(PASSWORD);
    assert_eq!((plain.port, plain.security, plain.user.as_str()), (993, Security::Tls, "sales@bright.example"));
    let starts = imap(&format!("{PASSWORD}, port = 143, user = \"li\", ca_file = \"ca.pem\""));
    assert_eq!((starts.security, starts.user.as_str()), (Security::StartTls, "li"));
    assert!(starts.ca_file.is_some_and(|file| file.is_absolute()));
    let clear = imap("host = \"localhost\", security = \"none\", password = \"x\"");
    assert_eq!((clear.port, clear.security), (143, Security::None));

    let proxy = |written: &str| imap(&format!("{PASSWORD}, proxy = {written}")).proxy.expect("a proxy");
    let socks = proxy("{ url = \"socks5h://li@proxy.x.example:1080\", password = \"geheim-4711\" }");
    assert_eq!((socks.kind, socks.host.as_str(), socks.port), (ProxyKind::Socks5, "proxy.x.example", 1080));
    assert!(socks.user.as_deref() == Some("li") && socks.password.is_some() && !format!("{socks:?}").contains("geheim"));
    let http = proxy("\"http://[::1]:8080/\"");
    assert_eq!((http.kind, http.host.as_str(), http.port, http.user), (ProxyKind::Http, "::1", 8080, None));

    let tenant = imap(&TOKEN.replace("\"microsoft\"", "\"microsoft\", tenant = \"bright.example\""));
    assert!(matches!(tenant.login, Login::OAuth(oauth) if oauth.issuer == Issuer::Microsoft { tenant: "bright.example".to_owned() }));
    let own = "{ device_url = \"https://x.example/d\", token_url = \"http://127.0.0.1:8080/t\", scope = \"imap\" }";
    let own = imap(&TOKEN.replace("\"microsoft\"", own));
    assert!(matches!(own.login, Login::OAuth(oauth) if matches!(&oauth.issuer, Issuer::Other { scope, .. } if scope == "imap")));
}

#[test]
fn a_section_of_its_own_is_the_same_as_braces() {
    let text = format!("{TEAM}{}[mailboxes.imap]\nhost = \"imap.x.example\"\nport = 0\n", SALES.replace("maildir = \"Maildir\"\n", ""));
    let found: Vec<(String, Option<usize>)> = faults_of(&text).into_iter().map(|fault| (fault.key, fault.line)).collect();
    let section = line_of(&text, "[mailboxes.imap]");
    let expected = [("mailboxes[1].imap.password".to_owned(), section), ("mailboxes[1].imap.port".to_owned(), line_of(&text, "port = 0"))];
    assert_eq!(found, expected);
}

#[test]
fn two_mailboxes_are_not_the_same_user_of_the_same_server() {
    let second = SALES.replace("\"sales\"", "\"again\"").replace("sales@", "info@");
    let second =
        second.replace("maildir = \"Maildir\"", "imap = { host = \"IMAP.x.example\", user = \"Sales@bright.example\", password = \"x\" }");
    let text = format!("{}{second}", on_server(PASSWORD));
    let (key, _, problem) = the_fault(&text);
    let first_line = line_of(&text, "imap = ").expect("a line");
    let shown = "Sales@bright.example @ IMAP.x.example".to_owned();
    assert_eq!((key.as_str(), problem), ("mailboxes[2].imap", Problem::Duplicate { text: shown, first_line }));
    let other = text.replace("Sales@bright.example", "info@bright.example");
    assert_eq!(Desk::new().load(&other).expect("two users").mailboxes.len(), 2);
}

#[test]
fn the_admin_is_the_first_member_unless_another_is_named() {
    let admin = |line: &str| {
        let text = format!("{}{ANA}{SALES}", TEAM.replace("[team]\n", &format!("[team]\n{line}")));
        Desk::new().load(&text).expect("nothing is wrong").team.admin.map(|address| address.to_string())
    };
    assert_eq!(admin("").as_deref(), Some("li.wei@bright.example"));
    assert_eq!(admin("admin = \"ANA@bright.example\"\n").as_deref(), Some("ana@bright.example"));
}

#[test]
fn an_owner_is_not_blamed_for_the_fault_of_a_member() {
    let text = format!("{}{SALES}owner = \"li.wei@bright.example\"\n", TEAM.replace("\"li.wei@bright.example\"", "\"li.wei\""));
    assert_eq!(the_fault(&text).0, "team.members[1].address");
}

#[test]
fn answering_by_itself_needs_a_full_mailbox_and_a_server() {
    let answer = "[policies.intents]\ninquiry = \"answer\"\n";
    let problems = |text: &str| faults_of(text).into_iter().map(|fault| fault.problem).collect::<Vec<_>>();
    assert_eq!(problems(&format!("{TEAM}{SALES}{answer}")), [Problem::AnswerNeedsFull, Problem::AnswerNeedsSending]);
    assert_eq!(problems(&format!("{TEAM}{SALES}mode = \"full\"\n{answer}")), [Problem::AnswerNeedsSending]);
    let text = format!("{TEAM}{SALES}mode = \"full\"\n{answer}[sending]\nhost = \"localhost\"\nsecurity = \"none\"\n");
    let config = Desk::new().load(&text).expect("now it can answer");
    let sending = config.sending.expect("a server");
    assert_eq!((sending.security, sending.port), (Security::None, 25));
}

#[test]
fn the_listeners_are_where_the_file_says_and_else_nowhere_but_for_the_public_one() {
    let tracking = |lines: &str| Desk::new().load(&format!("{TEAM}{SALES}{lines}")).expect("nothing is wrong").tracking;
    let nothing = tracking("");
    assert_eq!((nothing.public_address, nothing.listen, nothing.metrics), (None, None, None), "no address of ours leaves the house");
    let public = tracking("[tracking]\npublic_address = \"https://mail.x.example/t/\"\n");
    assert_eq!(public.public_address.as_deref(), Some("https://mail.x.example/t"));
    assert_eq!((public.listen.map(|at| at.to_string()).as_deref(), public.metrics), (Some("127.0.0.1:8025"), None));
    let believed = |tracking: &tradepost::config::Tracking, address: &str| {
        tracking.proxies.iter().any(|proxy| proxy.holds(address.parse().expect("an address")))
    };
    assert!(believed(&public, "127.0.0.1") && believed(&public, "::1") && !believed(&public, "10.0.0.7"));
    let all = format!("{PUBLIC}listen = \"[::]:80\"\nproxies = [\"10.0.0.0/24\"]\nmetrics = \"[::1]:9025\"\nopens = true\nclicks = true\n");
    let all = tracking(&all);
    assert_eq!(all.listen.zip(all.metrics).map(|(one, other)| format!("{one} {other}")).as_deref(), Some("[::]:80 [::1]:9025"));
    assert!(all.opens && all.clicks && believed(&all, "10.0.0.7") && !believed(&all, "127.0.0.1"));
}

#[test]
fn a_file_that_is_no_toml_names_the_line() {
    let text = format!("{TEAM}[[mailboxes]]\nname = sales\n");
    let faults = faults_of(&text);
    assert!(faults.iter().all(|fault| matches!(fault.problem, Problem::Syntax { .. })), "{faults:?}");
    assert_eq!(faults[0].line, line_of(&text, "name = sales"));
}

#[test]
fn a_file_cut_anywhere_has_faults_or_is_right_and_is_never_a_panic() {
    let desk = Desk::new();
    init::write(desk.folder.path(), &Words::of(Language::CHINESE_SIMPLIFIED), None).expect("the folder is ours");
    let file = desk.path("tradepost.toml");
    let text = std::fs::read_to_string(&file).expect("it was written");
    let cuts: Vec<usize> = text.char_indices().map(|(at, _)| at).step_by(5).collect();
    let unlike = |faults: &[Fault]| faults.iter().any(|fault| fault.line.is_some_and(|line| line > text.lines().count() + 1));
    for cut in cuts {
        let (head, tail) = text.split_at(cut);
        for half in [head, tail] {
            if let Err(faults) = Config::of_text(half, &file) {
                assert!(!faults.is_empty() && !unlike(&faults), "cut at byte {cut}: {faults:?}");
            }
        }
    }
}

#[test]
fn a_file_from_windows_is_read_and_its_lines_are_right() {
    let text = format!("\u{feff}{TEAM}{SALES}colour = \"red\"\n").replace('\n', "\r\n");
    let (key, line, _) = the_fault(&text);
    assert_eq!((key.as_str(), line), ("mailboxes[1].colour", line_of(&text, "colour")));
}

#[test]
fn no_file_a_folder_and_bytes_are_three_different_faults() {
    let desk = Desk::new();
    let problem = |path: &Path| Config::load(path).expect_err("no configuration").remove(0).problem;
    assert_eq!(problem(&desk.path("nowhere.toml")), Problem::NoFile);
    assert!(matches!(problem(desk.folder.path()), Problem::Unreadable { .. }));
    std::fs::write(desk.path("gbk.toml"), b"[team]\ncompany = \"\xc4\xfe\xb2\xa8\"\n").expect("the folder is ours");
    assert_eq!(problem(&desk.path("gbk.toml")), Problem::NotUtf8);
}

#[test]
fn a_password_others_may_read_and_a_command_others_may_write_are_refused() {
    let desk = Desk::new();
    let sending = |password: &str| format!("{TEAM}{SALES}[sending]\nhost = \"smtp.x.example\"\nuser = \"li\"\npassword = {password}\n");
    let (value, command) = (sending("\"geheim-4711\""), sending("{ command = [\"pass\", \"show\", \"smtp\"] }"));
    let refused = |text: &str, mode| desk.load_with_mode(text, mode).err().map(|faults| faults[0].problem.clone());

    assert_eq!(refused(&value, 0o640), Some(Problem::ReadableByOthers { mode: 0o640 }));
    assert_eq!(refused(&value, 0o600), None);
    assert_eq!(refused(&command, 0o664), Some(Problem::WritableByOthers { mode: 0o664 }));
    assert_eq!(refused(&command, 0o644), None);
    assert_eq!(refused(&format!("{TEAM}{SALES}"), 0o666), None, "nothing secret, nothing run");

    // Only the superuser can give a file away, so only there the story goes on.
    let file = desk.write("tradepost.toml", &command, 0o600);
    if std::os::unix::fs::chown(&file, Some(4711), None).is_ok() {
        let faults = Config::load(&file).expect_err("somebody else may change what we run");
        assert_eq!(faults[0].problem, Problem::OwnedByAnother { owner: 4711 });
    }
}

#[test]
fn a_password_is_never_printed() {
    let text = format!("{TEAM}{SALES}[sending]\nhost = \"smtp.x.example\"\nuser = \"li\"\npassword = \"geheim-4711\"\n");
    let desk = Desk::new();
    let config = desk.load(&text).expect("nothing is wrong");
    assert!(!format!("{config:?} {config:#?}").contains("geheim"));
    let Some(SmtpLogin::Password { password, .. }) = config.sending.map(|sending| sending.login) else { panic!("a password") };
    let read = password.read().expect("it is written there");
    assert_eq!(read.reveal(), "geheim-4711");
    assert!(!format!("{read} {read:?}").contains("geheim"));
    // Nor when the line it stands on is wrong in another way.
    let wrong = faults_of(&text.replace("user = \"li\"\n", "").replace("\"smtp.x.example\"", "7"));
    assert!(!format!("{wrong:?}").contains("geheim"), "{wrong:?}");
}

#[test]
fn a_password_comes_from_the_environment_a_file_or_a_command() {
    let desk = Desk::new();
    let file = desk.write("smtp.secret", "from-the-file\nsecond line\n", 0o600);
    let env = |name: &str| (name == "SMTP_PASSWORD").then(|| "from-the-environment".into());
    let read = |secret: Secret| secret.read_with(env, Duration::from_secs(5)).map(|text| text.reveal().to_owned());
    let command = |words: &[&str]| Secret::Command(words.iter().map(|word| (*word).to_owned()).collect());

    assert_eq!(read(Secret::Env("SMTP_PASSWORD".into())).expect("it is set"), "from-the-environment");
    assert_eq!(read(Secret::File(file)).expect("it is there"), "from-the-file");
    // No shell: what looks like one is a plain argument.
    assert_eq!(read(command(&["printf", "%s\\nmore", "$HOME; true"])).expect("it prints"), "$HOME; true");

    assert!(matches!(read(Secret::Env("OTHER".into())), Err(SecretError::NoVariable(name)) if name == "OTHER"));
    assert!(matches!(read(Secret::File(desk.path("none"))), Err(SecretError::NoFile { .. })));
    assert!(matches!(read(command(&["/no/such/program"])), Err(SecretError::NoCommand { .. })));
    assert!(matches!(read(command(&["false"])), Err(SecretError::Failed { .. })));
    assert!(matches!(read(command(&["true"])), Err(SecretError::Empty)));
    // One that never stops printing is cut, and says no first line of a sane length.
    assert!(!matches!(read(command(&["yes"])), Err(SecretError::TooSlow { .. })), "it is cut, not waited for");
}

#[test]
fn a_command_that_hangs_is_ended_with_all_it_started() {
    let desk = Desk::new();
    let mark = desk.path("still-running");
    let script = format!("(sleep 1; touch {}) & sleep 60", mark.display());
    let secret = Secret::Command(["sh", "-c", &script].map(str::to_owned).to_vec());
    let before = Instant::now();
    let error = secret.read_with(|_| None, Duration::from_millis(300)).expect_err("it hangs");
    assert!(matches!(error, SecretError::TooSlow { .. }), "{error}");
    assert!(before.elapsed() < Duration::from_secs(10), "we did not wait for it");
    // Its child would leave a mark after a second.
    std::thread::sleep(Duration::from_millis(1500));
    assert!(!mark.exists(), "what it started went on");
}

// What the operator sees.

fn look(desk: &Desk, words: &Words, found: &FoldersFound) -> Vec<CheckRow> {
    let beyond = |_: &_| {
        let (servers, in_books) = (BTreeMap::new(), BTreeMap::new());
        Ok(Beyond {
            now: Moment(1_795_000_000_000),
            providers: Arc::new(Providers::built_in()),
            servers,
            departures: BTreeMap::new(),
            in_books,
            domains: Domains::default(),
        })
    };
    let looks = Looks { folders: &|_| Ok(found.clone()), beyond: &beyond, more: &|_, _| Vec::new() };
    let config = Config::load(&desk.path("tradepost.toml")).expect("nothing is wrong in the file");
    let rows = check::rows(&config, words, &looks).expect("nothing beyond is asked");
    let all: String = rows.iter().map(|row| format!("{}\n{}\n{}\n", row.area, row.what, row.advice)).collect();
    let place = regex::Regex::new(r"\{[a-z_]+\}").expect("a fixed pattern");
    assert!(!place.is_match(&all), "a place of a sentence was not filled in: {all}");
    rows
}

fn states(rows: &[CheckRow], state: State) -> Vec<&CheckRow> {
    rows.iter().filter(|row| row.state == state).collect()
}

#[test]
fn init_then_check_leaves_only_the_mailbox_to_be_made() {
    for language in Words::languages() {
        let (desk, words) = (Desk::new(), Words::of(language));
        let new = init::write(desk.folder.path(), &words, Some("Asia/Shanghai")).expect("the folder is ours");
        let Written::New(file) = new else { panic!("nothing was there: {new:?}") };
        let mode = std::fs::metadata(&file).expect("it was written").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(desk.folder.path()).expect("the folder").count(), 1, "nothing else is made");

        let config = Config::load(&file).expect("a new file has no fault");
        assert_eq!(config.mailboxes[0].maildir(), Some(desk.path("Maildir").as_path()));
        assert_eq!(config.team.members[0].language, language);

        let everything =
            FoldersFound { drafts: Some("草稿箱".into()), sent: Some("Sent".into()), junk: Some("Junk".into()), unmatched: Vec::new() };
        let rows = look(&desk, &words, &everything);
        let standing = states(&rows, State::Fault);
        assert!(standing.len() == 1 && standing[0].advice.contains("mkdir -p"), "{standing:#?}");

        desk.maildir("Maildir");
        let rows = look(&desk, &words, &everything);
        assert_eq!(states(&rows, State::Fault), Vec::<&CheckRow>::new());
        let warnings = states(&rows, State::Warning);
        assert!(warnings.len() == 1 && warnings[0].what.contains("li.wei@bright.example"), "the example must go: {warnings:#?}");
    }
}

#[test]
fn what_the_new_file_shows_as_comments_is_true_when_it_is_switched_on() {
    for language in Words::languages() {
        let desk = Desk::new();
        init::write(desk.folder.path(), &Words::of(language), None).expect("the folder is ours");
        let text = std::fs::read_to_string(desk.path("tradepost.toml")).expect("it was written");
        // A commented setting is `# key = value` or `# [section]`, without a second space.
        let is_setting = |rest: &str| {
            let word = rest.split([' ', '=']).next().unwrap_or_default();
            rest.starts_with('[') || (rest.contains(" = ") && !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
        };
        // What the comments show as one way or the other cannot be switched on together.
        let switched_on = |left_out: &[&str]| {
            let lines = text.lines().map(|line| line.strip_prefix("# ").filter(|rest| is_setting(rest)).unwrap_or(line));
            let kept: Vec<&str> = lines.filter(|line| !left_out.iter().any(|other| line.starts_with(other))).collect();
            desk.load(&kept.join("\n")).expect("every commented setting is understood")
        };
        let (books, doors) = ("books = \"books.sqlite\"", ["maildir =", "imap ="]);
        let config = switched_on(&[books, doors[0], doors[1], "password = { env = \"TRADEPOST_SALES", "expires"]);
        assert!(
            matches!(&imap_of(&config).login, Login::OAuth(oauth) if oauth.issuer == Issuer::Microsoft { tenant: "common".to_owned() })
        );
        let config = switched_on(&[books, doors[0], doors[1], "oauth"]);
        let imap = imap_of(&config);
        assert!(
            (imap.port, imap.security, imap.user.as_str()) == (993, Security::Tls, "sales@bright.example"),
            "the comments show the defaults"
        );
        let expires = jiff::civil::date(2027, 3, 1);
        assert!(matches!(&imap.login, Login::Password(password) if password.expires == Some(expires)));
        assert_eq!(config.mailboxes[0].private.domains, ["bank.example"]);
        assert_eq!(config.mailboxes[0].drafts, DraftsIn::Owner);
        assert_eq!(config.storage.key_file, desk.path("tradepost.key"));
        assert!(config.sending.is_some() && config.privacy.retention_days.is_some() && config.rules.folder.is_some());
        assert!(matches!(config.storage.books, Books::Postgres { password: Some(_), .. }));
        for intent in Intent::ALL {
            assert_eq!(config.policies.handling(intent), Handling::default_of(intent), "the comment on {intent} shows the default");
        }
    }
}

#[test]
fn a_second_init_leaves_the_first_file_as_it_was() {
    let (desk, words) = (Desk::new(), Words::of(Language::ENGLISH));
    let dir = desk.path("new/desk");
    init::write(&dir, &words, None).expect("the folder is made");
    std::fs::write(dir.join("tradepost.toml"), "# mine\n").expect("the file is ours");
    let again = init::write(&dir, &words, None).expect("no error");
    assert!(matches!(again, Written::AlreadyThere(_)), "{again:?}");
    assert_eq!(std::fs::read_to_string(dir.join("tradepost.toml")).expect("still there"), "# mine\n");
}

#[test]
fn check_says_which_folder_is_not_recognised_and_which_is_no_maildir() {
    let (desk, words) = (Desk::new(), Words::of(Language::ENGLISH));
    let text = format!("{TEAM}{SALES}[[mailboxes]]\nname = \"ana\"\naddress = \"ana@bright.example\"\nmaildir = \"Ana\"\n");
    desk.load(&text).expect("nothing is wrong in the file");
    desk.maildir("Maildir");
    std::fs::create_dir_all(desk.path("Ana/cur")).expect("the folder is ours");
    let rows = look(
        &desk,
        &words,
        &FoldersFound { drafts: None, sent: Some("Sent Messages".into()), junk: Some("Spam".into()), unmatched: Vec::new() },
    );
    let of = |area: &str, part: &str| rows.iter().find(|row| row.area == area && row.what.contains(part)).cloned();
    let drafts = of("mailbox sales", "No Drafts folder").expect("a row on Drafts");
    assert!(drafts.state == State::Warning && drafts.advice.contains("drafts = \"…\" under [mailboxes.folders]"), "{drafts:?}");
    let ana = of("mailbox ana", "lacks new, tmp").expect("a row on the folder");
    assert_eq!(ana.state, State::Fault);
}

#[test]
fn check_says_whom_no_daily_mail_and_no_alarm_can_reach() {
    for language in Words::languages() {
        let (desk, words) = (Desk::new(), Words::of(language));
        desk.maildir("Maildir");
        let more: String = ["Ana Lima", "Chen Hao"]
            .map(|name| {
                let address = name.to_lowercase().replace(' ', ".");
                format!(
                    "[[team.members]]\nname = \"{name}\"\naddress = \"{address}@bright.example\"\nlanguage = \"en\"\ntime_zone = \"UTC\"\n"
                )
            })
            .concat();
        let unheard = |sales: &str| {
            desk.load(&format!("{TEAM}{more}{sales}")).expect("nothing is wrong in the file");
            let rows = look(&desk, &words, &FoldersFound::default());
            let team = rows.into_iter().filter(|row| row.state == State::Warning && row.area == words.say("area.team", &[]));
            let names_none = |row: &CheckRow| !["Li Wei", "Ana Lima", "Chen Hao"].iter().any(|name| row.what.contains(name));
            // The row of the example's addresses names none.
            team.filter(|row| !names_none(row)).map(|row| (row.what, row.advice)).collect::<Vec<_>>()
        };
        let of_admin = unheard(&SALES.replace("sales@", "ana.lima@"));
        assert!(of_admin.len() == 2 && of_admin[0].0.contains("Li Wei") && of_admin[0].1.contains("admin"), "{of_admin:?}");
        assert!(of_admin[1].0.contains("Chen Hao") && !of_admin[1].0.contains("Li Wei") && of_admin[1].1.contains("owner"), "{of_admin:?}");
        let of_others = unheard(&format!("{SALES}owner = \"liwei@qq.example\"\n"));
        assert!(of_others.len() == 1 && ["Ana Lima", "Chen Hao"].iter().all(|name| of_others[0].0.contains(name)), "{of_others:?}");
    }
}

/// A house in which every secret there is has an end, and nothing else.
fn ending(day: &str) -> String {
    let secret = |name: &str| format!("{{ env = \"{name}\", expires = {day} }}");
    let (p, own) = (secret("PATH"), secret("HOME"));
    let proxy = format!("proxy = {{ url = \"socks5://li@proxy.example:1080\", password = {p} }}");
    let token = format!("oauth = {{ issuer = \"microsoft\", client_id = \"c\", client_secret = {p} }}");
    format!(
        "{TEAM}[[mailboxes]]\nname = \"sales\"\naddress = \"sales@bright.example\"\n\
         imap = {{ host = \"imap.x.example\", password = {p}, {proxy} }}\n\
         [[mailboxes]]\nname = \"export\"\naddress = \"export@bright.example\"\nimap = {{ host = \"imap.y.example\", {token} }}\n\
         smtp = {{ host = \"smtp.y.example\", user = \"li\", password = {own} }}\n\
         [sending]\nhost = \"smtp.x.example\"\nuser = \"li\"\npassword = {p}\n\
         [storage]\nbooks = \"postgres://li@db/trade\"\npostgres_password = {p}\n"
    )
}

#[test]
fn every_secret_may_say_when_it_ends_and_check_names_the_one_that_does() {
    let desk = Desk::new();
    let config = desk.load(&ending("2027-03-01")).expect("nothing is wrong in the file");
    let keys: Vec<(Option<&str>, &str)> =
        config.secrets().iter().map(|named| (named.mailbox.map(|mailbox| mailbox.name.as_str()), named.key)).collect();
    let expected = [
        (Some("sales"), "imap.password"),
        (Some("sales"), "imap.proxy.password"),
        (Some("export"), "imap.oauth.client_secret"),
        (Some("export"), "smtp.password"),
        (None, "sending.password"),
        (None, "storage.postgres_password"),
    ];
    assert_eq!(keys, expected);
    assert!(config.secrets().iter().all(|named| named.secret.expires == Some(jiff::civil::date(2027, 3, 1))));

    // It is the 18th of November.
    for language in Words::languages() {
        let words = Words::of(language);
        let told = |day: &str, state: State| {
            desk.load(&ending(day)).expect("nothing is wrong in the file");
            let rows = look(&desk, &words, &FoldersFound::default());
            let of_secrets =
                rows.into_iter().filter(|row| row.state == state && row.what.contains(day)).map(|row| (row.area, row.what, row.advice));
            of_secrets.collect::<Vec<_>>()
        };
        for (day, state) in [("2026-12-02", State::Warning), ("2026-11-17", State::Fault)] {
            let told = told(day, state);
            assert_eq!(told.len(), 6, "{told:?}");
            let keys =
                ["imap.proxy.password", "imap.oauth.client_secret", "smtp.password", "sending.password", "storage.postgres_password"];
            for key in keys {
                assert_eq!(
                    told.iter().filter(|(_, what, advice)| what.contains(key) && advice.contains(key)).count(),
                    1,
                    "{key}: {told:?}"
                );
            }
            assert!(
                told.iter().filter(|(area, ..)| area.contains("sales")).count() == 2
                    && told.iter().all(|(_, _, advice)| advice.contains("expires"))
            );
        }
        assert_eq!(told("2026-12-03", State::Warning), [], "not yet");
        if language == Language::ENGLISH {
            let said: Vec<String> = told("2026-12-02", State::Warning).into_iter().map(|(_, what, _)| what).collect();
            assert_eq!(said[0], "The password ends on 2026-12-02, in 14 days.");
            assert_eq!(said[1], "imap.proxy.password ends on 2026-12-02, in 14 days.");
            assert_eq!(told("2026-11-17", State::Fault)[0].1, "The password ended on 2026-11-17.");
        }
    }
    let twice = "host = \"imap.x.example\", password = { env = \"X\", expires = 2027-03-01 }, expires = 2027-03-01";
    let (key, _, problem) = the_fault(&on_server(twice));
    assert!(key.ends_with("expires") && matches!(problem, Problem::Duplicate { .. }), "{key}: {problem:?}");
}

#[test]
fn check_tells_a_secret_that_cannot_be_had_and_a_folder_that_is_not_there() {
    let (desk, words) = (Desk::new(), Words::of(Language::ENGLISH));
    desk.maildir("Maildir");
    desk.write("smtp.secret", "geheim-4711\n", 0o644);
    let sending = "[sending]\nhost = \"smtp.x.example\"\nuser = \"li\"\npassword = { file = \"smtp.secret\" }\n";
    let storage = "[storage]\nbooks = \"postgres://li@db/trade\"\npostgres_password = { env = \"TRADEPOST_TEST_NEVER_SET\" }\n";
    desk.load(&format!("{TEAM}{SALES}{sending}{storage}[rules]\nfolder = \"my-rules\"\n")).expect("nothing is wrong in the file");
    let rows = look(&desk, &words, &FoldersFound::default());
    let said: Vec<&str> = states(&rows, State::Fault).iter().map(|row| row.what.as_str()).collect();
    let rules = format!("{} is not there.", desk.path("my-rules").display());
    let variable = "storage.postgres_password cannot be read: the environment variable TRADEPOST_TEST_NEVER_SET is not set.";
    assert_eq!(said, [variable, rules.as_str()]);
    let exposed = states(&rows, State::Warning).into_iter().find(|row| row.area == "sending").expect("the file is open to others");
    assert!(exposed.advice.starts_with("chmod 600 /"), "{exposed:?}");
    assert!(!format!("{rows:?}").contains("geheim"));
}

#[test]
fn check_tells_where_the_listeners_are_and_what_letters_tell() {
    let (desk, words) = (Desk::new(), Words::of(Language::ENGLISH));
    desk.maildir("Maildir");
    desk.load(&format!("{TEAM}{SALES}{PUBLIC}metrics = \"127.0.0.1:9025\"\nclicks = true\n")).expect("nothing is wrong in the file");
    let rows = look(&desk, &words, &FoldersFound::default());
    let said: Vec<&str> = rows.iter().filter(|row| row.area == "tracking").map(|row| row.what.as_str()).collect();
    let expected = [
        "clicks: letters tell it where the law asks for no consent, or where it was given.",
        "unsubscribing and preferences at https://x.example, listening at 127.0.0.1:8025",
        "/healthz and /metrics at 127.0.0.1:9025",
    ];
    assert_eq!(said, expected);
}

#[test]
fn the_table_of_faults_in_both_languages() {
    let desk = Desk::new();
    let text = format!("{TEAM}{SALES}mode = \"drafts\"\nfrist_look = 1\n[sending]\nhost = \"smtp.x.example\"\nport = \"465\"\n");
    let three = desk.load(&text).expect_err("three faults");
    for (language, name) in [(Language::ENGLISH, "en"), (Language::CHINESE_SIMPLIFIED, "zh-Hans")] {
        let words = Words::of(language);
        insta::assert_snapshot!(format!("faults_{name}"), faults::report(Path::new("/srv/tradepost.toml"), &three, &words));
    }
}
