#pragma once
#include <cstdint>
#include <filesystem>
#include <fmt/format.h>
#include <string>
#include <string_view>
#include <vector>

#include "workloads/input_error.hpp"
#include "workloads/request.hpp"

namespace splitbench {

/// The place of a reader in a trace, with which every message begins.
struct TracePlace {
  std::filesystem::path path;
  std::uint64_t line = 0;  ///< 0 if the place is not a line
  std::string inside{};    ///< part of that place, such as "requests[3].", or empty

  /// Throws InputError with the place, what was found and what was expected.
  [[noreturn]] void refuse(std::string_view found, std::string_view expected) const {
    const std::string at = line == 0 ? ": " : fmt::format(":{}: ", line);
    throw InputError(
        fmt::format("{}{}{}{}, expected {}", path.string(), at, inside, found, expected));
  }
};

/// The largest number of tokens in one prompt or answer; more are taken for a mistake.
inline constexpr std::uint64_t kMaxTokens = 100'000'000;

/// The largest number of tokens in a block of hash ids.
inline constexpr std::uint64_t kMaxBlockTokens = 1 << 20;

/// A request of a recorded or generated trace, as files have it. Equal hash ids mean equal prompts
/// up to and including the block: an id stands for a block and all that comes before it.
struct TraceRequest {
  Time timestamp{0};                    ///< time since the trace's first request or its own epoch
  std::uint64_t input_tokens = 0;       ///< the whole prompt, cached or not; at least 1
  std::uint64_t output_tokens = 0;      ///< at least 1
  std::string session{};                ///< empty: none
  std::string request_id{};             ///< name that other requests' wait_for uses; empty: none
  std::vector<std::string> wait_for{};  ///< requests that must have ended before this one arrives
  bool after_session = false;           ///< waits for its session's request before, whatever its id
  Time delay{0};                        ///< time since the last of these ended: tool or think time
  std::uint32_t block_tokens = 0;  ///< tokens in a block of hash_ids; 0: the request has no ids
  std::vector<std::uint64_t> hash_ids{};
  bool states_prefix = false;       ///< the next three say what it shares, and not ids of blocks
  std::string prefix_of{};          ///< earlier request whose prompt begins the same; empty: none
  std::uint64_t prefix_tokens = 0;  ///< number of tokens that are the same as there
  std::uint64_t answer_tokens = 0;  ///< number of those behind them that are that one's answer
  bool prefix_reset = false;        ///< the session's context was compacted or begun afresh here

  bool operator==(const TraceRequest&) const = default;
};

/// Returns whether the request arrives when others have ended, and not at its timestamp.
inline bool waits(const TraceRequest& request) {
  return request.after_session || !request.wait_for.empty();
}

}  // namespace splitbench
