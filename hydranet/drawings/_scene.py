"""What surrounds a figure: background, clutter, shadow, things in front, light and noise."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from hydranet.drawings import _geometry as geometry
from hydranet.drawings._colours import Colour, any_colour, from_hsv, mix, shade, vary
from hydranet.drawings._pen import Pen

Figure = Callable[[Pen, np.random.Generator], None]

_SUPERSAMPLING = 2
_HAZE: Colour = (236, 238, 240)


def compose(
    figure: Figure,
    rng: np.random.Generator,
    image_size: int,
    *,
    fill: tuple[float, float] = (0.75, 1.0),
    tilt: float = 6.0,
) -> npt.NDArray[np.uint8]:
    """Paint one figure in a scene of its own.

    Args:
        figure: adds the figure's shapes to a pen, in any unit, upright.
        rng: where every choice comes from.
        image_size: height and width of the picture in pixels.
        fill: smallest and largest share of the picture that the figure takes.
        tilt: standard deviation, in degrees, of the turn of the figure.

    Returns:
        uint8 `(image_size, image_size, 3)`.
    """
    frame = image_size * _SUPERSAMPLING
    picture = _background(rng, frame)
    draw = ImageDraw.Draw(picture)
    _clutter(draw, rng, frame, count=int(rng.integers(0, 7)), size=(0.05, 0.35))
    pen = Pen()
    figure(pen, rng)
    pen.place(rng, frame, fill, tilt)
    _shadow(draw, rng, pen, picture)
    pen.paint(draw, _outline(rng), width=max(1, round(frame / 64)))
    _foreground(draw, rng, frame)
    return _develop(picture.reduce(_SUPERSAMPLING), rng)


def _outline(rng: np.random.Generator) -> Colour | None:
    return from_hsv(rng.random(), rng.uniform(0, 0.6), rng.uniform(0, 0.35)) if rng.random() < 0.5 else None


def _background(rng: np.random.Generator, frame: int) -> Image.Image:
    kind = rng.integers(5)
    if kind == 0:
        return _blotches(rng, frame)
    top, bottom = any_colour(rng), any_colour(rng)
    if kind == 1:
        top, bottom = from_hsv(rng.uniform(0.5, 0.65), rng.uniform(0.1, 0.6), rng.uniform(0.6, 1)), _HAZE
    picture = _gradient(top, mix(top, bottom, rng.uniform(0.2, 1)), frame)
    draw = ImageDraw.Draw(picture)
    if kind == 1:
        _hills(draw, rng, frame)
    elif kind == 2:
        _room(draw, rng, frame)
    elif kind == 3:
        _stripes(draw, rng, frame)
    return picture


def _gradient(top: Colour, bottom: Colour, frame: int) -> Image.Image:
    column = np.linspace(top, bottom, 16).astype(np.uint8)[:, None]
    return Image.fromarray(column).resize((frame, frame), Image.Resampling.BILINEAR)


def _blotches(rng: np.random.Generator, frame: int) -> Image.Image:
    cells = int(rng.integers(3, 14))
    values = np.asarray(any_colour(rng)) + rng.normal(0, rng.uniform(10, 60), (cells, cells, 1))
    values = values + rng.normal(0, rng.uniform(2, 25), (cells, cells, 3))
    small = Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))
    return small.resize((frame, frame), Image.Resampling.BICUBIC)


def _hills(draw: ImageDraw.ImageDraw, rng: np.random.Generator, frame: int) -> None:
    ground = from_hsv(rng.uniform(0.06, 0.4), rng.uniform(0.2, 0.75), rng.uniform(0.3, 0.85))
    for layer in range(int(rng.integers(1, 4))):
        heights = frame * (rng.uniform(0.4, 0.6) + 0.13 * layer + rng.normal(0, 0.05, 5))
        ridge = [(frame * (i / 4 * 1.2 - 0.1), y) for i, y in enumerate(heights)]
        draw.polygon([(0, frame), *ridge, (frame, frame)], fill=shade(ground, 1 - 0.12 * layer))


def _room(draw: ImageDraw.ImageDraw, rng: np.random.Generator, frame: int) -> None:
    floor = frame * rng.uniform(0.5, 0.85)
    colour = any_colour(rng)
    draw.rectangle((0, floor, frame, frame), fill=colour)
    draw.line((0, floor, frame, floor), fill=shade(colour, 0.6), width=3)
    if rng.random() < 0.5:
        left, top = frame * rng.uniform(0, 0.7, 2)
        box = (
            left,
            top * 0.4,
            left + frame * rng.uniform(0.15, 0.4),
            top * 0.4 + frame * rng.uniform(0.15, 0.4),
        )
        draw.rectangle(box, fill=any_colour(rng), outline=any_colour(rng), width=4)


def _stripes(draw: ImageDraw.ImageDraw, rng: np.random.Generator, frame: int) -> None:
    colour, step, lean = any_colour(rng), int(frame * rng.uniform(0.06, 0.25)), frame * rng.uniform(-1, 1)
    for x in range(-frame, 2 * frame, 2 * step):
        draw.polygon([(x, 0), (x + step, 0), (x + step + lean, frame), (x + lean, frame)], fill=colour)


def _clutter(
    draw: ImageDraw.ImageDraw, rng: np.random.Generator, frame: int, count: int, size: tuple[float, float]
) -> None:
    for _ in range(count):
        center = tuple(rng.uniform(-0.05, 1.05, 2) * frame)
        radii = tuple(rng.uniform(*size, 2) * frame / 2)
        colour = any_colour(rng)
        kind = rng.integers(4)
        if kind == 0:
            outline = geometry.ellipse(center, radii, rng.uniform(0, 180), 14)
        elif kind == 1:
            outline = geometry.star(center, radii[0], radii[1], int(rng.integers(2, 7)), rng.uniform(0, 90))
        elif kind == 2:
            outline = geometry.smooth(rng.normal(center, radii, (5, 2)), steps=3)
        else:
            bend = rng.normal(center, [2 * radii[0], 2 * radii[1]], (3, 2))
            outline = geometry.limb(bend, frame * rng.uniform(0.01, 0.07, 2))
        draw.polygon(outline.ravel().tolist(), fill=colour)


def _shadow(draw: ImageDraw.ImageDraw, rng: np.random.Generator, pen: Pen, picture: Image.Image) -> None:
    if rng.random() < 0.4:
        return
    low, high = pen.bounds()
    x, y = (low[0] + high[0]) / 2, high[1]
    inside = int(np.clip(x, 0, picture.width - 1)), int(np.clip(y, 0, picture.height - 1))
    under = picture.getpixel(inside)
    assert isinstance(under, tuple)
    half = (high[0] - low[0]) * rng.uniform(0.35, 0.6)
    outline = geometry.ellipse((x, y), (half, half * rng.uniform(0.08, 0.2)))
    draw.polygon(outline.ravel().tolist(), fill=shade((under[0], under[1], under[2]), rng.uniform(0.45, 0.8)))


def _foreground(draw: ImageDraw.ImageDraw, rng: np.random.Generator, frame: int) -> None:
    kind = rng.integers(6)
    if kind == 0:
        _clutter(draw, rng, frame, count=int(rng.integers(1, 4)), size=(0.06, 0.22))
    elif kind == 1:
        _grass(draw, rng, frame)
    elif kind == 2:
        x, width = frame * rng.random(), frame * rng.uniform(0.03, 0.1)
        draw.rectangle((x, 0, x + width, frame), fill=any_colour(rng))


def _grass(draw: ImageDraw.ImageDraw, rng: np.random.Generator, frame: int) -> None:
    green = from_hsv(rng.uniform(0.15, 0.4), rng.uniform(0.4, 0.9), rng.uniform(0.3, 0.8))
    tall = frame * rng.uniform(0.05, 0.22)
    for x in rng.uniform(0, frame, 22):
        tip = (x + tall * rng.normal(0, 0.3), frame - tall * rng.uniform(0.5, 1.3))
        draw.polygon([(x - 3, frame), tip, (x + 3, frame)], fill=vary(green, rng))


def _develop(picture: Image.Image, rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    if rng.random() < 0.2:
        small = max(8, round(picture.width * rng.uniform(0.45, 0.8)))
        picture = picture.resize((small, small), Image.Resampling.BILINEAR).resize(picture.size)
    pixels = np.asarray(picture, np.float32)
    side = np.linspace(-1, 1, picture.width, dtype=np.float32)
    slope = rng.normal(0, 0.13, 2).astype(np.float32)
    light = 1 + slope[0] * side[:, None, None] + slope[1] * side[None, :, None]
    cast = (rng.uniform(0.7, 1.15) * rng.normal(1, 0.06, 3)).astype(np.float32)
    noise = np.float32(rng.uniform(0, 16)) * rng.standard_normal(pixels.shape, dtype=np.float32)
    contrast = np.float32(rng.uniform(0.65, 1.1))
    developed = (pixels * light * cast - 128) * contrast + 128 + noise
    return np.asarray(np.clip(developed + 0.5, 0, 255), np.uint8)
