#include "sim/codec_command.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <string_view>
#include <vector>

#include "sim/codec_verbs.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

constexpr std::string_view kExamples =
    R"(splitbench codec encode kv.bf16 kv.szf                         calibrates on kv.bf16 itself
splitbench codec calibrate a.bf16 b.bf16 -o codebooks.json     calibrates once,
splitbench codec encode kv.bf16 kv.szf --codebook codebooks.json   encodes often
splitbench codec inspect kv.szf --format json
splitbench codec decode kv.szf kv.bf16

)";

std::vector<const CodecVerb*> verbs() {
  return {&kEncodeVerb,    &kDecodeVerb,  &kInspectVerb, &kStatsVerb,
          &kCalibrateVerb, &kCompareVerb, &kBenchVerb};
}

void print_help() {
  fmt::print("{}", kExamples);
  for (const CodecVerb* const verb : verbs()) fmt::print("{:<10} {}\n", verb->name, verb->summary);
  fmt::print("\nEach has --help.\n");
}

std::string names() {
  std::vector<std::string_view> all;
  for (const CodecVerb* const verb : verbs()) all.push_back(verb->name);
  return fmt::format("{}", fmt::join(all, ", "));
}

const CodecVerb& verb_named(const std::string& word) {
  for (const CodecVerb* const verb : verbs()) {
    if (verb->name == word) return *verb;
  }
  throw InputError(fmt::format("codec {}: expected one of {}", word, names()));
}

bool asks_for_help(std::span<const std::string> arguments) {
  return std::ranges::find(arguments, "--help") != arguments.end();
}

}  // namespace

int codec_command(std::span<const std::string> arguments) {
  if (arguments.empty()) throw InputError(fmt::format("codec: expected one of {}", names()));
  if (arguments[0] == "--help") {
    print_help();
    return 0;
  }
  const CodecVerb& verb = verb_named(arguments[0]);
  if (asks_for_help(arguments)) {
    fmt::print("{}", verb.help);
  } else {
    verb.run(arguments.subspan(1));
  }
  return 0;
}

}  // namespace splitbench
