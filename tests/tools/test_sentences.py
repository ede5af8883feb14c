import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.documents.sentences import sentences, split_sentences


@pytest.mark.parametrize(
    "text",
    [
        "We sell to the U.S. Government and to others.",
        "Acme Inc. and Foo Corp. merged with Bar Co. Ltd. last year.",
        "See Note No. 1 and Item 1A. Risk Factors for more.",
        "Mr. J. D. Smith Jr. is our counsel.",
        "Sales rose 3.2% to $1.5 million, e.g. in St. Louis.",
        "Costs (i.e. wages) grew vs. the prior year by approx. 4 percent.",
        "The plan ended on Dec. 31 of the year.",
        "Did it grow (or not?) in the year?",
    ],
)
def test_abbreviations_and_figures_end_no_sentence(text: str) -> None:
    assert sentences(text) == [text]


def test_sentences_end_at_their_marks() -> None:
    text = "It grew. Did it? “Yes.” We operate in the U.S. The rest is abroad! In 2023 it fell."
    assert sentences(text) == [
        "It grew.",
        "Did it?",
        "“Yes.”",
        "We operate in the U.S.",
        "The rest is abroad!",
        "In 2023 it fell.",
    ]


def test_a_blank_line_ends_a_heading() -> None:
    assert sentences("Our Business\n\nWe make\nthings.") == ["Our Business", "We make\nthings."]


def test_a_list_mark_stays_with_its_item() -> None:
    assert sentences("1. We may fail. 2. We may not.\n\n(a). Maybe.") == [
        "1. We may fail.",
        "2. We may not.",
        "(a). Maybe.",
    ]


@given(st.text(alphabet="aB1. ?!\n\"'()UST.", max_size=80))
def test_spans_hold_all_text_in_order(text: str) -> None:
    spans = split_sentences(text)
    position, kept = 0, ""
    for start, end in spans:
        assert position <= start < end <= len(text)
        assert text[start:end] == text[start:end].strip() != ""
        kept += text[start:end]
        position = end
    assert "".join(kept.split()) == "".join(text.split())
