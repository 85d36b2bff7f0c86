#include <algorithm>
#include <chrono>
#include <cstring>
#include <fmt/format.h>
#include <fstream>
#include <memory>
#include <span>
#include <stdexcept>

#include "codec/codec.hpp"
#include "sim/bench/codec/codec_bench.hpp"

namespace splitbench {
namespace {

std::vector<std::byte> bytes_of(std::span<const BenchTensor> tensors) {
  std::vector<std::byte> all(tensors.back().begin + tensors.back().bytes);
  for (const BenchTensor& tensor : tensors) {
    tensor.for_each_part([&](std::uint64_t at, std::span<const std::byte> part) {
      std::ranges::copy(part, all.begin() + static_cast<std::ptrdiff_t>(at));
    });
  }
  return all;
}

BenchDevice cpu(const BenchCase& bench) {
  return {.backend = "cpu", .name = fmt::format("{}, {} threads", processor(), bench.threads)};
}

}  // namespace

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
  if (bench.codec.peer != nullptr) return bench_peer_on_cpu(elements, bench);
  const std::vector<BenchTensor> tensors = lay_out(elements, bench);
  const std::vector<std::byte> raw = bytes_of(tensors);
  std::vector<std::byte> back(raw.size());
  std::vector<std::vector<std::byte>> frames;
  frames.reserve(tensors.size());
  for (const BenchTensor& tensor : tensors)
    frames.emplace_back(
        max_frame_bytes(elements.type, tensor.bytes / element_bytes(elements.type)));
  std::vector<std::uint64_t> frame_bytes(tensors.size());
  BenchRow row = bench_row(cpu(bench), elements, bench, tensors);
  row.copy_out =
      time_on_host(bench.repeats, [&] { std::memcpy(back.data(), raw.data(), raw.size()); });
  row.copy_in = row.copy_out;
  row.encode = time_on_host(bench.repeats, [&] {
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      frame_bytes[i] = encode(std::span(raw).subspan(tensors[i].begin, tensors[i].bytes),
                              tensors[i].piece->codebook_for(bench.codec.kind), bench.codec.kind,
                              frames[i], bench.threads)
                           .frame_bytes;
    }
  });
  std::ranges::fill(back, std::byte{0});
  row.decode = time_on_host(bench.repeats, [&] {
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      decode(std::span(frames[i]).first(frame_bytes[i]),
             std::span(back).subspan(tensors[i].begin, tensors[i].bytes), bench.threads);
    }
  });
  if (back != raw)
    throw std::logic_error("codec bench: the CPU's decoder gave back other elements");
  for (const std::uint64_t bytes : frame_bytes) row.frame_bytes += bytes;
  return row;
}

BenchRow bench_peer_on_cpu(const BenchElements& elements, const BenchCase& bench) {
  const std::vector<BenchTensor> tensors = lay_out(elements, bench);
  const std::vector<std::byte> raw = bytes_of(tensors);
  std::vector<std::byte> back(raw.size());
  BenchRow row = bench_row(cpu(bench), elements, bench, tensors);
  row.copy_out =
      time_on_host(bench.repeats, [&] { std::memcpy(back.data(), raw.data(), raw.size()); });
  row.copy_in = row.copy_out;
  std::vector<PeerTensor> tasks;
  tasks.reserve(tensors.size());
  for (const BenchTensor& tensor : tensors) {
    tasks.push_back({.raw = std::span(raw).subspan(tensor.begin, tensor.bytes),
                     .back = std::span(back).subspan(tensor.begin, tensor.bytes)});
  }
  row.bench.chunk_bytes = peer_chunk_bytes(elements, bench);
  const std::unique_ptr<PeerBatch> batch =
      bench.codec.peer->batch(tasks, {.type = elements.type,
                                      .chunk_bytes = row.bench.chunk_bytes,
                                      .threads = bench.threads,
                                      .stream = nullptr});
  row.encode = time_on_host(bench.repeats, [&] { batch->compress(); });
  row.frame_bytes = batch->compressed_bytes();
  std::ranges::fill(back, std::byte{0});
  row.decode = time_on_host(bench.repeats, [&] { batch->decompress(); });
  if (back != raw)
    throw std::logic_error(
        fmt::format("codec bench: {} gave back other elements", bench.codec.name));
  return row;
}

}  // namespace splitbench
