-- Filings whose facts are known from the SEC's Financial Statement Data Sets alone. There, periods
-- are rounded to months and values to four places; exact facts of the filing replace them.
CREATE TABLE rounded_filing (
    accession VARCHAR PRIMARY KEY,
    period_end DATE
);
