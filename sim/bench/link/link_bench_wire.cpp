#include "sim/bench/link/link_bench_wire.hpp"

#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace splitbench {
namespace {

using asio::ip::tcp;

void pace(tcp::socket& socket, std::uint64_t bits_per_second) {
  const std::uint64_t bytes_per_second = bits_per_second / 8;
  if (setsockopt(socket.native_handle(), SOL_SOCKET, SO_MAX_PACING_RATE, &bytes_per_second,
                 sizeof bytes_per_second) != 0)
    throw std::system_error(errno, std::generic_category(), "pace a sender's socket");
}

tcp::endpoint listening_at(const WireOptions& options, std::uint16_t port) {
  return {asio::ip::make_address_v4(options.address), port};
}

FlowOptions flow_options(const Wire& wire, const StagingPlan& staging, std::uint32_t senders) {
  return {.secret = wire.secret,
          .transport = wire.options.transport,
          .credits = staging.credits_per_sender(senders),
          .slot_bytes = staging.slot_bytes,
          .pacing = wire.options.pacing / 8,
          .bulk_threads = wire.options.bulk_threads,
          .terms = {{"slot_bytes", staging.slot_bytes}}};
}

}  // namespace

Wire::Wire(const WireOptions& o) : options(o), secret(Secret::make()) {}

void enter_namespace(const std::string& name) {
  if (name.empty()) return;
  const int descriptor = open(("/run/netns/" + name).c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0 || setns(descriptor, CLONE_NEWNET) != 0)
    throw std::system_error(errno, std::generic_category(), "enter network namespace " + name);
  close(descriptor);
}

tcp::socket connect_to(asio::io_context& io, const WireOptions& options, std::uint16_t port) {
  tcp::socket socket(io, tcp::v4());
  prefer_cubic(socket.native_handle());
  std::error_code error;
  socket.connect(listening_at(options, port), error);
  if (error) throw std::system_error(error, fmt::format("connect to {}:{}", options.address, port));
  socket.set_option(tcp::no_delay(true));
  if (options.pacing > 0) pace(socket, options.pacing);
  return socket;
}

tcp::socket accept_one(asio::io_context& io, const WireOptions& options, const PortOpened& opened,
                       const PortOfCaller& caller) {
  tcp::acceptor acceptor(io, listening_at(options, 0));
  prefer_cubic(acceptor.native_handle());
  opened(acceptor.local_endpoint().port());
  const std::uint16_t expected = caller();
  for (;;) {
    tcp::socket socket = acceptor.accept();
    std::error_code gone;
    if (socket.remote_endpoint(gone).port() != expected) continue;
    socket.set_option(tcp::no_delay(true));
    return socket;
  }
}

SenderEnd::SenderEnd(asio::io_context& io, EventLoop& loop, SharedLink& link, FlowId flow,
                     const Wire& wire, std::uint16_t port, StagingPlan staging, SlotMemory slots,
                     std::function<void()> opened, ConnectionLost lost)
    : sender_(io, loop, link, flow, flow_options(wire, staging, 1), std::move(slots)) {
  sender_.on_up = [opened = std::move(opened)](std::uint64_t) { opened(); };
  sender_.on_lost = [lost = std::move(lost)](std::uint64_t, const std::string& why) { lost(why); };
  sender_.connect(listening_at(wire.options, port), 1);
}

ReceiverEnd::ReceiverEnd(asio::io_context& io, EventLoop& loop, SharedLink& link,
                         std::uint32_t senders, const Wire& wire, StagingPlan staging,
                         SlotMemory slots, const PortOpened& opened,
                         std::function<void(std::uint32_t, const std::string&)> lost)
    : receiver_(io, loop, link, 0, senders, flow_options(wire, staging, senders), std::move(slots)),
      listener_(io, listening_at(wire.options, 0),
                CallerBounds::beside(std::size_t{senders} * wire.options.transport.streams),
                [this](tcp::socket socket) { return receiver_.accept(std::move(socket)); }) {
  receiver_.on_lost = [lost = std::move(lost)](std::uint32_t sender, std::uint64_t,
                                               const std::string& why) { lost(sender, why); };
  opened(listener_.address().port());
}

Job bench_job(std::uint64_t id, std::uint32_t sender) {
  return {.id = id, .prefill_worker = sender, .requests = {{.id = id, .prompt_tokens = 1}}};
}

}  // namespace splitbench
