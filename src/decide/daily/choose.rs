//! What one member is told of a day.

use super::{Arrived, DailyOrder, Day, Heading, LiesIn, Line, Mail, MailboxDay, OfIntent, Precision, Reader, Section, Waiting};
use crate::config::Member;
use crate::decide::reminders;
use crate::types::{AccountId, EmailAddress, Intent, Language, Moment, NamedAddress};

/// Lines of a section; the rest is counted.
const LINES_MAX: usize = 20;

/// The daily mail for one member; `None` when there is nothing to be told.
pub fn daily(day: &Day<'_>, reader: &Reader<'_>) -> Option<DailyOrder> {
    let view = View { day, reader };
    let sections: Vec<Section> = Heading::ALL.into_iter().filter_map(|heading| section(heading, view.lines(heading))).collect();
    if sections.is_empty() && !reader.is_admin {
        return None;
    }
    let member = reader.member;
    Some(DailyOrder {
        language: if day.written.contains(&member.language) { member.language } else { Language::ENGLISH },
        from: NamedAddress { name: Some("Tradepost".to_owned()), address: Some(reader.mailbox.clone()) },
        to: NamedAddress { name: Some(member.name.clone()), address: Some(member.address.clone()) },
        message_id: reader.message_id.clone(),
        time_zone: member.time_zone.iana_name().unwrap_or("UTC").to_owned(),
        since: day.since,
        at: day.until,
        sections,
    })
}

fn section(heading: Heading, mut lines: Vec<Line>) -> Option<Section> {
    let more = lines.len().saturating_sub(LINES_MAX);
    lines.truncate(LINES_MAX);
    (!lines.is_empty()).then(|| Section { heading, lines, more: u64::try_from(more).unwrap_or(u64::MAX) })
}

/// A day as one member may see it.
struct View<'a> {
    day: &'a Day<'a>,
    reader: &'a Reader<'a>,
}

