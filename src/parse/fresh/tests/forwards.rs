//! Mails passed on, as the mail programs of several countries write them.

use super::*;

/// Program, marker and header block; the inner mail is always the same.
const FORWARDS: &[(&str, &str)] = &[
    (
        "Gmail",
        "---------- Forwarded message ---------\nFrom: Ana Souza <ana@loja.example>\nDate: Thu, Nov 12, 2026 at 9:12 AM\nSubject: Cadeiras\nTo: <sales@exporter.example>",
    ),
    (
        "Gmail, Spanish",
        "---------- Forwarded message ---------\nDe: Ana Souza <ana@loja.example>\nDate: jue, 12 nov 2026 a las 9:12\nSubject: Cadeiras\nTo: <sales@exporter.example>",
    ),
    (
        "Outlook",
        "From: Ana Souza <ana@loja.example>\nSent: Thursday, November 12, 2026 9:12 AM\nTo: sales@exporter.example\nSubject: Cadeiras",
    ),
    (
        "Outlook, German",
        "Von: Ana Souza <ana@loja.example>\nGesendet: Donnerstag, 12. November 2026 09:12\nAn: sales@exporter.example\nBetreff: Cadeiras",
    ),
    (
        "Apple Mail",
        "Begin forwarded message:\n\nFrom: Ana Souza <ana@loja.example>\nSubject: Cadeiras\nDate: 12 November 2026 at 09:12:44 CET\nTo: sales@exporter.example",
    ),
    (
        "Apple Mail, French",
        "Début du message réexpédié :\n\nDe: Ana Souza <ana@loja.example>\nObjet: Cadeiras\nDate: 12 novembre 2026 à 09:12:44 UTC+1\nÀ: sales@exporter.example",
    ),
    (
        "Thunderbird",
        "-------- Forwarded Message --------\nSubject: \tCadeiras\nDate: \tThu, 12 Nov 2026 09:12:44 +0100\nFrom: \tAna Souza <ana@loja.example>\nTo: \tsales@exporter.example",
    ),
    (
        "Thunderbird, Italian",
        "-------- Messaggio Inoltrato --------\nOggetto: \tCadeiras\nData: \tThu, 12 Nov 2026 09:12:44 +0100\nMittente: \tAna Souza <ana@loja.example>\nA: \tsales@exporter.example",
    ),
    ("Foxmail", "发件人： Ana Souza <ana@loja.example>\n发送时间： 2026-11-12 09:12\n收件人： sales@exporter.example\n主题： Cadeiras"),
    (
        "QQ",
        "------------------ 转发邮件 ------------------\n发件人: \"Ana Souza\" <ana@loja.example>;\n发送时间: 2026年11月12日(星期四) 上午9:12\n收件人: \"sales\"<sales@exporter.example>;\n主题: Cadeiras",
    ),
    (
        "163",
        "-------- 转发邮件信息 --------\n发件人：\"Ana Souza\" <ana@loja.example>\n发送日期：2026-11-12 09:12:44\n收件人：sales@exporter.example\n主题：Cadeiras",
    ),
    (
        "Yahoo",
        "----- Forwarded Message -----\nFrom: Ana Souza <ana@loja.example>\nTo: sales@exporter.example\nSent: Thursday, November 12, 2026 at 09:12:44 AM GMT+1\nSubject: Cadeiras",
    ),
    (
        "Mail.ru",
        "-------- Пересланное сообщение --------\nОт: Ana Souza <ana@loja.example>\nКому: sales@exporter.example\nДата: Четверг, 12 ноября 2026, 9:12 +03:00\nТема: Cadeiras",
    ),
    (
        "Samsung",
        "-------- Original message --------\nFrom: Ana Souza <ana@loja.example>\nDate: 12/11/2026 09:12 (GMT+01:00)\nTo: sales@exporter.example\nSubject: Cadeiras",
    ),
    (
        "Outlook, Japanese",
        "差出人: Ana Souza <ana@loja.example>\n送信日時: 2026年11月12日 9:12\n宛先: sales@exporter.example\n件名: Cadeiras",
    ),
];

#[test]
fn the_inner_mail_of_a_forward_is_read() {
    for (program, block) in FORWARDS {
        let text = format!("Li, please answer this one.\n\n{block}\n\nPrecisamos de 500 cadeiras.\n\nAna\n");
        let fresh = split(&text, &[], None, Some("Fwd: Cadeiras"));
        let forwarded = fresh.forwarded.as_ref().unwrap_or_else(|| panic!("{program}: not taken for a forward"));
        assert_eq!(fresh.text, "Li, please answer this one.", "{program}");
        assert_eq!(forwarded.from.name.as_deref(), Some("Ana Souza"), "{program}");
        assert_eq!(forwarded.from.address.as_ref().map(|a| a.as_str()), Some("ana@loja.example"), "{program}");
        assert_eq!(forwarded.subject.as_deref(), Some("Cadeiras"), "{program}");
        assert_eq!(forwarded.text, "Precisamos de 500 cadeiras.\n\nAna", "{program}");
    }
}

