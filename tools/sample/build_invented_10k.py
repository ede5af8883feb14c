"""Write the 10-K of Halden Marine Instruments, Inc., a company that does not exist.

Run `python -m tools.sample.build_invented_10k` after a change to `invented/`; the result is
committed, and a test compares the two.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tools.sample.invented.accounts import load_books
from tools.sample.invented.document import build_document

INVENTED_10K: Final = Path(__file__).with_name("hldn-20241228.htm")


def main() -> None:
    """Build the document and write it beside this module."""
    INVENTED_10K.write_text(build_document(load_books()), encoding="utf-8")


if __name__ == "__main__":
    main()
