#include "codec/cpu/stream_copy.hpp"

#include <algorithm>
#include <cstring>
#include <hwy/cache_control.h>

#include "codec/frame.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "codec/cpu/stream_copy.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace splitbench::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

void stream_lines(const std::byte* from, std::size_t bytes, std::byte* to) {
  const hn::CappedTag<std::uint8_t, 64> d;
  const auto* const source = reinterpret_cast<const std::uint8_t*>(from);
  auto* const target = reinterpret_cast<std::uint8_t*>(to);
  for (std::size_t i = 0; i < bytes; i += hn::Lanes(d))
    hn::Stream(hn::LoadU(d, source + i), d, target + i);
}

}  // namespace
}  // namespace splitbench::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace splitbench {
namespace {

HWY_EXPORT(stream_lines);

constexpr std::size_t kLine = 64;

}  // namespace

std::span<const std::byte> bytes_behind(std::span<const std::byte> whole,
                                        std::span<const std::byte> part) {
  const auto end = static_cast<std::size_t>(part.data() - whole.data()) + part.size();
  return whole.subspan(end, std::min(part.size(), whole.size() - end));
}

void FetchAhead::ask() {
  const std::span step = left_.first(std::min(step_, left_.size()));
  for (std::size_t i = 0; i < step.size(); i += kLine) hwy::Prefetch(step.data() + i);
  left_ = left_.subspan(step.size());
}

void stream_copy(std::span<const std::byte> from, std::byte* to) {
  if (from.empty()) return;
  const std::size_t past_line = reinterpret_cast<std::uintptr_t>(to) % kLine;
  const std::size_t head = std::min(from.size(), past_line == 0 ? 0 : kLine - past_line);
  const std::size_t lines = (from.size() - head) / kLine * kLine;
  std::memcpy(to, from.data(), head);
  HWY_DYNAMIC_DISPATCH(stream_lines)(from.data() + head, lines, to + head);
  std::memcpy(to + head + lines, from.data() + head + lines, from.size() - head - lines);
}

void flush_stream() {
  hwy::FlushStream();
}

std::uint64_t copy_and_digest(std::span<const std::byte> from, std::byte* to,
                              std::uint64_t first_position, std::uint8_t version, bool streams) {
  constexpr std::size_t kStep = 8192;  // stays in the first cache between the two steps
  std::uint64_t sum = 0;
  for (std::size_t offset = 0; offset < from.size(); offset += kStep) {
    const std::span step = from.subspan(offset, std::min(kStep, from.size() - offset));
    sum += frame_digest(version, step, first_position + offset / 8);
    if (streams) {
      stream_copy(step, to + offset);
    } else {
      std::memcpy(to + offset, step.data(), step.size());
    }
  }
  if (streams) flush_stream();
  return sum;
}

}  // namespace splitbench
#endif
