#pragma once
#include <asio/io_context.hpp>
#include <asio/ip/address.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <system_error>

#include "network/tcp/connection.hpp"

namespace splitbench {

/// Bounds on the connections of a listener that have not authenticated.
struct CallerBounds {
  std::size_t in_all = 0;
  std::size_t per_source = 0;  ///< from one IPv4 address, or from one IPv6 network of 64 bits
  /// The time in which a caller may authenticate before it can be turned away for another one.
  std::chrono::milliseconds grace{50};

  /// Returns bounds for a listener that `expected` connections of its own run may call at once, all
  /// of them from one address. Others can have at most an eighth of the descriptors that this
  /// process may open, and 512; those of one address can have half of that.
  static CallerBounds beside(std::size_t expected);
};

/// A listening TCP socket that survives its callers: clients that do not authenticate, however many
/// there are and whatever they send, take neither the descriptors that the run needs nor the place
/// of a caller that knows the secret.
///
/// One place is kept free for the next caller, of every source. For that the oldest unauthenticated
/// connection is turned away, but none before its grace is over: until then further callers wait in
/// the kernel's queue. So a flood of connections costs no more accepts than the bound in each
/// grace. A caller of the run that is turned away nevertheless may call again (CallAttempts).
///
/// Want of descriptors or memory turns away the oldest unauthenticated connection, or waits until
/// there is some. Not thread-safe: it lives on the io_context's thread, which does not run any more
/// when the listener is destroyed.
class Listener {
 public:
  /// Takes over the socket of a caller, and returns the connection that has begun to answer it.
  using Answer = std::function<std::shared_ptr<Connection>(asio::ip::tcp::socket)>;

  /// Listens from now on, with cubic; port 0 chooses a free one. Throws std::system_error if it
  /// cannot. Should the socket become unusable later, std::system_error leaves the io_context's
  /// run().
  Listener(asio::io_context&, const asio::ip::tcp::endpoint&, CallerBounds, Answer);
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  asio::ip::tcp::endpoint address() const { return acceptor_.local_endpoint(); }

 private:
  using Clock = std::chrono::steady_clock;
  struct Caller {
    std::weak_ptr<Connection> connection;
    asio::ip::address source;
    Clock::time_point since;
  };
  using Callers = std::list<Caller>;

  void accept_next();
  void accepted(std::error_code, asio::ip::tcp::socket);
  void answer(asio::ip::tcp::socket);
  /// Makes room after an error that says that something ran out.
  void relieve();
  void forget_authenticated();
  /// Returns the caller that has to leave before the next one can be accepted; the end if none.
  Callers::iterator excess();
  std::size_t count_of(const asio::ip::address& source) const;
  void turn_away(Callers::iterator, const std::string& why);
  void accept_at(Clock::time_point);

  const CallerBounds bounds_;
  const Answer answer_;
  asio::ip::tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  Callers callers_;  // those that have not authenticated, the oldest first
};

}  // namespace splitbench
