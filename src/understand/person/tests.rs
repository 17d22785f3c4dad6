//! People of many countries, as their mail tells them.

use super::*;
use crate::parse::{fresh, html};
use crate::types::{EmailAddress, NamedAddress};
use crate::understand::read;
use std::sync::LazyLock;

static RULES: LazyLock<Rules> = LazyLock::new(|| Rules::compile(&Rules::built_in_files()).expect("sound rules"));

fn letter(name: &str, address: &str, text: &str, quotes: &[std::ops::Range<usize>]) -> Letter {
    let from = NamedAddress { name: Some(name.to_owned()).filter(|name| !name.is_empty()), address: EmailAddress::parse(address).ok() };
    let fresh = fresh::split(text, quotes, from.name.as_deref(), None);
    Letter { from, text: text.to_owned(), fresh, ..Letter::default() }
}

fn told(letter: &Letter) -> Person {
    person(letter, &read(letter, &RULES), &RULES, None)
}

/// Country, zone, telephones as `kind number`, and whether an address was found.
fn seen(name: &str, address: &str, text: &str) -> (Option<String>, Option<&'static str>, Vec<String>, Option<String>) {
    let person = told(&letter(name, address, text, &[]));
    let kind = |kind| match kind {
        PhoneKind::Office => "office",
        PhoneKind::Mobile => "mobile",
        PhoneKind::WhatsApp => "whatsapp",
        PhoneKind::Fax => "fax",
    };
    let phones = person.phones.iter().map(|phone| format!("{} {}", kind(phone.kind), phone.e164.as_deref().unwrap_or("?"))).collect();
    (person.country.map(|country| country.to_string()), person.time_zone, phones, person.address)
}

