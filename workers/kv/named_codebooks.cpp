#include "workers/kv/named_codebooks.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <map>
#include <set>
#include <stdexcept>
#include <string_view>

#include "workers/kv/drift.hpp"
#include "workers/plan/tensor_scopes.hpp"
#include "workloads/files.hpp"
#include "workloads/foreign_json.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

CodebookFile load(const std::string& path) {
  constexpr std::string_view kExpected = "a file of codebooks";
  constexpr std::uint64_t kMostBytes = 64 << 20;
  const std::string text = read_text(path, kExpected, kMostBytes);
  try {
    return codebook_file_from_json(parse_foreign_json(text));
  } catch (const std::runtime_error& error) {
    throw InputError(fmt::format("{}: {}, expected {}", path, error.what(), kExpected));
  }
}

/// Returns the class as the keys of codebooks have it.
std::string key_of(TensorClass tensor) {
  switch (tensor) {
    case TensorClass::k:
      return "k";
    case TensorClass::v:
      return "v";
    case TensorClass::index:
    case TensorClass::state:
      throw std::logic_error("a tensor without a codebook");
    case TensorClass::latent:
      break;
  }
  return "latent";
}

}  // namespace

NamedCodebooks::NamedCodebooks(const std::filesystem::path& path)
    : path_(path.string()), file_(load(path_)) {}

const CodebookFile::Entry& NamedCodebooks::entry_of(const CodebookKey& tensor,
                                                    ElementType type) const {
  if (const CodebookFile::Entry* const entry = file_.entry_for(tensor, type)) return *entry;
  check_type(type);
  if (!tensor.layer && !tensor.tensor_class) {
    throw InputError(fmt::format(
        "{}: it has no {} codebook for all tensors, and the input does not say which layer or "
        "class it is; calibrate with --scope global",
        path_, name(type)));
  }
  throw InputError(
      fmt::format("{}: no {} codebook for {}; calibrate on a dump that has it, or with "
                  "--scope global",
                  path_, name(type), describe(tensor)));
}

const Codebook& NamedCodebooks::of(const CodebookKey& tensor, ElementType type,
                                   FrameKind kind) const {
  return entry_of(tensor, type).codebook_for(kind);
}

void NamedCodebooks::check_type(ElementType wanted) const {
  std::set<std::string_view> types;
  for (const CodebookFile::Entry& entry : file_.entries)
    types.insert(name(entry.codebook.element_type));
  if (!types.contains(name(wanted)))
    throw InputError(fmt::format("{}: codebooks of {}, but the elements are {}; calibrate on {}",
                                 path_, fmt::join(types, " and "), name(wanted), name(wanted)));
}

void NamedCodebooks::check_layers(const ModelGeometry& model, ElementType type) const {
  std::uint64_t layers = 0;  // those that the file tells apart
  for (const CodebookFile::Entry& entry : file_.entries)
    if (entry.codebook.element_type == type && entry.key.layer)
      layers = std::max<std::uint64_t>(layers, std::uint64_t{*entry.key.layer} + 1);
  if (layers != 0 && layers != model.layers)
    throw InputError(
        fmt::format("{}: codebooks for {} layers, but model {} has {}; calibrate on a "
                    "dump of that model, or with --scope kv or global",
                    path_, layers, model.name, model.layers));
}

std::vector<CodebookFile::Entry> NamedCodebooks::of_model(const ModelGeometry& model,
                                                          ElementType type,
                                                          CodebookScope scope) const {
  check_type(type);
  check_layers(model, type);
  const std::vector<CacheTensor> tensors = model.tensors(type);
  const TensorScopes scopes(scope, tensors);
  std::map<std::uint32_t, const CodebookFile::Entry*> shared;  // keyed by scope
  std::vector<CodebookFile::Entry> entries;
  for (std::uint32_t tensor = 0; tensor < tensors.size(); ++tensor) {
    if (!tensors[tensor].coded()) {
      entries.emplace_back();
      continue;
    }
    const CodebookFile::Entry& entry = entry_of(
        {.layer = tensors[tensor].layer, .tensor_class = key_of(tensors[tensor].tensor_class)},
        type);
    const auto [first, is_new] = shared.emplace(scopes.of(tensor), &entry);
    if (first->second != &entry) {
      const std::string_view wanted = kCodebookScopeNames[scope];
      throw InputError(fmt::format(
          "{}: one codebook for {}, another for {}, which share one by drift.scope {}; calibrate "
          "with --scope {}, or set drift.scope per_layer_kv",
          path_, describe(first->second->key), describe(entry.key), wanted, wanted));
    }
    entries.push_back(entry);
  }
  return entries;
}

}  // namespace splitbench
