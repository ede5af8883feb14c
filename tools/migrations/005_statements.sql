-- Statements as presented, what the filer says adds up, and whether it does.

-- One row a line of a statement, in the order of the filing. Values are facts: those of the
-- line's concept, or of the table row (table_no, row_no) where the layout is the filing's table.
-- In an equity statement rows without a concept but with dimensions are its columns.
CREATE TABLE statement_line (
    accession VARCHAR NOT NULL,
    statement VARCHAR NOT NULL,       -- 'income' | 'balance' | 'cash' | 'equity' | 'comprehensive'
    layout VARCHAR NOT NULL,          -- 'linkbase' | 'r_file' | 'fsds' | 'table'
    role VARCHAR,                     -- address of the role, or name of the R file
    title VARCHAR,
    ordinal INTEGER NOT NULL,
    depth INTEGER NOT NULL,
    label VARCHAR NOT NULL,
    concept VARCHAR,
    is_abstract BOOLEAN NOT NULL,
    negated BOOLEAN NOT NULL,         -- shown with the sign turned
    preferred_label VARCHAR,          -- 'totalLabel', 'periodStartLabel', ...
    dimensions VARCHAR,               -- as in fact; NULL: consolidated
    table_no INTEGER,
    row_no INTEGER
);

-- The filer's calculation linkbase: parent = sum of weight x child, within a role.
CREATE TABLE calculation (
    accession VARCHAR NOT NULL,
    role VARCHAR NOT NULL,
    parent VARCHAR NOT NULL,
    child VARCHAR NOT NULL,
    ordinal INTEGER NOT NULL,
    weight DECIMAL(10, 4) NOT NULL
);

-- The filer's own labels of concepts, axes and members.
CREATE TABLE filing_label (
    accession VARCHAR NOT NULL,
    concept VARCHAR NOT NULL,
    role VARCHAR NOT NULL,            -- 'label', 'terseLabel', 'totalLabel', 'documentation', ...
    label VARCHAR NOT NULL
);

-- The member that an axis stands for where a fact does not name one.
CREATE TABLE axis_default (
    accession VARCHAR NOT NULL,
    axis VARCHAR NOT NULL,
    member VARCHAR NOT NULL
);

-- Accounting identities, checked at ingestion for each filing and period.
CREATE TABLE identity_check (
    accession VARCHAR NOT NULL,
    cik BIGINT NOT NULL,
    kind VARCHAR NOT NULL,            -- 'balance' | 'calculation' | 'cash' | 'quarters' | 'per_share' (soft)
    detail VARCHAR,                   -- the role of a calculation, the concept of a sum of quarters
    concept VARCHAR NOT NULL,         -- whose value is expected to be the sum
    unit VARCHAR NOT NULL,
    period_start DATE,
    period_end DATE NOT NULL,
    expected DECIMAL(38, 10) NOT NULL, -- what the filing states
    found DECIMAL(38, 10) NOT NULL,    -- what its parts give
    difference DECIMAL(38, 10) NOT NULL,
    tolerance DECIMAL(38, 10) NOT NULL,
    holds BOOLEAN NOT NULL,
    explanation VARCHAR               -- why not, or what was allowed for
);

-- Of which facts a company's identities were checked: other facts, another fingerprint.
CREATE TABLE identity_run (
    cik BIGINT PRIMARY KEY,
    fingerprint VARCHAR NOT NULL
);
