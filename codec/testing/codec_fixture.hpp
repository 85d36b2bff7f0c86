#pragma once
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <vector>

#include "codec/testing/format_reference.hpp"
#include "codec/testing/sample_tensors.hpp"
#include "codec/testing/test_backend.hpp"

namespace splitbench {

enum class BackendName { cpu, cuda };

/// A backend and the kind of the coded frames that it writes.
struct CodecName {
  BackendName backend;
  FrameKind kind;
};

/// The fixture of claims that hold for every codec on every backend.
class BackendTest : public testing::TestWithParam<CodecName> {
 protected:
  void SetUp() override {
    if (GetParam().backend == BackendName::cpu) {
      backend_ = std::make_unique<CpuTestBackend>();
    } else if (cuda_available()) {
      backend_ = std::make_unique<CudaTestBackend>();
    } else {
      GTEST_SKIP() << "no CUDA device";
    }
  }

  /// Returns the kind of the coded frames.
  FrameKind kind() const { return GetParam().kind; }

  Codebook window(ElementType type = ElementType::bf16) const {
    return for_kind(kind(), splitbench::window(type));
  }
  Codebook fitting(ElementType type, const Bytes& raw) const {
    return splitbench::fitting(type, raw, kind());
  }

  TestBackend::Encoded encode(const Bytes& raw, const Codebook& codebook) {
    return backend_->encode(raw, codebook, kind());
  }
  TestBackend::Encoded encode(const Bytes& raw, const Codebook& codebook, FrameKind wanted) {
    return backend_->encode(raw, codebook, wanted);
  }

  std::unique_ptr<TestBackend> backend_;
};

inline auto every_backend() {
  return testing::Values(CodecName{BackendName::cpu, FrameKind::splitzip},
                         CodecName{BackendName::cuda, FrameKind::splitzip},
                         CodecName{BackendName::cpu, FrameKind::ranked},
                         CodecName{BackendName::cuda, FrameKind::ranked});
}
/// Returns the backends with one kind of frames.
inline auto backends_of(FrameKind kind) {
  return testing::Values(CodecName{BackendName::cpu, kind}, CodecName{BackendName::cuda, kind});
}
inline std::string backend_name(const testing::TestParamInfo<CodecName>& test) {
  const std::string backend = test.param.backend == BackendName::cpu ? "Cpu" : "Cuda";
  return test.param.kind == FrameKind::ranked ? backend + "Ranked" : backend;
}

/// Returns the frame that the format prescribes.
inline Bytes reference_frame(const Bytes& raw, const Codebook& codebook,
                             FrameKind wanted = FrameKind::splitzip,
                             unsigned version = FrameHeader::kVersion) {
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(raw.data());
  const auto exponents = codebook.exponents.begin();
  const format_reference::Bytes frame = format_reference::encode(
      static_cast<unsigned>(codebook.element_type), {bytes, bytes + raw.size()},
      {exponents, exponents + codebook.size(wanted)}, static_cast<unsigned>(wanted), version);
  const std::span<const std::byte> view = std::as_bytes(std::span(frame));
  return {view.begin(), view.end()};
}

/// Expects the law that everything else serves: the reference's bytes, and the elements back.
inline void expect_lossless(TestBackend& backend, const Bytes& raw, const Codebook& codebook,
                            FrameKind wanted = FrameKind::splitzip) {
  const ElementType type = codebook.element_type;
  const std::uint64_t n = raw.size() / element_bytes(type);
  SCOPED_TRACE(testing::Message() << n << " elements of " << name(type));
  const auto [result, frame] = backend.encode(raw, codebook, wanted);
  EXPECT_TRUE(frame == reference_frame(raw, codebook, wanted));
  EXPECT_EQ(result.frame_bytes, frame.size());
  EXPECT_LE(frame.size(), max_frame_bytes(type, n));
  EXPECT_EQ(result.digest, digest(raw));
  const FrameHeader header = read_header(frame);
  EXPECT_EQ(result.kind, header.kind);
  EXPECT_EQ(result.escapes, header.escapes);
  EXPECT_TRUE(backend.decode(frame, type, n) == raw);
}

}  // namespace splitbench
