-- Tables of filings as tables, and what their cells mean: scale, unit, period, the fact shown.
-- Where fact_id is set, abs(value * scale) = abs(fact.value) and the unit is the fact's: scale and unit
-- come from the fact. Signs may differ: a page shows a cost or an outflow with the sign it likes.

ALTER TABLE table_cell ADD COLUMN scale DECIMAL(38, 10);   -- value * scale is in base units (a percentage as a fraction); NULL: nothing says
ALTER TABLE table_cell ADD COLUMN unit VARCHAR;            -- 'USD' | 'USD/shares' | 'shares' | 'percent', as headings say, or the fact's; NULL: nothing says
ALTER TABLE table_cell ADD COLUMN period_start DATE;       -- from the column's heading, else from its facts; NULL: an instant, or unknown
ALTER TABLE table_cell ADD COLUMN period_end DATE;
ALTER TABLE table_cell ADD COLUMN fact_id BIGINT;          -- the XBRL fact whose digits the cell shows
ALTER TABLE table_cell ADD COLUMN indent INTEGER;          -- of the row's label, in points

CREATE TABLE filing_table (
    accession VARCHAR NOT NULL,
    table_no INTEGER NOT NULL,
    section VARCHAR,
    caption VARCHAR,                  -- the heading or sentence just above
    kind VARCHAR NOT NULL,            -- 'figures' | 'text' | 'contents'
    unit_scale VARCHAR,               -- 'thousands' | 'millions' | 'billions', as stated
    span_start BIGINT,                -- in the filing's plain text
    span_end BIGINT,
    PRIMARY KEY (accession, table_no)
);
