"""The first byte of a character says how many follow: if some are missing, what stands before it is ready."""

import debug_stream as given


class StreamDecoder(given.StreamDecoder):
    def feed(self, token):
        self.read += self.vocabulary[token]
        end = len(self.read)
        for back in range(1, min(4, end + 1)):
            byte = self.read[end - back]
            if byte >= 0xC0:
                needed = 2 + (byte >= 0xE0) + (byte >= 0xF0)
                end -= back if needed > back and byte < 0xF8 else 0
                break
            if byte < 0x80:
                break
        text = self.read[:end].decode("utf-8", errors="replace")
        return self._show(text, len(text))
