"""How large the pictures of a backbone are: one number of pixels for both sides, or height and width."""

from typing import Annotated, Any

from hydranet.errors import ConfigError

# A batch of such pictures takes gigabytes; more is a mistake, or meant to use up memory.
_LARGEST = 4096


def check_image_size(size: Any) -> int | tuple[int, int]:
    """Return a size of pictures as a backbone holds it.

    Args:
        size: pixels of both sides, or `[height, width]`.

    Raises:
        ConfigError: it is something else, below 1, or above 4096.

    Example:
        >>> check_image_size(160), check_image_size([120, 160])
        (160, (120, 160))
    """
    sides = [size] if _is_number(size) else size
    if not isinstance(sides, list | tuple) or len(sides) not in {1, 2} or not all(map(_is_number, sides)):
        raise ConfigError(f"image_size must be a number of pixels, or [height, width]: received {size!r}.")
    if min(sides) < 1:
        raise ConfigError(f"image_size must be at least 1: received {size}.")
    if max(sides) > _LARGEST:
        raise ConfigError(f"image_size must be at most {_LARGEST}: received {size}.")
    return int(size) if _is_number(size) else (sides[0], sides[-1])


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


class _Checked:
    """Lets pydantic read it with one error where a union would give one for each form."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema

        return core_schema.no_info_plain_validator_function(check_image_size)


ImageSize = Annotated[int | tuple[int, int], _Checked()]