impl View<'_> {
    fn lines(&self, heading: Heading) -> Vec<Line> {
        let day = self.day;
        match heading {
            Heading::Trouble => self.troubles(|mailbox| &mailbox.troubles),
            Heading::Over => self.house_over().chain(self.troubles(|mailbox| &mailbox.over)).collect(),
            Heading::Ending => self.ending(),
            Heading::Counts => self.counts(),
            Heading::Came => self.mine().filter(|mail| is_worth_a_line(mail)).map(|mail| Line::Mail { mail: of(mail) }).collect(),
            Heading::Unassigned if self.reader.is_admin => self.unassigned(),
            Heading::Junk => self.junk(),
            Heading::Drafts => day.drafts.iter().filter(|draft| self.has_draft(draft)).map(waiting).collect(),
            Heading::Observed => self.observed(),
            Heading::Quarantine => self.quarantine(),
            Heading::Closed => self.closed(),
            Heading::GivenUp if self.reader.is_admin && day.given_up > 0 => vec![Line::GivenUp { count: day.given_up }],
            Heading::Unheard if self.reader.is_admin => day.unheard.iter().map(|name| Line::Unheard { name: name.clone() }).collect(),
            Heading::Pauses if self.reader.is_admin => day.pauses.iter().map(|pause| Line::Pause { pause: *pause }).collect(),
            Heading::Corrected => self.corrected(),
            Heading::Precision if self.reader.is_admin => day.precision.as_ref().map(precision).unwrap_or_default(),
            Heading::Complete if self.reader.is_admin => day.mailboxes.iter().map(complete).collect(),
            Heading::Unassigned | Heading::GivenUp | Heading::Unheard | Heading::Pauses | Heading::Precision | Heading::Complete => {
                Vec::new()
            }
        }
    }

    /// Who looks after a mail: as `decide::owner` finds it, in the first of its mailboxes that has an owner.
    fn owner(&self, owners: &[EmailAddress], accounts: impl Iterator<Item = AccountId>) -> Option<&Member> {
        let team = self.day.team;
        let of_customer = owners.iter().find_map(|address| team.member(address));
        let mailbox_of = |account| self.day.mailboxes.iter().find(|mailbox| mailbox.account == account);
        let mut of_mailbox = accounts.filter_map(mailbox_of).filter_map(|mailbox| team.member(mailbox.owner.as_ref()?));
        of_customer.or_else(|| of_mailbox.next())
    }

    fn is_mine(&self, owner: Option<&Member>) -> bool {
        owner.is_some_and(|owner| owner.address == self.reader.member.address)
    }

    fn owner_of_mail(&self, mail: &Arrived) -> Option<&Member> {
        self.owner(&mail.owners, mail.places.iter().map(|place| place.account))
    }

    /// Mail for this member outside Junk.
    fn mine(&self) -> impl Iterator<Item = &Arrived> {
        self.day.arrived.iter().filter(|mail| !is_junk(mail) && self.is_mine(self.owner_of_mail(mail)))
    }

    fn counts(&self) -> Vec<Line> {
        let mut counts = std::collections::BTreeMap::<Intent, u64>::new();
        for mail in self.mine() {
            *counts.entry(mail.intent.unwrap_or(Intent::Other)).or_default() += 1;
        }
        counts.into_iter().map(|(intent, count)| Line::Count { intent, count }).collect()
    }

    fn unassigned(&self) -> Vec<Line> {
        let nobodys = self.day.arrived.iter().filter(|mail| !is_junk(mail) && is_worth_a_line(mail) && self.owner_of_mail(mail).is_none());
        nobodys.filter_map(|mail| self.lies(mail, mail.places.first()?)).collect()
    }

    /// Probable customers whose mail a filter took for junk. Nobody's junk is the admin's.
    fn junk(&self) -> Vec<Line> {
        let wanted = |mail: &&Arrived| {
            let owner = self.owner_of_mail(mail);
            is_junk(mail) && is_probable_customer(mail) && (self.is_mine(owner) || (owner.is_none() && self.reader.is_admin))
        };
        let lies_there = |mail: &Arrived| self.lies(mail, mail.places.iter().find(|place| !place.is_gone)?);
        self.day.arrived.iter().filter(wanted).filter_map(lies_there).collect()
    }

    fn observed(&self) -> Vec<Line> {
        let answered = self.day.answered.iter().filter(|mail| self.is_mine(self.owner_of_mail(mail)));
        let mut mails: Vec<&Arrived> = self.mine().chain(answered).collect();
        mails.sort_by_key(|mail| mail.recorded_at);
        mails.into_iter().filter_map(|mail| Some(Line::Withheld { mail: of(mail), withheld: mail.withheld? })).collect()
    }

    fn lies(&self, mail: &Arrived, place: &LiesIn) -> Option<Line> {
        let mailbox = self.day.mailboxes.iter().find(|mailbox| mailbox.account == place.account)?;
        Some(Line::Lies { mail: of(mail), mailbox: mailbox.name.clone(), folder: place.folder.clone() })
    }

    fn has_draft(&self, draft: &Waiting) -> bool {
        self.is_mine(self.owner(&draft.owners, std::iter::once(draft.account)))
    }

    /// The mailboxes whose state concerns this member.
    fn mailboxes(&self) -> impl Iterator<Item = &MailboxDay> {
        let owns = |mailbox: &MailboxDay| mailbox.owner.as_ref().is_some_and(|owner| self.reader.member.has(owner));
        self.day.mailboxes.iter().filter(move |mailbox| self.reader.is_admin || owns(mailbox))
    }

    fn troubles(&self, of: impl Fn(&MailboxDay) -> &Vec<super::TroubleNow>) -> Vec<Line> {
        let line = |mailbox: &MailboxDay| {
            let name = mailbox.name.clone();
            of(mailbox).iter().map(|trouble| Line::Trouble { mailbox: name.clone(), trouble: *trouble }).collect::<Vec<_>>()
        };
        self.mailboxes().flat_map(line).collect()
    }

    /// What concerned no mailbox more than another is told to whoever looks after the house.
    fn house_over(&self) -> impl Iterator<Item = Line> {
        let over = self.day.house_over.iter().filter(|_| self.reader.is_admin);
        over.map(|trouble| Line::Trouble { mailbox: "Tradepost".to_owned(), trouble: *trouble })
    }

    fn ending(&self) -> Vec<Line> {
        let day_of = |moment: Moment| self.reader.member.time_zone.to_datetime(moment.timestamp()).date();
        let (told, today) = (day_of(self.day.since), day_of(self.day.until));
        let soon = |on: &jiff::civil::Date| reminders::is_due(*on, told, today);
        let of_house = self.day.house_endings.iter().filter(|_| self.reader.is_admin);
        let endings = self.mailboxes().flat_map(|mailbox| &mailbox.endings).chain(of_house);
        endings
            .filter(|ending| soon(&ending.on))
            .map(|ending| Line::Ends { mailbox: ending.what.clone(), on: ending.on.to_string() })
            .collect()
    }

    fn quarantine(&self) -> Vec<Line> {
        let named = |aside: &super::SetAside| {
            let mailbox = self.mailboxes().find(|mailbox| mailbox.account == aside.account)?;
            Some(Line::SetAside { mailbox: mailbox.name.clone(), folder: aside.folder.clone(), at: aside.at })
        };
        self.day.quarantined.iter().filter_map(named).collect()
    }

    /// Mail that was moved in the mailboxes that concern this member.
    fn corrected(&self) -> Vec<Line> {
        let mut lines = Vec::new();
        for mailbox in self.mailboxes() {
            let moved = || self.day.dragged.iter().filter(|dragged| dragged.mailbox == mailbox.name);
            let believed = moved().filter(|dragged| dragged.mail.intent.is_some());
            lines.extend(believed.map(|dragged| Line::Corrected { mail: dragged.mail.clone(), was: dragged.was }));
            let at_once = moved().filter(|dragged| dragged.mail.intent.is_none()).count();
            if at_once > 0 {
                let count = u64::try_from(at_once).unwrap_or(u64::MAX);
                lines.push(Line::MovedAtOnce { mailbox: mailbox.name.clone(), count });
            }
        }
        lines
    }

    fn closed(&self) -> Vec<Line> {
        let lines = |mailbox: &MailboxDay| {
            let name = mailbox.name.clone();
            let line =
                |folder: &super::ClosedFolder| Line::Closed { mailbox: name.clone(), folder: folder.name.clone(), since: folder.since };
            mailbox.closed.iter().map(line).collect::<Vec<_>>()
        };
        self.mailboxes().flat_map(lines).collect()
    }
}

