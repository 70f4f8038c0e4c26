"""Python's own incremental decoder keeps the bytes that are no character yet."""

import codecs

import debug_stream as given


class StreamDecoder(given.StreamDecoder):
    def start(self):
        self.decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")

    def feed(self, token):
        return self.decoder.decode(self.vocabulary[token])

    def finish(self):
        return self.decoder.decode(b"", final=True)
