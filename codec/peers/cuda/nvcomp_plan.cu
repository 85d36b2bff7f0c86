#include "codec/peers/cuda/nvcomp_batch.cuh"

namespace splitbench {
namespace {

/// What every codec's chunks may be asked to begin on; planes of a tensor are half as long as it.
constexpr std::uint64_t kAlignment = 32;

bool follows(const PeerTensor& tensor, const PeerTensor& before) {
  return before.raw.data() + before.raw.size() == tensor.raw.data() &&
         before.back.data() + before.back.size() == tensor.back.data() &&
         before.raw.size() % kAlignment == 0;
}

std::vector<NvcompPlan::Run> runs_of(std::span<const PeerTensor> tensors) {
  constexpr std::uint64_t kPlaneAlignment = 256;
  std::vector<NvcompPlan::Run> runs;
  std::uint64_t end = 0;
  for (const PeerTensor& tensor : tensors) {
    if (!runs.empty() && follows(tensor, runs.back().tensors)) {
      PeerTensor& run = runs.back().tensors;
      run.raw = {run.raw.data(), run.raw.size() + tensor.raw.size()};
      run.back = {run.back.data(), run.back.size() + tensor.back.size()};
    } else {
      end = (end + kPlaneAlignment - 1) / kPlaneAlignment * kPlaneAlignment;
      runs.push_back({.tensors = tensor, .begin = end});
    }
    end += tensor.raw.size() / 2;
  }
  return runs;
}

}  // namespace

NvcompPlan::NvcompPlan(std::span<const PeerTensor> tensors, const PeerOptions& options,
                       bool planes) {
  if (planes && options.type != ElementType::bf16)
    throw std::invalid_argument("planes are of bf16 elements");
  if (options.chunk_bytes % kAlignment != 0 || options.chunk_bytes == 0)
    throw std::invalid_argument("nvCOMP: a chunk is a multiple of 32 bytes");
  if (tensors.empty()) throw std::invalid_argument("nvCOMP: a batch has at least a tensor");
  if (planes) {
    runs = runs_of(tensors);
    const std::uint64_t end = runs.back().begin + runs.back().tensors.raw.size() / 2;
    exponents.emplace(end);
    rest.emplace(end);
  }
  std::size_t run = 0;
  for (const PeerTensor& tensor : tensors) {
    const std::byte* in = tensor.raw.data();
    std::byte* out = tensor.back.data();
    std::uint64_t size = tensor.raw.size();
    if (planes) {
      const auto past = [&](const Run& r) {
        return tensor.raw.data() < r.tensors.raw.data() ||
               tensor.raw.data() >= r.tensors.raw.data() + r.tensors.raw.size();
      };
      while (past(runs[run])) ++run;
      const auto offset =
          static_cast<std::uint64_t>(tensor.raw.data() - runs[run].tensors.raw.data());
      out = exponents->data() + runs[run].begin + offset / 2;
      in = out;
      size /= 2;
    }
    for (std::uint64_t at = 0; at < size; at += options.chunk_bytes) {
      seen.push_back(in + at);
      back.push_back(out + at);
      bytes.push_back(std::min<std::uint64_t>(options.chunk_bytes, size - at));
    }
    all_bytes += size;
  }
}

}  // namespace splitbench
