/* Takes rows of JSON apart for the hand-written program (peer.c), by simdjson: cells by tabs as
 * COPY writes them, a line for a row (R) and one for each row of its list (L). */
#include <simdjson.h>

#include <cstring>
#include <string_view>
#include <unordered_map>
#include <vector>

using namespace simdjson;

struct column {
    std::string_view name;
    bool text; /* else "" is NULL */
};

struct table {
    std::vector<column> columns;
    std::unordered_map<std::string_view, size_t> places;
    std::vector<std::string_view> cells;
    size_t next = 0; /* the column that was found last, and one more: fields keep their order */

    /* `words`: "name:kind" by tabs */
    void plan(std::string_view words)
    {
        while (!words.empty()) {
            const size_t stop = std::min(words.find('\t'), words.size());
            const std::string_view word = words.substr(0, stop);
            const size_t colon = word.rfind(':');
            places[word.substr(0, colon)] = columns.size();
            columns.push_back({word.substr(0, colon), word.substr(colon + 1) == "text"});
            words.remove_prefix(std::min(stop + 1, words.size()));
        }
        cells.resize(columns.size());
    }
    void clear()
    {
        for (auto &cell : cells)
            cell = {};
        next = 0;
    }
    void put(std::string_view name, std::string_view value)
    {
        if (next == columns.size() || columns[next].name != name) {
            const auto found = places.find(name);
            if (found == places.end())
                return;
            next = found->second;
        }
        const column &c = columns[next];
        if (c.text || !(value.empty() || value == "0000-00-00 00:00:00"))
            cells[next] = value;
        next++;
    }
    char *write(char kind, char *out) const
    {
        *out++ = kind;
        for (const auto &cell : cells) {
            *out++ = '\t';
            if (cell.data() == nullptr) {
                *out++ = '\\', *out++ = 'N';
                continue;
            }
            for (const char c : cell) {
                if (c == '\\' || c == '\t' || c == '\n')
                    *out++ = '\\';
                *out++ = c == '\t' ? 't' : c == '\n' ? 'n' : c;
            }
        }
        *out++ = '\n';
        return out;
    }
};

static table tables[2];

static std::string_view scalar(ondemand::value value)
{
    switch (value.type()) {
    case ondemand::json_type::string: return value.get_string();
    case ondemand::json_type::null: return {};
    default: {
        std::string_view token = value.raw_json_token();
        while (!token.empty() && token.back() <= ' ')
            token.remove_suffix(1);
        return token;
    }
    }
}

static char *line(ondemand::object object, size_t n, std::string_view id, char *out)
{
    table &t = tables[1];
    const std::string number = std::to_string(n);
    t.clear();
    for (auto field : object)
        t.put(field.unescaped_key(), scalar(field.value()));
    t.put("_account", "bench"), t.put("_stockout_id", id), t.put("_n", number);
    return t.write('L', out);
}

static char *row(ondemand::document &document, char *out)
{
    static std::vector<char> lines(1 << 20);
    table &t = tables[0];
    char *last = lines.data();
    std::string_view id;
    t.clear();
    for (auto field : document.get_object()) {
        const std::string_view name = field.unescaped_key();
        ondemand::value value = field.value();
        if (value.type() == ondemand::json_type::array) {
            size_t n = 0;
            for (auto item : value.get_array())
                last = line(item.get_object(), ++n, id, last);
            continue;
        }
        const std::string_view text = scalar(value);
        t.put(name, text);
        if (name == "stockout_id")
            id = text;
        else if (name == "modified")
            t.put("_modified", text);
    }
    t.put("_account", "bench"), t.put("_read_at", "2026-11-01 00:00:00");
    out = t.write('R', out);
    memcpy(out, lines.data(), (size_t)(last - lines.data()));
    return out + (last - lines.data());
}

/* Plans the tables by two lines of "name:kind". */
extern "C" void rows_plan(const char *head, const char *lines_head)
{
    tables[0].plan(head);
    tables[1].plan(lines_head);
}

/* Takes documents apart, one a line; there are `SIMDJSON_PADDING` bytes of room behind them, and
 * four times their size at `out`. Returns the end of what it wrote. */
extern "C" char *rows_take(const char *at, const char *end, char *out)
{
    ondemand::parser parser;
    while (at < end) {
        const char *stop = (const char *)memchr(at, '\n', (size_t)(end - at));
        const size_t n = (size_t)(stop - at);
        ondemand::document document =
            parser.iterate(padded_string_view(at, n, n + SIMDJSON_PADDING));
        out = row(document, out);
        at = stop + 1;
    }
    return out;
}
