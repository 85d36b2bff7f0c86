#include <cstdint>
#include <vector>

#include "workers/device/backend.hpp"

namespace splitbench {

std::vector<RequestRows> rows_of(const KvLayout& layout, const Job& job) {
  constexpr std::uint64_t kWordBytes = 8;
  std::vector<RequestRows> all(job.requests.size());
  std::vector<std::uint64_t> words(job.requests.size());
  for (std::uint32_t tensor = 0; tensor < layout.tensors(); ++tensor) {
    std::uint64_t at = layout.tensor(tensor);
    for (std::size_t i = 0; i < all.size(); ++i) {
      const std::uint64_t bytes = layout.request_bytes(tensor, job.requests[i].kv_tokens());
      if (bytes > 0) all[i].parts.push_back({.begin = at, .bytes = bytes, .first_word = words[i]});
      words[i] += (bytes + kWordBytes - 1) / kWordBytes;
      at += bytes;
    }
  }
  return all;
}

}  // namespace splitbench
