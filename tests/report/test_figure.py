"""Figures: a PNG on white, and an SVG that a page can hold beside others."""

import re
import xml.etree.ElementTree as ElementTree

import numpy as np
from PIL import Image

from hydranet.report._figure import COLOURS, figure_svg, new_figure, save_png, style


@style()
def draw(*values):
    figure = new_figure(4, 2)
    axes = figure.subplots()
    axes.plot(values, "o-", color=COLOURS[0], label="$5 & <more>")
    axes.set_xlabel("seed")
    axes.legend()
    return figure


def test_a_png_is_on_white_and_written_whole(tmp_path):
    save_png(draw(1, 2, 3), tmp_path / "figure.png")

    with Image.open(tmp_path / "figure.png") as image:
        pixels = np.asarray(image)
    assert pixels[0, 0].tolist() == [255, 255, 255, 255]
    assert len(np.unique(pixels.reshape(-1, 4), axis=0)) > 10
    assert [file.name for file in tmp_path.iterdir()] == ["figure.png"]


def test_an_svg_has_text_in_the_pages_colour_on_its_background():
    svg = figure_svg(draw(1, 2, 3))

    root = ElementTree.fromstring(svg)
    texts = {"".join(text.itertext()): text for text in root.iter("{http://www.w3.org/2000/svg}text")}
    assert {"seed", "$5 & <more>"} <= set(texts)
    assert all("fill: currentColor" in text.get("style") for text in texts.values())
    assert set(re.findall("(?:fill|stroke): (#[0-9a-fA-F]+)", svg)) == {COLOURS[0].lower()}


def test_an_svg_says_nothing_to_the_rest_of_the_page():
    svg = figure_svg(draw(1, 2, 3))

    assert (svg[:5], svg[-6:]) == ("<svg ", "</svg>")
    assert not re.search("<style|<metadata|<!|<\\?|http://(?!www.w3.org/)", svg)


def test_the_same_figure_has_the_same_svg_and_others_have_other_names_in_it():
    one, same, other = (figure_svg(draw(*values)) for values in [(1, 2, 3), (1, 2, 3), (1, 2, 4)])

    assert one == same
    names, other_names = (set(re.findall(' id="([^"]+)"', svg)) for svg in (one, other))
    assert not names & other_names
    assert names == set(re.findall(r'(?:href="|url\()#([^")]+)', one))


def test_what_others_draw_keeps_its_look():
    import matplotlib

    before = matplotlib.rcParams["text.color"]
    draw(1, 2)
    assert matplotlib.rcParams["text.color"] == before
