#include "workers/pack_report.hpp"

#include "network/tcp/message.hpp"

namespace splitbench {

void add_pack(PrefillReleased& report, const Pipeline& pipeline, const Chunk& chunk, Time computed,
              const Packed& packed) {
  const Time begun = packed.spans.front().begin;
  if (computed < begun) report.spans.push_back({Stage::xfer_queue, computed, begun});
  for (const Span& span : packed.spans) report.spans.push_back(span);
  report.chunk_bytes.push_back(packed.payload_bytes + kMessageHeaderBytes);
  for (std::size_t i = 0; i < packed.pieces.size(); ++i) {
    report.escapes += packed.pieces[i].escapes;
    if (packed.pieces[i].kind == FrameKind::stored)
      report.stored_bytes += pipeline.bytes_of(chunk.pieces[i].elements);
  }
}

}  // namespace splitbench
