"""Folders are listed once for a source and what is said of it, and anew the next time."""

import os

import pytest
from PIL import Image

from hydranet import Folder, Masks
from hydranet.data import list_pictures, listing_once, load_dataset


@pytest.fixture
def pictures(tmp_path):
    for name in ("train/a/1.png", "train/b/2.png", "validation/a/3.png", "validation/b/4.png"):
        path = tmp_path / "pictures" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (4, 4), int(path.stem)).save(path)
    (tmp_path / "pictures/train/a/notes.txt").touch()
    return tmp_path / "pictures"


@pytest.mark.parametrize("kind", [Folder, Masks])
def test_a_source_and_its_notes_read_each_folder_once(pictures, monkeypatch, kind):
    walked, walk = [], os.walk

    def counting(folder, **options):
        walked.append(str(folder))
        return walk(folder, **options)

    monkeypatch.setattr(os, "walk", counting)
    source = Folder(str(pictures)) if kind is Folder else Masks(str(pictures), str(pictures))
    loaded = load_dataset(source, task="any")
    assert "1 .txt" in " ".join(loaded.notes)
    assert len(walked) == len(set(walked)) > 0


def test_what_has_come_meanwhile_is_found_the_next_time(pictures):
    with listing_once():
        before = len(list_pictures(pictures).pictures)
        Image.new("L", (4, 4)).save(pictures / "new.png")
        assert len(list_pictures(pictures).pictures) == before
    assert len(list_pictures(pictures).pictures) == before + 1
