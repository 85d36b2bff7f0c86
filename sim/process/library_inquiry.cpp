#include "sim/process/library_inquiry.hpp"

#include <chrono>
#include <cstdlib>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <system_error>

#include "sim/process/child_process.hpp"
#include "workloads/files.hpp"
#include "workloads/foreign_json.hpp"
#include "workloads/input_error.hpp"
#include "workloads/scratch_folder.hpp"

namespace splitbench {
namespace {

constexpr std::uint64_t kMostBytes = 64 << 10;

/// Returns the message of a process of this program, without its name and its line end.
std::string message_in(const std::filesystem::path& errors) {
  constexpr std::string_view kName = "splitbench: ";
  std::string text = read_text(errors, "messages", kMostBytes);
  if (text.starts_with(kName)) text.erase(0, kName.size());
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

}  // namespace

std::string to_json(const LibraryFacts& facts) {
  nlohmann::ordered_json json = {
      {"name", facts.name}, {"cpu", facts.on_cpu}, {"cuda", facts.on_cuda}};
  if (facts.chunk_bytes) json["chunk_bytes"] = *facts.chunk_bytes;
  return json.dump() + "\n";
}

LibraryFacts library_facts(const std::string& json) {
  try {
    const nlohmann::json found = parse_foreign_json(json);
    LibraryFacts facts{
        .name = found.at("name"), .on_cpu = found.at("cpu"), .on_cuda = found.at("cuda")};
    if (found.contains("chunk_bytes"))
      facts.chunk_bytes = found.at("chunk_bytes").get<std::uint64_t>();
    return facts;
  } catch (const std::exception& error) {
    throw InputError(fmt::format("no facts of a codec: {}", error.what()));
  }
}

LibraryFacts ask_library(const std::filesystem::path& file, ElementType type) {
  constexpr std::chrono::seconds kPatience{10};
  const ScratchFolder folder;
  const std::filesystem::path output = folder.file("facts.json"), errors = folder.file("errors");
  ChildProcess child(
      {"codec", "library", file.string(), "--type", std::string(name(type)), "--format", "json"},
      {}, {.output = output, .errors = errors, .input = {}});
  const auto refuse = [&](const std::string& why) {
    throw InputError(fmt::format("codec library {}: {}", file.string(), why));
  };
  const std::string end = child.ended_within(kPatience);
  if (end.empty())
    refuse(fmt::format("has not answered for {} s; expected that loading it takes no time",
                       kPatience.count()));
  if (end.starts_with("was killed"))
    refuse(
        fmt::format("a process that loaded it {}; splitbench codec library shows that alone", end));
  if (end != kSucceeded) {
    const std::string message = message_in(errors);
    if (message.empty()) refuse(fmt::format("a process that loaded it {}", end));
    throw InputError(message);
  }
  try {
    return library_facts(read_text(output, "the facts of a codec", kMostBytes));
  } catch (const InputError& error) {
    refuse(error.what());
    throw;
  }
}

}  // namespace splitbench