/// Nowhere but in Junk.
fn is_junk(mail: &Arrived) -> bool {
    !mail.places.is_empty() && mail.places.iter().all(|place| place.is_junk)
}

/// Machines and sellers are counted and not named.
fn is_worth_a_line(mail: &Arrived) -> bool {
    !matches!(mail.intent, Some(Intent::Bulk | Intent::AutoReply | Intent::Solicitation)) && !mail.is_automatic
        || mail.intent == Some(Intent::Bounce)
}

/// A person who wants to buy, as far as the mail says.
fn is_probable_customer(mail: &Arrived) -> bool {
    let buys = matches!(mail.intent, Some(Intent::Inquiry | Intent::Sample | Intent::Order | Intent::Negotiation));
    buys && !mail.is_automatic && mail.who.address.is_some()
}

fn of(mail: &Arrived) -> Mail {
    Mail { intent: mail.intent, who: mail.who.clone(), company: mail.company.clone(), subject: mail.subject.clone() }
}

fn waiting(draft: &Waiting) -> Line {
    let mail = Mail { intent: None, who: draft.who.clone(), company: draft.company.clone(), subject: draft.subject.clone() };
    Line::Draft { mail, since: draft.placed_at }
}

fn precision(week: &Precision) -> Vec<Line> {
    if !week.is_worth_telling() {
        return Vec::new();
    }
    let whole = Line::Precision { read: week.read, corrected: week.corrected };
    let of = |one: &OfIntent| Line::PrecisionOf { intent: one.intent, read: one.read, corrected: one.corrected };
    std::iter::once(whole).chain(week.intents.iter().map(of)).collect()
}

fn complete(mailbox: &MailboxDay) -> Line {
    Line::Complete { mailbox: mailbox.name.clone(), proof: mailbox.proof }
}

#[cfg(test)]
mod tests {
    use super::super::{ClosedFolder, Dragged, Ending, Pause, SetAside, TroubleNow};
    use super::*;
    use crate::config::{Signatures, Team};
    use crate::decide::TroubleKind;
    use crate::types::MessageId;

    const NOW: Moment = Moment(1_794_790_800_000);

    fn member(name: &str, address: &str) -> Member {
        Member {
            name: name.to_owned(),
            address: EmailAddress::parse(address).expect("sound"),
            aliases: Vec::new(),
            language: Language::ENGLISH,
            time_zone: jiff::tz::TimeZone::UTC,
            signatures: Signatures::default(),
        }
    }

