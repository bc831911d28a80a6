// SPDX-License-Identifier: GPL-2.0
#include "sysfs/boot.hpp"

#include <initializer_list>
#include <limits>
#include <string_view>

#include "core/quote.hpp"
#include "schemes/text_form.hpp"
#include "schemes/text_form_lexer.hpp"
#include "schemes/text_form_number.hpp"
#include "sysfs/commands.hpp"
#include "sysfs/fields.hpp"

namespace damon::sysfs {

namespace {

using text_form::Measure;
using text_form::Token;

// Reads one parameter, in the words of the text form.
class Reader {
      public:
	Reader(std::string_view name, const char *text, LastError &why)
		: name_(name), given_(text), lexer_(text ? text : ""), why_(why)
	{
		advance();
	}

	bool given() const
	{
		return given_;
	}
	std::unexpected<Error> wrong(std::initializer_list<std::string_view> sentence);

	[[nodiscard]] Result<OperationsId> operations();
	// All of the parameter, into @value; which stays if it is not given.
	template <class T> [[nodiscard]] Result<> amount(T &value, const Measure &measure,
							 T max = std::numeric_limits<T>::max());
	[[nodiscard]] Result<> limits(uint64_t &low, uint64_t &high);
	[[nodiscard]] Result<> addresses(Vec<Range> &ranges);

      private:
	void advance()
	{
		token_ = lexer_.next();
	}
	bool accept(Token::Kind kind)
	{
		if (token_.kind != kind)
			return false;
		advance();
		return true;
	}
	bool accept(char sign)
	{
		if (!token_.is(sign))
			return false;
		advance();
		return true;
	}
	std::unexpected<Error> wrong(const Token &token,
				     std::initializer_list<std::string_view> sentence);
	[[nodiscard]] Result<uint64_t> take(const Measure &measure, uint64_t max);
	[[nodiscard]] Result<> end();

