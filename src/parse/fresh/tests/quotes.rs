//! What is quoted and what is not, where marks, answers and traps stand between one another.

use super::*;

#[test]
fn answers_between_the_quoted_lines_stay() {
    let text = "Hello Li,\n\nOn 12 Nov 2026, at 09:12, Li Wei <li@factory.example> wrote:\n\n> Which port?\n\nHamburg, please.\n\n> How many?\n\n500 cartons.\n";
    assert_eq!(typed(text), "Hello Li,\n\nHamburg, please.\n\n500 cartons.");
}

#[test]
fn an_answer_below_the_quote_is_found() {
    let text = "On 12 Nov 2026, at 09:12, Li Wei wrote:\n> Our price is USD 12.50.\n> Valid for 30 days.\n\nToo high, we can pay USD 11.\n\nRegards,\nMaria\n";
    assert_eq!(typed(text), "Too high, we can pay USD 11.\n\nRegards,\nMaria");
}

#[test]
fn a_sentence_that_says_who_wrote_is_no_quote() {
    for text in [
        "On Monday we wrote: the price is fixed until 31 December.\nPlease confirm.",
        "Our bank wrote: payment is on its way.\nPlease check.",
        "In your mail of 12 Nov 2026 you wrote:\nDelivery in 30 days.\nThat is too long for us.",
        "On 12.11.2026 at 10:00 our inspector wrote:\nThe seal is broken.\nPlease explain.",
        "On 12.11.2026 at 10:00 Li Wei wrote:\n\"The seal is broken.\"\nPlease explain.",
        "As your colleague wrote:\n- 500 pcs\n- FOB Ningbo",
    ] {
        assert_eq!(typed(text), text);
    }
}

#[test]
fn ports_of_a_cargo_are_no_header_block() {
    let text = "Please quote freight.\n\nFrom: Shanghai\nTo: Hamburg\nDate: 15 December 2026\nCargo: 2x40HC furniture\n\nThank you!";
    assert_eq!(typed(text), text);
    let text = "De: Ningbo\nA: Valencia\nFecha: 12/12/2026\nAsunto: flete marítimo\n\nCoticen por favor.";
    assert_eq!(typed(text), text);
}

#[test]
fn quantities_behind_an_angle_bracket_are_no_quote() {
    let text = "Please fill in your prices:\n> 500 pcs:\n> 1000 pcs:\n\nThank you.";
    assert_eq!(typed(text), text);
}

#[test]
fn a_table_drawn_with_bars_is_no_quote() {
    let text = "Our order:\n\n| SKU | Qty |\n| AX-11 | 500 |\n| AX-12 | 200 |\n\nPlease confirm.";
    assert_eq!(typed(text), text);
}

#[test]
fn bars_and_initials_before_lines_are_quotes() {
    assert_eq!(typed("Agreed.\n\n| Our price is USD 12.\n| Valid for 30 days.\n\nBut FOB."), "Agreed.\n\nBut FOB.");
    assert_eq!(typed("Agreed.\n\nLW> Our price is USD 12.\nLW> Valid for 30 days.\n"), "Agreed.");
}

#[test]
fn a_web_form_is_not_taken_for_a_quoted_mail() {
    let text =
        "From: Ahmed Salem <ahmed@trading.example>\nSubject: Need price\nPhone: +971 4 123 4567\n\nMessage:\nWe need 2000 LED panels.";
    assert_eq!(split(text, &[], None, Some("New message from your website")).text, text);
}

#[test]
fn a_mail_of_quotes_only_has_nothing_typed_and_keeps_them() {
    let fresh = split("> On 12 Nov 2026, Li wrote:\n> > Our price is USD 12.50.\n", &[], None, Some("Re: offer"));
    assert_eq!(fresh.text, "");
    assert!(fresh.quoted.contains("USD 12.50"));
}

#[test]
fn a_page_that_is_one_blockquote_is_shown() {
    let html =
        "<html><body><blockquote style='border-left:2px solid #ccc'><p>We need 500 chairs, FOB Ningbo.</p></blockquote></body></html>";
    assert_eq!(typed_in_html(html), "We need 500 chairs, FOB Ningbo.");
}

