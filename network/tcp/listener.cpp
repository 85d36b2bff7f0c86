#include "network/tcp/listener.hpp"

#include <algorithm>
#include <array>
#include <asio/error.hpp>
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <utility>

namespace splitbench {
namespace {

using asio::ip::tcp;

constexpr std::chrono::milliseconds kShortage{20};  // pause where nobody can be turned away

/// Returns the address that a caller is counted under. Who has one IPv6 address usually has the
/// whole network of 64 bits.
asio::ip::address source_of(const asio::ip::address& address) {
  if (address.is_v4()) return address;
  const asio::ip::address_v6 v6 = address.to_v6();
  if (v6.is_v4_mapped()) return asio::ip::make_address_v4(asio::ip::v4_mapped, v6);
  auto bytes = v6.to_bytes();
  std::fill(bytes.begin() + 8, bytes.end(), 0);
  return asio::ip::address_v6(bytes);
}

/// Makes a descriptor end with this program: a worker that is started later does not get it.
void close_on_exec(int descriptor) {
  fcntl(descriptor, F_SETFD, FD_CLOEXEC);
}

/// Returns whether accept() failed because of the listening socket itself. Every other error is a
/// caller's, or says that something has run out for now.
bool is_unusable(std::error_code error) {
  constexpr std::array kUnusable = {EBADF, ENOTSOCK, EINVAL, EFAULT, EOPNOTSUPP};
  return std::ranges::find(kUnusable, error.value()) != kUnusable.end();
}

/// Returns whether accept() failed because this process or machine has no more of something.
bool is_shortage(std::error_code error) {
  constexpr std::array kShortages = {EMFILE, ENFILE, ENOBUFS, ENOMEM};
  return std::ranges::find(kShortages, error.value()) != kShortages.end();
}

bool is_authenticating(const std::weak_ptr<Connection>& caller) {
  const auto connection = caller.lock();
  return connection && connection->is_authenticating();
}

}  // namespace

CallerBounds CallerBounds::beside(std::size_t expected) {
  rlimit descriptors{};
  const bool known = getrlimit(RLIMIT_NOFILE, &descriptors) == 0;
  const std::size_t others = std::clamp<rlim_t>(known ? descriptors.rlim_cur / 8 : 8, 8, 512);
  return {.in_all = expected + others, .per_source = expected + others / 2};
}

Listener::Listener(asio::io_context& io, const tcp::endpoint& address, CallerBounds bounds,
                   Answer answer)
    : bounds_(bounds), answer_(std::move(answer)), acceptor_(io, address), pause_(io) {
  close_on_exec(acceptor_.native_handle());
  prefer_cubic(acceptor_.native_handle());
  accept_next();
}

void Listener::accept_next() {
  forget_authenticated();
  for (auto oldest = excess(); oldest != callers_.end(); oldest = excess()) {
    if (const auto until = oldest->since + bounds_.grace; Clock::now() < until)
      return accept_at(until);
    turn_away(oldest, fmt::format("it was turned away as the oldest of {} connections, {} of them "
                                  "from its address, that have not authenticated",
                                  callers_.size(), count_of(oldest->source)));
  }
  acceptor_.async_accept(
      [this](std::error_code error, tcp::socket socket) { accepted(error, std::move(socket)); });
}

void Listener::accepted(std::error_code error, tcp::socket socket) {
  if (error == asio::error::operation_aborted) return;
  if (is_unusable(error)) throw std::system_error(error, "accept a connection");
  if (is_shortage(error)) return relieve();
  if (error) return accept_at(Clock::now() + kShortage);  // of one caller, or of the network
  answer(std::move(socket));
  accept_next();
}

void Listener::answer(tcp::socket socket) {
  std::error_code gone;
  const tcp::endpoint remote = socket.remote_endpoint(gone);
  if (gone) return;  // it has reset the connection already
  close_on_exec(socket.native_handle());
  callers_.push_back({.connection = answer_(std::move(socket)),
                      .source = source_of(remote.address()),
                      .since = Clock::now()});
}

void Listener::relieve() {
  forget_authenticated();
  if (callers_.empty()) return accept_at(Clock::now() + kShortage);
  turn_away(callers_.begin(),
            "it was turned away because this process ran out of descriptors or memory");
  accept_next();
}

void Listener::forget_authenticated() {
  std::erase_if(callers_,
                [](const Caller& caller) { return !is_authenticating(caller.connection); });
}

Listener::Callers::iterator Listener::excess() {
  if (callers_.size() >= bounds_.in_all) return callers_.begin();
  // No other source can have reached the bound since this was last looked at.
  if (callers_.empty() || count_of(callers_.back().source) < bounds_.per_source)
    return callers_.end();
  return std::ranges::find(callers_, callers_.back().source, &Caller::source);
}

std::size_t Listener::count_of(const asio::ip::address& source) const {
  return static_cast<std::size_t>(std::ranges::count(callers_, source, &Caller::source));
}

void Listener::turn_away(Callers::iterator caller, const std::string& why) {
  if (const auto connection = caller->connection.lock()) connection->close(why);
  callers_.erase(caller);
}

void Listener::accept_at(Clock::time_point moment) {
  pause_.expires_at(moment);
  pause_.async_wait([this](std::error_code error) {
    if (!error) accept_next();
  });
}

}  // namespace splitbench
