//! Logs of what really asks for pictures and links, replayed.

use super::*;
use core::net::IpAddr;

const FIREFOX: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0";
const CHROME: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36";
const SAFARI: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1";
const OUTLOOK: &str = "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; Win64; x64; Trident/7.0; .NET4.0C; ms-office; MSOffice 16)";
const GMAIL: &str = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)";
const GMAIL_AHEAD: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/42.0.2311.135 Safari/537.36 \
    Edge/12.246 Mozilla/5.0";

const SENT: Moment = Moment(1_794_790_800_000);
const PICTURE: Asked = Asked::Picture;

/// A letter with so many links, sent at [`SENT`], and all that was asked for.
struct Story {
    links: i64,
    before: Vec<Past>,
}

impl Story {
    fn new(links: i64) -> Self {
        Self { links, before: Vec::new() }
    }

    /// Somebody asks, so many milliseconds after the sending.
    fn ask(&mut self, after_ms: i64, what: Asked, agent: &str, client: &str) -> (Class, String) {
        let client: IpAddr = client.parse().expect("an address");
        let agent = Some(agent).filter(|agent| !agent.is_empty());
        self.hit(&Hit { what, head: false, agent, purpose: None, client: Some(client), is_own: false, at: SENT.plus_ms(after_ms) })
    }

    fn hit(&mut self, hit: &Hit<'_>) -> (Class, String) {
        let verdict = classify(hit, &Letter { sent_at: Some(SENT), links: self.links, before: &self.before });
        for revised in &verdict.revised {
            let past = self.before.iter_mut().find(|past| past.id == revised.id).expect("an earlier request");
            (past.class, past.reason) = (Class::Automatic, revised.reason.to_string());
        }
        let (class, reason) = (verdict.class, verdict.reason.to_string());
        let id = i64::try_from(self.before.len()).expect("few");
        let kind = hit.what.kind();
        self.before.push(Past { id, kind, link: hit.what.link(), at: hit.at, class, reason: reason.clone() });
        (class, reason)
    }

    fn of(&self, kind: EventKind, class: Class) -> usize {
        self.before.iter().filter(|past| past.kind == kind && past.class == class).count()
    }

    fn reasons(&self) -> Vec<&str> {
        self.before.iter().map(|past| past.reason.as_str()).collect()
    }
}

#[test]
fn a_colleagues_look_is_none_of_the_readers_and_makes_no_machine_of_anybody() {
    let mut story = Story::new(3);
    let client: IpAddr = "203.0.113.9".parse().expect("an address");
    let own = |after_ms: i64, what: Asked| Hit {
        what,
        head: false,
        agent: Some(FIREFOX),
        purpose: None,
        client: Some(client),
        is_own: true,
        at: SENT.plus_ms(after_ms),
    };
    assert_eq!(story.hit(&own(100_000, PICTURE)), (Class::Own, "own-network".into()));
    assert_eq!((standing(&story.before, EventKind::Open), standing(&story.before, EventKind::Click)), (None, None));
    for (after_ms, what) in [(200_000, Asked::Link(1)), (200_100, Asked::Link(2)), (200_200, Asked::Link(3)), (200_300, Asked::Honeypot)] {
        assert_eq!(story.hit(&own(after_ms, what)).0, Class::Own);
    }
    assert_eq!(story.ask(200_400, Asked::Link(1), CHROME, "198.51.100.7"), (Class::Human, "plain".into()), "at the same moment");
    assert_eq!(story.of(EventKind::Click, Class::Own), 4, "nobody is seen otherwise for it");
    assert_eq!(standing(&story.before, EventKind::Click), Some(Class::Human));
}

#[test]
fn apples_proxies_open_everything_and_no_person_is_seen() {
    let mut story = Story::new(1);
    assert_eq!(story.ask(30_000, PICTURE, "Mozilla/5.0", "104.28.66.5"), (Class::Automatic, "rule:apple-mail-privacy".into()));
    assert_eq!(story.ask(90_000, PICTURE, SAFARI, "2a02:26f7:b000:4000::7"), (Class::Automatic, "rule:apple-relay".into()));
    // A link that is followed from there is Safari's, with a person before it.
    assert_eq!(story.ask(95_000, Asked::Link(1), SAFARI, "172.225.5.9"), (Class::Human, "plain".into()));
    assert_eq!(standing(&story.before, EventKind::Open), Some(Class::Automatic));
}

