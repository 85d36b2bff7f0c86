#include <fmt/core.h>
#include <optional>
#include <vector>

#include "sim/cli/terminal.hpp"
#include "sim/verbs/codec/codec_histograms.hpp"
#include "sim/verbs/codec/codec_options.hpp"
#include "sim/verbs/codec/codec_statistics.hpp"

namespace splitbench {
namespace {

constexpr VerbHelp kHelp{
    .examples = R"(splitbench codec stats kv.bf16 --histogram
splitbench codec stats cache.safetensors --format csv
splitbench codec stats tuesday.bf16 --codebook monday.json
splitbench codec stats codebooks.json
)",
    .about =
        "What the exponents look like and what the codec makes of them, without encoding anything.",
    .notes =
        R"(IN are dumps, as for codec encode, or codebook files. Entropy is of single exponents; top-N is the
share of the elements that have one of the N most frequent exponents. Ratio and bits an element are
those of the frames that encode makes, each tensor with codebooks of its own: of splitzip exactly,
escapes too; ranked ones are up to 0.1% shorter than said. The ideal bound is no codec's: there
exponents take their entropy and nothing else costs. Class and total lines add these up; "one
codebook for all" is what the tensors of a type look like to a single codebook. Tensors that are
not coded come last, those of F16 with what codes for 16 of their 32 exponents would give. JSON
always has the histograms; CSV has one line a tensor that is coded.
)"};

void run(std::span<const std::string> arguments) {
  VerbOptions options("codec stats", "IN...", kHelp);
  std::string codebook, format = "table";
  TypeOption type;
  bool histogram = false;
  options.value("codebook", "FILE", codebook,
                "and what the codec would make of them with these codebooks");
  options.flag("histogram", histogram, "with the exponents as bars");
  options.word("format", "FORMAT", format, {"table", "json", "csv"});
  type.add_to(options);
  if (!options.parse(arguments)) return;

  std::optional<NamedCodebooks> given;
  if (!codebook.empty()) given.emplace(codebook);
  const Histograms histograms = read_histograms(options.arguments(), type.type());
  const CodingStatistics statistics = coding_statistics(histograms, given ? &*given : nullptr);
  if (format == "json") {
    print_data(to_json(statistics));
  } else if (format == "csv") {
    print_data(to_csv(statistics));
  } else {
    print_text(to_table(statistics) + (histogram ? to_bars(statistics) : ""));
  }
}

}  // namespace

const SubVerb kStatsVerb{
    .name = "stats", .summary = "exponents, entropy, coverage, escapes and ratios", .run = run};

}  // namespace splitbench
