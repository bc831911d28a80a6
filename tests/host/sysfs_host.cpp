// SPDX-License-Identifier: GPL-2.0
#include "tests/host/sysfs_host.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <set>
#include <thread>

#include <damon/port.h>

#include "core/check.hpp"

namespace {

constexpr std::size_t page_size = 4096;

} // namespace

struct damon_dir_kind {
	const damon_file *files;
	std::size_t count;
};

struct damon_dir {
	damon_dir *parent;
	std::string name;
	const damon_dir_kind *kind;
	void *object;
	damon_place place = {};
	std::map<std::string, damon_dir *, std::less<>> children;
	unsigned int nr_users = 0; // shows and stores
	// What open files have: it tells them when the directory goes.
	std::shared_ptr<damon_dir *> open = nullptr;
};

namespace {

std::atomic<bool> locked;
std::mutex last_error_lock;
std::map<std::string, damon_dir *, std::less<>> in_mm;
std::set<std::string, std::less<>> others_in_mm;
char sysfs_name[DAMON_SYSFS_NAME_SIZE];

class User {
      public:
	explicit User(damon_dir &dir) : dir_(dir)
	{
		dir_.nr_users++;
	}
	User(const User &) = delete;
	~User()
	{
		dir_.nr_users--;
	}

      private:
	damon_dir &dir_;
};

struct Place {
	damon_dir *dir = nullptr;
	const damon_file *file = nullptr;
};

const damon_file *find_file(const damon_dir &dir, std::string_view name)
{
	for (std::size_t i = 0; i < dir.kind->count; i++) {
		if (dir.kind->files[i].name == name)
			return &dir.kind->files[i];
	}
	return nullptr;
}

Place find(std::string_view path)
{
	Place place;

	while (!path.empty()) {
		const std::string_view name = path.substr(0, path.find('/'));
		auto &names = place.dir ? place.dir->children : in_mm;
		const auto found = names.find(name);

		path.remove_prefix(std::min(path.size(), name.size() + 1));
		if (found != names.end()) {
			place.dir = found->second;
			continue;
		}
		if (place.dir && path.empty())
			place.file = find_file(*place.dir, name);
		return place.file ? place : Place{};
	}
	return place;
}

damon::Result<std::string> read_long_file(const Place &place)
{
	char *text = nullptr;
	std::size_t length = 0;

	TRY(damon::from_errno(place.file->print(place.dir->object, &text, &length)));
	std::string copy(text ? text : "", length);
	damon_free(text);
	return copy;
}

void remove_tree(damon_dir *dir)
{
	while (!dir->children.empty())
		remove_tree(dir->children.rbegin()->second);
	CHECK(dir->nr_users == 0); // the kernel would wait for ever
	if (dir->open)
		*dir->open = nullptr;
	(dir->parent ? dir->parent->children : in_mm).erase(dir->name);
	dir->~damon_dir();
	damon_free(dir);
}

// @path ends with a slash.
void collect(const damon_dir &dir, const std::string &path, std::vector<std::string> &paths)
{
	for (std::size_t i = 0; i < dir.kind->count; i++)
		paths.emplace_back(path).append(dir.kind->files[i].name);
	for (const auto &[name, child] : dir.children)
		collect(*child, std::string(path).append(name).append("/"), paths);
}

} // namespace

int damon_dir_kind_create(const damon_file *files, size_t count, damon_dir_kind **kind)
{
	void *memory = damon_alloc(sizeof(damon_dir_kind));

	if (!memory)
		return -ENOMEM;
	*kind = new (memory) damon_dir_kind{files, count};
	return 0;
}

void damon_dir_kind_destroy(damon_dir_kind *kind)
{
	CHECK(in_mm.empty());
	damon_free(kind);
}

int damon_dir_create(damon_dir *parent, const char *name, damon_dir_kind *kind, void *object,
		     damon_dir **dir)
{
	auto &names = parent ? parent->children : in_mm;

	CHECK(locked);
	CHECK(kind && object);
	CHECK(!names.contains(name) && (!parent || !find_file(*parent, name)));
	void *memory = damon_alloc(sizeof(damon_dir));
	if (!memory)
		return -ENOMEM;
	*dir = new (memory) damon_dir{parent, name, kind, object, {}, {}};
	(*dir)->place = {parent ? &parent->place : nullptr, (*dir)->name.c_str(), kind, object};
	names.emplace(name, *dir);
	return 0;
}

void damon_dir_remove(damon_dir *dir)
{
	CHECK(locked);
	remove_tree(dir);
}

