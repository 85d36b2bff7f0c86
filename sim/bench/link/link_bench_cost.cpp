#include "sim/bench/link/link_bench_cost.hpp"

#include <algorithm>
#include <array>
#include <asio/buffer.hpp>
#include <asio/read.hpp>
#include <asio/write.hpp>
#include <cerrno>
#include <fmt/format.h>
#include <functional>
#include <nlohmann/json.hpp>
#include <span>
#include <sys/socket.h>
#include <system_error>

#include "network/real_loop.hpp"
#include "sim/bench/link/link_bench_board.hpp"
#include "sim/bench/link/link_bench_transfers.hpp"
#include "sim/process/child_process.hpp"
#include "workloads/json_text.hpp"
#include "workloads/statistics.hpp"

namespace splitbench {
namespace {

constexpr std::uint32_t kWarmUpChunks = 256;

void send_blocking(asio::io_context&, asio::ip::tcp::socket& socket, BenchBuffers& buffers,
                   std::uint64_t chunks) {
  for (; chunks > 0; --chunks)
    for (std::span<std::byte> rest = buffers.next(); !rest.empty();) {
      const ssize_t n = send(socket.native_handle(), rest.data(), rest.size(), MSG_NOSIGNAL);
      if (n < 0) throw std::system_error(errno, std::generic_category(), "send");
      rest = rest.subspan(static_cast<std::size_t>(n));
    }
}

void receive_blocking(asio::io_context&, asio::ip::tcp::socket& socket, BenchBuffers& buffers,
                      std::uint64_t chunks) {
  for (; chunks > 0; --chunks)
    for (std::span<std::byte> rest = buffers.next(); !rest.empty();) {
      const ssize_t n = recv(socket.native_handle(), rest.data(), rest.size(), 0);
      if (n < 0) throw std::system_error(errno, std::generic_category(), "receive");
      if (n == 0) throw std::runtime_error("receive: the remote end closed the connection");
      rest = rest.subspan(static_cast<std::size_t>(n));
    }
}

/// Moves chunks one by one: `start` begins an operation on a whole chunk, which calls its handler
/// at the end.
template <typename Start>
void one_by_one(asio::io_context& io, BenchBuffers& buffers, std::uint64_t chunks, Start start) {
  std::function<void(std::error_code, std::size_t)> next = [&](std::error_code error, std::size_t) {
    if (error) throw std::system_error(error, "move a chunk");
    if (chunks-- == 0) return;
    const std::span<std::byte> chunk = buffers.next();
    start(asio::buffer(chunk.data(), chunk.size()), next);
  };
  next({}, 0);
  io.restart();
  io.run();
}

void send_by_asio(asio::io_context& io, asio::ip::tcp::socket& socket, BenchBuffers& buffers,
                  std::uint64_t chunks) {
  one_by_one(io, buffers, chunks, [&](asio::mutable_buffer chunk, const auto& next) {
    asio::async_write(socket, chunk, next);
  });
}

void receive_by_asio(asio::io_context& io, asio::ip::tcp::socket& socket, BenchBuffers& buffers,
                     std::uint64_t chunks) {
  one_by_one(io, buffers, chunks, [&](asio::mutable_buffer chunk, const auto& next) {
    asio::async_read(socket, chunk, next);
  });
}

using Move = void (*)(asio::io_context&, asio::ip::tcp::socket&, BenchBuffers&,
                      std::uint64_t chunks);

/// Times a plain socket: both processes warm up, then move the chunks that count.
std::vector<FlowStamps> time_plain(const LinkBenchCase& bench, const WireOptions& options,
                                   Move send_all, Move receive_all) {
  const std::uint64_t chunks = bench.bytes / kBenchChunk;
  BenchBoard board(1, 1);
  FlowStamps& stamps = board.stamps(0, 0);
  std::vector<ChildProcess> processes;
  processes.push_back(ChildProcess::fork("receiver", [&] {
    enter_namespace(options.receiver_namespace);
    asio::io_context io(1);
    BenchBuffers buffers(kBenchSlots);
    asio::ip::tcp::socket socket = accept_one(
        io, options, [&](std::uint16_t port) { board.open(port); }, [&] { return board.caller(); });
    receive_all(io, socket, buffers, kWarmUpChunks);
    const Time before = cpu_time();
    receive_all(io, socket, buffers, chunks);
    stamps.handed_on = RealLoop::clock_now();
    stamps.receiver_cpu = cpu_time() - before;
  }));
  processes.push_back(ChildProcess::fork("sender", [&] {
    enter_namespace(options.sender_namespace);
    asio::io_context io(1);
    BenchBuffers buffers(kBenchSlots);
    asio::ip::tcp::socket socket = connect_to(io, options, board.port());
    board.call_from(socket.local_endpoint().port());
    send_all(io, socket, buffers, kWarmUpChunks);
    stamps.offered = RealLoop::clock_now();
    const Time before = cpu_time();
    send_all(io, socket, buffers, chunks);
    stamps.sender_cpu = cpu_time() - before;
  }));
  ChildProcess::wait_for(processes);
  return {stamps};
}

// Paths to compare the product's transport with: the same bytes over a socket alone, from and into
// as much memory. Stamps are those of time_transfers, for one flow.

std::vector<FlowStamps> time_bare_loop(const LinkBenchCase& bench, const WireOptions& options) {
  return time_plain(bench, options, send_blocking, receive_blocking);
}

std::vector<FlowStamps> time_plain_asio(const LinkBenchCase& bench, const WireOptions& options) {
  return time_plain(bench, options, send_by_asio, receive_by_asio);
}

struct Path {
  std::string name;
  bool payload_hash;
  std::vector<FlowStamps> (*time)(const LinkBenchCase&, const WireOptions&);
};

/// Returns the paths; the bare one is the last but one.
std::vector<Path> paths() {
  return {{"product", false, time_transfers},
          {"product", true, time_transfers},
          {"bare", false, time_bare_loop},
          {"asio", false, time_plain_asio}};
}

}  // namespace

LinkCost measure_cost(const WireOptions& options, std::uint64_t bytes, int rounds) {
  const LinkBenchCase bench{.link = {.bandwidth = kUnshaped},
                            .rate = kUnshaped,
                            .bytes = (bytes + kBenchChunk - 1) / kBenchChunk * kBenchChunk,
                            .flows = 1,
                            .repeats = 1};
  const std::vector<Path> all = paths();
  const std::size_t bare = all.size() - 2;
  std::vector<std::vector<double>> per_cpu(all.size()), per_second(all.size()), ratio(all.size());
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < all.size(); ++i) {
      WireOptions wire = options;
      wire.transport.payload_hash = all[i].payload_hash;
      const FlowStamps stamps = all[i].time(bench, wire).front();
      const auto moved = static_cast<double>(bench.bytes);
      per_cpu[i].push_back(moved / seconds(stamps.sender_cpu + stamps.receiver_cpu));
      per_second[i].push_back(moved / seconds(stamps.handed_on - stamps.offered));
    }
    for (std::size_t i = 0; i < all.size(); ++i)
      ratio[i].push_back(per_cpu[i].back() / per_cpu[bare].back());
  }
  LinkCost cost{.bytes = bench.bytes,
                .rounds = rounds,
                .streams = options.transport.streams,
                .bulk_threads = options.bulk_threads};
  for (std::size_t i = 0; i < all.size(); ++i)
    cost.paths.push_back({.path = all[i].name,
                          .payload_hash = all[i].payload_hash,
                          .bytes_per_cpu_s = median(per_cpu[i]),
                          .bytes_per_s = median(per_second[i]),
                          .against_bare = median(ratio[i])});
  return cost;
}

