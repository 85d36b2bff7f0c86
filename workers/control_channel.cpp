#include "workers/control_channel.hpp"

#include <utility>

namespace splitbench {

ControlChannel::ControlChannel(std::shared_ptr<Connection> connection)
    : connection_(std::move(connection)) {}

ControlChannel::~ControlChannel() {
  connection_->close("this side is done");
}

void ControlChannel::start(Handler on_message, std::function<void(const std::string&)> on_closed) {
  auto text = std::make_shared<std::string>();
  connection_->start(
      {.place =
           [this, text](const MessageHeader& header) {
             if (header.type != MessageType::control || header.payload_bytes > longest_message_)
               throw ProtocolError("not a message for a control connection");
             text->assign(header.payload_bytes, '\0');
             return std::as_writable_bytes(std::span(*text));
           },
       .message =
           [this, text, on_message = std::move(on_message)](const MessageHeader&, auto) {
             const auto json = nlohmann::json::parse(*text, nullptr, false);
             if (!json.is_object() || !json.contains("type") || !json["type"].is_string())
               return close("a control message is not a JSON object with a type");
             on_message(json["type"], json);
           },
       .closed = std::move(on_closed)});
}

}  // namespace splitbench
