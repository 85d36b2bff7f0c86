#include "codec/frame.hpp"

#include <cstring>

namespace splitbench {

FrameHeader read_header(std::span<const std::byte> bytes) {
  if (bytes.size() < kHeaderBytes) throw BadFrame(FrameFault::length);
  FrameHeader header;
  std::memcpy(&header, bytes.data(), sizeof header);
  const FrameFault fault = check_header(header);
  if (fault != FrameFault::none) throw BadFrame(fault);
  return header;
}

}  // namespace splitbench
