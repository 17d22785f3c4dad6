//! The mail of a busy season: strangers' inquiries in ten languages, second thoughts, copies, complaints, machines.

use crate::corpus::Dice;
use std::collections::{BTreeMap, BTreeSet};

/// A mail as it is dropped.
#[derive(Debug, Clone)]
pub struct Mail {
    /// The file's name in the Maildir.
    pub name: String,
    pub bytes: Vec<u8>,
}

/// How much of each kind.
#[derive(Debug, Clone, Copy)]
pub struct Mix {
    /// Customers; each begins a conversation.
    pub customers: usize,
    /// Of them, who begin a second conversation.
    pub second_matters: usize,
    /// Of them, who write again in their first one.
    pub second_thoughts: usize,
    /// Further copies of one of these mails, as a mailing list or an alias makes them.
    pub copies: usize,
    /// Absence notes and newsletters.
    pub automatic: usize,
    /// Complaints: the owner is told, the customer gets no text.
    pub complaints: usize,
}

/// A season's mail with what is to come of it.
pub struct Season {
    /// In the order they are dropped.
    pub mails: Vec<Mail>,
    /// The conversation of each Message-ID that a draft may answer.
    pub conversations: BTreeMap<String, usize>,
    /// Mails that differ.
    pub distinct: usize,
    pub complaints: usize,
}

impl Season {
    /// The conversations that want a draft.
    pub fn wanting(&self) -> BTreeSet<usize> {
        self.conversations.values().copied().collect()
    }
}

/// A subject and a text in which a customer asks for a price; `{}` is the article.
const INQUIRIES: [(&str, &str); 10] = [
    (
        "Inquiry for LED panels {}",
        "Dear Sir or Madam,\n\nWe are a wholesaler and would like to order regularly. Please send us your best price for 500 pcs of LED panel {},\nCIF Hamburg, and your delivery time.\n\nKind regards",
    ),
    (
        "询价 LED面板灯 {}",
        "您好！\n\n我们是一家照明产品进口商。请报价：LED面板灯 {} 共500件，CIF汉堡，并请告知交货期和付款方式。\n\n此致\n敬礼",
    ),
    (
        "Consulta paneles LED {}",
        "Buenos días:\n\nSomos distribuidores de iluminación en Valencia. Por favor, envíennos su mejor precio para 500 unidades de paneles LED {},\nCIF Valencia, con certificado CE.\n\nUn saludo",
    ),
    (
        "Demande de prix dalles LED {}",
        "Bonjour,\n\nNous sommes distributeurs de matériel électrique. Merci de nous envoyer votre meilleur prix pour 500 pièces de dalles LED {},\nCIF Le Havre, ainsi que le délai de livraison.\n\nCordialement",
    ),
    (
        "Anfrage LED-Panels {}",
        "Sehr geehrte Damen und Herren,\n\nwir sind ein Großhändler für Leuchten. Bitte senden Sie uns ein Angebot über 500 Stück LED-Panels {},\nCIF Hamburg, und nennen Sie uns die Lieferzeit.\n\nMit freundlichen Grüßen",
    ),
    (
        "Pedido de cotação painéis LED {}",
        "Bom dia,\n\nSomos distribuidores de iluminação em Lisboa. Por favor, enviem-nos a vossa melhor cotação para 500 unidades de painéis LED {},\nCIF Lisboa, e o prazo de entrega.\n\nCom os melhores cumprimentos",
    ),
    (
        "Запрос цены на светодиодные панели {}",
        "Добрый день!\n\nМы оптовая компания из Санкт-Петербурга. Просим прислать коммерческое предложение на 500 штук светодиодных панелей {},\nCIF Санкт-Петербург, и указать срок поставки.\n\nС уважением",
    ),
    (
        "طلب عرض سعر لوحات LED {}",
        "السادة الكرام،\n\nنحن شركة استيراد للإضاءة في دبي. نرجو منكم إرسال عرض سعر لعدد 500 قطعة من لوحات LED {} على أساس CIF جبل علي مع مدة التسليم.\n\nمع أطيب التحيات",
    ),
    (
        "LEDパネル {} 見積もりのお願い",
        "ご担当者様\n\nお世話になっております。当社は照明器具の輸入商社です。LEDパネル {} を500個、CIF横浜でお見積もりをお願いいたします。納期もお知らせください。\n\nよろしくお願いいたします。",
    ),
    (
        "Richiesta di preventivo pannelli LED {}",
        "Buongiorno,\n\nsiamo un grossista di illuminazione. Vi chiediamo di inviarci il vostro miglior prezzo per 500 pezzi di pannelli LED {},\nCIF Genova, e i tempi di consegna.\n\nCordiali saluti",
    ),
];

