-- Some sources give a dividend corrected for the splits that came after it.
ALTER TABLE corporate_action ADD COLUMN adjustment VARCHAR DEFAULT 'none';  -- 'none' | 'splits'
