//! Whole mails through all finders, with the rules compiled in; the finders' own stories stand beside them.

use super::*;
use crate::understand::rules::Rules;
use std::sync::LazyLock;

static RULES: LazyLock<FactRules> = LazyLock::new(|| {
    let files: Vec<_> = Rules::built_in_files().into_iter().filter(|(name, _)| name.starts_with("facts/")).collect();
    FactRules::compile(&files).expect("the built-in lists are sound")
});

pub(super) fn rules() -> &'static FactRules {
    &RULES
}

/// The facts of a text sent on Monday, 2 November 2026.
pub(super) fn facts(language: &str, text: &str) -> Facts {
    find(text, None, known(language), Some(jiff::civil::date(2026, 11, 2)), rules())
}

pub(super) fn facts_with_subject(language: &str, subject: &str, text: &str) -> Facts {
    find(text, Some(subject), known(language), Some(jiff::civil::date(2026, 11, 2)), rules())
}

fn known(language: &str) -> Language {
    Language::parse(language).expect("a language of ours")
}

/// Quantities as `value[-to][ unit]`.
pub(super) fn quantities(language: &str, text: &str) -> Vec<String> {
    let written = |quantity: Quantity| {
        let to = quantity.to.map(|to| format!("-{to}")).unwrap_or_default();
        let unit = quantity.unit.map(|unit| format!(" {unit}")).unwrap_or_default();
        format!("{}{to}{unit}", quantity.value)
    };
    facts(language, text).quantities.into_iter().map(written).collect()
}

#[test]
fn quantities_are_read_in_every_language() {
    let rows: [(&str, &str, &[&str]); 57] = [
        ("en", "Please quote 5,000 pcs of wall lamps.", &["5000 pcs"]),
        ("en", "We need 12.5 tons of cashew kernels", &["12.5 t"]),
        ("en", "two containers of tiles, 1x40HQ of mirrors and 3 x 20'GP of sinks", &["2 containers", "1 40HQ", "3 20GP"]),
        ("en", "Our order: 2 containers 40'HC", &["2 40HQ"]),
        ("en", "500-1000 pcs to start", &["500-1000 pcs"]),
        ("en", "between 200 and 300 sets", &["200-300 sets"]),
        ("en", "10k pcs and 2 million units", &["10000 pcs", "2000000 units"]),
        ("en", "We need 260 folding beds.", &["260"]),
        ("en", "Qty: 750", &["750"]),
        ("en", "Quantity (pcs): 1,200", &["1200 pcs"]),
        ("en", "We would order:\n- 50 garden chairs\n- 20 tables (oak)", &["50", "20"]),
        ("en", "500+ pcs, 40 cartons", &["500 pcs", "40 cartons"]),
        ("en", "300 m² of parquet", &["300 m2"]),
        ("hi", "हमें ५०० किलो चाहिए", &["500 kg"]),
        ("en", "5 lakh pieces, 1,50,000 pcs", &["500000 pcs", "150000 pcs"]),
        ("de", "Wir benötigen 1.500 Stück und 2,5 t Granulat.", &["1500 pcs", "2.5 t"]),
        ("de", "500 bis 1000 Stk.", &["500-1000 pcs"]),
        ("de", "1'000 Stück nach Zürich", &["1000 pcs"]),
        ("de", "Menge: 3.000", &["3000"]),
        ("de", "5,000 pcs, schrieb der Chinese auf Deutsch", &["5000 pcs"]),
        ("fr", "Il nous faut 12 000 pièces et 40 cartons.", &["12000 pcs", "40 cartons"]),
        ("fr", "deux conteneurs de carrelage", &["2 containers"]),
        ("es", "Necesito dos contenedores y 1.200 uds.", &["2 containers", "1200 units"]),
        ("es", "cotizar 10 mil unidades", &["10000 units"]),
        ("es", "cantidad: 400", &["400"]),
        ("pt", "2 milhões de unidades", &["2000000 units"]),
        ("pt", "quantidade de 95 unidades", &["95 units"]),
        ("it", "vorremmo 600 pezzi, due container", &["600 pcs", "2 containers"]),
        ("ru", "Нужно 120 штук и 2,5 тонны", &["120 pcs", "2.5 t"]),
        ("ru", "от 500 до 1000 шт.", &["500-1000 pcs"]),
        ("ru", "10 тыс. шт, количество 12 000 шт", &["10000 pcs", "12000 pcs"]),
        ("ru", "счёт на 10 комплектов", &["10 sets"]),
        ("zh-Hans", "我们要采购3万个杯子和20台机器", &["30000 pcs", "20 units"]),
        ("zh-Hans", "数量：５００，1.5万件", &["500", "15000 pcs"]),
        ("zh-Hans", "两个40尺高柜，三百套", &["2 40HQ", "300 sets"]),
        ("zh-Hans", "需要两个货柜", &["2 containers"]),
        ("zh-Hant", "訂購２００個，500公斤", &["200 pcs", "500 kg"]),
        ("ja", "500個とセット品20セットをお願いします", &["500 pcs", "20 sets"]),
        ("ja", "3トン、100台", &["3 t", "100 units"]),
        ("ko", "500개, 3톤을 주문합니다", &["500 pcs", "3 t"]),
        ("ar", "نحتاج ٥٠٠ قطعة و 20 طن", &["500 pcs", "20 t"]),
        ("ar", "نريد شراء حاويتين من السيراميك", &["2 containers"]),
        ("tr", "5.000 adet istiyoruz", &["5000 pcs"]),
        ("vi", "mua 100 tấn và 500 cái", &["100 t", "500 pcs"]),
        ("sk", "objednávame 8ks a 600m kábla", &["8 pcs", "600 m"]),
        ("sk", "potrebujeme 350m trubiek", &["350 m"]),
        ("pl", "zamawiam 1 500 szt. i 20 palet", &["1500 pcs", "20 pallets"]),
        ("en", "order 2x garden gnome", &["2"]),
        ("en", "We can take 3,000 @ $2.15.", &["3000"]),
        ("en", "1) AX-200 x 50, 2) AX-300 x 120", &["50", "120"]),
        ("en", "Model | Qty\nBL-100 | 200\nBL-200 | 350", &["200", "350"]),
        ("en", "please send 2 samples", &["2 samples"]),
        ("en", "what is the price for 250 office chairs and 40 desks to Nairobi?", &["250", "40"]),
        ("pl", "Interesuje nas 200 krzeseł.", &["200"]),
        ("en", "2,000 sq. ft. of granite", &["2000 sqft"]),
        ("ar", "500 حبة و5 حاويات 40 قدم", &["500 pcs", "5 40ft"]),
        ("de", "Angebot: 100 St. Filter, 20 m Schlauch", &["100 pcs", "20 m"]),
    ];
    for (language, text, want) in rows {
        assert_eq!(quantities(language, text), want, "{text}");
    }
}

