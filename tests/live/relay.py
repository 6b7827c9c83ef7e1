# SPDX-License-Identifier: MIT
"""Passes bytes on to a port of the real domain controller and keeps what crossed, whatever it was."""

from __future__ import annotations

import contextlib
import socket
import threading
from types import TracebackType
from typing import Self


class Relay:
    """Listens on 127.0.0.1 unless told otherwise.

    `crossed` is every byte of both directions, as somebody on the wire sees it.
    """

    def __init__(self, address: str, port: int, *, at: tuple[str, int] = ("127.0.0.1", 0)) -> None:
        """Pass on to ``address`` and ``port`` what comes in ``at`` an address and a port (0: any)."""
        self.crossed = bytearray()
        self._target = (address, port)
        self._listener = socket.create_server(at)
        self._sockets: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, name="relay")]
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for one in [*self._sockets, self._listener]:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        for thread in self._threads:
            thread.join(10)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                try:
                    server = socket.create_connection(self._target)
                except OSError:
                    client.close()  # nobody is there
                    continue
                self._sockets += [client, server]
                for pair in ((client, server), (server, client)):
                    thread = threading.Thread(target=self._pass_on, args=pair, name="relay")
                    self._threads.append(thread)
                    thread.start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                self.crossed += data
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
