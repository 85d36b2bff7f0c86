#include "sim/verbs/codec/codec_codebooks.hpp"

#include <fmt/core.h>

#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

CodebookFile load(const std::string& path) {
  try {
    return load_codebook_file(path);
  } catch (const std::exception& error) {
    throw InputError(error.what());
  }
}

}  // namespace

NamedCodebooks::NamedCodebooks(const std::string& path) : path_(path), file_(load(path)) {}

const Codebook& NamedCodebooks::of(const CodebookKey& tensor, ElementType type,
                                   FrameKind kind) const {
  if (const Codebook* const codebook = file_.find(tensor, type, kind)) return *codebook;
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

bool is_codebook_file(const std::filesystem::path& path) {
  return path.extension() == ".json";
}

}  // namespace splitbench
