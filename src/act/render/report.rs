//! Everything the templates of the daily mail and of an alarm may name, with its values cleaned. `templates/README.md` explains each.

use super::clean::{self, NAME_LEN_MAX, VALUE_LEN_MAX};
use super::page::direction;
use super::phrase::{Phrase, Run};
use super::quote::writer;
use super::words::Words;
use crate::decide::daily::{Heading, Line, Mail, Pause, Proof, Section, TroubleNow, Withheld};
use crate::decide::{AlarmOrder, DailyOrder, TroubleKind};
use crate::types::{Intent, Language, Moment};
use jiff::tz::TimeZone;
use serde::Serialize;

/// A pause that began within this time is told by the clock alone.
const DAY_MS: i64 = 24 * 3_600_000;

/// What templates of the daily mail see. `P` is a phrase in pieces for HTML and a plain string for text.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Daily<P> {
    language: &'static str,
    /// `ltr` or `rtl`.
    direction: &'static str,
    date: P,
    since: P,
    /// Nothing needs anybody: there is only the count, if that.
    quiet: bool,
    sections: Vec<Part<P>>,
}

/// A heading with its lines.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Part<P> {
    heading: String,
    lines: Vec<P>,
    /// How many were left out; null when none were.
    more: Option<P>,
    /// What to do about it; null when the lines say it.
    advice: Option<String>,
}

/// What templates of an alarm see.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Alarm<P> {
    language: &'static str,
    direction: &'static str,
    mailbox: P,
    /// What is wrong, as a clause.
    what: String,
    advice: P,
    since: P,
    /// When a trouble of the house ended that is told only afterwards; else null.
    until: Option<P>,
}

impl Daily<Phrase> {
    /// What is told by this order, in words of this language.
    pub(super) fn new(order: &DailyOrder, language: Language, words: &Words) -> Self {
        let teller = Teller { language, words, zone: zone(&order.time_zone), now: order.at };
        let is_quiet = |section: &Section| {
            let complete = |line: &Line| !matches!(line, Line::Complete { proof: Some(proof), .. } if !proof.is_whole());
            // Who is not to hear of anything is no news.
            section.heading == Heading::Unheard || section.heading == Heading::Complete && section.lines.iter().all(complete)
        };
        Daily {
            language: language.code(),
            direction: direction(language),
            date: teller.day(order.at),
            since: teller.moment(order.since),
            quiet: order.sections.iter().all(is_quiet),
            sections: order.sections.iter().map(|section| teller.part(section)).collect(),
        }
    }

    /// What subject and text templates see.
    pub(super) fn plain(&self) -> Daily<String> {
        let plain = |phrase: &Phrase| phrase.plain();
        let part = |part: &Part<Phrase>| Part {
            heading: part.heading.clone(),
            lines: part.lines.iter().map(plain).collect(),
            more: part.more.as_ref().map(plain),
            advice: part.advice.clone(),
        };
        Daily {
            language: self.language,
            direction: self.direction,
            date: self.date.plain(),
            since: self.since.plain(),
            quiet: self.quiet,
            sections: self.sections.iter().map(part).collect(),
        }
    }
}

impl Alarm<Phrase> {
    /// What is told by this order, in words of this language.
    pub(super) fn new(order: &AlarmOrder, language: Language, words: &Words) -> Self {
        let teller = Teller { language, words, zone: zone(&order.time_zone), now: order.at };
        let mailbox = teller.as_written(&order.mailbox);
        Alarm {
            language: language.code(),
            direction: direction(language),
            what: words.trouble(order.kind).what.clone(),
            advice: teller.advice(order.kind, &mailbox),
            since: teller.moment(order.since),
            until: order.until.map(|until| teller.moment(until)),
            mailbox,
        }
    }

    /// What subject and text templates see.
    pub(super) fn plain(&self) -> Alarm<String> {
        Alarm {
            language: self.language,
            direction: self.direction,
            mailbox: self.mailbox.plain(),
            what: self.what.clone(),
            advice: self.advice.plain(),
            since: self.since.plain(),
            until: self.until.as_ref().map(Phrase::plain),
        }
    }
}

/// Says things in one language and one time zone.
struct Teller<'a> {
    language: Language,
    words: &'a Words,
    zone: TimeZone,
    now: Moment,
}

