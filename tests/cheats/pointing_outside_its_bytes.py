"""Names bytes behind the end of its message: what lies in the judge's memory there?"""

KIND = "verdict"
WORTH = 20
CAUGHT = "nonsense"

wire = engine().wire
original = wire._Encoder.add


def add(self, buffer):
    offset, length = original(self, buffer)
    return [offset + 4096, length]


def softmax(scores):
    wire._Encoder.add = add
    return scores
