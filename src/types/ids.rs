//! Numbers the books give to what they keep. They are made by the program and never used twice.

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id!(/** A watched mailbox. */ AccountId);
id!(/** A folder of a mailbox. */ FolderId);
id!(/** A message, however many mailboxes hold it. */ MessageRow);
id!(/** A conversation with one customer about one matter. */ ThreadId);
id!(/** A person outside the team. */ ContactId);
id!(/** A customer's firm. */ CompanyId);
id!(/** Something to be done in the world. */ ActId);
id!(/** A draft we placed. */ DraftId);
id!(/** A mail that leaves through us. */ OutgoingId);
id!(/** A mail of the outbox at one of its recipients. */ DeliveryId);
id!(/** What a person said that a mail really is. */ LessonId);
