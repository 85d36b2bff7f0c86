#pragma once
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "workloads/traces/rows/row.hpp"
#include "workloads/traces/trace_options.hpp"

namespace splitbench {

/// Fills in what rows of later turns of a session leave open: when they arrive, and, where they
/// list only what is new, their whole prompts. It keeps one entry for each session. Not
/// thread-safe.
class SessionTurns {
 public:
  SessionTurns(const RowShape& shape, const TraceOptions& options)
      : shape_(shape), options_(options) {}

  /// Dates a row without a time by the turn before, one that is its session's first by the rows
  /// before, and sets where rows belong: those that give a
  /// delay not before that turn, those that wait for others where they are. Rows come in the order
  /// of the file. Throws InputError for a row that has neither a time nor a session.
  void date(const TracePlace& place, Row& row);

  /// Names the session of a row that is part of a chat by the chat's first turn. Rows come in the
  /// order of their times, those that are left out among them.
  void name_session(Row& row);

  /// Makes a row a request that waits as it should, and whose prompt is whole. Rows come in the
  /// order of their times. Throws InputError if a whole prompt is absurdly long.
  void complete(const TracePlace& place, Row& row);

  /// Returns whether sessions have later turns with ids, and none of them begins as the one before.
  bool none_continues() const { return later_ > 0 && continuing_ == 0; }

 private:
  struct Session {
    Time latest{0};
    std::uint64_t turns = 0;
    std::uint64_t first_id = 0;
    bool has_ids = false;

    /// The context of delta turns: all prompts, and the answers between them.
    std::uint64_t tokens = 0;
    std::uint64_t prefix = 0;          ///< identity of all of it
    std::vector<std::uint64_t> ids{};  ///< of the blocks that it fills

    /// Adds a part of some tokens that has an identity of its own.
    void add(std::uint64_t count, std::uint64_t identity, std::uint64_t block);
  };

  void count_continuing(const TraceRequest& request, Session& session);
  void time_turn(const TracePlace& place, Row& row, const Session& session) const;
  void make_whole(const TracePlace& place, TraceRequest& request, Session& session);

  RowShape shape_;
  TraceOptions options_;
  std::unordered_map<std::string, Time> dated_;
  Time newest_{0};  // of rows until now
  std::unordered_map<std::int64_t, std::int64_t> root_of_chat_;
  std::unordered_map<std::string, Session> sessions_;
  std::uint64_t later_ = 0, continuing_ = 0;
  std::uint64_t unnamed_ = std::uint64_t{1}
                           << 63;  // identity of what no id names, never used again
};

}  // namespace splitbench
