#include "workers/process/worker_process.hpp"

#include <asio/connect.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <future>
#include <memory>
#include <stdexcept>
#include <sys/prctl.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

#include "workers/process/control_channel.hpp"
#include "workers/process/worker_role.hpp"

namespace splitbench {
namespace {

using asio::ip::tcp;

tcp::socket connect(asio::io_context& io, const std::string& host, std::uint16_t port) {
  tcp::socket socket(io);
  std::error_code error;
  const auto targets = tcp::resolver(io).resolve(host, std::to_string(port), error);
  if (!error) asio::connect(socket, targets, error);
  if (error) throw std::system_error(error, "connect to " + host + ":" + std::to_string(port));
  return socket;
}

Secret secret_of_the_run() {
  const char* hex = std::getenv(kSecretVariable);
  if (!hex)
    throw std::runtime_error(std::string("a worker needs the run's secret in ") + kSecretVariable);
  const Secret secret = Secret::from_hex(hex);
  unsetenv(kSecretVariable);  // child processes have no use for it
  return secret;
}

/// Serves the io_context a little longer, so that the coordinator learns of a failure.
void flush(asio::io_context& io) {
  try {
    io.restart();
    io.run_for(std::chrono::milliseconds(100));
  } catch (const std::exception&) {
    // This is the same failure, seen from another connection or lane.
  }
}

bool run_worker(WorkerKind kind, const Secret& secret, const std::string& host,
                std::uint16_t port) {
  const bool prefill = kind == WorkerKind::prefill;

  asio::io_context io(1);
  ControlChannel channel(connect(io, host, port));
  const auto make_role = prefill ? make_prefill_role : make_decode_role;
  std::unique_ptr<WorkerRole> role;
  channel.call(secret, {{"role", prefill ? "prefill" : "decode"}, {"pid", getpid()}},
               {.opened = {},
                .message =
                    [&](const ControlMessage& message) {
                      std::visit(Overloaded{[&](const Stop&) { io.stop(); },
                                            [&](const Ping&) { channel.send(Pong{}); },
                                            [&](const WorkerSetup& setup) {
                                              if (role) throw unexpected(message);
                                              role = make_role(io, setup, secret, channel);
                                            },
                                            [&](const auto&) {
                                              if (!role) throw unexpected(message);
                                              role->handle(message);
                                            }},
                                 message);
                    },
                .closed =
                    [](const std::string& reason) {
                      throw std::runtime_error("lost the coordinator: " + reason);
                    }});
  try {
    io.run();
  } catch (const std::exception& error) {
    channel.send(Failed{error.what()});
    flush(io);
    return false;
  }
  return true;
}

}  // namespace

bool run_workers(std::span<const WorkerKind> kinds, const std::string& host, std::uint16_t port) {
  prctl(PR_SET_TIMERSLACK, 1);  // nanoseconds; threads created from now on inherit it
  const Secret secret = secret_of_the_run();
  std::vector<std::future<bool>> workers;
  for (const WorkerKind kind : kinds)
    workers.push_back(std::async(std::launch::async, [&, kind] {
      try {
        return run_worker(kind, secret, host, port);
      } catch (const std::exception& error) {
        if (kinds.size() == 1) throw;
        // The other workers would go on, and the coordinator wait for this one.
        std::fprintf(stderr, "splitbench: %s\n", error.what());
        std::_Exit(1);
      }
    }));
  bool fine = true;
  for (std::future<bool>& worker : workers) fine = worker.get() && fine;
  return fine;
}

}  // namespace splitbench
