"""What lets `keras.models.load_model` find hydranet's classes once hydranet is imported, before or after Keras.

Keras finds a class of a saved file by a name that was registered. Registering the classes themselves would import the
model, and TensorFlow with it; so stand-ins are registered, when Keras is there, and give way to the classes when one
is asked for.
"""

import importlib
import sys
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # what would be loaded for these would take longer than the rest
    from importlib.abc import Loader
    from importlib.machinery import ModuleSpec

# Those that stand in files, and who has them; `Backbone` is the trunk of version 0.1.
_MODULES = {
    **dict.fromkeys(("HydraNet", "Trunk", "Tail", "Backbone"), "hydranet.model"),
    **dict.fromkeys(("AttentionPooling", "PresentAverage"), "hydranet.heads._poolings"),
}


def register_for_keras() -> None:
    """Let Keras know what its `load_model` may find, now or as soon as Keras is imported."""
    if sys.modules.get("keras") is not None:
        _register()
    else:
        sys.meta_path.insert(0, _WhenKerasIsImported())  # type: ignore[arg-type]


def _register() -> None:
    known = sys.modules["keras"].saving.get_custom_objects()
    for name, module in _MODULES.items():
        known.setdefault(f"hydranet>{name}", _stand_in(name, module))


def _stand_in(name: str, module: str) -> type:
    def from_config(cls: type, config: Mapping[str, Any]) -> Any:
        importlib.import_module(module)  # registers the class in the stand-in's place
        return sys.modules["keras"].saving.get_custom_objects()[f"hydranet>{name}"].from_config(config)

    return type(name, (), {"from_config": classmethod(from_config)})


class _WhenKerasIsImported:
    """Finds nothing itself, but has the stand-ins registered at the end of Keras's import."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> "ModuleSpec | None":
        """Return where Keras is, as others find it; None for all other modules."""
        others = (finder for finder in sys.meta_path if finder is not self)
        found = (finder.find_spec(fullname, path, target) for finder in others) if fullname == "keras" else ()
        spec = next(filter(None, found), None)
        if spec is not None and spec.loader is not None:
            self._follow(spec.loader)
        return spec

    def _follow(self, loader: "Loader") -> None:
        execute = loader.exec_module

        def execute_and_register(module: ModuleType) -> None:
            execute(module)
            _register()
            sys.meta_path.remove(self)

        loader.exec_module = execute_and_register  # type: ignore[method-assign]
