//! What the daily mail and `status` tell of people's corrections: mail that was moved, and how a week's mail was read.

use super::Office;
use super::inbound::InboundError;
use crate::config::Member;
use crate::decide::daily::{self, Dragged, Precision};
use crate::record::{Session, lessons, messages};
use crate::types::{EmailAddress, Intent, Moment, NamedAddress};

/// Moved mails looked at for one daily mail.
const DRAGGED_MAX: i64 = 500;

/// Mail that people moved into folders named after intents.
pub(super) async fn dragged(session: &mut Session, since: Moment, until: Moment) -> Result<Vec<Dragged>, InboundError> {
    let mut dragged = Vec::new();
    for lesson in lessons::list_from_folders(session, since, until, DRAGGED_MAX).await? {
        let message = match lesson.message {
            Some(message) => messages::find_by_id(session, message).await?,
            None => None,
        };
        let Some(message) = message else { continue };
        let name = Some(message.from_name).filter(|name| !name.is_empty());
        let who = NamedAddress { name, address: EmailAddress::parse(&message.from_address).ok() };
        let mail = daily::Mail { intent: lesson.intent, who, company: None, subject: message.subject };
        dragged.push(Dragged { mailbox: lesson.taught_by, mail, was: lesson.read_intent });
    }
    Ok(dragged)
}

/// How mail was read in the week that ended, where a member's first working day of the next one lies in the time a daily mail tells of.
pub(super) async fn last_week(
    session: &mut Session,
    office: &Office,
    member: &Member,
    (since, until): (Moment, Moment),
) -> Result<Option<Precision>, InboundError> {
    let day_of = |moment: Moment| member.time_zone.to_datetime(moment.timestamp()).date();
    let first = daily::week_began(office.config.team.country, day_of(until));
    // What the last daily mail told of is not told again; the week that goes on is not told of before its end.
    if day_of(since) >= first {
        return Ok(None);
    }
    let midnight = |day: jiff::civil::Date| {
        let local = day.to_datetime(jiff::civil::Time::midnight());
        member.time_zone.to_timestamp(local).ok().map(Moment::from)
    };
    let begin = first.checked_sub(jiff::Span::new().days(7)).ok().and_then(midnight);
    let Some((begin, end)) = begin.zip(midnight(first)) else { return Ok(None) };
    precision(session, begin, end).await.map(Some)
}

/// How mail was read that came in that time, as far as people have said that it was something else.
pub async fn precision(session: &mut Session, since: Moment, until: Moment) -> Result<Precision, InboundError> {
    let count = |counts: Vec<(Option<Intent>, i64)>| {
        counts.into_iter().map(|(intent, count)| (intent, u64::try_from(count).unwrap_or(0))).collect::<Vec<_>>()
    };
    let read = count(lessons::count_read(session, since, until).await?);
    let corrected = count(lessons::count_corrected(session, since, until).await?);
    Ok(Precision::of(&read, &corrected))
}
