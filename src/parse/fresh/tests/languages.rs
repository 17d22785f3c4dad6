//! One reply per language and mail program: only what stands above the quote was typed.

use super::typed;

/// Reply, announcing lines, quoted text: the quoted text without marks, so that only the announcement tells.
const REPLIES: &[(&str, &str, &str)] = &[
    ("Gmail, English", "The sample arrived, thank you.", "On Thu, Nov 12, 2026 at 9:12 AM Maria Lopez <maria@importadora.example> wrote:"),
    ("Apple Mail, English", "Please book the vessel.", "On 12 Nov 2026, at 09:12, Li Wei <li.wei@factory.example> wrote:"),
    ("Thunderbird, English", "Draft B/L is fine.", "On 11/12/26 9:12 AM, Li Wei wrote:"),
    (
        "Yahoo, English",
        "We accept FOB Ningbo.",
        "    On Thursday, November 12, 2026 at 09:12:44 AM GMT+8, Li Wei <li@factory.example> wrote:",
    ),
    ("Zoho", "Noted.", "---- On Thu, 12 Nov 2026 09:12:44 +0800 Li Wei <li@factory.example> wrote ----"),
    (
        "Gmail, wrapped",
        "We confirm 500 cartons.",
        "On Thu, Nov 12, 2026 at 9:12 AM Maria Lopez de la Fuente\n<maria.lopez.fuente@importadora.example> wrote:",
    ),
    ("163, English", "Please send the PI.", "At 2026-11-12 09:12:44, \"Maria Lopez\" <maria@importadora.example> wrote:"),
    ("Gmail, Spanish", "Aceptamos el precio de USD 12,50.", "El jue, 12 nov 2026 a las 9:12, Li Wei (<li@factory.example>) escribió:"),
    ("Apple Mail, Spanish", "Muestra recibida.", "El 12 nov 2026, a las 9:12, Li Wei <li@factory.example> escribió:"),
    ("Gmail, French", "Merci, la commande suit.", "Le jeu. 12 nov. 2026 à 09:12, Li Wei <li@factory.example> a écrit :"),
    ("Thunderbird, French", "Merci, la commande suit.", "Le 12/11/2026 à 09:12, Li Wei a écrit :"),
    ("Gmail, German", "Bitte 200 Stück vormerken.", "Am Do., 12. Nov. 2026 um 09:12 Uhr schrieb Li Wei <li@factory.example>:"),
    ("Thunderbird, German", "Bitte 200 Stück vormerken.", "Am 12.11.2026 um 09:12 schrieb Li Wei:"),
    ("Gmail, Portuguese", "Podem embarcar na sexta-feira.", "Em qui., 12 de nov. de 2026 às 09:12, Li Wei <li@factory.example> escreveu:"),
    ("Gmail, Italian", "Confermo l'ordine.", "Il giorno gio 12 nov 2026 alle ore 09:12 Li Wei <li@factory.example> ha scritto:"),
    ("Gmail, Russian", "Цена подходит, ждём счёт.", "чт, 12 нояб. 2026 г. в 09:12, Li Wei <li@factory.example>:"),
    ("Yandex", "Отправьте инвойс, пожалуйста.", "12.11.2026, 09:12, \"Li Wei\" <li@factory.example>:"),
    ("Mail.ru", "Отправьте инвойс, пожалуйста.", "Четверг, 12 ноября 2026, 9:12 +03:00 от Li Wei <li@factory.example>:"),
    ("Thunderbird, Russian", "Согласны.", "12.11.2026 09:12, Li Wei пишет:"),
    ("Gmail, Arabic", "نؤكد الطلب.", "في الخميس، 12 نوفمبر 2026 في 9:12 ص تمت كتابة ما يلي بواسطة Li Wei <li@factory.example>:"),
    ("Apple Mail, Arabic digits", "نؤكد الطلب.", "في ١٢ نوفمبر ٢٠٢٦، الساعة ٩:١٢ ص، كتب Li Wei <li@factory.example>:"),
    ("Gmail, Chinese", "样品已收到。", "Li Wei <li@factory.example> 于2026年11月12日周四 09:12写道："),
    ("Apple Mail, Chinese", "样品已收到。", "在 2026年11月12日，上午9:12，Li Wei <li@factory.example> 写道："),
    ("163", "请发形式发票。", "在 2026-11-12 09:12:44，\"Maria Lopez\" <maria@importadora.example> 写道："),
    ("Gmail, traditional Chinese", "樣品已收到。", "Li Wei <li@factory.example> 於 2026年11月12日 週四 上午9:12寫道："),
    ("Gmail, Japanese", "サンプルを受け取りました。", "2026年11月12日(木) 9:12 Li Wei <li@factory.example>:"),
    ("Apple Mail, Japanese", "注文書を送ります。", "2026/11/12 9:12、Li Wei <li@factory.example>のメール:"),
    ("Gmail, Korean", "샘플 잘 받았습니다.", "2026년 11월 12일 (목) 오전 9:12, Li Wei <li@factory.example>님이 작성:"),
    ("Gmail, Turkish", "Fiyat uygundur.", "Li Wei <li@factory.example>, 12 Kas 2026 Per, 09:12 tarihinde şunu yazdı:"),
    ("Gmail, Polish", "Proszę o fakturę.", "czw., 12 lis 2026 o 09:12 Li Wei <li@factory.example> napisał(a):"),
    ("Thunderbird, Polish", "Proszę o fakturę.", "W dniu 12.11.2026 o 09:12, Li Wei pisze:"),
    ("Gmail, Dutch", "Akkoord met de prijs.", "Op do 12 nov 2026 om 09:12 schreef Li Wei <li@factory.example>:"),
    ("Gmail, Swedish", "Vi tar 300 stycken.", "Den tors 12 nov. 2026 kl 09:12 skrev Li Wei <li@factory.example>:"),
    ("Gmail, Danish", "Vi tager 300 stk.", "Den tor. 12. nov. 2026 kl. 09.12 skrev Li Wei <li@factory.example>:"),
    ("Gmail, Norwegian", "Vi tar 300 stk.", "tor. 12. nov. 2026 kl. 09:12 skrev Li Wei <li@factory.example>:"),
    ("Gmail, Finnish", "Tilaamme 300 kpl.", "to 12. marrask. 2026 klo 9.12 Li Wei (li@factory.example) kirjoitti:"),
    ("Gmail, Czech", "Objednáváme 300 ks.", "čt 12. 11. 2026 v 9:12 odesílatel Li Wei <li@factory.example> napsal:"),
    ("Gmail, Hungarian", "Megrendeljük.", "Li Wei <li@factory.example> ezt írta (időpont: 2026. nov. 12., Cs, 9:12):"),
    ("Gmail, Romanian", "Confirmăm comanda.", "În joi, 12 nov. 2026 la 09:12, Li Wei <li@factory.example> a scris:"),
    ("Gmail, Ukrainian", "Ціна підходить.", "чт, 12 лист. 2026 р. о 09:12 Li Wei <li@factory.example> пише:"),
    ("Gmail, Vietnamese", "Chúng tôi đồng ý.", "Vào Th 5, 12 thg 11, 2026 vào lúc 09:12 Li Wei <li@factory.example> đã viết:"),
    ("Gmail, Indonesian", "Kami setuju.", "Pada tanggal Kam, 12 Nov 2026 pukul 09.12 Li Wei <li@factory.example> menulis:"),
    ("Gmail, Thai", "ตกลงราคานี้", "เมื่อ พฤ. 12 พ.ย. 2026 เวลา 09:12 Li Wei <li@factory.example> เขียนว่า:"),
    (
        "Gmail, Hebrew",
        "המחיר מקובל.",
        "\u{202b}בתאריך יום ה׳, 12 בנוב׳ 2026 ב-9:12 מאת \u{202a}Li Wei\u{202c}\u{200f} <\u{202a}li@factory.example\u{202c}\u{200f}>:\u{202c}",
    ),
    ("Gmail, Greek", "Σύμφωνοι.", "Στις Πέμ 12 Νοε 2026 στις 9:12 π.μ., ο χρήστης Li Wei <li@factory.example> έγραψε:"),
    ("Gmail, Persian", "قیمت مناسب است.", "در تاریخ پنجشنبه ۱۲ نوامبر ۲۰۲۶، ۹:۱۲ Li Wei <li@factory.example> نوشت:"),
    ("Gmail, Hindi", "हमें कीमत स्वीकार है।", "गुरु, 12 नव॰ 2026 को 9:12 am बजे को Li Wei <li@factory.example> ने लिखा:"),
    ("Gmail, Bulgarian", "Потвърждаваме.", "На чт, 12.11.2026 г. в 9:12 Li Wei <li@factory.example> написа:"),
    ("old Gmail application", "Fine with us.", "2026-11-12 9:12 GMT+08:00 Li Wei <li@factory.example>:"),
];