bool damon_mm_has(const char *name)
{
	return in_mm.contains(name) || others_in_mm.contains(name);
}

bool damon_interface_trylock()
{
	return !locked.exchange(true);
}

void damon_interface_lock()
{
	while (!damon_interface_trylock())
		std::this_thread::yield();
}

void damon_interface_unlock()
{
	CHECK(locked);
	locked = false;
}

void damon_last_error_lock()
{
	last_error_lock.lock();
}

void damon_last_error_unlock()
{
	last_error_lock.unlock();
}

const char *damon_sysfs_name()
{
	return sysfs_name;
}

namespace damon::test {

namespace {

Result<std::string> read_place(const Place &place)
{
	const User user(*place.dir);

	if (place.file->print)
		return read_long_file(place);
	// Exactly a page, so that AddressSanitizer sees what goes beyond.
	const auto buffer = std::make_unique<char[]>(page_size);
	const int length = place.file->show(place.dir->object, buffer.get(), page_size);

	if (length < 0)
		return fail(-length);
	CHECK(static_cast<std::size_t>(length) < page_size);
	return std::string(buffer.get(), static_cast<std::size_t>(length));
}

Result<> write_place(const Place &place, std::string_view text)
{
	if (!(place.file->mode & 0200))
		return fail(EACCES);
	// As sysfs does it: nothing is nothing, and one write is a page at most.
	if (text.empty())
		return {};
	if (!place.file->print)
		text = text.substr(0, page_size);
	else if (text.size() > DAMON_LONG_FILE_MAX)
		return fail(E2BIG);
	const auto copy = std::make_unique<char[]>(text.size());
	const User user(*place.dir);

	text.copy(copy.get(), text.size());
	return from_errno(
		place.file->store(&place.dir->place, place.file, copy.get(), text.size()));
}

} // namespace

Result<std::string> read_file(std::string_view path)
{
	const Place place = find(path);

	return place.file ? read_place(place) : fail(ENOENT);
}

Result<> write_file(std::string_view path, std::string_view text)
{
	const Place place = find(path);

	return place.file ? write_place(place, text) : fail(ENOENT);
}

Result<> write_rest(std::string_view path)
{
	const Place place = find(path);

	if (!place.file || !place.file->print)
		return fail(ENOENT);
	return from_errno(damon_refuse_rest(&place.dir->place, place.file));
}

OpenFile::OpenFile(std::string_view path)
{
	const Place place = find(path);

	if (!place.file)
		return;
	if (!place.dir->open)
		place.dir->open = std::make_shared<damon_dir *>(place.dir);
	dir_ = place.dir->open;
	file_ = place.file;
}

Result<std::string> OpenFile::read()
{
	if (!file_)
		return fail(ENOENT);
	if (!*dir_)
		return fail(ENODEV);
	if (has_text_)
		return text_;
	std::string text = TRY(read_place({*dir_, file_}));

	if (file_->print) {
		text_ = text;
		has_text_ = true;
	}
	return text;
}

Result<> OpenFile::write(std::string_view text)
{
	if (!file_)
		return fail(ENOENT);
	if (!*dir_)
		return fail(ENODEV);
	return write_place({*dir_, file_}, text);
}

bool exists(std::string_view path)
{
	return find(path).dir;
}

unsigned int mode_of(std::string_view path)
{
	const Place place = find(path);

	return place.file ? place.file->mode : 0;
}

std::vector<std::string> list(std::string_view path)
{
	const Place place = find(path);
	std::vector<std::string> names;

	if (!place.dir || place.file)
		return names;
	for (std::size_t i = 0; i < place.dir->kind->count; i++)
		names.emplace_back(place.dir->kind->files[i].name);
	for (const auto &[name, child] : place.dir->children)
		names.push_back(name);
	std::sort(names.begin(), names.end());
	return names;
}

std::vector<std::string> files_below(std::string_view path)
{
	const Place place = find(path);
	std::vector<std::string> paths;

	if (place.dir && !place.file)
		collect(*place.dir, std::string(path).append("/"), paths);
	std::sort(paths.begin(), paths.end());
	return paths;
}

void occupy(std::string_view name)
{
	others_in_mm.emplace(name);
}

void vacate(std::string_view name)
{
	others_in_mm.erase(std::string(name));
}

void set_sysfs_name(std::string_view name)
{
	const std::size_t length = name.copy(sysfs_name, sizeof(sysfs_name) - 1);

	sysfs_name[length] = '\0';
}

} // namespace damon::test
