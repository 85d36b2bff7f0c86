#pragma once
#include <asio/ip/tcp.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

namespace splitbench {

/// An owned file descriptor, which is closed with its owner; -1 owns nothing.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept;
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor();

  int number() const { return number_; }
  /// Returns the number and gives up its ownership: the caller closes it.
  int release() { return std::exchange(number_, -1); }

 private:
  int number_;
};

/// Takes ownership of the descriptor that a system call has just returned. If it is negative,
/// throws std::system_error with errno and what was attempted.
Descriptor checked(int number, const char* attempt);

/// Chooses cubic for the congestion control of a TCP socket. Some hosts default to BBR, which
/// halves loopback throughput or worse; a socket that has begun with BBR keeps its pacing, so this
/// is for listeners and for sockets that are about to connect. A kernel without cubic keeps its
/// default.
void prefer_cubic(int socket);

/// A connected TCP socket that either an io_context or a thread reads, never both: while a thread
/// reads, the socket is detached from the io_context, which every incoming segment would otherwise
/// wake up. Not thread-safe.
class StreamSocket {
 public:
  explicit StreamSocket(asio::ip::tcp::socket);

  /// Makes the socket non-blocking, sets TCP_NODELAY and cubic and, unless `pacing` is 0, limits it
  /// to that many bytes per second. Errors are ignored: reading reports a remote end that is gone.
  void set_options(std::uint64_t pacing);
  std::string congestion_control() const;  ///< the kernel's name for it, such as cubic
  const std::string& remote_address() const { return remote_; }  ///< such as 127.0.0.1:4242

  /// Returns the socket as the io_context has it; it is not open while detached.
  asio::ip::tcp::socket& on_loop() { return socket_; }
  /// Returns the descriptor, attached or not; -1 once it is closed.
  int descriptor() const { return descriptor_; }

  /// Gives the socket back to the io_context, if it was detached; returns the error, if any.
  std::error_code attach();
  /// Takes the socket from the io_context, so that a thread may use its descriptor.
  void detach();

  /// Ends this side's stream: the remote end is notified that nothing more comes, and may still
  /// send.
  void finish();
  void close();

 private:
  asio::ip::tcp::socket socket_;
  int descriptor_;
  std::optional<Descriptor> detached_;  // set while a thread reads instead of the io_context
  asio::ip::tcp protocol_;
  std::string remote_;
};

}  // namespace splitbench
