#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "codec/element.hpp"
#include "workers/plan/chunk_plan.hpp"
#include "workers/plan/model.hpp"
#include "workers/plan/settings.hpp"

namespace splitbench {

/// One request's part of a job.
struct JobRequest {
  std::uint64_t id = 0;
  std::uint64_t prompt_tokens = 0;
  std::uint64_t output_tokens = 0;
  std::uint64_t cached_tokens = 0;    ///< prompt tokens that the prefill worker need not compute
  std::uint64_t resident_tokens = 0;  ///< prompt tokens whose KV the decode worker already has
  std::uint32_t drift_level = 0;      ///< drift of its KV, 0 to kDriftLevels (drift.hpp)

  /// Returns the number of tokens whose KV is sent.
  std::uint64_t kv_tokens() const { return prompt_tokens - resident_tokens; }

  bool operator==(const JobRequest&) const = default;
};

/// A batch of requests that is prefilled together and whose KV is sent together. In memory its KV
/// is [tensor][row][width] (KvLayout); the requests' rows follow each other.
struct Job {
  std::uint64_t id = 0;
  Arm arm = Arm::raw;
  std::uint32_t prefill_worker = 0;
  std::uint32_t decode_worker = 0;
  std::uint64_t prefill_offset = 0;  ///< bytes into the prefill worker's KV memory
  std::uint64_t decode_offset = 0;   ///< bytes into the decode worker's KV pool
  std::vector<JobRequest> requests;

  /// Returns the number of tokens whose KV is sent, over all requests.
  std::uint64_t kv_tokens() const {
    std::uint64_t sum = 0;
    for (const JobRequest& r : requests) sum += r.kv_tokens();
    return sum;
  }

  bool operator==(const Job&) const = default;
};

/// Returns the tokens of each of a job's requests whose KV is sent.
inline std::vector<std::uint64_t> request_tokens(const Job& job) {
  std::vector<std::uint64_t> tokens;
  tokens.reserve(job.requests.size());
  for (const JobRequest& request : job.requests) tokens.push_back(request.kv_tokens());
  return tokens;
}

/// The layout of a job's KV: offsets are bytes from its start. Every tensor begins on a multiple of
/// kTensorAlignment bytes, and so does every piece of a chunk, since tensors are cut at multiples
/// of kPieceElements: GPU codecs require that. A tensor whose size is no multiple of it, such as
/// FP8 of an odd width, is followed by unused bytes, so a job takes a little more memory than its
/// KV.
class KvLayout {
 public:
  static constexpr std::uint64_t kTensorAlignment = 16;

  /// The layout of requests of which so many tokens are sent.
  KvLayout(const ModelGeometry&, ElementType, std::span<const std::uint64_t> request_tokens);
  KvLayout(const ModelGeometry& model, ElementType type, std::uint64_t tokens)
      : KvLayout(model, type, std::span(&tokens, 1)) {}
  KvLayout(const ModelGeometry& model, ElementType type, const Job& job)
      : KvLayout(model, type, request_tokens(job)) {}

  /// Returns the offset of a piece.
  std::uint64_t at(const Piece& p) const { return tensor(p.tensor) + p.first * element_bytes_; }
  std::uint64_t bytes_of(const Piece& p) const { return p.elements * element_bytes_; }
  /// Returns the offset of a tensor, which is numbered as in a chunk plan.
  std::uint64_t tensor(std::uint32_t index) const { return offsets_[index]; }
  std::uint32_t tensors() const { return static_cast<std::uint32_t>(shapes_.size()); }
  /// Returns the bytes of a tensor.
  std::uint64_t tensor_bytes(std::uint32_t index) const { return bytes_[index]; }
  /// Returns the bytes of a tensor that belong to a request of which so many tokens are sent.
  std::uint64_t request_bytes(std::uint32_t index, std::uint64_t tokens) const {
    return shapes_[index].rows(tokens) * shapes_[index].width * element_bytes_;
  }
  /// Returns the memory that the job takes, in bytes.
  std::uint64_t bytes() const { return end_; }

 private:
  std::uint64_t element_bytes_;
  std::vector<CacheTensor> shapes_;
  std::vector<std::uint64_t> offsets_, bytes_;
  std::uint64_t end_ = 0;
};

/// Returns the bytes of a KvLayout, without making one.
std::uint64_t kv_memory(const ModelGeometry&, ElementType,
                        std::span<const std::uint64_t> request_tokens);

}  // namespace splitbench
