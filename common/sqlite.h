// SPDX-License-Identifier: Apache-2.0
// SQLite with errors as exceptions, bound values only, and transactions that roll back unless committed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct sqlite3_stmt;

namespace ferry {

class Database;

// One running statement: bound, stepped row by row, given back to its database when it goes.
// Text and blobs are views into the current row, valid until the next next().
class Query {
 public:
  Query(Query&& other) noexcept;
  Query& operator=(Query&&) = delete;
  ~Query();

  [[nodiscard]] bool next();  // false after the last row

  [[nodiscard]] bool is_null(int column) const;
  [[nodiscard]] std::int64_t integer(int column) const;    // throws on NULL
  [[nodiscard]] std::string_view bytes(int column) const;  // text or blob; throws on NULL
  [[nodiscard]] std::string text(int column) const { return std::string(bytes(column)); }
  [[nodiscard]] std::optional<std::int64_t> optional_integer(int column) const;
  [[nodiscard]] std::optional<std::string> optional_text(int column) const;

 private:
  friend class Database;
  Query(Database& database, sqlite3_stmt* statement, std::string_view sql);
  void fail_null(int column) const;

  Database* database_;
  sqlite3_stmt* statement_;
  std::string_view sql_;  // key of the statement in the database's cache
};

// Bytes to bind as a blob; a plain string is bound as text.
struct Blob {
  std::string_view bytes;
};

// A value for a `?`.
class Value {
 public:
  Value(std::nullptr_t) : kind_(Kind::null) {}
  Value(std::int64_t value) : kind_(Kind::integer), integer_(value) {}
  Value(std::uint64_t value) : kind_(Kind::integer), integer_(static_cast<std::int64_t>(value)) {}
  Value(int value) : kind_(Kind::integer), integer_(value) {}
  Value(std::uint32_t value) : kind_(Kind::integer), integer_(value) {}
  Value(bool value) : kind_(Kind::integer), integer_(value ? 1 : 0) {}
  Value(std::string_view value) : kind_(Kind::text), bytes_(value) {}
  Value(const std::string& value) : kind_(Kind::text), bytes_(value) {}
  Value(const char* value) : kind_(Kind::text), bytes_(value) {}
  Value(const Blob& value) : kind_(Kind::blob), bytes_(value.bytes) {}
  template <typename T>
  Value(const std::optional<T>& value) : Value(value ? Value(*value) : Value(nullptr)) {}

 private:
  friend class Database;
  enum class Kind { null, integer, text, blob };
  Kind kind_;
  std::int64_t integer_ = 0;
  std::string_view bytes_;
};

class Database {
 public:
  // `at_rest`: only to read a file that nobody uses, such as a backup; nothing is written, not even beside it.
  enum class Mode { read_only, read_write, create, at_rest };
  // Opens with foreign keys on, WAL and synchronous=FULL (checked by reading them back), a trusted schema
  // off. Throws NotFoundError, IoError.
  Database(const std::filesystem::path& path, Mode mode);
  ~Database();
  Database(Database&&) noexcept;

  // Runs a statement whose rows, if any, do not matter. Bound bytes need only live during the call.
  template <typename... Args>
  void execute(std::string_view sql, const Args&... args) {
    const Value values[] = {Value(args)..., Value(nullptr)};
    execute_values(sql, values, sizeof...(args));
  }
  // Starts a statement; bound bytes are copied. `sql` must be a literal (it keys the cache).
  template <typename... Args>
  [[nodiscard]] Query query(std::string_view sql, const Args&... args) {
    const Value values[] = {Value(args)..., Value(nullptr)};
    return query_values(sql, values, sizeof...(args));
  }
  // The single integer of a one-row query; throws when there is no row.
  template <typename... Args>
  [[nodiscard]] std::int64_t integer(std::string_view sql, const Args&... args) {
    Query rows = query(sql, args...);
    if (!rows.next()) fail_no_row(sql);
    return rows.integer(0);
  }

  // What of the file may be kept in memory; 32 MiB when it is opened.
  void limit_cache(std::uint64_t bytes);

  // Several statements at once, without values: schema and migrations.
  void run_script(std::string_view sql);

  [[nodiscard]] std::int64_t last_insert_id() const;
  [[nodiscard]] std::int64_t changes() const;  // rows touched by the last execute()
  [[nodiscard]] const std::filesystem::path& path() const;
  // Did a statement fail because of what the file holds, or because it could not be read or written?
  [[nodiscard]] bool met_fault() const noexcept;

  // Writes the WAL back into the file and empties it, so that the file alone is the whole catalog. Where that does
  // not succeed the WAL stays: what was committed is durable in it, and the next writer tries again.
  void checkpoint() noexcept;

  struct Size {
    std::uint64_t bytes = 0;       // of the whole file
    std::uint64_t free_bytes = 0;  // in it, that the next writes use
  };
  [[nodiscard]] Size size();

  // Writes the file anew without its free space. `scratch` is a directory for the new file meanwhile, which has the
  // size of what is in use; the write-ahead log needs as much again. Killed on the way, the file is as it was.
  // REQUIRES: no transaction.
  void compact(const std::filesystem::path& scratch);

  // Copies the database, as one state of it, into the empty file `target`, while others may read and write.
  // `progress` is told the bytes. The copy is not flushed. REQUIRES: no transaction.
  void copy_to(const std::filesystem::path& target, const std::function<void(std::uint64_t)>& progress);

 private:
  friend class Query;
  friend class Transaction;
  struct State;

  void execute_values(std::string_view sql, const Value* values, std::size_t count);
  Query query_values(std::string_view sql, const Value* values, std::size_t count);
  sqlite3_stmt* prepare(std::string_view sql, const Value* values, std::size_t count, bool copy);
  bool step(sqlite3_stmt* statement, std::string_view sql);
  void give_back(sqlite3_stmt* statement, std::string_view sql) noexcept;
  [[noreturn]] void fail(std::string_view what) const;
  [[noreturn]] static void fail_no_row(std::string_view sql);

  std::unique_ptr<State> state_;
};

// BEGIN IMMEDIATE … COMMIT. Without commit() everything is rolled back.
class Transaction {
 public:
  explicit Transaction(Database& database);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();
  void rollback();

 private:
  Database& database_;
  bool open_ = true;
};

// A part of a transaction that can be taken back by itself. Without keep() it is. Not nested.
class Savepoint {
 public:
  explicit Savepoint(Database& database);
  ~Savepoint();
  Savepoint(const Savepoint&) = delete;
  Savepoint& operator=(const Savepoint&) = delete;
  void keep();

 private:
  Database& database_;
  bool open_ = true;
};

// One consistent view for several queries of a reader.
class Snapshot {
 public:
  explicit Snapshot(Database& database);
  ~Snapshot();
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

 private:
  Database& database_;
};

// What to do about a damaged catalog; the end of every message about one.
inline constexpr std::string_view restore_hint = "restore it from a backup: see README, \"Backup and restore\"";

}  // namespace ferry
