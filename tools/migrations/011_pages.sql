-- Where each page of a PDF begins in the filing's or document's plain text; page 1 is the file's
-- first, whatever number is printed on it. Files without pages have no rows.
CREATE TABLE page_start (
    accession VARCHAR NOT NULL,
    page INTEGER NOT NULL,
    span_start BIGINT NOT NULL
);
