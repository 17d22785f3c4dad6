//! Where the sender's words end and the business card begins.

use super::*;

/// Language, the mail, what was typed, and name, title, company, phone, website of the card.
type Card = (&'static str, &'static str, &'static str, [Option<&'static str>; 5]);

const CARDS: &[Card] = &[
    (
        "English",
        "Please quote 500 sets.\n\nBest regards,\nMaria Lopez\nPurchasing Manager\nNorthern Trade Ltd.\nTel: +44 20 7946 0018\nwww.northern-trade.example",
        "Please quote 500 sets.\n\nBest regards,\nMaria Lopez",
        [
            Some("Maria Lopez"),
            Some("Purchasing Manager"),
            Some("Northern Trade Ltd."),
            Some("+44 20 7946 0018"),
            Some("www.northern-trade.example"),
        ],
    ),
    (
        "German",
        "Bitte senden Sie uns ein Angebot.\n\nMit freundlichen Grüßen\n\nJan Becker\nEinkaufsleiter\n\nBecker Möbelhandel GmbH\nHafenstraße 12, 20457 Hamburg\nTelefon: +49 40 1234567\nTelefax: +49 40 1234568\nE-Mail: becker@moebel.example\nGeschäftsführer: Jan Becker, Amtsgericht Hamburg HRB 12345",
        "Bitte senden Sie uns ein Angebot.\n\nMit freundlichen Grüßen\n\nJan Becker",
        [Some("Jan Becker"), Some("Einkaufsleiter"), Some("Becker Möbelhandel GmbH"), Some("+49 40 1234567"), None],
    ),
    (
        "Spanish, one line",
        "Necesitamos 300 unidades.\n\nSaludos cordiales,\nCarmen Ruiz | Jefa de Compras | Muebles del Sur, S.L.\nTel. +34 954 123 456 | www.mueblesdelsur.example",
        "Necesitamos 300 unidades.\n\nSaludos cordiales,",
        [
            Some("Carmen Ruiz"),
            Some("Jefa de Compras"),
            Some("Muebles del Sur, S.L."),
            Some("+34 954 123 456"),
            Some("www.mueblesdelsur.example"),
        ],
    ),
    (
        "French",
        "Merci de nous envoyer vos tarifs.\n\nCordialement,\n\nClaire Martin\nResponsable achats\nMeubles Martin SARL\nTél. : 04 72 00 11 22",
        "Merci de nous envoyer vos tarifs.\n\nCordialement,\n\nClaire Martin",
        [Some("Claire Martin"), Some("Responsable achats"), Some("Meubles Martin SARL"), Some("04 72 00 11 22"), None],
    ),
    (
        "Portuguese",
        "Segue o pedido.\n\nAtenciosamente,\nAna Souza\nGerente de Importação\nLoja Bonita Ltda.\n+55 11 98765-4321",
        "Segue o pedido.\n\nAtenciosamente,\nAna Souza",
        [Some("Ana Souza"), Some("Gerente de Importação"), Some("Loja Bonita Ltda."), Some("+55 11 98765-4321"), None],
    ),
    (
        "Italian",
        "Confermo l'ordine.\n\nCordiali saluti\nGiulia Bianchi\nUfficio Acquisti\nArredo Bianchi S.r.l.\nCell. +39 333 1234567",
        "Confermo l'ordine.\n\nCordiali saluti\nGiulia Bianchi",
        [Some("Giulia Bianchi"), Some("Ufficio Acquisti"), Some("Arredo Bianchi S.r.l."), Some("+39 333 1234567"), None],
    ),
    (
        "Russian",
        "Просим выслать счёт.\n\nС уважением,\nИван Петров\nМенеджер по закупкам\nООО «Северный путь»\nТел.: +7 495 123-45-67\nсайт: sevput.example",
        "Просим выслать счёт.\n\nС уважением,\nИван Петров",
        [Some("Иван Петров"), Some("Менеджер по закупкам"), Some("ООО «Северный путь»"), Some("+7 495 123-45-67"), Some("sevput.example")],
    ),
    (
        "Chinese",
        "请报CIF汉堡价格。\n\n顺祝商祺！\n\n王芳\n采购经理\n宁波海川进出口有限公司\n电话：0574-87654321\n网址：www.haichuan.example",
        "请报CIF汉堡价格。\n\n顺祝商祺！\n\n王芳",
        [Some("王芳"), Some("采购经理"), Some("宁波海川进出口有限公司"), Some("0574-87654321"), Some("www.haichuan.example")],
    ),
    (
        "Japanese",
        "見積りをお願いします。\n\n以上、よろしくお願いいたします。\n\n田中 太郎\n株式会社サンプル商事\n購買部 課長\nTEL: 03-1234-5678",
        "見積りをお願いします。\n\n以上、よろしくお願いいたします。\n\n田中 太郎",
        [Some("田中 太郎"), Some("購買部 課長"), Some("株式会社サンプル商事"), Some("03-1234-5678"), None],
    ),
    (
        "Korean",
        "견적 부탁드립니다.\n\n감사합니다.\n\n김민수\n구매팀 과장\n주식회사 한빛무역\n전화: 02-1234-5678",
        "견적 부탁드립니다.\n\n감사합니다.\n\n김민수",
        [Some("김민수"), Some("구매팀 과장"), Some("주식회사 한빛무역"), Some("02-1234-5678"), None],
    ),
    (
        "Arabic",
        "نرجو إرسال عرض السعر.\n\nمع أطيب التحيات،\nأحمد سالم\nمدير المشتريات\nشركة النور للتجارة ذ.م.م\nهاتف: +971 4 123 4567",
        "نرجو إرسال عرض السعر.\n\nمع أطيب التحيات،\nأحمد سالم",
        [Some("أحمد سالم"), Some("مدير المشتريات"), Some("شركة النور للتجارة ذ.م.م"), Some("+971 4 123 4567"), None],
    ),
    (
        "Turkish",
        "Fiyat teklifi rica ederiz.\n\nSaygılarımla,\nAyşe Yılmaz\nSatın Alma Müdürü\nYılmaz Mobilya A.Ş.\nTel: +90 212 123 45 67",
        "Fiyat teklifi rica ederiz.\n\nSaygılarımla,\nAyşe Yılmaz",
        [Some("Ayşe Yılmaz"), Some("Satın Alma Müdürü"), Some("Yılmaz Mobilya A.Ş."), Some("+90 212 123 45 67"), None],
    ),
    (
        "below the delimiter",
        "Please quote 500 sets.\n-- \nMaria Lopez\nNorthern Trade Ltd.\nM: +44 7700 900123",
        "Please quote 500 sets.",
        [Some("Maria Lopez"), None, Some("Northern Trade Ltd."), Some("+44 7700 900123"), None],
    ),
];

