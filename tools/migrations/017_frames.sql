-- EDGAR's frames: one value of one concept and period, of every company. A row names its filing but
-- not the day that was filed, so it becomes a fact only where the filing is on file.
CREATE TABLE frame_value (
    concept VARCHAR NOT NULL,         -- 'us-gaap:Revenues'
    unit VARCHAR NOT NULL,            -- 'USD' | 'USD/shares' | ...
    frame VARCHAR NOT NULL,           -- 'CY2023' | 'CY2023Q1' | 'CY2023Q1I' (an instant)
    cik BIGINT NOT NULL,
    company VARCHAR NOT NULL,         -- EDGAR's `entityName`
    location VARCHAR,                 -- EDGAR's `loc`: 'US-CA'
    accession VARCHAR NOT NULL,
    period_start DATE,
    period_end DATE NOT NULL,
    value DECIMAL(38, 10) NOT NULL,
    value_as_filed VARCHAR NOT NULL,
    as_of DATE NOT NULL,              -- since when the row is known here; when filed, it does not say
    PRIMARY KEY (concept, unit, frame, cik)
);
