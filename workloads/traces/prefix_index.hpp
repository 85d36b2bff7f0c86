#pragma once
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "workloads/traces/trace_request.hpp"

namespace splitbench {

/// Returns the id of a block that follows a prefix: it stands for both. It is mixed so that two of
/// a billion prefixes have the same id by accident with a chance of 3%, and two of a million never
/// will.
inline std::uint64_t chained(std::uint64_t prefix, std::uint64_t block) {
  std::uint64_t x = (prefix ^ (prefix >> 29)) * 0x9e3779b97f4a7c15 + block + 0x632be59bd9b4e019;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

/// The longest prefix that a prompt has in common with an earlier one.
struct SharedPrefix {
  std::uint64_t of = kNoRequest;  ///< the first request that had all of it
  std::uint64_t blocks = 0;
  std::uint64_t tokens = 0;  ///< tokens of these blocks; never more than the prompt

  bool operator==(const SharedPrefix&) const = default;
};

/// Finds for each request the longest prefix that an earlier one has, as a cache without bounds
/// would. Its memory is linear in the distinct prefixes, whatever the number of requests. Not
/// thread-safe.
class PrefixIndex {
 public:
  /// Returns the prefix that the request shares with those added before, and adds it. Later ones
  /// find it by the number `request`. Blocks of different sizes never match.
  SharedPrefix add(std::uint64_t request, const TraceRequest& trace_request);

  /// Returns the identities of the prefixes of the request added last: of its first block, of its
  /// first two, and so on. Valid until the next is added.
  std::span<const std::uint64_t> chain() const { return chain_; }

  std::uint64_t distinct_blocks() const { return first_with_.size(); }

 private:
  /// Returns how many of chain_ are known. If a prefix is known, so are all that are shorter.
  std::size_t known() const;

  std::unordered_map<std::uint64_t, std::uint64_t> first_with_;
  std::vector<std::uint64_t> chain_;  // prefixes of the request that is being added
};

}  // namespace splitbench