#[test]
fn an_answer_that_cannot_be_told_from_the_quote_is_shown() {
    let text = "On 12 Nov 2026, at 09:12, Li Wei wrote:\n\nOur price is USD 12.50.\n\nToo high, we can pay USD 11.\n";
    assert_eq!(typed(text), "Our price is USD 12.50.\n\nToo high, we can pay USD 11.");
}

#[test]
fn the_quote_of_an_unknown_language_is_known_by_its_form() {
    let text = "Xyz abc.\n\nFoo 12-11-2026 09:12 Li Wei <li@factory.example> qwertz:\n> Our price is USD 12.50.\n";
    assert_eq!(typed(text), "Xyz abc.");
}

#[test]
fn gmail_outlook_and_thunderbird_pages_show_only_the_reply() {
    let gmail = r#"<div dir="ltr">We accept.<br></div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">El jue, 12 nov 2026, Li (<a href="mailto:li@f.example">li@f.example</a>) escribió:<br></div><blockquote class="gmail_quote" style="margin:0 0 0 .8ex;border-left:1px solid #ccc"><div>Price USD 12</div></blockquote></div>"#;
    let outlook = r#"<div class="WordSection1"><p class="MsoNormal">We accept.</p><p class="MsoNormal">&nbsp;</p><div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p class="MsoNormal"><b>Saatja:</b> Li &lt;li@f.example&gt;<br><b>Xyz:</b> 12. november 2026 9:12<br><b>Foo:</b> Maria<br><b>Bar:</b> Offer</p></div></div><p class="MsoNormal">Price USD 12</p></div>"#;
    let owa = r#"<div>We accept.</div><div id="appendonsend"></div><hr style="display:inline-block;width:98%" tabindex="-1"><div id="divRplyFwdMsg" dir="ltr"><font><b>From:</b> Li<br><b>Sent:</b> Thursday</font></div><div>Price USD 12</div>"#;
    let thunderbird = r#"<p>We accept.</p><div class="moz-cite-prefix">12.11.2026 09:12, Li:<br></div><blockquote type="cite" cite="mid:1@f"><p>Price USD 12</p></blockquote>"#;
    let yahoo = r#"<div>We accept.</div><div id="yahoo_quoted_123" class="yahoo_quoted"><div>On Thursday, Li wrote:</div><div>Price USD 12</div></div>"#;
    for html in [gmail, outlook, owa, thunderbird, yahoo] {
        assert_eq!(typed_in_html(html), "We accept.", "{html}");
    }
}

#[test]
fn gmail_answers_between_its_blockquotes_stay() {
    let html = r#"<div class="gmail_quote"><div class="gmail_attr">On Thu, Nov 12, 2026 at 9:12 AM Li &lt;li@f.example&gt; wrote:</div><blockquote class="gmail_quote">Which port?</blockquote><div>Hamburg.</div><blockquote class="gmail_quote">How many?</blockquote><div>500.</div></div>"#;
    assert_eq!(typed_in_html(html), "Hamburg.\n\n500.");
}

#[test]
fn long_text_takes_time_in_proportion() {
    // Each would take minutes if any step looked at all lines for every line.
    let long = 1 << 17;
    let letters = [
        ">".repeat(long),
        "From:\n".repeat(long / 6),
        "On 1 Jan 2026 10:00\n".repeat(long / 20),
        "\n".repeat(long) + &"To: a@b.example\n".repeat(long / 16),
        "Regards,\nBob\n".repeat(long / 13),
        "x".repeat(long),
        "<a@b.example>:\n\n".repeat(long / 16),
        "-- \n".repeat(long / 4),
        "> a\nb\n".repeat(long / 6),
    ];
    for text in letters {
        let fresh = split(&text, &[], Some("Bob"), None);
        assert!(fresh.text.len() <= text.len() && fresh.quoted.len() <= text.len());
    }
}

