#pragma once
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "network/event_loop.hpp"
#include "network/link/shared_link.hpp"
#include "network/tcp/listener.hpp"
#include "sim/bench/link/link_bench_case.hpp"
#include "workers/plan/chunk_plan.hpp"
#include "workers/transport/flow_receiver.hpp"
#include "workers/transport/flow_sender.hpp"

namespace splitbench {

// Everything that `splitbench link bench` knows of how the two ends of the product's transport are
// made.

/// The options of the wire that the command line gives.
struct WireOptions {
  std::string address = "127.0.0.1";  ///< IPv4 address that the receiver listens on
  std::string sender_namespace;       ///< network namespaces by name; empty: this process's own
  std::string receiver_namespace;
  std::uint64_t pacing = 0;  ///< bit/s that the kernel paces each sender's socket to; 0: none
  TransportOptions transport{.payload_hash = false};
  bool bulk_threads = false;  ///< see ConnectionOptions
};

/// The knowledge that both ends share, made before their processes are forked.
struct Wire {
  explicit Wire(const WireOptions&);

  WireOptions options;
  Secret secret;
};

using PortOpened = std::function<void(std::uint16_t port)>;
using PortOfCaller = std::function<std::uint16_t()>;
using ConnectionLost = std::function<void(const std::string& reason)>;

/// Moves this process into a network namespace for good; does nothing if the name is empty. Throws
/// std::system_error.
void enter_namespace(const std::string& name);

/// Returns a socket as the product has it: connected to `port` of the wire's address, cubic, and
/// paced if the options say so. Throws std::system_error.
asio::ip::tcp::socket connect_to(asio::io_context&, const WireOptions&, std::uint16_t port);
/// Listens on a free port, reports it to `opened`, and returns the connection of one such socket:
/// the one whose own port `caller` returns, once that has called. Others are closed, since a plain
/// socket proves nothing.
asio::ip::tcp::socket accept_one(asio::io_context&, const WireOptions&, const PortOpened& opened,
                                 const PortOfCaller& caller);

/// Staging memory that was written to. Chunks take turns at all of it, whichever slot they are in:
/// nobody reads their bytes, and a transport that takes the slot that was freed last would seem
/// cheaper than it is by what a cache holds. The functions that slots() returns refer to it.
class BenchBuffers {
 public:
  explicit BenchBuffers(std::uint32_t slots) : memory_(slots * kBenchChunk, std::byte{0x5a}) {}

  std::span<std::byte> next() {
    const std::uint64_t at = next_++ * kBenchChunk % memory_.size();
    return std::span(memory_).subspan(at, kBenchChunk);
  }
  SlotMemory slots() {
    return [this](std::uint32_t) { return next(); };
  }

 private:
  std::vector<std::byte> memory_;
  std::uint64_t next_ = 0;
};

/// The product's sender. References must outlive it.
class SenderEnd {
 public:
  /// Connects to `port` of the wire's address; `opened` runs once there is something to send to.
  SenderEnd(asio::io_context&, EventLoop&, SharedLink&, FlowId, const Wire&, std::uint16_t port,
            StagingPlan, SlotMemory, std::function<void()> opened, ConnectionLost);
  Sender& sender() { return sender_; }

 private:
  FlowSender sender_;
};

/// The product's receiver, listening. References must outlive it.
class ReceiverEnd {
 public:
  /// Listens on a free port, which it reports to `opened` before it returns.
  ReceiverEnd(asio::io_context&, EventLoop&, SharedLink&, std::uint32_t senders, const Wire&,
              StagingPlan, SlotMemory, const PortOpened&,
              std::function<void(std::uint32_t sender, const std::string& reason)> lost);
  Receiver& receiver() { return receiver_; }

 private:
  FlowReceiver receiver_;
  Listener listener_;
};

/// Returns a job of one sender, which is about no KV: it has one request of one token.
Job bench_job(std::uint64_t id, std::uint32_t sender);

}  // namespace splitbench
