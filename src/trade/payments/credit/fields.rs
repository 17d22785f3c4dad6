//! A credit's fields, each with its value: `:45A:` as SWIFT writes it, `45A Description of Goods` or `F45A: …` as banks print it.

/// The fields of an MT700, with the words banks print beside them. A field printed without colons is known by these words only:
/// "20 sets" begins no field.
const FIELDS: &[(&str, &[&str])] = &[
    ("27", &["sequence of total"]),
    ("40A", &["form of documentary credit", "form of doc"]),
    ("20", &["documentary credit number", "documentary credit no", "doc. credit number", "credit number"]),
    ("23", &["reference to pre-advice", "reference to preadvice"]),
    ("31C", &["date of issue"]),
    ("40E", &["applicable rules"]),
    ("31D", &["date and place of expiry", "date & place of expiry", "expiry date and place", "expiry"]),
    ("51A", &["applicant bank"]),
    ("51D", &["applicant bank"]),
    ("50", &["applicant"]),
    ("59", &["beneficiary"]),
    ("32B", &["currency code, amount", "currency code and amount", "currency code amount", "currency code", "amount"]),
    ("39A", &["percentage credit amount tolerance", "percentage credit amount", "pos./neg. tol. (%)", "tolerance"]),
    ("39B", &["maximum credit amount"]),
    ("39C", &["additional amounts covered"]),
    ("41A", &["available with ... by ...", "available with...by...", "available with"]),
    ("41D", &["available with ... by ...", "available with...by...", "available with"]),
    ("42C", &["drafts at ...", "drafts at..", "drafts at"]),
    ("42A", &["drawee"]),
    ("42D", &["drawee"]),
    ("42M", &["mixed payment details"]),
    ("42P", &["negotiation/deferred payment details", "deferred payment details"]),
    ("43P", &["partial shipments", "partial shipment"]),
    ("43T", &["transhipment", "transshipment"]),
    (
        "44A",
        &[
            "place of taking in charge/dispatch from .../place of receipt",
            "place of taking in charge",
            "place of receipt",
            "loading in charge",
        ],
    ),
    ("44E", &["port of loading/airport of departure", "port of loading/airport of dep", "port of loading"]),
    ("44F", &["port of discharge/airport of destination", "port of discharge/airport of dest", "port of discharge"]),
    (
        "44B",
        &[
            "place of final destination/for transportation to .../place of delivery",
            "place of final destination",
            "for transport to",
            "place of delivery",
        ],
    ),
    ("44C", &["latest date of shipment", "latest date of ship", "latest shipment date"]),
    ("44D", &["shipment period"]),
    ("45A", &["description of goods and/or services", "description of goods and or services", "description of goods"]),
    ("45B", &["description of goods and/or services", "description of goods"]),
    ("46A", &["documents required"]),
    ("46B", &["documents required"]),
    ("47A", &["additional conditions"]),
    ("47B", &["additional conditions"]),
    ("49G", &["special payment conditions for beneficiary"]),
    ("49H", &["special payment conditions for receiving bank", "special payment conditions"]),
    ("71B", &["charges"]),
    ("71D", &["charges"]),
    ("48", &["period for presentation in days", "period for presentation", "presentation period"]),
    ("49", &["confirmation instructions"]),
    ("58A", &["requested confirmation party"]),
    ("58D", &["requested confirmation party"]),
    ("53A", &["reimbursing bank"]),
    ("53D", &["reimbursing bank"]),
    ("57A", &["advise through bank", "'advise through' bank"]),
    ("57D", &["advise through bank", "'advise through' bank"]),
    ("72Z", &["sender to receiver information"]),
    ("72", &["sender to receiver information", "bank to bank information"]),
    (
        "78",
        &["instructions to the paying/accepting/negotiating bank", "instructions to paying", "instructions to pay", "instructions to the"],
    ),
];

/// Lines of one field: 45A of an MT700 has at most 800.
const LINES_MAX: usize = 1_000;

/// The fields of one credit.
#[derive(Debug, Default)]
pub(super) struct Fields<'a>(Vec<(&'static str, Vec<&'a str>)>);

impl<'a> Fields<'a> {
    /// Cuts a text into fields. What stands before the first one is left out, and what ends the message ends the last.
    pub fn cut(text: &'a str) -> Self {
        let mut fields: Vec<(&'static str, Vec<&'a str>)> = Vec::new();
        for line in text.lines() {
            if ends_message(line.trim()) && !fields.is_empty() {
                break;
            }
            match begin(line) {
                Some((tag, value)) => fields.push((tag, vec![value])),
                None => {
                    if let Some((_, lines)) = fields.last_mut().filter(|(_, lines)| lines.len() < LINES_MAX) {
                        lines.push(line.trim());
                    }
                }
            }
        }
        Self(fields)
    }

    /// The lines of the first field of that tag; a continuation (45B of an MT701) is another field.
    pub fn get(&self, tag: &str) -> Option<&[&'a str]> {
        self.0.iter().find(|(known, _)| *known == tag).map(|(_, lines)| lines.as_slice())
    }
}

/// The field a line begins, and what of its value stands on the line.
fn begin(line: &str) -> Option<(&'static str, &str)> {
    let line = line.trim();
    let bare = line.trim_start_matches(['*', '#', '-', '+', ' ']);
    let bare = bare.strip_prefix(['F', 'f']).filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit())).unwrap_or(bare);
    let colon = bare.strip_prefix(':');
    let bare = colon.unwrap_or(bare);
    let (tag, labels, rest) =
        FIELDS.iter().filter_map(|(tag, labels)| Some((*tag, *labels, after_tag(bare, tag)?))).max_by_key(|(tag, ..)| tag.len())?;
    // `:45A:` and `45A:` are the field whatever follows; `45A Description` only with its words.
    let direct = rest.trim_start().strip_prefix(':');
    let value = direct.map_or_else(|| rest.trim_start_matches([' ', '\t', '.', '-', '/']), str::trim_start);
    match (after_label(value, labels), direct) {
        (Some(value), _) => Some((tag, value)),
        (None, Some(_)) if colon.is_some() || tag.len() == 3 => Some((tag, value)),
        _ => None,
    }
}

/// What follows a tag, in any case of its letter; `None` when another tag or a number stands there.
fn after_tag<'a>(line: &'a str, tag: &str) -> Option<&'a str> {
    let (front, rest) = line.split_at_checked(tag.len())?;
    let ends = rest.chars().next().is_none_or(|c| !c.is_ascii_alphanumeric());
    (front.eq_ignore_ascii_case(tag) && ends).then_some(rest)
}

/// What follows the words printed beside a tag.
fn after_label<'a>(value: &'a str, labels: &[&str]) -> Option<&'a str> {
    let label = labels.iter().find(|label| value.get(..label.len()).is_some_and(|front| front.eq_ignore_ascii_case(label)))?;
    let rest = value.get(label.len()..)?;
    // "Currency Code, Amount (Max.) : USD": the rest of the label ends at its colon.
    let colon =
        rest.find(':').filter(|at| *at < 40 && !rest.get(..*at).is_some_and(|between| between.contains(|c: char| c.is_ascii_digit())));
    Some(colon.and_then(|at| rest.get(at + 1..)).unwrap_or(rest).trim_start_matches([' ', '\t', ':', '.', '-']))
}

/// `-}` ends a message, `{5:` begins its trailer.
fn ends_message(line: &str) -> bool {
    line.starts_with("-}") || line == "-" || line.starts_with("{5:")
}
