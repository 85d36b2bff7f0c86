#include "codec/plugin/codec_library.hpp"

#include <algorithm>
#include <cassert>
#include <dlfcn.h>
#include <fmt/format.h>
#include <utility>

#include "codec/plugin/codec_name.hpp"
#include "codec/plugin/splitbench_codec.h"

namespace splitbench {

struct CodecLibrary::Functions {
  decltype(&splitbench_codec_bound) bound = nullptr;
  decltype(&splitbench_codec_encode) encode = nullptr;
  decltype(&splitbench_codec_decode) decode = nullptr;
  decltype(&splitbench_codec_encode_cuda) encode_cuda = nullptr;
  decltype(&splitbench_codec_decode_cuda) decode_cuda = nullptr;
  decltype(&splitbench_codec_open) open = nullptr;
  decltype(&splitbench_codec_close) close = nullptr;
};

namespace {

constexpr std::string_view kWayOut =
    "expected a shared library with the functions of codec/plugin/splitbench_codec.h";
constexpr std::byte kGuard{0xa5};

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& why) {
  throw BadLibrary(fmt::format("codec library {}: {}", file.string(), why));
}

int keep_loaded(void*) {
  return 0;
}

std::unique_ptr<void, int (*)(void*)> load(const std::filesystem::path& file) {
  if (std::error_code none; !std::filesystem::is_regular_file(file, none))
    refuse(file, fmt::format("no such file; {}", kWayOut));
  void* handle = dlopen(std::filesystem::absolute(file).c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle != nullptr) return {handle, dlclose};
  const char* error = dlerror();
  refuse(file,
         fmt::format("cannot be loaded ({}); {}", error ? error : "no reason given", kWayOut));
}

template <class Function>
Function find(void* handle, const char* name) {
  return reinterpret_cast<Function>(dlsym(handle, name));
}

/// Sets `function` to that of the library which has this name.
template <class Function>
void require(Function& function, void* handle, const char* name,
             const std::filesystem::path& file) {
  function = find<Function>(handle, name);
  if (function == nullptr) refuse(file, fmt::format("has no function {}; {}", name, kWayOut));
}
#define REQUIRE(function, name) require(function, handle, #name, file)

void check_version(void* handle, const std::filesystem::path& file) {
  decltype(&splitbench_codec_abi) abi = nullptr;
  REQUIRE(abi, splitbench_codec_abi);
  if (const std::uint32_t version = abi(); version != SPLITBENCH_CODEC_ABI)
    refuse(file, fmt::format("was compiled for version {} of the interface, and this program has "
                             "version {}; compile it with this program's splitbench_codec.h",
                             version, SPLITBENCH_CODEC_ABI));
}

std::string name_of(void* handle, const std::filesystem::path& file) {
  decltype(&splitbench_codec_name) name = nullptr;
  REQUIRE(name, splitbench_codec_name);
  const char* text = name();
  std::string found(text == nullptr ? "" : std::string(text, strnlen(text, kLongestCodecName + 1)));
  if (!is_codec_name(found))
    refuse(file, fmt::format("calls its codec '{}'; expected a name of {}", found, kCodecNameForm));
  return found;
}

std::optional<std::uint64_t> chunk_bytes_of(void* handle, const std::filesystem::path& file) {
  constexpr std::uint64_t kMultiple = 256, kMost = 1 << 30;
  const auto asked =
      find<decltype(&splitbench_codec_chunk_bytes)>(handle, "splitbench_codec_chunk_bytes");
  if (asked == nullptr) return std::nullopt;
  const std::uint64_t bytes = asked();
  if (bytes == 0 || bytes % kMultiple != 0 || bytes > kMost)
    refuse(file, fmt::format("wants chunks of {} bytes; expected a multiple of {} up to {}", bytes,
                             kMultiple, kMost));
  return bytes;
}

LibraryFacts facts_of(void* handle, const std::filesystem::path& file) {
  LibraryFacts facts{.name = name_of(handle, file), .chunk_bytes = chunk_bytes_of(handle, file)};
  decltype(&splitbench_codec_capabilities) capabilities = nullptr;
  REQUIRE(capabilities, splitbench_codec_capabilities);
  const std::uint32_t found = capabilities();
  constexpr std::uint32_t kAll = SPLITBENCH_CODEC_ON_HOST | SPLITBENCH_CODEC_ON_CUDA;
  if (found == 0 || (found & ~kAll) != 0)
    refuse(file, fmt::format("has capabilities {}; expected SPLITBENCH_CODEC_ON_HOST, "
                             "SPLITBENCH_CODEC_ON_CUDA or both",
                             found));
  facts.on_cpu = (found & SPLITBENCH_CODEC_ON_HOST) != 0;
  facts.on_cuda = (found & SPLITBENCH_CODEC_ON_CUDA) != 0;
  return facts;
}

std::uint32_t number_of(ElementType type) {
  switch (type) {
    case ElementType::bf16:
      return SPLITBENCH_CODEC_BF16;
    case ElementType::fp8_e5m2:
      return SPLITBENCH_CODEC_FP8_E5M2;
    case ElementType::fp8_e4m3:
      return SPLITBENCH_CODEC_FP8_E4M3;
  }
  assert(false);
  return 0;
}

}  // namespace