/// Header blocks above the quoted text.
const BLOCKS: &[(&str, &str, &str)] = &[
    (
        "Outlook, English",
        "Please quote CIF Hamburg.",
        "From: Li Wei <li@factory.example>\nSent: Thursday, November 12, 2026 9:12 AM\nTo: Maria Lopez <maria@importadora.example>\nSubject: RE: Offer 2207",
    ),
    (
        "Outlook, old",
        "Please quote CIF Hamburg.",
        "-----Original Message-----\nFrom: Li Wei [mailto:li@factory.example]\nSent: Thursday, November 12, 2026 9:12 AM\nTo: Maria Lopez\nSubject: RE: Offer 2207",
    ),
    (
        "Outlook on the web",
        "Please quote CIF Hamburg.",
        "________________________________\nFrom: Li Wei <li@factory.example>\nSent: Thursday, November 12, 2026 9:12 AM\nTo: Maria Lopez\nCc: Export\nSubject: RE: Offer 2207",
    ),
    (
        "Outlook, bold labels",
        "Please quote CIF Hamburg.",
        "*From:* Li Wei <li@factory.example>\n*Sent:* Thursday, November 12, 2026 9:12 AM\n*To:* Maria Lopez\n*Subject:* RE: Offer 2207",
    ),
    (
        "Outlook, German",
        "Bitte um Angebot frei Haus.",
        "Von: Li Wei <li@factory.example>\nGesendet: Donnerstag, 12. November 2026 09:12\nAn: Einkauf\nBetreff: AW: Angebot",
    ),
    (
        "Outlook, French",
        "Merci de votre offre.",
        "De : Li Wei <li@factory.example>\nEnvoyé : jeudi 12 novembre 2026 09:12\nÀ : Achats\nObjet : RE: Offre",
    ),
    (
        "Outlook, Spanish",
        "Gracias por la oferta.",
        "De: Li Wei <li@factory.example>\nEnviado el: jueves, 12 de noviembre de 2026 9:12\nPara: Compras\nAsunto: RE: Oferta",
    ),
    (
        "Outlook, Portuguese",
        "Obrigado pela oferta.",
        "De: Li Wei <li@factory.example>\nEnviada em: quinta-feira, 12 de novembro de 2026 09:12\nPara: Compras\nAssunto: RES: Oferta",
    ),
    (
        "Outlook, Italian",
        "Grazie per l'offerta.",
        "Da: Li Wei <li@factory.example>\nInviato: giovedì 12 novembre 2026 09:12\nA: Acquisti\nOggetto: R: Offerta",
    ),
    (
        "Outlook, Russian",
        "Спасибо за предложение.",
        "От: Li Wei <li@factory.example>\nОтправлено: 12 ноября 2026 г. 9:12\nКому: Закупки\nТема: RE: Предложение",
    ),
    (
        "Outlook, Arabic",
        "شكرا على العرض.",
        "من: Li Wei <li@factory.example>\nتاريخ الإرسال: الخميس، 12 نوفمبر 2026 09:12 ص\nإلى: المشتريات\nالموضوع: رد: عرض",
    ),
    (
        "Outlook, Chinese",
        "报价收到。",
        "发件人: Li Wei <li@factory.example>\n发送时间: 2026年11月12日 9:12\n收件人: 采购\n主题: 回复: 报价",
    ),
    (
        "Foxmail",
        "报价收到。",
        "发件人： Li Wei\n发送时间： 2026-11-12 09:12\n收件人： maria@importadora.example\n抄送： export\n主题： Re: 报价",
    ),
    (
        "QQ",
        "报价收到。",
        "------------------ 原始邮件 ------------------\n发件人: \"Li Wei\" <li@factory.example>;\n发送时间: 2026年11月12日(星期四) 上午9:12\n收件人: \"maria\"<maria@importadora.example>;\n主题: 回复：报价",
    ),
    (
        "163, replied mail",
        "报价收到。",
        "---- 回复的原邮件 ----\n发件人 Li Wei<li@factory.example>\n日期 2026年11月12日 09:12\n收件人 maria\n主题 报价",
    ),
    (
        "Outlook, Japanese",
        "見積書を受け取りました。",
        "差出人: Li Wei <li@factory.example>\n送信日時: 2026年11月12日 9:12\n宛先: 購買部\n件名: RE: 見積",
    ),
    (
        "Outlook, Korean",
        "견적 잘 받았습니다.",
        "보낸 사람: Li Wei <li@factory.example>\n보낸 날짜: 2026년 11월 12일 목요일 오전 9:12\n받는 사람: 구매팀\n제목: RE: 견적",
    ),
    (
        "Outlook, Turkish",
        "Teklif alındı.",
        "Kimden: Li Wei <li@factory.example>\nGönderildi: 12 Kasım 2026 Perşembe 09:12\nKime: Satın Alma\nKonu: YNT: Teklif",
    ),
    (
        "Outlook, Polish",
        "Dziękuję za ofertę",
        "Od: Li Wei <li@factory.example>\nWysłano: czwartek, 12 listopada 2026 09:12\nDo: Zakupy\nTemat: ODP: Oferta",
    ),
    (
        "Samsung",
        "We need it sooner.",
        "-------- Original message --------\nFrom: Li Wei <li@factory.example>\nDate: 12/11/2026 09:12 (GMT+01:00)\nTo: maria@importadora.example\nSubject: Re: Offer",
    ),
    (
        "GMX, date first",
        "Angebot passt.",
        "Gesendet: Donnerstag, 12. November 2026 um 09:12 Uhr\nVon: \"Li Wei\" <li@factory.example>\nAn: einkauf@importhaus.example\nBetreff: Angebot",
    ),
    (
        "a helpdesk's line",
        "It has still not arrived.",
        "##- Please type your reply above this line -##\nYour request (4711) has been updated.",
    ),
];