/// Name, address, text, country, time zone, telephones, postal address.
type Case = (&'static str, &'static str, &'static str, &'static str, &'static str, &'static [&'static str], &'static str);

#[test]
fn people_of_many_countries() {
    let cases: &[Case] = &[
        (
            "Jan Meier",
            "meier@acme.de",
            "Bitte um Angebot.\n\nMit freundlichen Grüßen\n\nJan Meier\nEinkaufsleiter\nAcme GmbH\nHafenstraße 12\n20457 Hamburg\nTel.: 040 1234567\nMobil: 0171 1234567\nFax: 040 1234568",
            "DE",
            "Europe/Berlin",
            &["office +49401234567", "mobile +491711234567", "fax +49401234568"],
            "Hafenstraße 12, 20457 Hamburg",
        ),
        (
            "Claire Dubois",
            "c.dubois@lumiere.fr",
            "Merci de votre offre.\n\nCordialement,\n\nClaire Dubois\nResponsable achats\nLumière SARL\n12 rue de la Paix\n75002 Paris\nTél. : 01 23 45 67 89\nPortable : 06 12 34 56 78",
            "FR",
            "Europe/Paris",
            &["office +33123456789", "mobile +33612345678"],
            "12 rue de la Paix, 75002 Paris",
        ),
        (
            "Ana Ruiz",
            "ana@luminarias.example",
            "Quedo a la espera.\n\nUn saludo,\n\nAna Ruiz\nCompras\nLuminarias Sol S.L.\nCalle Mayor 5, 46001 Valencia, España\nTel: 963 123 456 | Móvil: 612 345 678",
            "ES",
            "Europe/Madrid",
            &["office +34963123456", "mobile +34612345678"],
            "Calle Mayor 5, 46001 Valencia, España",
        ),
        (
            "王芳",
            "wangfang@brightlamp.cn",
            "请报价。\n\n祝好\n\n王芳\n采购经理\n宁波亮光照明有限公司\n地址：浙江省宁波市鄞州区中山路100号\n电话：0574-8765 4321\n手机/微信：138 0013 8000\n传真：0574-8765 4322",
            "CN",
            "Asia/Shanghai",
            &["office +8657487654321", "mobile +8613800138000", "fax +8657487654322"],
            "浙江省宁波市鄞州区中山路100号",
        ),
        (
            "佐藤健",
            "sato@akari.co.jp",
            "お見積りをお願いします。\n\nよろしくお願いいたします。\n\n佐藤健\n購買部 課長\n株式会社あかり\n〒530-0001 大阪府大阪市北区梅田1丁目2番地\nTEL 06-1234-5678 FAX 06-1234-5679\n携帯 090-1234-5678",
            "JP",
            "Asia/Tokyo",
            &["office +81612345678", "fax +81612345679", "mobile +819012345678"],
            "",
        ),
        (
            "김민수",
            "kim@bit.co.kr",
            "견적 부탁드립니다.\n\n감사합니다.\n\n김민수\n구매팀 과장\n주식회사 빛\n전화: 02-1234-5678\n휴대폰: 010-1234-5678",
            "KR",
            "Asia/Seoul",
            &["office +82212345678", "mobile +821012345678"],
            "",
        ),
        (
            "Иван Петров",
            "petrov@svet.ru",
            "Просим прислать цену.\n\nС уважением,\n\nИван Петров\nМенеджер по закупкам\nООО «Свет»\n630099, г. Новосибирск, ул. Ленина, д. 10\nТел.: 8 (383) 123-45-67\nМоб.: +7 913 123-45-67",
            "RU",
            "Asia/Novosibirsk",
            &["office +73831234567", "mobile +79131234567"],
            "630099, г. Новосибирск, ул. Ленина, д. 10",
        ),
        (
            "أحمد علي",
            "ahmed@noor.example",
            "نرجو إرسال الأسعار.\n\nمع التحية،\n\nأحمد علي\nمدير المشتريات\nشركة النور\nشارع الملك فهد 12، الرياض، السعودية\nهاتف: 011 123 4567\nجوال: ٠٥٥ ١٢٣ ٤٥٦٧",
            "SA",
            "Asia/Riyadh",
            &["office +966111234567", "mobile +966551234567"],
            "",
        ),
        (
            "Ayşe Yılmaz",
            "ayse@isik.com.tr",
            "Fiyat teklifi rica ederiz.\n\nSaygılarımla,\n\nAyşe Yılmaz\nSatın Alma Müdürü\nIşık Aydınlatma Ltd. Şti.\nAtatürk Cad. No: 5, 35220 İzmir\nTel: 0232 123 45 67\nGSM: 0532 123 45 67",
            "TR",
            "Europe/Istanbul",
            &["office +902321234567", "mobile +905321234567"],
            "Atatürk Cad. No: 5, 35220 İzmir",
        ),
        (
            "דוד כהן",
            "david@or.co.il",
            "נא לשלוח הצעת מחיר.\n\nבברכה,\n\nדוד כהן\nמנהל רכש\nאור בע\"מ\nטל: 03-1234567\nנייד: 054-1234567",
            "IL",
            "Asia/Jerusalem",
            &["office +97231234567", "mobile +972541234567"],
            "",
        ),
        (
            "Rahul Sharma",
            "rahul@prakash.in",
            "Please quote.\n\nRegards,\nRahul Sharma\nPurchase Manager\nPrakash Lights Pvt. Ltd.\nPlot 12, MIDC Industrial Estate, Pune 411019\nMob/WhatsApp: 98201 23456",
            "IN",
            "Asia/Kolkata",
            &["mobile +919820123456", "whatsapp +919820123456"],
            "Plot 12, MIDC Industrial Estate, Pune 411019",
        ),
        (
            "Nguyễn Văn An",
            "an@anhsang.vn",
            "Xin báo giá.\n\nTrân trọng,\n\nNguyễn Văn An\nTrưởng phòng mua hàng\nCông ty TNHH Ánh Sáng\nĐịa chỉ: 12 Đường Lê Lợi, Quận 1, TP. Hồ Chí Minh\nĐiện thoại: 028 1234 5678\nDi động: 0903 123 456",
            "VN",
            "Asia/Ho_Chi_Minh",
            &["office +842812345678", "mobile +84903123456"],
            "12 Đường Lê Lợi, Quận 1, TP. Hồ Chí Minh",
        ),
        (
            "สมชาย ใจดี",
            "somchai@saeng.co.th",
            "ขอใบเสนอราคา\n\nขอแสดงความนับถือ\n\nสมชาย ใจดี\nผู้จัดการฝ่ายจัดซื้อ\nบริษัท แสง จำกัด\nโทรศัพท์: 02 123 4567\nมือถือ: 081 234 5678",
            "TH",
            "Asia/Bangkok",
            &["office +6621234567", "mobile +66812345678"],
            "",
        ),
        (
            "Anna Kowalska",
            "anna@swiatlo.pl",
            "Proszę o wycenę.\n\nPozdrawiam\nAnna Kowalska\nKierownik zakupów\nŚwiatło Sp. z o.o.\nul. Długa 5, 80-827 Gdańsk\ntel. 58 123 45 67\nkom. 601 123 456",
            "PL",
            "Europe/Warsaw",
            &["office +48581234567", "mobile +48601123456"],
            "ul. Długa 5, 80-827 Gdańsk",
        ),
        (
            "Marco Gallo",
            "m.gallo@gallo.it",
            "Attendiamo.\n\nCordiali saluti\n\nMarco Gallo\nResponsabile acquisti\nGallo S.p.A.\nVia Roma 1, 10121 Torino (TO), Italia\nTel. 011 555 0120\nCell. 347 1234567",
            "IT",
            "Europe/Rome",
            &["office +390115550120", "mobile +393471234567"],
            "Via Roma 1, 10121 Torino (TO), Italia",
        ),
        (
            "João Silva",
            "joao@luz.com.br",
            "Favor enviar cotação.\n\nAtenciosamente,\n\nJoão Silva\nComprador\nLuz do Norte Ltda\nAv. Djalma Batista 100, Manaus - AM, Brasil\nTel: (92) 3456-7890\nCelular: (92) 98765-4321",
            "BR",
            "America/Manaus",
            &["office +559234567890", "mobile +5592987654321"],
            "Av. Djalma Batista 100, Manaus - AM, Brasil",
        ),
        (
            "Tom Hall",
            "tom@hall-lighting.com",
            "Please quote.\n\nBest regards,\n\nTom Hall\nBuyer\nHall Lighting Inc.\n500 Main Street, Suite 12\nHouston, TX 77002\nUSA\nOffice: (713) 555-0123\nCell: 713-555-0199",
            "US",
            "America/Chicago",
            &["office +17135550123", "mobile +17135550199"],
            "500 Main Street, Suite 12, Houston, TX 77002, USA",
        ),
        (
            "Kate Brown",
            "kate@brown.com.au",
            "Please quote.\n\nKind regards\n\nKate Brown\nPurchasing Manager\nBrown Lights Pty Ltd\nUnit 3, 12 Harbour Road, Perth WA 6000\nPh: (08) 9123 4567\nMob: 0412 345 678",
            "AU",
            "Australia/Perth",
            &["office +61891234567", "mobile +61412345678"],
            "Unit 3, 12 Harbour Road, Perth WA 6000",
        ),
    ];
    for (name, address, text, country, zone, phones, postal) in cases {
        let (found, time_zone, numbers, place) = seen(name, address, text);
        assert_eq!(
            (found.as_deref(), time_zone, numbers.as_slice()),
            (Some(*country), Some(*zone), phones.iter().map(|p| (*p).to_owned()).collect::<Vec<_>>().as_slice()),
            "{name}"
        );
        if !postal.is_empty() {
            assert_eq!(place.as_deref(), Some(*postal), "{name}");
        }
    }
}

#[test]
fn a_card_on_one_line_and_one_in_a_table() {
    let line = "Thanks.\n\nBest regards,\nMaria Lopez | Buyer | Acme S.L. | T +34 963 123 456 | M +34 612 345 678 | www.acme.es";
    let person = told(&letter("Maria Lopez", "maria@acme.example", line, &[]));
    assert_eq!(
        (person.name.as_deref(), person.title.as_deref(), person.company.as_deref()),
        (Some("Maria Lopez"), Some("Buyer"), Some("Acme S.L."))
    );
    assert_eq!(
        person.phones.iter().map(|phone| (phone.kind, phone.e164.as_deref())).collect::<Vec<_>>(),
        [(PhoneKind::Office, Some("+34963123456")), (PhoneKind::Mobile, Some("+34612345678"))]
    );
    assert_eq!(person.country.map(|country| country.to_string()).as_deref(), Some("ES"));

    let page = html::text(
        "<p>Please quote.</p><p>Best regards</p><table><tr><td><b>Tom Hall</b></td></tr><tr><td>Buyer</td></tr><tr><td>Hall Lighting Ltd</td></tr><tr><td>Phone:</td><td>+44 20 7946 0000</td></tr><tr><td>Mobile:</td><td>+44 7700 900123</td></tr></table>",
    );
    let person = told(&letter("Tom Hall", "tom@hall.example", &page.text, &page.quotes));
    assert_eq!(person.company.as_deref(), Some("Hall Lighting Ltd"), "{}", page.text);
    assert_eq!(
        person.phones.iter().filter_map(|phone| phone.e164.as_deref()).collect::<Vec<_>>(),
        ["+442079460000", "+447700900123"],
        "{}",
        page.text
    );
}

#[test]
fn a_card_without_a_name_is_the_senders_all_the_same() {
    let text = "Please send the price list.\n\n--\nHall Lighting Ltd\n12 Harbour Road, Leeds LS1 4AP, UK\nTel: 0113 496 0000";
    let person = told(&letter("Tom Hall", "tom@hall.example", text, &[]));
    assert_eq!((person.name.as_deref(), person.country.map(|country| country.to_string()).as_deref()), (Some("Tom Hall"), Some("GB")));
    assert_eq!(person.phones.first().and_then(|phone| phone.e164.as_deref()), Some("+441134960000"));
}

#[test]
fn an_assistant_who_signs_for_somebody_is_who_wrote() {
    let text = "Please see below.\n\nBest regards,\n\nMaria Lopez\nAssistant to Juan Pérez, CEO\nAcme S.L.\nTel: +34 963 123 456";
    let person = told(&letter("Maria Lopez", "maria@acme.example", text, &[]));
    assert_eq!(person.name.as_deref(), Some("Maria Lopez"));
    assert!(person.title.is_some_and(|title| title.starts_with("Assistant")));
}

#[test]
fn a_quoted_signature_is_not_the_senders() {
    let text = "OK, we agree.\n\nTom\n\nOn Mon, 2 Nov 2026 at 09:12, Li Wei <li.wei@bright.example> wrote:\n> Dear Tom,\n> our offer is attached.\n>\n> Best regards\n> Li Wei\n> Export Manager\n> Ningbo Bright Lighting Co., Ltd.\n> Tel: +86 574 8765 4321";
    let person = told(&letter("Tom Hall", "tom@hall.example", text, &[]));
    assert_eq!((person.phones.len(), person.country, person.title), (0, None, None));
}

#[test]
fn what_is_uncertain_is_not_said() {
    let text = "Please quote.\n\nRegards\nBob Miller\nBuyer\nMiller Trading\nTel: 1234567";
    let person = told(&letter("Bob Miller", "bob@miller.com", text, &[]));
    assert_eq!((person.country, person.time_zone), (None, None));
    assert_eq!(person.phones.first().map(|phone| (phone.written.as_str(), phone.e164.as_deref())), Some(("1234567", None)));
    let text = "Please quote.\n\nRegards\nBob Miller\nBuyer\nMiller GmbH";
    assert_eq!(told(&letter("Bob Miller", "bob@miller.com", text, &[])).country, None, "a legal form alone decides nothing");
    // The books know where he is.
    let text = "Please quote.\n\nRegards\nBob Miller\nBuyer\nMiller Trading\nTel: 020 7946 0000";
    let bob = letter("Bob Miller", "bob@miller.com", text, &[]);
    let known = person_of(&bob, Country::parse("GB"));
    assert_eq!((known.phones.first().and_then(|phone| phone.e164.clone()).as_deref(), known.country), (Some("+442079460000"), None));
}

fn person_of(letter: &Letter, known: Option<Country>) -> Person {
    person(letter, &read(letter, &RULES), &RULES, known)
}

#[test]
fn a_hostile_signature_is_read_in_bounded_time() {
    for piece in ["Tel: +49 40 1234567 ", "地址：", "Street 1, ", "Germany ", "1", "|a", "+"] {
        let text = format!("Hello\n\nBest regards\nBob Miller\n{}", format!("{}\n", piece.repeat(500 / piece.len())).repeat(200));
        told(&letter("Bob Miller", "bob@miller.com", &text, &[]));
    }
}