#[test]
fn the_number_of_an_order_is_read_behind_its_bare_name() {
    for (language, text, expected) in [
        ("es", "¿Cuándo sale el embarque del pedido 3382?", &["3382"][..]),
        ("pt", "Quando embarca o pedido 5120, por favor?", &["5120"]),
        ("ru", "Подскажите статус заказа 2154.", &["2154"]),
        ("de", "Wo bleibt die Lieferung zu unserer Bestellung 88123?", &["88123"]),
        ("es", "Para nuestro pedido 1000 luces LED, FOB Ningbo.", &[]),
    ] {
        assert_eq!(facts(language, text).references, expected, "{text}");
    }
}

#[test]
fn numbers_that_count_no_goods_are_no_quantities() {
    let rows = [
        ("en", "We need mattresses of 200cm × 200cm x 30 cm."),
        ("en", "Please quote KTL-410, MX 7-30, Nokia 3310 and 256GB drives."),
        ("en", "We need 45 W lamps for 220V and a 5-tier shelf."),
        ("en", "Our order was paid with $2,350 and EUR 500."),
        ("en", "Payment: 30% T/T, we need 70 percent later."),
        ("en", "We need it within 35 days, by 15 December 2026 at 10:30."),
        ("en", "Call us for the order: +44 20 7946 0958, ext. 12, 75001 Paris."),
        ("en", "Your order 500 from invoice 613 and PO 4500012345."),
        ("en", "We need 3 sets of original documents and 2 copies."),
        ("en", "We need the 2026 catalogue for 12 countries and 80 employees."),
        ("en", "Pack 20 pcs per carton, price per 100 pcs"),
        ("en", "Please quote bags of 25 kg each"),
        ("en", "We order soon, after 12 boutique hotels and 25 working days."),
        ("en", "1. Price?\n2. Delivery?\n3) Do you order more?"),
        ("en", "One piece of advice: we need one set rule."),
        ("zh-Hans", "我有一个问题，需要3天，12月15日"),
        ("ru", "Лампы 40 Вт, нужны через 3 недели, ИНН 7812345678"),
        ("de", "Wir benötigen Rohre DN 200 nach EN 10204 mit 80 mm, seit 1998."),
        ("fr", "500 par mois est trop; nous sommes 40 personnes."),
        ("pt", "Um dos contêineres atrasou."),
        ("nl", "een tapijt van 4 bij 6 meter"),
    ];
    for (language, text) in rows {
        assert_eq!(quantities(language, text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn what_one_piece_is_like_is_not_how_many() {
    assert_eq!(quantities("en", "500 bags of 25 kg"), ["500 bags"]);
    assert_eq!(quantities("en", "100 pcs of cable, 50 m, 2 kg"), ["100 pcs"]);
    assert_eq!(quantities("en", "Your MOQ is 1000 pcs, we need 300 pcs."), ["300 pcs"]);
    assert_eq!(quantities("en", "Can we start with MOQ 500 pcs?"), ["500 pcs"]);
    assert_eq!(quantities("en", "300 pcs in white, later another 300 pcs"), ["300 pcs"], "said twice is said once");
}

#[test]
fn a_whole_inquiry_is_understood() {
    let text = "Dear Ms. Chen,\n\nwe are interested in your LED flood lights, model FL-150. Please quote 2,400 pcs CIF Valencia in USD.\n\
                CE and RoHS are a must. Target price is USD 7.40. Delivery within 45 days.\nPayment: 30% deposit, 70% before shipment.\n\n\
                Our reference: PO 4500077123\n\nBest regards\nJordi";
    let found = facts_with_subject("en", "LED flood lights", text);
    assert_eq!(found.quantities, [Quantity { value: Decimal::from(2400), to: None, unit: Some("pcs".to_owned()) }]);
    assert_eq!(
        (found.incoterm, found.place.as_deref(), found.place_code.as_deref()),
        (Some(Incoterm::Cif), Some("Valencia"), Some("ESVLC"))
    );
    assert_eq!((found.currency, found.target_price), (Currency::parse("USD"), Some(Decimal::new(74, 1))));
    assert_eq!(found.deadline.as_deref(), Some("within 45 days"));
    assert_eq!(found.certificates, ["CE", "RoHS"]);
    assert_eq!(found.payment_terms.as_deref(), Some("30% deposit, 70% before shipment"));
    assert_eq!(found.references, ["4500077123"]);
    let sold: Vec<_> = found.products.iter().map(|product| (product.name.as_deref(), product.sku.as_deref())).collect();
    assert_eq!(sold, [(Some("LED flood lights"), None), (None, Some("FL-150"))]);
}

#[test]
fn a_letter_of_thanks_states_no_facts() {
    for (language, text) in [("en", "Thank you, all is well. Kind regards"), ("zh-Hans", "收到，谢谢！"), ("ar", "شكرا جزيلا"), ("de", "")]
    {
        assert_eq!(facts(language, text), Facts::default(), "{text}");
    }
}

#[test]
fn the_subject_fills_in_what_the_text_leaves_open() {
    let found = facts_with_subject("en", "Inquiry 300 pcs CFR Lagos, PO-7781", "Hello, see the subject. We need 500 pcs.");
    assert_eq!(found.quantities.iter().map(|quantity| quantity.value).collect::<Vec<_>>(), [Decimal::from(500)]);
    assert_eq!(found.place_code.as_deref(), Some("NGLOS"));
    assert_eq!(found.references, ["PO-7781"]);
}

#[test]
fn a_faulty_list_is_refused_with_its_line_and_the_cure() {
    let refused = |name: &str, text: &str| FactRules::compile(&[(name, text)]).expect_err("a faulty list").to_string();
    let unit = "[[unit]]\nname = \"pcs\"\nkind = \"piece\"\nwords = []\n";
    let rows = [
        (refused("facts/units.toml", unit), "facts/units.toml line 3", "`measure`"),
        (refused("facts/units.toml", "[[unit]]\nname = \"x\"\nkind = \"count\"\nwords = []\nplural = \"xs\"\n"), "line 5", "unknown field"),
        (refused("facts/places.toml", "[places]\nHamburg = [\"Hamburg\"]\n"), "facts/places.toml line 2", "UN/LOCODE"),
        (refused("facts/currencies.toml", "[currencies]\nUSD = { minor = 2 }\nDEM = { minor = 2 }\n"), "line 3", "ISO 4217"),
        (refused("facts/terms.toml", "[incoterms]\nFOO = { words = [\"foo\"] }\n"), "line 2", "such as FOB"),
        (refused("facts/months.toml", "[months]\n13 = [\"undecember\"]\n"), "line 2", "1 to 12"),
        (refused("facts/number_words.toml", "point_groups_thousands = [\"xx\"]\n"), "line 1", "zh-Hans"),
        (refused("facts/prices.toml", ""), "facts/prices.toml", "number_words"),
    ];
    for (said, place, cure) in rows {
        assert!(said.contains(place) && said.contains(cure), "{said}");
    }
    assert!(FactRules::compile(&[("intents/en.toml", "not ours")]).is_ok(), "other lists are not our business");
}

#[test]
fn every_listed_place_and_currency_is_named_once() {
    let mut codes: Vec<_> = rules().places.iter().flatten().collect();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), rules().places.iter().flatten().count());
    assert!(codes.len() > 250);
}

proptest::proptest! {
    /// Whatever comes in, facts are found without a panic, in bounded number, and places and products are words of the mail.
    #[test]
    fn any_text_is_survived(text in "([0-9]{1,4}|[ .,:;/x×*%$€¥#()\n-]|pcs|FOB |CIF Hamburg|40HQ|万|个|十|شحن |до |by |within |May |T/T|Qty: |[A-Z]{4}|\\PC){0,60}") {
        for language in ["en", "de", "zh-Hans", "ru", "ar"] {
            let found = facts_with_subject(language, &text, &text);
            proptest::prop_assert!(found.quantities.len() <= 60 && found.products.len() <= 20 && found.references.len() <= 40);
        }
    }
}
