"""How the modules of this package name their figures."""

from collections.abc import Callable

from hydranet.drawings._scene import Figure


def collect_into(figures: dict[str, Figure]) -> Callable[[Figure], Figure]:
    """Return a decorator that enters a function into `figures` under its own name, without the underscore."""

    def enter(figure: Figure) -> Figure:
        figures[figure.__name__.strip("_")] = figure  # type: ignore[attr-defined]
        return figure

    return enter
