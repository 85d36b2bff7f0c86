#include <fmt/core.h>
#include <vector>

#include "sim/cli/output_file.hpp"
#include "sim/verbs/codec/codec_histograms.hpp"
#include "sim/verbs/codec/codec_options.hpp"
#include "sim/verbs/codec/codec_verbs.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

constexpr std::string_view kHelp =
    R"(splitbench codec calibrate kv.bf16 -o codebooks.json
splitbench codec calibrate a.safetensors b.safetensors -o codebooks.json --scope kv
splitbench codec calibrate monday.json tuesday.json -o both.json
splitbench codec encode kv.bf16 kv.szf --codebook codebooks.json

calibrate IN...    the exponents that get a code: the most frequent ones
  -o, --output FILE  a codebook file; without it, to stdout
  --scope SCOPE    what shares a codebook: per_layer_kv (K and V of each layer apart; the default), per_layer,
                   kv (all K, all V) or global. Tensors that do not say their layer or class share one of their own.
  --type TYPE      of raw elements: bf16, fp8_e5m2 or fp8_e4m3

IN are dumps, as for codec encode, or codebook files. A codebook file holds the histograms that it is made from, and
the histograms of several inputs add up: calibrating on codebook files merges them without the elements.
)";

CodebookScope scope_named(const std::string& text) {
  require_one_of("calibrate", "--scope", text, {"per_layer_kv", "per_layer", "kv", "global"});
  if (text == "per_layer") return CodebookScope::per_layer;
  if (text == "kv") return CodebookScope::kv;
  return text == "global" ? CodebookScope::global : CodebookScope::per_layer_kv;
}

void run(std::span<const std::string> arguments) {
  po::options_description options;
  std::string output, scope_text = "per_layer_kv", type;
  options.add_options()("output,o", po::value(&output))("scope", po::value(&scope_text))(
      "type", po::value(&type));
  const std::vector<std::string> files = parse_files("calibrate", arguments, options);
  if (files.empty()) throw InputError("codec calibrate: no file given, expected IN...");
  const CodebookScope scope = scope_named(scope_text);

  const Histograms histograms = read_histograms(files, type_option("calibrate", type));
  if (histograms.tensors.empty())
    throw InputError(fmt::format("{}: it holds no tensor to calibrate on", files[0]));
  print_or_write(to_json(calibrate(histograms, scope)), output);
}

}  // namespace

const CodecVerb kCalibrateVerb{
    .name = "calibrate", .summary = "the exponents that get a code", .help = kHelp, .run = run};

}  // namespace splitbench
