#pragma once
#include <asio/ip/tcp.hpp>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "network/tcp/connection.hpp"
#include "workers/process/control.hpp"

namespace splitbench {

/// A connection whose messages are control messages. It is closed when the other side sends what is
/// none, or when a handler of messages throws ProtocolError.
class ControlChannel {
 public:
  struct Handlers {
    std::function<void(const nlohmann::json& introduction)> opened;  ///< may be empty
    std::function<void(const ControlMessage&)> message;
    std::function<void(const std::string& reason)> closed;
  };

  explicit ControlChannel(asio::ip::tcp::socket);
  ~ControlChannel();
  ControlChannel(const ControlChannel&) = delete;
  ControlChannel& operator=(const ControlChannel&) = delete;

  /// For the side that connected.
  void call(const Secret&, const nlohmann::json& introduction, Handlers);
  /// For the side that accepted; the judge says what is wrong with a caller, or nothing.
  void answer(const Secret&, std::function<std::string(const nlohmann::json& introduction)> judge,
              Handlers);

  void send(const ControlMessage& message) {
    connection_->send({.type = MessageType::control}, control_text(message));
  }
  const std::string& peer() const { return connection_->peer(); }

 private:
  Connection::Handlers handle(Handlers, bool called);

  std::shared_ptr<Connection> connection_;
};

}  // namespace splitbench