    fn team() -> Team {
        let members = vec![member("Li Wei", "li@bright.example"), member("Anna", "anna@bright.example")];
        Team { company: "Bright".to_owned(), country: None, domains: Vec::new(), members, admin: None }
    }

    fn mailbox(account: i64, name: &str, owner: Option<&str>) -> MailboxDay {
        MailboxDay {
            account: AccountId(account),
            name: name.to_owned(),
            owner: owner.and_then(|owner| EmailAddress::parse(owner).ok()),
            troubles: vec![TroubleNow { kind: TroubleKind::Unreachable, since: NOW, over_at: None }],
            over: Vec::new(),
            proof: None,
            closed: vec![ClosedFolder { name: "Archive".to_owned(), since: NOW }],
            endings: Vec::new(),
        }
    }

    fn inquiry(account: i64, number: usize) -> Arrived {
        Arrived {
            recorded_at: NOW,
            sent_at: None,
            who: NamedAddress { name: None, address: EmailAddress::parse(&format!("buyer{number}@acme.example")).ok() },
            company: None,
            subject: "Price".to_owned(),
            intent: Some(Intent::Inquiry),
            is_automatic: false,
            owners: Vec::new(),
            places: vec![LiesIn { account: AccountId(account), folder: "INBOX".to_owned(), is_junk: false, is_gone: false }],
            withheld: None,
        }
    }

