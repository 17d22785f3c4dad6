//! From cells to people: columns are found by their names, every faulty cell is named.

use crate::cli::words::Words;
use crate::config::Config;
use crate::types::{Country, EmailAddress, Language};
use std::collections::HashMap;
use std::fmt::Display;

/// A row that can be taken.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Person {
    pub address: EmailAddress,
    pub name: Option<String>,
    pub company: Option<String>,
    pub country: Option<Country>,
    pub language: Option<Language>,
    pub owner: Option<EmailAddress>,
}

/// A row that cannot: where and why.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::cli) struct Refused {
    /// As a spreadsheet counts, the heading being row 1.
    pub row: usize,
    pub column: String,
    pub problem: String,
}

/// Names a column may have, folded; the trade's lists come in English and Chinese.
const COLUMNS: [(&str, &[&str]); 6] = [
    ("address", &["address", "email", "mail", "emailaddress", "邮箱", "电子邮箱", "邮箱地址", "邮件地址", "电子邮件"]),
    ("name", &["name", "contact", "person", "fullname", "contactname", "姓名", "联系人", "名字"]),
    ("company", &["company", "firm", "customer", "organisation", "organization", "公司", "公司名称", "客户"]),
    ("country", &["country", "countrycode", "国家", "国家代码"]),
    ("language", &["language", "lang", "语言"]),
    ("owner", &["owner", "salesperson", "responsible", "负责人", "业务员"]),
];

/// Whether a column of that name holds addresses.
pub(in crate::cli) fn is_address_column(heading: &str) -> bool {
    COLUMNS.iter().any(|(column, names)| *column == "address" && names.contains(&fold(heading).as_str()))
}

/// The people of a list and the rows that cannot be taken; `None` when no column holds addresses.
pub(super) fn people(cells: &[Vec<String>], config: &Config, words: &Words) -> Option<(Vec<Person>, Vec<Refused>)> {
    let (heading, body) = cells.split_first()?;
    let place = |wanted: &str| {
        let names = COLUMNS.iter().find(|(column, _)| *column == wanted).map(|(_, names)| *names).unwrap_or_default();
        heading.iter().position(|cell| names.contains(&fold(cell).as_str()))
    };
    place("address")?;
    let reader = RowReader { place: &place, config, words };
    let mut first_rows: HashMap<String, usize> = HashMap::new();
    let (mut people, mut refused) = (Vec::new(), Vec::new());
    for (index, row) in body.iter().enumerate() {
        let number = index + 2;
        if row.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let person = reader.person(row).and_then(|person| match first_rows.insert(person.address.folded(), number) {
            Some(first) => Err(vec![("address", words.say("import.twice", &[("text", &person.address), ("first", &first)]))]),
            None => Ok(person),
        });
        match person {
            Ok(person) => people.push(person),
            Err(problems) => {
                let refuse = |(column, problem): (&str, String)| Refused { row: number, column: column.to_owned(), problem };
                refused.extend(problems.into_iter().map(refuse));
            }
        }
    }
    Some((people, refused))
}

struct RowReader<'a> {
    place: &'a dyn Fn(&str) -> Option<usize>,
    config: &'a Config,
    words: &'a Words,
}

type Problems = Vec<(&'static str, String)>;

impl RowReader<'_> {
    fn person(&self, row: &[String]) -> Result<Person, Problems> {
        let mut problems = Problems::new();
        let cell = |column: &str| (self.place)(column).and_then(|at| row.get(at)).map(|text| text.trim()).filter(|text| !text.is_empty());
        let owned = |column: &str| cell(column).map(str::to_owned);
        let address = match cell("address").map(EmailAddress::parse) {
            Some(Ok(address)) => Some(address),
            Some(Err(_)) => self.refuse(&mut problems, "address", "import.not_an_address", cell("address")),
            None => self.refuse(&mut problems, "address", "import.empty", None),
        };
        let country = cell("country")
            .and_then(|text| Country::parse(text).or_else(|| self.refuse(&mut problems, "country", "import.not_a_country", Some(text))));
        let language = cell("language")
            .and_then(|text| Language::parse(text).or_else(|| self.refuse(&mut problems, "language", "import.not_a_language", Some(text))));
        let owner = cell("owner").and_then(|text| {
            let member = EmailAddress::parse(text).ok().and_then(|address| self.config.team.member(&address));
            let by_name = || self.config.team.members.iter().find(|member| fold(&member.name) == fold(text));
            let found = member.or_else(by_name).map(|member| member.address.clone());
            found.or_else(|| self.refuse(&mut problems, "owner", "import.not_a_member", Some(text)))
        });
        match address {
            Some(address) if problems.is_empty() => {
                Ok(Person { address, name: owned("name"), company: owned("company"), country, language, owner })
            }
            _ => Err(problems),
        }
    }

    /// Notes why a cell cannot be taken.
    fn refuse<T>(&self, problems: &mut Problems, column: &'static str, key: &str, text: Option<&str>) -> Option<T> {
        let members = self.words.list(self.config.team.members.iter().map(|member| &member.address));
        let text = text.unwrap_or("");
        let values: [(&str, &dyn Display); 2] = [("text", &text), ("members", &members)];
        problems.push((column, self.words.say(key, &values)));
        None
    }
}

fn fold(cell: &str) -> String {
    cell.chars().filter(|c| !c.is_whitespace() && !matches!(c, '_' | '-')).flat_map(char::to_lowercase).collect()
}
