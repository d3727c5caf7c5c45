"""The pages made from the code say what the code says."""

from __future__ import annotations

import pytest

from scripts.write_docs import DOCS, PAGES


@pytest.mark.parametrize("page", sorted(PAGES))
def test_given_a_page_made_from_the_code_when_the_code_changes_then_make_docs_was_run(page: str) -> None:
    assert (DOCS / page).read_text() == PAGES[page](), "run `make docs`"
