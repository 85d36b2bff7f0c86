#include "sim/verbs/codec/codec_histograms.hpp"

#include <filesystem>
#include <fmt/core.h>
#include <map>
#include <tuple>
#include <xxhash.h>

#include "sim/cli/command_line.hpp"

namespace splitbench {

bool is_codebook_file(const std::filesystem::path& path) {
  return path.extension() == ".json";
}

namespace {

void add_codebook_file(Histograms& histograms, const std::string& path) {
  const NamedCodebooks codebooks(path);
  const CodebookFile& file = codebooks.file();
  histograms.sources.insert(histograms.sources.end(), file.sources.begin(), file.sources.end());
  for (const CodebookFile::Entry& entry : file.entries) {
    histograms.tensors.push_back({.source = path,
                                  .tensor = describe(entry.key),
                                  .key = entry.key,
                                  .type = entry.codebook.element_type,
                                  .histogram = entry.histogram});
  }
}

void add_dump(Histograms& histograms, const std::string& path, std::optional<ElementType> wanted) {
  const Dump dump = read_dump(path, wanted);
  histograms.sources.push_back({.name = std::filesystem::path(path).filename().string(),
                                .bytes = dump.file.size(),
                                .xxh3 = XXH3_64bits(dump.file.data(), dump.file.size())});
  for (const Tensor& tensor : dump.tensors) {
    if (tensor.type) {
      histograms.tensors.push_back(histogram_of(tensor, path));
    } else {
      histograms.carried.push_back(carried_tensor(tensor, path));
    }
  }
}

CodebookKey widened(CodebookKey key, CodebookScope scope) {
  if (scope == CodebookScope::kv || scope == CodebookScope::global) key.layer.reset();
  if (scope == CodebookScope::per_layer || scope == CodebookScope::global) key.tensor_class.reset();
  return key;
}

auto narrow_to_wide(ElementType type, const CodebookKey& key) {
  return std::tuple(type, !key.layer, !key.tensor_class, key.layer, key.tensor_class);
}

}  // namespace

TensorHistogram histogram_of(const Tensor& tensor, const std::string& source) {
  return {.source = source,
          .tensor = tensor.name,
          .key = tensor.key,
          .type = tensor.type.value(),
          .histogram = exponent_histogram(tensor.raw, tensor.type.value())};
}

Histograms read_histograms(std::span<const std::string> paths, std::optional<ElementType> wanted) {
  Histograms histograms;
  for (const std::string& path : paths) {
    if (is_codebook_file(path)) {
      add_codebook_file(histograms, path);
    } else {
      add_dump(histograms, path, wanted);
    }
  }
  return histograms;
}

CodebookFile calibrate(const Histograms& histograms, CodebookScope scope) {
  std::map<decltype(narrow_to_wide({}, {})), CodebookFile::Entry> entries;
  for (const TensorHistogram& tensor : histograms.tensors) {
    const CodebookKey key = widened(tensor.key, scope);
    CodebookFile::Entry& entry = entries[narrow_to_wide(tensor.type, key)];
    entry.key = key;
    entry.codebook.element_type = tensor.type;
    entry.histogram += tensor.histogram;
  }
  CodebookFile file{.tool = fmt::format("splitbench {} ({})", kVersion, kCommit),
                    .sources = histograms.sources,
                    .entries = {}};
  for (auto& [order, entry] : entries) {
    const ElementType type = entry.codebook.element_type;
    entry.codebook = calibrate(entry.histogram, type);
    entry.ranked_codebook = calibrate(entry.histogram, type, FrameKind::ranked);
    file.entries.push_back(std::move(entry));
  }
  return file;
}

}  // namespace splitbench