#[test]
fn an_attribution_in_any_language_ends_what_was_typed() {
    let mut wrong = Vec::new();
    for (program, reply, announcement) in REPLIES {
        let plain = format!("{reply}\n\n{announcement}\n\nDear customer, our price is USD 12.50 per piece.\nValid for 30 days.\n");
        let marked = format!("{reply}\n\n{announcement}\n> Dear customer, our price is USD 12.50 per piece.\n> Valid for 30 days.\n");
        for text in [plain, marked] {
            if typed(&text) != *reply {
                wrong.push(format!("{program}: {:?}", typed(&text)));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_header_block_in_any_language_ends_what_was_typed() {
    let mut wrong = Vec::new();
    for (program, reply, block) in BLOCKS {
        let text = format!("{reply}\n\n{block}\n\nDear customer, our price is USD 12.50 per piece.\n");
        if typed(&text) != *reply {
            wrong.push(format!("{program}: {:?}", typed(&text)));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_a_device_adds_was_not_typed() {
    let lines = [
        "Sent from my iPhone",
        "Get Outlook for Android<https://aka.ms/AAb9ysg>",
        "Von meinem iPhone gesendet",
        "Gesendet mit der GMX Mail App",
        "Envoyé de mon iPhone",
        "Envoyé à partir de Outlook pour iOS<https://aka.ms/o0ukef>",
        "Enviado desde mi Samsung Galaxy",
        "Enviado do meu iPhone",
        "Inviato da iPhone",
        "Inviato dal mio telefono",
        "Verzonden vanaf mijn iPhone",
        "Skickat från min iPhone",
        "Sendt fra min iPhone",
        "Lähetetty iPhonesta",
        "Wysłane z iPhone'a",
        "Отправлено с iPhone",
        "Отправлено из мобильной Почты Mail.ru",
        "Надіслано з iPhone",
        "iPhone'umdan gönderildi",
        "发自我的iPhone",
        "从我的 iPhone 发送",
        "來自我的 iPhone",
        "iPhoneから送信",
        "나의 iPhone에서 보냄",
        "أُرسلت من الـ iPhone",
        "נשלח מה-iPhone שלי",
        "Đã gửi từ iPhone của tôi",
        "Dikirim dari iPhone saya",
        "ส่งจาก iPhone ของฉัน",
        "Odesláno z iPhonu",
        "Trimis de pe iPhone-ul meu",
        "Sent from Yahoo Mail for iPhone",
        "[Sent from my phone, please excuse typos.]",
        "Sent via BlackBerry from Vodafone",
        "获取 Outlook for iOS",
    ];
    for line in lines {
        assert_eq!(typed(&format!("OK, 500 pcs.\n\n{line}\n")), "OK, 500 pcs.", "{line}");
    }
    for line in [
        "Sent by DHL yesterday, please check.",
        "Sent from our warehouse in Izmir on Monday.",
        "Enviado por DHL ayer.",
        "从上海港发送",
        "Sent from my desk, which is easier than from my phone.",
    ] {
        assert_eq!(typed(&format!("OK, 500 pcs.\n\n{line}\n")), format!("OK, 500 pcs.\n\n{line}"));
    }
}
