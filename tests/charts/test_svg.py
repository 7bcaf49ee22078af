"""SVG text: well-formed whatever it says, and cut to fit."""

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydranet.charts._svg import clean, drawing, element, hint, isolate, points, shorten, text, text_width


@given(st.text(alphabet=st.characters(exclude_categories=[])))
def test_any_text_is_well_formed_and_reads_the_same(content):
    root = ElementTree.fromstring(
        drawing(10, 10, text(0, 0, content), hint(content), title=content, max_width=10)
    )
    assert (root[0].text or "") == root.attrib["aria-label"] == clean(content)


@pytest.mark.parametrize(
    ("content", "cleaned"),
    [
        ("a\n\tb ", "a b"),
        ("a\x00b\x7f\x9b", "a�b��"),
        ("\ud800\uffff", "��"),
        ("\u202eevil", "�evil"),
        ("日本 🐕‍🦺 كلب", "日本 🐕‍🦺 كلب"),
    ],
)
def test_what_has_no_place_in_a_page_is_replaced(content, cleaned):
    assert clean(content) == cleaned


def test_attributes_are_escaped_rounded_or_left_out():
    written = element("a", "<b/>", font_size=1.25, class_="x", cx=-0.04, cy=2.0, fill=None, d='"<&')
    assert written == '<a font-size="1.2" class="x" cx="0" cy="2" d="&quot;&lt;&amp;"><b/></a>'
    assert points([(0, 1.04), (10.06, -3)]) == "M0 1 10.1 -3"


def test_text_that_does_not_fit_is_cut_and_tells_the_whole():
    name = "<script>" * 30
    shown = ElementTree.fromstring(text(0, 0, name, width=60))
    assert shown.text.startswith("<scr")
    assert shown.text.endswith("…")
    assert text_width(shown.text) <= 60
    assert shown[0].text == name
    assert "<title>" not in text(0, 0, "cat", width=60)


def test_a_hint_is_not_endless():
    assert len(ElementTree.fromstring(hint("x" * 100_000)).text) == 301


@pytest.mark.parametrize("content", ["", "cat", "mmmmmmmm", "日本語の犬の名前", "🐕‍🦺🐕‍🦺🐕‍🦺", "é" * 40])
def test_a_shortened_text_has_the_wanted_width(content):
    assert text_width(shorten(content, 30)) <= 30


def test_wide_letters_take_more_room():
    assert text_width("iii") < text_width("aaa") < text_width("MMM") < text_width("犬犬犬")
    assert text_width("e\u0301") == text_width("e")
    assert text_width("cat", 22) == 2 * text_width("cat", 11)


def test_a_name_from_right_to_left_does_not_turn_what_follows():
    assert isolate("كلب") == "\u2068كلب\u2069"
    assert isolate("cat") == "cat"


def test_a_drawing_is_an_image_with_a_name_that_fills_the_page_up_to_its_limit():
    root = ElementTree.fromstring(drawing(360, 200.5, title="a & b", max_width=480))
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root.attrib["role"] == "img"
    assert root.attrib["aria-label"] == "a & b"
    assert root.attrib["viewBox"] == "0 0 360 200.5"
    assert root.attrib["style"] == "max-width:480px"
