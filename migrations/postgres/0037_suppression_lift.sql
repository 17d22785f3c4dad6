-- Who is to be taken off the suppression list again for a reason that has lost its ground, and could not be, because its key was not to be
-- had. As long as that is so the address is kept here.
CREATE TABLE suppression_lift (
    address_key TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C" NOT NULL CHECK (reason IN
        ('hard_bounce', 'soft_bounces', 'complaint', 'unsubscribe', 'erased', 'by_hand', 'imported')),
    PRIMARY KEY (address_key, reason)
);
