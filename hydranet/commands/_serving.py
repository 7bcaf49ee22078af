"""The command that answers over HTTP."""

import argparse
import os
import sys
from importlib.util import find_spec
from pathlib import Path

from hydranet.commands._options import engine_options, model_option
from hydranet.commands._shared import open_predictor, print_text
from hydranet.errors import ConfigError

_NEEDED = ("starlette", "uvicorn", "httptools", "prometheus_client", "python_multipart")


def serve_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `serve`."""
    from hydranet.serving import Limits

    limits = Limits()
    model_option(parser)
    engine_options(parser)
    parser.add_argument("--host", default="127.0.0.1", help="to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8000, help="0 takes a free one (default: %(default)s)")
    parser.add_argument(
        "--batch-size", type=int, default=32, metavar="N", help="pictures in one pass (default: %(default)s)"
    )
    parser.add_argument(
        "--max-queue",
        type=int,
        default=limits.max_queue,
        metavar="N",
        help="pictures that may wait (default: %(default)s)",
    )
    parser.add_argument(
        "--timeout",
        type=float,
        default=limits.timeout,
        metavar="SECONDS",
        help="of one request (default: %(default)g)",
    )
    parser.add_argument(
        "--max-body-mb",
        type=float,
        default=limits.max_body_mb,
        metavar="MB",
        help="of one request (default: %(default)g)",
    )
    parser.add_argument(
        "--max-megapixels",
        type=float,
        default=limits.max_megapixels,
        metavar="N",
        help="to decode of one picture (default: %(default)g)",
    )
    parser.add_argument("--heads", metavar="DIR", help="a folder whose .head files are taken in and let go")
    parser.add_argument(
        "--admin-token-file",
        metavar="FILE",
        help="holds the token that lets heads be changed over HTTP; or set HYDRANET_ADMIN_TOKEN",
    )
    parser.add_argument("--log-requests", action="store_true", help="a line on stderr for each")


def serve(options: argparse.Namespace) -> None:
    """Answer every task about pictures that clients send, until SIGTERM or Ctrl-C."""
    _check_installed()
    from hydranet.serving import GracefulServer, Limits, Service, bind, create_app

    limits = Limits(
        max_queue=options.max_queue,
        timeout=options.timeout,
        max_body_mb=options.max_body_mb,
        max_megapixels=options.max_megapixels,
    )
    token = _admin_token(options)
    with bind(options.host, options.port) as socket:
        predictor = open_predictor(options, batch_size=options.batch_size)
        service = Service(
            predictor=predictor, model_name=_model_name(options.run), limits=limits, admin_token=token
        )
        app = create_app(service, heads_dir=Path(options.heads) if options.heads else None)
        host, port = socket.getsockname()[:2]
        address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

        def announce() -> None:
            print_text(
                f"Serving {', '.join(predictor.tasks)} at http://{address} "
                f"(engine {predictor.engine}, {predictor.precision}); reference: http://{address}/docs"
            )

        GracefulServer(app, service, log_requests=options.log_requests, on_started=announce).run([socket])
    if service.has_left_threads:
        _leave()


def _leave() -> None:
    """End the process at once: a thread that is still in a library would be torn out of it, and abort the process."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def _check_installed() -> None:
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        raise ConfigError(f"Serving needs {', '.join(missing)}: pip install 'hydranet[serve]'.")


def _model_name(run: str) -> str:
    path = Path(run).resolve()
    return path.stem if path.is_file() else path.name


def _admin_token(options: argparse.Namespace) -> str | None:
    """Return the token that lets heads be changed: from the file, or else the environment."""
    if not options.admin_token_file:
        return os.environ.get("HYDRANET_ADMIN_TOKEN") or None
    path = Path(options.admin_token_file)
    try:
        token = path.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        raise ConfigError(f"--admin-token-file {path} can't be read: {error}.") from error
    if not token:
        raise ConfigError(
            f"--admin-token-file {path} is empty: expected a token, such as 32 random characters."
        )
    return token
