#include "sim/verbs/codec/codec_options.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <thread>
#include <utility>

#include "codec/codebook_file.hpp"
#include "codec/codecs.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

constexpr int kMaxThreads = 1024;
constexpr std::string_view kPredicted = "predicted";

}  // namespace

void TypeOption::add_to(VerbOptions& options) {
  options.word("type", "TYPE", given, element_type_names(), "of raw elements");
}

std::optional<ElementType> TypeOption::type() const {
  return element_type_named(given);
}

FrameCodecOption::FrameCodecOption() : given(kOwnCodecs.front().name) {}

void FrameCodecOption::add_to(VerbOptions& options) {
  std::vector<std::string_view> names;
  for (const Codec& codec : kOwnCodecs) names.push_back(codec.name);
  names.push_back(kPredicted);
  options.word("codec", "CODEC", given, std::move(names),
               "what makes the frames; ranked ones are a tenth shorter and take longer, predicted "
               "ones shorter still, with a predictor");
}

FrameKind FrameCodecOption::kind() const {
  return given == kPredicted ? FrameKind::predicted : *find_codec(given)->frames;
}

ThreadsOption::ThreadsOption()
    : given(std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, kMaxThreads)) {}

void ThreadsOption::add_to(VerbOptions& options) {
  options.value("threads", "N", given, "at most so many; else as many as the machine has");
}

unsigned ThreadsOption::count(std::string_view verb) const {
  if (given >= 1 && given <= kMaxThreads) return static_cast<unsigned>(given);
  throw InputError(
      fmt::format("codec {}: --threads {}, expected 1 to {}", verb, given, kMaxThreads));
}

}  // namespace splitbench
