#include "configs/scenario_file.hpp"
#include "sim/cli/output_file.hpp"
#include "sim/verbs/codec/codec_options.hpp"
#include "sim/verbs/codec/codec_verbs.hpp"
#include "workers/kv/kv_dump_file.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

constexpr std::string_view kHelp =
    R"(splitbench codec profile kv.bf16 -o mine.yaml
splitbench codec profile cache.safetensors
splitbench run scenario.yaml --set kv.profile=mine.yaml

profile IN           the exponent profile of a bf16 cache: what kv.profile takes to generate KV like it
  -o, --output FILE  a .yaml file; without it, to stdout

IN is a .bf16 file whose .json gives the shape, or a .safetensors file whose tensors' names give layer and class. For K
and V of each layer the profile says how channels differ in scale, how elements do within one, which channels
stand apart, what the first token of a sequence is to the others, and the share of exact zeros and of padding. The tokens
are one sequence, unless the .json says "seq_len" or the tensors have four dimensions.
)";

void run(std::span<const std::string> arguments) {
  po::options_description options;
  std::string output;
  options.add_options()("output,o", po::value(&output));
  const std::vector<std::string> files = parse_files("profile", arguments, options);
  require_files("profile", files.size(), 1, "IN");

  const std::filesystem::path file = files[0];
  KvProfile profile = fit_kv_profile(load_kv_dump(file, ElementType::bf16));
  profile.name = file.stem().string();
  profile.provenance = "fitted to " + file.filename().string();
  print_or_write(to_yaml(profile), output);
}

}  // namespace

const CodecVerb kProfileVerb{.name = "profile",
                             .summary = "a dump's exponents as a profile to generate KV from",
                             .help = kHelp,
                             .run = run};

}  // namespace splitbench
