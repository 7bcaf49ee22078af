"""Maps of classes as PNG files, and boxes, from the server and on its page."""

import base64
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hydranet import Backbone, Box, Coordinates, HydraNet, Map, Predictor, Segmentation, SingleLabel
from hydranet.tasks import class_colours, load_plugin

from .conftest import encode, serve
from .test_pages import choose

pytestmark = pytest.mark.slow

PLUGIN = Path(__file__).parents[1] / "extensions" / "tiny_backbone.py"
CLASSES = ("ground", "thing", "border")


@pytest.fixture(scope="module")
def predictor():
    load_plugin(str(PLUGIN))
    tasks = [
        Segmentation(name="pixels", classes=CLASSES, map_size=(6, 8), head=Map(hidden=4, feature="map")),
        Box(name="where", head=Coordinates(hidden=4, feature="map")),
        SingleLabel(name="kind", classes=("cat", "dog")),
    ]
    return Predictor(HydraNet(Backbone.variants()["tiny"](image_size=32), tasks))


@pytest.fixture(scope="module")
def served(predictor):
    with serve(predictor) as running:
        yield running


@pytest.fixture(scope="module")
def picture():
    return encode(np.random.default_rng(0).integers(0, 256, (40, 50, 3), np.uint8))


def indices_of(png):
    image = Image.open(io.BytesIO(png))
    assert image.mode == "P"
    palette = np.reshape(image.getpalette(), (-1, 3))[: len(CLASSES)]
    np.testing.assert_array_equal(palette, class_colours(len(CLASSES)))
    return np.asarray(image).tolist()


def test_a_map_comes_as_numbers_or_as_a_png_file_of_them(served, picture):
    numbers = served.client.post("/predict", content=picture).json()["predictions"]
    drawn = served.client.post("/predict?masks=png", content=picture).json()["predictions"]
    assert np.shape(numbers["pixels"]["map"]) == (6, 8)
    assert "map" not in drawn["pixels"]
    assert indices_of(base64.b64decode(drawn["pixels"].pop("mask"))) == numbers["pixels"].pop("map")
    assert drawn == numbers
    assert len(drawn["where"]["box"]) == 4


def test_each_picture_of_a_form_has_its_mask(served, picture):
    other = encode(np.zeros((40, 50, 3), np.uint8))
    files = [("image", content) for content in (picture, other)]
    results = served.client.post("/predict?masks=png&tasks=pixels", files=files).json()["results"]
    numbers = served.client.post("/predict?tasks=pixels", files=files).json()["results"]
    for drawn, plain in zip(results, numbers, strict=True):
        mask = base64.b64decode(drawn["predictions"]["pixels"]["mask"])
        assert indices_of(mask) == plain["predictions"]["pixels"]["map"]


@pytest.mark.parametrize("query", ["", "?tasks=pixels", "?tasks=pixels,kind&masks=png"])
def test_who_wants_a_png_file_gets_the_mask_itself(served, picture, query):
    answer = served.client.post(f"/predict{query}", content=picture, headers={"accept": "image/png"})
    assert answer.headers["content-type"] == "image/png"
    numbers = served.client.post("/predict?tasks=pixels", content=picture).json()["predictions"]
    assert indices_of(answer.content) == numbers["pixels"]["map"]


def test_a_png_file_of_none_or_several_maps_is_refused(served, picture):
    png = {"accept": "image/png, */*"}
    none = served.client.post("/predict?tasks=kind,where", content=picture, headers=png)
    several = served.client.post("/predict", files=[("image", picture)] * 2, headers=png)
    for answer, count in ((none, 0), (several, 2)):
        assert answer.status_code == 406
        assert f"There are {count} maps of classes to answer with: expected one" in answer.json()["error"]
    wrong = served.client.post("/predict?masks=gif", content=picture)
    assert (wrong.status_code, wrong.json()["error"]) == (400, "masks='gif': expected one of numbers, png.")


def test_other_clients_get_json(served, picture):
    for accept in ("*/*", "text/html,image/png", "application/json, image/png"):
        answer = served.client.post("/predict", content=picture, headers={"accept": accept})
        assert answer.json()["predictions"]["kind"]["label"] in ("cat", "dog")


def test_the_page_draws_masks_and_boxes_over_the_picture(served, predictor, picture, browser, tmp_path):
    (tmp_path / "picture.png").write_bytes(picture)
    browser.get(served.url)
    assert choose(browser, tmp_path / "picture.png").startswith("Answered in ")
    [mask] = browser.find_elements("css selector", ".place .mask")
    [box] = browser.find_elements("css selector", ".place .box")
    under, _ = browser.find_elements("css selector", ".place img:not(.mask)")
    assert mask.rect == under.rect
    assert browser.execute_script("return arguments[0].naturalWidth", mask) == 8
    [answer] = predictor.predict([tmp_path / "picture.png"])
    left, top, right, bottom = answer["where"].box
    around = box.find_element("xpath", "..").rect
    assert box.rect["x"] - around["x"] == pytest.approx(left * around["width"], abs=1)
    assert box.rect["width"] == pytest.approx(max((right - left) * around["width"], 6), abs=1)
    assert box.rect["y"] - around["y"] == pytest.approx(top * around["height"], abs=1)
    assert box.rect["height"] == pytest.approx(max((bottom - top) * around["height"], 6), abs=1)
    assert len(browser.find_elements("css selector", ".swatch")) == len(CLASSES)
    assert [entry for entry in browser.get_log("browser") if "favicon" not in entry["message"]] == []
