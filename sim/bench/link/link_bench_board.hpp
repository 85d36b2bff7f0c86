#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "sim/bench/link/link_bench_case.hpp"

namespace splitbench {

/// Zeroed memory that this process shares with its forks. Throws std::system_error if it cannot be
/// mapped.
class SharedPages {
 public:
  explicit SharedPages(std::size_t bytes);
  SharedPages(const SharedPages&) = delete;
  SharedPages& operator=(const SharedPages&) = delete;
  ~SharedPages();

  std::byte* data() const { return memory_.data(); }

 private:
  std::span<std::byte> memory_;
};

/// The memory in which the processes of a bench tell each other, beside the wire, where the
/// receiver listens, who is ready for the next transfer, and what each saw of it. To be made before
/// the processes are forked; each of them may use it at any time.
class BenchBoard {
 public:
  BenchBoard(std::uint32_t transfers, std::uint32_t flows);

  /// Announces the port that the receiver listens on.
  void open(std::uint16_t port) { listening() = port; }
  /// Waits until the receiver listens, and returns its port.
  std::uint16_t port() const;
  /// Announces the port from which the only sender has called.
  void call_from(std::uint16_t port) { calling() = port; }
  /// Waits until the only sender has called, and returns its port.
  std::uint16_t caller() const;

  /// Reports that a sender is ready for a transfer. Once all are, `begin` returns when they begin;
  /// zero until then.
  void arrive(std::uint32_t transfer, Time now);
  Time begin(std::uint32_t transfer) const { return Time(meetings()[transfer].begin.load()); }

  /// Returns the stamps of a flow in a transfer. Each member is written by one process only, and
  /// read when all have ended.
  FlowStamps& stamps(std::uint32_t transfer, std::uint32_t flow) {
    return all_stamps()[std::size_t{transfer} * flows_ + flow];
  }
  /// Returns all stamps: those of each transfer's flows, one transfer behind the other.
  std::span<FlowStamps> all_stamps() const;

  std::uint32_t transfers() const { return transfers_; }

 private:
  struct Meeting {
    std::atomic<std::uint32_t> ready;
    std::atomic<std::int64_t> begin;
  };
  std::atomic<std::uint32_t>& listening() const { return ports()[0]; }
  std::atomic<std::uint32_t>& calling() const { return ports()[1]; }
  std::span<std::atomic<std::uint32_t>, 2> ports() const;
  std::span<Meeting> meetings() const;

  std::uint32_t transfers_;
  std::uint32_t flows_;
  SharedPages pages_;
};

/// Returns the CPU time that this process has used, by itself and in the kernel.
Time cpu_time();

}  // namespace splitbench
