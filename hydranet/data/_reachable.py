"""Whether there is a network, asked before a library that would wait for one."""

import http.client
import threading
import urllib.error
import urllib.request

_PROBE_SECONDS = 5.0


def is_reachable(url: str) -> bool:
    """Return whether a host answers within seconds, where libraries would try again for long."""
    answers = []

    def probe() -> None:
        try:
            urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=_PROBE_SECONDS).close()
            answers.append(True)
        # A host that refuses the question is still there; a proxy that can't reach it answers 5xx.
        except urllib.error.HTTPError as error:
            answers.append(error.code < 500)
        except (OSError, http.client.HTTPException):
            answers.append(False)

    # In a thread, because no time limit applies to the look-up of the host's name.
    thread = threading.Thread(target=probe, daemon=True)
    thread.start()
    thread.join(_PROBE_SECONDS)
    return answers == [True]