#[test]
fn the_card_below_the_name_is_left_out_and_read() {
    for (language, text, typed, card) in CARDS {
        let fresh = split(text, &[], None, None);
        assert_eq!(fresh.text, *typed, "{language}");
        let signature = fresh.signature.unwrap_or_else(|| panic!("{language}: no signature found"));
        let [name, title, company, phone, website] = card.map(|value| value.map(str::to_owned));
        assert_eq!(signature, Signature { name, company, phone, title, website, lines: signature.lines.clone() }, "{language}");
    }
}

#[test]
fn the_senders_name_begins_a_card_without_a_closing() {
    let text = "Container arrived in good order.\n\nMaria Lopez\nNorthern Trade Ltd.\nTel: +44 20 7946 0018";
    let fresh = split(text, &[], Some("Lopez, Maria"), None);
    assert_eq!(fresh.text, "Container arrived in good order.\n\nMaria Lopez");
    assert_eq!(fresh.signature.and_then(|s| s.company).as_deref(), Some("Northern Trade Ltd."));
}

#[test]
fn what_might_be_the_customers_words_stays() {
    for text in [
        "Thanks,\nwe will pay the balance on Monday after we have seen the documents.\nPlease send copies of the B/L by e-mail to our bank.",
        "Please ship to:\n\nNorthern Trade Ltd.\nDock Road 5\nTel: +44 20 7946 0018",
        "We need:\n\n---\n\n500 pcs AX-11\n200 pcs AX-12\n\n---\n\nFOB Ningbo, please.",
        "With regards to the payment we are waiting for your bank details.\nAs regards delivery, December is fine.",
        "Consignee: Northern Trade Ltd., London\nNotify: same\nTel: +44 20 7946 0018\nPlease correct the B/L.",
        "Our details for the PI are below.\n\nCompany: Northern Trade Ltd.\nTel: +44 20 7946 0018\nEmail: maria@northern.example",
        "Please quote:\n- lamps, 500 pcs\n\n--\n\nAlso a second item:\n- cables, 300 m",
        "谢谢！\n请把样品寄到：\n宁波海川进出口有限公司\n电话：0574-87654321",
        "Important: the goods must arrive before Ramadan, the recipient is waiting.",
        "Best regards,\nMaria",
        "Thanks",
    ] {
        assert_eq!(split(text, &[], None, None).text, text);
    }
}