#[test]
fn telephones_and_old_mailers_announce_in_their_own_ways() {
    for announcement in [
        "Li Wei <li@factory.example> wrote:\n\nOur price is USD 12.50.",
        "2026/11/12 Li Wei <li@factory.example>\n\n> Our price is USD 12.50.",
        "On Nov 12, 2026, at 9:12 AM, Li Wei <\na-very-long-local-part-of-an-address\n@factory.example>wrote:\n\n> Our price is USD 12.50.",
        "--------------------------------------------\nOn Thu, 12/11/26, Li Wei wrote:\n\n Subject: Offer\n To: maria@importadora.example\n\n Our price is USD 12.50.",
        "Li Wei <li@factory.example> schrieb am Do., 12. Nov. 2026, 09:12:\n\nOur price is USD 12.50.",
        ">>> Li Wei <li@factory.example> 11/12/2026 9:12 AM >>>\nOur price is USD 12.50.",
        ">>> On 11/12/2026 at 9:12 AM, in message <1@f.example>, Li Wei <li@factory.example> wrote:\n\nOur price is USD 12.50.",
        "Quoting Li Wei <li@factory.example>:\n\n> Our price is USD 12.50.",
        "----- Mail original -----\nDe: \"Li Wei\" <li@factory.example>\nÀ: \"Achats\" <achats@importateur.example>\nEnvoyé: Jeudi 12 Novembre 2026 09:12:44\nObjet: Offre\n\nOur price is USD 12.50.",
        "On Thu, 12 Nov 2026 at 09:12 Li Wei\n\n<\nmailto:li@factory.example\n> wrote:\n\nOur price is USD 12.50.",
    ] {
        assert_eq!(typed(&format!("We accept.\n\n{announcement}\n")), "We accept.", "{announcement}");
    }
}

#[test]
fn an_ornament_and_a_wrapped_link_are_no_quotes() {
    let text = "Visit us at the fair:\n>>> www.factory.example <<<\nBooth 12.";
    assert_eq!(typed(text), text);
    let text = "Catalogue <https://factory.example/catalogue\n>\nand prices below.";
    assert_eq!(typed(text), text);
}

#[test]
fn a_line_of_dashes_before_the_quote_goes_with_it() {
    assert_eq!(typed("Agreed.\n\n---\n\n> Price USD 12\n"), "Agreed.");
    assert_eq!(typed("Agreed.\n\n_____________\nOn 12 Nov 2026, at 09:12, Li Wei wrote:\n> Price USD 12\n"), "Agreed.");
}

#[test]
fn a_page_with_nothing_typed_above_its_quote_has_no_fresh_words() {
    let html = r#"<div><br></div><div class="gmail_quote"><div class="gmail_attr">On Thu, Nov 12, 2026 at 9:12 AM Li &lt;li@f.example&gt; wrote:<br></div><blockquote class="gmail_quote">Price USD 12</blockquote></div>"#;
    assert_eq!(typed_in_html(html), "");
}

proptest::proptest! {
    /// Any text is split into words of its own, and none of them is lost: what is not typed now is quoted, a card or a footer.
    #[test]
    fn what_was_typed_is_part_of_the_mail(lines in proptest::collection::vec("(> ?){0,2}|[a-zé中:.@0-9 ]{0,30}|-- |From: a@b.example|Sent: 12.11.2026 09:12|Subject: x|On 12 Nov 2026, at 09:12, Li wrote:|Best regards,|Maria Lopez|Tel: \\+49 40 123456|-----Original Message-----|Sent from my iPhone|<|>>> x <<<|C> y", 0..30)) {
        let text = lines.join("\n");
        let fresh = split(&text, &[], Some("Maria Lopez"), Some("Re: x"));
        let known: std::collections::HashSet<&str> = text.lines().map(str::trim).collect();
        for line in fresh.text.lines().chain(fresh.quoted.lines()).filter(|line| !line.is_empty()) {
            proptest::prop_assert!(known.contains(line.trim()), "{line:?} is not of the mail");
        }
        if !text.contains(['>', '|', ':', '-', '@']) && !text.contains("iPhone") {
            proptest::prop_assert_eq!(fresh.text.split_whitespace().count(), text.split_whitespace().count());
        }
    }
}
