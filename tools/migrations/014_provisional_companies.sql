-- What ties a provisional company (negative CIK) to the real one, whichever comes first.

CREATE TABLE company_employer (
    cik BIGINT NOT NULL,
    employer_number BIGINT NOT NULL,  -- IRS employer identification number; a provisional CIK is its negative
    PRIMARY KEY (cik, employer_number)
);

CREATE TABLE provisional_ticker (
    cik BIGINT NOT NULL,              -- negative
    ticker VARCHAR NOT NULL,          -- as the names of file or folder say
    PRIMARY KEY (cik, ticker)
);
