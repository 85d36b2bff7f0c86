#include <asio/error.hpp>

#include "network/tcp/connection.hpp"

// What a connection has its threads do. The socket's reader is either the loop or the thread, never
// both: while the thread reads, the socket is taken from the loop, which would else be woken by
// every segment that comes.

namespace splitbench {

// Reading

bool Connection::bulk_is_next() const {
  return options_.bulk_threads && stage_ == Stage::open &&
         parser_.payload().left >= options_.bulk_payload;
}

void Connection::read_bulk() {
  detach();
  if (!reader_) reader_ = std::make_unique<BulkMover>(socket_.get_executor(), descriptor_);
  const MessageParser::Payload payload = parser_.payload();
  reading_bulk_ = true;
  reader_->read(
      {.payload = payload.bytes, .left = payload.left, .hashed = payload.hashed, .ahead = ahead_},
      [this](const BulkMover::Read& read) { received_bulk(read); });
}

void Connection::received_bulk(const BulkMover::Read& read) {
  reading_bulk_ = false;
  if (read.error == asio::error::eof) return close(how_it_ended());
  if (read.error) return close("receiving failed: " + read.error.message());
  ticks_heard_ = 0;
  try {
    parser_.filled_payload(read.hash);
    feed_ahead(read.ahead);
  } catch (const ProtocolError& refused) {
    return close(refused.what());
  }
  if (stage_ != Stage::closed) this->read();
}

// Writing

void Connection::hand_over() {
  if (!writer_) writer_ = std::make_unique<BulkMover>(socket_.get_executor(), descriptor_);
  for (; handed_over_ < outbox_.count(); ++handed_over_) {
    if (handed_over_ > 0 && outbox_[handed_over_ - 1].last) return;
    const Outbox::Rest rest = outbox_.rest(handed_over_);
    writer_->write(
        {.header = rest.header, .payload = rest.payload, .hashed = outbox_[handed_over_].unhashed},
        [this](std::error_code error) { written(error); });
  }
}

void Connection::written(std::error_code error) {
  if (error) return close("sending failed: " + error.message());
  ticks_taken_ = 0;
  --handed_over_;
  const std::size_t bytes = outbox_.rest(0).size();
  written_ += bytes;
  outbox_.took(bytes, [this](Outbox::Message message) { taken(std::move(message)); });
  if (stage_ != Stage::closed) write();
}

std::size_t Connection::queued_bytes() const {
  return outbox_.bytes() - (writer_ ? writer_->moved() - written_ : 0);
}

// Whose the socket is

void Connection::attach() {
  if (!detached_) return;
  std::error_code error;
  socket_.assign(protocol_, detached_->number(), error);
  if (error) return close("waiting for the peer failed: " + error.message());
  detached_->release();
  detached_.reset();
  socket_.non_blocking(true, error);
}

void Connection::detach() {
  if (detached_) return;
  std::error_code ignored;
  detached_.emplace(socket_.release(ignored));
}

}  // namespace splitbench
