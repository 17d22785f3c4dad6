use super::*;
use std::convert::Infallible;

const HERE: &str = "https://mail.bright.example";
const PLAIN: Wanted<'static> = Wanted { public_address: HERE, opens: true, clicks: true, untouched: &[] };

fn track_with(html: &str, wanted: &Wanted<'_>) -> Tracked {
    let mut count: u128 = 0;
    let next = || {
        count += 1;
        Ok::<_, Infallible>(WebToken::new(count.to_be_bytes()))
    };
    track(html, wanted, next).expect("a letter that can be read")
}

/// What is behind the links.
fn urls(html: &str) -> Vec<String> {
    track_with(html, &PLAIN).links.into_iter().map(|link| link.url).collect()
}

/// The letter with what the author wrote in the place of our addresses, and without our own two elements.
fn untracked(tracked: &Tracked, written: &[&str]) -> String {
    let mut html = tracked.html.clone();
    for (link, written) in tracked.links.iter().zip(written) {
        html = html.replacen(&Door::Click.address(HERE, link.token), written, 1);
    }
    if let Some(token) = tracked.honeypot {
        html = html.replacen(&format!("<a href=\"{}\" tabindex=\"-1\" aria-hidden=\"true\"></a>", Door::Click.address(HERE, token)), "", 1);
    }
    if let Some(token) = tracked.pixel {
        let address = Door::Pixel.address(HERE, token);
        html = html.replacen(&format!("<img src=\"{address}\" width=\"1\" height=\"1\" alt=\"\" style=\"border:0\">"), "", 1);
    }
    html
}

