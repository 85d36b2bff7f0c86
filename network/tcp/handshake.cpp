#include "network/tcp/handshake.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <sodium.h>
#include <stdexcept>
#include <utility>

namespace splitbench {

static_assert(Secret::kBytes == crypto_auth_KEYBYTES);
static_assert(Secret::kProofBytes == crypto_auth_BYTES);

namespace {

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

Secret Secret::make() {
  if (sodium_init() < 0) throw std::runtime_error("libsodium finds no source of random numbers");
  Secret secret;
  randombytes_buf(secret.bytes_.data(), kBytes);
  return secret;
}

Secret Secret::from_hex(std::string_view text) {
  Secret secret;
  std::size_t bytes = 0;
  const char* end = nullptr;
  const int refused =
      sodium_hex2bin(secret.bytes_.data(), kBytes, text.data(), text.size(), nullptr, &bytes, &end);
  if (refused != 0 || bytes != kBytes || end != text.data() + text.size())
    throw std::invalid_argument("a run's secret is 64 hexadecimal digits");
  return secret;
}

Secret::~Secret() {
  sodium_memzero(bytes_.data(), kBytes);
}

std::string Secret::hex() const {
  std::string text(kDigits + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), bytes_.data(), kBytes);
  text.pop_back();
  return text;
}

std::string Secret::proof(std::string_view words) const {
  std::string proof(kProofBytes, '\0');
  crypto_auth(reinterpret_cast<unsigned char*>(proof.data()), bytes_of(words), words.size(),
              bytes_.data());
  return proof;
}

bool Secret::proves(std::string_view proof, std::string_view words) const {
  return proof.size() == kProofBytes &&
         crypto_auth_verify(bytes_of(proof), bytes_of(words), words.size(), bytes_.data()) == 0;
}

namespace {

constexpr std::size_t kNonce = sizeof(Nonce);
constexpr std::size_t kProof = Secret::kProofBytes;

std::string_view text(const Nonce& nonce) {
  return {nonce.data(), nonce.size()};
}

Nonce nonce_of(std::string_view payload) {
  Nonce nonce;
  std::ranges::copy(payload.substr(0, kNonce), nonce.begin());
  return nonce;
}

/// Returns the words that a proof is made of. Each kind begins with another word, so that none
/// passes for another.
std::string words(std::string_view kind, const Nonce& first, const Nonce& second,
                  std::string_view said) {
  std::string words(kind);
  return words.append(text(first)).append(text(second)).append(said);
}

}  // namespace

Nonce make_nonce() {
  if (sodium_init() < 0) throw std::runtime_error("libsodium finds no source of random numbers");
  Nonce nonce;
  randombytes_buf(nonce.data(), nonce.size());
  return nonce;
}

Handshake::Handshake(const Secret& secret, Stage stage, Nonce nonce)
    : secret_(secret), stage_(stage), own_(nonce) {}

Handshake Handshake::caller(const Secret& secret, std::string introduction, Nonce nonce) {
  if (introduction.size() > kMaxIntroductionBytes)
    throw std::length_error(fmt::format("an introduction of {} bytes, at most {} are taken",
                                        introduction.size(), kMaxIntroductionBytes));
  Handshake handshake(secret, Stage::awaits_challenge, nonce);
  handshake.introduction_ = std::move(introduction);
  return handshake;
}

Handshake Handshake::acceptor(const Secret& secret, Admission admission, Nonce nonce) {
  Handshake handshake(secret, Stage::awaits_hello, nonce);
  handshake.admission_ = std::move(admission);
  return handshake;
}

std::optional<HandshakeMessage> Handshake::start() const {
  if (stage_ != Stage::awaits_hello) return std::nullopt;
  return HandshakeMessage{MessageType::challenge, std::string(text(own_))};
}

std::optional<HandshakeMessage> Handshake::receive(MessageType type, std::string_view payload) {
  if (stage_ == Stage::awaits_challenge && type == MessageType::challenge)
    return make_hello(payload);
  if (stage_ == Stage::awaits_hello && type == MessageType::hello) return answer_hello(payload);
  if (stage_ == Stage::awaits_welcome && type == MessageType::refuse) read_refusal(payload);
  if (stage_ != Stage::awaits_welcome || type != MessageType::welcome)
    throw ProtocolError(
        fmt::format("the remote end sent {} where the handshake has no place for it", name(type)));
  read_welcome(payload);
  stage_ = Stage::done;
  return std::nullopt;
}

HandshakeMessage Handshake::make_hello(std::string_view challenge) {
  if (challenge.size() != kNonce)
    throw ProtocolError(fmt::format("a challenge of {} bytes, not {}", challenge.size(), kNonce));
  remote_ = nonce_of(challenge);
  stage_ = Stage::awaits_welcome;
  std::string payload(text(own_));
  payload += secret_.proof(words("hello", remote_, own_, introduction_));
  return {MessageType::hello, payload + introduction_};
}

HandshakeMessage Handshake::answer_hello(std::string_view hello) {
  if (hello.size() < kNonce + kProof)
    throw ProtocolError(
        fmt::format("a hello of {} bytes, not {} or more", hello.size(), kNonce + kProof));
  remote_ = nonce_of(hello);
  const std::string_view introduction = hello.substr(kNonce + kProof);
  if (!secret_.proves(hello.substr(kNonce, kProof), words("hello", own_, remote_, introduction)))
    throw ProtocolError("a caller does not know the run's secret");
  introduction_ = introduction;
  refusal_ = admission_(introduction_).substr(0, kMaxPayloadBytes - kProof);
  if (refusal_.empty()) {
    stage_ = Stage::done;
    return {MessageType::welcome, secret_.proof(words("welcome", remote_, own_, ""))};
  }
  stage_ = Stage::refused;
  return {MessageType::refuse, secret_.proof(words("refuse", remote_, own_, refusal_)) + refusal_};
}

void Handshake::read_welcome(std::string_view proof) const {
  if (!secret_.proves(proof, words("welcome", own_, remote_, "")))
    throw ProtocolError("the listener does not know the run's secret");
}

void Handshake::read_refusal(std::string_view payload) const {
  const std::string_view why = payload.substr(std::min(payload.size(), kProof));
  if (!secret_.proves(payload.substr(0, kProof), words("refuse", own_, remote_, why)))
    throw ProtocolError("the listener does not know the run's secret");
  throw ProtocolError(fmt::format("the remote end refuses: {}", why));
}

}  // namespace splitbench
