#pragma once
#include <atomic>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "codec/plugin/codec_library.hpp"
#include "sim/bench/codec/codec_list.hpp"

namespace splitbench {

/// Codecs of shared libraries (codec/plugin/splitbench_codec.h), loaded into this process to be
/// measured. While it lives, a crash of the process and a call into a library that has not returned
/// after a minute end the process with exit 1 and a message that names the libraries: nothing else
/// could be relied on afterwards. At most one object lives at a time.
class BenchLibraries {
 public:
  /// Loads the libraries. Throws InputError for a file that is none.
  explicit BenchLibraries(std::span<const std::string> files);
  ~BenchLibraries();
  BenchLibraries(const BenchLibraries&) = delete;
  BenchLibraries& operator=(const BenchLibraries&) = delete;

  /// Returns each library's codec, once for each kind of device that it works on. The list refers
  /// to this object.
  const std::vector<ListedCodec>& codecs() const { return codecs_; }

 private:
  void watch() const;

  std::shared_ptr<CallWatch> calls_ = std::make_shared<CallWatch>();
  std::deque<Baseline> baselines_;
  std::vector<ListedCodec> codecs_;
  std::atomic<bool> over_{false};
  std::thread watcher_;
};

}  // namespace splitbench
