#pragma once
#include <cstdint>

// A thread that tries to wait sleeps for a while, and takes no turns from those that work.
#if __CUDA_ARCH__ >= 900
#define SPLITBENCH_MBARRIER_WAIT "try_wait"
#else
#define SPLITBENCH_MBARRIER_WAIT "test_wait"
#endif

namespace splitbench {

/// A barrier in shared memory that completes a phase with every `count`-th arrival (an mbarrier). A
/// thread that waits for a phase sees what was written before its arrivals. Phases count from 0;
/// the one waited for is the last completed or the current one.
class Barrier {
 public:
  /// Initializes the barrier. Called by one thread; the block synchronizes before the first use.
  __device__ void init(std::uint32_t count) {
    asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(address()), "r"(count) : "memory");
  }

  __device__ void arrive() {
    asm volatile(
        "{ .reg .b64 state; mbarrier.arrive.shared::cta.b64 state, [%0]; }" ::"r"(address())
        : "memory");
  }

  /// Starts a copy from global to shared memory; the current phase does not complete before the
  /// copy ends. Called by one whole warp, the same one that calls arrive_with_copies. Both
  /// addresses and the number of bytes are multiples of 16.
  __device__ void copy(void* to, const void* from, std::uint32_t bytes) {
    const auto shared = static_cast<std::uint32_t>(__cvta_generic_to_shared(to));
#if __CUDA_ARCH__ >= 900
    if (threadIdx.x % 32 != 0) return;
    asm volatile("mbarrier.expect_tx.relaxed.cta.shared::cta.b64 [%0], %1;" ::"r"(address()),
                 "r"(bytes)
                 : "memory");
    asm volatile(
        "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1], %2, [%3];" ::
            "r"(shared),
        "l"(from), "r"(bytes), "r"(address())
        : "memory");
#else
    for (std::uint32_t at = threadIdx.x % 32 * 16; at < bytes; at += 32 * 16) {
      asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(shared + at),
                   "l"(static_cast<const std::byte*>(from) + at)
                   : "memory");
    }
#endif
  }

  static constexpr std::uint32_t kCopyArrivals = 32;

  /// Makes kCopyArrivals arrivals. Called by the whole warp that copies.
  __device__ void arrive_with_copies() {
#if __CUDA_ARCH__ < 900
    asm volatile("cp.async.mbarrier.arrive.noinc.shared::cta.b64 [%0];" ::"r"(address())
                 : "memory");
#else
    arrive();
#endif
  }

  __device__ void wait(std::uint32_t phase) {
    std::uint32_t complete = 0;
    while (complete == 0) {
      asm volatile("{ .reg .pred done; mbarrier." SPLITBENCH_MBARRIER_WAIT
                   ".parity.shared::cta.b64 done, [%1], %2;"
                   "  selp.u32 %0, 1, 0, done; }"
                   : "=r"(complete)
                   : "r"(address()), "r"(phase & 1)
                   : "memory");
    }
  }

 private:
  __device__ std::uint32_t address() const {
    return static_cast<std::uint32_t>(__cvta_generic_to_shared(&word_));
  }

  std::uint64_t word_;
};

/// Orders the calling thread's writes to shared memory before copies into it that begin later.
__device__ inline void order_before_copies() {
#if __CUDA_ARCH__ >= 900
  asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
#endif
}

/// The barriers of a ring of `kSlots` buffers, between the threads that fill and those that empty
/// them.
template <int kSlots>
struct Ring {
  Barrier full[kSlots], empty[kSlots];

  /// A thread's place in the ring: its slot, and how often it has gone round.
  struct Place {
    std::uint32_t slot = 0;
    std::uint32_t round = 0;

    __device__ void operator++() {
      if (++slot < kSlots) return;
      slot = 0;
      ++round;
    }
  };

  /// Initializes the barriers. Called by one thread.
  __device__ void init(std::uint32_t fillers, std::uint32_t emptiers) {
    for (int slot = 0; slot < kSlots; ++slot) {
      full[slot].init(fillers);
      empty[slot].init(emptiers);
    }
  }

  __device__ void await_full(Place place) { full[place.slot].wait(place.round); }

  /// Waits until what was put into the slot has been taken out again.
  __device__ void await_taken(Place place) { empty[place.slot].wait(place.round); }

  /// Waits until something can be put into the slot.
  __device__ void await_empty(Place place) {
    if (place.round > 0) empty[place.slot].wait(place.round - 1);
  }
};

/// Synchronizes `threads` threads, which are whole warps of the block. Barrier 0 is __syncthreads.
__device__ inline void synchronize_threads(int barrier, int threads) {
  asm volatile("bar.sync %0, %1;" ::"r"(barrier), "r"(threads) : "memory");
}

}  // namespace splitbench
