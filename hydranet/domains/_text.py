"""What a run says of its heads and the domain that they were to be adapted to."""

from collections.abc import Mapping
from typing import Any


def adoption_text(said: Mapping[str, Any]) -> str:
    """Return what `metrics.json` says of a head and its domain, as a sentence."""
    pictures = f"{said['num_unlabelled']:,} pictures of the domain"
    if not said["num_labelled"]:
        return (
            f"adapted by {said['method']} to {pictures}; whether that helps can't be known, because no labelled "
            "pictures of it are given"
        )
    metric = said["metric"].replace("_", " ")
    tried = ", ".join(f"{value:.3f} by {kind}" for kind, value in said["methods"].items())
    ends = "can't be known" if said["interval"] is None else "{:+.3f} to {:+.3f}".format(*said["interval"])
    taken = f"{said['method']} is adopted" if said["adopted"] else "it is not adapted"
    return (
        f"{taken}: on {said['num_labelled']} labelled pictures of the domain {metric} is {said['source_only']:.3f} by "
        f"the source alone, {tried} from {pictures}; gain {said['gain']:+.3f}, 95 % interval {ends}"
    )
