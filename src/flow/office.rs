//! What the flow works with: configuration, books, rules, letters, mailboxes, clock and ids.

use super::learned::Learned;
use super::leaves::Store;
use super::outbox::{Purse, Sharer, Sharers, Width, purses};
use super::papers::PaperReaders;
use super::room::Room;
use super::{Clock, Halts, Ids, Keys, Notices, Stopping};
use crate::act::render::Letters;
use crate::act::{Signer, SignerFault};
use crate::config::{self, Config, Dkim, DraftsIn, FirstLook, PrivateFolders, Sending, SmtpLogin};
use crate::decide::LetterName;
use crate::link::OurAddresses;
use crate::mailbox::providers::Providers;
use crate::mailbox::smtp::SmtpAccount;
use crate::mailbox::{Bell, Credentials, Mailbox, Role, Surveyed};
use crate::record::leases::Fence;
use crate::record::{self, Books, BooksError};
use crate::types::{AccountId, Language, Moment};
use crate::understand::Rules;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

/// Everything a daemon holds. Made once; stages get values, never this. A clone is cheap and the same office, but for the lease under
/// which it writes and who asks it to stop.
#[derive(Clone)]
pub struct Office {
    pub config: Arc<Config>,
    pub books: Books,
    pub rules: Arc<Rules>,
    pub letters: Arc<Letters>,
    pub accounts: Arc<[Account]>,
    pub ours: Arc<OurAddresses>,
    /// The languages letters exist in.
    pub written: Arc<[Language]>,
    pub clock: Clock,
    pub ids: Ids,
    pub keys: Keys,
    /// Where large attachments are kept.
    pub files: Store,
    /// Reads attached papers, in processes of their own.
    pub papers: PaperReaders,
    /// What was learned of people's corrections.
    pub learned: Learned,
    /// This process among those that share the books.
    pub owner: String,
    pub stopping: Stopping,
    /// Whether the machine or this process stood still.
    pub halts: Halts,
    /// What is said at the console.
    pub notices: Notices,
    /// Whether the books can be written.
    pub(super) room_in_books: Arc<Room>,
    /// Memory for mail that is being read.
    memory: Memory,
    /// Mailboxes that read their history at the same time.
    pub(super) history_turns: Arc<Semaphore>,
}

/// Memory for mail that is being read, in KiB, over all mailboxes; reading a mail takes a few times its own size. It is taken when the
/// mail is here and never while a server is asked, so that a hundred mailboxes whose servers have fallen silent hold none of it. What
/// they hold is what is on its way to them: half a megabyte each, whatever the others do.
#[derive(Clone)]
struct Memory {
    /// Small batches have room of their own: reading large ones takes seconds.
    small: Arc<Semaphore>,
    large: Arc<Semaphore>,
}

const SMALL_ROOM_KIB: u32 = 8 * 1024;
const LARGE_ROOM_KIB: u32 = 16 * 1024;
/// A batch up to this is a small one.
const SMALL_KIB: u32 = 1024;
/// Reading history is work for the disk; more at once would only make each slower.
const HISTORY_TURNS: usize = 2;

/// A watched mailbox with its place in the books.
#[derive(Debug, Clone)]
pub struct Account {
    pub id: AccountId,
    pub config: config::Mailbox,
    pub mailbox: Mailbox,
    /// Wakes whoever looks after it.
    pub bell: Arc<Bell>,
    /// The server that takes its mail.
    pub smtp: Option<SmtpAccount>,
    /// Signs what leaves through us; `None` where the provider signs, or nobody does.
    pub signer: Option<Arc<Signer>>,
    /// What may leave it.
    pub purse: Purse,
    /// How many connections its server takes at a time, as far as it was learned.
    pub width: Arc<Width>,
    /// Wakes whoever sends from it.
    pub outbox_bell: Arc<Notify>,
}