#[test]
fn yandex_names_the_writer_in_one_line() {
    let text = "-------- Пересылаемое сообщение --------\n12.11.2026, 09:12, \"Ana Souza\" <ana@loja.example>:\n\nPrecisamos de 500 cadeiras.\n\n-------- Конец пересылаемого сообщения --------\n";
    let fresh = split(text, &[], None, Some("Fwd: Cadeiras"));
    let forwarded = fresh.forwarded.expect("it says so itself");
    assert_eq!((forwarded.from.name.as_deref(), forwarded.text.as_str()), (Some("Ana Souza"), "Precisamos de 500 cadeiras."));
    assert_eq!(fresh.text, "");
}

#[test]
fn a_marked_forward_loses_its_marks() {
    let text = "See below.\n\n> Begin forwarded message:\n>\n> From: Ana Souza <ana@loja.example>\n> Subject: Cadeiras\n> Date: 12 November 2026\n> To: sales@exporter.example\n>\n> 500 cadeiras.\n>> preço?\n";
    let forwarded = split(text, &[], None, None).forwarded.expect("it says so itself");
    assert_eq!(forwarded.text, "500 cadeiras.\n> preço?");
}

#[test]
fn the_subject_alone_tells_a_forward_in_many_languages() {
    let text = "FYI\n\nFrom: Ana Souza <ana@loja.example>\nSent: Thursday, November 12, 2026 9:12 AM\nTo: sales@exporter.example\nSubject: Cadeiras\n\n500 cadeiras.";
    for prefix in ["Fwd", "FW", "WG", "TR", "RV", "I", "ENC", "转发", "轉寄", "Пересл.", "PD", "İLT", "転送", "전달", "VS FW", "FW[2]"]
    {
        assert!(split(text, &[], None, Some(&format!("{prefix}: Cadeiras"))).forwarded.is_some(), "{prefix}");
    }
    for subject in ["Re: Cadeiras", "AW: Cadeiras", "回复: Cadeiras", "Cadeiras", "Re: Fwd: Cadeiras"] {
        assert_eq!(split(text, &[], None, Some(subject)).forwarded, None, "{subject}");
    }
}

#[test]
fn a_forward_inside_a_quoted_reply_is_no_forward() {
    let text = "Agreed.\n\nOn 12 Nov 2026, at 09:12, Li Wei <li@factory.example> wrote:\n\n> Please see.\n>\n> ---------- Forwarded message ---------\n> From: Ana Souza <ana@loja.example>\n> Subject: Cadeiras\n";
    assert_eq!(split(text, &[], None, Some("Re: Fwd: Cadeiras")).forwarded, None);
}

#[test]
fn gmail_and_thunderbird_pages_are_read_as_forwards() {
    let gmail = r#"<div dir="ltr">FYI<br><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">---------- Forwarded message ---------<br>De: <strong>Ana Souza</strong> <span>&lt;<a href="mailto:ana@loja.example">ana@loja.example</a>&gt;</span><br>Date: jue, 12 nov 2026 a las 9:12<br>Subject: Cadeiras<br>To: &lt;<a>sales@exporter.example</a>&gt;<br></div><br><div dir="ltr">500 cadeiras</div></div></div>"#;
    let thunderbird = r#"<p>FYI</p><div class="moz-forward-container">-------- Weitergeleitete Nachricht --------<table class="moz-email-headers-table"><tr><th>Betreff: </th><td>Cadeiras</td></tr><tr><th>Datum: </th><td>Thu, 12 Nov 2026 09:12:44 +0100</td></tr><tr><th>Von: </th><td>Ana Souza <a href="mailto:ana@loja.example">&lt;ana@loja.example&gt;</a></td></tr><tr><th>An: </th><td>sales@exporter.example</td></tr></table><br><br>500 cadeiras</div>"#;
    let apple = r#"FYI<br><blockquote type="cite"><div>Begin forwarded message:</div><br><div><b>From: </b>Ana Souza &lt;ana@loja.example&gt;<br></div><div><b>Subject: </b>Cadeiras<br></div><div><b>Date: </b>12 November 2026<br></div><br><div>500 cadeiras</div></blockquote>"#;
    for html in [gmail, thunderbird, apple] {
        let page = crate::parse::html::text(html);
        let fresh = split(&page.text, &page.quotes, None, Some("Fwd: Cadeiras"));
        assert_eq!(fresh.text, "FYI", "{html}");
        let forwarded = fresh.forwarded.expect("it says so itself");
        assert_eq!((forwarded.from.name.as_deref(), forwarded.subject.as_deref()), (Some("Ana Souza"), Some("Cadeiras")));
        assert_eq!(forwarded.text, "500 cadeiras");
    }
}
