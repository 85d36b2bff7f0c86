#include <algorithm>
#include <fmt/core.h>
#include <nlohmann/json.hpp>
#include <vector>

#include "codec/exponent_statistics.hpp"
#include "sim/cli/terminal.hpp"
#include "sim/verbs/codec/codec_histograms.hpp"
#include "sim/verbs/codec/codec_options.hpp"
#include "workloads/input_error.hpp"
#include "workloads/json_text.hpp"

namespace splitbench {
namespace {

using Json = nlohmann::ordered_json;
using Entry = CodebookFile::Entry;

constexpr VerbHelp kHelp{
    .examples = R"(splitbench codec compare monday.json tuesday.json
splitbench codec compare codebooks.json kv.bf16 --format json
)",
    .about = "How far apart two calibrations are, codebook by codebook, without encoding anything.",
    .notes =
        R"(A and B are codebook files, or dumps, which are calibrated first. JS is the Jensen-Shannon
divergence of the two distributions of exponents: 0 bits where they are equal, 1 where they share
no exponent. TV is their total variation, the most by which escape rates on the two can differ. "A
on B" is the share of B's elements that would be escapes with A's codebook.
)"};

/// One codebook of each file, for the same tensors.
struct Pair {
  const Entry* a;
  const Entry* b;
};

struct Comparison {
  std::vector<Pair> pairs;
  std::vector<const Entry*> only_a;
  std::vector<const Entry*> only_b;
};

const Entry* counterpart(const Entry& entry, const CodebookFile& file) {
  const auto found = std::ranges::find_if(file.entries, [&](const Entry& other) {
    return other.key == entry.key && other.codebook.element_type == entry.codebook.element_type;
  });
  return found == file.entries.end() ? nullptr : &*found;
}

/// A codebook that was calibrated on nothing has no distribution to compare.
bool comparable(const Entry& entry) {
  return elements(entry.histogram) > 0;
}

Comparison compare(const CodebookFile& a, const CodebookFile& b) {
  Comparison comparison;
  for (const Entry& entry : a.entries) {
    const Entry* const other = counterpart(entry, b);
    if (other && comparable(entry) && comparable(*other)) {
      comparison.pairs.push_back({&entry, other});
    } else {
      comparison.only_a.push_back(&entry);
    }
  }
  for (const Entry& entry : b.entries) {
    const auto paired = [&](const Pair& pair) { return pair.b == &entry; };
    if (std::ranges::none_of(comparison.pairs, paired)) comparison.only_b.push_back(&entry);
  }
  return comparison;
}

Json key_json(const Entry& entry) {
  Json json;
  json["layer"] = entry.key.layer ? Json(*entry.key.layer) : Json();
  json["class"] = entry.key.tensor_class ? Json(*entry.key.tensor_class) : Json();
  json["element_type"] = name(entry.codebook.element_type);
  return json;
}

Json row_json(const Entry& a, const Entry& b) {
  Json json = key_json(a);
  json["elements_a"] = elements(a.histogram);
  json["elements_b"] = elements(b.histogram);
  json["jensen_shannon_bits"] = jensen_shannon(a.histogram, b.histogram);
  json["total_variation"] = total_variation(a.histogram, b.histogram);
  json["same_codebook"] = a.codebook == b.codebook;
  json["escape_rate_a_on_a"] = escape_rate(a.histogram, a.codebook);
  json["escape_rate_a_on_b"] = escape_rate(b.histogram, a.codebook);
  json["escape_rate_b_on_b"] = escape_rate(b.histogram, b.codebook);
  json["escape_rate_b_on_a"] = escape_rate(a.histogram, b.codebook);
  return json;
}

Json to_json(const Comparison& comparison, const std::vector<std::string>& files) {
  Json json{{"a", files[0]}, {"b", files[1]}};
  for (const char* const key : {"rows", "only_a", "only_b"}) json[key] = Json::array();
  for (const auto& [a, b] : comparison.pairs) json["rows"].push_back(row_json(*a, *b));
  for (const Entry* const entry : comparison.only_a) json["only_a"].push_back(key_json(*entry));
  for (const Entry* const entry : comparison.only_b) json["only_b"].push_back(key_json(*entry));
  return json;
}

void print_table(const Comparison& comparison, const std::vector<std::string>& files) {
  print_text(fmt::format("A {}\nB {}\n\n", files[0], files[1]));
  fmt::print("{:<18} {:<8} {:>8} {:>7}   {:>8} {:>8} {:>8} {:>8}\n", "", "", "JS", "TV", "A on A",
             "A on B", "B on B", "B on A");
  fmt::print("{:<18} {:<8} {:>8} {:>7}   {:>35}\n", "tensors", "type", "bits", "%", "escapes, %");
  for (const auto& [a, b] : comparison.pairs) {
    fmt::print(
        "{:<18} {:<8} {:>8.5f} {:>7.3f}   {:>8.4f} {:>8.4f} {:>8.4f} {:>8.4f}\n", describe(a->key),
        name(a->codebook.element_type), jensen_shannon(a->histogram, b->histogram),
        100 * total_variation(a->histogram, b->histogram),
        100 * escape_rate(a->histogram, a->codebook), 100 * escape_rate(b->histogram, a->codebook),
        100 * escape_rate(b->histogram, b->codebook), 100 * escape_rate(a->histogram, b->codebook));
  }
  const auto print_alone = [](const char* file, const std::vector<const Entry*>& entries) {
    for (const Entry* const entry : entries)
      fmt::print("{:<18} {:<8} nothing to compare: only in {}\n", describe(entry->key),
                 name(entry->codebook.element_type), file);
  };
  print_alone("A", comparison.only_a);
  print_alone("B", comparison.only_b);
}

CodebookFile codebooks_of(const std::string& path) {
  return is_codebook_file(path)
             ? NamedCodebooks(path).file()
             : calibrate(read_histograms({&path, 1}), CodebookScope::per_layer_kv);
}

void run(std::span<const std::string> arguments) {
  VerbOptions options("codec compare", "A B", kHelp);
  std::string format = "table";
  options.word("format", "FORMAT", format, {"table", "json"});
  if (!options.parse(arguments)) return;
  const std::vector<std::string>& files = options.arguments();

  const CodebookFile a = codebooks_of(files[0]), b = codebooks_of(files[1]);
  const Comparison comparison = compare(a, b);
  if (comparison.pairs.empty()) {
    throw InputError(fmt::format(
        "{} and {} have no codebook for the same tensors; calibrate both with --scope global",
        files[0], files[1]));
  }
  if (format == "json") {
    print_data(json_lines(to_json(comparison, files)));
  } else {
    print_table(comparison, files);
  }
}

}  // namespace

const SubVerb kCompareVerb{
    .name = "compare", .summary = "how far apart two calibrations are", .run = run};

}  // namespace splitbench