/// The office could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OfficeError {
    #[error(transparent)]
    Books(#[from] BooksError),
    #[error(transparent)]
    Ids(#[from] super::NoRandomness),
    #[error("the mail of {mailbox} cannot be signed: {why}")]
    Signer { mailbox: String, dkim: Box<Dkim>, why: SignerFault },
}

impl Office {
    /// Opens an office: the mailboxes of the configuration get their place in the books.
    pub async fn open(
        config: Config,
        books: Books,
        rules: Rules,
        providers: Providers,
        letters: Letters,
        clock: Clock,
        ids: Ids,
    ) -> Result<Self, OfficeError> {
        let providers = Arc::new(providers);
        let mut accounts = Vec::with_capacity(config.mailboxes.len());
        let mut session = books.begin().await?;
        for (mailbox, purse) in config.mailboxes.iter().zip(purses(&config, &providers)) {
            let account = record::accounts::find_or_add(&mut session, &mailbox.name, &mailbox.address).await?;
            let key_file = &config.storage.key_file;
            let mut own = None;
            let credentials =
                |imap: &config::Imap| Arc::clone(own.insert(super::credentials(account.id, mailbox, imap, key_file, &books, &clock, &ids)));
            // Beside the books, and not where a system keeps small files in memory.
            let spool = config.storage.attachments.parent().map_or_else(|| PathBuf::from("."), Path::to_owned);
            let door = Mailbox::of_config(mailbox, &providers, credentials, spool);
            let smtp = mailbox.sending.as_ref().map(|sending| smtp_account(sending, own));
            let signer = signer(mailbox)?;
            let (bell, width, outbox_bell) = (Arc::default(), Arc::default(), Arc::default());
            accounts.push(Account {
                id: account.id,
                config: mailbox.clone(),
                mailbox: door,
                bell,
                smtp,
                signer,
                purse,
                width,
                outbox_bell,
            });
        }
        let keys = Keys::new(config.storage.key_file.clone(), ids.clone());
        keys.note_named(record::suppressions::find_mark(&mut session).await?);
        session.commit().await?;
        let members = config.team.members.iter().flat_map(|member| std::iter::once(&member.address).chain(&member.aliases));
        let mailboxes = config.mailboxes.iter().flat_map(|mailbox| [&mailbox.address, &mailbox.send_as.address]);
        let ours = Arc::new(OurAddresses::new(members.chain(mailboxes), config.team.domains.iter().map(String::as_str)));
        let written =
            Language::all_written().filter(|language| letters.language_for(LetterName::FirstReply, *language) == *language).collect();
        let owner = ids.owner()?;
        let files = Store::new(config.storage.attachments.clone());
        let pot = |kib: u32| Arc::new(Semaphore::new(kib as usize));
        let (stopping, memory) = (Stopping::new(), Memory { small: pot(SMALL_ROOM_KIB), large: pot(LARGE_ROOM_KIB) });
        let history_turns = Arc::new(Semaphore::new(HISTORY_TURNS));
        Ok(Self {
            config: Arc::new(config),
            books,
            rules: Arc::new(rules),
            letters: Arc::new(letters),
            accounts: accounts.into(),
            ours,
            written,
            clock,
            ids,
            keys,
            files,
            papers: PaperReaders::of_this_program(),
            learned: Learned::default(),
            owner,
            stopping,
            halts: Halts::default(),
            notices: Notices::default(),
            room_in_books: Arc::default(),
            memory,
            history_turns,
        })
    }

    /// The office for one post of it: it writes under the post's lease, where there is one, and can be asked to stop by itself.
    pub(super) fn at_post(&self, fence: Option<Fence>) -> Self {
        let books = fence.map_or_else(|| self.books.clone(), |fence| self.books.fenced(fence));
        Self { books, stopping: Stopping::new(), ..self.clone() }
    }

    /// The account whose Drafts an owner's drafts go to: the owner's own mailbox, else the one that got the mail; that one always when its
    /// drafts are shared.
    pub fn desk_of<'a>(&'a self, owner: &config::Member, received_by: &'a Account) -> &'a Account {
        if received_by.config.drafts == DraftsIn::Shared {
            return received_by;
        }
        let is_own = |account: &&Account| owner.has(&account.config.address);
        self.accounts.iter().find(is_own).unwrap_or(received_by)
    }

    /// The account with that place in the books.
    pub fn account(&self, id: AccountId) -> Option<&Account> {
        self.accounts.iter().find(|account| account.id == id)
    }

    /// A mailbox with those that share its provider's limit.
    pub(super) fn sharers<'a>(&'a self, account: &'a Account) -> Sharers<'a> {
        let sharer = |account: &'a Account| {
            let from = account.config.send_as.address.as_str();
            Sharer { account: account.id, from, purse: &account.purse }
        };
        let others = self.accounts.iter().filter(|other| other.id != account.id && other.purse.pool == account.purse.pool);
        Sharers { own: sharer(account), others: others.map(sharer).collect() }
    }

    /// Waits until there is room to read that much mail, and keeps it until what is returned is dropped. Whoever holds it waits for
    /// nobody outside this machine.
    pub(super) async fn room_for(&self, bytes: u64) -> OwnedSemaphorePermit {
        let kib = u32::try_from(bytes.div_ceil(1024)).unwrap_or(LARGE_ROOM_KIB).clamp(1, LARGE_ROOM_KIB);
        let room = if kib <= SMALL_KIB { &self.memory.small } else { &self.memory.large };
        match Arc::clone(room).acquire_many_owned(kib).await {
            Ok(room) => room,
            // Nobody closes it.
            Err(_) => std::future::pending().await,
        }
    }

    /// What time it is.
    pub fn now(&self) -> Moment {
        self.clock.now()
    }
}

/// Who signs a mailbox's mail.
fn signer(mailbox: &config::Mailbox) -> Result<Option<Arc<Signer>>, OfficeError> {
    let Some(dkim) = mailbox.sending.as_ref().and_then(|sending| sending.dkim.as_ref()) else { return Ok(None) };
    match Signer::of_config(dkim) {
        Ok(signer) => Ok(Some(Arc::new(signer))),
        Err(why) => Err(OfficeError::Signer { mailbox: mailbox.name.clone(), dkim: Box::new(dkim.clone()), why }),
    }
}

/// The submission server of a mailbox; `own` is what the mailbox itself logs in with.
fn smtp_account(sending: &Sending, own: Option<Arc<dyn Credentials>>) -> SmtpAccount {
    let credentials = match &sending.login {
        SmtpLogin::None => None,
        SmtpLogin::AsMailbox => own,
        SmtpLogin::Password { user, password } => Some(super::credentials::password(user, &password.secret)),
    };
    SmtpAccount::of_config(sending, credentials)
}

impl Account {
    /// Which of the mailbox's folders are nobody's business.
    pub fn private_among(&self, surveyed: &[Surveyed]) -> PrivateFolders {
        self.config.private.among(surveyed.iter().map(|one| (one.folder.name.as_str(), one.folder.role == Role::Other)))
    }

    /// Whether mail that lies here at the first look is only read.
    pub fn reads_history(&self) -> bool {
        self.config.first_look == FirstLook::History
    }
}
