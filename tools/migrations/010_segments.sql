-- Facts of segments, products, regions and the like, by their own names.

CREATE TABLE segment_axis (axis VARCHAR PRIMARY KEY, kind VARCHAR NOT NULL);
INSERT INTO segment_axis VALUES
    ('us-gaap:StatementBusinessSegmentsAxis', 'segment'),
    ('us-gaap:SubsegmentsAxis', 'subsegment'),
    ('srt:ProductOrServiceAxis', 'product'),
    ('srt:StatementGeographicalAxis', 'geography'),
    ('srt:MajorCustomersAxis', 'customer'),
    ('dei:LegalEntityAxis', 'entity'),
    ('us-gaap:StatementClassOfStockAxis', 'share class'),
    ('us-gaap:SalesChannelAxis', 'channel'),
    ('us-gaap:ContractWithCustomerSalesChannelAxis', 'channel');

-- One row a fact that has one such axis and no other, as filed last. Segments are often marked as
-- operating segments on a second axis that adds nothing; corporate items and eliminations are not
-- members. `member` is the name tidied: aapl:WearablesHomeAndAccessoriesMember.
CREATE VIEW segment_figure AS
WITH dimensioned AS (
    SELECT fact.*, json_keys(json_merge_patch(dimensions,
        CASE WHEN dimensions LIKE '%"srt:ConsolidationItemsAxis":"us-gaap:OperatingSegmentsMember"%'
        THEN '{"srt:ConsolidationItemsAxis": null}' ELSE '{}' END)) AS axes
    FROM fact
    WHERE dimensions IS NOT NULL
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
        period.fiscal_year, period.fiscal_period
    ORDER BY named.filed DESC, named.accession DESC) = 1;
