#include "workers/process/control_channel.hpp"

#include <stdexcept>
#include <utility>

#include "workloads/foreign_json.hpp"

namespace splitbench {
namespace {

/// The timeout is long because a worker that is being set up sends nothing for a while. Missing
/// heartbeats are noticed by the coordinator, not by the connection.
constexpr ConnectionOptions kOptions{.silence = std::chrono::minutes(10)};

constexpr std::uint32_t kLongestMessage = 256 << 20;  // enough for a report of many spans

}  // namespace

ControlChannel::ControlChannel(asio::ip::tcp::socket socket)
    : connection_(std::make_shared<Connection>(std::move(socket), kOptions)) {}

ControlChannel::~ControlChannel() {
  connection_->close("this side is done");
}

void ControlChannel::call(const Secret& secret, const nlohmann::json& introduction,
                          Handlers handlers) {
  connection_->call(secret, 0, introduction.dump(), handle(std::move(handlers), true));
}

void ControlChannel::answer(const Secret& secret,
                            std::function<std::string(const nlohmann::json&)> admission,
                            Handlers handlers) {
  connection_->answer(
      secret,
      [admission = std::move(admission)](const std::string& text) {
        return admission(try_parse_foreign_json(text).value_or(nullptr));
      },
      handle(std::move(handlers), false));
}

/// Adapts the handlers to a connection. Text that is not a control message closes the connection on
/// the side that accepted. The side that connected must first report why it gives up, so there the
/// error leaves the event loop, and the connection stays open.
Connection::Handlers ControlChannel::handle(Handlers handlers, bool called) {
  auto text = std::make_shared<std::string>();
  return {.opened =
              [opened = std::move(handlers.opened)](const std::string& introduction) {
                if (opened) opened(try_parse_foreign_json(introduction).value_or(nullptr));
              },
          .place =
              [text](const MessageHeader& header) {
                if (header.type != MessageType::control || header.payload_bytes > kLongestMessage)
                  throw ProtocolError("not a message for a control connection");
                text->assign(header.payload_bytes, '\0');
                return std::as_writable_bytes(std::span(*text));
              },
          .message =
              [text, called, message = std::move(handlers.message)](const MessageHeader&, auto) {
                try {
                  message(read_control(*text));
                } catch (const ProtocolError& error) {
                  if (called) throw std::runtime_error(error.what());
                  throw;
                }
              },
          .duplicate = {},
          .closed = std::move(handlers.closed)};
}

}  // namespace splitbench
