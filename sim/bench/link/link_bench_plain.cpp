#include "sim/bench/link/link_bench_plain.hpp"

#include <asio/buffer.hpp>
#include <asio/read.hpp>
#include <asio/write.hpp>
#include <cerrno>
#include <functional>
#include <sys/socket.h>
#include <system_error>

#include "network/real_loop.hpp"
#include "sim/bench/link/link_bench_board.hpp"
#include "sim/bench/link/link_bench_buffers.hpp"
#include "sim/process/child_process.hpp"

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
      if (n == 0) throw std::runtime_error("receive: the peer closed the connection");
      rest = rest.subspan(static_cast<std::size_t>(n));
    }
}

/// `start` begins an operation on a whole chunk, which calls its handler at the end.
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

/// Both processes warm up, then move the chunks that count.
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
    asio::ip::tcp::socket socket =
        accept_one(io, options, [&](std::uint16_t port) { board.open(port); });
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
    send_all(io, socket, buffers, kWarmUpChunks);
    stamps.offered = RealLoop::clock_now();
    const Time before = cpu_time();
    send_all(io, socket, buffers, chunks);
    stamps.sender_cpu = cpu_time() - before;
  }));
  ChildProcess::wait_for(processes);
  return {stamps};
}

}  // namespace

std::vector<FlowStamps> time_bare_loop(const LinkBenchCase& bench, const WireOptions& options) {
  return time_plain(bench, options, send_blocking, receive_blocking);
}

std::vector<FlowStamps> time_plain_asio(const LinkBenchCase& bench, const WireOptions& options) {
  return time_plain(bench, options, send_by_asio, receive_by_asio);
}

}  // namespace splitbench
