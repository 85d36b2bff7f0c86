#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace splitbench {

/// What a sender says of itself when it opens a stream to a receiver.
struct Introduction {
  std::uint32_t worker = 0;
  std::uint32_t stream = 0;
  std::uint32_t streams = 0;
  std::uint64_t first_chunk = 0;
  nlohmann::json terms;
};

std::string to_text(const Introduction&);
/// None if it is not a prefill worker's.
std::optional<Introduction> read_introduction(const std::string& text);

/// The first of the terms that differs, with both sides' values; empty if none does.
std::string difference_of_terms(const nlohmann::json& mine, const nlohmann::json& theirs);

}  // namespace splitbench
