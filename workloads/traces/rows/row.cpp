#include "workloads/traces/rows/row.hpp"

#include <fmt/format.h>

namespace splitbench {
namespace {

std::uint64_t tokens_of(const TraceRequest& request, Role role) {
  switch (role) {
    case Role::input:
      return request.input_tokens;
    case Role::output:
      return request.output_tokens;
    case Role::prefix_tokens:
      return request.prefix_tokens;
    case Role::answer_tokens:
      return request.answer_tokens;
    default:
      return request.block_tokens;
  }
}

}  // namespace

void set_tokens(const TracePlace& place, Role role, std::string_view name, std::uint64_t tokens,
                Row& row) {
  TraceRequest& request = row.request;
  if (row.has(role) && tokens_of(request, role) != tokens)
    place.refuse(fmt::format("{} is {}, and another name of it says {}", name, tokens,
                             tokens_of(request, role)),
                 "one number; name the column that counts with --column");
  row.roles |= 1U << static_cast<unsigned>(role);
  switch (role) {
    case Role::input:
      request.input_tokens = tokens;
      break;
    case Role::output:
      request.output_tokens = tokens;
      break;
    case Role::prefix_tokens:
      request.prefix_tokens = tokens;
      break;
    case Role::answer_tokens:
      request.answer_tokens = tokens;
      break;
    default:
      request.block_tokens = static_cast<std::uint32_t>(tokens);
  }
}

}  // namespace splitbench
