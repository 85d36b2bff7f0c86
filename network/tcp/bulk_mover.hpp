#pragma once
#include <asio/any_io_executor.hpp>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <system_error>
#include <thread>

#include "network/tcp/stream_socket.hpp"

namespace splitbench {

/// A thread that moves large payloads between a socket and memory, and hashes them: the bytes of
/// one direction of one connection, so that several connections move theirs at once. Jobs are done
/// in order. The socket is its owner's, does not block, and is closed after the mover is gone.
class BulkMover {
 public:
  /// The handlers of jobs run there.
  BulkMover(asio::any_io_executor, int socket);
  /// Waits for no peer: the job in hand ends within a piece of some 100 kB. From then on no memory
  /// of any job is touched, and no handler runs.
  ~BulkMover();

  struct Reading {
    std::span<std::byte> payload;
    std::size_t left = 0;  ///< of the payload, its last bytes; the others have come
    bool hashed = false;
    std::span<std::byte> ahead;  ///< takes what has come behind the payload already
  };
  struct Read {
    std::error_code error;  ///< asio::error::eof among them
    std::size_t ahead = 0;
    std::uint64_t hash = 0;  ///< of the whole payload, if it shall be hashed
  };
  void read(const Reading&, std::function<void(const Read&)> done);

  struct Writing {
    std::span<std::byte> header;  ///< of a message, or what is left of it
    std::span<const std::byte> payload;
    bool hashed = false;  ///< the payload's hash belongs into the header, which is whole
  };
  void write(const Writing&, std::function<void(std::error_code)> done);

  /// Whether it shall stand still from now on, even in the middle of a job.
  void hold(bool held);
  /// Bytes that the socket gave or took since the mover was made.
  std::size_t moved() const { return moved_; }
  /// Whether it got on with anything since it was asked last.
  bool has_stirred() { return stirred_.exchange(false); }

 private:
  void add(std::function<void()> job);
  void wake();
  void serve();
  std::function<void()> next_job();
  void report(std::function<void()> outcome);

  Read read_now(const Reading&);
  std::error_code write_now(const Writing&);
  /// False when the owner wants no more.
  bool may_go_on();
  /// Until the socket may be ready, or the owner wants something.
  void wait(int socket, short events);
  void stir(std::size_t moved);

  asio::any_io_executor executor_;
  const int socket_;
  Descriptor wakeup_;
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> held_ = false;
  std::atomic<bool> stirred_ = false;
  std::atomic<std::size_t> moved_ = 0;
  std::mutex mutex_;
  std::deque<std::function<void()>> jobs_;
  std::shared_ptr<char> alive_;  // what was posted may come too late
  std::thread thread_;
};

}  // namespace splitbench
