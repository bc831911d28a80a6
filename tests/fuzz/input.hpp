// SPDX-License-Identifier: GPL-2.0
// The bytes of an input, as decisions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>

namespace damon::fuzz {

class Input {
      public:
	Input(const uint8_t *data, std::size_t size) : data_(data), size_(size) {}

	bool empty() const
	{
		return size_ == 0;
	}
	uint8_t byte()
	{
		if (!size_)
			return 0;
		size_--;
		return *data_++;
	}
	uint64_t number()
	{
		uint64_t number = 0;

		for (int i = 0; i < 8; i++)
			number = number << 8 | byte();
		return number;
	}
	std::string bytes(std::size_t length)
	{
		std::string text;

		while (length-- && size_)
			text.push_back(static_cast<char>(byte()));
		return text;
	}
	template <class List> const auto &one_of(const List &list)
	{
		return list[byte() % std::size(list)];
	}

      private:
	const uint8_t *data_;
	std::size_t size_;
};

} // namespace damon::fuzz
