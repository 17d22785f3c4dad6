//! Pages as mail programs and newsletters write them, and pages written to do harm.

use super::*;

fn read(html: &str) -> String {
    text(html).text
}

/// The quoted parts, as text.
fn quoted(html: &str) -> Vec<String> {
    let page = text(html);
    page.quotes.iter().map(|quote| page.text.get(quote.clone()).expect("quotes lie on characters").to_owned()).collect()
}

#[test]
fn paragraphs_lines_and_spaces_come_out_as_a_browser_shows_them() {
    assert_eq!(
        read("<p>Dear  Li,</p>\n<p>we need\n 500 <b>chairs</b>,<br>200 tables.</p><div>Regards</div><div>Ana</div>"),
        "Dear Li,\n\nwe need 500 chairs,\n200 tables.\n\nRegards\nAna"
    );
    assert_eq!(read("one<div><br></div>two"), "one\n\ntwo");
    assert_eq!(read("a&nbsp;&nbsp;b &amp; c &lt;d&gt; &euro;12 &#20013;"), "a  b & c <d> €12 中");
    assert_eq!(read("<pre>AX-11   500\nAX-12   200\n\nend</pre>"), "AX-11   500\nAX-12   200\n\nend");
}

#[test]
fn words_paragraphs_follow_without_blank_lines() {
    let html = "<p class=MsoNormal>Maria Lopez<o:p></o:p></p><p class=MsoNormal>Buyer<o:p></o:p></p><p class=MsoNormal><o:p>&nbsp;</o:p></p><p class=MsoNormal>Tel 1</p>";
    assert_eq!(read(html), "Maria Lopez\nBuyer\n\nTel 1");
}

#[test]
fn lists_are_numbered_and_nested() {
    assert_eq!(
        read("We need:<ul><li>chairs<li><p>tables</p><ol start=3><li>oak<li>pine</ol></ul>Thanks"),
        "We need:\n\n- chairs\n- tables\n  3. oak\n  4. pine\n\nThanks"
    );
}

#[test]
fn a_row_of_a_table_is_a_line_and_layout_is_not() {
    assert_eq!(read("<table><tr><th>SKU<th>Qty<tr><td><p>AX-11</p><td> 500 <tr><td>AX-12<td></table>"), "SKU\tQty\nAX-11\t500\nAX-12");
    assert_eq!(read("<table><tr><td><div>Left</div><div>column</div></td><td>Right</td></tr></table>"), "Left\ncolumn\nRight");
}

#[test]
fn what_is_not_shown_is_not_read() {
    let html = r#"<html><head><title>T</title><style>p { color: red }</style></head><body><!-- note --><!--[if mso]>Outlook<![endif]--><![if !mso]>seen<![endif]>
        <script>if (a < b) { "<p>" }</script><div style="display: none">preview</div><span style="FONT-SIZE:0PX">tiny <b>too</b></span><span style='mso-hide:all'>x</span>
        <div style="display:none"><span>a</span><div>b</div></div><img src=x width=1 height=1 alt=pixel><a href="https://shop.example/?id=1">our shop</a></body>"#;
    assert_eq!(read(html), "seen our shop");
    assert_eq!(read("<td style='font-size:0px'><div style='font-size:13px'>Order 4711</div></td>"), "Order 4711");
}

#[test]
fn a_page_of_pictures_shows_their_descriptions() {
    assert_eq!(read("<img alt='Spring sale'><img src=x width=1 height=1 alt='.'>"), "Spring sale");
    assert_eq!(read("Hello <img alt='logo'>"), "Hello");
}

