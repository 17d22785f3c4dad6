-- Who is to be on the suppression list and could not be entered, because its key was not to be had. Only here the address is kept, and only
-- until the key is back.
CREATE TABLE suppression_owed (
    address_key TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C" NOT NULL CHECK (reason IN
        ('hard_bounce', 'soft_bounces', 'complaint', 'unsubscribe', 'erased', 'by_hand', 'imported')),
    since BIGINT NOT NULL,
    until BIGINT,
    message_id BIGINT REFERENCES message (id) ON DELETE SET NULL,
    delivery_id BIGINT REFERENCES delivery (id) ON DELETE SET NULL,
    note TEXT COLLATE "C" NOT NULL DEFAULT '',
    PRIMARY KEY (address_key, reason)
);
CREATE INDEX suppression_owed_message ON suppression_owed (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX suppression_owed_delivery ON suppression_owed (delivery_id) WHERE delivery_id IS NOT NULL;
