#include "workers/process/worker_process.hpp"

#include <asio/connect.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <sys/prctl.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

#include "network/tcp/call_attempts.hpp"
#include "workers/process/control_channel.hpp"
#include "workers/process/worker_role.hpp"
#include "workloads/printable_text.hpp"

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

/// Reads the secret from standard input, where nothing is left of it; other processes see what is
/// in arguments and in the environment.
Secret secret_of_the_run() {
  if (isatty(STDIN_FILENO))
    throw std::runtime_error("a worker reads its run's secret from standard input, not a terminal");
  std::string digits(Secret::kDigits, '\0');
  std::size_t length = 0;
  while (length < digits.size()) {
    const ssize_t n = read(STDIN_FILENO, digits.data() + length, digits.size() - length);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw std::system_error(errno, std::generic_category(), "read the run's secret");
    if (n == 0) break;
    length += static_cast<std::size_t>(n);
  }
  return Secret::from_hex(std::string_view(digits).substr(0, length));
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

/// One worker: its connection to the coordinator, and the role that it has once it is set up.
class Worker {
 public:
  Worker(WorkerKind kind, const Secret& secret, std::string host, std::uint16_t port)
      : prefill_(kind == WorkerKind::prefill),
        secret_(secret),
        host_(std::move(host)),
        port_(port),
        retry_(io_) {
    call();
  }

  /// Works until the coordinator says stop, and returns true; or until something fails, of which
  /// the coordinator is told if it is still there, and returns false. Throws what fails before the
  /// coordinator has let this worker in.
  bool run() {
    try {
      io_.run();
      return true;
    } catch (const std::exception& error) {
      if (!opened_) throw;
      channel_->send(Failed{error.what()});
      flush(io_);
      return false;
    }
  }

 private:
  void call() {
    channel_.emplace(connect(io_, host_, port_));
    channel_->call(secret_, {{"role", prefill_ ? "prefill" : "decode"}, {"pid", getpid()}},
                   {.opened = [this](const nlohmann::json&) { opened_ = true; },
                    .message = [this](const ControlMessage& message) { handle(message); },
                    .closed = [this](const std::string& why) { closed(why); }});
  }

  void closed(const std::string& why) {
    const bool again = channel_->connection()->was_turned_away();
    const auto pause = again ? attempts_.turned_away(why) : std::nullopt;
    if (!pause) throw std::runtime_error("lost the coordinator: " + attempts_.first_reason(why));
    retry_.expires_after(*pause);
    retry_.async_wait([this](std::error_code) { call(); });
  }

  void handle(const ControlMessage& message) {
    const auto make_role = prefill_ ? make_prefill_role : make_decode_role;
    std::visit(
        Overloaded{[&](const Stop&) { io_.stop(); }, [&](const Ping&) { channel_->send(Pong{}); },
                   [&](const WorkerSetup& setup) {
                     if (role_) throw unexpected(message);
                     role_ = make_role(io_, setup, secret_, *channel_);
                   },
                   [&](const auto&) {
                     if (!role_) throw unexpected(message);
                     role_->handle(message);
                   }},
        message);
  }

  const bool prefill_;
  const Secret& secret_;
  const std::string host_;
  const std::uint16_t port_;
  asio::io_context io_{1};
  asio::steady_timer retry_;
  CallAttempts attempts_;
  bool opened_ = false;
  std::optional<ControlChannel> channel_;
  std::unique_ptr<WorkerRole> role_;
};

}  // namespace

bool run_workers(std::span<const WorkerKind> kinds, const std::string& host, std::uint16_t port) {
  prctl(PR_SET_TIMERSLACK, 1);  // nanoseconds; threads created from now on inherit it
  const Secret secret = secret_of_the_run();
  std::vector<std::future<bool>> workers;
  for (const WorkerKind kind : kinds)
    workers.push_back(std::async(std::launch::async, [&, kind] {
      try {
        return Worker(kind, secret, host, port).run();
      } catch (const std::exception& error) {
        if (kinds.size() == 1) throw;
        // The other workers would go on, and the coordinator wait for this one.
        say(error.what());
        std::_Exit(1);
      }
    }));
  bool fine = true;
  for (std::future<bool>& worker : workers) fine = worker.get() && fine;
  return fine;
}

}  // namespace splitbench
