#include "codec/digest.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "codec/digest.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace splitbench::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET == HWY_SCALAR

std::uint64_t digest_strips(const std::byte* bytes, std::uint64_t strips,
                            std::uint64_t first_strip) {
  std::uint64_t sum = 0;
  for (std::uint64_t i = 0; i < strips * kStripBytes / 8; ++i) {
    std::uint64_t word;
    std::memcpy(&word, bytes + 8 * i, 8);
    sum += digest_share(word, first_strip * kStripBytes / 8 + i);
  }
  return sum;
}

#else

/// Returns the digest of whole strips, of which `first_strip` come before. A vector has the same
/// row of several columns.
std::uint64_t digest_strips(const std::byte* bytes, std::uint64_t strips,
                            std::uint64_t first_strip) {
  constexpr std::size_t kMostLanes = 8;
  const hn::CappedTag<std::uint64_t, kMostLanes> d;
  const hn::Repartition<std::uint32_t, decltype(d)> words;
  const std::size_t lanes = hn::Lanes(d), columns = lanes / 2;
  constexpr WordKeys kKeys = word_keys();
  const auto row_keys = [&](std::size_t row) { return hn::LoadDup128(words, kKeys.at + 4 * row); };
  const auto keys0 = row_keys(0), keys1 = row_keys(1), keys2 = row_keys(2), keys3 = row_keys(3);
  const auto odd = [&](auto row) {
    return hn::BitCast(words, hn::ShiftRight<32>(hn::BitCast(d, row)));
  };
  const auto products = [&](auto row, auto keys) {
    return hn::Add(hn::MulEven(row, keys), hn::MulEven(odd(row), odd(keys)));
  };
  const auto factor = hn::Set(d, kScrambleFactor);
  const auto step = hn::Set(d, columns * kSaltStep);
  const auto one = hn::Set(d, 1);
  HWY_ALIGN std::uint64_t lane_values[kMostLanes];
  for (std::size_t lane = 0; lane < lanes; ++lane)
    lane_values[lane] = salt(kStripColumns * first_strip + lane / 2);
  auto salts = hn::Load(d, lane_values);
  auto sum = hn::Zero(d);
  for (; strips > 0; --strips, bytes += kStripBytes) {
    for (std::size_t column = 0; column < kStripColumns; column += columns) {
      const auto row = [&](std::size_t number) {
        return hn::LoadU(words, reinterpret_cast<const std::uint32_t*>(
                                    bytes + kStripBytes / kStripRows * number + 16 * column));
      };
      const auto of_column = hn::Add(hn::Add(products(row(0), keys0), products(row(1), keys1)),
                                     hn::Add(products(row(2), keys2), products(row(3), keys3)));
      auto key = hn::Mul(hn::Xor(salts, hn::ShiftRight<32>(salts)), factor);  // scramble()
      key = hn::Or(hn::Xor(key, hn::ShiftRight<32>(key)), one);
      sum = hn::Add(sum, hn::Mul(of_column, key));
      salts = hn::Add(salts, step);
    }
  }
  hn::Store(sum, d, lane_values);
  return std::accumulate(lane_values, lane_values + lanes, std::uint64_t{0});
}

#endif

}  // namespace
}  // namespace splitbench::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace splitbench {
namespace {

HWY_EXPORT(digest_strips);

/// Returns the 64-bit word at the start of `bytes`, zero-extended if they are fewer than 8.
std::uint64_t first_word(std::span<const std::byte> bytes) {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes.data(), std::min<std::size_t>(bytes.size(), 8));
  return word;
}

}  // namespace

std::uint64_t checksum(std::span<const std::byte> bytes, std::uint64_t first_position) {
  std::uint64_t sum = 0;
  for (std::size_t at = 0; at < bytes.size(); at += 8)
    sum += mix(first_word(bytes.subspan(at)), first_position + at / 8);
  return sum;
}

std::uint64_t digest(std::span<const std::byte> bytes, std::uint64_t first_position) {
  constexpr std::uint64_t kStripWords = kStripBytes / 8;
  std::uint64_t sum = 0, position = first_position;
  const auto add_words = [&](std::size_t size) {
    for (std::size_t at = 0; at < size; at += 8)
      sum += digest_share(first_word(bytes.subspan(at)), position++);
    bytes = bytes.subspan(size);
  };
  const std::uint64_t to_strip = (kStripWords - position % kStripWords) % kStripWords * 8;
  add_words(std::min<std::uint64_t>(to_strip, bytes.size()));
  if (const std::uint64_t strips = bytes.size() / kStripBytes; strips > 0) {
    sum += HWY_DYNAMIC_DISPATCH(digest_strips)(bytes.data(), strips, position / kStripWords);
    position += strips * kStripWords;
    bytes = bytes.subspan(strips * kStripBytes);
  }
  add_words(bytes.size());
  return sum;
}

}  // namespace splitbench
#endif