#[test]
fn gmails_proxy_says_little_and_says_more_when_it_asks_again_much_later() {
    let mut story = Story::new(0);
    assert_eq!(story.ask(2_000, PICTURE, GMAIL_AHEAD, "66.102.8.1"), (Class::Automatic, "rule:gmail-prefetch".into()));
    assert_eq!(story.ask(4_000, PICTURE, GMAIL, "66.249.84.1").0, Class::Automatic, "nobody has read it yet");
    let mut story = Story::new(0);
    assert_eq!(story.ask(120_000, PICTURE, GMAIL, "66.249.84.1"), (Class::Unknown, "rule:gmail-proxy".into()));
    assert_eq!(story.ask(240_000, PICTURE, GMAIL, "66.249.84.3").0, Class::Unknown, "the same opening on another shelf of theirs");
    assert_eq!(story.ask(8_000_000, PICTURE, GMAIL, "66.249.84.1"), (Class::Human, "proxy-again".into()));
}

#[test]
fn a_later_plain_fetch_outweighs_the_machine_before_it() {
    let mut story = Story::new(0);
    story.ask(3_000, PICTURE, "Mozilla/5.0", "104.28.66.5");
    assert_eq!(standing(&story.before, EventKind::Open), Some(Class::Automatic));
    assert_eq!(story.ask(3_600_000, PICTURE, OUTLOOK, "203.0.113.7"), (Class::Human, "plain".into()));
    assert_eq!(standing(&story.before, EventKind::Open), Some(Class::Human));
    assert_eq!(standing(&story.before, EventKind::Click), None);
}

#[test]
fn a_filter_in_the_guise_of_a_browser_is_known_by_its_haste() {
    let mut story = Story::new(4);
    // Half a minute after the sending, so that the time alone says nothing; the first one looks like a person.
    assert_eq!(story.ask(30_000, Asked::Link(1), CHROME, "198.51.100.1").0, Class::Human);
    assert_eq!(story.ask(30_600, Asked::Link(2), CHROME, "198.51.100.2"), (Class::Automatic, "burst".into()));
    assert_eq!(story.ask(31_100, Asked::Link(3), FIREFOX, "198.51.100.3").0, Class::Automatic);
    assert_eq!((story.of(EventKind::Click, Class::Human), story.reasons()[0]), (0, "burst"), "the first one is seen otherwise now");
    // The person comes ten minutes later.
    assert_eq!(story.ask(630_000, Asked::Link(2), CHROME, "198.51.100.1"), (Class::Human, "plain".into()));
    assert_eq!(story.ask(632_500, Asked::Link(3), CHROME, "198.51.100.1").0, Class::Human, "two links, one after the other");
}

#[test]
fn a_filter_that_takes_its_time_is_known_by_following_everything() {
    let mut story = Story::new(3);
    for (after, link) in [(40_000, 1), (45_000, 2), (50_000, 3)] {
        story.ask(after, Asked::Link(link), CHROME, "198.51.100.1");
    }
    assert_eq!(story.reasons(), ["all-links"; 3]);
    let mut person = Story::new(2);
    person.ask(40_000, Asked::Link(1), CHROME, "198.51.100.1");
    person.ask(45_000, Asked::Link(2), CHROME, "198.51.100.1");
    assert_eq!(person.of(EventKind::Click, Class::Human), 2, "both links of two are followed by people too");
}

#[test]
fn whoever_follows_a_link_that_no_person_sees_is_a_machine_and_so_was_all_around_it() {
    let mut story = Story::new(5);
    story.ask(30_000, PICTURE, CHROME, "198.51.100.9");
    story.ask(33_000, Asked::Link(1), CHROME, "198.51.100.9");
    assert_eq!(story.of(EventKind::Click, Class::Human), 1);
    assert_eq!(story.ask(36_000, Asked::Honeypot, CHROME, "198.51.100.9"), (Class::Automatic, "honeypot".into()));
    assert_eq!(story.ask(39_000, Asked::Link(2), CHROME, "198.51.100.9"), (Class::Automatic, "honeypot".into()));
    assert_eq!((story.of(EventKind::Open, Class::Human), story.of(EventKind::Click, Class::Human)), (0, 0));
    assert_eq!(story.ask(76_000, Asked::Link(1), CHROME, "198.51.100.9").0, Class::Human, "forty seconds later it is over");
}

#[test]
fn whoever_asks_for_the_head_first_is_a_machine_and_the_link_no_person_sees_tells_in_any_way() {
    let hit = |after_ms: i64, what: Asked, head: bool| {
        let client = "198.51.100.9".parse().ok();
        Hit { what, head, agent: Some(CHROME), purpose: None, client, is_own: false, at: SENT.plus_ms(after_ms) }
    };
    let mut story = Story::new(1);
    assert_eq!(story.hit(&hit(60_000, Asked::Link(1), true)), (Class::Automatic, "head".into()));
    assert_eq!(story.hit(&hit(60_200, Asked::Link(1), false)), (Class::Automatic, "head".into()), "looked at, then fetched");
    assert_eq!(story.hit(&hit(70_000, Asked::Link(1), false)), (Class::Human, "plain".into()), "the person comes after the filter");

    let mut story = Story::new(5);
    story.hit(&hit(60_000, Asked::Link(1), false));
    assert_eq!(story.hit(&hit(65_000, Asked::Honeypot, true)), (Class::Automatic, "honeypot".into()), "its head is enough");
    story.hit(&hit(70_000, Asked::Link(2), false));
    assert_eq!(story.reasons(), ["honeypot"; 3]);
    let ahead = Hit { purpose: Some("prefetch"), ..hit(200_000, Asked::Honeypot, false) };
    assert_eq!(story.hit(&ahead).1, "honeypot");
    assert_eq!(story.hit(&hit(205_000, Asked::Link(3), false)).1, "honeypot");
}

