#include <array>
#include <string_view>

#include "sim/cli/commands.hpp"
#include "sim/verbs/codec/codec_options.hpp"

namespace splitbench {
namespace {

constexpr std::string_view kExamples =
    R"(splitbench codec encode kv.bf16 kv.szf                         calibrates on kv.bf16 itself
splitbench codec calibrate a.bf16 b.bf16 -o codebooks.json     calibrates once,
splitbench codec encode kv.bf16 kv.szf --codebook codebooks.json   encodes often
splitbench codec inspect kv.szf --format json
splitbench codec decode kv.szf kv.bf16

)";

}  // namespace

int codec_command(std::span<const std::string> arguments) {
  static constexpr std::array kVerbs = {&kEncodeVerb,  &kDecodeVerb,    &kInspectVerb, &kStatsVerb,
                                        &kProfileVerb, &kCalibrateVerb, &kCompareVerb, &kBenchVerb,
                                        &kDriftVerb,   &kLibraryVerb};
  return run_sub_verb("codec", kExamples, kVerbs, arguments);
}

}  // namespace splitbench
