#include <fmt/core.h>
#include <optional>
#include <vector>

#include "sim/verbs/codec/codec_codebooks.hpp"
#include "sim/verbs/codec/codec_histograms.hpp"
#include "sim/verbs/codec/codec_options.hpp"
#include "sim/verbs/codec/codec_statistics_text.hpp"
#include "sim/verbs/codec/codec_verbs.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

constexpr std::string_view kHelp =
    R"(splitbench codec stats kv.bf16 --histogram
splitbench codec stats cache.safetensors --format csv
splitbench codec stats tuesday.bf16 --codebook monday.json
splitbench codec stats codebooks.json

stats IN...        what the exponents look like and what the codec makes of them, without encoding anything
  --codebook FILE  and what it would make of them with these codebooks
  --histogram      with the exponents as bars
  --format FORMAT  table, json (always with histograms) or csv (one line a tensor)
  --type TYPE      of raw elements: bf16, fp8_e5m2 or fp8_e4m3

IN are dumps, as for codec encode, or codebook files. Entropy is of single exponents; top-N is the share of the
elements that have one of the N most frequent exponents; escapes and codec ratio are those of the very frames that
encode makes, each tensor with a codebook of its own; the ideal ratio is that of a coder whose exponents
take their entropy and which needs nothing else. Class and total lines add these up; "one codebook for all" is what
the tensors of a type look like to a single codebook.
)";

void run(std::span<const std::string> arguments) {
  po::options_description options;
  std::string codebook, format = "table", type;
  bool histogram = false;
  options.add_options()("codebook", po::value(&codebook))("format", po::value(&format))(
      "type", po::value(&type))("histogram", po::bool_switch(&histogram));
  const std::vector<std::string> files = parse_files("stats", arguments, options);
  if (files.empty()) throw InputError("codec stats: no file given, expected IN...");
  require_one_of("stats", "--format", format, {"table", "json", "csv"});

  std::optional<NamedCodebooks> given;
  if (!codebook.empty()) given.emplace(codebook);
  const Histograms histograms = read_histograms(files, type_option("stats", type));
  const CodingStatistics statistics = coding_statistics(histograms, given ? &*given : nullptr);
  if (format == "json") {
    fmt::print("{}", to_json(statistics));
  } else if (format == "csv") {
    fmt::print("{}", to_csv(statistics));
  } else {
    fmt::print("{}{}", to_table(statistics), histogram ? to_bars(statistics) : "");
  }
}

}  // namespace

const CodecVerb kStatsVerb{.name = "stats",
                           .summary = "exponents, entropy, coverage, escapes and ratios",
                           .help = kHelp,
                           .run = run};

}  // namespace splitbench
