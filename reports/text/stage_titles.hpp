#pragma once
#include <array>
#include <string_view>

namespace splitbench {

/// What people read for a stage, whose key is that of kStageNames.
struct StageTitle {
  std::string_view key;
  std::string_view title;
};

/// In the order in which a request comes through them.
inline constexpr std::array<StageTitle, 12> kStageTitles = {{
    {"client_queue", "client queue"},
    {"prefill_queue", "prefill queue"},
    {"prefill_compute", "prefill compute"},
    {"encode", "encode"},
    {"xfer_prep", "transfer: prepare"},
    {"xfer_queue", "transfer: queue"},
    {"xfer_wire", "transfer: wire"},
    {"decode_codec", "decode (codec)"},
    {"verify", "verify"},
    {"kv_install", "KV install"},
    {"decode_queue", "decode queue"},
    {"first_decode_step", "first decode step"},
}};

}  // namespace splitbench
