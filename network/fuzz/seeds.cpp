#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "network/tcp/message.hpp"

// Writes the seeds of fuzzing to CORPUS/message_parser and CORPUS/handshake: short streams of every
// type of message, and handshakes. Run it when the protocol changes.

namespace splitbench {
namespace {

constexpr std::uint64_t kSession = 5;

void save(const std::filesystem::path& path, const std::string& bytes) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}

std::string wire(MessageHeader header, const std::string& payload) {
  header.payload_bytes = static_cast<std::uint32_t>(payload.size());
  header.session = kSession;
  if (header.hashed) header.payload_hash = payload_hash(std::as_bytes(std::span(payload)));
  const auto bytes = encode_header(header);
  return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()) + payload;
}

void save_streams(const std::filesystem::path& folder) {
  const std::string begin = wire({.type = MessageType::begin, .job = 7}, R"({"arm":"raw"})");
  const std::string chunk =
      wire({.type = MessageType::chunk, .hashed = true, .job = 7, .sequence = 1}, "keys, values");
  const std::string credit =
      wire({.type = MessageType::credit, .link_chunk = 9, .sequence = 2}, "");
  std::string all;
  for (std::uint32_t type = 1; type <= 12; ++type)
    all += wire({.type = static_cast<MessageType>(type), .sequence = type - 1}, "xy");
  // Each consists of flags, the seed of its pieces, and the stream.
  save(folder / "seed_as_it_is", std::string("\0\7", 2) + begin + chunk + credit);
  save(folder / "seed_session", "\4\1" + begin + chunk + credit);
  save(folder / "seed_repaired", "\7\37" + begin + chunk + credit);
  save(folder / "seed_duplicate", "\4\77" + begin + chunk + chunk + begin + credit);
  save(folder / "seed_large_duplicate",
       std::string("\0\1", 2) + wire({.type = MessageType::chunk}, std::string(300, 'k')) +
           wire({.type = MessageType::chunk}, std::string(300, 'k')));
  save(folder / "seed_all_types", "\7\3" + all);
}

/// Returns a message for one side; with 0x80 in its type its proof is made valid.
std::string said(int type, const std::string& payload) {
  std::string bytes{static_cast<char>(type), static_cast<char>(payload.size() % 256),
                    static_cast<char>(payload.size() / 256)};
  return bytes + payload;
}

void save_handshakes(const std::filesystem::path& folder) {
  const std::string nonce(32, 'n'), proof(32, 'p'), acceptor(1, '\0'), caller = "\2";
  save(folder / "seed_hello", acceptor + said(0x83, nonce + proof + "yes, a caller"));
  save(folder / "seed_hello_refused", acceptor + said(0x83, nonce + proof + "no caller"));
  save(folder / "seed_hello_without_the_secret",
       acceptor + said(0x03, nonce + proof + "an unknown"));
  save(folder / "seed_welcome", caller + said(0x02, nonce) + said(0x84, proof));
  save(folder / "seed_refuse", caller + said(0x02, nonce) + said(0x85, proof + "no place"));
  const std::string at("\50\0", 2);
  save(folder / "seed_both", "\1\3" + at + "\1yes");
  save(folder / "seed_both_refused", "\1\3" + at + "\1no");
  for (char message = 0; message < 3; ++message)
    save(folder / ("seed_damaged_" + std::to_string(message)),
         std::string{'\1', message} + at + "\1yes");
}

}  // namespace
}  // namespace splitbench

int main(int count, char** arguments) {
  if (count != 2) {
    std::fprintf(stderr, "usage: %s CORPUS\n", arguments[0]);
    return 2;
  }
  const std::filesystem::path corpus = arguments[1];
  splitbench::save_streams(corpus / "message_parser");
  splitbench::save_handshakes(corpus / "handshake");
  return 0;
}
