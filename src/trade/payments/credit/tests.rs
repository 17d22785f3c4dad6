use super::*;
use jiff::civil::date;

const SWIFT: &str = "{1:F01BANKBDDHAXXX}{2:O7001200...}{4:
:27:1/1
:40A:IRREVOCABLE
:20:DC DHK260117
:31C:260105
:40E:UCP LATEST VERSION
:31D:260415BANGLADESH
:50:PADMA TEXTILE MILLS LTD
12 GULSHAN AVENUE
DHAKA, BANGLADESH
:59:/1234567890
NINGBO GREATWALL MACHINERY CO., LTD
88 ZHONGSHAN ROAD
NINGBO, CHINA
:32B:USD98765,5
:39A:05/05
:41D:ANY BANK BY NEGOTIATION
:43P:NOT ALLOWED
:43T:ALLOWED
:44E:ANY PORT IN CHINA
:44F:CHATTOGRAM, BANGLADESH
:44C:260331
:45A:+12 SETS RAPIER LOOM MODEL GT-680 AT USD 8230,458
CIF CHATTOGRAM, INCOTERMS 2020
AS PER PROFORMA INVOICE NO. PI-2026-0012 DATED 02 JAN 2026
:46A:+SIGNED COMMERCIAL INVOICE IN 6 COPIES
+FULL SET CLEAN ON BOARD BILL OF LADING MADE
OUT TO ORDER OF ISSUING BANK
+INSPECTION CERTIFICATE ISSUED AND SIGNED BY APPLICANT
:47A:+ALL DOCUMENTS IN ENGLISH
:48:15/FROM SHIPMENT DATE
:49:WITHOUT
-}{5:{CHK:123}}";

#[test]
fn a_swift_message_is_read_field_by_field() {
    let credit = read(SWIFT).expect("a credit");
    assert_eq!(credit.number.as_deref(), Some("DC DHK260117"));
    assert_eq!((credit.expires, credit.expires_at.as_deref()), (Some(date(2026, 4, 15)), Some("BANGLADESH")));
    assert_eq!(credit.ship_by, Some(date(2026, 3, 31)));
    assert_eq!(credit.amount.map(|money| money.to_string()).as_deref(), Some("USD 98765.5"));
    assert_eq!(credit.tolerance, Some(Tolerance { more: 5.into(), less: 5.into() }));
    assert_eq!((credit.partial_shipments, credit.transhipment), (Some(Permission::NotAllowed), Some(Permission::Allowed)));
    assert_eq!((credit.from.as_deref(), credit.to.as_deref()), (Some("ANY PORT IN CHINA"), Some("CHATTOGRAM, BANGLADESH")));
    assert_eq!(credit.presentation_days, Some(15));
    assert_eq!(credit.documents.len(), 3);
    assert_eq!(credit.documents[1], "FULL SET CLEAN ON BOARD BILL OF LADING MADE OUT TO ORDER OF ISSUING BANK");
    assert!(credit.goods.starts_with("12 SETS") && credit.goods.contains("CIF CHATTOGRAM") && !credit.goods.contains("COMMERCIAL"));
    assert_eq!(credit.beneficiary[0], "NINGBO GREATWALL MACHINERY CO., LTD");
}

#[test]
fn what_may_cost_the_seller_the_money_is_named() {
    let credit = read(SWIFT).expect("a credit");
    let traps = credit.traps(Some(date(2026, 4, 1)));
    assert_eq!(
        traps,
        [
            Trap::ShipmentPast { day: date(2026, 3, 31) },
            Trap::ExpiresElsewhere { place: "BANGLADESH".into() },
            Trap::ShortPresentation { days: 15 },
            Trap::FromBuyer { document: "INSPECTION CERTIFICATE ISSUED AND SIGNED BY APPLICANT".into() },
        ]
    );
    let friendly = SWIFT
        .replace("260415BANGLADESH", "260415CHINA")
        .replace(":48:15", ":48:21")
        .replace("+INSPECTION CERTIFICATE ISSUED AND SIGNED BY APPLICANT\n", "");
    assert_eq!(read(&friendly).expect("a credit").traps(Some(date(2026, 1, 10))), []);
}

#[test]
fn a_printed_credit_is_read_by_its_words() {
    let printed = "MT S700 Issue of a Documentary Credit\n\
        40A Form of Documentary Credit : IRREVOCABLE\n\
        20  Documentary Credit Number : LC-77/2026\n\
        31D Date and Place of Expiry : 2026/05/20 in China\n\
        50  Applicant : AL NOOR TRADING LLC\nDEIRA, DUBAI\n\
        59  Beneficiary : FOSHAN CERAMICS\nFOSHAN, CHINA\n\
        32B Currency Code, Amount : Currency : EUR (Euro)\nAmount : #125,000.00#\n\
        39A Percentage Credit Amount Tolerance : 10/10\n\
        43P Partial Shipments : PROHIBITED\n\
        44C Latest Date of Shipment : 30 APR 2026\n\
        45A Description of Goods and/or Services :\n20 CONTAINERS OF TILES\nFOB FOSHAN\n\
        46A Documents Required :\n1) INVOICE\n2) PACKING LIST\nIN 3 COPIES\n\
        48  Period for Presentation in Days : WITHIN 21 DAYS";
    let credit = read(printed).expect("a credit");
    assert_eq!(credit.number.as_deref(), Some("LC-77/2026"));
    assert_eq!((credit.expires, credit.expires_at.as_deref()), (Some(date(2026, 5, 20)), Some("China")));
    assert_eq!(credit.ship_by, Some(date(2026, 4, 30)));
    assert_eq!(credit.bounds(), Some((112_500.into(), 137_500.into())));
    assert_eq!(credit.goods, "20 CONTAINERS OF TILES\nFOB FOSHAN");
    assert_eq!(credit.documents, ["INVOICE", "PACKING LIST IN 3 COPIES"]);
    assert_eq!(credit.partial_shipments, Some(Permission::NotAllowed));
    assert_eq!((credit.presentation(), credit.traps(None)), (21, vec![]));
}

#[test]
fn amounts_are_read_as_swift_and_as_printers_write_them() {
    for (written, amount) in [
        ("USD50000,", "50000"),
        ("USD50000,5", "50000.5"),
        ("JPY1250000,", "1250000"),
        ("USD 1,250,000.00", "1250000"),
        ("USD 50,000", "50000"),
        ("EUR 1.250.000,75", "1250000.75"),
        ("KWD12345,675", "12345.675"),
    ] {
        let read = values::money(&[written]).map(|money| money.amount.to_string());
        assert_eq!(read.as_deref(), Some(amount), "{written}");
    }
}

#[test]
fn other_mail_is_no_credit() {
    assert_eq!(read("Our L/C fields 31D and 45A are still open, please advise.\n20 sets AX-31D\n"), None);
    assert_eq!(read(&"31D 45A\n:31D:\n".repeat(10_000)), None);
}