    fn day(team: &Team, arrived: Vec<Arrived>) -> Day<'_> {
        let aside = |account| SetAside { account: AccountId(account), folder: "INBOX".to_owned(), at: NOW };
        Day {
            team,
            written: &[Language::ENGLISH],
            since: NOW.plus_ms(-1),
            until: NOW,
            mailboxes: vec![mailbox(1, "shared", None), mailbox(2, "anna", Some("anna@bright.example"))],
            arrived,
            answered: Vec::new(),
            house_over: Vec::new(),
            drafts: Vec::new(),
            quarantined: vec![aside(1), aside(2)],
            given_up: 1,
            house_endings: Vec::new(),
            unheard: vec!["Chen Hao".to_owned()],
            pauses: vec![Pause { from: NOW, to: NOW, caught_up: 0, sent_late: 0 }],
            dragged: Vec::new(),
            precision: None,
        }
    }

    fn reader_of(team: &Team, reader: usize) -> Reader<'_> {
        Reader {
            member: &team.members[reader],
            is_admin: reader == 0,
            mailbox: EmailAddress::parse("shared@bright.example").expect("sound"),
            message_id: MessageId::parse("daily.1@bright.example").expect("sound"),
        }
    }

    fn told(team: &Team, reader: usize, arrived: Vec<Arrived>) -> Vec<Section> {
        daily(&day(team, arrived), &reader_of(team, reader)).expect("something to tell").sections
    }

    #[test]
    fn a_day_of_many_mails_is_still_a_mail_one_reads() {
        let sections = told(&team(), 1, (0..57).map(|number| inquiry(2, number)).collect());
        let came = sections.iter().find(|section| section.heading == Heading::Came).expect("they came");
        assert_eq!((came.lines.len(), came.more), (20, 37));
        let counts = sections.iter().find(|section| section.heading == Heading::Counts).expect("counted");
        assert_eq!(counts.lines, [Line::Count { intent: Intent::Inquiry, count: 57 }]);
    }

    #[test]
    fn what_nobody_looks_after_and_the_house_are_the_admins_and_a_member_sees_their_own_mailbox() {
        let arrived = vec![inquiry(1, 1), inquiry(2, 2)];
        let headings = |sections: &[Section]| sections.iter().map(|section| (section.heading, section.lines.len())).collect::<Vec<_>>();
        use Heading::{Came, Closed, Complete, Counts, GivenUp, Pauses, Quarantine, Trouble, Unassigned, Unheard};
        let admin = [(Trouble, 2), (Unassigned, 1), (Quarantine, 2), (Closed, 2), (GivenUp, 1), (Unheard, 1), (Pauses, 1), (Complete, 2)];
        assert_eq!(headings(&told(&team(), 0, arrived.clone())), admin);
        assert_eq!(headings(&told(&team(), 1, arrived)), [(Trouble, 1), (Counts, 1), (Came, 1), (Quarantine, 1), (Closed, 1)]);
    }

    #[test]
    fn the_end_of_a_password_is_told_to_its_owner_and_the_admin_on_the_day_of_the_reminder_and_that_of_the_house_to_the_admin() {
        let today = jiff::tz::TimeZone::UTC.to_datetime(NOW.timestamp()).date();
        let told = |days: i64, reader: usize| {
            let on = today.checked_add(jiff::Span::new().days(days)).expect("a day");
            let endings = |what: &[&str]| what.iter().map(|what| Ending { what: (*what).to_owned(), on }).collect::<Vec<_>>();
            let team = team();
            let annas = mailbox(2, "anna", Some("anna@bright.example"));
            let annas = MailboxDay { endings: endings(&["anna", "anna, imap.proxy.password"]), troubles: Vec::new(), ..annas };
            let house_endings = endings(&["sending.password"]);
            let day = Day { mailboxes: vec![annas], house_endings, since: NOW.plus_ms(-86_400_000), ..day(&team, Vec::new()) };
            let sections = daily(&day, &reader_of(&team, reader)).map_or_else(Vec::new, |order| order.sections);
            let lines = sections.into_iter().filter(|section| section.heading == Heading::Ending).flat_map(|section| section.lines);
            lines.map(|line| if let Line::Ends { mailbox, .. } = line { mailbox } else { String::new() }).collect::<Vec<_>>()
        };
        for days in [14, 3, -1, -2] {
            assert_eq!(told(days, 0), ["anna", "anna, imap.proxy.password", "sending.password"], "{days} days before");
            assert_eq!(told(days, 1), ["anna", "anna, imap.proxy.password"], "{days} days before");
        }
        for days in [15, 13, 4, 2, 0] {
            assert!(told(days, 0).is_empty() && told(days, 1).is_empty(), "{days} days before");
        }
    }

    #[test]
    fn what_was_moved_is_told_to_whose_mailbox_it_is_and_the_week_to_the_admin() {
        let team = team();
        let moved = |intent| Dragged { mailbox: "anna".to_owned(), mail: Mail { intent, ..Mail::default() }, was: Some(Intent::Inquiry) };
        let dragged = vec![moved(Some(Intent::Order)), moved(None), moved(None)];
        let counts = [(Some(Intent::Inquiry), 8), (Some(Intent::Order), 4)];
        let precision = Some(Precision::of(&counts, &[(Some(Intent::Inquiry), 2)]));
        let day = Day { dragged, precision, ..day(&team, Vec::new()) };
        let lines = |reader| {
            let sections = daily(&day, &reader_of(&team, reader)).expect("something to tell").sections;
            let wanted = sections.into_iter().filter(|one| matches!(one.heading, Heading::Corrected | Heading::Precision));
            wanted.flat_map(|section| section.lines).collect::<Vec<_>>()
        };
        let order = Mail { intent: Some(Intent::Order), ..Mail::default() };
        let corrected =
            [Line::Corrected { mail: order, was: Some(Intent::Inquiry) }, Line::MovedAtOnce { mailbox: "anna".to_owned(), count: 2 }];
        assert_eq!(lines(1), corrected);
        let of_week = [Line::Precision { read: 12, corrected: 2 }, Line::PrecisionOf { intent: Intent::Inquiry, read: 8, corrected: 2 }];
        assert_eq!(lines(0), [corrected.as_slice(), &of_week].concat());
    }

    #[test]
    fn a_week_of_few_mails_and_no_correction_is_not_told() {
        let week = |read, corrected: &[(Option<Intent>, u64)]| Precision::of(&[(Some(Intent::Order), read)], corrected).is_worth_telling();
        assert!(!week(19, &[]) && week(20, &[]) && week(1, &[(Some(Intent::Order), 1)]));
    }

    #[test]
    fn a_customer_keeps_their_owner_in_whatever_mailbox_they_write_to() {
        let owned = Arrived { owners: vec![EmailAddress::parse("anna@bright.example").expect("sound")], ..inquiry(1, 1) };
        let sections = told(&team(), 1, vec![owned.clone()]);
        assert!(sections.iter().any(|section| section.heading == Heading::Came));
        assert!(told(&team(), 0, vec![owned]).iter().all(|section| section.heading != Heading::Unassigned));
    }
}
