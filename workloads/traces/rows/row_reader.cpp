#include "workloads/traces/rows/row_reader.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <optional>
#include <unordered_set>
#include <utility>

#include "workloads/traces/prefix_index.hpp"
#include "workloads/traces/rows/block_size.hpp"
#include "workloads/traces/rows/foreign_rows.hpp"
#include "workloads/traces/rows/row.hpp"
#include "workloads/traces/rows/sorted_rows.hpp"
#include "workloads/traces/rows/turns.hpp"

namespace splitbench {
namespace {

const TimeUnit& unit_of(const RowShape& shape, TraceUnit unit) {
  if (unit == TraceUnit::automatic) return *shape.unit;
  return *time_unit_named(kTraceUnitNames[unit]);
}

/// Returns whether a file's first record is that of a file of columns, and no JSON.
bool is_csv(std::string_view first_record) {
  return !first_record.starts_with('{') && !first_record.starts_with('[');
}

class RowReader final : public TraceReader {
 public:
  RowReader(std::unique_ptr<TraceFiles> files, std::unique_ptr<RecordSource> records,
            const TraceOptions& options)
      : options_(options),
        files_(std::move(files)),
        records_(std::move(records)),
        shape_(shape_of_file()),
        block_(shape_.block_tokens, options.block_tokens),
        turns_(shape_, options) {
    place_.path = records_->place().path;
    const TimeUnit& unit = unit_of(shape_, options_.unit);
    format_ = is_csv_ ? make_csv_format(shape_, unit, records_->place(), head_,
                                        options_.output_tokens == 0)
                      : make_json_format(shape_, unit);
    if (!is_csv_) records_->again();
  }

  bool next(TraceRequest& request) override {
    for (;;) {
      while (!ended_ && !rows_.full()) read_row();
      if (first_) look_at_first_rows();
      if (rows_.empty()) break;
      Row& row = rows_.take_out();
      place_.line = row.line;
      turns_.name_session(row);
      if (row.failed) ++left_out_.failed;
      if (row.failed || !or_skip([&] { complete(place_, row); })) continue;
      std::swap(request, row.request);
      return any_ = true;
    }
    if (!any_) refuse_nothing();
    return false;
  }

  const LeftOut& left_out() const override { return left_out_; }

  std::vector<std::string> remarks() const override {
    std::vector<std::string> remarks;
    if (looks_like_seconds_) remarks.emplace_back(kLikeSeconds);
    if (options_.turns == Turns::whole && turns_.none_continues()) remarks.emplace_back(kLikeDelta);
    return remarks;
  }

 private:
  static constexpr const char* kLikeSeconds =
      "timestamps were read as milliseconds, and make hundreds of requests a second or a date in "
      "1970: if they are seconds, say so with --time-unit s (in a scenario workload.time_unit)";
  static constexpr const char* kLikeDelta =
      "no later turn of a session begins with the blocks of the turn before: if turns list only "
      "what is new in them, say so with --turns delta (in a scenario workload.turns)";

  /// Reads the first record that is no bad one, and finds out what its file has.
  RowShape shape_of_file() {
    RowShape shape;
    bool found = false;
    while (!found && records_->next(head_)) found = or_skip([&] { shape = shape_of_record(); });
    if (!found) refuse_nothing();
    return shape;
  }

  RowShape shape_of_record() {
    is_csv_ = is_csv(head_);
    if (!options_.columns.empty()) {
      names_.clear();
      return shape_of_columns(options_.columns, names_);
    }
    if (options_.format != TraceFormat::automatic) {
      const RowShape& shape = shape_of(options_.format);
      is_csv_ = shape.is_csv;
      return shape;
    }
    const std::vector<std::string> names =
        is_csv_ ? names_of_columns(head_) : names_of_object(head_);
    if (const RowShape* const shape = shape_with(is_csv_, names)) return *shape;
    refuse_unknown(records_->place(), is_csv_, head_, names);
  }

  template <class Action>
  bool or_skip(Action action) {
    return or_leave_out(options_.bad_rows, left_out_, action);
  }

  void read_row() {
    std::string_view record;
    bool more = true;
    if (!or_skip([&] { more = records_->next(record); })) return;
    if (!more) return end();
    or_skip([&] {
      Row& row = rows_.next_in();
      row.line = records_->place().line;
      format_->read(records_->place(), record, row);
      row.failed = failed(row);
      if (!row.failed && !row.request.hash_ids.empty()) block_.see(records_->place(), row.request);
      row.order = row.request.timestamp;
      turns_.date(records_->place(), row);
      if (row.failed && !row.request.request_id.empty()) failed_.insert(row.request.request_id);
      rows_.put_in();
    });
  }

