#include <fmt/core.h>
#include <vector>

#include "sim/cli/command_line.hpp"
#include "sim/verbs/codec/codec_histograms.hpp"
#include "sim/verbs/codec/codec_options.hpp"
#include "workers/kv/drift.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

constexpr VerbHelp kHelp{
    .examples = R"(splitbench codec calibrate kv.bf16 -o codebooks.json
splitbench codec calibrate a.safetensors b.safetensors -o codebooks.json --scope kv
splitbench codec calibrate monday.json tuesday.json -o both.json
splitbench codec encode kv.bf16 kv.szf --codebook codebooks.json
)",
    .about = "The exponents that get a code, the most frequent ones: codebooks for either codec.",
    .notes =
        R"(per_layer_kv keeps K and V of each layer apart; kv has one codebook for all K and one for all V.
Tensors that do not say their layer or class share one of their own. IN are dumps, as for codec
encode, or codebook files. A codebook file holds the histograms that it is made from, and the
histograms of several inputs add up: calibrating on codebook files merges them without the
elements.
)"};

void run(std::span<const std::string> arguments) {
  VerbOptions options("codec calibrate", "IN...", kHelp);
  std::string output, scope = "per_layer_kv";
  TypeOption type;
  options.value("output,o", "FILE", output, "a codebook file; without it, to stdout");
  options.word("scope", "SCOPE", scope, kCodebookScopeNames, "what shares a codebook");
  type.add_to(options);
  if (!options.parse(arguments)) return;
  const Histograms histograms = read_histograms(options.arguments(), type.type());
  if (histograms.tensors.empty())
    throw InputError(fmt::format("{}: it holds no tensor to calibrate on", options.arguments()[0]));
  print_or_write(to_json(calibrate(histograms, kCodebookScopeNames.named(scope).value())), output);
}

}  // namespace

const SubVerb kCalibrateVerb{
    .name = "calibrate", .summary = "the exponents that get a code", .run = run};

}  // namespace splitbench
