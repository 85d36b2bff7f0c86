#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace splitbench {

/// The identity that a sender states when it opens a stream to a receiver.
struct Introduction {
  std::uint32_t worker = 0;       ///< index of the prefill worker
  std::uint32_t stream = 0;       ///< index of this stream
  std::uint32_t streams = 0;      ///< number of streams of the flow
  std::uint64_t first_chunk = 0;  ///< number in the link's flow of the session's first chunk
  nlohmann::json terms;           ///< FlowOptions::terms
};

/// Returns the introduction as a JSON object.
std::string to_text(const Introduction&);
/// Returns the introduction, or nothing if the text is not one of a prefill worker.
std::optional<Introduction> read_introduction(const std::string& text);

/// Returns the first term that differs, with both sides' values, or an empty string if none does.
std::string difference_of_terms(const nlohmann::json& mine, const nlohmann::json& theirs);

}  // namespace splitbench
