#pragma once
#include <string>

#include "workloads/timeline.hpp"

namespace splitbench {

/// Returns a line of requests.jsonl without its line end: times in integer nanoseconds, kv_hash in
/// hexadecimal. <part>_ns of the twelve parts sum to ttft_ns; they, the hidden times and every
/// latency are null if the request is not ok, and `failure` gives the reason. ttst_ns and tpot_ns
/// are null for a single token. `token_gaps` adds itl_ns, the gaps between tokens.
std::string request_row(const Timeline& timeline, bool token_gaps = false);

/// Returns a line of transfers.jsonl without its line end. `request` is the first of `requests`,
/// null if there is none.
std::string transfer_row(const Transfer& transfer);

}  // namespace splitbench
