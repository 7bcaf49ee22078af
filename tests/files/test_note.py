"""A note is read as it was written, or known to be damaged."""

import pytest

from hydranet.files import Damaged, read_note, write_note

CONTENT = {"engine": "litert", "files": {"ä": "0" * 64}, "sizes": [1, 2.5, None]}


@pytest.fixture
def note(tmp_path):
    write_note(tmp_path / "note.json", CONTENT)
    return (tmp_path / "note.json").read_bytes()


def test_it_comes_back(note):
    assert read_note(note) == CONTENT


def test_every_flipped_bit_and_every_cut_is_found_or_changes_nothing(note):
    damaged = [note[:length] for length in range(len(note))]
    for place in range(len(note)):
        damaged += [note[:place] + bytes([note[place] ^ 1 << bit]) + note[place + 1 :] for bit in range(8)]
    num_found = 0
    for content in damaged:
        try:
            assert read_note(content) == CONTENT  # blanks between the values
        except Damaged:
            num_found += 1
    assert num_found > 0.8 * len(damaged)


@pytest.mark.parametrize("text", [b"", b"[]", b"null", b"{}", b"[" * 100_000, b"\xff", b'{"a": 1}'])
def test_what_is_no_note_is_damaged(text):
    with pytest.raises(Damaged):
        read_note(text)
