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
/// in order. The socket is non-blocking and not owned; it must stay open until the mover is
/// destroyed. The mover is destroyed on the thread that runs the executor.
class BulkMover {
 public:
  /// Starts the thread; `done` handlers run on the executor. Throws std::system_error.
  BulkMover(asio::any_io_executor, int socket);
  /// Stops the thread without waiting for the remote end: the current job ends within a piece of
  /// 256 KiB. Afterwards no memory of any job is touched, and no handler runs.
  ~BulkMover();

  struct Reading {
    std::span<std::byte> payload;
    std::size_t left = 0;  ///< bytes still to come, the last ones of `payload`
    bool hashed = false;
    std::span<std::byte> ahead;  ///< takes bytes behind the payload that have come already
  };
  struct Read {
    std::error_code error;   ///< asio::error::eof if the stream ended
    std::size_t ahead = 0;   ///< number of bytes in Reading::ahead
    std::uint64_t hash = 0;  ///< hash of the whole payload, if Reading::hashed
  };
  /// Queues a job that reads a payload. Its memory must live until `done` or until the mover is
  /// destroyed; the same holds for write().
  void read(const Reading&, std::function<void(const Read&)> done);

  struct Writing {
    std::span<std::byte> header;  ///< header of a message, or what is left of it
    std::span<const std::byte> payload;
    bool hashed = false;  ///< the payload's hash is written into the header, which is then whole
  };
  /// Queues a job that writes a message, or the rest of one.
  void write(const Writing&, std::function<void(std::error_code)> done);

  /// Pauses the thread, even in the middle of a job, or lets it continue.
  void hold(bool held);
  /// Returns the number of bytes that the socket gave or took since the mover was made.
  std::size_t moved() const { return moved_; }
  /// Returns whether the thread made progress since the last call.
  bool has_progressed() { return progressed_.exchange(false); }

 private:
  void add(std::function<void()> job);
  void wake();
  void serve();
  std::function<void()> next_job();
  void report(std::function<void()> outcome);

  Read read_now(const Reading&);
  std::error_code write_now(const Writing&);
  /// Waits while the mover is held; returns false when the thread is to stop.
  bool may_go_on();
  /// Waits until the socket may be ready, or wake() is called.
  void wait(int socket, short events);
  /// Notes that the thread made progress and moved that many bytes.
  void stir(std::size_t moved);

  asio::any_io_executor executor_;
  const int socket_;
  Descriptor wakeup_;
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> held_ = false;
  std::atomic<bool> progressed_ = false;
  std::atomic<std::size_t> moved_ = 0;
  std::mutex mutex_;
  std::deque<std::function<void()>> jobs_;
  std::shared_ptr<char> alive_;  // gone with the mover: what was posted before does nothing then
  std::thread thread_;
};

}  // namespace splitbench
