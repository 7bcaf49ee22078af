"""An HTTP server: many clients' questions about pictures, for any tasks, share passes through one backbone.

What needs the extra `serve` is loaded when it is first used, so that `Limits` can be had without it.

Example:
    >>> from hydranet.serving import Limits
    >>> Limits().max_queue
    256
"""

import importlib
from typing import TYPE_CHECKING, Any

from hydranet.serving._limits import Limits

if TYPE_CHECKING:
    from hydranet.serving._app import create_app
    from hydranet.serving._server import GracefulServer, bind
    from hydranet.serving._service import Service

_MODULES = {"create_app": "_app", "GracefulServer": "_server", "bind": "_server", "Service": "_service"}

__all__ = ["GracefulServer", "Limits", "Service", "bind", "create_app"]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module 'hydranet.serving' has no attribute {name!r}")
    return getattr(importlib.import_module(f"hydranet.serving.{_MODULES[name]}"), name)
