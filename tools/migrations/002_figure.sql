-- The metric catalogue as installed, and `figure`: metric x company x fiscal period.

-- One row a metric: its whole catalogue record, so that a warehouse explains itself.
CREATE TABLE metric (
    name VARCHAR PRIMARY KEY,
    ordinal INTEGER NOT NULL,
    pick VARCHAR NOT NULL,            -- 'first' | 'largest'
    record VARCHAR NOT NULL           -- JSON
);

-- When a concept must not be taken for a metric. `pattern` is a LIKE pattern over concepts; a
-- witness is a consolidated fact of the same filing and the same period.
--   'unless'   a witness other than zero forbids the concept
--   'requires' no witness forbids it (the same period end is enough)
--   'at_least' witnesses whose sum is clearly larger forbid it: parts exceed the supposed whole
--              (3 percent are allowed, since notes round)
CREATE TABLE metric_condition (
    metric VARCHAR NOT NULL,
    concept VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    pattern VARCHAR NOT NULL,
    PRIMARY KEY (metric, concept, kind, pattern)
);

-- Forms whose facts are financial statements; proxies and the like restate them rounded.
CREATE TABLE statement_form (prefix VARCHAR PRIMARY KEY);
INSERT INTO statement_form VALUES
    ('10-K'), ('10-Q'), ('20-F'), ('40-F'), ('6-K'), ('8-K'), ('S-1'), ('S-4'), ('424B');

-- The work behind `figure`. NULL for `only_cik` or `only_metric` means all; giving them makes a
-- lookup a hundred times faster than a filter on the view.
CREATE MACRO metric_figures(as_of, only_cik, only_metric) AS TABLE
WITH usable AS (
    SELECT fact.*, metric_concept.metric, metric_concept.rank, metric_concept.sign, metric.pick,
        period.fiscal_year, period.fiscal_period, period.period_start AS fiscal_start
    FROM fact
    JOIN fiscal_period AS period
        ON period.cik = fact.cik AND period.period_end = fact.period_end
        AND (fact.period_start IS NULL OR fact.period_start = period.period_start)
    JOIN metric_concept
        ON metric_concept.concept = fact.concept AND metric_concept.unit = fact.unit
        AND (metric_concept.period_type = 'instant') = (fact.period_start IS NULL)
    JOIN metric ON metric.name = metric_concept.metric
    WHERE fact.dimensions IS NULL
        AND fact.filed <= as_of
        AND (only_cik IS NULL OR fact.cik = only_cik)
        AND (only_cik IS NULL OR period.cik = only_cik)
        AND (only_metric IS NULL OR metric_concept.metric = only_metric)
        AND EXISTS (SELECT 1 FROM statement_form WHERE starts_with(fact.form, prefix))
),
witnessed AS (
    SELECT DISTINCT usable.fact_id, usable.metric, condition.kind, condition.pattern
    FROM usable
    JOIN metric_condition AS condition
        ON condition.metric = usable.metric AND condition.concept = usable.concept
    JOIN fact AS witness
        ON witness.cik = usable.cik AND witness.accession = usable.accession
        AND witness.period_end = usable.period_end
        AND witness.concept LIKE condition.pattern
        AND witness.dimensions IS NULL
    WHERE (only_cik IS NULL OR witness.cik = only_cik)
        AND (condition.kind = 'requires'
        OR (condition.kind = 'unless' AND witness.value <> 0
            AND witness.period_start IS NOT DISTINCT FROM usable.period_start))
),
too_narrow AS (
    SELECT usable.fact_id, usable.metric
    FROM usable
    JOIN metric_condition AS condition
        ON condition.metric = usable.metric AND condition.concept = usable.concept
        AND condition.kind = 'at_least'
    JOIN fact AS part
        ON part.cik = usable.cik AND part.accession = usable.accession
        AND part.period_end = usable.period_end
        AND part.period_start IS NOT DISTINCT FROM usable.period_start
        AND part.concept = condition.pattern AND part.unit = usable.unit
        AND part.dimensions IS NULL
    WHERE (only_cik IS NULL OR part.cik = only_cik)
    GROUP BY usable.fact_id, usable.metric, usable.value
    HAVING sum(abs(part.value)) > abs(usable.value) * 1.03
),
allowed AS (
    SELECT * FROM usable
    WHERE NOT EXISTS (
            SELECT 1 FROM witnessed
            WHERE witnessed.fact_id = usable.fact_id AND witnessed.metric = usable.metric
                AND witnessed.kind = 'unless')
        AND NOT EXISTS (
            SELECT 1 FROM too_narrow
            WHERE too_narrow.fact_id = usable.fact_id AND too_narrow.metric = usable.metric)
        AND NOT EXISTS (
            SELECT 1 FROM metric_condition AS condition
            WHERE condition.metric = usable.metric AND condition.concept = usable.concept
                AND condition.kind = 'requires'
                AND NOT EXISTS (
                    SELECT 1 FROM witnessed
                    WHERE witnessed.fact_id = usable.fact_id
                        AND witnessed.metric = usable.metric
                        AND witnessed.kind = 'requires'
                        AND witnessed.pattern = condition.pattern))
),
latest AS (
    SELECT * FROM allowed
    QUALIFY row_number() OVER (
        PARTITION BY cik, metric, fiscal_year, fiscal_period, rank
        ORDER BY filed DESC, accession DESC) = 1
),
chosen AS (
    SELECT * FROM latest
    QUALIFY row_number() OVER (
        PARTITION BY cik, metric, fiscal_year, fiscal_period
        ORDER BY CASE WHEN pick = 'largest' THEN abs(value) END DESC, rank) = 1
)
SELECT chosen.metric, chosen.cik, company.name AS company, company.tickers[1] AS ticker,
    chosen.fiscal_year, chosen.fiscal_period, chosen.fiscal_start AS period_start,
    chosen.period_end, (chosen.value * chosen.sign)::DECIMAL(38, 10) AS value,
    chosen.value_as_filed, chosen.unit, chosen.concept, chosen.accession, chosen.filed,
    chosen.form, chosen.fact_id
FROM chosen JOIN company ON company.cik = chosen.cik;

CREATE MACRO figure_as_of(as_of) AS TABLE
SELECT * FROM metric_figures(as_of, CAST(NULL AS BIGINT), CAST(NULL AS VARCHAR));

CREATE VIEW figure AS SELECT * FROM figure_as_of(DATE '9999-12-31');
