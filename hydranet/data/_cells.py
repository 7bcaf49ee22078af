"""What stands in the cells of a table: labels as they are written, in other letters that look alike, or missing."""

import unicodedata

# What programs write for a value that there is not, in upper or lower case.
MISSING_WORDS = ("nan", "na", "n/a", "#n/a", "<na>", "none", "null", "?", "-")

# They are never seen, and mean nothing in any script. (Joiners do in some, so they stay.)
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u2060\ufeff\u00ad"))


def clean(text: str) -> str:
    """Return a cell without invisible signs and spaces around it, its letters composed in one way (Unicode's NFC).

    Example:
        >>> clean(" cafe\\u0301\\u200b ") == "caf\\u00e9"
        True
    """
    return unicodedata.normalize("NFC", text.translate(_INVISIBLE)).strip()
