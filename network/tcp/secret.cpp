#include "network/tcp/secret.hpp"

#include <sodium.h>
#include <stdexcept>

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
  std::string text(2 * kBytes + 1, '\0');
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

}  // namespace splitbench