#[test]
fn heads_names_networks_and_what_only_looks_ahead_are_no_persons() {
    let client: IpAddr = "203.0.113.7".parse().expect("an address");
    let at = SENT.plus_ms(3_600_000);
    let plain = Hit { what: Asked::Link(1), head: false, agent: Some(CHROME), purpose: None, client: Some(client), is_own: false, at };
    let mut said = Vec::new();
    let from = |text: &str| text.parse::<IpAddr>().ok();
    for hit in [
        Hit { head: true, ..plain },
        Hit { agent: None, ..plain },
        Hit { agent: Some("  "), ..plain },
        Hit { purpose: Some("prefetch;anonymous-client-ip"), ..plain },
        Hit { purpose: Some("Preview"), ..plain },
        Hit { agent: Some("curl/8.5.0"), ..plain },
        Hit { agent: Some("python-requests/2.32.3"), ..plain },
        Hit { agent: Some("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"), ..plain },
        Hit { agent: Some(OUTLOOK), ..plain },
        Hit { agent: Some("Mozilla/5.0 AppleWebKit/537.36 Chrome/116.0 Safari/537.36 BingPreview/1.0b"), ..plain },
        Hit { client: from("209.222.82.10"), ..plain },
        Hit { client: from("67.231.152.1"), ..plain },
        Hit { client: from("::ffff:207.211.31.20"), ..plain },
        Hit { client: from("40.107.22.1"), ..plain },
    ] {
        let verdict = classify(&hit, &Letter { sent_at: Some(SENT), links: 1, before: &[] });
        assert_eq!(verdict.class, Class::Automatic, "{hit:?}");
        said.push(verdict.reason.to_string());
    }
    let expected = [
        "head",
        "no-agent",
        "no-agent",
        "prefetch",
        "prefetch",
        "rule:program",
        "rule:program",
        "rule:crawler",
        "rule:safelinks",
        "rule:safelinks",
        "rule:barracuda",
        "rule:proofpoint",
        "rule:mimecast",
        "rule:exchange-online-protection",
    ];
    assert_eq!(said, expected);
    let cubot =
        Hit { agent: Some("Mozilla/5.0 (Linux; Android 11; CUBOT X50) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36"), ..plain };
    let letter = Letter { sent_at: Some(SENT), links: 1, before: &[] };
    assert_eq!(classify(&cubot, &letter).class, Class::Human, "a telephone, not a robot");
    assert_eq!(classify(&Hit { what: PICTURE, agent: Some(OUTLOOK), ..plain }, &letter).class, Class::Human, "Outlook shows the letter");
}

#[test]
fn what_comes_before_anybody_can_have_read_the_letter_is_a_machine() {
    let mut story = Story::new(1);
    assert_eq!(story.ask(-5_000, PICTURE, CHROME, "203.0.113.7"), (Class::Automatic, "too-soon".into()));
    assert_eq!(story.ask(9_999, PICTURE, CHROME, "203.0.113.7").0, Class::Automatic);
    assert_eq!(story.ask(10_000, PICTURE, CHROME, "203.0.113.7").0, Class::Human);
    assert_eq!(story.ask(19_999, Asked::Link(1), CHROME, "203.0.113.7").0, Class::Automatic);
    assert_eq!(story.ask(40_000, Asked::Link(1), CHROME, "203.0.113.7").0, Class::Human);
    let hit = Hit { what: PICTURE, head: false, agent: Some(CHROME), purpose: None, is_own: false, client: None, at: SENT };
    let unsent = Letter { sent_at: None, links: 0, before: &[] };
    assert_eq!(classify(&hit, &unsent).reason, Reason::TooSoon, "it is not even sent");
}

#[test]
fn nothing_is_seen_otherwise_after_the_time_that_is_promised() {
    let mut story = Story::new(3);
    assert_eq!(story.ask(60_000, Asked::Link(1), CHROME, "203.0.113.7").0, Class::Human);
    let later = 60_000 + final_after_ms() + 1;
    story.ask(later, Asked::Honeypot, CHROME, "203.0.113.7");
    story.ask(later, Asked::Link(2), CHROME, "203.0.113.7");
    story.ask(later, Asked::Link(3), CHROME, "203.0.113.7");
    assert_eq!((story.before[0].class, story.before[0].reason.as_str()), (Class::Human, "plain"));
}
