-- One row of segment_figure a member, metric and period, whatever order facts were stored in: the
-- value filed last; in one filing the member's share of the consolidated value before its total
-- with sales to other segments (operating segments). A region may be marked as one of the whole.

CREATE OR REPLACE VIEW segment_figure AS
WITH marked AS (
    SELECT fact.*,
        coalesce(json_extract_string(dimensions, '$."srt:ConsolidationItemsAxis"'), '') AS basis
    FROM fact
    WHERE dimensions IS NOT NULL
),
dimensioned AS (
    SELECT marked.*, json_keys(json_merge_patch(dimensions,
        CASE WHEN basis IN ('us-gaap:OperatingSegmentsMember',
            'srt:ReportableGeographicalComponentsMember')
        THEN '{"srt:ConsolidationItemsAxis": null}' ELSE '{}' END)) AS axes
    FROM marked
),
named AS (
    SELECT dimensioned.*, axis.axis, axis.kind,
        json_extract_string(dimensions, '$."' || axis.axis || '"') AS member_qname
    FROM dimensioned JOIN segment_axis AS axis ON axis.axis = axes[1]
    WHERE len(axes) = 1
)
SELECT named.cik, company.name AS company, company.tickers[1] AS ticker,
    metric_concept.metric, named.concept, named.kind, named.axis, named.member_qname,
    regexp_replace(regexp_replace(regexp_replace(member_qname, '^.*:', ''), 'Member$', ''),
        '([a-z0-9])([A-Z])', '\1 \2', 'g') AS member,
    period.fiscal_year, period.fiscal_period, period.period_start, period.period_end,
    CAST(named.value * coalesce(metric_concept.sign, 1) AS DECIMAL(38, 10)) AS value, named.unit,
    named.accession, named.filed, named.form, named.fact_id
FROM named
JOIN company ON company.cik = named.cik
JOIN fiscal_period AS period
    ON period.cik = named.cik AND period.period_end = named.period_end
    AND (named.period_start IS NULL OR named.period_start = period.period_start)
LEFT JOIN metric_concept
    ON metric_concept.concept = named.concept AND metric_concept.unit = named.unit
QUALIFY row_number() OVER (
    PARTITION BY named.cik, metric_concept.metric, named.concept, named.axis, named.member_qname,
        named.unit, period.fiscal_year, period.fiscal_period, named.period_start IS NULL
    ORDER BY named.filed DESC, named.accession DESC, named.basis <> '', named.basis,
        named.fact_id) = 1;