	std::string_view name_;
	bool given_;
	text_form::Lexer lexer_;
	Token token_;
	LastError &why_;
};

std::unexpected<Error> Reader::wrong(std::initializer_list<std::string_view> sentence)
{
	char text[160];
	text_form::Writer out({text, sizeof(text)});

	for (std::string_view piece : sentence)
		out.put(piece);
	why_.set(name_, {text, std::min(out.length(), sizeof(text))});
	return fail(EINVAL);
}

std::unexpected<Error> Reader::wrong(const Token &token,
				     std::initializer_list<std::string_view> sentence)
{
	constexpr std::size_t longest_quote = 40;
	char text[240];
	text_form::Writer out({text, sizeof(text)});
	uint64_t column = 1;

	for (const char *c = lexer_.source().data(); c != token.text.data(); c++)
		column += (*c & 0xc0) != 0x80; // not inside a character of UTF-8
	out.put("column ").put(column).put(": ");
	if (token.text.empty()) {
		out.put("it ends here: ");
	} else {
		put_quoted(out, token.text, longest_quote);
		out.put(": ");
	}
	for (std::string_view piece : sentence)
		out.put(piece);
	why_.set(name_, {text, std::min(out.length(), sizeof(text))});
	return fail(EINVAL);
}

Result<> Reader::end()
{
	if (token_.kind != Token::Kind::end)
		return wrong(token_, {"expected nothing more"});
	return {};
}

Result<uint64_t> Reader::take(const Measure &measure, uint64_t max)
{
	if (token_.kind != Token::Kind::number || !text_form::fits(token_.number, measure))
		return wrong(token_, {"expected ", measure.expected});
	const auto value = text_form::convert(token_.number, measure);

	if (!value)
		return wrong(token_, {value.error().reason});
	if (*value > max)
		return wrong(token_, {"the number is too large"});
	advance();
	return value;
}

Result<OperationsId> Reader::operations()
{
	for (std::size_t i = 0; i < nr_operations_ids; i++) {
		if (token_.kind == Token::Kind::word && token_.text == operations_words[i]) {
			advance();
			TRY(end());
			return static_cast<OperationsId>(i);
		}
	}
	return wrong(token_, {"expected vaddr, fvaddr or paddr"});
}

template <class T> Result<> Reader::amount(T &value, const Measure &measure, T max)
{
	if (!given())
		return {};
	value = static_cast<T>(TRY(take(measure, static_cast<uint64_t>(max))));
	return end();
}

// a..b, a.., ..b, or a for both.
Result<> Reader::limits(uint64_t &low, uint64_t &high)
{
	constexpr uint64_t any = std::numeric_limits<uint64_t>::max();
	const bool has_low = token_.kind != Token::Kind::range;

	if (!given())
		return {};
	if (has_low)
		low = TRY(take(text_form::plain_number, any));
	if (!accept(Token::Kind::range))
		high = low;
	else if (!has_low || token_.kind != Token::Kind::end)
		high = TRY(take(text_form::plain_number, any));
	return end();
}

Result<> Reader::addresses(Vec<Range> &ranges)
{
	constexpr uint64_t any = std::numeric_limits<uint64_t>::max();

	if (!given())
		return {};
	do {
		const Token first = token_;
		Range range;

		range.start = TRY(take(text_form::bytes, any));
		if (!accept(Token::Kind::range))
			return wrong(token_, {"expected a range such as 4G..8G"});
		range.end = TRY(take(text_form::bytes, any));
		if (range.start >= range.end)
			return wrong(first, {"the range ends before it begins"});
		TRY(ranges.push(range));
	} while (accept(','));
	return end();
}

// Is there, or not, as the operations need it.
Result<> choose_target(ContextConfig &context, Reader &pid, Reader &ranges)
{
	const bool physical = context.operations == OperationsId::paddr;
	TargetConfig target;

	if (physical && pid.given())
		return pid.wrong({"paddr takes none"});
	if (!physical && !pid.given())
		return pid.wrong({"is needed for vaddr and fvaddr"});
	if (context.operations == OperationsId::vaddr && ranges.given())
		return ranges.wrong({"vaddr finds them itself, fvaddr takes them"});
	if (context.operations == OperationsId::fvaddr && !ranges.given())
		return ranges.wrong({"are needed for fvaddr"});

	TRY(pid.amount(target.pid, text_form::plain_number));
	TRY(ranges.addresses(target.regions));
	if (physical && !ranges.given()) {
		Range ram;

		TRY(from_errno(damon_system_ram(&ram.start, &ram.end), "no System RAM is known"));
		TRY(target.regions.push(ram));
	}
	return context.targets.push(std::move(target));
}

Result<> choose_schemes(ContextConfig &context, const char *text, LastError &why)
{
	TextError error;
	auto schemes = parse_schemes(text, context.attributes, error);

	if (schemes) {
		context.schemes = std::move(*schemes);
		return {};
	}
	why.set("schemes", until_nul(error.message, sizeof(error.message)));
	return fail(schemes.error().number == ENOMEM ? ENOMEM : EINVAL);
}

bool any_given(const damon_boot_parameters &parameters)
{
	return parameters.ops || parameters.pid || parameters.ranges || parameters.sample ||
	       parameters.aggr || parameters.update || parameters.regions || parameters.refresh ||
	       parameters.schemes;
}

} // namespace

Result<Owned<Boot>> parse_boot(const damon_boot_parameters &parameters, LastError &why)
{
	if (!any_given(parameters))
		return Owned<Boot>();
	Owned<Boot> boot = TRY(make<Boot>());
	ContextConfig &context = boot->context;
	Attributes &attributes = context.attributes;
	Reader ops("ops", parameters.ops, why);

	if (!ops.given())
		return ops.wrong({"is needed with any of the others: vaddr, fvaddr or paddr"});
	context.operations = TRY(ops.operations());
	{
		Reader pid("pid", parameters.pid, why);
		Reader ranges("ranges", parameters.ranges, why);

		TRY(choose_target(context, pid, ranges));
	}
	TRY(Reader("sample", parameters.sample, why)
		    .amount(attributes.sample_us, text_form::microseconds));
	TRY(Reader("aggr", parameters.aggr, why)
		    .amount(attributes.aggr_us, text_form::microseconds));
	TRY(Reader("update", parameters.update, why)
		    .amount(attributes.update_us, text_form::microseconds));
	TRY(Reader("regions", parameters.regions, why)
		    .limits(attributes.min_nr_regions, attributes.max_nr_regions));
	TRY(Reader("refresh", parameters.refresh, why)
		    .amount(boot->refresh_ms, text_form::milliseconds));
	if (parameters.schemes)
		TRY(choose_schemes(context, parameters.schemes, why));
	return boot;
}

Result<> start_boot(Root &root, Boot &boot)
{
	TRY(root.kdamonds.renumber(1));
	KdamondDir &kdamond = root.kdamonds[0];

	TRY(kdamond.contexts.renumber(1));
	store_field(kdamond.refresh_ms, boot.refresh_ms);

	Numbered<TargetDir> &targets = kdamond.contexts[0].targets;
	Owned<ContextDir> fields = TRY(make<ContextDir>(kdamond));

	fields->context = std::move(boot.context);
	TRY(kdamond.contexts.store(0, *fields));
	TRY(targets.renumber(fields->context.targets.size()));
	for (std::size_t i = 0; i < targets.size(); i++) {
		const Vec<Range> &regions = fields->context.targets[i].regions;
		TargetDir target;

		target.target.pid = fields->context.targets[i].pid;
		TRY(targets.store(i, target));
		TRY(targets[i].regions.renumber(regions.size()));
		for (std::size_t r = 0; r < regions.size(); r++)
			TRY(targets[i].regions.store(r, regions[r]));
	}
	TRY(kdamond.contexts[0].replace_schemes(
		{fields->context.schemes.begin(), fields->context.schemes.size()}));
	return turn_on(kdamond);
}

} // namespace damon::sysfs