impl Teller<'_> {
    fn part(&self, section: &Section) -> Part<Phrase> {
        let daily = &self.words.daily;
        Part {
            heading: daily.headings.get(&section.heading).cloned().unwrap_or_default(),
            lines: section.lines.iter().map(|line| self.line(line)).collect(),
            more: (section.more > 0).then(|| Phrase::fill(&daily.more, &[("count", &self.number(section.more))])),
            advice: daily.advice.get(&section.heading).cloned(),
        }
    }

    fn line(&self, line: &Line) -> Phrase {
        let daily = &self.words.daily;
        match line {
            Line::Trouble { mailbox, trouble } => self.trouble(mailbox, trouble),
            Line::Count { intent, count } => {
                Phrase::fill(&daily.count, &[("intent", &self.intent(*intent)), ("count", &self.number(*count))])
            }
            Line::Mail { mail } => self.mail(mail),
            Line::Lies { mail, mailbox, folder } => {
                let (mailbox, folder) = (self.as_written(mailbox), self.as_written(folder));
                Phrase::fill(&daily.lies, &[("mail", &self.mail(mail)), ("mailbox", &mailbox), ("folder", &folder)])
            }
            Line::Draft { mail, since } => Phrase::fill(&daily.draft, &[("mail", &self.mail(mail)), ("date", &self.day(*since))]),
            Line::Withheld { mail, withheld } => self.withheld(mail, *withheld),
            Line::SetAside { mailbox, folder, at } => {
                let (mailbox, folder) = (self.as_written(mailbox), self.as_written(folder));
                Phrase::fill(&daily.set_aside, &[("date", &self.moment(*at)), ("mailbox", &mailbox), ("folder", &folder)])
            }
            Line::Closed { mailbox, folder, since } => {
                let (mailbox, folder) = (self.as_written(mailbox), self.as_written(folder));
                Phrase::fill(&daily.closed, &[("folder", &folder), ("mailbox", &mailbox), ("date", &self.moment(*since))])
            }
            Line::Ends { mailbox, on } => {
                let on = match on.parse() {
                    Ok(day) => self.words.date(day, None, self.language),
                    Err(_) => self.as_written(on),
                };
                Phrase::fill(&daily.ends, &[("mailbox", &self.as_written(mailbox)), ("date", &on)])
            }
            Line::GivenUp { count } => Phrase::fill(&daily.given_up, &[("count", &self.number(*count))]),
            Line::Unheard { name } => self.as_written(name),
            Line::Pause { pause } => self.pause(pause),
            Line::Corrected { mail, was } => {
                let was = self.intent(was.unwrap_or(Intent::Other));
                Phrase::fill(&daily.corrected, &[("mail", &self.mail(mail)), ("was", &was)])
            }
            Line::MovedAtOnce { mailbox, count } => {
                Phrase::fill(&daily.moved_at_once, &[("mailbox", &self.as_written(mailbox)), ("count", &self.number(*count))])
            }
            Line::Precision { read, corrected } => {
                Phrase::fill(&daily.precision, &[("read", &self.number(*read)), ("corrected", &self.number(*corrected))])
            }
            Line::PrecisionOf { intent, read, corrected } => {
                let right = self.number(read.saturating_sub(*corrected));
                Phrase::fill(&daily.precision_of, &[("intent", &self.intent(*intent)), ("read", &self.number(*read)), ("right", &right)])
            }
            Line::Complete { mailbox, proof } => self.complete(mailbox, *proof),
        }
    }

    /// "Inquiry – Tom Hall (Hall Lighting): Price for flood lights".
    fn mail(&self, mail: &Mail) -> Phrase {
        let daily = &self.words.daily;
        let said = |words: &str| {
            let mut phrase = Phrase::default();
            phrase.say(words);
            phrase
        };
        let who = writer(&mail.who, self.language).unwrap_or_else(|| said(&daily.unknown));
        let company = mail.company.as_deref().map(|company| clean::line(company, NAME_LEN_MAX)).filter(|company| !company.is_empty());
        let who = match company {
            Some(company) if company.to_lowercase() != who.plain_words().to_lowercase() => {
                Phrase::fill(&daily.with_company, &[("name", &who), ("company", &self.name(&company))])
            }
            _ => who,
        };
        let subject = clean::line(&mail.subject, VALUE_LEN_MAX);
        let subject = if subject.is_empty() { said(&daily.no_subject) } else { self.name(&subject) };
        match mail.intent {
            Some(intent) => {
                let intent = said(self.words.intent(intent));
                Phrase::fill(&daily.about, &[("intent", &intent), ("who", &who), ("subject", &subject)])
            }
            None => Phrase::fill(&daily.plain, &[("who", &who), ("subject", &subject)]),
        }
    }

    fn withheld(&self, mail: &Mail, withheld: Withheld) -> Phrase {
        let daily = &self.words.daily;
        let mail = self.mail(mail);
        let (letter, code) = match withheld {
            Withheld::Draft { letter, language } => (letter, language.code()),
            Withheld::Note => return Phrase::fill(&daily.withheld_note, &[("mail", &mail)]),
            Withheld::Superseded => return Phrase::fill(&daily.withheld_superseded, &[("mail", &mail)]),
            Withheld::Withdraw => return Phrase::fill(&daily.withheld_withdraw, &[("mail", &mail)]),
        };
        let (mut name, mut language) = (Phrase::default(), Phrase::default());
        name.say(daily.letter(letter));
        match daily.languages.get(code) {
            Some(word) => language.say(word),
            None => language.name(code, Run::LeftToRight, self.language),
        }
        Phrase::fill(&daily.withheld_letter, &[("mail", &mail), ("letter", &name), ("language", &language)])
    }

    fn trouble(&self, mailbox: &str, trouble: &TroubleNow) -> Phrase {
        let daily = &self.words.daily;
        let mailbox = self.as_written(mailbox);
        let mut what = Phrase::default();
        what.say(&self.words.trouble(trouble.kind).what);
        let since = self.moment(trouble.since);
        match trouble.over_at {
            Some(over) => {
                Phrase::fill(&daily.over, &[("mailbox", &mailbox), ("what", &what), ("from", &since), ("to", &self.moment(over))])
            }
            None => {
                let advice = self.advice(trouble.kind, &mailbox);
                Phrase::fill(&daily.trouble, &[("mailbox", &mailbox), ("what", &what), ("date", &since), ("advice", &advice)])
            }
        }
    }

    fn advice(&self, kind: TroubleKind, mailbox: &Phrase) -> Phrase {
        Phrase::fill(&self.words.trouble(kind).advice, &[("mailbox", mailbox)])
    }

    /// "Off 22:10–08:03; caught up: 14; nothing sent late."
    fn pause(&self, pause: &Pause) -> Phrase {
        let daily = &self.words.daily;
        let is_recent = self.now.0.saturating_sub(pause.from.0) < DAY_MS;
        let at = |moment| if is_recent { self.clock(moment) } else { self.moment(moment) };
        let (from, to, count) = (at(pause.from), at(pause.to), self.number(pause.caught_up));
        let known = [("from", &from), ("to", &to), ("count", &count)];
        match pause.sent_late {
            0 => Phrase::fill(&daily.pause, &known),
            late => Phrase::fill(&daily.pause_late, &[known.as_slice(), &[("late", &self.number(late))]].concat()),
        }
    }

    fn complete(&self, mailbox: &str, proof: Option<Proof>) -> Phrase {
        let daily = &self.words.daily;
        let mailbox = self.as_written(mailbox);
        let Some(proof) = proof else { return Phrase::fill(&daily.uncounted, &[("mailbox", &mailbox)]) };
        let [server, recorded, quarantined, gaps] =
            [proof.server, proof.recorded, proof.quarantined, proof.gaps].map(|count| self.number(count));
        let places = [("mailbox", &mailbox), ("server", &server), ("recorded", &recorded), ("quarantined", &quarantined), ("gaps", &gaps)];
        match proof.closed {
            0 => Phrase::fill(&daily.complete, &places),
            closed => Phrase::fill(&daily.complete_but, &[places.as_slice(), &[("closed", &self.number(closed))]].concat()),
        }
    }

    fn intent(&self, intent: Intent) -> Phrase {
        let mut name = Phrase::default();
        name.say(self.words.intent(intent));
        name
    }

    fn number(&self, count: u64) -> Phrase {
        self.words.count(count, self.language)
    }

    fn as_written(&self, value: &str) -> Phrase {
        self.name(&clean::line(value, VALUE_LEN_MAX))
    }

    fn name(&self, value: &str) -> Phrase {
        Phrase::of(value, Run::AsWritten, self.language)
    }

    fn day(&self, at: Moment) -> Phrase {
        self.words.date(self.zone.to_datetime(at.timestamp()).date(), None, self.language)
    }

    fn moment(&self, at: Moment) -> Phrase {
        let local = self.zone.to_datetime(at.timestamp());
        self.words.date(local.date(), Some(local.time()), self.language)
    }

    fn clock(&self, at: Moment) -> Phrase {
        let local = self.zone.to_datetime(at.timestamp());
        Phrase::of(&format!("{:02}:{:02}", local.hour(), local.minute()), Run::LeftToRight, self.language)
    }
}

/// The zone of that name; one this machine no longer knows becomes UTC.
fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}
