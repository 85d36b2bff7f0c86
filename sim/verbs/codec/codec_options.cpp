#include "sim/verbs/codec/codec_options.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <thread>

#include "codec/codebook_file.hpp"
#include "sim/verbs/codec/codec_list.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

constexpr int kMaxThreads = 1024;

}  // namespace

std::vector<std::string> parse_files(std::string_view verb, std::span<const std::string> arguments,
                                     po::options_description& options) {
  std::vector<std::string> files;
  options.add_options()("file", po::value(&files));
  po::positional_options_description positional;
  positional.add("file", -1);
  parse_arguments(fmt::format("codec {}", verb), arguments, options, positional);
  return files;
}

void require_files(std::string_view verb, std::size_t given, std::size_t expected,
                   std::string_view usage) {
  if (given == expected) return;
  throw InputError(
      fmt::format("codec {}: {} files given, expected {}; see splitbench codec {} --help", verb,
                  given, usage, verb));
}

void require_one_of(std::string_view verb, std::string_view option, std::string_view given,
                    std::initializer_list<std::string_view> expected) {
  require_word(fmt::format("codec {}", verb), option, given, expected);
}

std::optional<ElementType> type_option(std::string_view verb, const std::string& given) {
  if (given.empty()) return std::nullopt;
  require_one_of(
      verb, "--type", given,
      {name(ElementType::bf16), name(ElementType::fp8_e5m2), name(ElementType::fp8_e4m3)});
  return element_type_named(given);
}

FrameKind frame_codec_named(std::string_view verb, const std::string& given) {
  require_one_of(
      verb, "--codec", given,
      {codec_of_frames(FrameKind::splitzip).name, codec_of_frames(FrameKind::ranked).name});
  return given == codec_of_frames(FrameKind::ranked).name ? FrameKind::ranked : FrameKind::splitzip;
}

ThreadsOption::ThreadsOption()
    : given(std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, kMaxThreads)) {}

unsigned ThreadsOption::count(std::string_view verb) const {
  if (given >= 1 && given <= kMaxThreads) return static_cast<unsigned>(given);
  throw InputError(
      fmt::format("codec {}: --threads {}, expected 1 to {}", verb, given, kMaxThreads));
}

}  // namespace splitbench
