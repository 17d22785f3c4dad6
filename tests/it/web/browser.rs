//! A real browser opens the pages, as wide as a telephone, and clicks.

use crate::support::browser::{Browser, WIDTH};
use crate::support::engines::{Engine, Place};
use crate::support::web::{Web, beside_daemon};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tradepost::record::choices::{Hold, find_chosen, find_hold};
use tradepost::types::{EmailAddress, Language};
use tradepost::watch::web::topic_key;

const BOB: &str = "bob@acme.example";

/// The least contrast of text to what is behind it (WCAG 2.2 §1.4.3), as the browser shows them, over all texts of the page.
const CONTRAST: &str = "(() => {
    const channel = c => { c /= 255; return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; };
    const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
    const parts = text => text.match(/[0-9.]+/g).map(Number);
    const behind = element => {
        for (let e = element; e; e = e.parentElement) {
            const c = parts(getComputedStyle(e).backgroundColor);
            if (c.length < 4 || c[3] > 0) return c;
        }
        return [255, 255, 255];
    };
    let least = 21;
    for (const e of document.querySelectorAll('h1, p, a, button, label, legend, select, footer')) {
        const [one, other] = [light(parts(getComputedStyle(e).color)), light(behind(e))].sort((a, b) => b - a);
        least = Math.min(least, (one + 0.05) / (other + 0.05));
    }
    return least;
})()";

/// What the page lacks of being usable at this width: texts beyond its edge, controls too small for a finger, controls without a name.
const FAULTS: &str = "(() => {
    const faults = [];
    if (document.documentElement.scrollWidth > window.innerWidth) faults.push('wider than the screen');
    for (const e of document.querySelectorAll('button, select, .box')) {
        if (e.getBoundingClientRect().height < 44) faults.push('too small: ' + e.outerHTML);
    }
    for (const e of document.querySelectorAll('input:not([type=hidden]), select')) {
        if (!e.labels.length || !e.labels[0].textContent.trim()) faults.push('without a label: ' + e.outerHTML);
    }
    return faults;
})()";

async fn check(browser: &Browser, name: &str) {
    assert_eq!(browser.read(FAULTS).await, serde_json::json!([]), "{name}");
    assert_eq!(browser.read("window.innerWidth").await, WIDTH, "{name}");
    let contrast = browser.read(CONTRAST).await.as_f64().expect("a number");
    assert!(contrast >= 4.5, "{name}: {contrast}");
    assert_eq!(browser.read("document.scripts.length + document.images.length").await, 0, "{name}");
    // For whoever wants to look at the pages: a folder for their pictures.
    if let Some(folder) = std::env::var_os("TRADEPOST_TEST_PICTURES") {
        let picture = STANDARD.decode(browser.picture().await).expect("base64");
        std::fs::write(std::path::Path::new(&folder).join(format!("{name}.png")), picture).expect("written");
    }
}

async fn hold(web: &Web) -> Option<Hold> {
    let mut session = web.desk.office.books.look().await.expect("a look");
    let bob = EmailAddress::parse(BOB).expect("an address");
    find_hold(&mut session, &bob, Some("Spring catalogue"), web.now()).await.expect("asked")
}

#[tokio::test]
async fn a_reader_of_arabic_leaves_with_one_tap_on_the_button() {
    let place = Place::new(Engine::Sqlite).await;
    let books = place.open().await;
    beside_daemon(&books, "", async |web| {
        let letter = web.send(1, BOB, Some("Spring catalogue"), "<p>Hello</p>").await;
        let browser = Browser::start("ar-EG,ar").await;
        browser.open(&format!("http://{}/u/{}", web.public, letter.token())).await;
        assert_eq!(browser.text("h1").await, "إلغاء الاشتراك");
        assert_eq!(browser.read("getComputedStyle(document.querySelector('p')).direction").await, "rtl");
        let background = browser.read("getComputedStyle(document.querySelector('button')).backgroundColor").await;
        assert_eq!(background, "rgb(11, 87, 208)", "the page's own style is let in");
        check(&browser, "unsubscribe-ar").await;
        assert_eq!(hold(web).await, None, "looking changes nothing");

        browser.click("button").await;
        browser.wait_for("h1", "أُلغي اشتراككم").await;
        check(&browser, "unsubscribed-ar").await;
        browser.open(&format!("http://{}/p/{}", web.public, letter.token())).await;
        check(&browser, "preferences-ar").await;
        assert!(matches!(hold(web).await, Some(Hold::Left { .. })));
        assert_eq!(browser.read("document.cookie.length").await, 0);
    })
    .await;
    books.close().await;
    place.clear().await;
}

