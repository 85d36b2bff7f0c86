#pragma once
#include <asio/ip/tcp.hpp>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "network/tcp/connection.hpp"
#include "workers/process/control.hpp"

namespace splitbench {

/// A connection whose messages are control messages. Not thread-safe: it lives on the io_context's
/// thread. Text that is not a control message, or a ProtocolError from the `message` handler,
/// closes the connection on the side that accepted. On the side that connected it leaves the
/// io_context's run() as std::runtime_error, and the connection stays open so that a worker can
/// send Failed.
class ControlChannel {
 public:
  /// Callbacks that run on the io_context's thread.
  struct Handlers {
    std::function<void(const nlohmann::json& introduction)> opened;  ///< may be empty
    std::function<void(const ControlMessage&)> message;
    std::function<void(const std::string& reason)> closed;
  };

  explicit ControlChannel(asio::ip::tcp::socket);
  /// Closes the connection.
  ~ControlChannel();
  ControlChannel(const ControlChannel&) = delete;
  ControlChannel& operator=(const ControlChannel&) = delete;

  /// Begins the handshake on the side that connected. Throws std::length_error for too long an
  /// introduction.
  void call(const Secret&, const nlohmann::json& introduction, Handlers);
  /// Begins the handshake on the side that accepted. `admission` returns the reason to reject a
  /// caller, or an empty string; an introduction that is not JSON is passed to it as a discarded
  /// value.
  void answer(const Secret&,
              std::function<std::string(const nlohmann::json& introduction)> admission, Handlers);

  void send(const ControlMessage& message) {
    connection_->send({.type = MessageType::control}, control_text(message));
  }
  const std::string& remote_address() const { return connection_->remote_address(); }
  const std::shared_ptr<Connection>& connection() const { return connection_; }

 private:
  Connection::Handlers handle(Handlers, bool called);

  std::shared_ptr<Connection> connection_;
};

}  // namespace splitbench
