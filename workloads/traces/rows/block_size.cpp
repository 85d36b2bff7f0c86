#include "workloads/traces/rows/block_size.hpp"

#include <bit>
#include <fmt/format.h>
#include <string>
#include <vector>

namespace splitbench {
namespace {

constexpr std::uint32_t kMaxPower = 20;  // blocks of a million tokens
constexpr std::uint32_t kPowers = (2U << kMaxPower) - 1;

bool fits(std::uint64_t tokens, std::uint64_t ids, std::uint64_t block) {
  return ids == tokens / block || ids == (tokens + block - 1) / block;
}

/// Returns the powers of two that fit: bit n stands for blocks of 2^n tokens.
std::uint32_t fitting_powers(std::uint64_t tokens, std::uint64_t ids) {
  std::uint32_t powers = 0;
  for (std::uint32_t n = 0; n <= kMaxPower; ++n)
    powers |= std::uint32_t{fits(tokens, ids, 1U << n)} << n;
  return powers;
}

std::string sizes(std::uint32_t powers) {
  std::vector<std::uint32_t> all;
  for (std::uint32_t n = 0; n <= kMaxPower; ++n)
    if (powers >> n & 1) all.push_back(1U << n);
  return fmt::format("{}", fmt::join(all, ", "));
}

}  // namespace

void BlockSize::see(const TracePlace& place, const TraceRequest& request) {
  const std::uint64_t ids = request.hash_ids.size(), tokens = request.input_tokens;
  const std::uint32_t stated = request.block_tokens;
  if (const std::uint32_t known = given_ > 0 ? given_ : stated; known > 0) {
    if (ids > (tokens + known - 1) / known)
      place.refuse(fmt::format("{} ids for {} tokens", ids, tokens),
                   fmt::format("at most one for {} tokens", known));
    return;
  }
  // A size that is no power of two can only be the format's own, and that is one.
  const bool same = settled_ && fits(tokens, ids, own_);
  const std::uint32_t both = same ? fitting_ : fitting_ & fitting_powers(tokens, ids);
  if ((both & kPowers) == 0)
    place.refuse(
        fmt::format("{} ids for {} tokens", ids, tokens),
        any_ ? fmt::format("blocks of {} tokens, as the rows before have; --block-tokens (in a "
                           "scenario workload.block_tokens) says how many they have",
                           sizes(fitting_))
             : std::string("as many as it has blocks of a power of two; --block-tokens (in a "
                           "scenario workload.block_tokens) says how many tokens they have"));
  fitting_ = both & kPowers;
  any_ = true;
}

std::uint32_t BlockSize::tokens(const TracePlace& place) {
  if (given_ > 0) return given_;
  if (!any_ || settled_) return any_ ? own_ : 0;
  const bool own_fits = own_ > 0 && (fitting_ >> std::bit_width(own_ - 1) & 1) != 0;
  if (!own_fits && std::popcount(fitting_) > 1)
    place.refuse(fmt::format("ids that fit blocks of {} tokens", sizes(fitting_)),
                 "one size; --block-tokens (in a scenario workload.block_tokens) says which");
  if (!own_fits) own_ = 1U << (std::bit_width(fitting_) - 1);
  fitting_ = own_;
  settled_ = true;
  return own_;
}

}  // namespace splitbench
