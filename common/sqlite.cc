// SPDX-License-Identifier: Apache-2.0
#include "common/sqlite.h"

#include <sqlite3.h>

#include <algorithm>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "common/error.h"
#include "common/file.h"
#include "common/handle.h"
#include "common/text.h"

namespace ferry {
namespace {

using Connection = Handle<sqlite3, &sqlite3_close_v2>;
using Prepared = Handle<sqlite3_stmt, &sqlite3_finalize>;

// A reader or a backup may hold the file for a moment; longer than this is a fault worth telling.
constexpr int busy_timeout_ms = 10'000;

// SQLite makes its shared-memory file in steps of 32 KiB.
constexpr std::uint64_t too_full_bytes = 64ULL * 1024;

// Of a copy at once: 4 MiB of pages of the usual size.
constexpr int pages_per_step = 1024;

using Backup = Handle<sqlite3_backup, &sqlite3_backup_finish>;

Connection open_file(const std::filesystem::path& path, int flags) {
  sqlite3* raw = nullptr;
  const int result = sqlite3_open_v2(path.c_str(), &raw, flags | SQLITE_OPEN_EXRESCODE, nullptr);
  Connection connection(raw);
  if (result != SQLITE_OK)
    throw IoError(fmt::format("cannot open {}: {}", quote(path.native()),
                              raw == nullptr ? "out of memory" : sqlite3_errmsg(raw)));
  return connection;
}

// A file name as an SQLite URI, for the options that only a URI can say.
std::string uri_of(const std::filesystem::path& path, std::string_view options) {
  std::string uri = "file:";
  for (const char c : path.native()) {
    if (c == '%' || c == '?' || c == '#') {
      uri += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    } else {
      uri += c;
    }
  }
  return uri.append("?").append(options);
}

}  // namespace

struct Database::State {
  std::filesystem::path path;
  Connection connection;
  // Statements at rest, by their text. One in use is taken out, so a query may run inside itself.
  std::unordered_map<std::string_view, std::vector<Prepared>> idle;
  bool met_fault = false;
};

Query::Query(Database& database, sqlite3_stmt* statement, std::string_view sql)
    : database_(&database), statement_(statement), sql_(sql) {}

Query::Query(Query&& other) noexcept
    : database_(other.database_), statement_(std::exchange(other.statement_, nullptr)), sql_(other.sql_) {}

Query::~Query() {
  if (statement_ != nullptr) database_->give_back(statement_, sql_);
}

bool Query::next() { return database_->step(statement_, sql_); }

bool Query::is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

void Query::fail_null(int column) const {
  throw IoError(fmt::format("{}: column {} is empty where a value must be (statement: {}); the catalog is damaged, {}",
                            quote(database_->path().native()), column, sql_, restore_hint));
}

std::int64_t Query::integer(int column) const {
  if (is_null(column)) fail_null(column);
  return sqlite3_column_int64(statement_, column);
}

std::string_view Query::bytes(int column) const {
  if (is_null(column)) fail_null(column);
  const void* data = sqlite3_column_blob(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  return {static_cast<const char*>(data), static_cast<std::size_t>(size)};
}

std::optional<std::int64_t> Query::optional_integer(int column) const {
  if (is_null(column)) return {};
  return integer(column);
}

std::optional<std::string> Query::optional_text(int column) const {
  if (is_null(column)) return {};
  return text(column);
}

Database::Database(const std::filesystem::path& path, Mode mode) : state_(std::make_unique<State>()) {
  state_->path = path;
  std::error_code ignored;
  if (mode != Mode::create && !std::filesystem::exists(path, ignored))
    throw NotFoundError(fmt::format("there is no catalog {}", quote(path.native())));
  int flags = SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_NOFOLLOW;
  // A reader too needs write access: to the WAL's index, and to its temporary tables.
  flags |= mode == Mode::create ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READWRITE;
  if (mode == Mode::at_rest) flags = SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_READONLY | SQLITE_OPEN_URI;
  const std::filesystem::path real = std::filesystem::weakly_canonical(path, ignored);
  const std::string name = mode == Mode::at_rest ? uri_of(real, "mode=ro&immutable=1") : real.native();
  sqlite3* raw = nullptr;
  const int result = sqlite3_open_v2(name.c_str(), &raw, flags, nullptr);
  state_->connection.reset(raw);
  if (result != SQLITE_OK) fail("open");
  sqlite3_busy_timeout(raw, busy_timeout_ms);
  int is_set = 0;
  sqlite3_db_config(raw, SQLITE_DBCONFIG_DEFENSIVE, 1, &is_set);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, &is_set);
  run_script(
      "PRAGMA foreign_keys=ON; PRAGMA mmap_size=0; PRAGMA cell_size_check=ON; PRAGMA temp_store=FILE;"
      "PRAGMA cache_size=-32768;");
  if (mode == Mode::at_rest) return;
  // RELIABILITY: only WAL+FULL and DELETE+EXTRA kept an acknowledged commit through a power cut.
  run_script("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;");
  Query journal = query("PRAGMA journal_mode");
  if (!journal.next() || journal.bytes(0) != "wal")
    throw IoError(
        fmt::format("catalog {}: its file system cannot hold a write-ahead log; put the point on a "
                    "local disk",
                    quote(path.native())));
  if (integer("PRAGMA synchronous") != 2)
    throw IoError(fmt::format("catalog {}: synchronous writing could not be switched on", quote(path.native())));
}

void Database::limit_cache(std::uint64_t bytes) { run_script(fmt::format("PRAGMA cache_size=-{};", bytes / 1024)); }

Database::~Database() = default;
Database::Database(Database&&) noexcept = default;

const std::filesystem::path& Database::path() const { return state_->path; }
bool Database::met_fault() const noexcept { return state_ && state_->met_fault; }

void Database::fail(std::string_view what) const {
  sqlite3* connection = state_->connection.get();
  const int code = connection == nullptr ? SQLITE_NOMEM : sqlite3_extended_errcode(connection);
  const char* text = connection == nullptr ? "out of memory" : sqlite3_errmsg(connection);
  std::string message =
      fmt::format("cannot {} catalog {}: {} (SQLite code {})", what, quote(state_->path.native()), text, code);
  const auto no_space = [&message]() -> IoError {
    return IoError(message + "; free some space there and run the same command again", ExitCode::no_space);
  };
  const int kind = code & 0xFF;
  state_->met_fault = kind == SQLITE_CORRUPT || kind == SQLITE_NOTADB || kind == SQLITE_IOERR || state_->met_fault;
  switch (kind) {
    case SQLITE_FULL:
      throw no_space();
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
      // The shared-memory file of the write-ahead log cannot be made on a full disk; SQLite calls that an
      // I/O error and tells no reason.
      if (free_space(state_->path.parent_path()) < too_full_bytes) throw no_space();
      throw IoError(message);
    case SQLITE_BUSY:
      throw Error(message + "; another program is using it, run again when it is done", ExitCode::locked);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      throw IoError(fmt::format("{}; {}", message, restore_hint));
    default:
      throw IoError(message);
  }
}

void Database::fail_no_row(std::string_view sql) {
  throw IoError(fmt::format("the catalog gave no row where one must be (statement: {}); if it is damaged, {}", sql,
                            restore_hint));
}

sqlite3_stmt* Database::prepare(std::string_view sql, const Value* values, std::size_t count, bool copy) {
  Prepared statement;
  if (auto found = state_->idle.find(sql); found != state_->idle.end() && !found->second.empty()) {
    statement = std::move(found->second.back());
    found->second.pop_back();
  } else {
    sqlite3_stmt* raw = nullptr;
    if (sqlite3_prepare_v3(state_->connection.get(), sql.data(), static_cast<int>(sql.size()),
                           SQLITE_PREPARE_PERSISTENT, &raw, nullptr) != SQLITE_OK)
      fail("query");
    statement.reset(raw);
  }
  if (static_cast<std::size_t>(sqlite3_bind_parameter_count(statement.get())) != count)
    throw std::logic_error(fmt::format("{} values bound to: {}", count, sql));
  for (std::size_t i = 0; i < count; ++i) {
    const Value& value = values[i];
    const int at = static_cast<int>(i) + 1;
    // Bytes go with their length, so that a NUL inside does not cut them. An empty view may have no data.
    const char* data = value.bytes_.data() == nullptr ? "" : value.bytes_.data();
    const auto lifetime = copy ? SQLITE_TRANSIENT : SQLITE_STATIC;
    int result = SQLITE_OK;
    switch (value.kind_) {
      case Value::Kind::null:
        result = sqlite3_bind_null(statement.get(), at);
        break;
      case Value::Kind::integer:
        result = sqlite3_bind_int64(statement.get(), at, value.integer_);
        break;
      case Value::Kind::text:
        result = sqlite3_bind_text64(statement.get(), at, data, value.bytes_.size(), lifetime, SQLITE_UTF8);
        break;
      case Value::Kind::blob:
        result = sqlite3_bind_blob64(statement.get(), at, data, value.bytes_.size(), lifetime);
        break;
    }
    if (result != SQLITE_OK) fail("query");
  }
  return statement.release();
}

bool Database::step(sqlite3_stmt* statement, std::string_view /*sql*/) {
  const int result = sqlite3_step(statement);
  if (result == SQLITE_ROW) return true;
  if (result != SQLITE_DONE) fail(sqlite3_stmt_readonly(statement) != 0 ? "read" : "write");
  return false;
}

void Database::give_back(sqlite3_stmt* statement, std::string_view sql) noexcept {
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
  try {
    state_->idle[sql].emplace_back(statement);
  } catch (...) {
    sqlite3_finalize(statement);
  }
}

void Database::execute_values(std::string_view sql, const Value* values, std::size_t count) {
  Query rows(*this, prepare(sql, values, count, false), sql);
  while (rows.next()) {
  }
}

Query Database::query_values(std::string_view sql, const Value* values, std::size_t count) {
  return Query(*this, prepare(sql, values, count, true), sql);
}

void Database::run_script(std::string_view sql) {
  const std::string text(sql);
  if (sqlite3_exec(state_->connection.get(), text.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) fail("prepare");
}

std::int64_t Database::last_insert_id() const { return sqlite3_last_insert_rowid(state_->connection.get()); }

std::int64_t Database::changes() const { return sqlite3_changes64(state_->connection.get()); }

void Database::checkpoint() noexcept {
  try {
    Query result = query("PRAGMA wal_checkpoint(TRUNCATE)");
    static_cast<void>(result.next());
  } catch (const std::exception&) {
    // A full or broken disk. To report a failure here would say of a job that it was not done, which it is.
  }
}

Database::Size Database::size() {
  const auto page = static_cast<std::uint64_t>(integer("PRAGMA page_size"));
  return {page * static_cast<std::uint64_t>(integer("PRAGMA page_count")),
          page * static_cast<std::uint64_t>(integer("PRAGMA freelist_count"))};
}

void Database::compact(const std::filesystem::path& scratch) {
  // SQLite would take /var/tmp, which is often smaller and is not ours alone. The variable is SQLite's own, freed by
  // whoever replaces it.
  struct TemporaryDirectory {
    explicit TemporaryDirectory(const char* path) { sqlite3_temp_directory = sqlite3_mprintf("%s", path); }
    ~TemporaryDirectory() { sqlite3_free(std::exchange(sqlite3_temp_directory, nullptr)); }
  };
  const TemporaryDirectory directory(scratch.c_str());
  execute("VACUUM");
  checkpoint();
}

void Database::copy_to(const std::filesystem::path& target, const std::function<void(std::uint64_t)>& progress) {
  const Connection copy = open_file(target, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW);
  // Nobody relies on the copy before it is whole and flushed.
  const std::uint64_t page = static_cast<std::uint64_t>(integer("PRAGMA page_size"));
  if (sqlite3_exec(copy.get(), "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF", nullptr, nullptr, nullptr) !=
      SQLITE_OK)
    throw IoError(fmt::format("cannot write {}: {}", quote(target.native()), sqlite3_errmsg(copy.get())));
  // The snapshot keeps a writer's commit out between two steps; without it the copy would begin again at each.
  const Snapshot snapshot(*this);
  static_cast<void>(integer("SELECT count(*) FROM sqlite_schema"));
  Backup backup(sqlite3_backup_init(copy.get(), "main", state_->connection.get(), "main"));
  int result = backup ? SQLITE_OK : sqlite3_extended_errcode(copy.get());
  while (backup && result == SQLITE_OK) {
    const int left = sqlite3_backup_remaining(backup.get());
    result = sqlite3_backup_step(backup.get(), pages_per_step);
    const int now_left = sqlite3_backup_remaining(backup.get());
    const int done = left == 0 ? sqlite3_backup_pagecount(backup.get()) - now_left : left - now_left;
    progress(page * static_cast<std::uint64_t>(std::max(done, 0)));
  }
  if (result == SQLITE_DONE) {
    result = sqlite3_backup_finish(backup.release());
    if (result == SQLITE_OK) return;
  }
  const std::string message =
      fmt::format("cannot copy catalog {} to {}: {} (SQLite code {})", quote(state_->path.native()),
                  quote(target.native()), sqlite3_errstr(result), result);
  switch (result & 0xFF) {
    case SQLITE_FULL:
      throw IoError(message + "; free some space there and run the same command again", ExitCode::no_space);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      throw IoError(fmt::format("{}; {}", message, restore_hint));
    default:
      throw IoError(message);
  }
}

Transaction::Transaction(Database& database) : database_(database) { database_.execute("BEGIN IMMEDIATE"); }

Transaction::~Transaction() {
  if (!open_) return;
  try {
    database_.execute("ROLLBACK");
  } catch (const std::exception&) {
    // SQLite has rolled back by itself already (disk full, I/O error): that is the state we want.
  }
}

void Transaction::commit() {
  database_.execute("COMMIT");
  open_ = false;
}

void Transaction::rollback() {
  database_.execute("ROLLBACK");
  open_ = false;
}

Savepoint::Savepoint(Database& database) : database_(database) { database_.execute("SAVEPOINT part"); }

Savepoint::~Savepoint() {
  if (!open_) return;
  try {
    database_.execute("ROLLBACK TO part");
    database_.execute("RELEASE part");
  } catch (const std::exception&) {
    // The whole transaction was rolled back already, and this part of it.
  }
}

void Savepoint::keep() {
  database_.execute("RELEASE part");
  open_ = false;
}

Snapshot::Snapshot(Database& database) : database_(database) { database_.execute("BEGIN"); }

Snapshot::~Snapshot() {
  try {
    database_.execute("COMMIT");
  } catch (const std::exception&) {
    // Nothing was written; closing the connection ends it too.
  }
}

}  // namespace ferry
