-- Search: the words of each filing's passages as an inverted list, made when the filing is stored.
-- Market: bars and news with the time they were known. Documents: transcripts and notes.

-- Vectors moved out of the warehouse, beside it, where they can be kept while others read it.
DROP TABLE passage_vector;

-- One row a filing or document: its share of the BM25 index. The blobs are little-endian arrays;
-- tools/search/segments.py says what is in them.
CREATE TABLE passage_segment (
    accession VARCHAR NOT NULL,
    words_version INTEGER NOT NULL,   -- of the rules that make words of text
    fingerprint VARCHAR NOT NULL,     -- of the passages it was made from
    item_names VARCHAR[] NOT NULL,
    items BLOB NOT NULL,              -- a passage each: place in item_names
    passage_ids BLOB NOT NULL,
    contents BLOB NOT NULL,           -- a passage each: 64 bits of its text's hash
    lengths BLOB NOT NULL,            -- a passage each: its number of words
    terms BLOB NOT NULL,              -- 64 bits of each word's hash, ascending
    sizes BLOB NOT NULL,              -- a term each: in how many passages it stands
    places BLOB NOT NULL,             -- term by term: the passages it stands in
    counts BLOB NOT NULL              -- term by term: how often it stands there
);

-- Transcripts of earnings calls and research notes. Their sections and passages lie with those of
-- filings, under `document_id` as accession.
CREATE TABLE document (
    document_id VARCHAR PRIMARY KEY,  -- 'doc:' and 16 hex digits of the content's hash
    cik BIGINT NOT NULL,
    kind VARCHAR NOT NULL,            -- 'transcript' | 'note'
    title VARCHAR NOT NULL,
    published DATE NOT NULL,
    as_of DATE NOT NULL,              -- since when it is known here
    fiscal_year INTEGER,
    fiscal_period VARCHAR,
    path VARCHAR NOT NULL,
    content_sha256 VARCHAR NOT NULL
);

CREATE TABLE utterance (
    document_id VARCHAR NOT NULL,
    ordinal INTEGER NOT NULL,
    speaker VARCHAR NOT NULL,
    role VARCHAR,                     -- 'Chief Financial Officer' | 'Analyst, Some Bank' | 'Operator'
    part VARCHAR NOT NULL,            -- 'remarks' | 'questions'
    text VARCHAR NOT NULL,
    span_start BIGINT NOT NULL,       -- in the document's plain text, as for section
    span_end BIGINT NOT NULL,
    PRIMARY KEY (document_id, ordinal)
);

-- Whatever passages can come from.
CREATE VIEW passage_source AS
SELECT accession, cik, form, filed, period_end, fiscal_year, url FROM filing
UNION ALL
SELECT document_id, cik, kind, published, NULL::DATE, fiscal_year, NULL::VARCHAR FROM document;

-- Prices of one adjustment are a series of their own and are never mixed with another's.
DROP TABLE bar;
CREATE TABLE bar (
    ticker VARCHAR NOT NULL,
    timeframe VARCHAR NOT NULL,       -- '1d', '1h', ... as ccxt writes it
    opened TIMESTAMP NOT NULL,        -- UTC; a daily bar: midnight of `day`
    day DATE NOT NULL,                -- the trading day at the exchange; UTC's where there is none
    adjustment VARCHAR NOT NULL,      -- 'none' | 'splits' | 'total' (splits and dividends)
    open DECIMAL(38, 10),
    high DECIMAL(38, 10),
    low DECIMAL(38, 10),
    close DECIMAL(38, 10) NOT NULL,
    volume DECIMAL(38, 10),
    currency VARCHAR,
    source VARCHAR NOT NULL,          -- 'file' | 'yfinance' | 'ccxt:kraken' | ...
    as_of DATE NOT NULL,              -- when it was fetched, or the day the file says
    PRIMARY KEY (ticker, timeframe, opened, adjustment, source, as_of)
);

CREATE TABLE corporate_action (
    ticker VARCHAR NOT NULL,
    day DATE NOT NULL,
    kind VARCHAR NOT NULL,            -- 'dividend' (money a share) | 'split' (new shares for one)
    value DECIMAL(38, 10) NOT NULL,
    source VARCHAR NOT NULL,
    as_of DATE NOT NULL,
    PRIMARY KEY (ticker, day, kind, source, as_of)
);

ALTER TABLE news ADD COLUMN as_of TIMESTAMP;  -- when it was fetched (UTC)
