-- The warehouse as first released. Money is DECIMAL(38,10): exact, never rounded.
-- Spans are character offsets (not bytes) into the decoded source document of the filing.

CREATE TABLE company (
    cik BIGINT PRIMARY KEY,
    name VARCHAR NOT NULL,
    tickers VARCHAR[] NOT NULL,
    former_names VARCHAR[] NOT NULL,
    sic VARCHAR,
    fiscal_year_end VARCHAR           -- 'MMDD' as EDGAR writes it
);

-- Every name and ticker seen, by source: `company` shows the best of them, whatever came first.
CREATE TABLE company_name (
    cik BIGINT NOT NULL,
    name VARCHAR NOT NULL,
    source VARCHAR NOT NULL,          -- 'submissions' | 'inline' | 'companyfacts' | 'former'
    as_of DATE NOT NULL,
    PRIMARY KEY (cik, name, source)
);

CREATE TABLE company_ticker (
    cik BIGINT NOT NULL,
    ticker VARCHAR NOT NULL,
    source VARCHAR NOT NULL,          -- 'given' | 'submissions' | 'inline'
    ordinal INTEGER NOT NULL,
    as_of DATE NOT NULL,
    PRIMARY KEY (cik, ticker, source)
);

CREATE TABLE filing (
    accession VARCHAR PRIMARY KEY,    -- 'sha256:' and 16 hex digits while the real one is unknown
    cik BIGINT NOT NULL,
    form VARCHAR NOT NULL,
    filed DATE NOT NULL,
    period_end DATE,
    fiscal_year INTEGER,              -- the filing's own claim (dei / companyfacts fy)
    fiscal_period VARCHAR,            -- the filing's own claim: 'FY', 'Q1', 'Q2', 'Q3'
    url VARCHAR,
    source VARCHAR NOT NULL,          -- 'inline' | 'html' | 'companyfacts' | 'submissions' | 'sample'
    content_sha256 VARCHAR,           -- of the document that gave text and inline facts
    is_amendment BOOLEAN NOT NULL
);

CREATE TABLE fact (
    fact_id BIGINT PRIMARY KEY,       -- 63 bits of a hash of (accession, concept, unit, period, dimensions)
    cik BIGINT NOT NULL,
    accession VARCHAR NOT NULL,
    concept VARCHAR NOT NULL,         -- 'us-gaap:Assets'
    value DECIMAL(38, 10) NOT NULL,
    value_as_filed VARCHAR NOT NULL,
    unit VARCHAR NOT NULL,            -- 'USD' | 'shares' | 'USD/shares' | 'pure' | ...
    period_start DATE,                -- NULL: an instant
    period_end DATE NOT NULL,
    filed DATE NOT NULL,
    form VARCHAR NOT NULL,
    dimensions VARCHAR,               -- sorted JSON of axis -> member; NULL: consolidated
    decimals VARCHAR,
    source VARCHAR NOT NULL,          -- 'companyfacts' | 'inline' | 'sample'
    element_id VARCHAR,
    span_start BIGINT,
    span_end BIGINT
);

CREATE TABLE fact_conflict (
    fact_id BIGINT NOT NULL,
    accession VARCHAR NOT NULL,
    concept VARCHAR NOT NULL,
    kept_value DECIMAL(38, 10) NOT NULL,
    kept_source VARCHAR NOT NULL,
    other_value DECIMAL(38, 10) NOT NULL,
    other_source VARCHAR NOT NULL,
    PRIMARY KEY (fact_id, other_value, other_source)
);

CREATE TABLE fiscal_period (
    cik BIGINT NOT NULL,
    fiscal_year INTEGER NOT NULL,
    fiscal_period VARCHAR NOT NULL,   -- 'FY', 'Q1', 'Q2', 'Q3', 'Q4', 'H1', '9M'
    period_start DATE NOT NULL,
    period_end DATE NOT NULL,
    PRIMARY KEY (cik, fiscal_year, fiscal_period)
);

CREATE TABLE concept (
    name VARCHAR PRIMARY KEY,
    label VARCHAR
);

CREATE TABLE section (
    section_id BIGINT PRIMARY KEY,
    accession VARCHAR NOT NULL,
    item VARCHAR NOT NULL,            -- '1A', '7'; a 10-Q's part is kept: 'II-1A'
    title VARCHAR NOT NULL,
    ordinal INTEGER NOT NULL,
    text VARCHAR NOT NULL,
    span_start BIGINT NOT NULL,       -- in the filing's plain text: its sections' texts, in order,
    span_end BIGINT NOT NULL          -- joined by a form feed
);

CREATE TABLE passage (
    passage_id BIGINT PRIMARY KEY,
    accession VARCHAR NOT NULL,
    section_id BIGINT NOT NULL,
    item VARCHAR NOT NULL,
    ordinal INTEGER NOT NULL,
    text VARCHAR NOT NULL,
    span_start BIGINT NOT NULL,       -- in the filing's plain text, as for section
    span_end BIGINT NOT NULL
);

CREATE TABLE table_cell (
    cell_id BIGINT PRIMARY KEY,
    accession VARCHAR NOT NULL,
    table_no INTEGER NOT NULL,
    section VARCHAR,
    row_no INTEGER NOT NULL,
    col_no INTEGER NOT NULL,
    row_label VARCHAR,
    col_label VARCHAR,
    text VARCHAR NOT NULL,
    value DECIMAL(38, 10),            -- the number as printed, sign applied, scale not
    unit_scale VARCHAR,               -- 'thousands' | 'millions' | 'billions' | 'percent'
    span_start BIGINT,                -- of the table, in the filing's plain text
    span_end BIGINT
);

CREATE TABLE bar (
    ticker VARCHAR NOT NULL,
    day DATE NOT NULL,
    open DECIMAL(38, 10),
    high DECIMAL(38, 10),
    low DECIMAL(38, 10),
    close DECIMAL(38, 10),
    adjusted_close DECIMAL(38, 10),
    volume BIGINT,
    currency VARCHAR,
    source VARCHAR NOT NULL,
    PRIMARY KEY (ticker, day, source)
);

CREATE TABLE news (
    news_id BIGINT PRIMARY KEY,
    cik BIGINT,
    ticker VARCHAR,
    published TIMESTAMP NOT NULL,
    title VARCHAR NOT NULL,
    text VARCHAR,
    url VARCHAR,
    source VARCHAR NOT NULL
);

CREATE TABLE passage_vector (
    content_sha256 VARCHAR NOT NULL,
    model_id VARCHAR NOT NULL,
    vector FLOAT[] NOT NULL,
    PRIMARY KEY (content_sha256, model_id)
);

CREATE TABLE metric_concept (
    metric VARCHAR NOT NULL,
    rank INTEGER NOT NULL,
    concept VARCHAR NOT NULL,
    sign INTEGER NOT NULL DEFAULT 1,
    period_type VARCHAR NOT NULL,     -- 'duration' | 'instant'
    unit VARCHAR NOT NULL,
    PRIMARY KEY (metric, rank)
);

-- What was ingested, by the hash of its (decompressed) bytes: a second run changes nothing.
CREATE TABLE ingested_file (
    content_sha256 VARCHAR PRIMARY KEY,
    path VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,            -- 'companyfacts' | 'submissions' | 'filing' | 'duplicate'
    cik BIGINT NOT NULL,
    ingested TIMESTAMP NOT NULL
);
