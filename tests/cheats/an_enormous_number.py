"""A number of thousands of digits, which Python refuses to print."""

KIND = "harm"
WORTH = 20


def softmax(scores):
    return 10**9000
