#include "network/tcp/stream_socket.hpp"

#include <cerrno>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace splitbench {

Descriptor::Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}

Descriptor::~Descriptor() {
  if (number_ >= 0) close(number_);
}

Descriptor checked(int number, const char* attempt) {
  if (number < 0) throw std::system_error(errno, std::generic_category(), attempt);
  return Descriptor(number);
}

namespace {

using asio::ip::tcp;

std::string address_of_remote_end(const tcp::socket& socket) {
  std::error_code error;
  const tcp::endpoint remote = socket.remote_endpoint(error);
  if (error) return "a remote end that is gone";
  const std::string address = remote.address().to_string();
  return remote.address().is_v6() ? fmt::format("[{}]:{}", address, remote.port())
                                  : fmt::format("{}:{}", address, remote.port());
}

tcp protocol_of(const tcp::socket& socket) {
  std::error_code gone;
  return socket.local_endpoint(gone).protocol();
}

}  // namespace

void prefer_cubic(int socket) {
  constexpr char kCubic[] = "cubic";
  setsockopt(socket, IPPROTO_TCP, TCP_CONGESTION, kCubic, sizeof kCubic - 1);
}

StreamSocket::StreamSocket(tcp::socket socket)
    : socket_(std::move(socket)),
      descriptor_(socket_.native_handle()),
      protocol_(protocol_of(socket_)),
      remote_(address_of_remote_end(socket_)) {}

void StreamSocket::set_options(std::uint64_t pacing) {
  std::error_code ignored;  // a remote end that is gone already: reading will tell
  socket_.non_blocking(true, ignored);
  socket_.set_option(tcp::no_delay(true), ignored);
  prefer_cubic(descriptor_);
  if (pacing != 0) setsockopt(descriptor_, SOL_SOCKET, SO_MAX_PACING_RATE, &pacing, sizeof pacing);
}

std::string StreamSocket::congestion_control() const {
  char name[16] = "";
  socklen_t size = sizeof name - 1;
  if (getsockopt(descriptor_, IPPROTO_TCP, TCP_CONGESTION, name, &size) != 0) return "unknown";
  return name;
}

std::error_code StreamSocket::attach() {
  std::error_code error;
  if (!detached_) return error;
  socket_.assign(protocol_, detached_->number(), error);
  if (error) return error;
  detached_->release();
  detached_.reset();
  std::error_code ignored;
  socket_.non_blocking(true, ignored);
  return error;
}

void StreamSocket::detach() {
  if (detached_) return;
  std::error_code ignored;
  detached_.emplace(socket_.release(ignored));
}

void StreamSocket::finish() {
  shutdown(descriptor_, SHUT_WR);
}

void StreamSocket::close() {
  shutdown(descriptor_, SHUT_RDWR);
  descriptor_ = -1;
  detached_.reset();
  std::error_code ignored;
  socket_.close(ignored);
}

}  // namespace splitbench
