#include <algorithm>
#include <array>
#include <fmt/core.h>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "codec/codecs.hpp"
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
on B" is what A's codebook makes of B's elements: the share of escapes in SplitZip frames, and the
ratio and the bits an element of either codec's frames; ranked ones are up to 0.1% shorter.
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

/// A codebook of one file on the elements that another was calibrated on.
struct Use {
  const char* key;  ///< "a_on_b", as JSON has it
  const Entry* codebook;
  const Entry* on;

  double ratio(FrameKind kind) const {
    return raw_bytes() / static_cast<double>(expected_frame_bytes(
                             on->histogram, codebook->codebook_for(kind), kind));
  }
  double bits(FrameKind kind) const {
    return 8 * static_cast<double>(element_bytes(on->codebook.element_type)) / ratio(kind);
  }
  double escape_rate() const { return splitbench::escape_rate(on->histogram, codebook->codebook); }

 private:
  double raw_bytes() const {
    return static_cast<double>(elements(on->histogram) * element_bytes(on->codebook.element_type));
  }
};

/// Returns each codebook on its own elements and on the other's, in the order of tables.
std::array<Use, 4> uses_of(const Pair& pair) {
  const auto& [a, b] = pair;
  return {{{"a_on_a", a, a}, {"a_on_b", a, b}, {"b_on_b", b, b}, {"b_on_a", b, a}}};
}

Json row_json(const Pair& pair) {
  const auto& [a, b] = pair;
  Json json = key_json(*a);
  json["elements_a"] = elements(a->histogram);
  json["elements_b"] = elements(b->histogram);
  json["jensen_shannon_bits"] = jensen_shannon(a->histogram, b->histogram);
  json["total_variation"] = total_variation(a->histogram, b->histogram);
  json["same_codebook"] = a->codebook == b->codebook;
  for (const Use& use : uses_of(pair))
    json[fmt::format("escape_rate_{}", use.key)] = use.escape_rate();
  json["same_ranked_codebook"] = a->ranked_codebook == b->ranked_codebook;
  for (const Codec& codec : kOwnCodecs)
    for (const Use& use : uses_of(pair)) {
      json[fmt::format("{}_ratio_{}", codec.name, use.key)] = use.ratio(*codec.frames);
      json[fmt::format("{}_bits_per_element_{}", codec.name, use.key)] = use.bits(*codec.frames);
    }
  return json;
}

Json to_json(const Comparison& comparison, const std::vector<std::string>& files) {
  Json json{{"a", files[0]}, {"b", files[1]}};
  for (const char* const key : {"rows", "only_a", "only_b"}) json[key] = Json::array();
  for (const Pair& pair : comparison.pairs) json["rows"].push_back(row_json(pair));
  for (const Entry* const entry : comparison.only_a) json["only_a"].push_back(key_json(*entry));
  for (const Entry* const entry : comparison.only_b) json["only_b"].push_back(key_json(*entry));
  return json;
}

constexpr std::string_view kFour = " {:>8} {:>8} {:>8} {:>8}";

/// Returns a figure of each use.
std::string four(const Pair& pair, const std::function<double(const Use&)>& figure) {
  std::string text;
  for (const Use& use : uses_of(pair)) text += fmt::format(" {:>8.4f}", figure(use));
  return text;
}

std::string to_table(const Comparison& comparison, const std::vector<std::string>& files) {
  std::size_t width = std::string_view("tensors").size();
  const auto widen = [&width](const Entry& entry) {
    width = std::max(width, describe(entry.key).size());
  };
  for (const Pair& pair : comparison.pairs) widen(*pair.a);
  for (const Entry* const entry : comparison.only_a) widen(*entry);
  for (const Entry* const entry : comparison.only_b) widen(*entry);
  const auto label = [width](const Entry& entry) {
    return fmt::format("{:<{}} {:<8}", describe(entry.key), width,
                       name(entry.codebook.element_type));
  };
  const std::string blank(width, ' ');
  const std::string names = fmt::format(kFour, "A on A", "A on B", "B on B", "B on A");

  std::string text = fmt::format("A {}\nB {}\n\n", files[0], files[1]);
  text += fmt::format("{} {:<8} {:>8} {:>7}  {}\n", blank, "", "JS", "TV", names);
  text += fmt::format("{:<{}} {:<8} {:>8} {:>7}   {:>35}\n", "tensors", width, "type", "bits", "%",
                      "escapes of splitzip, %");
  for (const Pair& pair : comparison.pairs)
    text += fmt::format("{} {:>8.5f} {:>7.3f}  {}\n", label(*pair.a),
                        jensen_shannon(pair.a->histogram, pair.b->histogram),
                        100 * total_variation(pair.a->histogram, pair.b->histogram),
                        four(pair, [](const Use& use) { return 100 * use.escape_rate(); }));
  text += fmt::format("\n{} {:<8} {:<8}  {}  {}\n", blank, "", "", names, names);
  text += fmt::format("{:<{}} {:<8} {:<8}   {:>35}   {:>35}\n", "tensors", width, "type", "codec",
                      "ratio", "bits an element");
  for (const Pair& pair : comparison.pairs)
    for (const Codec& codec : kOwnCodecs)
      text += fmt::format("{} {:<8}  {}  {}\n", label(*pair.a), codec.name,
                          four(pair, [&](const Use& use) { return use.ratio(*codec.frames); }),
                          four(pair, [&](const Use& use) { return use.bits(*codec.frames); }));
  const auto add_alone = [&](const char* file, const std::vector<const Entry*>& entries) {
    for (const Entry* const entry : entries)
      text += fmt::format("{} nothing to compare: only in {}\n", label(*entry), file);
  };
  add_alone("A", comparison.only_a);
  add_alone("B", comparison.only_b);
  return text;
}

CodebookFile codebooks_of(const std::string& path, std::optional<ElementType> wanted) {
  return is_codebook_file(path)
             ? NamedCodebooks(path).file()
             : calibrate(read_histograms({&path, 1}, wanted), CodebookScope::per_layer_kv);
}

void run(std::span<const std::string> arguments) {
  VerbOptions options("codec compare", "A B", kHelp);
  std::string format = "table";
  TypeOption type;
  options.word("format", "FORMAT", format, {"table", "json"});
  type.add_to(options);
  if (!options.parse(arguments)) return;
  const std::vector<std::string>& files = options.arguments();

  const CodebookFile a = codebooks_of(files[0], type.type());
  const CodebookFile b = codebooks_of(files[1], type.type());
  const Comparison comparison = compare(a, b);
  if (comparison.pairs.empty()) {
    throw InputError(fmt::format(
        "{} and {} have no codebook for the same tensors; calibrate both with --scope global",
        files[0], files[1]));
  }
  if (format == "json") {
    print_data(json_lines(to_json(comparison, files)));
  } else {
    print_text(to_table(comparison, files));
  }
}

}  // namespace

const SubVerb kCompareVerb{
    .name = "compare", .summary = "how far apart two calibrations are", .run = run};

}  // namespace splitbench
