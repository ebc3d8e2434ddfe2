# Writes `bytes` bytes of content that says where it is, fast: blocks of 65536 bytes, each its number
# in 15 digits and a newline, then the same filler of 64-byte numbered lines, cut at the end.
BEGIN {
  for (line = 0; length(filler) < 65520; line++)
    filler = filler sprintf("%07d the quick brown fox jumps over the lazy dog, 0123456789\n", line)
  filler = substr(filler, 1, 65520)
  ORS = ""
  blocks = int(bytes / 65536)
  for (block = 0; block < blocks; block++) print sprintf("%015d\n", block) filler
  print substr(sprintf("%015d\n", blocks) filler, 1, bytes - blocks * 65536)
}
