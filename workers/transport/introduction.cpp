#include "workers/transport/introduction.hpp"

#include <fmt/format.h>

#include "workers/transport/field_json.hpp"
#include "workloads/foreign_json.hpp"

namespace splitbench {

std::string to_text(const Introduction& said) {
  return nlohmann::json{
      {"role", "prefill"},       {"worker", said.worker},           {"stream", said.stream},
      {"streams", said.streams}, {"first_chunk", said.first_chunk}, {"terms", said.terms}}
      .dump();
}

std::optional<Introduction> read_introduction(const std::string& text) {
  const auto json = try_parse_foreign_json(text).value_or(nullptr);
  try {
    if (json.at("role") != "prefill") return std::nullopt;
    return Introduction{.worker = read_as<std::uint32_t>(json.at("worker")),
                        .stream = read_as<std::uint32_t>(json.at("stream")),
                        .streams = read_as<std::uint32_t>(json.at("streams")),
                        .first_chunk = read_as<std::uint64_t>(json.at("first_chunk")),
                        .terms = json.at("terms")};
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
}

std::string difference_of_terms(const nlohmann::json& mine, const nlohmann::json& theirs) {
  for (const auto& [name, value] : mine.items())
    if (const auto other = theirs.find(name); other == theirs.end() || *other != value)
      return fmt::format("{}: this side has {}, the remote end {}", name, value.dump(),
                         other == theirs.end() ? "none" : other->dump());
  for (const auto& [name, value] : theirs.items())
    if (!mine.contains(name))
      return fmt::format("{}: this side has none, the remote end {}", name, value.dump());
  return {};
}

}  // namespace splitbench
