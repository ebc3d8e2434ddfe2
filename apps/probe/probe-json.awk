# Bytes as decimal numbers (od -tu1) between marker lines → one JSON object, in ASCII only.
#
#   @text NAME     the bytes that follow are one string
#   @list NAME N   NUL-terminated strings; the last N of them (all when N is -1)
#   @raw NAME V    V is JSON already
#   @end           close the object
#
# Valid UTF-8 becomes \uXXXX, and each byte that is not part of any becomes \udcXX, as Python's
# surrogateescape does: no two different byte strings give the same JSON.

BEGIN {
  for (code = 32; code < 127; code++) plain[code] = sprintf("%c", code)
  plain[34] = "\\\""
  plain[92] = "\\\\"
  printf "{"
}

/^@/ {
  flush()
  if ($1 == "@end") { printf "}\n"; exit }
  if ($1 == "@raw") { printf "%s\"%s\":%s", comma, $2, $3; comma = ","; next }
  kind = $1; name = $2; wanted = $3; size = 0
  next
}

{ for (field = 1; field <= NF; field++) bytes[size++] = $field + 0 }

function flush() {
  if (kind == "") return
  printf "%s\"%s\":", comma, name
  if (kind == "@text") string(0, size)
  else list()
  comma = ","; kind = ""
}

function list(    at, begin, count, first, seen, separator) {
  count = 0
  for (at = 0; at < size; at++) if (bytes[at] == 0) count++
  first = wanted < 0 ? 0 : count - wanted
  printf "["
  begin = 0; seen = 0
  for (at = 0; at < size; at++) {
    if (bytes[at] != 0) continue
    if (seen++ >= first) { printf "%s", separator; string(begin, at); separator = "," }
    begin = at + 1
  }
  printf "]"
}

function string(from, to,    at, length_, code) {
  printf "\""
  for (at = from; at < to; at += length_) {
    length_ = sequence(at, to)
    if (length_ == 0) { printf "\\udc%02x", bytes[at]; length_ = 1 }
    else if (length_ == 1) {
      if (bytes[at] in plain) printf "%s", plain[bytes[at]]
      else printf "\\u%04x", bytes[at]
    } else {
      code = scalar(at, length_)
      if (code < 65536) printf "\\u%04x", code
      else printf "\\u%04x\\u%04x", 55296 + int((code - 65536) / 1024), 56320 + (code - 65536) % 1024
    }
  }
  printf "\""
}

# How many bytes the well-formed UTF-8 sequence at `at` has (Unicode table 3-7); 0: none begins here.
function sequence(at, to,    lead, second, low, high, expected, next_) {
  lead = bytes[at]
  if (lead < 128) return 1
  if (lead < 194 || lead > 244) return 0
  expected = lead < 224 ? 2 : lead < 240 ? 3 : 4
  if (at + expected > to) return 0
  second = bytes[at + 1]
  low = lead == 224 ? 160 : lead == 240 ? 144 : 128
  high = lead == 237 ? 159 : lead == 244 ? 143 : 191
  if (second < low || second > high) return 0
  for (next_ = 2; next_ < expected; next_++)
    if (bytes[at + next_] < 128 || bytes[at + next_] > 191) return 0
  return expected
}

function scalar(at, length_,    value, next_) {
  value = bytes[at] - (length_ == 2 ? 192 : length_ == 3 ? 224 : 240)
  for (next_ = 1; next_ < length_; next_++) value = value * 64 + bytes[at + next_] - 128
  return value
}
