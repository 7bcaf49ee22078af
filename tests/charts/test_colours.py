"""The colours of the charts can be told from the ground and from each other."""

import pytest

from hydranet.charts._colours import DARK, GROUND, LIGHT, style_sheet
from hydranet.charts._svg import GRID, HEAT, INK, MUTED, colour


def mixed(colour, background, share):
    pairs = zip(bytes.fromhex(colour[1:]), bytes.fromhex(background[1:]), strict=True)
    return "#" + bytes(round(share * over + (1 - share) * under) for over, under in pairs).hex()


def contrast(first, second):
    """As WCAG 2 defines it, https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio"""

    def luminance(colour):
        channels = [value / 255 for value in bytes.fromhex(colour[1:])]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    darker, lighter = sorted([luminance(first), luminance(second)])
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_no_two_colours_are_equal(palette):
    assert len(set(palette.values())) == len(palette)


@pytest.mark.parametrize(("palette", "ground"), [(LIGHT, GROUND["light"]), (DARK, GROUND["dark"])])
def test_every_colour_stands_out_from_the_ground(palette, ground):
    for name, value in palette.items():
        least = {"grid": 1.2, "ink": 7, "muted": 4.5}.get(name, 3)
        assert contrast(value, ground) >= least, name
    under_numbers = mixed(palette["heat"], ground, 0.7)
    assert contrast(palette["ink"], under_numbers) >= 4.5


def test_a_page_defines_every_colour_that_charts_use():
    used = {GRID, HEAT, INK, MUTED, *(colour(index) for index in range(100))}
    assert used == {f"var(--{name})" for name in LIGHT} == {f"var(--{name})" for name in DARK}
    for name in LIGHT:
        assert style_sheet().count(f"--{name}: ") == 2