#[test]
fn nothing_changes_but_the_addresses_and_the_picture_at_the_end() {
    let html = "<!DOCTYPE html>\r\n<html><BODY  class='x'>\n<p>A &amp; B<br/>\n<A  HREF = 'https://a.example/?x=1&amp;y=2' Title=\"1 > 0\" >one</A>\n\
                <a href=https://b.example/p?q=1>two</a><a name=top>three</a>\n<!-- <a href=\"https://c.example\">no</a> -->\n\
                <img src=\"https://d.example/x.png\"></p></Body >\n</html>\n";
    let tracked = track_with(html, &PLAIN);
    let behind: Vec<&str> = tracked.links.iter().map(|link| link.url.as_str()).collect();
    assert_eq!(behind, ["https://a.example/?x=1&y=2", "https://b.example/p?q=1"]);
    assert_eq!(tracked.links.iter().map(|link| link.number).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(untracked(&tracked, &["https://a.example/?x=1&amp;y=2", "https://b.example/p?q=1"]), html);
    assert!(tracked.html.contains("style=\"border:0\"></Body >\n</html>"), "before the end of the letter: {}", tracked.html);
}

#[test]
fn a_letter_without_an_end_gets_its_picture_at_the_end() {
    let tracked = track_with("<p>Hello", &PLAIN);
    assert!(tracked.html.starts_with("<p>Hello<img src=\"https://mail.bright.example/o/"), "{}", tracked.html);
    assert_eq!((tracked.links.len(), tracked.honeypot), (0, None), "no other link, no link for machines");
    let quiet = track_with("<p><a href='https://a.example'>x</a>", &Wanted { opens: false, clicks: false, ..PLAIN });
    assert_eq!((quiet.html.as_str(), quiet.pixel), ("<p><a href='https://a.example'>x</a>", None));
}

#[test]
fn what_is_no_link_of_the_web_or_is_ours_already_is_left_alone() {
    let ours = Door::Unsubscribe.address(HERE, WebToken::new([9; 16]));
    let tracked_before = Door::Click.address(HERE, WebToken::new([8; 16]));
    for url in [
        "mailto:a@b.example?subject=https://x.example",
        "tel:+4912345",
        "cid:logo@x",
        "data:text/html,https://x.example",
        "#top",
        "/relative",
        "page.html",
        "//host.example/x",
        "javascript:alert(1)",
        "ftp://files.example/x",
        "https:",
        "https://",
        "https:///x",
        "http:x.example",
        "httpsx://a",
        "",
        "https://a.example/\nX-Header: y",
        &ours,
        &tracked_before,
        "https://leave.example/?id=1",
    ] {
        let html = format!("<a href=\"{}\">x</a>", url.replace('&', "&amp;"));
        let wanted = Wanted { opens: false, untouched: &["https://leave.example/?id=1"], ..PLAIN };
        let tracked = track_with(&html, &wanted);
        assert_eq!((tracked.html.as_str(), tracked.links.len()), (html.as_str(), 0), "{url}");
    }
    assert_eq!(urls(&format!("<a href=\"{HERE}/catalogue\">x</a>")), [format!("{HERE}/catalogue")], "our own pages are links like others");
}

#[test]
fn an_address_is_what_a_browser_reads_in_an_attribute() {
    for (written, read) in [
        ("https://a.example/?a=1&copy=2&b=&lt", "https://a.example/?a=1&copy=2&b=<"),
        ("https://a.example/?a=1&copy;2", "https://a.example/?a=1©2"),
        ("https://a.example/?q=&#39;x&#x27;&apos;", "https://a.example/?q='x''"),
        ("https://a.example/&notit;", "https://a.example/&notit;"),
        ("  https://a.example/ \n", "https://a.example/"),
        ("https://a.example/&amp;amp;", "https://a.example/&amp;"),
    ] {
        assert_eq!(urls(&format!("<a href=\"{written}\">x</a>")), [read], "{written}");
    }
    assert_eq!(urls("<a href='https://a.example/?q=\"x\"'>x</a>"), ["https://a.example/?q=\"x\""]);
    assert_eq!(urls("<a href='https://a.example' href='https://b.example'>x</a>"), ["https://a.example"], "the first of two");
}

#[test]
fn a_letter_that_cannot_be_read_for_certain_is_not_touched() {
    let token = || Ok::<_, Infallible>(WebToken::new([1; 16]));
    let unclear = track("<select><xmp><a href='https://a.example'>x</a></xmp></select>", &PLAIN, token);
    assert!(matches!(unclear, Err(TrackError::Unclear(_))), "{unclear:?}");
    let long = "x".repeat(HTML_LEN_MAX + 1);
    assert!(matches!(track(&long, &PLAIN, token), Err(TrackError::TooLong)));
    let none = track("<a href='https://a.example'>x</a>", &PLAIN, || Err("no randomness"));
    assert!(matches!(none, Err(TrackError::Token("no randomness"))));
}

#[test]
fn hostile_html_takes_bounded_room_and_time() {
    let nested = "<div>".repeat(100_000) + "<a href='https://a.example'>x</a>";
    assert!(track(&nested, &PLAIN, || Ok::<_, Infallible>(WebToken::new([1; 16]))).is_ok_and(|tracked| tracked.links.len() <= 1));
    let many = "<a href='https://a.example/x'>x</a>".repeat(2_000);
    assert_eq!(track_with(&many, &Wanted { opens: false, ..PLAIN }).links.len(), LINKS_MAX);
    let endless = format!("<a href='https://a.example/{}'>x</a>", "&amp;".repeat(100_000));
    assert_eq!(urls(&endless), Vec::<String>::new());
    for cut in ["<a href='https://a.example", "<a href=\"https://a.example\" ", "<a href=", "<body", "</body>", "\0<a\0href='https://x'>"] {
        let tracked = track_with(cut, &Wanted { opens: false, ..PLAIN });
        assert!(tracked.html.len() >= cut.len());
    }
}

#[test]
fn a_letter_names_the_address_to_write_to_and_a_page_only_where_there_is_one() {
    let mailbox = EmailAddress::parse("o'neil+sales&x@bright.example").expect("an address");
    let token = WebToken::new([0; 16]);
    let by_mail = format!("<mailto:o'neil+sales%26x@bright.example?subject=unsubscribe%20{token}>");
    assert_eq!(list_unsubscribe(None, &mailbox, token), [("List-Unsubscribe", by_mail.clone())]);
    let both = list_unsubscribe(Some(HERE), &mailbox, token);
    assert_eq!(both[0].1, format!("<https://mail.bright.example/u/{token}>, {by_mail}"));
    assert_eq!(both[1], ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()));
}
