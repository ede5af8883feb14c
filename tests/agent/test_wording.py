from decimal import Decimal

import pytest

from agent.wording import write_value


@pytest.mark.parametrize(
    ("value", "unit", "display", "written"),
    [
        ("383285000000", "USD", "", "$383.285 billion"),
        ("-601000000", "USD", "", "-$601 million"),
        ("1234.5", "USD", "", "$1,234.5"),
        ("2100000000000", "USD", "", "$2.1 trillion"),
        ("6.13", "USD/shares", "", "$6.13 per share"),
        ("0.4413129", "ratio", "percent", "44.13%"),
        ("0.9064", "ratio", "multiple", "0.91"),
        ("-0.0123", "ratio", "points", "-1.23 percentage points"),
        ("15744231000", "shares", "", "15.744 billion shares"),
        ("54.27", "days", "", "54.3 days"),
        ("0", "USD", "", "$0"),
    ],
)
def test_values_are_written_as_a_person_would(
    value: str, unit: str, display: str, written: str
) -> None:
    assert write_value(Decimal(value), unit, display=display) == written
