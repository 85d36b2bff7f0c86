#pragma once
#include <cstdint>
#include <filesystem>
#include <vector>

#include "workloads/request.hpp"

namespace splitbench {

/// One line of a Mooncake trace: {"timestamp": ms, "input_length": .., "output_length": ..,
/// "hash_ids": [..]}.
struct MooncakeRequest {
  Time timestamp{0};
  std::uint64_t input_length = 0;   ///< tokens, at least 1
  std::uint64_t output_length = 0;  ///< tokens, at least 1

  bool operator==(const MooncakeRequest&) const = default;
};

/// More tokens than this in one prompt or answer are taken for a mistake.
inline constexpr std::uint64_t kMaxTokens = 100'000'000;

/// Reads a Mooncake trace and gives back its first `keep` lines (0: all). Every line of the file is
/// checked, also those past `keep`, before any is given back; memory grows with `keep` only,
/// whatever the file's size. Throws InputError "path:line: what was found, what was expected" at
/// the first line that is wrong.
std::vector<MooncakeRequest> read_mooncake(const std::filesystem::path& path, std::uint64_t keep);

}  // namespace splitbench
