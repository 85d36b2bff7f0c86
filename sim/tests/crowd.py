"""Clients that do not authenticate, in a process of their own: crowd.py MANNER COUNT.

Holds COUNT connections to the addresses that come on standard input, a line "HOST PORT" each, until the input ends. Who
is hung up on calls again. Then says how many calls there were.
"""

import errno
import os
import random
import resource
import select
import socket
import sys
import time

BYTES = random.Random(1).randbytes(4096)
HEADER = bytes.fromhex("535350420203000050000000")  # of a hello, as PROTOCOL.md has it
MANNERS = {"idle": b"", "half-open": HEADER, "garbage": BYTES}
AGAIN = 2  # calls of those that were hung up on, at most, in each hundredth of a second


class Crowd:
    def __init__(self, manner, count):
        self.manner = manner
        self.count = count
        self.addresses = []
        self.connections = {}  # by descriptor: the socket, and what it has yet to say
        self.calls = 0
        self.poll = select.epoll()
        self.poll.register(sys.stdin, select.EPOLLIN)
        os.set_blocking(sys.stdin.fileno(), False)

    def serve(self):
        """Until the input ends."""
        spoken = time.monotonic()
        while True:
            time.sleep(0.01)
            for descriptor, _ in self.poll.poll(0):
                if descriptor == sys.stdin.fileno():
                    if not self.hear():
                        return
                elif self.is_over(descriptor):
                    self.connections.pop(descriptor)[0].close()
            if self.addresses:
                missing = self.count - len(self.connections)
                first = max(0, self.count - self.calls)
                for _ in range(min(missing, first + AGAIN)):
                    self.call()
            if time.monotonic() - spoken > 1:
                spoken = time.monotonic()
                for descriptor in list(self.connections):
                    self.say(descriptor)

    def hear(self):
        """New addresses; False at the end."""
        said = os.read(sys.stdin.fileno(), 65536).decode()
        self.addresses += [tuple(line.split()) for line in said.splitlines()]
        return said

    def call(self):
        host, port = self.addresses[self.calls % len(self.addresses)]
        self.calls += 1
        connection = socket.socket()
        connection.setblocking(False)
        if connection.connect_ex((host, int(port))) not in (0, errno.EINPROGRESS):
            return connection.close()
        descriptor = connection.fileno()
        self.connections[descriptor] = (connection, MANNERS[self.manner])
        self.poll.register(connection, select.EPOLLIN | select.EPOLLRDHUP)
        if self.manner == "garbage":
            self.say(descriptor)

    def say(self, descriptor):
        """All of the garbage at once, a byte of what looks like a hello."""
        connection, words = self.connections[descriptor]
        now = words if self.manner == "garbage" else words[:1]
        try:
            if now:
                connection.send(now)
                self.connections[descriptor] = (connection, words[len(now) :])
        except OSError:
            pass  # not connected yet, or not any more

    def is_over(self, descriptor):
        try:
            return self.connections[descriptor][0].recv(65536) == b""
        except BlockingIOError:
            return False
        except OSError:
            return True


if __name__ == "__main__":
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    crowd = Crowd(sys.argv[1], int(sys.argv[2]))
    crowd.serve()
    print(crowd.calls)
