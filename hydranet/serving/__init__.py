"""An HTTP server: many clients' questions about pictures, for any tasks, share passes through one backbone."""

from hydranet.serving._app import create_app
from hydranet.serving._limits import Limits
from hydranet.serving._server import GracefulServer, bind
from hydranet.serving._service import Service

__all__ = ["GracefulServer", "Limits", "Service", "bind", "create_app"]
