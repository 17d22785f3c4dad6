//! How people really write: telephones, no accents, Latin letters for every script, numbers without units, places without a term.

use super::tests::{facts, quantities};
use super::*;

/// A text in a language and what is found in it.
type Row<'a> = (&'a str, &'a str, &'a [&'a str]);

fn all_are_found(rows: &[Row<'_>]) {
    let wrong: Vec<_> = rows.iter().filter(|(language, text, want)| quantities(language, text) != *want).collect();
    let said: Vec<_> = wrong.iter().map(|(language, text, _)| (text, quantities(language, text))).collect();
    assert!(wrong.is_empty(), "{said:#?}");
}

#[test]
fn a_bare_number_before_goods_counts_them() {
    all_are_found(&[
        ("en", "Hi, can you do 1,200 solar lanterns cif mombasa?", &["1200"]),
        ("en", "we'd take 4 pallets of the grey and 30 of the blue", &["4 pallets", "30 pallets"]),
        ("de", "könnt ihr mir sagen was 3000 flaschenverschlüsse kosten wuerden?", &["3000"]),
        ("sv", "Vad kostar 2 000 st skruvlock?", &["2000 pcs"]),
        ("fi", "paljonko maksais 800 huonekalujalkaa Turkuun", &["800"]),
        ("hu", "kellene 60 szivattyu surgosen", &["60"]),
        ("es", "quisiera saber cuanto seria por veinte mil vasos", &["20000"]),
        ("pt", "Bom dia, precisava de 60 geradores", &["60"]),
        ("fr", "svp votre prix pr 36 groupes électrogènes", &["36"]),
        ("it", "ci fate un prezzo x 4mila barattoli?", &["4000"]),
        ("ro", "as dori un pret pt 25 de usi", &["25"]),
        ("pl", "ile za 1200 kubkow z nadrukiem?", &["1200"]),
        ("uk", "Вітаю! Цікавлять 95 котлів з доставкою", &["95"]),
        ("sr", "колика је цена за 120 столица?", &["120"]),
        ("el", "poso kanoun 500 karekles?", &["500"]),
        ("vi", "chúng tôi muốn hỏi giá 150 xe đạp", &["150"]),
        ("tl", "magkano po ang 150 electric fan?", &["150"]),
    ]);
}

#[test]
fn the_word_of_wanting_may_stand_behind_the_number() {
    all_are_found(&[
        ("hi", "sir LED tv 55 inch ka best price batao, 90 chahiye", &["90"]),
        ("hi", "नमस्ते, हमें 600 पंखे चाहिए", &["600"]),
        ("ur", "السلام علیکم، 400 پنکھے چاہئیں", &["400"]),
        ("bn", "amader 2000 t-shirt lagbe", &["2000"]),
        ("ta", "வணக்கம், 300 விசிறிகள் தேவை", &["300"]),
        ("gu", "નમસ્તે, ૨૦૦ પંખા જોઈએ છે", &["200"]),
        ("te", "మాకు ౧౫౦ పంపులు కావాలి", &["150"]),
        ("az", "250 kondisioner almaq istəyirik", &["250"]),
        ("kk", "Алматыға 70 сорғы жеткізу қанша тұрады?", &["70"]),
        ("fa", "برای ۳۰ دستگاه کولر قیمت بدین", &["30 units"]),
        ("ka", "გვჭირდება 100 ვენტილატორი", &["100"]),
    ]);
}

#[test]
fn swahili_and_its_like_count_behind_the_goods() {
    all_are_found(&[
        ("sw", "tunahitaji feni 150 CIF Mombasa, bei gani?", &["150"]),
        ("sw", "Naomba bei ya pampu 60 mpaka Dar es Salaam", &["60"]),
        ("km", "ខ្ញុំត្រូវការកៅអី ១០០", &["100"]),
        ("sw", "Tunahitaji majibu ndani ya siku 30", &[]),
    ]);
}

#[test]
fn some_of_many_are_counted_without_naming_them_again() {
    all_are_found(&[
        ("en", "15 of the pumps you sent leak at the seal.", &["15"]),
        ("de", "26 der gelieferten Leuchten flackern", &["26"]),
        ("de", "Bitte noch 36 davon in Grün nachliefern", &["36"]),
        ("pt", "cotar 2 contêineres de 40 pés de porcelanato", &["2 40ft"]),
        ("fr", "9 tables sur les 40 sont rayées", &["9"]),
        ("pl", "16 z 40 lamp nie świeci", &["16", "40"]),
        ("es", "mándenme 60 rollos del blanco y 40 del negro", &["60 rolls", "40 rolls"]),
        ("ca", "Ens heu facturat 120 peces però només n'hem rebut 100.", &["120 pcs", "100 pcs"]),
        ("ar", "7 من الشاشات ما تشتغل", &["7"]),
        ("fa", "۶ تا از موتورها سوخته", &["6 pcs"]),
        ("hi", "50 me se 5 fridge kharab nikle", &["5"]),
        ("he", "הגיעו 200 כיסאות אבל 12 שבורים", &["200", "12"]),
    ]);
}

#[test]
fn prefixes_suffixes_and_separators_do_not_hide_a_number() {
    all_are_found(&[
        ("he", "אשמח להצעת מחיר ל-75 מזגנים", &["75"]),
        ("he", "ו-18 קרטונים הגיעו קרועים", &["18 cartons"]),
        ("ar", "نحتاج و٤٠ علبة", &["40 boxes"]),
        ("tr", "miktarı 750 adete çıkarıyoruz", &["750 pcs"]),
        ("fi", "Meillä olisi tarvetta 300 kilolle", &["300 kg"]),
        ("en", "price pls for 350no. steel brackets", &["350 pcs"]),
        ("es", "les pasamos el pedido: 2 contenedores de cerámica", &["2 containers"]),
        ("en", "article 118 and 119, 10,000 pcs each", &["10000 pcs"]),
        ("zh-Hans", "深沟球轴承 6205-2RS 2000个", &["2000 pcs"]),
        ("en", "Please quote eighteen drums and forty-five cartons", &["18 drums", "45 cartons"]),
        ("en", "three hundred bags", &["300 bags"]),
        ("bn", "৮০টা মেশিন দরকার", &["80 pcs"]),
        ("th", "สนใจปั๊มน้ำ ๕๐ เครื่อง", &["50 units"]),
    ]);
}

#[test]
fn what_names_measures_or_prices_is_no_quantity() {
    all_are_found(&[
        ("fr", "Sur la facture 2277 l'adresse est fausse", &[]),
        ("pt", "Segue em anexo nossa ordem de compra 4471, obrigado", &[]),
        ("fi", "Pyydämme vahvistusta tarjouksenne 2231 mukaisesti", &[]),
        ("tr", "3391 nolu siparişimiz nerede?", &[]),
        ("fr", "nos bureaux déménagent au 14 rue des Docks, 76600 Le Havre", &[]),
        ("fa", "مطابق پیشنهاد مورخ ۵ آذر", &[]),
        ("hi", "maal kab aayega? 15 din ho gaye", &[]),
        ("ur", "دوسری کمپنی 95 روپے دے رہی ہے، آپ کا 110 بہت ہے", &[]),
        ("bn", "গতবার ১১০ টাকায় দিয়েছিলেন এবার ১৩০ কেন?", &[]),
        ("tr", "%30 avans kalanı yüklemede olsa?", &[]),
        ("tr", "vadeyi 30 günden 90 güne çekin", &[]),
        ("en", "We can get you 10x more traffic.", &[]),
        ("it", "Potete chiamarmi tra 15 minuti?", &[]),
        ("ru", "нашли 14 ошибок на сайте", &[]),
        ("el", "σύμφωνα με το άρθρο 15 του GDPR", &[]),
        ("ru", "u vas est plitka 60 na 60 seraya?", &[]),
        ("he", "אצלנו 40 עובדים", &[]),
        ("ar", "المبلغ المتبقي من فاتورتنا رقم 2211 مستحق", &[]),
    ]);
}

#[test]
fn a_place_is_found_on_either_side_of_its_word() {
    let rows = [
        ("hi", "bhai 250 fan ka rate batao delhi me delivery", "delhi"),
        ("hi", "कृपया 90 कूलर का रेट भेजें, डिलीवरी मुंबई।", "मुंबई"),
        ("ur", "400 پنکھے چاہئیں کراچی میں ڈیلیوری", "کراچی"),
        ("ur", "1200 jootay chahiye lahore tak", "lahore"),
        ("bn", "৩০০ সাইকেল ঢাকা পর্যন্ত কত পড়বে?", "ঢাকা"),
        ("ja", "ポンプを40台、名古屋まで送るといくらですか", "名古屋"),
        ("ko", "자전거 60대 인천항까지 얼마인가요?", "인천"),
        ("tr", "merhaba 120 sandalye ankaraya ne kadar tutar", "ankaraya"),
        ("fi", "paljonko maksais 800 jalkaa Turkuun toimitettuna?", "Turkuun"),
        ("hu", "mennyi lenne 320 szék Szegedre szállítva?", "Szegedre"),
        ("uz", "100 dona nasos kerak, Toshkentga yetkazib berish", "Toshkentga"),
        ("he", "כמה יעלו 2,000 בקבוקים במשלוח לאשדוד?", "אשדוד"),
        ("ar", "bikam 500 korsi 3a beirut?", "beirut"),
        ("de", "Was kosten 40 Paletten nach Wien?", "Wien"),
        ("en", "how much for 2.5k mugs with our logo delivered felixstowe", "felixstowe"),
        ("en", "price pls for 350 brackets ddp Leeds", "Leeds"),
        ("da", "hvad skal I have for 600 stk lamper leveret i Aarhus?", "Aarhus"),
        ("cs", "kolik by stálo 90 ventilátorů s dodáním do Ostravy?", "Ostravy"),
        ("ca", "quin preu tindrien 85 bombes lliurades a Tarragona?", "Tarragona"),
        ("ru", "nado 400 kvadratov v tashkent", "tashkent"),
        ("sw", "Naomba bei ya pampu 60 mpaka Dar es Salaam", "Dar es Salaam"),
    ];
    for (language, text, place) in rows {
        assert_eq!(facts(language, text).place.as_deref(), Some(place), "{text}");
    }
}

#[test]
fn where_people_live_or_goods_come_from_is_no_destination() {
    for (language, text) in [
        ("en", "We are a shop in Leeds and look for lamps."),
        ("en", "The vessel sailed from Qingdao, when does it get here?"),
        ("bg", "Имаме склад в Пловдив и търсим нови доставчици на мебели."),
        ("hi", "hamari dukan pune me hai, catalogue bhejo"),
        ("tr", "Bakiye tutar bugün hesabınıza havale edildi."),
        ("az", "Sumqayıtda fabrikimiz var, qiymət göndərin."),
    ] {
        assert_eq!(facts(language, text).place, None, "{text}");
    }
}

#[test]
fn money_is_named_with_endings_and_signs() {
    let rows = [
        ("fi", "hinta euroina kiitos", "EUR"),
        ("hu", "mennyi lenne euróban?", "EUR"),
        ("pl", "cena w zlotowkach", "PLN"),
        ("da", "pris i kr tak", "DKK"),
        ("sv", "priset i kr tack", "SEK"),
        ("ja", "円建てでお願いします", "JPY"),
        ("ar", "خليها 9 ريال", "SAR"),
        ("fa", "قیمت ۵۰۰ ریال", "IRR"),
        ("tr", "9.400 doları gönderdik", "USD"),
    ];
    for (language, text, code) in rows {
        assert_eq!(facts(language, text).currency, Currency::parse(code), "{text}");
    }
    assert_eq!(facts("zh-Hans", "轴承 6205-2RS 2000个").currency, None, "RS belongs to the code");
}

#[test]
fn letters_given_for_one_another_and_missing_accents_are_the_same_word() {
    all_are_found(&[
        ("fa", "۵۰ كارتن لازم داریم", &["50 cartons"]),
        ("ar", "نحتاج 50 قطعه و 20 شاحنة", &["50 pcs", "20 truckloads"]),
        ("de", "brauchen 500 Stueck", &["500 pcs"]),
        ("pt", "preciso de 80 pecas", &["80 pcs"]),
        ("ru", "нужно 20 ведер", &["20 buckets"]),
    ]);
}

#[test]
fn a_target_price_needs_no_sign_when_it_has_a_decimal_part() {
    for (language, text, price) in [
        ("en", "Our target price is 4.50 for this model", Some("4.5")),
        ("it", "se arrivate a 6,80 chiudiamo oggi", Some("6.8")),
        ("en", "Our target is 500 pcs", None),
    ] {
        let want = price.map(|price| price.parse::<Decimal>().expect("a figure"));
        assert_eq!(facts(language, text).target_price, want, "{text}");
    }
}

#[test]
fn a_term_in_small_letters_is_one_where_something_fit_follows() {
    let rows = [
        ("en", "price for 500 pcs exw? thanks", Some("EXW")),
        ("it", "prezzo exw per 600 borracce", Some("EXW")),
        ("pl", "ile kosztuje 3000 parasoli fob Szanghaj", Some("FOB")),
        ("tr", "500 semsiye cif gemlik", Some("CIF")),
        ("en", "the fob of the key", None),
    ];
    for (language, text, term) in rows {
        assert_eq!(facts(language, text).incoterm.map(Incoterm::code), term, "{text}");
    }
}

#[test]
fn persian_months_are_days_of_ours() {
    assert_eq!(facts("fa", "لطفا تا ۵ آذر ارسال کنید").deadline.as_deref(), Some("2026-11-26"));
}

#[test]
fn facts_are_marked_where_they_stand() {
    let marked = |text: &str| {
        let found = facts("en", text);
        let cut = |span: &Span| (span.fact, text.get(span.range.clone()).map(str::to_owned).unwrap_or_default());
        found.spans.iter().map(cut).collect::<Vec<_>>()
    };
    let of = |fact, words: &str| (fact, words.to_owned());
    assert_eq!(
        marked("Please quote 500 pcs of desk lamps CIF Hamburg in USD, PO-3317."),
        [
            of(FactKind::Quantity, "500 pcs"),
            of(FactKind::Product, "desk lamps"),
            of(FactKind::Incoterm, "CIF"),
            of(FactKind::Place, "Hamburg"),
            of(FactKind::Currency, "USD"),
            of(FactKind::Reference, "PO-3317"),
        ]
    );
    // Wide figures and loose accents have other lengths on the page.
    assert_eq!(
        marked("Cafe\u{301} ５００ pcs CIF ＨＡＭＢＵＲＧ"),
        [of(FactKind::Quantity, "５００ pcs"), of(FactKind::Incoterm, "CIF"), of(FactKind::Place, "ＨＡＭＢＵＲＧ")]
    );
}
