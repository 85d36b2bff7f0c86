#include <algorithm>
#include <chrono>
#include <cstring>
#include <fmt/format.h>
#include <fstream>
#include <stdexcept>

#include "codec/codec.hpp"
#include "sim/codec_bench.hpp"

namespace splitbench {

BenchTime time_on_host(int repeats, const std::function<void()>& work) {
  constexpr int kWarmUp = 2;
  std::vector<double> seconds;
  for (int i = 0; i < kWarmUp + repeats; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
    if (i >= kWarmUp) seconds.push_back(taken.count());
  }
  return bench_time(seconds);
}

std::string processor() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "cpu";
}

BenchRow bench_on_cpu(const BenchElements& elements, const BenchCase& bench) {
  const std::uint64_t each = bench.bytes / bench.tensors / 16 * 16;
  const std::uint64_t room = max_frame_bytes(elements.type, each / element_bytes(elements.type));
  std::vector<std::byte> raw(each * bench.tensors), back(raw.size()), frames(room * bench.tensors);
  for (std::size_t at = 0; at < raw.size(); at += elements.piece.size()) {
    const std::size_t size = std::min(elements.piece.size(), raw.size() - at);
    std::copy_n(elements.piece.begin(), size, raw.begin() + static_cast<std::ptrdiff_t>(at));
  }
  std::vector<std::uint64_t> frame_bytes(bench.tensors);
  const auto tensor = [&](auto& bytes, std::uint64_t i, std::uint64_t size, std::uint64_t stride) {
    return std::span(bytes).subspan(i * stride, size);
  };
  BenchRow row{.backend = "cpu",
               .device = fmt::format("{}, {} threads", processor(), bench.threads),
               .type = elements.type,
               .bench = bench,
               .frame_bytes = 0,
               .escape_rate = elements.escape_rate,
               .encode = {},
               .decode = {},
               .copy_out = {},
               .copy_in = {}};
  row.bench.bytes = raw.size();
  row.copy_out =
      time_on_host(bench.repeats, [&] { std::memcpy(back.data(), raw.data(), raw.size()); });
  row.copy_in = row.copy_out;
  row.encode = time_on_host(bench.repeats, [&] {
    for (std::uint32_t i = 0; i < bench.tensors; ++i) {
      frame_bytes[i] =
          encode(std::span<const std::byte>(tensor(raw, i, each, each)), elements.codebook,
                 FrameKind::splitzip, tensor(frames, i, room, room), bench.threads)
              .frame_bytes;
    }
  });
  std::ranges::fill(back, std::byte{0});
  row.decode = time_on_host(bench.repeats, [&] {
    for (std::uint32_t i = 0; i < bench.tensors; ++i)
      decode(tensor(frames, i, frame_bytes[i], room), tensor(back, i, each, each), bench.threads);
  });
  if (back != raw)
    throw std::logic_error("codec bench: the CPU's decoder gave back other elements");
  for (const std::uint64_t bytes : frame_bytes) row.frame_bytes += bytes;
  return row;
}

}  // namespace splitbench
