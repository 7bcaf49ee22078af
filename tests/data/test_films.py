"""Examples are folders of frames, or videos, of one camera or of several."""

import numpy as np
import pytest
from PIL import Image

from hydranet import CSV, Films
from hydranet.data import AbsentPicture, load_dataset
from hydranet.errors import ConfigError, DataError, ImageError
from hydranet.testing import check_source


def paint(path, level):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((8, 8, 3), level, np.uint8)).save(path)


def levels(pictures):
    return [
        None if isinstance(each, AbsentPicture) else each.pixels(each.content(), (4, 4))[0, 0, 0]
        for each in pictures
    ]


@pytest.fixture
def films(tmp_path):
    for label, step in (("up", 1), ("down", -1)):
        for film, num_frames in (("a", 12), ("b", 3), ("c", 2)):
            for number in range(num_frames):
                value = 10 * (number if step > 0 else num_frames - number)
                paint(tmp_path / "films" / label / film / f"frame_{number + 1}.png", value)
    return tmp_path / "films"


def test_frames_are_spread_over_a_film_in_the_order_of_their_numbers(films):
    source = Films(str(films), shape=(3,))
    check_source(source)
    by_label = {}
    for example in source.load()["all"]:
        by_label.setdefault(example.label, []).append(levels(example.pictures))
    assert by_label["up"] == [[0, 60, 110], [0, 10, 20], [0, 10, None]]
    assert by_label["down"] == [[120, 60, 10], [30, 20, 10], [20, 10, None]]
    assert source.notes() == [f"{films}: 2 of 6 films have fewer frames than 3."]


def test_splits_are_folders_and_a_film_of_several_cameras_has_one_for_each(tmp_path):
    for split in ("train", "val"):
        for camera in ("left", "right"):
            for number in range(2):
                paint(tmp_path / split / "x" / "film" / camera / f"{number}.png", 100 * number + len(camera))
    splits = Films(str(tmp_path), shape=(2, 2)).load()
    assert list(splits) == ["train", "validation"]
    [example] = splits["train"]
    assert [levels(step) for step in example.pictures] == [[4, 5], [104, 105]]
    with pytest.raises(DataError, match=r"has 2 camera\(s\): received left, right, expected 3"):
        Films(str(tmp_path), shape=(2, 3)).load()


def test_a_cell_of_a_table_names_a_film(films):
    path = films.parent / "table.csv"
    path.write_text("film,label\nfilms/up/a,x\nfilms/down/b,y\n")
    source = CSV(str(path), label="label", image="film", shape=(3,))
    assert source.example_shape == (3,)
    assert levels(source.load()["all"][1].pictures) == [30, 20, 10]
    path.write_text("film,label\nfilms/up/z,x\n")
    with pytest.raises(DataError, match=r"films/up/z is neither a folder of frames nor a video"):
        source.load()


def test_what_is_no_film_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"\[steps\] or \[steps, cameras\]: received \[1, 2, 3\]"):
        Films("films", shape=(1, 2, 3))
    (tmp_path / "x").mkdir()
    with pytest.raises(DataError, match="has no films"):
        Films(str(tmp_path), shape=(2,)).load()
    (tmp_path / "x" / "empty").mkdir()
    with pytest.raises(DataError, match="holds no frames"):
        Films(str(tmp_path), shape=(2,)).load()


@pytest.fixture
def video(tmp_path):
    av = pytest.importorskip("av", reason="videos need the extra 'video'")
    path = tmp_path / "videos" / "x" / "film.mkv"
    path.parent.mkdir(parents=True)
    frames = np.random.default_rng(0).integers(0, 256, (7, 16, 24, 3), np.uint8)
    with av.open(path, "w") as file:
        stream = file.add_stream("ffv1", rate=5)
        stream.width, stream.height, stream.pix_fmt = 24, 16, "bgr0"
        for frame in frames:
            file.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        file.mux(stream.encode(None))
    return path, frames


def test_frames_of_a_video_are_its_pixels(video):
    path, frames = video
    source = Films(str(path.parents[1]), shape=(3,))
    check_source(source)
    [example] = source.load()["all"]
    for picture, frame in zip(example.pictures, frames[[0, 3, 6]], strict=True):
        pixels = picture.pixels(picture.content(), (16, 24))
        np.testing.assert_array_equal(pixels, frame)
    assert example.pictures[1].name == f"{path} (frame 2 of 3)"
    more = Films(str(path.parents[1]), shape=(9,)).load()["all"][0].pictures
    assert len({each.content() for each in more}) == 7


def test_a_video_that_can_not_be_read_is_named(video):
    path, _ = video
    path.write_bytes(b"no video")
    with pytest.raises(ImageError, match=r"film.mkv can't be read as a video"):
        load_dataset(Films(str(path.parents[1]), shape=(3,)), task="t")
