"""Colours as `(red, green, blue)` from 0 to 255, and chance variations of them."""

import colorsys

import numpy as np

Colour = tuple[int, int, int]

BLACK: Colour = (32, 30, 32)
WHITE: Colour = (242, 240, 234)
GREY: Colour = (132, 132, 136)
BROWN: Colour = (116, 74, 42)
TAN: Colour = (196, 146, 92)
CREAM: Colour = (232, 212, 176)
RUST: Colour = (176, 92, 42)
GOLD: Colour = (214, 164, 86)
PINK: Colour = (226, 148, 150)


def from_hsv(hue: float, saturation: float, value: float) -> Colour:
    """Return the colour with this hue, saturation and value, each from 0 to 1 (the hue wraps around)."""
    return to_colour(255 * np.array(colorsys.hsv_to_rgb(hue % 1, saturation, value)))


def to_colour(values: np.ndarray) -> Colour:
    """Round and clip three values to a colour."""
    red, green, blue = (int(value) for value in np.clip(np.rint(values), 0, 255))
    return (red, green, blue)


def any_colour(rng: np.random.Generator) -> Colour:
    """Return a colour by chance: any hue, from grey to vivid, from dark to light."""
    return from_hsv(rng.random(), rng.uniform(0.05, 0.9), rng.uniform(0.2, 1.0))


def shade(colour: Colour, factor: float) -> Colour:
    """Darken (`factor` < 1) or lighten (> 1) a colour."""
    return to_colour(np.asarray(colour) * factor)


def mix(first: Colour, second: Colour, fraction: float) -> Colour:
    """Return a colour at `fraction` of the way from `first` to `second`."""
    return to_colour(np.asarray(first) * (1 - fraction) + np.asarray(second) * fraction)


def vary(colour: Colour, rng: np.random.Generator, spread: float = 14.0) -> Colour:
    """Return a colour near `colour`: lightness and, less, hue vary by chance."""
    return to_colour(np.asarray(colour) + rng.normal(0, spread) + rng.normal(0, spread / 2, 3))


def pick(rng: np.random.Generator, *colours: Colour) -> Colour:
    """Return a variation of one of `colours`."""
    return vary(colours[rng.integers(len(colours))], rng)
