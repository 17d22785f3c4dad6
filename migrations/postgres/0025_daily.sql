-- What the daily mail asks for. withheld is what observe mode kept back: the letter, or a note to the owner when letter is empty.
CREATE TABLE withheld (
    message_id BIGINT NOT NULL PRIMARY KEY REFERENCES message (id) ON DELETE CASCADE,
    letter TEXT COLLATE "C" NOT NULL,
    language TEXT COLLATE "C" NOT NULL
);
-- A day's new mail is found without reading the years before it.
CREATE INDEX message_arrival ON message (recorded_at, id) WHERE direction = 'in' AND historical = 0;
CREATE INDEX quarantine_day ON quarantine (account_id, at);
