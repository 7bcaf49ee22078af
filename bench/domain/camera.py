"""Another camera: a fixed change of sensitivity by channel, blur and noise, made of pictures that are there."""

import hashlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

# Of red, green and blue: how sensitive the sensor is, and the exponent of its curve.
GAINS = (1.0, 0.85, 0.65)
EXPONENTS = (1.2, 1.0, 0.9)
# Standard deviations: of the lens, in pixels of 192 on the shorter side, and of the sensor, in grey levels of 255.
BLUR = 0.7
NOISE = 6.0


def retake(picture: Path, written: Path) -> None:
    """Write a picture as the other camera would have taken it: as PNG, so that nothing else is changed.

    Args:
        picture: the file of one that is there.
        written: the file to write; the noise is drawn by its name.
    """
    with Image.open(picture) as opened:
        blurred = opened.convert("RGB").filter(ImageFilter.GaussianBlur(BLUR))
    light = np.asarray(blurred, np.float32) / 255
    seen = 255 * np.array(GAINS, np.float32) * light ** np.array(EXPONENTS, np.float32)
    seed = int.from_bytes(hashlib.blake2b(written.name.encode(), digest_size=8).digest(), "big")
    noise = NOISE * np.random.default_rng(seed).standard_normal(seen.shape, np.float32)
    written.parent.mkdir(parents=True, exist_ok=True)
    pixels = (seen + noise).clip(0, 255).round().astype(np.uint8)
    Image.fromarray(pixels).save(written, compress_level=1)