CodecLibrary::CodecLibrary(std::filesystem::path library, std::shared_ptr<CallWatch> calls)
    : file_(std::move(library)),
      encoding_(did("encode")),
      decoding_(did("decode")),
      working_(did("work on a GPU")),
      calls_(std::move(calls)),
      handle_(nullptr, keep_loaded) {
  const CallWatch::Call call(*calls_, file_.native());
  handle_ = load(file_);
  void* const handle = handle_.get();
  const std::filesystem::path& file = file_;
  check_version(handle, file);
  facts_ = facts_of(handle, file);
  auto functions = std::make_unique<Functions>();
  REQUIRE(functions->bound, splitbench_codec_bound);
  if (facts_.on_cpu) {
    REQUIRE(functions->encode, splitbench_codec_encode);
    REQUIRE(functions->decode, splitbench_codec_decode);
  }
  if (facts_.on_cuda) {
    REQUIRE(functions->encode_cuda, splitbench_codec_encode_cuda);
    REQUIRE(functions->decode_cuda, splitbench_codec_decode_cuda);
  }
  functions->open = find<decltype(&splitbench_codec_open)>(handle, "splitbench_codec_open");
  if (functions->open != nullptr) REQUIRE(functions->close, splitbench_codec_close);
  functions_ = std::move(functions);
}

CodecLibrary::~CodecLibrary() = default;

std::string CodecLibrary::did(const std::string& what) const {
  return fmt::format("codec library {}: {}", file_.string(), what);
}

std::uint64_t CodecLibrary::bound(std::uint64_t raw_bytes) const {
  const std::uint64_t bytes = functions_->bound(raw_bytes);
  const std::uint64_t most = 4 * raw_bytes + (64 << 10);
  if (bytes == 0 || bytes > most)
    throw BadLibrary(
        did(fmt::format("bound({}) is {}; expected 1 to {} bytes", raw_bytes, bytes, most)));
  return bytes;
}

CodecLibrary::State::State(const CodecLibrary& library, ElementType type, CodecDevice device)
    : library_(library) {
  if (library.functions_->open == nullptr) return;
  const CallWatch::Call call(*library.calls_, library.encoding_);
  const bool cpu = device == CodecDevice::cpu;
  state_ = library.functions_->open(number_of(type),
                                    cpu ? SPLITBENCH_CODEC_ON_HOST : SPLITBENCH_CODEC_ON_CUDA);
  if (state_ == nullptr)
    throw BadLibrary(library.did(
        fmt::format("does not take {} {}", name(type), cpu ? "in host memory" : "on a GPU")));
}

CodecLibrary::State::~State() {
  if (state_ != nullptr) library_.functions_->close(state_);
}

std::uint64_t CodecLibrary::State::encode(std::span<const std::byte> raw,
                                          std::span<std::byte> out) const {
  const std::uint64_t bound = library_.bound(raw.size());
  assert(out.size() >= bound + kGuardBytes);
  const std::span<std::byte> guard = out.subspan(bound, kGuardBytes);
  std::ranges::fill(guard, kGuard);
  std::int64_t used = 0;
  {
    const CallWatch::Call call(*library_.calls_, library_.encoding_);
    used = library_.functions_->encode(state_, raw.data(), raw.size(), out.data(), bound);
  }
  if (std::ranges::any_of(guard, [](std::byte each) { return each != kGuard; }))
    throw std::runtime_error(library_.did(fmt::format(
        "encode wrote behind the {} bytes that its bound({}) says", bound, raw.size())));
  if (used <= 0 || static_cast<std::uint64_t>(used) > bound)
    throw std::runtime_error(library_.did(
        fmt::format("encode of {} bytes returned {}; expected 1 to {}", raw.size(), used, bound)));
  return static_cast<std::uint64_t>(used);
}

void CodecLibrary::State::decode(std::span<const std::byte> encoded,
                                 std::span<std::byte> raw) const {
  const CallWatch::Call call(*library_.calls_, library_.decoding_);
  const int status =
      library_.functions_->decode(state_, encoded.data(), encoded.size(), raw.data(), raw.size());
  if (status != 0)
    throw std::runtime_error(library_.did(
        fmt::format("decode of {} bytes to {} returned {}", encoded.size(), raw.size(), status)));
}

void CodecLibrary::State::encode_on_device(std::span<const std::byte> raw, std::span<std::byte> out,
                                           std::uint64_t* used, void* stream) const {
  const CallWatch::Call call(*library_.calls_, library_.encoding_);
  const int status = library_.functions_->encode_cuda(state_, raw.data(), raw.size(), out.data(),
                                                      out.size(), used, stream);
  if (status != 0)
    throw std::runtime_error(library_.did(fmt::format("encode on a GPU returned {}", status)));
}

void CodecLibrary::State::decode_on_device(std::span<const std::byte> encoded,
                                           std::span<std::byte> raw, std::uint64_t* failed,
                                           void* stream) const {
  const CallWatch::Call call(*library_.calls_, library_.decoding_);
  const int status = library_.functions_->decode_cuda(state_, encoded.data(), encoded.size(),
                                                      raw.data(), raw.size(), failed, stream);
  if (status != 0)
    throw std::runtime_error(library_.did(fmt::format("decode on a GPU returned {}", status)));
}

}  // namespace splitbench