#[test]
fn a_postscript_below_the_card_stays() {
    let text =
        "Sample approved.\n\nBest regards,\nMaria Lopez\nNorthern Trade Ltd.\nTel: +44 20 7946 0018\n\nPS: the colour must be RAL 7016.";
    assert_eq!(split(text, &[], None, None).text, "Sample approved.\n\nBest regards,\nMaria Lopez\n\nPS: the colour must be RAL 7016.");
}

#[test]
fn what_lawyers_and_scanners_add_is_left_out() {
    for footer in [
        "This e-mail and any attachments are confidential and intended solely for the addressee.\nIf you are not the intended recipient, please delete it.",
        "CAUTION: This email originated from outside of the organization.",
        "Diese E-Mail enthält vertrauliche Informationen. Wenn Sie nicht der richtige Adressat sind, löschen Sie sie bitte.",
        "Este mensaje y sus archivos adjuntos son confidenciales y se dirigen exclusivamente a su destinatario.",
        "Ce message et ses pièces jointes sont confidentiels et établis à l'intention exclusive de ses destinataires.",
        "本邮件及其附件含有保密信息，仅限于发送给上面地址中列出的个人或群组。",
        "Please consider the environment before printing this e-mail.",
        "Данное сообщение предназначено только для адресата и может содержать конфиденциальную информацию.",
    ] {
        assert_eq!(typed(&format!("Order confirmed.\n\nRegards,\nMaria\n\n{footer}\n")), "Order confirmed.\n\nRegards,\nMaria", "{footer}");
    }
    let message = "This message is for Mr Li: we order 500 pcs.";
    assert_eq!(typed(message), message);
}

#[test]
fn a_card_above_the_quote_is_left_out() {
    let text = "OK for us.\n\nKind regards\nMaria Lopez\nBuyer\nTel +44 20 7946 0018\n\nOn 12 Nov 2026, at 09:12, Li Wei <li@factory.example> wrote:\n> Is 45 days fine?\n";
    let fresh = split(text, &[], None, None);
    assert_eq!(fresh.text, "OK for us.\n\nKind regards\nMaria Lopez");
    assert_eq!(fresh.signature.and_then(|s| s.title).as_deref(), Some("Buyer"));
}

#[test]
fn a_name_beside_or_in_the_place_of_a_card_is_told() {
    for (text, name, company) in [
        ("Agreed.\n\nBest regards, Maria Lopez", Some("Maria Lopez"), None),
        ("Agreed.\n\nС уважением, Иван Петров, ООО «Север»", Some("Иван Петров"), Some("ООО «Север»")),
        ("Einverstanden.\n\nBeste Grüße\nBecker Möbel GmbH", None, Some("Becker Möbel GmbH")),
        ("同意。\n\n此致\n敬礼\n\n王芳", Some("王芳"), None),
    ] {
        let fresh = split(text, &[], None, None);
        assert_eq!(fresh.text, text);
        let signature = fresh.signature.expect("somebody signed");
        assert_eq!((signature.name.as_deref(), signature.company.as_deref()), (name, company), "{text}");
    }
}

#[test]
fn outlooks_card_with_lawyers_close_below_is_left_out() {
    let html = "<p class=MsoNormal>Please quote:</p><p class=MsoNormal>&nbsp;</p><p class=MsoNormal>Kind regards,</p><p class=MsoNormal><b>Maria Lopez</b></p><p class=MsoNormal>Purchasing Manager</p><table><tr><td><img src='cid:1' alt=logo></td><td><p class=MsoNormal>Northern Trade Ltd.<br>Dock Road 5<br>T +44 20 7946 0018 | M +44 7700 900123</p></td></tr></table><p class=MsoNormal>This e-mail and any attachments are confidential and intended for the addressee only.</p>";
    let page = crate::parse::html::text(html);
    let fresh = split(&page.text, &page.quotes, None, None);
    assert_eq!(fresh.text, "Please quote:\n\nKind regards,\nMaria Lopez");
    let signature = fresh.signature.expect("a card");
    assert_eq!((signature.title.as_deref(), signature.phone.as_deref()), (Some("Purchasing Manager"), Some("+44 20 7946 0018")));
}
