// SPDX-License-Identifier: GPL-2.0
// Reads the text form: one function for each part of a scheme, one token ahead.
#pragma once

#include <initializer_list>

#include "schemes/text_form.hpp"
#include "schemes/text_form_lexer.hpp"
#include "schemes/text_form_scale.hpp"

namespace damon::text_form {

class Parser {
      public:
	Parser(std::string_view source, const Attributes &attributes, TextError &error)
		: lexer_(source), attributes_(attributes), error_(error)
	{
	}

	// Only once.
	[[nodiscard]] Result<> schemes(Vec<SchemeConfig> &schemes);

      private:
	// low..high as it is written; one number is both.
	struct RawRange {
		Token low, high;
		bool has_low = false;
		bool has_high = false;
		bool has_dots = false;
		std::string_view text;
	};

	// Tokens and words.
	void advance()
	{
		token_ = lexer_.next();
	}
	bool at_word(std::string_view word) const
	{
		return token_.kind == Token::Kind::word && token_.text == word;
	}
	bool accept(std::string_view word);
	bool accept(char sign);
	[[nodiscard]] Result<std::size_t> word_of(const Vocabulary &vocabulary);
	template <class Enum> [[nodiscard]] Result<Enum> one_of(const Vocabulary &vocabulary)
	{
		return static_cast<Enum>(TRY(word_of(vocabulary)));
	}
	[[nodiscard]] Result<String> path();

	// Numbers.
	[[nodiscard]] Result<uint64_t> convert(const Token &token, const Measure &measure);
	[[nodiscard]] Result<uint64_t> amount(const Measure &measure);
	[[nodiscard]] Result<uint32_t> count32(const Token &token);
	[[nodiscard]] Result<uint32_t> number32();
	[[nodiscard]] Result<int> integer(const Token &token);
	[[nodiscard]] Result<int> integer();
	bool at_node() const;
	[[nodiscard]] Result<int> node();

	// Ranges.
	[[nodiscard]] Result<RawRange> take_range(std::string_view what);
	[[nodiscard]] Result<> empty_if_meant(bool empty, const RawRange &range,
					      std::initializer_list<std::string_view> why);
	[[nodiscard]] Result<Limits<uint64_t>> sizes();
	[[nodiscard]] Result<Limits<uint32_t>> counts(const Scale &scale);
	[[nodiscard]] Result<uint32_t> scaled(const Token &token, const Scale &scale, Round round);
	[[nodiscard]] Result<Range> addresses();

	// A scheme and its parts.
	[[nodiscard]] Result<> scheme(SchemeConfig &scheme);
	[[nodiscard]] Result<> part(SchemeConfig &scheme);
	[[nodiscard]] Result<> first_time(unsigned int bit, std::string_view word);
	bool seen(Part part) const
	{
		return seen_ & 1u << static_cast<unsigned int>(part);
	}
	[[nodiscard]] Result<> to(SchemeConfig &scheme, std::string_view word);
	[[nodiscard]] Result<> weighted_nodes(Vec<DestinationConfig> &destinations);
	[[nodiscard]] Result<> goal(GoalConfig &goal);
	[[nodiscard]] Result<> node_goal(GoalConfig &goal);
	[[nodiscard]] Result<> field(GoalConfig &goal, GoalField field);
	[[nodiscard]] Result<> quota(QuotaConfig &quota);
	[[nodiscard]] Result<> quota_limit(QuotaConfig &quota);
	[[nodiscard]] Result<> reset_interval(QuotaConfig &quota);
	[[nodiscard]] Result<> weights(QuotaConfig &quota);
	[[nodiscard]] Result<> fail_charge(QuotaConfig &quota);
	[[nodiscard]] Result<> watermarks(WatermarksConfig &watermarks);
	[[nodiscard]] Result<> filter(Vec<FilterConfig> &filters);
	[[nodiscard]] Result<> parameter(FilterConfig &filter, FilterType type);

	// Fill in the error: "'text': ...", where @text is part of the source.
	Writer complain(std::string_view text);
	std::unexpected<Error> wrong(std::string_view text, int number,
				     std::initializer_list<std::string_view> sentence);
	std::unexpected<Error> expected(std::string_view what);

	Lexer lexer_;
	Token token_;
	const Attributes &attributes_;
	TextError &error_;
	uint32_t seen_ = 0; // the parts that this scheme has so far, and more bits
};

} // namespace damon::text_form
