-- Who is to be on the suppression list and could not be entered, because its key was not to be had. Only here the address is kept, and only
-- until the key is back.
CREATE TABLE suppression_owed (
    address_key TEXT NOT NULL,
    reason TEXT NOT NULL CHECK (reason IN
        ('hard_bounce', 'soft_bounces', 'complaint', 'unsubscribe', 'erased', 'by_hand', 'imported')),
    since INTEGER NOT NULL,
    until INTEGER,
    message_id INTEGER REFERENCES message (id) ON DELETE SET NULL,
    delivery_id INTEGER REFERENCES delivery (id) ON DELETE SET NULL,
    note TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (address_key, reason)
) STRICT, WITHOUT ROWID;
CREATE INDEX suppression_owed_message ON suppression_owed (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX suppression_owed_delivery ON suppression_owed (delivery_id) WHERE delivery_id IS NOT NULL;
