#pragma once
#include <string>
#include <vector>

#include "configs/reader/form_kinds.hpp"
#include "configs/reader/key.hpp"
#include "workloads/generators/workload.hpp"

namespace splitbench {

/// Returns the keys of a session's spec, wherever in an `Owner` it lies: below workload.sessions,
/// or in an element of workload.mix. `prefix` is put before each name. `sessions` is a generic
/// lambda from an Owner to a reference to the spec.
template <class Owner, class Field>
std::vector<Key<Owner>> session_keys(const std::string& prefix, Field sessions) {
  using namespace kind;
  using S = SessionSpec;
  const auto key = [&](const char* name, auto member, auto kind, const char* meaning) {
    return make_key<Owner>(
        prefix + name, [=](auto& owner) -> auto& { return sessions(owner).*member; }, kind,
        meaning);
  };
  const auto share = within(factor(), "0", "1");
  const auto or_no_tokens = or_word(tokens(), "none", Distribution());
  return {
      key("turns", &S::turns, tokens(), "requests of a session"),
      key("added", &S::added, tokens(),
          "tokens that come to the prompt with each turn, beside the answer before it"),
      key("history", &S::history, choice<bool>({{"on", true}, {"off", false}}),
          "off: a prompt is context and `added` alone, a question to it"),
      key("think_time", &S::think_time, times(),
          "a tool's or a person's, from a turn's end until the next one"),
      key("shared", &S::shared, or_no_tokens,
          "tokens with which every prompt of a session, and of its group, begins"),
      key("groups", &S::groups, within(count<std::uint32_t>(), "0", "1000000"),
          "sets of sessions with one such beginning; 0: each session has its own"),
      key("popularity", &S::popularity, within(factor(), "0", "100"),
          "of groups: the k-th has k^-popularity times the sessions of the first"),
      key("resumed", &S::resumed, share,
          "share of sessions that go on with an old conversation, for a part of the turns"),
      key("resumed_context", &S::resumed_context, or_no_tokens, "their first prompt"),
      key("window", &S::window, or_no_tokens,
          "longer prompts are compacted; at least 1.2 times the first prompt"),
      key("compactions", &S::compactions, share, "share of turns that are compacted all the same"),
      key("compacted", &S::compacted, or_no_tokens,
          "prompt after that, at most as long as before; `shared` stays the same"),
      key("resets", &S::resets, share, "share of turns whose prompt is new behind `shared`"),
      key("fan_out", &S::fan_out, share,
          "share of turns that start sub-agents and wait for all of them"),
      key("branches", &S::branches, tokens(), "sub-agents at once"),
      key("branch_turns", &S::branch_turns, tokens(), "requests of a sub-agent"),
      key("branch_context", &S::branch_context, or_no_tokens, "its first prompt"),
  };
}

}  // namespace splitbench