std::string link_cost_table(const LinkCost& cost) {
  constexpr std::string_view kRow = "{:<24} {:>16} {:>10} {:>10}\n";
  std::string text = fmt::format(kRow, "path", "GB a CPU second", "GB/s", "of bare");
  for (const PathCost& path : cost.paths)
    text += fmt::format(kRow, path.path + (path.payload_hash ? ", payload hash" : ""),
                        fmt::format("{:.2f}", path.bytes_per_cpu_s / 1e9),
                        fmt::format("{:.2f}", path.bytes_per_s / 1e9),
                        fmt::format("{:.2f}", path.against_bare));
  return text + fmt::format(
                    "medians of {} rounds in turns, {:.1f} GB each; streams of the "
                    "product: {}, bulk threads: {}; unshaped; CPU time of both processes\n",
                    cost.rounds, static_cast<double>(cost.bytes) / 1e9, cost.streams,
                    cost.bulk_threads ? "on" : "off");
}

std::string link_cost_json(const LinkCost& cost) {
  nlohmann::ordered_json json;
  json["bytes"] = cost.bytes;
  json["rounds"] = cost.rounds;
  json["streams"] = cost.streams;
  json["bulk_threads"] = cost.bulk_threads;
  json["paths"] = nlohmann::ordered_json::array();
  for (const PathCost& path : cost.paths)
    json["paths"].push_back({{"path", path.path},
                             {"payload_hash", path.payload_hash},
                             {"bytes_per_cpu_s", path.bytes_per_cpu_s},
                             {"bytes_per_s", path.bytes_per_s},
                             {"against_bare", path.against_bare}});
  return json_lines(json);
}

}  // namespace splitbench
