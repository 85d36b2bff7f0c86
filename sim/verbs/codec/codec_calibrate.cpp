#include <fmt/core.h>
#include <vector>

#include "codec/predicted/predictor_file.hpp"
#include "sim/cli/command_line.hpp"
#include "sim/cli/terminal.hpp"
#include "sim/verbs/codec/calibrate_predictor_files.hpp"
#include "sim/verbs/codec/codec_histograms.hpp"
#include "sim/verbs/codec/codec_options.hpp"
#include "sim/verbs/codec/predictor_options.hpp"
#include "workers/kv/drift.hpp"
#include "workloads/files.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

constexpr VerbHelp kHelp{
    .examples = R"(splitbench codec calibrate kv.bf16 -o codebooks.json
splitbench codec calibrate a.safetensors b.safetensors -o codebooks.json --scope kv
splitbench codec calibrate monday.json tuesday.json -o both.json
splitbench codec encode kv.bf16 kv.szf --codebook codebooks.json
splitbench codec calibrate --predictor a.bf16 b.bf16 c.bf16 -o model.predictor
)",
    .about = "The exponents that get a code, the most frequent ones: codebooks, or a predictor.",
    .notes =
        R"(per_layer_kv keeps K and V of each layer apart; kv has one codebook for all K and one for all V.
Tensors that do not say their layer or class share one of their own. IN are dumps, as for codec
encode, or codebook files. A codebook file holds the histograms that it is made from, and the
histograms of several inputs add up: calibrating on codebook files merges them without the
elements.
With --predictor, -o gets a predictor of the model that made the dumps, for codec encode --codec
predicted. IN are then dumps of raw bf16, of texts as different as those to come (three and more,
15 tokens for each element of a token's K and more), each with a .json that also has "kv_heads",
"rope_style": half, interleaved or none, "rope_theta" or "rope_frequencies", and, unless it is 0,
"first_position". 2b predicts best and takes the largest file and the most time.
)"};

void write_predictor(std::span<const std::string> dumps, PredictionMode mode,
                     const std::string& output) {
  if (output.empty()) throw InputError("codec calibrate: --predictor writes a file; name it by -o");
  const std::vector<std::byte> file = to_file(calibrate_predictor_on(dumps, mode));
  OutputFile out(output);
  out.append(file);
  out.commit();
  const LoadedPredictor written = read_predictor(file);
  print_text(fmt::format("{}: predictor {:016x}, {} layers of {} x {}, mode {}, {} bytes\n", output,
                         written.id, written.predictor.layers.size(), written.predictor.heads,
                         written.predictor.head_dim, name(mode), file.size()));
}

void run(std::span<const std::string> arguments) {
  VerbOptions options("codec calibrate", "IN...", kHelp);
  std::string output, scope = "per_layer_kv";
  TypeOption type;
  bool predictor = false;
  PredictionModeOption mode;
  options.value("output,o", "FILE", output, "a codebook file; without it, to stdout");
  options.word("scope", "SCOPE", scope, kCodebookScopeNames, "what shares a codebook");
  type.add_to(options);
  options.flag("predictor", predictor, "calibrate a predictor");
  mode.add_to(options, "the best that the predictor has; else 2b");
  if (!options.parse(arguments)) return;
  if (predictor) {
    write_predictor(options.arguments(), mode.mode().value_or(PredictionMode::layer_before),
                    output);
    return;
  }
  const Histograms histograms = read_histograms(options.arguments(), type.type());
  if (histograms.tensors.empty())
    throw InputError(fmt::format("{}: it holds no tensor to calibrate on", options.arguments()[0]));
  print_or_write(to_json(calibrate(histograms, kCodebookScopeNames.named(scope).value())), output);
}

}  // namespace

const SubVerb kCalibrateVerb{
    .name = "calibrate", .summary = "the exponents that get a code", .run = run};

}  // namespace splitbench