  /// Ends the file, behind which an archive may hold no other.
  void end() {
    ended_ = true;
    TraceFile another;
    const std::filesystem::path path = records_->place().path;
    if (files_->next(another))
      throw InputError(fmt::format(
          "{}: another trace beside {}, expected one file, or sessions in files that end in .json",
          another.path.string(), path.filename().string()));
  }

  /// Returns whether a request never got an answer. Throws InputError if it lacks a length.
  bool failed(Row& row) const {
    TraceRequest& request = row.request;
    const TracePlace& place = records_->place();
    if (!row.has(Role::output) && options_.output_tokens > 0) {
      request.output_tokens = options_.output_tokens;
      row.roles |= 1U << static_cast<unsigned>(Role::output);
    }
    for (const Role role : {Role::input, Role::output})
      if (!row.has(role)) refuse_missing(place, shape_, role);
    if (request.output_tokens == 0) return true;
    if (request.input_tokens == 0 && shape_.zero_input_failed) return true;
    if (request.input_tokens == 0)
      place.refuse(fmt::format("{} is 0", name_of_role(shape_, Role::input)),
                   fmt::format("an integer from 1 to {}", kMaxTokens));
    return false;
  }

  void look_at_first_rows() {
    constexpr double kManyASecond = 500;
    constexpr Time kSinceYear2001{1'000'000'000'000'000};  // in seconds, read as milliseconds
    first_ = false;
    block_.tokens(records_->place());
    if (rows_.empty() || shape_.unit != &kMilliseconds || options_.unit != TraceUnit::automatic)
      return;
    std::uint64_t rows = 0;
    Time earliest = kLatest, latest{0};
    rows_.for_each([&](const Row& row) {
      if (!row.has(Role::arrival)) return;
      ++rows;
      earliest = std::min(earliest, row.request.timestamp);
      latest = std::max(latest, row.request.timestamp);
    });
    if (latest <= earliest) return;
    const bool many = static_cast<double>(rows) > kManyASecond * seconds(latest - earliest);
    const bool dated = earliest > kSinceYear2001 && latest < 10 * kSinceYear2001;
    looks_like_seconds_ = many || dated;
  }

  void complete(const TracePlace& place, Row& row) {
    TraceRequest& request = row.request;
    if (!request.hash_ids.empty()) {
      if (!row.has(Role::block_tokens) || options_.block_tokens > 0)
        request.block_tokens = block_.tokens(place);
      if (shape_.ids_are_contents) chain(request.hash_ids);
    } else if (!shape_.states_turns) {
      const bool delta = options_.turns == Turns::delta;
      request.block_tokens = delta ? block_.tokens(place) : 0;
    }
    request.states_prefix = row.has(Role::prefix_tokens);
    if (!failed_.empty())
      std::erase_if(request.wait_for, [this](const auto& id) { return failed_.contains(id); });
    turns_.complete(place, row);
    if (request.delay > kLatest)
      place.refuse(fmt::format("a delay of {} s", splitbench::seconds(request.delay)),
                   "at most 4e9 s");
    order_.check(place, request);
  }

  static void chain(std::vector<std::uint64_t>& ids) {
    std::uint64_t prefix = 0;
    for (std::uint64_t& id : ids) id = prefix = chained(prefix, id);
  }

  [[noreturn]] void refuse_nothing() const {
    if (left_out_.bad > 0)
      throw InputError(fmt::format("{}; none of the lines is a request", left_out_.first_bad));
    records_->place().refuse("no request", "one on each line");
  }

  TraceOptions options_;
  std::unique_ptr<TraceFiles> files_;
  std::unique_ptr<RecordSource> records_;
  LeftOut left_out_;
  bool is_csv_ = false;
  std::string_view head_;  // the first record, until the next is read
  std::vector<NamedRole> names_;
  RowShape shape_;
  std::unique_ptr<RowFormat> format_;
  SortedRows rows_;
  BlockSize block_;
  SessionTurns turns_;
  TraceOrder order_;
  TracePlace place_;                        // of the row that is given
  std::unordered_set<std::string> failed_;  // ids of requests that are left out
  bool ended_ = false, any_ = false, first_ = true, looks_like_seconds_ = false;
};

}  // namespace

std::unique_ptr<TraceReader> open_rows(std::unique_ptr<TraceFiles> files,
                                       std::unique_ptr<RecordSource> records,
                                       const TraceOptions& options) {
  return std::make_unique<RowReader>(std::move(files), std::move(records), options);
}

}  // namespace splitbench
