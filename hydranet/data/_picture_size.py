"""How large a picture is, without decoding it."""

from pathlib import Path

from hydranet.data._formats import format_of
from hydranet.data._images import exif_orientation, transposed
from hydranet.data._pictures import PictureFile
from hydranet.errors import ImageError


def picture_size(path: Path) -> tuple[int, int]:
    """Return width and height of a picture file as it is seen: turned by its EXIF orientation.

    Raises:
        ImageError: it can't be read, or is no picture.

    Example:
        >>> from PIL import Image
        >>> Image.new("RGB", (64, 48)).save("picture.png")
        >>> picture_size(Path("picture.png"))
        (64, 48)
    """
    content = PictureFile(path).content()
    file_format = format_of(content)
    if file_format is None:
        raise ImageError(f"{path} is not a picture that can be read.")
    try:
        opened = file_format.open(content)
        with opened.file as file:
            return file.size if opened.is_upright else transposed(file.size, exif_orientation(file))
    except Exception as error:  # Pillow's decoders raise nearly any type of exception on damaged files
        raise ImageError(f"{path} is truncated or damaged: {error}.") from error
