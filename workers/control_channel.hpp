#pragma once
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "network/connection.hpp"
#include "workers/control.hpp"

namespace splitbench {

/// A connection whose messages are JSON objects with a "type".
class ControlChannel {
 public:
  using Handler = std::function<void(const std::string& type, const nlohmann::json& body)>;

  explicit ControlChannel(std::shared_ptr<Connection>);
  ~ControlChannel();
  ControlChannel(const ControlChannel&) = delete;
  ControlChannel& operator=(const ControlChannel&) = delete;

  void start(Handler on_message, std::function<void(const std::string& reason)> on_closed);

  template <class Body>
  void send(std::string_view type, const Body& body) {
    connection_->send({.type = MessageType::control}, control_text(type, body));
  }
  void close(const std::string& reason) { connection_->close(reason); }
  /// The peer has shown that it belongs to the run: until then only short messages are taken.
  void trust() { longest_message_ = kLongestMessage; }

 private:
  static constexpr std::uint64_t kShortMessage = 4096;
  static constexpr std::uint64_t kLongestMessage = 256 << 20;  // a report of many spans

  std::uint64_t longest_message_ = kShortMessage;
  std::shared_ptr<Connection> connection_;
};

}  // namespace splitbench
