#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "codec/baselines/baseline.hpp"
#include "codec/element.hpp"
#include "codec/plugin/call_watch.hpp"

namespace splitbench {

/// A file that is no shared library with a codec (splitbench_codec.h), or one of another version.
/// The message names the file and the way out.
class BadLibrary : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The facts that a library states of its codec.
struct LibraryFacts {
  std::string name;
  bool on_cpu = false;
  bool on_cuda = false;
  /// The most bytes that its coder is to see at once; absent if it does not say.
  std::optional<std::uint64_t> chunk_bytes;
};

/// A codec in a shared library, loaded into this process as long as this object lives. Its code has
/// the rights of this process and can end it or stand still in it, so only a process that may be
/// lost loads one. All functions may be called from any thread.
class CodecLibrary {
 public:
  /// Loads the library, whose calls `calls` then sees. Throws BadLibrary.
  CodecLibrary(std::filesystem::path file, std::shared_ptr<CallWatch> calls);
  ~CodecLibrary();
  CodecLibrary(const CodecLibrary&) = delete;
  CodecLibrary& operator=(const CodecLibrary&) = delete;

  const std::filesystem::path& file() const { return file_; }
  const LibraryFacts& facts() const { return facts_; }

  /// Returns the most bytes that so many may become. Throws BadLibrary if the library has no
  /// sensible answer.
  std::uint64_t bound(std::uint64_t raw_bytes) const;

  /// A coder's memory in the library, for one thread at a time. The library must outlive it.
  class State {
   public:
    /// Throws BadLibrary if the library does not take the elements.
    State(const CodecLibrary&, ElementType, CodecDevice);
    ~State();
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    /// Encodes a chunk in host memory into `out`, which must hold bound() of it and kGuardBytes.
    /// Returns how many bytes are used. Throws std::runtime_error, with the name of the file, if
    /// the library fails or has written behind what bound() allows it.
    std::uint64_t encode(std::span<const std::byte> raw, std::span<std::byte> out) const;
    /// Fills `raw` in host memory. Throws std::runtime_error if the library fails.
    void decode(std::span<const std::byte> encoded, std::span<std::byte> raw) const;

    /// Put the work on a chunk in device memory into the stream, whose outcome is a length in
    /// `used`, 0 for a failure, or anything but 0 in `failed` for one. Both are memory that the
    /// device can write. `out` holds bound() of the chunk. Throw std::runtime_error if the library
    /// refuses.
    void encode_on_device(std::span<const std::byte> raw, std::span<std::byte> out,
                          std::uint64_t* used, void* stream) const;
    void decode_on_device(std::span<const std::byte> encoded, std::span<std::byte> raw,
                          std::uint64_t* failed, void* stream) const;

   private:
    const CodecLibrary& library_;
    void* state_ = nullptr;
  };

  /// The bytes behind an encoder's output that show whether it wrote beyond it.
  static constexpr std::size_t kGuardBytes = 4096;

  /// Returns "codec library FILE: " and what it did, for messages.
  std::string did(const std::string& what) const;
  /// Returns the watch that sees the library's calls, which lives as long as the library.
  CallWatch& calls() const { return *calls_; }
  /// Returns what the watch shows for work in a device's stream.
  std::string_view working() const { return working_; }

 private:
  struct Functions;

  std::filesystem::path file_;
  std::string encoding_, decoding_, working_;  // what the watch shows
  std::shared_ptr<CallWatch> calls_;
  std::unique_ptr<void, int (*)(void*)> handle_;
  std::unique_ptr<const Functions> functions_;
  LibraryFacts facts_;
};

/// Returns the codec of a library as a baseline on one kind of device, which it must work on, for
/// payloads of elements of one type. Its functions keep the library loaded, and with it the name.
/// What they make throws BadLibrary for elements that the library does not take.
Baseline library_baseline(const std::shared_ptr<const CodecLibrary>&, CodecDevice, ElementType);

}  // namespace splitbench
