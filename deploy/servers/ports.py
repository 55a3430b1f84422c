"""Ports of 127.0.0.1 for the embedded servers: chosen once, then kept, so that clients find a restarted server."""

from __future__ import annotations

import json
import random
import socket
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from deploy.errors import ServerError
from deploy.private_files import write_private

HOST: Final = "127.0.0.1"
# Below the range from which systems take the ports of outgoing connections: there, a client that keeps trying to
# reach a dead server can be given the server's own port, talk to itself, and so keep the server from coming back.
CANDIDATES: Final = range(15_000, 32_000)
ATTEMPTS: Final = 200


def is_free(port: int) -> bool:
    """Whether a server could listen there now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def is_open(port: int) -> bool:
    """Whether something listens there now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        return probe.connect_ex((HOST, port)) == 0


def claim(path: Path, names: Iterable[str]) -> dict[str, int]:
    """A free port for each name: those kept in the file as far as they are still free, new ones otherwise."""
    earlier = kept(path)
    chosen: dict[str, int] = {}
    for name in names:
        port = earlier.get(name)
        chosen[name] = port if port is not None and is_free(port) else _choose(chosen.values())
    if chosen != earlier:
        write_private(path, json.dumps(chosen))
    return chosen


def kept(path: Path) -> dict[str, int]:
    """What `claim` wrote last, or nothing."""
    try:
        ports: dict[str, int] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return ports


def _choose(taken: Iterable[int]) -> int:
    for port in random.sample(CANDIDATES, ATTEMPTS):
        if port not in taken and is_free(port):
            return port
    raise ServerError(f"No free port on {HOST} between {CANDIDATES.start} and {CANDIDATES.stop}: stop some servers")
