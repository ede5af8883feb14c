-- Twelve months of amounts a share are figures as well: the table of figures is made anew.
INSERT OR IGNORE INTO stale_company SELECT cik FROM company;
