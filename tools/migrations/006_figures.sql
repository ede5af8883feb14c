-- Figures made in advance: one row a metric, company, fiscal period and stretch of days on which
-- that is what was known. `tools.figures.materialise` writes it; everything in it can be made anew.

CREATE TABLE figure_version (
    cik BIGINT NOT NULL,
    metric VARCHAR NOT NULL,
    fiscal_year INTEGER NOT NULL,
    fiscal_period VARCHAR NOT NULL,
    period_start DATE NOT NULL,
    period_end DATE NOT NULL,
    known_from DATE NOT NULL,         -- both days included;
    known_until DATE NOT NULL,        -- 9999-12-31: still the case
    kind VARCHAR NOT NULL,            -- 'filed' | 'derived' | 'formula' | 'missing'
    value DECIMAL(38, 10),            -- NULL: missing; a formula's is rounded to ten places
    unit VARCHAR NOT NULL,
    reason VARCHAR,                   -- why there is no value
    expression VARCHAR,               -- of 'derived' and 'formula': arithmetic over the inputs
    inputs VARCHAR,                   -- JSON: name -> [metric, fiscal year, fiscal period, day];
                                      -- day NULL: as known on the day asked for
    note VARCHAR,
    concept VARCHAR,                  -- these six of 'filed' only
    accession VARCHAR,
    filed DATE,
    form VARCHAR,
    value_as_filed VARCHAR,
    fact_id BIGINT
);

-- Companies whose facts changed, and metrics whose definition did, since `figure_version` was made.
CREATE TABLE stale_company (cik BIGINT PRIMARY KEY);
INSERT INTO stale_company SELECT DISTINCT cik FROM fact;
CREATE TABLE stale_metric (name VARCHAR PRIMARY KEY);

-- The facts that may stand for a metric in a fiscal period, one row each, before any is chosen.
CREATE MACRO usable_facts(as_of, only_cik, only_metric) AS TABLE
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
)
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
                    AND witnessed.pattern = condition.pattern));

-- The filed figures straight from the facts: what a footnote replays.
CREATE OR REPLACE MACRO metric_figures(as_of, only_cik, only_metric) AS TABLE
WITH latest AS (
    SELECT * FROM usable_facts(as_of, only_cik, only_metric)
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

-- Every metric of every company and fiscal period as known on a day: its value, or why not.
CREATE OR REPLACE MACRO figure_as_of(as_of) AS TABLE
SELECT v.metric, v.cik, company.name AS company, company.tickers[1] AS ticker,
    v.fiscal_year, v.fiscal_period, v.period_start, v.period_end, v.value, v.value_as_filed,
    v.unit, v.concept, v.accession, v.filed, v.form, v.fact_id,
    v.kind, v.reason, v.expression, v.inputs, v.note, v.known_from
FROM figure_version AS v JOIN company ON company.cik = v.cik
WHERE CAST(as_of AS DATE) BETWEEN v.known_from AND v.known_until;

CREATE OR REPLACE VIEW figure AS SELECT * FROM figure_as_of(DATE '9999-12-31');
