-- When a claim runs out is asked before every wait; few acts are claimed at a time.
CREATE INDEX act_claimed ON act (account_id, claimed_until) WHERE claimed_until IS NOT NULL;
