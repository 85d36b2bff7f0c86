#pragma once
#include <asio/ip/tcp.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

namespace splitbench {

/// A file descriptor that is closed with its owner.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept;
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor();

  int number() const { return number_; }
  /// Somebody else closes it from now on.
  int release() { return std::exchange(number_, -1); }

 private:
  int number_;
};

/// What a system call has just returned. Throws std::system_error with what was attempted.
Descriptor checked(int number, const char* attempt);

/// Some hosts default to BBR, which halves loopback and more; a socket that has begun with it keeps
/// its pacing, so this is for listeners and for sockets that are about to connect. A kernel without
/// cubic stays with what it has.
void prefer_cubic(int socket);

/// A connected TCP socket that either an io_context or a thread reads, never both: while a thread
/// does, the socket is taken from the io_context, which would else be woken by every segment that
/// comes.
class StreamSocket {
 public:
  explicit StreamSocket(asio::ip::tcp::socket);

  /// Makes it non-blocking, without delay, cubic and, unless `pacing` is 0, no faster than so many
  /// bytes per second.
  void set_options(std::uint64_t pacing);
  std::string congestion_control() const;            ///< the kernel's word for it, such as cubic
  const std::string& peer() const { return peer_; }  ///< such as 127.0.0.1:4242

  /// The socket as the io_context has it, unless it is detached.
  asio::ip::tcp::socket& on_loop() { return socket_; }
  /// The socket's, whoever has it; -1 once it is closed.
  int descriptor() const { return descriptor_; }

  /// Gives the socket back to the io_context, if it was taken from it.
  std::error_code attach();
  void detach();

  /// The peer is told that nothing more comes; it may still send.
  void finish();
  void close();

 private:
  asio::ip::tcp::socket socket_;
  int descriptor_;
  std::optional<Descriptor> detached_;  // while a thread reads and the io_context does not
  asio::ip::tcp protocol_;
  std::string peer_;
};

}  // namespace splitbench