#[test]
fn programs_mark_their_quotes() {
    assert_eq!(quoted("A<blockquote type=cite>B</blockquote>C"), ["B"]);
    assert_eq!(
        quoted(
            "A<div class='gmail_quote'><div class='gmail_attr'>On … wrote:</div><blockquote class='gmail_quote'>B<blockquote class='gmail_quote'>C</blockquote></blockquote>D</div>"
        ),
        ["On … wrote:", "B\n\nC"]
    );
    assert_eq!(quoted("A<div class=x_protonmail_quote>B</div>C<div id=yahoo_quoted_1>D</div>"), ["B", "D"]);
    assert_eq!(quoted("A<div id=divRplyFwdMsg>From: B</div><p>C</p>"), ["From: B\n\nC"]);
    assert_eq!(quoted("报价收到<includetail><div>原始邮件</div></includetail>"), ["原始邮件"]);
}

#[test]
fn indented_text_and_ruled_signatures_are_no_quotes() {
    assert_eq!(
        quoted("<p>Terms</p><blockquote style='margin:0 0 0 40px;border:none;padding:0'>30% deposit</blockquote>"),
        [] as [String; 0]
    );
    assert_eq!(quoted("A<hr tabindex=-1><div style='border-top:solid #E1E1E1 1.0pt'>Maria<br>Buyer</div>"), [] as [String; 0]);
}

#[test]
fn a_mail_quoting_long_ago_still_ends_its_quotes_in_order() {
    let page = text(
        "a<blockquote type=cite>b</blockquote>c<blockquote type=cite>d</blockquote><div id=divRplyFwdMsg>e<blockquote type=cite>f</blockquote></div>g",
    );
    assert!(page.quotes.windows(2).all(|pair| matches!(pair, [one, two] if one.end <= two.start)), "{page:?}");
    assert_eq!(page.quotes.last().map(|quote| quote.end), Some(page.text.len()));
}

#[test]
fn a_file_written_into_the_page_is_left_out_and_the_rest_read() {
    let picture = "iVBORw0KGgo/".repeat(100_000);
    assert_eq!(read(&format!("before <img src='data:image/png;base64,{picture}'> after")), "before after");
}

#[test]
fn what_is_longer_than_is_read_is_cut_at_a_character() {
    let page = text(&"ü".repeat(HTML_LEN_MAX));
    assert!(page.cut && page.text.len() <= HTML_LEN_MAX);
    assert!(!text("<p>short").cut);
}

#[test]
fn hostile_pages_are_read_in_proportion_to_their_length() {
    let many = 60_000;
    let attributes: String = (0..many).map(|n| format!(" a{n}")).collect();
    let pages = [
        "<div>".repeat(many),
        "<b><i>".repeat(many),
        "</div>".repeat(many),
        "<table><tr><td>".repeat(many),
        "<ul><li>".repeat(many),
        "<blockquote type=cite>x".repeat(many),
        format!("<div{attributes}>x</div>"),
        format!("<p title='{}", " x".repeat(many)),
        "<!--".repeat(many),
        "<div style='border-top:solid'>a:b@".repeat(many),
        "<span style='display:none'>".repeat(many),
        "&".repeat(many),
        "<".repeat(many),
        "x<br>".repeat(many),
        format!("<script>{}", "<!--<script>".repeat(many)),
    ];
    for page in pages {
        assert!(text(&page).text.len() <= 4 * page.len());
    }
    assert_eq!(read(&format!("<div{attributes}>Order 4711</div>")).lines().last().map(|line| line.ends_with("Order 4711")), Some(true));
}

proptest::proptest! {
    #[test]
    fn any_page_gives_text_and_quotes_within_it(html in "(<[a-z!/]{0,11}[ a-z='\":;0-9]{0,20}>?|[a-zé中\u{a0} \n&;]{0,9}|<blockquote type=cite>|</blockquote>|<table>|<tr>|<td>|<li>|<div id=divRplyFwdMsg>|<!--|-->){0,40}") {
        let page = text(&html);
        let mut end = 0;
        for quote in &page.quotes {
            proptest::prop_assert!(end <= quote.start && quote.start < quote.end && page.text.get(quote.clone()).is_some());
            end = quote.end;
        }
        let fresh = crate::parse::fresh::split(&page.text, &page.quotes, Some("Ana Souza"), Some("Fwd: x"));
        proptest::prop_assert!(fresh.text.len() <= page.text.len() + 1);
    }
}
