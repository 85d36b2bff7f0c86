#include "configs/scenario_file.hpp"
#include "sim/cli/command_line.hpp"
#include "sim/verbs/codec/codec_options.hpp"
#include "workers/kv/kv_dump.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

constexpr VerbHelp kHelp{
    .examples = R"(splitbench codec profile kv.bf16 -o mine.yaml
splitbench codec profile cache.safetensors
splitbench run scenario.yaml --set kv.profile=mine.yaml
)",
    .about = "The exponent profile of a bf16 cache: what kv.profile takes to generate KV like it.",
    .notes =
        R"(IN is a .bf16 file whose .json gives the shape, or a .safetensors file whose tensors' names give
layer and class. For K and V of each layer the profile says how channels differ in scale, how
elements do within one, which channels stand apart, what the first token of a sequence is to the
others, and the share of exact zeros and of padding. The tokens are one sequence, unless the .json
says "seq_len" or the tensors have four dimensions.
)"};

void run(std::span<const std::string> arguments) {
  VerbOptions options("codec profile", "IN", kHelp);
  std::string output;
  options.value("output,o", "FILE", output, "a .yaml file; without it, to stdout");
  if (!options.parse(arguments)) return;

  const std::filesystem::path file = options.arguments()[0];
  KvProfile profile = fit_kv_profile(load_kv_dump(file, ElementType::bf16));
  profile.name = file.stem().string();
  profile.provenance = "fitted to " + file.filename().string();
  print_or_write(to_yaml(profile), output);
}

}  // namespace

const SubVerb kProfileVerb{.name = "profile",
                           .summary = "a dump's exponents as a profile to generate KV from",
                           .run = run};

}  // namespace splitbench