#[tokio::test]
async fn a_reader_of_english_looks_chooses_and_leaves() {
    let place = Place::new(Engine::Sqlite).await;
    let books = place.open().await;
    beside_daemon(&books, "", async |web| {
        let letter = web.send(1, BOB, Some("Spring catalogue"), "<p>Hello</p>").await;
        web.send(2, BOB, Some("Prices and samples for the long winter season, all lamps and lights of 2026"), "<p>Hello</p>").await;
        let browser = Browser::start("en-GB,en").await;
        browser.open(&format!("http://{}/p/{}", web.public, letter.token())).await;
        assert_eq!(browser.text("h1").await, "Your emails");
        check(&browser, "preferences-en").await;
        assert_eq!(browser.read("document.querySelector('input[name=telling]').checked").await, true, "the sender may see it so far");
        browser.click("input[name=telling]").await;
        browser.click("button").await;
        browser.wait_for("[role=status]", "Your choice is saved.").await;
        assert_eq!(browser.read("document.querySelector('input[name=telling]').checked").await, false);
        check(&browser, "saved-en").await;
        browser.open(&format!("http://{}/u/{}", web.public, letter.token())).await;
        check(&browser, "unsubscribe-en").await;
        browser.click("button").await;
        browser.wait_for("h1", "You are unsubscribed").await;
        check(&browser, "unsubscribed-en").await;
        assert!(matches!(hold(web).await, Some(Hold::Left { .. })));
    })
    .await;
    books.close().await;
    place.clear().await;
}

#[tokio::test]
async fn a_reader_of_german_chooses_what_to_get() {
    let place = Place::new(Engine::Sqlite).await;
    let books = place.open().await;
    beside_daemon(&books, "", async |web| {
        let letter = web.send(1, BOB, Some("Spring catalogue"), "<p>Hello</p>").await;
        web.send(2, BOB, Some("Preise & Muster <2026>, 新产品, كتالوج"), "<p>Hello</p>").await;
        let browser = Browser::start("de-CH,de,en").await;
        let address = format!("http://{}/p/{}", web.public, letter.token());
        browser.open(&address).await;
        assert_eq!(browser.text("h1").await, "Ihre E-Mails");
        check(&browser, "preferences-de").await;
        browser.click(&format!("input[name=topic][value='{}']", topic_key("Spring catalogue"))).await;
        browser.click("option[value='90']").await;
        browser.click("option[value='fr']").await;
        browser.click("button").await;
        browser.wait_for("[role=status]", "Votre choix est enregistré.").await;
        check(&browser, "saved-fr").await;

        let mut session = web.desk.office.books.look().await.expect("a look");
        let chosen = find_chosen(&mut session, &EmailAddress::parse(BOB).expect("an address")).await.expect("asked");
        drop(session);
        let wanted: Vec<bool> = chosen.topics.iter().map(|topic| topic.wanted).collect();
        assert_eq!((wanted, chosen.language), (vec![true, false], Language::parse("fr")));
        assert!(chosen.paused_until.is_some());
        assert!(matches!(hold(web).await, Some(Hold::Left { .. })));

        browser.open(&format!("http://{}/nowhere", web.public)).await;
        assert_eq!(browser.text("h1").await, "Diese Seite gibt es nicht");
        check(&browser, "not-found-de").await;
    })
    .await;
    books.close().await;
    place.clear().await;
}
