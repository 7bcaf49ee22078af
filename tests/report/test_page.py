"""A page is escaped, and its numbers stand to the right."""

import pytest

from hydranet.report._page import _is_number


@pytest.mark.parametrize("cell", [3, "0.9961", "+32.92", "-0.5", "1,027", "5%", "-", ".5"])
def test_numbers_stand_to_the_right(cell):
    assert _is_number(cell)


@pytest.mark.parametrize("cell", ["", "3.11.7", "0.1 to 0.2", "1 block", "n02085620", "+"])
def test_other_text_does_not(cell):
    assert not _is_number(cell)