/// A season's mail, the same for the same seed; every order is a possible one, answers may come before what they answer.
pub fn season(mix: Mix, seed: u64) -> Season {
    let mut dice = Dice(seed);
    let (mut written, mut conversations) = (Vec::new(), BTreeMap::new());
    let first: Vec<String> = (0..mix.customers).map(|customer| inquiry(customer, customer)).collect();
    let second = (0..mix.second_matters).map(|customer| inquiry(customer, mix.customers + customer));
    for (conversation, text) in first.into_iter().chain(second).enumerate() {
        conversations.insert(id(conversation, "first"), conversation);
        written.push(text);
    }
    for customer in 0..mix.second_thoughts {
        conversations.insert(id(customer, "again"), customer);
        written.push(second_thought(customer));
    }
    written.extend((0..mix.complaints).map(complaint));
    let copied: Vec<String> = (0..mix.copies).map(|number| copy(&written[dice.below(written.len())], number)).collect();
    written.extend((0..mix.automatic).map(automatic));
    let distinct = written.len();
    written.extend(copied);
    for last in (1..written.len()).rev() {
        written.swap(last, dice.below(last + 1));
    }
    let name = |number: usize| format!("1794790800.M{number:06}P77.mx");
    let mails = written.into_iter().enumerate().map(|(number, text)| Mail { name: name(number), bytes: text.into_bytes() }).collect();
    Season { mails, conversations, distinct, complaints: mix.complaints }
}

/// The Message-ID of a mail that begins a conversation or goes on with it.
fn id(conversation: usize, which: &str) -> String {
    format!("{which}-{conversation:04}@buyers.example")
}

fn address(customer: usize) -> String {
    format!("buyer@customer-{customer:03}.example")
}

/// An article that stands in one conversation only.
fn article(conversation: usize) -> String {
    format!("KX-{:04}", 1000 + conversation)
}

fn inquiry(customer: usize, conversation: usize) -> String {
    let (subject, text) = INQUIRIES[customer % INQUIRIES.len()];
    let (subject, text) = (subject.replace("{}", &article(conversation)), text.replace("{}", &article(conversation)));
    mail(&address(customer), &subject, &format!("Message-ID: <{}>\n", id(conversation, "first")), &text)
}

fn second_thought(customer: usize) -> String {
    let (subject, text) = INQUIRIES[customer % INQUIRIES.len()];
    let (subject, text) = (subject.replace("{}", &article(customer)), text.replace("{}", &article(customer)).replace("500", "800"));
    let (own, first) = (id(customer, "again"), id(customer, "first"));
    let fields = format!("Message-ID: <{own}>\nIn-Reply-To: <{first}>\nReferences: <{first}>\n");
    mail(&address(customer), &format!("Re: {subject}"), &fields, &text)
}

fn complaint(number: usize) -> String {
    let text = "Dear Mr Li,\n\nThe goods arrived damaged: 40 of 500 lamps are broken and the cartons were wet.\n\
                We are very disappointed and want to claim compensation for the defective goods.\n\nRegards";
    let fields = format!("Message-ID: <complaint-{number:03}@claims.example>\n");
    mail(&format!("claims@claimant-{number:03}.example"), &format!("Complaint about broken lamps, lot {number:03}"), &fields, text)
}

fn automatic(number: usize) -> String {
    let fields = format!("Message-ID: <machine-{number:03}@machines.example>\n");
    if number.is_multiple_of(2) {
        let fields = fields + "Auto-Submitted: auto-replied\nPrecedence: auto_reply\n";
        let text = "I am out of the office until Monday and will answer your message when I am back.";
        mail(&address(number), &format!("Automatic reply: your message {number:03}"), &fields, text)
    } else {
        let fields = fields + "List-Unsubscribe: <https://news.example/off>\nList-Id: <fair.news.example>\nPrecedence: bulk\n";
        let text = "Visit the lighting fair! Book your stand now. To unsubscribe, follow the link below.";
        mail("news@news.example", &format!("Lighting fair news {number:03}"), &fields, text)
    }
}

/// The same message as another way brought it.
fn copy(mail: &str, number: usize) -> String {
    format!(
        "Delivered-To: export@bright.example\nReceived: from mx{number}.bright.example by mail; Mon, 16 Nov 2026 09:00:00 +0800\n{mail}"
    )
}

fn mail(from: &str, subject: &str, fields: &str, text: &str) -> String {
    format!(
        "From: {from}\nTo: sales@bright.example\nSubject: {subject}\nDate: Mon, 16 Nov 2026 08:00:00 +0800\n{fields}MIME-Version: 1.0\n\
         Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{text}\n"
    )
}
