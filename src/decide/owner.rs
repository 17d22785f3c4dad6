//! Who looks after a customer.

use crate::config::{Mailbox, Member, Team};
use crate::link::Link;
use crate::types::EmailAddress;

/// The owner: the contact's, else the company's, else the thread's, else the mailbox's. Owners that left the team do not count.
/// `None` in a shared mailbox that nobody owns: such mail is unassigned.
pub fn owner<'a>(team: &'a Team, mailbox: &Mailbox, link: &Link, thread_owner: Option<&EmailAddress>) -> Option<&'a Member> {
    let contact = link.contact.as_ref().and_then(|contact| contact.owner.as_ref());
    let company = link.company.as_ref().and_then(|company| company.owner.as_ref());
    [contact, company, thread_owner, mailbox.owner.as_ref()].into_iter().flatten().find_map(|address| team.member(address))
}
