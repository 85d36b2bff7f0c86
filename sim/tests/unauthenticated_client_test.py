"""Unauthenticated clients connect to every port of a run: each is rejected, and the run does not notice."""

import random
import re
import socket
import tempfile
import threading
import time
import unittest

from faulty_run import FaultyRun
from testing import ROOT, listening_addresses

# It lasts longer than a client is waited for.
SCENARIO = """
name: visited
model: llama-3.2-1b
arms: [splitzip]
repeats: 1
link:
  bandwidth: 250 Mbit/s
workers:
  decode: 2
workload:
  arrivals: closed
  concurrency: 2
  context: 64
  output: 1
  requests: 140
"""
QUICK = {"link.bandwidth": "10 Gbit/s"}
LISTENERS = 3  # the coordinator and two decode workers

HANDSHAKE = 5.0  # seconds, by network/PROTOCOL.md
CHALLENGE_BYTES = 64 + 32
OVERDUE = "the handshake took longer than 5 s"


def worked_example():
    """What a caller says in PROTOCOL.md's example: a hello by another secret, and a chunk."""
    text = (ROOT / "network/PROTOCOL.md").read_text()
    rows = re.findall("```hex\n(.*?)```", text, re.DOTALL)[1].splitlines()
    return bytes.fromhex("".join(row[3:] for row in rows))


class UnauthenticatedClient(threading.Thread):
    """Calls, does as it likes, and listens until it is hung up on."""

    def __init__(self, address, manner, reason):
        super().__init__()
        self.manner = manner
        self.reason = reason  # why it is rejected
        self.socket = socket.create_connection(address)
        self.socket.settimeout(HANDSHAKE + 5)
        self.name = "{}:{}".format(*self.socket.getsockname())
        self.began = time.monotonic()
        self.heard = b""
        self.stayed = None  # seconds
        self.start()

    def run(self):
        try:
            self.manner(self.socket)
            while heard := self.socket.recv(65536):
                self.heard += heard
        except ConnectionError:
            pass  # which is another way of being hung up on
        except TimeoutError:
            return
        finally:
            self.socket.close()
        self.stayed = time.monotonic() - self.began


def babble(connection):
    connection.sendall(random.Random(1).randbytes(4096))


def say_the_hello_of_another_run(connection):
    connection.sendall(worked_example())


def say_a_byte_a_second(connection):
    for byte in worked_example():
        connection.sendall(bytes([byte]))
        time.sleep(1)


def say_nothing(_):
    pass


class UnauthenticatedClientTest(unittest.TestCase):
    def start(self, keys):
        folder = self.enterContext(tempfile.TemporaryDirectory(prefix="splitbench-test-"))
        run = FaultyRun(folder, keys, scenario=SCENARIO)
        self.addCleanup(run.kill)
        deadline = time.monotonic() + 30
        while len(addresses := listening_addresses(run.members())) < LISTENERS:
            self.assertLess(time.monotonic(), deadline, "never listened")
            time.sleep(0.02)
        return run, sorted(addresses)

    def test_each_is_rejected_and_named_and_the_run_does_not_notice(self):
        undisturbed, _ = self.start(QUICK)
        undisturbed.watch()
        run, addresses = self.start({})
        clients = []
        for address in addresses:
            clients += [
                UnauthenticatedClient(address, babble, "message begins with .*, not with"),
                UnauthenticatedClient(
                    address, say_the_hello_of_another_run, "does not know the run's secret"
                ),
                UnauthenticatedClient(address, say_a_byte_a_second, OVERDUE),
            ]
            clients += [UnauthenticatedClient(address, say_nothing, OVERDUE) for _ in range(50)]
        run.watch()
        for client in clients:
            client.join()

        self.assertEqual((run.exit, run.left), (0, []), run.stderr)
        rows = run.result().requests
        self.assertEqual({(row["status"], row["verified"]) for row in rows}, {("ok", True)})
        for key in ("id", "kv_hash"):
            expected = [row[key] for row in undisturbed.result().requests]
            self.assertEqual([row[key] for row in rows], expected)

        lines = run.stderr.splitlines()
        self.assertEqual(len(lines), len(clients))
        for client in clients:
            # Two that called at different ports may have had the same port of their own.
            told = f"rejected {client.name}: .*{client.reason}"
            line = next((line for line in lines if re.search(told, line)), None)
            self.assertIsNotNone(line, f"{told} is not in {run.stderr}")
            lines.remove(line)
            self.assertIsNotNone(client.stayed, f"{line}: was never hung up on")
            self.assertLess(client.stayed, HANDSHAKE + 20)  # a busy machine
            self.assertIn(len(client.heard), (0, CHALLENGE_BYTES), "no more than a challenge")

    def test_nobody_listens_but_where_the_scenario_says(self):
        for keys, host in (({}, "127.0.0.1"), ({"listen": "127.0.0.2"}, "127.0.0.2")):
            _, addresses = self.start(keys)
            self.assertEqual({of_one for of_one, _ in addresses}, {host})


if __name__ == "__main__":
    unittest.main()
