#include "network/tcp/bulk_mover.hpp"

#include <algorithm>
#include <array>
#include <asio/error.hpp>
#include <asio/post.hpp>
#include <cerrno>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <utility>

#include "network/tcp/message.hpp"

namespace splitbench {
namespace {

// The size of a piece, which is still in a core's cache when it is hashed and takes some 50 us: the
// longest that an owner who stops the mover must wait.
constexpr std::size_t kPiece = 256 << 10;

constexpr int kNoSocket = -1;  // poll() ignores it

std::span<const std::byte> next_piece(std::span<const std::byte> rest) {
  return rest.first(std::min(rest.size(), kPiece));
}

iovec vector_of(std::span<const std::byte> bytes) {
  return {const_cast<std::byte*>(bytes.data()), bytes.size()};
}

bool not_now(int error) {
  return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

std::error_code last_error() {
  return {errno, asio::error::get_system_category()};  // asio has its own
}

}  // namespace

BulkMover::BulkMover(asio::any_io_executor executor, int socket)
    : executor_(std::move(executor)),
      socket_(socket),
      wakeup_(checked(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "create a wake-up of a thread")),
      alive_(std::make_shared<char>()),
      thread_([this] { serve(); }) {}

BulkMover::~BulkMover() {
  stopping_ = true;
  wake();
  thread_.join();
}

void BulkMover::read(const Reading& job, std::function<void(const Read&)> done) {
  add([this, job, done = std::move(done)]() mutable {
    report([read = read_now(job), done = std::move(done)] { done(read); });
  });
}

void BulkMover::write(const Writing& job, std::function<void(std::error_code)> done) {
  add([this, job, done = std::move(done)]() mutable {
    report([error = write_now(job), done = std::move(done)] { done(error); });
  });
}

void BulkMover::hold(bool held) {
  held_ = held;
  wake();
}

void BulkMover::add(std::function<void()> job) {
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
  }
  wake();
}

void BulkMover::wake() {
  eventfd_write(wakeup_.number(), 1);
}

// The thread

void BulkMover::serve() {
  while (const auto job = next_job()) job();
}

void BulkMover::report(std::function<void()> outcome) {
  asio::post(executor_, [outcome = std::move(outcome), alive = std::weak_ptr(alive_)] {
    if (alive.lock()) outcome();
  });
}

std::function<void()> BulkMover::next_job() {
  for (; !stopping_; wait(kNoSocket, 0)) {
    const std::lock_guard lock(mutex_);
    if (jobs_.empty()) continue;
    auto job = std::move(jobs_.front());
    jobs_.pop_front();
    return job;
  }
  return {};
}

BulkMover::Read BulkMover::read_now(const Reading& job) {
  PayloadHash hash;
  std::span<std::byte> rest = job.payload.last(job.left);
  if (job.hashed) hash.add(job.payload.first(job.payload.size() - job.left));
  std::size_t ahead = 0;
  while (!rest.empty()) {
    if (!may_go_on()) return {};
    const std::span piece = next_piece(rest);
    std::array<iovec, 2> buffers = {vector_of(piece), vector_of(job.ahead)};
    msghdr message{};
    message.msg_iov = buffers.data();
    message.msg_iovlen = piece.size() == rest.size() ? 2 : 1;
    const ssize_t result = recvmsg(socket_, &message, MSG_DONTWAIT);
    if (result == 0) return {.error = asio::error::eof};
    if (result < 0 && !not_now(errno)) return {.error = last_error()};
    if (result < 0) {
      wait(socket_, POLLIN);
      continue;
    }
    const auto bytes = static_cast<std::size_t>(result);
    const std::size_t in_place = std::min(bytes, piece.size());
    if (job.hashed) hash.add(piece.first(in_place));
    rest = rest.subspan(in_place);
    ahead = bytes - in_place;
    stir(bytes);
  }
  return {.ahead = ahead, .hash = job.hashed ? hash.value() : 0};
}

std::error_code BulkMover::write_now(const Writing& job) {
  if (job.hashed) {
    PayloadHash hash;
    for (std::span rest = job.payload; !rest.empty();
         rest = rest.subspan(next_piece(rest).size())) {
      if (!may_go_on()) return {};
      hash.add(next_piece(rest));
      stir(0);
    }
    put_payload_hash(job.header.first<kMessageHeaderBytes>(), hash.value());
  }
  std::span<const std::byte> header = job.header, rest = job.payload;
  while (!header.empty() || !rest.empty()) {
    if (!may_go_on()) return {};
    std::array<iovec, 2> buffers = {vector_of(header), vector_of(next_piece(rest))};
    msghdr message{};
    message.msg_iov = buffers.data();
    message.msg_iovlen = buffers.size();
    const ssize_t result = sendmsg(socket_, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (result < 0 && !not_now(errno)) return last_error();
    if (result < 0) {
      wait(socket_, POLLOUT);
      continue;
    }
    const auto bytes = static_cast<std::size_t>(result);
    const std::size_t of_header = std::min(bytes, header.size());
    header = header.subspan(of_header);
    rest = rest.subspan(bytes - of_header);
    stir(bytes);
  }
  return {};
}

bool BulkMover::may_go_on() {
  while (held_ && !stopping_) wait(kNoSocket, 0);
  return !stopping_;
}

void BulkMover::wait(int socket, short events) {
  std::array<pollfd, 2> ready = {{{socket, events, 0}, {wakeup_.number(), POLLIN, 0}}};
  if (poll(ready.data(), ready.size(), -1) <= 0 || ready[1].revents == 0) return;
  eventfd_t times;
  eventfd_read(wakeup_.number(), &times);
}

void BulkMover::stir(std::size_t moved) {
  moved_ += moved;
  progressed_ = true;
}

}  // namespace splitbench
