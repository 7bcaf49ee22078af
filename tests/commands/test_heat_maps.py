"""`predict --heat-maps` writes pictures under what speaks for each answer."""

import numpy as np
import pytest
from PIL import Image

from hydranet import MLP, HydraNet, SingleLabel, cli
from hydranet.commands._heat_maps import write_heat_maps
from hydranet.data import picture_size
from hydranet.tasks import Prediction

EXIF_ORIENTATION = 0x0112


def test_a_picture_is_coloured_where_the_heat_is_as_it_is_seen(tmp_path):
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = 6
    (tmp_path / "in").mkdir()
    Image.new("RGB", (80, 60), (90, 90, 90)).save(tmp_path / "in/turned.jpg", exif=exif)
    hot = Prediction("cat", heat_map=np.array([[1, 0], [0, 0]], np.float32))
    answers = [{"animal": hot, "closed": None, "other": Prediction("a")}]
    assert write_heat_maps(tmp_path / "out", [tmp_path / "in/turned.jpg"], answers) == 1
    [written] = (tmp_path / "out").rglob("*.png")
    assert written == tmp_path / "out/animal/turned.jpg.png"
    with Image.open(written) as opened:
        image = np.asarray(opened).astype(int)
    assert image.shape == (80, 60, 3)
    assert np.abs(image[-1, -1] - 90).max() <= 2
    assert image[0, 0, 0] > 180 > 60 > image[0, 0, 1]


def test_a_large_picture_is_made_smaller(tmp_path):
    Image.new("RGB", (3000, 1500)).save(tmp_path / "large.png")
    hot = Prediction("cat", heat_map=np.ones((2, 2), np.float32))
    write_heat_maps(tmp_path / "out", [tmp_path / "large.png"], [{"animal": hot}])
    assert picture_size(tmp_path / "out/animal/large.png.png") == (1024, 512)


@pytest.mark.slow
def test_the_command_writes_them_and_says_which_heads_have_none(new_trunk, tmp_path, capsys, caplog):
    deep = SingleLabel(name="deep", classes=("a", "b"), head=MLP(hidden=(4,)))
    linear = SingleLabel(name="linear", classes=("a", "b"))
    HydraNet(new_trunk(image_size=64), [linear, deep]).save(tmp_path / "model.keras")
    Image.new("RGB", (40, 30), "red").save(tmp_path / "picture.png")
    command = ["predict", str(tmp_path / "model.keras"), str(tmp_path / "picture.png")]
    assert cli.main([*command, "--heat-maps", str(tmp_path / "out")]) == 0
    assert picture_size(tmp_path / "out/linear/picture.png.png") == (40, 30)
    assert "There are no heat maps of deep: only linear heads" in caplog.text
    assert cli.main([*command, "--tasks", "deep", "--heat-maps", str(tmp_path / "out")]) == 2
    assert "--heat-maps: there are none of deep: only linear heads" in capsys.readouterr().err
