-- The file that a bar was read from; NULL for one that was fetched.
ALTER TABLE bar ADD COLUMN file VARCHAR;
