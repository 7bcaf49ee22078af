"""Files that sources list, and what they list."""

import pytest


@pytest.fixture
def put(tmp_path):
    """Make empty files, with the folders above them; a source reads no pictures."""

    def put(*names):
        for name in names:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        return tmp_path

    return put


@pytest.fixture
def put_csv(tmp_path):
    def put_csv(text, encoding="utf-8"):
        path = tmp_path / "pictures.csv"
        path.write_bytes(text.encode(encoding))
        return str(path)

    return put_csv


@pytest.fixture
def listed():
    """List a source as names of files and labels."""

    def listed(source):
        return {
            split: [(example.pictures.path.name, example.label) for example in examples]
            for split, examples in source.load().items()
        }

    return listed
