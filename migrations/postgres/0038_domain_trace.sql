-- What a firm's domain is known by to those that look like it: how it looks, and that without one of its letters. The numbers are made by
-- the program; two domains that look alike share one.
CREATE TABLE domain_trace (
    trace BIGINT NOT NULL,
    company_id BIGINT NOT NULL REFERENCES company (id) ON DELETE CASCADE,
    PRIMARY KEY (trace, company_id)
);
